/* api_value.c: values between host and VM, and reading them, for riffle/fusabi.h. */
#include "script/fusabi/api.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>

static rf_fusabi_kind kind_of_object(const rf_fus_object *object) {
    switch ((rf_fus_type_tag)object->type) {
    case RF_FUS_T_CONS: return RF_FUSABI_LIST;
    case RF_FUS_T_TUPLE: return RF_FUSABI_TUPLE;
    case RF_FUS_T_ARRAY: return RF_FUSABI_ARRAY;
    case RF_FUS_T_RECORD:
    case RF_FUS_T_DICT: return RF_FUSABI_RECORD;
    case RF_FUS_T_MAP: return RF_FUSABI_MAP;
    case RF_FUS_T_VARIANT: return RF_FUSABI_VARIANT;
    case RF_FUS_T_CLOSURE:
    case RF_FUS_T_NATIVE:
    case RF_FUS_T_PARTIAL: return RF_FUSABI_FUNCTION;
    default: return RF_FUSABI_HOST;
    }
}

void rf_fus_api_object_out(rf_fus_value value, rf_fusabi_value *ret_value) {
    assert(value == RF_FUS_NIL || rf_fus_is_object(value));
    ret_value->kind = value == RF_FUS_NIL ? RF_FUSABI_LIST : kind_of_object(rf_fus_object_of(value));
    ret_value->object = value;
}

/* Words of eight bytes, the last one overlapping the one before it. */
static bool is_ascii(rf_slice text) {
    uint64_t word, all = 0;
    if (text.len < sizeof word) {
        for (size_t i = 0; i < text.len; i++)
            all |= (uint64_t)(unsigned char)text.data[i];
        return all < 0x80;
    }
    for (size_t at = 0; at + sizeof word < text.len; at += sizeof word) {
        memcpy(&word, text.data + at, sizeof word);
        all |= word;
    }
    memcpy(&word, text.data + text.len - sizeof word, sizeof word);
    return ((all | word) & UINT64_C(0x8080808080808080)) == 0;
}

rf_code rf_fus_api_text_in(rf_fus_vm *vm, rf_slice text, rf_fus_value *ret_value, rf_error *reterr) {
    if (RF_UNLIKELY(!is_ascii(text)) && !rf_utf8_valid(text))
        return rf_raise(reterr, RF_EPARSE, "a text for the script is not UTF-8");
    rf_fus_value value = rf_fus_string_new(vm, text);
    if (RF_UNLIKELY(value == RF_FUS_RAISED))
        return rf_raise_nomem(reterr);
    *ret_value = value;
    return RF_OK;
}

rf_code rf_fus_api_int_in(rf_fus_vm *vm, int64_t integer, rf_fus_value *ret_value, rf_error *reterr) {
    *ret_value = rf_fus_int_new(vm, integer);
    return *ret_value == RF_FUS_RAISED ? rf_raise_nomem(reterr) : RF_OK;
}

static bool is_object(const rf_fusabi_value *value) {
    return value->kind >= RF_FUSABI_LIST && value->object != RF_FUS_NIL;
}

static size_t list_count(rf_fus_value list) {
    size_t count = 0;
    for (; rf_fus_is(list, RF_FUS_T_CONS); list = RF_FUS_AS(const rf_fus_cons, list)->tail)
        count++;
    return count;
}

size_t rf_fusabi_count(rf_fusabi_vm *vm, const rf_fusabi_value *value) {
    assert(vm && value);
    if (!is_object(value))
        return 0;
    switch (value->kind) {
    case RF_FUSABI_LIST: return list_count(value->object);
    case RF_FUSABI_TUPLE:
    case RF_FUSABI_ARRAY:
    case RF_FUSABI_VARIANT: return rf_fus_object_of(value->object)->length;
    case RF_FUSABI_RECORD: return rf_fus_field_count(value->object);
    case RF_FUSABI_MAP: return (size_t)RF_FUS_AS(const rf_fus_map, value->object)->count;
    default: return 0;
    }
}

rf_code rf_fusabi_item(rf_fusabi_vm *vm, const rf_fusabi_value *value, size_t index, rf_fusabi_value *ret_item, rf_error *reterr) {
    assert(vm && value && ret_item);
    bool has_items = value->kind == RF_FUSABI_TUPLE || value->kind == RF_FUSABI_ARRAY || value->kind == RF_FUSABI_VARIANT;
    size_t count = has_items ? rf_fus_object_of(value->object)->length : 0;
    if (index >= count)
        return rf_raise(reterr, RF_ENOTFOUND, "there is no item %zu: there are %zu", index, count);
    const rf_fus_value *items = value->kind == RF_FUSABI_VARIANT ? RF_FUS_AS(const rf_fus_variant, value->object)->items
                                                                 : RF_FUS_AS(const rf_fus_items, value->object)->items;
    return rf_fus_api_out(vm, items[index], ret_item, reterr);
}

