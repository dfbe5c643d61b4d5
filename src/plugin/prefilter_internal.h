/* prefilter_internal.h: how a pattern becomes a tree, the tree an NFA over bytes, the NFA a DFA that is made while it runs. */
#ifndef RF_PLUGIN_PREFILTER_INTERNAL_H
#define RF_PLUGIN_PREFILTER_INTERNAL_H

#include "base/arena.h"
#include "base/vec.h"
#include "plugin/prefilter.h"

#define RF_PF_PATTERN_BYTES_MAX 4096u
#define RF_PF_DEPTH_MAX 64u
#define RF_PF_REPEAT_MAX 1000u
#define RF_PF_STATES_MAX 20000u /* of all patterns of a filter; numbers of states fit 16 bits */
#define RF_PF_CACHE_BYTES_MAX ((size_t)1 << 20)
#define RF_PF_CHAR_MAX 0x10FFFFu

/* ---- Sets of characters (prefilter_class.c) ---- */

typedef struct rf_pf_range { uint32_t lo, hi; } rf_pf_range; /* both in it */
typedef RF_VEC(rf_pf_range) rf_pf_set;

/* False: out of memory (all three). */
bool rf_pf_set_add(rf_pf_set *set, uint32_t lo, uint32_t hi) RF_NODISCARD;
bool rf_pf_set_fold(rf_pf_set *set) RF_NODISCARD;   /* adds the other case of each letter that has one */
bool rf_pf_set_negate(rf_pf_set *set) RF_NODISCARD; /* sorted and joined first */
void rf_pf_set_join(rf_pf_set *set);                /* sorts, and joins what touches */

/* ---- The tree (prefilter_parse.c) ---- */

typedef enum rf_pf_node_kind { RF_PF_SET, RF_PF_SEQUENCE, RF_PF_CHOICE, RF_PF_REPEAT, RF_PF_START, RF_PF_END } rf_pf_node_kind;

#define RF_PF_NO_MAX UINT32_MAX

typedef struct rf_pf_node {
    rf_pf_node_kind kind;
    uint32_t min, max;          /* REPEAT; max RF_PF_NO_MAX: none */
    rf_pf_range *ranges;        /* SET: sorted, apart */
    size_t range_count;
    struct rf_pf_node *first;   /* SEQUENCE, CHOICE, REPEAT: what is in it, the last one first: an NFA is built from its end */
    struct rf_pf_node *next;    /* sibling */
} rf_pf_node;

/* Reads what stands between the slashes, `pattern` from `start` to `end`. The tree lives in the arena. Errors: as rf_prefilter_add. */
RF_NODISCARD rf_code rf_pf_parse(rf_arena *arena, rf_slice pattern, size_t start, size_t end, bool fold, rf_pf_node **ret_root,
                                 rf_error *reterr);

/* ---- The NFA (prefilter_nfa.c) ---- */

typedef enum rf_pf_state_kind { RF_PF_BYTES, RF_PF_SPLIT, RF_PF_AT_START, RF_PF_AT_END, RF_PF_ACCEPT } rf_pf_state_kind;

typedef struct rf_pf_state {
    uint8_t kind;
    uint8_t lo, hi;   /* BYTES: those that lead to `out`; ACCEPT: lo is the owner */
    uint16_t out, other; /* SPLIT has both */
} rf_pf_state;
typedef RF_VEC(rf_pf_state) rf_pf_nfa;

/* Adds a pattern that ends in the owner's ACCEPT; *ret_start is where it begins. Errors: RF_ELIMIT, RF_ENOMEM: states may have
 * been added that nothing leads to. */
RF_NODISCARD rf_code rf_pf_compile(rf_pf_nfa *nfa, const rf_pf_node *root, uint32_t owner, uint16_t *ret_start, rf_error *reterr);
/* The same for bytes as they are. */
RF_NODISCARD rf_code rf_pf_compile_literal(rf_pf_nfa *nfa, rf_slice literal, uint32_t owner, uint16_t *ret_start, rf_error *reterr);

/* ---- The DFA (prefilter_dfa.c) ---- */

/* A step leads to the number of a state (times the number of classes, so that it is an index into `steps`), perhaps with: */
#define RF_PF_SPECIAL 0x80000000u /* it is the resting state, an accepting or a dead one: look closer */
#define RF_PF_UNKNOWN 0xFFFFFFFFu /* not made yet */

/* A state: the NFA's states that it stands for, and whom it satisfies: on arrival, and when the line ends there. */
typedef struct rf_pf_dstate { uint64_t mask, end_mask; uint32_t set_at, set_len, hash; } rf_pf_dstate;

enum { RF_PF_PAIR_SKIP, RF_PF_PAIR_GO, RF_PF_PAIR_UNKNOWN };

typedef struct rf_pf_dfa {
    bool ready;              /* what follows is made */
    uint32_t class_count;
    uint8_t classes[256];    /* bytes that no state tells apart have one class */
    uint8_t examples[256];   /* a byte of each class */
    uint16_t rows[256];      /* a byte's class times class_count */
    uint8_t *pairs;          /* [class_count * class_count]: whether in the resting state a byte can be skipped, given the next one */
    int single;              /* the only byte that leaves the resting state, or -1 */
    uint32_t *steps;         /* [cap * class_count] */
    rf_pf_dstate *states;    /* [cap] */
    uint32_t count, cap;
    uint16_t *sets;          /* of all states, one behind the other */
    uint32_t sets_len, sets_cap;
    uint32_t *slots;         /* hash table: a state's number + 1 */
    uint32_t slot_count;     /* a power of two, at least twice `cap` */
    uint32_t begin, rest;    /* step values: at the line's start; where nothing of any pattern was seen */
    uint64_t generation;     /* raised when the cache is emptied: numbers of states from before mean nothing */
    uint64_t *marks;         /* a bit per NFA state; clear between calls */
    uint16_t *stack, *set;   /* room for all NFA states each */
    size_t cache_bytes_max;  /* RF_PF_CACHE_BYTES_MAX; less in tests */
} rf_pf_dfa;

struct rf_prefilter {
    rf_pf_nfa nfa;
    RF_VEC(uint16_t) starts;
    rf_pf_dfa dfa;
};

/* Makes the tables; false: no memory, and nothing is held. */
bool rf_pf_dfa_prepare(rf_prefilter *filter) RF_NODISCARD;
void rf_pf_dfa_done(rf_pf_dfa *dfa);
/* The states `begin` and `rest` exist; false: no memory. */
bool rf_pf_dfa_roots(rf_prefilter *filter) RF_NODISCARD;
/* The step from a state (no flags) by a class, made if need be; RF_PF_UNKNOWN: no memory. May empty the cache. */
uint32_t rf_pf_dfa_step(rf_prefilter *filter, uint32_t from, uint32_t class);
/* Fills in a pair; RF_PF_PAIR_GO when it cannot be known now. */
uint8_t rf_pf_dfa_pair(rf_prefilter *filter, uint32_t class, uint32_t next_class);

static inline const rf_pf_dstate *rf_pf_dfa_state(const rf_pf_dfa *dfa, uint32_t step) {
    return &dfa->states[(step & ~RF_PF_SPECIAL) / dfa->class_count];
}

#endif
