/* Means of 2x2, and of 3x3: how every small picture begins. */

#include "kernel.h"

enum { AHEAD = 4, LINE = 64 /* bytes that a processor fetches together */ };

/* Two bytes as they lie in memory; which of them is the first, a sum need not know. */
INLINE uint16_t both(const uint8_t *at) {
    uint16_t word;
    memcpy(&word, at, sizeof word);
    return (uint16_t)((word & 255) + (word >> 8));
}

INLINE void halve_rows(const uint8_t *restrict above, const uint8_t *restrict below, uint8_t *restrict onto,
                       int width) {
    for (ptrdiff_t x = 0; x < width; x++)
        onto[x] = (uint8_t)((uint16_t)(both(above + 2 * x) + both(below + 2 * x) + 2) >> 2);
}

/* Frames come from memory. Of two rows read side by side a processor fetches too little ahead by itself: asked for
   row by row, they come twice as fast. */
INLINE void fetch_row(Plane codes, int row) {
    if (row < codes.height)
        for (int x = 0; x < codes.width; x += LINE)
            PREFETCH(bytes_of(codes, row) + x);
}

static int halve(Plane codes, Plane onto) {
    for (int row = 0; row < onto.height; row++) {
        fetch_row(codes, 2 * row + AHEAD);
        fetch_row(codes, 2 * row + AHEAD + 1);
        halve_rows(bytes_of(codes, 2 * row), bytes_of(codes, 2 * row + 1), bytes_of(onto, row), onto.width);
    }
    return 1;
}

/* Three rows become one. */
INLINE void third_rows(const uint8_t *restrict above, const uint8_t *restrict here, const uint8_t *restrict below,
                       uint16_t *restrict sums, uint8_t *restrict onto, int width) {
    for (ptrdiff_t x = 0; x < 3 * (ptrdiff_t)width; x++)
        sums[x] = (uint16_t)(above[x] + here[x] + below[x]);
    for (ptrdiff_t x = 0; x < width; x++)
        onto[x] = mean_of_nine((uint16_t)(sums[3 * x] + sums[3 * x + 1] + sums[3 * x + 2]));
}

static int third(Plane codes, Plane onto) {
    uint16_t *sums = malloc((size_t)codes.width * sizeof(uint16_t));
    if (!sums)
        return 0;
    for (int row = 0; row < onto.height; row++)
        third_rows(bytes_of(codes, 3 * row), bytes_of(codes, 3 * row + 1), bytes_of(codes, 3 * row + 2), sums,
                   bytes_of(onto, row), onto.width);
    free(sums);
    return 1;
}
