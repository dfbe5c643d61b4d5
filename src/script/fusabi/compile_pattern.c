/* compile_pattern.c: tests and bindings of one pattern. */
#include "script/fusabi/compile_internal.h"
#include "script/fusabi/resolve_internal.h"

#include <assert.h>

static const rf_fus_pat *bare(const rf_fus_pat *pat) {
    while (pat->kind == RF_FUS_PAT_TYPED)
        pat = pat->items[0];
    return pat;
}

bool rf_fus_always_matches(const rf_fus_pat *pat) {
    pat = bare(pat);
    if (pat->kind == RF_FUS_PAT_AS)
        return rf_fus_always_matches(pat->items[0]);
    return pat->kind == RF_FUS_PAT_WILD || pat->kind == RF_FUS_PAT_VAR;
}

/* A register with the subject as one value. */
static uint16_t whole(rf_fus_gen *g, rf_fus_subject subject) {
    if (!subject.items || subject.value != RF_FUS_NO_REGISTER)
        return subject.value;
    uint16_t first = rf_fus_temps(g, subject.count);
    for (uint32_t i = 0; i < subject.count; i++)
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_MOVE, 0, first + i, subject.items[i], 0));
    rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_TUPLE, 0, first, first, subject.count));
    return first;
}

static rf_fus_subject in_register(uint16_t value) { return (rf_fus_subject){ .value = value }; }

static void jump_unless_constant(rf_fus_gen *g, uint16_t value, rf_fus_value constant, rf_fus_jumps *fail) {
    if (rf_fus_is_int(constant) && rf_fus_small_int(constant) == (int16_t)rf_fus_small_int(constant)) {
        rf_fus_emit_jump(g, fail, RF_FUS_MAKE(RF_FUS_I_JNEI, 0, value, rf_fus_small_int(constant), 0));
        return;
    }
    uint32_t index = rf_fus_constant(g, constant);
    if (index <= UINT16_MAX) {
        rf_fus_emit_jump(g, fail, RF_FUS_MAKE(RF_FUS_I_JNEK, 0, value, index, 0));
        return;
    }
    uint16_t other = rf_fus_temp(g);
    rf_fus_load(g, other, constant);
    rf_fus_emit_jump(g, fail, RF_FUS_MAKE(RF_FUS_I_JNE, 0, value, other, 0));
}

static void gen_literal(rf_fus_gen *g, const rf_fus_pat *pat, uint16_t value, rf_fus_jumps *fail) {
    rf_fus_value constant = RF_FUS_UNIT;
    switch (pat->kind) {
    case RF_FUS_PAT_BOOL: constant = rf_fus_of_bool(pat->flag); break;
    case RF_FUS_PAT_INT: constant = rf_fus_static_int(&g->program->arena, pat->integer); break;
    case RF_FUS_PAT_FLOAT: constant = rf_fus_of_double(pat->number); break;
    case RF_FUS_PAT_STRING: constant = rf_fus_constant_string(g, pat->text); break;
    default: break;
    }
    if (constant == RF_FUS_RAISED)
        g->no_memory = true;
    else
        jump_unless_constant(g, value, constant, fail);
}

/* Sub-pattern i reads its value by `word` (with the target register still 0), unless it does not look at it. */
static void gen_part(rf_fus_gen *g, const rf_fus_pat *pat, rf_fus_code word, rf_fus_jumps *fail) {
    if (bare(pat)->kind == RF_FUS_PAT_WILD)
        return;
    uint16_t part = rf_fus_temp(g);
    word |= (rf_fus_code)part << 16;
    if (RF_FUS_OP(word) == RF_FUS_I_CTORFIELD)
        rf_fus_emit_at(g, pat->at, word); /* may find fewer fields */
    else
        rf_fus_emit(g, word);
    rf_fus_gen_pattern(g, pat, in_register(part), fail);
}

