/* compile_match.c: the arms of match and try: tested in order, but nothing is tested twice that is known. */
#include "script/fusabi/compile_internal.h"

#include "base/slice.h"

#include <assert.h>

/* What an arm's outermost test asks for. */
typedef enum shape_kind { SHAPE_NONE, SHAPE_CTOR, SHAPE_CONS, SHAPE_NIL, SHAPE_TUPLE, SHAPE_LITERAL } shape_kind;

/* A test made before, and the jumps of those that passed it but failed later in their arm. */
typedef struct tested { shape_kind kind; rf_slice name; rf_fus_jumps same; } tested;

enum { TESTED_MAX = 32 };

typedef struct arms {
    rf_fus_subject subject;
    tested known[TESTED_MAX];
    uint32_t count;
    rf_fus_jumps others; /* of values that passed none of the tests */
} arms;

static const rf_fus_pat *bare(const rf_fus_pat *pat) {
    while (pat->kind == RF_FUS_PAT_TYPED)
        pat = pat->items[0];
    return pat;
}

static shape_kind shape_of(const rf_fus_pat *pat) {
    switch (pat->kind) {
    case RF_FUS_PAT_CTOR: return SHAPE_CTOR;
    case RF_FUS_PAT_CONS: return SHAPE_CONS;
    case RF_FUS_PAT_LIST: return pat->count ? SHAPE_CONS : SHAPE_NIL;
    case RF_FUS_PAT_TUPLE: return SHAPE_TUPLE;
    case RF_FUS_PAT_UNIT:
    case RF_FUS_PAT_BOOL:
    case RF_FUS_PAT_INT:
    case RF_FUS_PAT_FLOAT:
    case RF_FUS_PAT_STRING: return SHAPE_LITERAL;
    default: return SHAPE_NONE;
    }
}

static tested *find(arms *a, shape_kind kind, rf_slice name) {
    for (uint32_t i = 0; i < a->count; i++)
        if (a->known[i].kind == kind && (kind != SHAPE_CTOR || rf_slice_eq(a->known[i].name, name)))
            return &a->known[i];
    return NULL;
}

/* All that is known is given up: every value may come here. */
static void land_all(rf_fus_gen *g, arms *a) {
    for (uint32_t i = 0; i < a->count; i++)
        rf_fus_jumps_join(g, &a->others, a->known[i].same);
    a->count = 0;
    rf_fus_land(g, &a->others);
}

static void test(rf_fus_gen *g, arms *a, const rf_fus_pat *pat, shape_kind kind) {
    uint16_t value = a->subject.value;
    switch (kind) {
    case SHAPE_CTOR: rf_fus_emit_jump(g, &a->others, RF_FUS_MAKE(RF_FUS_I_JNCTOR, 0, value, rf_fus_symbol_index(g, pat->text), 0)); break;
    case SHAPE_CONS: rf_fus_emit_jump(g, &a->others, RF_FUS_MAKEX(RF_FUS_I_JNCONS, 0, value, 0)); break;
    default: rf_fus_emit_jump(g, &a->others, RF_FUS_MAKEX(RF_FUS_I_JNNIL, 0, value, 0)); break;
    }
}

/* The pattern of one arm; false: no value can come here. `*ret_fail` is where the rest of the arm (its guard) jumps to. */
static bool gen_arm_pattern(rf_fus_gen *g, arms *a, const rf_fus_pat *pat, rf_fus_jumps **ret_fail) {
    pat = bare(pat);
    shape_kind kind = shape_of(pat);
    bool is_parted = kind == SHAPE_CTOR || kind == SHAPE_CONS || kind == SHAPE_NIL;
    if (kind == SHAPE_NONE || (is_parted && (a->subject.items || a->count == TESTED_MAX))) {
        land_all(g, a);
        if (g->dead)
            return false;
        *ret_fail = &a->others;
        rf_fus_gen_pattern(g, pat, a->subject, &a->others);
        return true;
    }
    tested *known = kind == SHAPE_LITERAL ? NULL : find(a, kind, pat->text);
    if (known)
        rf_fus_land(g, &known->same);
    else
        rf_fus_land(g, &a->others);
    if (g->dead)
        return false;
    *ret_fail = known ? &known->same : &a->others;
    if (!is_parted) {
        rf_fus_gen_pattern(g, pat, a->subject, *ret_fail);
        return true;
    }
    if (!known) {
        test(g, a, pat, kind);
        known = &a->known[a->count++];
        *known = (tested){ .kind = kind, .name = pat->text };
    }
    *ret_fail = &known->same;
    if (kind == SHAPE_CTOR)
        rf_fus_gen_ctor_parts(g, pat, a->subject.value, &known->same);
    else if (kind == SHAPE_CONS)
        rf_fus_gen_list_parts(g, pat, a->subject.value, &known->same);
    return true;
}

