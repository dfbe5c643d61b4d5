/* clock_test.c: clocks, RFC 3339 and durations. */
#include "harness.h"

#include "base/clock.h"
#include "base/slice.h"

RF_TEST(the_clocks_move_on) {
    uint64_t start = rf_clock_mono_ns();
    rf_clock_sleep_ns(2 * RF_NS_PER_MS);
    rf_check(rf_clock_mono_ns() - start >= 2 * RF_NS_PER_MS);
    rf_check(rf_clock_wall_ms() > 1700000000000);
    rf_check(rf_clock_wall_ns() / 1000000 - rf_clock_wall_ms() <= 1000);
}

typedef struct written { int64_t sec; uint32_t nanos; int digits; const char *text; } written;

RF_TEST(times_are_written) {
    static const written cases[] = {
        { 0, 0, 0, "1970-01-01T00:00:00Z" },
        { 0, 0, -1, "1970-01-01T00:00:00Z" },
        { 0, 0, 6, "1970-01-01T00:00:00.000000Z" },
        { 1700000000, 123000000, 3, "2023-11-14T22:13:20.123Z" },
        { 1700000000, 123456789, 3, "2023-11-14T22:13:20.123Z" },
        { 1700000000, 123456789, 9, "2023-11-14T22:13:20.123456789Z" },
        { 1700000000, 120000000, -1, "2023-11-14T22:13:20.12Z" },
        { 1700000000, 1, -1, "2023-11-14T22:13:20.000000001Z" },
        { -1, 500000000, 1, "1969-12-31T23:59:59.5Z" },
        { 951782400, 0, 0, "2000-02-29T00:00:00Z" },
        { 4107542399, 0, 0, "2100-02-28T23:59:59Z" },
        { 4107542400, 0, 0, "2100-03-01T00:00:00Z" },
        { -62135596800, 0, 0, "0001-01-01T00:00:00Z" },
        { -62167219200, 0, 0, "0000-01-01T00:00:00Z" },
        { 253402300799, 0, 0, "9999-12-31T23:59:59Z" },
        { 253402300800, 0, 0, "10000-01-01T00:00:00Z" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[RF_CLOCK_TEXT_MAX];
        size_t len = rf_clock_rfc3339(cases[i].sec, cases[i].nanos, cases[i].digits, out);
        rf_check_text(((rf_slice){ out, len }), rf_slice_of(cases[i].text));
    }
}

RF_TEST(the_longest_time_fits) {
    char out[RF_CLOCK_TEXT_MAX];
    rf_check(rf_clock_rfc3339(INT64_MAX, 999999999, 9, out) <= RF_CLOCK_TEXT_MAX);
    rf_check(rf_clock_rfc3339(INT64_MIN, 999999999, 9, out) <= RF_CLOCK_TEXT_MAX);
}

typedef struct read { const char *text; int64_t ms; } read_case;

RF_TEST(times_are_read_as_the_reference_has_it) {
    static const read_case good[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "2023-11-14T22:13:20Z", 1700000000000 },
        { "2023-11-14T22:13:20.123Z", 1700000000123 },
        { "2023-11-14T22:13:20,123Z", 1700000000123 },
        { "2023-11-14T22:13:20.1Z", 1700000000100 },
        { "2023-11-14T22:13:20.123999999999999Z", 1700000000123 },
        { "2023-11-14T23:13:20+01:00", 1700000000000 },
        { "2023-11-14T16:43:20-05:30", 1700000000000 },
        { "1970-01-01T5:00:00Z", 18000000 },
        { "2000-02-29T00:00:00Z", 951782400000 },
        { "1969-12-31T23:59:59.999Z", -1 },
        { "1969-12-31T23:59:59.9999Z", -1 },
        { "0000-01-01T00:00:00Z", -62167219200000 },
        { "9999-12-31T23:59:59.999Z", 253402300799999 },
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t ms = 77;
        bool read = rf_clock_parse_rfc3339(rf_slice_of(good[i].text), &ms);
        if (!read || ms != good[i].ms)
            rf_test_failed(__FILE__, __LINE__, good[i].text);
        rf_check(read && ms == good[i].ms);
    }
}

