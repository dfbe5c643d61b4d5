/* data_fusabi.c: plain data between plugins' messages and Fusabi's values. */
#include "plugin/data_fusabi.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

/* ---- In; both directions recurse, at most RF_VALUE_DEPTH_MAX deep ---- */

typedef struct reader {
    rf_fus_vm *vm;
    rf_fus_lists lists;
    rf_arena *scratch;
    rf_error *reterr;
} reader;

static rf_code read_value(reader *r, const rf_value *value, uint32_t depth, rf_fus_value *ret_value);

static rf_code made(reader *r, rf_fus_value value, rf_fus_value *ret_value) {
    *ret_value = value;
    return RF_LIKELY(value != RF_FUS_RAISED) ? RF_OK : rf_fus_vm_no_room(r->vm, r->reterr);
}

static rf_code read_text(reader *r, rf_slice text, rf_fus_value *ret_value) {
    if (RF_UNLIKELY(!rf_utf8_valid(text))) {
        text = rf_utf8_clean_in(r->scratch, text);
        if (!text.data)
            return rf_raise_nomem(r->reterr);
    }
    return made(r, rf_fus_string_new(r->vm, text), ret_value);
}

static rf_code read_number(reader *r, rf_slice text, rf_fus_value *ret_value) {
    int64_t integer;
    double number;
    if (rf_number_parse_i64(text, &integer) && !rf_slice_is(text, "-0"))
        return made(r, rf_fus_int_new(r->vm, integer), ret_value);
    if (!rf_number_parse_go_float(text, &number))
        return rf_raise(r->reterr, RF_ESCRIPT, "the number %.*s is out of range", RF_SLICE_ARG(text));
    *ret_value = rf_fus_of_double(number);
    return RF_OK;
}

static rf_code read_time(reader *r, double ms, rf_fus_value *ret_value) {
    char text[RF_CLOCK_TEXT_MAX];
    if (!(fabs(ms) < 1e14))
        return rf_raise(r->reterr, RF_ESCRIPT, "a time is out of range");
    double sec = floor(ms / 1000);
    size_t len = rf_clock_rfc3339((int64_t)sec, (uint32_t)((ms - sec * 1000) * 1e6), -1, text);
    return made(r, rf_fus_string_new(r->vm, (rf_slice){ text, len }), ret_value);
}

/* Room for `count` values; they point into the VM, which collects nothing meanwhile. */
static rf_fus_value *room_for(reader *r, size_t count) { return rf_arena_alloc(r->scratch, (count ? count : 1) * sizeof(rf_fus_value)); }

static rf_fus_value list_of(rf_fus_vm *vm, const rf_fus_value *items, uint32_t count) {
    rf_fus_value list = RF_FUS_NIL;
    while (count-- > 0 && list != RF_FUS_RAISED)
        list = rf_fus_cons_new(vm, items[count], list);
    return list;
}

static rf_code read_list(reader *r, const rf_value *list, uint32_t depth, rf_fus_value *ret_value) {
    rf_fus_value *items = room_for(r, list->size);
    if (!items)
        return rf_raise_nomem(r->reterr);
    for (uint32_t i = 0; i < list->size; i++) {
        rf_code code = read_value(r, &list->items[i], depth + 1, &items[i]);
        if (code)
            return code;
    }
    bool is_array = r->lists == RF_FUS_AS_ARRAYS || (r->lists == RF_FUS_AS_WAS && list->truth);
    return made(r, is_array ? rf_fus_array_new(r->vm, items, list->size) : list_of(r->vm, items, list->size), ret_value);
}

enum { SORTED_HERE = 32 }; /* members; larger maps are sorted by the VM, which takes memory for it */

/* The places of a map's members in order of their names. */
static void sort_members(const rf_value *map, uint8_t order[SORTED_HERE]) {
    for (uint32_t i = 0; i < map->size; i++) {
        uint32_t at = i;
        for (; at > 0 && rf_slice_compare(map->members[order[at - 1]].key, map->members[i].key) > 0; at--)
            order[at] = order[at - 1];
        order[at] = (uint8_t)i;
    }
}

static rf_code read_map(reader *r, const rf_value *map, uint32_t depth, rf_fus_value *ret_value) {
    uint8_t order[SORTED_HERE];
    bool few = map->size <= SORTED_HERE;
    rf_fus_value *pairs = room_for(r, 2 * (size_t)map->size);
    if (!pairs)
        return rf_raise_nomem(r->reterr);
    if (few)
        sort_members(map, order);
    for (uint32_t i = 0; i < map->size; i++) {
        const rf_member *member = &map->members[few ? order[i] : i];
        rf_code code = read_text(r, member->key, &pairs[2 * (size_t)i]);
        if (!code)
            code = read_value(r, &member->value, depth + 1, &pairs[2 * (size_t)i + 1]);
        if (code)
            return code;
    }
    return made(r, rf_fus_dict_new(r->vm, pairs, map->size), ret_value);
}

