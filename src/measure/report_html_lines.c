/* report_html_lines.c: the lines of a group: times over the parameter, where it is a number. */
#include "measure/report_html.h"

#include <math.h>

enum { SERIES_MAX = 24, NUMBERS_MAX = 16, SHAPES = 4 };

static const double WIDTH = 380;

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
    return rf_html_same(series->name, bench->name) && rf_html_same(series->form, bench->form);
}

static void add_to_series(rf_html_chart *chart, const rf_bench *bench) {
    size_t k = 0, names = 0;
    for (; k < chart->count && !of_series(&chart->series[k], bench); k++)
        if (k == 0 || !rf_html_same(chart->series[k].name, chart->series[k - 1].name))
            names++;
    if (k == SERIES_MAX)
        return;
    if (k == chart->count) {
        size_t shape = names;
        for (size_t i = 0; i < k; i++)
            if (rf_html_same(chart->series[i].name, bench->name))
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

void rf_html_lines(rf_html *html, const rf_html_group *group) {
    rf_html_chart chart = chart_of(html, group);
    if (chart.number_count < 2)
        return;
    rf_buffer *out = html->out;
    double bottom = 222, top = 24, left = 48, right = 370;
    bool log_x = chart.most / chart.least >= 10, log_y = chart.low > 0 && chart.high / chart.low > 10;
    double margin = (chart.most - chart.least) * 0.03;
    rf_axis x = rf_axis_make(RF_AXIS_COUNT, log_x, log_x ? chart.least / 1.1 : chart.least - margin,
                             log_x ? chart.most * 1.1 : chart.most + margin, left, right, 6);
    rf_axis y = rf_axis_make(RF_AXIS_TIME, log_y, log_y ? chart.low / 1.2 : 0, log_y ? chart.high * 1.2 : chart.high * 1.05, bottom, top,
                             6);
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
