/* Bilinear enlargement by 2, through a table if there is one. */

#include "kernel.h"

/* Two bytes as they lie in memory, in one number. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define PAIR(first, second) ((uint16_t)((first) << 8 | (second)))
#else
#define PAIR(first, second) ((uint16_t)((second) << 8 | (first)))
#endif

/* One row between two: 3 parts of the nearer, 1 of the farther; then the same along it, in sixteenths. */
INTO_WIDE void stretch(const uint8_t *restrict near, const uint8_t *restrict far, uint16_t *restrict between,
                       uint16_t *restrict pairs, uint8_t *restrict onto, int width) {
    for (ptrdiff_t x = 0; x < width; x++)
        between[x + 1] = (uint16_t)(3 * near[x] + far[x]);
    between[0] = between[1];
    between[width + 1] = between[width];
    for (ptrdiff_t x = 0; x < width; x++) {
        uint16_t three = (uint16_t)(3 * between[x + 1] + 8);
        uint16_t left = (uint16_t)(three + between[x]) >> 4, right = (uint16_t)(three + between[x + 2]) >> 4;
        pairs[x] = PAIR(left, right);
    }
    memcpy(onto, pairs, 2 * (size_t)width);
}

INTO_WIDE void look_up(const uint8_t *restrict codes, const uint8_t *restrict table, uint8_t *restrict onto, int width) {
    ptrdiff_t x = 0;
    for (; x + RUN <= width; x += RUN) {
        if (uniform(codes + x, codes[x]))
            memset(onto + x, table[codes[x]], RUN);
        else
            for (ptrdiff_t i = x; i < x + RUN; i++)
                onto[i] = table[codes[i]];
    }
    for (; x < width; x++)
        onto[x] = table[codes[x]];
}

/* A row of the codes: as it is, or read through the table into one of three buffers. */
INTO_WIDE const uint8_t *read_row(Plane codes, int row, const uint8_t *table, uint8_t *const buffers[3], int fresh) {
    if (!table)
        return bytes_of(codes, row);
    if (fresh)
        look_up(bytes_of(codes, row), table, buffers[row % 3], codes.width);
    return buffers[row % 3];
}

/* `onto` is twice as wide and high as `codes`; with a table of 256 they are read through it. */
WIDE int enlarge(Plane codes, const uint8_t *table, Plane onto) {
    int width = codes.width, height = codes.height;
    size_t row_bytes = (size_t)width;
    uint16_t *between = malloc((2 * row_bytes + 2) * sizeof(uint16_t) + 3 * row_bytes);
    if (!between)
        return 0;
    uint16_t *pairs = between + width + 2;
    uint8_t *rest = (uint8_t *)(pairs + width);
    uint8_t *const buffers[3] = {rest, rest + row_bytes, rest + 2 * row_bytes};
    for (int row = 0; row < height; row++) {
        const uint8_t *here = read_row(codes, row, table, buffers, !row), *above = here, *below = here;
        if (row)
            above = read_row(codes, row - 1, table, buffers, 0);
        if (row + 1 < height)
            below = read_row(codes, row + 1, table, buffers, 1);
        stretch(here, above, between, pairs, bytes_of(onto, 2 * row), width);
        stretch(here, below, between, pairs, bytes_of(onto, 2 * row + 1), width);
    }
    free(between);
    return 1;
}
