/* How often colours are seen, and what that says of a mask; histogram.py has the formulas. */

#include "kernel.h"

enum { LUMA = 16, CHROMA = 32, COLOURS = LUMA * CHROMA * CHROMA };

INTO_WIDE int chroma_level(int code) {
    int level = code - 64;
    level = level > 0 ? level : 0;
    return (level < 127 ? level : 127) >> 2;
}

/* Which colour each place of a row has. */
INTO_WIDE void name_row(const Plane *picture, int row, int *restrict names) {
    const uint8_t *restrict y = bytes_of(picture[0], row), *restrict u = bytes_of(picture[1], row);
    const uint8_t *restrict v = bytes_of(picture[2], row);
    for (ptrdiff_t x = 0; x < picture[0].width; x++)
        names[x] = ((y[x] >> 4) * CHROMA + chroma_level(u[x])) * CHROMA + chroma_level(v[x]);
}

/* Along one axis of `count` places, `step` apart, each shares with its neighbours by 1, 2, 1; the last repeat. */
INTO_WIDE void share_out(const float *restrict counts, float *restrict onto, int count, ptrdiff_t step, int lines,
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

WIDE int count(const Plane *picture, Plane where, Plane onto) {
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

WIDE int doubt(Plane mask, const Plane *picture, Plane evidence, const Odds *odds, Plane onto) {
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
INTO_WIDE void likeliest_across(const Plane *picture, int row, const float *restrict evidence, int *restrict names,
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

/* The odds in a row by the likeliest of three rows; whether any are below 1. */
INTO_WIDE int odds_of(const float *const rows[3], const Odds *odds, float *restrict onto, int width) {
    const float *restrict above = rows[0], *restrict here = rows[1], *restrict below = rows[2];
    const float *table = floats_of(odds->table, 0);
    float low = odds->low, high = odds->high, finer = odds->steps_per_nat, least = high;
    for (ptrdiff_t x = 0; x < width; x++) {
        float likeliest = above[x] > here[x] ? above[x] : here[x];
        likeliest = within(likeliest > below[x] ? likeliest : below[x], low, high);
        least = likeliest < least ? likeliest : least;
        onto[x] = (likeliest - low) * finer + 0.5f;
    }
    for (ptrdiff_t x = 0; x < width; x++)
        onto[x] = table[(int)onto[x]];
    return least < high;
}

INTO_WIDE void empty_row(float *restrict mask, const float *restrict odds, int width) {
    for (ptrdiff_t x = 0; x < width; x++) {
        float claimed = mask[x] * odds[x], left = claimed / (claimed + (1 - mask[x]) + 1e-6f);
        mask[x] = odds[x] < 1 ? left : mask[x];
    }
}

WIDE int empty(Plane mask, const Plane *picture, Plane evidence, const Odds *odds) {
    int width = picture[0].width, height = picture[0].height;
    size_t pitch = (size_t)width + 2;
    float *scratch = malloc(10 * pitch * sizeof(float));
    if (!scratch)
        return 0;
    int *names = (int *)(void *)scratch, seen = 0, made = 0, speaks[3] = {0};
    float *line = scratch + pitch, *wide = line + pitch, *ring = wide + 2 * pitch, *found = ring + 3 * pitch;
    for (int row = 0; row < 2 * height; row++) {
        int near = row / 2, far = row & 1 ? near + 1 : near - 1;
        far = far < 0 ? 0 : far < height ? far : height - 1;
        for (; made <= (near > far ? near : far); made++) {
            const float *rows[3];
            int last = made + 1 < height ? made + 1 : made;
            for (; seen <= last; seen++)
                likeliest_across(picture, seen, floats_of(evidence, 0), names, line, ring + (size_t)(seen % 3) * pitch);
            rows[0] = ring + (size_t)((made ? made - 1 : 0) % 3) * pitch;
            rows[1] = ring + (size_t)(made % 3) * pitch;
            rows[2] = ring + (size_t)(last % 3) * pitch;
            speaks[made % 3] = odds_of(rows, odds, found + (size_t)(made % 3) * pitch, width);
        }
        if (!speaks[near % 3] && !speaks[far % 3])
            continue;
        double_row(found + (size_t)(near % 3) * pitch, found + (size_t)(far % 3) * pitch, line, wide, width);
        empty_row(floats_of(mask, row), wide, 2 * width);
    }
    free(scratch);
    return 1;
}
