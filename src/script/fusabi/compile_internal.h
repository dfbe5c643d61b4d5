/* compile_internal.h: the code generator's state and parts; between compile*.c only. */
#ifndef RF_SCRIPT_FUSABI_COMPILE_INTERNAL_H
#define RF_SCRIPT_FUSABI_COMPILE_INTERNAL_H

#include "script/fusabi/compile.h"
#include "script/fusabi/library.h"
#include "script/fusabi/opcode.h"

/*
 * Functions are generated one after the other, each as a whole, in order of the source. Registers: parameters, then a
 * stack of named values and temporaries (`top`). Every expression is told where its value belongs:
 */
typedef int32_t rf_fus_goal;
enum {
    RF_FUS_DROP = -1, /* nowhere: run it for what it does */
    RF_FUS_TAIL = -2, /* the function returns it */
};                    /* else: a register. It is written last of all, except when it is the topmost one, which then holds nothing yet */

/* Jumps that lead to one place not yet known: index + 1 into `sites`; 0: none. */
typedef struct rf_fus_jumps { uint32_t head; } rf_fus_jumps;
typedef struct rf_fus_site { uint32_t pc, next; } rf_fus_site;

/* What `break` and `continue` must leave, innermost first. */
typedef enum rf_fus_context_kind { RF_FUS_IN_LOOP, RF_FUS_IN_TRY, RF_FUS_IN_FINALLY } rf_fus_context_kind;
typedef struct rf_fus_context {
    rf_fus_context_kind kind;
    struct rf_fus_context *outer;
    rf_fus_jumps breaks, continues; /* LOOP; FINALLY: `breaks` are all that go to its last part */
    uint32_t top;                   /* LOOP: first instruction, for loops that `continue` by going back to it */
    bool goes_back;
    uint16_t flag;                  /* FINALLY: register that says what comes behind: RF_FUS_THEN_* */
    bool has_break, has_continue;
} rf_fus_context;
enum { RF_FUS_THEN_ON, RF_FUS_THEN_RAISE, RF_FUS_THEN_BREAK, RF_FUS_THEN_CONTINUE };

/* An error that is raised behind the function's code: MATCHFAIL, or that a register holds no list. */
typedef struct rf_fus_late_fail { rf_fus_jumps from; rf_fus_at at; uint16_t no_list; } rf_fus_late_fail;

/* Indexes by content: open addressing, `cap` a power of two; entries are index + 1. */
typedef struct rf_fus_index { uint32_t *slots, cap, count; } rf_fus_index;

typedef struct rf_fus_gen {
    rf_arena *arena;
    rf_fus_engine *engine;
    rf_fus_diags *diags;
    const rf_fus_texts *texts;
    const rf_fus_resolved *resolved;
    const rf_fus_compile_options *options;
    rf_fus_program *program;
    /* of the program */
    RF_VEC(rf_fus_value) constants;
    RF_VEC(const rf_fus_symbol *) symbols;
    RF_VEC(const rf_fus_shape *) shapes;
    RF_VEC(const rf_fus_lib_row *) library;
    rf_fus_index constant_index, symbol_index, shape_index, library_index;
    uint16_t *main_registers; /* by slot of a global: main's copy, or NO_REGISTER */
    /* of the function being generated */
    rf_fus_function *fn;
    rf_fus_proto *proto;
    RF_VEC(rf_fus_code) code;
    RF_VEC(rf_fus_spot) spots;
    RF_VEC(rf_fus_site) sites;
    RF_VEC(rf_fus_late_fail) fails;
    RF_VEC(const rf_fus_expr *) spine; /* left-deep chains under way */
    RF_VEC(const rf_fus_pat *) pats;
    rf_fus_context *context;
    uint32_t top, high;
    bool keeps_registers;     /* main keeps the registers of what it defines */
    int32_t builder;          /* first register of the list under construction, or -1 */
    uint32_t label;           /* the last place that a jump leads to: nothing is merged across it */
    bool dead;                /* no way leads here: nothing is emitted */
    bool long_jumps;          /* tests reach farther than 32767 instructions */
    bool needs_long_jumps;    /* they must: the function is generated again */
    /* places */
    const rf_fus_loaded *text;
    uint32_t line;            /* index of the line that `line_start` begins */
    rf_fus_at line_start, line_end, last_at;
    bool line_is_ascii;
    uint32_t depth, tries;
    bool no_memory, too_large, too_deep;
} rf_fus_gen;

#define RF_FUS_NO_REGISTER UINT16_MAX
#define RF_FUS_GEN_DEPTH 3000u        /* of C calls; deeper texts are refused */
#define RF_FUS_GEN_TRIES 199u         /* inside each other: the verifier follows no more */
#define RF_FUS_MAIN_REGISTERS 400u    /* beyond it, main reads its globals from their slots */

/* rf_vec_push without a call while there is room. */
#define RF_FUS_PUSH(vec, ...) ((RF_LIKELY((vec)->count < (vec)->cap) || rf_vec_room(vec)) ? ((vec)->items[(vec)->count++] = (__VA_ARGS__), true) : false)

