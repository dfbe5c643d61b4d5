/* pen.h: how a cell looks, the cell itself, and SGR: there and back. */
#ifndef RF_TERMINAL_PEN_H
#define RF_TERMINAL_PEN_H

#include "base/buffer.h"

/* A colour: 0 the terminal's own, else one of these kinds with its value in the low 24 bits. */
#define RF_COLOUR_INDEX (1u << 24)
#define RF_COLOUR_RGB (2u << 24)

enum {
    RF_PEN_BOLD = 1,
    RF_PEN_DIM = 2,
    RF_PEN_ITALIC = 4,
    RF_PEN_UNDERLINE = 8, /* two bits: single, double, curly */
    RF_PEN_UNDERLINES = 24,
    RF_PEN_BLINK = 32,
    RF_PEN_REVERSE = 64,
    RF_PEN_CONCEAL = 128,
    RF_PEN_STRIKE = 256,
    RF_PEN_OVERLINE = 512,
};

/* Zeroed is the terminal's own look. */
typedef struct rf_pen {
    uint32_t foreground, background;
    uint16_t attributes;
    uint16_t link; /* number of a hyperlink (link.h); 0: none */
} rf_pen;

#define RF_CELL_CHARS 6

/* Compared as bytes: what is not used is 0. */
typedef struct rf_cell {
    uint32_t chars[RF_CELL_CHARS]; /* the character and those that join it; a blank is ' '; the right half of a wide one has none */
    rf_pen pen;
    uint32_t width;                /* 1, 2, or 0: the right half of a wide one */
} rf_cell;

static inline bool rf_pen_same(const rf_pen *a, const rf_pen *b) { return memcmp(a, b, sizeof *a) == 0; }
static inline bool rf_cell_same(const rf_cell *a, const rf_cell *b) { return memcmp(a, b, sizeof *a) == 0; }
static inline rf_cell rf_cell_blank(void) { return (rf_cell){ .chars = { ' ' }, .width = 1 }; }
/* A blank that an erased terminal shows too. */
bool rf_cell_is_blank(const rf_cell *cell);
/* How many cells are left without such blanks at the end. */
int rf_cells_trimmed(const rf_cell *cells, int count);
/* The characters of one cell as UTF-8. */
void rf_cell_text(const rf_cell *cell, rf_buffer *out);

/* Applies what stands between `ESC [` and `m`. Leaves the link. */
void rf_pen_apply(rf_pen *pen, rf_slice params);
/* The shortest SGR from one look to another, links apart. The same look: nothing. */
void rf_pen_change(const rf_pen *from, const rf_pen *to, rf_buffer *out);

#endif
