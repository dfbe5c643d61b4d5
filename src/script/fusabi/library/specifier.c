/* specifier.c: the holes of F#'s formats. */
#include "script/fusabi/library/specifier.h"

#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <math.h>

enum { WIDTH_MAX = 10000, PRECISION_MAX = 10000 };

/* false: an error was raised. */
static bool raised(rf_fus_value value) {
    (void)value;
    return false;
}

static bool parse_count(rf_slice text, size_t *at, uint32_t most, uint32_t *ret_count) {
    uint32_t count = 0;
    for (; *at < text.len && text.data[*at] >= '0' && text.data[*at] <= '9'; ++*at) {
        count = count * 10 + (uint32_t)(text.data[*at] - '0');
        if (count > most)
            return false;
    }
    *ret_count = count;
    return true;
}

static void parse_flags(rf_slice text, size_t *at, rf_fus_specifier *specifier) {
    for (; *at < text.len && text.data[*at] && strchr("-+ 0#", text.data[*at]); ++*at) {
        char flag = text.data[*at];
        specifier->left |= flag == '-';
        specifier->plus |= flag == '+';
        specifier->space |= flag == ' ';
        specifier->zero |= flag == '0';
    }
}

bool rf_fus_specifier_parse(rf_fus_vm *vm, rf_slice text, rf_fus_specifier *ret_specifier, size_t *ret_len) {
    rf_fus_specifier specifier = { .precision = -1 };
    size_t at = 1;
    uint32_t precision;
    parse_flags(text, &at, &specifier);
    if (!parse_count(text, &at, WIDTH_MAX, &specifier.width))
        return raised(rf_fus_raise(vm, "Invalid width specifier"));
    if (at < text.len && text.data[at] == '.') {
        at++;
        if (!parse_count(text, &at, PRECISION_MAX, &precision))
            return raised(rf_fus_raise(vm, "Invalid precision specifier"));
        specifier.precision = (int32_t)precision;
    }
    if (at >= text.len)
        return raised(rf_fus_raise(vm, "Incomplete format specifier at end of string"));
    uint32_t c;
    size_t len = rf_utf8_decode((rf_slice){ text.data + at, text.len - at }, &c);
    if (len != 1 || !c || !strchr("sdiuxXoBbceEfFgGMAO%", (int)c))
        return raised(rf_fus_raise(vm, "Unknown format specifier: %.*s", (int)(at + len), text.data));
    specifier.kind = (char)c;
    *ret_specifier = specifier;
    *ret_len = at + 1;
    return true;
}

static void put_repeated(rf_buffer *out, char c, size_t count) {
    while (count--)
        rf_buffer_char(out, c);
}

static void put_padded(rf_buffer *out, rf_slice text, uint32_t width, bool left) {
    size_t chars = width ? rf_utf8_length(text) : 0, padding = width > chars ? width - chars : 0;
    if (!left)
        put_repeated(out, ' ', padding);
    rf_buffer_slice(out, text);
    if (left)
        put_repeated(out, ' ', padding);
}

/* A number's digits with sign and padding; `may_zero` where zeros may fill the width. */
static void put_number(rf_buffer *out, const rf_fus_specifier *s, bool negative, rf_slice digits, bool may_zero) {
    char sign = negative ? '-' : s->plus ? '+' : s->space ? ' ' : '\0';
    size_t chars = digits.len + (sign != '\0'), padding = s->width > chars ? s->width - chars : 0;
    bool zeros = s->zero && !s->left && may_zero;
    if (!s->left && !zeros)
        put_repeated(out, ' ', padding);
    if (sign)
        rf_buffer_char(out, sign);
    if (zeros)
        put_repeated(out, '0', padding);
    rf_buffer_slice(out, digits);
    if (s->left)
        put_repeated(out, ' ', padding);
}

/* Digits of an unsigned number in base 2, 8, 10 or 16, at the end of `room`. */
static rf_slice digits_of(uint64_t value, unsigned base, bool upper, char room[64]) {
    size_t at = 64;
    do {
        room[--at] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[value % base];
        value /= base;
    } while (value);
    return (rf_slice){ room + at, 64 - at };
}

static bool put_int(rf_fus_vm *vm, const rf_fus_specifier *s, rf_fus_value value, rf_buffer *out) {
    if (!rf_fus_is_any_int(value))
        return raised(rf_fus_raise(vm, "Expected int for %%%c, got %s", s->kind, rf_fus_type_name(value)));
    int64_t i = rf_fus_int(value);
    bool is_signed = s->kind == 'd' || s->kind == 'i', negative = is_signed && i < 0;
    unsigned base = s->kind == 'x' || s->kind == 'X' ? 16 : s->kind == 'o' ? 8 : s->kind == 'B' ? 2 : 10;
    char room[64];
    put_number(out, s, negative, digits_of(negative ? 0 - (uint64_t)i : (uint64_t)i, base, s->kind == 'X', room), true);
    return true;
}

