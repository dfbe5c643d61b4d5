/* conf_scalar.c: the scalars of a config: what counts as a number, a truth, a duration, a size. */
#include "stream/conf_scalar.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"

#include <assert.h>
#include <math.h>

static int digit_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* Takes the prefix off and tells the base: 0x 0o 0b, and a leading zero for octal. */
static unsigned take_base(rf_slice *digits) {
    if (digits->len < 2 || digits->data[0] != '0')
        return 10;
    char mark = digits->data[1];
    unsigned base = mark == 'x' || mark == 'X' ? 16 : mark == 'o' || mark == 'O' ? 8 : mark == 'b' || mark == 'B' ? 2 : 0;
    size_t taken = base ? 2 : 1;
    digits->data += taken;
    digits->len -= taken;
    return base ? base : 8;
}

static bool parse_digits(rf_slice digits, unsigned base, uint64_t *ret) {
    uint64_t sum = 0;
    bool some = false;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] == '_' && some)
            continue;
        unsigned value = (unsigned)digit_value(digits.data[i]);
        if (value >= base || __builtin_mul_overflow(sum, (uint64_t)base, &sum) || __builtin_add_overflow(sum, (uint64_t)value, &sum))
            return false;
        some = true;
    }
    *ret = sum;
    return some;
}

static bool parse_whole(rf_slice text, int64_t *ret) {
    bool minus = text.len > 0 && text.data[0] == '-';
    if (minus || (text.len > 0 && text.data[0] == '+')) {
        text.data++;
        text.len--;
    }
    uint64_t sum;
    unsigned base = take_base(&text);
    if (!parse_digits(text, base, &sum) || sum > (uint64_t)INT64_MAX)
        return false;
    *ret = minus ? -(int64_t)sum : (int64_t)sum;
    return true;
}

static bool is_number_text(const rf_conf *node) {
    char first = node->text.len ? node->text.data[0] : 'x';
    return node->kind == RF_NODE_SCALAR && node->style == RF_STYLE_PLAIN && (digit_value(first) < 10 || strchr("+-.", first));
}

bool rf_scalar_double(const rf_conf *node, double *ret) {
    assert(node && ret);
    int64_t whole;
    double number;
    if (!is_number_text(node))
        return false;
    if (rf_number_parse_go_float(node->text, &number))
        return isfinite(number) ? (*ret = number, true) : false;
    return parse_whole(node->text, &whole) ? (*ret = (double)whole, true) : false;
}

bool rf_scalar_int(const rf_conf *node, int64_t *ret, bool *ret_cut) {
    assert(node && ret && ret_cut);
    double number;
    *ret_cut = false;
    if (!is_number_text(node))
        return false;
    if (parse_whole(node->text, ret))
        return true;
    if (!rf_number_parse_go_float(node->text, &number) || !(fabs(number) < 9e18))
        return false;
    *ret_cut = trunc(number) < number || trunc(number) > number;
    *ret = (int64_t)number;
    return true;
}

bool rf_scalar_bool(const rf_conf *node, bool *ret) {
    assert(node && ret);
    static const char *const words[] = { "true", "yes", "on", "y", "false", "no", "off", "n" };
    for (size_t i = 0; node->kind == RF_NODE_SCALAR && i < sizeof words / sizeof *words; i++)
        if (rf_slice_eq_nocase(node->text, rf_slice_of(words[i]))) {
            *ret = i < 4;
            return true;
        }
    return false;
}

bool rf_scalar_duration(const rf_conf *node, uint64_t *ret_ns) {
    assert(node && ret_ns);
    if (node->kind != RF_NODE_SCALAR)
        return false;
    if (node->text.len == 0) {
        *ret_ns = 0;
        return true;
    }
    return rf_clock_parse_duration(node->text, ret_ns);
}

static bool unit_factor(rf_slice unit, uint64_t *ret) {
    static const struct { const char *name; uint64_t factor; } units[] = {
        { "", 1 },          { "b", 1 },           { "k", 1000 },        { "kb", 1000 },        { "m", 1000000 },
        { "mb", 1000000 },  { "g", 1000000000 },  { "gb", 1000000000 }, { "ki", 1024 },        { "kib", 1024 },
        { "mi", 1048576 },  { "mib", 1048576 },   { "gi", 1073741824 }, { "gib", 1073741824 },
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (rf_slice_eq_nocase(unit, rf_slice_of(units[i].name))) {
            *ret = units[i].factor;
            return true;
        }
    return false;
}

bool rf_scalar_size(const rf_conf *node, uint64_t *ret_bytes) {
    assert(node && ret_bytes);
    uint64_t number, factor, bytes;
    size_t digits = 0;
    if (node->kind != RF_NODE_SCALAR)
        return false;
    while (digits < node->text.len && (digit_value(node->text.data[digits]) < 10 || node->text.data[digits] == '_'))
        digits++;
    rf_slice unit = rf_slice_trim((rf_slice){ node->text.data + digits, node->text.len - digits });
    if (!parse_digits((rf_slice){ node->text.data, digits }, 10, &number) || !unit_factor(unit, &factor) ||
        __builtin_mul_overflow(number, factor, &bytes) || bytes > (uint64_t)INT64_MAX)
        return false;
    *ret_bytes = bytes;
    return true;
}
