/* fzb1_translate.h: the translator of version-1 code, shared by its files. */
#ifndef RF_SCRIPT_FUSABI_FZB1_TRANSLATE_H
#define RF_SCRIPT_FUSABI_FZB1_TRANSLATE_H

#include "base/table.h"
#include "base/vec.h"
#include "script/fusabi/fzb1.h"
#include "script/fusabi/library.h"
#include "script/fusabi/opcode.h"

/*
 * The stack of the original becomes registers while translating: each value on it is an entry that knows where its value
 * is or how to make it. Every entry has a register of its own, its home, above those of the entries below it, even while
 * its value is elsewhere: so a value can always be put there.
 */
typedef enum rf_fus_v1_kind {
    RF_FUS_V1_E_REGISTER, /* the value is in its home */
    RF_FUS_V1_E_SAME,     /* it is in the register `where`: home of an entry that is, or was, below */
    RF_FUS_V1_E_LOCAL,    /* it is the local slot `where` */
    RF_FUS_V1_E_CONST,    /* it is `literal`, or `value` where there is none */
    RF_FUS_V1_E_LIBRARY,  /* library function `row`; its first `held` arguments are in the registers behind home */
    RF_FUS_V1_E_MODULE,   /* a library module, named by `literal`: a field is about to be taken from it */
} rf_fus_v1_kind;

typedef struct rf_fus_v1_entry {
    uint8_t kind;
    uint8_t nest;   /* CONST: how deep tuples and lists are in each other */
    uint32_t home;
    uint32_t size;  /* registers from home on */
    uint32_t where;
    uint32_t held;
    uint32_t birth; /* how many entries had been pushed in this function when it was */
    union {
        rf_fus_v1_value *literal;
        const rf_fus_lib_row *row;
    };
    rf_fus_value value;
} rf_fus_v1_entry;

/* What is known where a jump arrives that is the only way there. */
typedef struct rf_fus_v1_saved {
    rf_fus_v1_entry *entries;
    uint32_t *places;
    uint32_t count, floor;
    uint32_t births;
} rf_fus_v1_saved;

/*
 * A piece of code to be made. Joins begin with every slot in its own register and every entry i in the register base + i,
 * but for constants, which stay what they are (the names of a record's fields may lie below a whole `match`): a join is told
 * from others at its place by its depth and these.
 */
typedef struct rf_fus_v1_block {
    uint32_t pc;
    bool is_join;
    uint32_t start;         /* instruction where it begins, or UINT32_MAX */
    rf_fus_v1_saved saved;  /* joins: entries alone */
    struct rf_fus_v1_block *next; /* another join of the same pc */
} rf_fus_v1_block;

typedef struct rf_fus_v1_patch { uint32_t pc; rf_fus_v1_block *block; } rf_fus_v1_patch;

/* A function to be translated. */
typedef struct rf_fus_v1_job {
    const rf_fus_v1_chunk *chunk;
    rf_slice name;
    uint32_t proto;
    uint32_t upvalue_count;
    uint32_t *captures; /* registers of the maker */
    uint8_t arity;
    bool has_cells;     /* it stores into captured values: they are in cells */
} rf_fus_v1_job;

