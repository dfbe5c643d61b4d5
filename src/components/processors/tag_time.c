/* tag_time.c: timestamps that scripts leave in metadata. */
#include "components/processors/tag_time.h"

#include "base/clock.h"
#include "base/number.h"

#include <assert.h>

bool rf_tag_time_parse(rf_slice text, int64_t *ret_ms) {
    assert(ret_ms);
    int64_t ms;
    if (!rf_number_parse_i64(text, &ms) && !rf_clock_parse_rfc3339(text, &ms))
        return false;
    if (ms == INT64_MIN)
        return false;
    *ret_ms = ms;
    return true;
}
