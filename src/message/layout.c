/* layout.c: times as text, by a layout that shows how the moment of reference looks. */
#include "message/layout.h"

#include "base/slice.h"

#include <assert.h>

typedef enum part {
    PLAIN,
    YEAR,
    YEAR2,
    MONTH_NAME,
    MONTH_SHORT,
    MONTH2,
    MONTH1,
    DAY2,
    DAY1,
    DAY_BLANK,
    DAY_OF_YEAR,
    WEEKDAY,
    WEEKDAY_SHORT,
    HOUR24,
    HOUR12_2,
    HOUR12_1,
    MINUTE2,
    MINUTE1,
    SECOND2,
    SECOND1,
    FRACTION,
    FRACTION_TRIMMED,
    HALF,
    HALF_SMALL,
    ZONE_NAME,
    ZONE_Z_COLON,
    ZONE_Z,
    ZONE_COLON,
    ZONE,
    ZONE_HOURS,
} part;

/* Longer texts stand before their beginnings. */
static const struct { const char *text; part part; } parts[] = {
    { "2006", YEAR }, { "06", YEAR2 }, { "January", MONTH_NAME }, { "Jan", MONTH_SHORT }, { "01", MONTH2 }, { "002", DAY_OF_YEAR }, { "02", DAY2 },
    { "_2", DAY_BLANK }, { "Monday", WEEKDAY }, { "Mon", WEEKDAY_SHORT }, { "15", HOUR24 }, { "03", HOUR12_2 }, { "04", MINUTE2 }, { "05", SECOND2 },
    { "PM", HALF }, { "pm", HALF_SMALL }, { "MST", ZONE_NAME }, { "Z07:00", ZONE_Z_COLON }, { "Z0700", ZONE_Z }, { "-07:00", ZONE_COLON },
    { "-0700", ZONE }, { "-07", ZONE_HOURS }, { "1", MONTH1 }, { "2", DAY1 }, { "3", HOUR12_1 }, { "4", MINUTE1 }, { "5", SECOND1 },
};

