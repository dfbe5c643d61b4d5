/* number_test.c: numbers to text and back, with every example of the stream reference. */
#include "harness.h"

#include "base/number.h"
#include "base/slice.h"

#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>

typedef struct shown { double value; const char *text; } shown;

static bool all_shown(size_t (*print)(double, char *), const shown *cases, size_t count) {
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        char out[RF_NUMBER_TEXT_MAX];
        rf_slice got = { out, print(cases[i].value, out) };
        good &= rf_test_same_text(__FILE__, __LINE__, cases[i].text, got, rf_slice_of(cases[i].text));
    }
    return good;
}

#define rf_check_shown(print, cases) rf_check(all_shown(print, cases, sizeof(cases) / sizeof *(cases)))

RF_TEST(integers_are_digits) {
    char out[RF_NUMBER_TEXT_MAX];
    rf_check_text(((rf_slice){ out, rf_number_i64(INT64_MIN, out) }), RF_SLICE("-9223372036854775808"));
    rf_check_text(((rf_slice){ out, rf_number_i64(INT64_MAX, out) }), RF_SLICE("9223372036854775807"));
    rf_check_text(((rf_slice){ out, rf_number_i64(0, out) }), RF_SLICE("0"));
    rf_check_text(((rf_slice){ out, rf_number_i64(-7, out) }), RF_SLICE("-7"));
    rf_check_text(((rf_slice){ out, rf_number_u64(UINT64_MAX, out) }), RF_SLICE("18446744073709551615"));
    for (uint64_t power = 1; power < UINT64_C(1000000000000000000); power *= 10)
        for (uint64_t number = power - 1; number < power + 12; number++) {
            char expected[24];
            (void)snprintf(expected, sizeof expected, "%" PRIu64, number);
            rf_check_text(((rf_slice){ out, rf_number_u64(number, out) }), rf_slice_of(expected));
        }
}

RF_TEST(json_has_an_exponent_below_1e_6_and_from_1e21) {
    static const shown cases[] = {
        { 0, "0" }, { -0.0, "-0" }, { 1, "1" }, { -1.5, "-1.5" }, { 0.1, "0.1" }, { 123456789, "123456789" },
        { 1e20, "100000000000000000000" }, { 1e21, "1e+21" }, { 1.5e21, "1.5e+21" }, { 1e300, "1e+300" },
        { 0.000001, "0.000001" }, { 0.0000012, "0.0000012" }, { 0.0000001, "1e-7" }, { -1.25e-10, "-1.25e-10" },
        { 9007199254740991, "9007199254740991" }, { 9007199254740992, "9007199254740992" },
        { 9007199254740994, "9007199254740994" }, { 123456789012345680000.0, "123456789012345680000" },
        { 5e-324, "5e-324" }, { DBL_MAX, "1.7976931348623157e+308" }, { 0.1 + 0.2, "0.30000000000000004" },
        { 5.684341886080802e-14, "5.684341886080802e-14" }, { 100, "100" }, { 21.5, "21.5" },
        { 999999999999999900000.0, "999999999999999900000" }, { -1e-7, "-1e-7" },
    };
    rf_check_shown(rf_number_json, cases);
}

RF_TEST(text_has_an_exponent_below_1e_4_and_from_1e6) {
    static const shown cases[] = {
        { 999999, "999999" }, { 1000000, "1e+06" }, { 21000000, "2.1e+07" }, { 1234567.891, "1.234567891e+06" },
        { 0.0001, "0.0001" }, { 0.00001, "1e-05" }, { NAN, "NaN" }, { INFINITY, "+Inf" }, { -INFINITY, "-Inf" },
        { -0.0, "-0" }, { 0, "0" }, { 123456789, "1.23456789e+08" }, { -1000000, "-1e+06" }, { 999999.5, "999999.5" },
        { 1e100, "1e+100" }, { 1e-100, "1e-100" }, { 1.5, "1.5" }, { -999999, "-999999" }, { 0.00012, "0.00012" },
        { 1700000000000, "1.7e+12" },
    };
    rf_check_shown(rf_number_text, cases);
}

