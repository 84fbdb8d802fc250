/* The functions of the module that the gate asks about places. */

#include "arguments.h"

/* Planes of bytes, all of one size, the last of which is written. */
static int take_bytes(Held *held, PyObject *const *objects, Plane *planes, int count) {
    for (int i = 0; i < count; i++)
        if (!take(held, objects[i], "B", i + 1 == count, &planes[i])
            || !same_size(planes[i], planes[0].width, planes[0].height))
            return 0;
    return 1;
}

/* A memory of places like those of another plane. */
static int take_memory(Held *held, PyObject *const *objects, int writable, Memory *memory, Plane like) {
    Plane *planes[] = {&memory->looks, &memory->known, &memory->people};
    for (int i = 0; i < 3; i++)
        if (!take(held, objects[i], "f", writable, planes[i]) || !same_size(*planes[i], like.width, like.height))
            return 0;
    return 1;
}

static PyObject *counted(Held *held, int worked, int count) {
    PyObject *none = done(held, worked);
    if (!none)
        return NULL;
    Py_DECREF(none);
    return PyLong_FromLong(count);
}

PyObject *py_jumped(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[6];
    Plane planes[6];
    Claim claim;
    int count = 0, worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "OOOOO(iii)O:jumped", &objects[0], &objects[1], &objects[2], &objects[3],
                          &objects[4], &claim.room, &claim.person, &claim.still, &objects[5]))
        return NULL;
    if (take_bytes(&held, objects, planes, 6) && planes[0].width && planes[0].height) {
        Py_BEGIN_ALLOW_THREADS
        worked = kernel->jumped(planes[0], planes[1], planes[2], planes[3], planes[4], &claim, planes[5], &count);
        Py_END_ALLOW_THREADS
    }
    return counted(&held, worked, count);
}

PyObject *py_familiar(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[4], *known[3];
    Plane planes[4];
    Memory memory;
    Claim claim;
    float least;
    int count = 0, worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "(OOO)fOOO(iii)O:familiar", &known[0], &known[1], &known[2], &least, &objects[0],
                          &objects[1], &objects[2], &claim.room, &claim.person, &claim.still, &objects[3]))
        return NULL;
    if (take_bytes(&held, objects, planes, 4) && take_memory(&held, known, 0, &memory, planes[0]) && planes[0].width
        && planes[0].height) {
        Py_BEGIN_ALLOW_THREADS
        worked = kernel->familiar(&memory, least, planes[0], planes[1], planes[2], &claim, planes[3], &count);
        Py_END_ALLOW_THREADS
    }
    return counted(&held, worked, count);
}

PyObject *py_remember(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[4], *known[3];
    Plane planes[4];
    Memory memory;
    Claim claim;
    float passed, rate, fading;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "(OOO)OOOO(iii)fff:remember", &known[0], &known[1], &known[2], &objects[0],
                          &objects[1], &objects[2], &objects[3], &claim.room, &claim.person, &claim.still, &passed,
                          &rate, &fading))
        return NULL;
    int fit = 1;
    for (int i = 0; i < 4 && fit; i++)
        fit = take(&held, objects[i], "B", 0, &planes[i]) && same_size(planes[i], planes[0].width, planes[0].height);
    if (fit && take_memory(&held, known, 1, &memory, planes[0])) {
        Py_BEGIN_ALLOW_THREADS
        kernel->remember(&memory, planes[0], planes[1], planes[2], planes[3], &claim, passed, rate, fading);
        Py_END_ALLOW_THREADS
    }
    return done(&held, 1);
}
