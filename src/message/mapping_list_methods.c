/* mapping_list_methods.c: the methods of arrays that ask a query of each item, or put them in order. */
#include "message/mapping_methods.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>
#include <stdlib.h>

static rf_value list_of(rf_value *items, size_t count) { return (rf_value){ .kind = RF_LIST, .size = (uint32_t)count, .items = items }; }

static rf_code ask_bool(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *item, bool *ret_truth) {
    rf_value answer;
    rf_code code = rf_mapping_bind(env, node->args[1], item, &answer);
    if (!code && answer.kind != RF_BOOL)
        code = rf_mapping_mismatch(env, node, node->args[1], "bool", &answer);
    if (!code)
        *ret_truth = answer.truth;
    return code;
}

/* `{"key": …, "value": …}` of a member. */
static rf_code pair_of(rf_mapping_env *env, const rf_member *member, rf_value *ret_pair) {
    rf_member *members = rf_mapping_members(env, 2);
    if (!members)
        return RF_ENOMEM;
    members[0] = (rf_member){ RF_SLICE("key"), rf_string(member->key) };
    members[1] = (rf_member){ RF_SLICE("value"), member->value };
    *ret_pair = (rf_value){ .kind = RF_MAP, .size = 2, .members = members };
    return RF_OK;
}

static rf_code map_members(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *map, bool keep_tested, rf_value *ret_value) {
    rf_member *made = rf_mapping_members(env, map->size);
    uint32_t count = 0;
    if (!made)
        return RF_ENOMEM;
    for (uint32_t i = 0; i < map->size; i++) {
        rf_value pair, answer = rf_null();
        bool kept = true;
        rf_code code = pair_of(env, &map->members[i], &pair);
        if (!code)
            code = keep_tested ? ask_bool(env, node, &pair, &kept) : rf_mapping_bind(env, node->args[1], &pair, &answer);
        if (code)
            return code;
        if (!kept || (!keep_tested && rf_mapping_is_deleted(&answer)))
            continue;
        bool same = keep_tested || rf_mapping_is_nothing(&answer);
        made[count++] = (rf_member){ map->members[i].key, same ? map->members[i].value : answer };
    }
    return rf_mapping_give(ret_value, (rf_value){ .kind = RF_MAP, .size = count, .members = made });
}

RF_MAPPING_METHOD(rf_method_map_each) {
    const rf_value *list = args[0];
    if (list->kind == RF_MAP)
        return map_members(env, node, list, false, ret_value);
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    rf_value *items = code ? NULL : rf_mapping_items(env, list->size);
    uint32_t count = 0;
    if (!items)
        return code ? code : RF_ENOMEM;
    for (uint32_t i = 0; i < list->size; i++) {
        rf_value answer;
        code = rf_mapping_bind(env, node->args[1], &list->items[i], &answer);
        if (code)
            return code;
        if (!rf_mapping_is_deleted(&answer))
            items[count++] = rf_mapping_is_nothing(&answer) ? list->items[i] : answer;
    }
    return rf_mapping_give(ret_value, list_of(items, count));
}

RF_MAPPING_METHOD(rf_method_filter) {
    const rf_value *list = args[0];
    if (list->kind == RF_MAP)
        return map_members(env, node, list, true, ret_value);
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    rf_value *items = code ? NULL : rf_mapping_items(env, list->size);
    uint32_t count = 0;
    if (!items)
        return code ? code : RF_ENOMEM;
    for (uint32_t i = 0; i < list->size; i++) {
        bool kept = false;
        code = ask_bool(env, node, &list->items[i], &kept);
        if (code)
            return code;
        if (kept)
            items[count++] = list->items[i];
    }
    return rf_mapping_give(ret_value, list_of(items, count));
}

/* The place of the first item whose answer is `wanted`; the list's size: none. */
static rf_code first_answer(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, bool wanted, uint32_t *ret_at) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    uint32_t at = 0;
    for (; !code && at < args[0]->size; at++) {
        bool answer = false;
        code = ask_bool(env, node, &args[0]->items[at], &answer);
        if (!code && answer == wanted)
            break;
    }
    if (!code)
        *ret_at = at;
    return code;
}

RF_MAPPING_METHOD(rf_method_all) {
    uint32_t at = 0;
    rf_code code = first_answer(env, node, args, false, &at);
    return code ? code : rf_mapping_give(ret_value, rf_bool(at == args[0]->size && at > 0)); /* as the original: an empty one holds nothing */
}

