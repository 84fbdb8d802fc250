/* The guided filter (He, Sun, Tang 2013) with a guide of three planes: its fit, and its use at a larger size. */

#include "kernel.h"

enum {
    REACH = 2, /* px of the fit */
    TAPS = 2 * REACH + 1,
    COUNT = TAPS * TAPS,
    GUIDES = 3,
    SUMS = 13, /* Y, U, V, p, then YY, UU, VV, YU, YV, UV, Yp, Up, Vp */
    FITTED = 4, /* a of Y, U and V, then b */
    AROUND = 2 * REACH, /* px of the mask from which alpha is made */
    SOLVED = 16, /* places of a row that are solved, or not, together */
    APPLIED = 64 /* px of the large planes, likewise */
};

enum { NOWHERE = 1, EVERYWHERE = 2 }; /* what a mask is all around a place; 0: neither */

#define LEVELS 1023.0f /* of the mask: sums of products stay whole in a float, below 2²⁴ */
static const float GAIN = 255 / LEVELS / COUNT;

/* The place that stands for one beyond the ends: a mirror in the first and in the last. */
INLINE int mirrored(int place, int count) {
    if (count == 1)
        return 0;
    while (place < 0 || place >= count)
        place = place < 0 ? -place : 2 * (count - 1) - place;
    return place;
}

/* Each place's sum with its neighbours in a row that is REACH px longer at both ends, from left to right. */
INLINE void add_across(const float *restrict padded, float *restrict sums, int width) {
    for (ptrdiff_t x = 0; x < width; x++)
        sums[x] = padded[x] + padded[x + 1] + padded[x + 2] + padded[x + 3] + padded[x + 4];
}

INLINE void pad(float *padded, int width) {
    for (int i = 0; i < REACH; i++) {
        padded[i] = padded[REACH + mirrored(i - REACH, width)];
        padded[REACH + width + i] = padded[REACH + mirrored(width + i, width)];
    }
}

INLINE void multiply(const float *one, const float *other, float *restrict product, int width) {
    for (ptrdiff_t x = 0; x < width; x++)
        product[x] = one[x] * other[x];
}

/* What it is around all of some places: 0 where they differ. */
INLINE uint8_t common(const uint8_t *restrict flat, int first, int last) {
    uint8_t all = NOWHERE | EVERYWHERE;
    for (ptrdiff_t x = first; x <= last; x++)
        all &= flat[x];
    return all;
}

/* The first place behind the parts of a row that are wanted, or not, as the one at `from` is. */
INLINE int end_of(const uint8_t *wanted, int from, int width) {
    uint8_t first = wanted[from / SOLVED];
    while (from < width && wanted[from / SOLVED] == first)
        from += SOLVED;
    return from < width ? from : width;
}

/* All sums of one row of the small planes over its neighbours in the row, in the parts that are wanted; whole numbers,
   so exact. */
INLINE void sums_across(Plane mask, const Plane *guide, int row, const uint8_t *wanted, float *padded,
                        float *restrict sums) {
    int width = mask.width;
    ptrdiff_t pitch = width + 2 * REACH;
    const float *restrict share = floats_of(mask, row);
    float *y = padded + REACH, *u = y + pitch, *v = u + pitch, *p = v + pitch, *product = p + pitch;
    for (int i = 0; i < GUIDES; i++) {
        const uint8_t *codes = bytes_of(guide[i], row);
        float *to = y + i * pitch;
        for (ptrdiff_t x = 0; x < width; x++)
            to[x] = (float)codes[x];
    }
    for (ptrdiff_t x = 0; x < width; x++)
        p[x] = (float)(int)(share[x] * LEVELS + 0.5f);
    for (int i = 0; i <= GUIDES; i++)
        pad(y + i * pitch - REACH, width);
    const float *const firsts[] = {y, u, v, y, y, u, y, u, v};
    const float *const seconds[] = {y, u, v, u, v, v, p, p, p};
    for (int from = 0, end; from < width; from = end) {
        end = end_of(wanted, from, width);
        if (!wanted[from / SOLVED])
            continue;
        for (int i = 0; i < SUMS; i++) {
            const float *row_of = i <= GUIDES ? y + i * pitch : product;
            if (i > GUIDES)
                multiply(firsts[i - GUIDES - 1] + from - REACH, seconds[i - GUIDES - 1] + from - REACH,
                         product + from - REACH, end - from + 2 * REACH);
            add_across(row_of + from - REACH, sums + i * (ptrdiff_t)width + from, end - from);
        }
    }
}

/* What the mask is around each part of each row. */
INLINE void find_parts(const uint8_t *flat, int width, int height, uint8_t *kinds) {
    for (int row = 0; row < height; row++, flat += width)
        for (int x = 0; x < width; x += SOLVED)
            *kinds++ = common(flat, x, (x + SOLVED < width ? x + SOLVED : width) - 1);
}

