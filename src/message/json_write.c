/* json_write.c: values to JSON text. */
#include "message/json.h"

#include "message/order.h"
#include "message/time.h"

#include "base/number.h"
#include "base/utf8.h"

#include <assert.h>
#include <math.h>

static rf_code write_value(rf_buffer *out, const rf_value *value, unsigned flags, int depth, rf_error *reterr);

/* True for a byte that goes out as it is: neither escaped, nor part of a longer character. */
static bool plain(unsigned char c, unsigned flags) {
    if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
        return false;
    return !((flags & RF_JSON_ESCAPE_HTML) && (c == '<' || c == '>' || c == '&'));
}

/* Eight bytes at once: true when none of them is below 0x20, a quote, a backslash or outside ASCII. */
static bool plain_word(const char *text) {
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t word;
    memcpy(&word, text, sizeof word);
    uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\';
    uint64_t found = (word - ones * 0x20) | (quote - ones) | (slash - ones) | word;
    return !(found & tops);
}

static size_t plain_run(rf_slice text, size_t at, unsigned flags) {
    size_t start = at;
    if (!(flags & RF_JSON_ESCAPE_HTML))
        while (text.len - at >= 8 && plain_word(text.data + at))
            at += 8;
    while (at < text.len && plain((unsigned char)text.data[at], flags))
        at++;
    return at - start;
}

static void write_unit(rf_buffer *out, uint32_t unit) {
    static const char digits[] = "0123456789abcdef";
    char text[6] = { '\\', 'u', digits[unit >> 12 & 15], digits[unit >> 8 & 15], digits[unit >> 4 & 15], digits[unit & 15] };
    rf_buffer_append(out, text, sizeof text);
}

static void write_escape(rf_buffer *out, unsigned char c) {
    switch (c) {
    case '"': rf_buffer_append(out, "\\\"", 2); break;
    case '\\': rf_buffer_append(out, "\\\\", 2); break;
    case '\n': rf_buffer_append(out, "\\n", 2); break;
    case '\r': rf_buffer_append(out, "\\r", 2); break;
    case '\t': rf_buffer_append(out, "\\t", 2); break;
    case '\b': rf_buffer_append(out, "\\b", 2); break;
    case '\f': rf_buffer_append(out, "\\f", 2); break;
    default: write_unit(out, c); break;
    }
}

/* Writes what stands at the start of `text`, which is no plain byte; returns the bytes of `text` it used up. */
static size_t write_special(rf_buffer *out, rf_slice text, unsigned flags) {
    unsigned char c = (unsigned char)text.data[0];
    if (c < 0x80) {
        write_escape(out, c);
        return 1;
    }
    uint32_t decoded;
    size_t len = rf_utf8_decode(text, &decoded);
    if (len == 0) {
        rf_buffer_append(out, "\xef\xbf\xbd", 3);
        return 1;
    }
    if ((decoded == 0x2028 || decoded == 0x2029) && !(flags & RF_JSON_RAW_SEPARATORS))
        write_unit(out, decoded);
    else
        rf_buffer_append(out, text.data, len);
    return len;
}

void rf_json_write_string(rf_buffer *out, rf_slice text, unsigned flags) {
    assert(out && (text.data || text.len == 0));
    (void)rf_buffer_reserve(out, text.len + 2); /* all that most texts need */
    rf_buffer_char(out, '"');
    for (size_t at = 0; at < text.len;) {
        size_t run = plain_run(text, at, flags);
        if (run)
            rf_buffer_append(out, text.data + at, run);
        at += run;
        if (at < text.len)
            at += write_special(out, (rf_slice){ text.data + at, text.len - at }, flags);
    }
    rf_buffer_char(out, '"');
}

