/* Enlargement by 3 along a quadratic B-spline: smooth where a bilinear one would show its grid. */

#include "kernel.h"

enum {
    NINE = 9, /* parts of a code, in each direction */
    ALL = NINE * NINE,
    SHARE = 51782, /* 2^22 / ALL, a little more: exact for all sums of so many codes */
    BITS = 22
};

/* A row at three times its width, in ninths of a code. */
INLINE void widen(const uint8_t *restrict codes, uint16_t *restrict wide, int width) {
    for (ptrdiff_t x = 0; x < width; x++) {
        uint16_t before = codes[x ? x - 1 : 0], here = codes[x], after = codes[x + 1 < width ? x + 1 : x];
        wide[3 * x] = (uint16_t)(3 * before + 6 * here);
        wide[3 * x + 1] = (uint16_t)(before + 7 * here + after);
        wide[3 * x + 2] = (uint16_t)(6 * here + 3 * after);
    }
}

INLINE uint8_t rounded(uint16_t parts) {
    return (uint8_t)((uint32_t)(parts + ALL / 2) * SHARE >> BITS);
}

/* The three rows that one becomes. */
INLINE void spread(const uint16_t *restrict above, const uint16_t *restrict here, const uint16_t *restrict below,
                   uint8_t *restrict first, uint8_t *restrict second, uint8_t *restrict third, int width) {
    for (ptrdiff_t x = 0; x < width; x++)
        first[x] = rounded((uint16_t)(3 * above[x] + 6 * here[x]));
    for (ptrdiff_t x = 0; x < width; x++)
        second[x] = rounded((uint16_t)(above[x] + 7 * here[x] + below[x]));
    for (ptrdiff_t x = 0; x < width; x++)
        third[x] = rounded((uint16_t)(6 * here[x] + 3 * below[x]));
}

/* `onto` is three times as wide and high as `codes`. */
static int triple(Plane codes, Plane onto) {
    size_t wide = (size_t)onto.width;
    uint16_t *ring = malloc(3 * wide * sizeof(uint16_t));
    if (!ring)
        return 0;
    widen(bytes_of(codes, 0), ring, codes.width);
    for (int row = 0; row < codes.height; row++) {
        int above = row ? row - 1 : 0, below = row + 1 < codes.height ? row + 1 : row;
        if (below > row)
            widen(bytes_of(codes, below), ring + (size_t)(below % 3) * wide, codes.width);
        spread(ring + (size_t)(above % 3) * wide, ring + (size_t)(row % 3) * wide, ring + (size_t)(below % 3) * wide,
               bytes_of(onto, 3 * row), bytes_of(onto, 3 * row + 1), bytes_of(onto, 3 * row + 2), onto.width);
    }
    free(ring);
    return 1;
}