static void gen_tuple(rf_fus_gen *g, const rf_fus_pat *pat, rf_fus_subject subject, rf_fus_jumps *fail) {
    if (subject.items) {
        if (subject.count != pat->count)
            rf_fus_emit_jump(g, fail, RF_FUS_MAKEX(RF_FUS_I_JMP, 0, 0, 0));
        for (uint32_t i = 0; i < pat->count && i < subject.count; i++)
            if (subject.items[i] != RF_FUS_NO_REGISTER)
                rf_fus_gen_pattern(g, pat->items[i], in_register(subject.items[i]), fail);
        return;
    }
    rf_fus_emit_jump(g, fail, RF_FUS_MAKE(RF_FUS_I_JNTUPLE, 0, subject.value, pat->count, 0));
    for (uint32_t i = 0; i < pat->count; i++)
        gen_part(g, pat->items[i], RF_FUS_MAKE(RF_FUS_I_ITEM, 0, 0, subject.value, i), fail);
}

static void gen_array(rf_fus_gen *g, const rf_fus_pat *pat, uint16_t value, rf_fus_jumps *fail) {
    rf_fus_emit_jump(g, fail, RF_FUS_MAKE(RF_FUS_I_JNARRAY, 0, value, pat->count, 0));
    for (uint32_t i = 0; i < pat->count; i++)
        gen_part(g, pat->items[i], RF_FUS_MAKE(RF_FUS_I_ITEM, 0, 0, value, i), fail);
}

/* Head and tail of a list known to have them; returns the register of the tail (any when `tail` is not looked at). */
static uint16_t gen_uncons(rf_fus_gen *g, const rf_fus_pat *head, bool needs_tail, uint16_t value, rf_fus_jumps *fail) {
    bool needs_head = bare(head)->kind != RF_FUS_PAT_WILD;
    if (!needs_head && !needs_tail)
        return value;
    uint16_t parts = rf_fus_temps(g, needs_head && needs_tail ? 2 : 1);
    rf_fus_opcode op = needs_head ? needs_tail ? RF_FUS_I_UNCONS : RF_FUS_I_HEAD : RF_FUS_I_TAIL;
    rf_fus_emit(g, RF_FUS_MAKE(op, 0, parts, value, 0));
    if (needs_head)
        rf_fus_gen_pattern(g, head, in_register(parts), fail);
    return needs_head ? (uint16_t)(parts + 1) : parts;
}

/* What is left of the list when its first items match; `pat` is a CONS or a LIST with items, the list has a head. */
void rf_fus_gen_list_parts(rf_fus_gen *g, const rf_fus_pat *pat, uint16_t value, rf_fus_jumps *fail) {
    if (pat->kind == RF_FUS_PAT_LIST) {
        for (uint32_t i = 0; i < pat->count; i++) {
            if (i)
                rf_fus_emit_jump(g, fail, RF_FUS_MAKEX(RF_FUS_I_JNCONS, 0, value, 0));
            value = gen_uncons(g, pat->items[i], true, value, fail);
        }
        rf_fus_emit_jump(g, fail, RF_FUS_MAKEX(RF_FUS_I_JNNIL, 0, value, 0));
        return;
    }
    while (pat->kind == RF_FUS_PAT_CONS) {
        const rf_fus_pat *rest = bare(pat->items[1]);
        value = gen_uncons(g, pat->items[0], rest->kind != RF_FUS_PAT_WILD, value, fail);
        pat = rest;
        if (pat->kind == RF_FUS_PAT_CONS)
            rf_fus_emit_jump(g, fail, RF_FUS_MAKEX(RF_FUS_I_JNCONS, 0, value, 0));
    }
    rf_fus_gen_pattern(g, pat, in_register(value), fail);
}

