/* report_html_more.c: pictures of one benchmark: against a baseline, over its history, and its latencies. */
#include "measure/report_html.h"

#include <math.h>

static const double WIDTH = 380, HEIGHT = 218, LEFT = 14, LEFT_LABELS = 46, RIGHT = 366, TOP = 12, BOTTOM = 184;

/* ---- Base and now ---- */

static void ratio_strip(rf_buffer *out, const rf_comparison *comparison, double top) {
    double matters = rf_html_matters(comparison), bottom = top + 26, middle = top + 13;
    const rf_interval *ratio = &comparison->ratio;
    rf_axis x = rf_html_ratio_axis(fmin(ratio->low, ratio->point), fmax(ratio->high, ratio->point), matters, LEFT, RIGHT);
    rf_svg_axis_x(out, &x, top, bottom, NULL);
    rf_html_ratio_band(out, &x, matters, top, bottom);
    rf_buffer_printf(out, "<g class=\"%s\">", rf_html_change_colour(comparison->change));
    double low = rf_html_ratio_at(&x, ratio->low), high = rf_html_ratio_at(&x, ratio->high);
    rf_buffer_text(out, "<path class=\"w\" d=\"");
    rf_svg_step(out, 'M', low, middle);
    rf_svg_step(out, 'L', high, middle);
    rf_svg_step(out, 'M', low, middle - 5);
    rf_svg_step(out, 'L', low, middle + 5);
    rf_svg_step(out, 'M', high, middle - 5);
    rf_svg_step(out, 'L', high, middle + 5);
    rf_buffer_text(out, "\"/><circle class=\"k\" r=\"4\"");
    rf_svg_attribute(out, "cx", rf_html_ratio_at(&x, ratio->point));
    rf_svg_attribute(out, "cy", middle);
    rf_buffer_text(out, "/></g>");
}

static void comparison_key(rf_buffer *out, const rf_comparison *comparison) {
    rf_buffer_printf(
        out,
        "<div class=\"key\"><span class=\"cb\"><i class=\"soft\"></i>base</span><span class=\"f0\"><i class=\"soft\"></i>now</span>"
        "<span class=\"%s\"><i class=\"pt\"></i>ratio ",
        rf_html_change_colour(comparison->change));
    rf_html_ratio(out, comparison->ratio.point);
    rf_buffer_text(out, " (");
    rf_html_ratio(out, comparison->ratio.low);
    rf_buffer_text(out, " … ");
    rf_html_ratio(out, comparison->ratio.high);
    rf_buffer_text(out, ")</span><span>grey band: less than ");
    double percent = rf_html_matters(comparison);
    rf_html_percent(out, percent, percent < 0.01 ? 1 : 0);
    rf_buffer_text(out, ", which does not matter</span></div>");
}

static void curve_with_middle(rf_buffer *out, const char *class_name, const rf_html_curve *curve, const rf_axis *x, double middle,
                              double base, double height) {
    rf_buffer_printf(out, "<g class=\"%s\"><path class=\"d\" d=\"", class_name);
    rf_html_curve_path(out, curve, x, base, height, false);
    rf_buffer_text(out, "\"/>");
    rf_svg_line(out, "w", rf_axis_at(x, middle), base - height - 4, rf_axis_at(x, middle), base);
    rf_buffer_text(out, "</g>");
}

/* Both densities have the same area, so the taller one is the sharper. */
static void two_curves(rf_html *html, const rf_result_of_bench *result, const rf_html_curve *base, const rf_html_curve *now) {
    rf_buffer *out = html->out;
    double bottom = 118, height = bottom - TOP - 6, peak = fmax(base->peak, now->peak);
    double low = fmin(base->low, now->low), high = fmax(base->high, now->high);
    rf_axis x = rf_axis_make(RF_AXIS_TIME, low > 0 && high / low > 10, low, high, LEFT, RIGHT, 5);
    rf_svg_axis_x(out, &x, TOP, bottom, "time of one iteration");
    double base_height = base->points && peak > 0 ? height * base->peak / peak : height;
    double now_height = now->points && peak > 0 ? height * now->peak / peak : height;
    curve_with_middle(out, "cb", base, &x, rf_typical(&result->base, result->base_samples.linear)->point, bottom, fmax(base_height, 6));
    curve_with_middle(out, "f0", now, &x, rf_html_typical(result)->point, bottom, fmax(now_height, 6));
}

