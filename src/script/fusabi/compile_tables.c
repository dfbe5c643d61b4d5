/* compile_tables.c: constants, symbols, shapes and library functions of the program, each kept once. */
#include "base/alloc.h"
#include "base/slice.h"
#include "script/fusabi/compile_internal.h"

#include <assert.h>

enum { FIRST_SLOTS = 64 };

static uint32_t mix(uint64_t key) {
    key *= UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(key >> 32);
}

/* Room for one more; false: out of memory. `hash_of` gives the hash of entry i when the table is made anew. */
static bool room(rf_fus_gen *g, rf_fus_index *index, uint32_t (*hash_of)(const rf_fus_gen *g, uint32_t i)) {
    if (index->count * 4 < index->cap * 3)
        return true;
    uint32_t cap = index->cap ? index->cap * 2 : FIRST_SLOTS;
    uint32_t *slots = rf_alloc_zero(cap, sizeof *slots);
    if (!slots) {
        g->no_memory = true;
        return false;
    }
    for (uint32_t i = 0; i < index->cap; i++) {
        uint32_t entry = index->slots[i];
        if (!entry)
            continue;
        uint32_t at = hash_of(g, entry - 1) & (cap - 1);
        while (slots[at])
            at = (at + 1) & (cap - 1);
        slots[at] = entry;
    }
    rf_free(index->slots);
    index->slots = slots;
    index->cap = cap;
    return true;
}

/* Constants: strings by text, the rest by their bits. */

static uint32_t constant_hash(rf_fus_value value) {
    return rf_fus_is_string(value) ? RF_FUS_AS(rf_fus_string, value)->hash : mix(value);
}
static uint32_t hash_constant(const rf_fus_gen *g, uint32_t i) { return constant_hash(g->constants.items[i]); }

static rf_slice text_of(rf_fus_value value) {
    const rf_fus_string *string = RF_FUS_AS(rf_fus_string, value);
    return (rf_slice){ string->bytes, string->head.length };
}

/* The slot of the string `text`, or an empty one. */
static uint32_t find_string(const rf_fus_gen *g, rf_slice text, uint32_t hash) {
    const rf_fus_index *index = &g->constant_index;
    uint32_t at = hash & (index->cap - 1);
    for (; index->slots[at]; at = (at + 1) & (index->cap - 1)) {
        rf_fus_value have = g->constants.items[index->slots[at] - 1];
        if (rf_fus_is_string(have) && RF_FUS_AS(rf_fus_string, have)->hash == hash && rf_slice_eq(text_of(have), text))
            break;
    }
    return at;
}

static uint32_t add_constant(rf_fus_gen *g, rf_fus_value value, uint32_t slot) {
    if (!rf_vec_push(&g->constants, value)) {
        g->no_memory = true;
        return 0;
    }
    g->constant_index.slots[slot] = (uint32_t)g->constants.count;
    g->constant_index.count++;
    return (uint32_t)g->constants.count - 1;
}

uint32_t rf_fus_constant(rf_fus_gen *g, rf_fus_value value) {
    if (!room(g, &g->constant_index, hash_constant))
        return 0;
    const rf_fus_index *index = &g->constant_index;
    uint32_t at = constant_hash(value) & (index->cap - 1);
    for (; index->slots[at]; at = (at + 1) & (index->cap - 1))
        if (g->constants.items[index->slots[at] - 1] == value)
            return index->slots[at] - 1;
    return add_constant(g, value, at);
}

rf_fus_value rf_fus_constant_string(rf_fus_gen *g, rf_slice text) {
    if (!room(g, &g->constant_index, hash_constant))
        return RF_FUS_UNIT;
    uint32_t slot = find_string(g, text, rf_fus_hash_bytes(text.data, text.len));
    if (g->constant_index.slots[slot])
        return g->constants.items[g->constant_index.slots[slot] - 1];
    rf_fus_string *string = rf_fus_static_string(&g->program->arena, text);
    if (!string) {
        g->no_memory = true;
        return RF_FUS_UNIT;
    }
    rf_fus_value value = rf_fus_of_object(string);
    (void)add_constant(g, value, slot);
    return value;
}

