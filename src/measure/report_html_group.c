/* report_html_group.c: pictures of a group: violins over its names, parameters and forms. */
#include "measure/report_html.h"

#include <math.h>

enum { CURVE_POINTS = 36 };

static const double WIDTH = 380, LEFT = 46, RIGHT = 312, TOP = 6, LANE = 17, HEADING = 17;

static size_t figures_of(const rf_html *html, const rf_html_group *group) {
    size_t count = 0;
    for (size_t i = 0; i < group->count; i++)
        count += rf_html_has_figure(rf_html_result(html, group, i));
    return count;
}

/* The forms that the group has, if it has more than one. */
static void form_key(rf_html *html, const rf_html_group *group) {
    rf_buffer *out = html->out;
    bool used[RF_HTML_FORMS_MAX] = { false };
    size_t count = 0;
    for (size_t k = 0; k < html->form_count; k++) {
        for (size_t i = 0; i < group->count && !used[k]; i++)
            used[k] = rf_html_same(rf_html_result(html, group, i)->bench.form, html->forms[k]);
        count += used[k];
    }
    if (count < 2)
        return;
    rf_buffer_text(out, "<div class=\"key\">");
    for (size_t k = 0; k < html->form_count; k++)
        if (used[k]) {
            rf_buffer_printf(out, "<span class=\"f%zu\"><i></i>", k % RF_HTML_COLOURS);
            rf_markup_text(out, *html->forms[k] ? html->forms[k] : "other");
            rf_buffer_text(out, "</span>");
        }
    rf_buffer_text(out, "</div>");
}

/* ---- Violins: a heading for each name, a lane for each parameter and form ---- */

static void range_of(rf_html *html, const rf_html_group *group, double *ret_low, double *ret_high) {
    *ret_low = INFINITY;
    *ret_high = 0;
    size_t lanes = 0;
    for (size_t i = 0; i < group->count && lanes < RF_HTML_LANES_MAX; i++) {
        const rf_result_of_bench *result = rf_html_result(html, group, i);
        rf_samples samples = rf_measurement_samples(&result->measurement);
        size_t count;
        const double *sorted = rf_html_has_figure(result) ? rf_html_sorted(html, &samples, 0, &count) : NULL;
        if (!sorted)
            continue;
        rf_html_curve curve;
        rf_html_curve_of(sorted, count, 2, &curve);
        *ret_low = fmin(*ret_low, fmin(fmax(curve.low, sorted[0] * 0.5), rf_html_typical(result)->point));
        *ret_high = fmax(*ret_high, fmax(curve.high, rf_html_typical(result)->point));
        lanes++;
    }
}

static rf_axis violin_axis(rf_html *html, const rf_html_group *group) {
    double low, high;
    range_of(html, group, &low, &high);
    bool log = low > 0 && high / low > 10;
    if (log)
        return rf_axis_make(RF_AXIS_TIME, true, low / 1.2, high * 1.2, LEFT, RIGHT, 5);
    double margin = (high - low) * 0.05;
    /* From 0 where that costs little: lengths can then be compared. */
    low = low < high * 0.5 ? 0 : fmax(low - margin, 0);
    return rf_axis_make(RF_AXIS_TIME, false, low, high + margin, LEFT, RIGHT, 5);
}

/* `wordy`: some parameter is no short number and stands in the heading. */
typedef struct rf_html_lanes { double y; size_t count; const char *name, *parameter; bool wordy; } rf_html_lanes;

static bool wordy_parameters(const rf_html *html, const rf_html_group *group) {
    for (size_t i = 0; i < group->count; i++) {
        const char *parameter = rf_html_result(html, group, i)->bench.parameter;
        if (parameter && strlen(parameter) > 6)
            return true;
    }
    return false;
}

/* Where the result's lane is, and the heading and the label before it, which are drawn when `out` is not NULL. */
static double next_lane(rf_html_lanes *lanes, const rf_result_of_bench *result, rf_buffer *out) {
    const rf_bench *bench = &result->bench;
    bool first = lanes->count == 0, new_name = first || !rf_html_same(lanes->name, bench->name);
    bool new_parameter = new_name || !rf_html_same(lanes->parameter, bench->parameter);
    if (new_name || (lanes->wordy && new_parameter)) {
        char heading[RF_BENCH_ID_MAX];
        rf_html_label(&(rf_bench){ .name = bench->name, .parameter = lanes->wordy ? bench->parameter : NULL }, heading, sizeof heading);
        lanes->y += HEADING + (first ? 0 : 3);
        if (out)
            rf_html_short_text(out, "h", 2, lanes->y - 4, 's', heading, RIGHT);
    }
    double middle = lanes->y + LANE / 2;
    if (new_parameter && bench->parameter && !lanes->wordy && out)
        rf_svg_text(out, "v", LEFT - 6, middle + 4, 'e', bench->parameter);
    lanes->y += LANE;
    lanes->count++;
    lanes->name = bench->name;
    lanes->parameter = bench->parameter;
    return middle;
}

