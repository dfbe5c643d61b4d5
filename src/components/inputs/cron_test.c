/* cron_test.c: what cron expressions mean, and which are refused. */
#include "components/inputs/cron.h"

#include "base/clock.h"
#include "base/slice.h"
#include "harness.h"

#include <string.h>

/* `expected`: the first times after `after`, parted by blanks. */
static void check_next(const char *text, const char *after, const char *expected) {
    rf_cron cron;
    rf_error error = { 0 };
    int64_t ms = 0;
    char got[200] = "";
    rf_check(rf_cron_parse(rf_slice_of(text), &cron, &error) == RF_OK);
    rf_check(rf_clock_parse_rfc3339(rf_slice_of(after), &ms));
    int64_t at = ms / 1000;
    for (size_t used = 0; used < strlen(expected); used = strlen(got)) {
        at = rf_cron_next(&cron, at);
        char time[RF_CLOCK_TEXT_MAX];
        size_t len = rf_clock_rfc3339(at, 0, 0, time);
        (void)snprintf(got + used, sizeof got - used, "%s%.*s", used ? " " : "", (int)len, time);
    }
    rf_check_text(rf_slice_of(got), rf_slice_of(expected));
}

RF_TEST(five_fields_and_six) {
    check_next("*/15 * * * *", "2026-03-01T10:14:59Z", "2026-03-01T10:15:00Z 2026-03-01T10:30:00Z 2026-03-01T10:45:00Z 2026-03-01T11:00:00Z");
    check_next("*/20 * * * * *", "2026-12-31T23:59:30Z", "2026-12-31T23:59:40Z 2027-01-01T00:00:00Z");
    check_next("0 30 6-8/2,12 * * ?", "2026-03-01T06:30:00Z", "2026-03-01T08:30:00Z 2026-03-01T12:30:00Z 2026-03-02T06:30:00Z");
    check_next("5/25 * * * *", "2026-03-01T06:30:00Z", "2026-03-01T06:55:00Z 2026-03-01T07:05:00Z");
    check_next("TZ=UTC 0 0 * * *", "2026-03-01T06:30:00Z", "2026-03-02T00:00:00Z");
}

RF_TEST(days_months_and_weekdays) {
    check_next("0 12 * * mon-FRI", "2026-03-06T12:00:00Z", "2026-03-09T12:00:00Z 2026-03-10T12:00:00Z");
    check_next("0 0 1,15 * *", "2026-02-15T00:00:00Z", "2026-03-01T00:00:00Z 2026-03-15T00:00:00Z");
    check_next("0 0 13 * 5", "2026-03-01T00:00:00Z", "2026-03-06T00:00:00Z 2026-03-13T00:00:00Z 2026-03-20T00:00:00Z");
    check_next("0 0 29 feb *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z");
    check_next("0 0 31 * *", "2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z");
    check_next("@weekly", "2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z");
    check_next("@hourly", "2026-03-01T00:00:00Z", "2026-03-01T01:00:00Z");
    check_next("@yearly", "2026-03-01T00:00:00Z", "2027-01-01T00:00:00Z");
}

RF_TEST(what_is_none_is_told) {
    static const char *const wrong[][2] = {
        { "* * *", "expected 5 to 6 fields, found 3" }, { "* * * * * * *", "expected 5 to 6 fields, found 7 or more" }, { "60 * * * *", "`60` is no minute: 0 to 59" },
        { "* * 0 * *", "`0` is no day: 1 to 31" }, { "* * * x *", "`x` is no month: 1 to 12" }, { "5-3 * * * *", "`5-3` is no range of a minute" },
        { "*/0 * * * *", "`*/0` is no range of a minute" }, { "1,,2 * * * *", "`` is no minute" }, { "*/ * * * *", "`` is no minute" },
        { "0 0 30 2 *", "there is no such day" }, { "@evry 5s", "unrecognized descriptor: @evry 5s" }, { "TZ=Mars/Olympus * * * * *", "the time zone `Mars/Olympus` is not supported" },
        { "", "expected 5 to 6 fields, found 0" }, { "99999999999999 * * * *", "is no minute" }, { "- * * * *", "is no minute" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        rf_cron cron;
        rf_error error = { 0 };
        rf_check(rf_cron_parse(rf_slice_of(wrong[i][0]), &cron, &error) == RF_ECONFIG);
        rf_check(strstr(error.message, wrong[i][1]));
    }
}
