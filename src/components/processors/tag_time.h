/* tag_time.h: the timestamp of a tag's message, out of its metadata. */
#ifndef RF_COMPONENTS_TAG_TIME_H
#define RF_COMPONENTS_TAG_TIME_H

#include "riffle/base.h"

#include <stdbool.h>

/* Milliseconds since 1970 as a whole number, or RFC 3339 (stream.md 2.4). False: it is neither, or the smallest
 * 64-bit number, which counts as not set. */
bool rf_tag_time_parse(rf_slice text, int64_t *ret_ms);

#endif
