/* vm_make.c: making values, for natives and for instructions that have made room before. */
#include "base/slice.h"
#include "script/fusabi/vm_internal.h"

#include <assert.h>
#include <stdlib.h>

void *rf_fus_object_new(rf_fus_vm *vm, rf_fus_type_tag type, uint32_t length, size_t bytes) {
    assert(bytes >= 16 && bytes % 8 == 0);
    rf_fus_object *object = rf_fus_object_raw(vm, type, length, bytes);
    if (object) {
        memset(object + 1, 0, bytes - sizeof *object);
        assert(bytes == rf_fus_object_bytes(object));
    }
    return object;
}

void rf_fus_stored_old(rf_fus_vm *vm, rf_fus_object *object, rf_fus_value value) { rf_fus_barrier(&vm->heap, object, value); }

static rf_fus_value made(const void *object) { return object ? rf_fus_of_object(object) : RF_FUS_RAISED; }

rf_fus_value rf_fus_int_new(rf_fus_vm *vm, int64_t value) {
    if (rf_fus_fits_int(value))
        return rf_fus_of_small_int(value);
    rf_fus_bigint *object = rf_fus_object_raw(vm, RF_FUS_T_BIGINT, 0, sizeof *object);
    if (object)
        object->value = value;
    return made(object);
}

rf_fus_value rf_fus_string_room(rf_fus_vm *vm, size_t len, char **ret_bytes) {
    if (len > UINT32_MAX - 64) {
        vm->heap.over_limit = false;
        return rf_fus_raise_fatal(vm, RF_ELIMIT, "a string of %zu bytes is too long", len);
    }
    size_t bytes = rf_fus_round(sizeof(rf_fus_string) + len + 1);
    rf_fus_string *string = rf_fus_object_raw(vm, RF_FUS_T_STRING, (uint32_t)len, bytes);
    if (!string)
        return RF_FUS_RAISED;
    string->hash = 0;
    string->chars = UINT32_MAX;
    string->bytes[len] = '\0';
    *ret_bytes = string->bytes;
    return rf_fus_of_object(string);
}

rf_fus_value rf_fus_string_new(rf_fus_vm *vm, rf_slice text) {
    char *bytes = NULL;
    rf_fus_value string = rf_fus_string_room(vm, text.len, &bytes);
    if (string != RF_FUS_RAISED && text.len)
        memcpy(bytes, text.data, text.len);
    return string;
}

rf_fus_value rf_fus_cons_new(rf_fus_vm *vm, rf_fus_value item, rf_fus_value tail) {
    rf_fus_cons *cons = rf_fus_object_raw(vm, RF_FUS_T_CONS, 0, sizeof *cons);
    if (!cons)
        return RF_FUS_RAISED;
    cons->item = item;
    cons->tail = tail;
    return rf_fus_of_object(cons);
}

static void copy_items(rf_fus_value *to, const rf_fus_value *items, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        to[i] = items ? items[i] : RF_FUS_UNIT;
}

static rf_fus_value items_new(rf_fus_vm *vm, rf_fus_type_tag type, const rf_fus_value *items, uint32_t count) {
    rf_fus_items *object = rf_fus_object_raw(vm, type, count, sizeof *object + 8 * (size_t)(count ? count : 1));
    if (!object)
        return RF_FUS_RAISED;
    object->items[0] = RF_FUS_UNIT;
    copy_items(object->items, items, count);
    return rf_fus_of_object(object);
}

rf_fus_value rf_fus_tuple_new(rf_fus_vm *vm, const rf_fus_value *items, uint32_t count) {
    return items_new(vm, RF_FUS_T_TUPLE, items, count);
}

rf_fus_value rf_fus_array_new(rf_fus_vm *vm, const rf_fus_value *items, uint32_t count) {
    return items_new(vm, RF_FUS_T_ARRAY, items, count);
}

