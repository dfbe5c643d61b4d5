/* infer_format.c: sprintf and its like, when the format is a literal: the arguments are checked against its holes. */
#include "script/fusabi/infer_internal.h"

#include <assert.h>

#define HOLES_MAX 64

typedef struct format_holes {
    rf_fus_expr *text;
    char holes[HOLES_MAX]; /* s d i u x X o B b c e E f F g G M A O */
    uint32_t count;
    bool is_good;          /* read to the end */
    char unknown;          /* not good: what stands behind the % */
} format_holes;

/* A format as sprintf reads it; in the list form only %s %d %f %.Nf %% are known. */
static void read_holes(rf_slice text, bool is_list, format_holes *ret) {
    for (size_t at = 0; at < text.len; at++) {
        if (text.data[at] != '%')
            continue;
        at++;
        while (!is_list && at < text.len && text.data[at] && strchr("-+ 0#123456789", text.data[at]))
            at++;
        bool is_fixed = at < text.len && text.data[at] == '.';
        at += is_fixed;
        while (is_fixed && at < text.len && text.data[at] >= '0' && text.data[at] <= '9')
            at++;
        char kind = at < text.len ? text.data[at] : ' ';
        const char *known = !is_list ? "sdiuxXoBbceEfFgGMAO%" : is_fixed ? "f" : "sdf%";
        if (!kind || !strchr(known, kind) || ret->count == HOLES_MAX) {
            ret->unknown = kind;
            return;
        }
        if (kind != '%')
            ret->holes[ret->count++] = kind;
    }
    ret->is_good = true;
}

static void report_format(rf_fus_inference *inference, const format_holes *format, const rf_fus_expr *at, const char *message) {
    if (!message) {
        inference->types.no_memory = true;
        return;
    }
    rf_fus_infer_clash(inference, &(rf_fus_clash){ .at = at->at, .end = at->end, .message = message, .other_note = "the format",
                                                   .other = at == format->text ? RF_FUS_NOWHERE : format->text->at });
}

/* What an argument for this hole must be; NULL: anything. */
static rf_fus_type *wanted(rf_fus_inference *inference, char hole) {
    if (strchr("diuxXoB", hole))
        return rf_fus_type_plain(RF_FUS_TYPE_INT);
    if (strchr("eEfFgGM", hole))
        return rf_fus_type_var(&inference->types, RF_FUS_TYPE_NUM);
    return hole == 'b' ? rf_fus_type_plain(RF_FUS_TYPE_BOOL) : NULL;
}

static void check_hole(rf_fus_inference *inference, const format_holes *format, uint32_t index, const rf_fus_expr *argument,
                       rf_fus_type *got) {
    rf_fus_type *want = wanted(inference, format->holes[index]);
    if (!want || rf_fus_agree(inference, argument->at, argument->end, want, got))
        return;
    const char *kind = want->kind == RF_FUS_TYPE_VAR ? "an int or a float" : want->kind == RF_FUS_TYPE_INT ? "an int" : "a bool";
    rf_slice message = rf_printf_in(inference->arena, "`%%%c` takes %s, this is `{got}`", format->holes[index], kind);
    if (!message.data)
        inference->types.no_memory = true;
    else
        rf_fus_infer_clash(inference, &(rf_fus_clash){ .at = argument->at,
                                                       .end = argument->end,
                                                       .want = want,
                                                       .got = got,
                                                       .message = message.data,
                                                       .other = format->text->at,
                                                       .other_note = "the format",
                                                       .prefer_other = true });
}

static void check_count(rf_fus_inference *inference, const format_holes *format, const rf_fus_expr *at, uint32_t given) {
    if (given == format->count)
        return;
    report_format(inference, format, at, rf_printf_in(inference->arena, "the format takes %u argument%s, but is given %u", format->count,
                                                      format->count == 1 ? "" : "s", given).data);
}

/* sprintf "%d %s" [n; s] */
static void check_list(rf_fus_inference *inference, const format_holes *format, rf_fus_expr *list) {
    for (uint32_t i = 0; i < list->count; i++) {
        rf_fus_type *got = rf_fus_infer_expr(inference, list->items[i]);
        if (format->is_good && i < format->count)
            check_hole(inference, format, i, list->items[i], got);
    }
    list->type = rf_fus_type_of(&inference->types, RF_FUS_TYPE_LIST, rf_fus_dynamic());
    if (format->is_good)
        check_count(inference, format, list, list->count);
}

