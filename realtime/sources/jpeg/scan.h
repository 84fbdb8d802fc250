/* From codes to planes. Included by a file for each width of vectors, which defines

   LANES         floats in a vector: a row of a block, or of two side by side
   SEGMENT       the function's name
   LOW, HIGH     of two vectors, the lower or upper half of each four lanes, lane by lane in turn; LOW_TWO and HIGH_TWO
                 take two lanes at a time, LOW_FOUR and HIGH_FOUR four of each eight
   put_four      four rows of LANES floats as bytes, rounded and clipped: eight of each to `one`, the rest to `other` */

#include <stdlib.h>

#include "jpeg.h"

enum { PARTS = 2 * SIDE / LANES, TURNS = 4 /* look-ups from one refill: 4 LOOK + LOOK < FULL */, FULL = 56 };

typedef float Lanes __attribute__((vector_size(4 * LANES), may_alias));

/* ---- bits ---- */

/* The next bits are at the top; at least `left` of them are right. */
typedef struct {
    uint64_t bits;
    int left;
    const uint8_t *at;
} Reader;

/* To FULL or a little more. Bits above those that count are read again, and are the same. */
INLINE void refill(Reader *reader) {
    uint64_t next;
    memcpy(&next, reader->at, sizeof next);
    reader->bits |= __builtin_bswap64(next) >> reader->left;
    reader->at += (63 - reader->left) >> 3;
    reader->left |= FULL;
}

INLINE void skip(Reader *reader, int bits) {
    reader->bits <<= bits;
    reader->left -= bits;
}

INLINE int take(Reader *reader, int bits) {
    int taken = (int)(reader->bits >> 1 >> (63 - bits));
    skip(reader, bits);
    return taken;
}

INLINE int take_symbol(Reader *reader, const Codes *codes) {
    refill(reader);
    int found = find_symbol(codes, (uint32_t)(reader->bits >> 48), 16);
    if (found < 0)
        return -1;
    skip(reader, found >> 8);
    return found & 255;
}

/* ---- coefficients ---- */

/* Whether a block may end with this number as the one behind its last coefficient's. */
INLINE int complete(int k) {
    return k == COEFFICIENTS || (k > ENDED && k < ENDED + COEFFICIENTS);
}

/* The coefficient from `k` on, without the table of pairs; returns the number behind it, -1 for damage. */
INLINE int read_one(Reader *reader, const Codes *codes, const Place *places, int k, float *block) {
    int symbol = take_symbol(reader, codes), size = symbol & 15;
    if (symbol == END)
        return k + ENDED;
    if (symbol < 0 || !is_number(symbol))
        return -1;
    k += symbol >> 4;
    block[places[k].at] = (float)extend(take(reader, size), size) * places[k].scale;
    return k + 1;
}

INLINE int read_level(Reader *reader, const Codebook *book, int *level) {
    refill(reader);
    uint32_t entry = book->dc[reader->bits >> (64 - LOOK)];
    int difference, k = 1;
    if (__builtin_expect(entry != 0, 1)) {
        skip(reader, (int)(entry & LENGTH));
        difference = (int32_t)entry >> 16;
        k += entry >> 8 & 255;
    } else {
        int size = take_symbol(reader, &book->dc_codes);
        if (size < 0 || size > 11)
            return -1;
        difference = extend(take(reader, size), size);
        refill(reader);
    }
    *level = (int)((uint32_t)*level + (uint32_t)difference);
    return k;
}

/* Puts the block's coefficients where they belong, each times its scale; all are 0 before. Returns the number behind
   the last one's, by which `complete` tells whether all is well; ENDED + 1 if there is only the first. */
INLINE int read_block(Reader *reader, const Codebook *book, const Place *places, int *level, float *block) {
    int k = read_level(reader, book, level);
    block[0] = (float)*level * places[0].scale;
    while (k < COEFFICIENTS && k > 0) {
        uint64_t entry = 0;
#pragma GCC unroll 4
        for (int turn = 0; turn < TURNS; turn++) {
            Reader before = *reader;
            int from = k;
            entry = book->ac[reader->bits >> (64 - LOOK)];
            if (__builtin_expect(!entry, 0))
                break;
            skip(reader, (int)(entry & LENGTH));
            k += (int8_t)(entry >> 8);
            block[places[k].at] = (float)(int16_t)(entry >> 32) * places[k].scale;
            k += (int8_t)(entry >> 16);
            block[places[k].at] = (float)(int16_t)(entry >> 48) * places[k].scale;
            k += (int8_t)(entry >> 24);
            if (k < COEFFICIENTS)
                continue;
            if (__builtin_expect(complete(k), 1))
                return k;
            *reader = before; /* only the first of the two numbers is of this block */
            k = from;
            entry = 0;
            break;
        }
        if (!entry)
            k = read_one(reader, &book->ac_codes, places, k, block);
        refill(reader);
    }
    return k;
}

/* ---- blocks ---- */

/* Eight inputs, each lane by itself, as their inverse cosine transform; the inputs are scaled as SCALES tells. Arai,
   Agui, Nakajima, "A fast DCT-SQ scheme for images", 1988: five multiplications. */
