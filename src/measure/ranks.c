/* ranks.c: tests by ranks: whether values of one set tend to be larger than those of another (Mann, Whitney), and those of pairs (Wilcoxon). */
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

/* Wilcoxon 1945; the variance with ties as in Hollander and Wolfe 1999, ch. 3. */
void rf_signed_ranks(const double *a, const double *b, size_t n, double *scratch, double *ret_w, double *ret_p) {
    double *sizes = scratch, *above = scratch + n, ranks = 0, ties = 0;
    size_t count = 0, higher = 0;
    for (size_t i = 0; i < n; i++) {
        if (a[i] != b[i])
            sizes[count++] = fabs(a[i] - b[i]);
        if (a[i] > b[i])
            above[higher++] = a[i] - b[i];
    }
    rf_sort(sizes, count);
    rf_sort(above, higher);
    for (size_t i = 0, j = 0; i < count;) {
        size_t i_end = run_end(sizes, count, i, sizes[i]), j_end = run_end(above, higher, j, sizes[i]);
        double tied = (double)(i_end - i), rank = ((double)i + 1 + (double)i_end) / 2;
        ranks += (double)(j_end - j) * rank;
        ties += tied * tied * tied - tied;
        i = i_end;
        j = j_end;
    }
    double all = (double)count, sum = all * (all + 1) / 2, w = ranks < sum - ranks ? ranks : sum - ranks;
    double deviation = sqrt(all * (all + 1) * (2 * all + 1) / 24 - ties / 48);
    double z = sum / 2 - w - 0.5, p = z > 0 && deviation > 0 ? 2 * rf_normal_cdf(-z / deviation) : 1;
    *ret_w = w;
    *ret_p = p < 1 ? p : 1;
}
