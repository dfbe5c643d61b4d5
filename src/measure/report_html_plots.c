/* report_html_plots.c: pictures of one benchmark: density and samples. */
#include "measure/report_html.h"

#include <math.h>
#include <stdio.h>

/* 380 units wide: see report_html_style.c. */
static const double WIDTH = 380, HEIGHT = 218, LEFT = 14, LEFT_LABELS = 46, RIGHT = 366, TOP = 12, BOTTOM = 184, STRIP = 44;

void rf_html_figure_begin(rf_buffer *out, const char *caption) { rf_buffer_printf(out, "<figure><figcaption>%s</figcaption>", caption); }

void rf_html_figure_end(rf_buffer *out) { rf_buffer_text(out, "</figure>\n"); }

/* ---- Density, and below it each sample in its class, the first on top ---- */

static size_t outlier_class(const rf_outliers *fences, double value) {
    if (value < fences->low_severe_at || value > fences->high_severe_at)
        return 2;
    return value < fences->low_mild_at || value > fences->high_mild_at ? 1 : 0;
}

/* At most html->scatter_points of the ordinary ones; no outlier is left out before those are. Returns how many of the class there are. */
static size_t strip_of(rf_html *html, const rf_result_of_bench *result, size_t class_wanted, const rf_axis *x, double top) {
    static const char *const classes[] = { "p s cf", "p o cm", "p o cs" };
    const rf_measurement *m = &result->measurement;
    size_t every = m->count / html->scatter_points + 1, seen = 0;
    rf_buffer_printf(html->out, "<path class=\"%s\" d=\"", classes[class_wanted]);
    for (size_t i = 0; i < m->count; i++) {
        double value = m->ns[i] / m->iterations[i];
        if (!isfinite(value) || outlier_class(&result->estimates.outliers, value) != class_wanted || seen++ % every)
            continue;
        rf_svg_step(html->out, 'M', rf_axis_at(x, value), top + (STRIP - 8) * (double)i / (double)(m->count > 1 ? m->count - 1 : 1));
        rf_buffer_text(html->out, "h0");
    }
    rf_buffer_text(html->out, "\"/>");
    return seen;
}

static void density_key(rf_buffer *out, const rf_result_of_bench *result, const size_t classes[3]) {
    rf_buffer_printf(out, "<div class=\"key\"><span class=\"f0\"><i class=\"ln\"></i>%s ", result->measurement.linear ? "slope" : "mean");
    rf_html_ns(out, rf_html_typical(result)->point);
    rf_buffer_text(out,
                   "</span><span class=\"f0\"><i class=\"soft\"></i>its interval</span><span class=\"f1\"><i class=\"da\"></i>median ");
    rf_html_ns(out, result->estimates.median.point);
    rf_buffer_printf(out, "</span><span class=\"cf\"><i class=\"pt\"></i>samples</span>");
    if (classes[1])
        rf_buffer_printf(out, "<span class=\"cm\"><i class=\"pt\"></i>%zu mild</span>", classes[1]);
    if (classes[2])
        rf_buffer_printf(out, "<span class=\"cs\"><i class=\"pt\"></i>%zu severe</span>", classes[2]);
    rf_buffer_text(out, "</div>");
}

/* How many samples lie beyond the window; they are drawn at its ends. */
static void beyond(rf_buffer *out, const rf_html_curve *curve, double y) {
    char text[48];
    if (curve->below) {
        (void)snprintf(text, sizeof text, "← %zu beyond", curve->below);
        rf_svg_text(out, "n", LEFT + 2, y, 's', text);
    }
    if (curve->above) {
        (void)snprintf(text, sizeof text, "%zu beyond →", curve->above);
        rf_svg_text(out, "n", RIGHT - 2, y, 'e', text);
    }
}

