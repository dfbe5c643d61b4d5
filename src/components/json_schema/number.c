/* number.c: whole multiples of decimal numbers, exactly: 0.3 is one of 0.1. */
#include "components/json_schema/node.h"

#include "base/number.h"

#include <math.h>

typedef __int128 wide;

#define DIGITS_MAX 30              /* of the divisor */
#define DIVISOR_MAX ((wide)1 << 120) /* ten times that fits, too */

/* A JSON number: its digits are text[begin, end) but for the point, and stand before 10^exponent. */
typedef struct decimal { size_t begin, end; int exponent; } decimal;

static decimal read_decimal(rf_slice text) {
    decimal number = { .begin = text.len && text.data[0] == '-' };
    int written = 0, sign = 1;
    bool fraction = false;
    size_t i = number.begin;
    for (; i < text.len && text.data[i] != 'e' && text.data[i] != 'E'; i++) {
        number.exponent -= fraction;
        fraction |= text.data[i] == '.';
    }
    number.end = i;
    if (i++ < text.len && i < text.len && (text.data[i] == '-' || text.data[i] == '+'))
        sign = text.data[i++] == '-' ? -1 : 1;
    for (; i < text.len && written < 10000; i++)
        written = written * 10 + (text.data[i] - '0');
    number.exponent += sign * written;
    return number;
}

/* The digits as a number; by `divisor`, if that is not 0: what is left. */
static wide rest_of(rf_slice text, decimal number, wide divisor) {
    wide rest = 0;
    for (size_t i = number.begin; i < number.end; i++) {
        if (text.data[i] == '.')
            continue;
        rest = rest * 10 + (text.data[i] - '0');
        if (divisor)
            rest %= divisor;
    }
    return rest;
}

static bool by_doubles(rf_slice value, rf_slice of) {
    double a, b;
    if (!rf_number_parse_json(value, &a) || !rf_number_parse_json(of, &b) || b == 0)
        return false;
    const double quotient = a / b;
    return floor(quotient) == quotient;
}

bool rf_schema_is_multiple(rf_slice value, rf_slice of) {
    const decimal a = read_decimal(value), b = read_decimal(of);
    int more = a.exponent - b.exponent;
    wide divisor = b.end - b.begin <= DIGITS_MAX ? rest_of(of, b, 0) : 0;
    for (; more < 0 && divisor != 0 && divisor < DIVISOR_MAX; more++)
        divisor *= 10;
    if (divisor == 0 || more < 0)
        return by_doubles(value, of);
    wide rest = rest_of(value, a, divisor);
    for (; rest != 0 && more > 0; more--)
        rest = rest * 10 % divisor;
    return rest == 0;
}
