/* history.h: a screen's scrollback: lines as text and runs of looks, in blocks, bounded by lines and by bytes. */
#ifndef RF_TERMINAL_HISTORY_H
#define RF_TERMINAL_HISTORY_H

#include "terminal/pen.h"

#define RF_HISTORY_COLUMNS_MAX 1001 /* cells of one line; what is longer is cut */

/* Zeroed keeps nothing; with the two bounds set it is ready. */
typedef struct rf_history {
    size_t lines_max, bytes_max;
    struct rf_history_block **blocks; /* a ring of block_cap places */
    size_t block_cap, block_first, block_count;
    size_t lines;                     /* kept */
    size_t skipped;                   /* of the oldest block: dropped already */
    size_t bytes;                     /* memory of all blocks */
} rf_history;

void rf_history_done(rf_history *history);
void rf_history_clear(rf_history *history);
/* Appends a line; the oldest ones go. Without memory the line is lost. */
void rf_history_push(rf_history *history, const rf_cell *cells, int count, bool wrapped);
/* Cells in a row that look the same. */
typedef struct rf_history_run { size_t cells; rf_pen pen; } rf_history_run;
/* Appends a line of printable ASCII, all of it in runs that differ one from the next: the same as with cells, but quick. */
void rf_history_push_text(rf_history *history, rf_slice text, const rf_history_run *runs, size_t count, bool wrapped);
/* The cells of a line, 0 is the oldest: `room` of them at most, returns how many. `ret_wrapped` (may be NULL): the next line goes on with it. */
int rf_history_cells(const rf_history *history, size_t line, rf_cell *cells, int room, bool *ret_wrapped);
/* Drops the newest line. */
void rf_history_pop(rf_history *history);

#endif
