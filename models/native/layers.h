/* What each kind of step does for one row; network.h says what that is. */

#ifndef SOFTFOCUS_LAYERS_H
#define SOFTFOCUS_LAYERS_H

#include "lanes.h"

/* ---- where a row lies ---- */

INLINE float *row_of(const Network *network, int image, int row) {
    const Image *in = &network->images[image];
    ptrdiff_t pitch = (ptrdiff_t)(in->width + 2 * MARGIN) * in->channels;
    return network->memory + in->at + (row % in->rows) * pitch + (ptrdiff_t)MARGIN * in->channels;
}

/* Where an image's pixels are summed up, or NULL. */
INLINE float *total_of(const Network *network, const Image *image) {
    return image->sum < 0 ? NULL : network->memory + image->sum;
}

/* ---- the picture ---- */

/* A row of bytes as floats, with `before` pixels of what lies beside the picture on its left and as many as may be seen
   on its right; above and below the picture all are that. */
INLINE void widen(const Network *network, int row, float *onto, int before, float beside, int length) {
    int count = 3 * network->width, first = 3 * before;
    const uint8_t *bytes = network->picture + (ptrdiff_t)row * count;
    int inside = row >= 0 && row < network->height ? count : 0;
    for (int i = 0; i < first; i++)
        onto[i] = beside;
    for (int i = 0; i < inside; i++)
        onto[first + i] = bytes[i];
    for (int i = first + inside; i < length; i++)
        onto[i] = beside;
}

/* As many floats as a row of the picture takes. */
INLINE int picture_floats(int width) {
    return (3 * (width + 2 * SIDE + MOST_KERNEL) + BLOCK - 1) / BLOCK * BLOCK;
}

INLINE void picture_tile(int many, float *const *rows, int from, const float *bias, const float *weights, float *onto,
                         ptrdiff_t apart, float *total, int kernel, int activation, const float *slopes) {
    Lanes sums[TILE * PER_BLOCK];
    begin(sums, many, PER_BLOCK, bias);
    for (int dy = 0; dy < kernel; dy++)
        add_products(sums, many, PER_BLOCK, rows[dy] + from, 6, weights + 3 * kernel * BLOCK * dy, 0, 3 * kernel, 0);
    finish(sums, many, PER_BLOCK, onto, apart, total, activation, slopes);
}

INLINE void picture_rows(const Network *network, const Step *step, int row, float **rows, float beside) {
    int kernel = step->kernel, length = picture_floats(network->width);
    for (int dy = 0; dy < kernel; dy++) {
        int line = 2 * row + dy;
        rows[dy] = network->memory + step->scratch + line % kernel * length;
        if (dy >= kernel - 2 || !row) /* else it was one of the row above, too */
            widen(network, line - step->before, rows[dy], step->before, beside, length);
    }
}

INLINE void picture_row(const Network *network, const Step *step, int row) {
    const Image *image = &network->images[step->target];
    ptrdiff_t apart = image->channels, each = 3 * step->kernel * step->kernel * BLOCK;
    const float *bias = network->weights + step->weights, *weights = bias + apart;
    const float *beside = weights + apart / BLOCK * each, *slopes = beside + BLOCK;
    float *rows[MOST_KERNEL], *onto = row_of(network, step->target, row), *total = total_of(network, image);
    picture_rows(network, step, row, rows, *beside);
    for (int channel = 0; channel < apart; channel += BLOCK, weights += each)
        for (int x = 0, many; x < image->width; x += many)
            if ((many = tile(image->width - x)) == TILE)
                picture_tile(TILE, rows, 6 * x, bias + channel, weights, onto + x * apart + channel, apart,
                             total ? total + channel : NULL, step->kernel, step->activation, slopes + channel);
            else
                picture_tile(REST, rows, 6 * x, bias + channel, weights, onto + x * apart + channel, apart,
                             total ? total + channel : NULL, step->kernel, step->activation, slopes + channel);
}