static const char *const months[] = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December" };
static const char *const weekdays[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The part at the beginning of the layout, and its bytes. */
static part next_part(rf_slice layout, size_t *ret_len) {
    size_t digits = 1;
    if (layout.len > 1 && (layout.data[0] == '.' || layout.data[0] == ',') && (layout.data[1] == '0' || layout.data[1] == '9')) {
        while (digits < layout.len && layout.data[digits] == layout.data[1])
            digits++;
        *ret_len = digits;
        if (digits == layout.len || !is_digit(layout.data[digits]))
            return layout.data[1] == '0' ? FRACTION : FRACTION_TRIMMED;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (rf_slice_starts(layout, rf_slice_of(parts[i].text))) {
            *ret_len = strlen(parts[i].text);
            return parts[i].part;
        }
    *ret_len = 1;
    return PLAIN;
}

typedef struct date { int64_t year; int month, day, hour, minute, second, weekday, day_of_year; } date;

enum { DAYS_PER_ERA = 146097, DAY_S = 86400 };

/* Days since 1970; years begin in March here, so that the leap day comes last. */
static int64_t days_of(int64_t year, int month, int day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static date date_of(int64_t sec) {
    int64_t days = sec / DAY_S - (sec % DAY_S < 0), rest = sec - days * DAY_S, shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA, of_era = shifted - era * DAYS_PER_ERA;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365,
            of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    date d = { .day = (int)(of_year - (153 * month + 2) / 5 + 1), .month = (int)(month < 10 ? month + 3 : month - 9) };
    d.year = year + era * 400 + (d.month <= 2);
    d.hour = (int)(rest / 3600);
    d.minute = (int)(rest / 60 % 60);
    d.second = (int)(rest % 60);
    d.weekday = (int)(((days + 4) % 7 + 7) % 7);
    d.day_of_year = (int)(days - days_of(d.year, 1, 1) + 1);
    return d;
}

static void put_fraction(rf_buffer *out, rf_slice layout, size_t len, uint32_t nanos, bool trimmed) {
    char digits[16];
    size_t count = len - 1 < 9 ? len - 1 : 9;
    (void)snprintf(digits, sizeof digits, "%09u", nanos);
    while (trimmed && count > 0 && digits[count - 1] == '0')
        count--;
    if (count == 0)
        return;
    rf_buffer_char(out, layout.data[0]);
    rf_buffer_append(out, digits, count);
}

static int hour12(int hour) { return hour % 12 ? hour % 12 : 12; }

static void put_part(rf_buffer *out, part which, const date *d) {
    switch (which) {
    case YEAR: rf_buffer_printf(out, "%04lld", (long long)d->year); return;
    case YEAR2: rf_buffer_printf(out, "%02d", (int)(d->year % 100)); return;
    case MONTH_NAME: rf_buffer_text(out, months[d->month - 1]); return;
    case MONTH_SHORT: rf_buffer_append(out, months[d->month - 1], 3); return;
    case MONTH2: rf_buffer_printf(out, "%02d", d->month); return;
    case MONTH1: rf_buffer_printf(out, "%d", d->month); return;
    case DAY2: rf_buffer_printf(out, "%02d", d->day); return;
    case DAY1: rf_buffer_printf(out, "%d", d->day); return;
    case DAY_BLANK: rf_buffer_printf(out, "%2d", d->day); return;
    case DAY_OF_YEAR: rf_buffer_printf(out, "%03d", d->day_of_year); return;
    case WEEKDAY: rf_buffer_text(out, weekdays[d->weekday]); return;
    case WEEKDAY_SHORT: rf_buffer_append(out, weekdays[d->weekday], 3); return;
    case HOUR24: rf_buffer_printf(out, "%02d", d->hour); return;
    case HOUR12_2: rf_buffer_printf(out, "%02d", hour12(d->hour)); return;
    case HOUR12_1: rf_buffer_printf(out, "%d", hour12(d->hour)); return;
    case MINUTE2: rf_buffer_printf(out, "%02d", d->minute); return;
    case MINUTE1: rf_buffer_printf(out, "%d", d->minute); return;
    case SECOND2: rf_buffer_printf(out, "%02d", d->second); return;
    case SECOND1: rf_buffer_printf(out, "%d", d->second); return;
    case HALF: rf_buffer_text(out, d->hour < 12 ? "AM" : "PM"); return;
    case HALF_SMALL: rf_buffer_text(out, d->hour < 12 ? "am" : "pm"); return;
    case ZONE_NAME: rf_buffer_text(out, "UTC"); return;
    case ZONE_Z_COLON: case ZONE_Z: rf_buffer_char(out, 'Z'); return;
    case ZONE_COLON: rf_buffer_text(out, "+00:00"); return;
    case ZONE: rf_buffer_text(out, "+0000"); return;
    case ZONE_HOURS: rf_buffer_text(out, "+00"); return;
    case PLAIN: case FRACTION: case FRACTION_TRIMMED: return;
    }
}

void rf_layout_format(rf_buffer *out, rf_slice layout, rf_moment moment) {
    assert(out && moment.nanos < 1000000000u);
    const date d = date_of(moment.sec);
    for (size_t len; layout.len; layout.data += len, layout.len -= len) {
        part which = next_part(layout, &len);
        if (which == PLAIN)
            rf_buffer_char(out, layout.data[0]);
        else if (which == FRACTION || which == FRACTION_TRIMMED)
            put_fraction(out, layout, len, moment.nanos, which == FRACTION_TRIMMED);
        else
            put_part(out, which, &d);
    }
}

/* ---- reading ---- */

typedef struct reading { rf_slice text; date d; uint32_t nanos; int offset_s; bool afternoon, has_half; } reading;

static bool take_digits(reading *r, size_t least, size_t most, int *ret) {
    size_t count = 0;
    int number = 0;
    while (count < most && count < r->text.len && is_digit(r->text.data[count]))
        number = number * 10 + (r->text.data[count++] - '0');
    if (count < least)
        return false;
    r->text = (rf_slice){ r->text.data + count, r->text.len - count };
    *ret = number;
    return true;
}

static bool take_text(reading *r, const char *text, size_t len) {
    if (!(r->text.len >= len && rf_slice_eq_nocase((rf_slice){ r->text.data, len }, (rf_slice){ text, len })))
        return false;
    r->text = (rf_slice){ r->text.data + len, r->text.len - len };
    return true;
}

/* One of the names, or of their first three letters; from 1. */
static bool take_name(reading *r, const char *const *names, int count, bool brief, int *ret) {
    for (int i = 0; i < count; i++)
        if (take_text(r, names[i], brief ? 3 : strlen(names[i]))) {
            *ret = i + 1;
            return true;
        }
    return false;
}

static bool take_fraction(reading *r) {
    uint32_t scale = 100000000u;
    if (!r->text.len || (r->text.data[0] != '.' && r->text.data[0] != ','))
        return false;
    r->text = (rf_slice){ r->text.data + 1, r->text.len - 1 };
    for (r->nanos = 0; r->text.len && is_digit(r->text.data[0]); scale /= 10) {
        r->nanos += (uint32_t)(r->text.data[0] - '0') * scale;
        r->text = (rf_slice){ r->text.data + 1, r->text.len - 1 };
    }
    return true;
}

static bool take_zone(reading *r, part which) {
    int hours = 0, minutes = 0;
    if ((which == ZONE_Z || which == ZONE_Z_COLON) && take_text(r, "Z", 1))
        return true;
    bool minus = r->text.len && r->text.data[0] == '-';
    if (!minus && !(r->text.len && r->text.data[0] == '+'))
        return false;
    r->text = (rf_slice){ r->text.data + 1, r->text.len - 1 };
    if (!take_digits(r, 2, 2, &hours))
        return false;
    if ((which == ZONE_Z_COLON || which == ZONE_COLON) && !take_text(r, ":", 1))
        return false;
    if (which != ZONE_HOURS && !take_digits(r, 2, 2, &minutes))
        return false;
    r->offset_s = (hours * 60 + minutes) * (minus ? -60 : 60);
    return hours < 24 && minutes < 60;
}

static bool take_half(reading *r) {
    r->has_half = true;
    r->afternoon = take_text(r, "PM", 2);
    return r->afternoon || take_text(r, "AM", 2);
}

static bool take_part(reading *r, part which) {
    int unused, year = 0;
    date *d = &r->d;
    switch (which) {
    case YEAR: case YEAR2:
        if (!take_digits(r, which == YEAR ? 4 : 2, which == YEAR ? 4 : 2, &year))
            return false;
        d->year = which == YEAR ? year : year >= 69 ? 1900 + year : 2000 + year;
        return true;
    case MONTH_NAME: case MONTH_SHORT: return take_name(r, months, 12, which == MONTH_SHORT, &d->month);
    case MONTH2: return take_digits(r, 2, 2, &d->month);
    case MONTH1: return take_digits(r, 1, 2, &d->month);
    case DAY2: return take_digits(r, 2, 2, &d->day);
    case DAY1: return take_digits(r, 1, 2, &d->day);
    case DAY_BLANK: (void)take_text(r, " ", 1); return take_digits(r, 1, 2, &d->day);
    case DAY_OF_YEAR: return take_digits(r, 3, 3, &d->day_of_year);
    case WEEKDAY: case WEEKDAY_SHORT: return take_name(r, weekdays, 7, which == WEEKDAY_SHORT, &unused);
    case HOUR24: case HOUR12_2: return take_digits(r, 2, 2, &d->hour);
    case HOUR12_1: return take_digits(r, 1, 2, &d->hour);
    case MINUTE2: return take_digits(r, 2, 2, &d->minute);
    case MINUTE1: return take_digits(r, 1, 2, &d->minute);
    case SECOND2: return take_digits(r, 2, 2, &d->second) && (!r->text.len || r->text.data[0] != '.' || take_fraction(r));
    case SECOND1: return take_digits(r, 1, 2, &d->second);
    case FRACTION: return r->nanos || take_fraction(r);
    case FRACTION_TRIMMED: (void)take_fraction(r); return true;
    case HALF: case HALF_SMALL: return take_half(r);
    case ZONE_NAME: return take_text(r, "UTC", 3) || take_text(r, "GMT", 3);
    default: return take_zone(r, which);
    }
}

static bool days_fit(const date *d) {
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    if (d->month < 1 || d->month > 12)
        return false;
    bool leap = d->month == 2 && d->year % 4 == 0 && (d->year % 100 != 0 || d->year % 400 == 0);
    return d->day >= 1 && d->day <= lengths[d->month - 1] + leap && d->hour < 24 && d->minute < 60 && d->second < 60;
}

bool rf_layout_parse(rf_slice layout, rf_slice text, rf_moment *ret_moment) {
    reading r = { .text = text, .d = { .year = 0, .month = 1, .day = 1 } };
    for (size_t len; layout.len; layout.data += len, layout.len -= len) {
        part which = next_part(layout, &len);
        if (which == PLAIN ? !take_text(&r, layout.data, 1) : !take_part(&r, which))
            return false;
    }
    if (r.text.len)
        return false;
    if (r.has_half)
        r.d.hour = r.d.hour % 12 + (r.afternoon ? 12 : 0);
    if (!days_fit(&r.d))
        return false;
    int64_t days = r.d.day_of_year ? days_of(r.d.year, 1, 1) + r.d.day_of_year - 1 : days_of(r.d.year, r.d.month, r.d.day);
    *ret_moment = (rf_moment){ days * DAY_S + r.d.hour * 3600 + r.d.minute * 60 + r.d.second - r.offset_s, r.nanos };
    return true;
}
