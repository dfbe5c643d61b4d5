/* infer_report.c: what inference says about clashes. */
#include "script/fusabi/infer_internal.h"

#include <assert.h>

/* What bound a type that was a variable: the last link. False: nothing did, or the caller's own place. */
static bool cause_of(const rf_fus_type *type, const rf_fus_clash *clash, rf_fus_at *ret_at) {
    if (type->kind != RF_FUS_TYPE_LINK)
        return false;
    while (type->link->kind == RF_FUS_TYPE_LINK)
        type = type->link;
    if (type->at == RF_FUS_NOWHERE || (type->at >= clash->at && type->at < clash->end))
        return false;
    *ret_at = type->at;
    return true;
}

/* Goes down two types that clash to the parts that do. */
static void find_difference(rf_fus_type **a, rf_fus_type **b) {
    for (int depth = 0; depth < 20; depth++) {
        rf_fus_type *x = rf_fus_type_find(*a), *y = rf_fus_type_find(*b);
        if (x->kind != y->kind || x->kind < RF_FUS_TYPE_FUN || x->kind > RF_FUS_TYPE_TUPLE)
            return;
        if (x->kind == RF_FUS_TYPE_TUPLE) {
            uint32_t i = 0;
            while (x->count == y->count && i < x->count && rf_fus_type_find(x->items[i])->kind == rf_fus_type_find(y->items[i])->kind)
                i++;
            if (x->count != y->count || i == x->count)
                return;
            *a = x->items[i];
            *b = y->items[i];
            continue;
        }
        bool is_result = x->kind == RF_FUS_TYPE_FUN && rf_fus_type_find(x->from)->kind == rf_fus_type_find(y->from)->kind;
        *a = is_result ? x->to : x->from;
        *b = is_result ? y->to : y->from;
    }
}

/* The two types as text, variables named alike. */
typedef struct clash_text { rf_buffer want, got; rf_fus_type_names names; } clash_text;

static void clash_text_done(clash_text *text) {
    rf_buffer_done(&text->want);
    rf_buffer_done(&text->got);
}

static void show_types(clash_text *text, const rf_fus_type *want, const rf_fus_type *got) {
    rf_buffer_clear(&text->want);
    rf_buffer_clear(&text->got);
    if (want)
        rf_fus_type_show_named(&text->want, want, &text->names);
    if (got)
        rf_fus_type_show_named(&text->got, got, &text->names);
}

/* The template with its parts put in, in the arena; NULL: no memory. */
static const char *fill(rf_fus_inference *inference, const char *template, const clash_text *text, rf_slice name) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    for (const char *at = template; *at; at++) {
        rf_slice rest = rf_slice_of(at);
        if (rf_slice_starts(rest, RF_SLICE("{want}"))) {
            rf_buffer_slice(&out, rf_buffer_view(&text->want));
            at += 5;
        } else if (rf_slice_starts(rest, RF_SLICE("{got}"))) {
            rf_buffer_slice(&out, rf_buffer_view(&text->got));
            at += 4;
        } else if (rf_slice_starts(rest, RF_SLICE("{name}"))) {
            rf_buffer_slice(&out, name);
            at += 5;
        } else {
            rf_buffer_char(&out, *at);
        }
    }
    bool failed = out.failed || text->want.failed || text->got.failed;
    rf_slice kept = failed ? (rf_slice){ NULL, 0 } : rf_slice_dup_in(inference->arena, rf_buffer_view(&out));
    if (!kept.data)
        inference->types.no_memory = true;
    return kept.data;
}

/* The second place: what the caller knows, or what made one of the types what it is. */
static void add_other(rf_fus_inference *inference, const rf_fus_clash *clash, clash_text *text, rf_fus_diag *diag) {
    rf_fus_at at = clash->other;
    const char *note = clash->other_note;
    bool is_known = at != RF_FUS_NOWHERE && note;
    if (clash->want && clash->got && !(is_known && clash->prefer_other)) {
        rf_fus_type *want = clash->want, *got = clash->got;
        find_difference(&want, &got);
        rf_fus_at cause;
        if (cause_of(want, clash, &cause)) {
            at = cause;
            note = "`{want}` is needed because of this";
        } else if (cause_of(got, clash, &cause)) {
            at = cause;
            note = "it is `{got}` because of this";
        }
        if (at != clash->other || !is_known)
            show_types(text, want, got);
    }
    if (at == RF_FUS_NOWHERE || !note)
        return;
    diag->other = at;
    diag->other_note = fill(inference, note, text, clash->name);
}

void rf_fus_infer_clash(rf_fus_inference *inference, const rf_fus_clash *clash) {
    if (inference->types.fuel == 0)
        return;
    bool is_infinite = inference->types.is_infinite;
    inference->types.is_infinite = false;
    RF_CLEANUP(clash_text_done) clash_text text = { 0 };
    show_types(&text, clash->want, clash->got);
    const char *message = is_infinite ? "this would need a type that contains itself" : fill(inference, clash->message, &text, clash->name);
    if (!message)
        return;
    rf_fus_diag *diag = rf_fus_report(inference->diags, RF_FUS_WARNING, RF_FUS_PHASE_TYPE, clash->at, clash->end, "%s", message);
    if (!diag)
        return;
    diag->strict_error = true;
    diag->hint = clash->hint;
    if (!is_infinite)
        add_other(inference, clash, &text, diag);
}

void rf_fus_infer_unknown(rf_fus_inference *inference, rf_slice name, rf_fus_at at) {
    if (rf_table_get(&inference->unknown, name))
        return;
    if (!rf_table_put(&inference->unknown, name, inference))
        inference->types.no_memory = true;
    rf_fus_diag *diag = rf_fus_report(inference->diags, RF_FUS_WARNING, RF_FUS_PHASE_TYPE, at, at + (rf_fus_at)name.len,
                                      "unknown constructor `%.*s`", RF_SLICE_ARG(name));
    if (!diag)
        return;
    diag->strict_error = true;
    diag->hint = "declare it in a type, so that its use can be checked: type T = A | B of int";
}

void rf_fus_infer_count(rf_fus_inference *inference, rf_fus_at at, rf_fus_at end, const rf_fus_type_case *declared, uint32_t count,
                        bool is_pattern) {
    rf_fus_diag *diag = rf_fus_report(inference->diags, RF_FUS_WARNING, RF_FUS_PHASE_TYPE, at, end,
                                      "`%.*s` holds %u value%s, but %s %u", RF_SLICE_ARG(declared->name), declared->count,
                                      declared->count == 1 ? "" : "s", is_pattern ? "the pattern names" : "is given", count);
    if (!diag)
        return;
    diag->strict_error = true;
    if (declared->count == 1 && count > 1)
        rf_fus_diag_hint(inference->diags, diag, "a tuple in it takes parentheses of its own: %.*s((a, b))", RF_SLICE_ARG(declared->name));
    if (declared->at == RF_FUS_NOWHERE)
        return;
    diag->other = declared->at;
    diag->other_note = "it is declared here";
}