static rf_code read_value(reader *r, const rf_value *value, uint32_t depth, rf_fus_value *ret_value) {
    if (depth > RF_VALUE_DEPTH_MAX)
        return rf_raise(r->reterr, RF_ELIMIT, "data nested more than %d deep", RF_VALUE_DEPTH_MAX);
    switch ((rf_value_kind)value->kind) {
    case RF_NULL: *ret_value = RF_FUS_UNIT; return RF_OK;
    case RF_BOOL: *ret_value = rf_fus_of_bool(value->truth); return RF_OK;
    case RF_INT: return made(r, rf_fus_int_new(r->vm, value->integer), ret_value);
    case RF_DOUBLE: *ret_value = rf_fus_of_double(value->number); return RF_OK;
    case RF_NUMBER:
    case RF_BIGINT: return read_number(r, rf_value_text(value), ret_value);
    case RF_STRING:
    case RF_BYTES:
    case RF_OPAQUE:
    case RF_RAW: return read_text(r, rf_value_text(value), ret_value);
    case RF_TIME: return read_time(r, value->number, ret_value);
    case RF_LIST: return read_list(r, value, depth, ret_value);
    case RF_MAP: return read_map(r, value, depth, ret_value);
    case RF_LAZY_INITIAL:
    case RF_LAZY_KEYS: break;
    }
    return rf_raise(r->reterr, RF_ESCRIPT, "metadata that nobody has read is nothing for a script");
}

rf_code rf_fus_data_in(rf_fus_vm *vm, const rf_value *value, rf_fus_lists lists, rf_arena *scratch, rf_fus_value *ret_value,
                       rf_error *reterr) {
    assert(vm && value && scratch && ret_value);
    reader r = { .vm = vm, .lists = lists, .scratch = scratch, .reterr = reterr };
    return read_value(&r, value, 0, ret_value);
}

/* ---- Out ---- */

typedef struct writer {
    rf_fus_vm *vm;
    rf_arena *arena;
    size_t budget; /* bytes that may still be made */
    rf_error *reterr;
} writer;

static rf_code write_value(writer *w, rf_fus_value value, uint32_t depth, rf_value *ret_value);

const char *rf_fus_data_named(rf_fus_value value, char out[24]) {
    const char *name = rf_fus_type_name(value);
    (void)snprintf(out, 24, "%s %s", strchr("aeio", name[0]) ? "an" : "a", name);
    return out;
}

static rf_code not_plain(writer *w, rf_fus_value value) {
    char named[24];
    return rf_raise(w->reterr, RF_ESCRIPT, "%s is no plain data", rf_fus_data_named(value, named));
}

/* `size` bytes, or NULL with the error in *ret_code. */
static void *take(writer *w, size_t count, size_t size, rf_code *ret_code) {
    size_t bytes = count > SIZE_MAX / 64 ? SIZE_MAX : count * size;
    if (bytes > w->budget) {
        *ret_code = rf_raise(w->reterr, RF_ELIMIT, "the data is larger than the script's memory limit");
        return NULL;
    }
    w->budget -= bytes;
    void *room = rf_arena_alloc(w->arena, bytes);
    *ret_code = room ? RF_OK : rf_raise_nomem(w->reterr);
    return room;
}

static rf_code write_text(writer *w, rf_fus_value string, rf_slice *ret_text) {
    rf_code code;
    rf_slice text = rf_fus_text(w->vm, string);
    if (!text.data)
        return rf_fus_vm_no_room(w->vm, w->reterr);
    char *copy = take(w, text.len + 1, 1, &code);
    if (!copy)
        return code;
    memcpy(copy, text.data, text.len + 1);
    *ret_text = (rf_slice){ copy, text.len };
    return RF_OK;
}

static rf_code write_items(writer *w, const rf_fus_items *object, uint32_t depth, rf_value *ret_value) {
    const uint32_t count = object->head.length;
    const bool is_array = object->head.type == RF_FUS_T_ARRAY;
    rf_code code;
    rf_value *room = take(w, count, sizeof *room, &code);
    for (uint32_t i = 0; i < count && !code; i++)
        code = write_value(w, object->items[i], depth + 1, &room[i]);
    *ret_value = (rf_value){ .kind = RF_LIST, .truth = is_array, .size = count, .items = room };
    return code;
}

