/* For any processor: a block in four vectors, as NEON and SSE have them. */

#include "network.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

#define LANES 4
#if defined(__aarch64__)
#include <arm_neon.h>
#define TILE 4
#define REST 4
#define LARGER vmaxq_f32
#define SMALLER vminq_f32
#elif defined(__SSE__)
#include <xmmintrin.h>
#define TILE 2
#define REST 2
#define LARGER _mm_max_ps
#define SMALLER _mm_min_ps
#else
#define TILE 2
#define REST 2
#endif
#define RUN run_plain
#include "rows.h"
