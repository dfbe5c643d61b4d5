/* report_html.h: what the parts of the HTML report share. Private to report_html*.c. */
#ifndef RF_MEASURE_REPORT_HTML_H
#define RF_MEASURE_REPORT_HTML_H

#include "measure/result.h"
#include "measure/svg.h"

/* A group's results lie together in rf_html.order. */
typedef struct rf_html_group { const char *name; size_t first, count; } rf_html_group;

/* Forms that are told apart, and colours (more share them); samples that are kept sorted at a time; rows of a group's picture: one with
 * more says how many are left out, the table and the details have all. */
enum { RF_HTML_LANES_MAX = 80, RF_HTML_FORMS_MAX = 12, RF_HTML_COLOURS = 6, RF_HTML_SLOTS = 2 };

/* One report in the making. Where memory ends, `out` fails, and everything else is left as it is. */
typedef struct rf_html {
    const rf_bench_run *run;
    rf_buffer *out;
    RF_VEC(rf_html_group) groups;
    RF_VEC(size_t) order;                        /* indices of results, by group */
    RF_VEC(const rf_history_point *) history;    /* by id, then by age */
    const char *forms[RF_HTML_FORMS_MAX];        /* as they appear; "" for none */
    size_t form_count;
    struct { double *values; size_t room; } scratch[RF_HTML_SLOTS];
    size_t curve_points, scatter_points;         /* fewer when there are many benchmarks, so that the file still opens */
    bool compared;                               /* some result is */
} rf_html;

static inline const rf_result_of_bench *rf_html_result(const rf_html *html, const rf_html_group *group, size_t i) {
    return &html->run->results.items[html->order.items[group->first + i]];
}

/* ---- Texts (report_html_text.c) ---- */

/* As the shared formats have it, with µ, × and the minus sign that typography has. */
void rf_html_pretty(rf_buffer *out, const char *text);
void rf_html_ns(rf_buffer *out, double ns);
void rf_html_ratio(rf_buffer *out, double ratio);
void rf_html_count(rf_buffer *out, double count);
void rf_html_bytes(rf_buffer *out, double bytes);
void rf_html_percent(rf_buffer *out, double share, unsigned digits);
/* " data-v=\"…\"", by which a column is sorted. */
void rf_html_sort_key(rf_buffer *out, double value);
/* "2025-11-26 02:24 UTC" */
void rf_html_time(rf_buffer *out, int64_t ms);
/* The name and the parameter, without group and form; cut to fit. */
void rf_html_label(const rf_bench *bench, char *out, size_t room);
/* Escaped, with places where the line may break. */
void rf_html_name(rf_buffer *out, const char *name);
/* Index of the form's colour. */
size_t rf_html_form(const rf_html *html, const char *form);
const char *rf_html_change_name(rf_change change);
/* How much faster or slower than the original: "12× faster". False: not known. */
bool rf_html_against_original(rf_buffer *out, const rf_result_of_bench *result);

/* As rf_svg_text, cut to what `width` units hold at the largest letters that a picture is shown with. */
void rf_html_short_text(rf_buffer *out, const char *class_name, double x, double y, char anchor, const char *text, double width);
/* Says below a picture that it shows the first `shown` of `all`; nothing when those are all. */
void rf_html_left_out(rf_buffer *out, size_t shown, size_t all);
static inline bool rf_html_same(const char *a, const char *b) { return strcmp(a ? a : "", b ? b : "") == 0; }

static inline const rf_interval *rf_html_typical(const rf_result_of_bench *result) {
    return rf_typical(&result->estimates, result->measurement.linear);
}
/* True: there is a figure, and it is a number. */
bool rf_html_has_figure(const rf_result_of_bench *result);

/* ---- Samples as pictures need them (report_html_curve.c) ---- */

/* Times of one iteration, ascending, of the samples that have one; in html->scratch[slot] until the slot's next use. NULL: none. */
const double *rf_html_sorted(rf_html *html, const rf_samples *samples, size_t slot, size_t *ret_count);

enum { RF_HTML_CURVE_MAX = 96 };
/* A density within a window that far outliers do not widen. */
typedef struct rf_html_curve {
    double low, high;             /* the window: what an axis shows of it */
    double from, to;              /* where the density's points lie, evenly */
    double density[RF_HTML_CURVE_MAX], peak;
    size_t points;                /* 0: all samples are the same, a spike at `from` */
    size_t below, above;          /* samples beyond the window */
} rf_html_curve;
void rf_html_curve_of(const double *sorted, size_t count, size_t points, rf_html_curve *ret_curve);
/* Appends a path's steps along the curve: x by `x`, y from `base` by up to `height`; on both sides of base when `both`. */
void rf_html_curve_path(rf_buffer *out, const rf_html_curve *curve, const rf_axis *x, double base, double height, bool both);

/* ---- Pictures of one benchmark (report_html_plots.c, report_html_more.c) ---- */

/* A figure's beginning and end: the caption, then what is drawn. */
void rf_html_figure_begin(rf_buffer *out, const char *caption);
void rf_html_figure_end(rf_buffer *out);
void rf_html_plot_density(rf_html *html, const rf_result_of_bench *result);
void rf_html_plot_samples(rf_html *html, const rf_result_of_bench *result); /* slope, or samples in order */
void rf_html_plot_comparison(rf_html *html, const rf_result_of_bench *result);
void rf_html_plot_history(rf_html *html, const rf_result_of_bench *result);
void rf_html_plot_latency(rf_html *html, const rf_result_of_bench *result);
/* The axis of ratios with the band of what does not matter. `low` and `high`: what has to fit. */
rf_axis rf_html_ratio_axis(double low, double high, double matters, double start, double end);
const char *rf_html_change_colour(rf_change change); /* a class */
double rf_html_matters(const rf_comparison *comparison);
/* A ratio's place on such an axis. */
double rf_html_ratio_at(const rf_axis *axis, double ratio);
void rf_html_ratio_band(rf_buffer *out, const rf_axis *axis, double matters, double top, double bottom);

/* ---- Parts of the page ---- */

extern const char rf_html_style[], rf_html_script[];
void rf_html_head(rf_html *html);                                /* report_html_head.c: machine, noise, options, counts */
void rf_html_table(rf_html *html);                               /* report_html_table.c */
void rf_html_group_pictures(rf_html *html, const rf_html_group *group); /* report_html_group.c */
void rf_html_lines(rf_html *html, const rf_html_group *group);   /* report_html_lines.c; nothing where parameters are no numbers */
void rf_html_ratios(rf_html *html, const rf_html_group *group, bool to_base); /* report_html_ratios.c; else to the original */
void rf_html_bench(rf_html *html, size_t index);                 /* report_html_bench.c */

#endif