RF_MAPPING_METHOD(rf_method_any) {
    uint32_t at = 0;
    rf_code code = first_answer(env, node, args, true, &at);
    return code ? code : rf_mapping_give(ret_value, rf_bool(at < args[0]->size));
}

RF_MAPPING_METHOD(rf_method_find_by) {
    uint32_t at = 0;
    rf_code code = first_answer(env, node, args, true, &at);
    return code ? code : rf_mapping_give(ret_value, rf_int(at < args[0]->size ? (int64_t)at : -1));
}

RF_MAPPING_METHOD(rf_method_find) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    if (code)
        return code;
    for (uint32_t i = 0; i < args[0]->size; i++)
        if (rf_mapping_equal(&args[0]->items[i], args[1]))
            return rf_mapping_give(ret_value, rf_int(i));
    return rf_mapping_give(ret_value, rf_int(-1));
}

RF_MAPPING_METHOD(rf_method_fold) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    rf_value tally = code ? rf_null() : *args[1];
    for (uint32_t i = 0; !code && i < args[0]->size; i++) {
        rf_member *members = rf_mapping_members(env, 2);
        if (!members)
            return RF_ENOMEM;
        members[0] = (rf_member){ RF_SLICE("tally"), tally };
        members[1] = (rf_member){ RF_SLICE("value"), args[0]->items[i] };
        const rf_value both = { .kind = RF_MAP, .size = 2, .members = members };
        code = rf_mapping_bind(env, node->args[2], &both, &tally);
    }
    return code ? code : rf_mapping_give(ret_value, tally);
}

RF_MAPPING_METHOD(rf_method_sum) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    int64_t whole = 0;
    double sum = 0;
    bool is_whole = true;
    for (uint32_t i = 0; !code && i < args[0]->size; i++) {
        rf_value number;
        if (!rf_mapping_number(&args[0]->items[i], &number))
            return rf_mapping_mismatch(env, node, node->args[0], "array of numbers, with a number", &args[0]->items[i]);
        is_whole = is_whole && number.kind == RF_INT && !__builtin_add_overflow(whole, number.integer, &whole);
        sum += number.kind == RF_INT ? (double)number.integer : number.number;
    }
    return code ? code : rf_mapping_give(ret_value, is_whole ? rf_int(whole) : rf_double(sum));
}

/* <0, 0, >0; values of different kinds are refused before. */
static int order_of(const rf_value *a, const rf_value *b) {
    rf_value left, right;
    if (!rf_mapping_number(a, &left) || !rf_mapping_number(b, &right))
        return rf_slice_compare(rf_value_text(a), rf_value_text(b));
    if (left.kind == RF_INT && right.kind == RF_INT)
        return (left.integer > right.integer) - (left.integer < right.integer);
    double x = left.kind == RF_INT ? (double)left.integer : left.number, y = right.kind == RF_INT ? (double)right.integer : right.number;
    return (x > y) - (x < y);
}

static rf_code extreme(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, int sign, rf_value *ret_value) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    const rf_value *best = NULL;
    for (uint32_t i = 0; !code && i < args[0]->size; i++) {
        rf_value number;
        const rf_value *item = &args[0]->items[i];
        if (!rf_mapping_number(item, &number))
            return rf_mapping_mismatch(env, node, node->args[0], "array of numbers, with a number", item);
        best = !best || order_of(item, best) * sign > 0 ? item : best;
    }
    if (!code && !best)
        return rf_mapping_fail(env, node, "the array is empty: it has no %s", node->function->name);
    return code ? code : rf_mapping_give(ret_value, *best);
}

RF_MAPPING_METHOD(rf_method_min) { return extreme(env, node, args, -1, ret_value); }
RF_MAPPING_METHOD(rf_method_max) { return extreme(env, node, args, 1, ret_value); }

/* One item, what it is sorted by, and where it was: equal ones keep their order. */
typedef struct keyed { rf_value key; uint32_t at; } keyed;

/* What the merge sort needs to know: `compare` NULL: by the keys' own order. */
typedef struct sorting {
    rf_mapping_env *env;
    const rf_mapping_node *node, *compare;
    const rf_value *list;
    rf_code code;
} sorting;

/* Whether `b` must come before `a`, which stands before it. */
static bool comes_before(sorting *s, const keyed *b, const keyed *a) {
    if (!s->compare)
        return order_of(&b->key, &a->key) < 0;
    rf_member *members = rf_mapping_members(s->env, 2);
    rf_value answer = rf_bool(false);
    s->code = members ? RF_OK : RF_ENOMEM;
    if (members) {
        members[0] = (rf_member){ RF_SLICE("left"), b->key };
        members[1] = (rf_member){ RF_SLICE("right"), a->key };
        const rf_value both = { .kind = RF_MAP, .size = 2, .members = members };
        s->code = rf_mapping_bind(s->env, s->compare, &both, &answer);
    }
    if (!s->code && answer.kind != RF_BOOL)
        s->code = rf_mapping_mismatch(s->env, s->node, s->compare, "bool", &answer);
    return !s->code && answer.truth;
}

