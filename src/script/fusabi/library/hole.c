/* hole.c: the holes of $"…{value:format}…": .NET's formats, and printf's. */
#include "base/slice.h"
#include "script/fusabi/library/format.h"
#include "script/fusabi/library/specifier.h"

#include <math.h>

enum { DIGITS_MAX = 1000 };

typedef struct hole {
    rf_fus_vm *vm;
    rf_slice format;    /* as written, for messages */
    rf_slice spec;      /* without the width */
    uint32_t width;
    bool left;
} hole;

static bool invalid(const hole *h) {
    (void)rf_fus_raise(h->vm, "Invalid format: '%.*s'", RF_SLICE_ARG(h->format));
    return false;
}

static bool mismatch(const hole *h, const char *expected, rf_fus_value value) {
    (void)rf_fus_raise(h->vm, "Expected %s for '%.*s', got %s", expected, RF_SLICE_ARG(h->format), rf_fus_type_name(value));
    return false;
}

/* ",-8:F2" */
static bool parse_width(hole *h) {
    rf_slice rest = h->format;
    if (rest.len && rest.data[0] == ',') {
        size_t at = 1;
        h->left = at < rest.len && rest.data[at] == '-';
        at += h->left;
        size_t begun = at;
        for (; at < rest.len && rest.data[at] >= '0' && rest.data[at] <= '9'; at++) {
            h->width = h->width * 10 + (uint32_t)(rest.data[at] - '0');
            if (h->width > DIGITS_MAX)
                return invalid(h);
        }
        if (at == begun || (at < rest.len && rest.data[at] != ':'))
            return invalid(h);
        rest = (rf_slice){ rest.data + at, rest.len - at };
    }
    if (rest.len && rest.data[0] == ':')
        rest = (rf_slice){ rest.data + 1, rest.len - 1 };
    h->spec = rest;
    return true;
}

/* Puts commas into the whole part of a number's text ("-1234.5"). */
static void put_grouped(rf_buffer *out, rf_slice digits) {
    size_t whole = 0, sign = digits.len && digits.data[0] == '-';
    while (sign + whole < digits.len && digits.data[sign + whole] >= '0' && digits.data[sign + whole] <= '9')
        whole++;
    for (size_t i = 0; i < digits.len; i++) {
        if (i > sign && i < sign + whole && (sign + whole - i) % 3 == 0)
            rf_buffer_char(out, ',');
        rf_buffer_char(out, digits.data[i]);
    }
}

/* A pattern of 0, #, comma and point. */
typedef struct pattern { uint32_t whole_least, places_least, places_most; bool grouped; } pattern;

static bool parse_pattern(rf_slice spec, pattern *ret_pattern) {
    pattern p = { 0 };
    bool behind = false;
    for (size_t i = 0; i < spec.len; i++) {
        char c = spec.data[i];
        bool is_first_point = c == '.' && !behind;
        if (!is_first_point && c != '0' && c != '#' && (c != ',' || behind))
            return false;
        behind |= is_first_point;
        p.grouped |= c == ',';
        p.whole_least += !behind && c == '0';
        p.places_most += behind && c != '.';
        if (behind && c == '0')
            p.places_least = p.places_most;
    }
    *ret_pattern = p;
    return spec.len && spec.len <= DIGITS_MAX;
}

static void put_pattern(rf_buffer *out, double number, const pattern *p) {
    rf_buffer digits = { 0 };
    rf_fus_put_fixed(&digits, fabs(number), p->places_most);
    size_t len = digits.len, whole = len - p->places_most - (p->places_most > 0);
    if (digits.failed) {
        rf_buffer_done(&digits);
        out->failed = true;
        return;
    }
    for (uint32_t least = p->places_least; len > whole + 1 + least && digits.data[len - 1] == '0';)
        len--;
    if (len == whole + 1)
        len = whole; /* no places are left: no point either */
    bool is_zero = whole == 1 && digits.data[0] == '0';
    rf_buffer padded = { 0 };
    if (signbit(number))
        rf_buffer_char(&padded, '-');
    for (size_t i = whole; i < p->whole_least; i++)
        rf_buffer_char(&padded, '0');
    size_t skipped = is_zero && p->whole_least == 0;
    rf_buffer_append(&padded, digits.data + skipped, len - skipped);
    if (p->grouped)
        put_grouped(out, rf_buffer_view(&padded));
    else
        rf_buffer_slice(out, rf_buffer_view(&padded));
    out->failed |= padded.failed;
    rf_buffer_done(&padded);
    rf_buffer_done(&digits);
}

