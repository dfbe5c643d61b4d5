/* compile_expr.c: one expression for one goal: which part of the generator has it, and what they share. */
#include "script/fusabi/compile_internal.h"
#include "script/fusabi/resolve_internal.h"

#include <assert.h>

uint16_t rf_fus_goal_register(rf_fus_gen *g, rf_fus_goal goal) {
    return goal >= 0 ? (uint16_t)goal : rf_fus_temp(g);
}

uint16_t rf_fus_base(rf_fus_gen *g, rf_fus_goal goal) {
    return goal >= 0 && (uint32_t)goal + 1 == g->top ? (uint16_t)goal : rf_fus_temp(g);
}

void rf_fus_finish(rf_fus_gen *g, rf_fus_goal goal, uint16_t value) {
    if (goal == RF_FUS_TAIL)
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_RET, 0, value, 0, 0));
    else if (goal >= 0 && goal != value)
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_MOVE, 0, goal, value, 0));
}

void rf_fus_finish_unit(rf_fus_gen *g, rf_fus_goal goal) {
    if (goal == RF_FUS_DROP)
        return;
    uint16_t into = rf_fus_goal_register(g, goal);
    rf_fus_load(g, into, RF_FUS_UNIT);
    rf_fus_finish(g, goal, into);
}

uint16_t rf_fus_value_in(rf_fus_gen *g, const rf_fus_expr *e) {
    uint16_t into = rf_fus_temp(g);
    rf_fus_gen_expr(g, e, into);
    return into;
}

uint16_t rf_fus_gen_operand(rf_fus_gen *g, const rf_fus_expr *e) {
    uint16_t have = rf_fus_register_of(g, e);
    return have != RF_FUS_NO_REGISTER ? have : rf_fus_value_in(g, e);
}

bool rf_fus_is_pure(const rf_fus_expr *e) {
    e = rf_fus_gen_bare(e);
    if (e->kind == RF_FUS_E_NAME)
        return e->library || (e->binding && !e->binding->is_mutable);
    return rf_fus_is_literal(e) || e->kind == RF_FUS_E_LAMBDA || ((e->kind == RF_FUS_E_CTOR || e->kind == RF_FUS_E_LIST) && e->count == 0);
}

/* May evaluating it assign to a variable of this function? Answers for what operands mostly are. */
static bool may_assign(const rf_fus_expr *e, int depth) {
    e = rf_fus_gen_bare(e);
    switch (e->kind) {
    case RF_FUS_E_NAME:
    case RF_FUS_E_LAMBDA: return false;
    case RF_FUS_E_BINARY:
    case RF_FUS_E_APPLY:
    case RF_FUS_E_CTOR:
    case RF_FUS_E_FIELD:
    case RF_FUS_E_INDEX:
    case RF_FUS_E_TUPLE:
        if (depth == 0 || e->count > 8)
            return true;
        for (uint32_t i = 0; i < e->count; i++)
            if (may_assign(e->items[i], depth - 1))
                return true;
        return false;
    default: return !rf_fus_is_literal(e);
    }
}

uint16_t rf_fus_gen_operand_before(rf_fus_gen *g, const rf_fus_expr *e, const rf_fus_expr *later) {
    uint16_t have = rf_fus_register_of(g, e);
    if (have == RF_FUS_NO_REGISTER || (rf_fus_gen_bare(e)->binding->is_mutable && may_assign(later, 4)))
        return rf_fus_value_in(g, e);
    return have;
}

/* "… -> unit": what a library function returns. */
static bool returns_unit(const rf_fus_lib_row *row) {
    size_t len = row->type ? strlen(row->type) : 0;
    return len > 8 && memcmp(row->type + len - 7, "-> unit", 7) == 0;
}

bool rf_fus_is_unit(const rf_fus_expr *e) {
    for (;;) {
        e = rf_fus_gen_bare(e);
        switch (e->kind) {
        case RF_FUS_E_UNIT:
        case RF_FUS_E_ASSIGN:
        case RF_FUS_E_WHILE:
        case RF_FUS_E_FOR_IN:
        case RF_FUS_E_FOR_TO:
        case RF_FUS_E_BREAK:
        case RF_FUS_E_CONTINUE:
        case RF_FUS_E_YIELD: return true;
        case RF_FUS_E_SEQ:
        case RF_FUS_E_LET:
            if (e->count == 0)
                return true;
            e = e->items[e->count - 1];
            continue;
        case RF_FUS_E_IF:
            if (e->count == 2)
                return true; /* checked inside */
            if (!rf_fus_is_unit(e->items[1]))
                return false;
            e = e->items[2];
            continue;
        case RF_FUS_E_APPLY: {
            const rf_fus_lib_row *row = e->items[0]->kind == RF_FUS_E_NAME ? e->items[0]->library : NULL;
            return row && row->arity == e->count - 1 && returns_unit(row);
        }
        default: return false;
        }
    }
}

