/* type_record.c: records whose fields are known in part: rows. */
#include "script/fusabi/type.h"

#include "base/slice.h"

#include <assert.h>

static rf_fus_type_field *field_room(rf_fus_types *types, size_t count) {
    rf_fus_type_field *room = rf_arena_alloc(types->arena, (count + 1) * sizeof *room);
    if (!room)
        types->no_memory = true;
    return room;
}

/* Sorts by name, stable; records in scripts have few fields, large ones are generated and mostly in order. */
static void sort_fields(rf_fus_type_field *fields, uint32_t count) {
    for (uint32_t i = 1; i < count; i++) {
        rf_fus_type_field field = fields[i];
        uint32_t low = 0, high = i;
        while (low < high) { /* behind its equals */
            uint32_t mid = (low + high) / 2;
            if (rf_slice_compare(fields[mid].name, field.name) <= 0)
                low = mid + 1;
            else
                high = mid;
        }
        memmove(fields + low + 1, fields + low, (i - low) * sizeof *fields);
        fields[low] = field;
    }
}

static uint32_t drop_equal_fields(rf_fus_type_field *fields, uint32_t count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || !rf_slice_eq(fields[kept - 1].name, fields[i].name))
            fields[kept++] = fields[i];
    return kept;
}

rf_fus_type *rf_fus_type_record(rf_fus_types *types, rf_fus_type_field *fields, uint32_t count, rf_fus_type *rest) {
    rf_fus_type *type = fields && count <= UINT16_MAX / 4 ? rf_arena_alloc(types->arena, sizeof *type) : NULL;
    if (!type) {
        types->no_memory = types->no_memory || (fields && count <= UINT16_MAX / 4);
        return rf_fus_type_plain(RF_FUS_TYPE_DYNAMIC);
    }
    sort_fields(fields, count);
    *type = (rf_fus_type){ .kind = RF_FUS_TYPE_RECORD, .count = (uint16_t)drop_equal_fields(fields, count) };
    type->fields = fields;
    type->rest = rest;
    for (uint32_t i = 0; i <= type->count; i++) {
        rf_fus_type *part = i < type->count ? fields[i].type : rest;
        const rf_fus_type *found = part ? rf_fus_type_find(part) : NULL;
        if (!found)
            continue;
        type->flags |= found->flags & RF_FUS_TYPE_HAS_GENERIC;
        if (found->level > type->level)
            type->level = found->level;
    }
    return type;
}

void rf_fus_type_flatten(rf_fus_types *types, rf_fus_type *record) {
    assert(record->kind == RF_FUS_TYPE_RECORD);
    while (record->rest) {
        rf_fus_type *rest = rf_fus_type_find(record->rest);
        if (rest->kind != RF_FUS_TYPE_RECORD)
            break;
        uint32_t count = (uint32_t)record->count + rest->count;
        rf_fus_type_field *fields = rest->count && count <= UINT16_MAX ? field_room(types, count) : NULL;
        if (fields) {
            memcpy(fields, record->fields, record->count * sizeof *fields);
            memcpy(fields + record->count, rest->fields, rest->count * sizeof *fields);
            sort_fields(fields, count);
            record->count = (uint16_t)drop_equal_fields(fields, count);
            record->fields = fields;
        }
        record->rest = rest->rest;
    }
}

