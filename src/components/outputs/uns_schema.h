/* uns_schema.h: the JSON schemas of the unified namespace: what data contracts are made of, and no more of the standard. */
#ifndef RF_OUTPUTS_UNS_SCHEMA_H
#define RF_OUTPUTS_UNS_SCHEMA_H

#include "base/arena.h"
#include "base/buffer.h"
#include "message/value.h"
#include "riffle/error.h"

/* Compiled; immutable; any thread. */
typedef struct rf_uns_schema rf_uns_schema;

/*
 * Knows type, enum, properties, required and additionalProperties; what only describes ($id, title, …) is left aside.
 * Owner:  the arena; the text may go.
 * Errors: RF_ECONFIG no JSON, no schema, or a keyword that is not known: a schema is used as a whole or not at all; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_uns_schema_compile(rf_arena *arena, rf_slice text, rf_uns_schema **ret_schema, rf_error *reterr);

/* Cost: a pass over the value; nothing is allocated. */
bool rf_uns_schema_accepts(const rf_uns_schema *schema, const rf_value *value);

/* Why it does not accept the value, an object: `out` gets what is wrong at its top, "; " between; `detail` the first thing that is wrong
 * further down, with its path; both are appended to. */
void rf_uns_schema_explain(const rf_uns_schema *schema, const rf_value *value, rf_buffer *out, rf_buffer *detail);

/* The values that the property called `name` may have, a list; NULL: any. */
const rf_value *rf_uns_schema_choices(const rf_uns_schema *schema, rf_slice name);

#endif