/* Which parts of a row are summed up, for a row near it that is to be solved. */
INLINE void find_wanted(const uint8_t *kinds, int row, int parts, int height, uint8_t *wanted) {
    memset(wanted, 0, (size_t)parts);
    for (int other = row > REACH ? row - REACH : 0; other <= row + REACH && other < height; other++)
        for (int i = 0; i < parts; i++)
            wanted[i] |= !kinds[other * (ptrdiff_t)parts + i];
}

/* What the mask is all around each place: `flat`, (h, w). Nothing in the guide can change it there. */
INLINE void find_flat(Plane mask, uint8_t *flat, uint8_t *scratch) {
    int width = mask.width, height = mask.height;
    uint8_t *across = scratch + AROUND + width + AROUND;
    for (int row = 0; row < height; row++) {
        const float *restrict share = floats_of(mask, row);
        uint8_t *restrict kinds = scratch + AROUND, *restrict to = across + (ptrdiff_t)row * width;
        for (ptrdiff_t x = 0; x < width; x++) {
            int level = (int)(share[x] * LEVELS + 0.5f);
            kinds[x] = (uint8_t)((level == 0) * NOWHERE + (level == (int)LEVELS) * EVERYWHERE);
        }
        memset(scratch, NOWHERE | EVERYWHERE, AROUND);
        memset(kinds + width, NOWHERE | EVERYWHERE, AROUND);
        for (ptrdiff_t x = 0; x < width; x++)
            to[x] = scratch[x];
        for (int tap = 1; tap <= 2 * AROUND; tap++)
            for (ptrdiff_t x = 0; x < width; x++)
                to[x] &= scratch[x + tap];
    }
    for (int row = 0; row < height; row++) {
        uint8_t *restrict to = flat + (ptrdiff_t)row * width;
        memset(to, NOWHERE | EVERYWHERE, (size_t)width);
        int last = row + AROUND < height ? row + AROUND : height - 1;
        for (int other = row > AROUND ? row - AROUND : 0; other <= last; other++) {
            const uint8_t *restrict from = across + (ptrdiff_t)other * width;
            for (ptrdiff_t x = 0; x < width; x++)
                to[x] &= from[x];
        }
    }
}

/* a = (Cov(I) + ε)⁻¹·Cov(I, p) by Cramer's rule, b = mean(p) − a·mean(I), of a part of a row of `width`;
 * `epsilon` times COUNT². */
INLINE void solve(const float *restrict sums, float *restrict fit, ptrdiff_t step, double epsilon, int width,
                  int count) {
    for (ptrdiff_t x = 0; x < count; x++) {
        const float *at = sums + x;
        double y = at[0], u = at[width], v = at[2 * width], p = at[3 * width];
        double yy = COUNT * (double)at[4 * width] - y * y + epsilon;
        double uu = COUNT * (double)at[5 * width] - u * u + epsilon;
        double vv = COUNT * (double)at[6 * width] - v * v + epsilon;
        double yu = COUNT * (double)at[7 * width] - y * u;
        double yv = COUNT * (double)at[8 * width] - y * v;
        double uv = COUNT * (double)at[9 * width] - u * v;
        double yp = COUNT * (double)at[10 * width] - y * p;
        double up = COUNT * (double)at[11 * width] - u * p;
        double vp = COUNT * (double)at[12 * width] - v * p;
        double c_yy = uu * vv - uv * uv, c_yu = yv * uv - yu * vv, c_yv = yu * uv - yv * uu;
        double c_uu = yy * vv - yv * yv, c_uv = yu * yv - yy * uv, c_vv = yy * uu - yu * yu;
        double scale = 1 / (yy * c_yy + yu * c_yu + yv * c_yv);
        double a_y = (c_yy * yp + c_yu * up + c_yv * vp) * scale;
        double a_u = (c_yu * yp + c_uu * up + c_uv * vp) * scale;
        double a_v = (c_yv * yp + c_uv * up + c_vv * vp) * scale;
        fit[x] = (float)a_y;
        fit[x + step] = (float)a_u;
        fit[x + 2 * step] = (float)a_v;
        fit[x + 3 * step] = (float)((p - a_y * y - a_u * u - a_v * v) / COUNT);
    }
}

INLINE void add_down(const float *const rows[TAPS], float *restrict sums, ptrdiff_t count, float gain) {
    const float *restrict a = rows[0], *restrict b = rows[1], *restrict c = rows[2];
    const float *restrict d = rows[3], *restrict e = rows[4];
    for (ptrdiff_t x = 0; x < count; x++)
        sums[x] = (a[x] + b[x] + c[x] + d[x] + e[x]) * gain;
}