void rf_fus_put_fixed(rf_buffer *out, double value, uint32_t precision) {
    if (!isfinite(value)) {
        char text[400];
        rf_buffer_append(out, text, rf_fus_float_text(value, text));
        return;
    }
    rf_buffer_printf(out, "%.*f", (int)precision, value);
}

/* .NET writes exponents with three digits at least. */
static void put_exponent(rf_buffer *out, double magnitude, int precision, bool upper) {
    size_t begun = out->len;
    rf_buffer_printf(out, upper ? "%.*E" : "%.*e", precision, magnitude);
    if (out->failed || !isfinite(magnitude))
        return;
    size_t digits = 0;
    while (out->len - digits > begun && out->data[out->len - digits - 1] >= '0' && out->data[out->len - digits - 1] <= '9')
        digits++;
    char exponent[8] = { 0 };
    assert(digits >= 2 && digits < sizeof exponent);
    memcpy(exponent, out->data + out->len - digits, digits);
    out->len -= digits;
    put_repeated(out, '0', digits < 3 ? 3 - digits : 0);
    rf_buffer_append(out, exponent, digits);
}

static bool put_float(rf_fus_vm *vm, const rf_fus_specifier *s, rf_fus_value value, rf_buffer *out) {
    if (!rf_fus_is_double(value) && !rf_fus_is_any_int(value))
        return raised(rf_fus_raise(vm, "Expected float for %%%c, got %s", s->kind, rf_fus_type_name(value)));
    double number = rf_fus_is_double(value) ? rf_fus_double(value) : (double)rf_fus_int(value), magnitude = fabs(number);
    int precision = s->precision < 0 ? 6 : s->precision;
    rf_buffer digits = { 0 };
    if (s->kind == 'M' || !isfinite(number)) {
        char text[400];
        rf_buffer_append(&digits, text, rf_fus_float_text(magnitude, text));
    } else if (s->kind == 'e' || s->kind == 'E') {
        put_exponent(&digits, magnitude, precision, s->kind == 'E');
    } else if (s->kind == 'g' || s->kind == 'G') {
        rf_buffer_printf(&digits, s->kind == 'g' ? "%.*g" : "%.*G", precision, magnitude);
    } else {
        rf_fus_put_fixed(&digits, magnitude, (uint32_t)precision);
    }
    if (!digits.failed)
        put_number(out, s, signbit(number) && !isnan(number), rf_buffer_view(&digits), isfinite(number));
    out->failed |= digits.failed;
    rf_buffer_done(&digits);
    return true;
}

static bool put_char(rf_fus_vm *vm, const rf_fus_specifier *s, rf_fus_value value, rf_buffer *out) {
    char bytes[4];
    rf_slice text;
    if (rf_fus_is_any_int(value)) {
        int64_t code = rf_fus_int(value);
        text = (rf_slice){ bytes, rf_utf8_encode(code < 0 || code > 0x10FFFF ? 0xFFFD : (uint32_t)code, bytes) };
    } else if (!rf_fus_expect_text(vm, value, &text)) {
        return false;
    }
    if (rf_utf8_length(text) != 1)
        return raised(rf_fus_raise(vm, "Expected one character for %%c, got %zu", rf_utf8_length(text)));
    put_padded(out, text, s->width, s->left);
    return true;
}

static bool put_text(rf_fus_vm *vm, const rf_fus_specifier *s, rf_fus_value value, rf_buffer *out) {
    if (s->kind == 'b' && !rf_fus_is_bool(value))
        return raised(rf_fus_raise(vm, "Expected bool for %%b, got %s", rf_fus_type_name(value)));
    rf_buffer text = { 0 };
    bool done = s->kind == 'A' ? rf_fus_display_source(vm, value, &text) : rf_fus_display(vm, value, &text);
    if (done && !text.failed)
        put_padded(out, rf_buffer_view(&text), s->width, s->left);
    out->failed |= text.failed;
    rf_buffer_done(&text);
    return done;
}

bool rf_fus_specifier_put(rf_fus_vm *vm, const rf_fus_specifier *s, rf_fus_value value, rf_buffer *out) {
    if (strchr("diuxXoB", s->kind))
        return put_int(vm, s, value, out);
    if (strchr("eEfFgGM", s->kind))
        return put_float(vm, s, value, out);
    return s->kind == 'c' ? put_char(vm, s, value, out) : put_text(vm, s, value, out);
}
