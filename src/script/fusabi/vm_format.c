/* vm_format.c: values as text: joined, displayed, and by the format strings of interpolation ("F2", "%5d"). */
#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "script/fusabi/vm_internal.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>

enum { FLAT_MAX = 4096, DIGITS_MAX = 99, WIDTH_MAX = 1000 };

/* ---- Joining ---- */

static rf_fus_value raise_concat(rf_fus_vm *vm, rf_fus_value a, rf_fus_value b) {
    return rf_fus_raise(vm, "Type mismatch in concatenation: %s ++ %s", rf_fus_type_name(a), rf_fus_type_name(b));
}

static rf_fus_value join_flat(rf_fus_vm *vm, const rf_fus_value *items, uint32_t count, size_t total) {
    char *to = NULL;
    rf_fus_value joined = rf_fus_string_room(vm, total, &to);
    for (uint32_t i = 0; i < count && joined != RF_FUS_RAISED; i++) {
        rf_slice text = rf_fus_text(vm, items[i]);
        if (!text.data)
            return RF_FUS_RAISED;
        memcpy(to, text.data, text.len);
        to += text.len;
    }
    return joined;
}

rf_fus_value rf_fus_concat_all(rf_fus_vm *vm, const rf_fus_value *items, uint32_t count) {
    size_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!rf_fus_is_string(items[i]))
            return i == 0 && count > 1 ? raise_concat(vm, items[0], items[1]) : raise_concat(vm, items[i ? i - 1 : 0], items[i]);
        total += rf_fus_object_of(items[i])->length;
    }
    if (count == 0)
        return rf_fus_string_new(vm, RF_SLICE(""));
    size_t room = total <= FLAT_MAX ? sizeof(rf_fus_string) + total + 8 : count * sizeof(rf_fus_rope) + 128;
    if (!rf_fus_room(vm, rf_fus_round(room)))
        return RF_FUS_RAISED;
    if (total <= FLAT_MAX)
        return join_flat(vm, items, count, total);
    rf_fus_value joined = items[0];
    for (uint32_t i = 1; i < count && joined != RF_FUS_RAISED; i++)
        joined = rf_fus_concat(vm, joined, items[i]);
    return joined;
}

/* ---- Displaying ---- */

rf_fus_value rf_fus_display_value(rf_fus_vm *vm, rf_fus_value v) {
    if (rf_fus_is_string(v))
        return v;
    if (rf_fus_is_int(v)) {
        char text[RF_NUMBER_TEXT_MAX];
        return rf_fus_string_new(vm, (rf_slice){ text, rf_number_i64(rf_fus_small_int(v), text) });
    }
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    if (!rf_fus_display(vm, v, &out))
        return RF_FUS_RAISED;
    if (out.failed) {
        vm->heap.over_limit = false;
        return rf_fus_raise_nomem(vm);
    }
    return rf_fus_string_new(vm, rf_buffer_view(&out));
}

/* ---- By format ---- */

/* A number up to `most` at the start of the text, cut off it; -1: none. */
static int take_number(rf_slice *text, int most) {
    int value = -1;
    while (text->len && isdigit((unsigned char)*text->data)) {
        value = (value < 0 ? 0 : value) * 10 + (*text->data - '0');
        value = value > most ? most : value;
        text->data++;
        text->len--;
    }
    return value;
}

static bool take_char(rf_slice *text, char c) {
    if (!text->len || *text->data != c)
        return false;
    text->data++;
    text->len--;
    return true;
}

static rf_fus_value raise_format(rf_fus_vm *vm, rf_slice format) {
    return rf_fus_raise(vm, "Invalid format specifier: %.*s", RF_SLICE_ARG(format));
}

/* printf's: "%", flags, width, precision, conversion. */
typedef struct conversion {
    char flags[8];
    int width, precision;
    char letter;
} conversion;

static bool read_conversion(rf_slice text, conversion *ret) {
    size_t flags = 0;
    *ret = (conversion){ 0 };
    if (!take_char(&text, '%'))
        return false;
    while (text.len && memchr("-+ 0#", *text.data, 5)) {
        if (!strchr(ret->flags, *text.data))
            ret->flags[flags++] = *text.data;
        text.data++;
        text.len--;
    }
    ret->width = take_number(&text, WIDTH_MAX);
    ret->precision = take_char(&text, '.') ? take_number(&text, DIGITS_MAX) : -1;
    if (text.len != 1)
        return false;
    ret->letter = *text.data;
    return true;
}

