/* What stands behind the headers: segments of codes, parted by restart markers if there are any (annex B). */

#include "jpeg.h"

enum { RST0 = 0xD0, EOI = 0xD9 };

/* A segment's bytes without the zeros that are stuffed behind each 0xFF; where they end, and the marker behind them.
   0 where there is none. */
static int unstuff(const uint8_t **from, const uint8_t *end, uint8_t **onto) {
    const uint8_t *at = *from;
    for (;;) {
        const uint8_t *mark = memchr(at, 0xFF, (size_t)(end - at));
        if (!mark || end - mark < 2)
            return 0;
        memcpy(*onto, at, (size_t)(mark - at));
        *onto += mark - at;
        at = mark + 2;
        if (mark[1] == 0xFF) { /* markers may have more than one */
            at = mark + 1;
        } else if (mark[1]) {
            *from = at;
            return mark[1];
        } else {
            *(*onto)++ = 0xFF;
        }
    }
}

static int make_room(Decoder *decoder, size_t bytes) {
    if (decoder->room >= bytes + SPARE)
        return 1;
    free(decoder->bytes);
    decoder->room = 2 * bytes + SPARE;
    decoder->bytes = calloc(decoder->room, 1);
    if (!decoder->bytes)
        decoder->room = 0;
    return decoder->bytes != NULL;
}

int decode_units(Decoder *decoder, const uint8_t *bytes, const uint8_t *end, Segment *segment, const Plane *onto) {
    const Picture *picture = &decoder->picture;
    if (!make_room(decoder, (size_t)(end - bytes)))
        return -1;
    for (int first = 0, count = 0; first < picture->units; first += picture->interval, count++) {
        int left = picture->units - first, last = left > picture->interval ? first + picture->interval : picture->units;
        uint8_t *to = decoder->bytes;
        int marker = unstuff(&bytes, end, &to);
        if (marker != (last < picture->units ? RST0 + count % 8 : EOI)
            || !segment(picture, decoder->bytes, (size_t)(to - decoder->bytes), first, last, onto))
            return 0;
    }
    return 1;
}
