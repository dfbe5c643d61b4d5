/* infer_record.c: records, fields, indexes, and what is decided about them later. */
#include "script/fusabi/infer_internal.h"

#include <assert.h>

#define OPEN_FIELDS_MAX 200u /* that uses may add to an unknown record; further ones are dynamic */

static rf_fus_type *plain(rf_fus_type_kind kind) { return rf_fus_type_plain(kind); }

/* Does the declared record have all these fields? */
static bool has_fields(rf_fus_inference *inference, rf_fus_type_decl *decl, const rf_slice *names, uint32_t count) {
    rf_fus_infer_ready(inference, decl);
    for (uint32_t i = 0; i < count; i++)
        if (!rf_fus_type_decl_field(decl, names[i]))
            return false;
    return true;
}

/* The newest declared record type with exactly these fields, or NULL. */
static rf_fus_type_decl *exact_decl(rf_fus_inference *inference, const rf_slice *names, uint32_t count) {
    const rf_fus_field_ref *ref = count && inference->fields.count ? rf_table_get(&inference->fields, names[0]) : NULL;
    for (; ref; ref = ref->older)
        if (has_fields(inference, ref->decl, names, count) && ref->decl->case_count == count)
            return ref->decl;
    return NULL;
}

/* A literal of a declared type: each value against its field. */
static rf_fus_type *infer_declared(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type_decl *decl) {
    rf_fus_type *instance = rf_fus_infer_instance(inference, decl);
    for (uint32_t i = 0; i < expr->count; i++) {
        const rf_fus_type_field *field = rf_fus_type_decl_field(decl, expr->names[i]);
        rf_fus_type *want = rf_fus_type_part(&inference->types, decl, instance->items, field->type);
        rf_fus_expr *value = expr->items[i];
        rf_fus_type *got = rf_fus_infer_wanted(inference, value, want);
        if (!rf_fus_agree(inference, value->at, value->end, want, got))
            rf_fus_infer_clash(inference, &(rf_fus_clash){
                .at = value->at, .end = value->end, .want = want, .got = got, .name = expr->names[i], .other = decl->item->at,
                .message = "field `{name}` is `{want}`, but this is `{got}`", .other_note = "the record type is declared here" });
    }
    return instance;
}

rf_fus_type *rf_fus_infer_record(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_type_decl *decl = exact_decl(inference, expr->names, expr->count);
    if (decl)
        return infer_declared(inference, expr, decl);
    rf_fus_type_field *fields = rf_arena_alloc(inference->arena, (expr->count + 1) * sizeof *fields);
    if (!fields)
        inference->types.no_memory = true;
    for (uint32_t i = 0; i < expr->count; i++) {
        rf_fus_type *type = rf_fus_infer_expr(inference, expr->items[i]);
        if (fields)
            fields[i] = (rf_fus_type_field){ .name = expr->names[i], .type = type };
    }
    rf_fus_type *rest = expr->count ? NULL : rf_fus_fresh(inference); /* {} says nothing about its fields */
    return rf_fus_type_record(&inference->types, fields, expr->count, rest);
}

/* An unknown type turns out to be a record with a field. */
static rf_fus_type *new_row(rf_fus_inference *inference, rf_fus_type *variable, rf_slice name, rf_fus_expr *expr, bool is_maybe) {
    rf_fus_type_field *fields = rf_arena_alloc(inference->arena, sizeof *fields);
    if (!fields) {
        inference->types.no_memory = true;
        return rf_fus_dynamic();
    }
    rf_fus_type *type = rf_fus_fresh(inference);
    *fields = (rf_fus_type_field){ .name = name, .type = type, .is_maybe = is_maybe };
    rf_fus_type *record = rf_fus_type_record(&inference->types, fields, 1, rf_fus_fresh(inference));
    (void)rf_fus_type_bind(&inference->types, variable, record);
    if (expr && !rf_vec_push(&inference->rows, (rf_fus_open_row){ expr, record, inference->binding }))
        inference->types.no_memory = true;
    return type;
}

