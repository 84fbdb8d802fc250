/* What stands before a picture's codes. */

#include "jpeg.h"

enum {
    SOI = 0xD8, SOF0 = 0xC0, DHT = 0xC4, SOS = 0xDA, DQT = 0xDB, DRI = 0xDD,
    APP0 = 0xE0, APP14 = 0xEE, APP15 = 0xEF, COM = 0xFE,
    TABLES = 4, LARGEST = 16384 /* px */
};

/* The coefficients' order: the number of a row, times 8, and of a column. */
static const uint8_t ZIGZAG[COEFFICIENTS] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

/* What the transform expects its inputs to be multiplied with, over cos(i pi / 16) sqrt(2) from the second on. */
static const double SCALES[SIDE] = {
    1, 1.387039845322148, 1.306562964876377, 1.175875602419359, 1, 0.785694958387102, 0.541196100146197, 0.275899379282943,
};

/* The tables that Motion JPEG may leave out (T.81, K.3): how many codes there are of each length, and their symbols. */
static const uint8_t LUMA_DC[] = {
    0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
};
static const uint8_t CHROMA_DC[] = {
    0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
};
static const uint8_t LUMA_AC[] = {
    0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125,
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
    0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72,
    0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37,
    0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
    0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83,
    0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3,
    0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
    0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
    0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
};
static const uint8_t CHROMA_AC[] = {
    0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119,
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22,
    0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1,
    0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36,
    0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,
    0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a,
    0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a,
    0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba,
    0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
    0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
};

typedef struct {
    const uint8_t *quantisers[TABLES], *codes[2][TABLES];
    const uint8_t *frame, *scan; /* the content of SOF0 and SOS */
    int interval;
} Found;

/* Tables of codes are 16 numbers of codes, and so many symbols. */
static int find_codes(Found *found, const uint8_t *at, const uint8_t *end) {
    while (at < end) {
        size_t size = 17;
        if (end - at < 17)
            return 0;
        for (int i = 1; i <= 16; i++)
            size += at[i];
        if ((size_t)(end - at) < size || *at >> 4 > 1 || (*at & 15) >= TABLES)
            return 0;
        found->codes[*at >> 4][*at & 15] = at + 1;
        at += size;
    }
    return 1;
}

static int find_quantisers(Found *found, const uint8_t *at, const uint8_t *end) {
    for (; at < end; at += 1 + COEFFICIENTS) {
        if (end - at < 1 + COEFFICIENTS || *at >= TABLES) /* of 8 bits */
            return 0;
        found->quantisers[*at] = at + 1;
    }
    return 1;
}

/* 0 where a segment is damaged, or makes the picture one that we do not decode. */
static int find_segment(Found *found, int marker, const uint8_t *at, const uint8_t *end) {
    ptrdiff_t size = end - at;
    switch (marker) {
    case DQT:
        return find_quantisers(found, at, end);
    case DHT:
        return find_codes(found, at, end);
    case DRI:
        found->interval = size == 2 ? at[0] << 8 | at[1] : 0;
        return size == 2;
    case SOF0:
        found->frame = at;
        return size == 6 + 3 * COMPONENTS && at[0] == 8 && at[5] == COMPONENTS;
    case SOS:
        found->scan = at;
        return size == 4 + 2 * COMPONENTS && at[0] == COMPONENTS && found->frame != NULL;
    case COM:
        return size < 3 || memcmp(at, "CS=", 3); /* by which FFmpeg says that the range is limited */
    default:
        return marker >= APP0 && marker <= APP15 && marker != APP14; /* Adobe's: it need not be YUV */
    }
}

static int read_sampling(Picture *picture, const uint8_t *frame) {
    const uint8_t *factors = frame + 7;
    int luma = factors[0], chroma = factors[3];
    picture->height = frame[1] << 8 | frame[2];
    picture->width = frame[3] << 8 | frame[4];
    picture->luma_rows = luma & 15;
    picture->chroma_rows = chroma & 15;
    if (!picture->width || !picture->height || picture->width > LARGEST || picture->height > LARGEST || luma >> 4 != 2
        || chroma >> 4 != 1 || factors[6] != chroma || picture->luma_rows < 1 || picture->luma_rows > 2
        || (picture->chroma_rows != 1 && picture->chroma_rows != picture->luma_rows))
        return 0;
    picture->across = (picture->width + 2 * SIDE - 1) / (2 * SIDE);
    int high = SIDE * picture->luma_rows;
    picture->units = picture->across * ((picture->height + high - 1) / high);
    return 1;
}

/* Transposed: the transform begins with the columns, and turns the block over on its way. */
static void set_places(Place *places, const uint8_t *quantiser) {
    for (int i = 0; i <= BEYOND; i++)
        places[i] = (Place){0, PAIR};
    for (int i = 0; i < COEFFICIENTS; i++) {
        int row = ZIGZAG[i] / SIDE, column = ZIGZAG[i] % SIDE;
        places[i] = (Place){(float)(quantiser[i] * SCALES[row] * SCALES[column] / SIDE), 2 * SIDE * column + row};
    }
}

static int read_components(Decoder *decoder, const Found *found) {
    Picture *picture = &decoder->picture;
    const uint8_t *frame = found->frame + 6, *scan = found->scan + 1;
    int tables[COMPONENTS];
    for (int i = 0; i < COMPONENTS; i++, frame += 3, scan += 2) {
        if (scan[0] != frame[0] || frame[0] == "RGB"[i] || frame[2] >= TABLES || !found->quantisers[frame[2]])
            return 0;
        set_places(picture->places[i], found->quantisers[frame[2]]);
        tables[i] = scan[1];
    }
    if (tables[U] != tables[V])
        return 0;
    for (int i = LUMA; i <= U; i++) {
        int dc = tables[i] >> 4, ac = tables[i] & 15;
        if (dc >= TABLES || ac >= TABLES || !found->codes[0][dc] || !found->codes[1][ac]
            || !make_codebook(i == LUMA ? &decoder->luma : &decoder->chroma, found->codes[0][dc], found->codes[1][ac]))
            return 0;
    }
    picture->books[LUMA] = &decoder->luma;
    picture->books[U] = picture->books[V] = &decoder->chroma;
    return 1;
}

size_t read_headers(Decoder *decoder, const uint8_t *bytes, size_t size) {
    Found found = {.codes = {{LUMA_DC, CHROMA_DC}, {LUMA_AC, CHROMA_AC}}};
    size_t at = 2;
    if (size < 4 || bytes[0] != 0xFF || bytes[1] != SOI)
        return 0;
    while (!found.scan) {
        if (size - at < 4 || bytes[at] != 0xFF)
            return 0;
        size_t length = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (length < 2 || size - at - 2 < length
            || !find_segment(&found, bytes[at + 1], bytes + at + 4, bytes + at + 2 + length))
            return 0;
        at += 2 + length;
    }
    Picture *picture = &decoder->picture;
    if (!read_sampling(picture, found.frame) || !read_components(decoder, &found))
        return 0;
    picture->interval = found.interval ? found.interval : picture->units;
    return at;
}
