/* manifest_value.c: values of a manifest by type, as TOML has them or as they stand in a comment. */
#include "plugin/manifest_internal.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

/* A comment's value as TOML, or a bare text. */
static bool parse(rf_manifest_reader *reader, rf_manifest_value *value) {
    if (value->toml)
        return true;
    rf_error error = { 0 };
    rf_toml *toml = NULL;
    if (rf_toml_read_value(reader->arena, reader->source, value->offset, value->raw.len, &toml, &error))
        return rf_manifest_pass_on(reader, &error);
    value->toml = toml;
    return true;
}

const char *rf_manifest_kind(const rf_toml *value) {
    static const char *const names[] = { "a text", "a whole number", "a number", "true or false", "a date or time", "an array", "a table" };
    return names[value->kind];
}

/* What was written, for messages: in marks, or a word for what has no short form. */
static const char *show(const rf_manifest_reader *reader, const rf_manifest_value *value, char out[64]) {
    if (value->toml && (value->toml->kind == RF_TOML_ARRAY || value->toml->kind == RF_TOML_TABLE))
        return rf_manifest_kind(value->toml);
    rf_slice word = value->raw;
    if (reader->is_toml && value->toml->kind == RF_TOML_STRING) {
        (void)snprintf(out, 64, "\"%.*s\"", RF_SLICE_ARG(rf_manifest_clip(value->toml->text)));
        return out;
    }
    if (reader->is_toml) {
        rf_slice text = reader->source->text;
        size_t end = value->offset;
        while (end < text.len && !strchr("\r\n,]}#", text.data[end]))
            end++;
        word = rf_slice_trim((rf_slice){ text.data + value->offset, end - value->offset });
    }
    (void)snprintf(out, 64, "`%.*s`", RF_SLICE_ARG(rf_manifest_clip(word)));
    return out;
}

static bool fail_kind(rf_manifest_reader *reader, const rf_manifest_value *value, const char *wanted) {
    char shown[64];
    return rf_manifest_fail(reader, value->offset, "`%.*s` is %s, not %s", RF_SLICE_ARG(value->key), wanted, show(reader, value, shown));
}

/* After fail_kind: a number or a boolean that was put in quotes. */
static void hint_quotes(rf_manifest_reader *reader, const rf_manifest_value *value) {
    rf_slice text = value->toml->kind == RF_TOML_STRING && (reader->is_toml || value->raw.data[0] == '"') ? value->toml->text
                                                                                                          : RF_SLICE("");
    int64_t number;
    if (rf_number_parse_i64(text, &number) || rf_slice_is(text, "true") || rf_slice_is(text, "false"))
        rf_error_hint(reader->last, "write it without quotes: %.*s", RF_SLICE_ARG(text));
}

static bool has_control(rf_slice text) {
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7F)
            return true;
    }
    return false;
}

/* Comments: a text need not be in quotes, whatever it looks like, unless it begins with one. */
static bool read_text(rf_manifest_reader *reader, rf_manifest_value *value, rf_slice *ret) {
    bool is_bare = !reader->is_toml && !value->toml && (value->raw.len == 0 || (value->raw.data[0] != '"' && value->raw.data[0] != '\''));
    if (!is_bare && !parse(reader, value))
        return false;
    if (!is_bare && value->toml->kind == RF_TOML_STRING) {
        *ret = value->toml->text;
        return true;
    }
    if (reader->is_toml) {
        char shown[64];
        (void)fail_kind(reader, value, "a text");
        if (value->toml->kind != RF_TOML_ARRAY && value->toml->kind != RF_TOML_TABLE) {
            const char *word = show(reader, value, shown);
            rf_error_hint(reader->last, "put it in quotes: \"%.*s\"", (int)strlen(word) - 2, word + 1);
        }
        return false;
    }
    return rf_manifest_take(reader, value->raw, ret);
}

bool rf_manifest_take(rf_manifest_reader *reader, rf_slice raw, rf_slice *ret) {
    if (!rf_utf8_valid(raw)) {
        size_t at = 0;
        uint32_t c;
        for (size_t len; (len = rf_utf8_decode((rf_slice){ raw.data + at, raw.len - at }, &c)) > 0;)
            at += len;
        (void)rf_manifest_fail(reader, (size_t)(raw.data + at - reader->source->text.data), "the byte 0x%02X is no UTF-8",
                               (unsigned)(unsigned char)raw.data[at]);
        rf_error_hint(reader->last, "save the file as UTF-8");
        return false;
    }
    *ret = rf_slice_dup_in(reader->arena, raw);
    return ret->data ? true : rf_manifest_no_memory(reader);
}

