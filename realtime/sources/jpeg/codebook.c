/* From a table of codes to what the next bits say. */

#include "jpeg.h"

enum { LONGEST = 16, LARGEST_DC = 11 /* bits of a difference in baseline JPEG */ };

int find_symbol(const Codes *codes, uint32_t bits, int longest) {
    for (int length = 1; length <= longest; length++) {
        int32_t nth = (int32_t)(bits >> (LONGEST - length)) - codes->first[length];
        if (nth >= 0 && nth < codes->many[length])
            return codes->symbols[codes->before[length] + nth] | length << 8;
    }
    return -1;
}

/* Codes of one length are consecutive numbers, those of the next go on behind them (annex C). */
static int read_codes(Codes *codes, const uint8_t *table) {
    int code = 0, count = 0;
    for (int length = 1; length <= LONGEST; length++) {
        codes->first[length] = code;
        codes->many[length] = table[length - 1];
        codes->before[length] = count;
        code += table[length - 1];
        count += table[length - 1];
        if (code > 1 << length || count > 256)
            return 0;
        code <<= 1;
    }
    memcpy(codes->symbols, table + LONGEST, (size_t)count);
    return count != 0;
}

/* A number behind `from` bits of an index; of 0 bits where part of it is missing. */
typedef struct {
    int bits, symbol, value;
} Number;

static Number read_number(const Codes *codes, int index, int from) {
    int ahead = index << from & ((1 << LOOK) - 1), found = find_symbol(codes, (uint32_t)ahead << (16 - LOOK), LOOK - from);
    int length = found >> 8, symbol = found & 255, size = symbol & 15, left = LOOK - from - length - size;
    if (found < 0 || left < 0)
        return (Number){0, 0, 0};
    return (Number){length + size, symbol, extend(index >> left & ((1 << size) - 1), size)};
}

static int ends(Number number) {
    return number.bits && number.symbol == END;
}

static uint32_t dc_entry(const Codebook *book, int index) {
    Number number = read_number(&book->dc_codes, index, 0);
    if (!number.bits || number.symbol > LARGEST_DC)
        return 0;
    Number next = read_number(&book->ac_codes, index, number.bits);
    int bits = number.bits + (ends(next) ? next.bits : 0), step = ends(next) ? ENDED : 0;
    return (uint32_t)(bits | step << 8) | (uint32_t)number.value << 16;
}

static uint64_t ac_entry(const Codebook *book, int index) {
    Number one = read_number(&book->ac_codes, index, 0), other = {0, 0, 0};
    int bits = one.bits, to_one = BESIDE, to_other = 0, on = ENDED - BESIDE; /* nothing but an end */
    if (!bits || (!ends(one) && !is_number(one.symbol)))
        return 0;
    if (!ends(one)) {
        Number next = read_number(&book->ac_codes, index, bits);
        to_one = one.symbol >> 4;
        to_other = BESIDE;
        on = 1 - BESIDE;
        if (next.bits && is_number(next.symbol)) {
            other = next;
            bits += other.bits;
            to_other = 1 + (other.symbol >> 4);
            on = 1;
            next = read_number(&book->ac_codes, index, bits);
        }
        if (ends(next)) {
            bits += next.bits;
            on += ENDED;
        }
    }
    uint32_t low = (uint32_t)(bits | to_one << 8 | to_other << 16) | (uint32_t)(on & 255) << 24;
    return low | (uint64_t)(uint16_t)one.value << 32 | (uint64_t)(uint16_t)other.value << 48;
}

static size_t size_of(const uint8_t *table) {
    size_t count = LONGEST;
    for (int i = 0; i < LONGEST; i++)
        count += table[i];
    return count;
}

int make_codebook(Codebook *book, const uint8_t *dc, const uint8_t *ac) {
    const uint8_t *tables[] = {dc, ac};
    size_t sizes[] = {size_of(dc), size_of(ac)};
    if (sizes[0] > LONGEST && sizes[0] <= sizeof book->made_of[0] && sizes[1] <= sizeof book->made_of[1]
        && !memcmp(book->made_of[0], dc, sizes[0]) && !memcmp(book->made_of[1], ac, sizes[1]))
        return 1; /* as in the picture before */
    memset(book->made_of, 0, sizeof book->made_of);
    if (!read_codes(&book->dc_codes, dc) || !read_codes(&book->ac_codes, ac))
        return 0;
    for (int index = 0; index < 1 << LOOK; index++) {
        book->dc[index] = dc_entry(book, index);
        book->ac[index] = ac_entry(book, index);
    }
    for (int i = 0; i < 2; i++)
        memcpy(book->made_of[i], tables[i], sizes[i]);
    return 1;
}