RF_TEST(fixed_never_has_an_exponent) {
    static const shown cases[] = {
        { 1e23, "100000000000000000000000" }, { 1e-7, "0.0000001" }, { NAN, "NaN" }, { INFINITY, "+Inf" },
        { -INFINITY, "-Inf" }, { -0.0, "-0" }, { 12.75, "12.75" }, { 1e6, "1000000" }, { -1.5e-9, "-0.0000000015" },
    };
    rf_check_shown(rf_number_fixed, cases);
    char out[RF_NUMBER_TEXT_MAX];
    rf_check(rf_number_fixed(-DBL_MAX, out) == 310);
    rf_check(rf_number_fixed(-DBL_TRUE_MIN, out) == 3 + 324);
    rf_check(rf_number_fixed(-2.2250738585072014e-308, out) == 3 + 307 + 17);
}

static size_t fixed_float(double value, char *out) { return rf_number_fixed_float((float)value, out); }

RF_TEST(a_float_has_the_digits_of_a_float) {
    static const shown cases[] = {
        { 0.1, "0.1" }, { 3.4028234663852886e38, "340282350000000000000000000000000000000" }, { 16777216, "16777216" },
        { 16777217.0, "16777216" }, { 1e10, "10000000000" }, { 123456789, "123456790" }, { -0.0, "-0" }, { NAN, "NaN" },
        { INFINITY, "+Inf" }, { -INFINITY, "-Inf" }, { 23.4, "23.4" }, { 1.401298464324817e-45, "0.000000000000000000000000000000000000000000001" },
        { 100, "100" }, { -2.5, "-2.5" },
    };
    rf_check_shown(fixed_float, cases);
}

RF_TEST(integers_are_read_strictly) {
    static const struct { const char *text; int64_t value; } good[] = {
        { "0", 0 }, { "+5", 5 }, { "-5", -5 }, { "007", 7 }, { "9223372036854775807", INT64_MAX },
        { "-9223372036854775808", INT64_MIN }, { "1700000000000", 1700000000000 }, { "-0", 0 },
    };
    static const char *const bad[] = { "", "+", "-", " 1", "1 ", "1_0", "1.0", "1e3", "0x1", "--1", "9223372036854775808",
                                       "-9223372036854775809", "99999999999999999999", "1700000000000.5" };
    int64_t value;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        rf_check(rf_number_parse_i64(rf_slice_of(good[i].text), &value) && value == good[i].value);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        rf_check(!rf_number_parse_i64(rf_slice_of(bad[i]), &value));
}

typedef struct read { const char *text; double value; } read_case;

RF_TEST(the_float_syntax_of_the_reference_is_read) {
    static const read_case good[] = {
        { "0", 0 }, { "1", 1 }, { "+1", 1 }, { "-1.5", -1.5 }, { ".5", 0.5 }, { "5.", 5 }, { "1e5", 1e5 }, { "1E5", 1e5 },
        { "1e+5", 1e5 }, { "1e-5", 1e-5 }, { "012", 12 }, { "1_0", 10 }, { "1_000.5_5", 1000.55 }, { "1e1_0", 1e10 },
        { "0x1p4", 16 }, { "0X1P4", 16 }, { "0x1.8p1", 3 }, { "0x_1p4", 16 }, { "-0x1p-2", -0.25 }, { "0x.8p1", 1 },
        { "inf", INFINITY }, { "+Inf", INFINITY }, { "-INF", -INFINITY }, { "infinity", INFINITY }, { "Infinity", INFINITY },
        { "1e-400", 0 }, { "4.9e-324", 5e-324 }, { "1.7976931348623157e308", DBL_MAX }, { "0x1p-1080", 0 },
        { "0e999999999999999999999", 0 }, { "0.1", 0.1 }, { "123456789.123456789", 123456789.123456789 },
        { "0x1.fffffffffffffp1023", DBL_MAX }, { "0x0.0000000000001p-1022", DBL_TRUE_MIN },
        { "0x1.00000000000008p0", 1 }, { "0x1.00000000000018p0", 1 + 2 * DBL_EPSILON }, { "0x1.000000000000080000000001p0", 1 + DBL_EPSILON },
        { "0x10000000000000000000p0", 75557863725914323419136.0 },
    };
    double value;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        bool read = rf_number_parse_go_float(rf_slice_of(good[i].text), &value) && value == good[i].value;
        if (!read)
            rf_test_failed(__FILE__, __LINE__, good[i].text);
        rf_check(read);
    }
    rf_check(rf_number_parse_go_float(RF_SLICE("nan"), &value) && isnan(value));
    rf_check(rf_number_parse_go_float(RF_SLICE("NaN"), &value) && isnan(value));
    rf_check(rf_number_parse_go_float(RF_SLICE("-0"), &value) && signbit(value));
}