static rf_axis axis_of_curve(const rf_html_curve *curve, const rf_interval *typical, double start, double end) {
    double low = fmin(curve->low, isfinite(typical->low) ? typical->low : curve->low);
    double high = fmax(curve->high, isfinite(typical->high) ? typical->high : curve->high);
    bool log = low > 0 && high / low > 10;
    return rf_axis_make(RF_AXIS_TIME, log, low, high, start, end, 5);
}

void rf_html_plot_density(rf_html *html, const rf_result_of_bench *result) {
    rf_buffer *out = html->out;
    rf_samples samples = rf_measurement_samples(&result->measurement);
    size_t count;
    const double *sorted = rf_html_sorted(html, &samples, 0, &count);
    if (!sorted)
        return;
    rf_html_curve curve;
    rf_html_curve_of(sorted, count, html->curve_points, &curve);
    const rf_interval *typical = rf_html_typical(result);
    rf_axis x = axis_of_curve(&curve, typical, LEFT, RIGHT);
    double base = BOTTOM - STRIP;
    rf_html_figure_begin(out, "Density");
    rf_svg_begin(out, "", WIDTH, HEIGHT, "density of the time of one iteration, with each sample below");
    rf_svg_axis_x(out, &x, TOP, BOTTOM, "time of one iteration");
    rf_buffer_text(out, "<g class=\"f0\">");
    rf_svg_box(out, "z", rf_axis_at(&x, typical->low), TOP, rf_axis_at(&x, typical->high), base);
    rf_buffer_text(out, "<path class=\"d\" d=\"");
    rf_html_curve_path(out, &curve, &x, base, base - TOP - 8, false);
    rf_buffer_text(out, "\"/>");
    rf_svg_line(out, "w", rf_axis_at(&x, typical->point), TOP, rf_axis_at(&x, typical->point), base);
    rf_buffer_text(out, "</g><g class=\"f1\">");
    double median = rf_axis_at(&x, result->estimates.median.point);
    rf_svg_line(out, "w2", median, TOP, median, base);
    rf_buffer_text(out, "</g>");
    rf_svg_line(out, "a", LEFT, base, RIGHT, base);
    size_t classes[3];
    for (size_t i = 0; i < 3; i++)
        classes[i] = strip_of(html, result, i, &x, base + 4);
    beyond(out, &curve, TOP + 8);
    rf_svg_end(out);
    density_key(out, result, classes);
    rf_html_figure_end(out);
}

/* ---- Linear samples: time over iterations, with the slope; flat ones: time of one iteration, in order ---- */

static double largest(const double *values, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i]))
            most = fmax(most, values[i]);
    return most;
}

static void slope_line(rf_buffer *out, const rf_axis *x, const rf_axis *y, const rf_interval *slope) {
    rf_buffer_text(out, "<g class=\"f0\"><path class=\"z\" d=\"");
    rf_svg_step(out, 'M', rf_axis_at(x, 0), rf_axis_at(y, 0));
    rf_svg_step(out, 'L', rf_axis_at(x, x->to), rf_axis_at(y, slope->low * x->to));
    rf_svg_step(out, 'L', rf_axis_at(x, x->to), rf_axis_at(y, slope->high * x->to));
    rf_buffer_text(out, "Z\"/>");
    rf_svg_line(out, "w", rf_axis_at(x, 0), rf_axis_at(y, 0), rf_axis_at(x, x->to), rf_axis_at(y, slope->point * x->to));
    rf_buffer_text(out, "</g>");
}

static void scatter(rf_html *html, const rf_measurement *m, const rf_axis *x, const rf_axis *y) {
    size_t every = m->count / html->scatter_points + 1;
    rf_buffer_text(html->out, "<path class=\"p cf\" d=\"");
    for (size_t i = 0; i < m->count; i += every) {
        double value = m->linear ? m->ns[i] : m->ns[i] / m->iterations[i];
        if (!isfinite(value))
            continue;
        rf_svg_step(html->out, 'M', rf_axis_at(x, m->linear ? m->iterations[i] : (double)(i + 1)), rf_axis_at(y, value));
        rf_buffer_text(html->out, "h0");
    }
    rf_buffer_text(html->out, "\"/>");
}

