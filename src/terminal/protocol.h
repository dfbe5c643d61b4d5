/* protocol.h: the control protocol: JSON lines on the daemon's socket; every method, its parameters and its result, in one table. */
#ifndef RF_TERMINAL_PROTOCOL_H
#define RF_TERMINAL_PROTOCOL_H

#include "base/buffer.h"

#include <stdbool.h>

#define RF_PROTOCOL_VERSION 1
#define RF_PROTOCOL_LINE_MAX ((size_t)32 << 20) /* bytes of one request */

/*
 * A request is a line {"id":1,"method":"send","params":{…}}; its answer {"id":1,"result":{…}}, or
 * {"id":1,"error":{"code":"not-found","message":"…","hint":"…"}}. Codes: not-found, exists, invalid, refused, limit, timeout, busy, failed, unknown-method.
 * After `events` lines {"event":"…","session":"…",…} come among the answers. After `attach` the connection carries frames (frame.h).
 */
typedef struct rf_protocol_param { const char *name, *type, *doc; bool required; } rf_protocol_param;
typedef struct rf_protocol_method {
    const char *name, *doc;
    rf_protocol_param params[10]; /* ends with a NULL name */
    const char *result;           /* its members, in words */
    const char *example;          /* the params as JSON */
} rf_protocol_method;
extern const rf_protocol_method rf_protocol_methods[]; /* sorted by name; ends with a zeroed row */
typedef struct rf_protocol_event { const char *name, *doc, *members; } rf_protocol_event;
extern const rf_protocol_event rf_protocol_events[];   /* the same */
/* ---- What answers and events have in common ---- */

/* Appends `,"name":` and the time as RFC 3339 with milliseconds; null for 0. */
void rf_protocol_time(rf_buffer *out, const char *name, int64_t ms);
/* Appends the members of a notification: plugin, title, body, level. `plugin` and `level` are names. */
void rf_protocol_notice(rf_buffer *out, rf_slice plugin, rf_slice title, rf_slice body, rf_slice level);

/* docs/terminal/protocol.md, from the tables. */
void rf_protocol_manual(rf_buffer *out);

#endif
