/* tag_time_test.c: what counts as a timestamp. */
#include "components/processors/tag_time.h"

#include "base/slice.h"
#include "harness.h"

static bool is(const char *text, int64_t ms) {
    int64_t got;
    return rf_tag_time_parse(rf_slice_of(text), &got) && got == ms;
}

static bool is_none(const char *text) {
    int64_t got;
    return !rf_tag_time_parse(rf_slice_of(text), &got);
}

RF_TEST(a_whole_number_is_milliseconds) {
    rf_check(is("1700000000000", 1700000000000));
    rf_check(is("+5", 5));
    rf_check(is("-1", -1));
    rf_check(is("9223372036854775807", INT64_MAX));
}

RF_TEST(rfc_3339_is_cut_to_milliseconds) {
    rf_check(is("2024-05-06T07:08:09.123456789Z", 1714979289123));
    rf_check(is("2024-05-06T07:08:09.5+02:00", 1714972089500));
    rf_check(is("2024-05-06T07:08:09,5Z", 1714979289500));
    rf_check(is("2024-05-06T7:08:09Z", 1714979289000));
}

RF_TEST(anything_else_is_no_time) {
    const char *const texts[] = { "", "abc", " 1", "1_000", "1.5", "1e20", "-9223372036854775808", "9223372036854775808",
                                  "2024-05-06", "2024-05-06T07:08:09", "2024-05-06 07:08:09Z", "2024-05-06t07:08:09Z",
                                  "2024-05-06T07:08:09z", "2024-02-30T00:00:00Z", "2024-05-06T24:00:00Z",
                                  "2024-05-06T07:08:60Z", "2024-05-06T07:08:09+0200", "10000-01-01T00:00:00Z" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        rf_check(is_none(texts[i]));
}
