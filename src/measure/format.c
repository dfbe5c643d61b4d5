/* format.c: figures as people read them: three digits and a unit. */
#include "measure/result.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct step { double size; const char *unit; } step;

/* Past the largest unit and four digits: 1.23e+04. */
static void put_digits(double shown, int digits, char out[RF_FIGURE_MAX]) {
    if (fabs(shown) < 9999.5)
        (void)snprintf(out, RF_FIGURE_MAX, "%.*f", digits, shown);
    else
        (void)snprintf(out, RF_FIGURE_MAX, "%.2e", shown);
}

/* Three digits: 9.99, 99.9, 999. A figure that would be rounded up to the next unit is shown in that. */
static void format(double value, const step *steps, size_t count, char out[RF_FIGURE_MAX]) {
    size_t at = 0;
    if (!isfinite(value)) {
        (void)snprintf(out, RF_FIGURE_MAX, "-");
        return;
    }
    while (at + 1 < count && fabs(value) / steps[at].size >= steps[at + 1].size / steps[at].size * 0.9995)
        at++;
    double shown = value / steps[at].size + 0.0, size = fabs(shown); /* + 0: no -0 */
    int digits = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
    if (shown == trunc(shown) && size < 1000 && at == 0)
        digits = 0;
    put_digits(shown, digits, out);
    size_t len = strlen(out);
    (void)snprintf(out + len, RF_FIGURE_MAX - len, "%s%s", *steps[at].unit ? " " : "", steps[at].unit);
}

void rf_format_ns(double ns, char out[RF_FIGURE_MAX]) {
    static const step steps[] = { { 1, "ns" }, { 1e3, "us" }, { 1e6, "ms" }, { 1e9, "s" } };
    format(ns, steps, sizeof steps / sizeof *steps, out);
}

static void format_decimal(double value, const char *behind, char out[RF_FIGURE_MAX]) {
    static const step steps[] = { { 1, "" }, { 1e3, "k" }, { 1e6, "M" }, { 1e9, "G" }, { 1e12, "T" } };
    format(value, steps, sizeof steps / sizeof *steps, out);
    size_t len = strlen(out); /* "2.68 M" and "lines/s": the unit's letter belongs to it */
    if (*behind)
        (void)snprintf(out + len, RF_FIGURE_MAX - len, "%s%s", out[len - 1] <= '9' ? " " : "", behind);
}

void rf_format_throughput(double amount, rf_unit unit, double ns, char out[RF_FIGURE_MAX]) {
    char behind[16];
    out[0] = '\0';
    if (unit == RF_UNIT_NONE || !(amount > 0) || !(ns > 0))
        return;
    (void)snprintf(behind, sizeof behind, "%s/s", unit == RF_UNIT_BYTES ? "B" : rf_unit_name(unit));
    if (isfinite(amount / ns * 1e9))
        format_decimal(amount / ns * 1e9, behind, out);
}

void rf_format_ratio(double ratio, char out[RF_FIGURE_MAX]) {
    if (!isfinite(ratio) || ratio < 0) {
        (void)snprintf(out, RF_FIGURE_MAX, "-");
    } else if (ratio >= 1.995) {
        put_digits(ratio, ratio < 99.95 ? 2 : 0, out);
        size_t len = strlen(out);
        (void)snprintf(out + len, RF_FIGURE_MAX - len, "x");
    } else {
        double percent = fabs(ratio - 1) < 0.0005 ? 0 : (ratio - 1) * 100; /* no -0.0 */
        (void)snprintf(out, RF_FIGURE_MAX, "%+.1f %%", percent);
    }
}

void rf_format_count(double count, char out[RF_FIGURE_MAX]) { format_decimal(count, "", out); }

void rf_format_bytes(double bytes, char out[RF_FIGURE_MAX]) {
    static const step steps[] = { { 1, "B" }, { 1024, "KiB" }, { 1048576, "MiB" }, { 1073741824, "GiB" } };
    format(bytes, steps, sizeof steps / sizeof *steps, out);
}