rf_fus_type *rf_fus_infer_field_type(rf_fus_inference *inference, rf_fus_type *record, rf_slice name, rf_fus_expr *expr) {
    rf_fus_type *found = rf_fus_type_find(record);
    if (found->kind == RF_FUS_TYPE_EXN && rf_slice_is(name, "Message"))
        return plain(RF_FUS_TYPE_STRING);
    if (rf_fus_type_is_dynamic(found))
        return found->kind == RF_FUS_TYPE_EXN ? rf_fus_dynamic() : found;
    if (found->kind == RF_FUS_TYPE_NAMED) {
        rf_fus_infer_ready(inference, found->decl);
        const rf_fus_type_field *field = rf_fus_type_decl_field(found->decl, name);
        bool is_opaque = found->decl->kind == RF_FUS_TYPE_OPAQUE && found->decl->item;
        return field ? rf_fus_type_part(&inference->types, found->decl, found->items, field->type) : is_opaque ? rf_fus_dynamic() : NULL;
    }
    if (found->kind == RF_FUS_TYPE_VAR)
        return found->flags & RF_FUS_TYPE_NUM ? NULL : new_row(inference, found, name, expr, false);
    if (found->kind != RF_FUS_TYPE_RECORD)
        return NULL;
    rf_fus_type_field *field = rf_fus_type_field_of(&inference->types, found, name);
    if (field) {
        field->is_maybe = false;
        return field->type;
    }
    rf_fus_type *rest = found->rest ? rf_fus_type_find(found->rest) : NULL;
    if (!rest || rest->kind != RF_FUS_TYPE_VAR)
        return NULL;
    return found->count < OPEN_FIELDS_MAX ? new_row(inference, rest, name, NULL, false) : rf_fus_dynamic();
}

/* .Length and the like are functions here. */
static const char *member_hint(const rf_fus_inference *inference, const rf_fus_type *found) {
    switch (found->kind) {
    case RF_FUS_TYPE_STRING: return "strings have no members: call a function of the module String";
    case RF_FUS_TYPE_LIST: return "lists have no members: call a function of the module List";
    case RF_FUS_TYPE_ARRAY: return "arrays have no members: call a function of the module Array";
    case RF_FUS_TYPE_NAMED:
        return found->decl == inference->option ? "options have no members: match it, or call a function of the module Option"
             : found->decl == inference->map    ? "maps have no members: call a function of the module Map"
                                                : NULL;
    default: return NULL;
    }
}

static void no_field(rf_fus_inference *inference, const rf_fus_expr *expr, rf_fus_type *type) {
    const rf_fus_type *found = rf_fus_type_find(type);
    bool is_declared = found->kind == RF_FUS_TYPE_NAMED && found->decl->item;
    rf_fus_infer_clash(inference, &(rf_fus_clash){
        .at = expr->at_op + 1, .end = expr->at_op + 1 + (rf_fus_at)expr->text.len, .got = type, .name = expr->text,
        .message = found->kind == RF_FUS_TYPE_RECORD || is_declared ? "`{got}` has no field `{name}`" : "`{got}` is no record: it has no field `{name}`",
        .other = is_declared ? found->decl->item->at : RF_FUS_NOWHERE, .other_note = "the type is declared here", .prefer_other = true,
        .hint = member_hint(inference, found) });
}

rf_fus_type *rf_fus_infer_field(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *record) {
    inference->types.at = expr->at;
    inference->types.end = expr->end;
    rf_fus_type *type = rf_fus_infer_field_type(inference, record, expr->text, expr);
    if (type)
        return type;
    no_field(inference, expr, record);
    return rf_fus_dynamic();
}

/* r.f(x, y): the function in a field is called with one argument after the other; r.f() passes (). */
rf_fus_type *rf_fus_infer_method(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *record) {
    rf_fus_type *method = rf_fus_infer_field(inference, expr, record);
    if (expr->count == 1)
        return rf_fus_infer_call(inference, expr, method, expr, plain(RF_FUS_TYPE_UNIT), 0);
    for (uint32_t i = 1; i < expr->count; i++) {
        const rf_fus_type *found = rf_fus_type_find(method);
        rf_fus_type *got = rf_fus_infer_wanted(inference, expr->items[i], found->kind == RF_FUS_TYPE_FUN ? found->from : NULL);
        method = rf_fus_infer_call(inference, expr, method, expr->items[i], got, i - 1);
    }
    return method;
}

