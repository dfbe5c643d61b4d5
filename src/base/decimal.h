/* decimal.h: the digits of a double, and the double of some digits. */
#ifndef RF_BASE_DECIMAL_H
#define RF_BASE_DECIMAL_H

#include "riffle/base.h"

#include <stdbool.h>

/* 0.d1d2d3… times 10^point. Shortest digits end in no zero; zero itself is "0" with point 1. */
typedef struct rf_decimal {
    char digits[24];
    int count;
    int point;
} rf_decimal;

/* The fewest digits that read back as `value` (finite, not negative), the nearest of those. */
void rf_decimal_shortest(double value, rf_decimal *ret_decimal);
void rf_decimal_shortest_float(float value, rf_decimal *ret_decimal);

/* `digits` (any number of them, leading zeros allowed) times 10^exponent, rounded to nearest even;
 * false when it is past the largest double. Underflow gives 0. */
bool rf_decimal_to_double(rf_slice digits, int64_t exponent, double *ret);

/* For decimal.c: 10^k scaled into [2^127, 2^128), rounded up, high word first. */
enum { RF_DECIMAL_POWER_FIRST = -292, RF_DECIMAL_POWER_LAST = 324 };
extern const uint64_t rf_decimal_powers[RF_DECIMAL_POWER_LAST - RF_DECIMAL_POWER_FIRST + 1][2];

#endif
