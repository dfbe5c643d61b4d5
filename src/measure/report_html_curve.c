/* report_html_curve.c: samples made ready for pictures: sorted, and as a density that far outliers do not flatten. */
#include "measure/report_html.h"

#include "base/alloc.h"

#include <math.h>

static double *room_for(rf_html *html, size_t slot, size_t count) {
    if (count <= html->scratch[slot].room)
        return html->scratch[slot].values;
    size_t bytes;
    double *values = rf_mul_overflow(count, sizeof *values, &bytes) ? NULL : rf_realloc(html->scratch[slot].values, bytes);
    if (!values) {
        html->out->failed = true;
        return NULL;
    }
    html->scratch[slot].values = values;
    html->scratch[slot].room = count;
    return values;
}

const double *rf_html_sorted(rf_html *html, const rf_samples *samples, size_t slot, size_t *ret_count) {
    *ret_count = 0;
    if (samples->count == 0 || !samples->iterations || !samples->ns)
        return NULL;
    double *values = room_for(html, slot, samples->count);
    if (!values)
        return NULL;
    size_t count = 0;
    for (size_t i = 0; i < samples->count; i++) {
        double value = samples->ns[i] / samples->iterations[i];
        if (isfinite(value) && value >= 0)
            values[count++] = value;
    }
    if (count == 0)
        return NULL;
    rf_sort(values, count);
    *ret_count = count;
    return values;
}

/* How far beyond the quartiles the window reaches, in distances of the quartiles: past Tukey's severe fence, which is at 3. */
static const double WINDOW_QUARTILES = 4.5;

/* Leaves what is far out of the window; ret_inside: the rest. */
static const double *within_window(const double *sorted, size_t count, rf_html_curve *curve, size_t *ret_inside) {
    double q1 = rf_quantile(sorted, count, 0.25), q3 = rf_quantile(sorted, count, 0.75);
    double reach = fmax(WINDOW_QUARTILES * (q3 - q1), 1e-3 * q3);
    size_t first = 0, end = count;
    while (first < end && sorted[first] < q1 - reach)
        first++;
    while (end > first && sorted[end - 1] > q3 + reach)
        end--;
    curve->below = first;
    curve->above = count - end;
    *ret_inside = end - first;
    return sorted + first;
}

void rf_html_curve_of(const double *sorted, size_t count, size_t points, rf_html_curve *ret_curve) {
    rf_html_curve curve = { 0 };
    size_t inside_count;
    const double *inside = within_window(sorted, count, &curve, &inside_count);
    if (inside_count == 0) { /* never: the quartiles are within; but then nothing is drawn rather than read */
        *ret_curve = curve;
        return;
    }
    curve.low = curve.from = inside[0];
    curve.high = curve.to = inside[inside_count - 1];
    if (inside_count >= 2 && curve.high > curve.low && points >= 2) {
        curve.points = points < RF_HTML_CURVE_MAX ? points : RF_HTML_CURVE_MAX;
        rf_density(inside, inside_count, curve.density, curve.points, &curve.from, &curve.to);
        curve.low = fmin(curve.low, curve.from);
        curve.high = fmax(curve.high, curve.to);
    }
    for (size_t i = 0; i < curve.points; i++) {
        if (!isfinite(curve.density[i]) || curve.density[i] < 0)
            curve.density[i] = 0;
        curve.peak = fmax(curve.peak, curve.density[i]);
    }
    if (curve.peak <= 0 || !isfinite(curve.from) || !isfinite(curve.to) || curve.to <= curve.from)
        curve.points = 0;
    *ret_curve = curve;
}

static void curve_side(rf_buffer *out, const rf_html_curve *curve, const rf_axis *x, double base, double height, bool back) {
    for (size_t k = 0; k < curve->points; k++) {
        size_t i = back ? curve->points - 1 - k : k;
        double value = curve->from + (curve->to - curve->from) * (double)i / (double)(curve->points - 1);
        double rise = curve->density[i] / curve->peak * height;
        rf_svg_step(out, k == 0 && !back ? 'M' : 'L', rf_axis_at(x, value), back ? base + rise : base - rise);
    }
}

void rf_html_curve_path(rf_buffer *out, const rf_html_curve *curve, const rf_axis *x, double base, double height, bool both) {
    if (curve->points < 2) {
        double at = rf_axis_at(x, curve->from);
        rf_svg_step(out, 'M', at, both ? base + height : base);
        rf_svg_step(out, 'L', at, base - height);
        return;
    }
    curve_side(out, curve, x, base, height, false);
    if (both) {
        curve_side(out, curve, x, base, height, true);
        rf_buffer_char(out, 'Z');
    }
}
