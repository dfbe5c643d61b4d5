/* number.c: numbers to text and back; no locale, no allocation. */
#include "base/number.h"

#include "base/decimal.h"
#include "base/slice.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

size_t rf_number_u64(uint64_t value, char *out) {
    assert(out);
    static const char pairs[] = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
                                "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    char text[20];
    size_t at = sizeof text;
    for (; value >= 10; value /= 100)
        memcpy(text + (at -= 2), pairs + value % 100 * 2, 2);
    if (value || at == sizeof text)
        text[--at] = (char)('0' + value);
    memcpy(out, text + at, sizeof text - at);
    return sizeof text - at;
}

size_t rf_number_i64(int64_t value, char *out) {
    if (value >= 0)
        return rf_number_u64((uint64_t)value, out);
    out[0] = '-';
    return 1 + rf_number_u64(0 - (uint64_t)value, out + 1);
}

static size_t put_text(char *out, const char *text) {
    size_t len = strlen(text);
    memcpy(out, text, len);
    return len;
}

static size_t put_zeros(char *out, int count) {
    if (count > 0)
        memset(out, '0', (size_t)count);
    return count > 0 ? (size_t)count : 0;
}

/* NaN and the infinities; 0 for a finite number. */
static size_t put_special(double value, char *out) {
    if (isnan(value))
        return put_text(out, "NaN");
    if (isinf(value))
        return put_text(out, value > 0 ? "+Inf" : "-Inf");
    return 0;
}

/* d.ddde±x, the exponent with at least `exponent_digits` digits. */
static size_t put_exponent_form(const rf_decimal *decimal, int exponent_digits, char *out) {
    size_t len = 0;
    out[len++] = decimal->digits[0];
    if (decimal->count > 1) {
        out[len++] = '.';
        memcpy(out + len, decimal->digits + 1, (size_t)decimal->count - 1);
        len += (size_t)decimal->count - 1;
    }
    int exponent = decimal->point - 1;
    out[len++] = 'e';
    out[len++] = exponent < 0 ? '-' : '+';
    unsigned size = (unsigned)(exponent < 0 ? -exponent : exponent);
    if (exponent_digits > 1 && size < 10)
        out[len++] = '0';
    return len + rf_number_u64(size, out + len);
}

static size_t put_plain_form(const rf_decimal *decimal, char *out) {
    size_t len = 0;
    int count = decimal->count, point = decimal->point;
    if (point <= 0) {
        len += put_text(out, "0.");
        len += put_zeros(out + len, -point);
        memcpy(out + len, decimal->digits, (size_t)count);
        return len + (size_t)count;
    }
    int whole = count < point ? count : point;
    memcpy(out, decimal->digits, (size_t)whole);
    len = (size_t)whole + put_zeros(out + whole, point - whole);
    if (count > point) {
        out[len++] = '.';
        memcpy(out + len, decimal->digits + point, (size_t)(count - point));
        len += (size_t)(count - point);
    }
    return len;
}

/* Most numbers of a plant are whole and small: no search for digits is needed. */
static bool is_small_integer(double value, double below) {
    return fabs(value) < below && value == (double)(int64_t)value;
}

static size_t put_small_integer(double value, char *out) {
    assert(fabs(value) < 9007199254740992.0);
    if (signbit(value)) {
        out[0] = '-';
        return 1 + rf_number_u64((uint64_t)-value, out + 1);
    }
    return rf_number_u64((uint64_t)value, out);
}

/* The shortest digits; plain while the point stands within `least` and `most`, else with an exponent of so many digits. */
static size_t put_shortest(double value, int least, int most, int exponent_digits, char *out) {
    rf_decimal decimal;
    rf_decimal_shortest(fabs(value), &decimal);
    size_t sign = signbit(value) ? put_text(out, "-") : 0;
    if (decimal.point < least || decimal.point > most)
        return sign + put_exponent_form(&decimal, exponent_digits, out + sign);
    return sign + put_plain_form(&decimal, out + sign);
}

size_t rf_number_json(double value, char *out) {
    assert(isfinite(value) && out);
    if (is_small_integer(value, 9007199254740992.0))
        return put_small_integer(value, out);
    return put_shortest(value, -5, 21, 1, out);
}

size_t rf_number_text(double value, char *out) {
    assert(out);
    if (is_small_integer(value, 1e6))
        return put_small_integer(value, out);
    if (!isfinite(value))
        return put_special(value, out);
    return put_shortest(value, -3, 6, 2, out);
}

size_t rf_number_fixed(double value, char *out) {
    assert(out);
    if (is_small_integer(value, 9007199254740992.0))
        return put_small_integer(value, out);
    if (!isfinite(value))
        return put_special(value, out);
    return put_shortest(value, INT_MIN, INT_MAX, 0, out);
}

size_t rf_number_fixed_float(float value, char *out) {
    assert(out);
    /* Past 2^24 a float stands for several integers, and the shortest of them is shown. */
    if (is_small_integer((double)value, 16777216.0))
        return put_small_integer((double)value, out);
    if (!isfinite(value))
        return put_special((double)value, out);
    rf_decimal decimal;
    rf_decimal_shortest_float(fabsf(value), &decimal);
    size_t sign = signbit(value) ? put_text(out, "-") : 0;
    return sign + put_plain_form(&decimal, out + sign);
}
