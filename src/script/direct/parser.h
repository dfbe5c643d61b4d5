/* parser.h: from the text of a simple script to its tree. This folder's own. */
#ifndef RF_SCRIPT_DIRECT_PARSER_H
#define RF_SCRIPT_DIRECT_PARSER_H

#include "script/direct/lexer.h"
#include "script/direct/tree.h"

/* A name that the script declares. It counts from there on, to the end of its block (`let`, `const`) or of the script (`var`). */
typedef struct rf_direct_local {
    rf_slice name;
    bool is_constant, is_gone;
    uint32_t depth; /* blocks around it; 0 for `var` */
} rf_direct_local;

/* Whatever cannot be taken ends the parsing: functions return NULL, and nobody asks why but for want of memory. */
typedef struct rf_direct_parser {
    rf_direct_lexer lexer;
    rf_direct *made;
    rf_direct_local locals[RF_DIRECT_LOCALS];
    uint32_t depth; /* blocks around us */
    uint32_t nest;  /* expressions and statements around us */
    uint32_t node_count;
} rf_direct_parser;

/* A node, zeroed but for the operation. NULL: out of memory, or too many. */
rf_direct_node *rf_direct_node_new(rf_direct_parser *parser, rf_direct_op op);
bool rf_direct_is(const rf_direct_parser *parser, const char *sign_or_name);
/* Takes the current token if it is this one. */
bool rf_direct_take(rf_direct_parser *parser, const char *sign_or_name);
/* The place of a declared name, or RF_DIRECT_LOCALS. */
uint32_t rf_direct_local_of(const rf_direct_parser *parser, rf_slice name);

/* parse_expression.c */
const rf_direct_node *rf_direct_parse_expression(rf_direct_parser *parser);
/* What may stand left of `=`, or begin a longer expression. */
const rf_direct_node *rf_direct_parse_member(rf_direct_parser *parser);

#endif