/* The length of the tuples that all arms in front of a catch-all are for, when there are two of them at least; or 0. */
static uint32_t tuple_arms(const rf_fus_expr *e) {
    uint32_t length = 0, count = 0;
    for (uint32_t i = 0; i < e->arm_count; i++) {
        const rf_fus_pat *pat = bare(e->arms[i].pat);
        if (pat->kind == RF_FUS_PAT_TUPLE && (length == 0 || pat->count == length)) {
            length = pat->count;
            count++;
        } else if (count == 0 || !rf_fus_always_matches(pat)) {
            return 0;
        }
    }
    return count > 1 ? length : 0;
}

static bool is_looked_at(const rf_fus_expr *e, uint32_t column) {
    for (uint32_t i = 0; i < e->arm_count; i++) {
        const rf_fus_pat *pat = bare(e->arms[i].pat);
        if (pat->kind == RF_FUS_PAT_TUPLE && bare(pat->items[column])->kind != RF_FUS_PAT_WILD)
            return true;
    }
    return false;
}

/* Several arms for tuples of one length: its items are taken out once. */
static void take_columns(rf_fus_gen *g, arms *a, const rf_fus_expr *e) {
    uint32_t length = a->subject.items ? 0 : tuple_arms(e);
    uint16_t *items = length ? rf_arena_alloc(g->arena, length * sizeof *items) : NULL;
    if (!items)
        return;
    rf_fus_emit_jump(g, &a->others, RF_FUS_MAKE(RF_FUS_I_JNTUPLE, 0, a->subject.value, length, 0));
    for (uint32_t i = 0; i < length; i++) {
        items[i] = RF_FUS_NO_REGISTER;
        if (!is_looked_at(e, i))
            continue;
        items[i] = rf_fus_temp(g);
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_ITEM, 0, items[i], a->subject.value, i));
    }
    a->subject.items = items;
    a->subject.count = length;
    a->known[a->count++] = (tested){ .kind = SHAPE_TUPLE };
}

void rf_fus_gen_arms(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_subject subject, rf_fus_goal goal, rf_fus_jumps *fail) {
    arms a = { .subject = subject };
    uint32_t mark = g->top;
    take_columns(g, &a, e);
    uint32_t arm_mark = g->top;
    rf_fus_jumps end = { 0 };
    for (uint32_t i = 0; i < e->arm_count; i++) {
        const rf_fus_arm *arm = &e->arms[i];
        rf_fus_jumps *other_way = NULL;
        if (i)
            rf_fus_emit_jump(g, &end, RF_FUS_MAKEX(RF_FUS_I_JMP, 0, 0, 0));
        if (!gen_arm_pattern(g, &a, arm->pat, &other_way))
            continue;
        if (arm->guard)
            rf_fus_gen_condition(g, arm->guard, false, false, other_way);
        rf_fus_gen_expr(g, arm->body, goal);
        g->top = arm_mark;
    }
    for (uint32_t i = 0; i < a.count; i++)
        rf_fus_jumps_join(g, &a.others, a.known[i].same);
    rf_fus_jumps_join(g, fail, a.others);
    rf_fus_land(g, &end);
    g->top = mark;
}

/* `match a, b with` whose arms take the tuple apart: it is not made. */
static bool is_taken_apart(const rf_fus_expr *e, const rf_fus_expr *scrutinee) {
    if (scrutinee->kind != RF_FUS_E_TUPLE || scrutinee->count < 2)
        return false;
    for (uint32_t i = 0; i < e->arm_count; i++) {
        const rf_fus_pat *pat = bare(e->arms[i].pat);
        for (; pat->kind == RF_FUS_PAT_OR; pat = bare(pat->items[0]))
            if (bare(pat->items[1])->kind != RF_FUS_PAT_TUPLE)
                return false;
        if (pat->kind != RF_FUS_PAT_TUPLE && pat->kind != RF_FUS_PAT_WILD)
            return false;
    }
    return true;
}

const rf_fus_expr *rf_fus_gen_match(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    const rf_fus_expr *scrutinee = rf_fus_gen_bare(e->items[0]);
    rf_fus_subject subject = { .value = RF_FUS_NO_REGISTER };
    uint16_t *items = is_taken_apart(e, scrutinee) ? rf_arena_alloc(g->arena, scrutinee->count * sizeof *items) : NULL;
    if (items) {
        for (uint32_t i = 0; i < scrutinee->count; i++)
            items[i] = rf_fus_stable(g, scrutinee->items[i]);
        subject.items = items;
        subject.count = scrutinee->count;
    } else {
        subject.value = rf_fus_stable(g, scrutinee);
    }
    rf_fus_jumps fail = { 0 };
    rf_fus_gen_arms(g, e, subject, goal, &fail);
    rf_fus_fail_late(g, fail, e->at);
    return NULL;
}
