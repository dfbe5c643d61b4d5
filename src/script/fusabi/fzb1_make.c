/* fzb1_make.c: version-1 instructions that make values, look names up and call. */
#include "base/slice.h"
#include "script/fusabi/fzb1_translate.h"

#include <assert.h>
#include <stdlib.h>

enum { NEST_MOST = 100 }; /* of constant tuples and lists in each other; deeper ones are built each time */

static rf_fus_v1_entry *push_static(rf_fus_v1_translator *t, rf_fus_value value, uint32_t home, uint8_t nest) {
    rf_fus_v1_entry *entry = rf_fus_v1_push(t, RF_FUS_V1_E_CONST, home);
    entry->literal = NULL;
    entry->value = value;
    entry->nest = nest;
    return entry;
}

/* ---- Tuples, lists, arrays ---- */

/* All items are constants: the whole is one. Arrays can be changed, so they never are. */
static bool make_static(rf_fus_v1_translator *t, rf_fus_opcode op, uint32_t count, uint32_t home) {
    const rf_fus_v1_entry *items = &t->stack.items[t->stack.count - count];
    uint8_t nest = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].kind != RF_FUS_V1_E_CONST || items[i].nest >= NEST_MOST)
            return false;
        if (items[i].nest > nest)
            nest = items[i].nest;
    }
    rf_fus_value *values = rf_arena_alloc(t->scratch, count * sizeof *values);
    if (!values) {
        rf_fus_v1_fail_memory(t);
        return false;
    }
    for (uint32_t i = 0; i < count; i++)
        values[i] = rf_fus_v1_value_of(t, &items[i]);
    rf_fus_value made = RF_FUS_NIL;
    if (op == RF_FUS_I_TUPLE)
        made = rf_fus_v1_static_items(t, RF_FUS_T_TUPLE, values, count);
    for (uint32_t i = count; i-- > 0 && op == RF_FUS_I_LIST && made != RF_FUS_RAISED;)
        made = rf_fus_static_cons(&t->program->arena, values[i], made);
    if (made == RF_FUS_RAISED)
        rf_fus_v1_fail_memory(t);
    rf_fus_v1_pop(t, count);
    push_static(t, made, home, (uint8_t)(nest + 1));
    return true;
}

void rf_fus_v1_make_items(rf_fus_v1_translator *t, rf_fus_opcode op, uint32_t count) {
    uint32_t first = (uint32_t)t->stack.count - count;
    uint32_t home = count ? t->stack.items[first].home : rf_fus_v1_free_register(t), run = home;
    if ((op == RF_FUS_I_TUPLE || op == RF_FUS_I_LIST) && make_static(t, op, count, home))
        return;
    if (count == 1)
        run = rf_fus_v1_use(t, rf_fus_v1_top(t, 0));
    else
        rf_fus_v1_settle(t, first, count, home, NULL);
    rf_fus_v1_pop(t, count);
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(op, 0, home, run, op == RF_FUS_I_UPDATE ? 0 : count));
    (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, home);
}

/* ---- Records and variants ---- */

typedef struct field { const rf_fus_symbol *symbol; uint32_t entry; } field;

static int by_name(const void *a, const void *b) {
    const field *left = a, *right = b;
    const rf_fus_string *l = left->symbol->text, *r = right->symbol->text;
    int order = rf_slice_compare((rf_slice){ l->bytes, l->head.length }, (rf_slice){ r->bytes, r->head.length });
    return order ? order : (left->entry > right->entry) - (left->entry < right->entry);
}