static rf_code write_double(rf_buffer *out, double number, rf_error *reterr) {
    if (!isfinite(number))
        return rf_raise(reterr, RF_ESCRIPT, "JSON cannot hold %s", isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
    char text[RF_NUMBER_TEXT_MAX];
    rf_buffer_append(out, text, rf_number_json(number, text));
    return RF_OK;
}

static rf_code write_int(rf_buffer *out, int64_t number) {
    char text[RF_NUMBER_TEXT_MAX];
    rf_buffer_append(out, text, rf_number_i64(number, text));
    return RF_OK;
}

static size_t digits_from(rf_slice text, size_t at) {
    while (at < text.len && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at;
}

/* The grammar of RFC 8259 alone: a number too large for a double is passed on as it came. */
static bool is_json_number(rf_slice text) {
    size_t at = text.len && text.data[0] == '-', start = at;
    at = digits_from(text, at);
    if (at == start || (text.data[start] == '0' && at - start > 1))
        return false;
    if (at < text.len && text.data[at] == '.') {
        start = ++at;
        at = digits_from(text, at);
        if (at == start)
            return false;
    }
    if (at < text.len && (text.data[at] | 0x20) == 'e') {
        at++;
        at += at < text.len && (text.data[at] == '+' || text.data[at] == '-');
        start = at;
        at = digits_from(text, at);
        if (at == start)
            return false;
    }
    return at == text.len;
}

static rf_code write_number(rf_buffer *out, rf_slice text, rf_error *reterr) {
    if (!is_json_number(text))
        return rf_raise(reterr, RF_ESCRIPT, "JSON cannot hold the number \"%.*s\"", RF_SLICE_ARG(text));
    rf_buffer_slice(out, text);
    return RF_OK;
}

static rf_code write_time(rf_buffer *out, double ms, rf_error *reterr) {
    rf_buffer_char(out, '"');
    if (!rf_time_json(out, ms))
        return rf_raise(reterr, RF_ESCRIPT, isnan(ms) ? "JSON cannot hold an invalid date"
                                                      : "JSON cannot hold a date outside the years 0 to 9999");
    rf_buffer_char(out, '"');
    return RF_OK;
}

static rf_code write_bytes(rf_buffer *out, rf_slice bytes) {
    rf_buffer_char(out, '"');
    rf_base64_write(out, bytes);
    rf_buffer_char(out, '"');
    return RF_OK;
}

static rf_code write_list(rf_buffer *out, const rf_value *list, unsigned flags, int depth, rf_error *reterr) {
    rf_buffer_char(out, '[');
    for (uint32_t i = 0; i < list->size; i++) {
        if (i)
            rf_buffer_char(out, ',');
        rf_code code = write_value(out, &list->items[i], flags, depth + 1, reterr);
        if (code)
            return code;
    }
    rf_buffer_char(out, ']');
    return RF_OK;
}

static rf_code write_member(rf_buffer *out, const rf_member *member, unsigned flags, int depth, rf_error *reterr) {
    rf_json_write_string(out, member->key, flags);
    rf_buffer_char(out, ':');
    return write_value(out, &member->value, flags, depth + 1, reterr);
}

static rf_code write_map(rf_buffer *out, const rf_value *map, unsigned flags, int depth, rf_error *reterr) {
    RF_CLEANUP(rf_order_done) rf_order order;
    bool sorted = flags & RF_JSON_SORT_KEYS;
    order.members = order.small; /* nothing to release */
    if (sorted && !rf_order_init(&order, map))
        return rf_raise_nomem(reterr);
    rf_buffer_char(out, '{');
    for (uint32_t i = 0; i < map->size; i++) {
        if (i)
            rf_buffer_char(out, ',');
        rf_code code = write_member(out, sorted ? order.members[i] : &map->members[i], flags, depth, reterr);
        if (code)
            return code;
    }
    rf_buffer_char(out, '}');
    return RF_OK;
}

static rf_code write_nested(rf_buffer *out, const rf_value *value, unsigned flags, int depth, rf_error *reterr) {
    if (depth >= RF_VALUE_DEPTH_MAX)
        return rf_raise(reterr, RF_ELIMIT, "a value nested deeper than %d levels", RF_VALUE_DEPTH_MAX);
    if (value->kind == RF_LIST)
        return write_list(out, value, flags, depth, reterr);
    return write_map(out, value, flags, depth, reterr);
}

static rf_code write_text(rf_buffer *out, const char *text) {
    rf_buffer_text(out, text);
    return RF_OK;
}

static rf_code write_string(rf_buffer *out, rf_slice text, unsigned flags) {
    rf_json_write_string(out, text, flags);
    return RF_OK;
}

static rf_code write_value(rf_buffer *out, const rf_value *value, unsigned flags, int depth, rf_error *reterr) {
    switch ((rf_value_kind)value->kind) {
    case RF_NULL: return write_text(out, "null");
    case RF_BOOL: return write_text(out, value->truth ? "true" : "false");
    case RF_INT: return write_int(out, value->integer);
    case RF_DOUBLE: return write_double(out, value->number, reterr);
    case RF_NUMBER: return write_number(out, rf_value_text(value), reterr);
    case RF_BIGINT: rf_buffer_slice(out, rf_value_text(value)); return RF_OK;
    case RF_STRING: case RF_RAW: return write_string(out, rf_value_text(value), flags);
    case RF_BYTES: return write_bytes(out, rf_value_text(value));
    case RF_TIME: return write_time(out, value->number, reterr);
    case RF_LIST: case RF_MAP: return write_nested(out, value, flags, depth, reterr);
    case RF_OPAQUE: return rf_raise(reterr, RF_ESCRIPT, "JSON cannot hold a %.*s", RF_SLICE_ARG(rf_value_text(value)));
    case RF_LAZY_INITIAL: case RF_LAZY_KEYS: break;
    }
    assert(false && "resolved first");
    return rf_raise(reterr, RF_ESCRIPT, "JSON cannot hold metadata that nobody has read");
}

rf_code rf_json_write(rf_buffer *out, const rf_value *value, unsigned flags, rf_error *reterr) {
    assert(out && value);
    rf_code code = write_value(out, value, flags, 0, reterr);
    if (!code && out->failed)
        return rf_raise_nomem(reterr);
    return code;
}
