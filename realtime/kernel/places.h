/* What became of a picture's places, and what the room there looks like; places.py tells what each function finds. */

#include <math.h>

#include "kernel.h"

enum { PARTS = 256, TIMES = 9 /* places whose mean is compared */ };

/* By how many codes a row differs, in sums of three. */
INLINE void differ(Plane one, Plane other, int row, uint8_t *restrict apart, uint16_t *sums) {
    const uint8_t *restrict here = bytes_of(one, row), *restrict there = bytes_of(other, row);
    for (ptrdiff_t x = 0; x < one.width; x++)
        apart[x] = here[x] > there[x] ? (uint8_t)(here[x] - there[x]) : (uint8_t)(there[x] - here[x]);
    sums_of_three(apart, sums, one.width);
}

/* A rounded mean is at most `still` where the sum is at most so much. */
INLINE int claimed_row(const uint16_t *restrict above, const uint16_t *restrict here, const uint16_t *restrict below,
                       const uint8_t *restrict alpha, const uint8_t *restrict was, const uint8_t *restrict empty,
                       const Claim *claim, uint8_t *restrict onto, int width) {
    int count = 0, most = TIMES * claim->still + TIMES / 2, room = claim->room, person = claim->person;
    for (ptrdiff_t x = 0; x < width; x++) {
        int same = above[x] + here[x] + below[x] <= most;
        onto[x] = (uint8_t)(same & (alpha[x] > person) & (was[x] < room) & (empty[x] > 0));
    }
    for (ptrdiff_t x = 0; x < width; x++)
        count += onto[x];
    return count;
}

static int jumped(Plane luma, Plane before, Plane alpha, Plane was, Plane empty, const Claim *claim, Plane onto,
                  int *count) {
    size_t width = (size_t)luma.width;
    uint16_t *ring = malloc(width * (3 * sizeof(uint16_t) + 1));
    if (!ring)
        return 0;
    uint8_t *apart = (uint8_t *)(ring + 3 * width);
    *count = 0;
    differ(luma, before, 0, apart, ring);
    for (int row = 0; row < luma.height; row++) {
        int last = luma.height - 1, above = row ? row - 1 : last > 0, below = row < last ? row + 1 : last - (last > 0);
        if (row < last)
            differ(luma, before, row + 1, apart, ring + (size_t)((row + 1) % 3) * width);
        *count += claimed_row(ring + (size_t)(above % 3) * width, ring + (size_t)(row % 3) * width,
                              ring + (size_t)(below % 3) * width, bytes_of(alpha, row), bytes_of(was, row),
                              bytes_of(empty, row), claim, bytes_of(onto, row), luma.width);
    }
    free(ring);
    return 1;
}

/* Sums over places of the luma, and of what it was, in parts of a code; and how many places they are. */
typedef struct {
    int64_t luma, looks, count;
} Sums;

/* Over the known places that are nobody's now, or over all. */
INLINE Sums add_up(const Memory *memory, float least, Plane luma, Plane alpha, int room, int all) {
    Sums sums = {0, 0, 0};
    for (int row = 0; row < luma.height; row++) {
        const float *restrict known = floats_of(memory->known, row), *restrict looks = floats_of(memory->looks, row);
        const uint8_t *restrict codes = bytes_of(luma, row), *restrict shares = bytes_of(alpha, row);
        int now = 0, then = 0, count = 0; /* a row is too short for more */
        for (ptrdiff_t x = 0; x < luma.width; x++) {
            int seen = all | ((known[x] >= least) & (shares[x] < room));
            now += seen ? codes[x] : 0;
            then += seen ? (int)(looks[x] * PARTS + 0.5f) : 0;
            count += seen;
        }
        sums.luma += now;
        sums.looks += then;
        sums.count += count;
    }
    return sums;
}

/* As many times as bright as the room was. */
INLINE float light_of(Sums sums) {
    double looks = (double)sums.looks / PARTS, least = (double)sums.count;
    return (float)((double)sums.luma / (looks > least ? looks : least));
}

/* By how much a row differs from the room in this light, in sums of three. */
INLINE void stray(Plane luma, Plane looks, int row, float light, float *restrict padded, float *sums) {
    const uint8_t *restrict codes = bytes_of(luma, row);
    const float *restrict room = floats_of(looks, row);
    for (ptrdiff_t x = 0; x < luma.width; x++)
        padded[x + 1] = fabsf((float)codes[x] - room[x] * light);
    add_three(padded, sums, luma.width);
}

static int familiar(const Memory *memory, float least, Plane luma, Plane alpha, Plane empty, const Claim *claim,
                    Plane onto, int *count) {
    size_t width = (size_t)luma.width;
    float *ring = malloc((4 * width + 2) * sizeof(float)), most = (float)(TIMES * claim->still);
    if (!ring)
        return 0;
    float *padded = ring + 3 * width;
    Sums sums = add_up(memory, least, luma, alpha, claim->room, 0);
    float light = light_of(sums.count ? sums : add_up(memory, least, luma, alpha, claim->room, 1));
    int claimed = 0, person = claim->person;
    stray(luma, memory->looks, 0, light, padded, ring);
    for (int row = 0; row < luma.height; row++) {
        const float *rows[3];
        if (row + 1 < luma.height)
            stray(luma, memory->looks, row + 1, light, padded, ring + (size_t)((row + 1) % 3) * width);
        three_rows(row, luma.height, ring, width, rows);
        const float *restrict above = rows[0], *restrict here = rows[1], *restrict below = rows[2];
        const float *restrict known = floats_of(memory->known, row);
        const uint8_t *restrict vacant = bytes_of(empty, row), *restrict shares = bytes_of(alpha, row);
        uint8_t *restrict to = bytes_of(onto, row);
        for (ptrdiff_t x = 0; x < luma.width; x++) {
            int same = above[x] + here[x] + below[x] <= most;
            to[x] = (uint8_t)(same & (known[x] >= least) & (vacant[x] > 0));
        }
        for (ptrdiff_t x = 0; x < luma.width; x++)
            claimed += to[x] & (shares[x] > person);
    }
    *count = claimed;
    free(ring);
    return 1;
}

static void remember(const Memory *memory, Plane luma, Plane alpha, Plane earlier, Plane same, const Claim *claim,
                     float passed, float rate, float fading) {
    int room = claim->room;
    for (int row = 0; row < luma.height; row++) {
        float *restrict looks = floats_of(memory->looks, row), *restrict known = floats_of(memory->known, row);
        float *restrict people = floats_of(memory->people, row);
        const uint8_t *restrict codes = bytes_of(luma, row), *restrict shares = bytes_of(alpha, row);
        const uint8_t *restrict before = bytes_of(earlier, row), *restrict kept = bytes_of(same, row);
        for (ptrdiff_t x = 0; x < luma.width; x++) {
            float look = looks[x], since = known[x], seen = look + rate * ((float)codes[x] - look);
            looks[x] = shares[x] < room ? seen : look;
            known[x] = shares[x] < room ? since + passed : since;
        }
        for (ptrdiff_t x = 0; x < luma.width; x++) {
            float faded = people[x] * fading, stayed = (float)(shares[x] < before[x] ? shares[x] : before[x]);
            float most = stayed > faded ? stayed : faded;
            people[x] = kept[x] ? faded : most;
        }
    }
}
