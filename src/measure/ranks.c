/* ranks.c: Mann and Whitney's test: whether values of one set tend to be larger than those of another. */
#include "measure/compare.h"

#include <assert.h>
#include <math.h>

/* The end of the run of values that equal values[from]. */
static size_t run_end(const double *values, size_t n, size_t from, double value) {
    while (from < n && values[from] == value)
        from++;
    return from;
}

/* Mann and Whitney 1947; the variance with ties as in Hollander and Wolfe 1999, ch. 4. `a` and `b` are counted while they are merged. */
void rf_mann_whitney(const double *a, size_t n, const double *b, size_t m, double *scratch, double *ret_u, double *ret_p) {
    assert(n > 0 && m > 0);
    double *x = scratch, *y = scratch + n, u = 0, ties = 0;
    memcpy(x, a, n * sizeof *x);
    memcpy(y, b, m * sizeof *y);
    rf_sort(x, n);
    rf_sort(y, m);
    for (size_t i = 0, j = 0; i < n || j < m;) {
        double value = j >= m || (i < n && x[i] <= y[j]) ? x[i] : y[j];
        size_t i_end = run_end(x, n, i, value), j_end = run_end(y, m, j, value);
        double of_x = (double)(i_end - i), of_y = (double)(j_end - j), tied = of_x + of_y;
        u += of_x * ((double)j + of_y / 2);
        ties += tied * tied * tied - tied;
        i = i_end;
        j = j_end;
    }
    double pairs = (double)n * (double)m, all = (double)n + (double)m;
    double deviation = sqrt(pairs / 12 * ((all + 1) - ties / (all * (all - 1))));
    double z = fabs(u - pairs / 2) - 0.5, p = z > 0 && deviation > 0 ? 2 * rf_normal_cdf(-z / deviation) : 1;
    *ret_u = u;
    *ret_p = p < 1 ? p : 1;
}
