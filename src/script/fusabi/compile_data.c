/* compile_data.c: tuples, lists, arrays, records, variants, and reading of their parts; interpolated strings. */
#include "script/fusabi/compile_internal.h"

#include <assert.h>

enum { LIST_MAX = 100, CONCATN_MAX = 250, CONSTANT_ARRAY_MIN = 8 };

/* Variables whose registers follow each other already. */
static bool are_neighbours(rf_fus_gen *g, rf_fus_expr *const *items, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        uint16_t have = rf_fus_register_of(g, items[i]);
        if (have == RF_FUS_NO_REGISTER || have != rf_fus_register_of(g, items[0]) + i)
            return false;
    }
    return count > 0;
}

uint16_t rf_fus_gen_run(rf_fus_gen *g, rf_fus_expr *const *items, uint32_t count, rf_fus_goal goal) {
    if (are_neighbours(g, items, count))
        return rf_fus_register_of(g, items[0]);
    uint16_t first = rf_fus_base(g, goal);
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0)
            rf_fus_gen_expr(g, items[0], first);
        else
            (void)rf_fus_value_in(g, items[i]);
    }
    return first;
}

/* Where the instruction writes: to the first of the run when that is new, or is wanted no more. */
static uint16_t target_of(rf_fus_gen *g, rf_fus_goal goal, uint16_t base) {
    if (goal >= 0)
        return (uint16_t)goal;
    return goal == RF_FUS_TAIL ? base : rf_fus_temp(g);
}

static bool gen_constant(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal) {
    rf_fus_value constant;
    if (!rf_fus_constant_of(g, e, &constant))
        return false;
    if (goal == RF_FUS_DROP)
        return true;
    uint16_t into = rf_fus_goal_register(g, goal);
    rf_fus_load(g, into, constant);
    rf_fus_finish(g, goal, into);
    return true;
}

const rf_fus_expr *rf_fus_gen_tuple(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    if (gen_constant(g, e, goal))
        return NULL;
    uint16_t first = rf_fus_gen_run(g, e->items, e->count, goal), into = target_of(g, goal, first);
    rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_TUPLE, 0, into, first, e->count));
    rf_fus_finish(g, goal, into);
    return NULL;
}

/* Long lists are appended to one by one: no window of that size is needed. */
static void gen_long(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, bool is_array) {
    uint16_t list = rf_fus_base(g, goal);
    (void)rf_fus_temp(g);
    rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_BUILD, 0, list, 0, 0));
    for (uint32_t i = 0; i < e->count; i++) {
        uint32_t mark = g->top;
        uint16_t item = rf_fus_gen_operand(g, e->items[i]);
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_PUSH, 0, list, item, 0));
        g->top = mark;
    }
    if (is_array)
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_TOARRAY, 0, list, list, 0));
    rf_fus_finish(g, goal, list);
}

const rf_fus_expr *rf_fus_gen_list(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    if (gen_constant(g, e, goal))
        return NULL;
    if (e->count > LIST_MAX) {
        gen_long(g, e, goal, false);
        return NULL;
    }
    uint16_t first = rf_fus_gen_run(g, e->items, e->count, goal), into = target_of(g, goal, first);
    rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_LIST, 0, into, first, e->count));
    rf_fus_finish(g, goal, into);
    return NULL;
}

/* An array of constants is copied from a constant list. */
static bool gen_constant_array(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal) {
    rf_fus_expr list = *e;
    rf_fus_value constant;
    list.kind = RF_FUS_E_LIST;
    if (e->count < CONSTANT_ARRAY_MIN || !rf_fus_constant_of(g, &list, &constant))
        return false;
    uint16_t into = rf_fus_goal_register(g, goal), from = rf_fus_temp(g);
    rf_fus_load(g, from, constant);
    rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_TOARRAY, 0, into, from, 0));
    rf_fus_finish(g, goal, into);
    return true;
}

const rf_fus_expr *rf_fus_gen_array(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    if (gen_constant_array(g, e, goal))
        return NULL;
    if (e->count > LIST_MAX) {
        gen_long(g, e, goal, true);
        return NULL;
    }
    uint16_t first = rf_fus_gen_run(g, e->items, e->count, goal), into = target_of(g, goal, first);
    rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_ARRAY, 0, into, first, e->count));
    rf_fus_finish(g, goal, into);
    return NULL;
}

static bool is_cons(const rf_fus_expr *e) { return e->kind == RF_FUS_E_BINARY && e->op == RF_FUS_OP_CONS; }

