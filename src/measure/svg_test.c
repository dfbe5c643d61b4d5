/* svg_test.c: axes, and numbers and texts in markup. */
#include "harness.h"

#include "base/slice.h"
#include "measure/svg.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>

static rf_slice fixed(double value, unsigned digits, char out[RF_SVG_NUMBER_MAX]) { return (rf_slice){ out, rf_svg_fixed(value, digits, out) }; }

RF_TEST(texts_are_escaped_and_always_utf8) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_markup_text(&out, "<a b=\"c\" d='e'>&\x01\xff µ\t\xc2\x85");
    rf_markup_text(&out, NULL);
    rf_check(!out.failed);
    rf_check_text(rf_buffer_view(&out),
                  rf_slice_of("&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\xEF\xBF\xBD\xEF\xBF\xBD µ\t\xEF\xBF\xBD"));
}

RF_TEST(numbers_have_a_point_in_every_locale_and_are_always_finite) {
    static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "C" }; /* the first that is installed */
    for (size_t i = 0; i < sizeof names / sizeof *names && !setlocale(LC_NUMERIC, names[i]); i++)
        continue;
    char text[RF_SVG_NUMBER_MAX];
    rf_check_text(fixed(1234.5678, 2, text), rf_slice_of("1234.57"));
    (void)setlocale(LC_NUMERIC, "C");
    rf_check_text(fixed(-0.004, 2, text), rf_slice_of("0.00"));
    rf_check_text(fixed(-2.5, 0, text), rf_slice_of("-3"));
    rf_check_text(fixed(NAN, 1, text), rf_slice_of("0.0"));
    rf_check_text(fixed(INFINITY, 0, text), rf_slice_of("0"));
    rf_check_text(fixed(1e300, 9, text), rf_slice_of("9000000.000000000"));
    rf_check_text(fixed(0.05, 9, text), rf_slice_of("0.050000000"));
}

RF_TEST(coordinates_are_short) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_svg_step(&out, 'M', 12, 3.04);
    rf_svg_step(&out, 'L', -0.01, 100.06);
    rf_check(!out.failed);
    rf_check_text(rf_buffer_view(&out), rf_slice_of("M12 3L0 100.1"));
}

/* All labels of an axis, each followed by a bar. */
static const char *labels(const rf_axis *axis, rf_buffer *out) {
    double ticks[RF_AXIS_TICKS_MAX];
    rf_buffer_clear(out);
    for (size_t i = 0, count = rf_axis_ticks(axis, ticks); i < count; i++) {
        char label[RF_AXIS_LABEL_MAX];
        rf_axis_label(axis, ticks[i], label);
        rf_buffer_text(out, label);
        rf_buffer_char(out, '|');
    }
    return rf_buffer_cstr(out);
}

typedef struct rf_axis_case { rf_axis_kind kind; bool log; double from, to; const char *labels; } rf_axis_case;

RF_TEST(ticks_are_round_and_in_one_unit) {
    static const rf_axis_case cases[] = {
        { RF_AXIS_TIME, false, 0, 48.7, "0|10|20|30|40|" },
        { RF_AXIS_TIME, false, 3900, 4010, "3.90|3.92|3.94|3.96|3.98|4.00|" },
        { RF_AXIS_TIME, false, 0, 2.1e6, "0|0.5|1.0|1.5|2.0|" },
        { RF_AXIS_TIME, false, 1e9, 5e9, "1|2|3|4|5|" },
        { RF_AXIS_TIME, true, 90, 15000, "100 ns|200 ns|500 ns|1 µs|2 µs|5 µs|10 µs|" },
        { RF_AXIS_TIME, true, 8, 2e9, "10 ns|100 ns|1 µs|10 µs|100 µs|1 ms|10 ms|100 ms|1 s|" },
        { RF_AXIS_COUNT, false, 0, 1500000, "0|0.2M|0.4M|0.6M|0.8M|1.0M|1.2M|1.4M|" },
        { RF_AXIS_COUNT, false, 0, 31, "0|5|10|15|20|25|30|" },
        { RF_AXIS_PERCENT, false, -3, 5, "−2 %|0 %|+2 %|+4 %|" },
        { RF_AXIS_FACTOR, true, 0.4, 6, "0.5×|1×|2×|5×|" },
        { RF_AXIS_PLAIN, false, 0.1, 0.3, "0.10|0.15|0.20|0.25|0.30|" },
    };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rf_axis axis = rf_axis_make(cases[i].kind, cases[i].log, cases[i].from, cases[i].to, 0, 100, 5);
        const char *got = labels(&axis, &out);
        rf_check(got);
        rf_check_text(rf_slice_of(got), rf_slice_of(cases[i].labels));
    }
}