static void pad(rf_buffer *out, size_t from, int width, bool left) {
    size_t chars = out->len > from ? rf_utf8_length((rf_slice){ out->data + from, out->len - from }) : 0; /* a new buffer has no data */
    if (width < 0 || chars >= (size_t)width || out->failed)
        return;
    size_t more = (size_t)width - chars;
    if (!rf_buffer_reserve(out, more))
        return;
    if (left) {
        memset(out->data + out->len, ' ', more);
    } else {
        memmove(out->data + from + more, out->data + from, out->len - from);
        memset(out->data + from, ' ', more);
    }
    out->len += more;
}

/* snprintf with a format put together from checked parts. */
#define PRINT(out, conversion, modifier, value)                                                                              \
    do {                                                                                                                     \
        char shape[40];                                                                                                      \
        (void)snprintf(shape, sizeof shape, "%%%s*.*%s%c", (conversion)->flags, (modifier), (conversion)->letter);           \
        char text[1500];                                                                                                     \
        int len = snprintf(text, sizeof text, shape, (conversion)->width < 0 ? 0 : (conversion)->width, (conversion)->precision, (value)); \
        rf_buffer_append((out), text, len < 0 ? 0 : (size_t)len < sizeof text ? (size_t)len : sizeof text - 1);               \
    } while (0)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void print_int(rf_buffer *out, const conversion *c, int64_t value) { PRINT(out, c, "ll", (long long)value); }
static void print_float(rf_buffer *out, const conversion *c, double value) { PRINT(out, c, "", value); }
#pragma GCC diagnostic pop

static bool by_printf(rf_fus_vm *vm, rf_fus_value v, rf_slice format, rf_buffer *out) {
    conversion c;
    double number;
    int64_t integer;
    if (!read_conversion(format, &c) || !strchr("diuxXoeEfFgGsAOb", c.letter)) {
        (void)raise_format(vm, format);
        return false;
    }
    if (strchr("eEfFgG", c.letter)) {
        if (!rf_fus_expect_number(vm, v, &number))
            return false;
        print_float(out, &c, number);
        return true;
    }
    if (strchr("diuxXo", c.letter)) {
        if (!rf_fus_expect_int(vm, v, &integer))
            return false;
        print_int(out, &c, integer);
        return true;
    }
    if (!(c.letter == 'A' ? rf_fus_display_source(vm, v, out) : rf_fus_display(vm, v, out)))
        return false;
    pad(out, 0, c.width, strchr(c.flags, '-') != NULL);
    return true;
}

/* A comma after every third digit in front of the point. */
static void group(rf_buffer *out, const char *text, size_t len) {
    size_t at = 0, end = 0;
    if (len && text[0] == '-')
        rf_buffer_char(out, text[at++]);
    for (end = at; end < len && isdigit((unsigned char)text[end]); end++)
        continue;
    for (; at < end; at++) {
        rf_buffer_char(out, text[at]);
        if (at + 1 < end && (end - at - 1) % 3 == 0)
            rf_buffer_char(out, ',');
    }
    rf_buffer_append(out, text + end, len - end);
}

/* .NET writes at least three digits of exponent: 1.5E+003. */
static void show_exponent(rf_buffer *out, double value, int digits, char letter) {
    char text[200];
    int len = snprintf(text, sizeof text, letter == 'E' ? "%.*E" : "%.*e", digits, value);
    const char *mark = strchr(text, letter);
    if (len < 0 || !mark) {
        rf_buffer_text(out, text);
        return;
    }
    rf_buffer_append(out, text, (size_t)(mark - text) + 2);
    rf_buffer_printf(out, "%03d", (int)labs(strtol(mark + 1, NULL, 10)));
}