void rf_html_plot_comparison(rf_html *html, const rf_result_of_bench *result) {
    rf_buffer *out = html->out;
    rf_samples samples = rf_measurement_samples(&result->measurement);
    size_t base_count, now_count;
    const double *now = rf_html_sorted(html, &samples, 0, &now_count), *base = rf_html_sorted(html, &result->base_samples, 1, &base_count);
    rf_html_figure_begin(out, "Change");
    rf_svg_begin(out, "", WIDTH, HEIGHT, "densities of base and now, and the ratio with its interval");
    if (base && now) {
        rf_html_curve base_curve, now_curve;
        rf_html_curve_of(base, base_count, html->curve_points, &base_curve);
        rf_html_curve_of(now, now_count, html->curve_points, &now_curve);
        two_curves(html, result, &base_curve, &now_curve);
    }
    rf_svg_text(out, "n", LEFT, 163, 's', "ratio");
    ratio_strip(out, &result->comparison, 169);
    rf_svg_end(out);
    comparison_key(out, &result->comparison);
    rf_html_figure_end(out);
}

/* ---- History ---- */

enum { HISTORY_MAX = 60 };

static size_t first_of_id(const rf_html *html, const char *id) {
    size_t low = 0, high = html->history.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(html->history.items[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The newest of the id, as far as they have a figure. */
static size_t points_of(const rf_html *html, const char *id, const rf_history_point *ret_points[HISTORY_MAX]) {
    size_t first = first_of_id(html, id), end = first, count = 0;
    while (end < html->history.count && strcmp(html->history.items[end]->id, id) == 0)
        end++;
    for (size_t i = end; i > first && count < HISTORY_MAX; i--)
        if (isfinite(html->history.items[i - 1]->ns) && html->history.items[i - 1]->ns > 0)
            ret_points[count++] = html->history.items[i - 1];
    for (size_t i = 0; i < count / 2; i++) {
        const rf_history_point *swapped = ret_points[i];
        ret_points[i] = ret_points[count - 1 - i];
        ret_points[count - 1 - i] = swapped;
    }
    return count;
}

static bool same_machine(const rf_history_point *point, const rf_html *html) {
    return !point->fingerprint || strcmp(point->fingerprint, html->run->machine.fingerprint) == 0;
}

static rf_axis history_axis(const rf_history_point *const *points, size_t count) {
    double low = points[0]->ns, high = low;
    for (size_t i = 0; i < count; i++) {
        low = fmin(low, isfinite(points[i]->low) && points[i]->low > 0 ? fmin(points[i]->low, points[i]->ns) : points[i]->ns);
        high = fmax(high, isfinite(points[i]->high) ? fmax(points[i]->high, points[i]->ns) : points[i]->ns);
    }
    double margin = fmax((high - low) * 0.1, low * 0.02);
    bool log = high / low > 10;
    return rf_axis_make(RF_AXIS_TIME, log, log ? low / 1.1 : fmax(low - margin, 0), log ? high * 1.1 : high + margin, BOTTOM, TOP + 12, 5);
}

static double history_x(size_t i, size_t count) {
    return count < 2 ? (LEFT_LABELS + RIGHT) / 2 : LEFT_LABELS + 8 + (RIGHT - LEFT_LABELS - 16) * (double)i / (double)(count - 1);
}

static void history_point(rf_html *html, const rf_history_point *point, double x, const rf_axis *y) {
    rf_buffer *out = html->out;
    rf_buffer_printf(out, "<circle class=\"%s\" r=\"3.5\"", same_machine(point, html) ? "k" : "kh");
    rf_svg_attribute(out, "cx", x);
    rf_svg_attribute(out, "cy", rf_axis_at(y, point->ns));
    rf_buffer_text(out, "><title>");
    rf_markup_text(out, point->commit && *point->commit ? point->commit : "no commit");
    rf_buffer_text(out, ", ");
    rf_html_time(out, point->at_ms);
    rf_buffer_char(out, '\n');
    rf_html_ns(out, point->ns);
    rf_buffer_text(out, " (");
    rf_html_ns(out, point->low);
    rf_buffer_text(out, " – ");
    rf_html_ns(out, point->high);
    rf_buffer_text(out, same_machine(point, html) ? ")</title></circle>" : ")\nanother machine</title></circle>");
}

/* The line breaks where the machine changes: what is not comparable is not joined. */
static void history_line(rf_html *html, const rf_history_point *const *points, size_t count, const rf_axis *y) {
    rf_buffer *out = html->out;
    rf_buffer_text(out, "<path class=\"w1\" d=\"");
    for (size_t i = 0; i < count; i++) {
        bool joined = i > 0 && strcmp(points[i]->fingerprint ? points[i]->fingerprint : "",
                                      points[i - 1]->fingerprint ? points[i - 1]->fingerprint : "") == 0;
        rf_svg_step(out, joined ? 'L' : 'M', history_x(i, count), rf_axis_at(y, points[i]->ns));
    }
    rf_buffer_text(out, "\"/><path class=\"hi\" d=\"");
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(points[i]->low) || !isfinite(points[i]->high))
            continue;
        rf_svg_step(out, 'M', history_x(i, count), rf_axis_at(y, points[i]->low));
        rf_svg_step(out, 'L', history_x(i, count), rf_axis_at(y, points[i]->high));
    }
    rf_buffer_text(out, "\"/>");
}

static void history_dates(rf_html *html, const rf_history_point *const *points, size_t count) {
    rf_buffer text = { 0 };
    const rf_history_point *ends[] = { points[0], points[count - 1] };
    for (size_t i = 0; i < (count > 1 ? 2u : 1u); i++) {
        rf_buffer_clear(&text);
        rf_html_time(&text, ends[i]->at_ms);
        const char *date = rf_buffer_cstr(&text);
        if (!date) {
            html->out->failed = true;
            break;
        }
        text.data[text.len < 10 ? text.len : 10] = '\0';
        rf_svg_text(html->out, "t", i == 0 ? LEFT_LABELS : RIGHT, BOTTOM + 14, i == 0 ? 's' : 'e', date);
        rf_svg_text(html->out, "t", i == 0 ? LEFT_LABELS : RIGHT, BOTTOM + 28, i == 0 ? 's' : 'e', ends[i]->commit);
    }
    rf_buffer_done(&text);
}

void rf_html_plot_history(rf_html *html, const rf_result_of_bench *result) {
    const rf_history_point *points[HISTORY_MAX];
    size_t count = result->id ? points_of(html, result->id, points) : 0, others = 0;
    if (count == 0)
        return;
    rf_buffer *out = html->out;
    rf_axis y = history_axis(points, count);
    rf_html_figure_begin(out, "History");
    rf_svg_begin(out, "", WIDTH, HEIGHT, "the figure over earlier runs");
    rf_svg_axis_y(out, &y, LEFT_LABELS, RIGHT, "time of one iteration");
    rf_svg_line(out, "a", LEFT_LABELS, BOTTOM, RIGHT, BOTTOM);
    rf_buffer_text(out, "<g class=\"f0\">");
    history_line(html, points, count, &y);
    for (size_t i = 0; i < count; i++) {
        history_point(html, points[i], history_x(i, count), &y);
        others += !same_machine(points[i], html);
    }
    rf_buffer_text(out, "</g>");
    history_dates(html, points, count);
    rf_svg_end(out);
    rf_buffer_printf(out, "<div class=\"key\"><span class=\"f0\"><i class=\"pt\"></i>%zu run%s, with intervals</span>", count,
                     count == 1 ? "" : "s");
    if (others)
        rf_buffer_text(out, "<span class=\"f0\"><i class=\"ho\"></i>another machine</span>");
    rf_buffer_text(out, "</div>");
    rf_html_figure_end(out);
}

/* ---- Latency: the axis is the logarithm of the share that took longer, as HdrHistogram draws it ---- */

enum { LATENCY_POINTS = 96 };

static void latency_labels(rf_buffer *out, double decades) {
    static const struct { double nines; const char *label; } ticks[] = {
        { 0, "0 %" }, { 1, "90 %" }, { 2, "99 %" }, { 3, "99.9 %" }, { 4, "99.99 %" }, { 5, "99.999 %" }, { 6, "99.9999 %" }, { 7, "7 nines" },
        { 8, "8 nines" } };
    double free_from = 0;
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks && ticks[i].nines <= decades; i++) {
        double x = LEFT_LABELS + (RIGHT - LEFT_LABELS) * ticks[i].nines / decades, half = 3.1 * (double)strlen(ticks[i].label);
        rf_svg_line(out, "g", x, TOP + 12, x, BOTTOM);
        if (x - half < free_from || x + half > WIDTH)
            continue;
        rf_svg_text(out, "t", x, BOTTOM + 13, 'm', ticks[i].label);
        free_from = x + half + 6;
    }
    rf_svg_line(out, "a", LEFT_LABELS, BOTTOM, RIGHT, BOTTOM);
    rf_svg_text(out, "n", (LEFT_LABELS + RIGHT) / 2, BOTTOM + 28, 'm', "percentile");
}

