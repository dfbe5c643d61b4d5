/* toml_scalar.c: TOML's numbers, booleans, dates and times. */
#include "plugin/toml_internal.h"

#include "base/number.h"
#include "base/slice.h"

#include <assert.h>
#include <math.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* ---- Dates and times ---- */

/* `count` digits at *at as a number within least … most. */
static bool take_number(rf_slice word, size_t *at, size_t count, unsigned least, unsigned most, unsigned *ret) {
    if (word.len - *at < count)
        return false;
    unsigned value = 0;
    for (size_t i = 0; i < count; i++) {
        char c = word.data[*at + i];
        if (!is_digit(c))
            return false;
        value = value * 10 + (unsigned)(c - '0');
    }
    *at += count;
    *ret = value;
    return value >= least && value <= most;
}

static bool take_char(rf_slice word, size_t *at, const char *any) {
    if (*at >= word.len || !word.data[*at] || !strchr(any, word.data[*at]))
        return false;
    (*at)++;
    return true;
}

static unsigned days_of(unsigned year, unsigned month) {
    static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && is_leap ? 29 : days[month - 1];
}

static bool take_date(rf_slice word, size_t *at) {
    unsigned year, month, day;
    return take_number(word, at, 4, 0, 9999, &year) && take_char(word, at, "-") && take_number(word, at, 2, 1, 12, &month)
           && take_char(word, at, "-") && take_number(word, at, 2, 1, days_of(year, month), &day);
}

static bool take_clock(rf_slice word, size_t *at) {
    unsigned part;
    if (!take_number(word, at, 2, 0, 23, &part) || !take_char(word, at, ":") || !take_number(word, at, 2, 0, 59, &part)
        || !take_char(word, at, ":") || !take_number(word, at, 2, 0, 60, &part))
        return false;
    if (!take_char(word, at, "."))
        return true;
    size_t start = *at;
    while (*at < word.len && is_digit(word.data[*at]))
        (*at)++;
    return *at > start;
}

static bool take_zone(rf_slice word, size_t *at) {
    unsigned part;
    return take_char(word, at, "Zz")
           || (take_char(word, at, "+-") && take_number(word, at, 2, 0, 23, &part) && take_char(word, at, ":")
               && take_number(word, at, 2, 0, 59, &part));
}

bool rf_toml_is_time(rf_slice word) {
    size_t at = 0;
    if (word.len > 2 && word.data[2] == ':')
        return take_clock(word, &at) && at == word.len;
    if (!take_date(word, &at))
        return false;
    if (at == word.len)
        return true;
    if (!take_char(word, &at, "Tt ") || !take_clock(word, &at))
        return false;
    return at == word.len || (take_zone(word, &at) && at == word.len);
}

static bool looks_like_time(rf_slice word) {
    for (size_t i = 0; i < 4; i++) {
        if (i >= word.len)
            return false;
        if (i == 2 && word.data[i] == ':')
            return true;
        if (!is_digit(word.data[i]))
            return false;
    }
    return word.len > 4 && word.data[4] == '-';
}

/* ---- Numbers ---- */

static int digit_value(char c) {
    if (is_digit(c))
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* Digits of a base with single underscores between them; *ret_fits false: more than 63 bits. */
static bool read_based(rf_slice digits, unsigned base, uint64_t *ret, bool *ret_fits) {
    uint64_t value = 0;
    bool after_digit = false;
    *ret_fits = true;
    for (size_t i = 0; i < digits.len; i++) {
        int digit = digit_value(digits.data[i]);
        if (digits.data[i] == '_' ? !after_digit : digit >= (int)base)
            return false;
        after_digit = digits.data[i] != '_';
        if (after_digit && (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, (unsigned)digit, &value)))
            *ret_fits = false;
    }
    *ret = value;
    return after_digit;
}

/* Passes digits with single underscores between them; false: none, or an underscore elsewhere. */
static bool pass_digits(rf_slice word, size_t *at) {
    bool after_digit = false;
    for (; *at < word.len && (is_digit(word.data[*at]) || word.data[*at] == '_'); (*at)++) {
        if (word.data[*at] == '_' && !after_digit)
            return false;
        after_digit = word.data[*at] != '_';
    }
    return after_digit;
}

