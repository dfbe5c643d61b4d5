/* number_parse.c: texts to numbers. */
#include "base/number.h"

#include "base/decimal.h"
#include "base/slice.h"

#include <assert.h>
#include <math.h>

/* The most digits of a number that are looked at; what follows changes nothing but its size. */
enum { DIGITS_MAX = 1200 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool rf_number_parse_i64(rf_slice text, int64_t *ret) {
    assert(ret);
    size_t at = text.len && (text.data[0] == '-' || text.data[0] == '+') ? 1 : 0;
    bool negative = at && text.data[0] == '-';
    if (at == text.len)
        return false;
    int64_t value = 0;
    for (; at < text.len; at++) {
        if (!is_digit(text.data[at]))
            return false;
        int64_t digit = text.data[at] - '0';
        /* Downwards, where there is one more. */
        if (__builtin_mul_overflow(value, (int64_t)10, &value)
            || __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *ret = negative ? value : -value;
    return true;
}

/* The parts of a decimal number as they are collected. */
typedef struct digits {
    char kept[DIGITS_MAX];
    size_t count;     /* of `kept` */
    int64_t exponent; /* of ten, for `kept` read as an integer */
    bool any;         /* a digit was seen, a zero too */
} digits;

static void keep_digit(digits *number, char c, bool after_point) {
    number->any = true;
    if (number->count == 0 && c == '0') {
        number->exponent -= after_point;
        return;
    }
    if (number->count < DIGITS_MAX) {
        number->kept[number->count++] = c;
        number->exponent -= after_point;
        return;
    }
    /* Past the end only "is there anything but zeros" can matter. */
    if (c != '0')
        number->kept[DIGITS_MAX - 1] = '1';
    number->exponent += !after_point;
}

/* A signed exponent at `*at`; its size is bounded, not its length. */
static bool read_exponent(rf_slice text, size_t *at, bool underscores, int64_t *ret) {
    bool negative = *at < text.len && text.data[*at] == '-';
    if (*at < text.len && (text.data[*at] == '-' || text.data[*at] == '+'))
        ++*at;
    if (*at >= text.len || !is_digit(text.data[*at]))
        return false;
    int64_t value = 0;
    for (; *at < text.len && (is_digit(text.data[*at]) || (underscores && text.data[*at] == '_')); ++*at)
        if (text.data[*at] != '_' && value < 1000000000)
            value = value * 10 + (text.data[*at] - '0');
    *ret = negative ? -value : value;
    return true;
}

static bool finish(const digits *number, bool negative, double *ret) {
    double value = 0;
    if (number->count && !rf_decimal_to_double((rf_slice){ number->kept, number->count }, number->exponent, &value))
        return false;
    *ret = negative ? -value : value;
    return true;
}

/* JSON's integer part: no leading zero. */
static bool read_json_whole(rf_slice text, size_t *at, digits *number) {
    size_t start = *at;
    while (*at < text.len && is_digit(text.data[*at]))
        keep_digit(number, text.data[(*at)++], false);
    return *at > start && (text.data[start] != '0' || *at == start + 1);
}

bool rf_number_parse_json(rf_slice text, double *ret) {
    assert(ret);
    digits number;
    number.count = 0;
    number.exponent = 0;
    number.any = false;
    size_t at = text.len && text.data[0] == '-' ? 1 : 0;
    bool negative = at == 1;
    if (!read_json_whole(text, &at, &number))
        return false;
    if (at < text.len && text.data[at] == '.') {
        size_t start = ++at;
        while (at < text.len && is_digit(text.data[at]))
            keep_digit(&number, text.data[at++], true);
        if (at == start)
            return false;
    }
    int64_t exponent = 0;
    if (at < text.len && (text.data[at] == 'e' || text.data[at] == 'E')) {
        at++;
        if (!read_exponent(text, &at, false, &exponent))
            return false;
    }
    number.exponent += exponent;
    return at == text.len && finish(&number, negative, ret);
}

/* `_` may stand between two digits, and behind the base prefix. */
static bool underscores_stand_between_digits(rf_slice text, bool hex) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '_')
            continue;
        if (i == 0 || i + 1 == text.len)
            return false;
        char before = text.data[i - 1], after = text.data[i + 1];
        if (hex && (before == 'x' || before == 'X'))
            before = '0';
        if (text.data[i - 1] == '_' || text.data[i + 1] == '_')
            return false;
        bool good_before = is_digit(before) || (hex && ((before | 32) >= 'a' && (before | 32) <= 'f'));
        bool good_after = is_digit(after) || (hex && ((after | 32) >= 'a' && (after | 32) <= 'f'));
        if (!good_before || !good_after)
            return false;
    }
    return true;
}

