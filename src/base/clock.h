/* clock.h: time, its text forms, and durations in configs. */
#ifndef RF_BASE_CLOCK_H
#define RF_BASE_CLOCK_H

#include "riffle/base.h"

#include <stdbool.h>

#define RF_NS_PER_S UINT64_C(1000000000)
#define RF_NS_PER_MS UINT64_C(1000000)

uint64_t rf_clock_mono_ns(void);  /* never goes back */
int64_t rf_clock_wall_ms(void);   /* since 1970, UTC */
int64_t rf_clock_wall_ns(void);
/* Sleeps that long, through signals. */
void rf_clock_sleep_ns(uint64_t ns);

#define RF_CLOCK_TEXT_MAX 48
/* RFC 3339, UTC ("2006-01-02T15:04:05.123Z"): fraction_digits 0..9, or -1 for nanoseconds with trailing
 * zeros trimmed. Writes at most RF_CLOCK_TEXT_MAX bytes, no NUL; returns how many. `sec` may be negative. */
size_t rf_clock_rfc3339(int64_t sec, uint32_t nanos, int fraction_digits, char *out);
/* RFC 3339 as stream.md 2.4 (b) takes it; milliseconds since 1970, truncated. */
bool rf_clock_parse_rfc3339(rf_slice text, int64_t *ret_ms);
/* Go's duration syntax: "1h30m", "1.5s", "250ms", "100us", "0"; no blanks; a sign is refused. */
bool rf_clock_parse_duration(rf_slice text, uint64_t *ret_ns);

#endif
