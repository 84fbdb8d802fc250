/* What a learnt room says of a mask, and how it is learnt; evidence.py has the formulas. */

#include <math.h>

#include "kernel.h"

/* How far a row is from the room, in squared standard deviations. */
INLINE void deviate(const Room *room, const Look *look, int row, float *restrict away, int width) {
    for (ptrdiff_t x = 0; x < width; x++)
        away[x] = 0;
    for (int i = 0; i < PLANES; i++) {
        const uint8_t *restrict codes = bytes_of(look->picture[i], row);
        const float *restrict mean = floats_of(room->mean[i], row);
        const float *restrict certainty = floats_of(room->certainty[i], row);
        float gain = look->gain[i], shift = look->shift[i];
        for (ptrdiff_t x = 0; x < width; x++) {
            float apart = (float)codes[x] * gain - shift - mean[x];
            away[x] += apart * apart * certainty[x];
        }
    }
}

/* Which step of the odds each place of a row has. */
INLINE void find_steps(const Room *room, const Odds *odds, int row, const float *const sums[3],
                       float *restrict steps, int width) {
    const float *restrict prior = floats_of(room->prior, row), *restrict belief = floats_of(room->belief, row);
    const float *restrict above = sums[0], *restrict here = sums[1], *restrict below = sums[2];
    float low = odds->low, high = odds->high, weight = odds->weight, finer = odds->steps_per_nat;
    for (ptrdiff_t x = 0; x < width; x++) {
        float evidence = (above[x] + here[x] + below[x]) * weight - prior[x];
        evidence = evidence > low ? evidence : low;
        evidence = (evidence < high ? evidence : high) * belief[x];
        steps[x] = (evidence - low) * finer + 0.5f;
    }
}

static int weigh(Plane mask, const Look *look, const Room *room, const Odds *odds, Plane onto) {
    int width = mask.width, height = mask.height;
    size_t pitch = (size_t)width + 2;
    float *padded = malloc(5 * pitch * sizeof(float));
    if (!padded)
        return 0;
    float *steps = padded + pitch, *ring = steps + pitch;
    for (int row = 0; row <= height; row++) {
        if (row < height) {
            deviate(room, look, row, padded + 1, width);
            add_three(padded, ring + (size_t)(row % 3) * pitch, width);
        }
        if (!row)
            continue;
        const float *rows[3];
        three_rows(row - 1, height, ring, pitch, rows);
        find_steps(room, odds, row - 1, rows, steps, width);
        claim(floats_of(mask, row - 1), odds, steps, floats_of(onto, row - 1), width);
    }
    free(padded);
    return 1;
}

/* A run of one plane in the light of the room. */
INLINE void lit(const Look *look, int i, int row, ptrdiff_t from, float *restrict plain, int count) {
    const uint8_t *restrict codes = bytes_of(look->picture[i], row) + from;
    float gain = look->gain[i], shift = look->shift[i];
    for (ptrdiff_t x = 0; x < count; x++)
        plain[x] = (float)codes[x] * gain - shift;
}

/* The sum of a plane's codes where `seen` is 255. */
INLINE uint64_t total(Plane plane, const uint8_t *restrict seen, int row) {
    const uint8_t *restrict codes = bytes_of(plane, row);
    uint32_t sum = 0;
    for (ptrdiff_t x = 0; x < plane.width; x++)
        sum += codes[x] & seen[x];
    return sum;
}

static int totals(const Plane *planes, Plane sure, Plane trusted, uint64_t *sums) {
    uint8_t *seen = malloc((size_t)sure.width);
    if (!seen)
        return 0;
    for (int row = 0; row < sure.height; row++) {
        const uint8_t *one = bytes_of(sure, row), *other = bytes_of(trusted, row);
        uint32_t count = 0;
        for (ptrdiff_t x = 0; x < sure.width; x++) {
            seen[x] = one[x] & other[x];
            count += seen[x] & 1;
        }
        if (!count)
            continue;
        sums[0] += count;
        for (int i = 0; i < 2 * PLANES; i++)
            sums[1 + i] += total(planes[i], seen, row);
    }
    free(seen);
    return 1;
}

static int astray(const Look *look, const Room *room, Plane sure, Plane trusted, float limit, int counts[2]) {
    float *away = malloc((size_t)sure.width * sizeof(float));
    if (!away)
        return 0;
    for (int row = 0; row < sure.height; row += 2) {
        const uint8_t *one = bytes_of(sure, row), *other = bytes_of(trusted, row);
        deviate(room, look, row, away, sure.width);
        for (ptrdiff_t x = 0; x < sure.width; x += 2) {
            int seen = (one[x] & other[x]) != 0;
            counts[0] += seen;
            counts[1] += seen & (away[x] > limit);
        }
    }
    free(away);
    return 1;
}

