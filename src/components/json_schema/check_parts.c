/* check_parts.c: schemas within schemas, elements, members. */
#include "components/json_schema/check.h"

#include "base/number.h"
#include "base/slice.h"

#include <inttypes.h>
#include <stdlib.h>

#define COMPLAIN(...) rf_schema_complain(rf_schema_told(check), result, place, (rf_slice){ 0 }, __VA_ARGS__)

static void merge(rf_schema_result *result, const rf_schema_result *part) {
    result->complaints += part->complaints;
    result->score += part->score;
}

/* ---- Several schemas, of which one counts ---- */

/* The part that came closest: its complaints are the last of the buffer, from `from` on. */
typedef struct closest { bool any; rf_schema_result result; size_t from; } closest;

/* A part that failed, whose complaints are the last of the buffer. */
static void keep_better(rf_buffer *out, closest *best, const rf_schema_result *part, size_t from) {
    if (best->any && part->score <= best->result.score) {
        out->len = from;
        return;
    }
    if (best->any) {
        if (out->len > from)
            memmove(out->data + best->from, out->data + from, out->len - from);
        out->len -= from - best->from;
    } else
        best->from = from;
    best->any = true;
    best->result = *part;
}

/* The complaint stands before those of the part that came closest. */
static void complain_with(rf_schema_check *check, const closest *best, const char *what, const rf_schema_place *place,
                          rf_schema_result *result) {
    rf_buffer *out = check->out;
    const size_t from = best->any ? best->from : out->len, end = out->len;
    COMPLAIN("%s", what);
    const size_t len = out->len - end;
    if (best->any && len > 0 && !out->failed && rf_buffer_reserve(out, len)) { /* turn the two around */
        memmove(out->data + from + len, out->data + from, out->len - from);
        memcpy(out->data + from, out->data + end + len, len);
    }
    if (best->any)
        merge(result, &best->result);
}

static void check_any(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                      rf_schema_result *result) {
    const size_t begin = check->out->len;
    closest best = { 0 };
    for (uint32_t i = 0; i < node->any_of.count; i++) {
        rf_schema_result part;
        size_t from;
        if (rf_schema_check_apart(check, node->any_of.items[i], value, place, &part, &from)) {
            check->out->len = begin;
            return;
        }
        keep_better(check->out, &best, &part, from);
    }
    complain_with(check, &best, "must validate at least one schema (anyof)", place, result);
}

static void check_one(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                      rf_schema_result *result) {
    const size_t begin = check->out->len;
    uint32_t valid = 0;
    closest best = { 0 };
    for (uint32_t i = 0; i < node->one_of.count; i++) {
        rf_schema_result part;
        size_t from;
        if (rf_schema_check_apart(check, node->one_of.items[i], value, place, &part, &from))
            valid++;
        else
            keep_better(check->out, &best, &part, from);
    }
    if (valid > 0) {
        check->out->len = begin;
        best.any = false;
    }
    if (valid != 1)
        complain_with(check, &best, "must validate one and only one schema (oneof)", place, result);
}

static void check_all(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                      rf_schema_result *result) {
    bool all = true;
    for (uint32_t i = 0; i < node->all_of.count; i++) {
        rf_schema_result part;
        size_t from;
        all &= rf_schema_check_apart(check, node->all_of.items[i], value, place, &part, &from);
        merge(result, &part);
    }
    if (!all)
        COMPLAIN("must validate all the schemas (allof)");
}

/* ---- Conditions ---- */

static void check_dependency(rf_schema_check *check, const rf_schema_dependency *dependency, const rf_value *value,
                             const rf_schema_place *place, rf_schema_result *result) {
    if (dependency->node)
        rf_schema_check_node(check, dependency->node, value, place, result);
    for (uint32_t i = 0; dependency->others && i < dependency->others->size; i++) {
        const rf_slice other = rf_value_text(&dependency->others->items[i]);
        if (!rf_value_member(value, other))
            COMPLAIN("has a dependency on %.*s", RF_SLICE_ARG(other));
    }
}

static void check_branch(rf_schema_check *check, const rf_schema_node *branch, const char *what, const rf_value *value,
                         const rf_schema_place *place, rf_schema_result *result) {
    closest found = { .any = true };
    if (branch && !rf_schema_check_apart(check, branch, value, place, &found.result, &found.from))
        complain_with(check, &found, what, place, result);
}

