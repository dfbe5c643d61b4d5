/* mapping_object_methods.c: the methods of objects, and of arrays taken apart and put together. */
#include "message/mapping_methods.h"

#include "base/slice.h"
#include "message/order.h"

#include <assert.h>

static rf_value list_of(rf_value *items, size_t count) { return (rf_value){ .kind = RF_LIST, .size = (uint32_t)count, .items = items }; }
static rf_value map_of(rf_member *members, size_t count) {
    return (rf_value){ .kind = RF_MAP, .size = (uint32_t)count, .members = members };
}

/* What is made of each member, in the order of keys. */
typedef enum part_of_member { KEYS, VALUES, PAIRS } part_of_member;

static rf_code part(rf_mapping_env *env, const rf_member *member, part_of_member which, rf_value *ret_item) {
    if (which == KEYS)
        *ret_item = rf_string(member->key.len ? member->key : RF_SLICE(""));
    else if (which == VALUES)
        *ret_item = member->value;
    if (which != PAIRS)
        return RF_OK;
    rf_member *members = rf_mapping_members(env, 2);
    if (!members)
        return RF_ENOMEM;
    members[0] = (rf_member){ RF_SLICE("key"), rf_string(member->key) };
    members[1] = (rf_member){ RF_SLICE("value"), member->value };
    *ret_item = map_of(members, 2);
    return RF_OK;
}

static rf_code parts(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, part_of_member which,
                     rf_value *ret_value) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_MAP);
    if (code)
        return code;
    RF_CLEANUP(rf_order_done) rf_order order;
    rf_value *items = rf_mapping_items(env, args[0]->size);
    if (!rf_order_init(&order, args[0]) || !items)
        return rf_raise_nomem(env->reterr);
    for (uint32_t i = 0; !code && i < args[0]->size; i++)
        code = part(env, order.members[i], which, &items[i]);
    return code ? code : rf_mapping_give(ret_value, list_of(items, args[0]->size));
}

RF_MAPPING_METHOD(rf_method_keys) { return parts(env, node, args, KEYS, ret_value); }
RF_MAPPING_METHOD(rf_method_values) { return parts(env, node, args, VALUES, ret_value); }
RF_MAPPING_METHOD(rf_method_key_values) { return parts(env, node, args, PAIRS, ret_value); }

RF_MAPPING_METHOD(rf_method_get) {
    rf_slice path;
    rf_code code = rf_mapping_want_text(env, node, args, 1, &path);
    return code ? code : rf_mapping_pick(env, args[0], path, ret_value);
}

RF_MAPPING_METHOD(rf_method_exists) {
    rf_slice path;
    rf_value value;
    rf_code code = rf_mapping_want_text(env, node, args, 1, &path);
    if (!code)
        code = rf_mapping_pick(env, args[0], path, &value);
    return code ? code : rf_mapping_give(ret_value, rf_bool(value.kind != RF_NULL));
}

/* The members of `map` with room for `more` behind them. */
static rf_member *copied(rf_mapping_env *env, const rf_value *map, size_t more) {
    rf_member *members = rf_mapping_members(env, map->size + more);
    if (members && map->size)
        memcpy(members, map->members, map->size * sizeof *members);
    return members;
}

static rf_code joined(rf_mapping_env *env, const rf_value *a, const rf_value *b, rf_value *ret_value);

/* Arrays behind one another, a single value behind an array or as one of two. */
static rf_code merged_lists(rf_mapping_env *env, const rf_value *a, const rf_value *b, rf_value *ret_value) {
    size_t left = a->kind == RF_LIST ? a->size : 1, right = b->kind == RF_LIST ? b->size : 1;
    rf_value *items = rf_mapping_items(env, left + right);
    if (!items)
        return RF_ENOMEM;
    if (left)
        memcpy(items, a->kind == RF_LIST ? a->items : a, left * sizeof *items);
    if (right)
        memcpy(items + left, b->kind == RF_LIST ? b->items : b, right * sizeof *items);
    return rf_mapping_give(ret_value, list_of(items, left + right));
}

static rf_code merged(rf_mapping_env *env, const rf_value *a, const rf_value *b, rf_value *ret_value) {
    if (a->kind == RF_MAP && b->kind == RF_MAP)
        return joined(env, a, b, ret_value);
    return merged_lists(env, a, b, ret_value);
}

static rf_code joined(rf_mapping_env *env, const rf_value *a, const rf_value *b, rf_value *ret_value) {
    rf_member *members = copied(env, a, b->size);
    if (!members)
        return RF_ENOMEM;
    rf_value map = map_of(members, a->size);
    for (uint32_t i = 0; i < b->size; i++) {
        const rf_member *from = &b->members[i];
        rf_value *there = rf_value_member(&map, from->key);
        if (!there)
            members[map.size++] = *from;
        rf_value before = there ? *there : rf_null();
        rf_code code = there ? merged(env, &before, &from->value, there) : RF_OK;
        if (code)
            return code;
    }
    return rf_mapping_give(ret_value, map);
}

