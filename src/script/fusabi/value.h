/* value.h: what a Fusabi value is: eight bytes, and the objects that some of them point to. */
#ifndef RF_SCRIPT_FUSABI_VALUE_H
#define RF_SCRIPT_FUSABI_VALUE_H

#include "riffle/base.h"

#include <stdbool.h>
#include <string.h>

/*
 * A value is NaN-boxed. By its upper 16 bits:
 *   0x0000           a pointer to an object, or one of the constants below (all < 64)
 *   0x0001..0xFFFE   a double: its bits plus 2^48 (NaN is stored in one form only)
 *   0xFFFF           an integer of 48 bits, sign-extended; integers outside that range are objects (RF_FUS_T_BIGINT)
 */
typedef uint64_t rf_fus_value;

#define RF_FUS_NIL ((rf_fus_value)2)     /* [] */
#define RF_FUS_UNIT ((rf_fus_value)4)    /* () */
#define RF_FUS_FALSE ((rf_fus_value)6)
#define RF_FUS_TRUE ((rf_fus_value)7)
#define RF_FUS_UNDEF ((rf_fus_value)8)   /* a global before its definition ran; never seen by scripts */
#define RF_FUS_RAISED ((rf_fus_value)16) /* what a native returns after raising; never stored */

#define RF_FUS_INT_TAG (UINT64_C(0xFFFF) << 48)
#define RF_FUS_DOUBLE_OFFSET (UINT64_C(1) << 48)
#define RF_FUS_INT_MIN (-(INT64_C(1) << 47))
#define RF_FUS_INT_MAX ((INT64_C(1) << 47) - 1)

typedef enum rf_fus_type_tag {
    RF_FUS_T_BIGINT = 1,
    RF_FUS_T_STRING, /* flat UTF-8 */
    RF_FUS_T_ROPE,   /* a concatenation not yet made flat, or one that was (then `flat` is set) */
    RF_FUS_T_CONS,
    RF_FUS_T_TUPLE,
    RF_FUS_T_ARRAY,  /* mutable, shared */
    RF_FUS_T_RECORD, /* fields by shape */
    RF_FUS_T_DICT,   /* a record with fields known only at run time (Json.parse): sorted name, value pairs */
    RF_FUS_T_MAP,
    RF_FUS_T_MAP_NODE, /* inside a map only */
    RF_FUS_T_VARIANT,
    RF_FUS_T_CLOSURE,
    RF_FUS_T_NATIVE,  /* a library or host function as a value */
    RF_FUS_T_PARTIAL, /* a function with some of its arguments */
    RF_FUS_T_CELL,    /* a captured `let mutable`; never seen by scripts */
    RF_FUS_T_HOST,    /* an object of the host */
} rf_fus_type_tag;

enum {
    RF_FUS_OLD = 1u << 0,        /* survived a collection (not in the nursery) */
    RF_FUS_STATIC = 1u << 1,     /* belongs to a program, engine or table: shared by threads, never moved, freed or written */
    RF_FUS_REMEMBERED = 1u << 2, /* old, and in the list of old objects that may point into the nursery */
    RF_FUS_LARGE = 1u << 3,      /* allocated alone; never moved */
    RF_FUS_FORWARDED = 1u << 4,  /* during a collection: moved; the word behind the head is the new address */
    RF_FUS_MARKED = 1u << 5,     /* large objects, during a collection */
};

/* The head of every object. Sizes are multiples of 8; the smallest object has 16 bytes. */
typedef struct rf_fus_object {
    uint8_t type;    /* rf_fus_type_tag */
    uint8_t flags;
    uint16_t small;  /* MAP_NODE: height */
    uint32_t length; /* STRING, ROPE: bytes; TUPLE, ARRAY, RECORD, VARIANT: items; DICT: fields; CLOSURE: upvalues; PARTIAL: held arguments */
} rf_fus_object;

typedef struct rf_fus_bigint { rf_fus_object head; int64_t value; } rf_fus_bigint;
typedef struct rf_fus_string {
    rf_fus_object head;
    uint32_t hash;  /* 0: not computed (statics always have it) */
    uint32_t chars; /* characters, or UINT32_MAX: not counted (statics always have it) */
    char bytes[];   /* head.length bytes and a NUL */
} rf_fus_string;
typedef struct rf_fus_rope {
    rf_fus_object head;
    rf_fus_value left, right; /* strings or ropes; when flat: left is the STRING, right is RF_FUS_UNIT */
} rf_fus_rope;
typedef struct rf_fus_cons { rf_fus_object head; rf_fus_value item, tail; } rf_fus_cons; /* tail: CONS, NIL, or anything (improper) */
typedef struct rf_fus_items { rf_fus_object head; rf_fus_value items[]; } rf_fus_items; /* TUPLE, ARRAY; DICT: 2 * length; at least one word is allocated */
typedef struct rf_fus_cell { rf_fus_object head; rf_fus_value value; } rf_fus_cell;
typedef struct rf_fus_symbol rf_fus_symbol;
typedef struct rf_fus_shape rf_fus_shape;
typedef struct rf_fus_record { rf_fus_object head; const rf_fus_shape *shape; rf_fus_value items[]; } rf_fus_record;
typedef struct rf_fus_variant { rf_fus_object head; const rf_fus_symbol *ctor; rf_fus_value items[]; } rf_fus_variant;
typedef struct rf_fus_map { rf_fus_object head; rf_fus_value root; uint64_t count; } rf_fus_map; /* root: MAP_NODE or NIL */
typedef struct rf_fus_map_node { /* an AVL tree, immutable; keys are strings, ordered bytewise */
    rf_fus_object head;
    rf_fus_value key, value, left, right;
} rf_fus_map_node;
struct rf_fus_proto;
struct rf_fus_instance;
typedef struct rf_fus_closure {
    rf_fus_object head;
    const struct rf_fus_proto *proto;
    struct rf_fus_instance *instance;
    rf_fus_value upvalues[]; /* values, or CELLs of captured mutables */
} rf_fus_closure;
struct rf_fus_lib_row;
typedef struct rf_fus_native_value { rf_fus_object head; const struct rf_fus_lib_row *row; } rf_fus_native_value;
typedef struct rf_fus_partial { rf_fus_object head; rf_fus_value function; rf_fus_value items[]; } rf_fus_partial;
typedef struct rf_fus_host_value { rf_fus_object head; const char *type_name; void *pointer; } rf_fus_host_value;

