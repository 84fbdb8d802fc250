/* The Python module `_compiled`: takes planes from NumPy, lets other threads run, and does the work. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000 /* 3.11, the first with buffers in it; one build serves all later ones */
#include <Python.h>

#include <limits.h>

#include "kernel.h"

enum { MOST = 16 }; /* buffers of one call */

/* The buffers of one call, which all have to be given back. */
typedef struct {
    Py_buffer views[MOST];
    int count;
} Held;

static void release(Held *held) {
    while (held->count)
        PyBuffer_Release(&held->views[--held->count]);
}

/* `count` planes of `format` ("B" bytes, "f" floats), or one row; false with an exception set where it is none. */
static int take_all(Held *held, PyObject *object, const char *format, int writable, Plane *planes, int count) {
    Py_buffer *view = &held->views[held->count];
    if (PyObject_GetBuffer(object, view, PyBUF_STRIDES | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0)))
        return 0;
    held->count++;
    int deep = count > 1, across = view->ndim - 1;
    if (across < deep || across > deep + 1 || !view->format || strcmp(view->format, format)
        || (deep && (across < 2 || view->shape[0] != count))) {
        PyErr_Format(PyExc_TypeError, "wanted a plane of '%s'", format);
        return 0;
    }
    Py_ssize_t width = view->shape[across], height = across ? view->shape[across - 1] : 1;
    if (width > 1 && view->strides[across] != view->itemsize) {
        PyErr_SetString(PyExc_ValueError, "pixels of a row must lie side by side");
        return 0;
    }
    if (height > INT_MAX / 16 || width > INT_MAX / 16) {
        PyErr_SetString(PyExc_ValueError, "the plane is too large");
        return 0;
    }
    for (int i = 0; i < count; i++) {
        unsigned char *at = (unsigned char *)view->buf + (deep ? i * view->strides[0] : 0);
        planes[i] = (Plane){at, across ? view->strides[across - 1] : 0, (int)width, (int)height};
    }
    return 1;
}

static int take(Held *held, PyObject *object, const char *format, int writable, Plane *plane) {
    return take_all(held, object, format, writable, plane, 1);
}

static int same_size(Plane one, int width, int height) {
    if (one.width == width && one.height == height)
        return 1;
    PyErr_Format(PyExc_ValueError, "plane is %dx%d != %dx%d", one.width, one.height, width, height);
    return 0;
}

static PyObject *done(Held *held, int worked) {
    release(held);
    if (PyErr_Occurred())
        return NULL;
    if (!worked)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

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
        blend(person, alpha, onto);
        Py_END_ALLOW_THREADS
    }
    return done(&held, 1);
}

static PyObject *py_enlarge(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[3];
    Plane codes, table = {.width = 256, .height = 1}, onto;
    int worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "OOO:enlarge", &objects[0], &objects[1], &objects[2]))
        return NULL;
    if (take(&held, objects[0], "B", 0, &codes) && (objects[1] == Py_None || take(&held, objects[1], "B", 0, &table))
        && take(&held, objects[2], "B", 1, &onto) && same_size(table, 256, 1)
        && same_size(onto, 2 * codes.width, 2 * codes.height) && codes.width && codes.height) {
        Py_BEGIN_ALLOW_THREADS
        worked = enlarge(codes, table.at, onto);
        Py_END_ALLOW_THREADS
    }
    return done(&held, worked);
}

static PyObject *py_guided(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[8];
    Plane mask, planes[6], onto;
    double epsilon;
    int worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "O(OOO)(OOO)dO:guided", &objects[0], &objects[1], &objects[2], &objects[3],
                          &objects[4], &objects[5], &objects[6], &epsilon, &objects[7]))
        return NULL;
    int fit = take(&held, objects[0], "f", 0, &mask) && take(&held, objects[7], "B", 1, &onto);
    for (int i = 0; i < 6 && fit; i++) {
        Plane like = i < 3 ? mask : onto;
        fit = take(&held, objects[1 + i], "B", 0, &planes[i]) && same_size(planes[i], like.width, like.height);
    }
    if (fit && mask.width && mask.height) {
        Py_BEGIN_ALLOW_THREADS
        worked = guided(mask, planes, planes + 3, epsilon, onto);
        Py_END_ALLOW_THREADS
    }
    return done(&held, worked);
}

