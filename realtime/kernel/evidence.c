/* What a learnt room says of a mask, and how it is learnt; evidence.py has the formulas. */

#include "kernel.h"

enum { PLANES = 3 };

/* How far a row is from the room, in squared standard deviations, with a mirrored place at both ends. */
INTO_WIDE void deviate(const Room *room, int row, float *restrict padded, int width) {
    float *restrict away = padded + 1;
    for (ptrdiff_t x = 0; x < width; x++)
        away[x] = 0;
    for (int i = 0; i < PLANES; i++) {
        const uint8_t *restrict codes = bytes_of(room->picture[i], row);
        const float *restrict mean = floats_of(room->mean[i], row);
        const float *restrict certainty = floats_of(room->certainty[i], row);
        float gain = room->gain[i], shift = room->shift[i];
        for (ptrdiff_t x = 0; x < width; x++) {
            float apart = (float)codes[x] * gain - shift - mean[x];
            away[x] += apart * apart * certainty[x];
        }
    }
    padded[0] = away[width > 1 ? 1 : 0];
    away[width] = away[width > 1 ? width - 2 : 0];
}

/* The mask corrected by Bayes' rule, its odds times e to the evidence; `table` has that in steps. */
INTO_WIDE void correct(const Room *room, int row, const float *const sums[3], float *restrict steps,
                       float *restrict onto) {
    const float *restrict mask = floats_of(room->mask, row);
    const float *restrict prior = floats_of(room->prior, row), *restrict belief = floats_of(room->belief, row);
    const float *restrict above = sums[0], *restrict here = sums[1], *restrict below = sums[2];
    const float *table = floats_of(room->table, 0);
    float low = room->low, high = room->high, finer = room->steps_per_nat;
    int width = room->mask.width;
    for (ptrdiff_t x = 0; x < width; x++) {
        float evidence = (above[x] + here[x] + below[x]) * room->weight - prior[x];
        evidence = evidence > low ? evidence : low;
        evidence = (evidence < high ? evidence : high) * belief[x];
        steps[x] = (evidence - low) * finer + 0.5f;
    }
    for (ptrdiff_t x = 0; x < width; x++)
        steps[x] = table[(int)steps[x]];
    for (ptrdiff_t x = 0; x < width; x++) {
        float claimed = mask[x] * steps[x];
        onto[x] = claimed / (claimed + (1 - mask[x]) + 1e-6f);
    }
}

WIDE int weigh(const Room *room, Plane onto) {
    int width = room->mask.width, height = room->mask.height;
    size_t pitch = (size_t)width + 2;
    float *scratch = malloc(5 * pitch * sizeof(float));
    if (!scratch)
        return 0;
    float *padded = scratch, *steps = scratch + pitch, *ring = scratch + 2 * pitch;
    for (int row = 0; row <= height; row++) {
        if (row < height) {
            float *restrict sums = ring + (size_t)(row % 3) * pitch;
            deviate(room, row, padded, width);
            for (ptrdiff_t x = 0; x < width; x++)
                sums[x] = padded[x] + padded[x + 1] + padded[x + 2];
        }
        if (!row)
            continue;
        int here = row - 1, above = here ? here - 1 : height > 1, below = row < height ? row : height - (height > 1) - 1;
        const float *rows[3] = {ring + (size_t)(above % 3) * pitch, ring + (size_t)(here % 3) * pitch,
                                ring + (size_t)(below % 3) * pitch};
        correct(room, here, rows, steps, floats_of(onto, here));
    }
    free(scratch);
    return 1;
}

/* The weight of a new look at each place of a row, in a place's first look and in others. */
INTO_WIDE void rate(const Lesson *lesson, int row, float *restrict weight, float *restrict spread) {
    const uint8_t *restrict room = bytes_of(lesson->room, row);
    const float *restrict lessons = floats_of(lesson->lessons, row);
    float least = lesson->least;
    for (ptrdiff_t x = 0; x < lesson->room.width; x++) {
        float share = 1 / (lessons[x] + 1);
        share = share > least ? share : least;
        share = room[x] ? share : 0;
        weight[x] = share;
        spread[x] = lessons[x] == 0 ? 0 : share; /* one look tells a mean, but no variance */
    }
}

/* One plane's mean and variance take the look in; `prior` gets what its variance says. */
INTO_WIDE void take_in(const Lesson *lesson, int i, int row, const float *restrict weight,
                       const float *restrict spread, float *restrict prior) {
    const float *restrict plain = floats_of(lesson->plain[i], row);
    float *restrict mean = floats_of(lesson->mean[i], row), *restrict variance = floats_of(lesson->variance[i], row);
    float *restrict certainty = floats_of(lesson->certainty[i], row);
    uint8_t *restrict codes = bytes_of(lesson->codes[i], row);
    const float *table = floats_of(lesson->table, 0);
    float wild = lesson->wild, noise = lesson->noise, finer = lesson->steps_per_code;
    int last = lesson->table.width - 1, width = lesson->room.width;
    for (ptrdiff_t x = 0; x < width; x++) {
        float away = plain[x] - mean[x];
        float square = away * away;
        mean[x] += weight[x] * away;
        variance[x] += spread[x] * ((square < wild ? square : wild) - variance[x]);
        certainty[x] = 1 / (variance[x] + noise);
        codes[x] = (uint8_t)(int)(mean[x] + 0.5f);
    }
    for (ptrdiff_t x = 0; x < width; x++) {
        int step = (int)(variance[x] * finer);
        prior[x] += table[step < last ? step : last];
    }
}

WIDE int learn(const Lesson *lesson) {
    int width = lesson->room.width, height = lesson->room.height;
    float known = lesson->known, temper = lesson->temper;
    float *weight = malloc(2 * ((size_t)width + 1) * sizeof(float));
    if (!weight)
        return 0;
    for (int row = 0; row < height; row++) {
        const uint8_t *room = bytes_of(lesson->room, row);
        float *restrict prior = floats_of(lesson->prior, row), *restrict belief = floats_of(lesson->belief, row);
        float *restrict lessons = floats_of(lesson->lessons, row);
        uint8_t *restrict trusted = bytes_of(lesson->trusted, row);
        rate(lesson, row, weight, weight + width);
        for (ptrdiff_t x = 0; x < width; x++)
            prior[x] = 0;
        for (int i = 0; i < PLANES; i++)
            take_in(lesson, i, row, weight, weight + width, prior);
        for (ptrdiff_t x = 0; x < width; x++) {
            lessons[x] += room[x] ? 1.0f : 0.0f;
            float share = lessons[x] / (2 * known);
            belief[x] = share < 1 ? share : 1;
            trusted[x] = lessons[x] >= known ? 255 : 0;
            prior[x] *= temper;
        }
    }
    free(weight);
    return 1;
}
