/* api_make.c: values that the host makes, for riffle/fusabi.h. */
#include "script/fusabi/api.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>

/* Values for one object; most fit in the room at hand. */
typedef struct values { rf_fus_value *items, room[16]; } values;

static void values_done(values *self) {
    if (self->items != self->room)
        rf_free(self->items);
}

static rf_code values_take(values *self, rf_fus_vm *vm, const rf_fusabi_value *items, uint32_t count, rf_error *reterr) {
    self->items = count <= sizeof self->room / sizeof *self->room ? self->room : rf_alloc(count * sizeof *self->items);
    if (!self->items)
        return rf_raise_nomem(reterr);
    return rf_fus_api_in_all(vm, items, count, self->items, reterr);
}

static rf_code made(rf_fusabi_kind kind, rf_fus_value value, rf_fusabi_value *ret_value, rf_error *reterr) {
    if (value == RF_FUS_RAISED)
        return rf_raise_nomem(reterr);
    ret_value->kind = kind;
    ret_value->object = value;
    return RF_OK;
}

rf_code rf_fusabi_list(rf_fusabi_vm *vm, const rf_fusabi_value *items, uint32_t count, rf_fusabi_value *ret_value, rf_error *reterr) {
    assert(vm && ret_value && (items || count == 0));
    rf_fus_value list = RF_FUS_NIL;
    for (uint32_t i = count; i-- > 0 && list != RF_FUS_RAISED;) {
        rf_fus_value item;
        rf_code code = rf_fus_api_in(vm, &items[i], &item, reterr);
        if (code)
            return code;
        list = rf_fus_cons_new(vm, item, list);
    }
    return made(RF_FUSABI_LIST, list, ret_value, reterr);
}

rf_code rf_fusabi_tuple(rf_fusabi_vm *vm, const rf_fusabi_value *items, uint32_t count, rf_fusabi_value *ret_value, rf_error *reterr) {
    assert(vm && ret_value && (items || count == 0));
    RF_CLEANUP(values_done) values all = { 0 };
    rf_code code = values_take(&all, vm, items, count, reterr);
    return code ? code : made(RF_FUSABI_TUPLE, rf_fus_tuple_new(vm, all.items, count), ret_value, reterr);
}

rf_code rf_fusabi_array(rf_fusabi_vm *vm, const rf_fusabi_value *items, uint32_t count, rf_fusabi_value *ret_value, rf_error *reterr) {
    assert(vm && ret_value && (items || count == 0));
    RF_CLEANUP(values_done) values all = { 0 };
    rf_code code = values_take(&all, vm, items, count, reterr);
    return code ? code : made(RF_FUSABI_ARRAY, rf_fus_array_new(vm, all.items, count), ret_value, reterr);
}

rf_code rf_fusabi_record(rf_fusabi_vm *vm, const char *const *names, const rf_fusabi_value *fields, uint32_t count,
                         rf_fusabi_value *ret_value, rf_error *reterr) {
    assert(vm && ret_value && ((names && fields) || count == 0));
    RF_CLEANUP(values_done) values all = { 0 };
    for (uint32_t i = 0; i < count; i++)
        if (!rf_utf8_valid(rf_slice_of(names[i])))
            return rf_raise(reterr, RF_EPARSE, "a name for the script is not UTF-8");
    rf_code code = values_take(&all, vm, fields, count, reterr);
    return code ? code : made(RF_FUSABI_RECORD, rf_fus_record_new(vm, names, all.items, count), ret_value, reterr);
}

rf_code rf_fusabi_variant(rf_fusabi_vm *vm, const char *name, const rf_fusabi_value *items, uint32_t count,
                          rf_fusabi_value *ret_value, rf_error *reterr) {
    assert(vm && name && ret_value && (items || count == 0));
    RF_CLEANUP(values_done) values all = { 0 };
    if (!rf_utf8_valid(rf_slice_of(name)))
        return rf_raise(reterr, RF_EPARSE, "a name for the script is not UTF-8");
    rf_code code = values_take(&all, vm, items, count, reterr);
    return code ? code : made(RF_FUSABI_VARIANT, rf_fus_variant_named(vm, name, all.items, count), ret_value, reterr);
}

rf_code rf_fusabi_host(rf_fusabi_vm *vm, const char *type_name, void *pointer, rf_fusabi_value *ret_value, rf_error *reterr) {
    assert(vm && type_name && ret_value);
    return made(RF_FUSABI_HOST, rf_fus_host_new(vm, type_name, pointer), ret_value, reterr);
}
