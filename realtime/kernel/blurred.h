/* The room, blurred by normalised convolution; blurred.py has the formulas. */

#include "kernel.h"

enum {
    SOME = PLANES + 1, /* planes times their weight, and the weight */
    BLOCK = 4 /* places across and down that are added up for the wider average */
};

/* What nowhere looks like, and the weight that it has in each block. */
static const float GREY = 128, LEAST = 1.6e-3f;

/* SOME planes of floats, one behind the other. */
typedef struct {
    float *at;
    int width, height;
} Floats;

INLINE float *row_in(Floats planes, int plane, int row) {
    return planes.at + ((ptrdiff_t)plane * planes.height + row) * planes.width;
}

INLINE size_t size_in(Floats planes) {
    return (size_t)SOME * (size_t)planes.width * (size_t)planes.height;
}

/* The place that stands for one beyond the ends: a mirror between it and the first or last. */
INLINE int reflected(int place, int count) {
    while (place < 0 || place >= count)
        place = place < 0 ? -1 - place : 2 * count - 1 - place;
    return place;
}

/* A tap's share of both sides. */
INLINE void add_sides(const float *restrict one, const float *restrict other, float tap, float *restrict onto,
                      int width) {
    for (ptrdiff_t x = 0; x < width; x++)
        onto[x] += tap * (one[x] + other[x]);
}

INLINE void begin(const float *restrict here, float tap, float *restrict onto, int width) {
    for (ptrdiff_t x = 0; x < width; x++)
        onto[x] = tap * here[x];
}

/* Blurred across, in place; `line` has room for a row and its mirror images. */
INLINE void blur_across(Floats planes, Plane taps, float *line) {
    const float *side = floats_of(taps, 0);
    int reach = taps.width - 1, width = planes.width;
    for (int row = 0; row < SOME * planes.height; row++) {
        float *here = row_in(planes, 0, row);
        for (int i = 0; i < reach; i++) {
            line[i] = here[reflected(i - reach, width)];
            line[reach + width + i] = here[reflected(width + i, width)];
        }
        memcpy(line + reach, here, (size_t)width * sizeof(float));
        begin(line + reach, side[0], here, width);
        for (int i = 1; i <= reach; i++)
            add_sides(line + reach - i, line + reach + i, side[i], here, width);
    }
}

/* One row blurred down. */
INLINE void blur_down(Floats planes, int plane, int row, Plane taps, float *onto) {
    const float *side = floats_of(taps, 0);
    begin(row_in(planes, plane, row), side[0], onto, planes.width);
    for (int i = 1; i < taps.width; i++)
        add_sides(row_in(planes, plane, reflected(row - i, planes.height)),
                  row_in(planes, plane, reflected(row + i, planes.height)), side[i], onto, planes.width);
}

/* The planes times their weight. */
INLINE void weigh_room(const Plane *planes, Plane weight, Floats some) {
    for (int row = 0; row < weight.height; row++) {
        const float *restrict share = floats_of(weight, row);
        for (int i = 0; i < PLANES; i++) {
            const uint8_t *restrict codes = bytes_of(planes[i], row);
            float *restrict onto = row_in(some, i, row);
            for (ptrdiff_t x = 0; x < weight.width; x++)
                onto[x] = (float)codes[x] * share[x];
        }
        memcpy(row_in(some, PLANES, row), share, (size_t)weight.width * sizeof(float));
    }
}

/* Sums of BLOCK² places, of fewer at the ends; `line` has room for a row of whole blocks. */
INLINE void add_blocks(Floats some, Floats wide, float *line) {
    for (int plane = 0; plane < SOME; plane++)
        for (int row = 0; row < wide.height; row++) {
            memset(line, 0, (size_t)BLOCK * (size_t)wide.width * sizeof(float));
            for (int other = BLOCK * row; other < BLOCK * (row + 1) && other < some.height; other++) {
                const float *restrict here = row_in(some, plane, other);
                for (ptrdiff_t x = 0; x < some.width; x++)
                    line[x] += here[x];
            }
            float *restrict onto = row_in(wide, plane, row);
            for (ptrdiff_t x = 0; x < wide.width; x++)
                onto[x] = line[BLOCK * x] + line[BLOCK * x + 1] + line[BLOCK * x + 2] + line[BLOCK * x + 3];
        }
}

/* The wider average of each plane, in its place; `wide` has been blurred across. */
INLINE void average(Floats wide, Plane far, Floats means) {
    for (int row = 0; row < wide.height; row++) {
        float *weight = row_in(means, PLANES, row);
        blur_down(wide, PLANES, row, far, weight);
        for (int i = 0; i < PLANES; i++) {
            float *restrict mean = row_in(means, i, row);
            blur_down(wide, i, row, far, mean);
            for (ptrdiff_t x = 0; x < wide.width; x++)
                mean[x] = (mean[x] + GREY * LEAST) / (weight[x] + LEAST);
        }
    }
}

/* Between which rows of `means` one lies that is BLOCK times as fine, and across as well; `line` has room for a place
   more at both ends. */
INLINE void enlarge_mean(Floats means, int plane, int row, float *restrict line, float *restrict onto) {
    static const float SHARES[BLOCK] = {0.625f, 0.875f, 0.125f, 0.375f};
    int place = row / BLOCK, part = row % BLOCK, width = means.width, last = means.height - 1;
    int above = part < BLOCK / 2 ? place - 1 : place, below = above + 1;
    const float *restrict one = row_in(means, plane, above < 0 ? 0 : above);
    const float *restrict other = row_in(means, plane, below > last ? last : below);
    for (ptrdiff_t x = 0; x < width; x++)
        line[x + 1] = one[x] + SHARES[part] * (other[x] - one[x]);
    line[0] = line[1];
    line[width + 1] = line[width];
    four_times(line, onto, 0, width);
}

/* What comes of a row: the near room, and a little of the wider average. */
INLINE void settle(const float *restrict near, const float *restrict weight, const float *restrict filling,
                   float fill, uint8_t *restrict onto, int width) {
    for (ptrdiff_t x = 0; x < width; x++)
        onto[x] = (uint8_t)(int)((near[x] + fill * filling[x]) / (weight[x] + fill) + 0.5f);
}

static int blurred(const Plane *planes, Plane weight, Plane near, Plane far, float fill, const Plane *onto) {
    int width = weight.width, height = weight.height, reach = near.width > far.width ? near.width : far.width;
    Floats some = {NULL, width, height};
    Floats wide = {NULL, (width + BLOCK - 1) / BLOCK, (height + BLOCK - 1) / BLOCK}, means = wide;
    size_t across = (size_t)BLOCK * (size_t)wide.width, line_size = across + 2 * (size_t)reach + 2;
    float *memory = malloc((size_in(some) + 2 * size_in(wide) + 3 * across + line_size) * sizeof(float));
    if (!memory)
        return 0;
    some.at = memory;
    wide.at = some.at + size_in(some);
    means.at = wide.at + size_in(wide);
    float *share = means.at + size_in(means), *close = share + across, *filling = close + across;
    float *line = filling + across;
    weigh_room(planes, weight, some);
    add_blocks(some, wide, line);
    blur_across(wide, far, line);
    average(wide, far, means);
    blur_across(some, near, line);
    for (int row = 0; row < height; row++) {
        blur_down(some, PLANES, row, near, share);
        for (int i = 0; i < PLANES; i++) {
            blur_down(some, i, row, near, close);
            enlarge_mean(means, i, row, line, filling);
            settle(close, share, filling, fill, bytes_of(onto[i], row), width);
        }
    }
    free(memory);
    return 1;
}
