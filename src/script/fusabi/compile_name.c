/* compile_name.c: variables: registers, captured values, cells, globals; closures. */
#include "script/fusabi/compile_internal.h"
#include "script/fusabi/resolve_internal.h"

#include <assert.h>

bool rf_fus_is_cell(const rf_fus_binding *binding) {
    return binding->kind == RF_FUS_BIND_LOCAL && binding->is_mutable && binding->is_captured;
}

/* A register with the cell that the slot of a REPL's mutable global holds. */
static uint16_t shared_cell(rf_fus_gen *g, const rf_fus_binding *binding, rf_fus_at at) {
    uint16_t cell = rf_fus_temp(g);
    rf_fus_emit_at(g, at, RF_FUS_MAKEX(RF_FUS_I_GLOBAL, 0, cell, (int32_t)binding->index));
    return cell;
}

const rf_fus_function *rf_fus_known(const rf_fus_binding *binding) {
    const rf_fus_expr *value = binding && binding->value ? rf_fus_gen_bare(binding->value) : NULL;
    return value && value->kind == RF_FUS_E_LAMBDA && value->function && value->function->is_known ? value->function : NULL;
}

uint16_t rf_fus_register_of(rf_fus_gen *g, const rf_fus_expr *e) {
    e = rf_fus_gen_bare(e);
    const rf_fus_binding *binding = e->kind == RF_FUS_E_NAME ? e->binding : NULL;
    if (!binding || binding->owner != g->fn || rf_fus_is_literal(binding->value) || rf_fus_known(binding))
        return RF_FUS_NO_REGISTER;
    if (binding->kind == RF_FUS_BIND_GLOBAL)
        return g->main_registers[binding->index];
    return rf_fus_is_cell(binding) ? RF_FUS_NO_REGISTER : (uint16_t)binding->index;
}

void rf_fus_gen_closure(rf_fus_gen *g, const rf_fus_function *fn, uint16_t into) {
    rf_fus_proto *proto = &g->program->protos[fn->index];
    size_t count = fn->captures.count;
    if (count > RF_FUS_REGISTERS_MAX || fn->index > UINT16_MAX) {
        rf_fus_too_large(g, "Too many functions or captured variables");
        return;
    }
    if (count && !proto->captures) {
        proto->captures = rf_arena_alloc(&g->program->arena, count * sizeof *proto->captures);
        if (!proto->captures) {
            g->no_memory = true;
            return;
        }
    }
    for (size_t i = 0; i < count; i++) {
        const rf_fus_binding *binding = fn->captures.items[i];
        proto->captures[i] = (rf_fus_capture){ .index = (uint16_t)binding->index, .from_register = binding->owner == g->fn };
    }
    proto->upvalue_count = (uint16_t)count;
    rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_CLOSURE, 0, into, fn->index, 0));
}

void rf_fus_load_binding(rf_fus_gen *g, const rf_fus_binding *binding, uint16_t into) {
    const rf_fus_function *known = rf_fus_known(binding);
    if (known && (binding->kind == RF_FUS_BIND_LOCAL || g->options->is_library)) {
        rf_fus_gen_closure(g, known, into);
        return;
    }
    if (binding->kind == RF_FUS_BIND_GLOBAL) {
        rf_fus_emit(g, RF_FUS_MAKEX(RF_FUS_I_GLOBAL, 0, into, (int32_t)binding->index));
        if (binding->is_shared)
            rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_CELLGET, 0, into, into, 0));
        return;
    }
    uint16_t index = (uint16_t)binding->index;
    bool is_own = binding->owner == g->fn;
    if (!is_own) {
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_UPVAL, 0, into, index, 0));
        index = into;
    }
    if (rf_fus_is_cell(binding))
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_CELLGET, 0, into, index, 0));
    else if (is_own && index != into)
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_MOVE, 0, into, index, 0));
}

/* Nothing defines the name: an error when this runs. */
static void fail(rf_fus_gen *g, const rf_fus_expr *e, bool is_field) {
    uint32_t text = rf_fus_constant(g, rf_fus_constant_string(g, e->text));
    if (text > UINT16_MAX)
        rf_fus_too_large(g, "Too many constants (max 65535)");
    rf_fus_emit_at(g, e->at, RF_FUS_MAKE(RF_FUS_I_FAIL, is_field ? RF_FUS_FAIL_FIELD : RF_FUS_FAIL_UNDEFINED, 0, text, 0));
}

const rf_fus_expr *rf_fus_gen_name(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    if (!e->binding && !e->library) {
        fail(g, e, e->flag);
        return NULL;
    }
    if (goal == RF_FUS_DROP)
        return NULL;
    uint16_t have = rf_fus_register_of(g, e);
    if (have != RF_FUS_NO_REGISTER) {
        rf_fus_finish(g, goal, have);
        return NULL;
    }
    uint16_t into = rf_fus_goal_register(g, goal);
    if (e->library) {
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_LIBVALUE, 0, into, rf_fus_library_index(g, e->library), 0));
    } else {
        if (e->binding->kind == RF_FUS_BIND_GLOBAL)
            rf_fus_emit_at(g, e->at, RF_FUS_MAKEX(RF_FUS_I_GLOBAL, 0, into, (int32_t)e->binding->index));
        else
            rf_fus_load_binding(g, e->binding, into);
        if (e->binding->is_shared)
            rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_CELLGET, 0, into, into, 0));
    }
    rf_fus_finish(g, goal, into);
    return NULL;
}

const rf_fus_expr *rf_fus_gen_lambda(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    if (goal == RF_FUS_DROP || !e->function)
        return NULL;
    uint16_t into = rf_fus_goal_register(g, goal);
    rf_fus_gen_closure(g, e->function, into);
    rf_fus_finish(g, goal, into);
    return NULL;
}

/* The value goes straight to the variable's register, which must not be taken for a fresh one. */
static void assign_register(rf_fus_gen *g, const rf_fus_expr *value, uint16_t variable) {
    if (variable + 1u == g->top)
        (void)rf_fus_temp(g);
    rf_fus_gen_expr(g, value, variable);
}

static void assign_cell(rf_fus_gen *g, const rf_fus_binding *binding, const rf_fus_expr *value) {
    uint16_t from = rf_fus_gen_operand(g, value), cell = (uint16_t)binding->index;
    if (binding->owner != g->fn) {
        cell = rf_fus_temp(g);
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_UPVAL, 0, cell, binding->index, 0));
    }
    rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_CELLSET, 0, cell, from, 0));
}

const rf_fus_expr *rf_fus_gen_assign(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    const rf_fus_binding *binding = e->binding;
    uint32_t mark = g->top;
    if (!binding) {
        fail(g, e, false);
        return NULL;
    }
    if (rf_fus_is_cell(binding)) {
        assign_cell(g, binding, e->items[0]);
    } else if (binding->kind == RF_FUS_BIND_LOCAL) {
        assign_register(g, e->items[0], (uint16_t)binding->index);
    } else if (binding->owner == g->fn && g->main_registers[binding->index] != RF_FUS_NO_REGISTER) {
        assign_register(g, e->items[0], g->main_registers[binding->index]);
    } else {
        uint16_t from = rf_fus_gen_operand(g, e->items[0]);
        if (binding->is_shared)
            rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_CELLSET, 0, shared_cell(g, binding, e->at), from, 0));
        else
            rf_fus_emit(g, RF_FUS_MAKEX(RF_FUS_I_SETGLOBAL, 0, from, (int32_t)binding->index));
    }
    g->top = mark;
    rf_fus_finish_unit(g, goal);
    return NULL;
}
