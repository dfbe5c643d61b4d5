/* value.h: a value as messages hold it: what JSON has, and the little more that scripts can make. */
#ifndef RF_MESSAGE_VALUE_H
#define RF_MESSAGE_VALUE_H

#include "base/arena.h"
#include "base/buffer.h"

#include <stdbool.h>

typedef enum rf_value_kind {
    RF_NULL,
    RF_BOOL,
    RF_INT,     /* a whole number that a script or a host made: prints as plain digits */
    RF_DOUBLE,  /* a number that came out of JSON, or one with a fraction */
    RF_NUMBER,  /* a number kept as it was written (text is a JSON number, or a Go float that is not) */
    RF_BIGINT,  /* text: digits, maybe a sign */
    RF_STRING,  /* text: UTF-8 */
    RF_BYTES,   /* text: any bytes; base64 in JSON */
    RF_TIME,    /* number: milliseconds since 1970 */
    RF_LIST,
    RF_MAP,     /* members in insertion order, keys unique */
    RF_OPAQUE,  /* text: what it was ("function"); JSON cannot hold it */
    RF_RAW,     /* only as a payload: bytes nobody has parsed yet */
    RF_LAZY_INITIAL, /* only in metadata: text of the snapshot, made when somebody reads it (message.h) */
    RF_LAZY_KEYS,
} rf_value_kind;

/* 16 bytes. Texts, items and members live in the batch's arena (or are static): a value owns nothing. */
typedef struct rf_value {
    uint8_t kind;  /* rf_value_kind */
    bool truth;    /* RF_BOOL */
    uint32_t size; /* bytes of text, or count of items or members */
    union {
        int64_t integer;
        double number;
        const char *text;
        struct rf_value *items;
        struct rf_member *members;
        const void *snapshot;
    };
} rf_value;

typedef struct rf_member {
    rf_slice key;
    rf_value value;
} rf_member;

static inline rf_value rf_null(void) { return (rf_value){ .kind = RF_NULL }; }
static inline rf_value rf_bool(bool b) { return (rf_value){ .kind = RF_BOOL, .truth = b }; }
static inline rf_value rf_int(int64_t n) { return (rf_value){ .kind = RF_INT, .integer = n }; }
static inline rf_value rf_double(double d) { return (rf_value){ .kind = RF_DOUBLE, .number = d }; }
static inline rf_value rf_text(rf_value_kind kind, rf_slice text) {
    return (rf_value){ .kind = (uint8_t)kind, .size = (uint32_t)text.len, .text = text.data };
}
static inline rf_value rf_string(rf_slice text) { return rf_text(RF_STRING, text); }
/* The text of a kind that has one. */
static inline rf_slice rf_value_text(const rf_value *value) { return (rf_slice){ value->text, value->size }; }

#define RF_VALUE_DEPTH_MAX 512 /* deeper nesting is refused by every reader and writer */

/* The member of a map, or NULL. */
rf_value *rf_value_member(const rf_value *map, rf_slice key);
/* A deep copy into `arena` (texts too). Errors: RF_ENOMEM. */
RF_NODISCARD bool rf_value_dup_in(rf_arena *arena, const rf_value *value, rf_value *ret_copy);
/* Equal as JSON values: numbers as doubles, maps without regard to order. */
bool rf_value_eq(const rf_value *a, const rf_value *b);
/* The text form that metadata and `datatype: string` use (stream.md 2.5), appended to `out`:
 * <nil>, true, digits, [a b], map[k:v] with sorted keys, 2023-11-14 22:13:20.123 +0000 UTC. */
void rf_value_print(rf_buffer *out, const rf_value *value);

#endif
