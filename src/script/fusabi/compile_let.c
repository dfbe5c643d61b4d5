/* compile_let.c: definitions: values to registers, cells and globals; groups of functions that know each other. */
#include "script/fusabi/compile_internal.h"
#include "script/fusabi/resolve_internal.h"

#include <assert.h>

/* With the name's place: hosts say where a hook is defined. */
static void set_global(rf_fus_gen *g, const rf_fus_binding *binding, uint16_t value) {
    if (!g->options->is_library)
        rf_fus_emit_at(g, binding->at, RF_FUS_MAKEX(RF_FUS_I_SETGLOBAL, 0, value, (int32_t)binding->index));
}

/* The register is the variable's own from now on. */
static void own_register(rf_fus_gen *g, rf_fus_binding *binding, uint16_t value) {
    if (binding->kind == RF_FUS_BIND_GLOBAL && binding->is_shared) {
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_CELL, 0, value, value, 0)); /* a register of its own: rf_fus_bind_register */
        set_global(g, binding, value);
        return;
    }
    if (binding->kind == RF_FUS_BIND_GLOBAL) {
        set_global(g, binding, value);
        bool is_shared = binding->is_mutable && binding->is_captured; /* functions change it in its slot */
        if (!is_shared && (g->keeps_registers || binding->is_mutable))
            g->main_registers[binding->index] = value;
        return;
    }
    if (rf_fus_is_cell(binding))
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_CELL, 0, value, value, 0));
    binding->index = value;
}

void rf_fus_bind_register(rf_fus_gen *g, rf_fus_binding *binding, uint16_t value) {
    if (binding->is_mutable) {
        uint16_t own = rf_fus_temp(g);
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_MOVE, 0, own, value, 0));
        value = own;
    }
    own_register(g, binding, value);
}

uint16_t rf_fus_stable(rf_fus_gen *g, const rf_fus_expr *e) {
    const rf_fus_expr *bare = rf_fus_gen_bare(e);
    uint16_t have = rf_fus_register_of(g, bare);
    if (have != RF_FUS_NO_REGISTER && !bare->binding->is_mutable)
        return have;
    return rf_fus_value_in(g, e);
}

/* True when main need not keep a register for it: it is read as a constant, called directly, or not at all. */
static bool needs_no_register(const rf_fus_binding *binding) {
    return binding->uses == 0 || rf_fus_is_literal(binding->value) || rf_fus_known(binding);
}

static void bind_variable(rf_fus_gen *g, rf_fus_binding *binding, const rf_fus_expr *value) {
    bool is_global = binding->kind == RF_FUS_BIND_GLOBAL;
    if (needs_no_register(binding) && !binding->is_mutable) {
        bool is_free = rf_fus_known(binding) || rf_fus_is_literal(binding->value);
        uint32_t mark = g->top;
        if (is_global && !g->options->is_library)
            set_global(g, binding, rf_fus_gen_operand(g, value));
        else if (!is_free)
            rf_fus_gen_expr(g, value, RF_FUS_DROP);
        g->top = mark;
        return;
    }
    if (!binding->is_mutable) {
        const rf_fus_expr *bare = rf_fus_gen_bare(value);
        if (bare->kind == RF_FUS_E_LAMBDA && bare->function) {
            binding->index = is_global ? binding->index : g->top; /* it may capture itself */
            own_register(g, binding, rf_fus_value_in(g, value));
            return;
        }
        own_register(g, binding, rf_fus_stable(g, value));
        return;
    }
    own_register(g, binding, rf_fus_value_in(g, value));
}

/* let (a, b) = (x, y): no tuple is made. */
static void bind_tuple(rf_fus_gen *g, const rf_fus_pat *pat, const rf_fus_expr *value) {
    uint16_t *items = rf_arena_alloc(g->arena, value->count * sizeof *items);
    if (!items) {
        g->no_memory = true;
        return;
    }
    for (uint32_t i = 0; i < value->count; i++)
        items[i] = rf_fus_stable(g, value->items[i]);
    rf_fus_gen_pattern_or_fail(g, pat, (rf_fus_subject){ .items = items, .count = value->count });
}

