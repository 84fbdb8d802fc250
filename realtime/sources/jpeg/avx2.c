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

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef float Row __attribute__((vector_size(32), may_alias)); /* as Lanes will be */

static inline __attribute__((always_inline)) void put_two(__m128i codes, uint8_t *onto, ptrdiff_t pitch) {
    _mm_storel_epi64((__m128i *)(void *)onto, codes);
    _mm_storeh_pd((double *)(void *)(onto + pitch), _mm_castsi128_pd(codes));
}

static inline __attribute__((always_inline)) void put_four(const Row *rows, uint8_t *one, uint8_t *other,
                                                           ptrdiff_t pitch) {
    (void)other; /* a row is of one block */
    __m256i whole[4];
    for (int i = 0; i < 4; i++)
        whole[i] = _mm256_cvtps_epi32(_mm256_add_ps((__m256)rows[i], _mm256_set1_ps(128)));
    __m256i codes = _mm256_packus_epi16(_mm256_packs_epi32(whole[0], whole[1]), _mm256_packs_epi32(whole[2], whole[3]));
    /* Each four lanes have four px of all rows. */
    __m256i sorted = _mm256_permutevar8x32_epi32(codes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    put_two(_mm256_castsi256_si128(sorted), one, pitch);
    put_two(_mm256_extracti128_si256(sorted, 1), one + 2 * pitch, pitch);
}

#include "scan.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