/* A row of fits, of the sums across of the rows around; where the mask is flat, a is 0 and b is the mask. */
INLINE void solve_row(const float *const rows[TAPS], const uint8_t *kinds, float *sums, float *fit, ptrdiff_t step,
                      double epsilon, int width) {
    for (int x = 0; x < width; x += SOLVED) {
        int count = width - x < SOLVED ? width - x : SOLVED, kind = kinds[x / SOLVED];
        if (!kind) {
            for (ptrdiff_t i = x; i < SUMS * (ptrdiff_t)width; i += width) {
                const float *parts[TAPS];
                for (int tap = 0; tap < TAPS; tap++)
                    parts[tap] = rows[tap] + i;
                add_down(parts, sums + i, count, 1);
            }
            solve(sums + x, fit + x, step, epsilon, width, count);
            continue;
        }
        for (int i = 0; i < FITTED; i++)
            for (int place = x; place < x + count; place++)
                fit[i * step + place] = i == GUIDES && kind == EVERYWHERE ? LEVELS : 0;
    }
}

/* The fit of each place: FITTED planes, already added up across for their mean. */
INLINE void fit_all(Plane mask, const Plane *guide, const uint8_t *kinds, double epsilon, float *fit,
                    float *scratch, uint8_t *wanted) {
    int width = mask.width, height = mask.height, parts = (width + SOLVED - 1) / SOLVED;
    ptrdiff_t step = (ptrdiff_t)width * height, kept = (ptrdiff_t)SUMS * width;
    float *ring = scratch, *sums = ring + TAPS * kept, *line = sums + kept;
    for (int row = -REACH; row < height; row++) {
        if (row + REACH < height) {
            find_wanted(kinds, row + REACH, parts, height, wanted);
            sums_across(mask, guide, row + REACH, wanted, line, ring + (row + REACH) % TAPS * kept);
        }
        if (row < 0)
            continue;
        const float *rows[TAPS];
        for (int i = 0; i < TAPS; i++)
            rows[i] = ring + mirrored(row + i - REACH, height) % TAPS * kept;
        float *here = fit + (ptrdiff_t)row * width;
        solve_row(rows, kinds + (ptrdiff_t)row * parts, sums, here, step, epsilon, width);
        for (int i = 0; i < FITTED; i++) {
            memcpy(line + REACH, here + i * step, (size_t)width * sizeof(float));
            pad(line, width);
            add_across(line, here + i * step, width);
        }
    }
}

/* Where an enlarged row or column is read: between two places, `share` of the way. */
typedef struct {
    int before, after;
    float share;
} Between;

INLINE Between between(int place, int from, int to) {
    int doubled = (2 * place + 1) * from - to, first = doubled < 0 ? -1 : doubled / (2 * to);
    Between found = {first, first + 1, (float)(doubled - first * 2 * to) / (float)(2 * to)};
    if (found.before < 0)
        found.before = 0;
    if (found.after >= from)
        found.after = from - 1;
    return found;
}

/* One row of means, enlarged across; not where the mask is flat, in the rows beside it too. */
INLINE void means_across(const float *restrict fit, int row, Plane mask, const uint8_t *kinds, float *restrict small,
                         float *restrict wide, const Between *restrict columns, int width) {
    ptrdiff_t step = (ptrdiff_t)mask.width * mask.height;
    for (int i = 0; i < FITTED; i++) {
        const float *rows[TAPS];
        for (int tap = 0; tap < TAPS; tap++)
            rows[tap] = fit + i * step + (ptrdiff_t)mirrored(row + tap - REACH, mask.height) * mask.width;
        add_down(rows, small + 1, mask.width, GAIN);
        small[0] = small[1];
        small[mask.width + 1] = small[mask.width];
        float *restrict to = wide + (ptrdiff_t)i * width;
        for (int from = 0; from < width; from += APPLIED) {
            int end = from + APPLIED < width ? from + APPLIED : width;
            if (kinds[from / APPLIED])
                continue;
            if (width == FOUR * mask.width)
                four_times(small, to, from / FOUR, end / FOUR);
            for (ptrdiff_t x = from; x < end && width != FOUR * mask.width; x++) {
                float before = small[1 + columns[x].before];
                to[x] = before + columns[x].share * (small[1 + columns[x].after] - before);
            }
        }
    }
}

/* What the mask is in `count` rows around each part of a large row. */
INLINE void find_kinds(const uint8_t *flat, int width, int count, const Between *columns, int large,
                       uint8_t *kinds) {
    for (int x = 0; x < large; x += APPLIED) {
        int end = x + APPLIED < large ? x + APPLIED : large;
        kinds[x / APPLIED] = NOWHERE | EVERYWHERE;
        for (int row = 0; row < count; row++)
            kinds[x / APPLIED] &= common(flat + (ptrdiff_t)row * width, columns[x].before, columns[end - 1].after);
    }
}