static bool put_int_spec(const hole *h, rf_fus_value value, char kind, uint32_t digits, rf_buffer *out) {
    if (!rf_fus_is_any_int(value))
        return mismatch(h, "int", value);
    rf_fus_specifier s = { .kind = kind == 'D' || kind == 'd' ? 'd' : kind, .zero = true, .precision = -1 };
    s.width = digits + (s.kind == 'd' && rf_fus_int(value) < 0);
    return rf_fus_specifier_put(h->vm, &s, value, out);
}

/* F2, N0, D4, X8, E3, P1, G: `precision` -1: none was given. */
static bool put_standard(const hole *h, rf_fus_value value, char kind, int32_t precision, rf_buffer *out) {
    if (strchr("DdXxBb", kind))
        return put_int_spec(h, value, kind == 'b' ? 'B' : kind, precision < 0 ? 0 : (uint32_t)precision, out);
    if (!rf_fus_is_any_int(value) && !rf_fus_is_double(value))
        return mismatch(h, "number", value);
    double number = rf_fus_is_double(value) ? rf_fus_double(value) : (double)rf_fus_int(value);
    bool whole = strchr("GgRr", kind) && precision <= 0;
    if (whole || !isfinite(number))
        return rf_fus_display(h->vm, value, out);
    if (strchr("EeGg", kind)) {
        rf_fus_specifier s = { .kind = kind, .precision = precision };
        return rf_fus_specifier_put(h->vm, &s, value, out);
    }
    rf_buffer digits = { 0 };
    bool percent = kind == 'P' || kind == 'p';
    rf_fus_put_fixed(&digits, percent ? number * 100 : number, precision < 0 ? 2 : (uint32_t)precision);
    if (kind == 'F' || kind == 'f')
        rf_buffer_slice(out, rf_buffer_view(&digits));
    else
        put_grouped(out, rf_buffer_view(&digits));
    if (percent)
        rf_buffer_char(out, '%');
    out->failed |= digits.failed;
    rf_buffer_done(&digits);
    return true;
}

static bool put_percent(const hole *h, rf_fus_value value, rf_buffer *out) {
    rf_fus_specifier s;
    size_t len;
    if (!rf_fus_specifier_parse(h->vm, h->spec, &s, &len))
        return false;
    if (len != h->spec.len || s.kind == '%')
        return invalid(h);
    return rf_fus_specifier_put(h->vm, &s, value, out);
}

static bool put_spec(const hole *h, rf_fus_value value, rf_buffer *out) {
    pattern p;
    if (h->spec.len == 0)
        return rf_fus_display(h->vm, value, out);
    char kind = h->spec.data[0];
    if (kind == '%')
        return put_percent(h, value, out);
    if (parse_pattern(h->spec, &p)) {
        if (!rf_fus_is_any_int(value) && !rf_fus_is_double(value))
            return mismatch(h, "number", value);
        double number = rf_fus_is_double(value) ? rf_fus_double(value) : (double)rf_fus_int(value);
        if (!isfinite(number))
            return rf_fus_display(h->vm, value, out);
        put_pattern(out, number, &p);
        return true;
    }
    int32_t precision = h->spec.len > 1 ? 0 : -1;
    for (size_t i = 1; i < h->spec.len; i++) {
        if (h->spec.data[i] < '0' || h->spec.data[i] > '9' || precision > DIGITS_MAX / 10)
            return invalid(h);
        precision = precision * 10 + (h->spec.data[i] - '0');
    }
    return kind && strchr("FfNnDdXxBbEeGgPpRr", kind) ? put_standard(h, value, kind, precision, out) : invalid(h);
}

bool rf_fus_format_value(rf_fus_vm *vm, rf_slice format, rf_fus_value value, rf_buffer *out) {
    hole h = { .vm = vm, .format = format };
    if (!parse_width(&h))
        return false;
    if (h.width == 0)
        return put_spec(&h, value, out);
    rf_buffer text = { 0 };
    bool done = put_spec(&h, value, &text);
    if (done && !text.failed)
        rf_fus_put_padded(out, rf_buffer_view(&text), h.width, h.left);
    out->failed |= text.failed;
    rf_buffer_done(&text);
    return done;
}
