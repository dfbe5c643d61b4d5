/* format_test.c: figures as people read them. */
#include "harness.h"

#include "measure/result.h"

#include <math.h>
#include <string.h>

static void check(const char *got, const char *expected) {
    if (strcmp(got, expected) != 0)
        rf_test_same_text(__FILE__, __LINE__, expected, (rf_slice){ got, strlen(got) }, (rf_slice){ expected, strlen(expected) });
}

RF_TEST(times) {
    static const struct { double ns; const char *text; } rows[] = {
        { 0, "0 ns" }, { 0.5, "0.50 ns" }, { 3.14159, "3.14 ns" }, { 9.994, "9.99 ns" }, { 9.996, "10.0 ns" }, { 48.66, "48.7 ns" }, { 99.96, "100 ns" },
        { 170, "170 ns" }, { 999.4, "999 ns" }, { 999.96, "1.00 us" }, { 1000, "1.00 us" }, { 3954, "3.95 us" }, { 84800, "84.8 us" }, { 999960, "1.00 ms" },
        { 1204000, "1.20 ms" }, { 2.05e9, "2.05 s" }, { 9999e9, "9999 s" }, { 9999.6e9, "1.00e+04 s" }, { 12345e9, "1.23e+04 s" },
        { 1.7e308, "1.70e+299 s" }, { -48.66, "-48.7 ns" }, { -0.0, "0 ns" }, { 999499, "999 us" }, { 999.5e6, "1.00 s" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[RF_FIGURE_MAX];
        rf_format_ns(rows[i].ns, out);
        check(out, rows[i].text);
    }
    char out[RF_FIGURE_MAX];
    rf_format_ns((double)NAN, out);
    check(out, "-");
}

RF_TEST(throughput_ratios_counts_and_bytes) {
    char out[RF_FIGURE_MAX];
    rf_format_throughput(1, RF_UNIT_LINES, 373, out);
    check(out, "2.68 Mlines/s");
    rf_format_throughput(1, RF_UNIT_EVENTS, 2e6, out);
    check(out, "500 events/s");
    rf_format_throughput(4096, RF_UNIT_BYTES, 1000, out);
    check(out, "4.10 GB/s");
    rf_format_throughput(1, RF_UNIT_NONE, 373, out);
    check(out, "");
    rf_format_throughput(0, RF_UNIT_LINES, 373, out);
    check(out, "");
    rf_format_ratio(1.0432, out);
    check(out, "+4.3 %");
    rf_format_ratio(0.998, out);
    check(out, "-0.2 %");
    rf_format_ratio(2.131, out);
    check(out, "2.13x");
    static const struct { double ratio; const char *text; } ratios[] = {
        { 1, "+0.0 %" }, { 0.99999, "+0.0 %" }, { 1.00001, "+0.0 %" }, { 0.9994, "-0.1 %" }, { 0, "-100.0 %" }, { 1.9949, "+99.5 %" }, { 1.996, "2.00x" }, { 99.96, "100x" },
        { 9999.4, "9999x" }, { 9999.6, "1.00e+04x" }, { 1e300, "1.00e+300x" }, { -1, "-" }, { (double)INFINITY, "-" }, { (double)NAN, "-" },
    };
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++) {
        rf_format_ratio(ratios[i].ratio, out);
        check(out, ratios[i].text);
    }
    rf_format_count(1250000, out);
    check(out, "1.25 M");
    rf_format_count(12, out);
    check(out, "12");
    rf_format_count(0, out);
    check(out, "0");
    rf_format_count(1e300, out);
    check(out, "1.00e+288 T");
    rf_format_count((double)NAN, out);
    check(out, "-");
    rf_format_throughput(1e290, RF_UNIT_MESSAGES, 1, out);
    check(out, "1.00e+287 Tmessages/s");
    rf_format_throughput(1e300, RF_UNIT_MESSAGES, 1, out);
    check(out, "");
    rf_format_throughput(1, RF_UNIT_LINES, 0, out);
    check(out, "");
    rf_format_throughput(1, RF_UNIT_LINES, (double)NAN, out);
    check(out, "");
    rf_format_bytes(1023, out);
    check(out, "1023 B");
    rf_format_bytes(1023.9 * 1024, out);
    check(out, "1.00 MiB");
    rf_format_bytes(276480, out);
    check(out, "270 KiB");
    rf_format_bytes(100, out);
    check(out, "100 B");
}
