/* generate_internal.h: what the files of the generator share: types, names in scope, chance, emission. */
#ifndef RF_TESTS_FUSABI_GENERATE_INTERNAL_H
#define RF_TESTS_FUSABI_GENERATE_INTERNAL_H

#include "generate.h"

typedef enum type_kind { T_INT, T_FLOAT, T_BOOL, T_STRING, T_UNIT, T_LIST, T_OPTION, T_TUPLE, T_RECORD, T_UNION, T_ARRAY, T_MAP, T_FUN } type_kind;

enum { PARTS_MAX = 4, RECORDS = 2, UNIONS = 2, CTORS = 3, TYPES_MAX = 20000, VARS_MAX = 400 };

/* LIST, OPTION, ARRAY, MAP (of its values; keys are strings): parts[0]; TUPLE: its items; FUN: its parameters, then its result. RECORD, UNION: `index`. */
typedef struct type {
    type_kind kind;
    uint8_t count, index;
    bool has_function;
    const struct type *parts[PARTS_MAX];
} type;

typedef struct fields { uint8_t count; const type *parts[PARTS_MAX]; } fields;

typedef struct var {
    char prefix;          /* with `number` the name: v12 */
    uint32_t number;
    const type *type;
    bool is_mutable;
    bool is_fuelled;      /* a function whose first argument bounds its recursion; not in `type` */
} var;

typedef struct gen {
    rf_buffer *out;
    uint64_t state;
    type types[TYPES_MAX];
    uint32_t type_count;
    const type *integer, *real, *boolean, *text, *unit;
    fields records[RECORDS];
    fields unions[UNIONS][CTORS];
    var vars[VARS_MAX];
    uint32_t var_count, next_number;
    uint32_t fuel_number; /* of the parameter n12 that bounds recursion here; 0: top level */
    uint32_t loops;       /* around this place, in the same function */
    uint32_t scale;       /* percent of the amount of data in rf_gen_heavy */
    uint32_t size;        /* rough count of what was emitted: big programs come to an end */
    bool no_calls;        /* fuelled functions must not be called here */
} gen;

/* Chance. */
uint32_t rf_gen_below(gen *g, uint32_t bound);
static inline bool rf_gen_chance(gen *g, uint32_t percent) { return rf_gen_below(g, 100) < percent; }

/* Types. */
const type *rf_gen_type_new(gen *g, type_kind kind, const type *const *parts, uint8_t count);
const type *rf_gen_any_type(gen *g, int depth, bool with_functions);
bool rf_gen_same(const type *a, const type *b);
void rf_gen_put_type(gen *g, const type *t);

/* Names. */
var *rf_gen_bind(gen *g, char prefix, const type *t);
/* The number of a new name; now and then that of a variable in scope, which the new one will hide. */
uint32_t rf_gen_number(gen *g);
void rf_gen_put_var(gen *g, const var *v);
/* A variable in scope that `is_wanted` likes, or NULL. */
const var *rf_gen_find(gen *g, const type *t, bool (*is_wanted)(const var *v, const type *t));
const var *rf_gen_find_of(gen *g, const type *t);

void rf_gen_put(gen *g, const char *format, ...) RF_PRINTF(2, 3);

/* An expression that may stand as an argument: compound ones are in parentheses, on one line. */
void rf_gen_expr(gen *g, const type *t, int depth);
void rf_gen_leaf(gen *g, const type *t);
/* A pattern; binds its names. Patterns are in parentheses when compound. */
void rf_gen_pattern(gen *g, const type *t, int depth, bool may_fail);
/* " with | p -> e …", on one line. */
void rf_gen_arms(gen *g, const type *scrutinee, const type *t, int depth);
/* The patterns and guards of a match: begins each arm with `lead`; `body` emits what follows the arrow. */
void rf_gen_arms_by(gen *g, const type *scrutinee, const char *lead, void (*body)(gen *g, const type *t, int depth, int indent),
                    const type *t, int depth, int indent);
/* Lines at that indent whose last one is an expression of that type. */
void rf_gen_block(gen *g, const type *t, int depth, int indent);
void rf_gen_function_value(gen *g, const type *t, int depth);
const type *rf_gen_list_of(gen *g, const type *item);
const type *rf_gen_function_of(gen *g, const type *from, const type *to);
/* ` v12`, ` (v12: int)`, ` (v12, v13)`: a parameter with a blank before it; binds its names. */
void rf_gen_parameter(gen *g, const type *t);

/* generate_library.c: what the library's other modules give. False: nothing was emitted. */
bool rf_gen_library_form(gen *g, const type *t, int depth);
void rf_gen_collection_literal(gen *g, const type *t, int depth); /* ARRAY, MAP */
bool rf_gen_library_statement(gen *g, int depth);
/* Top level: lines that work on much data, or recurse deeply. */
void rf_gen_heavy(gen *g);

#endif
