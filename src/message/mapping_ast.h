/* mapping_ast.h: a compiled mapping as its parser leaves it for its evaluator. Private to message/mapping*. */
#ifndef RF_MESSAGE_MAPPING_AST_H
#define RF_MESSAGE_MAPPING_AST_H

#include "message/mapping.h"

#define RF_MAPPING_DEPTH_MAX 200 /* nodes above one another */
#define RF_MAPPING_PARAMS_MAX 4

typedef struct rf_mapping_node rf_mapping_node;
typedef struct rf_mapping_env rf_mapping_env;

typedef enum rf_mapping_kind {
    RF_NODE_LITERAL, /* value */
    RF_NODE_LIST,    /* args */
    RF_NODE_MAP,     /* names and args */
    RF_NODE_NOT,     /* args[0] */
    RF_NODE_NEGATE,
    RF_NODE_BINARY,  /* args[0] op args[1] */
    RF_NODE_IF,      /* args: condition, then, else (NULL: none) */
    RF_NODE_CALL,    /* function of args; a method's first one is what it is called on */
} rf_mapping_kind;

typedef enum rf_mapping_op {
    RF_OP_OR, RF_OP_AND, RF_OP_EQ, RF_OP_NE, RF_OP_LT, RF_OP_LE, RF_OP_GT, RF_OP_GE,
    RF_OP_ADD, RF_OP_SUB, RF_OP_MUL, RF_OP_DIV, RF_OP_MOD,
} rf_mapping_op;

/* `args` has a value for every parameter; NULL: it was left out. */
typedef rf_code (*rf_mapping_call)(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value);

/* What a call remembers between runs. */
typedef enum rf_mapping_memory { RF_MEMORY_NONE, RF_MEMORY_CALL, RF_MEMORY_NAME /* shared by calls of one name */ } rf_mapping_memory;

typedef struct rf_mapping_function {
    const char *name;
    rf_mapping_call call;
    uint8_t required; /* parameters that must be given: the first ones */
    rf_mapping_memory memory;
    const char *params[RF_MAPPING_PARAMS_MAX + 1]; /* in order, then NULL; a method's receiver is not among them */
} rf_mapping_function;

/* Both end with a row without name. */
extern const rf_mapping_function rf_mapping_functions[];
extern const rf_mapping_function rf_mapping_methods[];

struct rf_mapping_node {
    rf_mapping_kind kind;
    rf_mapping_op op;
    uint32_t offset; /* into the text: where an error about it points */
    uint32_t depth;  /* nodes below, itself included */
    uint32_t slot;   /* of its memory in the state */
    uint32_t arg_count;
    const rf_mapping_function *function;
    rf_mapping_node **args;
    rf_slice *names;
    rf_value value;
};

typedef struct rf_mapping_statement {
    bool to_meta;
    uint32_t offset;
    rf_slice *path; /* of the payload; or the one metadata key */
    uint32_t path_count;
    rf_mapping_node *node;
} rf_mapping_statement;

struct rf_mapping {
    rf_arena arena; /* all of it, the text included */
    rf_slice text;
    rf_mapping_locate locate;
    const void *map;
    rf_mapping_statement *statements;
    uint32_t statement_count;
    uint32_t slot_count;
};

typedef struct rf_mapping_slot {
    uint64_t value;
    bool started;
} rf_mapping_slot;

struct rf_mapping_state {
    uint64_t random[4];
    rf_mapping_slot slots[];
};

/* One run. */
struct rf_mapping_env {
    const rf_mapping *mapping;
    rf_mapping_state *state;
    rf_batch *batch;
    rf_message *message;
    rf_error *reterr;
};

/* Fills statements and slots. Errors: RF_ECONFIG, RF_ENOMEM. */
RF_NODISCARD rf_code rf_mapping_parse(rf_mapping *mapping, rf_error *reterr);

/* Puts the place of `offset` into an error just raised; returns its code. */
rf_code rf_mapping_place(const rf_mapping *mapping, uint32_t offset, rf_code code, rf_error *reterr);

/* Raises an error about a node of this run. */
#define rf_mapping_fail(env, node, ...) \
    rf_mapping_place((env)->mapping, (node)->offset, rf_raise((env)->reterr, RF_ESCRIPT, __VA_ARGS__), (env)->reterr)

/* The results of deleted() and nothing(): no value of any message. */
rf_value rf_mapping_deleted(void);
rf_value rf_mapping_nothing(void);
bool rf_mapping_is_deleted(const rf_value *value);
bool rf_mapping_is_nothing(const rf_value *value);

/* Evaluates one expression; what it makes lives in the batch's arena, its literals in the mapping. */
RF_NODISCARD rf_code rf_mapping_eval(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value);

/* What a value is called in error messages: "number", "string", … */
const char *rf_mapping_type_name(const rf_value *value);

/* Well mixed bits of the state's own generator. */
uint64_t rf_mapping_random(rf_mapping_state *state);

#endif
