/* The functions of the module that carry masks along. */

#include "arguments.h"

PyObject *py_miss(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[4];
    Plane before, now, flow, onto;
    int left, top, worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "OOO(ii)O:miss", &objects[0], &objects[1], &objects[2], &left, &top, &objects[3]))
        return NULL;
    if (take(&held, objects[0], "B", 0, &before) && take(&held, objects[1], "B", 0, &now)
        && take(&held, objects[2], "f", 0, &flow) && take(&held, objects[3], "f", 1, &onto)
        && same_size(onto, now.width, now.height) && same_size(flow, 2 * now.width, now.height)
        && lies_in(now, left, top, before)) {
        Py_BEGIN_ALLOW_THREADS
        worked = kernel->miss(before, now, flow, left, top, onto);
        Py_END_ALLOW_THREADS
    }
    return done(&held, worked);
}

PyObject *py_carry(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[6];
    Plane mask, old, flow, changed, missed, onto;
    Keeping keeping;
    int left, top, worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "OOOOO(ffffff)(ii)O:carry", &objects[0], &objects[1], &objects[2], &objects[3],
                          &objects[4], &keeping.still, &keeping.moving, &keeping.matched, &keeping.missed,
                          &keeping.longest, &keeping.shortest, &left, &top, &objects[5]))
        return NULL;
    if (take(&held, objects[0], "f", 0, &mask) && take(&held, objects[1], "f", 0, &old)
        && take(&held, objects[2], "f", 0, &flow) && take(&held, objects[3], "f", 0, &changed)
        && take(&held, objects[4], "f", 0, &missed) && take(&held, objects[5], "f", 1, &onto)
        && same_size(missed, changed.width, changed.height) && same_size(flow, 2 * changed.width, changed.height)
        && same_size(mask, 2 * changed.width, 2 * changed.height) && same_size(onto, mask.width, mask.height)
        && lies_in(mask, left, top, old)) {
        if (old.height > 1 && old.pitch != old.width * (ptrdiff_t)sizeof(float)) {
            PyErr_SetString(PyExc_ValueError, "rows of the old mask must lie side by side");
        } else {
            Py_BEGIN_ALLOW_THREADS
            worked = kernel->carry(mask, old, flow, changed, missed, &keeping, left, top, onto);
            Py_END_ALLOW_THREADS
        }
    }
    return done(&held, worked);
}
