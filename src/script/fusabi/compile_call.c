/* compile_call.c: applications, pipes, methods: direct calls where the function is known. */
#include "script/fusabi/compile_internal.h"
#include "script/fusabi/library.h"
#include "script/fusabi/resolve_internal.h"

#include "base/slice.h"

#include <assert.h>

/* What is called. */
typedef struct target {
    const rf_fus_expr *head;
    const rf_fus_function *known;
    const rf_fus_lib_row *row;
    bool is_self;
    uint32_t arity; /* 0: not known */
} target;

static target target_of(rf_fus_gen *g, const rf_fus_expr *head) {
    target t = { .head = head };
    const rf_fus_expr *end = rf_fus_follow(head);
    if (end->kind != RF_FUS_E_NAME)
        return t;
    if (end->library) {
        t.row = end->library;
        t.arity = t.row->arity;
    } else if (end->binding) {
        t.known = rf_fus_known(end->binding);
        t.is_self = (t.known && t.known == g->fn) || (g->fn->self && end->binding == g->fn->self);
        const rf_fus_function *fn = t.is_self ? g->fn : t.known;
        t.arity = fn ? fn->lambda->param_count : 0;
    }
    return t;
}

static bool is_direct(const target *t, uint32_t count) { return t->arity == count && count > 0; }

/* The call itself: `base` holds the function, unless the call is direct; arguments stand behind it. */
static void emit_call(rf_fus_gen *g, const target *t, uint16_t base, uint32_t count, rf_fus_goal goal, rf_fus_at at) {
    bool is_tail = goal == RF_FUS_TAIL && g->fn->parent;
    rf_fus_code word = RF_FUS_MAKE(is_tail ? RF_FUS_I_TAIL_CALL : RF_FUS_I_CALL, count, base, 0, 0);
    if (is_direct(t, count)) {
        if (t->is_self) {
            word = RF_FUS_MAKE(is_tail ? RF_FUS_I_TAIL_CALLSELF : RF_FUS_I_CALLSELF, count, base, 0, 0);
        } else if (t->known) {
            word = RF_FUS_MAKE(is_tail ? RF_FUS_I_TAIL_CALLP : RF_FUS_I_CALLP, count, base, t->known->index, 0);
        } else {
            is_tail = false;
            word = RF_FUS_MAKE(RF_FUS_I_CALLLIB, count, base, rf_fus_library_index(g, t->row), 0);
        }
    }
    rf_fus_emit_at(g, at, word);
    if (!is_tail)
        rf_fus_finish(g, goal, base);
}

static void load_function(rf_fus_gen *g, const target *t, uint16_t base) {
    if (t->row)
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_LIBVALUE, 0, base, rf_fus_library_index(g, t->row), 0));
    else
        rf_fus_gen_expr(g, t->head, base);
}

static bool is_row(const target *t, const char *name) { return t->row && strcmp(t->row->name, name) == 0; }

/* List.head and List.tail are instructions, with the same errors. */
static bool gen_list_part(rf_fus_gen *g, const target *t, const rf_fus_expr *argument, rf_fus_goal goal, rf_fus_at at) {
    bool is_head = is_row(t, "List.head");
    if (!is_head && !is_row(t, "List.tail"))
        return false;
    uint16_t into = rf_fus_goal_register(g, goal), list = rf_fus_gen_operand(g, argument);
    rf_fus_emit_at(g, at, RF_FUS_MAKE(is_head ? RF_FUS_I_HEAD : RF_FUS_I_TAIL, 0, into, list, 0));
    rf_fus_finish(g, goal, into);
    return true;
}

/* `ignore x`, `not b`, `raise e` and parts of lists are no calls. */
static bool gen_special(rf_fus_gen *g, const target *t, const rf_fus_expr *argument, rf_fus_goal goal, rf_fus_at at) {
    if (!t->row || t->arity != 1)
        return false;
    if (t->row->name[0] == 'L')
        return gen_list_part(g, t, argument, goal, at);
    if (is_row(t, "ignore")) {
        rf_fus_gen_expr(g, argument, RF_FUS_DROP);
        rf_fus_finish_unit(g, goal);
    } else if (is_row(t, "not")) {
        rf_fus_gen_not(g, argument, goal, at);
    } else if (is_row(t, "raise")) {
        uint16_t value = rf_fus_gen_operand(g, argument);
        rf_fus_emit_at(g, at, RF_FUS_MAKE(RF_FUS_I_RAISE, 0, value, 0, 0));
    } else {
        return false;
    }
    return true;
}

