/* The Python module `_compiled`: takes planes from NumPy, lets other threads run, and does the work. */

#include "../../models/native/processor.h"
#include "arguments.h"

const Kernel *kernel = &kernel_plain;

/* ---- the forms it is compiled in, best first ---- */

typedef struct {
    const char *name;
    const Kernel *kernel;
} Form;

static int count_forms(Form forms[2]) {
    int count = 0;
#if defined(__x86_64__) && defined(__GNUC__)
    if (widest_vectors() >= WITH_AVX2)
        forms[count++] = (Form){"avx2", &kernel_avx2};
#endif
    forms[count++] = (Form){"plain", &kernel_plain};
    return count;
}

static PyObject *py_forms(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    Form forms[2];
    int count = count_forms(forms);
    return count > 1 ? Py_BuildValue("(ss)", forms[0].name, forms[1].name) : Py_BuildValue("(s)", forms[0].name);
}

static PyObject *py_use(PyObject *Py_UNUSED(module), PyObject *arguments) {
    int chosen;
    Form forms[2];
    if (!PyArg_ParseTuple(arguments, "i:use", &chosen))
        return NULL;
    if (chosen < 0 || chosen >= count_forms(forms))
        return PyErr_Format(PyExc_ValueError, "there is no form %d", chosen);
    kernel = forms[chosen].kernel;
    Py_RETURN_NONE;
}

/* ---- pictures; the other functions are in files of their own ---- */

static PyObject *py_blend(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[3];
    Plane person, alpha, onto;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "OOO:blend", &objects[0], &objects[1], &objects[2]))
        return NULL;
    if (take(&held, objects[0], "B", 0, &person) && take(&held, objects[1], "B", 0, &alpha)
        && take(&held, objects[2], "B", 1, &onto) && same_size(person, onto.width, onto.height)
        && same_size(alpha, onto.width, onto.height)) {
        Py_BEGIN_ALLOW_THREADS
        kernel->blend(person, alpha, onto);
        Py_END_ALLOW_THREADS
    }
    return done(&held, 1);
}

/* Of a function that writes codes onto a plane that is `smaller` times as small, or `larger` times as large. */
static PyObject *resize(PyObject *arguments, const char *format, int (*work)(Plane, Plane), int smaller, int larger) {
    PyObject *objects[2];
    Plane codes, onto;
    int worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, format, &objects[0], &objects[1]))
        return NULL;
    if (take(&held, objects[0], "B", 0, &codes) && take(&held, objects[1], "B", 1, &onto)
        && (smaller > 1 ? same_size(codes, smaller * onto.width, smaller * onto.height)
                        : same_size(onto, larger * codes.width, larger * codes.height))
        && codes.width && codes.height) {
        Py_BEGIN_ALLOW_THREADS
        worked = work(codes, onto);
        Py_END_ALLOW_THREADS
    }
    return done(&held, worked);
}

static PyObject *py_halve(PyObject *Py_UNUSED(module), PyObject *arguments) {
    return resize(arguments, "OO:halve", kernel->halve, 2, 1);
}

static PyObject *py_third(PyObject *Py_UNUSED(module), PyObject *arguments) {
    return resize(arguments, "OO:third", kernel->third, 3, 1);
}

static PyObject *py_enlarge(PyObject *Py_UNUSED(module), PyObject *arguments) {
    return resize(arguments, "OO:enlarge", kernel->enlarge, 1, 2);
}

static PyObject *py_triple(PyObject *Py_UNUSED(module), PyObject *arguments) {
    return resize(arguments, "OO:triple", kernel->triple, 1, 3);
}

/* Whether it has the person's size, or half of it and so lies on even places; else with an exception. */
static int alpha_fits(Plane alpha, Plane person, int left, int top) {
    int doubled = 2 * alpha.width == person.width && 2 * alpha.height == person.height;
    return (doubled && !(left & 1) && !(top & 1)) || same_size(alpha, person.width, person.height);
}

static PyObject *py_cover(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[4];
    Plane codes, person, alpha, onto;
    int left, top, worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "OOO(ii)O:cover", &objects[0], &objects[1], &objects[2], &left, &top,
                          &objects[3]))
        return NULL;
    if (take(&held, objects[0], "B", 0, &codes) && take(&held, objects[1], "B", 0, &person)
        && take(&held, objects[2], "B", 0, &alpha) && take(&held, objects[3], "B", 1, &onto)
        && alpha_fits(alpha, person, left, top) && same_size(onto, 2 * codes.width, 2 * codes.height)
        && lies_in(person, left, top, onto) && codes.width && codes.height) {
        Py_BEGIN_ALLOW_THREADS
        worked = kernel->cover(codes, person, alpha, left, top, onto);
        Py_END_ALLOW_THREADS
    }
    return done(&held, worked);
}

