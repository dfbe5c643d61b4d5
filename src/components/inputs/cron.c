/* cron.c: the times that cron expressions mean. */
#include "components/inputs/cron.h"

#include "base/slice.h"

#include <assert.h>
#include <strings.h>

#define SECONDS_A_DAY 86400
#define DAYS_MAX (9 * 366) /* 29 February comes every eight years at the latest, where a century has none */

typedef struct field {
    const char *name;
    unsigned min, max;
    const char *const *words; /* names of the values from `min` on; NULL: none */
} field;

static const char *const month_words[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", NULL };
static const char *const weekday_words[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL };

enum { SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS };

static const field fields[FIELDS] = {
    { "second", 0, 59, NULL }, { "minute", 0, 59, NULL }, { "hour", 0, 23, NULL }, { "day", 1, 31, NULL }, { "month", 1, 12, month_words }, { "weekday", 0, 6, weekday_words },
};

/* ---- Reading ---- */

/* Takes what stands before the separator off `rest`. */
static rf_slice take_until(rf_slice *rest, char separator) {
    size_t len = 0;
    while (len < rest->len && rest->data[len] != separator)
        len++;
    rf_slice part = { rest->data, len };
    len += len < rest->len;
    *rest = (rf_slice){ rest->data + len, rest->len - len };
    return part;
}

static rf_code wrong(const field *f, rf_slice text, rf_error *reterr) {
    return rf_raise(reterr, RF_ECONFIG, "`%.*s` is no %s: %u to %u", text.len < 40 ? (int)text.len : 40, text.data, f->name, f->min,
                    f->max);
}

static rf_code read_number(const field *f, rf_slice text, unsigned max, unsigned *ret_number, rf_error *reterr) {
    unsigned number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || number > 1000)
            return wrong(f, text, reterr);
        number = number * 10 + (unsigned)(text.data[i] - '0');
    }
    if (text.len == 0 || number > max)
        return wrong(f, text, reterr);
    *ret_number = number;
    return RF_OK;
}

static rf_code read_value(const field *f, rf_slice text, unsigned *ret_value, rf_error *reterr) {
    for (unsigned i = 0; f->words && f->words[i]; i++)
        if (text.len == 3 && strncasecmp(text.data, f->words[i], 3) == 0) {
            *ret_value = f->min + i;
            return RF_OK;
        }
    rf_code code = read_number(f, text, f->max, ret_value, reterr);
    return !code && *ret_value < f->min ? wrong(f, text, reterr) : code;
}

/* `*`, `?`, `A`, `A-B`, each with `/STEP`. */
static rf_code read_range(const field *f, rf_slice text, uint64_t *bits, bool *ret_any, rf_error *reterr) {
    rf_slice rest = text, range = take_until(&rest, '/'), last = range;
    bool stepped = range.len < text.len, any = rf_slice_is(range, "*") || rf_slice_is(range, "?");
    unsigned from = f->min, to = f->max, step = 1;
    rf_slice first = take_until(&last, '-');
    bool to_given = first.len < range.len;
    rf_code code = any ? RF_OK : read_value(f, first, &from, reterr);
    if (!code && !any && to_given)
        code = read_value(f, last, &to, reterr);
    else if (!any && !stepped)
        to = from;
    if (!code && stepped)
        code = read_number(f, rest, f->max, &step, reterr);
    if (code)
        return code;
    if (from > to || step == 0)
        return rf_raise(reterr, RF_ECONFIG, "`%.*s` is no range of a %s", text.len < 40 ? (int)text.len : 40, text.data, f->name);
    for (unsigned value = from; value <= to; value += step)
        *bits |= UINT64_C(1) << value;
    *ret_any = *ret_any || (any && step == 1);
    return RF_OK;
}

static rf_code read_field(const field *f, rf_slice text, uint64_t *ret_bits, bool *ret_any, rf_error *reterr) {
    rf_slice rest = text;
    *ret_bits = 0;
    *ret_any = false;
    do {
        bool more = memchr(rest.data, ',', rest.len) != NULL;
        rf_code code = read_range(f, take_until(&rest, ','), ret_bits, ret_any, reterr);
        if (code)
            return code;
        if (!more)
            break;
    } while (true);
    return RF_OK;
}

static rf_code read_fields(rf_slice text, rf_cron *cron, rf_error *reterr) {
    rf_slice words[FIELDS + 1];
    unsigned count = 0;
    for (rf_slice rest = rf_slice_trim(text); rest.len && count <= FIELDS; rest = rf_slice_trim(rest))
        words[count++] = take_until(&rest, ' ');
    if (count != FIELDS && count != FIELDS - 1)
        return rf_raise(reterr, RF_ECONFIG, "expected 5 to 6 fields, found %u%s", count, count > FIELDS ? " or more" : "");
    const bool seconds = count == FIELDS;
    uint64_t *const bits[FIELDS] = { &cron->seconds, &cron->minutes, &cron->hours, &cron->days, &cron->months, &cron->weekdays };
    bool any[FIELDS];
    rf_code code = RF_OK;
    for (unsigned f = 0; f < FIELDS && !code; f++) {
        rf_slice word = seconds ? words[f] : f ? words[f - 1] : RF_SLICE("0");
        code = read_field(&fields[f], word, bits[f], &any[f], reterr);
    }
    if (code)
        return code;
    cron->any_day = any[DAY];
    cron->any_weekday = any[WEEKDAY];
    return RF_OK;
}

