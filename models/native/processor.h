/* Which vectors may be used here, for all that is compiled in several forms.

   The processor is asked itself: what compilers bring for that, __builtin_cpu_supports, knows nothing in programs of
   zig's clang and is missing in others. Having registers is not enough: the system has to keep their contents when it
   switches between programs. */

#ifndef SOFTFOCUS_PROCESSOR_H
#define SOFTFOCUS_PROCESSOR_H

/* AVX2 means FMA, F16C, BMI2 and MOVBE too, and AVX512 all of AVX2, F and BW: of the processors that we know only Xeon
   Phi has one without the others. */
enum { ANY_PROCESSOR, WITH_AVX2, WITH_AVX512 };

#if defined(__x86_64__) && defined(__GNUC__)

#include <cpuid.h>

/* Bits of the registers that cpuid answers in, by the leaf; and of those that the system keeps. */
enum { FMA = 1 << 12, MOVBE = 1 << 22, OSXSAVE = 1 << 27, F16C = 1 << 29 };
enum { AVX2 = 1 << 5, BMI2 = 1 << 8, AVX512F = 1 << 16, AVX512BW = 1 << 30 };
enum { YMM = 0x06, ZMM = 0xE6 };

static inline unsigned kept_by_system(void) {
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static inline int widest_vectors(void) {
    const unsigned first = FMA | MOVBE | OSXSAVE | F16C, seventh = AVX2 | BMI2, wider = AVX512F | AVX512BW;
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & first) != first)
        return ANY_PROCESSOR;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (b & seventh) != seventh)
        return ANY_PROCESSOR;
    unsigned kept = kept_by_system();
#if defined(__APPLE__)
    kept |= kept & YMM ? ZMM : 0; /* from a program's first use of them on */
#endif
    if ((kept & YMM) != YMM)
        return ANY_PROCESSOR;
    return (b & wider) == wider && (kept & ZMM) == ZMM ? WITH_AVX512 : WITH_AVX2;
}

#else

static inline int widest_vectors(void) {
    return ANY_PROCESSOR;
}

#endif

#endif