static const rf_fus_expr *gen_literal(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    rf_fus_value value = RF_FUS_UNIT;
    if (goal == RF_FUS_DROP)
        return NULL;
    (void)rf_fus_constant_of(g, e, &value);
    uint16_t into = rf_fus_goal_register(g, goal);
    rf_fus_load(g, into, value);
    rf_fus_finish(g, goal, into);
    return NULL;
}

static const rf_fus_expr *gen_seq(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    for (uint32_t i = 0; i + 1 < e->count; i++)
        rf_fus_gen_expr(g, e->items[i], RF_FUS_DROP);
    if (e->count == 0)
        rf_fus_finish_unit(g, goal);
    return e->count ? e->items[e->count - 1] : NULL;
}

static const rf_fus_expr *gen_inner(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)g, (void)goal, (void)end;
    return e->items[0];
}

static const rf_fus_expr *gen_nothing(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)e, (void)end;
    rf_fus_finish_unit(g, goal);
    return NULL;
}

static rf_fus_gen_step *const steps[] = {
    [RF_FUS_E_UNIT] = gen_literal,        [RF_FUS_E_BOOL] = gen_literal,          [RF_FUS_E_INT] = gen_literal,
    [RF_FUS_E_FLOAT] = gen_literal,       [RF_FUS_E_STRING] = gen_literal,        [RF_FUS_E_INTERP] = rf_fus_gen_interp,
    [RF_FUS_E_NAME] = rf_fus_gen_name,    [RF_FUS_E_CTOR] = rf_fus_gen_ctor,      [RF_FUS_E_FIELD] = rf_fus_gen_field,
    [RF_FUS_E_METHOD] = rf_fus_gen_method, [RF_FUS_E_INDEX] = rf_fus_gen_index,   [RF_FUS_E_UPDATE] = rf_fus_gen_update,
    [RF_FUS_E_ASSIGN] = rf_fus_gen_assign, [RF_FUS_E_APPLY] = rf_fus_gen_apply,   [RF_FUS_E_BINARY] = rf_fus_gen_binary,
    [RF_FUS_E_NEGATE] = rf_fus_gen_negate, [RF_FUS_E_IF] = rf_fus_gen_if,         [RF_FUS_E_LAMBDA] = rf_fus_gen_lambda,
    [RF_FUS_E_MATCH] = rf_fus_gen_match,  [RF_FUS_E_LET] = rf_fus_gen_let,        [RF_FUS_E_SEQ] = gen_seq,
    [RF_FUS_E_WHILE] = rf_fus_gen_while,  [RF_FUS_E_FOR_IN] = rf_fus_gen_for_in,  [RF_FUS_E_FOR_TO] = rf_fus_gen_for_to,
    [RF_FUS_E_BREAK] = rf_fus_gen_leave,  [RF_FUS_E_CONTINUE] = rf_fus_gen_leave, [RF_FUS_E_TRY] = rf_fus_gen_try,
    [RF_FUS_E_FINALLY] = rf_fus_gen_finally, [RF_FUS_E_TUPLE] = rf_fus_gen_tuple, [RF_FUS_E_LIST] = rf_fus_gen_list,
    [RF_FUS_E_ARRAY] = rf_fus_gen_array,  [RF_FUS_E_RANGE] = gen_nothing,         [RF_FUS_E_LIST_FROM] = rf_fus_gen_from,
    [RF_FUS_E_ARRAY_FROM] = rf_fus_gen_from, [RF_FUS_E_YIELD] = rf_fus_gen_yield, [RF_FUS_E_RECORD] = rf_fus_gen_record,
    [RF_FUS_E_RECORD_WITH] = rf_fus_gen_with, [RF_FUS_E_ASYNC] = gen_inner,       [RF_FUS_E_TYPED] = gen_inner,
    [RF_FUS_E_ERROR] = gen_nothing,
};

static const rf_fus_expr *step_of(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    if (e->kind == RF_FUS_E_NAME && e->binding) { /* a name for a literal is the literal */
        const rf_fus_expr *literal = rf_fus_follow(e);
        if (rf_fus_is_literal(literal))
            e = literal;
    }
    return steps[e->kind](g, e, goal, end);
}

void rf_fus_gen_expr(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal) {
    if (g->depth >= RF_FUS_GEN_DEPTH || g->no_memory) {
        g->too_deep |= g->depth >= RF_FUS_GEN_DEPTH;
        return;
    }
    g->depth++;
    uint32_t mark = g->top;
    rf_fus_jumps end = { 0 };
    while (e)
        e = step_of(g, e, goal, &end);
    rf_fus_land(g, &end);
    g->top = mark;
    g->depth--;
}