static rf_slice spelled_out(rf_slice text) {
    static const char *const names[][2] = {
        { "@yearly", "0 0 1 1 *" }, { "@annually", "0 0 1 1 *" }, { "@monthly", "0 0 1 * *" }, { "@weekly", "0 0 * * 0" },
        { "@daily", "0 0 * * *" },  { "@midnight", "0 0 * * *" }, { "@hourly", "0 * * * *" },
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (rf_slice_is(text, names[i][0]))
            return rf_slice_of(names[i][1]);
    return text;
}

static rf_code take_zone(rf_slice *text, rf_error *reterr) {
    rf_slice rest = *text;
    if (!rf_slice_starts(rest, RF_SLICE("TZ=")) && !rf_slice_starts(rest, RF_SLICE("CRON_TZ=")))
        return RF_OK;
    (void)take_until(&rest, '=');
    rf_slice zone = take_until(&rest, ' ');
    *text = rf_slice_trim(rest);
    if (rf_slice_is(zone, "UTC") || rf_slice_is(zone, "Etc/UTC"))
        return RF_OK;
    return rf_raise(reterr, RF_ECONFIG, "the time zone `%.*s` is not supported: times are in UTC", zone.len < 60 ? (int)zone.len : 60,
                    zone.data);
}

rf_code rf_cron_parse(rf_slice text, rf_cron *ret_cron, rf_error *reterr) {
    assert(ret_cron);
    rf_cron cron = { 0 };
    text = rf_slice_trim(text);
    rf_code code = take_zone(&text, reterr);
    if (!code && rf_slice_starts(text, RF_SLICE("@")) && spelled_out(text).data == text.data)
        code = rf_raise(reterr, RF_ECONFIG, "unrecognized descriptor: %.*s", text.len < 60 ? (int)text.len : 60, text.data);
    if (!code)
        code = read_fields(spelled_out(text), &cron, reterr);
    if (!code && rf_cron_next(&cron, 0) == INT64_MAX)
        code = rf_raise(reterr, RF_ECONFIG, "there is no such day");
    if (!code)
        *ret_cron = cron;
    return code;
}

/* ---- Finding ---- */

static bool has(uint64_t bits, int64_t value) { return bits >> value & 1; }

static bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

typedef struct date { int64_t year, month, day; } date;

static int64_t month_days(int64_t year, int64_t month) {
    static const int64_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (month == 2 && is_leap(year));
}

static date date_of(int64_t days_since_1970) {
    date at = { 1970, 1, days_since_1970 };
    for (; at.day >= 365 + is_leap(at.year); at.year++)
        at.day -= 365 + is_leap(at.year);
    for (; at.day >= month_days(at.year, at.month); at.month++)
        at.day -= month_days(at.year, at.month);
    at.day++;
    return at;
}

static bool day_is_meant(const rf_cron *cron, int64_t days_since_1970) {
    date at = date_of(days_since_1970);
    bool day = has(cron->days, at.day), weekday = has(cron->weekdays, (days_since_1970 + 4) % 7); /* 1970 began on a Thursday */
    bool both = cron->any_day || cron->any_weekday;
    return has(cron->months, at.month) && (both ? day && weekday : day || weekday);
}

/* The first such second of a day from `from` on, or -1. */
static int64_t second_of_day(const rf_cron *cron, int64_t from) {
    for (int64_t hour = from / 3600; hour < 24; hour++, from = hour * 3600) {
        if (!has(cron->hours, hour))
            continue;
        for (int64_t minute = from / 60 % 60; minute < 60; minute++, from = hour * 3600 + minute * 60) {
            if (!has(cron->minutes, minute))
                continue;
            for (int64_t second = from % 60; second < 60; second++)
                if (has(cron->seconds, second))
                    return hour * 3600 + minute * 60 + second;
        }
    }
    return -1;
}

int64_t rf_cron_next(const rf_cron *cron, int64_t after) {
    assert(cron && after >= 0);
    int64_t day = (after + 1) / SECONDS_A_DAY, from = (after + 1) % SECONDS_A_DAY;
    for (int64_t last = day + DAYS_MAX; day <= last; day++, from = 0) {
        int64_t second = day_is_meant(cron, day) ? second_of_day(cron, from) : -1;
        if (second >= 0)
            return day * SECONDS_A_DAY + second;
    }
    return INT64_MAX;
}
