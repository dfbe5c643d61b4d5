/* report_html_group.c: pictures of a group: violins over parameters, lines over numbers, changes, and how it stands against the original. */
#include "measure/report_html.h"

#include "base/utf8.h"

#include <math.h>
#include <stdio.h>

/* Of one picture; a group with more says how many are left out. The table and the details have all. */
enum { LANES_MAX = 80, CURVE_POINTS = 36, SERIES_MAX = 24, NUMBERS_MAX = 16, SHAPES = 4 };

static const double WIDTH = 380, LEFT = 46, RIGHT = 312, TOP = 6, LANE = 17, HEADING = 17;

/* What the lines of a row have in common. */
static bool same_text(const char *a, const char *b) { return strcmp(a ? a : "", b ? b : "") == 0; }

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
            used[k] = same_text(rf_html_result(html, group, i)->bench.form, html->forms[k]);
        count += used[k];
    }
    if (count < 2)
        return;
    rf_buffer_text(out, "<div class=\"key\">");
    for (size_t k = 0; k < html->form_count; k++)
        if (used[k]) {
            rf_buffer_printf(out, "<span class=\"f%zu\"><i></i>", k % RF_HTML_COLOURS);
            rf_markup_text(out, *html->forms[k] ? html->forms[k] : "no form");
            rf_buffer_text(out, "</span>");
        }
    rf_buffer_text(out, "</div>");
}

/* A text cut to what `width` units hold at the largest letters that a picture is shown with. */
static void short_text(rf_buffer *out, const char *class_name, double x, double y, char anchor, const char *text, double width) {
    char cut[96];
    size_t most = (size_t)(width / 6.2);
    rf_slice whole = { text, strlen(text) };
    if (rf_utf8_length(whole) <= most && whole.len < sizeof cut) {
        rf_svg_text(out, class_name, x, y, anchor, text);
        return;
    }
    rf_slice clipped = rf_utf8_clip(whole, most > sizeof cut - 8 ? sizeof cut - 8 : most - 1);
    (void)snprintf(cut, sizeof cut, "%.*s…", RF_SLICE_ARG(clipped));
    rf_svg_text(out, class_name, x, y, anchor, cut);
}

/* ---- Violins: a heading for each name, a lane for each parameter and form ---- */

