/* Baseline JPEG as webcams make it (ITU-T T.81): what a picture's headers say, and how its codes are looked up. */

#ifndef SOFTFOCUS_JPEG_H
#define SOFTFOCUS_JPEG_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../../kernel/kernel.h"

enum {
    LOOK = 11, /* bits that are looked up at once */
    SIDE = 8, /* px of a block */
    COEFFICIENTS = 64,
    PAIR = 2 * COEFFICIENTS, /* coefficients of two blocks that are transformed together */
    BESIDE = 64, /* further than any coefficient: what is not there goes beside the block */
    ENDED = 100, /* so much is added to a coefficient's number when no other comes behind it */
    BEYOND = COEFFICIENTS + 15 + BESIDE, /* where the longest steps can lead */
    UNIT_BYTES = 8 * COEFFICIENTS * 4, /* at least what the codes of one unit can take */
    SPARE = UNIT_BYTES + 64 /* bytes behind a segment's that may be read, and mean nothing */
};

/* The codes of a table and what they stand for, the shortest first. */
typedef struct {
    int32_t first[17], many[17], before[17]; /* of each length: its first code, how many, and how many are shorter */
    uint8_t symbols[256];
} Codes;

/* What the next LOOK bits say; 0 where they are not enough, or nothing. In every entry: bits 0 to 5 how many of them.

   dc     bits 8 to 15 are what to add to the coefficient's number, 16 to 31 the difference
   ac     two numbers at a time: bits 8 to 31 are three signed steps of the coefficient's number: to the first, from
          there to the second, and on; 32 to 47 and 48 to 63 the numbers

   A block's end is part of the entry where its code is among the bits. */
typedef struct {
    uint32_t dc[1 << LOOK];
    uint64_t ac[1 << LOOK];
    Codes dc_codes, ac_codes;
    uint8_t made_of[2][16 + 256];
} Codebook;

enum { LENGTH = 0x3F, END = 0x00, SIXTEEN_ZEROS = 0xF0 };

/* Where a coefficient belongs in a pair of blocks, and what it is multiplied with. */
typedef struct {
    float scale;
    int32_t at;
} Place;

enum { LUMA, U, V, COMPONENTS };

/* Of every two columns of luma there is one of chroma; of two rows of luma one or two.

   across, units   units side by side, and in all: 16 x 8 px, or 16 x 16 where `luma_rows` is 2
   luma_rows       of blocks in a unit; chroma_rows likewise
   interval        units between two restarts; `units` if there are none */
typedef struct {
    int width, height, across, units, luma_rows, chroma_rows, interval;
    const Codebook *books[COMPONENTS];
    Place places[COMPONENTS][BEYOND + 1];
} Picture;

/* All that lasts from one picture to the next. */
typedef struct {
    Picture picture;
    Codebook luma, chroma;
    uint8_t *bytes; /* of a segment, without what is stuffed into it */
    size_t room;
    int busy;
} Decoder;

/* 0 where a table is none. */
int make_codebook(Codebook *book, const uint8_t *dc, const uint8_t *ac);

/* The symbol whose code begins the 16 `bits`, and 256 times its length; -1 if none of at most `longest` bits does. */
int find_symbol(const Codes *codes, uint32_t bits, int longest);

/* Where the codes begin; 0 where this is no picture that we decode. */
size_t read_headers(Decoder *decoder, const uint8_t *bytes, size_t size);

/* Units from `first` until before `last` into the planes; 0 where the bytes are damaged, or too many. */
typedef int Segment(const Picture *picture, const uint8_t *bytes, size_t size, int first, int last, const Plane *onto);
Segment segment_avx512, segment_avx2;

/* Of the whole picture behind its headers. -1 when memory ran out. */
int decode_units(Decoder *decoder, const uint8_t *bytes, const uint8_t *end, Segment *segment, const Plane *onto);

/* The number of `size` bits, the way JPEG writes negative ones (F.2.2.1, EXTEND). */
static inline int extend(int bits, int size) {
    return size && !(bits >> (size - 1)) ? bits - (1 << size) + 1 : bits;
}

/* Whether a symbol of ac means a number: of runs with nothing behind them there is only the longest. */
static inline int is_number(int symbol) {
    return symbol & 15 || symbol == SIXTEEN_ZEROS;
}

#endif
