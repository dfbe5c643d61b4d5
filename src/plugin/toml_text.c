/* toml_text.c: TOML's four kinds of texts in quotes. */
#include "plugin/toml_internal.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>

#define BACKSLASH_HINT "write \\\\ for a backslash, or put the text in '…', where it stands for itself"

/* Where a text's content ends, or SIZE_MAX: nowhere. `at` is its start. */
static size_t find_end(const rf_toml_reader *reader, size_t at, char quote, bool multi) {
    rf_slice text = reader->text;
    for (; at < text.len; at++) {
        char c = text.data[at];
        if (c == '\\' && quote == '"')
            at++;
        if (!multi && (c == '\n' || (at < text.len && text.data[at] == '\n')))
            return SIZE_MAX;
        if (c != quote)
            continue;
        if (!multi)
            return at;
        if (text.len - at < 3 || text.data[at + 1] != quote || text.data[at + 2] != quote)
            continue;
        /* Up to two quotes may stand before the three that close. */
        for (int more = 0; more < 2 && text.len - at > 3 && text.data[at + 3] == quote; more++)
            at++;
        return at;
    }
    return SIZE_MAX;
}

/* \uXXXX or \UXXXXXXXX at `at` (of the u). */
static rf_code read_code_point(rf_toml_reader *reader, size_t at, size_t end, uint32_t *ret_char) {
    size_t digits = reader->text.data[at] == 'u' ? 4 : 8;
    uint32_t c = 0;
    for (size_t i = 1; i <= digits; i++) {
        char d = at + i < end ? reader->text.data[at + i] : '\0';
        uint32_t value = d >= '0' && d <= '9'                 ? (uint32_t)(d - '0')
                         : (d | 32) >= 'a' && (d | 32) <= 'f' ? (uint32_t)((d | 32) - 'a' + 10)
                                                              : 16;
        if (value > 15) {
            rf_code code = rf_toml_fail(reader, at - 1, "`\\%c` wants %zu hexadecimal digits behind it", reader->text.data[at], digits);
            rf_error_hint(reader->reterr, BACKSLASH_HINT);
            return code;
        }
        c = c << 4 | value;
    }
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return rf_toml_fail(reader, at - 1, "`\\%.*s` is no character", (int)digits + 1, reader->text.data + at);
    *ret_char = c;
    return RF_OK;
}

/* Behind a backslash at the end of a line: where the next text is; 0: it is no such backslash. */
static size_t skip_line_end(const rf_toml_reader *reader, size_t at, size_t end) {
    bool seen = false;
    for (; at < end && strchr(" \t\r\n", reader->text.data[at]) && reader->text.data[at]; at++)
        seen |= reader->text.data[at] == '\n';
    return seen ? at : 0;
}

/* One escape at `*at` (of the backslash); writes at most as much as it read. */
static rf_code read_escape(rf_toml_reader *reader, size_t *at, size_t end, bool multi, char *out, size_t *used) {
    static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
    char letter = *at + 1 < end ? reader->text.data[*at + 1] : '\0', shown[32];
    const char *found = letter ? strchr(from, letter) : NULL;
    size_t next = multi ? skip_line_end(reader, *at + 1, end) : 0;
    if (found) {
        out[(*used)++] = to[found - from];
        *at += 2;
    } else if (letter == 'u' || letter == 'U') {
        uint32_t c = 0;
        rf_code code = read_code_point(reader, *at + 1, end, &c);
        if (code)
            return code;
        *used += rf_utf8_encode(c, out + *used);
        *at += letter == 'u' ? 6 : 10;
    } else if (next) {
        *at = next;
    } else {
        rf_code code = rf_toml_fail(reader, *at, "a backslash followed by %s is no escape", rf_toml_show(reader, *at + 1, shown));
        rf_error_hint(reader->reterr, BACKSLASH_HINT);
        return code;
    }
    return RF_OK;
}

static rf_code decode(rf_toml_reader *reader, size_t at, size_t end, char quote, bool multi, char *out, size_t *ret_len) {
    size_t used = 0;
    char shown[32];
    while (at < end) {
        char c = reader->text.data[at];
        if (c == '\\' && quote == '"') {
            rf_code code = read_escape(reader, &at, end, multi, out, &used);
            if (code)
                return code;
            continue;
        }
        bool is_newline = multi && (c == '\n' || (c == '\r' && at + 1 < end && reader->text.data[at + 1] == '\n'));
        if (!is_newline && (((unsigned char)c < 0x20 && c != '\t') || c == 0x7F))
            return rf_toml_fail(reader, at, "%s in a text", c == '\r' ? "a carriage return" : rf_toml_show(reader, at, shown));
        if (!is_newline || c == '\n')
            out[used++] = c;
        at++;
    }
    *ret_len = used;
    return RF_OK;
}

rf_code rf_toml_text(rf_toml_reader *reader, bool multi, rf_slice *ret_text) {
    char quote = rf_toml_peek(reader, 0);
    assert(quote == '"' || quote == '\'');
    multi = multi && rf_toml_peek(reader, 1) == quote && rf_toml_peek(reader, 2) == quote;
    size_t opened = reader->at, quotes = multi ? 3 : 1, start = opened + quotes;
    size_t end = find_end(reader, start, quote, multi);
    if (end == SIZE_MAX) {
        rf_code code = rf_toml_fail(reader, opened, "the text is not closed: %.*s is missing", (int)quotes,
                                    quote == '"' ? "\"\"\"" : "'''");
        if (!multi)
            rf_error_hint(reader->reterr, "it must end on the line that it begins on");
        return code;
    }
    if (multi && reader->text.data[start] == '\r' && reader->text.data[start + 1] == '\n')
        start++;
    if (multi && reader->text.data[start] == '\n')
        start++;
    char *out = rf_arena_alloc(reader->arena, end - start + 1);
    if (!out)
        return rf_raise_nomem(reader->reterr);
    size_t len = 0;
    rf_code code = decode(reader, start, end, quote, multi, out, &len);
    if (code)
        return code;
    out[len] = '\0';
    *ret_text = (rf_slice){ out, len };
    reader->at = end + quotes;
    return RF_OK;
}
