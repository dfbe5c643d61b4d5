/* slice.c: comparing, cutting and converting slices. */
#include "base/slice.h"

#include "base/utf8.h"

#include <assert.h>

int rf_slice_compare(rf_slice a, rf_slice b) {
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    if (order)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

/* By hand: tolower() asks the locale. */
static unsigned char lower(char c) {
    unsigned char byte = (unsigned char)c;
    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte + ('a' - 'A')) : byte;
}

bool rf_slice_eq_nocase(rf_slice a, rf_slice b) {
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.data[i]) != lower(b.data[i]))
            return false;
    return true;
}

size_t rf_slice_find(rf_slice slice, char c) {
    const char *hit = slice.len ? memchr(slice.data, c, slice.len) : NULL;
    return hit ? (size_t)(hit - slice.data) : slice.len;
}

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

rf_slice rf_slice_trim(rf_slice slice) {
    while (slice.len && is_blank(slice.data[0])) {
        slice.data++;
        slice.len--;
    }
    while (slice.len && is_blank(slice.data[slice.len - 1]))
        slice.len--;
    return slice;
}

/* The White_Space property of Unicode 15. */
static bool is_unicode_space(uint32_t c) {
    if (c <= 0x20)
        return c == ' ' || (c >= '\t' && c <= '\r');
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029
           || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Bytes of the white space that `slice` ends in; 0 when it ends in something else. */
static size_t space_at_end(rf_slice slice) {
    for (size_t bytes = 1; bytes <= 3 && bytes <= slice.len; bytes++) {
        uint32_t c;
        rf_slice tail = { slice.data + (slice.len - bytes), bytes };
        if (rf_utf8_decode(tail, &c) == bytes)
            return is_unicode_space(c) ? bytes : 0;
    }
    return 0;
}

rf_slice rf_slice_trim_unicode(rf_slice slice) {
    assert(slice.data || slice.len == 0);
    uint32_t c;
    size_t bytes;
    while ((bytes = rf_utf8_decode(slice, &c)) && is_unicode_space(c)) {
        slice.data += bytes;
        slice.len -= bytes;
    }
    while ((bytes = space_at_end(slice)))
        slice.len -= bytes;
    return slice;
}

static uint64_t load_64(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static uint64_t load_32(const char *at) {
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* All bytes of a text of 1 to 8. */
static uint64_t load_short(const char *at, size_t len) {
    const unsigned char *bytes = (const unsigned char *)at;
    if (len >= 4)
        return load_32(at) << 32 | load_32(at + len - 4);
    return (uint64_t)bytes[0] << 16 | (uint64_t)bytes[len / 2] << 8 | bytes[len - 1];
}

static uint64_t mix(uint64_t hash) {
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

/* Eight bytes at a time, the last eight at the end, also where they overlap. */
uint32_t rf_slice_hash(rf_slice slice) {
    uint64_t hash = mix(slice.len + 1);
    if (slice.len > 8) {
        const char *last = slice.data + slice.len - 8;
        for (const char *at = slice.data; at < last; at += 8)
            hash = mix(hash ^ load_64(at));
        hash ^= load_64(last);
    } else if (slice.len) {
        hash ^= load_short(slice.data, slice.len);
    }
    return (uint32_t)(mix(mix(hash)) >> 16);
}
