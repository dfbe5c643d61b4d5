/* decimal.c: from doubles to their shortest digits, and from digits to the nearest double. */
#include "base/decimal.h"

#include "base/number.h"

#include <assert.h>
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
    int count = (int)rf_number_u64(number, ret_decimal->digits);
    ret_decimal->count = count;
    ret_decimal->point = count + exponent;
}

/*
 * Numbers with few decimals, which measured values are. m / 10^k is rounded correctly because
 * both are exact, so equality means that "m e-k" reads back as `value`; and two decimals of at
 * most 15 digits never share a double, so the smallest k gives the only candidate.
 */
static bool try_few_decimals(double value, rf_decimal *ret_decimal) {
    enum { MOST_DECIMALS = 6 };
    if (!(value >= 1e-5 && value < 1e9))
        return false;
    for (int k = 0; k <= MOST_DECIMALS; k++) {
        uint64_t whole = (uint64_t)(value * exact_powers[k] + 0.5);
        if (whole && (double)whole / exact_powers[k] == value) {
            from_integer(whole, -k, ret_decimal);
            return true;
        }
    }
    return false;
}

/* Below 2^53 no two whole numbers share a double, and nothing shorter lies between them. */
static bool try_whole(double value, rf_decimal *ret_decimal) {
    if (!(value < 9007199254740992.0) || value != (double)(uint64_t)value)
        return false;
    from_integer((uint64_t)value, 0, ret_decimal);
    return true;
}

/* floor(log2(10^e)), floor(log10(2^e)) and floor(log10(3/4 * 2^e)) for every exponent of a double. */
static int log2_of_power_of_10(int e) { return (e * 1741647) >> 19; }
static int log10_of_power_of_2(int e) { return (e * 1262611) >> 22; }
static int log10_of_three_quarters(int e) { return (e * 1262611 - 524031) >> 22; }

/* The upper part of `power` * `factor`; its lowest bit is set when anything was lost below it. */
static uint64_t multiply_to_odd(const uint64_t power[2], uint64_t factor) {
    unsigned __int128 low = (unsigned __int128)power[1] * factor;
    unsigned __int128 sum = (unsigned __int128)power[0] * factor + (uint64_t)(low >> 64);
    return (uint64_t)(sum >> 64) | ((uint64_t)sum > 1);
}

/*
 * The shortest decimal in the interval that rounds to significand * 2^exponent.
 * `narrow`: the interval's lower half is half as wide (powers of two).
 * Source: R. Giulietti, "The Schubfach way to render doubles", 2020, section 9. All quantities are in
 * quarters of a unit of 10^k, so that the ends of the interval are whole numbers.
 */
static void shortest(uint64_t significand, int exponent, bool narrow, rf_decimal *ret_decimal) {
    assert(significand > 0 && significand < UINT64_C(1) << 53);
    int k = narrow ? log10_of_three_quarters(exponent) : log10_of_power_of_2(exponent);
    assert(-k >= RF_DECIMAL_POWER_FIRST && -k <= RF_DECIMAL_POWER_LAST);
    const uint64_t *power = rf_decimal_powers[-k - RF_DECIMAL_POWER_FIRST];
    int shift = exponent + log2_of_power_of_10(-k) + 1;
    uint64_t middle = multiply_to_odd(power, (4 * significand) << shift);
    uint64_t lower = multiply_to_odd(power, (4 * significand - 2 + narrow) << shift);
    uint64_t upper = multiply_to_odd(power, (4 * significand + 2) << shift);
    uint64_t open = significand & 1; /* an odd significand loses ties, so the ends do not belong to it */
    lower += open;
    upper -= open;
    uint64_t floor = middle / 4;
    uint64_t tens = floor / 10 * 10;
    bool tens_fit = floor >= 10 && lower <= 4 * tens;
    bool next_tens_fit = floor >= 10 && 4 * (tens + 10) <= upper;
    if (tens_fit != next_tens_fit) {
        from_integer(tens_fit ? tens : tens + 10, k, ret_decimal);
        return;
    }
    bool floor_fits = lower <= 4 * floor, next_fits = 4 * (floor + 1) <= upper;
    bool up = middle > 4 * floor + 2 || (middle == 4 * floor + 2 && (floor & 1));
    if (floor_fits != next_fits)
        up = next_fits;
    from_integer(floor + up, k, ret_decimal);
}

static void zero(rf_decimal *ret_decimal) { *ret_decimal = (rf_decimal){ .digits = "0", .count = 1, .point = 1 }; }

void rf_decimal_shortest(double value, rf_decimal *ret_decimal) {
    assert(isfinite(value) && !signbit(value) && ret_decimal);
    if (value == 0) {
        zero(ret_decimal);
        return;
    }
    if (try_whole(value, ret_decimal) || try_few_decimals(value, ret_decimal))
        return;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int biased = (int)(bits >> 52);
    if (biased == 0)
        shortest(fraction, -1074, false, ret_decimal);
    else
        shortest(fraction | UINT64_C(1) << 52, biased - 1075, fraction == 0 && biased > 1, ret_decimal);
}

void rf_decimal_shortest_float(float value, rf_decimal *ret_decimal) {
    assert(isfinite(value) && !signbit(value) && ret_decimal);
    if (value == 0) {
        zero(ret_decimal);
        return;
    }
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t fraction = bits & ((UINT32_C(1) << 23) - 1);
    int biased = (int)(bits >> 23);
    if (biased == 0)
        shortest(fraction, -149, false, ret_decimal);
    else
        shortest(fraction | UINT32_C(1) << 23, biased - 150, fraction == 0 && biased > 1, ret_decimal);
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