/* printfn with more than a value, and sprintf with more than a list: F#'s format strings, whose holes the text tells. */
static void choose_format(rf_fus_gen *g, target *t, const rf_fus_expr *format, uint32_t count, bool is_function) {
    static const struct { const char *name, *prim; uint32_t least; } forms[] = {
        { "printfn", "printfn", 2 }, { "printf", "printf", 2 }, { "print", "printf", 2 }, { "sprintf", "sprintf", 3 }, { "failwithf", "failwithf", 3 },
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms && t->row; i++) {
        if (!is_row(t, forms[i].name) || (count < forms[i].least && !is_function))
            continue;
        format = rf_fus_follow(format);
        uint32_t holes = format->kind == RF_FUS_E_STRING ? rf_fus_format_holes(format->text) : count - 1;
        char name[40];
        (void)snprintf(name, sizeof name, "Prim.%s%u", forms[i].prim, holes);
        const rf_fus_lib_row *row = rf_fus_engine_find(g->engine, rf_slice_of(name));
        if (!row)
            return;
        t->row = row;
        t->arity = row->arity;
        return;
    }
}

static bool too_many(rf_fus_gen *g, uint32_t count) {
    if (count > RF_FUS_ARGS_MAX)
        rf_fus_too_large(g, "Too many arguments (max 200)");
    return count > RF_FUS_ARGS_MAX;
}

const rf_fus_expr *rf_fus_gen_apply(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    uint32_t count = e->count - 1;
    target t = target_of(g, e->items[0]);
    if (too_many(g, count) || (count == 1 && gen_special(g, &t, e->items[1], goal, e->at)))
        return NULL;
    if (t.row && (count > 1 || e->flag))
        choose_format(g, &t, e->items[1], count, e->flag);
    uint16_t base = rf_fus_base(g, goal);
    if (!is_direct(&t, count))
        load_function(g, &t, base);
    for (uint32_t i = 1; i <= count; i++)
        (void)rf_fus_value_in(g, e->items[i]);
    emit_call(g, &t, base, count, goal, e->at);
    return NULL;
}

const rf_fus_expr *rf_fus_gen_method(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    uint32_t count = e->count - 1;
    if (too_many(g, count))
        return NULL;
    uint16_t base = rf_fus_base(g, goal);
    uint16_t receiver = rf_fus_register_of(g, e->items[0]);
    if (receiver == RF_FUS_NO_REGISTER) {
        rf_fus_gen_expr(g, e->items[0], base);
        receiver = base;
    }
    rf_fus_emit_at(g, e->at_op, RF_FUS_MAKE(RF_FUS_I_METHOD, 0, base, receiver, rf_fus_symbol_index(g, e->text)));
    for (uint32_t i = 1; i <= count; i++)
        (void)rf_fus_value_in(g, e->items[i]);
    if (count == 0)
        rf_fus_load(g, rf_fus_temp(g), RF_FUS_UNIT);
    emit_call(g, &(target){ 0 }, base, count ? count : 1, goal, e->at_op);
    return NULL;
}

/*
 * Pipes: x |> f a |> g. The value of each stage is made where the next one wants its last argument, so the calls stand
 * inside each other from the outermost (lowest register) to the innermost. What a stage's function and arguments do must
 * happen after x: only what does nothing is evaluated before.
 */
typedef struct stage {
    const rf_fus_expr *call;        /* its place */
    target target;
    rf_fus_expr *const *args;
    uint32_t count;                 /* arguments but for the last */
    uint16_t base;
    bool is_early;                  /* function and arguments are evaluated before the value */
} stage;