typedef struct rf_fus_v1_translator {
    /* the program that comes out */
    rf_fus_program *program;
    rf_arena *scratch;
    RF_VEC(rf_fus_v1_job) jobs;
    RF_VEC(rf_fus_proto) protos;
    RF_VEC(rf_fus_value) constants;
    RF_VEC(const rf_fus_symbol *) symbols;
    RF_VEC(const rf_fus_shape *) shapes;
    RF_VEC(const rf_fus_lib_row *) library;
    rf_table constant_index; /* strings, by text: number + 1 */
    rf_table symbol_index, shape_index;
    uint32_t simple_index[8]; /* unit, false, true, nil: number + 1 */
    uint64_t work, work_max;  /* bounds what a small hostile file can ask for */
    const char *wrong;        /* the first thing that cannot be translated */
    size_t wrong_at;
    bool no_memory;

    /* the function at hand */
    const rf_fus_v1_job *job;
    const rf_fus_v1_chunk *chunk;
    rf_fus_v1_flow flow;
    RF_VEC(rf_fus_code) code;
    RF_VEC(rf_fus_spot) spots;
    RF_VEC(rf_fus_v1_entry) stack;
    RF_VEC(rf_fus_v1_patch) patches;
    RF_VEC(rf_fus_v1_block *) pending; /* a heap, first in the file on top */
    rf_fus_v1_block **joins_at;        /* per instruction */
    uint32_t places[256];              /* register of each local slot: its own, or where a call left the value */
    uint32_t aliases[256];             /* LOCAL entries of each slot */
    uint32_t slot_count;               /* base: registers of entries come behind those of slots */
    uint32_t floor;                    /* first register free for entries: base, or behind slots that live among them */
    uint32_t high;                     /* registers used so far */
    uint32_t moved_count;              /* slots that are not in their own register */
    uint32_t label;                    /* instruction that a jump was last seen to lead to */
    uint32_t fresh;                    /* instruction + 1 whose only effect is a value in a register: the last one, or 0 */
    uint32_t births;                   /* entries pushed so far */
    uint32_t pc;
} rf_fus_v1_translator;

/* Where translation goes on. */
#define RF_FUS_V1_STOP UINT32_MAX

/* ---- fzb1_emit.c: instructions, tables, entries ---- */
void rf_fus_v1_fail(rf_fus_v1_translator *t, const char *wrong);
void rf_fus_v1_fail_memory(rf_fus_v1_translator *t);
static inline bool rf_fus_v1_failed(const rf_fus_v1_translator *t) { return t->wrong || t->no_memory; }
uint32_t rf_fus_v1_emit(rf_fus_v1_translator *t, rf_fus_code word); /* its place */
/* The same for an instruction that does nothing but put a value into its register A. */
void rf_fus_v1_emit_value(rf_fus_v1_translator *t, rf_fus_code word);
void rf_fus_v1_move(rf_fus_v1_translator *t, uint32_t to, uint32_t from);
void rf_fus_v1_load(rf_fus_v1_translator *t, uint32_t to, rf_fus_value value);
/* Register `reg` is used. */
void rf_fus_v1_touch(rf_fus_v1_translator *t, uint32_t reg);
/* Raises an exception with that text; the path ends. */
void rf_fus_v1_raise_text(rf_fus_v1_translator *t, const char *format, ...) RF_PRINTF(2, 3);
uint32_t rf_fus_v1_constant(rf_fus_v1_translator *t, rf_fus_value value);
uint32_t rf_fus_v1_text_constant(rf_fus_v1_translator *t, rf_slice text);
uint16_t rf_fus_v1_symbol(rf_fus_v1_translator *t, rf_slice name);
uint16_t rf_fus_v1_library(rf_fus_v1_translator *t, const rf_fus_lib_row *row);
uint16_t rf_fus_v1_shape(rf_fus_v1_translator *t, const rf_fus_symbol **fields, uint32_t count);
/* The function of a closure constant, translated later. Without captures there is one per constant. */
uint16_t rf_fus_v1_proto(rf_fus_v1_translator *t, rf_fus_v1_value *closure, uint32_t *captures, uint32_t count, bool has_cells);