static void changed(const Look *look, const Look *before, Plane onto) {
    float now[RUN], then[RUN];
    for (int row = 0; row < onto.height; row++) {
        for (int from = 0; from < onto.width; from += RUN) {
            int count = onto.width - from < RUN ? onto.width - from : RUN;
            float *restrict change = floats_of(onto, row) + from;
            for (int i = 0; i < PLANES; i++) {
                lit(look, i, row, from, now, count);
                lit(before, i, row, from, then, count);
                for (ptrdiff_t x = 0; x < count; x++) {
                    float away = fabsf(now[x] - then[x]);
                    change[x] = i ? change[x] + away : away;
                }
            }
        }
    }
}

/* The weight of a new look at each place of a run, in a place's first look and in others. */
INLINE void rate(const Lesson *lesson, int row, ptrdiff_t from, float *restrict weight, float *restrict spread,
                 int count) {
    const uint8_t *restrict there = bytes_of(lesson->places, row) + from;
    const float *restrict lessons = floats_of(lesson->lessons, row) + from;
    float least = lesson->least;
    for (ptrdiff_t x = 0; x < count; x++) {
        float share = 1 / (lessons[x] + 1);
        share = share > least ? share : least;
        share = there[x] ? share : 0;
        weight[x] = share;
        spread[x] = lessons[x] == 0 ? 0 : share; /* one look tells a mean, but no variance */
    }
}

/* One plane's mean and variance take the look in; `prior` gets what its variance says. */
INLINE void take_in(const Lesson *lesson, int i, int row, ptrdiff_t from, const float *restrict weight,
                    const float *restrict spread, float *restrict prior, int count) {
    float plain[RUN];
    float *restrict mean = floats_of(lesson->room.mean[i], row) + from;
    float *restrict variance = floats_of(lesson->variance[i], row) + from;
    float *restrict certainty = floats_of(lesson->room.certainty[i], row) + from;
    uint8_t *restrict codes = bytes_of(lesson->codes[i], row) + from;
    const float *table = floats_of(lesson->table, 0);
    float wild = lesson->wild, noise = lesson->noise, finer = lesson->steps_per_code;
    int last = lesson->table.width - 1;
    lit(&lesson->look, i, row, from, plain, count);
    for (ptrdiff_t x = 0; x < count; x++) {
        float away = plain[x] - mean[x];
        float square = away * away;
        mean[x] += weight[x] * away;
        variance[x] += spread[x] * ((square < wild ? square : wild) - variance[x]);
        certainty[x] = 1 / (variance[x] + noise);
        codes[x] = (uint8_t)(int)(mean[x] + 0.5f);
    }
    for (ptrdiff_t x = 0; x < count; x++) {
        int step = (int)(variance[x] * finer);
        prior[x] += table[step < last ? step : last];
    }
}

INLINE void learn_run(const Lesson *lesson, int row, ptrdiff_t from, int count) {
    float weight[RUN], spread[RUN], said[RUN] = {0};
    float known = lesson->known, temper = lesson->temper;
    const uint8_t *restrict there = bytes_of(lesson->places, row) + from;
    float *restrict prior = floats_of(lesson->room.prior, row) + from, *restrict belief = floats_of(lesson->room.belief, row) + from;
    float *restrict lessons = floats_of(lesson->lessons, row) + from;
    uint8_t *restrict trusted = bytes_of(lesson->trusted, row) + from;
    rate(lesson, row, from, weight, spread, count);
    for (int i = 0; i < PLANES; i++)
        take_in(lesson, i, row, from, weight, spread, said, count);
    for (ptrdiff_t x = 0; x < count; x++) {
        lessons[x] += there[x] ? 1.0f : 0.0f;
        float share = lessons[x] / (2 * known);
        belief[x] = share < 1 ? share : 1;
        trusted[x] = lessons[x] >= known ? 255 : 0;
        prior[x] = said[x] * temper;
    }
}

/* Where no place of a run is to be learnt, all of it stays as it is. */
static void learn(const Lesson *lesson) {
    for (int row = 0; row < lesson->places.height; row++) {
        const uint8_t *there = bytes_of(lesson->places, row);
        int from = 0;
        for (; from + RUN <= lesson->places.width; from += RUN)
            if (!uniform(there + from, 0))
                learn_run(lesson, row, from, RUN);
        learn_run(lesson, row, from, lesson->places.width - from);
    }
}
