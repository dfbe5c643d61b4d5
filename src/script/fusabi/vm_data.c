/* vm_data.c: what instructions on lists, arrays, records and variants do when the short way does not apply. */
#include "base/slice.h"
#include "base/utf8.h"
#include "script/fusabi/vm_internal.h"

#include <assert.h>

/* ---- Records ---- */

static rf_slice name_of(const rf_fus_symbol *symbol) { return (rf_slice){ symbol->text->bytes, symbol->text->head.length }; }

static bool find_field(rf_fus_value v, const rf_fus_symbol *name, rf_fus_value *ret_value) {
    if (rf_fus_is(v, RF_FUS_T_RECORD)) {
        const rf_fus_record *record = RF_FUS_AS(const rf_fus_record, v);
        int32_t at = rf_fus_shape_index(record->shape, name);
        if (at >= 0)
            *ret_value = record->items[at];
        return at >= 0;
    }
    return rf_fus_field(NULL, v, name_of(name), ret_value);
}

static bool is_record(rf_fus_value v) { return rf_fus_is(v, RF_FUS_T_RECORD) || rf_fus_is(v, RF_FUS_T_DICT); }

bool rf_fus_has_field(rf_fus_value v, const rf_fus_symbol *name) {
    rf_fus_value value;
    return find_field(v, name, &value);
}

/* The text of an exception: what it holds when it is a Failure, else its display. */
static rf_fus_value message_of(rf_fus_vm *vm, rf_fus_value v) {
    const rf_fus_variant *variant = RF_FUS_AS(const rf_fus_variant, v);
    if (variant->head.length == 1 && rf_fus_is_string(variant->items[0]))
        return variant->items[0];
    return rf_fus_display_value(vm, v);
}

rf_fus_value rf_fus_field_of(rf_fus_vm *vm, rf_fus_value v, const rf_fus_symbol *name) {
    rf_fus_value value;
    if (find_field(v, name, &value))
        return value;
    if (is_record(v))
        return rf_fus_raise(vm, "Record field not found: %s", name->text->bytes);
    if (rf_fus_is(v, RF_FUS_T_VARIANT) && rf_slice_is(name_of(name), "Message"))
        return message_of(vm, v);
    return rf_fus_raise(vm, "Not a record");
}

rf_fus_value rf_fus_method_of(rf_fus_vm *vm, rf_fus_value v, const rf_fus_symbol *name) {
    rf_fus_value value;
    if (!is_record(v))
        return rf_fus_raise(vm, "Method dispatch not supported for type: %s", rf_fus_type_name(v));
    if (!find_field(v, name, &value))
        return rf_fus_raise(vm, "Method not found on record: %s (the record has no such field)", name->text->bytes);
    if (!rf_fus_is_function(value))
        return rf_fus_raise(vm, "Record field '%s' is not callable: %s", name->text->bytes, rf_fus_type_name(value));
    return value;
}

static rf_fus_value copy_with(rf_fus_vm *vm, const rf_fus_value *r, const rf_fus_shape *shape) {
    size_t bytes = rf_fus_object_bytes(rf_fus_object_of(r[0]));
    if (!rf_fus_room(vm, bytes))
        return RF_FUS_RAISED;
    const rf_fus_record *from = RF_FUS_AS(const rf_fus_record, r[0]);
    rf_fus_record *to = rf_fus_object_raw(vm, RF_FUS_T_RECORD, from->head.length, bytes);
    if (!to)
        return RF_FUS_RAISED;
    memcpy(&to->shape, &from->shape, bytes - sizeof to->head);
    for (uint32_t i = 0; i < shape->count; i++) {
        int32_t at = rf_fus_shape_index(to->shape, shape->fields[i]);
        assert(at >= 0);
        to->items[at] = r[1 + i];
    }
    return rf_fus_of_object(to);
}

static bool has_all(const rf_fus_shape *have, const rf_fus_shape *wanted) {
    for (uint32_t i = 0; i < wanted->count; i++)
        if (rf_fus_shape_index(have, wanted->fields[i]) < 0)
            return false;
    return true;
}

