/* json_doc.h: a JSON text parsed by yyjson, for readers that make messages or values of it. Private to message/. */
#ifndef RF_MESSAGE_JSON_DOC_H
#define RF_MESSAGE_JSON_DOC_H

#include "message/json.h"

#include <yyjson.h>

#define RF_JSON_ROOM_BYTES 8192 /* parse trees up to this size (texts of some 3 KB) never touch the heap */

typedef enum rf_json_repair {
    RF_JSON_REPAIR, /* invalid UTF-8 in strings and lone surrogates become U+FFFD */
    RF_JSON_STRICT, /* they are errors */
} rf_json_repair;

/* Lives on the stack of its reader; must not move. `root` and its texts: see rf_json_doc_open. */
typedef struct rf_json_doc {
    yyjson_val *root;
    yyjson_doc *tree;   /* in `room`, or on the heap */
    bool room_taken;
    _Alignas(16) char room[RF_JSON_ROOM_BYTES];
} rf_json_doc;

/*
 * Parses. Texts of the tree are views into a copy in `arena` and outlive the doc; the tree itself does not.
 * A doc that was not opened needs no done; one that was opened, or failed to, may have one.
 * Errors: as rf_json_parse().
 */
RF_NODISCARD rf_code rf_json_doc_open(rf_json_doc *doc, rf_arena *arena, rf_slice text, rf_json_numbers numbers,
                                      rf_json_repair repair, rf_error *reterr);
void rf_json_doc_done(rf_json_doc *doc);

/* The value of one node, its lists and maps in `arena`. Errors: RF_ENOMEM, RF_ELIMIT. */
RF_NODISCARD rf_code rf_json_doc_value(rf_arena *arena, yyjson_val *node, rf_value *ret_value, rf_error *reterr);

static inline rf_slice rf_json_doc_text(yyjson_val *node) {
    return (rf_slice){ unsafe_yyjson_get_str(node), unsafe_yyjson_get_len(node) };
}

#endif
