/* time.c: the module Time: now, and times to text and back (UTC). */
#include "base/clock.h"
#include "base/utf8.h"
#include "script/fusabi/library/modules.h"
#include "script/fusabi/library/world.h"

enum { SECONDS_A_DAY = 86400 };
#define YEARS_PER_ERA INT64_C(400) /* after which the Gregorian calendar repeats */
#define DAYS_PER_ERA INT64_C(146097)

typedef struct moment { int64_t year; unsigned month, day, hour, minute, second; } moment;

static bool is_leap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static unsigned days_in(int64_t year, unsigned month) {
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (unsigned)(month == 2 && is_leap(year));
}

/* From seconds since 1970; not for times before that. */
static moment moment_of(int64_t seconds) {
    int64_t days = seconds / SECONDS_A_DAY;
    unsigned rest = (unsigned)(seconds % SECONDS_A_DAY);
    moment m = { .year = 1970 + days / DAYS_PER_ERA * YEARS_PER_ERA, .month = 1, .hour = rest / 3600, .minute = rest / 60 % 60, .second = rest % 60 };
    for (days %= DAYS_PER_ERA; days >= 365 + is_leap(m.year); m.year++)
        days -= 365 + is_leap(m.year);
    for (; days >= days_in(m.year, m.month); m.month++)
        days -= days_in(m.year, m.month);
    m.day = (unsigned)days + 1;
    return m;
}

/* Milliseconds since 1970; false for what no calendar has, or years before 1970. */
static bool ms_of(const moment *m, int64_t *ret_ms) {
    if (m->year < 1970 || m->month < 1 || m->month > 12 || m->day < 1 || m->day > days_in(m->year, m->month))
        return false;
    if (m->hour > 23 || m->minute > 59 || m->second > 59)
        return false;
    int64_t years = m->year - 1, days = years * 365 + years / 4 - years / 100 + years / 400 - 719162; /* days of 1 January since 1970 */
    for (unsigned month = 1; month < m->month; month++)
        days += days_in(m->year, month);
    days += m->day - 1;
    *ret_ms = (days * SECONDS_A_DAY + m->hour * 3600 + m->minute * 60 + m->second) * 1000;
    return true;
}

static rf_fus_value time_now(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    return rf_fus_int_new(vm, rf_clock_wall_ms());
}

static rf_fus_value time_now_seconds(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    return rf_fus_int_new(vm, rf_clock_wall_ms() / 1000);
}

/* Writes what the letter stands for; false: it stands for nothing. */
static bool put_part(rf_buffer *out, const moment *m, char letter) {
    switch (letter) {
    case '%': rf_buffer_char(out, '%'); return true;
    case 'Y': rf_buffer_printf(out, "%04lld", (long long)m->year); return true;
    case 'm': rf_buffer_printf(out, "%02u", m->month); return true;
    case 'd': rf_buffer_printf(out, "%02u", m->day); return true;
    case 'H': rf_buffer_printf(out, "%02u", m->hour); return true;
    case 'M': rf_buffer_printf(out, "%02u", m->minute); return true;
    case 'S': rf_buffer_printf(out, "%02u", m->second); return true;
    default: return false;
    }
}

static rf_fus_value format_moment(rf_fus_vm *vm, rf_slice format, const moment *m, rf_buffer *out) {
    for (size_t i = 0; i < format.len; i++) {
        if (format.data[i] != '%') {
            rf_buffer_char(out, format.data[i]);
            continue;
        }
        if (++i == format.len)
            return rf_fus_raise(vm, "Incomplete format specifier at end of string");
        uint32_t c;
        if (!put_part(out, m, format.data[i])) {
            int len = (int)rf_utf8_decode((rf_slice){ format.data + i, format.len - i }, &c);
            return rf_fus_raise(vm, "Unknown time format specifier: %%%.*s", len, format.data + i);
        }
    }
    return out->failed ? rf_fus_raise_nomem(vm) : rf_fus_string_new(vm, rf_buffer_view(out));
}