static bool holds(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place) {
    rf_schema_result part;
    size_t from;
    const bool valid = rf_schema_check_apart(check, node, value, place, &part, &from);
    check->out->len = from;
    return valid;
}

void rf_schema_check_logic(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                           rf_schema_result *result) {
    if (node->any_of.count)
        check_any(check, node, value, place, result);
    if (node->one_of.count)
        check_one(check, node, value, place, result);
    if (node->all_of.count)
        check_all(check, node, value, place, result);
    if (node->not_this && holds(check, node->not_this, value, place))
        COMPLAIN("must not validate the schema (not)");
    for (uint32_t i = 0; value->kind == RF_MAP && i < node->dependency_count; i++)
        if (rf_value_member(value, node->dependencies[i].name))
            check_dependency(check, &node->dependencies[i], value, place, result);
    if (node->condition && holds(check, node->condition, value, place))
        check_branch(check, node->then, "must validate \"then\" as \"if\" was valid", value, place, result);
    else if (node->condition)
        check_branch(check, node->otherwise, "must validate \"else\" as \"if\" was not valid", value, place, result);
    result->score++;
}

/* ---- Elements ---- */

static void check_element(rf_schema_check *check, const rf_schema_node *node, const rf_value *list, uint32_t index,
                          const rf_schema_place *place, rf_schema_result *result) {
    rf_schema_check_node(check, node, &list->items[index], &(rf_schema_place){ .around = place, .index = index }, result);
}

static void check_elements(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                           rf_schema_result *result) {
    const uint32_t fixed = node->tuple.count < value->size ? node->tuple.count : value->size;
    for (uint32_t i = 0; node->items && i < value->size; i++)
        check_element(check, node->items, value, i, place, result);
    for (uint32_t i = 0; i < fixed; i++)
        check_element(check, node->tuple.items[i], value, i, place, result);
    if (!node->tuple.count || !node->items_beyond || fixed == value->size)
        return;
    if (node->items_beyond->never)
        COMPLAIN("no additional items allowed on array");
    for (uint32_t i = fixed; !node->items_beyond->never && i < value->size; i++)
        check_element(check, node->items_beyond, value, i, place, result);
}

/* Equal values have the same; numbers count by what they are worth, members in any order. */
static uint64_t hash_of(const rf_value *value) {
    uint64_t hash = value->kind, number = 0;
    switch ((rf_value_kind)value->kind) {
    case RF_NULL: return 1;
    case RF_BOOL: return 2 + value->truth;
    case RF_LIST:
        for (uint32_t i = 0; i < value->size; i++)
            hash = (hash ^ hash_of(&value->items[i])) * UINT64_C(0x9e3779b97f4a7c15) + i;
        return hash;
    case RF_MAP:
        for (uint32_t i = 0; i < value->size; i++)
            hash += (rf_slice_hash(value->members[i].key) ^ hash_of(&value->members[i].value)) * UINT64_C(0x9e3779b97f4a7c15);
        return hash;
    case RF_INT:
    case RF_DOUBLE:
    case RF_NUMBER: {
        double d = value->kind == RF_INT ? (double)value->integer : value->kind == RF_DOUBLE ? value->number : 0;
        if (value->kind == RF_NUMBER && !rf_number_parse_json(rf_value_text(value), &d))
            return rf_slice_hash(rf_value_text(value));
        d += 0.0; /* no negative zero */
        memcpy(&number, &d, sizeof number);
        return number * UINT64_C(0x9e3779b97f4a7c15);
    }
    default: return rf_slice_hash(rf_value_text(value));
    }
}

typedef struct hashed { uint64_t hash; uint32_t index; } hashed;

static int compare_hashed(const void *a, const void *b) {
    const hashed *one = a, *other = b;
    if (one->hash != other->hash)
        return one->hash < other->hash ? -1 : 1;
    return one->index < other->index ? -1 : 1;
}

static void check_unique(rf_schema_check *check, const rf_value *value, const rf_schema_place *place, rf_schema_result *result) {
    hashed *all = rf_arena_alloc(check->arena, (value->size + 1) * sizeof *all);
    if (!all) {
        check->failed = RF_ENOMEM;
        return;
    }
    for (uint32_t i = 0; i < value->size; i++)
        all[i] = (hashed){ hash_of(&value->items[i]), i };
    qsort(all, value->size, sizeof *all, compare_hashed);
    for (uint32_t i = 1; i < value->size; i++)
        if (all[i].hash == all[i - 1].hash && rf_value_eq(&value->items[all[i].index], &value->items[all[i - 1].index]))
            COMPLAIN("array items[%u,%u] must be unique", all[i - 1].index, all[i].index);
}

