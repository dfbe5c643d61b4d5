/* clock.c: the clocks, and durations as configs write them. */
#include "base/clock.h"

#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

static int64_t read_clock_ns(clockid_t id) {
    struct timespec now;
    int failed = clock_gettime(id, &now);
    assert(!failed);
    (void)failed;
    return (int64_t)now.tv_sec * (int64_t)RF_NS_PER_S + now.tv_nsec;
}

uint64_t rf_clock_mono_ns(void) { return (uint64_t)read_clock_ns(CLOCK_MONOTONIC); }

int64_t rf_clock_wall_ns(void) { return read_clock_ns(CLOCK_REALTIME); }

int64_t rf_clock_wall_ms(void) { return rf_clock_wall_ns() / (int64_t)RF_NS_PER_MS; }

void rf_clock_sleep_ns(uint64_t ns) {
    uint64_t until;
    if (__builtin_add_overflow(rf_clock_mono_ns(), ns, &until) || until > INT64_MAX)
        until = INT64_MAX;
    struct timespec at = { .tv_sec = (time_t)(until / RF_NS_PER_S), .tv_nsec = (long)(until % RF_NS_PER_S) };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        continue;
}

/* Go's units; "µs" may be written with the micro sign or the Greek letter. */
static const struct unit { const char *name; uint64_t ns; } units[] = {
    { "ns", 1 }, { "us", 1000 }, { "\xC2\xB5s", 1000 }, { "\xCE\xBCs", 1000 },
    { "ms", 1000000 }, { "s", RF_NS_PER_S }, { "m", 60 * RF_NS_PER_S }, { "h", 3600 * RF_NS_PER_S },
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static rf_slice from(rf_slice text, size_t at) { return (rf_slice){ text.data + at, text.len - at }; }

/* The unit that `text` starts with, up to the next number. */
static uint64_t read_unit(rf_slice text, size_t *ret_len) {
    size_t len = 0;
    while (len < text.len && !is_digit(text.data[len]) && text.data[len] != '.')
        len++;
    *ret_len = len;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (rf_slice_is((rf_slice){ text.data, len }, units[i].name))
            return units[i].ns;
    return 0;
}

/* A number with its digits behind the point apart: whole + part / scale. */
typedef struct amount { uint64_t whole, part, scale; } amount;

static bool read_amount(rf_slice text, size_t *ret_len, amount *ret) {
    amount read = { 0, 0, 1 };
    size_t at = 0, digits = 0;
    for (; at < text.len && is_digit(text.data[at]); at++, digits++)
        if (__builtin_mul_overflow(read.whole, UINT64_C(10), &read.whole)
            || __builtin_add_overflow(read.whole, (uint64_t)(text.data[at] - '0'), &read.whole))
            return false;
    if (at < text.len && text.data[at] == '.')
        for (at++; at < text.len && is_digit(text.data[at]); at++, digits++)
            /* Past 15 digits nothing reaches a nanosecond, not even of an hour. */
            if (read.scale < UINT64_C(1000000000000000)) {
                read.part = read.part * 10 + (uint64_t)(text.data[at] - '0');
                read.scale *= 10;
            }
    *ret_len = at;
    *ret = read;
    return digits > 0;
}

/* total += sum * unit, truncated to nanoseconds. */
static bool add_amount(uint64_t *total, const amount *sum, uint64_t unit_ns) {
    uint64_t whole;
    if (__builtin_mul_overflow(sum->whole, unit_ns, &whole) || __builtin_add_overflow(*total, whole, total))
        return false;
    uint64_t part = (uint64_t)((unsigned __int128)sum->part * unit_ns / sum->scale);
    return !__builtin_add_overflow(*total, part, total) && *total <= INT64_MAX;
}

bool rf_clock_parse_duration(rf_slice text, uint64_t *ret_ns) {
    assert(ret_ns);
    if (rf_slice_is(text, "0")) {
        *ret_ns = 0;
        return true;
    }
    uint64_t total = 0;
    if (text.len == 0)
        return false;
    while (text.len) {
        size_t number_len, unit_len;
        amount sum;
        if (!read_amount(text, &number_len, &sum))
            return false;
        text = from(text, number_len);
        uint64_t unit_ns = read_unit(text, &unit_len);
        if (unit_ns == 0 || !add_amount(&total, &sum, unit_ns))
            return false;
        text = from(text, unit_len);
    }
    *ret_ns = total;
    return true;
}
