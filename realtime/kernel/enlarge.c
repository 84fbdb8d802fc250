/* Bilinear enlargement by 2, through a table if there is one. */

#include "kernel.h"

/* Two bytes as they lie in memory, in one number. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define PAIR(first, second) ((uint16_t)((first) << 8 | (second)))
#else
#define PAIR(first, second) ((uint16_t)((second) << 8 | (first)))
#endif

/* `count` places of a row between two, from `from` on: 3 parts of the nearer, 1 of the farther; then the same along
   it, in sixteenths. */
INTO_WIDE void stretch(const uint8_t *restrict near, const uint8_t *restrict far, int from, int count, int width,
                       uint16_t *restrict between, uint8_t *restrict onto) {
    int before = from ? from - 1 : from, after = from + count < width ? from + count : width - 1;
    between[0] = (uint16_t)(3 * near[before] + far[before]);
    between[count + 1] = (uint16_t)(3 * near[after] + far[after]);
    for (ptrdiff_t x = 0; x < count; x++)
        between[x + 1] = (uint16_t)(3 * near[from + x] + far[from + x]);
    for (ptrdiff_t x = 0; x < count; x++) {
        uint16_t three = (uint16_t)(3 * between[x + 1] + 8);
        uint16_t left = (uint16_t)(three + between[x]) >> 4, right = (uint16_t)(three + between[x + 2]) >> 4;
        uint16_t pair = PAIR(left, right);
        memcpy(onto + 2 * (from + x), &pair, sizeof pair);
    }
}

/* A row that is enlarged, and of each whole run of it its value, or MIXED; no kinds where nobody has looked. */
typedef struct {
    const uint8_t *codes;
    int16_t *kinds;
} Row;

enum { MIXED = -1 };

/* The one value of a run between two rows and of what is beside it, for then nothing has to be worked out; or MIXED. */
INTO_WIDE int kind_of(const Row *near, const Row *far, int from, int width) {
    if (!near->kinds || near->kinds[from / RUN] == MIXED || near->kinds[from / RUN] != far->kinds[from / RUN])
        return MIXED;
    uint8_t value = near->codes[from];
    int before = from ? from - 1 : from, after = from + RUN < width ? from + RUN : width - 1;
    int same = near->codes[before] == value && far->codes[before] == value && near->codes[after] == value
               && far->codes[after] == value;
    return same ? value : MIXED;
}

/* A whole row; runs of a kind together. */
INTO_WIDE void stretch_row(const Row *near, const Row *far, uint16_t *between, uint8_t *onto, int width) {
    int begun = 0, kind = MIXED;
    for (int from = 0; begun < width; from += RUN) {
        int next = from + RUN <= width ? kind_of(near, far, from, width) : MIXED;
        int end = from < width ? from : width;
        if (next == kind && end < width)
            continue;
        if (kind == MIXED && begun < end)
            stretch(near->codes, far->codes, begun, end - begun, width, between, onto);
        else if (kind != MIXED)
            memset(onto + 2 * begun, kind, 2 * (size_t)(end - begun));
        begun = end;
        kind = next;
    }
}

/* A row read through the table. */
INTO_WIDE void look_up(const uint8_t *restrict codes, const uint8_t *restrict table, uint8_t *restrict onto,
                       int16_t *restrict kinds, int width) {
    int x = 0;
    for (; x + RUN <= width; x += RUN) {
        int same = uniform(codes + x, codes[x]);
        kinds[x / RUN] = same ? (int16_t)table[codes[x]] : MIXED;
        if (same)
            memset(onto + x, table[codes[x]], RUN);
        else
            for (int i = x; i < x + RUN; i++)
                onto[i] = table[codes[i]];
    }
    for (; x < width; x++)
        onto[x] = table[codes[x]];
}

/* Who stands before what is enlarged, and where: from `left` and `top` on. */
typedef struct {
    Plane person, alpha;
    int left, top;
} Over;

/* A row of what was enlarged, and who stands before it, of whom `row` says which. */
INTO_WIDE void put_before(const Over *over, int row, const uint8_t *line, uint8_t *onto, int width) {
    int left = over->left, right = left + over->alpha.width, ahead = row + 2;
    /* A box's rows lie too far apart for the processor to guess which it needs next. */
    for (int x = 0; x < over->alpha.width && ahead < over->alpha.height; x += RUN) {
        PREFETCH(bytes_of(over->person, ahead) + x);
        PREFETCH(bytes_of(over->alpha, ahead) + x);
    }
    memcpy(onto, line, (size_t)left);
    blend_row(bytes_of(over->person, row), bytes_of(over->alpha, row), line + left, onto + left, over->alpha.width);
    memcpy(onto + right, line + right, (size_t)(width - right));
}

/* `onto` is twice as wide and high as `codes`; with a table of 256 they are read through it, and written to `kept`, if
   that is not NULL. Nobody stands before it where `over` is NULL. */
INTO_WIDE int enlarge_all(Plane codes, const uint8_t *table, Plane onto, const Plane *kept, const Over *over) {
    int width = codes.width, height = codes.height;
    size_t row_bytes = (size_t)width, runs = row_bytes / RUN + 1;
    uint16_t *between = malloc((row_bytes + 2 + 3 * runs) * sizeof(uint16_t) + 5 * row_bytes);
    if (!between)
        return 0;
    int16_t *kinds = (int16_t *)between + row_bytes + 2;
    uint8_t *read = (uint8_t *)(kinds + 3 * runs), *line = read + 3 * row_bytes;
    Row rows[3]; /* by their number, modulo 3 */
    for (int row = -1; row < height; row++) {
        if (row + 1 < height) {
            size_t place = (size_t)(row + 1) % 3;
            rows[place] = (Row){bytes_of(codes, row + 1), NULL};
            if (table) {
                uint8_t *to = kept ? bytes_of(*kept, row + 1) : read + place * row_bytes;
                look_up(rows[place].codes, table, to, kinds + place * runs, width);
                rows[place] = (Row){to, kinds + place * runs};
            }
        }
        for (int i = 2 * row; i < 2 * row + 2 && row >= 0; i++) {
            int far = i & 1 ? (row + 1 < height ? row + 1 : row) : (row ? row - 1 : row);
            uint8_t *to = bytes_of(onto, i);
            int in = over && i >= over->top && i < over->top + over->alpha.height;
            stretch_row(&rows[row % 3], &rows[far % 3], between, in ? line : to, width);
            if (!in)
                continue;
            put_before(over, i - over->top, line, to, 2 * width);
        }
    }
    free(between);
    return 1;
}

WIDE int enlarge(Plane codes, const uint8_t *table, Plane onto, const Plane *kept) {
    return enlarge_all(codes, table, onto, kept, NULL);
}

WIDE int cover(Plane codes, Plane person, Plane alpha, int left, int top, Plane onto) {
    Over over = {person, alpha, left, top};
    return enlarge_all(codes, NULL, onto, NULL, &over);
}
