/* compile_binary.c: operators: arithmetic, joining of strings, and where the others are. */
#include "script/fusabi/compile_internal.h"

#include <assert.h>

enum { CONCATN_MAX = 250 };

static bool is_arithmetic(const rf_fus_expr *e) {
    return e->kind == RF_FUS_E_BINARY && e->op <= RF_FUS_OP_POW;
}

static rf_fus_opcode opcode_of(const rf_fus_expr *e) {
    static const uint8_t plain[] = { RF_FUS_I_ADD, RF_FUS_I_SUB, RF_FUS_I_MUL, RF_FUS_I_DIV, RF_FUS_I_MOD, RF_FUS_I_POW };
    static const uint8_t floats[] = { RF_FUS_I_FADD, RF_FUS_I_FSUB, RF_FUS_I_FMUL, RF_FUS_I_FDIV, RF_FUS_I_MOD, RF_FUS_I_POW };
    return (rf_fus_opcode)(e->proof == RF_FUS_PROVEN_FLOAT ? floats : plain)[e->op];
}

/* The form with a small int on the right, if there is one. */
static bool immediate_form(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_opcode *ret_op, int16_t *ret) {
    static const uint8_t forms[] = { RF_FUS_I_ADDI, RF_FUS_I_SUBI, RF_FUS_I_MULI, RF_FUS_I_DIVI, RF_FUS_I_MODI };
    if (e->op > RF_FUS_OP_MOD || !rf_fus_immediate(g, e->items[1], ret))
        return false;
    if (e->op >= RF_FUS_OP_DIV && (*ret == 0 || *ret == -1))
        return false;
    *ret_op = (rf_fus_opcode)forms[e->op];
    return true;
}

/* One step of a chain: left (a register) and the right operand, into `into`. */
static void gen_step(rf_fus_gen *g, const rf_fus_expr *e, uint16_t left, uint16_t into) {
    uint32_t mark = g->top;
    int16_t immediate;
    rf_fus_opcode op;
    if (immediate_form(g, e, &op, &immediate)) {
        rf_fus_emit_at(g, e->at_op, RF_FUS_MAKE(op, 0, into, left, immediate));
    } else {
        uint16_t right = rf_fus_gen_operand(g, e->items[1]);
        rf_fus_emit_at(g, e->at_op, RF_FUS_MAKE(opcode_of(e), 0, into, left, right));
    }
    g->top = mark;
}

/* 2 * x as x * 2: only when both are ints, for messages name the operands in order. */
static bool gen_mirrored(rf_fus_gen *g, const rf_fus_expr *e, uint16_t into) {
    int16_t immediate;
    if (e->proof != RF_FUS_PROVEN_INT || (e->op != RF_FUS_OP_ADD && e->op != RF_FUS_OP_MUL) ||
        !rf_fus_immediate(g, e->items[0], &immediate))
        return false;
    uint32_t mark = g->top;
    uint16_t right = rf_fus_gen_operand(g, e->items[1]);
    rf_fus_emit_at(g, e->at_op, RF_FUS_MAKE(e->op == RF_FUS_OP_ADD ? RF_FUS_I_ADDI : RF_FUS_I_MULI, 0, into, right, immediate));
    g->top = mark;
    return true;
}

/* The leftmost operand may use the goal's register when that holds nothing yet. */
static uint16_t first_operand(rf_fus_gen *g, const rf_fus_expr *left, const rf_fus_expr *later, uint16_t into) {
    uint16_t have = rf_fus_register_of(g, left);
    if (have != RF_FUS_NO_REGISTER || into + 1u != g->top)
        return rf_fus_gen_operand_before(g, left, later);
    rf_fus_gen_expr(g, left, into);
    return into;
}

/* a + b - c …: chains lean to the left and may be long. */
static void gen_arithmetic(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal) {
    uint16_t into = rf_fus_goal_register(g, goal);
    bool is_fresh = into + 1u == g->top;
    size_t mark = g->spine.count;
    const rf_fus_expr *left = e;
    rf_fus_value constant;
    do {
        if (!RF_FUS_PUSH(&g->spine, left)) {
            g->no_memory = true;
            return;
        }
        left = rf_fus_gen_bare(left->items[0]);
    } while (is_arithmetic(left) && !rf_fus_constant_of(g, left, &constant));
    uint16_t so_far = into;
    bool is_variable = false;
    if (g->spine.count == mark + 1 && gen_mirrored(g, e, into)) {
        g->spine.count--;
    } else {
        so_far = first_operand(g, left, g->spine.items[g->spine.count - 1]->items[1], into);
        is_variable = rf_fus_register_of(g, left) == so_far;
    }
    while (g->spine.count > mark) {
        const rf_fus_expr *step = g->spine.items[--g->spine.count];
        uint16_t target = g->spine.count == mark || (is_variable && is_fresh) ? into : is_variable ? rf_fus_temp(g) : so_far;
        gen_step(g, step, so_far, target);
        so_far = target;
        is_variable = false;
    }
    rf_fus_finish(g, goal, into);
}

