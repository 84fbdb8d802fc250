/* For x86 processors with AVX2: in vectors of 32 bytes. */

#include "kernel.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <math.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif

#define FORM kernel_avx2
#include "loops.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
