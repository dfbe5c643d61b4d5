/* decimal.c: between doubles and decimal digits, by way of the C library, without its locale. */
#include "base/decimal.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double exact_powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

/* Digits of `number`, without the zeros at its end, as a decimal of `number` * 10^exponent. */
static void from_integer(uint64_t number, int exponent, rf_decimal *ret_decimal) {
    assert(number > 0);
    while (number % 10 == 0) {
        number /= 10;
        exponent++;
    }
    char reversed[20];
    int count = 0;
    for (; number; number /= 10)
        reversed[count++] = (char)('0' + number % 10);
    for (int i = 0; i < count; i++)
        ret_decimal->digits[i] = reversed[count - 1 - i];
    ret_decimal->count = count;
    ret_decimal->point = count + exponent;
}

/*
 * Numbers of at most 15 digits with few decimals, which measured values are. m / 10^k is rounded
 * correctly because both are exact, so equality means that "m e-k" reads back as `value`; and two
 * decimals of 15 digits never share a double, so the smallest k gives the only candidate.
 */
static bool try_few_decimals(double value, rf_decimal *ret_decimal) {
    if (!(value >= 1e-5 && value < 1e15))
        return false;
    for (int k = 0; k <= 15; k++) {
        double scaled = value * exact_powers[k];
        if (scaled >= 1e15)
            return false;
        uint64_t whole = (uint64_t)(scaled + 0.5);
        if (whole && (double)whole / exact_powers[k] == value) {
            from_integer(whole, -k, ret_decimal);
            return true;
        }
    }
    return false;
}

/* `value` with `digits` significant digits, correctly rounded: an integer and its power of ten. */
static uint64_t round_to_digits(double value, int digits, int *ret_exponent) {
    assert(digits >= 1 && digits <= 17);
    char text[40];
    (void)snprintf(text, sizeof text, "%.*e", digits - 1, value);
    uint64_t number = 0;
    const char *at = text;
    /* Whatever stands between the digits is the locale's decimal point. */
    for (; *at != 'e'; at++)
        if (*at >= '0' && *at <= '9')
            number = number * 10 + (uint64_t)(*at - '0');
    *ret_exponent = (int)strtol(at + 1, NULL, 10) - (digits - 1);
    return number;
}

/* Without a decimal point, so that no locale has a say. */
static double read_back(uint64_t number, int exponent) {
    char text[40];
    (void)snprintf(text, sizeof text, "%llue%d", (unsigned long long)number, exponent);
    return strtod(text, NULL);
}

static float read_back_float(uint64_t number, int exponent) {
    char text[40];
    (void)snprintf(text, sizeof text, "%llue%d", (unsigned long long)number, exponent);
    return strtof(text, NULL);
}

void rf_decimal_shortest(double value, rf_decimal *ret_decimal) {
    assert(isfinite(value) && !signbit(value) && ret_decimal);
    if (value == 0) {
        *ret_decimal = (rf_decimal){ .digits = "0", .count = 1, .point = 1 };
        return;
    }
    if (try_few_decimals(value, ret_decimal))
        return;
    /* Below DBL_MIN doubles have fewer than 15 digits. */
    int exponent;
    for (int digits = 1; digits < 17; digits++) {
        if (digits == 1 && value >= DBL_MIN * 1e4 && read_back(round_to_digits(value, 15, &exponent), exponent) != value)
            digits = 16;
        uint64_t number = round_to_digits(value, digits, &exponent);
        /* The next one up too: at a power of two the gap above is twice the gap below. */
        for (uint64_t up = 0; up < 2; up++)
            if (read_back(number + up, exponent) == value) {
                from_integer(number + up, exponent, ret_decimal);
                return;
            }
    }
    uint64_t number = round_to_digits(value, 17, &exponent);
    from_integer(number, exponent, ret_decimal);
}

void rf_decimal_shortest_float(float value, rf_decimal *ret_decimal) {
    assert(isfinite(value) && !signbit(value) && ret_decimal);
    if (value == 0) {
        *ret_decimal = (rf_decimal){ .digits = "0", .count = 1, .point = 1 };
        return;
    }
    int exponent = 0;
    uint64_t number = 0;
    for (int digits = 1; digits <= 9; digits++) {
        number = round_to_digits((double)value, digits, &exponent);
        if (read_back_float(number, exponent) == value)
            break;
        if (read_back_float(number + 1, exponent) == value) {
            number++;
            break;
        }
    }
    from_integer(number, exponent, ret_decimal);
}

/* strtod on at most this many digits decides every case: a double's midpoint has at most 768. */
enum { DIGITS_THAT_DECIDE = 800 };

static double read_long(rf_slice digits, int64_t exponent) {
    char text[DIGITS_THAT_DECIDE + 32];
    size_t used = digits.len < DIGITS_THAT_DECIDE ? digits.len : DIGITS_THAT_DECIDE;
    memcpy(text, digits.data, used);
    size_t len = used;
    /* What is cut off only matters as "a little more": one 1 says it. */
    if (used < digits.len) {
        text[len++] = '1';
        exponent += (int64_t)(digits.len - used) - 1;
    }
    /* 10^±5000 is already infinite or zero for 800 digits. */
    int bounded = exponent > 5000 ? 5000 : exponent < -5000 ? -5000 : (int)exponent;
    (void)snprintf(text + len, sizeof text - len, "e%d", bounded);
    return strtod(text, NULL);
}

bool rf_decimal_to_double(rf_slice digits, int64_t exponent, double *ret) {
    assert(ret && digits.len > 0);
    while (digits.len && digits.data[0] == '0')
        digits = (rf_slice){ digits.data + 1, digits.len - 1 };
    while (digits.len && digits.data[digits.len - 1] == '0') {
        digits.len--;
        exponent++;
    }
    if (digits.len == 0) {
        *ret = 0;
        return true;
    }
    uint64_t number = 0;
    if (digits.len <= 15 && exponent >= -22 && exponent <= 22) {
        for (size_t i = 0; i < digits.len; i++)
            number = number * 10 + (uint64_t)(digits.data[i] - '0');
        /* Both operands exact: one correctly rounded operation. */
        *ret = exponent < 0 ? (double)number / exact_powers[-exponent] : (double)number * exact_powers[exponent];
        return true;
    }
    double value = read_long(digits, exponent);
    if (isinf(value))
        return false;
    *ret = value;
    return true;
}
