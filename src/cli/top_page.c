/* top_page.c: lines that fit a terminal, numbers as people read them, and bars. */
#include "cli/top.h"

#include "base/slice.h"
#include "base/source.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const styles[RF_TOP_STYLES] = {
    [RF_TOP_NORMAL] = "\033[0m", [RF_TOP_BOLD] = "\033[1m", [RF_TOP_DIM] = "\033[2m", [RF_TOP_HEAD] = "\033[7m", [RF_TOP_GREEN] = "\033[32m",
    [RF_TOP_YELLOW] = "\033[33m", [RF_TOP_RED] = "\033[1;31m", [RF_TOP_CYAN] = "\033[36m",
};

void rf_top_style_on(rf_top_page *page, rf_top_style style) {
    if (!page->plain)
        rf_buffer_text(page->out, styles[style]);
}

/* One character for the page: what could give orders (C0, DEL, C1), changes the direction of text or is no UTF-8 comes as something harmless. */
static size_t character(rf_slice text, uint32_t *ret_char) {
    size_t bytes = rf_utf8_decode(text, ret_char);
    uint32_t c = *ret_char;
    if (bytes == 0)
        *ret_char = 0xFFFD;
    else if (c < ' ' || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029)
        *ret_char = ' ';
    else if ((c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F)
        *ret_char = 0xFFFD;
    return bytes ? bytes : 1;
}

static rf_slice behind(rf_slice text, size_t bytes) { return (rf_slice){ text.data + bytes, text.len - bytes }; }

static void put_char(rf_top_page *page, uint32_t c, size_t width) {
    char bytes[4];
    rf_buffer_append(page->out, bytes, rf_utf8_encode(c, bytes));
    page->column += width;
}

/* As much as fits into `room` columns; returns what does not. */
static rf_slice put_some(rf_top_page *page, rf_slice text, size_t room) {
    uint32_t c;
    while (text.len) {
        size_t bytes = character(text, &c), width = (size_t)rf_source_width(c);
        if (width > room)
            break;
        put_char(page, c, width);
        room -= width;
        text = behind(text, bytes);
    }
    return text;
}

static size_t room_of(const rf_top_page *page) {
    return page->plain ? SIZE_MAX : page->columns > page->column ? page->columns - page->column : 0;
}

void rf_top_put(rf_top_page *page, rf_slice text) { (void)put_some(page, text, room_of(page)); }

void rf_top_printf(rf_top_page *page, const char *format, ...) {
    char text[700];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    rf_top_put(page, rf_slice_of(text));
}

static size_t width_of(rf_slice text) {
    size_t all = 0;
    uint32_t c;
    for (; text.len; all += (size_t)rf_source_width(c))
        text = behind(text, character(text, &c));
    return all;
}

void rf_top_field(rf_top_page *page, rf_slice text, size_t width) {
    size_t wide = width_of(text), end = page->column + width, room = room_of(page);
    if (width > room)
        width = room;
    if (wide <= width || page->plain) {
        (void)put_some(page, text, SIZE_MAX);
    } else if (width) {
        (void)put_some(page, text, width - 1);
        put_char(page, 0x2026, 1);
    }
    while (page->column < end && room_of(page))
        put_char(page, ' ', 1);
}

void rf_top_right(rf_top_page *page, const char *text, size_t width) {
    rf_slice slice = rf_slice_of(text);
    for (size_t wide = width_of(slice); wide < width; wide++)
        rf_top_put(page, RF_SLICE(" "));
    rf_top_put(page, slice);
}

/* Halves of a column are the finest that all fonts have. */
void rf_top_bar(rf_top_page *page, double part, double self, size_t width) {
    double columns = (double)width * (part > 1 ? 1 : part);
    size_t whole = (size_t)columns, full = (size_t)((double)width * (self > 1 ? 1 : self) + 0.5);
    bool half = columns - (double)whole >= 0.5 || (whole == 0 && part > 0);
    for (size_t i = 0; i < width && room_of(page); i++)
        put_char(page, i >= whole + half ? ' ' : i == whole && full >= whole ? 0x258C : i < full ? 0x2588 : 0x2592, 1);
}

void rf_top_end_line(rf_top_page *page) {
    rf_buffer *out = page->out;
    bool full = page->column >= page->columns; /* the cursor is still on the last letter, which would be taken away */
    page->lines++;
    page->column = 0;
    if (page->skip || !page->room) {
        page->skip -= page->skip > 0;
        if (out->len > page->start)
            out->len = page->start;
        return;
    }
    page->room--;
    rf_buffer_text(out, page->plain ? "\n" : full ? "\033[0m\r\n" : "\033[0m\033[K\r\n"); /* nothing is left of what stood there */
    page->start = out->len;
}

/* ---- Numbers ---- */

/* Three digits and a unit; `units` are `step` apart. */
static const char *scaled(double value, double step, const char *const *units, size_t count, char *out) {
    size_t unit = 0;
    for (; unit + 1 < count && value >= step - 0.5; unit++)
        value /= step;
    (void)snprintf(out, RF_TOP_TEXT_MAX, "%.*f%s",
                   value >= 99.95 || (unit == 0 && value == (double)(long long)value) ? 0
                   : value >= 9.995                                                   ? 1
                                                                                      : 2,
                   value, units[unit]);
    return out;
}

const char *rf_top_time(double ns, char out[RF_TOP_TEXT_MAX]) {
    static const char *const units[] = { " ns", " us", " ms", " s" };
    return scaled(ns, 1000, units, 4, out);
}

const char *rf_top_count(double count, char out[RF_TOP_TEXT_MAX]) {
    static const char *const units[] = { "", "k", "M", "G", "T" };
    return scaled(count, 1000, units, 5, out);
}

const char *rf_top_bytes(double bytes, char out[RF_TOP_TEXT_MAX]) {
    static const char *const units[] = { " B", " KiB", " MiB", " GiB", " TiB" };
    return scaled(bytes, 1024, units, 5, out);
}
