/* compile_condition.c: conditions as jumps, comparisons, && and ||, if. */
#include "script/fusabi/compile_internal.h"
#include "script/fusabi/resolve_internal.h"

#include "base/slice.h"

#include <assert.h>

bool rf_fus_is_comparison(const rf_fus_expr *e) {
    return e->kind == RF_FUS_E_BINARY && e->op >= RF_FUS_OP_EQ && e->op <= RF_FUS_OP_GE;
}

static bool is_logic(const rf_fus_expr *e) {
    return e->kind == RF_FUS_E_BINARY && (e->op == RF_FUS_OP_AND || e->op == RF_FUS_OP_OR);
}

const rf_fus_expr *rf_fus_not_operand(const rf_fus_expr *e) {
    const rf_fus_expr *function = NULL, *operand = NULL;
    if (e->kind == RF_FUS_E_APPLY && e->count == 2) {
        function = e->items[0];
        operand = e->items[1];
    } else if (e->kind == RF_FUS_E_BINARY && e->op == RF_FUS_OP_PIPE) {
        function = e->items[1];
        operand = e->items[0];
    } else {
        return NULL;
    }
    function = rf_fus_follow(function);
    return function->kind == RF_FUS_E_NAME && function->library && strcmp(function->library->name, "not") == 0 ? operand : NULL;
}

/* Certain to be a bool when it has a value at all. */
static bool is_bool(const rf_fus_expr *e) {
    e = rf_fus_gen_bare(e);
    return e->kind == RF_FUS_E_BOOL || rf_fus_is_comparison(e) || is_logic(e) || rf_fus_not_operand(e);
}

/* By operator: the jumps taken when it holds; the one behind each is taken when it does not. */
static rf_fus_opcode compare_jump(rf_fus_op op, bool want, bool has_immediate) {
    static const uint8_t jumps[] = { RF_FUS_I_JEQ, RF_FUS_I_JNE, RF_FUS_I_JLT, RF_FUS_I_JLE, RF_FUS_I_JGT, RF_FUS_I_JGE };
    unsigned base = jumps[op - RF_FUS_OP_EQ];
    if (op == RF_FUS_OP_NE) {
        base = RF_FUS_I_JEQ;
        want = !want;
    }
    return (rf_fus_opcode)(base + !want + (has_immediate ? RF_FUS_I_JEQI - RF_FUS_I_JEQ : 0));
}

/* a < b as b > a. */
static rf_fus_op mirrored(rf_fus_op op) {
    switch (op) {
    case RF_FUS_OP_LT: return RF_FUS_OP_GT;
    case RF_FUS_OP_LE: return RF_FUS_OP_GE;
    case RF_FUS_OP_GT: return RF_FUS_OP_LT;
    case RF_FUS_OP_GE: return RF_FUS_OP_LE;
    default: return op;
    }
}

/* Equality with a constant. */
static bool jump_constant(rf_fus_gen *g, const rf_fus_expr *e, const rf_fus_expr *value, const rf_fus_expr *other, bool want,
                          rf_fus_jumps *list) {
    rf_fus_value constant;
    if (e->op > RF_FUS_OP_NE || !rf_fus_constant_of(g, other, &constant))
        return false;
    uint32_t index = rf_fus_constant(g, constant);
    if (index > UINT16_MAX)
        return false;
    uint16_t left = rf_fus_gen_operand(g, value);
    bool equal = (e->op == RF_FUS_OP_EQ) == want;
    if (constant == RF_FUS_NIL && !equal)
        rf_fus_emit_jump(g, list, RF_FUS_MAKEX(RF_FUS_I_JNNIL, 0, left, 0));
    else
        rf_fus_emit_jump(g, list, RF_FUS_MAKE(equal ? RF_FUS_I_JEQK : RF_FUS_I_JNEK, 0, left, index, 0));
    return true;
}

/* A jump that may raise keeps its place. */
static void emit_compare(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_jumps *list, rf_fus_code word) {
    if (e->op > RF_FUS_OP_NE)
        rf_fus_mark(g, e->at_op);
    rf_fus_emit_jump(g, list, word);
}

