/* decimal_test.c: shortest digits, against the C library as oracle. */
#include "harness.h"

#include "base/decimal.h"
#include "base/slice.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A xorshift generator: the same numbers in every run. */
static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void as_text(const rf_decimal *decimal, char *out, size_t size) {
    (void)snprintf(out, size, "%.*se%d", decimal->count, decimal->digits, decimal->point - decimal->count);
}

/* `value` in `digits` correctly rounded digits, as an integer and an exponent. */
static long long rounded(double value, int digits, int *ret_exponent) {
    char text[64];
    (void)snprintf(text, sizeof text, "%.*e", digits - 1, value);
    long long number = 0;
    const char *at = text;
    for (; *at != 'e'; at++)
        if (*at >= '0' && *at <= '9')
            number = number * 10 + (*at - '0');
    *ret_exponent = (int)strtol(at + 1, NULL, 10) - (digits - 1);
    return number;
}

static bool reads_back(long long number, int exponent, double value, bool as_float) {
    char text[64];
    (void)snprintf(text, sizeof text, "%llde%d", number, exponent);
    return as_float ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value;
}

/* Reads back; nothing with one digit less does; and no neighbour of the same length is nearer. */
static bool is_shortest(const rf_decimal *decimal, double value, bool as_float) {
    char text[64];
    as_text(decimal, text, sizeof text);
    if (as_float ? strtof(text, NULL) != (float)value : strtod(text, NULL) != value)
        return false;
    if (decimal->digits[0] == '0' || decimal->digits[decimal->count - 1] == '0')
        return false;
    int exponent;
    long long best = rounded(value, decimal->count, &exponent);
    char nearest[64];
    (void)snprintf(nearest, sizeof nearest, "%llde%d", best, exponent);
    if (strcmp(nearest, text) != 0 && reads_back(best, exponent, value, as_float) && best % 10 != 0)
        return false;
    if (decimal->count == 1)
        return true;
    long long fewer = rounded(value, decimal->count - 1, &exponent);
    return !reads_back(fewer, exponent, value, as_float) && !reads_back(fewer + 1, exponent, value, as_float)
           && !reads_back(fewer - 1, exponent, value, as_float);
}

static bool check_double(double value) {
    rf_decimal decimal;
    rf_decimal_shortest(value, &decimal);
    if (is_shortest(&decimal, value, false))
        return true;
    printf("  %a came out as %.*s e%d\n", value, decimal.count, decimal.digits, decimal.point - decimal.count);
    return false;
}

static bool check_float(float value) {
    rf_decimal decimal;
    rf_decimal_shortest_float(value, &decimal);
    if (is_shortest(&decimal, (double)value, true))
        return true;
    printf("  %a came out as %.*s e%d\n", (double)value, decimal.count, decimal.digits, decimal.point - decimal.count);
    return false;
}

RF_TEST(random_doubles_are_shortest) {
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_random(&state) & (UINT64_MAX >> 1);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value) && value > 0)
            rf_check(check_double(value));
    }
}

RF_TEST(random_measured_values_are_shortest) {
    uint64_t state = 1234567;
    for (int i = 0; i < 20000; i++) {
        double whole = (double)(next_random(&state) % 100000000);
        rf_check(check_double((whole + 1) / pow(10, (double)(next_random(&state) % 12))));
        rf_check(check_double((double)next_random(&state) / 1.8e19 * 100));
    }
}

RF_TEST(whole_numbers_are_shortest) {
    uint64_t state = 5;
    for (int i = 0; i < 50000; i++)
        rf_check(check_double((double)((next_random(&state) >> (11 + i % 50)) + 1)));
    for (int i = -2000; i < 2000; i++)
        rf_check(check_double(9007199254740992.0 + i));
}

RF_TEST(all_powers_of_two_and_their_neighbours_are_shortest) {
    for (int e = -1074; e < 1024; e++) {
        double value = ldexp(1, e);
        rf_check(check_double(value));
        rf_check(check_double(nextafter(value, INFINITY)));
        if (value > DBL_TRUE_MIN)
            rf_check(check_double(nextafter(value, 0)));
    }
    rf_check(check_double(DBL_MAX));
}

RF_TEST(all_powers_of_ten_are_one_digit) {
    for (int e = -323; e <= 308; e++) {
        char text[16];
        (void)snprintf(text, sizeof text, "1e%d", e);
        rf_decimal decimal;
        rf_decimal_shortest(strtod(text, NULL), &decimal);
        rf_check(decimal.count == 1 && decimal.digits[0] == '1' && decimal.point == e + 1);
    }
}

RF_TEST(subnormal_numbers_are_shortest) {
    uint64_t state = 42;
    for (uint64_t bits = 1; bits < 3000; bits++) {
        double value;
        memcpy(&value, &bits, sizeof value);
        rf_check(check_double(value));
        uint64_t more = next_random(&state) >> 12;
        memcpy(&value, &more, sizeof value);
        rf_check(check_double(value));
    }
}

RF_TEST(floats_are_shortest) {
    uint64_t state = 7;
    for (int i = 0; i < 40000; i++) {
        uint32_t bits = (uint32_t)next_random(&state) >> 1;
        float value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value) && value > 0)
            rf_check(check_float(value));
    }
    for (int e = -149; e < 128; e++) {
        float value = ldexpf(1, e);
        rf_check(check_float(value));
        rf_check(check_float(nextafterf(value, INFINITY)));
        if (value > FLT_TRUE_MIN)
            rf_check(check_float(nextafterf(value, 0)));
    }
}

RF_TEST(digits_become_the_nearest_double) {
    uint64_t state = 99;
    for (int i = 0; i < 20000; i++) {
        char digits[32], text[64];
        int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)(next_random(&state) >> (i % 60)));
        int exponent = (int)(next_random(&state) % 660) - 340;
        (void)snprintf(text, sizeof text, "%se%d", digits, exponent);
        double expected = strtod(text, NULL), got = -1;
        bool fits = rf_decimal_to_double((rf_slice){ digits, (size_t)len }, exponent, &got);
        rf_check(fits == isfinite(expected));
        rf_check(!fits || got == expected);
    }
}

RF_TEST(a_digit_far_behind_decides_a_tie) {
    /* 2^53 + 1 is half way between two doubles; what follows after 1000 zeros tips the scale. */
    char digits[1100];
    memset(digits, '0', sizeof digits);
    memcpy(digits, "9007199254740993", 16);
    double value;
    rf_check(rf_decimal_to_double((rf_slice){ digits, 1016 }, -1000, &value) && value == 9007199254740992.0);
    digits[1015] = '1';
    rf_check(rf_decimal_to_double((rf_slice){ digits, 1016 }, -1000, &value) && value == 9007199254740994.0);
}

RF_TEST(sizes_past_all_bounds_are_told) {
    double value = 1;
    rf_check(!rf_decimal_to_double(RF_SLICE("1"), 309, &value));
    rf_check(!rf_decimal_to_double(RF_SLICE("1"), INT64_MAX / 2, &value));
    rf_check(rf_decimal_to_double(RF_SLICE("1"), INT64_MIN / 2, &value) && value == 0);
    rf_check(rf_decimal_to_double(RF_SLICE("0"), INT64_MAX / 2, &value) && value == 0);
    rf_check(rf_decimal_to_double(RF_SLICE("000"), 5, &value) && value == 0);
    rf_check(rf_decimal_to_double(RF_SLICE("00017"), -1, &value) && value == 1.7);
}
