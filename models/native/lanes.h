/* Vectors, and sums of products that stay in registers. The file for a width of vectors defines

   LANES            floats in a vector
   TILE, REST       pixels whose sums are kept in registers; a multiple of SIDE is some of the one and some of the other
   HALVES           floats from as many of 16 bits, in one instruction; where there is none, not defined
   LARGER, SMALLER  in one instruction, which not every compiler finds by itself; where there is none, not defined */

#define INLINE static inline __attribute__((always_inline))

enum { PER_BLOCK = BLOCK / LANES, PAIRS = LANES == 16 /* registers for two blocks at once */ };

typedef float Lanes __attribute__((vector_size(4 * LANES), may_alias));
typedef int32_t Bits __attribute__((vector_size(4 * LANES), may_alias));
typedef float Four __attribute__((vector_size(16), may_alias));

/* ---- one vector ---- */

INLINE Lanes load(const float *at) {
    return *(const Lanes *)at;
}

INLINE void store(float *at, Lanes values) {
    *(Lanes *)at = values;
}

#if defined(LARGER)
INLINE Lanes larger(Lanes one, Lanes other) {
    return (Lanes)LARGER(one, other);
}

INLINE Lanes smaller(Lanes one, Lanes other) {
    return (Lanes)SMALLER(one, other);
}
#else
INLINE Lanes larger(Lanes one, Lanes other) {
    Bits first = (Bits)(one > other);
    return (Lanes)(((Bits)one & first) | ((Bits)other & ~first));
}

INLINE Lanes smaller(Lanes one, Lanes other) {
    Bits first = (Bits)(one < other);
    return (Lanes)(((Bits)one & first) | ((Bits)other & ~first));
}
#endif

INLINE Lanes all(float value) {
    return value - (Lanes){0};
}

INLINE Lanes positive(Lanes x) {
    return larger(x, all(0));
}

/* x · min(max(x + 3, 0), 6) / 6 */
INLINE Lanes hard_swish(Lanes x) {
    return x * smaller(positive(x + 3), all(6)) * (1 / 6.f);
}

/* `slopes` are those of PRELU, for what is below 0. */
INLINE Lanes activated(Lanes x, int activation, const float *slopes) {
    switch (activation) {
    case RELU:
        return positive(x);
    case HARD_SWISH:
        return hard_swish(x);
    case RELU6:
        return smaller(positive(x), all(6));
    case PRELU:
        return positive(x) + smaller(x, all(0)) * load(slopes);
    default:
        return x;
    }
}

/* 1 / (1 + e^-x). e^y = 2^n e^r with n whole and |r| <= ln 2 / 2, and e^r by its series up to r^6 / 720: what is left
   out is below 2e-7. No less than 1.5e-8 comes out: a mask says no more below, and products of smaller numbers turn
   subnormal, which takes every stage behind it many times as long. */
INLINE Lanes sigmoid(Lanes x) {
    const float whole = 12582912; /* 1.5 · 2^23: what is added to it loses its fraction */
    Lanes y = larger(smaller(-x, all(18)), all(-80));
    Lanes n = (y * 1.44269504f + whole) - whole, r = y - n * 0.693147181f;
    Lanes series = 1 + r * (1 + r * (1 / 2.f + r * (1 / 6.f + r * (1 / 24.f + r * (1 / 120.f + r * (1 / 720.f))))));
    Lanes power = (Lanes)((__builtin_convertvector(n, Bits) + 127) << 23);
    return 1 / (1 + series * power);
}

/* ---- sums of products, kept in registers: of `many` pixels side by side, of `parts` vectors of channels ---- */

/* How many pixels to take next of those that are left of a row: TILE, or REST until the others fill tiles. */
INLINE int tile(int left) {
    return left % TILE ? REST : TILE;
}

INLINE void begin(Lanes *sums, int many, int parts, const float *bias) {
    for (int x = 0; x < many; x++)
        for (int part = 0; part < parts; part++)
            sums[x * parts + part] = load(bias + part * LANES);
}

/* Weights, the `at`th and those behind it; of 16 bits each where they are `half`. */
INLINE Lanes load_weights(const float *weights, ptrdiff_t at, int half) {
#if defined(HALVES)
    if (half)
        return (Lanes)HALVES((const uint16_t *)weights + at);
#else
    (void)half;
#endif
    return load(weights + at);
}

/* `inputs` numbers of each pixel times their weights; those of one more block lie `next` further on. */
INLINE void add_products(Lanes *sums, int many, int parts, const float *pixels, ptrdiff_t apart, const float *weights,
                         ptrdiff_t next, int inputs, int half) {
    for (int i = 0; i < inputs; i++) {
        Lanes row[2 * PER_BLOCK];
        for (int part = 0; part < parts; part++)
            row[part] = load_weights(weights, i * BLOCK + part / PER_BLOCK * next + part % PER_BLOCK * LANES, half);
        for (int x = 0; x < many; x++) {
            Lanes pixel = all(pixels[x * apart + i]);
            for (int part = 0; part < parts; part++)
                sums[x * parts + part] += row[part] * pixel;
        }
    }
}

INLINE void add(Lanes *sums, int many, int parts, const float *other, ptrdiff_t apart) {
    for (int x = 0; x < many; x++)
        for (int part = 0; part < parts; part++)
            sums[x * parts + part] += load(other + x * apart + part * LANES);
}

/* A column of an image that is enlarged by 2, between a row and one above or below. */
INLINE Lanes between(const float *near, const float *far, ptrdiff_t column) {
    return load(near + column) * 0.75f + load(far + column) * 0.25f;
}

/* Bilinear, centres of pixels kept in place: three parts of the nearer, one of the farther, the last one for both at
   an edge. `x` is the first pixel's column, `near` and `far` begin their rows. */
INLINE void add_enlarged(Lanes *sums, int many, int parts, const float *near, const float *far, ptrdiff_t apart, int x,
                         int width) {
    int first = x / 2, last = width / 2 - 1;
    for (int part = 0; part < parts; part++, near += LANES, far += LANES) {
        Lanes left = between(near, far, (first ? first - 1 : 0) * apart), middle = between(near, far, first * apart);
        for (int i = 0; i < many; i += 2) {
            int next = first + i / 2 + 1;
            Lanes right = between(near, far, (next < last ? next : last) * apart), most = middle * 0.75f;
            sums[i * parts + part] += most + left * 0.25f;
            sums[(i + 1) * parts + part] += most + right * 0.25f;
            left = middle;
            middle = right;
        }
    }
}

INLINE void finish(const Lanes *sums, int many, int parts, float *onto, ptrdiff_t apart, float *total, int activation,
                   const float *slopes) {
    for (int part = 0; part < parts; part++) {
        Lanes total_here = {0};
        for (int x = 0; x < many; x++) {
            Lanes value = activated(sums[x * parts + part], activation, slopes + part * LANES);
            store(onto + x * apart + part * LANES, value);
            total_here += value;
        }
        if (total)
            store(total + part * LANES, load(total + part * LANES) + total_here);
    }
}