static void jump_comparison(rf_fus_gen *g, const rf_fus_expr *e, bool want, rf_fus_jumps *list) {
    const rf_fus_expr *left = e->items[0], *right = e->items[1];
    uint32_t mark = g->top;
    int16_t immediate;
    if (rf_fus_immediate(g, right, &immediate)) {
        uint16_t value = rf_fus_gen_operand(g, left);
        emit_compare(g, e, list, RF_FUS_MAKE(compare_jump(e->op, want, true), 0, value, immediate, 0));
    } else if ((e->op <= RF_FUS_OP_NE || e->proof == RF_FUS_PROVEN_INT) && rf_fus_immediate(g, left, &immediate)) {
        uint16_t value = rf_fus_gen_operand(g, right);
        emit_compare(g, e, list, RF_FUS_MAKE(compare_jump(mirrored(e->op), want, true), 0, value, immediate, 0));
    } else if (!jump_constant(g, e, left, right, want, list) && !jump_constant(g, e, right, left, want, list)) {
        uint16_t a = rf_fus_gen_operand_before(g, left, right), b = rf_fus_gen_operand(g, right);
        emit_compare(g, e, list, RF_FUS_MAKE(compare_jump(e->op, want, false), 0, a, b, 0));
    }
    g->top = mark;
}

/* A chain of one operator: all but the last operand decide by themselves when they are what the operator looks for. */
static void jump_logic(rf_fus_gen *g, const rf_fus_expr *e, bool want, rf_fus_jumps *list) {
    rf_fus_op op = e->op;
    bool decides = op == RF_FUS_OP_OR; /* the value of an operand that ends the chain */
    size_t mark = g->spine.count;
    const rf_fus_expr *left = e;
    for (; left->kind == RF_FUS_E_BINARY && left->op == op; left = rf_fus_gen_bare(left->items[0]))
        if (!RF_FUS_PUSH(&g->spine, left->items[1])) {
            g->no_memory = true;
            return;
        }
    rf_fus_jumps skip = { 0 };
    rf_fus_jumps *decided = decides == want ? list : &skip;
    rf_fus_gen_condition(g, left, decides, true, decided);
    while (g->spine.count > mark + 1)
        rf_fus_gen_condition(g, g->spine.items[--g->spine.count], decides, true, decided);
    rf_fus_gen_condition(g, g->spine.items[--g->spine.count], want, true, list);
    rf_fus_land(g, &skip);
}

/* The operand when `e` is `List.isEmpty operand`. */
static const rf_fus_expr *is_empty_operand(const rf_fus_expr *e) {
    if (e->kind != RF_FUS_E_APPLY || e->count != 2)
        return NULL;
    const rf_fus_expr *function = rf_fus_follow(e->items[0]);
    bool matches = function->kind == RF_FUS_E_NAME && function->library && strcmp(function->library->name, "List.isEmpty") == 0;
    return matches ? e->items[1] : NULL;
}

/* One test for each kind of list; what is neither is an error, raised behind the function's code. */
static void jump_empty(rf_fus_gen *g, const rf_fus_expr *e, const rf_fus_expr *operand, bool want, rf_fus_jumps *list) {
    uint32_t mark = g->top;
    uint16_t value = rf_fus_gen_operand(g, operand);
    rf_fus_jumps next = { 0 }, neither = { 0 };
    rf_fus_emit_jump(g, &next, RF_FUS_MAKEX(want ? RF_FUS_I_JNNIL : RF_FUS_I_JNCONS, 0, value, 0));
    rf_fus_emit_jump(g, list, RF_FUS_MAKEX(RF_FUS_I_JMP, 0, 0, 0));
    rf_fus_land(g, &next);
    rf_fus_emit_jump(g, &neither, RF_FUS_MAKEX(want ? RF_FUS_I_JNCONS : RF_FUS_I_JNNIL, 0, value, 0));
    rf_fus_no_list_late(g, neither, e->at, value);
    g->top = mark;
}

static void jump_value(rf_fus_gen *g, const rf_fus_expr *e, bool want, bool is_strict, rf_fus_jumps *list) {
    uint32_t mark = g->top;
    uint16_t value = rf_fus_gen_operand(g, e);
    rf_fus_opcode op = is_strict ? want ? RF_FUS_I_JTB : RF_FUS_I_JFB : want ? RF_FUS_I_JT : RF_FUS_I_JF;
    if (is_strict)
        rf_fus_mark(g, e->at);
    rf_fus_emit_jump(g, list, RF_FUS_MAKEX(op, 0, value, 0));
    g->top = mark;
}

void rf_fus_gen_condition(rf_fus_gen *g, const rf_fus_expr *e, bool want, bool is_strict, rf_fus_jumps *list) {
    const rf_fus_expr *negated;
    e = rf_fus_gen_bare(e);
    for (; (negated = rf_fus_not_operand(e)); is_strict = true, want = !want)
        e = rf_fus_gen_bare(negated);
    if (g->depth >= RF_FUS_GEN_DEPTH) {
        g->too_deep = true;
        return;
    }
    g->depth++;
    const rf_fus_expr *plain = rf_fus_follow(e), *operand = is_empty_operand(e);
    if (operand) {
        jump_empty(g, e, operand, want, list);
    } else if (plain->kind == RF_FUS_E_BOOL) {
        if (plain->flag == want)
            rf_fus_emit_jump(g, list, RF_FUS_MAKEX(RF_FUS_I_JMP, 0, 0, 0));
    } else if (rf_fus_is_comparison(e)) {
        jump_comparison(g, e, want, list);
    } else if (is_logic(e)) {
        jump_logic(g, e, want, list);
    } else {
        jump_value(g, e, want, is_strict, list);
    }
    g->depth--;
}