RF_MAPPING_METHOD(rf_method_merge) {
    if (args[0]->kind == RF_LIST)
        return merged_lists(env, args[0], args[1], ret_value);
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_MAP);
    if (!code)
        code = rf_mapping_want_kind(env, node, args, 1, RF_MAP);
    return code ? code : joined(env, args[0], args[1], ret_value);
}

static rf_code assigned(rf_mapping_env *env, const rf_value *a, const rf_value *b, rf_value *ret_value) {
    rf_member *members = copied(env, a, b->size);
    if (!members)
        return RF_ENOMEM;
    rf_value map = map_of(members, a->size);
    for (uint32_t i = 0; i < b->size; i++) {
        const rf_member *from = &b->members[i];
        rf_value *there = rf_value_member(&map, from->key);
        rf_value before = there ? *there : rf_null();
        if (!there)
            members[map.size++] = *from;
        else if (before.kind != RF_MAP || from->value.kind != RF_MAP)
            *there = from->value;
        else if (assigned(env, &before, &from->value, there))
            return RF_ENOMEM;
    }
    return rf_mapping_give(ret_value, map);
}

RF_MAPPING_METHOD(rf_method_assign) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_MAP);
    if (!code)
        code = rf_mapping_want_kind(env, node, args, 1, RF_MAP);
    return code ? code : assigned(env, args[0], args[1], ret_value);
}

/* The object without the member at the path; what is on the way is copied. */
static rf_code cut_out(rf_mapping_env *env, const rf_value *map, rf_slice path, rf_value *ret_value) {
    size_t len = rf_slice_find(path, '.');
    rf_slice name = { path.data, len }, rest = len < path.len ? (rf_slice){ path.data + len + 1, path.len - len - 1 } : RF_SLICE("");
    rf_member *members = map->kind == RF_MAP ? rf_mapping_members(env, map->size) : NULL;
    uint32_t count = 0;
    if (map->kind != RF_MAP)
        return rf_mapping_give(ret_value, *map);
    if (!members)
        return RF_ENOMEM;
    for (uint32_t i = 0; i < map->size; i++) {
        bool here = rf_slice_eq(map->members[i].key, name);
        if (here && len == path.len)
            continue;
        members[count] = map->members[i];
        rf_code code = here ? cut_out(env, &map->members[i].value, rest, &members[count].value) : RF_OK;
        if (code)
            return code;
        count++;
    }
    return rf_mapping_give(ret_value, map_of(members, count));
}

RF_MAPPING_METHOD(rf_method_without) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_MAP);
    rf_value value = *args[0];
    for (size_t i = 1; !code && i <= RF_MAPPING_PARAMS_MAX && args[i]; i++) {
        rf_slice path;
        code = rf_mapping_want_text(env, node, args, i, &path);
        if (!code)
            code = cut_out(env, &value, path, &value);
    }
    return code ? code : rf_mapping_give(ret_value, value);
}

RF_MAPPING_METHOD(rf_method_map_each_key) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_MAP);
    rf_member *members = code ? NULL : rf_mapping_members(env, args[0]->size);
    if (!members)
        return code ? code : RF_ENOMEM;
    rf_value map = map_of(members, 0);
    for (uint32_t i = 0; i < args[0]->size; i++) {
        const rf_member *from = &args[0]->members[i];
        rf_value key = rf_string(from->key), made = key;
        code = rf_mapping_bind(env, node->args[1], &key, &made);
        if (!code && made.kind != RF_OPAQUE && !rf_mapping_has_text(&made))
            code = rf_mapping_mismatch(env, node, node->args[1], "string", &made);
        if (code)
            return code;
        rf_slice name = made.kind == RF_OPAQUE ? from->key : rf_value_text(&made);
        rf_value *there = rf_value_member(&map, name);
        if (there)
            *there = from->value;
        else
            members[map.size++] = (rf_member){ name, from->value };
    }
    return rf_mapping_give(ret_value, map);
}

RF_MAPPING_METHOD(rf_method_append) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    rf_value *items = code ? NULL : rf_mapping_items(env, args[0]->size + RF_MAPPING_PARAMS_MAX);
    size_t count = code ? 0 : args[0]->size;
    if (!items)
        return code ? code : RF_ENOMEM;
    if (count)
        memcpy(items, args[0]->items, count * sizeof *items);
    for (size_t i = 1; i <= RF_MAPPING_PARAMS_MAX && args[i]; i++)
        items[count++] = *args[i];
    return rf_mapping_give(ret_value, list_of(items, count));
}

RF_MAPPING_METHOD(rf_method_concat) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    rf_value all = *args[0];
    for (size_t i = 1; !code && i <= RF_MAPPING_PARAMS_MAX && args[i]; i++) {
        code = rf_mapping_want_kind(env, node, args, i, RF_LIST);
        rf_value before = all;
        if (!code)
            code = merged_lists(env, &before, args[i], &all);
    }
    return code ? code : rf_mapping_give(ret_value, all);
}