/* a :: b :: rest: evaluated from the left, joined from the right. */
void rf_fus_gen_cons(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal) {
    uint16_t into = rf_fus_goal_register(g, goal);
    uint32_t count = 1, at = 0;
    const rf_fus_expr *rest = rf_fus_gen_bare(e->items[1]);
    for (; is_cons(rest); rest = rf_fus_gen_bare(rest->items[1]))
        count++;
    uint16_t *heads = rf_arena_alloc(g->arena, count * sizeof *heads);
    if (!heads) {
        g->no_memory = true;
        return;
    }
    for (const rf_fus_expr *cell = e; at < count; cell = rf_fus_gen_bare(cell->items[1]))
        heads[at++] = rf_fus_gen_operand_before(g, cell->items[0], cell->items[1]);
    uint16_t list = rf_fus_gen_operand(g, rest), scratch = count > 1 ? rf_fus_temp(g) : into;
    while (at > 0) {
        at--;
        uint16_t target = at ? scratch : into;
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_CONS, 0, target, heads[at], list));
        list = target;
    }
    rf_fus_finish(g, goal, into);
}

/* Records. */

typedef struct field_list {
    const rf_fus_symbol **symbols; /* of the source, in its order; NULL: a repeated name */
    const rf_fus_shape *shape;
    uint16_t number;
    bool is_in_order;              /* the source has them in the shape's order, none twice */
} field_list;

static bool read_fields(rf_fus_gen *g, const rf_slice *names, uint32_t count, field_list *ret) {
    *ret = (field_list){ .is_in_order = true };
    ret->symbols = rf_arena_alloc(g->arena, (count + 1) * sizeof *ret->symbols);
    const rf_fus_symbol **sorted = rf_arena_alloc(g->arena, (count + 1) * sizeof *sorted);
    if (!ret->symbols || !sorted) {
        g->no_memory = true;
        return false;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint16_t index = rf_fus_symbol_index(g, names[i]);
        if (g->no_memory)
            return false;
        ret->symbols[i] = g->symbols.items[index];
        for (uint32_t k = 0; k < kept && ret->symbols[i]; k++)
            if (sorted[k] == ret->symbols[i])
                ret->symbols[i] = NULL; /* the first one counts */
        if (ret->symbols[i])
            sorted[kept++] = ret->symbols[i];
    }
    ret->number = rf_fus_shape_number(g, sorted, kept, &ret->shape);
    if (g->no_memory)
        return false;
    for (uint32_t i = 0; i < count; i++)
        ret->is_in_order &= ret->symbols[i] && ret->shape->fields[i] == ret->symbols[i];
    return true;
}

/* Values of the fields: evaluated in the order of the source, each into its place from `first` on. */
static void gen_fields(rf_fus_gen *g, rf_fus_expr *const *values, uint32_t count, const field_list *fields, uint16_t first) {
    for (uint32_t i = 0; i < count; i++) {
        int32_t place = fields->symbols[i] ? rf_fus_shape_index(fields->shape, fields->symbols[i]) : -1;
        rf_fus_gen_expr(g, values[i], place < 0 ? RF_FUS_DROP : first + place);
    }
}

const rf_fus_expr *rf_fus_gen_record(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    field_list fields;
    if (!read_fields(g, e->names, e->count, &fields))
        return NULL;
    uint16_t first;
    if (fields.is_in_order) {
        first = rf_fus_gen_run(g, e->items, e->count, goal);
    } else {
        first = rf_fus_base(g, goal);
        (void)rf_fus_temps(g, fields.shape->count - 1);
        gen_fields(g, e->items, e->count, &fields, first);
    }
    uint16_t into = target_of(g, goal, first);
    rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_RECORD, 0, into, first, fields.number));
    rf_fus_finish(g, goal, into);
    return NULL;
}

const rf_fus_expr *rf_fus_gen_with(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    field_list fields;
    if (!read_fields(g, e->names, e->count - 1, &fields))
        return NULL;
    uint16_t record = rf_fus_base(g, goal);
    rf_fus_gen_expr(g, e->items[0], record);
    uint16_t first = rf_fus_temps(g, fields.shape->count);
    gen_fields(g, e->items + 1, e->count - 1, &fields, first);
    uint16_t into = target_of(g, goal, record);
    rf_fus_emit_at(g, e->at, RF_FUS_MAKE(RF_FUS_I_RECWITH, 0, into, record, fields.number));
    rf_fus_finish(g, goal, into);
    return NULL;
}