/* What is missing makes it a function of the rest. */
static rf_fus_type *rest_of(rf_fus_inference *inference, const format_holes *format, uint32_t given, rf_fus_type *result) {
    for (uint32_t i = format->count; i-- > given;) {
        rf_fus_type *want = wanted(inference, format->holes[i]);
        result = rf_fus_type_fun(&inference->types, want ? want : rf_fus_fresh(inference), result);
    }
    return result;
}

/* sprintf "%d %s" n s; the pipe's argument comes last. */
static rf_fus_type *check_args(rf_fus_inference *inference, const format_holes *format, rf_fus_expr *expr, rf_fus_expr *piped,
                               rf_fus_type *given, rf_fus_type *result) {
    uint32_t count = expr->count - 2 + (piped != NULL);
    for (uint32_t i = 0; i < count; i++) {
        bool is_piped = i + 2 == expr->count;
        rf_fus_expr *argument = is_piped ? piped : expr->items[i + 2];
        rf_fus_type *got = is_piped ? given : rf_fus_infer_expr(inference, argument);
        rf_fus_type_kind kind = rf_fus_type_find(got)->kind;
        if (count == 1 && (kind == RF_FUS_TYPE_LIST || kind == RF_FUS_TYPE_DYNAMIC)) /* it may be the list form */
            return kind == RF_FUS_TYPE_LIST || format->count < 2 ? result : rf_fus_dynamic();
        if (i < format->count)
            check_hole(inference, format, i, argument, got);
    }
    if (count > format->count)
        check_count(inference, format, piped && format->count < count ? piped : expr->items[expr->count - 1], count);
    if ((count == 0 && !expr->flag) || count > format->count)
        return count == 0 && format->count == 1 ? rf_fus_type_fun(&inference->types, rf_fus_dynamic(), result) : rf_fus_dynamic();
    return rest_of(inference, format, count, result);
}

/* Which of the functions it is, as what it gives: NULL: none of them. */
static rf_fus_type *result_of(rf_fus_inference *inference, const char *name, bool *ret_prints, bool *ret_lists) {
    rf_slice rest = rf_slice_of(name);
    if (rf_slice_starts(rest, RF_SLICE("Prim.")))
        rest = (rf_slice){ name + 5, rest.len - 5 };
    *ret_prints = rf_slice_starts(rest, RF_SLICE("printf"));
    *ret_lists = rf_slice_is(rest, "String.format");
    if (*ret_prints)
        return rf_fus_type_plain(RF_FUS_TYPE_UNIT);
    if (*ret_lists || rf_slice_starts(rest, RF_SLICE("sprintf")))
        return rf_fus_type_plain(RF_FUS_TYPE_STRING);
    return rf_slice_starts(rest, RF_SLICE("failwithf")) ? rf_fus_fresh(inference) : NULL;
}

bool rf_fus_infer_format(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_expr *piped, rf_fus_type *given, rf_fus_type **ret_type) {
    const rf_fus_expr *callee = expr->items[0];
    if (RF_LIKELY(callee->kind != RF_FUS_E_NAME || !callee->library || expr->count < 2 || expr->items[1]->kind != RF_FUS_E_STRING))
        return false;
    bool prints, lists;
    rf_fus_type *result = result_of(inference, callee->library->name, &prints, &lists);
    if (!result || (prints && !expr->flag && expr->count + (piped != NULL) < 3))
        return false;
    rf_fus_expr *first = expr->count == 3 && !piped ? expr->items[2] : NULL;
    bool is_list = first && first->kind == RF_FUS_E_LIST && !prints;
    format_holes format = { .text = expr->items[1] };
    read_holes(format.text->text, is_list || lists, &format);
    if (is_list && format.count == 1 && strchr("AO", format.holes[0])) /* these show the list itself */
        is_list = false;
    if (lists && !is_list)
        return false;
    (void)rf_fus_infer_expr(inference, expr->items[0]);
    (void)rf_fus_infer_expr(inference, expr->items[1]);
    if (!format.is_good)
        report_format(inference, &format, format.text,
                      rf_printf_in(inference->arena, "unknown format specifier `%%%c`", format.unknown).data);
    if (is_list)
        check_list(inference, &format, first);
    else if (!format.is_good)
        result = rf_fus_dynamic();
    else
        result = check_args(inference, &format, expr, piped, given, result);
    for (uint32_t i = 2; i < expr->count; i++)
        if (!expr->items[i]->type)
            (void)rf_fus_infer_expr(inference, expr->items[i]);
    expr->type = result;
    *ret_type = result;
    return true;
}
