/* status_line.h: the line below an attached session. */
#ifndef RF_TERMINAL_STATUS_LINE_H
#define RF_TERMINAL_STATUS_LINE_H

#include "base/buffer.h"

#include <stdbool.h>

typedef enum rf_notice_level { RF_NOTICE_INFO, RF_NOTICE_SUCCESS, RF_NOTICE_WARNING, RF_NOTICE_ERROR } rf_notice_level;
/* "info", "success", "warning" (and "warn"), "error"; others are info. */
rf_notice_level rf_notice_level_of(rf_slice name);

typedef struct rf_status_line_item { rf_slice text; int64_t priority; } rf_status_line_item;

/* Texts may hold anything: they are cleaned when they are drawn. */
typedef struct rf_status_line {
    rf_slice session, title;
    rf_slice hint;                /* in place of the title: what keys do now; "": none */
    const rf_status_line_item *items;  /* in any order */
    size_t item_count;
    bool read_only, recording;
    bool scrolling;               /* shows how far up the view is */
    int64_t scrolled, scroll_of;
    int64_t clients;              /* shown when there are others */
    rf_slice notice;              /* in the middle, as long as it is news; "": none */
    rf_notice_level level;
} rf_status_line;

/*
 * Appends the line: exactly `columns` columns, with colours, reset at its end. What has no room is left out: of the right side first the
 * items of the lowest priority. The caller sees to the place, and that the terminal does not wrap.
 */
void rf_status_line_draw(const rf_status_line *line, size_t columns, rf_buffer *out);

#endif