static PyObject *py_blurred(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[9];
    Plane planes[PLANES], weight, near, far, onto[PLANES];
    float fill;
    int worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "(OOO)OOOf(OOO):blurred", &objects[0], &objects[1], &objects[2], &objects[3],
                          &objects[4], &objects[5], &fill, &objects[6], &objects[7], &objects[8]))
        return NULL;
    int fit = take(&held, objects[3], "f", 0, &weight)
              && take(&held, objects[4], "f", 0, &near) && same_size(near, near.width, 1)
              && take(&held, objects[5], "f", 0, &far) && same_size(far, far.width, 1);
    for (int i = 0; i < PLANES && fit; i++)
        fit = take(&held, objects[i], "B", 0, &planes[i]) && same_size(planes[i], weight.width, weight.height)
              && take(&held, objects[6 + i], "B", 1, &onto[i]) && same_size(onto[i], weight.width, weight.height);
    if (fit && weight.width && weight.height && near.width && far.width) {
        Py_BEGIN_ALLOW_THREADS
        worked = kernel->blurred(planes, weight, near, far, fill, onto);
        Py_END_ALLOW_THREADS
    }
    return done(&held, worked);
}

static PyObject *py_guided(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[8];
    Plane mask, planes[6], onto;
    double epsilon;
    Step step;
    int worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "O(OOO)(OOO)d(ff)O:guided", &objects[0], &objects[1], &objects[2], &objects[3],
                          &objects[4], &objects[5], &objects[6], &epsilon, &step.low, &step.high, &objects[7]))
        return NULL;
    int fit = take(&held, objects[0], "f", 0, &mask) && take(&held, objects[7], "B", 1, &onto);
    for (int i = 0; i < 6 && fit; i++) {
        Plane like = i < 3 ? mask : onto;
        fit = take(&held, objects[1 + i], "B", 0, &planes[i]) && same_size(planes[i], like.width, like.height);
    }
    if (fit && mask.width && mask.height) {
        Py_BEGIN_ALLOW_THREADS
        worked = kernel->guided(mask, planes, planes + 3, epsilon, step, onto);
        Py_END_ALLOW_THREADS
    }
    return done(&held, worked);
}

static PyMethodDef METHODS[] = {
    {"forms", py_forms, METH_NOARGS, NULL},
    {"use", py_use, METH_VARARGS, NULL},
    {"blend", py_blend, METH_VARARGS, NULL},
    {"halve", py_halve, METH_VARARGS, NULL},
    {"third", py_third, METH_VARARGS, NULL},
    {"blurred", py_blurred, METH_VARARGS, NULL},
    {"enlarge", py_enlarge, METH_VARARGS, NULL},
    {"triple", py_triple, METH_VARARGS, NULL},
    {"cover", py_cover, METH_VARARGS, NULL},
    {"guided", py_guided, METH_VARARGS, NULL},
    {"weigh", py_weigh, METH_VARARGS, NULL},
    {"totals", py_totals, METH_VARARGS, NULL},
    {"astray", py_astray, METH_VARARGS, NULL},
    {"changed", py_changed, METH_VARARGS, NULL},
    {"learn", py_learn, METH_VARARGS, NULL},
    {"count", py_count, METH_VARARGS, NULL},
    {"doubt", py_doubt, METH_VARARGS, NULL},
    {"judge", py_judge, METH_VARARGS, NULL},
    {"bounds", py_bounds, METH_VARARGS, NULL},
    {"empty", py_empty, METH_VARARGS, NULL},
    {"smooth", py_smooth, METH_VARARGS, NULL},
    {"strays", py_strays, METH_VARARGS, NULL},
    {"jumped", py_jumped, METH_VARARGS, NULL},
    {"familiar", py_familiar, METH_VARARGS, NULL},
    {"remember", py_remember, METH_VARARGS, NULL},
    {"miss", py_miss, METH_VARARGS, NULL},
    {"carry", py_carry, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_compiled", .m_doc = "See plain.py.", .m_size = 0, .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__compiled(void) {
    Form forms[2];
    count_forms(forms);
    kernel = forms[0].kernel;
    return PyModuleDef_Init(&MODULE);
}
