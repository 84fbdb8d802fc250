/* What the parts of the compiled kernel share: planes, and how loops are made wide. */

#ifndef SOFTFOCUS_KERNEL_H
#define SOFTFOCUS_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h> /* names the C library, which decides about WIDE */
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

/* Floats are rounded after each operation, as NumPy's are: none may be fused with the next. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("O3", "fp-contract=off")
#elif defined(_MSC_VER)
#pragma fp_contract(off)
#define restrict __restrict /* after its own headers, which use the word for something else */
#endif

/* A function that is compiled twice, and once more for AVX2; the loader takes what the processor has. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#define INTO_WIDE static inline __attribute__((always_inline))
#else
#define WIDE
#define INTO_WIDE static inline
#endif

enum { RUN = 64 }; /* px that are looked at together: in most, all are room or all are person */

/* Whether all of a whole run has one value. */
INTO_WIDE int uniform(const uint8_t *codes, uint8_t value) {
    uint8_t differs = 0;
    for (int x = 0; x < RUN; x++)
        differs |= (uint8_t)(codes[x] ^ value);
    return !differs;
}

/* What a mask is weighed with. */
typedef struct {
    Plane mask, picture[3], mean[3], certainty[3], prior, belief, table;
    float gain[3], shift[3], low, high, weight, steps_per_nat;
} Room;

/* What a room is learnt from, and into. */
typedef struct {
    Plane plain[3], room, mean[3], variance[3], lessons, certainty[3], prior, belief, codes[3], trusted, table;
    float least, wild, noise, known, temper, steps_per_code;
} Lesson;

/* 0 when memory ran out, else 1. */
void blend(Plane person, Plane alpha, Plane onto);
int enlarge(Plane codes, const uint8_t *table, Plane onto);
int guided(Plane mask, const Plane *guide, const Plane *fine, double epsilon, Plane onto);
int weigh(const Room *room, Plane onto);
int learn(const Lesson *lesson);

#endif
