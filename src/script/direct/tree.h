/* tree.h: the tree of a simple script. This folder's own. */
#ifndef RF_SCRIPT_DIRECT_TREE_H
#define RF_SCRIPT_DIRECT_TREE_H

#include "script/direct/direct.h"
#include "script/direct/pattern.h"

#define RF_DIRECT_KEYS 32u   /* metadata keys that one script may name */
#define RF_DIRECT_LOCALS 16u
#define RF_DIRECT_NEST 48u   /* levels of expressions and statements */
#define RF_DIRECT_NODES 1000u /* and a tree is no deeper than that: it is walked on the thread's stack */
#define RF_DIRECT_ARGS 2u

typedef enum rf_direct_op {
    /* expressions */
    RF_DIRECT_CONST,    /* `value` */
    RF_DIRECT_MSG, RF_DIRECT_META,
    RF_DIRECT_PAYLOAD,
    RF_DIRECT_KEY,      /* msg.meta.KEY: `index` */
    RF_DIRECT_LOCAL,    /* `index` */
    RF_DIRECT_NOT, RF_DIRECT_NEGATE, RF_DIRECT_TYPEOF,                                       /* a */
    RF_DIRECT_AND, RF_DIRECT_OR, RF_DIRECT_DEFAULT,                                          /* a, b */
    RF_DIRECT_SAME, RF_DIRECT_NOT_SAME, RF_DIRECT_EQUAL, RF_DIRECT_NOT_EQUAL,                /* === !== == != */
    RF_DIRECT_LESS, RF_DIRECT_GREATER, RF_DIRECT_LESS_EQUAL, RF_DIRECT_GREATER_EQUAL,
    RF_DIRECT_ADD, RF_DIRECT_SUBTRACT, RF_DIRECT_MULTIPLY, RF_DIRECT_DIVIDE,
    RF_DIRECT_CHOOSE,   /* a ? b : c */
    RF_DIRECT_TEXT_OF,  /* a in a template, or String(a) */
    RF_DIRECT_ITEM,     /* a[index] of what match() found */
    RF_DIRECT_LENGTH,   /* a.length */
    RF_DIRECT_INCLUDES, RF_DIRECT_STARTS, RF_DIRECT_ENDS, RF_DIRECT_INDEX_OF, /* text a, text b */
    RF_DIRECT_UPPER, RF_DIRECT_LOWER, RF_DIRECT_TRIM,                         /* text a */
    RF_DIRECT_SUBSTRING,                                                      /* text a, from b, to c or NULL */
    RF_DIRECT_REPLACE,  /* text a, text b or `pattern`, by text c */
    RF_DIRECT_MATCH,    /* text a, `pattern` */
    RF_DIRECT_TEST,     /* `pattern`, text a */
    RF_DIRECT_PARSE_INT, RF_DIRECT_TO_STRING, /* a */
    /* statements; `next` follows */
    RF_DIRECT_SET_KEY, RF_DIRECT_SET_PAYLOAD, RF_DIRECT_SET_LOCAL, /* to a: `index` */
    RF_DIRECT_IF,       /* a: statements b, else c */
    RF_DIRECT_RETURN,   /* the message */
    RF_DIRECT_RETURN_NOTHING,
} rf_direct_op;

typedef enum rf_direct_kind {
    RF_DIRECT_UNDEFINED, RF_DIRECT_NULL, RF_DIRECT_BOOL, RF_DIRECT_NUMBER, RF_DIRECT_STRING,
    RF_DIRECT_OBJECT, /* `msg` and `msg.meta`: only that they are there */
    RF_DIRECT_FOUND,  /* of match() */
} rf_direct_kind;

typedef struct rf_direct_value {
    uint8_t kind;    /* rf_direct_kind */
    bool truth;
    bool is_script; /* the text is the script's: whatever stays with a message must be a copy */
    union {
        double number;
        rf_slice text; /* valid UTF-8 */
        const rf_direct_found *found;
    };
} rf_direct_value;

typedef struct rf_direct_node rf_direct_node;
struct rf_direct_node {
    uint8_t op;     /* rf_direct_op */
    uint16_t index;
    const rf_direct_node *a, *b, *c;
    const rf_direct_node *next;
    const rf_direct_pattern *pattern;
    rf_direct_value value;
};

struct rf_direct {
    rf_arena arena; /* all of it */
    const rf_direct_node *root; /* the first statement, or a condition's expression */
    rf_slice keys[RF_DIRECT_KEYS];
    uint32_t key_count, local_count;
};

/* What a run writes: only at its end does the message get it. */
typedef struct rf_direct_changes {
    rf_direct_value keys[RF_DIRECT_KEYS];
    uint8_t order[RF_DIRECT_KEYS]; /* keys as they were first set */
    uint32_t count, set;           /* of order; a bit for each key */
    rf_direct_value payload;
    bool payload_set;
} rf_direct_changes;

typedef struct rf_direct_place { const rf_key *key; uint32_t hint; } rf_direct_place;

struct rf_direct_memory {
    const rf_direct *direct;
    const rf_keys *table; /* whose keys `places` has */
    rf_direct_place places[RF_DIRECT_KEYS];
    uint32_t tried, left; /* runs, and those of them that the engine had to do */
};

typedef struct rf_direct_walk {
    rf_direct_memory *memory;
    rf_batch *batch;
    rf_message *message;
    rf_direct_changes changes;
    rf_direct_value payload; /* read before */
    bool payload_read;
    rf_direct_value locals[RF_DIRECT_LOCALS];
} rf_direct_walk;

/* expression.c. False: leave it to the engine. */
bool rf_direct_eval(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) RF_NODISCARD;
bool rf_direct_truth(const rf_direct_value *value);
/* The keys are those of the batch. False: out of memory, or there are too many. */
bool rf_direct_keys_ready(rf_direct_walk *walk) RF_NODISCARD;
/* The entry of a key, or NULL. */
rf_meta_entry *rf_direct_entry(rf_direct_walk *walk, uint32_t key);

/* text.c: the operations on texts; the operands were not looked at yet. */
bool rf_direct_text_op(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) RF_NODISCARD;
bool rf_direct_join(rf_direct_walk *walk, const rf_direct_value *a, const rf_direct_value *b, rf_direct_value *ret) RF_NODISCARD;

static inline rf_direct_value rf_direct_undefined(void) { return (rf_direct_value){ .kind = RF_DIRECT_UNDEFINED }; }
static inline rf_direct_value rf_direct_of_bool(bool truth) { return (rf_direct_value){ .kind = RF_DIRECT_BOOL, .truth = truth }; }
static inline rf_direct_value rf_direct_of_number(double number) { return (rf_direct_value){ .kind = RF_DIRECT_NUMBER, .number = number }; }
static inline rf_direct_value rf_direct_of_text(rf_slice text) { return (rf_direct_value){ .kind = RF_DIRECT_STRING, .text = text }; }

#endif