static void check_contains(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                           rf_schema_result *result) {
    const size_t begin = check->out->len;
    closest best = { 0 };
    for (uint32_t i = 0; i < value->size; i++) {
        rf_schema_result part;
        size_t from;
        if (rf_schema_check_apart(check, node->contains, &value->items[i], &(rf_schema_place){ .around = place, .index = i }, &part,
                                  &from)) {
            check->out->len = begin;
            return;
        }
        keep_better(check->out, &best, &part, from);
    }
    complain_with(check, &best, "at least one of the items must match", place, result);
}

void rf_schema_check_array(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                           rf_schema_result *result) {
    check_elements(check, node, value, place, result);
    if (node->items_min.given && value->size < node->items_min.value)
        COMPLAIN("array must have at least %" PRIu64 " items", node->items_min.value);
    if (node->items_max.given && value->size > node->items_max.value)
        COMPLAIN("array must have at most %" PRIu64 " items", node->items_max.value);
    if (node->unique && value->size > 1)
        check_unique(check, value, place, result);
    if (node->contains)
        check_contains(check, node, value, place, result);
    result->score++;
}

/* ---- Members ---- */

static bool is_named(const rf_schema_node *node, rf_slice name) {
    for (uint32_t i = 0; i < node->member_count; i++)
        if (rf_slice_eq(node->members[i].name, name))
            return true;
    return false;
}

/* Against each pattern that its name matches. True: there was one. */
static bool check_patterns(rf_schema_check *check, const rf_schema_node *node, const rf_member *member, const rf_schema_place *at,
                           rf_schema_result *result) {
    bool any = false;
    for (uint32_t i = 0; i < node->pattern_count; i++)
        if (rf_regex_matches(node->patterns[i].regex, member->key)) {
            rf_schema_check_node(check, node->patterns[i].node, &member->value, at, result);
            any = true;
        }
    result->score += any;
    return any;
}

static void check_members(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                          rf_schema_result *result) {
    const rf_schema_node *beyond = node->members_beyond;
    for (uint32_t i = 0; (beyond || node->pattern_count) && i < value->size; i++) {
        const rf_member *member = &value->members[i];
        const rf_schema_place at = { place, member->key, 0 };
        const bool matched = check_patterns(check, node, member, &at, result);
        if (!beyond || matched || is_named(node, member->key))
            continue;
        if (beyond->never)
            rf_schema_complain(rf_schema_told(check), result, place, member->key, "additional property %.*s is not allowed",
                               RF_SLICE_ARG(member->key));
        else
            rf_schema_check_node(check, beyond, &member->value, &at, result);
    }
}

static void check_names(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                        rf_schema_result *result) {
    for (uint32_t i = 0; node->names && i < value->size; i++) {
        const rf_slice name = value->members[i].key;
        const rf_value text = rf_string(name);
        rf_schema_result part;
        size_t from;
        if (rf_schema_check_apart(check, node->names, &text, place, &part, &from))
            continue;
        check->out->len = from;
        rf_schema_complain(rf_schema_told(check), result, place, name, "property name of \"%.*s\" does not match", RF_SLICE_ARG(name));
        rf_schema_check_node(check, node->names, &text, place, result);
    }
}

void rf_schema_check_object(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                            rf_schema_result *result) {
    if (node->members_min.given && value->size < node->members_min.value)
        COMPLAIN("must have at least %" PRIu64 " properties", node->members_min.value);
    if (node->members_max.given && value->size > node->members_max.value)
        COMPLAIN("must have at most %" PRIu64 " properties", node->members_max.value);
    for (uint32_t i = 0; node->required && i < node->required->size; i++) {
        const rf_slice name = rf_value_text(&node->required->items[i]);
        if (rf_value_member(value, name))
            result->score++;
        else
            rf_schema_complain(rf_schema_told(check), result, place, name, " is required");
    }
    check_members(check, node, value, place, result);
    check_names(check, node, value, place, result);
    result->score++;
}
