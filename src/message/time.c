/* time.c: the two text forms of a moment that a script made. */
#include "message/time.h"

#include "base/clock.h"

#include <assert.h>
#include <math.h>

#define MS_OF_YEAR_0 (-62167219200000.0)
#define MS_OF_YEAR_10000 253402300800000.0
#define MS_MAX 8.64e15 /* what a script's Date can hold */

static size_t format(double ms, char *out) {
    assert(fabs(ms) <= MS_MAX);
    int64_t whole = (int64_t)ms;
    int64_t sec = whole / 1000, rest = whole % 1000;
    if (rest < 0) {
        rest += 1000;
        sec--;
    }
    return rf_clock_rfc3339(sec, (uint32_t)rest * 1000000u, -1, out);
}

bool rf_time_json(rf_buffer *out, double ms) {
    assert(out);
    if (!(ms >= MS_OF_YEAR_0 && ms < MS_OF_YEAR_10000))
        return false;
    char text[RF_CLOCK_TEXT_MAX];
    rf_buffer_append(out, text, format(ms, text));
    return true;
}

void rf_time_print(rf_buffer *out, double ms) {
    assert(out);
    if (!(fabs(ms) <= MS_MAX)) {
        rf_buffer_text(out, "<nil>");
        return;
    }
    char text[RF_CLOCK_TEXT_MAX];
    size_t len = format(ms, text);
    for (size_t i = 0; i + 1 < len; i++)
        rf_buffer_char(out, text[i] == 'T' ? ' ' : text[i]);
    rf_buffer_text(out, " +0000 UTC");
}