rf_fus_value rf_fus_variant_new(rf_fus_vm *vm, const rf_fus_symbol *ctor, const rf_fus_value *items, uint32_t count) {
    if (count == 0)
        return rf_fus_of_object(&ctor->nullary);
    rf_fus_variant *object = rf_fus_object_raw(vm, RF_FUS_T_VARIANT, count, sizeof *object + 8 * (size_t)count);
    if (!object)
        return RF_FUS_RAISED;
    object->ctor = ctor;
    copy_items(object->items, items, count);
    return rf_fus_of_object(object);
}

static const rf_fus_symbol *symbol_of(rf_fus_vm *vm, const char *name) {
    const rf_fus_symbol *known[] = { vm->some, vm->none, vm->ok, vm->error, vm->failure };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i]->text->bytes, name) == 0)
            return known[i];
    return rf_fus_symbol_of(vm->engine, rf_slice_of(name));
}

static rf_fus_value no_memory(rf_fus_vm *vm) {
    vm->heap.over_limit = false;
    return rf_fus_raise_nomem(vm);
}

rf_fus_value rf_fus_variant_named(rf_fus_vm *vm, const char *ctor, const rf_fus_value *items, uint32_t count) {
    const rf_fus_symbol *symbol = symbol_of(vm, ctor);
    return symbol ? rf_fus_variant_new(vm, symbol, items, count) : no_memory(vm);
}

rf_fus_value rf_fus_some(rf_fus_vm *vm, rf_fus_value value) { return rf_fus_variant_new(vm, vm->some, &value, 1); }

rf_fus_value rf_fus_none(rf_fus_vm *vm) { return rf_fus_of_object(&vm->none->nullary); }

/* ---- Records ---- */

static rf_fus_value value_of(const rf_fus_symbol *field, const char *const *names, const rf_fus_value *values, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(field->text->bytes, names[i]) == 0)
            return values[i]; /* of equal names the first */
    assert(false);
    return RF_FUS_UNIT;
}

static bool has_symbol(const rf_fus_symbol *const *fields, uint32_t count, const rf_fus_symbol *field) {
    for (uint32_t i = 0; i < count; i++)
        if (fields[i] == field)
            return true;
    return false;
}

/* The shape of these names, equal ones once; NULL: no memory. */
static const rf_fus_shape *shape_of(rf_fus_vm *vm, const char *const *names, uint32_t count) {
    const rf_fus_symbol *few[16], **fields = few;
    if (count > 16 && !(fields = rf_alloc(count * sizeof *fields)))
        return NULL;
    uint32_t used = 0;
    bool room = true;
    for (uint32_t i = 0; i < count && room; i++) {
        const rf_fus_symbol *field = rf_fus_symbol_of(vm->engine, rf_slice_of(names[i]));
        room = field != NULL;
        if (room && !has_symbol(fields, used, field))
            fields[used++] = field;
    }
    const rf_fus_shape *shape = room ? rf_fus_shape_of(vm->engine, fields, used) : NULL;
    if (fields != few)
        rf_free(fields);
    return shape;
}

rf_fus_value rf_fus_record_new(rf_fus_vm *vm, const char *const *names, const rf_fus_value *values, uint32_t count) {
    const rf_fus_shape *shape = shape_of(vm, names, count);
    if (!shape)
        return no_memory(vm);
    rf_fus_record *record = rf_fus_object_raw(vm, RF_FUS_T_RECORD, shape->count, sizeof *record + 8 * (size_t)shape->count);
    if (!record)
        return RF_FUS_RAISED;
    record->shape = shape;
    for (uint32_t i = 0; i < shape->count; i++)
        record->items[i] = value_of(shape->fields[i], names, values, count);
    return rf_fus_of_object(record);
}

typedef struct pair { rf_fus_value name, value; } pair;