bool rf_manifest_check_line(rf_manifest_reader *reader, rf_slice key, rf_slice text, size_t offset) {
    if (!has_control(text))
        return true;
    return rf_manifest_fail(reader, offset, "`%.*s` has a control character or a line break in it", RF_SLICE_ARG(key));
}

bool rf_manifest_text(rf_manifest_reader *reader, rf_manifest_value *value, size_t most, rf_slice *ret) {
    if (!read_text(reader, value, ret))
        return false;
    if (ret->len == 0) {
        (void)rf_manifest_fail(reader, value->offset, "`%.*s` is empty", RF_SLICE_ARG(value->key));
        rf_error_hint(reader->last, "give it a value, or take it out");
        return false;
    }
    if (ret->len > most)
        return rf_manifest_fail(reader, value->offset, "`%.*s` is too long: %zu bytes, at most %zu", RF_SLICE_ARG(value->key), ret->len,
                                most);
    return rf_manifest_check_line(reader, value->key, *ret, value->offset);
}

/* In a comment: a whole number, though maybe one that is too large. */
static bool is_digits(rf_slice raw) {
    size_t at = raw.len > 1 && (raw.data[0] == '-' || raw.data[0] == '+');
    for (; at < raw.len; at++) {
        if (raw.data[at] < '0' || raw.data[at] > '9' || raw.data[0] == '0')
            return false;
    }
    return raw.len > 0;
}

bool rf_manifest_int(rf_manifest_reader *reader, rf_manifest_value *value, int64_t least, int64_t most, int64_t *ret) {
    if (!parse(reader, value))
        return false;
    if (value->toml->kind != RF_TOML_INT && is_digits(value->raw))
        return rf_manifest_fail(reader, value->offset, "`%.*s` is outside of %lld to %lld", RF_SLICE_ARG(value->key), (long long)least,
                                (long long)most);
    if (value->toml->kind != RF_TOML_INT) {
        (void)fail_kind(reader, value, "a whole number");
        hint_quotes(reader, value);
        return false;
    }
    *ret = value->toml->integer;
    if (*ret >= least && *ret <= most)
        return true;
    return rf_manifest_fail(reader, value->offset, "`%.*s` is %lld, outside of %lld to %lld", RF_SLICE_ARG(value->key), (long long)*ret,
                            (long long)least, (long long)most);
}

bool rf_manifest_bool(rf_manifest_reader *reader, rf_manifest_value *value, bool *ret) {
    if (!parse(reader, value))
        return false;
    if (value->toml->kind != RF_TOML_BOOL) {
        (void)fail_kind(reader, value, "true or false");
        hint_quotes(reader, value);
        return false;
    }
    *ret = value->toml->boolean;
    return true;
}

bool rf_manifest_number(rf_manifest_reader *reader, rf_manifest_value *value, double *ret) {
    if (!parse(reader, value))
        return false;
    bool is_int = value->toml->kind == RF_TOML_INT;
    if (!is_int && (value->toml->kind != RF_TOML_FLOAT || !isfinite(value->toml->number))) {
        (void)fail_kind(reader, value, "a number");
        hint_quotes(reader, value);
        return false;
    }
    *ret = is_int ? (double)value->toml->integer : value->toml->number;
    return true;
}

/* ---- Durations and sizes ---- */

static const struct { const char *unit; uint64_t ns; } time_units[] = {
    { "h", 3600 * RF_NS_PER_S }, { "m", 60 * RF_NS_PER_S }, { "s", RF_NS_PER_S }, { "ms", RF_NS_PER_MS }, { "us", 1000 }, { "ns", 1 },
};
static const struct { const char *unit; uint64_t bytes; } size_units[] = {
    { "GiB", UINT64_C(1) << 30 }, { "MiB", UINT64_C(1) << 20 }, { "KiB", UINT64_C(1) << 10 }, { "B", 1 }, { "GB", 1000000000 },
    { "MB", 1000000 }, { "KB", 1000 }, { "G", UINT64_C(1) << 30 }, { "M", UINT64_C(1) << 20 }, { "K", UINT64_C(1) << 10 }, { "", 1 },
};

void rf_manifest_put_duration(rf_buffer *out, uint64_t ns) {
    unsigned i = 0;
    while (ns % time_units[i].ns != 0)
        i++;
    rf_buffer_printf(out, "%llu%s", (unsigned long long)(ns / time_units[i].ns), time_units[i].unit);
}

