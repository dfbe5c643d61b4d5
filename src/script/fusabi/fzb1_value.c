/* fzb1_value.c: constants of version-1 files: shared values, or code that builds them. */
#include "base/slice.h"
#include "script/fusabi/fzb1_translate.h"

#include <assert.h>
#include <stdlib.h>

bool rf_fus_v1_is_module(rf_slice name) {
    for (size_t i = 0; rf_fus_lib_modules[i]; i++) {
        const rf_fus_lib_module *module = rf_fus_lib_modules[i];
        if (name.len == 0 || !rf_slice_is(name, module->name))
            continue;
        for (const rf_fus_lib_row *row = module->rows; row->name; row++)
            if (!row->is_ours)
                return true;
    }
    return false;
}

const rf_fus_lib_row *rf_fus_v1_find(const rf_fus_v1_translator *t, rf_slice name) {
    const rf_fus_lib_row *row = rf_fus_engine_find(t->program->engine, name);
    return row && !row->is_ours ? row : NULL;
}

/* ---- Shared values ---- */

static rf_fus_value static_text(rf_fus_v1_translator *t, rf_slice text) {
    uint32_t number = rf_fus_v1_text_constant(t, text);
    return rf_fus_v1_failed(t) ? RF_FUS_UNIT : t->constants.items[number];
}

rf_fus_value rf_fus_v1_static_items(rf_fus_v1_translator *t, rf_fus_type_tag type, const rf_fus_value *items, uint32_t count) {
    rf_fus_value made = rf_fus_static_items(&t->program->arena, type, items, count);
    if (made != RF_FUS_RAISED)
        return made;
    rf_fus_v1_fail_memory(t);
    return RF_FUS_UNIT;
}

static rf_fus_value static_int(rf_fus_v1_translator *t, int64_t number) {
    rf_fus_value made = rf_fus_static_int(&t->program->arena, number);
    if (made != RF_FUS_RAISED)
        return made;
    rf_fus_v1_fail_memory(t);
    return RF_FUS_UNIT;
}

static rf_fus_value static_nullary(rf_fus_v1_translator *t, rf_slice name) {
    uint16_t number = rf_fus_v1_symbol(t, name);
    return rf_fus_v1_failed(t) ? RF_FUS_UNIT : rf_fus_of_object(&t->symbols.items[number]->nullary);
}

/* Values without parts. */
static rf_fus_value static_simple(rf_fus_v1_translator *t, const rf_fus_v1_value *value) {
    switch (value->tag) {
    case RF_FUS_V1_K_INT: return static_int(t, value->number);
    case RF_FUS_V1_K_FLOAT: return rf_fus_of_double(value->real);
    case RF_FUS_V1_K_BOOL: return rf_fus_of_bool(value->truth);
    case RF_FUS_V1_K_STRING: return static_text(t, value->text);
    case RF_FUS_V1_K_UNIT: return RF_FUS_UNIT;
    case RF_FUS_V1_K_NIL: return RF_FUS_NIL;
    case RF_FUS_V1_K_VARIANT: return value->count == 0 ? static_nullary(t, value->name) : 0;
    default: return 0;
    }
}

rf_fus_value rf_fus_v1_static(rf_fus_v1_translator *t, rf_fus_v1_value *value) {
    if (!value->made)
        value->made = static_simple(t, value);
    return value->made;
}

/* ---- Built values ---- */

/* The items one behind the other from `to` on. */
static void build_items(rf_fus_v1_translator *t, rf_fus_v1_value *value, uint32_t to) {
    for (uint32_t i = 0; i < value->count && !rf_fus_v1_failed(t); i++)
        rf_fus_v1_build(t, &value->items[i], to + i);
}

static void build_run(rf_fus_v1_translator *t, rf_fus_opcode op, rf_fus_v1_value *value, uint32_t to) {
    build_items(t, value, to + 1);
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(op, 0, to, to + 1, value->count));
    if (value->count > UINT16_MAX)
        rf_fus_v1_fail(t, "a constant is too large");
}

static void build_variant(rf_fus_v1_translator *t, rf_fus_v1_value *value, uint32_t to) {
    build_items(t, value, to + 1);
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_VARIANT, value->count, to, to + 1, rf_fus_v1_symbol(t, value->name)));
    if (value->count > UINT8_MAX)
        rf_fus_v1_fail(t, "a constant is too large");
}

/* From its end on, so that two registers are enough. */
static void build_list(rf_fus_v1_translator *t, rf_fus_v1_value *value, uint32_t to) {
    size_t count = 0;
    for (rf_fus_v1_value *at = value; at->tag == RF_FUS_V1_K_CONS; at = &at->items[1])
        count++;
    rf_fus_v1_value **cells = rf_arena_alloc(t->scratch, count * sizeof *cells);
    if (!cells) {
        rf_fus_v1_fail_memory(t);
        return;
    }
    for (size_t i = 0; i < count; i++, value = &value->items[1])
        cells[i] = value;
    rf_fus_v1_build(t, value, to);
    while (count-- > 0 && !rf_fus_v1_failed(t)) {
        rf_fus_v1_build(t, &cells[count]->items[0], to + 1);
        rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_CONS, 0, to, to + 1, to));
    }
}

typedef struct field { const rf_fus_symbol *symbol; rf_fus_v1_value *value; uint32_t order; } field;

static int by_name(const void *a, const void *b) {
    const field *left = a, *right = b;
    const rf_fus_string *l = left->symbol->text, *r = right->symbol->text;
    int order = rf_slice_compare((rf_slice){ l->bytes, l->head.length }, (rf_slice){ r->bytes, r->head.length });
    return order ? order : (left->order > right->order) - (left->order < right->order);
}