/* The record gets fields that it did not have, or is one of run-time names: a dictionary of both. */
static rf_fus_value merge_with(rf_fus_vm *vm, const rf_fus_value *r, const rf_fus_shape *shape) {
    uint32_t have = rf_fus_field_count(r[0]), count = have + shape->count;
    if (!rf_fus_room(vm, sizeof(rf_fus_items) + 16 * ((size_t)count + 1)))
        return RF_FUS_RAISED;
    rf_fus_value *pairs = rf_alloc(2 * sizeof *pairs * (count ? count : 1));
    if (!pairs) {
        vm->heap.over_limit = false;
        return rf_fus_raise_nomem(vm);
    }
    for (uint32_t i = 0; i < shape->count; i++) { /* of equal names the first wins */
        pairs[2 * i] = rf_fus_of_object(shape->fields[i]->text);
        pairs[2 * i + 1] = r[1 + i];
    }
    for (uint32_t i = 0; i < have; i++)
        rf_fus_field_at(r[0], i, &pairs[2 * (shape->count + i)], &pairs[2 * (shape->count + i) + 1]);
    rf_fus_value merged = rf_fus_dict_new(vm, pairs, count);
    rf_free(pairs);
    return merged;
}

rf_fus_value rf_fus_record_with(rf_fus_vm *vm, const rf_fus_value *r, const rf_fus_shape *shape) {
    if (!is_record(r[0]))
        return rf_fus_raise(vm, "Not a record");
    if (rf_fus_is(r[0], RF_FUS_T_RECORD) && has_all(RF_FUS_AS(const rf_fus_record, r[0])->shape, shape))
        return copy_with(vm, r, shape);
    return merge_with(vm, r, shape);
}

/* ---- Arrays, tuples, variants ---- */

/* An index that is none; what is left to say is how far it is out. */
static bool check_index(rf_fus_vm *vm, rf_fus_value index, int64_t *ret_at) {
    if (!rf_fus_is_any_int(index)) {
        (void)rf_fus_raise_type(vm, "int", index);
        return false;
    }
    *ret_at = rf_fus_int(index);
    if (*ret_at >= 0)
        return true;
    (void)rf_fus_raise(vm, "Type mismatch: expected non-negative int, got negative int");
    return false;
}

static rf_fus_value character(rf_fus_vm *vm, rf_fus_value string, int64_t at) {
    rf_slice text = rf_fus_text(vm, string);
    if (!text.data)
        return RF_FUS_RAISED;
    int64_t left = at;
    for (size_t i = 0; i < text.len; left--) {
        uint32_t c;
        size_t bytes = rf_utf8_decode((rf_slice){ text.data + i, text.len - i }, &c);
        bytes = bytes ? bytes : 1;
        if (left == 0)
            return rf_fus_string_new(vm, (rf_slice){ text.data + i, bytes });
        i += bytes;
    }
    return rf_fus_raise(vm, "String index out of bounds: %lld", (long long)at);
}

/* At byte `at` of a text of ASCII only there is character `at`; texts are seldom anything else. */
static bool is_ascii(rf_fus_value string) {
    const rf_fus_string *text = RF_FUS_AS(const rf_fus_string, string);
    return text->chars == text->head.length;
}

rf_fus_value rf_fus_index(rf_fus_vm *vm, rf_fus_value v, rf_fus_value index) {
    int64_t at;
    if (!rf_fus_is(v, RF_FUS_T_ARRAY) && !rf_fus_is_string(v))
        return rf_fus_raise(vm, "Not an array");
    if (!check_index(vm, index, &at))
        return RF_FUS_RAISED;
    if (rf_fus_is_string(v)) {
        if (rf_fus_flat(v) && is_ascii(v) && at < rf_fus_object_of(v)->length)
            return rf_fus_string_new(vm, (rf_slice){ RF_FUS_AS(const rf_fus_string, v)->bytes + at, 1 });
        return character(vm, v, at);
    }
    const rf_fus_items *array = RF_FUS_AS(const rf_fus_items, v);
    if (at >= array->head.length)
        return rf_fus_raise(vm, "Array index out of bounds: %lld", (long long)at);
    return array->items[at];
}

