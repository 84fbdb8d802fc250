/* The Python module `_compiled`. */

#include "../../../models/native/processor.h"
#include "../../kernel/arguments.h"

#include "jpeg.h"

static const char *const NAME = "softfocus.jpeg";

typedef struct {
    const char *name;
    Segment *segment;
} Form;

/* Those that this processor can run, best first; how many there are. */
static int count_forms(Form forms[2]) {
    int count = 0;
#if defined(__x86_64__)
    int vectors = widest_vectors();
    if (vectors >= WITH_AVX512)
        forms[count++] = (Form){"avx512", segment_avx512};
    if (vectors >= WITH_AVX2)
        forms[count++] = (Form){"avx2", segment_avx2};
#else
    (void)forms;
#endif
    return count;
}

static PyObject *py_forms(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    Form forms[2];
    int count = count_forms(forms);
    PyObject *names = PyTuple_New(count);
    for (int i = 0; i < count && names; i++) {
        PyObject *name = PyUnicode_FromString(forms[i].name);
        if (!name || PyTuple_SetItem(names, i, name)) {
            Py_DECREF(names);
            return NULL;
        }
    }
    return names;
}

static void destroy(PyObject *capsule) {
    Decoder *decoder = PyCapsule_GetPointer(capsule, NAME);
    free(decoder->bytes);
    free(decoder);
}

static PyObject *py_decoder(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    Decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder)
        return PyErr_NoMemory();
    PyObject *capsule = PyCapsule_New(decoder, NAME, destroy);
    if (!capsule)
        free(decoder);
    return capsule;
}

/* Whether whole units fit: the planes may be larger than the picture, never smaller. */
static int planes_fit(const Picture *picture, const Plane *planes) {
    int rows = picture->units / picture->across * SIDE * picture->luma_rows;
    for (int i = LUMA; i < COMPONENTS; i++) {
        int half = i != LUMA;
        if (planes[i].width < picture->across * (half ? SIDE : 2 * SIDE) || planes[i].height < (half ? rows / 2 : rows))
            return 0;
    }
    return planes[U].pitch == planes[V].pitch;
}

/* 1 decoded, 0 not, -1 no memory */
static int decode(Decoder *decoder, Segment *segment, const Plane *content, int width, int height,
                  const Plane *planes) {
    const uint8_t *bytes = content->at;
    size_t size = (size_t)content->width, begin = read_headers(decoder, bytes, size);
    const Picture *picture = &decoder->picture;
    if (!begin || picture->width != width || picture->height != height || !planes_fit(picture, planes))
        return 0;
    return decode_units(decoder, bytes + begin, bytes + size, segment, planes);
}

static PyObject *py_decode(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *capsule, *objects[1 + COMPONENTS];
    Plane content, planes[COMPONENTS];
    int form, width, height, decoded = 0;
    Form forms[2];
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "iO(ii)O(OOO):decode", &form, &capsule, &width, &height, &objects[0], &objects[1],
                          &objects[2], &objects[3]))
        return NULL;
    if (form < 0 || form >= count_forms(forms))
        return PyErr_Format(PyExc_ValueError, "there is no form %d", form);
    Decoder *decoder = PyCapsule_GetPointer(capsule, NAME);
    if (!decoder)
        return NULL;
    if (decoder->busy) {
        PyErr_SetString(PyExc_RuntimeError, "this decoder is at work in another thread");
        return NULL;
    }
    if (take(&held, objects[0], "B", 0, &content) && take(&held, objects[1], "B", 1, &planes[LUMA])
        && take(&held, objects[2], "B", 1, &planes[U]) && take(&held, objects[3], "B", 1, &planes[V])) {
        decoder->busy = 1;
        Py_BEGIN_ALLOW_THREADS
        decoded = decode(decoder, forms[form].segment, &content, width, height, planes);
        Py_END_ALLOW_THREADS
        decoder->busy = 0;
    }
    release(&held);
    if (PyErr_Occurred())
        return NULL;
    return decoded < 0 ? PyErr_NoMemory() : PyBool_FromLong(decoded);
}

static PyMethodDef METHODS[] = {
    {"forms", py_forms, METH_NOARGS, NULL},
    {"decoder", py_decoder, METH_NOARGS, NULL},
    {"decode", py_decode, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_compiled", .m_doc = "See decoder.py.", .m_size = 0, .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__compiled(void) {
    return PyModuleDef_Init(&MODULE);
}
