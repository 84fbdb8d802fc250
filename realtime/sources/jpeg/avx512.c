/* For x86 processors with AVX-512: a row of two blocks in one vector. */

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512bw,fma,bmi2,movbe"))), apply_to = function)
#else
#pragma GCC optimize("O3")
#pragma GCC target("avx512bw,fma,bmi2,movbe")
#endif

#define LANES 16
#define SEGMENT segment_avx512
#define LOW(a, b) (Lanes)_mm512_unpacklo_ps((__m512)(a), (__m512)(b))
#define HIGH(a, b) (Lanes)_mm512_unpackhi_ps((__m512)(a), (__m512)(b))
#define LOW_TWO(a, b) (Lanes)_mm512_unpacklo_pd((__m512d)(a), (__m512d)(b))
#define HIGH_TWO(a, b) (Lanes)_mm512_unpackhi_pd((__m512d)(a), (__m512d)(b))
#define LOW_FOUR(a, b) (Lanes)_mm512_permutex2var_pd((__m512d)(a), _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), (__m512d)(b))
#define HIGH_FOUR(a, b) (Lanes)_mm512_permutex2var_pd((__m512d)(a), _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15), (__m512d)(b))

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef float Row __attribute__((vector_size(64), may_alias)); /* as Lanes will be */

static inline __attribute__((always_inline)) void put_two(__m128i codes, uint8_t *onto, ptrdiff_t pitch) {
    _mm_storel_epi64((__m128i *)(void *)onto, codes);
    _mm_storeh_pd((double *)(void *)(onto + pitch), _mm_castsi128_pd(codes));
}

static inline __attribute__((always_inline)) void put_four(const Row *rows, uint8_t *one, uint8_t *other,
                                                           ptrdiff_t pitch) {
    __m512i whole[4];
    for (int i = 0; i < 4; i++)
        whole[i] = _mm512_cvtps_epi32(_mm512_add_ps((__m512)rows[i], _mm512_set1_ps(128)));
    __m512i codes = _mm512_packus_epi16(_mm512_packs_epi32(whole[0], whole[1]), _mm512_packs_epi32(whole[2], whole[3]));
    /* Each four lanes have four px of all rows. */
    __m512i order = _mm512_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
    __m512i sorted = _mm512_permutexvar_epi32(order, codes);
    put_two(_mm512_castsi512_si128(sorted), one, pitch);
    put_two(_mm512_extracti32x4_epi32(sorted, 1), one + 2 * pitch, pitch);
    put_two(_mm512_extracti32x4_epi32(sorted, 2), other, pitch);
    put_two(_mm512_extracti32x4_epi32(sorted, 3), other + 2 * pitch, pitch);
}

#include "scan.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