static rf_fus_type_field *find_field(rf_fus_type_field *fields, uint32_t count, rf_slice name) {
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        int order = rf_slice_compare(fields[mid].name, name);
        if (order == 0)
            return &fields[mid];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

rf_fus_type_field *rf_fus_type_field_of(rf_fus_types *types, rf_fus_type *record, rf_slice name) {
    rf_fus_type_flatten(types, record);
    return find_field(record->fields, record->count, name);
}

rf_fus_type_field *rf_fus_type_decl_field(const rf_fus_type_decl *decl, rf_slice name) {
    return decl->kind == RF_FUS_TYPE_FIELDS && decl->fields ? find_field(decl->fields, decl->case_count, name) : NULL;
}

/* What each of two rows lacks of the other. */
typedef struct row_difference {
    rf_fus_type_field *only_a, *only_b;
    uint32_t a_count, b_count;
} row_difference;

/* Walks two sorted rows: common fields unify, the rest is collected. */
static bool walk_rows(rf_fus_types *types, const rf_fus_type *a, const rf_fus_type *b, row_difference *difference, unsigned depth) {
    uint32_t i = 0, j = 0;
    while (i < a->count || j < b->count) {
        int order = i == a->count ? 1 : j == b->count ? -1 : rf_slice_compare(a->fields[i].name, b->fields[j].name);
        if (order == 0) {
            if (!rf_fus_type_unify_at(types, a->fields[i++].type, b->fields[j++].type, depth + 1))
                return false;
            continue;
        }
        if (!difference->only_a) {
            difference->only_a = field_room(types, (size_t)a->count + b->count);
            difference->only_b = field_room(types, (size_t)a->count + b->count);
            if (!difference->only_a || !difference->only_b)
                return true;
        }
        if (order < 0)
            difference->only_a[difference->a_count++] = a->fields[i++];
        else
            difference->only_b[difference->b_count++] = b->fields[j++];
    }
    return true;
}

static bool all_maybe(const rf_fus_type_field *fields, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (!fields[i].is_maybe)
            return false;
    return true;
}

static const rf_fus_type_field no_fields[1]; /* what a row of none points at; never read or written */

/* A row variable becomes these fields and `rest`. */
static bool extend(rf_fus_types *types, rf_fus_type *row, rf_fus_type_field *fields, uint32_t count, rf_fus_type *rest) {
    return rf_fus_type_bind(types, row, rf_fus_type_record(types, fields, count, rest));
}

static rf_fus_type *open_rest(const rf_fus_type *record) {
    rf_fus_type *rest = record->rest ? rf_fus_type_find(record->rest) : NULL;
    return rest && rest->kind == RF_FUS_TYPE_VAR ? rest : NULL;
}

bool rf_fus_type_unify_records(rf_fus_types *types, rf_fus_type *a, rf_fus_type *b, unsigned depth) {
    rf_fus_type_flatten(types, a);
    rf_fus_type_flatten(types, b);
    rf_fus_type_field *none = (rf_fus_type_field *)(uintptr_t)no_fields;
    row_difference difference = { 0 };
    if (!walk_rows(types, a, b, &difference, depth))
        return false;
    rf_fus_type *rest_a = open_rest(a), *rest_b = open_rest(b);
    if (types->no_memory || (rest_a && rest_a == rest_b && !difference.a_count && !difference.b_count))
        return true;
    if (rest_a == rest_b && rest_a)
        return all_maybe(difference.only_a, difference.a_count) && all_maybe(difference.only_b, difference.b_count);
    if (!rest_b && !all_maybe(difference.only_a, difference.a_count))
        return false;
    if (!rest_a && !all_maybe(difference.only_b, difference.b_count))
        return false;
    if (rest_a && rest_b && !difference.only_a)
        return rf_fus_type_bind(types, rest_a, rest_b);
    rf_fus_type *rest = rest_a && rest_b ? rf_fus_type_var(types, 0) : NULL;
    if (rest_a && !extend(types, rest_a, difference.only_b ? difference.only_b : none, difference.b_count, rest))
        return false;
    return !rest_b || extend(types, rest_b, difference.only_a ? difference.only_a : none, difference.a_count, rest);
}

/* The fields of an instance of a declared record. */
static rf_fus_type_field *instance_fields(rf_fus_types *types, const rf_fus_type *named) {
    const rf_fus_type_decl *decl = named->decl;
    rf_fus_type_field *fields = field_room(types, decl->case_count);
    for (uint32_t i = 0; fields && i < decl->case_count; i++) {
        fields[i] = decl->fields[i];
        fields[i].type = rf_fus_type_part(types, decl, named->items, decl->fields[i].type);
    }
    return fields;
}

bool rf_fus_type_unify_named(rf_fus_types *types, rf_fus_type *named, rf_fus_type *record, unsigned depth) {
    if (named->decl->kind == RF_FUS_TYPE_FIELDS && named->decl->state == 0 && types->ready)
        types->ready(types->user, named->decl);
    if (named->decl->kind != RF_FUS_TYPE_FIELDS || !named->decl->fields)
        return false;
    rf_fus_type_flatten(types, record);
    rf_fus_type whole = { .kind = RF_FUS_TYPE_RECORD, .count = (uint16_t)named->decl->case_count };
    whole.fields = instance_fields(types, named);
    if (!whole.fields)
        return true;
    rf_fus_type_field *none = (rf_fus_type_field *)(uintptr_t)no_fields;
    row_difference difference = { 0 };
    if (!walk_rows(types, &whole, record, &difference, depth) || !all_maybe(difference.only_b, difference.b_count))
        return false;
    rf_fus_type *rest = open_rest(record);
    if (!rest && difference.a_count)
        return false;
    uint32_t level = record->level;
    if (rest && !extend(types, rest, difference.only_a ? difference.only_a : none, difference.a_count, NULL))
        return false;
    if (named->level > level && !rf_fus_type_lower(types, NULL, level, named, 0))
        return true;
    if (difference.b_count) /* it adds fields: no instance of the declared type */
        return true;
    record->kind = RF_FUS_TYPE_LINK; /* from now on it is shown by the declared name */
    record->link = named;
    record->at = types->at;
    record->end = types->end;
    return true;
}