rf_code rf_fusabi_next(rf_fusabi_vm *vm, rf_fusabi_value *list, rf_fusabi_value *ret_item, rf_error *reterr) {
    assert(vm && list && ret_item);
    if (list->kind != RF_FUSABI_LIST || !rf_fus_is(list->object, RF_FUS_T_CONS))
        return rf_raise(reterr, RF_ENOTFOUND, "the list has no more items");
    const rf_fus_cons *cell = RF_FUS_AS(const rf_fus_cons, list->object);
    rf_fus_value tail = cell->tail;
    rf_code code = rf_fus_api_out(vm, cell->item, ret_item, reterr);
    return code ? code : rf_fus_api_out(vm, tail, list, reterr);
}

rf_code rf_fusabi_field(rf_fusabi_vm *vm, const rf_fusabi_value *value, const char *name, rf_fusabi_value *ret_value, rf_error *reterr) {
    assert(vm && value && name && ret_value);
    rf_fus_value found = RF_FUS_UNDEF;
    if (value->kind == RF_FUSABI_MAP) {
        rf_fus_value key;
        rf_code code = rf_fus_api_text_in(vm, rf_slice_of(name), &key, reterr);
        if (code)
            return code;
        if (!rf_fus_map_get(vm, value->object, key, &found))
            found = RF_FUS_UNDEF;
    } else if (value->kind != RF_FUSABI_RECORD || !rf_fus_field(vm, value->object, rf_slice_of(name), &found))
        found = RF_FUS_UNDEF;
    if (found == RF_FUS_UNDEF)
        return rf_raise(reterr, RF_ENOTFOUND, "there is no field %s", name);
    return rf_fus_api_out(vm, found, ret_value, reterr);
}

typedef struct visitor {
    rf_fus_vm *vm;
    bool (*visit)(void *user, rf_slice name, const rf_fusabi_value *value);
    void *user;
    bool ended; /* it has seen enough */
} visitor;

static rf_code show_entry(visitor *self, rf_fus_value name, rf_fus_value value, rf_error *reterr) {
    rf_fusabi_value out;
    rf_slice text = rf_fus_text(self->vm, name);
    if (!text.data)
        return rf_raise_nomem(reterr);
    rf_code code = rf_fus_api_out(self->vm, value, &out, reterr);
    self->ended = code || !self->visit(self->user, text, &out);
    return code;
}

static rf_code each_of_map(visitor *self, rf_fus_value map, rf_error *reterr) {
    rf_fus_map_walk walk = { .map = map };
    rf_fus_value name, value;
    rf_code code = RF_OK;
    while (!self->ended && rf_fus_map_next(&walk, &name, &value))
        code = show_entry(self, name, value, reterr);
    return code;
}

rf_code rf_fusabi_each(rf_fusabi_vm *vm, const rf_fusabi_value *value,
                       bool (*visit)(void *user, rf_slice name, const rf_fusabi_value *value), void *user, rf_error *reterr) {
    assert(vm && value && visit);
    visitor self = { .vm = vm, .visit = visit, .user = user };
    if (value->kind == RF_FUSABI_MAP)
        return each_of_map(&self, value->object, reterr);
    if (value->kind != RF_FUSABI_RECORD)
        return rf_raise(reterr, RF_ENOTFOUND, "neither a record nor a map");
    rf_code code = RF_OK;
    for (uint32_t i = 0, count = rf_fus_field_count(value->object); i < count && !self.ended; i++) {
        rf_fus_value name, field;
        rf_fus_field_at(value->object, i, &name, &field);
        code = show_entry(&self, name, field, reterr);
    }
    return code;
}

rf_slice rf_fusabi_variant_name(const rf_fusabi_value *value) {
    assert(value);
    return value->kind == RF_FUSABI_VARIANT ? rf_fus_ctor_name(value->object) : (rf_slice){ "", 0 };
}

void *rf_fusabi_pointer(const rf_fusabi_value *value, const char *type_name) {
    assert(value && type_name);
    if (value->kind != RF_FUSABI_HOST)
        return NULL;
    const rf_fus_host_value *host = RF_FUS_AS(const rf_fus_host_value, value->object);
    return host->type_name == type_name || strcmp(host->type_name, type_name) == 0 ? host->pointer : NULL;
}

rf_code rf_fusabi_display(rf_fusabi_vm *vm, const rf_fusabi_value *value, char **ret_text, size_t *ret_len, rf_error *reterr) {
    assert(vm && value && ret_text && ret_len);
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_fus_value shown;
    rf_code code = rf_fus_api_in(vm, value, &shown, reterr);
    if (code)
        return code;
    if (!rf_fus_display(vm, shown, &text) || !rf_buffer_cstr(&text))
        return rf_raise_nomem(reterr);
    *ret_text = text.data;
    *ret_len = text.len;
    text = (rf_buffer){ 0 };
    return RF_OK;
}
