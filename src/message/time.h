/* time.h: the two text forms of a moment that a script made. */
#ifndef RF_MESSAGE_TIME_H
#define RF_MESSAGE_TIME_H

#include "base/buffer.h"

/* RFC 3339 with the fraction trimmed, as JSON has it. False: no such date (NaN), or a year outside 0..9999. */
bool rf_time_json(rf_buffer *out, double ms) RF_NODISCARD;
/* 2023-11-14 22:13:20.123 +0000 UTC; a moment that is none prints as <nil>. */
void rf_time_print(rf_buffer *out, double ms);

#endif