/* ---- fzb1_stack.c: entries ---- */
uint32_t rf_fus_v1_free_register(const rf_fus_v1_translator *t); /* behind the last entry */
rf_fus_v1_entry *rf_fus_v1_push(rf_fus_v1_translator *t, rf_fus_v1_kind kind, uint32_t home); /* never NULL */
void rf_fus_v1_pop(rf_fus_v1_translator *t, uint32_t count);
/* Entry `i` from the top (0: top). */
static inline rf_fus_v1_entry *rf_fus_v1_top(rf_fus_v1_translator *t, uint32_t i) { return &t->stack.items[t->stack.count - 1 - i]; }
/* A register to read it from. */
uint32_t rf_fus_v1_use(rf_fus_v1_translator *t, rf_fus_v1_entry *entry);
/* Its value goes into `to`, which is no higher than its home or behind all entries. */
void rf_fus_v1_put(rf_fus_v1_translator *t, rf_fus_v1_entry *entry, uint32_t to);
/* The `count` entries from index `first` on go into the registers from `to` on, in order; none of these is above the home
 * of the entry it is for. `expected`, unless NULL: entries that are constants there stay constants. */
void rf_fus_v1_settle(rf_fus_v1_translator *t, uint32_t first, uint32_t count, uint32_t to, const rf_fus_v1_entry *expected);
/* LOCAL entries of the slot get a copy: it is about to change. */
void rf_fus_v1_detach(rf_fus_v1_translator *t, uint32_t slot);
rf_fus_value rf_fus_v1_value_of(rf_fus_v1_translator *t, const rf_fus_v1_entry *entry); /* of a CONST */
bool rf_fus_v1_is_text(const rf_fus_v1_entry *entry, rf_slice *ret_text);

/* ---- fzb1_value.c: constants ---- */
/* A value that can be shared by all runs, or 0: it has to be built. */
rf_fus_value rf_fus_v1_static(rf_fus_v1_translator *t, rf_fus_v1_value *value);
/* Builds it in register `to`, with those behind it as room to work. */
void rf_fus_v1_build(rf_fus_v1_translator *t, rf_fus_v1_value *value, uint32_t to);
void rf_fus_v1_build_module(rf_fus_v1_translator *t, rf_slice name, uint32_t to);
bool rf_fus_v1_is_module(rf_slice name);
/* A function of the original's library, or of the host; NULL: none. */
const rf_fus_lib_row *rf_fus_v1_find(const rf_fus_v1_translator *t, rf_slice name);
rf_fus_value rf_fus_v1_static_items(rf_fus_v1_translator *t, rf_fus_type_tag type, const rf_fus_value *items, uint32_t count);

/* ---- fzb1_jump.c: blocks ---- */
/* Emits a conditional jump to `target`; the stack is as it will be there. */
void rf_fus_v1_branch(rf_fus_v1_translator *t, rf_fus_code word, uint32_t target);
/* Code runs, or (`jumps`) jumps, into `pc`: where to go on. */
uint32_t rf_fus_v1_arrive(rf_fus_v1_translator *t, uint32_t pc, bool jumps);
void rf_fus_v1_translate_blocks(rf_fus_v1_translator *t);

/* ---- fzb1_ops.c and fzb1_make.c: one instruction; where to go on ---- */
uint32_t rf_fus_v1_step(rf_fus_v1_translator *t, uint32_t pc);
/* Whether the next instruction belongs to this one alone and has that tag. */
bool rf_fus_v1_next_is(const rf_fus_v1_translator *t, uint32_t pc, rf_fus_v1_tag tag);
void rf_fus_v1_make_items(rf_fus_v1_translator *t, rf_fus_opcode op, uint32_t count);
void rf_fus_v1_make_record(rf_fus_v1_translator *t, uint32_t count, bool is_update);
void rf_fus_v1_make_variant(rf_fus_v1_translator *t, uint32_t count);
void rf_fus_v1_make_closure(rf_fus_v1_translator *t, const rf_fus_v1_op *op);
/* False: the path ends. */
bool rf_fus_v1_load_global(rf_fus_v1_translator *t, rf_slice name);
bool rf_fus_v1_get_field(rf_fus_v1_translator *t);
bool rf_fus_v1_call(rf_fus_v1_translator *t, uint32_t count, bool is_tail);
bool rf_fus_v1_call_library(rf_fus_v1_translator *t, const char *name, const uint8_t *order, uint32_t count);

#endif