/* A constructor or field name, one per text and engine: equal names are equal pointers. Lives as long as the engine. */
struct rf_fus_symbol {
    rf_fus_string *text; /* static */
    uint32_t id;
    rf_fus_variant nullary; /* the variant of that name without fields; last: ends in an empty array */
};

/* A set of field names, sorted bytewise; one per set and engine: equal sets are equal pointers. */
struct rf_fus_shape {
    uint32_t count;
    uint32_t id;
    const rf_fus_symbol *fields[];
};

static inline bool rf_fus_is_int(rf_fus_value v) { return v >= RF_FUS_INT_TAG; } /* the 48-bit form */
static inline bool rf_fus_is_double(rf_fus_value v) { return v - RF_FUS_DOUBLE_OFFSET < RF_FUS_INT_TAG - RF_FUS_DOUBLE_OFFSET; }
static inline bool rf_fus_is_object(rf_fus_value v) { return v - 64 < RF_FUS_DOUBLE_OFFSET - 64; }
static inline bool rf_fus_is_bool(rf_fus_value v) { return (v | 1) == RF_FUS_TRUE; }
static inline rf_fus_value rf_fus_of_bool(bool b) { return RF_FUS_FALSE | (rf_fus_value)b; }
static inline bool rf_fus_fits_int(int64_t i) { return (int64_t)((uint64_t)i << 16) >> 16 == i; }
static inline rf_fus_value rf_fus_of_small_int(int64_t i) { return RF_FUS_INT_TAG | (uint64_t)i; } /* must fit; a negative has the tag already */
static inline int64_t rf_fus_small_int(rf_fus_value v) { return (int64_t)(v << 16) >> 16; }
static inline double rf_fus_double(rf_fus_value v) {
    double d;
    uint64_t bits = v - RF_FUS_DOUBLE_OFFSET;
    memcpy(&d, &bits, sizeof d);
    return d;
}
static inline rf_fus_value rf_fus_of_double(double d) {
    uint64_t bits;
    if (RF_UNLIKELY(d != d))
        return UINT64_C(0x7FF8000000000000) + RF_FUS_DOUBLE_OFFSET;
    memcpy(&bits, &d, sizeof bits);
    return bits + RF_FUS_DOUBLE_OFFSET;
}
static inline rf_fus_object *rf_fus_object_of(rf_fus_value v) { return (rf_fus_object *)(uintptr_t)v; }
static inline rf_fus_value rf_fus_of_object(const void *object) { return (rf_fus_value)(uintptr_t)object; }
static inline bool rf_fus_is(rf_fus_value v, rf_fus_type_tag type) { return rf_fus_is_object(v) && rf_fus_object_of(v)->type == type; }
static inline bool rf_fus_is_any_int(rf_fus_value v) { return rf_fus_is_int(v) || rf_fus_is(v, RF_FUS_T_BIGINT); }
static inline int64_t rf_fus_int(rf_fus_value v) { /* of any int */
    return rf_fus_is_int(v) ? rf_fus_small_int(v) : ((const rf_fus_bigint *)(uintptr_t)v)->value;
}
static inline bool rf_fus_is_string(rf_fus_value v) {
    return rf_fus_is_object(v) && (unsigned)(rf_fus_object_of(v)->type - RF_FUS_T_STRING) <= 1u; /* STRING or ROPE */
}
static inline bool rf_fus_is_function(rf_fus_value v) {
    return rf_fus_is_object(v) && (unsigned)(rf_fus_object_of(v)->type - RF_FUS_T_CLOSURE) <= 2u; /* CLOSURE, NATIVE, PARTIAL */
}
#define RF_FUS_AS(type, v) ((type *)(uintptr_t)(v))

/* The name of a value's type as messages have it: "int", "float", "bool", "unit", "string", "tuple", "list", "array",
 * "record", "map", "variant", "function", "host_data". */
const char *rf_fus_type_name(rf_fus_value v);
/* fusabi.md 5: false, 0, 0.0, "", (), [], empty tuple, array, record and map are false. */
bool rf_fus_truthy(rf_fus_value v);

#endif
