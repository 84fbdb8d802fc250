/* What Python gives a function of the kernel: planes from NumPy, all of which have to be given back. */

#ifndef SOFTFOCUS_ARGUMENTS_H
#define SOFTFOCUS_ARGUMENTS_H

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

static inline void release(Held *held) {
    while (held->count)
        PyBuffer_Release(&held->views[--held->count]);
}

/* `count` planes of `format` ("B" bytes, "f" floats), or one row; false with an exception set where it is none. */
static inline int take_all(Held *held, PyObject *object, const char *format, int writable, Plane *planes, int count) {
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

static inline int take(Held *held, PyObject *object, const char *format, int writable, Plane *plane) {
    return take_all(held, object, format, writable, plane, 1);
}

static inline int same_size(Plane one, int width, int height) {
    if (one.width == width && one.height == height)
        return 1;
    PyErr_Format(PyExc_ValueError, "plane is %dx%d != %dx%d", one.width, one.height, width, height);
    return 0;
}

/* Whether a part lies in the whole, so that places in it are no further than they can be; else with an exception. */
static inline int lies_in(Plane part, int left, int top, Plane whole) {
    if (whole.width && whole.height && left >= 0 && top >= 0 && left <= whole.width - part.width
        && top <= whole.height - part.height)
        return 1;
    PyErr_SetString(PyExc_ValueError, "the part lies outside of the whole");
    return 0;
}

static inline PyObject *done(Held *held, int worked) {
    release(held);
    if (PyErr_Occurred())
        return NULL;
    if (!worked)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

PyObject *py_weigh(PyObject *module, PyObject *arguments);
PyObject *py_totals(PyObject *module, PyObject *arguments);
PyObject *py_astray(PyObject *module, PyObject *arguments);
PyObject *py_changed(PyObject *module, PyObject *arguments);
PyObject *py_learn(PyObject *module, PyObject *arguments);
PyObject *py_count(PyObject *module, PyObject *arguments);
PyObject *py_doubt(PyObject *module, PyObject *arguments);
PyObject *py_judge(PyObject *module, PyObject *arguments);
PyObject *py_bounds(PyObject *module, PyObject *arguments);
PyObject *py_empty(PyObject *module, PyObject *arguments);
PyObject *py_smooth(PyObject *module, PyObject *arguments);
PyObject *py_strays(PyObject *module, PyObject *arguments);
PyObject *py_jumped(PyObject *module, PyObject *arguments);
PyObject *py_familiar(PyObject *module, PyObject *arguments);
PyObject *py_remember(PyObject *module, PyObject *arguments);
PyObject *py_miss(PyObject *module, PyObject *arguments);
PyObject *py_carry(PyObject *module, PyObject *arguments);

#endif
