/* stats.c: one number out of many samples. */
#include "measure/stats.h"

#include <assert.h>
#include <math.h>

double rf_mean(const double *values, size_t n) {
    assert(values && n > 0);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    double mean = sum / (double)n, rest = 0;
    /* What rounding took, given back. */
    for (size_t i = 0; i < n; i++)
        rest += values[i] - mean;
    return mean + rest / (double)n;
}

double rf_deviation(const double *values, size_t n) {
    if (n < 2)
        return 0;
    double mean = rf_mean(values, n), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (values[i] - mean) * (values[i] - mean);
    return sqrt(sum / (double)(n - 1));
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void rf_sort(double *values, size_t n) {
    if (n > 1)
        qsort(values, n, sizeof *values, ascending);
}

double rf_quantile(const double *sorted, size_t n, double q) {
    assert(sorted && n > 0);
    double at = q * (double)(n - 1);
    if (!(at > 0))
        return sorted[0];
    if (at >= (double)(n - 1))
        return sorted[n - 1];
    size_t below = (size_t)at;
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

/* Hampel 1974; 1.4826 = 1 / (the normal distribution's upper quartile). */
double rf_mad(const double *sorted, size_t n, double *scratch) {
    double median = rf_quantile(sorted, n, 0.5);
    for (size_t i = 0; i < n; i++)
        scratch[i] = fabs(sorted[i] - median);
    rf_sort(scratch, n);
    return rf_quantile(scratch, n, 0.5) * RF_MAD_NORMAL;
}

rf_outliers rf_tukey(const double *sorted, size_t n) {
    double low = rf_quantile(sorted, n, 0.25), high = rf_quantile(sorted, n, 0.75), between = high - low;
    rf_outliers outliers = { low - 3 * between, low - 1.5 * between, high + 1.5 * between, high + 3 * between, 0, 0, 0, 0 };
    for (size_t i = 0; i < n; i++) {
        double x = sorted[i];
        outliers.low_severe += x < outliers.low_severe_at;
        outliers.low_mild += x < outliers.low_mild_at && !(x < outliers.low_severe_at);
        outliers.high_mild += x > outliers.high_mild_at && !(x > outliers.high_severe_at);
        outliers.high_severe += x > outliers.high_severe_at;
    }
    return outliers;
}

rf_line rf_fit_origin(const double *x, const double *y, size_t n) {
    double xy = 0, xx = 0, mean = rf_mean(y, n), left = 0, whole = 0;
    for (size_t i = 0; i < n; i++) {
        xy += x[i] * y[i];
        xx += x[i] * x[i];
    }
    double slope = xx > 0 ? xy / xx : 0;
    for (size_t i = 0; i < n; i++) {
        left += (y[i] - slope * x[i]) * (y[i] - slope * x[i]);
        whole += (y[i] - mean) * (y[i] - mean);
    }
    return (rf_line){ slope, whole > 0 ? 1 - left / whole : left > 0 ? 0 : 1 };
}

/* Silverman 1986, (3.31): 0.9 times the lesser of deviation and quartiles' distance / 1.34, times n^(-1/5). */
static double bandwidth(const double *sorted, size_t n) {
    double spread = rf_deviation(sorted, n), quartiles = (rf_quantile(sorted, n, 0.75) - rf_quantile(sorted, n, 0.25)) / 1.34;
    if (quartiles > 0 && quartiles < spread)
        spread = quartiles;
    if (spread > 0)
        return 0.9 * spread * pow((double)n, -0.2);
    return sorted[0] != 0 ? 1e-3 * fabs(sorted[0]) : 1; /* all equal: a narrow bell */
}

void rf_density(const double *sorted, size_t n, double *ret_density, size_t points, double *ret_from, double *ret_to) {
    assert(n > 0 && points > 0);
    double h = bandwidth(sorted, n), from = sorted[0] - 3 * h, to = sorted[n - 1] + 3 * h;
    double scale = 1 / ((double)n * h * sqrt(2 * M_PI));
    for (size_t p = 0; p < points; p++) {
        double x = points > 1 ? from + (to - from) * (double)p / (double)(points - 1) : from, sum = 0;
        for (size_t i = 0; i < n; i++) {
            double z = (x - sorted[i]) / h;
            sum += exp(-0.5 * z * z);
        }
        ret_density[p] = sum * scale;
    }
    *ret_from = from;
    *ret_to = to;
}
