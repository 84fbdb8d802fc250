/* How often colours are seen, and what that says of a mask; histogram.py has the formulas. */

#include "kernel.h"

enum { LUMA = 16, CHROMA = 32, COLOURS = LUMA * CHROMA * CHROMA };

INLINE int chroma_level(int code) {
    int level = code - 64;
    level = level > 0 ? level : 0;
    return (level < 127 ? level : 127) >> 2;
}

/* Which colour each place of a row has. */
INLINE void name_row(const Plane *picture, int row, int *restrict names) {
    const uint8_t *restrict y = bytes_of(picture[0], row), *restrict u = bytes_of(picture[1], row);
    const uint8_t *restrict v = bytes_of(picture[2], row);
    for (ptrdiff_t x = 0; x < picture[0].width; x++)
        names[x] = ((y[x] >> 4) * CHROMA + chroma_level(u[x])) * CHROMA + chroma_level(v[x]);
}

/* Along one axis of `count` places, `step` apart, each shares with its neighbours by 1, 2, 1; the last repeat. */
INLINE void share_out(const float *restrict counts, float *restrict onto, int count, ptrdiff_t step, int lines,
                      ptrdiff_t apart) {
    for (int line = 0; line < lines; line++) {
        for (int i = 0; i < count; i++) {
            const float *here = counts + line * apart + i * step;
            const float *before = i ? here - step : here, *after = i + 1 < count ? here + step : here;
            float *to = onto + line * apart + i * step;
            for (ptrdiff_t x = 0; x < step; x++)
                to[x] = (before[x] + 2 * here[x] + after[x]) / 4;
        }
    }
}

static int count(const Plane *picture, Plane where, Plane onto) {
    int *names = malloc((size_t)where.width * sizeof(int) + COLOURS * (sizeof(int) + sizeof(float)));
    if (!names)
        return 0;
    int *counts = names + where.width;
    float *seen = floats_of(onto, 0), *shared = (float *)(void *)(counts + COLOURS);
    memset(counts, 0, COLOURS * sizeof(int));
    for (int row = 0; row < where.height; row++) {
        const uint8_t *there = bytes_of(where, row);
        name_row(picture, row, names);
        for (ptrdiff_t x = 0; x < where.width; x++)
            counts[names[x]] += there[x] != 0;
    }
    for (ptrdiff_t i = 0; i < COLOURS; i++)
        seen[i] = (float)counts[i];
    share_out(seen, shared, LUMA, CHROMA * CHROMA, 1, 0);
    share_out(shared, seen, CHROMA, CHROMA, LUMA, CHROMA * CHROMA);
    share_out(seen, shared, CHROMA, 1, LUMA * CHROMA, CHROMA);
    memcpy(seen, shared, COLOURS * sizeof(float));
    free(names);
    return 1;
}

static int doubt(Plane mask, const Plane *picture, Plane evidence, const Odds *odds, Plane onto) {
    int width = mask.width, height = mask.height;
    size_t pitch = (size_t)width + 2;
    float *scratch = malloc(6 * pitch * sizeof(float));
    if (!scratch)
        return 0;
    int *names = (int *)(void *)scratch;
    float *padded = scratch + pitch, *steps = padded + pitch, *ring = steps + pitch;
    const float *table = floats_of(evidence, 0);
    float low = odds->low, finer = odds->steps_per_nat;
    for (int row = 0; row <= height; row++) {
        if (row < height) {
            name_row(picture, row, names);
            for (ptrdiff_t x = 0; x < width; x++)
                padded[x + 1] = table[names[x]];
            add_three(padded, ring + (size_t)(row % 3) * pitch, width);
        }
        if (!row)
            continue;
        const float *rows[3];
        three_rows(row - 1, height, ring, pitch, rows);
        const float *restrict above = rows[0], *restrict here = rows[1], *restrict below = rows[2];
        for (ptrdiff_t x = 0; x < width; x++)
            steps[x] = ((above[x] + here[x] + below[x]) * (1.0f / 9) - low) * finer + 0.5f;
        claim(floats_of(mask, row - 1), odds, steps, floats_of(onto, row - 1), width);
    }
    free(scratch);
    return 1;
}

/* What the likeliest of three places in a row says; `padded` has room for one place more at both ends. */
INLINE void likeliest_across(const Plane *picture, int row, const float *restrict evidence, int *restrict names,
                             float *restrict padded, float *restrict onto) {
    int width = picture[0].width;
    name_row(picture, row, names);
    for (ptrdiff_t x = 0; x < width; x++)
        padded[x + 1] = evidence[names[x]];
    padded[0] = padded[1];
    padded[width + 1] = padded[width];
    for (ptrdiff_t x = 0; x < width; x++) {
        float likelier = padded[x] > padded[x + 1] ? padded[x] : padded[x + 1];
        onto[x] = likelier > padded[x + 2] ? likelier : padded[x + 2];
    }
}

INLINE float lesser(float one, float other) {
    return one < other ? one : other;
}

/* The least of three places in a row that begins at `padded[1]`. */
INLINE void least_across(float *restrict padded, float *restrict onto, int width) {
    padded[0] = padded[1];
    padded[width + 1] = padded[width];
    for (ptrdiff_t x = 0; x < width; x++)
        onto[x] = lesser(lesser(padded[x], padded[x + 1]), padded[x + 2]);
}