/* ---- compile_emit.c ---- */
/* Appends an instruction; `emit_at`: one that may raise or call, whose place is kept. */
void rf_fus_emit(rf_fus_gen *g, rf_fus_code word);
void rf_fus_emit_at(rf_fus_gen *g, rf_fus_at at, rf_fus_code word);
/* The next instruction may raise: its place. */
void rf_fus_mark(rf_fus_gen *g, rf_fus_at at);
/* Appends a jump (an instruction whose offset is still 0) to `list`. */
void rf_fus_emit_jump(rf_fus_gen *g, rf_fus_jumps *list, rf_fus_code word);
/* All jumps of the list lead to the next instruction. */
void rf_fus_land(rf_fus_gen *g, rf_fus_jumps *list);
/* Adds the jumps of `from` to `list`. */
void rf_fus_jumps_join(rf_fus_gen *g, rf_fus_jumps *list, rf_fus_jumps from);
/* A place to jump back to, and the jump (LOOP, FORLOOP). */
uint32_t rf_fus_here(rf_fus_gen *g);
void rf_fus_emit_back(rf_fus_gen *g, rf_fus_opcode op, uint16_t a, uint32_t target);
/* The next free register. */
uint16_t rf_fus_temp(rf_fus_gen *g);
uint16_t rf_fus_temps(rf_fus_gen *g, uint32_t count);
/* Reports once that something exceeds what an instruction can hold. */
void rf_fus_too_large(rf_fus_gen *g, const char *what);

/* ---- compile_tables.c ---- */
uint32_t rf_fus_constant(rf_fus_gen *g, rf_fus_value value);
rf_fus_value rf_fus_constant_string(rf_fus_gen *g, rf_slice text); /* static, one per text */
uint16_t rf_fus_symbol_index(rf_fus_gen *g, rf_slice name);
uint16_t rf_fus_shape_number(rf_fus_gen *g, const rf_fus_symbol **fields, uint32_t count, const rf_fus_shape **ret_shape);
uint16_t rf_fus_library_index(rf_fus_gen *g, const rf_fus_lib_row *row);
void rf_fus_tables_done(rf_fus_gen *g);

/* ---- compile_constant.c ---- */
/* The value of an expression that is the same every time: literals, lists and tuples of them, constructors without
 * fields, sums of literals. False: it is none. */
bool rf_fus_constant_of(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_value *ret);
/* The small int that `e` is, for an instruction with room for one. */
bool rf_fus_immediate(rf_fus_gen *g, const rf_fus_expr *e, int16_t *ret);
void rf_fus_load(rf_fus_gen *g, uint16_t into, rf_fus_value value);

/* ---- compile_expr.c ---- */
/* What is left of an expression for the same goal, or NULL: chains do not nest in C. Jumps added to `end` lead behind it. */
typedef const rf_fus_expr *rf_fus_gen_step(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end);
void rf_fus_gen_expr(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal);
/* A register that has the value: the variable's own, or a new one. */
uint16_t rf_fus_gen_operand(rf_fus_gen *g, const rf_fus_expr *e);
/* The same, when `later` is evaluated before the value is used (and may change the variable). */
uint16_t rf_fus_gen_operand_before(rf_fus_gen *g, const rf_fus_expr *e, const rf_fus_expr *later);
/* A new register that has the value. */
uint16_t rf_fus_value_in(rf_fus_gen *g, const rf_fus_expr *e);
/* The register that an instruction should write for this goal, and what must follow it. */
uint16_t rf_fus_goal_register(rf_fus_gen *g, rf_fus_goal goal);
void rf_fus_finish(rf_fus_gen *g, rf_fus_goal goal, uint16_t value);
void rf_fus_finish_unit(rf_fus_gen *g, rf_fus_goal goal);
/* The register where a run of values for this goal may begin: the goal itself when nothing is above it. */
uint16_t rf_fus_base(rf_fus_gen *g, rf_fus_goal goal);
/* True when evaluating it neither does nor changes anything, nor can fail or be changed by what comes before it. */
bool rf_fus_is_pure(const rf_fus_expr *e);
bool rf_fus_is_unit(const rf_fus_expr *e);
static inline const rf_fus_expr *rf_fus_gen_bare(const rf_fus_expr *e) {
    while (e->kind == RF_FUS_E_TYPED)
        e = e->items[0];
    return e;
}

/* ---- compile_name.c ---- */
bool rf_fus_is_cell(const rf_fus_binding *binding);
/* The register that an immutable or uncaptured local lives in, or NO_REGISTER. */
uint16_t rf_fus_register_of(rf_fus_gen *g, const rf_fus_expr *e);
rf_fus_gen_step rf_fus_gen_name, rf_fus_gen_assign, rf_fus_gen_lambda;
void rf_fus_load_binding(rf_fus_gen *g, const rf_fus_binding *binding, uint16_t into);
/* A closure; `captures` of its proto are filled. */
void rf_fus_gen_closure(rf_fus_gen *g, const rf_fus_function *fn, uint16_t into);
/* What a name ends up at: through `let g = f`, and through annotations. */
const rf_fus_expr *rf_fus_follow_name(const rf_fus_expr *e);
static inline const rf_fus_expr *rf_fus_follow(const rf_fus_expr *e) {
    return e->kind == RF_FUS_E_NAME || e->kind == RF_FUS_E_TYPED ? rf_fus_follow_name(e) : e;
}
/* The function that a binding is known to be, or NULL. */
const rf_fus_function *rf_fus_known(const rf_fus_binding *binding);

