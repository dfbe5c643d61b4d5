/* compile_constant.c: expressions whose value is known when they are compiled. */
#include "script/fusabi/compile_internal.h"
#include "script/fusabi/resolve_internal.h"

#include <assert.h>

enum { FOLD_DEPTH = 16 }; /* of operators inside each other */

const rf_fus_expr *rf_fus_follow_name(const rf_fus_expr *e) {
    e = rf_fus_gen_bare(e);
    for (int hops = 0; e->kind == RF_FUS_E_NAME && e->binding && e->binding->value && hops < 8; hops++) {
        const rf_fus_expr *value = rf_fus_gen_bare(e->binding->value);
        if (value->kind != RF_FUS_E_NAME && !rf_fus_is_literal(value))
            break;
        if (value->kind == RF_FUS_E_NAME && (value->binding ? value->binding->is_mutable : !value->library))
            break;
        e = value;
    }
    return e;
}

static rf_fus_value number(rf_fus_gen *g, int64_t value) {
    if (rf_fus_fits_int(value))
        return rf_fus_of_small_int(value);
    rf_fus_value made = rf_fus_static_int(&g->program->arena, value);
    if (made == RF_FUS_RAISED) {
        g->no_memory = true;
        made = RF_FUS_UNIT;
    }
    return made;
}

static bool literal(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_value *ret) {
    switch (e->kind) {
    case RF_FUS_E_UNIT: *ret = RF_FUS_UNIT; return true;
    case RF_FUS_E_BOOL: *ret = rf_fus_of_bool(e->flag); return true;
    case RF_FUS_E_INT: *ret = number(g, e->integer); return true;
    case RF_FUS_E_FLOAT: *ret = rf_fus_of_double(e->number); return true;
    case RF_FUS_E_STRING: *ret = rf_fus_constant_string(g, e->text); return true;
    default: return false;
    }
}

static bool fold_ints(rf_fus_op op, int64_t a, int64_t b, int64_t *ret) {
    switch (op) {
    case RF_FUS_OP_ADD: *ret = (int64_t)((uint64_t)a + (uint64_t)b); return true;
    case RF_FUS_OP_SUB: *ret = (int64_t)((uint64_t)a - (uint64_t)b); return true;
    case RF_FUS_OP_MUL: *ret = (int64_t)((uint64_t)a * (uint64_t)b); return true;
    case RF_FUS_OP_DIV:
        if (b == 0 || b == -1)
            return false;
        *ret = a / b;
        return true;
    case RF_FUS_OP_MOD:
        if (b == 0 || b == -1)
            return false;
        *ret = a % b;
        return true;
    default: return false;
    }
}

static bool fold_floats(rf_fus_op op, double a, double b, double *ret) {
    switch (op) {
    case RF_FUS_OP_ADD: *ret = a + b; return true;
    case RF_FUS_OP_SUB: *ret = a - b; return true;
    case RF_FUS_OP_MUL: *ret = a * b; return true;
    case RF_FUS_OP_DIV: *ret = a / b; return b != 0.0;
    default: return false;
    }
}

static bool fold(rf_fus_gen *g, const rf_fus_expr *e, int depth, rf_fus_value *ret);

/* Not certainly no constant. */
static bool may_fold(const rf_fus_expr *e) {
    e = rf_fus_follow(e);
    return e->kind == RF_FUS_E_INT || e->kind == RF_FUS_E_FLOAT || e->kind == RF_FUS_E_BINARY || e->kind == RF_FUS_E_NEGATE;
}

static bool fold_binary(rf_fus_gen *g, const rf_fus_expr *e, int depth, rf_fus_value *ret) {
    rf_fus_value a, b;
    if (e->op > RF_FUS_OP_MOD || !may_fold(e->items[0]) || !may_fold(e->items[1]))
        return false;
    if (!fold(g, e->items[1], depth - 1, &b) || !fold(g, e->items[0], depth - 1, &a))
        return false;
    if (rf_fus_is_any_int(a) && rf_fus_is_any_int(b)) {
        int64_t result;
        if (!fold_ints(e->op, rf_fus_int(a), rf_fus_int(b), &result))
            return false;
        *ret = number(g, result);
        return true;
    }
    double result;
    if (!rf_fus_is_double(a) || !rf_fus_is_double(b) || !fold_floats(e->op, rf_fus_double(a), rf_fus_double(b), &result))
        return false;
    *ret = rf_fus_of_double(result);
    return true;
}

