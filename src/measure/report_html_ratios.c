/* report_html_ratios.c: ratios with their intervals: axes, and the rows of a group. */
#include "measure/report_html.h"

#include <math.h>
#include <stdio.h>

static const double WIDTH = 380, TOP = 6;

/* ---- Axes ---- */

double rf_html_matters(const rf_comparison *comparison) {
    double matters = comparison->matters;
    return matters > 0 && matters < 1 ? matters : RF_COMPARE_DEFAULT.matters;
}

rf_axis rf_html_ratio_axis(double low, double high, double matters, double start, double end) {
    low = isfinite(low) && low > 0 ? fmin(low, 1) : 1;
    high = isfinite(high) && high > 0 ? fmax(high, 1) : 1;
    if (high / low > 2.5)
        return rf_axis_make(RF_AXIS_FACTOR, true, low / 1.15, high * 1.15, start, end, 5);
    double margin = fmax((high - low) * 0.06, 0.003);
    low = fmin(low - margin, 1 - 1.8 * matters);
    high = fmax(high + margin, 1 + 1.8 * matters);
    return rf_axis_make(RF_AXIS_PERCENT, false, (low - 1) * 100, (high - 1) * 100, start, end, 5);
}

double rf_html_ratio_at(const rf_axis *axis, double ratio) {
    return rf_axis_at(axis, axis->kind == RF_AXIS_PERCENT ? (ratio - 1) * 100 : ratio);
}

void rf_html_ratio_band(rf_buffer *out, const rf_axis *axis, double matters, double top, double bottom) {
    rf_svg_box(out, "zm", rf_html_ratio_at(axis, 1 - matters), top, rf_html_ratio_at(axis, 1 + matters), bottom);
    double one = rf_html_ratio_at(axis, 1);
    rf_svg_line(out, "w1 cf", one, top, one, bottom);
}

const char *rf_html_change_colour(rf_change change) {
    return change == RF_CHANGE_SLOWER ? "cd" : change == RF_CHANGE_FASTER ? "cg" : change == RF_CHANGE_UNCLEAR ? "cw" : "cf";
}

/* ---- Of a group: to the baseline, or to the original ---- */

typedef bool (*rf_html_ratio_of)(const rf_result_of_bench *result, rf_interval *ret_ratio);

static bool usable(const rf_interval *ratio) {
    return isfinite(ratio->point) && isfinite(ratio->low) && isfinite(ratio->high) && ratio->point > 0 && ratio->low > 0 && ratio->high > 0;
}

static bool ratio_to_base(const rf_result_of_bench *result, rf_interval *ret_ratio) {
    *ret_ratio = result->comparison.ratio;
    return result->compared && rf_html_has_figure(result) && usable(ret_ratio);
}

static bool ratio_to_original(const rf_result_of_bench *result, rf_interval *ret_ratio) {
    const rf_interval *typical = rf_html_typical(result);
    double original = result->bench.original_ns;
    if (!rf_html_has_figure(result) || !(original > 0))
        return false;
    *ret_ratio = (rf_interval){ .point = typical->point / original, .low = typical->low / original, .high = typical->high / original };
    return usable(ret_ratio);
}

static const char *colour_of_ratio(const rf_result_of_bench *result, bool to_base, double ratio) {
    if (!to_base)
        return ratio <= 1 ? "cg" : "cd";
    return rf_html_change_colour(result->comparison.change);
}

static void ratio_row(rf_html *html, const rf_result_of_bench *result, const rf_interval *ratio, bool to_base, const rf_axis *x, double y) {
    rf_buffer *out = html->out;
    char label[RF_BENCH_ID_MAX], full[RF_BENCH_ID_MAX + 40];
    rf_html_label(&result->bench, label, sizeof label);
    (void)snprintf(full, sizeof full, "%s%s%.32s", label, result->bench.form ? " · " : "", result->bench.form ? result->bench.form : "");
    rf_html_short_text(out, "v", 4, y + 10, 's', full, 270);
    rf_buffer_printf(out, "<g class=\"%s\"><text class=\"c e\"", colour_of_ratio(result, to_base, ratio->point));
    rf_svg_attribute(out, "x", WIDTH - 2);
    rf_svg_attribute(out, "y", y + 10);
    rf_buffer_char(out, '>');
    if (to_base)
        rf_html_ratio(out, ratio->point);
    else
        (void)rf_html_against_original(out, result);
    rf_buffer_text(out, "</text>");
    if (!to_base)
        rf_svg_line(out, "w1", rf_html_ratio_at(x, 1), y + 18, rf_html_ratio_at(x, ratio->point), y + 18);
    rf_svg_line(out, "w", rf_html_ratio_at(x, ratio->low), y + 18, rf_html_ratio_at(x, ratio->high), y + 18);
    rf_buffer_text(out, "<circle class=\"k\" r=\"3.2\"");
    rf_svg_attribute(out, "cx", rf_html_ratio_at(x, ratio->point));
    rf_svg_attribute(out, "cy", y + 18);
    rf_buffer_text(out, "/></g>");
}

void rf_html_ratios(rf_html *html, const rf_html_group *group, bool to_base) {
    rf_html_ratio_of ratio_of = to_base ? ratio_to_base : ratio_to_original;
    double low = 1, high = 1, matters = RF_COMPARE_DEFAULT.matters;
    size_t count = 0, shown = 0;
    rf_interval ratio;
    for (size_t i = 0; i < group->count; i++) {
        const rf_result_of_bench *result = rf_html_result(html, group, i);
        if (!ratio_of(result, &ratio) || ++count > RF_HTML_LANES_MAX)
            continue;
        low = fmin(low, fmin(ratio.low, ratio.point));
        high = fmax(high, fmax(ratio.high, ratio.point));
        matters = to_base ? rf_html_matters(&result->comparison) : matters;
    }
    if (count == 0)
        return;
    rf_buffer *out = html->out;
    double row = 25, bottom = TOP + row * (double)(count < RF_HTML_LANES_MAX ? count : RF_HTML_LANES_MAX) + 4;
    rf_axis x = rf_html_ratio_axis(low, high, matters, 14, 366);
    rf_html_figure_begin(out, to_base ? "Change <span>now / base; left is faster</span>"
                                      : "Against the original <span>ours / original; left is faster</span>");
    rf_svg_begin(out, "wide", WIDTH, bottom + 18, to_base ? "ratios to the baseline" : "ratios to the original");
    rf_svg_axis_x(out, &x, TOP, bottom, NULL);
    if (to_base)
        rf_html_ratio_band(out, &x, matters, TOP, bottom);
    else
        rf_svg_line(out, "w1 cf", rf_html_ratio_at(&x, 1), TOP, rf_html_ratio_at(&x, 1), bottom);
    for (size_t i = 0; i < group->count && shown < RF_HTML_LANES_MAX; i++)
        if (ratio_of(rf_html_result(html, group, i), &ratio))
            ratio_row(html, rf_html_result(html, group, i), &ratio, to_base, &x, TOP + row * (double)shown++);
    rf_svg_end(out);
    rf_html_left_out(out, shown, count);
    rf_html_figure_end(out);
}
