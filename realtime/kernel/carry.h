/* A mask carried along with the picture, and mixed with the next one; carry.py has the formulas. */

#include <math.h>

#include "kernel.h"

enum { CAME = 64 /* places of a row that are looked up together */ };

/* A plane's values as they lie in memory, row after row. */
typedef struct {
    const float *values;
    int width, height;
} Whole;

/* Two that lie side by side; what follows the very last counts for nothing, and is not there. */
INLINE void take_two(const float *values, int last, int at, float *two) {
    if (at < last)
        memcpy(two, values + at, 2 * sizeof(float));
    else
        two[0] = two[1] = values[last];
}

/* The values from where some places of a row came, `x` and `y` px from their own, which begin at `left`. In three
   loops, for only that in the middle cannot be made wide. */
INLINE void come_some(Whole old, const float *restrict x, const float *restrict y, int left, int row,
                      float *restrict onto, int count) {
    int at[CAME], down[CAME], width = old.width, last = width * old.height - 1;
    float over[CAME], under[CAME], above[2 * CAME], below[2 * CAME];
    float rightmost = (float)(width - 1), lowest = (float)(old.height - 1);
    for (int i = 0; i < count; i++) {
        float from_left = within(x[i] + (float)(left + i), 0, rightmost);
        float from_top = within(y[i] + (float)row, 0, lowest);
        int first = (int)from_left, top = (int)from_top;
        at[i] = top * width + first;
        down[i] = top + 1 < old.height ? width : 0;
        over[i] = from_left - (float)first;
        under[i] = from_top - (float)top;
    }
    for (int i = 0; i < count; i++) {
        take_two(old.values, last, at[i], above + 2 * i);
        take_two(old.values, last, at[i] + down[i], below + 2 * i);
    }
    for (int i = 0; i < count; i++) {
        float high = above[2 * i] + over[i] * (above[2 * i + 1] - above[2 * i]);
        float low = below[2 * i] + over[i] * (below[2 * i + 1] - below[2 * i]);
        onto[i] = high + under[i] * (low - high);
    }
}

INLINE void come(Whole old, const float *x, const float *y, int left, int row, float *onto, int count) {
    for (int i = 0; i < count; i += CAME)
        come_some(old, x + i, y + i, left + i, row, onto + i, count - i < CAME ? count - i : CAME);
}

/* `step` apart, as the x and y of a flow are. */
INLINE void pick(const float *restrict from, int step, float *restrict onto, int count) {
    for (ptrdiff_t i = 0; i < count; i++)
        onto[i] = from[i * step];
}

static int miss(Plane before, Plane now, Plane flow, int left, int top, Plane onto) {
    size_t places = (size_t)before.width * (size_t)before.height, line = (size_t)now.width;
    float *values = malloc((places + 3 * line) * sizeof(float));
    if (!values)
        return 0;
    Whole whole = {values, before.width, before.height};
    float *x = values + places, *y = x + line, *there = y + line;
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
        come(whole, x, y, left, top + row, there, now.width);
        for (ptrdiff_t i = 0; i < now.width; i++)
            to[i] = fabsf(there[i] - (float)codes[i]);
    }
    free(values);
    return 1;
}

/* What is kept of the old mask in a row of the small size, and whence it came. */
INLINE void small_row(Plane flow, Plane changed, Plane missed, const Keeping *keeping, int row, float *restrict kept,
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

static int carry(Plane mask, Plane old, Plane flow, Plane changed, Plane missed, const Keeping *keeping, int left,
                 int top, Plane onto) {
    int width = changed.width, height = changed.height;
    size_t small = 3 * (size_t)width, line = (size_t)width + 2;
    float *ring = malloc((3 * small + line + 8 * (size_t)width) * sizeof(float));
    if (!ring)
        return 0;
    float *scratch = ring + 3 * small, *wide = scratch + line;
    float *kept = wide, *x = kept + 2 * width, *y = x + 2 * width, *there = y + 2 * width;
    Whole whole = {floats_of(old, 0), old.width, old.height};
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
        come(whole, x, y, left, top + row, there, 2 * width);
        const float *restrict new = floats_of(mask, row), *restrict share = kept, *restrict came = there;
        float *restrict to = floats_of(onto, row);
        for (ptrdiff_t i = 0; i < 2 * width; i++)
            to[i] = new[i] + share[i] * (came[i] - new[i]);
    }
    free(ring);
    return 1;
}