/* Runs of `width` become runs of twice that. */
static void merge_runs(sorting *s, const keyed *from, keyed *to, size_t count, size_t width) {
    for (size_t start = 0; start < count && !s->code; start += 2 * width) {
        size_t a = start, middle = start + width < count ? start + width : count, b = middle;
        size_t end = middle + width < count ? middle + width : count;
        for (size_t i = start; i < end && !s->code; i++) {
            bool second = b < end && (a == middle || comes_before(s, &from[b], &from[a]));
            to[i] = second ? from[b++] : from[a++];
        }
    }
}

static rf_code same_kinds(rf_mapping_env *env, const rf_mapping_node *node, const keyed *keys, size_t count) {
    for (size_t i = 0; i < count; i++) {
        rf_value unused;
        bool number = rf_mapping_number(&keys[i].key, &unused), first = rf_mapping_number(&keys[0].key, &unused);
        if ((!number && !rf_mapping_has_text(&keys[i].key)) || number != first)
            return rf_mapping_mismatch(env, node, node->args[0], "array of numbers or of strings, with a number or string", &keys[i].key);
    }
    return RF_OK;
}

static rf_code sort_keyed(sorting *s, keyed *keys, size_t count, rf_value *ret_value) {
    rf_code code = s->compare ? RF_OK : same_kinds(s->env, s->node, keys, count);
    keyed *other = code ? NULL : rf_arena_alloc(&s->env->batch->arena, (count + 1) * sizeof *other);
    rf_value *items = other ? rf_mapping_items(s->env, count) : NULL;
    if (!items)
        return code ? code : rf_raise_nomem(s->env->reterr);
    for (size_t width = 1; width < count && !s->code; width *= 2) {
        merge_runs(s, keys, other, count, width);
        keyed *swap = keys;
        keys = other;
        other = swap;
    }
    for (size_t i = 0; i < count && !s->code; i++)
        items[i] = s->list->items[keys[i].at];
    return s->code ? s->code : rf_mapping_give(ret_value, list_of(items, count));
}

static rf_code sort_by(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *list, const rf_mapping_node *query,
                       const rf_mapping_node *compare, rf_value *ret_value) {
    keyed *keys = rf_arena_alloc(&env->batch->arena, ((size_t)list->size + 1) * sizeof *keys);
    if (!keys)
        return rf_raise_nomem(env->reterr);
    for (uint32_t i = 0; i < list->size; i++) {
        keys[i] = (keyed){ list->items[i], i };
        rf_code code = query ? rf_mapping_bind(env, query, &list->items[i], &keys[i].key) : RF_OK;
        if (code)
            return code;
    }
    sorting s = { env, node, compare, list, RF_OK };
    return sort_keyed(&s, keys, list->size, ret_value);
}

RF_MAPPING_METHOD(rf_method_sort) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    return code ? code : sort_by(env, node, args[0], NULL, node->args[1], ret_value);
}

RF_MAPPING_METHOD(rf_method_sort_by) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    return code ? code : sort_by(env, node, args[0], node->args[1], NULL, ret_value);
}

/* Compared with each of those kept: for the short arrays of messages. The steps are counted like any others. */
RF_MAPPING_METHOD(rf_method_unique) {
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    const rf_value *list = args[0];
    rf_value *items = code ? NULL : rf_mapping_items(env, list->size), *keys = items ? rf_mapping_items(env, list->size) : NULL;
    uint32_t count = 0;
    if (!keys)
        return code ? code : RF_ENOMEM;
    for (uint32_t i = 0; i < list->size; i++) {
        rf_value key = list->items[i];
        code = node->args[1] ? rf_mapping_bind(env, node->args[1], &list->items[i], &key) : RF_OK;
        if (!code && (env->steps += count) > RF_MAPPING_STEPS_MAX)
            code = rf_mapping_fail(env, node, "the array is too long for unique()");
        if (code)
            return code;
        uint32_t at = 0;
        while (at < count && !rf_mapping_equal(&keys[at], &key))
            at++;
        if (at < count)
            continue;
        keys[count] = key;
        items[count++] = list->items[i];
    }
    return rf_mapping_give(ret_value, list_of(items, count));
}