RF_TEST(an_axis_can_be_made_of_anything) {
    static const double odd[] = { 0, -0.0, 1, -1, 1e-300, 1e300, 48.7, 5e-10, NAN, INFINITY, -INFINITY };
    enum { COUNT = sizeof odd / sizeof *odd };
    for (size_t i = 0; i < COUNT * COUNT * 2; i++) {
        rf_axis axis = rf_axis_make(RF_AXIS_TIME, i % 2 == 0, odd[i / 2 % COUNT], odd[i / 2 / COUNT], 10, 90, 5);
        rf_check(isfinite(axis.from) && isfinite(axis.to) && axis.from < axis.to && axis.step > 0);
        double ticks[RF_AXIS_TICKS_MAX];
        size_t count = rf_axis_ticks(&axis, ticks);
        rf_check(count >= 1 && count <= RF_AXIS_TICKS_MAX);
        for (size_t k = 0; k < COUNT; k++) {
            double at = rf_axis_at(&axis, odd[k]);
            rf_check(at >= 10 && at <= 90);
        }
    }
}

RF_TEST(values_lie_where_they_belong) {
    rf_axis linear = rf_axis_make(RF_AXIS_PLAIN, false, 0, 10, 200, 100, 5), by_ten = rf_axis_make(RF_AXIS_TIME, true, 1, 1000, 0, 300, 5);
    rf_check(rf_axis_at(&linear, 2.5) == 175);
    rf_check(rf_axis_at(&linear, 11) == 100);
    rf_check(fabs(rf_axis_at(&by_ten, 100) - 200) < 1e-9);
    rf_check(rf_axis_at(&by_ten, -3) == 0);
}

/* Labels of an x axis must not touch: 6.2 units a character is what the report's letters take at most. */
RF_TEST(labels_that_would_touch_are_left_out) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    static const double near[] = { 100, 101, 102, 500 };
    rf_axis axis = rf_axis_make(RF_AXIS_COUNT, false, 0, 600, 0, 380, 5);
    rf_svg_axis_x_at(&out, &axis, near, 4, 0, 100, "parameter");
    const char *text = rf_buffer_cstr(&out);
    rf_check(text);
    rf_check(strstr(text, ">100</text>") && strstr(text, ">500</text>"));
    rf_check(!strstr(text, ">101</text>") && !strstr(text, ">102</text>"));
    rf_check(strstr(text, "parameter"));
}

/* Rather every second tick than some without a label. */
RF_TEST(long_labels_make_the_steps_longer) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_axis axis = rf_axis_make(RF_AXIS_TIME, false, 48.701, 48.731, 0, 200, 6);
    double ticks[RF_AXIS_TICKS_MAX];
    rf_check(rf_axis_ticks(&axis, ticks) == 6);
    rf_svg_axis_x(&out, &axis, 0, 100, NULL);
    const char *text = rf_buffer_cstr(&out);
    rf_check(text);
    rf_check(strstr(text, ">48.71</text>") && strstr(text, ">48.73</text>"));
    rf_check(!strstr(text, ">48.705"));
    rf_axis by_ten = rf_axis_make(RF_AXIS_TIME, true, 60, 15000, 0, 280, 6);
    rf_buffer_clear(&out);
    rf_svg_axis_x(&out, &by_ten, 0, 100, NULL);
    text = rf_buffer_cstr(&out);
    rf_check(text);
    rf_check(strstr(text, ">100 ns<") && strstr(text, ">1 µs<") && strstr(text, ">10 µs<") && !strstr(text, ">200 ns<"));
}

RF_TEST(what_is_read_aloud_is_escaped_too) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_svg_begin(&out, "wide", 380, 20.5, "a \"b\" <c>");
    rf_svg_text(&out, "t", 1, 2, 'e', "<&>");
    rf_svg_box(&out, "z", 9, 8, 3, 8);
    rf_svg_end(&out);
    rf_check(!out.failed);
    rf_check_text(rf_buffer_view(&out),
                  rf_slice_of("<svg class=\"wide\" viewBox=\"0 0 380 20.5\" role=\"img\" aria-label=\"a &quot;b&quot; &lt;c&gt;\">"
                              "<text class=\"t e\" x=\"1\" y=\"2\">&lt;&amp;&gt;</text>"
                              "<rect class=\"z\" x=\"3\" y=\"8\" width=\"6\" height=\"0.4\"/></svg>\n"));
}