static void show_fixed(rf_buffer *out, double value, int digits, char letter) {
    char text[500];
    if (letter == 'P')
        value *= 100;
    int len = snprintf(text, sizeof text, "%.*f", digits, value);
    if (letter == 'F' || !isfinite(value))
        rf_buffer_append(out, text, (size_t)len);
    else
        group(out, text, (size_t)len);
    if (letter == 'P')
        rf_buffer_text(out, "%");
}

static void show_digits(rf_buffer *out, int64_t value, int digits, char letter) {
    if (letter == 'X')
        rf_buffer_printf(out, "%0*llX", digits < 0 ? 1 : digits, (unsigned long long)value);
    else if (letter == 'x')
        rf_buffer_printf(out, "%0*llx", digits < 0 ? 1 : digits, (unsigned long long)value);
    else
        rf_buffer_printf(out, "%s%0*llu", value < 0 ? "-" : "", digits < 0 ? 1 : digits,
                         (unsigned long long)(value < 0 ? 0 - (uint64_t)value : (uint64_t)value));
}

/* "0.00", "#,##0.0": so many digits behind the point, and groups if there is a comma. */
static bool by_picture(rf_fus_vm *vm, rf_fus_value v, rf_slice format, rf_buffer *out) {
    int digits = 0;
    bool point = false, groups = false;
    for (size_t i = 0; i < format.len; i++) {
        char c = format.data[i];
        if (!strchr("0#.,", c)) {
            (void)raise_format(vm, format);
            return false;
        }
        digits += point && (c == '0' || c == '#');
        point = point || c == '.';
        groups = groups || c == ',';
    }
    double number;
    if (!rf_fus_expect_number(vm, v, &number))
        return false;
    show_fixed(out, number, digits < DIGITS_MAX ? digits : DIGITS_MAX, groups ? 'N' : 'F');
    return true;
}

/* .NET's: a letter and a number of digits. */
static bool by_letter(rf_fus_vm *vm, rf_fus_value v, rf_slice format, rf_buffer *out) {
    rf_slice rest = { format.data + 1, format.len - 1 };
    char letter = *format.data, upper = (char)toupper((unsigned char)letter);
    int digits = take_number(&rest, DIGITS_MAX);
    if (rest.len || !strchr("FNPEDXG", upper))
        return by_picture(vm, v, format, out);
    double number;
    int64_t integer;
    if (upper == 'D' || upper == 'X') {
        if (!rf_fus_expect_int(vm, v, &integer))
            return false;
        show_digits(out, integer, digits, letter);
    } else if (upper == 'G') {
        return rf_fus_display(vm, v, out);
    } else {
        if (!rf_fus_expect_number(vm, v, &number))
            return false;
        if (upper == 'E')
            show_exponent(out, number, digits < 0 ? 6 : digits, letter);
        else
            show_fixed(out, number, digits < 0 ? 2 : digits, upper);
    }
    return true;
}

/* "%…" as printf, "F2" and "0.00" as .NET, ",10" or ",-10" in front of those pads. */
static bool format_into(rf_fus_vm *vm, rf_fus_value v, rf_slice format, rf_buffer *out) {
    rf_slice rest = format;
    int width = -1;
    bool left = false;
    if (take_char(&rest, ',')) {
        left = take_char(&rest, '-');
        width = take_number(&rest, WIDTH_MAX);
        if (width < 0 || (rest.len && !take_char(&rest, ':'))) {
            (void)raise_format(vm, format);
            return false;
        }
    }
    bool shown = rest.len == 0        ? rf_fus_display(vm, v, out)
                 : *rest.data == '%' ? by_printf(vm, v, rest, out)
                                     : by_letter(vm, v, rest, out);
    pad(out, 0, shown ? width : -1, left);
    return shown;
}

rf_fus_value rf_fus_format_hole(rf_fus_vm *vm, rf_fus_value v, rf_fus_value format) {
    if (!rf_fus_flat(format))
        return rf_fus_raise_type(vm, "string", format);
    const rf_fus_string *text = RF_FUS_AS(const rf_fus_string, format);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    if (!format_into(vm, v, (rf_slice){ text->bytes, text->head.length }, &out))
        return RF_FUS_RAISED;
    if (out.failed) {
        vm->heap.over_limit = false;
        return rf_fus_raise_nomem(vm);
    }
    return rf_fus_string_new(vm, rf_buffer_view(&out));
}
