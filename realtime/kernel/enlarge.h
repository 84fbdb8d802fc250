/* Bilinear enlargement by 2; by itself, and behind a person, whose alpha may be enlarged likewise: so it need not be
   written, and read again. */

#include "kernel.h"

enum {
    MIXED = -1,
    PART = RUN / 2, /* codes that become a run */
    HALF = 2 /* of a code, in quarters */
};

/* A plane that is enlarged: the last three of its rows that were widened, by their number, modulo 3.

   wide   at twice the width, in quarters of a code, and half a code of them more: so rounding is done
   kinds  of each part the one value of its codes and of those beside it, for then nothing has to be worked out where
          another row has the same; or MIXED, as a part at the end that is not whole always is. NULL: nobody asks */
typedef struct {
    Plane codes;
    uint16_t *wide;
    int16_t *kinds;
} Source;

static size_t source_bytes(Plane codes) {
    size_t width = (size_t)codes.width;
    return 3 * (2 * width + width / PART + 1) * sizeof(uint16_t);
}

INLINE Source source_of(Plane codes, void *memory, int kinds) {
    uint16_t *wide = memory;
    return (Source){codes, wide, kinds ? (int16_t *)wide + 6 * (size_t)codes.width : NULL};
}

/* Two bytes as they lie in memory, in one number. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define PAIR(first, second) ((uint16_t)((first) << 8 | (second)))
#else
#define PAIR(first, second) ((uint16_t)((second) << 8 | (first)))
#endif

/* What lies left and right in each code when a row is widened: 3 parts of it, 1 of the next on that side. */
INLINE void widen_row(const uint8_t *restrict codes, uint16_t *restrict left, uint16_t *restrict right, int width) {
    int last = width - 1;
    /* Two loops, so that no code stays in a register for the next turn: clang makes no vectors of such a loop. */
    for (ptrdiff_t x = 1; x < last; x++)
        left[x] = (uint16_t)(3 * codes[x] + codes[x - 1] + HALF);
    for (ptrdiff_t x = 1; x < last; x++)
        right[x] = (uint16_t)(3 * codes[x] + codes[x + 1] + HALF);
    left[0] = (uint16_t)(4 * codes[0] + HALF);
    right[0] = (uint16_t)(3 * codes[0] + codes[last > 0] + HALF);
    left[last] = (uint16_t)(3 * codes[last] + codes[last > 0 ? last - 1 : 0] + HALF);
    right[last] = (uint16_t)(4 * codes[last] + HALF);
}

/* A row is needed soon, if there is one of that number. */
INLINE void bring(const Source *source, int row) {
    if (row < 0 || row >= source->codes.height)
        return;
    const uint8_t *codes = bytes_of(source->codes, row);
    int width = source->codes.width, parts = width / PART;
    uint16_t *left = source->wide + (size_t)(row % 3) * 2 * (size_t)width;
    widen_row(codes, left, left + width, width);
    if (!source->kinds)
        return;
    int16_t *kinds = source->kinds + (size_t)(row % 3) * ((size_t)parts + 1);
    for (int i = 0; i < parts; i++) {
        const uint8_t *part = codes + i * PART;
        uint8_t value = *part, before = part[i ? -1 : 0], after = part[(i + 1) * PART < width ? PART : PART - 1];
        kinds[i] = before == value && after == value && all_are(part, value, PART) ? value : MIXED;
    }
    kinds[parts] = MIXED;
}

/* The two rows between which one of the enlarged ones lies: 3 parts of the nearer, 1 of the farther. */
typedef struct {
    const uint16_t *near_wide, *far_wide;
    const int16_t *near_kinds, *far_kinds;
    int width; /* of the codes */
} Stretch;

INLINE Stretch between_rows(const Source *source, int row) {
    Plane codes = source->codes;
    int near = row / 2, far = row & 1 ? near + 1 : near - 1;
    far = far < 0 ? 0 : far < codes.height ? far : near;
    size_t wide = 2 * (size_t)codes.width, parts = (size_t)codes.width / PART + 1;
    const int16_t *kinds = source->kinds;
    return (Stretch){
        source->wide + (size_t)(near % 3) * wide,
        source->wide + (size_t)(far % 3) * wide,
        kinds ? kinds + (size_t)(near % 3) * parts : NULL,
        kinds ? kinds + (size_t)(far % 3) * parts : NULL,
        codes.width,
    };
}

/* What comes of `count` codes of a row, from `from` on. */
INLINE void stretch(const Stretch *rows, int from, uint8_t *restrict onto, int count) {
    const uint16_t *restrict near = rows->near_wide + from, *restrict far = rows->far_wide + from;
    const uint16_t *restrict near_right = near + rows->width, *restrict far_right = far + rows->width;
    for (ptrdiff_t x = 0; x < count; x++) {
        uint16_t left = (uint16_t)(3 * near[x] + far[x]) >> 4;
        uint16_t right = (uint16_t)(3 * near_right[x] + far_right[x]) >> 4;
        uint16_t pair = PAIR(left, right);
        memcpy(onto + 2 * x, &pair, sizeof pair);
    }
}

/* Of what value a part is in both rows, or MIXED. */
INLINE int kind_of(const Stretch *rows, int from) {
    int16_t kind = rows->near_kinds[from / PART];
    return kind == rows->far_kinds[from / PART] ? kind : MIXED;
}

/* The first code behind a part of the row that begins with one and is all of its kind. */
INLINE int end_of_kind(const Stretch *rows, int begun, int *kind) {
    int from = begun;
    *kind = kind_of(rows, begun);
    do
        from += PART;
    while (from < rows->width && kind_of(rows, from) == *kind);
    return from < rows->width ? from : rows->width;
}

