/* json.h: values from and to JSON text (RFC 8259), by yyjson for reading. */
#ifndef RF_MESSAGE_JSON_H
#define RF_MESSAGE_JSON_H

#include "message/value.h"
#include "riffle/error.h"

/* How numbers are kept: as doubles (what a script sees), or as they were written. */
typedef enum rf_json_numbers { RF_JSON_DOUBLES, RF_JSON_LEXEMES } rf_json_numbers;

/*
 * Parses one complete JSON text into `arena`. Surrounding white space is allowed, a BOM is not; of duplicate
 * keys the last wins (at the place of the first). Invalid UTF-8 within strings and lone surrogate escapes become U+FFFD.
 * A number too large for a double is an error with RF_JSON_DOUBLES. Texts may be views into `text`, which must
 * then live as long as the value.
 * Errors: RF_EPARSE with the byte offset in the message; RF_ENOMEM; RF_ELIMIT nested past RF_VALUE_DEPTH_MAX.
 */
RF_NODISCARD rf_code rf_json_parse(rf_arena *arena, rf_slice text, rf_json_numbers numbers, rf_value *ret_value, rf_error *reterr);
/* The same with doubles, but a key that an object has twice is an error (RF_EPARSE). */
RF_NODISCARD rf_code rf_json_parse_unique(rf_arena *arena, rf_slice text, rf_value *ret_value, rf_error *reterr);

enum {
    RF_JSON_SORT_KEYS = 1u << 0,   /* members in bytewise order of keys */
    RF_JSON_ESCAPE_HTML = 1u << 1, /* < > & as \u003c \u003e \u0026 */
    RF_JSON_RAW_SEPARATORS = 1u << 2, /* U+2028/9 as they are; else as \u2028 \u2029 */
};

/* Appends compact JSON. Errors: RF_ESCRIPT for a value that JSON cannot hold, named in the message
 * (NaN, Infinity, a function, a number lexeme that is no JSON); RF_ELIMIT; RF_ENOMEM. `out` then holds a part. */
RF_NODISCARD rf_code rf_json_write(rf_buffer *out, const rf_value *value, unsigned flags, rf_error *reterr);
/* Appends a JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
void rf_json_write_string(rf_buffer *out, rf_slice text, unsigned flags);

/* Standard base64 with padding, appended. */
void rf_base64_write(rf_buffer *out, rf_slice bytes);
/* False: not base64, or no memory (`data` NULL then). */
bool rf_base64_parse_in(rf_arena *arena, rf_slice text, rf_slice *ret_bytes);

#endif