RF_TEST(other_times_are_refused) {
    static const char *const bad[] = {
        "", "now", "2023-11-14", "2023-11-14T22:13:20", "2023-11-14 22:13:20Z", "2023-11-14t22:13:20Z", "2023-11-14T22:13:20z",
        "2023-11-14T22:13Z", "2023-1-14T22:13:20Z", "2023-11-4T22:13:20Z", "2023-11-14T22:3:20Z", "2023-11-14T22:13:2Z",
        "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-00-01T00:00:00Z", "2023-04-31T00:00:00Z",
        "2023-11-00T00:00:00Z", "2023-11-14T24:00:00Z", "2023-11-14T22:60:00Z", "2023-11-14T22:13:60Z", "2023-11-14T22:13:20.Z",
        "2023-11-14T22:13:20+0100", "2023-11-14T22:13:20+01", "2023-11-14T22:13:20+25:00", "2023-11-14T22:13:20+01:61",
        "2023-11-14T22:13:20Z ", " 2023-11-14T22:13:20Z", "12023-11-14T22:13:20Z", "-2023-11-14T22:13:20Z", "2023-11-14T22:13:20ZZ",
        "2023-11-14T22:13:20.5.5Z", "2023-11-14T22:13:20UTC", "20231114T221320Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ms;
        bool read = rf_clock_parse_rfc3339(rf_slice_of(bad[i]), &ms);
        if (read)
            rf_test_failed(__FILE__, __LINE__, bad[i]);
        rf_check(!read);
    }
    int64_t ms;
    rf_check(!rf_clock_parse_rfc3339((rf_slice){ NULL, 0 }, &ms));
}

RF_TEST(every_day_goes_there_and_back) {
    for (int64_t day = -800000; day < 2900000; day += 97) {
        char out[RF_CLOCK_TEXT_MAX];
        size_t len = rf_clock_rfc3339(day * 86400 + 3661, 7000000, 3, out);
        int64_t ms;
        rf_check(day < -719528 || len != 24 || (rf_clock_parse_rfc3339((rf_slice){ out, len }, &ms) && ms == (day * 86400 + 3661) * 1000 + 7));
    }
}

RF_TEST(durations_are_read) {
    static const struct { const char *text; uint64_t ns; } good[] = {
        { "0", 0 }, { "0s", 0 }, { "1s", 1000000000 }, { "1h30m", 5400000000000 }, { "1.5s", 1500000000 }, { ".5s", 500000000 },
        { "5.s", 5000000000 }, { "250ms", 250000000 }, { "100us", 100000 }, { "100\xC2\xB5s", 100000 }, { "100\xCE\xBCs", 100000 },
        { "7ns", 7 }, { "1.9ns", 1 }, { "1h1m1s1ms1us1ns", 3661001001001 }, { "1m1m", 120000000000 }, { "0.1h", 360000000000 },
        { "2562047h47m16.854775807s", 9223372036854775807 }, { "0.000000000000000000001s", 0 },
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        uint64_t ns = 1;
        bool read = rf_clock_parse_duration(rf_slice_of(good[i].text), &ns);
        if (!read || ns != good[i].ns)
            rf_test_failed(__FILE__, __LINE__, good[i].text);
        rf_check(read && ns == good[i].ns);
    }
}

RF_TEST(other_durations_are_refused) {
    static const char *const bad[] = {
        "", "5", "1.5", "s", ".s", "1d", "1 s", " 1s", "1s ", "5 minutes", "-1s", "+1s", "1S", "1e3s", "1s5", "1..5s", "00", "1_0s",
        "2562047h47m16.854775808s", "9223372036854775808ns", "99999999999999999999h", "\xC2\xB5s", "soonish",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t ns;
        bool read = rf_clock_parse_duration(rf_slice_of(bad[i]), &ns);
        if (read)
            rf_test_failed(__FILE__, __LINE__, bad[i]);
        rf_check(!read);
    }
}
