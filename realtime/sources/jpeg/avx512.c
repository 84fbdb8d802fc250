/* For x86 processors with AVX-512: a row of two blocks in one vector. */

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,fma,bmi2,movbe"))), apply_to = function)
#else
#pragma GCC optimize("O3")
#pragma GCC target("avx512f,fma,bmi2,movbe")
#endif

#define LANES 16
#define SEGMENT segment_avx512
#define LOW(a, b) (Lanes)_mm512_unpacklo_ps((__m512)(a), (__m512)(b))
#define HIGH(a, b) (Lanes)_mm512_unpackhi_ps((__m512)(a), (__m512)(b))
#define LOW_TWO(a, b) (Lanes)_mm512_unpacklo_pd((__m512d)(a), (__m512d)(b))
#define HIGH_TWO(a, b) (Lanes)_mm512_unpackhi_pd((__m512d)(a), (__m512d)(b))
#define LOW_FOUR(a, b) (Lanes)_mm512_permutex2var_pd((__m512d)(a), _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), (__m512d)(b))
#define HIGH_FOUR(a, b) (Lanes)_mm512_permutex2var_pd((__m512d)(a), _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15), (__m512d)(b))
#define put_row(values, one, other) put_sixteen((__m512)(values), one, other)

#include <stdint.h>
#include <string.h>

static inline __attribute__((always_inline)) void put_sixteen(__m512 values, uint8_t *one, uint8_t *other) {
    __m512i whole = _mm512_cvtps_epi32(_mm512_add_ps(values, _mm512_set1_ps(128)));
    __m128i codes = _mm512_cvtusepi32_epi8(_mm512_max_epi32(whole, _mm512_setzero_si512()));
    _mm_storel_epi64((__m128i *)(void *)one, codes);
    _mm_storel_epi64((__m128i *)(void *)other, _mm_unpackhi_epi64(codes, codes));
}

#include "scan.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