RF_TEST(other_texts_are_no_floats) {
    static const char *const bad[] = {
        "", "+", "-", ".", "e5", "1e", "1e+", " 1", "1 ", "1_", "_1", "1__0", "1_.5", "1._5", "1e_5", "1.5.5", "0x1F", "0x",
        "0xp4", "0x1p", "0x1p4x", "1e400", "-1e400", "0x1p1024", "1,5", "abc", "1a", "in", "infinit", "infinityx", "+nan",
        "-nan", "nanx", "0b1", "0o7", "--1", "0x1_p4", "1e5_", "0x1.8", "Inf inity", "\xEF\xBC\x91", "1e99999999999999999999",
    };
    double value;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bool read = rf_number_parse_go_float(rf_slice_of(bad[i]), &value);
        if (read)
            rf_test_failed(__FILE__, __LINE__, bad[i]);
        rf_check(!read);
    }
    rf_check(!rf_number_parse_go_float(RF_SLICE("1\0"), &value));
    rf_check(!rf_number_parse_go_float((rf_slice){ NULL, 0 }, &value));
}

RF_TEST(json_numbers_are_read_strictly) {
    static const read_case good[] = {
        { "0", 0 }, { "-0", 0 }, { "10", 10 }, { "-1.5", -1.5 }, { "1e5", 1e5 }, { "1E-2", 0.01 }, { "1.25e+2", 125 },
        { "1e-400", 0 }, { "0.0", 0 }, { "9007199254740993", 9007199254740992.0 },
    };
    static const char *const bad[] = { "", "-", "+1", "01", "00", ".5", "5.", "1.e5", "1e", "1e+", "1_0", "0x1p4", "inf", "NaN",
                                       " 1", "1 ", "1e400", "-01", "1.5.5", "1a" };
    double value;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        rf_check(rf_number_parse_json(rf_slice_of(good[i].text), &value) && value == good[i].value);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        rf_check(!rf_number_parse_json(rf_slice_of(bad[i]), &value));
}

RF_TEST(a_number_of_any_length_is_read) {
    static char text[100000];
    memset(text, '0', sizeof text);
    text[0] = '1';
    double value;
    rf_check(!rf_number_parse_json((rf_slice){ text, sizeof text }, &value));
    rf_check(!rf_number_parse_go_float((rf_slice){ text, sizeof text }, &value));
    memcpy(text, "0.", 2);
    text[sizeof text - 1] = '1';
    rf_check(rf_number_parse_json((rf_slice){ text, sizeof text }, &value) && value == 0);
    memset(text, '9', sizeof text);
    text[1] = '.';
    rf_check(rf_number_parse_json((rf_slice){ text, sizeof text }, &value) && value == 10);
    rf_check(rf_number_parse_go_float((rf_slice){ text, sizeof text }, &value) && value == 10);
    memset(text, '0', sizeof text);
    rf_check(rf_number_parse_go_float((rf_slice){ text, sizeof text }, &value) && value == 0);
}

RF_TEST(no_locale_has_a_say) {
    /* Any one with a decimal comma; a machine without locales proves it by the missing call alone. */
    static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE" };
    for (size_t i = 0; i < sizeof names / sizeof *names && !setlocale(LC_NUMERIC, names[i]); i++)
        continue;
    char out[RF_NUMBER_TEXT_MAX];
    size_t len = rf_number_json(1234.567891234, out);
    double value = 0;
    bool read = rf_number_parse_go_float(RF_SLICE("12345678901234567.5e-3"), &value);
    (void)setlocale(LC_NUMERIC, "C");
    rf_check_text(((rf_slice){ out, len }), RF_SLICE("1234.567891234"));
    rf_check(read && value == 12345678901234.5675);
}
