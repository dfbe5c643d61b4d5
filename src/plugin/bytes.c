/* bytes.c: bytes that need not be UTF-8 as text that is, and back. */
#include "plugin/bytes.h"

#include "base/utf8.h"

#include <assert.h>

/*
 * U+EF80 … U+EFBF is EE BE 80 … EE BE BF, U+EFC0 … U+EFFF is EE BF 80 … EE BF BF: the second byte holds bit 6 of the hidden
 * byte, the third one the six below.
 */
enum { LEAD = 0xEE, LOW_HALF = 0xBE, HIGH_HALF = 0xBF, HIDDEN_BYTES = 3 };

static unsigned byte_at(rf_slice text, size_t at) { return (unsigned char)text.data[at]; }

static bool is_hidden_at(rf_slice text, size_t at) {
    return text.len - at >= HIDDEN_BYTES && byte_at(text, at) == LEAD && (byte_at(text, at + 1) | 1u) == HIGH_HALF
           && (byte_at(text, at + 2) & 0xC0) == 0x80;
}

/* Where the next hidden byte stands at or behind `at`; text.len: there is none. */
static size_t find_hidden(rf_slice text, size_t at) {
    while (at < text.len) {
        const char *lead = memchr(text.data + at, LEAD, text.len - at);
        if (!lead)
            break;
        at = (size_t)(lead - text.data);
        if (is_hidden_at(text, at))
            return at;
        at++;
    }
    return text.len;
}

static void hide_byte(rf_buffer *out, unsigned byte) {
    assert(out && byte >= 0x80 && byte <= 0xFF);
    char hidden[HIDDEN_BYTES] = { (char)LEAD, (char)(byte & 0x40 ? HIGH_HALF : LOW_HALF), (char)(0x80 | (byte & 0x3F)) };
    rf_buffer_append(out, hidden, sizeof hidden);
}

/* Length of the run at `at` that may stand as it is: whole characters, none of them a hidden byte. */
static size_t plain_run(rf_slice bytes, size_t at) {
    size_t end = at;
    while (end < bytes.len) {
        uint32_t c;
        size_t len = byte_at(bytes, end) < 0x80 ? 1 : rf_utf8_decode((rf_slice){ bytes.data + end, bytes.len - end }, &c);
        if (len == 0 || is_hidden_at(bytes, end))
            break;
        end += len;
    }
    return end - at;
}

static rf_slice finished(const rf_buffer *scratch) {
    return scratch->failed ? (rf_slice){ NULL, 0 } : rf_buffer_view(scratch);
}

rf_slice rf_bytes_to_text(rf_slice bytes, rf_buffer *scratch) {
    assert(scratch && (bytes.data || bytes.len == 0));
    if (bytes.len == 0)
        return RF_SLICE("");
    if (rf_utf8_valid(bytes) && find_hidden(bytes, 0) == bytes.len)
        return bytes;
    rf_buffer_clear(scratch);
    (void)rf_buffer_reserve(scratch, bytes.len + HIDDEN_BYTES);
    for (size_t at = 0; at < bytes.len;) {
        size_t run = plain_run(bytes, at);
        rf_buffer_append(scratch, bytes.data + at, run);
        at += run;
        size_t hide = at == bytes.len ? 0 : is_hidden_at(bytes, at) ? HIDDEN_BYTES : 1;
        for (; hide > 0; hide--, at++)
            hide_byte(scratch, byte_at(bytes, at));
    }
    return finished(scratch);
}

rf_slice rf_text_to_bytes(rf_slice text, rf_buffer *scratch) {
    assert(scratch && (text.data || text.len == 0));
    if (text.len == 0)
        return RF_SLICE("");
    size_t hidden = find_hidden(text, 0);
    if (hidden == text.len)
        return text;
    rf_buffer_clear(scratch);
    for (size_t at = 0; at < text.len; hidden = find_hidden(text, at)) {
        rf_buffer_append(scratch, text.data + at, hidden - at);
        at = hidden;
        if (at < text.len) {
            rf_buffer_char(scratch, (char)(0x80 | (byte_at(text, at + 1) & 1u) << 6 | (byte_at(text, at + 2) & 0x3F)));
            at += HIDDEN_BYTES;
        }
    }
    return finished(scratch);
}
