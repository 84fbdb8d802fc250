/* The functions of the module that learn, and weigh masks with what was learnt. */

#include "arguments.h"

typedef struct {
    PyObject *picture;
    float gain, shift_u, shift_v;
} Given; /* a look, as it comes */

#define LOOK "(O(fff))"
#define GIVE(given) &(given).picture, &(given).gain, &(given).shift_u, &(given).shift_v

static int take_look(Held *held, const Given *given, Look *look) {
    look->gain[0] = given->gain;
    look->gain[1] = look->gain[2] = 1;
    look->shift[0] = 0;
    look->shift[1] = given->shift_u;
    look->shift[2] = given->shift_v;
    return take_all(held, given->picture, "B", 0, look->picture, PLANES);
}

/* Mean, certainty, prior and belief. */
static int take_room(Held *held, PyObject *const objects[4], int writable, Room *room) {
    return take_all(held, objects[0], "f", writable, room->mean, PLANES)
           && take_all(held, objects[1], "f", writable, room->certainty, PLANES)
           && take(held, objects[2], "f", writable, &room->prior) && take(held, objects[3], "f", writable, &room->belief);
}

static int take_odds(Held *held, PyObject *table, Odds *odds) {
    if (!take(held, table, "f", 0, &odds->table))
        return 0;
    odds->steps_per_nat = (float)(odds->table.width - 1) / (odds->high - odds->low);
    return 1;
}

/* Whether all have that size; with an exception set where not. */
static int all_same(const Plane *planes, size_t count, Plane like) {
    int fit = 1;
    for (size_t i = 0; i < count && fit; i++)
        fit = same_size(planes[i], like.width, like.height);
    return fit;
}
#define SAME(like, ...) all_same((Plane[]){__VA_ARGS__}, sizeof (Plane[]){__VA_ARGS__} / sizeof(Plane), like)

PyObject *py_weigh(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *mask_object, *room_objects[4], *table, *onto_object;
    Given given;
    Plane mask, onto;
    Look look;
    Room room;
    Odds odds;
    int worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "O" LOOK "(OOOO)(Offf)O:weigh", &mask_object, GIVE(given), &room_objects[0],
                          &room_objects[1], &room_objects[2], &room_objects[3], &table, &odds.low, &odds.high,
                          &odds.weight, &onto_object))
        return NULL;
    if (take(&held, mask_object, "f", 0, &mask) && take_look(&held, &given, &look)
        && take_room(&held, room_objects, 0, &room) && take_odds(&held, table, &odds)
        && take(&held, onto_object, "f", 1, &onto)
        && SAME(mask, look.picture[0], room.mean[0], room.certainty[0], room.prior, room.belief, onto) && mask.width
        && mask.height) {
        Py_BEGIN_ALLOW_THREADS
        worked = kernel->weigh(mask, &look, &room, &odds, onto);
        Py_END_ALLOW_THREADS
    }
    return done(&held, worked);
}

PyObject *py_totals(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[4];
    Plane planes[2 * PLANES], sure, trusted;
    uint64_t sums[1 + 2 * PLANES] = {0};
    int worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "OOOO:totals", &objects[0], &objects[1], &objects[2], &objects[3]))
        return NULL;
    if (take_all(&held, objects[0], "B", 0, planes, PLANES) && take_all(&held, objects[1], "B", 0, planes + PLANES, PLANES)
        && take(&held, objects[2], "B", 0, &sure) && take(&held, objects[3], "B", 0, &trusted)
        && SAME(sure, planes[0], planes[PLANES], trusted)) {
        Py_BEGIN_ALLOW_THREADS
        worked = kernel->totals(planes, sure, trusted, sums);
        Py_END_ALLOW_THREADS
    }
    PyObject *none = done(&held, worked);
    if (!none)
        return NULL;
    Py_DECREF(none);
    return Py_BuildValue("(KKKKKKK)", (unsigned long long)sums[0], (unsigned long long)sums[1],
                         (unsigned long long)sums[2], (unsigned long long)sums[3], (unsigned long long)sums[4],
                         (unsigned long long)sums[5], (unsigned long long)sums[6]);
}

PyObject *py_astray(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *room_objects[4], *sure_object, *trusted_object;
    Given given;
    Plane sure, trusted;
    Look look;
    Room room;
    float limit;
    int counts[2] = {0, 0}, worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, LOOK "(OOOO)OOf:astray", GIVE(given), &room_objects[0], &room_objects[1],
                          &room_objects[2], &room_objects[3], &sure_object, &trusted_object, &limit))
        return NULL;
    if (take_look(&held, &given, &look) && take_room(&held, room_objects, 0, &room)
        && take(&held, sure_object, "B", 0, &sure) && take(&held, trusted_object, "B", 0, &trusted)
        && SAME(sure, look.picture[0], room.mean[0], room.certainty[0], trusted)) {
        Py_BEGIN_ALLOW_THREADS
        worked = kernel->astray(&look, &room, sure, trusted, limit, counts);
        Py_END_ALLOW_THREADS
    }
    PyObject *none = done(&held, worked);
    if (!none)
        return NULL;
    Py_DECREF(none);
    return Py_BuildValue("(ii)", counts[0], counts[1]);
}

