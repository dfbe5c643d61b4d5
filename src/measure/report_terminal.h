/* report_terminal.h: what the parts of the terminal report share. */
#ifndef RF_MEASURE_REPORT_TERMINAL_H
#define RF_MEASURE_REPORT_TERMINAL_H

#include "measure/report_text.h"

/* How a piece is set off; nothing without colours. */
typedef enum rf_style {
    RF_STYLE_PLAIN,
    RF_STYLE_BOLD,
    RF_STYLE_DIM,
    RF_STYLE_RED,
    RF_STYLE_GREEN,
    RF_STYLE_YELLOW,
    RF_STYLE_HEADING
} rf_style;

/* Appends the text in that style. */
void rf_terminal_styled(rf_terminal_report *report, rf_style style, rf_slice text);
/* Takes the line at the bottom away, when there is one. */
void rf_terminal_erase(rf_terminal_report *report);
/* The style of a change: green for faster, red for slower, dim within what does not matter, yellow for unclear. */
rf_style rf_terminal_change_style(rf_change change);
/* "+4.3 % slower [+2.1 % +6.5 %]"; the interval only for what has one that says something. */
void rf_terminal_change_text(const rf_comparison *comparison, rf_buffer *out);

#endif