RF_MAPPING_METHOD(rf_method_index) {
    int64_t at = 0;
    const rf_value *value = args[0];
    rf_code code = rf_mapping_want_whole(env, node, args, 1, 0, &at);
    if (!code && value->kind != RF_BYTES)
        code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    if (code)
        return code;
    int64_t place = at < 0 ? at + value->size : at;
    if (place < 0 || place >= (int64_t)value->size)
        return rf_mapping_fail(env, node, "index '%lld' was out of bounds for array size: %u", (long long)at, value->size);
    return rf_mapping_give(ret_value, value->kind == RF_BYTES ? rf_int((unsigned char)value->text[place]) : value->items[place]);
}

RF_MAPPING_METHOD(rf_method_enumerated) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    rf_value *items = code ? NULL : rf_mapping_items(env, args[0]->size);
    if (!items)
        return code ? code : RF_ENOMEM;
    for (uint32_t i = 0; i < args[0]->size; i++) {
        rf_member *members = rf_mapping_members(env, 2);
        if (!members)
            return RF_ENOMEM;
        members[0] = (rf_member){ RF_SLICE("index"), rf_int(i) };
        members[1] = (rf_member){ RF_SLICE("value"), args[0]->items[i] };
        items[i] = map_of(members, 2);
    }
    return rf_mapping_give(ret_value, list_of(items, args[0]->size));
}

RF_MAPPING_METHOD(rf_method_flatten) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    size_t count = 0, at = 0;
    for (uint32_t i = 0; !code && i < args[0]->size; i++)
        count += args[0]->items[i].kind == RF_LIST ? args[0]->items[i].size : 1;
    rf_value *items = code ? NULL : rf_mapping_items(env, count);
    if (!items)
        return code ? code : RF_ENOMEM;
    for (uint32_t i = 0; i < args[0]->size; i++) {
        const rf_value *item = &args[0]->items[i];
        uint32_t size = item->kind == RF_LIST ? item->size : 1;
        if (size)
            memcpy(items + at, item->kind == RF_LIST ? item->items : item, size * sizeof *items);
        at += size;
    }
    return rf_mapping_give(ret_value, list_of(items, count));
}

/* Only the last object on the path is multiplied: `explode("a")` of {"a": […], "b": 1}. */
RF_MAPPING_METHOD(rf_method_explode) {
    rf_slice path;
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_MAP);
    if (!code)
        code = rf_mapping_want_text(env, node, args, 1, &path);
    const rf_value *list = code ? NULL : rf_value_member(args[0], path);
    if (code || !list || list->kind != RF_LIST)
        return code ? code : rf_mapping_fail(env, node, "explode() needs an array in the field `%.*s`", RF_SLICE_ARG(path));
    rf_value *items = rf_mapping_items(env, list->size);
    for (uint32_t i = 0; items && i < list->size; i++) {
        rf_member *members = copied(env, args[0], 0);
        if (!members)
            return RF_ENOMEM;
        items[i] = map_of(members, args[0]->size);
        *rf_value_member(&items[i], path) = list->items[i];
    }
    return items ? rf_mapping_give(ret_value, list_of(items, list->size)) : RF_ENOMEM;
}

typedef struct collapsing { rf_mapping_env *env; rf_member *members; size_t count, cap; } collapsing;

static bool put_leaf(collapsing *c, rf_slice path, const rf_value *value) {
    if (c->count == c->cap) {
        rf_value before = map_of(c->members, c->count);
        rf_member *members = copied(c->env, &before, c->cap + 8);
        if (!members)
            return false;
        c->members = members;
        c->cap = c->cap * 2 + 8;
    }
    c->members[c->count++] = (rf_member){ path, *value };
    return true;
}

static bool collapse(collapsing *c, rf_slice path, const rf_value *value) {
    bool nested = (value->kind == RF_MAP || value->kind == RF_LIST) && value->size > 0;
    if (!nested)
        return put_leaf(c, path, value);
    const char *dot = path.len ? "." : "";
    for (uint32_t i = 0; i < value->size; i++) {
        bool map = value->kind == RF_MAP;
        rf_slice key = map ? value->members[i].key : RF_SLICE("");
        rf_slice name = map ? rf_printf_in(&c->env->batch->arena, "%.*s%s%.*s", RF_SLICE_ARG(path), dot, RF_SLICE_ARG(key))
                            : rf_printf_in(&c->env->batch->arena, "%.*s%s%u", RF_SLICE_ARG(path), dot, i);
        if (!name.data || !collapse(c, name, map ? &value->members[i].value : &value->items[i]))
            return false;
    }
    return true;
}

RF_MAPPING_METHOD(rf_method_collapse) {
    collapsing c = { .env = env };
    rf_code code = args[0]->kind == RF_LIST ? RF_OK : rf_mapping_want_kind(env, node, args, 0, RF_MAP);
    if (!code)
        code = rf_mapping_weigh(env, node, args[0]);
    if (!code && args[0]->size && !collapse(&c, RF_SLICE(""), args[0]))
        code = rf_raise_nomem(env->reterr);
    return code ? code : rf_mapping_give(ret_value, map_of(c.members, c.count));
}
