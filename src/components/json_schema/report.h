/* report.h: what is wrong with a value, told while it is checked. */
#ifndef RF_JSON_SCHEMA_REPORT_H
#define RF_JSON_SCHEMA_REPORT_H

#include "base/buffer.h"

/* Where in the value: a chain from the part to the root, on the stack of the checker. */
typedef struct rf_schema_place {
    const struct rf_schema_place *around; /* NULL: the root */
    rf_slice name;                        /* of a member; data NULL: an element */
    uint32_t index;
} rf_schema_place;

/* Of one part of the check. Complaints are lines at the end of a buffer; the closer a value came, the higher the score. */
typedef struct rf_schema_result { uint32_t complaints; int64_t score; } rf_schema_result;

/*
 * Counts, and unless `out` is NULL adds a line: the place, a blank, and the text in lower case. `property` (data NULL: none) is put before the text, which does
 * not begin with it: the original's way.
 */
void rf_schema_complain(rf_buffer *out, rf_schema_result *result, const rf_schema_place *place, rf_slice property, const char *format, ...)
    RF_PRINTF(5, 6);
/* Writes the place: `a.b.0`, or `(root)`. */
void rf_schema_write_place(rf_buffer *out, const rf_schema_place *place);

#endif