INLINE void transform(Lanes *s) {
    Lanes sum = s[0] + s[4], difference = s[0] - s[4];
    Lanes both = s[2] + s[6], apart = (s[2] - s[6]) * 1.41421356f - both;
    Lanes even[] = {sum + both, difference + apart, difference - apart, sum - both};
    Lanes inner = s[5] + s[3], inward = s[5] - s[3], outer = s[1] + s[7], outward = s[1] - s[7];
    Lanes turned = (inward + outward) * 1.84775907f, odd[4];
    odd[0] = outer + inner;
    odd[1] = turned - inward * 2.61312593f - odd[0];
    odd[2] = (outer - inner) * 1.41421356f - odd[1];
    odd[3] = turned - outward * 1.08239220f - odd[2];
    for (int i = 0; i < 4; i++) {
        s[i] = even[i] + odd[i];
        s[7 - i] = even[i] - odd[i];
    }
}

INLINE void transpose(Lanes *s) {
    Lanes ones[8], twos[8];
    for (int i = 0; i < 8; i += 2) {
        ones[i] = LOW(s[i], s[i + 1]);
        ones[i + 1] = HIGH(s[i], s[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int j = 0; j < 2; j++) {
            twos[i + 2 * j] = LOW_TWO(ones[i + j], ones[i + j + 2]);
            twos[i + 2 * j + 1] = HIGH_TWO(ones[i + j], ones[i + j + 2]);
        }
    for (int i = 0; i < 4; i++) {
        s[i] = LOW_FOUR(twos[i], twos[i + 4]);
        s[i + 4] = HIGH_FOUR(twos[i], twos[i + 4]);
    }
}

/* Eight px of one value: nothing is known of them but their level. */
INLINE void put_level(float level, uint8_t *onto, ptrdiff_t pitch, int rows) {
    float code = level + 128.5f;
    uint64_t eight = (uint64_t)(code > 255 ? 255 : code > 0 ? code : 0) * 0x0101010101010101u;
    for (int row = 0; row < rows; row++, onto += pitch)
        memcpy(onto, &eight, sizeof eight);
}

/* A pair of blocks into two places; `halved`, each two rows become their mean. The coefficients are 0 afterwards. */
INLINE void put_pair(float *pair, int flat, int halved, uint8_t *one, uint8_t *other, ptrdiff_t pitch) {
    int rows = halved ? SIDE / 2 : SIDE;
    if (flat) {
        put_level(pair[0], one, pitch, rows);
        put_level(pair[SIDE], other, pitch, rows);
        return;
    }
    for (int part = 0; part < PARTS; part++) {
        Lanes s[SIDE], none = {0};
        for (int i = 0; i < SIDE; i++) {
            Lanes *at = (Lanes *)(pair + 2 * SIDE * i + LANES * part);
            s[i] = *at;
            *at = none;
        }
        transform(s);
        transpose(s);
        transform(s);
        for (int i = 0; i < SIDE / 2 && halved; i++)
            s[i] = (s[2 * i] + s[2 * i + 1]) * 0.5f;
        for (int i = 0; i < rows; i += 4)
            put_four(s + i, (part ? other : one) + i * pitch, other + i * pitch, pitch);
    }
}

/* ---- units ---- */

typedef struct {
    Reader reader;
    const Picture *picture;
    int levels[COMPONENTS]; /* of the blocks before */
} Scan;

/* Two blocks that are written side by side; 0 where one is damaged. */
INLINE int read_pair(Scan *scan, int first, int second, float *pair, int *flat) {
    const Picture *picture = scan->picture;
    int one = read_block(&scan->reader, picture->books[first], picture->places[first], &scan->levels[first], pair);
    int other = read_block(&scan->reader, picture->books[second], picture->places[second], &scan->levels[second],
                           pair + SIDE);
    *flat = one == ENDED + 1 && other == ENDED + 1;
    return complete(one) && complete(other);
}

INLINE int read_unit(Scan *scan, float *pair, int row, int column, const Plane *onto) {
    const Picture *picture = scan->picture;
    int tall = picture->luma_rows, deep = picture->chroma_rows, halved = tall == deep, flat;
    int high = halved ? SIDE / 2 : SIDE;
    for (int i = 0; i < tall; i++) {
        if (!read_pair(scan, LUMA, LUMA, pair, &flat))
            return 0;
        uint8_t *to = bytes_of(onto[LUMA], SIDE * (row * tall + i)) + 2 * SIDE * column;
        put_pair(pair, flat, 0, to, to + SIDE, onto[LUMA].pitch);
    }
    uint8_t *to[] = {bytes_of(onto[U], high * deep * row) + SIDE * column,
                     bytes_of(onto[V], high * deep * row) + SIDE * column};
    ptrdiff_t pitch = onto[U].pitch;
    if (deep == 1) {
        if (!read_pair(scan, U, V, pair, &flat))
            return 0;
        put_pair(pair, flat, halved, to[0], to[1], pitch);
        return 1;
    }
    for (int i = 0; i < 2; i++) {
        if (!read_pair(scan, U + i, U + i, pair, &flat))
            return 0;
        put_pair(pair, flat, halved, to[i], to[i] + high * pitch, pitch);
    }
    return 1;
}

int SEGMENT(const Picture *picture, const uint8_t *bytes, size_t size, int first, int last, const Plane *onto) {
    _Alignas(4 * LANES) float pair[PAIR + 2 * SIDE] = {0}; /* with room beside it */
    Scan scan = {{0, 0, bytes}, picture, {0}};
    int row = first / picture->across, column = first % picture->across;
    for (int unit = first; unit < last; unit++, column++) {
        if (column == picture->across) {
            column = 0;
            row++;
        }
        if (scan.reader.at > bytes + size + 8 || !read_unit(&scan, pair, row, column, onto))
            return 0;
    }
    ptrdiff_t unread = 8 * (bytes + (ptrdiff_t)size - scan.reader.at) + scan.reader.left;
    return unread >= 0 && unread < 8;
}