/* Names and values lie in turn from `first` on. Sorted by name; the first of equal names counts. */
static field *find_fields(rf_fus_v1_translator *t, uint32_t first, uint32_t count, uint32_t *ret_count) {
    field *fields = rf_arena_alloc(t->scratch, count * sizeof *fields);
    uint32_t kept = 0;
    if (!fields)
        rf_fus_v1_fail_memory(t);
    for (uint32_t i = 0; i < count && !rf_fus_v1_failed(t); i++) {
        rf_slice name = { 0 };
        if (!rf_fus_v1_is_text(&t->stack.items[first + 2 * i], &name))
            rf_fus_v1_fail(t, "the name of a field is not a constant");
        uint16_t symbol = rf_fus_v1_symbol(t, name);
        if (!rf_fus_v1_failed(t))
            fields[i] = (field){ t->symbols.items[symbol], first + 2 * i + 1 };
    }
    if (rf_fus_v1_failed(t))
        return NULL;
    if (count > 1)
        qsort(fields, count, sizeof *fields, by_name);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || fields[kept - 1].symbol != fields[i].symbol)
            fields[kept++] = fields[i];
    *ret_count = kept;
    return fields;
}

/* The values in the order of the shape go behind everything else; for an update the record in front of them. */
void rf_fus_v1_make_record(rf_fus_v1_translator *t, uint32_t count, bool is_update) {
    uint32_t taken = 2 * count + is_update, first = (uint32_t)t->stack.count - taken;
    uint32_t home = taken ? t->stack.items[first].home : rf_fus_v1_free_register(t), run = rf_fus_v1_free_register(t), kept = 0;
    field *fields = find_fields(t, first + is_update, count, &kept);
    const rf_fus_symbol **names = rf_arena_alloc(t->scratch, kept * sizeof *names);
    if (!fields || !names) {
        rf_fus_v1_fail_memory(t);
        return;
    }
    rf_fus_v1_touch(t, run);
    if (is_update)
        rf_fus_v1_put(t, &t->stack.items[first], run);
    for (uint32_t i = 0; i < kept && !rf_fus_v1_failed(t); i++) {
        rf_fus_v1_put(t, &t->stack.items[fields[i].entry], run + is_update + i);
        names[i] = fields[i].symbol;
    }
    rf_fus_v1_pop(t, taken);
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(is_update ? RF_FUS_I_RECWITH : RF_FUS_I_RECORD, 0, home, run, rf_fus_v1_shape(t, names, kept)));
    (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, home);
}

/* Type name (which decides nothing), constructor, fields. */
void rf_fus_v1_make_variant(rf_fus_v1_translator *t, uint32_t count) {
    uint32_t first = (uint32_t)t->stack.count - count, home = t->stack.items[first - 2].home, run = home;
    rf_slice name;
    if (!rf_fus_v1_is_text(&t->stack.items[first - 1], &name)) {
        rf_fus_v1_fail(t, "the name of a constructor is not a constant");
        return;
    }
    if (count > UINT8_MAX)
        rf_fus_v1_fail(t, "a variant has too many fields");
    uint16_t symbol = rf_fus_v1_symbol(t, name);
    if (rf_fus_v1_failed(t))
        return;
    if (count == 0) {
        rf_fus_v1_pop(t, 2);
        push_static(t, rf_fus_of_object(&t->symbols.items[symbol]->nullary), home, 0);
        return;
    }
    if (count == 1) {
        run = rf_fus_v1_use(t, rf_fus_v1_top(t, 0));
    } else {
        run = t->stack.items[first].home;
        rf_fus_v1_settle(t, first, count, run, NULL);
    }
    rf_fus_v1_pop(t, count + 2);
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_VARIANT, count, home, run, symbol));
    (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, home);
}

/* ---- Functions ---- */

static bool stores_captured(const rf_fus_v1_chunk *chunk) {
    for (uint32_t pc = 0; pc < chunk->op_count; pc++)
        if (chunk->ops[pc].tag == RF_FUS_V1_STORE_UPVALUE)
            return true;
    return false;
}

