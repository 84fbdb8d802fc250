/* The Python module `_compiled`: checks that a network stays inside its memory, and runs it while other threads run. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000 /* 3.11, the first with buffers in it; one build serves all later ones */
#include <Python.h>

#include "fits.h"

enum { ALIGNED = 4 * BLOCK };

/* ---- the forms it is compiled in, best first ---- */

typedef struct {
    const char *name;
    void (*run)(const Network *network);
    int halves;
} Form;

static int count_forms(Form *forms) {
    int count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        forms[count++] = (Form){"avx512", run_avx512, 1};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        forms[count++] = (Form){"avx2", run_avx2, 1};
#endif
    forms[count++] = (Form){"plain", run_plain, 0};
    return count;
}

static PyObject *py_forms(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(arguments)) {
    Form forms[3];
    int count = count_forms(forms);
    PyObject *names = PyTuple_New(count);
    for (int i = 0; names && i < count; i++) {
        PyObject *name = PyUnicode_FromString(forms[i].name);
        if (!name || PyTuple_SetItem(names, i, name))
            Py_CLEAR(names);
    }
    return names;
}

/* ---- from Python ---- */

enum { STEPS, IMAGES, WEIGHTS, MEMORY, BYTES, MASK, BUFFERS };

typedef struct {
    Py_buffer views[BUFFERS];
    int count;
} Held;

/* The next buffer: of `format`, `deep` dimensions, without gaps; `last` numbers side by side, unless that is 0. */
static Py_buffer *take(Held *held, PyObject *object, const char *format, int deep, Py_ssize_t last, int writable) {
    Py_buffer *view = &held->views[held->count];
    if (PyObject_GetBuffer(object, view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0)))
        return NULL;
    held->count++;
    if (view->ndim != deep || !view->format || strcmp(view->format, format)
        || (last && view->shape[deep - 1] != last)) {
        PyErr_Format(PyExc_TypeError, "buffer %d is not what was wanted: '%s', %d dimensions", held->count, format, deep);
        return NULL;
    }
    return view;
}

/* The network in the buffers that were taken; 0 with an exception set where it is none. */
static int read_network(const Held *held, int halves, Network *network) {
    const Py_buffer *views = held->views;
    Sizes sizes = {views[MEMORY].shape[0], views[WEIGHTS].shape[0], halves};
    Py_ssize_t height = views[BYTES].shape[0], width = views[BYTES].shape[1];
    int masked = views[MASK].shape[0] && views[MASK].shape[1];
    if ((masked && (views[MASK].shape[0] != height || views[MASK].shape[1] != width)) || width > MOST_SIDE
        || height > MOST_SIDE
        || views[STEPS].shape[0] > MOST_STEPS || views[IMAGES].shape[0] > MOST_IMAGES
        || (uintptr_t)views[MEMORY].buf % ALIGNED || (uintptr_t)views[WEIGHTS].buf % ALIGNED) {
        PyErr_SetString(PyExc_ValueError, "sizes differ, or memory does not begin at a multiple of 64 bytes");
        return 0;
    }
    *network = (Network){
        .steps = views[STEPS].buf,
        .count = (int)views[STEPS].shape[0],
        .images = views[IMAGES].buf,
        .weights = views[WEIGHTS].buf,
        .memory = views[MEMORY].buf,
        .picture = views[BYTES].buf,
        .width = (int)width,
        .height = (int)height,
        .mask = masked ? views[MASK].buf : NULL,
    };
    if (!network_fits(network, (int)views[IMAGES].shape[0], sizes)) {
        PyErr_SetString(PyExc_ValueError, "a step reaches beyond its memory or its images");
        return 0;
    }
    return 1;
}

static PyObject *py_run(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[BUFFERS];
    int chosen;
    Form forms[3];
    Network network;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "iOOOOOO:run", &chosen, &objects[STEPS], &objects[IMAGES], &objects[WEIGHTS],
                          &objects[MEMORY], &objects[BYTES], &objects[MASK]))
        return NULL;
    if (chosen < 0 || chosen >= count_forms(forms))
        return PyErr_Format(PyExc_ValueError, "there is no form %d", chosen);
    if (take(&held, objects[STEPS], "i", 2, sizeof(Step) / sizeof(int32_t), 0)
        && take(&held, objects[IMAGES], "i", 2, sizeof(Image) / sizeof(int32_t), 0)
        && take(&held, objects[WEIGHTS], "f", 1, 0, 0) && take(&held, objects[MEMORY], "f", 1, 0, 1)
        && take(&held, objects[BYTES], "B", 3, 3, 0) && take(&held, objects[MASK], "f", 2, 0, 1)
        && read_network(&held, forms[chosen].halves, &network)) {
        Py_BEGIN_ALLOW_THREADS
        forms[chosen].run(&network);
        Py_END_ALLOW_THREADS
    }
    while (held.count)
        PyBuffer_Release(&held.views[--held.count]);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef METHODS[] = {
    {"forms", py_forms, METH_NOARGS, NULL},
    {"run", py_run, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_compiled", .m_doc = "See network.h.", .m_size = 0, .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__compiled(void) {
    return PyModuleDef_Init(&MODULE);
}