const rf_fus_expr *rf_fus_gen_negate(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    uint16_t into = rf_fus_goal_register(g, goal);
    rf_fus_value constant;
    if (rf_fus_constant_of(g, e, &constant)) {
        rf_fus_load(g, into, constant);
    } else {
        uint16_t value = rf_fus_gen_operand(g, e->items[0]);
        rf_fus_emit_at(g, e->at, RF_FUS_MAKE(RF_FUS_I_NEG, 0, into, value, 0));
    }
    rf_fus_finish(g, goal, into);
    return NULL;
}

void rf_fus_gen_not(rf_fus_gen *g, const rf_fus_expr *operand, rf_fus_goal goal, rf_fus_at at) {
    uint16_t into = rf_fus_goal_register(g, goal);
    uint16_t value = rf_fus_gen_operand(g, operand);
    rf_fus_emit_at(g, at, RF_FUS_MAKE(RF_FUS_I_NOT, 0, into, value, 0));
    rf_fus_finish(g, goal, into);
}

static bool is_concat(const rf_fus_expr *e) { return e->kind == RF_FUS_E_BINARY && e->op == RF_FUS_OP_CONCAT; }

/* Operands in order, joined at once: no strings are made in between. What is no string is told as by pairs. */
static void concat_all(rf_fus_gen *g, const rf_fus_expr *e, uint32_t count, rf_fus_goal goal) {
    rf_fus_expr **items = rf_arena_alloc(g->arena, count * sizeof *items);
    if (!items) {
        g->no_memory = true;
        return;
    }
    const rf_fus_expr *left = e;
    for (uint32_t i = count; i-- > 1; left = rf_fus_gen_bare(left->items[0]))
        items[i] = left->items[1];
    items[0] = (rf_fus_expr *)(uintptr_t)left;
    uint16_t into = rf_fus_goal_register(g, goal), first = rf_fus_gen_run(g, items, count, goal);
    rf_fus_emit_at(g, e->at_op, RF_FUS_MAKE(RF_FUS_I_CONCATN, count, into, first, 0));
    rf_fus_finish(g, goal, into);
}

/* The innermost pairs of a long chain come first. */
static void concat_pairs(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal) {
    size_t mark = g->spine.count;
    const rf_fus_expr *left = e;
    for (; is_concat(left); left = rf_fus_gen_bare(left->items[0]))
        if (!RF_FUS_PUSH(&g->spine, left)) {
            g->no_memory = true;
            return;
        }
    uint16_t into = rf_fus_goal_register(g, goal);
    uint16_t so_far = first_operand(g, left, g->spine.items[g->spine.count - 1]->items[1], into);
    bool is_variable = rf_fus_register_of(g, left) == so_far;
    while (g->spine.count > mark) {
        const rf_fus_expr *step = g->spine.items[--g->spine.count];
        uint32_t top = g->top;
        uint16_t right = rf_fus_gen_operand(g, step->items[1]);
        g->top = top;
        uint16_t target = g->spine.count == mark ? into : is_variable ? rf_fus_temp(g) : so_far;
        rf_fus_emit_at(g, step->at_op, RF_FUS_MAKE(RF_FUS_I_CONCAT, 0, target, so_far, right));
        so_far = target;
        is_variable = false;
    }
    rf_fus_finish(g, goal, into);
}

/* a ++ b ++ c */
static void gen_concat(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal) {
    uint32_t count = 1;
    for (const rf_fus_expr *left = e; is_concat(left); left = rf_fus_gen_bare(left->items[0]))
        count++;
    if (count > 2 && count <= CONCATN_MAX && !g->options->no_optimise)
        concat_all(g, e, count, goal);
    else
        concat_pairs(g, e, goal);
}

const rf_fus_expr *rf_fus_gen_binary(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    rf_fus_value constant;
    const rf_fus_expr *operand = rf_fus_not_operand(e);
    if (operand) {
        rf_fus_gen_not(g, operand, goal, e->at);
        return NULL;
    }
    switch (e->op) {
    case RF_FUS_OP_CONCAT: gen_concat(g, e, goal); break;
    case RF_FUS_OP_CONS: rf_fus_gen_cons(g, e, goal); break;
    case RF_FUS_OP_PIPE:
    case RF_FUS_OP_PIPE_BACK: rf_fus_gen_pipe(g, e, goal); break;
    default:
        if (e->op >= RF_FUS_OP_EQ) {
            rf_fus_gen_truth(g, e, goal);
        } else if (rf_fus_constant_of(g, e, &constant)) {
            uint16_t into = rf_fus_goal_register(g, goal);
            rf_fus_load(g, into, constant);
            rf_fus_finish(g, goal, into);
        } else {
            gen_arithmetic(g, e, goal);
        }
        break;
    }
    return NULL;
}