static int by_name(const void *a, const void *b) {
    const rf_fus_string *left = RF_FUS_AS(const rf_fus_string, ((const pair *)a)->name);
    const rf_fus_string *right = RF_FUS_AS(const rf_fus_string, ((const pair *)b)->name);
    return rf_slice_compare((rf_slice){ left->bytes, left->head.length }, (rf_slice){ right->bytes, right->head.length });
}

/* Sorts stably (so that of equal names the first comes first) from below: runs double, `spare` is as large as `pairs`. */
static void sort_pairs(pair *pairs, pair *spare, size_t count) {
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t middle = at + width < count ? at + width : count, end = at + 2 * width < count ? at + 2 * width : count;
            size_t left = at, right = middle;
            for (size_t to = at; to < end; to++)
                spare[to] = left < middle && (right >= end || by_name(&pairs[left], &pairs[right]) <= 0) ? pairs[left++] : pairs[right++];
        }
        memcpy(pairs, spare, count * sizeof *pairs);
    }
}

/* Names become flat; false after raising. */
static bool flatten_names(rf_fus_vm *vm, pair *pairs, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        assert(rf_fus_is_string(pairs[i].name));
        if (!rf_fus_text(vm, pairs[i].name).data)
            return false;
        if (!rf_fus_flat(pairs[i].name))
            pairs[i].name = RF_FUS_AS(const rf_fus_rope, pairs[i].name)->left;
    }
    return true;
}

static bool is_sorted(const pair *pairs, uint32_t count) {
    for (uint32_t i = 1; i < count; i++)
        if (by_name(&pairs[i - 1], &pairs[i]) >= 0)
            return false;
    return true;
}

/* Sorts and drops later ones of equal names; the number that is left, or UINT32_MAX after raising. */
static uint32_t settle_pairs(rf_fus_vm *vm, pair *pairs, uint32_t count) {
    if (!flatten_names(vm, pairs, count))
        return UINT32_MAX;
    if (is_sorted(pairs, count))
        return count;
    pair *spare = rf_alloc(count * sizeof *spare);
    if (!spare) {
        (void)no_memory(vm);
        return UINT32_MAX;
    }
    sort_pairs(pairs, spare, count);
    rf_free(spare);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || by_name(&pairs[kept - 1], &pairs[i]) != 0)
            pairs[kept++] = pairs[i];
    return kept;
}

rf_fus_value rf_fus_dict_new(rf_fus_vm *vm, rf_fus_value *values, uint32_t count) {
    uint32_t kept = settle_pairs(vm, (pair *)(void *)values, count);
    if (kept == UINT32_MAX)
        return RF_FUS_RAISED;
    rf_fus_items *dict = rf_fus_object_raw(vm, RF_FUS_T_DICT, kept, sizeof *dict + (kept ? 16 * (size_t)kept : 8));
    if (!dict)
        return RF_FUS_RAISED;
    dict->items[0] = RF_FUS_UNIT;
    copy_items(dict->items, values, 2 * kept);
    return rf_fus_of_object(dict);
}

/* ---- Others ---- */

rf_fus_value rf_fus_host_new(rf_fus_vm *vm, const char *type_name, void *pointer) {
    rf_fus_host_value *object = rf_fus_object_raw(vm, RF_FUS_T_HOST, 0, sizeof *object);
    if (object) {
        object->type_name = type_name;
        object->pointer = pointer;
    }
    return made(object);
}

bool rf_fus_list_push(rf_fus_vm *vm, rf_fus_list_builder *list, rf_fus_value item) {
    rf_fus_value cell = rf_fus_cons_new(vm, item, RF_FUS_NIL);
    if (cell == RF_FUS_RAISED)
        return false;
    if (list->last == RF_FUS_NIL) {
        list->first = cell;
    } else {
        rf_fus_cons *last = RF_FUS_AS(rf_fus_cons, list->last);
        last->tail = cell;
        rf_fus_barrier(&vm->heap, &last->head, cell);
    }
    list->last = cell;
    return true;
}