static rf_code write_list(writer *w, rf_fus_value list, uint32_t depth, rf_value *ret_value) {
    uint32_t count = 0, at = 0;
    rf_fus_value rest = list;
    for (; rf_fus_is(rest, RF_FUS_T_CONS); rest = RF_FUS_AS(const rf_fus_cons, rest)->tail)
        count++;
    if (rest != RF_FUS_NIL)
        return rf_raise(w->reterr, RF_ESCRIPT, "a list that does not end in [] is no plain data");
    rf_code code;
    rf_value *room = take(w, count, sizeof *room, &code);
    for (rest = list; rest != RF_FUS_NIL && !code; rest = RF_FUS_AS(const rf_fus_cons, rest)->tail)
        code = write_value(w, RF_FUS_AS(const rf_fus_cons, rest)->item, depth + 1, &room[at++]);
    *ret_value = (rf_value){ .kind = RF_LIST, .size = count, .items = room };
    return code;
}

static rf_code write_member(writer *w, rf_fus_value name, rf_fus_value value, uint32_t depth, rf_member *ret_member) {
    rf_code code = write_text(w, name, &ret_member->key);
    return code ? code : write_value(w, value, depth + 1, &ret_member->value);
}

static rf_code write_record(writer *w, rf_fus_value record, uint32_t depth, rf_value *ret_value) {
    uint32_t count = rf_fus_field_count(record);
    rf_code code;
    rf_member *room = take(w, count, sizeof *room, &code);
    for (uint32_t i = 0; i < count && !code; i++) {
        rf_fus_value name, value;
        rf_fus_field_at(record, i, &name, &value);
        code = write_member(w, name, value, depth, &room[i]);
    }
    *ret_value = (rf_value){ .kind = RF_MAP, .size = count, .members = room };
    return code;
}

/* Names and values in turn. A function of its own: the walk takes much of the stack. */
static void flatten_map(rf_fus_value map, rf_fus_value *pairs) {
    rf_fus_map_walk walk = { .map = map };
    while (rf_fus_map_next(&walk, &pairs[0], &pairs[1]))
        pairs += 2;
}

static rf_code write_map(writer *w, rf_fus_value map, uint32_t depth, rf_value *ret_value) {
    size_t count = (size_t)RF_FUS_AS(const rf_fus_map, map)->count;
    rf_code code;
    rf_fus_value *pairs = take(w, 2 * count, sizeof *pairs, &code);
    rf_member *room = pairs ? take(w, count, sizeof *room, &code) : NULL;
    if (!room)
        return code;
    flatten_map(map, pairs);
    for (size_t i = 0; i < count && !code; i++)
        code = write_member(w, pairs[2 * i], pairs[2 * i + 1], depth, &room[i]);
    *ret_value = (rf_value){ .kind = RF_MAP, .size = (uint32_t)count, .members = room };
    return code;
}

static rf_code write_object(writer *w, rf_fus_value value, uint32_t depth, rf_value *ret_value) {
    const rf_fus_items *items = RF_FUS_AS(const rf_fus_items, value);
    rf_slice text;
    switch ((rf_fus_type_tag)items->head.type) {
    case RF_FUS_T_BIGINT: *ret_value = rf_int(rf_fus_int(value)); return RF_OK;
    case RF_FUS_T_STRING:
    case RF_FUS_T_ROPE: {
        rf_code code = write_text(w, value, &text);
        if (!code)
            *ret_value = rf_string(text);
        return code;
    }
    case RF_FUS_T_CONS: return write_list(w, value, depth, ret_value);
    case RF_FUS_T_TUPLE:
    case RF_FUS_T_ARRAY: return write_items(w, items, depth, ret_value);
    case RF_FUS_T_RECORD:
    case RF_FUS_T_DICT: return write_record(w, value, depth, ret_value);
    case RF_FUS_T_MAP: return write_map(w, value, depth, ret_value);
    default: return not_plain(w, value);
    }
}

static rf_code write_value(writer *w, rf_fus_value value, uint32_t depth, rf_value *ret_value) {
    if (depth > RF_VALUE_DEPTH_MAX)
        return rf_raise(w->reterr, RF_ELIMIT, "data nested more than %d deep", RF_VALUE_DEPTH_MAX);
    if (rf_fus_is_object(value))
        return write_object(w, value, depth, ret_value);
    if (rf_fus_is_int(value))
        *ret_value = rf_int(rf_fus_small_int(value));
    else if (rf_fus_is_double(value))
        *ret_value = rf_double(rf_fus_double(value));
    else if (rf_fus_is_bool(value))
        *ret_value = rf_bool(value == RF_FUS_TRUE);
    else if (value == RF_FUS_NIL)
        *ret_value = (rf_value){ .kind = RF_LIST };
    else
        *ret_value = rf_null();
    return RF_OK;
}

rf_code rf_fus_data_out(rf_fus_vm *vm, rf_fus_value value, rf_arena *arena, size_t budget, rf_value *ret_value, rf_error *reterr) {
    assert(vm && arena && ret_value);
    writer w = { .vm = vm, .arena = arena, .budget = budget, .reterr = reterr };
    return write_value(&w, value, 0, ret_value);
}
