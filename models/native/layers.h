/* What each kind of step does for one row; network.h says what that is. */

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

/* A row of bytes as floats, with a pixel of 0 behind it; below the picture all are 0. */
INLINE void widen(const Network *network, int row, float *onto) {
    int count = 3 * network->width;
    const uint8_t *bytes = network->picture + (ptrdiff_t)row * count;
    int inside = row < network->height ? count : 0;
    for (int i = 0; i < inside; i++)
        onto[i] = bytes[i];
    for (int i = inside; i < count + 3; i++)
        onto[i] = 0;
}

INLINE void picture_tile(int many, float *const *rows, int from, const float *bias, float *onto, float *total,
                         int activation) {
    Lanes sums[TILE * PER_BLOCK];
    begin(sums, many, PER_BLOCK, bias);
    for (int dy = 0; dy < 3; dy++)
        add_products(sums, many, PER_BLOCK, rows[dy] + from, 6, bias + BLOCK + 9 * BLOCK * dy, 0, 9);
    finish(sums, many, PER_BLOCK, onto, BLOCK, total, activation);
}

INLINE void picture_row(const Network *network, const Step *step, int row) {
    const Image *image = &network->images[step->target];
    const float *bias = network->weights + step->weights;
    float *rows[3];
    float *onto = row_of(network, step->target, row), *total = total_of(network, image);
    int row_floats = (3 * network->width + 3 + BLOCK - 1) / BLOCK * BLOCK;
    for (int dy = 0; dy < 3; dy++) {
        float *line = network->memory + step->scratch + (2 * row + dy) % 3 * row_floats;
        if (dy || !row) /* else it was the one above's last */
            widen(network, 2 * row + dy, line);
        rows[dy] = line;
    }
    for (int x = 0, many; x < image->width; x += many) {
        if ((many = tile(image->width - x)) == TILE)
            picture_tile(TILE, rows, 6 * x, bias, onto + (ptrdiff_t)x * BLOCK, total, step->activation);
        else
            picture_tile(REST, rows, 6 * x, bias, onto + (ptrdiff_t)x * BLOCK, total, step->activation);
    }
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

/* A row of a 1x1 convolution: where its pixels, weights and results lie, and how far apart pixels are. `far` is NULL
   where `near` need not be enlarged, both where there is no other image. */
typedef struct {
    const float *pixels, *bias, *weights, *near, *far;
    float *onto, *total;
    ptrdiff_t from_apart, apart;
    int width, inputs, activation;
} Line;

static Line line_of(const Network *network, const Step *step, int row) {
    const Image *from = &network->images[step->source], *image = &network->images[step->target];
    const float *bias = network->weights + step->weights;
    Line line = {
        .pixels = row_of(network, step->source, row),
        .bias = bias,
        .weights = step->gate < 0 ? bias + image->channels : network->memory + step->scratch,
        .onto = row_of(network, step->target, row),
        .total = total_of(network, image),
        .from_apart = from->channels,
        .apart = image->channels,
        .width = image->width,
        .inputs = step->inputs,
        .activation = step->activation,
    };
    if (step->other >= 0 && step->enlarged) {
        int half = row / 2, beside = row % 2 ? half + 1 : half - 1, last = network->images[step->other].height - 1;
        line.near = row_of(network, step->other, half);
        line.far = row_of(network, step->other, beside < 0 ? 0 : beside > last ? last : beside);
    } else if (step->other >= 0)
        line.near = row_of(network, step->other, row);
    return line;
}

/* `many` pixels from `x` on, `blocks` blocks from `channel` on. */
INLINE void pointwise_tile(const Line *line, int x, int many, int channel, int blocks) {
    ptrdiff_t block = (ptrdiff_t)BLOCK * line->inputs;
    int parts = blocks * PER_BLOCK;
    Lanes sums[TILE * PER_BLOCK];
    begin(sums, many, parts, line->bias + channel);
    add_products(sums, many, parts, line->pixels + x * line->from_apart, line->from_apart,
                 line->weights + channel / BLOCK * block, block, line->inputs);
    if (line->far)
        add_enlarged(sums, many, parts, line->near + channel, line->far + channel, line->apart, x, line->width);
    else if (line->near)
        add(sums, many, parts, line->near + x * line->apart + channel, line->apart);
    finish(sums, many, parts, line->onto + x * line->apart + channel, line->apart,
           line->total ? line->total + channel : NULL, line->activation);
}

static void pointwise_row(const Network *network, const Step *step, int row) {
    if (step->gate >= 0 && !row)
        scale_weights(network, step, network->images[step->target].channels / BLOCK);
    const Line line = line_of(network, step, row);
    int channel = 0;
    for (; PAIRS && channel + 2 * BLOCK <= line.apart; channel += 2 * BLOCK)
        for (int x = 0; x < line.width; x += TILE / 2)
            pointwise_tile(&line, x, TILE / 2, channel, 2);
    for (; channel < line.apart; channel += BLOCK)
        for (int x = 0, many; x < line.width; x += many)
            if ((many = tile(line.width - x)) == TILE)
                pointwise_tile(&line, x, TILE, channel, 1);
            else
                pointwise_tile(&line, x, REST, channel, 1);
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
            Lanes sum = activated(sums[i], activation);
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
               sizeof(float) * (size_t)(from->width + 2 * MARGIN) * (size_t)from->channels);
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
