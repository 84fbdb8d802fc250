/* Bilinear enlargement by 2, through a table if there is one. */

#include "kernel.h"

/* One row between two: 3 parts of the nearer, 1 of the farther; then the same along it, in sixteenths. */
INTO_WIDE void stretch(const uint8_t *restrict near, const uint8_t *restrict far, uint16_t *restrict between,
                       uint8_t *restrict left, uint8_t *restrict right, uint8_t *restrict onto, int width) {
    for (ptrdiff_t x = 0; x < width; x++)
        between[x + 1] = (uint16_t)(3 * near[x] + far[x]);
    between[0] = between[1];
    between[width + 1] = between[width];
    for (ptrdiff_t x = 0; x < width; x++)
        left[x] = (uint8_t)((uint16_t)(3 * between[x + 1] + between[x] + 8) >> 4);
    for (ptrdiff_t x = 0; x < width; x++)
        right[x] = (uint8_t)((uint16_t)(3 * between[x + 1] + between[x + 2] + 8) >> 4);
    for (ptrdiff_t x = 0; x < width; x++) {
        onto[2 * x] = left[x];
        onto[2 * x + 1] = right[x];
    }
}

INTO_WIDE void look_up(const uint8_t *restrict codes, const uint8_t *restrict table, uint8_t *restrict onto, int width) {
    for (ptrdiff_t x = 0; x < width; x++)
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
    uint16_t *between = malloc((row_bytes + 2) * sizeof(uint16_t) + 5 * row_bytes);
    if (!between)
        return 0;
    uint8_t *rest = (uint8_t *)(between + width + 2);
    uint8_t *const buffers[3] = {rest, rest + row_bytes, rest + 2 * row_bytes};
    uint8_t *left = rest + 3 * row_bytes, *right = rest + 4 * row_bytes;
    for (int row = 0; row < height; row++) {
        const uint8_t *here = read_row(codes, row, table, buffers, !row), *above = here, *below = here;
        if (row)
            above = read_row(codes, row - 1, table, buffers, 0);
        if (row + 1 < height)
            below = read_row(codes, row + 1, table, buffers, 1);
        stretch(here, above, between, left, right, bytes_of(onto, 2 * row), width);
        stretch(here, below, between, left, right, bytes_of(onto, 2 * row + 1), width);
    }
    free(between);
    return 1;
}