static void bind_one(rf_fus_gen *g, const rf_fus_bind *bind) {
    const rf_fus_pat *pat = rf_fus_bare_pat(bind->pat);
    const rf_fus_expr *value = rf_fus_gen_bare(bind->value);
    if (pat->kind == RF_FUS_PAT_VAR && pat->binding)
        bind_variable(g, pat->binding, bind->value);
    else if (pat->kind == RF_FUS_PAT_WILD || pat->kind == RF_FUS_PAT_UNIT)
        rf_fus_gen_expr(g, bind->value, RF_FUS_DROP);
    else if (pat->kind == RF_FUS_PAT_TUPLE && value->kind == RF_FUS_E_TUPLE && value->count == pat->count)
        bind_tuple(g, pat, value);
    else
        rf_fus_gen_pattern_or_fail(g, pat, (rf_fus_subject){ .value = rf_fus_stable(g, bind->value) });
}

/* Recursive groups. */

static rf_fus_binding *closure_binding(const rf_fus_bind *bind) {
    const rf_fus_pat *pat = rf_fus_bare_pat(bind->pat);
    const rf_fus_expr *value = rf_fus_gen_bare(bind->value);
    bool is_closure = pat->kind == RF_FUS_PAT_VAR && pat->binding && !pat->binding->is_mutable && value->kind == RF_FUS_E_LAMBDA &&
                      value->function;
    return is_closure && !value->function->is_known ? pat->binding : NULL;
}

static const rf_fus_function *function_of(const rf_fus_bind *bind) { return rf_fus_gen_bare(bind->value)->function; }

/* Registers for the closures of the group; those captured before they are made hold something at least. */
static void reserve_group(rf_fus_gen *g, rf_fus_bind *binds, uint32_t count) {
    uint32_t first = g->top;
    for (uint32_t i = 0; i < count; i++)
        if (closure_binding(&binds[i]))
            closure_binding(&binds[i])->index = rf_fus_temp(g);
    for (uint32_t r = first + 1; r < g->top; r++)
        rf_fus_load(g, (uint16_t)r, rf_fus_of_small_int(0));
}

/* The closure captured those made after it too early: they are put in now. */
static void set_up(rf_fus_gen *g, const rf_fus_bind *bind, uint32_t last) {
    const rf_fus_binding *own = closure_binding(bind);
    const rf_fus_function *fn = function_of(bind);
    for (size_t i = 0; i < fn->captures.count; i++) {
        const rf_fus_binding *other = fn->captures.items[i];
        if (other->owner == g->fn && other->index > own->index && other->index <= last)
            rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_SETUP, 0, other->index, i, own->index));
    }
}

static void bind_group(rf_fus_gen *g, rf_fus_bind *binds, uint32_t count) {
    reserve_group(g, binds, count);
    uint32_t last = g->top - 1;
    for (uint32_t i = 0; i < count; i++)
        if (closure_binding(&binds[i]))
            rf_fus_gen_closure(g, function_of(&binds[i]), (uint16_t)closure_binding(&binds[i])->index);
    for (uint32_t i = 0; i < count; i++)
        if (closure_binding(&binds[i]))
            set_up(g, &binds[i], last);
    for (uint32_t i = 0; i < count; i++)
        if (!closure_binding(&binds[i]) && rf_fus_gen_bare(binds[i].value)->kind == RF_FUS_E_LAMBDA)
            bind_one(g, &binds[i]);
    for (uint32_t i = 0; i < count; i++)
        if (!closure_binding(&binds[i]) && rf_fus_gen_bare(binds[i].value)->kind != RF_FUS_E_LAMBDA)
            bind_one(g, &binds[i]);
}

void rf_fus_gen_binds(rf_fus_gen *g, rf_fus_bind *binds, uint32_t count, bool is_rec) {
    if (is_rec) {
        bind_group(g, binds, count);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        bind_one(g, &binds[i]);
}

const rf_fus_expr *rf_fus_gen_let(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)goal, (void)end;
    rf_fus_gen_binds(g, e->binds, e->bind_count, e->is_rec);
    return e->count ? e->items[0] : NULL;
}

void rf_fus_gen_params(rf_fus_gen *g, const rf_fus_expr *lambda) {
    for (uint32_t i = 0; i < lambda->param_count; i++) {
        const rf_fus_pat *pat = rf_fus_bare_pat(lambda->params[i]);
        if (pat->kind == RF_FUS_PAT_VAR && pat->binding)
            pat->binding->index = i;
    }
    for (uint32_t i = 0; i < lambda->param_count; i++) {
        const rf_fus_pat *pat = rf_fus_bare_pat(lambda->params[i]);
        if (pat->kind != RF_FUS_PAT_VAR && pat->kind != RF_FUS_PAT_WILD && pat->kind != RF_FUS_PAT_UNIT)
            rf_fus_gen_pattern_or_fail(g, pat, (rf_fus_subject){ .value = (uint16_t)i });
    }
}