/* The form of a decimal number; *ret_float: it has a fraction or an exponent. */
static bool has_decimal_form(rf_slice word, bool *ret_float) {
    size_t at = 0;
    *ret_float = false;
    (void)take_char(word, &at, "+-");
    size_t whole = at;
    if (!pass_digits(word, &at) || (word.data[whole] == '0' && at > whole + 1))
        return false;
    if (take_char(word, &at, ".")) {
        *ret_float = true;
        if (!pass_digits(word, &at))
            return false;
    }
    if (take_char(word, &at, "eE")) {
        *ret_float = true;
        (void)take_char(word, &at, "+-");
        if (!pass_digits(word, &at))
            return false;
    }
    return at == word.len;
}

static rf_code read_float(rf_toml_reader *reader, rf_toml_node *node, rf_slice word) {
    char *digits = rf_arena_alloc(reader->arena, word.len + 1);
    if (!digits)
        return rf_raise_nomem(reader->reterr);
    size_t len = 0;
    for (size_t i = word.data[0] == '+'; i < word.len; i++) {
        if (word.data[i] != '_')
            digits[len++] = word.data[i];
    }
    node->toml.kind = RF_TOML_FLOAT;
    if (!rf_number_parse_json((rf_slice){ digits, len }, &node->toml.number))
        return rf_toml_fail(reader, node->toml.offset, "the number %.*s is too large", RF_SLICE_ARG(rf_toml_clip(word)));
    return RF_OK;
}

static rf_code read_integer(rf_toml_reader *reader, rf_toml_node *node, rf_slice word, rf_slice digits, unsigned base) {
    uint64_t value;
    bool fits, is_negative = word.data[0] == '-';
    if (!read_based(digits, base, &value, &fits))
        return rf_toml_fail(reader, node->toml.offset, "`%.*s` is no number", RF_SLICE_ARG(rf_toml_clip(word)));
    if (!fits || value > (uint64_t)INT64_MAX + is_negative)
        return rf_toml_fail(reader, node->toml.offset, "the integer %.*s does not fit 64 bits", RF_SLICE_ARG(rf_toml_clip(word)));
    node->toml.kind = RF_TOML_INT;
    node->toml.integer = is_negative ? (int64_t)(0 - value) : (int64_t)value;
    return RF_OK;
}

static bool has_pair(rf_slice word, const char *pair) {
    for (size_t i = 1; i < word.len; i++) {
        if (word.data[i - 1] == pair[0] && word.data[i] == pair[1])
            return true;
    }
    return false;
}

static rf_code fail_number(rf_toml_reader *reader, const rf_toml_node *node, rf_slice word) {
    rf_slice digits = is_digit(word.data[0]) ? word : (rf_slice){ word.data + 1, word.len - 1 };
    rf_code code = rf_toml_fail(reader, node->toml.offset, "`%.*s` is no number", RF_SLICE_ARG(rf_toml_clip(word)));
    bool ends_open = word.data[word.len - 1] == '_';
    if (ends_open || has_pair(word, "__") || has_pair(word, "_.") || has_pair(word, "._"))
        rf_error_hint(reader->reterr, "an underscore stands between two digits");
    else if (digits.len > 1 && digits.data[0] == '0' && is_digit(digits.data[1]))
        rf_error_hint(reader->reterr, "numbers have no zeros at their front; a text stands in quotes");
    else if (word.data[word.len - 1] == '.' || has_pair(word, ".e"))
        rf_error_hint(reader->reterr, "a digit stands on each side of the point");
    else
        rf_error_hint(reader->reterr, "if it is meant as a text, put it in quotes: \"%.*s\"", RF_SLICE_ARG(rf_toml_clip(word)));
    return code;
}

static rf_code read_number(rf_toml_reader *reader, rf_toml_node *node, rf_slice word) {
    unsigned base = 10;
    if (word.len > 1 && word.data[0] == '0')
        base = word.data[1] == 'x' ? 16 : word.data[1] == 'o' ? 8 : word.data[1] == 'b' ? 2 : 10;
    if (base != 10)
        return read_integer(reader, node, word, (rf_slice){ word.data + 2, word.len - 2 }, base);
    bool is_float;
    if (!has_decimal_form(word, &is_float))
        return fail_number(reader, node, word);
    size_t sign = word.data[0] == '+' || word.data[0] == '-';
    return is_float ? read_float(reader, node, word)
                    : read_integer(reader, node, word, (rf_slice){ word.data + sign, word.len - sign }, 10);
}

