/* base64.c: standard base64 with padding (RFC 4648, section 4). */
#include "message/json.h"

#include <assert.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode_group(char *out, const unsigned char *in, size_t count) {
    assert(count >= 1 && count <= 3);
    unsigned bits = (unsigned)in[0] << 16 | (count > 1 ? (unsigned)in[1] << 8 : 0) | (count > 2 ? in[2] : 0u);
    out[0] = alphabet[bits >> 18];
    out[1] = alphabet[bits >> 12 & 63];
    out[2] = '=';
    out[3] = '=';
    if (count > 1)
        out[2] = alphabet[bits >> 6 & 63];
    if (count > 2)
        out[3] = alphabet[bits & 63];
}

void rf_base64_write(rf_buffer *out, rf_slice bytes) {
    assert(out);
    if (bytes.len > SIZE_MAX / 2 || !rf_buffer_reserve(out, (bytes.len + 2) / 3 * 4)) {
        out->failed = true;
        return;
    }
    const unsigned char *in = (const unsigned char *)bytes.data;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        encode_group(out->data + out->len, in + i, left < 3 ? left : 3);
        out->len += 4;
    }
}

/* 0..63, or 64 for a character that is not in the alphabet. */
static unsigned digit_of(char c) {
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0') + 52;
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* Decodes the `count` digits (2 to 4) of one group. Bits that no byte uses must be zero: one text per content. */
static bool decode_group(const char *in, size_t count, unsigned char *out) {
    assert(count >= 2 && count <= 4);
    unsigned bits = 0;
    for (size_t i = 0; i < 4; i++) {
        unsigned digit = i < count ? digit_of(in[i]) : 0;
        if (digit > 63)
            return false;
        bits = bits << 6 | digit;
    }
    if ((count == 2 && (bits & 0xffff)) || (count == 3 && (bits & 0xff)))
        return false;
    for (size_t i = 0; i + 1 < count; i++)
        out[i] = (unsigned char)(bits >> (16 - 8 * i));
    return true;
}

bool rf_base64_parse_in(rf_arena *arena, rf_slice text, rf_slice *ret_bytes) {
    assert(arena && ret_bytes);
    *ret_bytes = RF_SLICE(""); /* not NULL: that would say "no memory" */
    if (text.len % 4)
        return false;
    size_t len = text.len / 4 * 3;
    if (text.len && text.data[text.len - 1] == '=')
        len -= text.data[text.len - 2] == '=' ? 2 : 1;
    unsigned char *bytes = rf_arena_alloc(arena, len + 1);
    if (!bytes) {
        ret_bytes->data = NULL;
        return false;
    }
    for (size_t at = 0, in = 0; at < len; at += 3, in += 4)
        if (!decode_group(text.data + in, len - at < 3 ? len - at + 1 : 4, bytes + at))
            return false;
    bytes[len] = '\0';
    *ret_bytes = (rf_slice){ (const char *)bytes, len };
    return true;
}