/* ---- 1x1 ---- */

/* Weights for inputs that are scaled: the scale times the weights. */
INLINE void scale_weights(const Network *network, const Step *step, int blocks) {
    const float *weights = network->weights + step->weights + blocks * BLOCK, *gate = network->memory + step->gate;
    float *onto = network->memory + step->scratch;
    for (int block = 0; block < blocks; block++)
        for (int i = 0; i < step->inputs; i++, weights += BLOCK, onto += BLOCK)
            for (int part = 0; part < PER_BLOCK; part++)
                store(onto + part * LANES, load(weights + part * LANES) * gate[i]);
}

/* Of an image that is enlarged by 2, the row nearest to one of the large image's, and the next nearest. */
INLINE void rows_between(const Network *network, int image, int row, const float **near, const float **far) {
    int half = row / 2, beside = row % 2 ? half + 1 : half - 1, last = network->images[image].height - 1;
    *near = row_of(network, image, half);
    *far = row_of(network, image, beside < 0 ? 0 : beside > last ? last : beside);
}

/* A row of a 1x1 convolution: where its pixels, weights and results lie, and how far apart pixels are. `far` is NULL
   where `near` need not be enlarged, both where there is no other image. */
typedef struct {
    const float *pixels, *bias, *weights, *slopes, *near, *far;
    float *onto, *total;
    ptrdiff_t from_apart, apart, other_apart;
    int width, inputs, activation, half;
} Line;

static Line line_of(const Network *network, const Step *step, int row) {
    const Image *from = &network->images[step->source], *image = &network->images[step->target];
    const float *bias = network->weights + step->weights;
    ptrdiff_t weights = (ptrdiff_t)step->inputs * image->channels;
    Line line = {
        .pixels = row_of(network, step->source, row),
        .bias = bias,
        .weights = step->gate < 0 ? bias + image->channels : network->memory + step->scratch,
        .slopes = bias + image->channels + (step->half ? weights / 2 : weights),
        .onto = row_of(network, step->target, row),
        .total = total_of(network, image),
        .from_apart = from->channels,
        .apart = image->channels,
        .width = image->width,
        .inputs = step->inputs,
        .activation = step->activation,
        .half = step->half,
    };
    if (step->other >= 0)
        line.other_apart = network->images[step->other].channels;
    if (step->other >= 0 && step->enlarged)
        rows_between(network, step->other, row, &line.near, &line.far);
    else if (step->other >= 0)
        line.near = row_of(network, step->other, row);
    return line;
}

/* `many` pixels from `x` on, `blocks` blocks from `channel` on. */
INLINE void pointwise_tile(const Line *line, int x, int many, int channel, int blocks, int half) {
    ptrdiff_t block = (ptrdiff_t)BLOCK * line->inputs;
    int parts = blocks * PER_BLOCK;
    Lanes sums[TILE * PER_BLOCK];
    begin(sums, many, parts, line->bias + channel);
    add_products(sums, many, parts, line->pixels + x * line->from_apart, line->from_apart,
                 half ? (const float *)((const uint16_t *)line->weights + channel / BLOCK * block)
                      : line->weights + channel / BLOCK * block,
                 block, line->inputs, half);
    if (line->far)
        add_enlarged(sums, many, parts, line->near + channel, line->far + channel, line->apart, x, line->width);
    else if (line->near && channel < line->other_apart)
        add(sums, many, parts, line->near + x * line->other_apart + channel, line->other_apart);
    finish(sums, many, parts, line->onto + x * line->apart + channel, line->apart,
           line->total ? line->total + channel : NULL, line->activation, line->slopes + channel);
}