static void latency_curve(rf_buffer *out, const rf_latency *latency, double decades, const rf_axis *y) {
    rf_buffer_text(out, "<g class=\"f0\"><path class=\"w\" d=\"");
    double last = -1;
    for (size_t i = 0; i < LATENCY_POINTS; i++) {
        double nines = decades * (double)i / (LATENCY_POINTS - 1), x = LEFT_LABELS + (RIGHT - LEFT_LABELS) * nines / decades;
        double at = rf_axis_at(y, (double)rf_latency_quantile(latency, 1 - pow(10, -nines)));
        if (i == 0)
            rf_svg_step(out, 'M', x, at);
        else if (at != last || i == LATENCY_POINTS - 1) {
            rf_buffer_char(out, 'H');
            rf_svg_number(out, x);
            rf_buffer_char(out, 'V');
            rf_svg_number(out, at);
        }
        last = at;
    }
    rf_buffer_text(out, "\"/></g>");
}

static void latency_key(rf_buffer *out, const rf_latency *latency) {
    static const struct { double q; const char *name; } shown[] = { { 0.5, "50 %" }, { 0.9, "90 %" }, { 0.99, "99 %" }, { 0.999, "99.9 %" } };
    rf_buffer_text(out, "<div class=\"key\">");
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        rf_buffer_printf(out, "<span>%s ", shown[i].name);
        rf_html_ns(out, (double)rf_latency_quantile(latency, shown[i].q));
        rf_buffer_text(out, "</span>");
    }
    rf_buffer_text(out, "<span>longest ");
    rf_html_ns(out, (double)latency->maximum);
    rf_buffer_text(out, "</span><span>of ");
    rf_html_count(out, (double)latency->total);
    rf_buffer_text(out, "</span></div>");
}

void rf_html_plot_latency(rf_html *html, const rf_result_of_bench *result) {
    const rf_latency *latency = result->latency;
    if (!latency || latency->total == 0)
        return;
    rf_buffer *out = html->out;
    double decades = fmin(fmax(log10((double)latency->total), 1), 8);
    double low = (double)latency->minimum, high = fmax((double)latency->maximum, low + 1);
    bool log = low > 0 && high / low > 10;
    rf_axis y = rf_axis_make(RF_AXIS_TIME, log, log ? low : 0, high * 1.04, BOTTOM, TOP + 12, 5);
    rf_html_figure_begin(out, "Latency");
    rf_svg_begin(out, "", WIDTH, HEIGHT, "latency over percentiles");
    rf_svg_axis_y(out, &y, LEFT_LABELS, RIGHT, "latency");
    latency_labels(out, decades);
    latency_curve(out, latency, decades, &y);
    rf_svg_end(out);
    latency_key(out, latency);
    rf_html_figure_end(out);
}
