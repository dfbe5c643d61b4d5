/* infer_pattern.c: types of patterns and of the names they bind. */
#include "script/fusabi/infer_internal.h"

#include <assert.h>

/* A pattern that is made for another type than the value's: nothing is said about the value any more. */
static void clash(rf_fus_inference *inference, const rf_fus_pat *pat, rf_fus_type *want, rf_fus_type *got, const rf_fus_expr *value) {
    rf_fus_infer_clash(inference, &(rf_fus_clash){
        .at = pat->at, .end = pat->end, .want = want, .got = got, .message = "this pattern is for `{got}`, but the value is `{want}`",
        .other = value ? value->at : RF_FUS_NOWHERE, .other_note = "the value that is matched" });
    if (want->kind == RF_FUS_TYPE_LINK)
        want->link = rf_fus_dynamic();
}

static void bind(rf_fus_inference *inference, const rf_fus_pat *pat, rf_fus_type *want) {
    rf_fus_binding *binding = pat->binding;
    if (!binding)
        return;
    if (!binding->type) {
        binding->type = want;
        return;
    }
    if (rf_fus_agree(inference, pat->at, pat->end, binding->type, want))
        return;
    rf_fus_infer_clash(inference, &(rf_fus_clash){
        .at = pat->at, .end = pat->end, .want = binding->type, .got = want, .name = pat->text,
        .message = "`{name}` is `{got}` here, but `{want}` on the other side of `|`", .other = binding->at,
        .other_note = "`{name}` is bound here too" });
    binding->type = rf_fus_dynamic();
}

/* Sub-patterns of something that nothing is known of. */
static void items_dynamic(rf_fus_inference *inference, rf_fus_pat *pat) {
    for (uint32_t i = 0; i < pat->count; i++)
        rf_fus_infer_pattern(inference, pat->items[i], rf_fus_dynamic(), NULL);
}

static void tuple(rf_fus_inference *inference, rf_fus_pat *pat, rf_fus_type *want, const rf_fus_expr *value) {
    rf_fus_type *found = rf_fus_type_find(want);
    if (found->kind != RF_FUS_TYPE_TUPLE || found->count != pat->count) {
        rf_fus_type **items = rf_fus_type_room(&inference->types, pat->count);
        bool is_dynamic = rf_fus_type_is_dynamic(found);
        for (uint32_t i = 0; items && i < pat->count; i++)
            items[i] = is_dynamic ? rf_fus_dynamic() : rf_fus_fresh(inference);
        rf_fus_type *made = rf_fus_type_tuple(&inference->types, items, pat->count);
        if (!rf_fus_agree(inference, pat->at, pat->end, want, made))
            clash(inference, pat, want, made, value);
        found = made;
    }
    if (found->kind != RF_FUS_TYPE_TUPLE) {
        items_dynamic(inference, pat);
        return;
    }
    for (uint32_t i = 0; i < pat->count; i++)
        rf_fus_infer_pattern(inference, pat->items[i], found->items[i], NULL);
}

/* The element type of a list or array that a pattern is for; `want` becomes one. */
static rf_fus_type *element(rf_fus_inference *inference, const rf_fus_pat *pat, rf_fus_type_kind kind, rf_fus_type *want,
                            const rf_fus_expr *value) {
    rf_fus_type *found = rf_fus_type_find(want);
    if (found->kind == kind)
        return found->from;
    if (rf_fus_type_is_dynamic(found))
        return found;
    rf_fus_type *item = rf_fus_fresh(inference), *made = rf_fus_type_of(&inference->types, kind, item);
    if (rf_fus_agree(inference, pat->at, pat->end, want, made))
        return item;
    clash(inference, pat, want, made, value);
    return rf_fus_dynamic();
}

static void ctor_unknown(rf_fus_inference *inference, rf_fus_pat *pat, const rf_fus_type *want) {
    bool is_exception = want->kind == RF_FUS_TYPE_EXN;
    if (!is_exception)
        rf_fus_infer_unknown(inference, pat->text, pat->at);
    items_dynamic(inference, pat);
}

/* The instance that the payloads are of: the value's own type when it can be. */
static rf_fus_type *ctor_instance(rf_fus_inference *inference, rf_fus_pat *pat, const rf_fus_case_ref *ref, rf_fus_type *want,
                                  const rf_fus_expr *value) {
    rf_fus_type *found = rf_fus_type_find(want);
    if (rf_fus_type_is_dynamic(found) || (found->kind == RF_FUS_TYPE_NAMED && found->decl == ref->decl))
        return found;
    rf_fus_type *instance = rf_fus_infer_instance(inference, ref->decl);
    if (rf_fus_agree(inference, pat->at, pat->end, want, instance))
        return instance;
    clash(inference, pat, want, instance, value);
    return rf_fus_dynamic();
}