INLINE void pointwise_line(const Line *line, int half) {
    int channel = 0;
    for (; PAIRS && channel + 2 * BLOCK <= line->apart; channel += 2 * BLOCK)
        for (int x = 0, many; x < line->width; x += many)
            if (line->width - x > TILE / 2 - SIDE) {
                many = TILE / 2;
                pointwise_tile(line, x, TILE / 2, channel, 2, half);
            } else {
                many = SIDE;
                pointwise_tile(line, x, SIDE, channel, 2, half);
            }
    for (; channel < line->apart; channel += BLOCK)
        for (int x = 0, many; x < line->width; x += many)
            if ((many = tile(line->width - x)) == TILE)
                pointwise_tile(line, x, TILE, channel, 1, half);
            else
                pointwise_tile(line, x, REST, channel, 1, half);
}

static void pointwise_row(const Network *network, const Step *step, int row) {
    if (step->gate >= 0 && !row)
        scale_weights(network, step, network->images[step->target].channels / BLOCK);
    const Line line = line_of(network, step, row);
    if (line.half)
        pointwise_line(&line, 1);
    else
        pointwise_line(&line, 0);
}

/* ---- each channel alone ---- */

/* SIDE pixels at a time, so that none of the sums waits for itself. */
INLINE void depthwise_lanes(const float *const *rows, const float *weights, float *onto, int width, ptrdiff_t apart,
                            float *total, Lanes bias, int kernel, int stride, int activation, int added) {
    Lanes total_here = {0};
    for (int x = 0; x < width; x += SIDE) {
        Lanes sums[SIDE];
        ptrdiff_t left = (ptrdiff_t)x * stride * apart;
        for (int i = 0; i < SIDE; i++)
            sums[i] = bias;
        for (int dy = 0; dy < kernel; dy++)
            for (int dx = 0; dx < kernel; dx++) {
                Lanes weight = load(weights + (dy * kernel + dx) * BLOCK);
                for (int i = 0; i < SIDE; i++)
                    sums[i] += weight * load(rows[dy] + left + (i * stride + dx) * apart);
            }
        for (int i = 0; i < SIDE; i++) {
            Lanes sum = activated(sums[i], activation, NULL);
            if (added)
                sum += load(rows[kernel / 2] + left + (i * stride + kernel / 2) * apart);
            store(onto + (x + i) * apart, sum);
            total_here += sum;
        }
    }
    if (total)
        store(total, load(total) + total_here);
}

INLINE void depthwise_blocks(const Network *network, const Step *step, int row, int kernel, int stride) {
    const Image *from = &network->images[step->source], *image = &network->images[step->target];
    const float *bias = network->weights + step->weights, *weights = bias + image->channels, *rows[5];
    float *onto = row_of(network, step->target, row), *total = total_of(network, image);
    if (!row)
        memset(network->memory + step->scratch, 0,
               sizeof(float) * (size_t)(from->width + 2 * MARGIN + SPARE) * (size_t)from->channels);
    for (int dy = 0; dy < kernel; dy++) {
        int line = row * stride + dy - step->before;
        int inside = line >= 0 && line < from->height;
        rows[dy] = inside ? row_of(network, step->source, line) - step->before * from->channels
                          : network->memory + step->scratch;
    }
    for (int channel = 0; channel < image->channels; channel += LANES) {
        const float *mine[5];
        for (int dy = 0; dy < kernel; dy++)
            mine[dy] = rows[dy] + channel;
        depthwise_lanes(mine, weights + channel / BLOCK * BLOCK * kernel * kernel + channel % BLOCK, onto + channel,
                        image->width, image->channels, total ? total + channel : NULL, load(bias + channel), kernel,
                        stride, step->activation, step->other >= 0);
    }
}

static void depthwise_row(const Network *network, const Step *step, int row) {
    if (step->kernel == 3 && step->stride == 1)
        depthwise_blocks(network, step, row, 3, 1);
    else if (step->kernel == 3)
        depthwise_blocks(network, step, row, 3, 2);
    else if (step->stride == 1)
        depthwise_blocks(network, step, row, 5, 1);
    else
        depthwise_blocks(network, step, row, 5, 2);
}

#endif