/* The mask's least in places of 2x2, and of three of them in a row. */
INLINE void least_of_mask(Plane mask, int row, float *restrict padded, float *restrict onto) {
    const float *restrict above = floats_of(mask, 2 * row), *restrict below = floats_of(mask, 2 * row + 1);
    for (ptrdiff_t x = 0; x < mask.width / 2; x++)
        padded[x + 1] = lesser(lesser(above[2 * x], above[2 * x + 1]), lesser(below[2 * x], below[2 * x + 1]));
    least_across(padded, onto, mask.width / 2);
}

/* The odds of a row of patches by the likeliest of three rows, and 1 instead in `whole` if the mask is not sure. */
INLINE void odds_of(const float *const likely[3], const float *const masks[3], const Odds *odds, float sure,
                    float *restrict onto, float *restrict whole, int width) {
    const float *restrict above = likely[0], *restrict here = likely[1], *restrict below = likely[2];
    const float *restrict high = masks[0], *restrict level = masks[1], *restrict deep = masks[2];
    const float *table = floats_of(odds->table, 0);
    for (ptrdiff_t x = 0; x < width; x++) {
        float likeliest = above[x] > here[x] ? above[x] : here[x];
        likeliest = within(likeliest > below[x] ? likeliest : below[x], odds->low, odds->high);
        onto[x] = (likeliest - odds->low) * odds->steps_per_nat + 0.5f;
    }
    for (ptrdiff_t x = 0; x < width; x++)
        onto[x] = table[(int)onto[x]];
    for (ptrdiff_t x = 0; x < width; x++)
        whole[x] = lesser(lesser(high[x], level[x]), deep[x]) > sure ? onto[x] : 1;
}

/* The lesser of its own odds and of three rows of patches, each the least of three; whether any are below 1. */
INLINE int least_odds(const float *const patches[3], const float *restrict own, float *restrict onto, int width) {
    const float *restrict above = patches[0], *restrict here = patches[1], *restrict below = patches[2];
    float least = 1;
    for (ptrdiff_t x = 0; x < width; x++) {
        onto[x] = lesser(lesser(own[x], above[x]), lesser(here[x], below[x]));
        least = lesser(least, onto[x]);
    }
    return least < 1;
}

INLINE void empty_row(float *restrict mask, const float *restrict odds, int width) {
    for (ptrdiff_t x = 0; x < width; x++) {
        float claimed = mask[x] * odds[x], left = claimed / (claimed + (1 - mask[x]) + 1e-6f);
        mask[x] = odds[x] < 1 ? left : mask[x];
    }
}

/* What is known of rows of half the mask's size, each in a ring of three: what the likeliest says, the mask's least,
 * the odds of patches, of those that are sure of three in a row, and what is left after all of them. */
typedef struct {
    float *likeliest, *least, *odds, *patches, *left;
    int seen, judged, made, speaks[3];
} Rings;

/* As far as the row `wanted` of what is left; the mask may be emptied to two rows before it. */
INLINE void go_on(Rings *at, int wanted, Plane mask, const Plane *picture, const float *evidence, const Odds *odds,
                  float sure, float *scratch) {
    int width = picture[0].width, height = picture[0].height;
    size_t pitch = (size_t)width + 2;
    const float *rows[3], *masks[3];
    float *line = scratch + pitch;
    for (; at->made <= wanted; at->made++) {
        for (; at->judged <= at->made + 1 && at->judged < height; at->judged++) {
            for (; at->seen <= at->judged + 1 && at->seen < height; at->seen++) {
                size_t to = (size_t)(at->seen % 3) * pitch;
                likeliest_across(picture, at->seen, evidence, (int *)(void *)scratch, line, at->likeliest + to);
                least_of_mask(mask, at->seen, line, at->least + to);
            }
            size_t to = (size_t)(at->judged % 3) * pitch;
            three_rows(at->judged, height, at->likeliest, pitch, rows);
            three_rows(at->judged, height, at->least, pitch, masks);
            odds_of(rows, masks, odds, sure, at->odds + to, line + 1, width);
            least_across(line, at->patches + to, width);
        }
        size_t to = (size_t)(at->made % 3) * pitch;
        three_rows(at->made, height, at->patches, pitch, rows);
        at->speaks[at->made % 3] = least_odds(rows, at->odds + to, at->left + to, width);
    }
}

static int empty(Plane mask, const Plane *picture, Plane evidence, const Odds *odds, float sure) {
    int width = picture[0].width, height = picture[0].height;
    size_t pitch = (size_t)width + 2;
    float *scratch = malloc(19 * pitch * sizeof(float));
    if (!scratch)
        return 0;
    float *wide = scratch + 2 * pitch, *ring = wide + 2 * pitch;
    Rings at = {ring, ring + 3 * pitch, ring + 6 * pitch, ring + 9 * pitch, ring + 12 * pitch, 0, 0, 0, {0}};
    for (int row = 0; row < 2 * height; row++) {
        int near = row / 2, far = row & 1 ? near + 1 : near - 1;
        far = far < 0 ? 0 : far < height ? far : height - 1;
        go_on(&at, near > far ? near : far, mask, picture, floats_of(evidence, 0), odds, sure, scratch);
        if (!at.speaks[near % 3] && !at.speaks[far % 3])
            continue;
        const float *one = at.left + (size_t)(near % 3) * pitch, *other = at.left + (size_t)(far % 3) * pitch;
        double_row(one, other, scratch + pitch, wide, width);
        empty_row(floats_of(mask, row), wide, 2 * width);
    }
    free(scratch);
    return 1;
}
