/* For x86 processors with AVX2: a row of a block in one vector. */

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi2,movbe"))), apply_to = function)
#else
#pragma GCC optimize("O3")
#pragma GCC target("avx2,fma,bmi2,movbe")
#endif

#define LANES 8
#define SEGMENT segment_avx2
#define LOW(a, b) (Lanes)_mm256_unpacklo_ps((__m256)(a), (__m256)(b))
#define HIGH(a, b) (Lanes)_mm256_unpackhi_ps((__m256)(a), (__m256)(b))
#define LOW_TWO(a, b) (Lanes)_mm256_unpacklo_pd((__m256d)(a), (__m256d)(b))
#define HIGH_TWO(a, b) (Lanes)_mm256_unpackhi_pd((__m256d)(a), (__m256d)(b))
#define LOW_FOUR(a, b) (Lanes)_mm256_permute2f128_ps((__m256)(a), (__m256)(b), 0x20)
#define HIGH_FOUR(a, b) (Lanes)_mm256_permute2f128_ps((__m256)(a), (__m256)(b), 0x31)
#define put_row(values, one, other) put_eight((__m256)(values), one)

#include <stdint.h>
#include <string.h>

static inline __attribute__((always_inline)) void put_eight(__m256 values, uint8_t *onto) {
    __m256i whole = _mm256_cvtps_epi32(_mm256_add_ps(values, _mm256_set1_ps(128)));
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    _mm_storel_epi64((__m128i *)(void *)onto, _mm_packus_epi16(words, words));
}

#include "scan.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