static void plot_slope(rf_html *html, const rf_result_of_bench *result) {
    const rf_measurement *m = &result->measurement;
    rf_buffer *out = html->out;
    double iterations = largest(m->iterations, m->count) * 1.03;
    rf_axis x = rf_axis_make(RF_AXIS_COUNT, false, 0, iterations, LEFT_LABELS, RIGHT, 5);
    double most = fmax(largest(m->ns, m->count), result->estimates.slope.high * iterations);
    rf_axis y = rf_axis_make(RF_AXIS_TIME, false, 0, most, BOTTOM, TOP + 12, 5);
    rf_html_figure_begin(out, "Time over iterations");
    rf_svg_begin(out, "", WIDTH, HEIGHT, "time of samples over their iterations, with the slope");
    rf_svg_axis_y(out, &y, LEFT_LABELS, RIGHT, "time of a sample");
    rf_svg_axis_x(out, &x, TOP + 12, BOTTOM, "iterations");
    slope_line(out, &x, &y, &result->estimates.slope);
    scatter(html, m, &x, &y);
    rf_svg_end(out);
    char r2[RF_SVG_NUMBER_MAX];
    (void)rf_svg_fixed(result->estimates.r2, 4, r2);
    rf_buffer_text(out,
                   "<div class=\"key\"><span class=\"cf\"><i class=\"pt\"></i>samples</span><span class=\"f0\"><i class=\"ln\"></i>slope ");
    rf_html_ns(out, result->estimates.slope.point);
    rf_buffer_printf(out, "</span><span class=\"f0\"><i class=\"soft\"></i>its interval</span><span>R² %s</span></div>", r2);
    rf_html_figure_end(out);
}

/* The window that the density has too; what is beyond is drawn at its edge. */
static void plot_order(rf_html *html, const rf_result_of_bench *result) {
    const rf_measurement *m = &result->measurement;
    rf_buffer *out = html->out;
    rf_samples samples = rf_measurement_samples(m);
    size_t count;
    const double *sorted = rf_html_sorted(html, &samples, 0, &count);
    if (!sorted)
        return;
    rf_html_curve curve;
    rf_html_curve_of(sorted, count, 2, &curve);
    rf_axis x = rf_axis_make(RF_AXIS_COUNT, false, 0, (double)m->count + 1, LEFT_LABELS, RIGHT, 5);
    rf_axis y = axis_of_curve(&curve, rf_html_typical(result), BOTTOM, TOP + 12);
    rf_html_figure_begin(out, "Samples in order");
    rf_svg_begin(out, "", WIDTH, HEIGHT, "time of one iteration in each sample, in order");
    rf_svg_axis_y(out, &y, LEFT_LABELS, RIGHT, "time of one iteration");
    rf_svg_axis_x(out, &x, TOP + 12, BOTTOM, "sample");
    rf_buffer_text(out, "<g class=\"f0\">");
    const rf_interval *typical = rf_html_typical(result);
    rf_svg_box(out, "z", LEFT_LABELS, rf_axis_at(&y, typical->low), RIGHT, rf_axis_at(&y, typical->high));
    rf_svg_line(out, "w", LEFT_LABELS, rf_axis_at(&y, typical->point), RIGHT, rf_axis_at(&y, typical->point));
    rf_buffer_text(out, "</g>");
    scatter(html, m, &x, &y);
    rf_svg_end(out);
    rf_buffer_text(
        out, "<div class=\"key\"><span class=\"cf\"><i class=\"pt\"></i>samples</span><span class=\"f0\"><i class=\"ln\"></i>mean</span>"
             "<span class=\"f0\"><i class=\"soft\"></i>its interval</span></div>");
    rf_html_figure_end(out);
}

void rf_html_plot_samples(rf_html *html, const rf_result_of_bench *result) {
    if (result->measurement.linear)
        plot_slope(html, result);
    else
        plot_order(html, result);
}
