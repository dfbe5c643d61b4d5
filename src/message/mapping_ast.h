/* mapping_ast.h: a compiled mapping as its parser leaves it for its evaluator. Private to message/mapping*. */
#ifndef RF_MESSAGE_MAPPING_AST_H
#define RF_MESSAGE_MAPPING_AST_H

#include "base/thread.h"
#include "message/mapping.h"

#define RF_MAPPING_DEPTH_MAX 200 /* nodes above one another */
#define RF_MAPPING_PARAMS_MAX 4
#define RF_MAPPING_STEPS_MAX (UINT64_C(20) << 20) /* expressions that one run may evaluate */
#define RF_MAPPING_BYTES_MAX ((size_t)256 << 20)  /* memory that one run may take */
#define RF_MAPPING_WEIGHT_MAX (4u << 20)          /* values, and bytes of text in 16s, that a name may stand for */
#define RF_MAPPING_CALLS_MAX 20                   /* maps that apply themselves */

typedef struct rf_mapping_node rf_mapping_node;
#define RF_MAPPING_ASK_BATCH (-1)

typedef struct rf_mapping_env rf_mapping_env;
typedef struct rf_mapping_pattern rf_mapping_pattern; /* a compiled regular expression (mapping_pattern.c) */

typedef enum rf_mapping_kind {
    RF_NODE_LITERAL, /* value */
    RF_NODE_LIST,    /* args */
    RF_NODE_MAP,     /* names and args */
    RF_NODE_NOT,     /* args[0] */
    RF_NODE_NEGATE,
    RF_NODE_BINARY,  /* args[0] op args[1] */
    RF_NODE_IF,      /* args: condition, then, else (NULL: none) */
    RF_NODE_CALL,    /* function of args; a method's first one is what it is called on */
    RF_NODE_THIS,    /* the message's document */
    RF_NODE_META,    /* the metadata value of names[0]; names NULL: all as an object */
    RF_NODE_FIELD,   /* the member names[0] of args[0] */
    RF_NODE_ROOT,    /* the new document, as far as it is */
    RF_NODE_VAR,     /* the variable `slot`: names[0] */
    RF_NODE_MATCH,   /* args: what is looked at (NULL: nothing), then pattern (NULL: `_`) and value, and so on */
    RF_NODE_LAMBDA,  /* names[0] -> args[0], the variable `slot` */
    RF_NODE_BIND,    /* args[0].(args[1]) */
} rf_mapping_kind;

typedef enum rf_mapping_op {
    RF_OP_OR, RF_OP_AND, RF_OP_EQ, RF_OP_NE, RF_OP_LT, RF_OP_LE, RF_OP_GT, RF_OP_GE,
    RF_OP_ADD, RF_OP_SUB, RF_OP_MUL, RF_OP_DIV, RF_OP_MOD,
    RF_OP_COALESCE, /* args[1] when args[0] fails or is null */
} rf_mapping_op;

/* `args` has a value for every parameter; NULL: it was left out. */
/* An argument in `lazy` is NULL too: the function evaluates its node itself, if it wants it. */
typedef rf_code (*rf_mapping_call)(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value);

/* What a call remembers between runs. */
typedef enum rf_mapping_memory { RF_MEMORY_NONE, RF_MEMORY_CALL, RF_MEMORY_NAME /* shared by calls of one name */ } rf_mapping_memory;

typedef struct rf_mapping_function {
    const char *name;
    rf_mapping_call call;
    uint8_t required; /* parameters that must be given: the first ones */
    rf_mapping_memory memory;
    const char *params[RF_MAPPING_PARAMS_MAX + 1]; /* in order, then NULL; a method's receiver is not among them */
    uint8_t lazy;    /* bit n: args[n] (a method's receiver is args[0]) is not evaluated before the call */
    const char *doc; /* what it gives; docs/mapping.md says the same */
} rf_mapping_function;

/* A row: name, C function, parameters that must be given, what it gives, all parameters. */
#define RF_MAPPING_ROW(name, call, required, doc, ...) { name, call, required, RF_MEMORY_NONE, { __VA_ARGS__ __VA_OPT__(,) NULL }, 0, doc }
#define RF_MAPPING_ROW_LAZY(name, call, required, lazy, doc, ...) { name, call, required, RF_MEMORY_NONE, { __VA_ARGS__ __VA_OPT__(,) NULL }, lazy, doc }
#define RF_MAPPING_ROW_KEEPS(name, call, required, memory, doc, ...) { name, call, required, memory, { __VA_ARGS__ __VA_OPT__(,) NULL }, 0, doc }
#define RF_MAPPING_ROW_END { NULL, NULL, 0, RF_MEMORY_NONE, { NULL }, 0, NULL }

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
    bool by_sign;    /* RF_NODE_META written with `@`: of what is being made, not of what is read */
    const rf_mapping_function *function;
    rf_mapping_pattern *pattern; /* of a call that takes one, when it is known */
    rf_mapping_node **args;
    rf_slice *names;
    rf_value value;
};

