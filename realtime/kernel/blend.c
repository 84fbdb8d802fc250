/* The person over what is there. */

#include "kernel.h"

/* a / 255, rounded, for a of 0 to 255²: a + 128 plus its own 256th, over 256. */
INTO_WIDE uint16_t over_255(uint16_t a) {
    uint16_t biased = (uint16_t)(a + 128);
    return (uint16_t)((uint16_t)(biased + (biased >> 8)) >> 8);
}

INTO_WIDE void mix(const uint8_t *restrict person, const uint8_t *restrict alpha, uint8_t *restrict onto, int count) {
    for (ptrdiff_t x = 0; x < count; x++) {
        uint16_t share = alpha[x], rest = (uint16_t)(255 - share);
        uint16_t mine = over_255((uint16_t)(person[x] * share));
        onto[x] = (uint8_t)(mine + over_255((uint16_t)(onto[x] * rest)));
    }
}

/* onto = alpha·person + (1 − alpha)·onto; both products are rounded. */
WIDE void blend(Plane person, Plane alpha, Plane onto) {
    for (int row = 0; row < onto.height; row++) {
        const uint8_t *from = bytes_of(person, row), *share = bytes_of(alpha, row);
        uint8_t *to = bytes_of(onto, row);
        int x = 0;
        for (; x + RUN <= onto.width; x += RUN) {
            if (uniform(share + x, 0))
                continue;
            if (uniform(share + x, 255))
                memcpy(to + x, from + x, RUN);
            else
                mix(from + x, share + x, to + x, RUN);
        }
        mix(from + x, share + x, to + x, onto.width - x);
    }
}
