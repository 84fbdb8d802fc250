/* What the parts of the compiled kernel share: planes, what is done with them, and the smallest loops. */

#ifndef SOFTFOCUS_KERNEL_H
#define SOFTFOCUS_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Rows of bytes or floats; pixels of a row lie side by side, rows `pitch` bytes apart. */
typedef struct {
    unsigned char *at;
    ptrdiff_t pitch;
    int width, height;
} Plane;

static inline uint8_t *bytes_of(Plane plane, int row) {
    return plane.at + row * plane.pitch;
}

static inline float *floats_of(Plane plane, int row) {
    return (float *)(void *)(plane.at + row * plane.pitch);
}

/* Floats are rounded after each operation, as NumPy's are: none may be fused with the next. Nobody asks afterwards
   whether one overflowed; so what comes of either branch may be worked out, and one of both taken. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("O3", "fp-contract=off", "no-trapping-math")
#elif defined(_MSC_VER)
#pragma fp_contract(off)
#define restrict __restrict /* after its own headers, which use the word for something else */
#endif

#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

/* Memory that is read soon. */
#if defined(__GNUC__)
#define PREFETCH(at) __builtin_prefetch(at)
#else
#define PREFETCH(at) ((void)(at))
#endif

enum { RUN = 64 }; /* px that are looked at together: in most, all are room or all are person */

/* Whether all of `count` codes, a multiple of 8, have one value. */
INLINE int all_are(const uint8_t *codes, uint8_t value, int count) {
    uint64_t all = value * UINT64_C(0x0101010101010101), differs = 0, word;
    for (int i = 0; i < count; i += 8) {
        memcpy(&word, codes + i, 8);
        differs |= word ^ all;
    }
    return !differs;
}

/* Whether all of a whole run has one value. */
INLINE int uniform(const uint8_t *codes, uint8_t value) {
    return all_are(codes, value, RUN);
}

/* A ninth of a sum of nine codes, rounded. */
INLINE uint8_t mean_of_nine(uint16_t sum) {
    enum { NINTH = 7282 /* of 2^16, a little more: exact for all of them */ };
    return (uint8_t)((uint32_t)(sum + 4) * NINTH >> 16);
}

/* a / 255, rounded, for a of 0 to 255²: a + 128 plus its own 256th, over 256. */
INLINE uint16_t over_255(uint16_t a) {
    uint16_t biased = (uint16_t)(a + 128);
    return (uint16_t)((uint16_t)(biased + (biased >> 8)) >> 8);
}

INLINE void mix(const uint8_t *restrict person, const uint8_t *restrict alpha, const uint8_t *restrict room,
                uint8_t *restrict onto, int count) {
    for (ptrdiff_t x = 0; x < count; x++) {
        uint16_t share = alpha[x], rest = (uint16_t)(255 - share);
        onto[x] = (uint8_t)over_255((uint16_t)(person[x] * share + room[x] * rest));
    }
}

/* A row of `onto` = alpha·person + (1 − alpha)·room, rounded once. */
INLINE void blend_row(const uint8_t *person, const uint8_t *alpha, const uint8_t *room, uint8_t *onto, int width) {
    int x = 0;
    for (; x + RUN <= width; x += RUN) {
        if (uniform(alpha + x, 0))
            memcpy(onto + x, room + x, RUN);
        else if (uniform(alpha + x, 255))
            memcpy(onto + x, person + x, RUN);
        else
            mix(person + x, alpha + x, room + x, onto + x, RUN);
    }
    mix(person + x, alpha + x, room + x, onto + x, width - x);
}

enum { PLANES = 3 }; /* Y, U and V */

/* A picture, and how its light differs from the room's. */
typedef struct {
    Plane picture[PLANES];
    float gain[PLANES], shift[PLANES];
} Look;

/* What a room is known by. */
typedef struct {
    Plane mean[PLANES], certainty[PLANES], prior, belief;
} Room;

/* e to the evidence of `low` to `high` nats, in steps. */
typedef struct {
    Plane table;
    float low, high, weight, steps_per_nat;
} Odds;

/* What a room is learnt from, and into. */
typedef struct {
    Look look;
    Room room;
    Plane places, variance[PLANES], lessons, codes[PLANES], trusted, table;
    float least, wild, noise, known, temper, steps_per_code;
} Lesson;

/* How much of an old mask is kept; carry.py tells what each is. */
typedef struct {
    float still, moving, matched, missed, longest, shortest;
} Keeping;

/* Codes of alpha: up to `low` nobody is there, from `high` on somebody is. */
typedef struct {
    float low, high;
} Step;

/* What of alpha is nobody's and somebody's, and by how many codes places may differ; places.py tells more. */
typedef struct {
    int room, person, still;
} Claim;

/* What is known of a room, place by place. */
typedef struct {
    Plane looks, known, people;
} Memory;

/* What a mask may be, and what one looks like; mask.py tells what each is. */
typedef struct {
    float least, most, sure;
} Bounds;

typedef struct {
    int broken, room;
    uint64_t rough;
} Verdict;