typedef enum rf_mapping_target {
    RF_TARGET_ROOT, /* path */
    RF_TARGET_META, /* the key path[0]; without one: all of it */
    RF_TARGET_VAR,  /* slot */
    RF_TARGET_IF,   /* node decides between the blocks */
} rf_mapping_target;

typedef struct rf_mapping_block {
    struct rf_mapping_statement *statements;
    uint32_t count;
} rf_mapping_block;

typedef struct rf_mapping_statement {
    rf_mapping_target target;
    uint32_t offset;
    rf_slice *path;
    uint32_t path_count;
    uint32_t slot;
    rf_mapping_node *node;
    rf_mapping_block then, otherwise; /* RF_TARGET_IF */
} rf_mapping_statement;

/* `map NAME { … }`: statements that `.apply("NAME")` runs. */
typedef struct rf_mapping_map {
    rf_slice name;
    rf_mapping_block block;
} rf_mapping_map;

struct rf_mapping {
    rf_arena arena; /* all of it, the text included */
    rf_slice text;
    rf_mapping_locate locate;
    const void *map;
    rf_mapping_block block;
    rf_mapping_map *maps;
    uint32_t map_count;
    uint32_t slot_count;
    uint32_t var_count;
    rf_mapping_pattern *patterns; /* heap; freed with the mapping */
};

typedef struct rf_mapping_slot {
    uint64_t value;
    const rf_key *_Atomic key; /* of a metadata look-up; NULL: not interned yet */
    bool started;
} rf_mapping_slot;

struct rf_mapping_state {
    rf_mutex lock; /* for what calls remember: counters, chance */
    uint64_t random[4];
    const rf_keys *_Atomic keys; /* the table that the slots' keys are from: the first that was seen */
    uint32_t slot_count;
    rf_mapping_slot slots[];
};

/* How far the message's document is known. */
typedef enum rf_mapping_known { RF_KNOWN_NOT_YET, RF_KNOWN_VALUE, RF_KNOWN_NO_JSON, RF_KNOWN_NONE /* a message being made up */ } rf_mapping_known;

/* The payload while statements change it. What it holds is shared with the message and with variables: a change copies
 * the objects on its way (mapping_run.c). */
typedef struct rf_mapping_doc {
    rf_value root;
    uint32_t room; /* members that root's own array has room for; 0: the array is somebody else's */
    bool set;      /* some statement has set it */
    bool deleted;
} rf_mapping_doc;

/* One run. */
struct rf_mapping_env {
    const rf_mapping *mapping;
    rf_mapping_state *state;
    rf_batch *batch;
    rf_message *message;
    rf_message *target; /* what the statements change, when that is another message than the one they read; NULL: the same */
    rf_error *reterr;
    int64_t batch_index, batch_size; /* size RF_MAPPING_ASK_BATCH: both as the user sees batches, asked when a mapping does */
    rf_mapping_known known;
    bool bare;          /* one query in a text: its complaints are shorter */
    rf_value document;  /* of the message, with numbers as they were written */
    bool mutates;       /* root begins as the document, and `this` is what root is by now */
    const rf_value *context; /* what `this` is within a lambda's body, a match, a map; NULL: the document */
    rf_value *vars;     /* mapping->var_count; NULL: none was set yet */
    rf_mapping_doc doc;
    unsigned depth;     /* maps within one another */
    uint64_t steps;     /* expressions evaluated so far */
    size_t held_bytes;  /* of the batch's arena, when the run began */
};

/* A mapping that has only its text yet; rf_mapping_free() is right for it. */
RF_NODISCARD rf_code rf_mapping_new(rf_slice text, rf_mapping_locate locate, const void *map, rf_mapping **ret_mapping, rf_error *reterr);
/* A run over a message of a batch. */
rf_mapping_env rf_mapping_env_of(const rf_mapping *mapping, rf_mapping_state *state, rf_batch *batch, uint32_t index, rf_error *reterr);
/* Runs the statements and gives what `root` is then: RF_NULL when nothing set it, deleted when it was. Metadata goes to
 * env->message. Errors: RF_ESCRIPT with "failed assignment (line N): " before the reason, RF_ENOMEM. */
RF_NODISCARD rf_code rf_mapping_result(rf_mapping_env *env, rf_value *ret_value);

/* Runs statements on env->doc and the message's metadata. Errors name the statement's line: "failed assignment (line N): ". */
RF_NODISCARD rf_code rf_mapping_run_block(rf_mapping_env *env, const rf_mapping_block *block);

/* Fills statements and slots. Errors: RF_ECONFIG, RF_ENOMEM. */
RF_NODISCARD rf_code rf_mapping_parse(rf_mapping *mapping, rf_error *reterr);

/* Puts the place of `offset` into an error just raised; returns its code. */
rf_code rf_mapping_place(const rf_mapping *mapping, uint32_t offset, rf_code code, rf_error *reterr);

