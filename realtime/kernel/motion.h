/* A picture without its noise, and what of it is like nothing that was near before; motion.py tells more. */

#include "kernel.h"

INLINE void smooth_row(const uint16_t *restrict above, const uint16_t *restrict here, const uint16_t *restrict below,
                       uint8_t *restrict onto, int width) {
    for (ptrdiff_t x = 0; x < width; x++)
        onto[x] = mean_of_nine((uint16_t)(above[x] + here[x] + below[x]));
}

static int smooth(Plane codes, Plane onto) {
    int width = codes.width, height = codes.height;
    uint16_t *ring = malloc(3 * (size_t)width * sizeof(uint16_t));
    if (!ring)
        return 0;
    sums_of_three(bytes_of(codes, 0), ring, width);
    for (int row = 0; row < height; row++) {
        int above = row ? row - 1 : height > 1, below = row + 1 < height ? row + 1 : height - (height > 1) - 1;
        if (row + 1 < height)
            sums_of_three(bytes_of(codes, row + 1), ring + (size_t)((row + 1) % 3) * (size_t)width, width);
        smooth_row(ring + (size_t)(above % 3) * (size_t)width, ring + (size_t)(row % 3) * (size_t)width,
                   ring + (size_t)(below % 3) * (size_t)width, bytes_of(onto, row), width);
    }
    free(ring);
    return 1;
}

static int strays(Plane codes, Plane lowest, Plane highest, uint8_t most) {
    int count = 0;
    for (int row = 0; row < codes.height; row++) {
        const uint8_t *restrict here = bytes_of(codes, row);
        const uint8_t *restrict low = bytes_of(lowest, row), *restrict high = bytes_of(highest, row);
        for (int from = 0; from < codes.width; from += RUN) {
            int end = codes.width - from < RUN ? codes.width : from + RUN;
            uint8_t found = 0;
            for (int x = from; x < end; x++) {
                uint8_t under = here[x] < low[x] ? (uint8_t)(low[x] - here[x]) : 0;
                uint8_t over = here[x] > high[x] ? (uint8_t)(here[x] - high[x]) : 0;
                found = (uint8_t)(found + (under > most || over > most));
            }
            count += found;
        }
    }
    return count;
}