void rf_fus_v1_make_closure(rf_fus_v1_translator *t, const rf_fus_v1_op *op) {
    rf_fus_v1_value *closure = &t->chunk->constants[op->k];
    uint32_t count = op->n, first = (uint32_t)t->stack.count - count, to = rf_fus_v1_free_register(t);
    uint32_t *captures = NULL;
    bool has_cells = false;
    if (count > 0) {
        uint32_t from = t->stack.items[first].home;
        captures = rf_arena_alloc(t->scratch, count * sizeof *captures);
        has_cells = stores_captured(closure->chunk);
        t->work += closure->chunk->op_count;
        if (!captures) {
            rf_fus_v1_fail_memory(t);
            return;
        }
        rf_fus_v1_settle(t, first, count, from, NULL);
        for (uint32_t i = 0; i < count; i++) {
            captures[i] = from + i;
            if (has_cells)
                rf_fus_v1_emit(t, RF_FUS_MAKE(RF_FUS_I_CELL, 0, from + i, from + i, 0));
        }
    }
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_CLOSURE, 0, to, rf_fus_v1_proto(t, closure, captures, count, has_cells), 0));
    rf_fus_v1_pop(t, count);
    (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, to);
}

/* ---- Names ---- */

static void fail_with(rf_fus_v1_translator *t, unsigned what, rf_slice name) {
    uint32_t number = rf_fus_v1_text_constant(t, name);
    if (number <= UINT16_MAX)
        rf_fus_v1_emit(t, RF_FUS_MAKE(RF_FUS_I_FAIL, what, 0, number, 0));
    else
        rf_fus_v1_raise_text(t, "%s: %.*s", what == RF_FUS_FAIL_FIELD ? "Record field not found" : "Undefined global", RF_SLICE_ARG(name));
}

static void push_library(rf_fus_v1_translator *t, const rf_fus_lib_row *row, uint32_t home) {
    rf_fus_v1_entry *entry = rf_fus_v1_push(t, RF_FUS_V1_E_LIBRARY, home);
    entry->row = row;
}

/* The original compiles `async { }` to functions of a module `async`, which it does not have. */
static const rf_fus_lib_row *find_async(const rf_fus_v1_translator *t, rf_slice name) {
    char text[64] = "A";
    if (!rf_slice_starts(name, RF_SLICE("async.")) || name.len > sizeof text)
        return NULL;
    memcpy(text + 1, name.data + 1, name.len - 1);
    return rf_fus_v1_find(t, (rf_slice){ text, name.len });
}

bool rf_fus_v1_load_global(rf_fus_v1_translator *t, rf_slice name) {
    uint32_t home = rf_fus_v1_free_register(t);
    const rf_fus_lib_row *row = rf_fus_v1_find(t, name);
    if (!row)
        row = find_async(t, name);
    if (row) {
        push_library(t, row, home);
        return true;
    }
    if (!rf_fus_v1_is_module(name)) {
        fail_with(t, RF_FUS_FAIL_UNDEFINED, name);
        return false;
    }
    rf_fus_v1_value *literal = rf_arena_zero(t->scratch, 1, sizeof *literal);
    if (!literal) {
        rf_fus_v1_fail_memory(t);
        return false;
    }
    *literal = (rf_fus_v1_value){ .tag = RF_FUS_V1_K_STRING, .text = name };
    rf_fus_v1_push(t, RF_FUS_V1_E_MODULE, home)->literal = literal;
    return true;
}

static bool get_module_field(rf_fus_v1_translator *t, rf_slice module, rf_slice name, uint32_t home) {
    rf_slice full = rf_printf_in(t->scratch, "%.*s.%.*s", RF_SLICE_ARG(module), RF_SLICE_ARG(name));
    if (!full.data) {
        rf_fus_v1_fail_memory(t);
        return false;
    }
    const rf_fus_lib_row *row = rf_fus_v1_find(t, full);
    rf_fus_v1_pop(t, 2);
    if (row)
        push_library(t, row, home);
    else
        fail_with(t, RF_FUS_FAIL_FIELD, name);
    return row != NULL;
}