static bool push_later(rf_fus_inference *inference, rf_fus_later later) {
    if (!rf_vec_push(&inference->later, later))
        inference->types.no_memory = true;
    return !inference->types.no_memory;
}

rf_fus_type *rf_fus_infer_index(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *array) {
    rf_fus_infer_check(inference, expr->items[1], plain(RF_FUS_TYPE_INT), "an index is `int`, this is `{got}`");
    rf_fus_type *found = rf_fus_type_find(array);
    if (found->kind == RF_FUS_TYPE_ARRAY)
        return found->from;
    rf_fus_type *item = rf_fus_fresh(inference);
    if (push_later(inference, (rf_fus_later){ RF_FUS_LATER_INDEX, expr, array, item }))
        rf_fus_infer_later(inference, inference->later.count - 1, false);
    return item;
}

/* What the items of a known collection are, or NULL: it has none. */
static rf_fus_type *part_of(rf_fus_inference *inference, const rf_fus_later *later, rf_fus_type *whole) {
    if (rf_fus_type_is_dynamic(whole))
        return rf_fus_dynamic();
    if (whole->kind == RF_FUS_TYPE_STRING)
        return whole;
    if (whole->kind == RF_FUS_TYPE_ARRAY || (whole->kind == RF_FUS_TYPE_LIST && later->kind == RF_FUS_LATER_ITEMS))
        return whole->from;
    if (whole->kind != RF_FUS_TYPE_NAMED || whole->decl != inference->map || later->kind != RF_FUS_LATER_ITEMS)
        return NULL;
    rf_fus_type **pair = rf_fus_type_room(&inference->types, 2);
    if (!pair)
        return rf_fus_dynamic();
    pair[0] = whole->items[0];
    pair[1] = whole->items[1];
    return rf_fus_type_tuple(&inference->types, pair, 2);
}

/* A collection that is known now, or that must be something. False: it is still open. */
static bool decide(rf_fus_inference *inference, const rf_fus_later *later, bool is_last) {
    rf_fus_type *whole = rf_fus_type_find(later->whole);
    const rf_fus_expr *expr = later->kind == RF_FUS_LATER_INDEX ? later->expr->items[0] : later->expr;
    if (whole->kind == RF_FUS_TYPE_VAR) {
        if (!is_last && whole->level <= inference->types.level)
            return false;
        if (later->kind == RF_FUS_LATER_INDEX) /* nothing said that it is a string */
            (void)rf_fus_agree(inference, expr->at, expr->end, whole, rf_fus_type_of(&inference->types, RF_FUS_TYPE_ARRAY, later->part));
        else
            (void)rf_fus_agree(inference, expr->at, expr->end, later->part, rf_fus_dynamic());
        return true;
    }
    rf_fus_type *part = part_of(inference, later, whole);
    if (!part) {
        part = rf_fus_dynamic();
        rf_fus_infer_clash(inference, &(rf_fus_clash){
            .at = expr->at, .end = expr->end, .got = later->whole, .want = later->whole, .other = RF_FUS_NOWHERE,
            .message = later->kind == RF_FUS_LATER_INDEX ? "`{got}` has no `.[i]`: only arrays and strings have" : "`for` cannot go through `{got}`" });
    }
    if (!rf_fus_agree(inference, expr->at, expr->end, later->part, part))
        rf_fus_infer_clash(inference, &(rf_fus_clash){
            .at = expr->at, .end = expr->end, .want = later->part, .got = part, .other = RF_FUS_NOWHERE,
            .message = "its items are `{got}`, but are used as `{want}`" });
    return true;
}

void rf_fus_infer_later(rf_fus_inference *inference, size_t from, bool is_last) {
    size_t kept = from, count = inference->later.count;
    for (size_t i = from; i < count; i++) {
        rf_fus_later later = inference->later.items[i];
        if (!decide(inference, &later, is_last))
            inference->later.items[kept++] = later;
    }
    inference->later.count = kept;
}

