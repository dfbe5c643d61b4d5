/* compile_loop.c: loops, comprehensions, leaving them; try and finally. */
#include "script/fusabi/compile_internal.h"

#include <assert.h>

static rf_fus_code jump(void) { return RF_FUS_MAKEX(RF_FUS_I_JMP, 0, 0, 0); }

/* The body, between where `continue` may go back to and where `break` goes. */
static void gen_body(rf_fus_gen *g, const rf_fus_expr *body, rf_fus_context *loop) {
    loop->kind = RF_FUS_IN_LOOP;
    loop->outer = g->context;
    g->context = loop;
    rf_fus_gen_expr(g, body, RF_FUS_DROP);
    g->context = loop->outer;
}

const rf_fus_expr *rf_fus_gen_while(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    rf_fus_context loop = { .goes_back = true, .top = rf_fus_here(g) };
    rf_fus_gen_condition(g, e->items[0], false, false, &loop.breaks);
    gen_body(g, e->items[1], &loop);
    rf_fus_emit_back(g, RF_FUS_I_LOOP, 0, loop.top);
    rf_fus_land(g, &loop.breaks);
    rf_fus_finish_unit(g, goal);
    return NULL;
}

/* From A on: first, last, step, the variable. */
typedef struct count_loop { uint16_t at; uint32_t top; rf_fus_context loop; } count_loop;

static void begin_count(rf_fus_gen *g, const rf_fus_expr *first, const rf_fus_expr *last, const rf_fus_expr *step, int64_t sign,
                        count_loop *ret) {
    *ret = (count_loop){ .at = rf_fus_temps(g, 1) };
    rf_fus_gen_expr(g, first, ret->at);
    if (step) { /* written, and evaluated, between the two */
        (void)rf_fus_temps(g, 2);
        rf_fus_gen_expr(g, step, ret->at + 2);
        rf_fus_gen_expr(g, last, ret->at + 1);
    } else {
        (void)rf_fus_value_in(g, last);
        rf_fus_load(g, rf_fus_temp(g), rf_fus_of_small_int(sign));
    }
    (void)rf_fus_temp(g);
    rf_fus_mark(g, first->at);
    rf_fus_emit_jump(g, &ret->loop.breaks, RF_FUS_MAKEX(RF_FUS_I_FORPREP, 0, ret->at, 0));
    ret->top = rf_fus_here(g);
}

static void end_count(rf_fus_gen *g, count_loop *count) {
    rf_fus_land(g, &count->loop.continues);
    rf_fus_emit_back(g, RF_FUS_I_FORLOOP, count->at, count->top);
    rf_fus_land(g, &count->loop.breaks);
}

static void bind_variable(rf_fus_gen *g, const rf_fus_pat *pat, uint16_t value) {
    rf_fus_gen_pattern_or_fail(g, pat, (rf_fus_subject){ .value = value });
}

const rf_fus_expr *rf_fus_gen_for_to(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    count_loop count;
    begin_count(g, e->items[0], e->items[1], NULL, e->flag ? -1 : 1, &count);
    bind_variable(g, e->pat, (uint16_t)(count.at + 3));
    gen_body(g, e->items[2], &count.loop);
    end_count(g, &count);
    rf_fus_finish_unit(g, goal);
    return NULL;
}

static void begin_range(rf_fus_gen *g, const rf_fus_expr *range, count_loop *ret) {
    begin_count(g, range->items[0], range->items[1], range->count > 2 ? range->items[2] : NULL, 1, ret);
}

/* `in a .. b`, also written [a .. b]. */
static const rf_fus_expr *range_of(const rf_fus_expr *e) {
    e = rf_fus_gen_bare(e);
    if (e->kind == RF_FUS_E_LIST_FROM && e->items[0]->kind == RF_FUS_E_RANGE)
        e = e->items[0];
    return e->kind == RF_FUS_E_RANGE ? e : NULL;
}

