/* layout.h: times as text in layouts that show how the moment of reference looks: 2006-01-02 15:04:05 -0700. */
#ifndef RF_MESSAGE_LAYOUT_H
#define RF_MESSAGE_LAYOUT_H

#include "base/buffer.h"

/* A moment: seconds since 1970, UTC, and nanoseconds within. */
typedef struct rf_moment { int64_t sec; uint32_t nanos; } rf_moment;

#define RF_LAYOUT_RFC3339 "2006-01-02T15:04:05.999999999Z07:00"

/* Parts: 2006 06 January Jan 01 1 02 2 _2 002 Monday Mon 15 03 3 04 4 05 5 .000… .999… PM pm MST Z07:00 Z0700 -07:00 -0700 -07; in UTC. */
void rf_layout_format(rf_buffer *out, rf_slice layout, rf_moment moment);
/* False: the text does not follow the layout. Without a zone it is UTC. */
bool rf_layout_parse(rf_slice layout, rf_slice text, rf_moment *ret_moment) RF_NODISCARD;

#endif