static void ctor(rf_fus_inference *inference, rf_fus_pat *pat, rf_fus_type *want, const rf_fus_expr *value) {
    const rf_fus_case_ref *ref = rf_fus_infer_case(inference, pat->text, want);
    if (!ref) {
        ctor_unknown(inference, pat, rf_fus_type_find(want));
        return;
    }
    rf_fus_type *instance = ctor_instance(inference, pat, ref, want, value);
    const rf_fus_type_case *kase = &ref->decl->cases[ref->index];
    bool is_all = pat->count == 1 && pat->items[0]->kind == RF_FUS_PAT_WILD;
    if (pat->count != kase->count) {
        if (!is_all)
            rf_fus_infer_count(inference, pat->at, pat->end, kase, pat->count, true);
        items_dynamic(inference, pat);
        return;
    }
    for (uint32_t i = 0; i < pat->count; i++)
        rf_fus_infer_pattern(inference, pat->items[i], rf_fus_infer_payload(inference, ref, instance, i), NULL);
}

static void record(rf_fus_inference *inference, rf_fus_pat *pat, rf_fus_type *want, const rf_fus_expr *value) {
    for (uint32_t i = 0; i < pat->count; i++) {
        inference->types.at = pat->at;
        inference->types.end = pat->end;
        rf_fus_type *part = rf_fus_infer_field_type(inference, want, pat->names[i], NULL);
        if (!part) {
            rf_fus_infer_clash(inference, &(rf_fus_clash){
                .at = pat->at, .end = pat->end, .want = want, .name = pat->names[i], .message = "`{want}` has no field `{name}`",
                .other = value ? value->at : RF_FUS_NOWHERE, .other_note = "the value that is matched", .prefer_other = true });
            part = rf_fus_dynamic();
        }
        rf_fus_infer_pattern(inference, pat->items[i], part, NULL);
    }
}

static void literal(rf_fus_inference *inference, const rf_fus_pat *pat, rf_fus_type_kind kind, rf_fus_type *want,
                    const rf_fus_expr *value) {
    rf_fus_type *made = rf_fus_type_plain(kind);
    if (!rf_fus_agree(inference, pat->at, pat->end, want, made))
        clash(inference, pat, want, made, value);
}

static rf_fus_type *typed(rf_fus_inference *inference, const rf_fus_pat *pat, rf_fus_type *want, const rf_fus_expr *value) {
    rf_fus_type *written = rf_fus_infer_written(inference, pat->ty);
    if (!rf_fus_agree(inference, pat->ty->at, pat->ty->end, want, written))
        clash(inference, pat, want, written, value);
    return written;
}

/* One pattern without what it goes on with: the returned sub-pattern (for `ret_want`), or NULL. */
static rf_fus_pat *step(rf_fus_inference *inference, rf_fus_pat *pat, rf_fus_type **want, const rf_fus_expr *value) {
    switch (pat->kind) {
    case RF_FUS_PAT_WILD: return NULL;
    case RF_FUS_PAT_VAR: bind(inference, pat, *want); return NULL;
    case RF_FUS_PAT_UNIT: literal(inference, pat, RF_FUS_TYPE_UNIT, *want, value); return NULL;
    case RF_FUS_PAT_BOOL: literal(inference, pat, RF_FUS_TYPE_BOOL, *want, value); return NULL;
    case RF_FUS_PAT_INT: literal(inference, pat, RF_FUS_TYPE_INT, *want, value); return NULL;
    case RF_FUS_PAT_FLOAT: literal(inference, pat, RF_FUS_TYPE_FLOAT, *want, value); return NULL;
    case RF_FUS_PAT_STRING: literal(inference, pat, RF_FUS_TYPE_STRING, *want, value); return NULL;
    case RF_FUS_PAT_TUPLE: tuple(inference, pat, *want, value); return NULL;
    case RF_FUS_PAT_CTOR: ctor(inference, pat, *want, value); return NULL;
    case RF_FUS_PAT_RECORD: record(inference, pat, *want, value); return NULL;
    case RF_FUS_PAT_LIST: case RF_FUS_PAT_ARRAY: {
        rf_fus_type_kind kind = pat->kind == RF_FUS_PAT_LIST ? RF_FUS_TYPE_LIST : RF_FUS_TYPE_ARRAY;
        rf_fus_type *item = element(inference, pat, kind, *want, value);
        for (uint32_t i = 0; i < pat->count; i++)
            rf_fus_infer_pattern(inference, pat->items[i], item, NULL);
        return NULL;
    }
    case RF_FUS_PAT_CONS:
        rf_fus_infer_pattern(inference, pat->items[0], element(inference, pat, RF_FUS_TYPE_LIST, *want, value), NULL);
        return pat->items[1];
    case RF_FUS_PAT_OR: /* alternatives lean to the left, by the thousand if need be */
        rf_fus_infer_pattern(inference, pat->items[1], *want, value);
        return pat->items[0];
    case RF_FUS_PAT_AS:
        bind(inference, pat, *want);
        return pat->items[0];
    case RF_FUS_PAT_TYPED:
        *want = typed(inference, pat, *want, value);
        return pat->items[0];
    }
    return NULL;
}

void rf_fus_infer_pattern(rf_fus_inference *inference, rf_fus_pat *pat, rf_fus_type *want, const rf_fus_expr *value) {
    while (pat) {
        pat->type = want;
        pat = step(inference, pat, &want, value);
    }
}