const rf_fus_expr *rf_fus_gen_ctor(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    if (gen_constant(g, e, goal))
        return NULL;
    if (e->count > UINT8_MAX)
        rf_fus_too_large(g, "Tuple too large (max 255 fields of a constructor)");
    uint16_t first = rf_fus_gen_run(g, e->items, e->count, goal), into = target_of(g, goal, first);
    rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_VARIANT, e->count, into, first, rf_fus_symbol_index(g, e->text)));
    rf_fus_finish(g, goal, into);
    return NULL;
}

const rf_fus_expr *rf_fus_gen_field(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    uint16_t into = rf_fus_goal_register(g, goal);
    uint16_t record = rf_fus_gen_operand(g, e->items[0]);
    rf_fus_emit_at(g, e->at_op, RF_FUS_MAKE(RF_FUS_I_FIELD, 0, into, record, rf_fus_symbol_index(g, e->text)));
    rf_fus_finish(g, goal, into);
    return NULL;
}

const rf_fus_expr *rf_fus_gen_index(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    uint16_t into = rf_fus_goal_register(g, goal);
    uint16_t array = rf_fus_gen_operand_before(g, e->items[0], e->items[1]), index = rf_fus_gen_operand(g, e->items[1]);
    rf_fus_emit_at(g, e->at_op, RF_FUS_MAKE(RF_FUS_I_INDEX, 0, into, array, index));
    rf_fus_finish(g, goal, into);
    return NULL;
}

const rf_fus_expr *rf_fus_gen_update(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    uint16_t first = rf_fus_gen_run(g, e->items, 3, goal), into = target_of(g, goal, first);
    rf_fus_emit_at(g, e->at_op, RF_FUS_MAKE(RF_FUS_I_UPDATE, 0, into, first, 0));
    rf_fus_finish(g, goal, into);
    return NULL;
}

/* Interpolated strings: texts and holes in turn. */

static void gen_hole(rf_fus_gen *g, const rf_fus_expr *hole, rf_slice format, uint16_t into) {
    uint16_t value = rf_fus_register_of(g, hole);
    if (value == RF_FUS_NO_REGISTER) {
        rf_fus_gen_expr(g, hole, into);
        value = into;
    }
    if (format.len == 0) {
        if (rf_fus_follow(hole)->kind != RF_FUS_E_STRING)
            rf_fus_emit_at(g, hole->at, RF_FUS_MAKE(RF_FUS_I_DISPLAY, 0, into, value, 0));
        return;
    }
    uint32_t constant = rf_fus_constant(g, rf_fus_constant_string(g, format));
    if (constant > UINT16_MAX)
        rf_fus_too_large(g, "Too many constants (max 65535)");
    rf_fus_emit_at(g, hole->at, RF_FUS_MAKE(RF_FUS_I_FORMAT, 0, into, value, constant));
}

/* What has been pieced together so far, from `first` on, becomes one string there. */
static void join(rf_fus_gen *g, uint16_t first, uint32_t *count) {
    rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_CONCATN, *count, first, first, 0));
    g->top = first + 1u;
    *count = 1;
}

const rf_fus_expr *rf_fus_gen_interp(rf_fus_gen *g, const rf_fus_expr *e, rf_fus_goal goal, rf_fus_jumps *end) {
    (void)end;
    uint32_t count = 0;
    uint16_t first = 0;
    for (uint32_t i = 0; i < e->count; i++) {
        bool is_hole = i % 2 == 1;
        if (!is_hole && e->items[i]->text.len == 0)
            continue;
        if (count == CONCATN_MAX)
            join(g, first, &count);
        uint16_t into = count ? rf_fus_temp(g) : rf_fus_base(g, goal);
        first = count ? first : into;
        count++;
        if (is_hole)
            gen_hole(g, e->items[i], e->names[i / 2], into);
        else
            rf_fus_gen_expr(g, e->items[i], into);
    }
    if (count == 0) {
        uint16_t into = rf_fus_goal_register(g, goal);
        rf_fus_load(g, into, rf_fus_constant_string(g, (rf_slice){ "", 0 }));
        rf_fus_finish(g, goal, into);
        return NULL;
    }
    uint16_t into = count > 1 ? target_of(g, goal, first) : first;
    if (count > 1)
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_CONCATN, count, into, first, 0));
    rf_fus_finish(g, goal, into);
    return NULL;
}
