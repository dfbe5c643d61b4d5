/* mapping_build.h: making the trees of a mapping. Private to message/mapping*. */
#ifndef RF_MESSAGE_MAPPING_BUILD_H
#define RF_MESSAGE_MAPPING_BUILD_H

#include "base/table.h"
#include "base/vec.h"
#include "message/mapping_lex.h"

/* The parser's state. */
typedef struct rf_builder {
    rf_lexer lexer;
    int nesting;    /* expressions being read, one within the other */
    rf_table names; /* of counters, to their slot (from 1, as a pointer) */
} rf_builder;

typedef RF_VEC(rf_mapping_node *) rf_nodes;
void rf_nodes_done(rf_nodes *nodes);

/* Go around each step into an expression: bounds the parser's own stack. */
RF_NODISCARD rf_code rf_build_enter(rf_builder *builder);
void rf_build_leave(rf_builder *builder);

/* A node with these arguments (NULL: none), which are copied. */
RF_NODISCARD rf_code rf_build_node(rf_builder *builder, rf_mapping_kind kind, uint32_t offset, const rf_nodes *args, rf_mapping_node **ret_node);
/* Gives a map node its keys. */
RF_NODISCARD rf_code rf_build_names(rf_builder *builder, rf_mapping_node *node, const rf_slice *names, size_t count);
/* A call; `given` has one node or NULL for each of RF_MAPPING_PARAMS_MAX parameters. */
RF_NODISCARD rf_code rf_build_call(rf_builder *builder, uint32_t offset, const rf_mapping_function *function, rf_mapping_node *receiver,
                                   rf_mapping_node *const *given, rf_mapping_node **ret_node);

/* Gives a node its one name. */
RF_NODISCARD rf_code rf_build_name(rf_builder *builder, rf_mapping_node *node, rf_slice name);
/* The metadata value of a key that is known. */
RF_NODISCARD rf_code rf_build_meta(rf_builder *builder, uint32_t offset, rf_slice key, rf_mapping_node **ret_node);

/* The row of this name, or NULL. */
const rf_mapping_function *rf_build_find(const rf_mapping_function *rows, rf_slice name);
/* Adds "did you mean" to the error just raised, when a name is near. */
void rf_build_hint(rf_builder *builder, rf_slice word, const char *const *candidates);
void rf_build_hint_rows(rf_builder *builder, rf_slice word, const rf_mapping_function *rows);

RF_NODISCARD rf_code rf_build_push(rf_builder *builder, rf_nodes *nodes, rf_mapping_node *node);

/* Goes past this mark, or says that it was expected. */
RF_NODISCARD rf_code rf_build_expect(rf_builder *builder, const char *mark);
/* From the opening bracket on. */
RF_NODISCARD rf_code rf_build_list(rf_builder *builder, uint32_t offset, rf_mapping_node **ret_node);
RF_NODISCARD rf_code rf_build_map(rf_builder *builder, uint32_t offset, rf_mapping_node **ret_node);
/* A call of one of `rows`, from its name on; `receiver` is what a method is called on. */
RF_NODISCARD rf_code rf_build_named_call(rf_builder *builder, const rf_mapping_function *rows, rf_mapping_node *receiver, rf_mapping_node **ret_node);

/* Reads one expression (mapping_parse.c). */
RF_NODISCARD rf_code rf_build_expression(rf_builder *builder, rf_mapping_node **ret_node);

#endif
