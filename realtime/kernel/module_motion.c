/* The functions of the module that look for motion. */

#include "arguments.h"

PyObject *py_smooth(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[2];
    Plane codes, onto;
    int worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "OO:smooth", &objects[0], &objects[1]))
        return NULL;
    if (take(&held, objects[0], "B", 0, &codes) && take(&held, objects[1], "B", 1, &onto)
        && same_size(onto, codes.width, codes.height) && codes.width && codes.height) {
        Py_BEGIN_ALLOW_THREADS
        worked = kernel->smooth(codes, onto);
        Py_END_ALLOW_THREADS
    }
    return done(&held, worked);
}

PyObject *py_strays(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[3];
    Plane codes, lowest, highest;
    unsigned char most;
    int count = 0;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "OOOb:strays", &objects[0], &objects[1], &objects[2], &most))
        return NULL;
    if (take(&held, objects[0], "B", 0, &codes) && take(&held, objects[1], "B", 0, &lowest)
        && take(&held, objects[2], "B", 0, &highest) && same_size(lowest, codes.width, codes.height)
        && same_size(highest, codes.width, codes.height)) {
        Py_BEGIN_ALLOW_THREADS
        count = kernel->strays(codes, lowest, highest, most);
        Py_END_ALLOW_THREADS
    }
    PyObject *none = done(&held, 1);
    if (!none)
        return NULL;
    Py_DECREF(none);
    return PyLong_FromLong(count);
}
