/* Whether a mask is one, and where it is; mask.py tells more. */

#include "kernel.h"

enum { PLACES = 9 }; /* 3x3 */

/* A row as codes; and what of it is broken, and what is room. */
INLINE void read_codes(const float *restrict mask, const Bounds *sound, int16_t *restrict codes, Verdict *verdict,
                       int width) {
    float least = sound->least, most = sound->most, sure = sound->sure;
    int whole = 0, room = 0;
    for (ptrdiff_t x = 0; x < width; x++) {
        whole += (mask[x] >= least) & (mask[x] <= most);
        room += mask[x] <= sure;
    }
    for (ptrdiff_t x = 0; x < width; x++)
        codes[x] = (int16_t)(int)(within(mask[x], least, most) * 255 + 0.5f);
    verdict->broken += width - whole;
    verdict->room += room;
}

static int judge(Plane mask, const Bounds *sound, Verdict *verdict) {
    int width = mask.width, height = mask.height;
    size_t pitch = (size_t)width + 2;
    int16_t *ring = malloc(6 * pitch * sizeof(int16_t));
    if (!ring)
        return 0;
    int16_t *sums = ring + 3 * pitch;
    for (int row = 0; row <= height; row++) {
        if (row < height) {
            int16_t *codes = ring + (size_t)(row % 3) * pitch, *across = sums + (size_t)(row % 3) * pitch;
            read_codes(floats_of(mask, row), sound, codes + 1, verdict, width);
            codes[0] = codes[width > 1 ? 2 : 1];
            codes[width + 1] = codes[width > 1 ? width - 1 : 1];
            for (ptrdiff_t x = 0; x < width; x++)
                across[x] = (int16_t)(codes[x] + codes[x + 1] + codes[x + 2]);
        }
        if (!row)
            continue;
        int here = row - 1, above = here ? here - 1 : height > 1, below = row < height ? row : height - (height > 1) - 1;
        const int16_t *restrict codes = ring + (size_t)(here % 3) * pitch + 1;
        const int16_t *restrict a = sums + (size_t)(above % 3) * pitch, *restrict b = sums + (size_t)(here % 3) * pitch;
        const int16_t *restrict c = sums + (size_t)(below % 3) * pitch;
        uint32_t rough = 0;
        for (ptrdiff_t x = 0; x < width; x++) {
            int16_t apart = (int16_t)(PLACES * codes[x] - a[x] - b[x] - c[x]);
            rough += (uint16_t)(apart < 0 ? -apart : apart);
        }
        verdict->rough += rough;
    }
    free(ring);
    return 1;
}

/* The columns and rows in which something is above a threshold: from the first to behind the last, or none. */
#define FIND_BOUNDS(NAME, TYPE, FLAG)                                                       \
    INLINE void NAME(Plane mask, TYPE above, FLAG *restrict columns, int box[4]) {         \
        memset(columns, 0, (size_t)mask.width * sizeof(FLAG));                             \
        for (int row = 0; row < mask.height; row++) {                                      \
            const TYPE *restrict values = (const TYPE *)(const void *)bytes_of(mask, row); \
            FLAG any = 0;                                                                  \
            for (ptrdiff_t x = 0; x < mask.width; x++) {                                   \
                FLAG found = values[x] > above;                                            \
                any |= found;                                                              \
                columns[x] |= found;                                                       \
            }                                                                              \
            if (!any)                                                                      \
                continue;                                                                  \
            box[1] = box[3] ? box[1] : row;                                                \
            box[3] = row + 1;                                                              \
        }                                                                                  \
        for (int x = 0; x < mask.width && box[3]; x++) {                                   \
            if (!columns[x])                                                               \
                continue;                                                                  \
            box[0] = box[2] ? box[0] : x;                                                  \
            box[2] = x + 1;                                                                \
        }                                                                                  \
    }

FIND_BOUNDS(bounds_of_floats, float, int32_t)
FIND_BOUNDS(bounds_of_bytes, uint8_t, uint8_t)

static int bounds(Plane mask, int floats, double above, int box[4]) {
    void *columns = malloc((size_t)mask.width * sizeof(int32_t));
    if (!columns)
        return 0;
    if (floats)
        bounds_of_floats(mask, (float)above, columns, box);
    else
        bounds_of_bytes(mask, (uint8_t)above, columns, box);
    free(columns);
    return 1;
}