/* `onto` is twice as wide and high as `codes`. */
static int enlarge(Plane codes, Plane onto) {
    void *memory = malloc(source_bytes(codes));
    if (!memory)
        return 0;
    Source source = source_of(codes, memory, 1);
    bring(&source, 0);
    for (int row = 0; row < onto.height; row++) {
        if (row % 2 == 0)
            bring(&source, row / 2 + 1);
        Stretch rows = between_rows(&source, row);
        uint8_t *to = bytes_of(onto, row);
        for (int begun = 0, end, kind; begun < codes.width; begun = end) {
            end = end_of_kind(&rows, begun, &kind);
            if (kind == MIXED)
                stretch(&rows, begun, to + 2 * begun, end - begun);
            else
                memset(to + 2 * begun, kind, 2 * (size_t)(end - begun));
        }
    }
    free(memory);
    return 1;
}

/* Who stands before what is enlarged, and where: from `left` and `top` on. Their alpha may have half of their size;
   then `doubled` enlarges it, and `share` is a row of scratch. */
typedef struct {
    Plane person, alpha;
    int left, top;
    Source doubled;
    uint8_t *share;
} Over;

/* `count` px of an enlarged row from `from` on, and a person before it; what nobody sees is not worked out. */
INLINE void stretch_behind(const Stretch *room, int from, const uint8_t *person, const uint8_t *alpha, uint8_t *onto,
                           int count) {
    uint8_t behind[2 * RUN];
    int odd = from & 1, first = from / 2, x = 0;
    for (; x + RUN <= count; x += RUN, first += RUN / 2) {
        if (uniform(alpha + x, 255))
            memcpy(onto + x, person + x, RUN);
        else if (!odd && uniform(alpha + x, 0))
            stretch(room, first, onto + x, RUN / 2);
        else {
            stretch(room, first, behind, RUN / 2 + odd);
            mix(person + x, alpha + x, behind + odd, onto + x, RUN);
        }
    }
    stretch(room, first, behind, (count - x + odd + 1) / 2);
    mix(person + x, alpha + x, behind + odd, onto + x, count - x);
}

/* A row before which somebody stands whose alpha has their size. */
INLINE void cover_row(const Over *over, int row, const Stretch *room, uint8_t *onto) {
    int ahead = row + 2;
    /* A box's rows lie too far apart for the processor to guess which it needs next. */
    for (int x = 0; x < over->person.width && ahead < over->person.height; x += RUN) {
        PREFETCH(bytes_of(over->person, ahead) + x);
        PREFETCH(bytes_of(over->alpha, ahead) + x);
    }
    stretch_behind(room, over->left, bytes_of(over->person, row), bytes_of(over->alpha, row), onto, over->person.width);
}

/* The same for one whose alpha is enlarged. */
INLINE void cover_doubled(const Over *over, int row, const Stretch *room, uint8_t *onto) {
    Stretch alpha = between_rows(&over->doubled, row);
    const uint8_t *person = bytes_of(over->person, row), *ahead = bytes_of(over->person, row + 2);
    for (int begun = 0, end, kind; begun < alpha.width; begun = end) {
        end = end_of_kind(&alpha, begun, &kind);
        int from = 2 * begun, count = 2 * (end - begun);
        if (kind == 0) {
            stretch(room, over->left / 2 + begun, onto + from, end - begun);
            continue;
        }
        for (int x = from; x < from + count && row + 2 < over->person.height; x += RUN)
            PREFETCH(ahead + x);
        if (kind == 255) {
            memcpy(onto + from, person + from, (size_t)count);
            continue;
        }
        stretch(&alpha, begun, over->share, end - begun);
        stretch_behind(room, over->left + from, person + from, over->share, onto + from, count);
    }
}

INLINE void cover_all(const Source *source, const Over *over, int doubled, Plane onto) {
    int left = over->left, right = left + over->person.width;
    bring(source, 0);
    for (int row = 0; row < onto.height; row++) {
        if (row % 2 == 0)
            bring(source, row / 2 + 1);
        Stretch room = between_rows(source, row);
        uint8_t *to = bytes_of(onto, row);
        /* In pieces it is written too slowly for the processor to fetch it in time by itself. */
        for (int x = 0; x < onto.width && row + 2 < onto.height; x += RUN)
            PREFETCH(bytes_of(onto, row + 2) + x);
        int at = row - over->top;
        if (at < 0 || at >= over->person.height) {
            stretch(&room, 0, to, room.width);
            continue;
        }
        stretch(&room, 0, to, (left + 1) / 2);
        stretch(&room, right / 2, to + right / 2 * 2, room.width - right / 2);
        if (!doubled) {
            cover_row(over, at, &room, to + left);
            continue;
        }
        if (at % 2 == 0) {
            if (!at)
                bring(&over->doubled, 0);
            bring(&over->doubled, at / 2 + 1);
        }
        cover_doubled(over, at, &room, to + left);
    }
}

static int cover(Plane codes, Plane person, Plane alpha, int left, int top, Plane onto) {
    int doubled = alpha.width != person.width || alpha.height != person.height;
    size_t own = source_bytes(codes), theirs = doubled ? source_bytes(alpha) : 0;
    uint8_t *memory = malloc(own + theirs + (size_t)person.width);
    if (!memory)
        return 0;
    Source source = source_of(codes, memory, 0);
    Over over = {person, alpha, left, top, source_of(alpha, memory + own, 1), memory + own + theirs};
    cover_all(&source, &over, doubled, onto);
    free(memory);
    return 1;
}