PyObject *py_changed(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *object;
    Given now, then;
    Plane onto;
    Look look, before;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, LOOK LOOK "O:changed", GIVE(now), GIVE(then), &object))
        return NULL;
    if (take_look(&held, &now, &look) && take_look(&held, &then, &before) && take(&held, object, "f", 1, &onto)
        && SAME(onto, look.picture[0], before.picture[0])) {
        Py_BEGIN_ALLOW_THREADS
        kernel->changed(&look, &before, onto);
        Py_END_ALLOW_THREADS
    }
    return done(&held, 1);
}

PyObject *py_learn(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *places, *room_objects[4], *learnt[4], *table;
    Given given;
    Lesson to;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, LOOK "O(OOOO)(OOOO)(Offffff):learn", GIVE(given), &places, &room_objects[0],
                          &room_objects[1], &room_objects[2], &room_objects[3], &learnt[0], &learnt[1], &learnt[2],
                          &learnt[3], &table, &to.least, &to.wild, &to.noise, &to.known, &to.temper,
                          &to.steps_per_code))
        return NULL;
    if (take_look(&held, &given, &to.look) && take(&held, places, "B", 0, &to.places)
        && take_room(&held, room_objects, 1, &to.room) && take_all(&held, learnt[0], "f", 1, to.variance, PLANES)
        && take(&held, learnt[1], "f", 1, &to.lessons) && take_all(&held, learnt[2], "B", 1, to.codes, PLANES)
        && take(&held, learnt[3], "B", 1, &to.trusted) && take(&held, table, "f", 0, &to.table)
        && SAME(to.places, to.look.picture[0], to.room.mean[0], to.room.certainty[0], to.room.prior, to.room.belief,
                to.variance[0], to.lessons, to.codes[0], to.trusted)
        && to.table.width) {
        Py_BEGIN_ALLOW_THREADS
        kernel->learn(&to);
        Py_END_ALLOW_THREADS
    }
    return done(&held, 1);
}

PyObject *py_count(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[3];
    Plane picture[PLANES], where, onto[16];
    int worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "OOO:count", &objects[0], &objects[1], &objects[2]))
        return NULL;
    if (take_all(&held, objects[0], "B", 0, picture, PLANES) && take(&held, objects[1], "B", 0, &where)
        && take_all(&held, objects[2], "f", 1, onto, 16) && SAME(where, picture[0]) && same_size(onto[0], 32, 32)) {
        int apart = (int)(onto[1].at - onto[0].at);
        if (apart != 32 * onto[0].pitch || onto[0].pitch != 32 * (ptrdiff_t)sizeof(float)) {
            PyErr_SetString(PyExc_ValueError, "counts must lie side by side");
        } else {
            Py_BEGIN_ALLOW_THREADS
            worked = kernel->count(picture, where, onto[0]);
            Py_END_ALLOW_THREADS
        }
    }
    return done(&held, worked);
}

PyObject *py_doubt(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[4], *table;
    Plane mask, picture[PLANES], evidence, onto;
    Odds odds;
    int worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "OOO(Offf)O:doubt", &objects[0], &objects[1], &objects[2], &table, &odds.low,
                          &odds.high, &odds.weight, &objects[3]))
        return NULL;
    if (take(&held, objects[0], "f", 0, &mask) && take_all(&held, objects[1], "B", 0, picture, PLANES)
        && take(&held, objects[2], "f", 0, &evidence) && take_odds(&held, table, &odds)
        && take(&held, objects[3], "f", 1, &onto) && same_size(evidence, 16 * 32 * 32, 1)
        && SAME(mask, picture[0], onto) && mask.width && mask.height) {
        Py_BEGIN_ALLOW_THREADS
        worked = kernel->doubt(mask, picture, evidence, &odds, onto);
        Py_END_ALLOW_THREADS
    }
    return done(&held, worked);
}

PyObject *py_empty(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[3], *table;
    Plane mask, picture[PLANES], evidence;
    Odds odds;
    float sure;
    int worked = 1;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(arguments, "OOO(Offf)f:empty", &objects[0], &objects[1], &objects[2], &table, &odds.low,
                          &odds.high, &odds.weight, &sure))
        return NULL;
    if (take(&held, objects[0], "f", 1, &mask) && take_all(&held, objects[1], "B", 0, picture, PLANES)
        && take(&held, objects[2], "f", 0, &evidence) && take_odds(&held, table, &odds)
        && same_size(evidence, 16 * 32 * 32, 1) && same_size(mask, 2 * picture[0].width, 2 * picture[0].height)) {
        Py_BEGIN_ALLOW_THREADS
        worked = kernel->empty(mask, picture, evidence, &odds, sure);
        Py_END_ALLOW_THREADS
    }
    return done(&held, worked);
}
