/* The functions of the module that look at masks. */

#include "arguments.h"

PyObject *py_judge(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *object;
    Plane mask;
    Bounds sound;
    Verdict verdict = {0};
    int worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "Offf:judge", &object, &sound.least, &sound.most, &sound.sure))
        return NULL;
    if (take(&held, object, "f", 0, &mask)) {
        if (mask.width && mask.height) {
            Py_BEGIN_ALLOW_THREADS
            worked = kernel->judge(mask, &sound, &verdict);
            Py_END_ALLOW_THREADS
        } else
            PyErr_SetString(PyExc_ValueError, "the mask is empty");
    }
    PyObject *none = done(&held, worked);
    if (!none)
        return NULL;
    Py_DECREF(none);
    return Py_BuildValue("(iiK)", verdict.broken, verdict.room, (unsigned long long)verdict.rough);
}

PyObject *py_bounds(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *object;
    Plane mask;
    double above;
    int box[4] = {0}, worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "Od:bounds", &object, &above))
        return NULL;
    int floats = take(&held, object, "f", 0, &mask);
    if (!floats && PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Clear();
        release(&held);
        take(&held, object, "B", 0, &mask);
    }
    if (!PyErr_Occurred()) {
        Py_BEGIN_ALLOW_THREADS
        worked = kernel->bounds(mask, floats, above, box);
        Py_END_ALLOW_THREADS
    }
    PyObject *none = done(&held, worked);
    if (!none)
        return NULL;
    Py_DECREF(none);
    return Py_BuildValue("(iiii)", box[0], box[1], box[2], box[3]);
}