static PyObject *py_weigh(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[8];
    Room room = {.gain = {1, 1, 1}, .shift = {0, 0, 0}};
    Plane onto;
    int worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "OO(fff)(OOOO)(Offf)O:weigh", &objects[0], &objects[1], &room.gain[0],
                          &room.shift[1], &room.shift[2], &objects[2], &objects[3], &objects[4], &objects[5],
                          &objects[6], &room.low, &room.high, &room.weight, &objects[7]))
        return NULL;
    if (take(&held, objects[0], "f", 0, &room.mask) && take_all(&held, objects[1], "B", 0, room.picture, 3)
        && take_all(&held, objects[2], "f", 0, room.mean, 3) && take_all(&held, objects[3], "f", 0, room.certainty, 3)
        && take(&held, objects[4], "f", 0, &room.prior) && take(&held, objects[5], "f", 0, &room.belief)
        && take(&held, objects[6], "f", 0, &room.table) && take(&held, objects[7], "f", 1, &onto)) {
        Plane like[] = {room.picture[0], room.mean[0], room.certainty[0], room.prior, room.belief, onto};
        int fit = 1;
        for (size_t i = 0; i < sizeof like / sizeof *like && fit; i++)
            fit = same_size(like[i], room.mask.width, room.mask.height);
        room.steps_per_nat = (float)(room.table.width - 1) / (room.high - room.low);
        if (fit && room.mask.width && room.mask.height) {
            Py_BEGIN_ALLOW_THREADS
            worked = weigh(&room, onto);
            Py_END_ALLOW_THREADS
        }
    }
    return done(&held, worked);
}

static PyObject *py_learn(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[11];
    Lesson to;
    int worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "OO(OOOO)(OOOO)(Offffff):learn", &objects[0], &objects[1], &objects[2],
                          &objects[3], &objects[4], &objects[5], &objects[6], &objects[7], &objects[8], &objects[9],
                          &objects[10], &to.least, &to.wild, &to.noise, &to.known, &to.temper, &to.steps_per_code))
        return NULL;
    if (take_all(&held, objects[0], "f", 0, to.plain, 3) && take(&held, objects[1], "B", 0, &to.room)
        && take_all(&held, objects[2], "f", 1, to.mean, 3) && take_all(&held, objects[3], "f", 1, to.certainty, 3)
        && take(&held, objects[4], "f", 1, &to.prior) && take(&held, objects[5], "f", 1, &to.belief)
        && take_all(&held, objects[6], "f", 1, to.variance, 3) && take(&held, objects[7], "f", 1, &to.lessons)
        && take_all(&held, objects[8], "B", 1, to.codes, 3) && take(&held, objects[9], "B", 1, &to.trusted)
        && take(&held, objects[10], "f", 0, &to.table)) {
        Plane like[] = {to.plain[0], to.mean[0],  to.variance[0], to.lessons, to.certainty[0],
                        to.prior,    to.belief,   to.codes[0],    to.trusted};
        int fit = to.table.width > 0;
        for (size_t i = 0; i < sizeof like / sizeof *like && fit; i++)
            fit = same_size(like[i], to.room.width, to.room.height);
        if (fit && to.room.width && to.room.height) {
            Py_BEGIN_ALLOW_THREADS
            worked = learn(&to);
            Py_END_ALLOW_THREADS
        }
    }
    return done(&held, worked);
}

static PyMethodDef METHODS[] = {
    {"blend", py_blend, METH_VARARGS, NULL},
    {"enlarge", py_enlarge, METH_VARARGS, NULL},
    {"guided", py_guided, METH_VARARGS, NULL},
    {"weigh", py_weigh, METH_VARARGS, NULL},
    {"learn", py_learn, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_compiled", .m_doc = "See plain.py.", .m_size = 0, .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__compiled(void) {
    return PyModuleDef_Init(&MODULE);
}