static void range_of(rf_html *html, const rf_html_group *group, double *ret_low, double *ret_high) {
    *ret_low = INFINITY;
    *ret_high = 0;
    size_t lanes = 0;
    for (size_t i = 0; i < group->count && lanes < LANES_MAX; i++) {
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

typedef struct rf_html_lanes { double y; size_t count; const char *name, *parameter; } rf_html_lanes;

/* Where the result's lane is, and the heading and the label before it, which are drawn when `out` is not NULL. */
static double next_lane(rf_html_lanes *lanes, const rf_result_of_bench *result, rf_buffer *out) {
    const rf_bench *bench = &result->bench;
    bool first = !lanes->name, new_name = first || !same_text(lanes->name, bench->name);
    bool new_parameter = new_name || !same_text(lanes->parameter, bench->parameter);
    if (new_name) {
        lanes->y += HEADING + (first ? 0 : 3);
        if (out)
            short_text(out, "h", 2, lanes->y - 4, 's', bench->name ? bench->name : "", RIGHT);
    }
    double middle = lanes->y + LANE / 2;
    if (new_parameter && bench->parameter && out)
        short_text(out, "v", LEFT - 6, middle + 4, 'e', bench->parameter, LEFT - 8);
    lanes->y += LANE;
    lanes->count++;
    lanes->name = bench->name ? bench->name : "";
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

static void left_out(rf_buffer *out, size_t shown, size_t all) {
    if (shown < all)
        rf_buffer_printf(out, "<div class=\"key\"><span>the first %zu of %zu</span></div>", shown, all);
}

static void violins(rf_html *html, const rf_html_group *group, size_t figures) {
    rf_buffer *out = html->out;
    rf_html_lanes size = { .y = TOP }, lanes = { .y = TOP };
    for (size_t i = 0; i < group->count && size.count < LANES_MAX; i++)
        if (rf_html_has_figure(rf_html_result(html, group, i)))
            (void)next_lane(&size, rf_html_result(html, group, i), NULL);
    rf_axis x = violin_axis(html, group);
    rf_html_figure_begin(out, x.log ? "Times <span>logarithmic</span>" : "Times");
    rf_svg_begin(out, "wide", WIDTH, size.y + 36, "violins: densities of the times of each benchmark");
    rf_svg_axis_x(out, &x, TOP + HEADING - 2, size.y + 2, "time of one iteration");
    for (size_t i = 0; i < group->count && lanes.count < LANES_MAX; i++) {
        const rf_result_of_bench *result = rf_html_result(html, group, i);
        if (rf_html_has_figure(result))
            violin(html, result, &x, next_lane(&lanes, result, out));
    }
    rf_svg_end(out);
    form_key(html, group);
    left_out(out, lanes.count, figures);
    rf_html_figure_end(out);
}

/* ---- Lines over the parameter's number ---- */

typedef struct rf_html_series { const char *name, *form; size_t shape, points; } rf_html_series;
typedef struct rf_html_chart {
    rf_html_series series[SERIES_MAX];
    size_t count;
    double numbers[NUMBERS_MAX]; /* ascending, distinct */
    size_t number_count;
    double low, high, least, most; /* ns; numbers */
} rf_html_chart;

static bool on_chart(const rf_result_of_bench *result) {
    return rf_html_has_figure(result) && result->bench.parameter && result->bench.number > 0 && isfinite(result->bench.number);
}

static bool of_series(const rf_html_series *series, const rf_bench *bench) {
    return same_text(series->name, bench->name) && same_text(series->form, bench->form);
}

static void add_to_series(rf_html_chart *chart, const rf_bench *bench) {
    size_t k = 0, names = 0;
    for (; k < chart->count && !of_series(&chart->series[k], bench); k++)
        if (k == 0 || !same_text(chart->series[k].name, chart->series[k - 1].name))
            names++;
    if (k == SERIES_MAX)
        return;
    if (k == chart->count) {
        size_t shape = names;
        for (size_t i = 0; i < k; i++)
            if (same_text(chart->series[i].name, bench->name))
                shape = chart->series[i].shape;
        chart->series[chart->count++] = (rf_html_series){ .name = bench->name, .form = bench->form, .shape = shape };
    }
    chart->series[k].points++;
}

static void add_number(rf_html_chart *chart, double number) {
    size_t at = 0;
    while (at < chart->number_count && chart->numbers[at] < number)
        at++;
    if ((at < chart->number_count && chart->numbers[at] == number) || chart->number_count == NUMBERS_MAX)
        return;
    for (size_t i = chart->number_count; i > at; i--)
        chart->numbers[i] = chart->numbers[i - 1];
    chart->numbers[at] = number;
    chart->number_count++;
}

static rf_html_chart chart_of(const rf_html *html, const rf_html_group *group) {
    rf_html_chart chart = { .low = INFINITY, .least = INFINITY };
    for (size_t i = 0; i < group->count; i++) {
        const rf_result_of_bench *result = rf_html_result(html, group, i);
        if (!on_chart(result))
            continue;
        add_to_series(&chart, &result->bench);
        add_number(&chart, result->bench.number);
        const rf_interval *typical = rf_html_typical(result);
        chart.low = fmin(chart.low, typical->point);
        chart.high = fmax(chart.high, fmax(typical->point, isfinite(typical->high) ? typical->high : 0));
        chart.least = fmin(chart.least, result->bench.number);
        chart.most = fmax(chart.most, result->bench.number);
    }
    return chart;
}

static void mark(rf_buffer *out, size_t shape, double x, double y) {
    static const struct { double x[4], y[4]; } corners[] = {
        { { -3, 3, 3, -3 }, { -3, -3, 3, 3 } }, { { 0, 3.8, 0, -3.8 }, { -3.8, 2.8, 2.8, 2.8 } }, { { 0, 4, 0, -4 }, { -4, 0, 4, 0 } } };
    if (shape % SHAPES == 0) {
        rf_buffer_text(out, "<circle class=\"k\" r=\"3.2\"");
        rf_svg_attribute(out, "cx", x);
        rf_svg_attribute(out, "cy", y);
        rf_buffer_char(out, '>');
        return;
    }
    rf_buffer_text(out, "<path class=\"k\" d=\"");
    for (size_t i = 0; i < 4; i++)
        rf_svg_step(out, i ? 'L' : 'M', x + corners[shape % SHAPES - 1].x[i], y + corners[shape % SHAPES - 1].y[i]);
    rf_buffer_text(out, "Z\">");
}

static void end_mark(rf_buffer *out, size_t shape) { rf_buffer_text(out, shape % SHAPES == 0 ? "</circle>" : "</path>"); }

static void series_marks(rf_html *html, const rf_html_group *group, const rf_html_series *series, const rf_axis *x, const rf_axis *y) {
    rf_buffer *out = html->out;
    for (size_t i = 0; i < group->count; i++) {
        const rf_result_of_bench *result = rf_html_result(html, group, i);
        if (!on_chart(result) || !of_series(series, &result->bench))
            continue;
        const rf_interval *typical = rf_html_typical(result);
        double at = rf_axis_at(x, result->bench.number);
        rf_svg_line(out, "w1", at, rf_axis_at(y, typical->low), at, rf_axis_at(y, typical->high));
        mark(out, series->shape, at, rf_axis_at(y, typical->point));
        rf_buffer_text(out, "<title>");
        rf_markup_text(out, result->id);
        rf_buffer_char(out, '\n');
        rf_html_ns(out, typical->point);
        rf_buffer_text(out, "</title>");
        end_mark(out, series->shape);
    }
}

/* In the order of the results, which groups have ascending. */
static void series_line(rf_html *html, const rf_html_group *group, const rf_html_series *series, const rf_axis *x, const rf_axis *y) {
    rf_buffer *out = html->out;
    rf_buffer_printf(out, "<g class=\"f%zu\"><path class=\"w s%zu\" d=\"", rf_html_form(html, series->form), series->shape % SHAPES);
    bool first = true;
    for (size_t i = 0; i < group->count; i++) {
        const rf_result_of_bench *result = rf_html_result(html, group, i);
        if (!on_chart(result) || !of_series(series, &result->bench))
            continue;
        rf_svg_step(out, first ? 'M' : 'L', rf_axis_at(x, result->bench.number), rf_axis_at(y, rf_html_typical(result)->point));
        first = false;
    }
    rf_buffer_text(out, "\"/>");
    series_marks(html, group, series, x, y);
    rf_buffer_text(out, "</g>");
}

static void series_key(rf_html *html, const rf_html_chart *chart) {
    rf_buffer *out = html->out;
    rf_buffer_text(out, "<div class=\"key\">");
    for (size_t i = 0; i < chart->count; i++) {
        const rf_html_series *series = &chart->series[i];
        rf_buffer_printf(out, "<span class=\"f%zu\"><svg viewBox=\"0 0 26 10\" aria-hidden=\"true\"><path class=\"w s%zu\" d=\"M0 5H26\"/>",
                         rf_html_form(html, series->form), series->shape % SHAPES);
        mark(out, series->shape, 13, 5);
        end_mark(out, series->shape);
        rf_buffer_text(out, "</svg>");
        rf_markup_text(out, series->name);
        if (series->form) {
            rf_buffer_char(out, ' ');
            rf_markup_text(out, series->form);
        }
        rf_buffer_text(out, "</span>");
    }
    rf_buffer_text(out, "</div>");
}

static void lines(rf_html *html, const rf_html_group *group) {
    rf_html_chart chart = chart_of(html, group);
    if (chart.number_count < 2)
        return;
    rf_buffer *out = html->out;
    double bottom = 222, top = 24, left = 48, right = 370;
    bool log_x = chart.most / chart.least >= 10, log_y = chart.low > 0 && chart.high / chart.low > 10;
    double margin = (chart.most - chart.least) * 0.03;
    rf_axis x = rf_axis_make(RF_AXIS_COUNT, log_x, log_x ? chart.least / 1.1 : chart.least - margin, log_x ? chart.most * 1.1 : chart.most + margin,
                             left, right, 6);
    rf_axis y = rf_axis_make(RF_AXIS_TIME, log_y, log_y ? chart.low / 1.2 : 0, log_y ? chart.high * 1.2 : chart.high * 1.05, bottom, top, 6);
    rf_html_figure_begin(out, log_x && log_y ? "Over the parameter <span>both axes logarithmic</span>"
                              : log_y ? "Over the parameter <span>times logarithmic</span>" : "Over the parameter");
    rf_svg_begin(out, "wide", WIDTH, bottom + 34, "time over the parameter");
    rf_svg_axis_y(out, &y, left, right, "time of one iteration");
    if (chart.number_count < NUMBERS_MAX && log_x)
        rf_svg_axis_x_at(out, &x, chart.numbers, chart.number_count, top, bottom, "parameter");
    else
        rf_svg_axis_x(out, &x, top, bottom, "parameter");
    for (size_t i = 0; i < chart.count; i++)
        series_line(html, group, &chart.series[i], &x, &y);
    rf_svg_end(out);
    series_key(html, &chart);
    rf_html_figure_end(out);
}

/* ---- Ratios: to the baseline, or to the original ---- */

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
    rf_change change = result->comparison.change;
    return change == RF_CHANGE_SLOWER ? "cd" : change == RF_CHANGE_FASTER ? "cg" : change == RF_CHANGE_UNCLEAR ? "cw" : "cf";
}

static void ratio_row(rf_html *html, const rf_result_of_bench *result, const rf_interval *ratio, bool to_base, const rf_axis *x, double y) {
    rf_buffer *out = html->out;
    char label[RF_BENCH_ID_MAX], full[RF_BENCH_ID_MAX + 40];
    rf_html_label(&result->bench, label, sizeof label);
    (void)snprintf(full, sizeof full, "%s%s%.32s", label, result->bench.form ? " · " : "", result->bench.form ? result->bench.form : "");
    short_text(out, "v", 4, y + 10, 's', full, 270);
    rf_buffer_printf(out, "<g class=\"%s\"><text class=\"c e\"", colour_of_ratio(result, to_base, ratio->point));
    rf_svg_attribute(out, "x", WIDTH - 2);
    rf_svg_attribute(out, "y", y + 10);
    rf_buffer_char(out, '>');
    if (to_base)
        rf_html_ratio(out, ratio->point);
    else
        (void)rf_html_against_original(out, result);
    rf_buffer_text(out, "</text>");
    rf_svg_line(out, "w", rf_html_ratio_at(x, ratio->low), y + 18, rf_html_ratio_at(x, ratio->high), y + 18);
    rf_buffer_text(out, "<circle class=\"k\" r=\"3.2\"");
    rf_svg_attribute(out, "cx", rf_html_ratio_at(x, ratio->point));
    rf_svg_attribute(out, "cy", y + 18);
    rf_buffer_text(out, "/></g>");
}

static void ratios(rf_html *html, const rf_html_group *group, rf_html_ratio_of ratio_of, bool to_base) {
    double low = 1, high = 1, matters = RF_COMPARE_DEFAULT.matters;
    size_t count = 0, shown = 0;
    rf_interval ratio;
    for (size_t i = 0; i < group->count; i++) {
        const rf_result_of_bench *result = rf_html_result(html, group, i);
        if (!ratio_of(result, &ratio) || ++count > LANES_MAX)
            continue;
        low = fmin(low, fmin(ratio.low, ratio.point));
        high = fmax(high, fmax(ratio.high, ratio.point));
        matters = to_base ? rf_html_matters(&result->comparison) : matters;
    }
    if (count == 0)
        return;
    rf_buffer *out = html->out;
    double row = 27, bottom = TOP + row * (double)(count < LANES_MAX ? count : LANES_MAX) + 4;
    rf_axis x = rf_html_ratio_axis(low, high, matters, 14, 366);
    rf_html_figure_begin(out, to_base ? "Change <span>now / base; left is faster</span>" : "Against the original <span>ours / original; left is faster</span>");
    rf_svg_begin(out, "wide", WIDTH, bottom + 18, to_base ? "ratios to the baseline" : "ratios to the original");
    rf_svg_axis_x(out, &x, TOP, bottom, NULL);
    if (to_base)
        rf_html_ratio_band(out, &x, matters, TOP, bottom);
    else
        rf_svg_line(out, "w1 cf", rf_html_ratio_at(&x, 1), TOP, rf_html_ratio_at(&x, 1), bottom);
    for (size_t i = 0; i < group->count && shown < LANES_MAX; i++)
        if (ratio_of(rf_html_result(html, group, i), &ratio))
            ratio_row(html, rf_html_result(html, group, i), &ratio, to_base, &x, TOP + row * (double)shown++);
    rf_svg_end(out);
    left_out(out, shown, count);
    rf_html_figure_end(out);
}

void rf_html_group_pictures(rf_html *html, const rf_html_group *group) {
    size_t figures = figures_of(html, group);
    if (figures == 0)
        return;
    rf_buffer_text(html->out, "<div class=\"pics\"><div>");
    violins(html, group, figures);
    rf_buffer_text(html->out, "</div><div>");
    lines(html, group);
    ratios(html, group, ratio_to_base, true);
    ratios(html, group, ratio_to_original, false);
    rf_buffer_text(html->out, "</div></div>\n");
}