const rf_fus_expr *rf_fus_gen_for_in(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    const rf_fus_expr *range = range_of(e->items[0]);
    if (range) {
        count_loop count;
        begin_range(g, range, &count);
        bind_variable(g, e->pat, (uint16_t)(count.at + 3));
        gen_body(g, e->items[1], &count.loop);
        end_count(g, &count);
        rf_fus_finish_unit(g, goal);
        return NULL;
    }
    uint16_t at = rf_fus_value_in(g, e->items[0]);
    (void)rf_fus_temps(g, 2);
    rf_fus_emit_at(g, e->items[0]->at, RF_FUS_MAKE(RF_FUS_I_ITER, 0, at, 0, 0));
    rf_fus_context loop = { .goes_back = true, .top = rf_fus_here(g) };
    rf_fus_mark(g, e->items[0]->at);
    rf_fus_emit_jump(g, &loop.breaks, RF_FUS_MAKEX(RF_FUS_I_NEXT, 0, at, 0));
    bind_variable(g, e->pat, (uint16_t)(at + 2));
    gen_body(g, e->items[1], &loop);
    rf_fus_emit_back(g, RF_FUS_I_LOOP, 0, loop.top);
    rf_fus_land(g, &loop.breaks);
    rf_fus_finish_unit(g, goal);
    return NULL;
}

/* Comprehensions. */

static void gen_range_items(rf_fus_gen *g, const rf_fus_expr *range, uint16_t list) {
    count_loop count;
    uint32_t mark = g->top;
    begin_range(g, range, &count);
    rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_PUSH, 0, list, count.at + 3, 0));
    end_count(g, &count);
    g->top = mark;
}

const rf_fus_expr *rf_fus_gen_from(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    uint16_t list = rf_fus_base(g, goal);
    (void)rf_fus_temp(g);
    int32_t outer = g->builder;
    g->builder = list;
    rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_BUILD, 0, list, 0, 0));
    if (e->items[0]->kind == RF_FUS_E_RANGE)
        gen_range_items(g, e->items[0], list);
    else
        rf_fus_gen_expr(g, e->items[0], RF_FUS_DROP);
    g->builder = outer;
    uint16_t into = list;
    if (e->kind == RF_FUS_E_ARRAY_FROM) {
        into = goal >= 0 ? (uint16_t)goal : list;
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_TOARRAY, 0, into, list, 0));
    }
    rf_fus_finish(g, goal, into);
    return NULL;
}

const rf_fus_expr *rf_fus_gen_yield(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    uint32_t mark = g->top;
    uint16_t item = rf_fus_gen_operand(g, e->items[0]);
    if (g->builder >= 0)
        rf_fus_emit_at(g, e->at, RF_FUS_MAKE(e->flag ? RF_FUS_I_PUSHALL : RF_FUS_I_PUSH, 0, g->builder, item, 0));
    g->top = mark;
    rf_fus_finish_unit(g, goal);
    return NULL;
}

/* break and continue: out of the tries of the loop, through their finally parts. */
static void leave_loop(rf_fus_gen *g, bool is_break) {
    rf_fus_context *context = g->context;
    for (; context && context->kind == RF_FUS_IN_TRY; context = context->outer)
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_ENDTRY, 0, 0, 0, 0));
    if (!context)
        return; /* reported by resolve */
    if (context->kind == RF_FUS_IN_FINALLY) {
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_ENDTRY, 0, 0, 0, 0));
        rf_fus_load(g, context->flag, rf_fus_of_small_int(is_break ? RF_FUS_THEN_BREAK : RF_FUS_THEN_CONTINUE));
        *(is_break ? &context->has_break : &context->has_continue) = true;
        rf_fus_emit_jump(g, &context->breaks, jump());
    } else if (is_break) {
        rf_fus_emit_jump(g, &context->breaks, jump());
    } else if (context->goes_back) {
        rf_fus_emit_back(g, RF_FUS_I_LOOP, 0, context->top);
    } else {
        rf_fus_emit_jump(g, &context->continues, jump());
    }
}

const rf_fus_expr *rf_fus_gen_leave(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)goal, (void)end;
    leave_loop(g, e->kind == RF_FUS_E_BREAK);
    return NULL;
}