static bool parse_go_decimal(rf_slice text, bool negative, double *ret) {
    digits number;
    number.count = 0;
    number.exponent = 0;
    number.any = false;
    bool after_point = false;
    size_t at = 0;
    for (; at < text.len; at++) {
        char c = text.data[at];
        if (is_digit(c))
            keep_digit(&number, c, after_point);
        else if (c == '.' && !after_point)
            after_point = true;
        else if (c != '_')
            break;
    }
    if (!number.any)
        return false;
    int64_t exponent = 0;
    if (at < text.len && (text.data[at] == 'e' || text.data[at] == 'E')) {
        at++;
        if (!read_exponent(text, &at, true, &exponent))
            return false;
    }
    number.exponent += exponent;
    return at == text.len && finish(&number, negative, ret);
}

static int hex_digit(char c) {
    if (is_digit(c))
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* `mantissa` * 2^exponent with `sticky` bits lost below it, rounded once to nearest even. */
static bool compose_hex(uint64_t mantissa, bool sticky, int64_t exponent, double *ret) {
    if (mantissa == 0) {
        *ret = 0;
        return true;
    }
    if (exponent > 2000 || exponent < -3000) {
        *ret = 0;
        return exponent < 0;
    }
    int top = 63 - __builtin_clzll(mantissa);
    int64_t lowest = top + exponent - 52; /* the weight of the last bit that a double keeps */
    if (lowest < -1074)
        lowest = -1074;
    int64_t drop = lowest - exponent;
    if (drop > 0) {
        uint64_t lost = drop > 63 ? mantissa : mantissa & ((UINT64_C(1) << drop) - 1);
        uint64_t half = drop > 64 ? 0 : UINT64_C(1) << (drop - 1);
        uint64_t kept = drop > 63 ? 0 : mantissa >> drop;
        bool up = half && (lost > half || (lost == half && (sticky || (kept & 1))));
        mantissa = kept + up;
        exponent = lowest;
    }
    double value = ldexp((double)mantissa, (int)exponent);
    if (isinf(value))
        return false;
    *ret = value;
    return true;
}

/* `text` behind "0x"; the `p` exponent is required. */
static bool parse_go_hex(rf_slice text, bool negative, double *ret) {
    uint64_t mantissa = 0;
    int64_t exponent = 0;
    bool after_point = false, any = false, sticky = false;
    size_t at = 0;
    for (; at < text.len; at++) {
        int digit = hex_digit(text.data[at]);
        if (digit >= 0) {
            any = true;
            if (mantissa >> 58) {
                sticky |= digit != 0;
                exponent += after_point ? 0 : 4;
            } else {
                mantissa = mantissa << 4 | (uint64_t)digit;
                exponent -= after_point ? 4 : 0;
            }
        } else if (text.data[at] == '.' && !after_point)
            after_point = true;
        else if (text.data[at] != '_')
            break;
    }
    if (!any || at >= text.len || (text.data[at] | 32) != 'p')
        return false;
    at++;
    int64_t power;
    if (!read_exponent(text, &at, true, &power) || at != text.len)
        return false;
    double value;
    if (!compose_hex(mantissa, sticky, exponent + power, &value))
        return false;
    *ret = negative ? -value : value;
    return true;
}

/* inf, infinity, nan in any case; nan takes no sign. */
static bool parse_go_word(rf_slice text, bool is_signed, bool negative, double *ret) {
    if (rf_slice_eq_nocase(text, RF_SLICE("inf")) || rf_slice_eq_nocase(text, RF_SLICE("infinity"))) {
        *ret = negative ? -INFINITY : INFINITY;
        return true;
    }
    if (is_signed || !rf_slice_eq_nocase(text, RF_SLICE("nan")))
        return false;
    *ret = NAN;
    return true;
}

bool rf_number_parse_go_float(rf_slice text, double *ret) {
    assert(ret);
    bool is_signed = text.len && (text.data[0] == '-' || text.data[0] == '+');
    bool negative = is_signed && text.data[0] == '-';
    if (is_signed)
        text = (rf_slice){ text.data + 1, text.len - 1 };
    if (text.len == 0)
        return false;
    bool hex = text.len > 2 && text.data[0] == '0' && (text.data[1] | 32) == 'x';
    if (!is_digit(text.data[0]) && text.data[0] != '.')
        return parse_go_word(text, is_signed, negative, ret);
    if (!underscores_stand_between_digits(text, hex))
        return false;
    if (hex)
        return parse_go_hex((rf_slice){ text.data + 2, text.len - 2 }, negative, ret);
    return parse_go_decimal(text, negative, ret);
}
