/* svg.h: what pictures are made of: axes with round ticks, and numbers and texts that are safe in markup. */
#ifndef RF_MEASURE_SVG_H
#define RF_MEASURE_SVG_H

#include "base/buffer.h"

#include <stdbool.h>

/* ---- Texts and numbers ---- */

/* The text, fit for an element and for an attribute in quotes: & < > " ' written as references, control characters and what is not
 * UTF-8 as U+FFFD. NULL is nothing. */
void rf_markup_slice(rf_buffer *out, rf_slice text);
void rf_markup_text(rf_buffer *out, const char *text);

#define RF_SVG_NUMBER_MAX 40u
/* `digits` decimals (0 … 9), '.' whatever the locale, no exponent; what is not finite is 0, what is beyond 9e15 is cut. Returns its length. */
size_t rf_svg_fixed(double value, unsigned digits, char out[RF_SVG_NUMBER_MAX]);
/* A coordinate: a decimal at most, none when it is 0. */
void rf_svg_number(rf_buffer *out, double value);
/* " name=\"value\"" */
void rf_svg_attribute(rf_buffer *out, const char *name, double value);
/* A letter of a path and its point: "M1.5 20". */
void rf_svg_step(rf_buffer *out, char letter, double x, double y);

/* ---- Axes ---- */

typedef enum rf_axis_kind {
    RF_AXIS_PLAIN,
    RF_AXIS_TIME,    /* values are ns; one unit for the axis, or for each tick of a logarithmic one */
    RF_AXIS_COUNT,   /* 5000, 15k, 2M */
    RF_AXIS_PERCENT, /* with its sign */
    RF_AXIS_FACTOR,  /* 0.5×, 2× */
} rf_axis_kind;

typedef struct rf_axis {
    rf_axis_kind kind;
    bool log;            /* then `from` > 0 */
    double from, to;     /* values, from < to */
    double start, end;   /* where they are drawn; `start` may be the larger one */
    double step;         /* between ticks of a linear axis: 1, 2 or 5 times a power of ten */
    double scale;        /* of the unit: ticks show value / scale */
    const char *unit;    /* "ns", "µs"; "" when ticks carry it, or there is none */
} rf_axis;

/* Whatever the values: a range that is empty or not finite is widened; logarithmic only where all of it is above 0. About `ticks` ticks. */
rf_axis rf_axis_make(rf_axis_kind kind, bool log, double from, double to, double start, double end, unsigned ticks);
/* Where a value is drawn; those outside are drawn at the end. */
double rf_axis_at(const rf_axis *axis, double value);

#define RF_AXIS_TICKS_MAX 32u
size_t rf_axis_ticks(const rf_axis *axis, double ret_ticks[RF_AXIS_TICKS_MAX]);
#define RF_AXIS_LABEL_MAX 48u
void rf_axis_label(const rf_axis *axis, double value, char out[RF_AXIS_LABEL_MAX]);

/* The picture's beginning: `class` may hold several; the title is for those who cannot see it. */
void rf_svg_begin(rf_buffer *out, const char *class_name, double width, double height, const char *title);
void rf_svg_end(rf_buffer *out);
/* `anchor`: 's', 'm', 'e' for start, middle, end. The text is escaped. */
void rf_svg_text(rf_buffer *out, const char *class_name, double x, double y, char anchor, const char *text);
void rf_svg_line(rf_buffer *out, const char *class_name, double x1, double y1, double x2, double y2);
/* A rectangle between two corners, whichever they are. */
void rf_svg_box(rf_buffer *out, const char *class_name, double x1, double y1, double x2, double y2);
/* Grid lines, labels below that do not touch each other, and the title with the unit below them (NULL: none). */
void rf_svg_axis_x(rf_buffer *out, const rf_axis *axis, double top, double bottom, const char *title);
/* The same at given values, for a few that matter more than round ones. */
void rf_svg_axis_x_at(rf_buffer *out, const rf_axis *axis, const double *values, size_t count, double top, double bottom,
                      const char *title);
/* Grid lines from `left` to `right`, labels left of them, the title above their upper end. */
void rf_svg_axis_y(rf_buffer *out, const rf_axis *axis, double left, double right, const char *title);

#endif
