/* What the parts of the compiled kernel share: planes, and how loops are made wide. */

#ifndef SOFTFOCUS_KERNEL_H
#define SOFTFOCUS_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h> /* names the C library, which decides about WIDE */

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
#endif

/* A function that is compiled twice, and once more for AVX2; the loader takes what the processor has. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#define INTO_WIDE static inline __attribute__((always_inline))
#else
#define WIDE
#define INTO_WIDE static inline
#endif

/* 0 when memory ran out, else 1. */
void blend(Plane person, Plane alpha, Plane onto);
int enlarge(Plane codes, const uint8_t *table, Plane onto);
int guided(Plane mask, const Plane *guide, const Plane *fine, double epsilon, Plane onto);

#endif