void rf_manifest_put_size(rf_buffer *out, size_t bytes) {
    unsigned i = 0;
    while (bytes % size_units[i].bytes != 0)
        i++;
    rf_buffer_printf(out, "%llu%s", (unsigned long long)(bytes / size_units[i].bytes), size_units[i].unit);
}

/* Out of bounds: what was written, and both bounds in the words of `put`. */
static bool fail_bounds(rf_manifest_reader *reader, const rf_manifest_value *value, rf_slice text, rf_slice bounds) {
    return rf_manifest_fail(reader, value->offset, "`%.*s` is %.*s, outside of %.*s", RF_SLICE_ARG(value->key),
                            RF_SLICE_ARG(rf_manifest_clip(text)), RF_SLICE_ARG(bounds));
}

/* The text of a duration or a size; of a bare number its digits. */
static bool read_measure(rf_manifest_reader *reader, rf_manifest_value *value, const char *wanted, rf_slice *ret) {
    if (!parse(reader, value))
        return false;
    if (value->toml->kind == RF_TOML_STRING) {
        *ret = rf_slice_trim(value->toml->text);
        return true;
    }
    if (value->toml->kind != RF_TOML_INT)
        return fail_kind(reader, value, wanted);
    *ret = rf_printf_in(reader->arena, "%lld", (long long)value->toml->integer);
    return ret->data ? true : rf_manifest_no_memory(reader);
}

bool rf_manifest_duration(rf_manifest_reader *reader, rf_manifest_value *value, uint64_t least_ns, uint64_t most_ns, uint64_t *ret_ns) {
    rf_slice text;
    int64_t plain;
    if (!read_measure(reader, value, "a duration such as 50ms", &text))
        return false;
    if (rf_number_parse_i64(text, &plain) && plain != 0) {
        (void)rf_manifest_fail(reader, value->offset, "`%.*s` is a duration, and %.*s has no unit", RF_SLICE_ARG(value->key),
                               RF_SLICE_ARG(text));
        rf_error_hint(reader->last, "the units are us, ms, s, m and h, such as 50ms");
        return false;
    }
    if (!rf_clock_parse_duration(text, ret_ns)) {
        (void)fail_kind(reader, value, "a duration such as 50ms");
        rf_error_hint(reader->last, "a number and its unit without a blank: us, ms, s, m or h");
        return false;
    }
    if (*ret_ns >= least_ns && *ret_ns <= most_ns)
        return true;
    RF_CLEANUP(rf_buffer_done) rf_buffer bounds = { 0 };
    rf_manifest_put_duration(&bounds, least_ns);
    rf_buffer_text(&bounds, " to ");
    rf_manifest_put_duration(&bounds, most_ns);
    return bounds.failed ? rf_manifest_no_memory(reader) : fail_bounds(reader, value, text, rf_buffer_view(&bounds));
}

static bool parse_size(rf_slice text, uint64_t *ret) {
    size_t digits = 0;
    while (digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9')
        digits++;
    int64_t number;
    if (!rf_number_parse_i64((rf_slice){ text.data, digits }, &number))
        return false;
    rf_slice unit = rf_slice_trim((rf_slice){ text.data + digits, text.len - digits });
    for (size_t i = 0; i < sizeof size_units / sizeof *size_units; i++) {
        if (rf_slice_eq_nocase(unit, rf_slice_of(size_units[i].unit)))
            return !__builtin_mul_overflow((uint64_t)number, size_units[i].bytes, ret);
    }
    return false;
}

bool rf_manifest_size(rf_manifest_reader *reader, rf_manifest_value *value, size_t least, size_t most, size_t *ret) {
    rf_slice text;
    uint64_t bytes;
    if (!read_measure(reader, value, "a size such as 16MiB", &text))
        return false;
    if (!parse_size(text, &bytes)) {
        (void)fail_kind(reader, value, "a size such as 16MiB");
        rf_error_hint(reader->last, "a whole number and its unit: KiB, MiB or GiB");
        return false;
    }
    *ret = (size_t)bytes;
    if (bytes >= least && bytes <= most)
        return true;
    RF_CLEANUP(rf_buffer_done) rf_buffer bounds = { 0 };
    rf_manifest_put_size(&bounds, least);
    rf_buffer_text(&bounds, " to ");
    rf_manifest_put_size(&bounds, most);
    if (bounds.failed)
        return rf_manifest_no_memory(reader);
    (void)fail_bounds(reader, value, text, rf_buffer_view(&bounds));
    if (is_digits(text))
        rf_error_hint(reader->last, "without a unit it is bytes; the units are KiB, MiB and GiB");
    return false;
}