/* ---- compile_binary.c ---- */
rf_fus_gen_step rf_fus_gen_binary, rf_fus_gen_negate;
void rf_fus_gen_not(rf_fus_gen *g, const rf_fus_expr *operand, rf_fus_goal goal, rf_fus_at at);

/* ---- compile_condition.c ---- */
/* Jumps to `list` when the value is (`want`) or is not true, and goes on otherwise. `is_strict`: it must be a bool. */
void rf_fus_gen_condition(rf_fus_gen *g, const rf_fus_expr *e, bool want, bool is_strict, rf_fus_jumps *list);
/* A comparison, && or || as a value. */
void rf_fus_gen_truth(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal);
rf_fus_gen_step rf_fus_gen_if;
/* The operand when `e` is `not operand`. */
const rf_fus_expr *rf_fus_not_operand(const rf_fus_expr *e);
bool rf_fus_is_comparison(const rf_fus_expr *e);

/* ---- compile_call.c ---- */
rf_fus_gen_step rf_fus_gen_apply, rf_fus_gen_method;
void rf_fus_gen_pipe(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal);

/* ---- compile_data.c ---- */
rf_fus_gen_step rf_fus_gen_tuple, rf_fus_gen_list, rf_fus_gen_array, rf_fus_gen_record, rf_fus_gen_with, rf_fus_gen_ctor, rf_fus_gen_field,
    rf_fus_gen_index, rf_fus_gen_update, rf_fus_gen_interp;
/* The values in registers that follow each other; returns the first: a variable's, the goal's where that can be, or new. */
uint16_t rf_fus_gen_run(rf_fus_gen *g, rf_fus_expr *const *items, uint32_t count, rf_fus_goal goal);
void rf_fus_gen_cons(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal);

/* ---- compile_let.c ---- */
rf_fus_gen_step rf_fus_gen_let;
/* Definitions; what they bind keeps its registers until the caller resets `top`. */
void rf_fus_gen_binds(rf_fus_gen *g, rf_fus_bind *binds, uint32_t count, bool is_rec);
/* A value in a register that nothing changes becomes the value of a name. */
void rf_fus_bind_register(rf_fus_gen *g, rf_fus_binding *binding, uint16_t value);
/* A register with a value that nothing will change: an immutable variable's own, or a new one. */
uint16_t rf_fus_stable(rf_fus_gen *g, const rf_fus_expr *e);
/* Parameters: registers to names. */
void rf_fus_gen_params(rf_fus_gen *g, const rf_fus_expr *lambda);

/* ---- compile_pattern.c ---- */
/* What a pattern is tested against: a register, or the items of a tuple that is never made. */
typedef struct rf_fus_subject {
    uint16_t value;        /* NO_REGISTER: there are `items` only */
    const uint16_t *items; /* of a tuple of `count`; NO_REGISTER: not looked at; NULL: not taken apart */
    uint32_t count;
} rf_fus_subject;
/* Tests and binds; jumps to `fail` when it does not match. */
void rf_fus_gen_pattern(rf_fus_gen *g, const rf_fus_pat *pat, rf_fus_subject subject, rf_fus_jumps *fail);
/* The same for a pattern that must match: MATCHFAIL otherwise. */
void rf_fus_gen_pattern_or_fail(rf_fus_gen *g, const rf_fus_pat *pat, rf_fus_subject subject);
void rf_fus_fail_late(rf_fus_gen *g, rf_fus_jumps from, rf_fus_at at);
void rf_fus_no_list_late(rf_fus_gen *g, rf_fus_jumps from, rf_fus_at at, uint16_t value);
bool rf_fus_always_matches(const rf_fus_pat *pat);
/* The fields of a constructor pattern, and of a list pattern, whose outermost test has passed. */
void rf_fus_gen_ctor_parts(rf_fus_gen *g, const rf_fus_pat *pat, uint16_t value, rf_fus_jumps *fail);
void rf_fus_gen_list_parts(rf_fus_gen *g, const rf_fus_pat *pat, uint16_t value, rf_fus_jumps *fail);

/* ---- compile_match.c ---- */
rf_fus_gen_step rf_fus_gen_match;
/* Arms against a value; `fail` gets the jumps taken when none matches. */
void rf_fus_gen_arms(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_subject subject, rf_fus_goal goal, rf_fus_jumps *fail);

/* ---- compile_loop.c ---- */
rf_fus_gen_step rf_fus_gen_while, rf_fus_gen_for_in, rf_fus_gen_for_to, rf_fus_gen_leave, rf_fus_gen_try, rf_fus_gen_finally,
    rf_fus_gen_from, rf_fus_gen_yield;

/* ---- compile_program.c ---- */
/* The items of the file: main's body. */
void rf_fus_gen_main(rf_fus_gen *g, const rf_fus_ast *ast);

#endif
