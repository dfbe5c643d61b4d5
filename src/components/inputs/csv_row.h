/* csv_row.h: one row of comma-separated values (RFC 4180): where it ends, and its fields. */
#ifndef RF_COMPONENTS_INPUTS_CSV_ROW_H
#define RF_COMPONENTS_INPUTS_CSV_ROW_H

#include "base/arena.h"

#include <stdbool.h>

typedef struct rf_csv_style {
    char delimiter;
    bool lazy_quotes; /* a quote may stand within a field */
} rf_csv_style;

typedef struct rf_csv_row {
    rf_slice *fields; /* in the arena */
    size_t count;
    char fault[160];  /* what is wrong with it; "" nothing */
} rf_csv_row;

/* Looks for the end of the row at the front of `text`. `*scanned` and `*place` keep how far it looked and in what (0 at the beginning
 * of a row). True: the row with its line end is `*ret_len` bytes. */
bool rf_csv_find_end(rf_csv_style style, rf_slice text, size_t *scanned, uint8_t *place, size_t *ret_len);
/* The fields of one row, which begins on line `line` of its source. False: out of memory. */
bool rf_csv_read(rf_csv_style style, rf_slice row, uint64_t line, rf_arena *arena, rf_csv_row *ret_row);
/* Nothing but its end. */
bool rf_csv_is_blank(rf_slice row);
/* Line ends in it; at least 1. */
uint64_t rf_csv_line_count(rf_slice row);

#endif