/* Symbols, by name. */

static uint32_t hash_symbol(const rf_fus_gen *g, uint32_t i) { return g->symbols.items[i]->text->hash; }

uint16_t rf_fus_symbol_index(rf_fus_gen *g, rf_slice name) {
    if (!room(g, &g->symbol_index, hash_symbol))
        return 0;
    const rf_fus_index *index = &g->symbol_index;
    uint32_t hash = rf_fus_hash_bytes(name.data, name.len), at = hash & (index->cap - 1);
    for (; index->slots[at]; at = (at + 1) & (index->cap - 1)) {
        const rf_fus_string *text = g->symbols.items[index->slots[at] - 1]->text;
        if (text->hash == hash && rf_slice_eq((rf_slice){ text->bytes, text->head.length }, name))
            return (uint16_t)(index->slots[at] - 1);
    }
    const rf_fus_symbol *symbol = rf_fus_symbol_of(g->engine, name);
    if (!symbol || !rf_vec_push(&g->symbols, symbol)) {
        g->no_memory = true;
        return 0;
    }
    if (g->symbols.count > UINT16_MAX)
        rf_fus_too_large(g, "Too many names of fields and constructors (max 65535)");
    index->slots[at] = (uint32_t)g->symbols.count;
    g->symbol_index.count++;
    return (uint16_t)(g->symbols.count - 1);
}

/* Shapes and library rows, by address. */

static uint32_t hash_shape(const rf_fus_gen *g, uint32_t i) { return mix((uintptr_t)g->shapes.items[i]); }
static uint32_t hash_row(const rf_fus_gen *g, uint32_t i) { return mix((uintptr_t)g->library.items[i]); }

uint16_t rf_fus_shape_number(rf_fus_gen *g, const rf_fus_symbol **fields, uint32_t count, const rf_fus_shape **ret_shape) {
    const rf_fus_shape *shape = rf_fus_shape_of(g->engine, fields, count);
    *ret_shape = shape;
    if (!shape || !room(g, &g->shape_index, hash_shape)) {
        g->no_memory = true;
        return 0;
    }
    const rf_fus_index *index = &g->shape_index;
    uint32_t at = mix((uintptr_t)shape) & (index->cap - 1);
    for (; index->slots[at]; at = (at + 1) & (index->cap - 1))
        if (g->shapes.items[index->slots[at] - 1] == shape)
            return (uint16_t)(index->slots[at] - 1);
    if (!rf_vec_push(&g->shapes, shape)) {
        g->no_memory = true;
        return 0;
    }
    if (g->shapes.count > UINT16_MAX)
        rf_fus_too_large(g, "Too many kinds of records (max 65535)");
    index->slots[at] = (uint32_t)g->shapes.count;
    g->shape_index.count++;
    return (uint16_t)(g->shapes.count - 1);
}

uint16_t rf_fus_library_index(rf_fus_gen *g, const rf_fus_lib_row *row) {
    if (!room(g, &g->library_index, hash_row))
        return 0;
    const rf_fus_index *index = &g->library_index;
    uint32_t at = mix((uintptr_t)row) & (index->cap - 1);
    for (; index->slots[at]; at = (at + 1) & (index->cap - 1))
        if (g->library.items[index->slots[at] - 1] == row)
            return (uint16_t)(index->slots[at] - 1);
    if (!rf_vec_push(&g->library, row)) {
        g->no_memory = true;
        return 0;
    }
    index->slots[at] = (uint32_t)g->library.count;
    g->library_index.count++;
    return (uint16_t)(g->library.count - 1);
}

void rf_fus_tables_done(rf_fus_gen *g) {
    rf_vec_done(&g->constants);
    rf_vec_done(&g->symbols);
    rf_vec_done(&g->shapes);
    rf_vec_done(&g->library);
    rf_free(g->constant_index.slots);
    rf_free(g->symbol_index.slots);
    rf_free(g->shape_index.slots);
    rf_free(g->library_index.slots);
}
