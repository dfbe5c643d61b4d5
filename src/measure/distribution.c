/* distribution.c: the normal and Student's distribution. */
#include "measure/stats.h"

#include <assert.h>
#include <math.h>

double rf_normal_cdf(double x) { return 0.5 * erfc(-x * M_SQRT1_2); }

static double polynomial(const double *coefficients, int count, double x) {
    double sum = coefficients[0];
    for (int i = 1; i < count; i++)
        sum = sum * x + coefficients[i];
    return sum;
}

/* P. J. Acklam's rational approximation for p <= 1/2: relative error below 1.15e-9. */
static double acklam(double p) {
    static const double a[] = { -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
                                1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239e+00 };
    static const double b[] = { -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                                6.680131188771972e+01, -1.328068155288572e+01, 1 };
    static const double c[] = { -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                                -2.549732539343734e+00, 4.374664141464968e+00, 2.938163982698783e+00 };
    static const double d[] = { 7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00, 1 };
    if (p < 0.02425) {
        double q = sqrt(-2 * log(p));
        return polynomial(c, 6, q) / polynomial(d, 5, q);
    }
    double q = p - 0.5, r = q * q;
    return polynomial(a, 6, r) * q / polynomial(b, 6, r);
}

/* Both halves by the lower one, where cdf(x) - p loses no digits; the step is Halley's on cdf(x) = p. */
double rf_normal_quantile(double p) {
    assert(p > 0 && p < 1);
    if (p > 0.5)
        return -rf_normal_quantile(1 - p);
    double x = acklam(p);
    double u = (rf_normal_cdf(x) - p) * sqrt(2 * M_PI) * exp(x * x / 2);
    return x - u / (1 + x * u / 2);
}

/* ln B(a, 1/2). The difference of two logarithms of Gamma loses digits for large `a`: there by Stirling's series for their quotient. */
static double log_beta_half(double a) {
    double log_root_pi = 0.5 * log(M_PI);
    if (a >= 100) {
        double r = 1 / a;
        double quotient = 1 + r * (-1.0 / 8 + r * (1.0 / 128 + r * (5.0 / 1024 + r * (-21.0 / 32768 - r * 399.0 / 262144))));
        return log_root_pi - 0.5 * log(a) - log(quotient);
    }
    int sign;
    return lgamma_r(a, &sign) + log_root_pi - lgamma_r(a + 0.5, &sign);
}

/* The continued fraction of the incomplete beta function (NIST's DLMF, 8.17.22), by Lentz's method. */
static double beta_fraction(double a, double b, double x) {
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double fraction = d;
    for (int i = 1; i <= 20000; i++) {
        double m = i, even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double before = fraction;
        for (int half = 0; half < 2; half++) {
            double term = half ? odd : even;
            d = 1 + term * d;
            c = 1 + term / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            fraction *= d * c;
        }
        if (fabs(fraction - before) <= 1e-16 * fabs(fraction))
            break;
    }
    return fraction;
}

/*
 * I_x(freedom / 2, 1 / 2) at x = freedom / (freedom + t²); `rest` is 1 - x without its cancellation. Past ten million degrees the normal
 * distribution, with the argument of Abramowitz and Stegun 26.7.8, is within 1e-9 of it.
 */
double rf_student_two_sided(double t, double freedom) {
    assert(freedom > 0);
    if (isinf(t))
        return 0;
    if (freedom > 1e7) {
        double z = fabs(t) * (1 - 1 / (4 * freedom)) / sqrt(1 + t * t / (2 * freedom));
        return 2 * rf_normal_cdf(-z);
    }
    double a = freedom / 2, b = 0.5, from = fabs(t) / sqrt(freedom), square = from * from;
    bool far = from > 1e8; /* the square may not fit, and 1 beside it is nothing */
    double x = 1 / (1 + square), rest = far ? 1 : square / (1 + square), log_x = far ? -2 * log(from) : -log1p(square);
    if (rest == 0)
        return 1;
    double front = exp(a * log_x + b * log(rest) - log_beta_half(a));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    double inner = front * beta_fraction(b, a, rest) / b;
    return inner < 1 ? 1 - inner : 0;
}

/* By halving: the probability falls with t, and speed is of no matter here. */
double rf_student_bound(double p, double freedom) {
    assert(p > 0 && p < 1);
    double low = 0, high = 1;
    while (rf_student_two_sided(high, freedom) > p && high < 1e300) {
        low = high;
        high *= 2;
    }
    for (int i = 0; i < 200; i++) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        if (rf_student_two_sided(middle, freedom) > p)
            low = middle;
        else
            high = middle;
    }
    return high;
}
