/* schema.h: JSON Schema, drafts 4, 6 and 7: compiled once, asked about values. */
#ifndef RF_JSON_SCHEMA_SCHEMA_H
#define RF_JSON_SCHEMA_SCHEMA_H

#include "base/buffer.h"
#include "message/value.h"
#include "riffle/error.h"

/* Compiled; used by one thread at a time (its patterns are). */
typedef struct rf_json_schema rf_json_schema;

/*
 * The keywords of all three drafts count, whatever `$schema` says; what is unknown is passed over. `$ref` is within the
 * document: `#`, a JSON pointer behind `#`, or the `$id` of a part that begins with `#`.
 * Errors: RF_ECONFIG with what is wrong; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_json_schema_compile(rf_slice text, rf_json_schema **ret_schema, rf_error *reterr);
void rf_json_schema_free(rf_json_schema *schema);

/*
 * Whether the value is valid. If not, what is wrong with it is appended to `out`, a line each: where (`a.b.0`, `(root)`) and
 * what; NULL: nobody asks. `arena` is used for what lives as long as the value.
 * Errors: RF_ELIMIT it takes too many steps, or goes too deep; RF_ENOMEM. Cost: nothing is allocated for what is valid, but where
 * `uniqueItems` asks for it.
 */
RF_NODISCARD rf_code rf_json_schema_check(rf_json_schema *schema, rf_arena *arena, const rf_value *value, rf_buffer *out, bool *ret_valid,
                                          rf_error *reterr);
/* The values that `enum` leaves to the member of that name, a list; NULL: any. It lives as long as the schema. */
const rf_value *rf_json_schema_choices(const rf_json_schema *schema, rf_slice member);

#endif