/* The function and first arguments of the right (or, for <|, left) side. */
static void read_stage(rf_fus_gen *g, stage *s, const rf_fus_expr *call, const rf_fus_expr *function) {
    const rf_fus_expr *bare = rf_fus_gen_bare(function);
    *s = (stage){ .call = bare };
    (void)call;
    if (bare->kind == RF_FUS_E_APPLY) {
        s->args = bare->items + 1;
        s->count = bare->count - 1;
        s->target = target_of(g, bare->items[0]);
    } else {
        s->target = target_of(g, function);
    }
    if (s->target.row && s->count)
        choose_format(g, &s->target, s->args[0], s->count + 1, false);
    s->is_early = is_direct(&s->target, s->count + 1) || rf_fus_is_pure(s->target.head);
    for (uint32_t i = 0; i < s->count; i++)
        s->is_early = s->is_early && rf_fus_is_pure(s->args[i]);
}

static void gen_stage_operands(rf_fus_gen *g, const stage *s) {
    if (!is_direct(&s->target, s->count + 1))
        load_function(g, &s->target, s->base);
    for (uint32_t i = 0; i < s->count; i++)
        rf_fus_gen_expr(g, s->args[i], (rf_fus_goal)(s->base + 1 + i));
}

/* Registers of a stage from `base` (already taken) up to its last argument, which comes to be the topmost. */
static uint16_t enter_stage(rf_fus_gen *g, stage *s, uint16_t base) {
    s->base = base;
    if (!s->is_early) {
        (void)rf_fus_temps(g, s->count + 1);
        return (uint16_t)(base + s->count + 1);
    }
    if (!is_direct(&s->target, s->count + 1))
        load_function(g, &s->target, base);
    for (uint32_t i = 0; i < s->count; i++)
        (void)rf_fus_value_in(g, s->args[i]);
    return rf_fus_temp(g);
}

static void leave_stage(rf_fus_gen *g, const stage *s, rf_fus_goal goal) {
    if (!s->is_early)
        gen_stage_operands(g, s);
    g->top = s->base + 1u;
    emit_call(g, &s->target, s->base, s->count + 1, goal, s->call->at);
}

/* x |> ignore, x |> raise … as the outermost stage: no call. */
static bool gen_special_pipe(rf_fus_gen *g, const rf_fus_expr *function, const rf_fus_expr *value, rf_fus_goal goal) {
    target t = target_of(g, function);
    return gen_special(g, &t, value, goal, function->at);
}

static const rf_fus_expr *function_side(const rf_fus_expr *e) { return e->items[e->op == RF_FUS_OP_PIPE]; }
static const rf_fus_expr *value_side(const rf_fus_expr *e) { return e->items[e->op != RF_FUS_OP_PIPE]; }

/* f <| x: from the left, as it is written. */
static void gen_back_pipe(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal) {
    stage s;
    read_stage(g, &s, e, e->items[0]);
    s.base = rf_fus_base(g, goal);
    s.is_early = true;
    uint16_t last = enter_stage(g, &s, s.base);
    rf_fus_gen_expr(g, e->items[1], last);
    leave_stage(g, &s, goal);
}

void rf_fus_gen_pipe(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal) {
    if (gen_special_pipe(g, function_side(e), value_side(e), goal))
        return;
    if (e->op == RF_FUS_OP_PIPE_BACK) {
        gen_back_pipe(g, e, goal);
        return;
    }
    uint32_t count = 0;
    const rf_fus_expr *value = e;
    for (; value->kind == RF_FUS_E_BINARY && value->op == RF_FUS_OP_PIPE && !rf_fus_not_operand(value);
         value = rf_fus_gen_bare(value->items[0]))
        count++;
    stage *stages = rf_arena_alloc(g->arena, (count + 1) * sizeof *stages);
    if (!stages) {
        g->no_memory = true;
        return;
    }
    uint16_t slot = rf_fus_base(g, goal);
    const rf_fus_expr *pipe = e;
    for (uint32_t i = 0; i < count; i++, pipe = rf_fus_gen_bare(pipe->items[0])) {
        read_stage(g, &stages[i], pipe, pipe->items[1]);
        if (too_many(g, stages[i].count + 1))
            return;
        slot = enter_stage(g, &stages[i], slot);
    }
    rf_fus_gen_expr(g, value, slot);
    while (count-- > 0)
        leave_stage(g, &stages[count], count ? (rf_fus_goal)stages[count].base : goal);
}
