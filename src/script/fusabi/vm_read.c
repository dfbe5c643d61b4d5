/* vm_read.c: reading values: checked arguments of natives, lists, fields of records. */
#include "base/slice.h"
#include "script/fusabi/vm_internal.h"

#include <assert.h>

bool rf_fus_expect_text_slow(rf_fus_vm *vm, rf_fus_value v, rf_slice *ret_text) {
    if (!rf_fus_is_string(v)) {
        (void)rf_fus_raise_type(vm, "string", v);
        return false;
    }
    *ret_text = rf_fus_text(vm, v);
    return ret_text->data != NULL;
}

bool rf_fus_expect_int_slow(rf_fus_vm *vm, rf_fus_value v, int64_t *ret_int) {
    if (!rf_fus_is_any_int(v)) {
        (void)rf_fus_raise_type(vm, "int", v);
        return false;
    }
    *ret_int = rf_fus_int(v);
    return true;
}

bool rf_fus_expect_array_slow(rf_fus_vm *vm, rf_fus_value v) {
    (void)rf_fus_raise_type(vm, "array", v);
    return false;
}

bool rf_fus_expect_bool(rf_fus_vm *vm, rf_fus_value v, bool *ret_bool) {
    if (!rf_fus_is_bool(v)) {
        (void)rf_fus_raise_type(vm, "bool", v);
        return false;
    }
    *ret_bool = v == RF_FUS_TRUE;
    return true;
}

bool rf_fus_expect_number(rf_fus_vm *vm, rf_fus_value v, double *ret_number) {
    if (rf_fus_is_double(v)) {
        *ret_number = rf_fus_double(v);
        return true;
    }
    if (rf_fus_is_any_int(v)) {
        *ret_number = (double)rf_fus_int(v);
        return true;
    }
    (void)rf_fus_raise_type(vm, "float", v);
    return false;
}

bool rf_fus_expect_list(rf_fus_vm *vm, rf_fus_value v) {
    if (v == RF_FUS_NIL || rf_fus_is(v, RF_FUS_T_CONS))
        return true;
    (void)rf_fus_raise_type(vm, "list", v);
    return false;
}

bool rf_fus_list_next(rf_fus_vm *vm, rf_fus_value *list, rf_fus_value *ret_item, bool *ret_failed) {
    if (RF_LIKELY(rf_fus_is(*list, RF_FUS_T_CONS))) {
        const rf_fus_cons *cons = RF_FUS_AS(const rf_fus_cons, *list);
        *ret_item = cons->item;
        *list = cons->tail;
        return true;
    }
    if (*list != RF_FUS_NIL) {
        (void)rf_fus_raise_type(vm, "list", *list);
        *ret_failed = true;
    }
    return false;
}

/* ---- Records ---- */

static rf_slice text_of(rf_fus_value name) {
    const rf_fus_string *string = RF_FUS_AS(const rf_fus_string, name);
    return (rf_slice){ string->bytes, string->head.length };
}

uint32_t rf_fus_field_count(rf_fus_value record) {
    assert(rf_fus_is(record, RF_FUS_T_RECORD) || rf_fus_is(record, RF_FUS_T_DICT));
    return rf_fus_object_of(record)->length;
}

void rf_fus_field_at(rf_fus_value record, uint32_t i, rf_fus_value *ret_name, rf_fus_value *ret_value) {
    assert(i < rf_fus_field_count(record));
    if (rf_fus_object_of(record)->type == RF_FUS_T_RECORD) {
        const rf_fus_record *object = RF_FUS_AS(const rf_fus_record, record);
        *ret_name = rf_fus_of_object(object->shape->fields[i]->text);
        *ret_value = object->items[i];
    } else {
        const rf_fus_items *dict = RF_FUS_AS(const rf_fus_items, record);
        *ret_name = dict->items[2 * (size_t)i];
        *ret_value = dict->items[2 * (size_t)i + 1];
    }
}

bool rf_fus_field(rf_fus_vm *vm, rf_fus_value record, rf_slice name, rf_fus_value *ret_value) {
    (void)vm;
    if (!rf_fus_is(record, RF_FUS_T_RECORD) && !rf_fus_is(record, RF_FUS_T_DICT))
        return false;
    uint32_t low = 0, high = rf_fus_field_count(record);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        rf_fus_value have, value;
        rf_fus_field_at(record, middle, &have, &value);
        int order = rf_slice_compare(text_of(have), name);
        if (order == 0) {
            *ret_value = value;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}