static void violin(rf_html *html, const rf_result_of_bench *result, const rf_axis *x, double y) {
    rf_buffer *out = html->out;
    rf_samples samples = rf_measurement_samples(&result->measurement);
    size_t count;
    const double *sorted = rf_html_sorted(html, &samples, 0, &count);
    double typical = rf_html_typical(result)->point;
    rf_buffer_printf(out, "<g class=\"f%zu\">", rf_html_form(html, result->bench.form));
    if (sorted) {
        rf_html_curve curve;
        rf_html_curve_of(sorted, count, CURVE_POINTS, &curve);
        rf_buffer_text(out, "<path class=\"d\" d=\"");
        rf_html_curve_path(out, &curve, x, y, LANE / 2 - 1.5, true);
        rf_buffer_text(out, "\"/>");
    }
    rf_buffer_text(out, "<circle class=\"k\" r=\"2.4\"");
    rf_svg_attribute(out, "cx", rf_axis_at(x, typical));
    rf_svg_attribute(out, "cy", y);
    rf_buffer_text(out, "><title>");
    rf_markup_text(out, result->id);
    rf_buffer_char(out, '\n');
    rf_html_ns(out, typical);
    rf_buffer_text(out, "</title></circle><text class=\"c e\"");
    rf_svg_attribute(out, "x", WIDTH - 2);
    rf_svg_attribute(out, "y", y + 4);
    rf_buffer_char(out, '>');
    rf_html_ns(out, typical);
    rf_buffer_text(out, "</text></g>");
}

static void violins(rf_html *html, const rf_html_group *group, size_t figures) {
    rf_buffer *out = html->out;
    bool wordy = wordy_parameters(html, group);
    rf_html_lanes size = { .y = TOP, .wordy = wordy }, lanes = size;
    for (size_t i = 0; i < group->count && size.count < RF_HTML_LANES_MAX; i++)
        if (rf_html_has_figure(rf_html_result(html, group, i)))
            (void)next_lane(&size, rf_html_result(html, group, i), NULL);
    rf_axis x = violin_axis(html, group);
    rf_html_figure_begin(out, x.log ? "Times <span>logarithmic</span>" : "Times");
    rf_svg_begin(out, "wide", WIDTH, size.y + 36, "violins: densities of the times of each benchmark");
    rf_svg_axis_x(out, &x, TOP + HEADING - 2, size.y + 2, "time of one iteration");
    for (size_t i = 0; i < group->count && lanes.count < RF_HTML_LANES_MAX; i++) {
        const rf_result_of_bench *result = rf_html_result(html, group, i);
        if (rf_html_has_figure(result))
            violin(html, result, &x, next_lane(&lanes, result, out));
    }
    rf_svg_end(out);
    form_key(html, group);
    rf_html_left_out(out, lanes.count, figures);
    rf_html_figure_end(out);
}

/* About how high the two columns are without the picture of ratios to the original: it goes below the lower one. */
static bool left_is_lower(const rf_html *html, const rf_html_group *group, size_t figures) {
    bool lines = false, compared = false;
    for (size_t i = 0; i < group->count; i++) {
        lines |= rf_html_result(html, group, i)->bench.number > 0;
        compared |= rf_html_result(html, group, i)->compared;
    }
    return 60 + LANE * (double)figures < (lines ? 290 : 0) + (compared ? 25 * (double)figures : 0);
}

void rf_html_group_pictures(rf_html *html, const rf_html_group *group) {
    size_t figures = figures_of(html, group);
    if (figures == 0)
        return;
    bool left = left_is_lower(html, group, figures);
    rf_buffer_text(html->out, "<div class=\"pics\"><div>");
    violins(html, group, figures);
    if (left)
        rf_html_ratios(html, group, false);
    rf_buffer_text(html->out, "</div><div>");
    rf_html_lines(html, group);
    rf_html_ratios(html, group, true);
    if (!left)
        rf_html_ratios(html, group, false);
    rf_buffer_text(html->out, "</div></div>\n");
}
