/* view.h: one client's terminal: what it shows, and the shortest way from there to what it should show. */
#ifndef RF_TERMINAL_VIEW_H
#define RF_TERMINAL_VIEW_H

#include "terminal/screen.h"

/* A text over the screen; a line break begins a new row below. */
typedef struct rf_overlay { int column, row; rf_slice text; } rf_overlay;

typedef struct rf_view rf_view; /* one thread */

/* A terminal of that size, which shows nobody knows what. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_view_new(int columns, int rows, rf_view **ret_view, rf_error *reterr);
void rf_view_free(rf_view *view); /* NULL is fine */
/* False: out of memory; the view is as it was. Everything is drawn anew next time. */
bool rf_view_resize(rf_view *view, int columns, int rows) RF_NODISCARD;
/* The terminal shows something else: everything is drawn anew next time. */
void rf_view_forget(rf_view *view);
/* Looks `lines` further up in the scrollback (negative: down); stops at its ends. Returns how far up it looks now: 0 is the screen itself. */
int64_t rf_view_scroll(rf_view *view, const rf_screen *screen, int64_t lines);

/*
 * Appends the bytes that make the terminal show the screen: only rows that changed, then cursor, modes (those of rf_screen_modes but
 * `alternate`), title. Uses rows 1 … `rows` of the terminal only, and neither its scroll regions below, nor its tab stops, nor DECSC: more may stand
 * below. A screen larger than the view is shown in the part around the cursor; a smaller one at the top left, the rest filled with `·`.
 * Wide and combining characters, 24-bit colours, hyperlinks as they are. Nothing to do: nothing is appended.
 * Cost: what changed; a whole screen of 80 x 24 about 100 us.
 */
void rf_view_draw(rf_view *view, const rf_screen *screen, const rf_overlay *overlays, size_t overlay_count, rf_buffer *out);
/* What puts a terminal back that a view was drawn on: modes off, cursor shown, attributes reset. */
void rf_view_leave(rf_buffer *out);

#endif