rf_fus_value rf_fus_update(rf_fus_vm *vm, const rf_fus_value *r) {
    int64_t at;
    if (!rf_fus_is(r[0], RF_FUS_T_ARRAY))
        return rf_fus_raise(vm, "Not an array");
    if (!check_index(vm, r[1], &at))
        return RF_FUS_RAISED;
    if (at >= rf_fus_object_of(r[0])->length)
        return rf_fus_raise(vm, "Index %lld out of bounds", (long long)at);
    if (!rf_fus_room(vm, rf_fus_object_bytes(rf_fus_object_of(r[0]))))
        return RF_FUS_RAISED;
    const rf_fus_items *from = RF_FUS_AS(const rf_fus_items, r[0]);
    rf_fus_value copy = rf_fus_array_new(vm, from->items, from->head.length);
    if (copy != RF_FUS_RAISED)
        RF_FUS_AS(rf_fus_items, copy)->items[at] = r[2];
    return copy;
}

rf_fus_value rf_fus_item_of(rf_fus_vm *vm, rf_fus_value v, uint32_t index) {
    bool is_array = rf_fus_is(v, RF_FUS_T_ARRAY);
    if (!is_array && !rf_fus_is(v, RF_FUS_T_TUPLE))
        return rf_fus_raise(vm, "Not a tuple");
    const rf_fus_items *items = RF_FUS_AS(const rf_fus_items, v);
    if (index < items->head.length)
        return items->items[index];
    return is_array ? rf_fus_raise(vm, "Array index out of bounds: %u", index) : rf_fus_raise(vm, "Tuple index out of bounds");
}

rf_fus_value rf_fus_ctor_field(rf_fus_vm *vm, rf_fus_value v, uint32_t index) {
    if (!rf_fus_is(v, RF_FUS_T_VARIANT))
        return rf_fus_raise(vm, "Not a variant");
    const rf_fus_variant *variant = RF_FUS_AS(const rf_fus_variant, v);
    return index < variant->head.length ? variant->items[index] : rf_fus_raise(vm, "Variant field index out of bounds: %u", index);
}

/* ---- Lists ---- */

rf_fus_value rf_fus_raise_list(rf_fus_vm *vm, rf_fus_value got) {
    return got == RF_FUS_NIL ? rf_fus_raise(vm, "Cannot access head/tail of empty list") : rf_fus_raise_type(vm, "list", got);
}

/* list[0], list[1]: first and last cell of a list under construction. Verified code keeps its hands off; code that does not
 * may at most spoil a list of its own. */
static bool append(rf_fus_vm *vm, rf_fus_value *list, rf_fus_value item) {
    rf_fus_value cell = rf_fus_cons_new(vm, item, RF_FUS_NIL);
    if (cell == RF_FUS_RAISED)
        return false;
    if (list[1] == RF_FUS_NIL) {
        list[0] = cell;
    } else {
        rf_fus_cons *last = RF_FUS_AS(rf_fus_cons, list[1]);
        if (!rf_fus_is(list[1], RF_FUS_T_CONS) || (last->head.flags & RF_FUS_STATIC)) {
            (void)rf_fus_raise_type(vm, "list", list[1]);
            return false;
        }
        last->tail = cell;
        rf_fus_barrier(&vm->heap, &last->head, cell);
    }
    list[1] = cell;
    return true;
}

bool rf_fus_push(rf_fus_vm *vm, rf_fus_value *list, const rf_fus_value *item) {
    return rf_fus_room(vm, sizeof(rf_fus_cons)) && append(vm, list, *item);
}

static bool push_array(rf_fus_vm *vm, rf_fus_value *list, const rf_fus_value *array) {
    for (uint32_t i = 0; i < rf_fus_object_of(*array)->length; i++)
        if (!rf_fus_room(vm, sizeof(rf_fus_cons)) || !append(vm, list, RF_FUS_AS(const rf_fus_items, *array)->items[i]))
            return false;
    return true;
}