/* The last of equal names counts, as in the map that the original reads them into. */
static void build_record(rf_fus_v1_translator *t, rf_fus_v1_value *value, uint32_t to) {
    field *fields = rf_arena_alloc(t->scratch, (size_t)value->count * (sizeof *fields + sizeof(void *)));
    if (!fields) {
        rf_fus_v1_fail_memory(t);
        return;
    }
    const rf_fus_symbol **names = (const rf_fus_symbol **)(void *)(fields + value->count);
    for (uint32_t i = 0; i < value->count; i++) {
        uint16_t number = rf_fus_v1_symbol(t, value->items[2 * i].text);
        if (rf_fus_v1_failed(t))
            return;
        fields[i] = (field){ t->symbols.items[number], &value->items[2 * i + 1], i };
    }
    if (value->count > 1)
        qsort(fields, value->count, sizeof *fields, by_name);
    uint32_t count = 0;
    for (uint32_t i = 0; i < value->count && !rf_fus_v1_failed(t); i++) {
        if (i + 1 < value->count && fields[i + 1].symbol == fields[i].symbol)
            continue;
        rf_fus_v1_build(t, fields[i].value, to + 1 + count);
        names[count++] = fields[i].symbol;
    }
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_RECORD, 0, to, to + 1, rf_fus_v1_shape(t, names, count)));
}

/* Map.ofList [(k, v); …] */
static void build_map(rf_fus_v1_translator *t, rf_fus_v1_value *value, uint32_t to) {
    const rf_fus_lib_row *row = rf_fus_v1_find(t, RF_SLICE("Map.ofList"));
    for (uint32_t i = 0; i < value->count && !rf_fus_v1_failed(t); i++) {
        rf_fus_v1_build(t, &value->items[2 * i], to + 2 + i);
        rf_fus_v1_build(t, &value->items[2 * i + 1], to + 3 + i);
        rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_TUPLE, 0, to + 2 + i, to + 2 + i, 2));
    }
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_LIST, 0, to + 1, to + 2, value->count));
    if (!row || row->arity != 1 || value->count > UINT16_MAX)
        rf_fus_v1_fail(t, "a constant is too large");
    else
        rf_fus_v1_emit(t, RF_FUS_MAKE(RF_FUS_I_CALLLIB, 1, to, rf_fus_v1_library(t, row), 0));
}

static void build_native(rf_fus_v1_translator *t, rf_fus_v1_value *value, uint32_t to) {
    const rf_fus_lib_row *row = rf_fus_v1_find(t, value->name);
    if (!row || value->count >= row->arity) {
        rf_fus_v1_fail(t, row ? "a library function with too many arguments" : "a library function that is not there");
        return;
    }
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_LIBVALUE, 0, to, rf_fus_v1_library(t, row), 0));
    build_items(t, value, to + 1);
    if (value->count > 0)
        rf_fus_v1_emit(t, RF_FUS_MAKE(RF_FUS_I_CALL, value->count, to, 0, 0));
}

void rf_fus_v1_build(rf_fus_v1_translator *t, rf_fus_v1_value *value, uint32_t to) {
    rf_fus_value made = rf_fus_v1_static(t, value);
    rf_fus_v1_touch(t, to);
    if (rf_fus_v1_failed(t))
        return;
    if (made) {
        rf_fus_v1_load(t, to, made);
        return;
    }
    switch (value->tag) {
    case RF_FUS_V1_K_TUPLE: build_run(t, RF_FUS_I_TUPLE, value, to); return;
    case RF_FUS_V1_K_ARRAY: build_run(t, RF_FUS_I_ARRAY, value, to); return;
    case RF_FUS_V1_K_CONS: build_list(t, value, to); return;
    case RF_FUS_V1_K_RECORD: build_record(t, value, to); return;
    case RF_FUS_V1_K_MAP: build_map(t, value, to); return;
    case RF_FUS_V1_K_VARIANT: build_variant(t, value, to); return;
    case RF_FUS_V1_K_NATIVE: build_native(t, value, to); return;
    default: {
        uint32_t proto = rf_fus_v1_proto(t, value, NULL, 0, false);
        rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_CLOSURE, 0, to, proto, 0));
    }
    }
}

static int rows_by_name(const void *a, const void *b) {
    return rf_slice_compare(rf_slice_of((*(const rf_fus_lib_row *const *)a)->name), rf_slice_of((*(const rf_fus_lib_row *const *)b)->name));
}

/* A module as a value is the record of its functions. */
void rf_fus_v1_build_module(rf_fus_v1_translator *t, rf_slice name, uint32_t to) {
    enum { MOST = 128 };
    const rf_fus_lib_row *rows[MOST];
    const rf_fus_symbol *names[MOST];
    uint32_t count = 0;
    for (size_t i = 0; rf_fus_lib_modules[i]; i++) {
        if (!rf_slice_is(name, rf_fus_lib_modules[i]->name))
            continue;
        for (const rf_fus_lib_row *row = rf_fus_lib_modules[i]->rows; row->name && count < MOST; row++)
            if (!row->is_ours)
                rows[count++] = row;
    }
    qsort(rows, count, sizeof *rows, rows_by_name);
    for (uint32_t i = 0; i < count; i++) {
        const char *dot = strchr(rows[i]->name, '.');
        uint16_t number = rf_fus_v1_symbol(t, rf_slice_of(dot ? dot + 1 : rows[i]->name));
        rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_LIBVALUE, 0, to + 1 + i, rf_fus_v1_library(t, rows[i]), 0));
        if (rf_fus_v1_failed(t))
            return;
        names[i] = t->symbols.items[number];
    }
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_RECORD, 0, to, to + 1, rf_fus_v1_shape(t, names, count)));
}