/* `Some (a, b)`: a field that is no such tuple is the error of a second field that is not there. */
static void gen_only_field(rf_fus_gen *g, const rf_fus_pat *tuple, uint16_t value, rf_fus_jumps *fail) {
    rf_fus_jumps missing = { 0 }, good = { 0 };
    uint16_t part = rf_fus_temp(g);
    rf_fus_emit_at(g, tuple->at, RF_FUS_MAKE(RF_FUS_I_CTORFIELD, 0, part, value, 0));
    rf_fus_emit_jump(g, &missing, RF_FUS_MAKE(RF_FUS_I_JNTUPLE, 0, part, tuple->count, 0));
    rf_fus_emit_jump(g, &good, RF_FUS_MAKEX(RF_FUS_I_JMP, 0, 0, 0));
    rf_fus_land(g, &missing);
    rf_fus_emit_at(g, tuple->at, RF_FUS_MAKE(RF_FUS_I_CTORFIELD, 0, part, value, 1));
    rf_fus_emit_jump(g, fail, RF_FUS_MAKEX(RF_FUS_I_JMP, 0, 0, 0));
    rf_fus_land(g, &good);
    for (uint32_t i = 0; i < tuple->count; i++)
        gen_part(g, tuple->items[i], RF_FUS_MAKE(RF_FUS_I_ITEM, 0, 0, part, i), fail);
}

void rf_fus_gen_ctor_parts(rf_fus_gen *g, const rf_fus_pat *pat, uint16_t value, rf_fus_jumps *fail) {
    if (pat->count == 1 && pat->items[0]->kind == RF_FUS_PAT_TUPLE && rf_fus_has_one_field(pat->text)) {
        gen_only_field(g, pat->items[0], value, fail);
        return;
    }
    for (uint32_t i = 0; i < pat->count; i++)
        gen_part(g, pat->items[i], RF_FUS_MAKE(RF_FUS_I_CTORFIELD, 0, 0, value, i), fail);
}

static void gen_record(rf_fus_gen *g, const rf_fus_pat *pat, uint16_t value, rf_fus_jumps *fail) {
    for (uint32_t i = 0; i < pat->count; i++) {
        uint16_t symbol = rf_fus_symbol_index(g, pat->names[i]);
        rf_fus_emit_jump(g, fail, RF_FUS_MAKE(RF_FUS_I_JNFIELD, 0, value, symbol, 0));
        gen_part(g, pat->items[i], RF_FUS_MAKE(RF_FUS_I_FIELD, 0, 0, value, symbol), fail);
    }
}

/* Or-patterns: each alternative binds as it likes, then moves the values to where the arm expects them. */

typedef RF_VEC(rf_fus_binding *) bindings;

static void collect(rf_fus_gen *g, const rf_fus_pat *pat, bindings *list) {
    pat = bare(pat);
    while (pat->kind == RF_FUS_PAT_OR)
        pat = bare(pat->items[0]); /* all bind the same names */
    if (pat->binding && !rf_vec_push(list, pat->binding))
        g->no_memory = true;
    for (uint32_t i = 0; i < pat->count; i++)
        collect(g, pat->items[i], list);
}

static uint16_t *place_of(rf_fus_gen *g, const rf_fus_binding *binding, uint16_t *scratch) {
    if (binding->kind == RF_FUS_BIND_GLOBAL)
        return &g->main_registers[binding->index];
    *scratch = (uint16_t)binding->index;
    return scratch;
}

static void move_to(rf_fus_gen *g, const bindings *list, uint16_t first) {
    for (size_t i = 0; i < list->count; i++) {
        uint16_t scratch, from = *place_of(g, list->items[i], &scratch);
        if (from != RF_FUS_NO_REGISTER)
            rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_MOVE, 0, first + i, from, 0));
    }
}

static void settle(rf_fus_gen *g, const bindings *list, uint16_t first) {
    for (size_t i = 0; i < list->count; i++) {
        rf_fus_binding *binding = list->items[i];
        if (binding->kind == RF_FUS_BIND_LOCAL)
            binding->index = first + (uint32_t)i;
        else if (g->main_registers[binding->index] != RF_FUS_NO_REGISTER)
            g->main_registers[binding->index] = (uint16_t)(first + i);
    }
}