bool rf_fus_push_all(rf_fus_vm *vm, rf_fus_value *list, const rf_fus_value *items) {
    if (rf_fus_is(*items, RF_FUS_T_ARRAY))
        return push_array(vm, list, items);
    vm->scratch = *items; /* what is left of it */
    bool room = true;
    uint32_t steps = 0;
    while (room && rf_fus_is(vm->scratch, RF_FUS_T_CONS)) {
        room = rf_fus_room(vm, sizeof(rf_fus_cons)) && append(vm, list, RF_FUS_AS(const rf_fus_cons, vm->scratch)->item)
               && ((++steps & 1023) || rf_fus_vm_poll(vm));
        if (room)
            vm->scratch = RF_FUS_AS(const rf_fus_cons, vm->scratch)->tail;
    }
    rf_fus_value end = vm->scratch;
    vm->scratch = RF_FUS_UNIT;
    if (room && end != RF_FUS_NIL) {
        (void)rf_fus_raise_type(vm, "list", end);
        return false;
    }
    return room;
}

bool rf_fus_list_of(rf_fus_vm *vm, rf_fus_value *to, const rf_fus_value *items, uint32_t count) {
    vm->scratch = RF_FUS_NIL;
    for (uint32_t i = count; i-- > 0;) {
        rf_fus_value cell = rf_fus_room(vm, sizeof(rf_fus_cons)) ? rf_fus_cons_new(vm, items[i], vm->scratch) : RF_FUS_RAISED;
        if (cell == RF_FUS_RAISED)
            return false;
        vm->scratch = cell;
    }
    *to = vm->scratch;
    vm->scratch = RF_FUS_UNIT;
    return true;
}

rf_fus_value rf_fus_to_array(rf_fus_vm *vm, const rf_fus_value *list) {
    uint64_t count = 0;
    rf_fus_value at = *list;
    for (; rf_fus_is(at, RF_FUS_T_CONS); at = RF_FUS_AS(const rf_fus_cons, at)->tail)
        if ((++count & 1023) == 0 && !rf_fus_vm_poll(vm))
            return RF_FUS_RAISED;
    if (at != RF_FUS_NIL)
        return rf_fus_raise_type(vm, "list", at);
    if (count > UINT32_MAX) {
        vm->heap.over_limit = false;
        return rf_fus_raise_nomem(vm);
    }
    if (!rf_fus_room(vm, sizeof(rf_fus_items) + 8 * (count + 1)))
        return RF_FUS_RAISED;
    rf_fus_value array = rf_fus_array_new(vm, NULL, (uint32_t)count);
    if (array == RF_FUS_RAISED)
        return array;
    rf_fus_value *to = RF_FUS_AS(rf_fus_items, array)->items;
    for (at = *list; rf_fus_is(at, RF_FUS_T_CONS); at = RF_FUS_AS(const rf_fus_cons, at)->tail)
        *to++ = RF_FUS_AS(const rf_fus_cons, at)->item;
    return array;
}

/* ---- Going through things: r[0] what is left (list) or all of it, r[1] where we are, r[2] the item ---- */

/* A map as the sorted list of its (key, value) tuples. */
static rf_fus_value entries(rf_fus_vm *vm, rf_fus_value map) {
    rf_fus_list_builder list = { RF_FUS_NIL, RF_FUS_NIL };
    rf_fus_map_walk walk = { .map = map };
    rf_fus_value pair[2];
    while (rf_fus_map_next(&walk, &pair[0], &pair[1])) {
        rf_fus_value tuple = rf_fus_tuple_new(vm, pair, 2);
        if (tuple == RF_FUS_RAISED || !rf_fus_list_push(vm, &list, tuple))
            return RF_FUS_RAISED;
    }
    return list.first;
}

