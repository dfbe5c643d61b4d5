/* fzb1.h: version-1 files, the original's: what is in them, and what is found out about their code before it is translated. */
#ifndef RF_SCRIPT_FUSABI_FZB1_H
#define RF_SCRIPT_FUSABI_FZB1_H

#include "base/arena.h"
#include "riffle/error.h"
#include "script/fusabi/program.h"

#include <stdbool.h>

/* X(name, operands, pops, pushes) in the order of their numbers in the file. Operands: b, h: u8 and u16; j: i16 jump; q: i64;
 * t: bool; s: string; hb: both. Pops: MANY, what depends on an operand. */
#define RF_FUS_V1_MANY 255
#define RF_FUS_V1_OPS(X) \
    X(LOAD_CONST, "h", 0, 1) X(LOAD_LOCAL, "b", 0, 1) X(STORE_LOCAL, "b", 1, 0) X(LOAD_UPVALUE, "b", 0, 1) X(STORE_UPVALUE, "b", 1, 0) \
    X(LOAD_GLOBAL, "h", 0, 1) X(POP, "", 1, 0) X(DUP, "", 1, 2) X(CHECK_INT, "q", 1, 2) X(CHECK_BOOL, "t", 1, 2) X(CHECK_STRING, "s", 1, 2) \
    X(CHECK_TUPLE_LEN, "b", 1, 2) X(GET_TUPLE_ELEM, "b", 1, 2) X(ADD, "", 2, 1) X(SUB, "", 2, 1) X(MUL, "", 2, 1) X(DIV, "", 2, 1) \
    X(CONCAT, "", 2, 1) X(EQ, "", 2, 1) X(NEQ, "", 2, 1) X(LT, "", 2, 1) X(LTE, "", 2, 1) X(GT, "", 2, 1) X(GTE, "", 2, 1) X(AND, "", 2, 1) \
    X(OR, "", 2, 1) X(NOT, "", 1, 1) X(JUMP, "j", 0, 0) X(JUMP_IF_FALSE, "j", 1, 0) X(CALL, "b", MANY, 1) X(CALL_METHOD, "hb", MANY, 1) \
    X(TAIL_CALL, "b", MANY, 1) X(RETURN, "", 1, 0) X(MAKE_TUPLE, "h", MANY, 1) X(GET_TUPLE_FIELD, "b", 1, 1) X(MAKE_LIST, "h", MANY, 1) \
    X(CONS, "", 2, 1) X(LIST_HEAD, "", 1, 1) X(LIST_TAIL, "", 1, 1) X(IS_NIL, "", 1, 1) X(MAKE_ARRAY, "h", MANY, 1) X(ARRAY_GET, "", 2, 1) \
    X(ARRAY_SET, "", 3, 1) X(ARRAY_LENGTH, "", 1, 1) X(ARRAY_UPDATE, "", 3, 1) X(MAKE_RECORD, "h", MANY, 1) X(GET_RECORD_FIELD, "", 2, 1) \
    X(UPDATE_RECORD, "h", MANY, 1) X(MAKE_VARIANT, "h", MANY, 1) X(CHECK_VARIANT_TAG, "s", 1, 1) X(GET_VARIANT_FIELD, "b", 1, 1) \
    X(MAKE_CLOSURE, "hb", MANY, 1) X(CLOSE_UPVALUE, "b", 0, 0)

typedef enum rf_fus_v1_tag {
#define X(name, operands, pops, pushes) RF_FUS_V1_##name,
    RF_FUS_V1_OPS(X)
#undef X
    RF_FUS_V1_OP_COUNT
} rf_fus_v1_tag;

/* Kinds of constants, by their number in the file. */
enum {
    RF_FUS_V1_K_INT, RF_FUS_V1_K_FLOAT, RF_FUS_V1_K_BOOL, RF_FUS_V1_K_STRING, RF_FUS_V1_K_UNIT, RF_FUS_V1_K_TUPLE, RF_FUS_V1_K_CONS,
    RF_FUS_V1_K_NIL, RF_FUS_V1_K_ARRAY, RF_FUS_V1_K_RECORD, RF_FUS_V1_K_MAP, RF_FUS_V1_K_VARIANT, RF_FUS_V1_K_CLOSURE, RF_FUS_V1_K_NATIVE,
    RF_FUS_V1_K_COUNT
};

#define RF_FUS_V1_NEST_MAX 400u /* values and functions inside each other; lists nest freely along their tail */

typedef struct rf_fus_v1_op {
    uint8_t tag;
    uint8_t n;       /* operand b or t */
    uint16_t k;      /* operand h */
    uint32_t target; /* instruction that a jump goes to */
    size_t at;       /* offset in the file */
    union {
        int64_t number;
        const rf_slice *text;
    };
} rf_fus_v1_op;

struct rf_fus_v1_chunk;
typedef struct rf_fus_v1_value {
    uint8_t tag;
    uint8_t arity;       /* CLOSURE, NATIVE */
    uint32_t count;      /* of items; RECORD and MAP: pairs */
    uint32_t proto;      /* CLOSURE: its function once it is asked for without captures; 0: not yet */
    rf_fus_value made;   /* the value in the program, once it is asked for; 0: not yet */
    rf_slice name;       /* VARIANT: constructor; NATIVE: name; CLOSURE: name or empty */
    union {
        int64_t number;
        double real;
        bool truth;
        rf_slice text;
        struct rf_fus_v1_value *items; /* CONS: head and tail; RECORD, MAP: name, value, name, … */
        struct rf_fus_v1_chunk *chunk;
    };
} rf_fus_v1_value;

typedef struct rf_fus_v1_chunk {
    rf_fus_v1_op *ops;
    rf_fus_v1_value *constants;
    const uint8_t *spans; /* 16 bytes an instruction, or NULL when there is nothing in them */
    rf_slice name, source_file;
    uint32_t op_count, constant_count;
} rf_fus_v1_chunk;

/* Reads the whole file into `arena`, checks indexes and jump targets. */
RF_NODISCARD rf_code rf_fus_v1_decode(rf_arena *arena, rf_slice bytes, const char *name, rf_fus_v1_chunk **ret_chunk, rf_error *reterr);

/* How many values the instruction takes from the stack, and leaves on it. */
uint32_t rf_fus_v1_pops(const rf_fus_v1_op *op);
uint32_t rf_fus_v1_pushes(const rf_fus_v1_op *op);

typedef struct rf_fus_v1_slots { uint64_t words[4]; } rf_fus_v1_slots; /* a set of local slots */
static inline bool rf_fus_v1_has(const rf_fus_v1_slots *slots, uint32_t slot) { return slots->words[slot >> 6] >> (slot & 63) & 1; }

/*
 * What must be known about a chunk before its translation. `needs[pc]`: how many values of the stack may still be taken by
 * what runs from there on (at least; what lies deeper is dead). `joins[pc]`: more than one way leads there.
 */
#define RF_FUS_V1_NEEDS_ALL (UINT32_MAX / 2)
typedef struct rf_fus_v1_flow {
    uint32_t *needs;
    bool *joins;
    uint32_t *labels;             /* per instruction: where its set of live slots is, + 1; 0: not jumped to */
    const rf_fus_v1_slots *live;  /* per label */
    rf_fus_v1_slots live_at_start;
} rf_fus_v1_flow;
RF_NODISCARD rf_code rf_fus_v1_find_flow(rf_arena *arena, const rf_fus_v1_chunk *chunk, rf_fus_v1_flow *ret_flow, rf_error *reterr);

#endif
