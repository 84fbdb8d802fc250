/* What is made of whole images, and the mask; network.h says how. */

#include "layers.h"

/* ---- one number of many ---- */

static void dense_row(const Network *network, const Step *step) {
    const Image *from = &network->images[step->source], *image = &network->images[step->target];
    const float *bias = network->weights + step->weights, *weights = bias + image->channels;
    float *onto = row_of(network, step->target, 0);
    for (int channel = 0; channel < image->channels; channel += LANES) {
        const float *mine = weights + channel;
        Lanes sum = load(bias + channel);
        for (int y = 0; y < from->height; y++) {
            const float *pixels = row_of(network, step->source, y);
            for (int i = 0; i < from->width * from->channels; i++, mine += image->channels)
                sum += load(mine) * pixels[i];
        }
        store(onto + channel, activated(sum, step->activation, NULL));
    }
}

/* A pixel of the mask from the block of each pixel round it. */
static void outline_row(const Network *network, const Step *step, int row) {
    const Image *from = &network->images[step->source];
    const float *bias = network->weights + step->weights, *weights = bias + BLOCK;
    float *onto = network->mask + (ptrdiff_t)row * network->width;
    int kernel = step->kernel, before = step->before;
    for (int x = 0; x < from->width; x++) {
        Lanes sums[PER_BLOCK] = {{0}};
        for (int dy = 0; dy < kernel; dy++) {
            int line = row + dy - before;
            if (line < 0 || line >= from->height)
                continue;
            const float *pixels = row_of(network, step->source, line) + (x - before) * BLOCK;
            for (int i = 0; i < kernel * PER_BLOCK; i++)
                sums[i % PER_BLOCK] += load(pixels + i * LANES) * load(weights + (dy * kernel * PER_BLOCK + i) * LANES);
        }
        float sum = *bias;
        for (int part = 0; part < PER_BLOCK; part++)
            for (int i = 0; i < LANES; i++)
                sum += sums[part][i];
        onto[x] = sum;
    }
}

/* ---- gates ---- */

INLINE void layer(const float *weights, const float *from, int inputs, float *onto, int outputs, int last) {
    for (int channel = 0; channel < outputs; channel += LANES) {
        Lanes sum = load(weights + channel);
        for (int i = 0; i < inputs; i++)
            sum += load(weights + outputs + (ptrdiff_t)i * outputs + channel) * from[i];
        store(onto + channel, last ? sigmoid(sum) : positive(sum));
    }
}

static void open_gate(const Network *network, const Step *step) {
    const Image *image = &network->images[step->source];
    float *mean = network->memory + step->scratch, *onto = network->memory + step->gate;
    const float *weights = network->weights + step->weights;
    for (int c = 0; c < image->channels; c++)
        mean[c] = network->memory[image->sum + c] / (float)(image->width * image->height);
    if (step->other >= 0) {
        const Image *second = &network->images[step->other];
        for (int c = 0; c < image->channels; c++)
            mean[c] += network->memory[second->sum + c] / (float)(second->width * second->height);
    }
    if (step->hidden) {
        layer(weights, mean, image->channels, mean + image->channels, step->hidden, 0);
        weights += step->hidden * (1 + image->channels);
        layer(weights, mean + image->channels, step->hidden, onto, step->outputs, 1);
    } else
        layer(weights, mean, image->channels, onto, step->outputs, 1);
}

/* ---- the mask ---- */

/* Four pixels of the mask from each of the image; they lie as two above two. */
static void head_row(const Network *network, const Step *step, int row) {
    const Image *from = &network->images[step->source];
    const float *pixels = row_of(network, step->source, row), *weights = network->weights + step->weights + 4;
    float *fours = network->memory + step->scratch, *above = network->mask + (ptrdiff_t)2 * row * network->width;
    for (int x = 0; x < from->width; x += 2 * SIDE) {
        Four sums[2 * SIDE];
        for (int i = 0; i < 2 * SIDE; i++)
            sums[i] = *(const Four *)(network->weights + step->weights);
        for (int c = 0; c < BLOCK; c++)
            for (int i = 0; i < 2 * SIDE; i++)
                sums[i] += *(const Four *)(weights + 4 * c) * pixels[(x + i) * BLOCK + c];
        for (int i = 0; i < 2 * SIDE; i++)
            *(Four *)(fours + 4 * (x + i)) = sums[i];
    }
    for (int i = 0; i < 4 * from->width; i += LANES)
        store(fours + i, sigmoid(load(fours + i)));
    for (int x = 0; x < from->width; x++) {
        memcpy(above + 2 * x, fours + 4 * x, 2 * sizeof(float));
        memcpy(above + network->width + 2 * x, fours + 4 * x + 2, 2 * sizeof(float));
    }
}
