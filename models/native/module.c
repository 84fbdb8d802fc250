/* The Python module `_compiled`: checks that a network stays inside its memory, and runs it while other threads run. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000 /* 3.11, the first with buffers in it; one build serves all later ones */
#include <Python.h>

#include "network.h"

enum { MOST_IMAGES = MOST_STEPS, MOST_SIDE = 1 << 13, ALIGNED = 4 * BLOCK };

/* ---- the forms it is compiled in, best first ---- */

typedef struct {
    const char *name;
    void (*run)(const Network *network);
} Form;

static int count_forms(Form *forms) {
    int count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        forms[count++] = (Form){"avx512", run_avx512};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        forms[count++] = (Form){"avx2", run_avx2};
#endif
    forms[count++] = (Form){"plain", run_plain};
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

/* ---- what a network may do ---- */

/* Numbers of its memory, or of its weights. */
typedef struct {
    int64_t memory, weights;
} Sizes;

static int lies_in(int64_t at, int64_t count, int64_t size) {
    return at >= 0 && at % BLOCK == 0 && count >= 0 && at + count <= size;
}

static int whole(int64_t value, int64_t unit) {
    return value > 0 && value <= MOST_SIDE && value % unit == 0;
}

static int image_fits(const Image *image, Sizes sizes) {
    return whole(image->width, STRIPE) && whole(image->height, 1) && whole(image->channels, BLOCK) && image->rows > 0
        && image->rows <= image->height
        && lies_in(image->at, (int64_t)image->rows * (image->width + 2 * MARGIN) * image->channels, sizes.memory)
        && (image->sum == -1 || lies_in(image->sum, image->channels, sizes.memory));
}

static int same_size(const Image *one, const Image *other, int times) {
    return one->width == times * other->width && one->height == times * other->height;
}

static int picture_fits(const Network *network, const Step *step, const Image *to, Sizes sizes) {
    int64_t row = (3 * (int64_t)network->width + 3 + BLOCK - 1) / BLOCK * BLOCK;
    return to && to->channels == BLOCK && 2 * to->width == network->width && 2 * to->height == network->height
        && lies_in(step->weights, 28 * BLOCK, sizes.weights) && lies_in(step->scratch, 3 * row, sizes.memory);
}

static int pointwise_fits(const Step *step, const Image *from, const Image *other, const Image *to, Sizes sizes) {
    int64_t inputs = step->inputs, weights = to ? inputs * to->channels : 0;
    return from && to && same_size(from, to, 1) && inputs > 0 && inputs <= from->channels
        && lies_in(step->weights, to->channels + weights, sizes.weights)
        && (!other || (other->channels == to->channels && same_size(to, other, step->enlarged ? 2 : 1)))
        && (step->gate == -1
            || (lies_in(step->gate, inputs, sizes.memory) && lies_in(step->scratch, weights, sizes.memory)));
}

static int depthwise_fits(const Step *step, const Image *from, const Image *other, const Image *to, Sizes sizes) {
    int kernel = step->kernel, stride = step->stride, before = step->before;
    if ((kernel != 3 && kernel != 5) || (stride != 1 && stride != 2) || before < 0 || before > MARGIN)
        return 0;
    int behind = kernel - stride - before;
    return from && to && from->channels == to->channels && same_size(from, to, stride)
        && behind >= 0 && behind <= MARGIN && (!other || (other == from && stride == 1 && before == behind))
        && lies_in(step->weights, (1 + (int64_t)kernel * kernel) * to->channels, sizes.weights)
        && lies_in(step->scratch, (int64_t)(from->width + 2 * MARGIN) * from->channels, sizes.memory);
}

static int gate_fits(const Step *step, const Image *from, const Image *other, Sizes sizes) {
    if (!from || from->sum < 0 || (other && (other->sum < 0 || other->channels != from->channels))
        || !whole(step->outputs, BLOCK) || (step->hidden && !whole(step->hidden, BLOCK)))
        return 0;
    int64_t inputs = from->channels, hidden = step->hidden, outputs = step->outputs;
    int64_t weights = hidden ? hidden * (1 + inputs) + outputs * (1 + hidden) : outputs * (1 + inputs);
    return lies_in(step->weights, weights, sizes.weights) && lies_in(step->gate, outputs, sizes.memory)
        && lies_in(step->scratch, inputs + hidden, sizes.memory);
}

static int head_fits(const Network *network, const Step *step, const Image *from, Sizes sizes) {
    return from && from->channels == BLOCK && 2 * from->width == network->width && 2 * from->height == network->height
        && lies_in(step->weights, 4 + 4 * BLOCK, sizes.weights) && lies_in(step->scratch, 4 * from->width, sizes.memory);
}

/* An image that a step before this one makes; -1 is none, any other number is wrong. */
static int known(int32_t number, const Image *images, int count, const char *made, const Image **image) {
    *image = NULL;
    if (number == -1)
        return 1;
    if (number < 0 || number >= count || !made[number])
        return 0;
    *image = &images[number];
    return 1;
}

static int step_fits(const Network *network, const Step *step, int count, char *made, Sizes sizes) {
    const Image *from, *other, *to = NULL;
    if (!known(step->source, network->images, count, made, &from)
        || !known(step->other, network->images, count, made, &other))
        return 0;
    if (step->target != -1) { /* made once, and by whoever makes images */
        if (step->target < 0 || step->target >= count || made[step->target] || step->kind >= GATE)
            return 0;
        made[step->target] = 1;
        to = &network->images[step->target];
    }
    switch (step->kind) {
    case PICTURE:
        return !from && !other && picture_fits(network, step, to, sizes);
    case POINTWISE:
        return pointwise_fits(step, from, other, to, sizes);
    case DEPTHWISE:
        return depthwise_fits(step, from, other, to, sizes);
    case GATE:
        return gate_fits(step, from, other, sizes);
    case HEAD:
        return !other && head_fits(network, step, from, sizes);
    default:
        return 0;
    }
}

static int network_fits(const Network *network, int images, Sizes sizes) {
    char made[MOST_IMAGES] = {0};
    if (network->count > MOST_STEPS || images > MOST_IMAGES)
        return 0;
    for (int i = 0; i < images; i++)
        if (!image_fits(&network->images[i], sizes))
            return 0;
    for (int i = 0; i < network->count; i++)
        if (!step_fits(network, &network->steps[i], images, made, sizes))
            return 0;
    return 1;
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
static int read_network(const Held *held, Network *network) {
    const Py_buffer *views = held->views;
    Sizes sizes = {views[MEMORY].shape[0], views[WEIGHTS].shape[0]};
    Py_ssize_t height = views[BYTES].shape[0], width = views[BYTES].shape[1];
    if (views[MASK].shape[0] != height || views[MASK].shape[1] != width || width > MOST_SIDE || height > MOST_SIDE
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
        .mask = views[MASK].buf,
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
        && read_network(&held, &network)) {
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
