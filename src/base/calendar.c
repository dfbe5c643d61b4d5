/* calendar.c: RFC 3339, there and back (clock.h). */
#include "base/clock.h"

#include <assert.h>
#include <string.h>

enum { DAYS_PER_ERA = 146097 }; /* 400 years, after which the Gregorian calendar repeats */

/* Days since 1970 of a date; months from 1. Years begin in March here: the leap day comes last. */
static int64_t days_of(int64_t year, unsigned month, unsigned day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned year_of_era = (unsigned)(year - era * 400);
    unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + (int64_t)day_of_era - 719468;
}

static void date_of(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day) {
    days += 719468;
    int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    unsigned day_of_era = (unsigned)(days - era * DAYS_PER_ERA);
    unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted = (5 * day_of_year + 2) / 153;
    *ret_day = day_of_year - (153 * shifted + 2) / 5 + 1;
    *ret_month = shifted < 10 ? shifted + 3 : shifted - 9;
    *ret_year = (int64_t)year_of_era + era * 400 + (*ret_month <= 2);
}

/* `number` with at least `width` digits. */
static char *put(char *out, uint64_t number, unsigned width) {
    char reversed[20];
    unsigned len = 0;
    for (; number || len < width; number /= 10)
        reversed[len++] = (char)('0' + number % 10);
    while (len)
        *out++ = reversed[--len];
    return out;
}

static char *put_char(char *out, char c) {
    *out = c;
    return out + 1;
}

static char *put_fraction(char *out, uint32_t nanos, int digits) {
    char all[9];
    put(all, nanos, 9);
    if (digits < 0)
        for (digits = 9; digits > 0 && all[digits - 1] == '0';)
            digits--;
    if (digits == 0)
        return out;
    *out++ = '.';
    memcpy(out, all, (size_t)digits);
    return out + digits;
}

size_t rf_clock_rfc3339(int64_t sec, uint32_t nanos, int fraction_digits, char *out) {
    assert(out && nanos < RF_NS_PER_S && fraction_digits >= -1 && fraction_digits <= 9);
    int64_t days = sec / 86400, of_day = sec % 86400;
    if (of_day < 0) {
        days--;
        of_day += 86400;
    }
    int64_t year;
    unsigned month, day;
    date_of(days, &year, &month, &day);
    char *at = year < 0 ? put_char(out, '-') : out;
    at = put(at, (uint64_t)(year < 0 ? -year : year), 4);
    at = put(put_char(at, '-'), month, 2);
    at = put(put_char(at, '-'), day, 2);
    at = put(put_char(at, 'T'), (uint64_t)of_day / 3600, 2);
    at = put(put_char(at, ':'), (uint64_t)of_day / 60 % 60, 2);
    at = put(put_char(at, ':'), (uint64_t)of_day % 60, 2);
    at = put_fraction(at, nanos, fraction_digits);
    at = put_char(at, 'Z');
    assert(at - out <= RF_CLOCK_TEXT_MAX);
    return (size_t)(at - out);
}

/* A cursor over the text; after a mismatch `good` stays false and reads give 0. */
typedef struct cursor { const char *at, *end; bool good; } cursor;

static bool has_digit(const cursor *text) { return text->at < text->end && *text->at >= '0' && *text->at <= '9'; }

/* `least` to `most` digits. */
static unsigned read_digits(cursor *text, unsigned least, unsigned most) {
    unsigned number = 0, count = 0;
    for (; count < most && has_digit(text); count++)
        number = number * 10 + (unsigned)(*text->at++ - '0');
    text->good &= count >= least;
    return number;
}

static bool take(cursor *text, char c) {
    if (text->at >= text->end || *text->at != c)
        return false;
    text->at++;
    return true;
}

static void expect(cursor *text, char c) { text->good &= take(text, c); }

static bool is_date(unsigned year, unsigned month, unsigned day) {
    static const unsigned char days[] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    if (month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month] + (unsigned)(leap && month == 2);
}

/* ".123" or ",123" in whole milliseconds; 0 when there is none. */
static unsigned read_fraction_ms(cursor *text) {
    if (!take(text, '.') && !take(text, ','))
        return 0;
    unsigned ms = 0, count = 0;
    for (; has_digit(text); count++, text->at++)
        if (count < 3)
            ms = ms * 10 + (unsigned)(*text->at - '0');
    text->good &= count > 0;
    for (; count < 3; count++)
        ms *= 10;
    return ms;
}

/* "Z" or "±hh:mm", in seconds east of UTC. */
static int64_t read_zone(cursor *text) {
    if (take(text, 'Z'))
        return 0;
    bool west = take(text, '-');
    if (!west)
        expect(text, '+');
    unsigned hours = read_digits(text, 2, 2);
    expect(text, ':');
    unsigned minutes = read_digits(text, 2, 2);
    text->good &= hours <= 24 && minutes <= 60;
    int64_t east = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    return west ? -east : east;
}

bool rf_clock_parse_rfc3339(rf_slice text, int64_t *ret_ms) {
    assert(ret_ms && (text.data || text.len == 0));
    cursor cur = { text.data, text.data ? text.data + text.len : NULL, true };
    unsigned year = read_digits(&cur, 4, 4);
    expect(&cur, '-');
    unsigned month = read_digits(&cur, 2, 2);
    expect(&cur, '-');
    unsigned day = read_digits(&cur, 2, 2);
    expect(&cur, 'T');
    unsigned hour = read_digits(&cur, 1, 2);
    expect(&cur, ':');
    unsigned minute = read_digits(&cur, 2, 2);
    expect(&cur, ':');
    unsigned second = read_digits(&cur, 2, 2);
    unsigned ms = read_fraction_ms(&cur);
    int64_t east = read_zone(&cur);
    if (!cur.good || cur.at != cur.end || !is_date(year, month, day) || hour > 23 || minute > 59 || second > 59)
        return false;
    int64_t sec = days_of(year, month, day) * 86400 + (int64_t)hour * 3600 + (int64_t)minute * 60 + second - east;
    *ret_ms = sec * 1000 + ms;
    return true;
}
