/* pen.c: how a cell looks, the cell itself, and SGR: there and back. */
#include "terminal/pen.h"

#include "base/utf8.h"

#include <assert.h>

enum { PARAMS_MAX = 64, PARAM_MAX = 9999 };

/* ---- Cells ---- */

bool rf_cell_is_blank(const rf_cell *cell) {
    static const rf_cell blank = { .chars = { ' ' }, .width = 1 };
    return rf_cell_same(cell, &blank);
}

int rf_cells_trimmed(const rf_cell *cells, int count) {
    while (count > 0 && rf_cell_is_blank(&cells[count - 1]))
        count--;
    return count;
}

void rf_cell_text(const rf_cell *cell, rf_buffer *out) {
    for (int i = 0; i < RF_CELL_CHARS && cell->chars[i]; i++) {
        char bytes[4];
        if (cell->chars[i] < 0x80)
            rf_buffer_char(out, (char)cell->chars[i]);
        else
            rf_buffer_append(out, bytes, rf_utf8_encode(cell->chars[i], bytes));
    }
}

/* ---- SGR read ---- */

typedef struct params {
    uint32_t values[PARAMS_MAX];
    bool sub[PARAMS_MAX]; /* it stood behind a colon */
    int count;
} params;

static void read_params(rf_slice text, params *ret) {
    ret->count = 1;
    ret->values[0] = 0;
    ret->sub[0] = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        uint32_t *value = &ret->values[ret->count - 1];
        if (c >= '0' && c <= '9') {
            *value = *value * 10 + (uint32_t)(c - '0');
            *value = *value > PARAM_MAX ? PARAM_MAX : *value;
        } else if (c == ';' || c == ':') {
            if (ret->count == PARAMS_MAX)
                return;
            ret->values[ret->count] = 0;
            ret->sub[ret->count++] = c == ':';
        }
    }
}

static uint32_t rgb(const uint32_t *values) { return RF_COLOUR_RGB | (values[0] & 255) << 16 | (values[1] & 255) << 8 | (values[2] & 255); }

/* A colour of 38, 48 or 58, whose number is at `at`; returns how many parameters behind it belong to it. `colour` stays when it is none. */
static int read_colour(const params *p, int at, uint32_t *colour) {
    int subs = 0, left = p->count - at - 1;
    while (subs < left && p->sub[at + 1 + subs])
        subs++;
    if (left < 1)
        return 0;
    const uint32_t *v = p->values + at + 1;
    int first = subs >= 5 ? 2 : 1; /* a colour space may come first, where colons part */
    if (v[0] == 5 && (subs ? subs : left) >= 2) {
        *colour = RF_COLOUR_INDEX | (v[1] & 255);
        return subs ? subs : 2;
    }
    if (v[0] == 2 && (subs ? subs : left) >= first + 3) {
        *colour = rgb(v + first);
        return subs ? subs : 4;
    }
    return subs ? subs : 1;
}

static void underline(rf_pen *pen, uint32_t style) {
    pen->attributes = (uint16_t)((pen->attributes & ~(unsigned)RF_PEN_UNDERLINES) | (style > 3 ? 1 : style) * RF_PEN_UNDERLINE);
}

static bool apply_attribute(rf_pen *pen, uint32_t value) {
    static const uint16_t on[] = { [1] = RF_PEN_BOLD, [2] = RF_PEN_DIM, [3] = RF_PEN_ITALIC, [5] = RF_PEN_BLINK, [6] = RF_PEN_BLINK,
                                   [7] = RF_PEN_REVERSE, [8] = RF_PEN_CONCEAL, [9] = RF_PEN_STRIKE, [53] = RF_PEN_OVERLINE };
    static const uint16_t off[] = { [22] = RF_PEN_BOLD | RF_PEN_DIM, [23] = RF_PEN_ITALIC, [24] = RF_PEN_UNDERLINES, [25] = RF_PEN_BLINK,
                                    [27] = RF_PEN_REVERSE, [28] = RF_PEN_CONCEAL, [29] = RF_PEN_STRIKE, [55] = RF_PEN_OVERLINE };
    if (value < sizeof on / sizeof *on && on[value])
        pen->attributes |= on[value];
    else if (value < sizeof off / sizeof *off && off[value])
        pen->attributes &= (uint16_t)~off[value];
    else
        return false;
    return true;
}