bool rf_fus_iterate(rf_fus_vm *vm, rf_fus_value *r) {
    r[1] = rf_fus_of_small_int(0);
    if (r[0] == RF_FUS_NIL || rf_fus_is(r[0], RF_FUS_T_CONS) || rf_fus_is(r[0], RF_FUS_T_ARRAY))
        return true;
    if (rf_fus_is_string(r[0]))
        return rf_fus_text(vm, r[0]).data != NULL;
    if (!rf_fus_is(r[0], RF_FUS_T_MAP)) {
        (void)rf_fus_raise_type(vm, "list", r[0]);
        return false;
    }
    rf_fus_value list = entries(vm, r[0]);
    if (list == RF_FUS_RAISED)
        return false;
    r[0] = list;
    return true;
}

static bool next_character(rf_fus_vm *vm, rf_fus_value *r, bool *ret_more) {
    rf_slice text = rf_fus_text(vm, r[0]);
    if (!text.data)
        return false;
    size_t at = rf_fus_is_int(r[1]) ? (size_t)rf_fus_small_int(r[1]) : text.len;
    *ret_more = at < text.len;
    if (!*ret_more)
        return true;
    uint32_t c;
    size_t bytes = rf_utf8_decode((rf_slice){ text.data + at, text.len - at }, &c);
    bytes = bytes ? bytes : 1;
    r[1] = rf_fus_of_small_int((int64_t)(at + bytes));
    r[2] = rf_fus_string_new(vm, (rf_slice){ text.data + at, bytes });
    if (r[2] != RF_FUS_RAISED)
        return true;
    r[2] = RF_FUS_UNIT;
    return false;
}

/* Registers may hold anything if the code is not what our compiler makes: all is checked. */
bool rf_fus_next(rf_fus_vm *vm, rf_fus_value *r, bool *ret_more) {
    if (rf_fus_is(r[0], RF_FUS_T_ARRAY)) {
        const rf_fus_items *array = RF_FUS_AS(const rf_fus_items, r[0]);
        uint64_t at = rf_fus_is_int(r[1]) ? (uint64_t)rf_fus_small_int(r[1]) : UINT64_MAX;
        *ret_more = at < array->head.length;
        if (*ret_more) {
            r[1] = rf_fus_of_small_int((int64_t)at + 1);
            r[2] = array->items[at];
        }
        return true;
    }
    if (rf_fus_is_string(r[0]))
        return next_character(vm, r, ret_more);
    *ret_more = rf_fus_is(r[0], RF_FUS_T_CONS);
    if (*ret_more) {
        const rf_fus_cons *cons = RF_FUS_AS(const rf_fus_cons, r[0]);
        r[2] = cons->item;
        r[0] = cons->tail;
        return true;
    }
    if (r[0] == RF_FUS_NIL)
        return true;
    (void)rf_fus_raise_type(vm, "list", r[0]);
    return false;
}

/* ---- Others ---- */

bool rf_fus_setup(rf_fus_vm *vm, rf_fus_value closure, uint32_t upvalue, rf_fus_value value) {
    if (!rf_fus_is(closure, RF_FUS_T_CLOSURE) || upvalue >= rf_fus_object_of(closure)->length) {
        (void)rf_fus_raise_type(vm, "function", closure);
        return false;
    }
    rf_fus_closure *object = RF_FUS_AS(rf_fus_closure, closure);
    object->upvalues[upvalue] = value;
    rf_fus_barrier(&vm->heap, &object->head, value);
    return true;
}

rf_fus_value rf_fus_fail(rf_fus_vm *vm, uint32_t what, rf_fus_value name) {
    const char *text = rf_fus_flat(name) ? RF_FUS_AS(const rf_fus_string, name)->bytes : "?";
    switch (what) {
    case RF_FUS_FAIL_FIELD: return rf_fus_raise(vm, "Record field not found: %s", text);
    case RF_FUS_FAIL_DENIED: return rf_fus_raise(vm, "%s is not available: the host did not grant it", text);
    default: return rf_fus_raise(vm, "Undefined global: %s", text);
    }
}
