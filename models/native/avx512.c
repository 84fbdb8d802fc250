/* For x86 processors with AVX-512: a block in one vector, 32 registers. */

#include "network.h"

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,fma"))), apply_to = function)
#else
#pragma GCC optimize("O3")
#pragma GCC target("avx512f,fma")
#endif

#define LANES 16
#define TILE 16
#define REST 4
#define HALVES(at) _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(at)))
#define LARGER _mm512_max_ps
#define SMALLER _mm512_min_ps
#define RUN run_avx512
#include "rows.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
