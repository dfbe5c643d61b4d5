/* source.h: a text that the user wrote, and an error shown at its place in it. */
#ifndef RF_BASE_SOURCE_H
#define RF_BASE_SOURCE_H

#include "base/buffer.h"
#include "riffle/error.h"

/* A named text. Both views: whoever makes it keeps them alive. */
typedef struct rf_source {
    const char *name; /* as the user typed it */
    rf_slice text;    /* as it stands in the file, before environment variables are put in */
} rf_source;

/* Byte offset to line and column (both from 1; the column counts characters). */
void rf_source_locate(const rf_source *source, size_t offset, uint32_t *ret_line, uint32_t *ret_column);
/* The text of line `line` (from 1) without its end; empty when there is none. */
rf_slice rf_source_line(const rf_source *source, uint32_t line);

/*
 * Writes the error as a user sees it, ending in a newline:
 *     c.yaml:3:7: error: field `outptu` not recognised
 *        3 | outptu:
 *          | ^
 *     hint: did you mean `output`?
 * `source` may be NULL (no line is shown). Tabs and wide characters keep the caret in place; a long
 * line is shown in part. Colours when `colour`.
 */
void rf_source_show(rf_buffer *out, const rf_source *source, const rf_error *error, bool colour);

/* Columns that a terminal gives to a character: 0, 1 or 2; the blocks that matter, not all of Unicode. */
int rf_source_width(uint32_t c);

#endif
