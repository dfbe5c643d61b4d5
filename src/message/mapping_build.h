/* mapping_build.h: making the trees of a mapping. Private to message/mapping*. */
#ifndef RF_MESSAGE_MAPPING_BUILD_H
#define RF_MESSAGE_MAPPING_BUILD_H

#include "base/table.h"
#include "base/vec.h"
#include "message/mapping_lex.h"

/* A name that stands for a value. */
typedef struct rf_build_var { rf_slice name; uint32_t slot; uint32_t offset; bool set; } rf_build_var;
typedef struct rf_build_use { rf_slice name; uint32_t offset; } rf_build_use;

/* The parser's state. */
typedef struct rf_builder {
    rf_lexer lexer;
    int nesting;    /* expressions being read, one within the other */
    rf_table names; /* of counters, to their slot (from 1, as a pointer) */
    RF_VEC(rf_build_var) vars;     /* all that were named, by `let` or `$` */
    RF_VEC(rf_build_var) params;   /* of the lambdas that are open, innermost last */
    RF_VEC(rf_mapping_map) maps;
    RF_VEC(rf_build_use) applied;  /* maps that are asked for */
    bool within_map;
} rf_builder;

void rf_builder_done(rf_builder *builder);

typedef RF_VEC(rf_mapping_node *) rf_nodes;
void rf_nodes_done(rf_nodes *nodes);

/* Go around each step into an expression: bounds the parser's own stack. */
RF_NODISCARD rf_code rf_build_enter(rf_builder *builder);
void rf_build_leave(rf_builder *builder);

/* A node with these arguments (NULL: none), which are copied. */
RF_NODISCARD rf_code rf_build_node(rf_builder *builder, rf_mapping_kind kind, uint32_t offset, const rf_nodes *args,
                                   rf_mapping_node **ret_node);
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
RF_NODISCARD rf_code rf_build_named_call(rf_builder *builder, const rf_mapping_function *rows, rf_mapping_node *receiver,
                                         rf_mapping_node **ret_node);

/* `let`'s variable of that name, known or new. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_build_var_of(rf_builder *builder, rf_slice name, uint32_t offset, bool sets, uint32_t *ret_slot);
/* The open lambda's parameter of that name; NULL: none. */
const rf_build_var *rf_build_param(const rf_builder *builder, rf_slice name);
/* A node of one name and up to two arguments. */
RF_NODISCARD rf_code rf_build_named(rf_builder *builder, rf_mapping_kind kind, uint32_t offset, rf_slice name, rf_mapping_node *arg,
                                    rf_mapping_node **ret_node);
/* `match …`, `name -> …`, `$name` (mapping_scope.c); the token at hand is the first. */
RF_NODISCARD rf_code rf_build_match(rf_builder *builder, rf_mapping_node **ret_node);
RF_NODISCARD rf_code rf_build_lambda(rf_builder *builder, rf_mapping_node **ret_node);
RF_NODISCARD rf_code rf_build_variable(rf_builder *builder, rf_mapping_node **ret_node);
/* After all is read: variables that nothing sets, maps that are not there. */
RF_NODISCARD rf_code rf_build_check_names(rf_builder *builder);
/* Goes past the brace at hand into lines of their own, and out again. */
RF_NODISCARD rf_code rf_build_open_lines(rf_builder *builder, uint32_t *ret_brackets);
RF_NODISCARD rf_code rf_build_close_lines(rf_builder *builder, uint32_t brackets);
/* Reads a whole mapping. */
RF_NODISCARD rf_code rf_build_mapping(rf_builder *builder);
/* Reads all statements up to the end, or to the closing brace (mapping_statement.c). */
RF_NODISCARD rf_code rf_build_block(rf_builder *builder, bool braced, rf_mapping_block *ret_block);

/* Compiles the pattern of a call that takes one, when it stands there as a text. */
RF_NODISCARD rf_code rf_build_pattern(rf_builder *builder, rf_mapping_node *node);

/* Reads one expression (mapping_parse.c). */
RF_NODISCARD rf_code rf_build_expression(rf_builder *builder, rf_mapping_node **ret_node);

#endif
