/* utf8.c: UTF-8 checked, decoded, encoded and repaired. */
#include "base/utf8.h"

#include <assert.h>
#include <string.h>

enum { REPLACEMENT = 0xFFFD };

static bool is_tail(char c) { return ((unsigned char)c & 0xC0) == 0x80; }

size_t rf_utf8_decode(rf_slice text, uint32_t *ret_char) {
    assert(ret_char && (text.data || text.len == 0));
    if (text.len == 0)
        return 0;
    uint32_t lead = (unsigned char)text.data[0];
    if (lead < 0x80) {
        *ret_char = lead;
        return 1;
    }
    size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || bytes > text.len)
        return 0;
    uint32_t c = lead & (0x7Fu >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        if (!is_tail(text.data[i]))
            return 0;
        c = c << 6 | ((unsigned char)text.data[i] & 0x3Fu);
    }
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    if (c < least[bytes] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *ret_char = c;
    return bytes;
}

/* Length of the ASCII run that `text` starts with; eight bytes a step. */
static size_t ascii_run(rf_slice text) {
    size_t at = 0;
    for (; text.len - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, text.data + at, 8);
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (at < text.len && !((unsigned char)text.data[at] & 0x80))
        at++;
    return at;
}

/* The last eight bytes at the end, also where they overlap others. */
bool rf_utf8_is_ascii(rf_slice text) {
    uint64_t seen = 0, word;
    if (text.len < 8)
        return ascii_run(text) == text.len;
    for (size_t at = 0; at < text.len - 8; at += 8) {
        memcpy(&word, text.data + at, 8);
        seen |= word;
    }
    memcpy(&word, text.data + text.len - 8, 8);
    return !((seen | word) & UINT64_C(0x8080808080808080));
}

/* Length of the valid run that `text` starts with. */
static size_t valid_run(rf_slice text) {
    size_t at = 0;
    for (;;) {
        at += ascii_run((rf_slice){ text.data + at, text.len - at });
        uint32_t c;
        size_t bytes = at < text.len ? rf_utf8_decode((rf_slice){ text.data + at, text.len - at }, &c) : 0;
        if (bytes == 0)
            return at;
        at += bytes;
    }
}

bool rf_utf8_valid(rf_slice text) { return text.len == 0 || valid_run(text) == text.len; }

size_t rf_utf8_encode(uint32_t c, char out[4]) {
    assert(out);
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        c = REPLACEMENT;
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

rf_slice rf_utf8_clean_in(rf_arena *arena, rf_slice text) {
    assert(arena);
    size_t good = text.len ? valid_run(text) : 0;
    if (good == text.len)
        return text;
    /* Worst case: every byte from here on is invalid and becomes three. */
    size_t room;
    if (__builtin_mul_overflow(text.len - good, (size_t)3, &room) || __builtin_add_overflow(room, good, &room))
        return (rf_slice){ NULL, 0 };
    char *out = rf_arena_alloc(arena, room);
    if (!out)
        return (rf_slice){ NULL, 0 };
    size_t len = 0;
    while (text.len) {
        memcpy(out + len, text.data, good);
        len += good;
        if (good < text.len)
            len += rf_utf8_encode(REPLACEMENT, out + len);
        size_t used = good < text.len ? good + 1 : good;
        text = (rf_slice){ text.data + used, text.len - used };
        good = text.len ? valid_run(text) : 0;
    }
    return (rf_slice){ out, len };
}

rf_slice rf_utf8_clip(rf_slice text, size_t most) {
    if (text.len <= most)
        return text;
    text.len = most;
    for (size_t i = 0; i < 4 && i < most; i++) /* a character has at most three bytes behind its first */
        if (((unsigned char)text.data[most - i] & 0xC0) != 0x80) {
            text.len = most - i;
            break;
        }
    return text;
}

size_t rf_utf8_length(rf_slice text) {
    size_t count = 0, at = 0;
    while (at < text.len && (unsigned char)text.data[at] < 0x80) /* the usual text has nothing else */
        at++;
    for (count = at; at < text.len; count++) {
        uint32_t c;
        size_t bytes = rf_utf8_decode((rf_slice){ text.data + at, text.len - at }, &c);
        at += bytes ? bytes : 1;
    }
    return count;
}
