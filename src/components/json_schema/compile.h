/* compile.h: a schema being compiled, as the parts of the compiler share it. */
#ifndef RF_JSON_SCHEMA_COMPILE_H
#define RF_JSON_SCHEMA_COMPILE_H

#include "base/vec.h"
#include "components/json_schema/node.h"

/* A part that something refers to; the root is the first. */
typedef struct rf_schema_target { const rf_value *value; rf_schema_node *node; } rf_schema_target;

typedef struct rf_schema_compiler {
    rf_json_schema *schema;
    RF_VEC(rf_schema_target) targets;
    uint32_t nodes;
    unsigned depth;
} rf_schema_compiler;

/* A schema within another. Errors of all: RF_ECONFIG with what is wrong, RF_ENOMEM. */
RF_NODISCARD rf_code rf_schema_compile_node(rf_schema_compiler *c, const rf_value *value, rf_schema_node **ret_node, rf_error *reterr);
/* What one member of a schema says; one that is unknown says nothing. (keywords.c) */
RF_NODISCARD rf_code rf_schema_read_keyword(rf_schema_compiler *c, rf_schema_node *node, const rf_member *member, rf_error *reterr);
/* The part of the document that `$ref` means; NULL: there is none. `ref` begins with `#`. (pointer.c) */
const rf_value *rf_schema_follow(const rf_value *document, rf_slice ref);
/* `ref` without the name that the document gives itself before the `#`. */
rf_slice rf_schema_strip_own_name(const rf_value *document, rf_slice ref);

#endif