/* The comparison as an instruction with a result. */
static void gen_comparison(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal) {
    static const uint8_t opcodes[] = { RF_FUS_I_EQ, RF_FUS_I_NE, RF_FUS_I_LT, RF_FUS_I_LE, RF_FUS_I_GT, RF_FUS_I_GE };
    uint16_t into = rf_fus_goal_register(g, goal);
    uint16_t a = rf_fus_gen_operand_before(g, e->items[0], e->items[1]), b = rf_fus_gen_operand(g, e->items[1]);
    rf_fus_emit_at(g, e->at_op, RF_FUS_MAKE(opcodes[e->op - RF_FUS_OP_EQ], 0, into, a, b));
    rf_fus_finish(g, goal, into);
}

/* A call at the end of && or || that is the function's own end: it stays a tail call, whatever it returns. */
static bool is_tail_call(const rf_fus_expr *e) {
    e = rf_fus_gen_bare(e);
    return e->kind == RF_FUS_E_APPLY && rf_fus_known(rf_fus_follow(e->items[0])->binding);
}

static void gen_logic(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal) {
    const rf_fus_expr *last = rf_fus_gen_bare(e->items[1]);
    bool decides = e->op == RF_FUS_OP_OR;
    rf_fus_jumps decided = { 0 }, end = { 0 };
    bool keeps_last = goal != RF_FUS_DROP && (is_bool(last) || (goal == RF_FUS_TAIL && is_tail_call(last)));
    rf_fus_gen_condition(g, keeps_last ? e->items[0] : e, decides, true, &decided);
    if (goal == RF_FUS_DROP) {
        rf_fus_land(g, &decided);
        return;
    }
    uint16_t into = 0;
    if (keeps_last) {
        rf_fus_gen_expr(g, last, goal);
    } else {
        into = rf_fus_goal_register(g, goal);
        rf_fus_load(g, into, rf_fus_of_bool(!decides));
        rf_fus_finish(g, goal, into);
    }
    rf_fus_emit_jump(g, &end, RF_FUS_MAKEX(RF_FUS_I_JMP, 0, 0, 0));
    rf_fus_land(g, &decided);
    into = rf_fus_goal_register(g, goal);
    rf_fus_load(g, into, rf_fus_of_bool(decides));
    rf_fus_finish(g, goal, into);
    rf_fus_land(g, &end);
}

void rf_fus_gen_truth(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal) {
    if (is_logic(e))
        gen_logic(g, e, goal);
    else
        gen_comparison(g, e, goal);
}

/* `if` without `else`: the branch must be unit. A call at the function's end is left to be a tail call. */
static void gen_only_branch(rf_fus_gen *g, const rf_fus_expr *branch, rf_fus_goal goal) {
    const rf_fus_expr *plain = rf_fus_gen_bare(branch);
    if (rf_fus_is_unit(plain) || (goal == RF_FUS_TAIL && plain->kind == RF_FUS_E_APPLY)) {
        rf_fus_gen_expr(g, branch, goal);
        return;
    }
    uint32_t mark = g->top;
    uint16_t value = rf_fus_gen_operand(g, branch);
    rf_fus_emit_at(g, branch->at, RF_FUS_MAKE(RF_FUS_I_CHECKUNIT, 0, value, 0, 0));
    rf_fus_finish(g, goal, value);
    g->top = mark;
}

const rf_fus_expr *rf_fus_gen_if(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    rf_fus_jumps otherwise = { 0 };
    rf_fus_gen_condition(g, e->items[0], false, false, &otherwise);
    if (e->count == 3) {
        rf_fus_gen_expr(g, e->items[1], goal);
        rf_fus_emit_jump(g, end, RF_FUS_MAKEX(RF_FUS_I_JMP, 0, 0, 0));
        rf_fus_land(g, &otherwise);
        return e->items[2];
    }
    gen_only_branch(g, e->items[1], goal);
    if (goal != RF_FUS_DROP) {
        rf_fus_emit_jump(g, end, RF_FUS_MAKEX(RF_FUS_I_JMP, 0, 0, 0));
        rf_fus_land(g, &otherwise);
        rf_fus_finish_unit(g, goal);
    } else {
        rf_fus_land(g, &otherwise);
    }
    return NULL;
}