/* Copy-and-update. */

/* { r with f = v } of a declared type: fields keep their types. */
static void update_declared(rf_fus_inference *inference, rf_fus_expr *expr, const rf_fus_type *named) {
    for (uint32_t i = 0; i + 1 < expr->count; i++) {
        rf_fus_expr *value = expr->items[i + 1];
        const rf_fus_type_field *field = rf_fus_type_decl_field(named->decl, expr->names[i]);
        rf_fus_type *want = field ? rf_fus_type_part(&inference->types, named->decl, named->items, field->type) : NULL;
        rf_fus_type *got = rf_fus_infer_wanted(inference, value, want);
        rf_fus_clash clash = { .at = value->at, .end = value->end, .want = want, .got = got, .name = expr->names[i], .other = named->decl->item->at,
                               .message = "field `{name}` is `{want}`, but this is `{got}`", .other_note = "the record type is declared here" };
        if (!want) {
            rf_fus_type *shown = (rf_fus_type *)(uintptr_t)named;
            clash.want = clash.got = shown;
            clash.message = "`{got}` has no field `{name}`";
        }
        if (!want || !rf_fus_agree(inference, value->at, value->end, want, got))
            rf_fus_infer_clash(inference, &clash);
    }
}

/* The other fields of `record` than those that are set, and what more it may have. */
static rf_fus_type *update_row(rf_fus_inference *inference, const rf_fus_expr *expr, const rf_fus_type *record) {
    uint32_t set = expr->count - 1, count = 0;
    rf_fus_type_field *fields = rf_arena_alloc(inference->arena, ((size_t)set + record->count + 1) * sizeof *fields);
    if (!fields) {
        inference->types.no_memory = true;
        return rf_fus_dynamic();
    }
    for (; count < set; count++)
        fields[count] = (rf_fus_type_field){ .name = expr->names[count], .type = expr->items[count + 1]->type };
    for (uint32_t i = 0; i < record->count; i++) /* behind them: of equal names the first stays */
        fields[count++] = record->fields[i];
    return rf_fus_type_record(&inference->types, fields, count, record->rest);
}

/* An unknown record may or may not have the fields that are set: they become part of its row. */
static void grow_row(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *found) {
    for (uint32_t i = 0; i + 1 < expr->count; i++) {
        rf_fus_type *record = rf_fus_type_find(found);
        if (record->kind == RF_FUS_TYPE_VAR) {
            (void)new_row(inference, record, expr->names[i], expr, true);
            continue;
        }
        if (record->kind != RF_FUS_TYPE_RECORD || rf_fus_type_field_of(&inference->types, record, expr->names[i]))
            continue;
        rf_fus_type *rest = record->rest ? rf_fus_type_find(record->rest) : NULL;
        if (rest && rest->kind == RF_FUS_TYPE_VAR && record->count < OPEN_FIELDS_MAX)
            (void)new_row(inference, rest, expr->names[i], NULL, true);
    }
}

rf_fus_type *rf_fus_infer_record_with(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_type *base = rf_fus_infer_expr(inference, expr->items[0]), *found = rf_fus_type_find(base);
    if (found->kind == RF_FUS_TYPE_NAMED)
        rf_fus_infer_ready(inference, found->decl);
    if (found->kind == RF_FUS_TYPE_NAMED && found->decl->kind == RF_FUS_TYPE_FIELDS && found->decl->fields) {
        update_declared(inference, expr, found);
        return base;
    }
    for (uint32_t i = 1; i < expr->count; i++)
        (void)rf_fus_infer_expr(inference, expr->items[i]);
    if (rf_fus_type_is_dynamic(rf_fus_type_find(base)))
        return rf_fus_dynamic();
    inference->types.at = expr->items[0]->at;
    inference->types.end = expr->items[0]->end;
    grow_row(inference, expr, base);
    found = rf_fus_type_find(base);
    if (found->kind == RF_FUS_TYPE_RECORD) {
        rf_fus_type_flatten(&inference->types, found);
        return update_row(inference, expr, found);
    }
    if (found->kind != RF_FUS_TYPE_NAMED || found->decl->kind != RF_FUS_TYPE_FIELDS)
        rf_fus_infer_clash(inference, &(rf_fus_clash){
            .at = expr->items[0]->at, .end = expr->items[0]->end, .got = base, .other = RF_FUS_NOWHERE, .message = "`{got}` is no record" });
    return rf_fus_dynamic();
}

