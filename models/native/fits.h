/* What a network may do: every step stays inside the images that it reads and makes, and these inside the memory. */

#include "network.h"

enum { MOST_IMAGES = MOST_STEPS, MOST_SIDE = 1 << 13 };

/* How many numbers its memory has, and its weights. */
typedef struct {
    int64_t memory, weights;
    int halves; /* whether the form that runs can read weights of 16 bits */
} Sizes;

static int lies_in(int64_t at, int64_t count, int64_t size) {
    return at >= 0 && at % BLOCK == 0 && count >= 0 && at + count <= size;
}

static int whole(int64_t value, int64_t unit) {
    return value > 0 && value <= MOST_SIDE && value % unit == 0;
}

static int image_fits(const Image *image, Sizes sizes) {
    int64_t pixels = (int64_t)image->rows * (image->width + 2 * MARGIN) + SPARE;
    return whole(image->width, 1) && whole(image->height, 1) && whole(image->channels, BLOCK) && image->rows > 0
        && image->rows <= image->height && lies_in(image->at, pixels * image->channels, sizes.memory)
        && (image->sum == -1
            || (whole(image->width, STRIPE) && lies_in(image->sum, image->channels, sizes.memory)));
}

static int same_size(const Image *one, const Image *other, int times) {
    return one->width == times * other->width && one->height == times * other->height;
}

/* The weights of a step, and the slopes behind them. */
static int weights_fit(const Step *step, int64_t count, int64_t channels, Sizes sizes) {
    return lies_in(step->weights, count + (step->activation == PRELU ? channels : 0), sizes.weights);
}

static int window_fits(const Step *step, int stride) {
    if ((step->kernel != 3 && step->kernel != 5) || step->before < 0 || step->before > MARGIN)
        return 0; /* before anything is subtracted */
    int behind = step->kernel - stride - step->before;
    return behind >= 0 && behind <= MARGIN;
}

static int picture_fits(const Network *network, const Step *step, const Image *to, Sizes sizes) {
    int64_t row = (3 * ((int64_t)network->width + 2 * SIDE + MOST_KERNEL) + BLOCK - 1) / BLOCK * BLOCK;
    int64_t window = 3 * (int64_t)step->kernel * step->kernel;
    return to && 2 * to->width == network->width && 2 * to->height == network->height && window_fits(step, 2)
        && weights_fit(step, (1 + window) * to->channels + BLOCK, to->channels, sizes)
        && lies_in(step->scratch, step->kernel * row, sizes.memory);
}

static int other_fits(const Step *step, const Image *other, const Image *to) {
    if (!other)
        return 1;
    if (step->enlarged)
        return other->channels == to->channels && same_size(to, other, 2);
    return same_size(to, other, 1)
        && (other->channels == to->channels
            || (other->channels < to->channels && whole(other->channels, 2 * BLOCK)));
}

static int pointwise_fits(const Step *step, const Image *from, const Image *other, const Image *to, Sizes sizes) {
    int64_t inputs = step->inputs, weights = to ? inputs * to->channels : 0;
    return from && to && same_size(from, to, 1) && inputs > 0 && inputs <= from->channels && other_fits(step, other, to)
        && weights_fit(step, to->channels + (step->half ? weights / 2 : weights), to->channels, sizes)
        && (step->gate == -1
            || (!step->half && lies_in(step->gate, inputs, sizes.memory)
                && lies_in(step->scratch, weights, sizes.memory)));
}

static int depthwise_fits(const Step *step, const Image *from, const Image *other, const Image *to, Sizes sizes) {
    int kernel = step->kernel, stride = step->stride;
    return from && to && (stride == 1 || stride == 2) && window_fits(step, stride) && step->activation != PRELU
        && from->channels == to->channels && same_size(from, to, stride)
        && (!other || (other == from && stride == 1 && kernel == 2 * step->before + 1))
        && lies_in(step->weights, (1 + (int64_t)kernel * kernel) * to->channels, sizes.weights)
        && lies_in(step->scratch, (int64_t)(from->width + 2 * MARGIN + SPARE) * from->channels, sizes.memory);
}

static int enlarge_fits(const Step *step, const Image *from, const Image *other, const Image *to, Sizes sizes) {
    return from && to && same_size(to, from, 2) && from->channels == to->channels
        && (!other || (same_size(to, other, 1) && other->channels == to->channels))
        && weights_fit(step, 0, to->channels, sizes);
}

static int spread_fits(const Step *step, const Image *from, const Image *other, const Image *to) {
    return from && to && !other && same_size(to, from, 2) && step->inputs > 0 && step->inputs <= to->channels
        && 4 * (int64_t)step->inputs <= from->channels;
}

static int greatest_fits(const Image *from, const Image *other, const Image *to) {
    return from && to && !other && same_size(from, to, 2) && from->channels == to->channels;
}

static int dense_fits(const Step *step, const Image *from, const Image *other, const Image *to, Sizes sizes) {
    return from && to && !other && to->width == 1 && to->height == 1 && from->rows == from->height
        && step->activation != PRELU
        && lies_in(step->weights, (1 + (int64_t)from->width * from->height * from->channels) * to->channels,
                   sizes.weights);
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
    return from && network->mask && from->channels == BLOCK && whole(from->width, STRIPE)
        && 2 * from->width == network->width && 2 * from->height == network->height
        && lies_in(step->weights, 4 + 4 * BLOCK, sizes.weights) && lies_in(step->scratch, 4 * from->width, sizes.memory);
}

static int outline_fits(const Network *network, const Step *step, const Image *from, Sizes sizes) {
    return from && network->mask && from->channels == BLOCK && step->stride == 1 && window_fits(step, 1)
        && from->width == network->width && from->height == network->height
        && lies_in(step->weights, (1 + (int64_t)step->kernel * step->kernel) * BLOCK, sizes.weights);
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
    if (step->activation < NOTHING || step->activation > PRELU || (step->half && !sizes.halves))
        return 0;
    if (step->target != -1) { /* made once, and by whoever makes images */
        if (step->target < 0 || step->target >= count || made[step->target] || step->kind >= GATE)
            return 0;
        made[step->target] = 1;
        to = &network->images[step->target];
        if (to->width % SIDE == 1 && step->kind != DENSE) /* the margin would not hold the pixels that are too many */
            return 0;
    }
    switch (step->kind) {
    case PICTURE:
        return !from && !other && picture_fits(network, step, to, sizes);
    case POINTWISE:
        return pointwise_fits(step, from, other, to, sizes);
    case DEPTHWISE:
        return depthwise_fits(step, from, other, to, sizes);
    case ENLARGE:
        return enlarge_fits(step, from, other, to, sizes);
    case SPREAD:
        return spread_fits(step, from, other, to);
    case GREATEST:
        return greatest_fits(from, other, to);
    case DENSE:
        return dense_fits(step, from, other, to, sizes);
    case OUTLINE:
        return !other && outline_fits(network, step, from, sizes);
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