/* A literal, a name for one, or arithmetic of such that cannot fail. */
static bool fold(rf_fus_gen *g, const rf_fus_expr *e, int depth, rf_fus_value *ret) {
    e = rf_fus_follow(e);
    if (e->kind == RF_FUS_E_BINARY)
        return !g->options->no_optimise && depth > 0 && fold_binary(g, e, depth, ret);
    if (e->kind == RF_FUS_E_NEGATE && depth > 0 && fold(g, e->items[0], depth - 1, ret)) {
        if (rf_fus_is_any_int(*ret))
            *ret = number(g, (int64_t)(0 - (uint64_t)rf_fus_int(*ret)));
        else if (rf_fus_is_double(*ret))
            *ret = rf_fus_of_double(-rf_fus_double(*ret));
        else
            return false;
        return true;
    }
    return literal(g, e, ret);
}

/* Whether constant_of will succeed, without making anything. */
static bool is_constant(const rf_fus_expr *e, int depth) {
    e = rf_fus_follow(e);
    if (rf_fus_is_literal(e))
        return true;
    if (e->kind == RF_FUS_E_CTOR)
        return e->count == 0;
    if ((e->kind != RF_FUS_E_TUPLE && e->kind != RF_FUS_E_LIST) || depth == 0)
        return false;
    for (uint32_t i = 0; i < e->count; i++)
        if (!is_constant(e->items[i], depth - 1))
            return false;
    return true;
}

static rf_fus_value build(rf_fus_gen *g, const rf_fus_expr *e);

static rf_fus_value build_items(rf_fus_gen *g, const rf_fus_expr *e) {
    rf_arena *arena = &g->program->arena;
    rf_fus_value *items = rf_arena_alloc(g->arena, (e->count + 1) * sizeof *items);
    if (!items)
        return RF_FUS_RAISED;
    for (uint32_t i = 0; i < e->count; i++)
        items[i] = build(g, e->items[i]);
    if (e->kind == RF_FUS_E_TUPLE)
        return rf_fus_static_items(arena, RF_FUS_T_TUPLE, items, e->count);
    rf_fus_value list = RF_FUS_NIL;
    for (uint32_t i = e->count; i-- > 0 && list != RF_FUS_RAISED;)
        list = rf_fus_static_cons(arena, items[i], list);
    return list;
}

static rf_fus_value build(rf_fus_gen *g, const rf_fus_expr *e) {
    e = rf_fus_follow(e);
    rf_fus_value value = RF_FUS_UNIT;
    if (e->kind == RF_FUS_E_CTOR) {
        uint16_t index = rf_fus_symbol_index(g, e->text);
        return g->no_memory ? RF_FUS_UNIT : rf_fus_of_object(&g->symbols.items[index]->nullary);
    }
    if (!literal(g, e, &value))
        value = build_items(g, e);
    if (value == RF_FUS_RAISED) {
        g->no_memory = true;
        value = RF_FUS_UNIT;
    }
    return value;
}

bool rf_fus_constant_of(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_value *ret) {
    e = rf_fus_follow(e);
    switch (e->kind) {
    case RF_FUS_E_BINARY:
    case RF_FUS_E_NEGATE: return fold(g, e, FOLD_DEPTH, ret);
    case RF_FUS_E_CTOR:
    case RF_FUS_E_TUPLE:
    case RF_FUS_E_LIST:
        if (!is_constant(e, FOLD_DEPTH))
            return false;
        *ret = build(g, e);
        return true;
    default: return literal(g, e, ret);
    }
}

bool rf_fus_immediate(rf_fus_gen *g, const rf_fus_expr *e, int16_t *ret) {
    rf_fus_value value;
    e = rf_fus_follow(e);
    if (e->kind == RF_FUS_E_INT) {
        *ret = (int16_t)e->integer;
        return *ret == e->integer;
    }
    if ((e->kind != RF_FUS_E_BINARY && e->kind != RF_FUS_E_NEGATE) || !fold(g, e, FOLD_DEPTH, &value) || !rf_fus_is_int(value))
        return false;
    *ret = (int16_t)rf_fus_small_int(value);
    return *ret == rf_fus_small_int(value);
}

void rf_fus_load(rf_fus_gen *g, uint16_t into, rf_fus_value value) {
    if (rf_fus_is_int(value) && rf_fus_small_int(value) == (int32_t)rf_fus_small_int(value))
        rf_fus_emit(g, RF_FUS_MAKEX(RF_FUS_I_INT, 0, into, (int32_t)rf_fus_small_int(value)));
    else
        rf_fus_emit(g, RF_FUS_MAKEX(RF_FUS_I_CONST, 0, into, (int32_t)rf_fus_constant(g, value)));
}