/* Open records. */

/* The one declared record type that has all fields of the row; NULL: none, or several. */
static rf_fus_type_decl *only_decl(rf_fus_inference *inference, const rf_fus_type *record) {
    rf_fus_type_decl *only = NULL;
    const rf_fus_field_ref *ref = record->count ? rf_table_get(&inference->fields, record->fields[0].name) : NULL;
    for (; ref; ref = ref->older) {
        rf_fus_infer_ready(inference, ref->decl);
        bool has_all = true;
        for (uint32_t i = 0; i < record->count && has_all; i++)
            has_all = rf_fus_type_decl_field(ref->decl, record->fields[i].name) != NULL;
        if (has_all && only)
            return NULL;
        if (has_all)
            only = ref->decl;
    }
    return only;
}

void rf_fus_infer_settle(void *user, rf_fus_type *record) {
    rf_fus_inference *inference = user;
    if (!record->rest || inference->fields.count == 0)
        return;
    rf_fus_type_flatten(&inference->types, record);
    const rf_fus_type *rest = record->rest ? rf_fus_type_find(record->rest) : NULL;
    bool is_open = rest && rest->kind == RF_FUS_TYPE_VAR;
    rf_fus_type_decl *decl = is_open || !rest ? only_decl(inference, record) : NULL;
    if (!decl || (!is_open && decl->case_count != record->count))
        return;
    uint32_t level = inference->types.level;
    inference->types.level = record->level; /* its arguments generalise with the record */
    (void)rf_fus_type_unify(&inference->types, rf_fus_infer_instance(inference, decl), record);
    inference->types.level = level;
}

static void report_undecided(rf_fus_inference *inference, const rf_fus_open_row *row) {
    const rf_fus_expr *expr = row->expr;
    rf_slice name = expr->kind == RF_FUS_E_RECORD_WITH ? expr->names[0] : expr->text;
    rf_fus_diag *diag = rf_fus_report(inference->diags, RF_FUS_WARNING, RF_FUS_PHASE_TYPE, expr->items[0]->at, expr->items[0]->end,
                                      "nothing decides what record this is: no record type has a field `%.*s`", RF_SLICE_ARG(name));
    if (!diag)
        return;
    diag->strict_error = diag->undecided = true;
    diag->hint = "declare a record type with that field, or annotate: (r: T)";
}

void rf_fus_infer_undecided(rf_fus_inference *inference) {
    for (size_t i = 0; i < inference->rows.count; i++) {
        const rf_fus_open_row *row = &inference->rows.items[i];
        rf_fus_type *found = rf_fus_type_find(row->record);
        if (found->kind == RF_FUS_TYPE_RECORD && found->level)
            rf_fus_infer_settle(inference, found);
        found = rf_fus_type_find(row->record);
        if (found->kind != RF_FUS_TYPE_RECORD || found->flags & RF_FUS_TYPE_TOLD)
            continue;
        rf_fus_type_flatten(&inference->types, found);
        const rf_fus_type *rest = found->rest ? rf_fus_type_find(found->rest) : NULL;
        bool is_generic = rest && rest->kind == RF_FUS_TYPE_GENERIC;
        bool has_field = found->count && rf_table_get(&inference->fields, found->fields[0].name);
        bool is_told = row->expr->items[0]->kind == RF_FUS_E_FIELD; /* r.a.b: of r.a */
        if (!rest || has_field || is_told || (is_generic && (!row->binding || row->binding->uses > 0)))
            continue;
        found->flags |= RF_FUS_TYPE_TOLD;
        report_undecided(inference, row);
    }
}