/* The body of a try: its value is in the goal's register when it ends well; `ret_exception` when not, at `caught`. */
static void gen_guarded(rf_fus_gen *g, const rf_fus_expr *body, rf_fus_goal goal, rf_fus_context *context, uint16_t exception,
                        rf_fus_jumps *caught) {
    if (++g->tries > RF_FUS_GEN_TRIES)
        rf_fus_too_large(g, "Too many try blocks inside each other");
    context->outer = g->context;
    g->context = context;
    rf_fus_emit_jump(g, caught, RF_FUS_MAKEX(RF_FUS_I_TRY, 0, exception, 0));
    rf_fus_gen_expr(g, body, goal);
    g->context = context->outer;
    g->tries--;
    rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_ENDTRY, 0, 0, 0, 0));
}

const rf_fus_expr *rf_fus_gen_try(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    uint16_t exception = rf_fus_temp(g), into = 0;
    rf_fus_goal inner = goal;
    if (goal == RF_FUS_TAIL)
        inner = into = rf_fus_temp(g);
    rf_fus_context context = { .kind = RF_FUS_IN_TRY };
    rf_fus_jumps caught = { 0 }, done = { 0 }, unmatched = { 0 };
    gen_guarded(g, e->items[0], inner, &context, exception, &caught);
    if (goal == RF_FUS_TAIL)
        rf_fus_finish(g, goal, into);
    rf_fus_emit_jump(g, &done, jump());
    rf_fus_land(g, &caught);
    rf_fus_gen_arms(g, e, (rf_fus_subject){ .value = exception }, goal, &unmatched);
    if (unmatched.head) {
        rf_fus_emit_jump(g, &done, jump());
        rf_fus_land(g, &unmatched);
        rf_fus_emit_at(g, e->at, RF_FUS_MAKE(RF_FUS_I_RAISE, 0, exception, 0, 0));
    }
    rf_fus_land(g, &done);
    return NULL;
}

static void then_leave(rf_fus_gen *g, const rf_fus_context *context, int then) {
    rf_fus_jumps other = { 0 };
    rf_fus_emit_jump(g, &other, RF_FUS_MAKE(RF_FUS_I_JNEI, 0, context->flag, then, 0));
    leave_loop(g, then == RF_FUS_THEN_BREAK);
    rf_fus_land(g, &other);
}

/* The last part stands once; a flag says what comes behind it. */
const rf_fus_expr *rf_fus_gen_finally(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    uint16_t exception = rf_fus_temps(g, 2), into = 0;
    rf_fus_goal inner = goal;
    if (goal == RF_FUS_TAIL)
        inner = into = rf_fus_temp(g);
    rf_fus_context context = { .kind = RF_FUS_IN_FINALLY, .flag = (uint16_t)(exception + 1) };
    rf_fus_jumps caught = { 0 };
    gen_guarded(g, e->items[0], inner, &context, exception, &caught);
    rf_fus_load(g, context.flag, rf_fus_of_small_int(RF_FUS_THEN_ON));
    rf_fus_emit_jump(g, &context.breaks, jump());
    rf_fus_land(g, &caught);
    rf_fus_load(g, context.flag, rf_fus_of_small_int(RF_FUS_THEN_RAISE));
    rf_fus_land(g, &context.breaks);
    rf_fus_gen_expr(g, e->items[1], RF_FUS_DROP);
    rf_fus_jumps done = { 0 };
    rf_fus_emit_jump(g, &done, RF_FUS_MAKE(RF_FUS_I_JNEI, 0, context.flag, RF_FUS_THEN_RAISE, 0));
    rf_fus_emit_at(g, e->at, RF_FUS_MAKE(RF_FUS_I_RAISE, 0, exception, 0, 0));
    rf_fus_land(g, &done);
    if (context.has_break)
        then_leave(g, &context, RF_FUS_THEN_BREAK);
    if (context.has_continue)
        then_leave(g, &context, RF_FUS_THEN_CONTINUE);
    if (goal == RF_FUS_TAIL)
        rf_fus_finish(g, goal, into);
    return NULL;
}