static rf_fus_value time_format(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice format;
    int64_t ms;
    if (!rf_fus_expect_text(vm, args[0], &format) || !rf_fus_expect_int(vm, args[1], &ms))
        return RF_FUS_RAISED;
    if (ms / 1000 < 0)
        return rf_fus_raise(vm, "Invalid timestamp");
    rf_buffer out RF_CLEANUP(rf_buffer_done) = { 0 };
    moment m = moment_of(ms / 1000);
    return format_moment(vm, format, &m, &out);
}

static bool take_digits(rf_slice *text, unsigned count, unsigned *ret_number) {
    if (text->len < count)
        return false;
    *ret_number = 0;
    for (unsigned i = 0; i < count; i++) {
        char c = text->data[i];
        if (c < '0' || c > '9')
            return false;
        *ret_number = *ret_number * 10 + (unsigned)(c - '0');
    }
    *text = (rf_slice){ text->data + count, text->len - count };
    return true;
}

static bool take_part(char letter, rf_slice *text, moment *m) {
    unsigned year;
    switch (letter) {
    case 'Y':
        if (!take_digits(text, 4, &year))
            return false;
        m->year = year;
        return true;
    case 'm': return take_digits(text, 2, &m->month);
    case 'd': return take_digits(text, 2, &m->day);
    case 'H': return take_digits(text, 2, &m->hour);
    case 'M': return take_digits(text, 2, &m->minute);
    case 'S': return take_digits(text, 2, &m->second);
    default: return false;
    }
}

/* What follows the part of the text that the format covers is of no interest, as in the original. */
static bool parse(rf_slice format, rf_slice text, moment *ret_moment) {
    *ret_moment = (moment){ .year = 1970, .month = 1, .day = 1 };
    for (size_t i = 0; i < format.len; i++) {
        char c = format.data[i];
        if (c == '%') {
            if (++i == format.len || !take_part(format.data[i], &text, ret_moment))
                return false;
        } else {
            if (!text.len || text.data[0] != c)
                return false;
            text = (rf_slice){ text.data + 1, text.len - 1 };
        }
    }
    return true;
}

static rf_fus_value time_parse(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice format, text;
    moment m;
    int64_t ms;
    if (!rf_fus_expect_text(vm, args[0], &format) || !rf_fus_expect_text(vm, args[1], &text))
        return RF_FUS_RAISED;
    if (!parse(format, text, &m) || !ms_of(&m, &ms))
        return rf_fus_none(vm);
    return rf_fus_option_of(vm, rf_fus_int_new(vm, ms));
}

static const rf_fus_lib_row rows[] = {
    { .name = "Time.format", .params = "format ms", .type = "string -> int -> string",
      .doc = "A time (milliseconds since 1970) as text, in UTC. The format knows %Y %m %d %H %M %S and %%.",
      .example = "Time.format \"%Y-%m-%d %H:%M:%S\" 0 // 1970-01-01 00:00:00", .native = time_format, .arity = 2 },
    { .name = "Time.now", .params = "()", .type = "unit -> int", .doc = "Milliseconds since 1970.",
      .example = "let started = Time.now ()", .native = time_now, .arity = 1 },
    { .name = "Time.nowSeconds", .params = "()", .type = "unit -> int", .doc = "Seconds since 1970.",
      .example = "let started = Time.nowSeconds ()", .native = time_now_seconds, .arity = 1 },
    { .name = "Time.parse", .params = "format text", .type = "string -> string -> int option",
      .doc = "Undoes Time.format: milliseconds since 1970, or None when the text does not follow the format or the calendar. "
             "%Y takes four digits, the others two; text behind what the format covers does not matter.",
      .example = "Time.parse \"%Y-%m-%d\" \"1970-01-02\" // Some(86400000)", .native = time_parse, .arity = 2 },
    { 0 },
};
RF_FUS_LIB_MODULE(time, "Time", "The time, and times to text and back (UTC).", rows);