static void apply_simple(rf_pen *pen, uint32_t v) {
    if (v == 0)
        *pen = (rf_pen){ .link = pen->link };
    else if (apply_attribute(pen, v))
        return;
    else if (v == 21)
        underline(pen, 2);
    else if (v >= 30 && v <= 37)
        pen->foreground = RF_COLOUR_INDEX | (v - 30);
    else if (v == 39)
        pen->foreground = 0;
    else if (v >= 40 && v <= 47)
        pen->background = RF_COLOUR_INDEX | (v - 40);
    else if (v == 49)
        pen->background = 0;
    else if (v >= 90 && v <= 97)
        pen->foreground = RF_COLOUR_INDEX | (v - 90 + 8);
    else if (v >= 100 && v <= 107)
        pen->background = RF_COLOUR_INDEX | (v - 100 + 8);
}

void rf_pen_apply(rf_pen *pen, rf_slice text) {
    assert(pen);
    params p;
    read_params(text, &p);
    for (int i = 0; i < p.count; i++) {
        uint32_t v = p.values[i], dropped = 0;
        if (v == 38 || v == 48 || v == 58)
            i += read_colour(&p, i, v == 38 ? &pen->foreground : v == 48 ? &pen->background : &dropped);
        else if (v == 4)
            underline(pen, i + 1 < p.count && p.sub[i + 1] ? p.values[i + 1] : 1);
        else
            apply_simple(pen, v);
        while (i + 1 < p.count && p.sub[i + 1])
            i++;
    }
}

/* ---- SGR written ---- */

static void number(rf_buffer *out, uint32_t n) {
    char text[10];
    size_t at = sizeof text;
    do
        text[--at] = (char)('0' + n % 10);
    while (n /= 10);
    rf_buffer_append(out, text + at, sizeof text - at);
    rf_buffer_char(out, ';');
}

static void write_colour(rf_buffer *out, uint32_t colour, uint32_t base) {
    uint32_t value = colour & 0xFFFFFF;
    if (!colour) {
        number(out, base + 9);
    } else if (colour & RF_COLOUR_INDEX && value < 16) {
        number(out, value < 8 ? base + value : base + 60 + value - 8);
    } else if (colour & RF_COLOUR_INDEX) {
        number(out, base + 8);
        number(out, 5);
        number(out, value);
    } else {
        number(out, base + 8);
        number(out, 2);
        for (int shift = 16; shift >= 0; shift -= 8)
            number(out, value >> shift & 255);
    }
}

static void write_attributes(rf_buffer *out, uint32_t attributes) {
    static const struct { uint16_t bit; uint8_t code; } rows[] = {
        { RF_PEN_BOLD, 1 }, { RF_PEN_DIM, 2 }, { RF_PEN_ITALIC, 3 }, { RF_PEN_BLINK, 5 }, { RF_PEN_REVERSE, 7 },
        { RF_PEN_CONCEAL, 8 }, { RF_PEN_STRIKE, 9 }, { RF_PEN_OVERLINE, 53 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (attributes & rows[i].bit)
            number(out, rows[i].code);
    uint32_t style = (attributes & RF_PEN_UNDERLINES) / RF_PEN_UNDERLINE;
    if (style == 3)
        rf_buffer_text(out, "4:3;");
    else if (style)
        number(out, style == 1 ? 4 : 21);
}

void rf_pen_change(const rf_pen *from, const rf_pen *to, rf_buffer *out) {
    assert(from && to && out);
    static const rf_pen plain = { 0 };
    uint32_t had = from->attributes, want = to->attributes;
    if (had == want && from->foreground == to->foreground && from->background == to->background)
        return;
    rf_buffer_text(out, "\x1B[");
    /* What is switched off singly often takes more bytes, and 22 takes two at once. */
    bool reset = had & ~want || ((had ^ want) & had & RF_PEN_UNDERLINES) || (had & RF_PEN_UNDERLINES && (had ^ want) & RF_PEN_UNDERLINES) ||
                 (!want && !to->foreground && !to->background);
    if (reset) {
        from = &plain;
        had = 0;
        rf_buffer_text(out, want || to->foreground || to->background ? "0;" : ";");
    }
    write_attributes(out, want & ~had);
    if (to->foreground != from->foreground)
        write_colour(out, to->foreground, 30);
    if (to->background != from->background)
        write_colour(out, to->background, 40);
    if (!out->failed)
        out->data[out->len - 1] = 'm';
}