static void gen_or(rf_fus_gen *g, const rf_fus_pat *pat, rf_fus_subject subject, rf_fus_jumps *fail) {
    size_t mark = g->pats.count;
    bindings list = { 0 };
    collect(g, pat, &list);
    if (list.count)
        subject = in_register(whole(g, subject));
    uint16_t first = rf_fus_temps(g, (uint32_t)list.count);
    for (; pat->kind == RF_FUS_PAT_OR; pat = bare(pat->items[0]))
        if (!RF_FUS_PUSH(&g->pats, pat->items[1])) {
            g->no_memory = true;
            g->pats.count = mark;
            rf_vec_done(&list);
            return;
        }
    rf_fus_jumps matched = { 0 };
    uint32_t top = g->top;
    while (g->pats.count > mark) {
        rf_fus_jumps next = { 0 };
        rf_fus_gen_pattern(g, pat, subject, &next);
        move_to(g, &list, first);
        rf_fus_emit_jump(g, &matched, RF_FUS_MAKEX(RF_FUS_I_JMP, 0, 0, 0));
        rf_fus_land(g, &next);
        g->top = top;
        pat = bare(g->pats.items[--g->pats.count]);
    }
    rf_fus_gen_pattern(g, pat, subject, fail);
    move_to(g, &list, first);
    rf_fus_land(g, &matched);
    settle(g, &list, first);
    rf_vec_done(&list);
}

static void gen_as(rf_fus_gen *g, const rf_fus_pat *pat, rf_fus_subject subject, rf_fus_jumps *fail) {
    uint16_t value = whole(g, subject);
    if (pat->binding)
        rf_fus_bind_register(g, pat->binding, value);
    if (pat->kind == RF_FUS_PAT_AS)
        rf_fus_gen_pattern(g, pat->items[0], in_register(value), fail);
}

void rf_fus_gen_pattern(rf_fus_gen *g, const rf_fus_pat *pat, rf_fus_subject subject, rf_fus_jumps *fail) {
    pat = bare(pat);
    switch (pat->kind) {
    case RF_FUS_PAT_WILD:
    case RF_FUS_PAT_TYPED: return;
    case RF_FUS_PAT_VAR:
    case RF_FUS_PAT_AS: gen_as(g, pat, subject, fail); return;
    case RF_FUS_PAT_OR: gen_or(g, pat, subject, fail); return;
    case RF_FUS_PAT_TUPLE: gen_tuple(g, pat, subject, fail); return;
    default: break;
    }
    uint16_t value = whole(g, subject);
    switch (pat->kind) {
    case RF_FUS_PAT_ARRAY: gen_array(g, pat, value, fail); return;
    case RF_FUS_PAT_RECORD: gen_record(g, pat, value, fail); return;
    case RF_FUS_PAT_CTOR:
        rf_fus_emit_jump(g, fail, RF_FUS_MAKE(RF_FUS_I_JNCTOR, 0, value, rf_fus_symbol_index(g, pat->text), 0));
        rf_fus_gen_ctor_parts(g, pat, value, fail);
        return;
    case RF_FUS_PAT_LIST:
    case RF_FUS_PAT_CONS:
        if (pat->count == 0) {
            rf_fus_emit_jump(g, fail, RF_FUS_MAKEX(RF_FUS_I_JNNIL, 0, value, 0));
            return;
        }
        rf_fus_emit_jump(g, fail, RF_FUS_MAKEX(RF_FUS_I_JNCONS, 0, value, 0));
        rf_fus_gen_list_parts(g, pat, value, fail);
        return;
    default: gen_literal(g, pat, value, fail); return;
    }
}

void rf_fus_no_list_late(rf_fus_gen *g, rf_fus_jumps from, rf_fus_at at, uint16_t value) {
    if (from.head && !rf_vec_push(&g->fails, (rf_fus_late_fail){ from, at, value }))
        g->no_memory = true;
}

void rf_fus_fail_late(rf_fus_gen *g, rf_fus_jumps from, rf_fus_at at) { rf_fus_no_list_late(g, from, at, RF_FUS_NO_REGISTER); }

void rf_fus_gen_pattern_or_fail(rf_fus_gen *g, const rf_fus_pat *pat, rf_fus_subject subject) {
    rf_fus_jumps fail = { 0 };
    if (subject.items && subject.count)
        subject.value = RF_FUS_NO_REGISTER;
    rf_fus_gen_pattern(g, pat, subject, &fail);
    rf_fus_fail_late(g, fail, pat->at);
}