/* ---- Words ---- */

/* What stands up to the next blank or mark; a date takes the time behind a blank with it. */
static rf_slice take_word(rf_toml_reader *reader) {
    rf_slice rest = { reader->text.data + reader->at, reader->text.len - reader->at };
    size_t len = 0;
    while (len < rest.len && (unsigned char)rest.data[len] > ' ' && !strchr(",]}#=[{\"'\x7F", rest.data[len]))
        len++;
    if (len == 10 && rest.len > 12 && rest.data[10] == ' ' && is_digit(rest.data[11]) && looks_like_time(rest)) {
        for (len = 11; len < rest.len && (is_digit(rest.data[len]) || (rest.data[len] && strchr(":.+-Zz", rest.data[len])));)
            len++;
    }
    reader->at += len;
    return (rf_slice){ rest.data, len };
}

static bool read_word(rf_slice word, rf_toml *value) {
    bool is_negative = word.len && word.data[0] == '-';
    rf_slice name = word.len && (word.data[0] == '-' || word.data[0] == '+') ? (rf_slice){ word.data + 1, word.len - 1 } : word;
    if (rf_slice_is(word, "true") || rf_slice_is(word, "false")) {
        value->kind = RF_TOML_BOOL;
        value->boolean = word.len == 4;
        return true;
    }
    bool is_inf = rf_slice_is(name, "inf");
    if (!is_inf && !rf_slice_is(name, "nan"))
        return false;
    value->kind = RF_TOML_FLOAT;
    value->number = (is_negative ? -1.0 : 1.0) * (double)(is_inf ? INFINITY : NAN);
    return true;
}

/* "true", "false", or NULL: words that other formats have for them. */
static const char *boolean_meant(rf_slice word) {
    static const char *const words[] = { "true", "yes", "on", "false", "no", "off" };
    for (unsigned i = 0; i < 6; i++) {
        if (rf_slice_eq_nocase(word, rf_slice_of(words[i])))
            return words[i < 3 ? 0 : 3];
    }
    return NULL;
}

static rf_code fail_word(rf_toml_reader *reader, size_t offset, rf_slice word) {
    char shown[32];
    if (word.len == 0)
        return rf_toml_fail(reader, offset, "a value is missing before %s", rf_toml_show(reader, offset, shown));
    rf_code code = rf_toml_fail(reader, offset, "`%.*s` is no value", RF_SLICE_ARG(rf_toml_clip(word)));
    const char *meant = boolean_meant(word);
    if (meant)
        rf_error_hint(reader->reterr, "write `%s`", meant);
    else if (word.len > 1 && word.data[0] == '.' && is_digit(word.data[1]))
        rf_error_hint(reader->reterr, "write `0%.*s`", RF_SLICE_ARG(rf_toml_clip(word)));
    else
        rf_error_hint(reader->reterr, "a text stands in quotes: \"%.*s\"", RF_SLICE_ARG(rf_toml_clip(word)));
    return code;
}

rf_code rf_toml_scalar(rf_toml_reader *reader, rf_toml_node *node) {
    assert(node);
    size_t offset = node->toml.offset;
    rf_slice word = take_word(reader);
    if (word.len == 0 || read_word(word, &node->toml))
        return word.len ? RF_OK : fail_word(reader, offset, word);
    if (looks_like_time(word)) {
        if (!rf_toml_is_time(word)) {
            rf_code code = rf_toml_fail(reader, offset, "`%.*s` is no date or time", RF_SLICE_ARG(rf_toml_clip(word)));
            rf_error_hint(reader->reterr, "such as 2025-01-31, 07:30:00 or 2025-01-31T07:30:00Z");
            return code;
        }
        node->toml.kind = RF_TOML_TIME;
        node->toml.text = rf_slice_dup_in(reader->arena, word);
        return node->toml.text.data ? RF_OK : rf_raise_nomem(reader->reterr);
    }
    bool is_signed = word.data[0] == '+' || word.data[0] == '-';
    if (is_digit(word.data[0]) || (is_signed && word.len > 1 && is_digit(word.data[1])))
        return read_number(reader, node, word);
    return fail_word(reader, offset, word);
}