/* Raises an error about a node of this run. */
#define rf_mapping_fail(env, node, ...) \
    rf_mapping_place((env)->mapping, (node)->offset, rf_raise((env)->reterr, RF_ESCRIPT, __VA_ARGS__), (env)->reterr)

/* The same about a type: "expected string value, got number from field `this.a` (1)"; `from` made `value`. */
rf_code rf_mapping_mismatch(rf_mapping_env *env, const rf_mapping_node *node, const rf_mapping_node *from, const char *wanted,
                            const rf_value *value);
/* What an expression is called in messages: "field `this.a`", "number literal". */
void rf_mapping_describe(const rf_mapping_node *node, char *out, size_t size);

/* A number of any kind as RF_INT or RF_DOUBLE; false: it is none. */
bool rf_mapping_number(const rf_value *value, rf_value *ret_number);
static inline bool rf_mapping_has_text(const rf_value *value) { return value->kind == RF_STRING || value->kind == RF_BYTES; }

/* The results of deleted() and nothing(): no value of any message. */
rf_value rf_mapping_deleted(void);
rf_value rf_mapping_nothing(void);
bool rf_mapping_is_deleted(const rf_value *value);
bool rf_mapping_is_nothing(const rf_value *value);

/*
 * Evaluates the body of a lambda, or any expression with `this` as that value.
 * Bounds: what is bound to a name or to `this` is weighed, since it can be used twice from there on: without that, n
 * steps could make a value of 2^n parts.
 */
RF_NODISCARD rf_code rf_mapping_bind(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *value, rf_value *ret_value);
/* RF_ESCRIPT when the value has more parts than RF_MAPPING_WEIGHT_MAX. */
RF_NODISCARD rf_code rf_mapping_weigh(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *value);
/* Sets a variable, weighed. */
RF_NODISCARD rf_code rf_mapping_set_var(rf_mapping_env *env, const rf_mapping_node *node, uint32_t slot, const rf_value *value);
RF_NODISCARD rf_code rf_mapping_eval_match(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value);
RF_NODISCARD rf_code rf_mapping_eval_var(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value);
RF_NODISCARD rf_code rf_mapping_eval_root(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value);
RF_NODISCARD rf_code rf_mapping_eval_bind(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value);
/* What `this` is in the document (mapping_source.c). */
RF_NODISCARD rf_code rf_mapping_document(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value);
/* What root is before the first change, of a run that changes another message than it reads. */
RF_NODISCARD rf_code rf_mapping_target_document(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value);
/* Runs a map on a value: `.apply("name")`. */
RF_NODISCARD rf_code rf_mapping_apply(rf_mapping_env *env, const rf_mapping_node *node, rf_slice name, const rf_value *value,
                                      rf_value *ret_value);
/* Equal as the language has it: bytes and texts alike, whole numbers exactly. */
bool rf_mapping_equal(const rf_value *a, const rf_value *b);

/* Evaluates one expression; what it makes lives in the batch's arena, its literals in the mapping. */
RF_NODISCARD rf_code rf_mapping_eval(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value);

/* The nodes that read the message (mapping_source.c). */
RF_NODISCARD rf_code rf_mapping_eval_this(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value);
RF_NODISCARD rf_code rf_mapping_eval_meta(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value);
RF_NODISCARD rf_code rf_mapping_eval_field(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value);
/* What a path of names parted by points (`~1` a point within one, `~0` a tilde) leads to; null: nothing. */
RF_NODISCARD rf_code rf_mapping_pick(rf_mapping_env *env, const rf_value *from, rf_slice path, rf_value *ret_value);
/* The functions that read it. */
rf_code rf_mapping_call_json(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value);
rf_code rf_mapping_call_content(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value);
rf_code rf_mapping_call_metadata(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value);
rf_code rf_mapping_call_error(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value);
rf_code rf_mapping_call_source_label(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value);
rf_code rf_mapping_call_source_name(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value);
rf_code rf_mapping_call_source_path(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value);
rf_code rf_mapping_call_errored(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value);

/* A value as the text that stands for it in a config's text: strings as they are, numbers plain, null (and what is no
 * value) `null`, lists and objects as JSON. A view, or in the batch's arena. (mapping_text.c) */
RF_NODISCARD rf_code rf_mapping_text(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *value, rf_slice *ret_text);

/* What a value is called in error messages: "number", "string", … */
const char *rf_mapping_type_name(const rf_value *value);

rf_code rf_mapping_call_apply(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value);

bool rf_mapping_takes_pattern(const rf_mapping_function *function);
void rf_mapping_free_patterns(rf_mapping *mapping);

/* Random identifiers (mapping_random.c). */
rf_code rf_mapping_call_uuid(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value);
rf_code rf_mapping_call_nanoid(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value);
rf_code rf_mapping_call_ksuid(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value);
/* Well mixed bits of the state's own generator. Locks. */
uint64_t rf_mapping_random(rf_mapping_state *state);

#endif