/* All that the kernel does, in one form; an int is 0 when memory ran out, else 1. */
typedef struct {
    void (*blend)(Plane person, Plane alpha, Plane onto);
    int (*halve)(Plane codes, Plane onto);
    int (*third)(Plane codes, Plane onto);
    int (*blurred)(const Plane *planes, Plane weight, Plane near, Plane far, float fill, const Plane *onto);
    int (*enlarge)(Plane codes, Plane onto);
    int (*triple)(Plane codes, Plane onto);
    int (*cover)(Plane codes, Plane person, Plane alpha, int left, int top, Plane onto);
    int (*guided)(Plane mask, const Plane *guide, const Plane *fine, double epsilon, Step step, Plane onto);
    int (*weigh)(Plane mask, const Look *look, const Room *room, const Odds *odds, Plane onto);
    int (*totals)(const Plane *planes, Plane sure, Plane trusted, uint64_t *sums);
    int (*astray)(const Look *look, const Room *room, Plane sure, Plane trusted, float limit, int counts[2]);
    void (*changed)(const Look *look, const Look *before, Plane onto);
    void (*learn)(const Lesson *lesson);
    int (*count)(const Plane *picture, Plane where, Plane onto);
    int (*smooth)(Plane codes, Plane onto);
    int (*strays)(Plane codes, Plane lowest, Plane highest, uint8_t most);
    int (*jumped)(Plane luma, Plane before, Plane alpha, Plane was, Plane empty, const Claim *claim, Plane onto,
                  int *count);
    int (*familiar)(const Memory *memory, float least, Plane luma, Plane alpha, Plane empty, const Claim *claim,
                    Plane onto, int *count);
    void (*remember)(const Memory *memory, Plane luma, Plane alpha, Plane earlier, Plane same, const Claim *claim,
                     float passed, float rate, float fading);
    int (*miss)(Plane before, Plane now, Plane flow, int left, int top, Plane onto);
    int (*carry)(Plane mask, Plane old, Plane flow, Plane changed, Plane missed, const Keeping *keeping, int left,
                 int top, Plane onto);
    int (*doubt)(Plane mask, const Plane *picture, Plane evidence, const Odds *odds, Plane onto);
    int (*judge)(Plane mask, const Bounds *sound, Verdict *verdict);
    int (*bounds)(Plane mask, int floats, double above, int box[4]);
    int (*empty)(Plane mask, const Plane *picture, Plane evidence, const Odds *odds, float sure);
} Kernel;

/* The forms that there are, and the one that works. */
extern const Kernel kernel_plain, kernel_avx2;
extern const Kernel *kernel;

/* Each code's sum with its two neighbours in the row, mirrored at both ends. */
INLINE void sums_of_three(const uint8_t *restrict codes, uint16_t *restrict sums, int width) {
    int last = width - 1, second = last > 0, before = last > 0 ? last - 1 : 0;
    for (ptrdiff_t x = 1; x < last; x++)
        sums[x] = (uint16_t)(codes[x - 1] + codes[x] + codes[x + 1]);
    sums[0] = (uint16_t)(codes[second] + codes[0] + codes[second]);
    sums[last] = (uint16_t)(codes[before] + codes[last] + codes[before]);
}

/* Each place's sum with its two neighbours in a row that begins at `padded[1]`; mirrored at both ends. */
INLINE void add_three(float *restrict padded, float *restrict sums, int width) {
    padded[0] = padded[width > 1 ? 2 : 1];
    padded[width + 1] = padded[width > 1 ? width - 1 : 1];
    for (ptrdiff_t x = 0; x < width; x++)
        sums[x] = padded[x] + padded[x + 1] + padded[x + 2];
}

/* A row and its neighbours, mirrored at both ends, in a ring of three rows. */
INLINE void three_rows(int row, int height, const float *ring, size_t pitch, const float *rows[3]) {
    int above = row ? row - 1 : height > 1, below = row + 1 < height ? row + 1 : height - (height > 1) - 1;
    rows[0] = ring + (size_t)(above % 3) * pitch;
    rows[1] = ring + (size_t)(row % 3) * pitch;
    rows[2] = ring + (size_t)(below % 3) * pitch;
}

INLINE float within(float value, float low, float high) {
    value = value > low ? value : low;
    return value < high ? value : high;
}

/* A row between two, at twice the width; `line` has room for one place more at both ends. */
INLINE void double_row(const float *restrict near, const float *restrict far, float *restrict line,
                       float *restrict onto, int width) {
    for (ptrdiff_t i = 0; i < width; i++)
        line[i + 1] = 0.75f * near[i] + 0.25f * far[i];
    line[0] = line[1];
    line[width + 1] = line[width];
    for (ptrdiff_t i = 0; i < width; i++) {
        onto[2 * i] = 0.75f * line[i + 1] + 0.25f * line[i];
        onto[2 * i + 1] = 0.75f * line[i + 1] + 0.25f * line[i + 2];
    }
}

enum { FOUR = 4 }; /* times as wide: what most sizes come to, and quicker than looking up where each place lies */

/* A row between places, FOUR times as wide; `padded` begins one before it, and goes on one behind it. */
INLINE void four_times(const float *restrict padded, float *restrict onto, int from, int end) {
    for (ptrdiff_t x = from; x < end; x++) {
        float left = padded[x], here = padded[x + 1], right = padded[x + 2];
        onto[FOUR * x] = left + 0.625f * (here - left);
        onto[FOUR * x + 1] = left + 0.875f * (here - left);
        onto[FOUR * x + 2] = here + 0.125f * (right - here);
        onto[FOUR * x + 3] = here + 0.375f * (right - here);
    }
}

/* The mask corrected by Bayes' rule: its odds times those in the table at `steps`, which are overwritten. */
INLINE void claim(const float *restrict mask, const Odds *odds, float *restrict steps, float *restrict onto,
                  int width) {
    const float *table = floats_of(odds->table, 0);
    for (ptrdiff_t x = 0; x < width; x++)
        steps[x] = table[(int)steps[x]];
    for (ptrdiff_t x = 0; x < width; x++) {
        float claimed = mask[x] * steps[x];
        onto[x] = claimed / (claimed + (1 - mask[x]) + 1e-6f);
    }
}

#endif