/* alpha = a·I + b, sharpened, of a part of a row of `width` that lies `share` of the way from `above` to `below`. */
INLINE void apply(const float *restrict above, const float *restrict below, float share, const uint8_t *restrict y,
                  const uint8_t *restrict u, const uint8_t *restrict v, Step step, uint8_t *restrict onto,
                  ptrdiff_t width, int count) {
    float steep = 1 / (step.high - step.low);
    for (ptrdiff_t x = 0; x < count; x++) {
        const float *high = above + x, *low = below + x;
        float a_y = high[0] + share * (low[0] - high[0]);
        float a_u = high[width] + share * (low[width] - high[width]);
        float a_v = high[2 * width] + share * (low[2 * width] - high[2 * width]);
        float b = high[3 * width] + share * (low[3 * width] - high[3 * width]);
        float alpha = b + a_y * (float)y[x] + a_u * (float)u[x] + a_v * (float)v[x];
        float t = (within(alpha, step.low, step.high) - step.low) * steep;
        onto[x] = (uint8_t)(int)(t * t * (3 - 2 * t) * 255 + 0.5f);
    }
}

/* A row of alpha; where the mask is flat it is what the mask is. */
INLINE void apply_row(const float *above, const float *below, float share, const Plane *fine, Step step,
                      const uint8_t *kinds, Plane onto, int row) {
    uint8_t *to = bytes_of(onto, row);
    for (int x = 0; x < onto.width; x += APPLIED) {
        int count = onto.width - x < APPLIED ? onto.width - x : APPLIED;
        uint8_t kind = kinds[x / APPLIED];
        if (kind)
            memset(to + x, kind == EVERYWHERE ? 255 : 0, (size_t)count);
        else
            apply(above + x, below + x, share, bytes_of(fine[0], row) + x, bytes_of(fine[1], row) + x,
                  bytes_of(fine[2], row) + x, step, to + x, onto.width, count);
    }
}

/* Fit at the size of the mask and the first three planes, use at that of the other three and of `onto`. */
static int guided(Plane mask, const Plane *guide, const Plane *fine, double epsilon, Step step, Plane onto) {
    size_t width = (size_t)mask.width, places = width * (size_t)mask.height;
    size_t columns_bytes = (size_t)onto.width * sizeof(Between);
    size_t fits = FITTED * places, rows = 2 * FITTED * (size_t)onto.width;
    size_t scratch = (TAPS + 1) * SUMS * width + (FITTED + 1) * (width + 2 * REACH);
    size_t parts = (size_t)onto.width / APPLIED + 1, solved = width / SOLVED + 1;
    size_t flat_bytes = 2 * places + width + 2 * AROUND + 2 * parts + (size_t)(mask.height + 1) * solved;
    Between *columns = malloc(columns_bytes + (fits + rows + scratch) * sizeof(float) + flat_bytes);
    if (!columns)
        return 0;
    float *fit = (float *)(void *)(columns + onto.width), *rest = fit + fits + rows;
    float *wide[2] = {fit + fits, fit + fits + rows / 2};
    uint8_t *kinds = (uint8_t *)(rest + scratch), *near = kinds + parts, *wanted = near + parts;
    uint8_t *around = wanted + solved, *flat = around + (size_t)mask.height * solved;
    int made[2] = {-1, -1}; /* rows of the means that are in `wide`, by their parity */
    int known = -1; /* the two rows between which `kinds` were found, added up */
    find_flat(mask, flat, flat + places);
    find_parts(flat, mask.width, mask.height, around);
    fit_all(mask, guide, around, epsilon * COUNT * COUNT, fit, rest, wanted);
    for (int x = 0; x < onto.width; x++)
        columns[x] = between(x, mask.width, onto.width);
    for (int row = 0; row < onto.height; row++) {
        Between here = between(row, mask.height, onto.height);
        int needed[2] = {here.before, here.after};
        for (int i = 0; i < 2; i++) {
            int small = needed[i], first = small ? small - 1 : 0, last = small + 1 < mask.height ? small + 1 : small;
            if (made[small & 1] == small)
                continue;
            find_kinds(flat + (size_t)first * width, mask.width, last - first + 1, columns, onto.width, near);
            means_across(fit, small, mask, near, rest, wide[small & 1], columns, onto.width);
            made[small & 1] = small;
        }
        if (known != here.before + here.after) {
            find_kinds(flat + (size_t)here.before * width, mask.width, here.after - here.before + 1, columns,
                       onto.width, kinds);
            known = here.before + here.after;
        }
        apply_row(wide[here.before & 1], wide[here.after & 1], here.share, fine, step, kinds, onto, row);
    }
    free(columns);
    return 1;
}
