/* For x86 processors with AVX2: a block in two vectors, 16 registers. */

#include "network.h"

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#else
#pragma GCC optimize("O3")
#pragma GCC target("avx2,fma,f16c")
#endif

#define LANES 8
#define TILE 6
#define REST 4
#define HALVES(at) _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(at)))
#define LARGER _mm256_max_ps
#define SMALLER _mm256_min_ps
#define RUN run_avx2
#include "rows.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
