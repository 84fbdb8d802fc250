/* For x86 processors with AVX2: a block in two vectors, 16 registers. */

#include "network.h"

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC optimize("O3")
#pragma GCC target("avx2,fma")
#endif

#define LANES 8
#define TILE 6
#define REST 4
#define LARGER _mm256_max_ps
#define SMALLER _mm256_min_ps
#define RUN run_avx2
#include "rows.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
