/* view_internal.h: the inside of a view, for its own files. */
#ifndef RF_TERMINAL_VIEW_INTERNAL_H
#define RF_TERMINAL_VIEW_INTERNAL_H

#include "terminal/screen_internal.h"
#include "terminal/view.h"

/* A row's key says what it was drawn from: the same key means that nobody needs to look at it. */
#define RF_VIEW_KEY_UNKNOWN 0u
#define RF_VIEW_KEY_EMPTY (UINT64_C(1) << 62)   /* below the screen */
#define RF_VIEW_KEY_HISTORY (UINT64_C(1) << 63) /* with the line's number */

struct rf_view {
    int columns, rows;
    rf_cell *cells;    /* what the terminal shows; of width RF_VIEW_UNKNOWN: nobody knows */
    uint64_t *keys;    /* of each row */
    uint64_t *fresh;   /* of each row, while it is drawn */
    rf_cell *row;      /* what a row should show; one more cell is there for a wide character that is cut */
    bool *dirty;       /* of its cells */
    bool known;        /* something was drawn since the terminal became unknown */
    rf_screen_modes modes;
    char title[RF_SCREEN_TITLE_MAX];
    size_t title_len;
    int64_t scroll;    /* lines up from the screen */
    int left, top;     /* the part of a larger screen that is shown */
    int screen_columns, screen_rows;
    rf_buffer body;    /* the rows' bytes */
    /* Where the terminal's cursor is and how it would draw, while a draw goes on. */
    int column, line;  /* column -1: not known */
    rf_pen pen;
    int drawn;         /* cells */
    const rf_screen *screen;
};

#define RF_VIEW_UNKNOWN 9u

/* Draws the row's `row` over what is shown. */
void rf_view_draw_row(rf_view *view, int line);
/* The bytes for all modes that differ, and the title. */
void rf_view_draw_modes(rf_view *view, const rf_screen_modes *modes, rf_slice title, rf_buffer *out);
/* Moves the terminal's cursor. */
void rf_view_move(rf_view *view, int line, int column);
/* Looks like that from now on. */
void rf_view_use(rf_view *view, const rf_pen *pen);
/* Lays the overlays that touch the row over `row`. */
void rf_view_lay_over(rf_view *view, int line, const rf_overlay *overlays, size_t count);
bool rf_view_is_laid_over(int line, const rf_overlay *overlays, size_t count);

#endif