bool rf_fus_v1_get_field(rf_fus_v1_translator *t) {
    rf_fus_v1_entry *record = rf_fus_v1_top(t, 1);
    uint32_t home = record->home;
    rf_slice name;
    if (!rf_fus_v1_is_text(rf_fus_v1_top(t, 0), &name)) {
        rf_fus_v1_fail(t, "the name of a field is not a constant");
        return false;
    }
    if (record->kind == RF_FUS_V1_E_MODULE)
        return get_module_field(t, record->literal->text, name, home);
    uint32_t from = rf_fus_v1_use(t, record);
    rf_fus_v1_pop(t, 2);
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_FIELD, 0, home, from, rf_fus_v1_symbol(t, name)));
    (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, home);
    return true;
}

/* ---- Calls ---- */

/* A known library function gets arguments: kept until all are there. False: more than it takes. */
static bool call_row(rf_fus_v1_translator *t, uint32_t first, uint32_t count) {
    rf_fus_v1_entry callee = t->stack.items[first];
    uint32_t total = callee.held + count;
    if (total > callee.row->arity || count == 0)
        return false;
    rf_fus_v1_settle(t, first + 1, count, callee.home + 1 + callee.held, NULL);
    rf_fus_v1_pop(t, count + 1);
    if (total == callee.row->arity) {
        rf_fus_v1_emit(t, RF_FUS_MAKE(RF_FUS_I_CALLLIB, total, callee.home, rf_fus_v1_library(t, callee.row), 0));
        (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, callee.home);
        return true;
    }
    rf_fus_v1_entry *entry = rf_fus_v1_push(t, RF_FUS_V1_E_LIBRARY, callee.home);
    entry->row = callee.row;
    entry->held = total;
    entry->size = total + 1;
    return true;
}

bool rf_fus_v1_call(rf_fus_v1_translator *t, uint32_t count, bool is_tail) {
    uint32_t first = (uint32_t)t->stack.count - count - 1, home = t->stack.items[first].home;
    if (t->stack.items[first].kind == RF_FUS_V1_E_LIBRARY && call_row(t, first, count))
        return true;
    /* A held library function is made a value first: its arguments stand where those of this call go. */
    if (t->stack.items[first].kind == RF_FUS_V1_E_LIBRARY)
        (void)rf_fus_v1_use(t, &t->stack.items[first]);
    rf_fus_v1_settle(t, first, count + 1, home, NULL);
    if (count == 0) {
        rf_fus_v1_load(t, home + 1, RF_FUS_UNIT); /* functions of none take unit here */
        rf_fus_v1_touch(t, home + 1);
    }
    rf_fus_v1_pop(t, count + 1);
    rf_fus_v1_emit(t, RF_FUS_MAKE(is_tail ? RF_FUS_I_TAIL_CALL : RF_FUS_I_CALL, count ? count : 1, home, 0, 0));
    if (is_tail)
        return false;
    (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, home);
    return true;
}

/* Calls by name with the top `count` entries, in `order` from the lowest one on. */
bool rf_fus_v1_call_library(rf_fus_v1_translator *t, const char *name, const uint8_t *order, uint32_t count) {
    const rf_fus_lib_row *row = rf_fus_v1_find(t, rf_slice_of(name));
    uint32_t first = (uint32_t)t->stack.count - count, home = rf_fus_v1_free_register(t);
    if (!row || row->arity != count) {
        fail_with(t, RF_FUS_FAIL_UNDEFINED, rf_slice_of(name));
        return false;
    }
    for (uint32_t i = 0; i < count; i++)
        rf_fus_v1_put(t, &t->stack.items[first + order[i]], home + 1 + i);
    rf_fus_v1_pop(t, count);
    rf_fus_v1_touch(t, home);
    rf_fus_v1_emit(t, RF_FUS_MAKE(RF_FUS_I_CALLLIB, count, home, rf_fus_v1_library(t, row), 0));
    (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, home);
    return true;
}
