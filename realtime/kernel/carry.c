/* A mask carried along with the picture, and mixed with the next one; carry.py has the formulas. */

#include <math.h>

#include "kernel.h"

/* The values from where each place of a row came, `x` and `y` px from the row's own places. */
INTO_WIDE void come(const float *restrict values, int width, int height, const float *restrict x,
                    const float *restrict y, int left, int row, float *restrict onto, int count) {
    for (int i = 0; i < count; i++) {
        float across = within(x[i] + (float)(left + i), 0, (float)(width - 1));
        float down = within(y[i] + (float)row, 0, (float)(height - 1));
        int first = (int)across, top = (int)down, at = top * width + first;
        int right = first + 1 < width, bottom = top + 1 < height ? width : 0;
        float over = across - (float)first, under = down - (float)top;
        float above = values[at] + over * (values[at + right] - values[at]);
        float below = values[at + bottom] + over * (values[at + bottom + right] - values[at + bottom]);
        onto[i] = above + under * (below - above);
    }
}

/* `step` apart, as the x and y of a flow are. */
INTO_WIDE void pick(const float *restrict from, int step, float *restrict onto, int count) {
    for (ptrdiff_t i = 0; i < count; i++)
        onto[i] = from[i * step];
}

WIDE int miss(Plane before, Plane now, Plane flow, int left, int top, Plane onto) {
    size_t whole = (size_t)before.width * (size_t)before.height, line = (size_t)now.width;
    float *values = malloc((whole + 3 * line) * sizeof(float));
    if (!values)
        return 0;
    float *x = values + whole, *y = x + line, *there = y + line;
    for (int row = 0; row < before.height; row++) {
        const uint8_t *restrict codes = bytes_of(before, row);
        float *restrict to = values + (ptrdiff_t)row * before.width;
        for (ptrdiff_t i = 0; i < before.width; i++)
            to[i] = (float)codes[i];
    }
    for (int row = 0; row < now.height; row++) {
        const uint8_t *restrict codes = bytes_of(now, row);
        float *restrict to = floats_of(onto, row);
        pick(floats_of(flow, row), 2, x, now.width);
        pick(floats_of(flow, row) + 1, 2, y, now.width);
        come(values, before.width, before.height, x, y, left, top + row, there, now.width);
        for (ptrdiff_t i = 0; i < now.width; i++)
            to[i] = fabsf(there[i] - (float)codes[i]);
    }
    free(values);
    return 1;
}

/* What is kept of the old mask in a row of the small size, and whence it came. */
INTO_WIDE void small_row(Plane flow, Plane changed, Plane missed, const Keeping *keeping, int row, float *restrict kept,
                         float *restrict x, float *restrict y) {
    const float *restrict change = floats_of(changed, row), *restrict miss = floats_of(missed, row);
    float still = keeping->still, lost = keeping->missed, longest = keeping->longest, shortest = keeping->shortest;
    float moves = keeping->moving - still, matches = lost - keeping->matched;
    for (ptrdiff_t i = 0; i < changed.width; i++) {
        float moved = within((change[i] - still) / moves, 0, 1);
        float followed = within((lost - miss[i]) / matches, 0, 1);
        kept[i] = (1 - moved) * longest + moved * followed * shortest;
    }
    pick(floats_of(flow, row), 2, x, changed.width);
    pick(floats_of(flow, row) + 1, 2, y, changed.width);
}

WIDE int carry(Plane mask, Plane old, Plane flow, Plane changed, Plane missed, const Keeping *keeping, int left,
               int top, Plane onto) {
    int width = changed.width, height = changed.height;
    size_t small = 3 * (size_t)width, line = (size_t)width + 2;
    float *ring = malloc((3 * small + line + 8 * (size_t)width) * sizeof(float));
    if (!ring)
        return 0;
    float *scratch = ring + 3 * small, *wide = scratch + line;
    float *kept = wide, *x = kept + 2 * width, *y = x + 2 * width, *there = y + 2 * width;
    int made = 0; /* small rows */
    for (int row = 0; row < 2 * height; row++) {
        int near = row / 2, far = row & 1 ? near + 1 : near - 1;
        far = far < 0 ? 0 : far < height ? far : height - 1;
        for (; made <= (near > far ? near : far); made++) {
            float *to = ring + (size_t)(made % 3) * small;
            small_row(flow, changed, missed, keeping, made, to, to + width, to + 2 * width);
        }
        const float *one = ring + (size_t)(near % 3) * small, *other = ring + (size_t)(far % 3) * small;
        for (int i = 0; i < 3; i++)
            double_row(one + (ptrdiff_t)i * width, other + (ptrdiff_t)i * width, scratch,
                       wide + (ptrdiff_t)i * 2 * width, width);
        for (ptrdiff_t i = 0; i < 4 * width; i++)
            x[i] = 2 * x[i]; /* and y, which follows */
        come(floats_of(old, 0), old.width, old.height, x, y, left, top + row, there, 2 * width);
        const float *restrict new = floats_of(mask, row), *restrict share = kept, *restrict came = there;
        float *restrict to = floats_of(onto, row);
        for (ptrdiff_t i = 0; i < 2 * width; i++)
            to[i] = new[i] + share[i] * (came[i] - new[i]);
    }
    free(ring);
    return 1;
}
