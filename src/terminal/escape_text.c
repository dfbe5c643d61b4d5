/* escape_text.c: where texts end, and whether their last character is whole. */
#include "terminal/escape.h"

enum { DEL = 0x7F };

static bool is_text(unsigned char byte) { return byte >= 0x20 && byte != DEL; }

/* Eight bytes so that the first one is the lowest. */
static uint64_t load(const char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

size_t rf_escape_text_bytes(const char *bytes, size_t len) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    size_t at = 0;
    for (; len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word = load(bytes + at), deleted = word ^ ones * DEL;
        /* High bits of bytes under 0x20 and of bytes that are DEL; above the first one there may be false ones, which nobody looks at. */
        uint64_t hits = (((word - ones * 0x20) & ~word) | ((deleted - ones) & ~deleted)) & ones * 0x80;
        if (hits)
            return at + (size_t)__builtin_ctzll(hits) / 8;
    }
    while (at < len && is_text((unsigned char)bytes[at]))
        at++;
    return at;
}

/* Bytes of a character that begins so; 1 for what begins none. */
static size_t character_bytes(unsigned char first) {
    return first >= 0xF0 && first <= 0xF4 ? 4 : first >= 0xE0 && first <= 0xEF ? 3 : first >= 0xC2 && first <= 0xDF ? 2 : 1;
}

static bool is_continuation(char byte) { return ((unsigned char)byte & 0xC0) == 0x80; }

size_t rf_escape_unfinished(rf_slice text) {
    for (size_t back = 1; back <= 3 && back <= text.len; back++) {
        char byte = text.data[text.len - back];
        if (!is_continuation(byte))
            return character_bytes((unsigned char)byte) > back ? back : 0;
    }
    return 0;
}
