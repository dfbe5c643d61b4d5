/* format.c: String.format and sprintf. */
#include "script/fusabi/library/format.h"

#include "base/slice.h"
#include "base/utf8.h"
#include "script/fusabi/library/common.h"
#include "script/fusabi/library/globals.h"
#include "script/fusabi/library/specifier.h"

#include <assert.h>
#include <stdio.h>

enum { PRECISION_MAX = 65535 };

/* ---- The original's formats ---- */

typedef struct listed {
    rf_fus_vm *vm;
    rf_slice format;
    size_t at;              /* behind the % */
    rf_fus_values args;
    size_t used;
    rf_buffer out;
} listed;

/* false: an error was raised. */
static bool fails(rf_fus_value raised) {
    (void)raised;
    return false;
}

static bool next_arg(listed *l, rf_fus_value *ret_arg) {
    if (l->used == l->args.count)
        return fails(rf_fus_raise(l->vm, "Not enough arguments for format string"));
    *ret_arg = l->args.items[l->used++];
    return true;
}

static bool put_int(listed *l) {
    rf_fus_value arg;
    if (!next_arg(l, &arg))
        return false;
    if (!rf_fus_is_any_int(arg))
        return fails(rf_fus_raise(l->vm, "Expected int for %%d, got %s", rf_fus_type_name(arg)));
    return rf_fus_display(l->vm, arg, &l->out);
}

static bool put_float(listed *l) {
    rf_fus_value arg;
    if (!next_arg(l, &arg))
        return false;
    if (!rf_fus_is_any_int(arg) && !rf_fus_is_double(arg))
        return fails(rf_fus_raise(l->vm, "Expected float for %%f, got %s", rf_fus_type_name(arg)));
    if (!rf_fus_display(l->vm, arg, &l->out))
        return false;
    if (rf_fus_is_any_int(arg))
        rf_buffer_text(&l->out, ".0");
    return true;
}

/* %.Nf: `at` is behind the point. */
static bool put_rounded(listed *l) {
    uint32_t precision = 0;
    size_t begun = l->at;
    for (; l->at < l->format.len && l->format.data[l->at] >= '0' && l->format.data[l->at] <= '9'; l->at++)
        precision = precision > PRECISION_MAX ? precision : precision * 10 + (uint32_t)(l->format.data[l->at] - '0');
    if (l->at == begun || precision > PRECISION_MAX)
        return fails(rf_fus_raise(l->vm, "Invalid precision specifier"));
    if (l->at == l->format.len || l->format.data[l->at] != 'f')
        return fails(rf_fus_raise(l->vm, "Invalid format specifier: %%.%u", precision));
    l->at++;
    rf_fus_value arg;
    if (!next_arg(l, &arg))
        return false;
    if (!rf_fus_is_any_int(arg) && !rf_fus_is_double(arg))
        return fails(rf_fus_raise(l->vm, "Expected float for %%.%uf, got %s", precision, rf_fus_type_name(arg)));
    rf_fus_put_fixed(&l->out, rf_fus_is_double(arg) ? rf_fus_double(arg) : (double)rf_fus_int(arg), precision);
    return true;
}

static bool put_specifier(listed *l) {
    if (l->at == l->format.len)
        return fails(rf_fus_raise(l->vm, "Incomplete format specifier at end of string"));
    rf_fus_value arg;
    switch (l->format.data[l->at++]) {
    case '%': rf_buffer_char(&l->out, '%'); return true;
    case 's': return next_arg(l, &arg) && rf_fus_display(l->vm, arg, &l->out);
    case 'd': return put_int(l);
    case 'f': return put_float(l);
    case '.': return put_rounded(l);
    default: break;
    }
    l->at--;
    uint32_t unknown;
    size_t len = rf_utf8_decode((rf_slice){ l->format.data + l->at, l->format.len - l->at }, &unknown);
    return fails(rf_fus_raise(l->vm, "Unknown format specifier: %%%.*s", (int)len, l->format.data + l->at));
}

static bool put_all(listed *l) {
    while (l->at < l->format.len) {
        rf_slice rest = { l->format.data + l->at, l->format.len - l->at };
        size_t percent = rf_slice_find(rest, '%');
        rf_buffer_append(&l->out, rest.data, percent);
        l->at += percent + 1;
        if (percent < rest.len && !put_specifier(l))
            return false;
    }
    if (l->used < l->args.count)
        return fails(rf_fus_raise(l->vm, "Too many arguments for format string: expected %zu, got %zu", l->used, l->args.count));
    return true;
}

rf_fus_value rf_fus_format_list(rf_fus_vm *vm, rf_slice format, rf_fus_value args) {
    listed l = { .vm = vm, .format = format };
    bool done = rf_fus_expect_list(vm, args) && rf_fus_lib_gather(vm, args, &l.args) && put_all(&l);
    rf_vec_done(&l.args);
    rf_fus_value text = done ? rf_fus_make_string(vm, &l.out) : RF_FUS_RAISED;
    rf_buffer_done(&l.out);
    return text;
}

/* ---- F#'s formats ---- */

uint32_t rf_fus_format_holes(rf_slice format) {
    uint32_t holes = 0;
    for (size_t i = 0; i + 1 < format.len; i++)
        if (format.data[i] == '%') {
            i++; /* the second of %% is no beginning */
            holes += format.data[i] != '%';
        }
    return holes;
}

rf_fus_value rf_fus_format_args(rf_fus_vm *vm, rf_slice format, const rf_fus_value *args, uint32_t count) {
    rf_buffer out = { 0 };
    uint32_t used = 0;
    bool done = true;
    for (size_t at = 0; at < format.len && done;) {
        rf_slice rest = { format.data + at, format.len - at };
        size_t percent = rf_slice_find(rest, '%');
        rf_buffer_append(&out, rest.data, percent);
        at += percent;
        if (percent == rest.len)
            break;
        rf_fus_specifier specifier;
        size_t len = 0;
        done = rf_fus_specifier_parse(vm, (rf_slice){ format.data + at, format.len - at }, &specifier, &len);
        at += len;
        if (done && specifier.kind == '%')
            rf_buffer_char(&out, '%');
        else if (done && used == count)
            done = fails(rf_fus_raise(vm, "Not enough arguments for format string"));
        else if (done)
            done = rf_fus_specifier_put(vm, &specifier, args[used++], &out);
    }
    if (done && used < count)
        done = fails(rf_fus_raise(vm, "Too many arguments for format string: expected %u, got %u", used, count));
    rf_fus_value text = done ? rf_fus_make_string(vm, &out) : RF_FUS_RAISED;
    rf_buffer_done(&out);
    return text;
}

/* "%A" or "%O" alone take a list as the value that it is. */
static bool shows_whole(rf_slice format) {
    if (rf_fus_format_holes(format) != 1)
        return false;
    for (size_t i = 0; i + 1 < format.len; i++)
        if (format.data[i] == '%') {
            i++;
            if (format.data[i] == 'A' || format.data[i] == 'O')
                return true;
        }
    return false;
}

static rf_fus_value use_text(rf_fus_vm *vm, rf_fus_format_use use, rf_fus_value text) {
    if (text == RF_FUS_RAISED || use == RF_FUS_FORMAT_TEXT)
        return text;
    if (use != RF_FUS_FORMAT_FAIL)
        return rf_fus_print(vm, text, use == RF_FUS_FORMAT_PRINT_LINE);
    rf_fus_value failure = rf_fus_variant_named(vm, "Failure", &text, 1);
    return failure == RF_FUS_RAISED ? RF_FUS_RAISED : rf_fus_raise_value(vm, failure);
}

static const char *row_name(rf_fus_format_use use) {
    return use == RF_FUS_FORMAT_TEXT    ? "sprintf"
           : use == RF_FUS_FORMAT_PRINT ? "printf"
           : use == RF_FUS_FORMAT_FAIL  ? "failwithf"
                                        : "printfn";
}

/* The function that takes the rest of the arguments, holding the first two. */
static rf_fus_value await_rest(rf_fus_vm *vm, rf_fus_format_use use, const rf_fus_value *args, uint32_t holes) {
    char name[40];
    (void)snprintf(name, sizeof name, "Prim.%s%u", row_name(use), holes);
    rf_fus_value function = rf_fus_function_of(vm, rf_fus_lib_find(rf_slice_of(name)));
    if (function == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    rf_fus_partial *partial = rf_fus_object_new(vm, RF_FUS_T_PARTIAL, 2, sizeof *partial + 2 * sizeof *args);
    if (!partial)
        return RF_FUS_RAISED;
    partial->function = function;
    partial->items[0] = args[0];
    partial->items[1] = args[1];
    return rf_fus_of_object(partial);
}

rf_fus_value rf_fus_format_begin(rf_fus_vm *vm, rf_fus_format_use use, const rf_fus_value *args) {
    rf_slice format;
    if (!rf_fus_expect_text(vm, args[0], &format))
        return RF_FUS_RAISED;
    bool is_list = args[1] == RF_FUS_NIL || rf_fus_is(args[1], RF_FUS_T_CONS);
    if (is_list && !shows_whole(format))
        return use_text(vm, use, rf_fus_format_list(vm, format, args[1]));
    uint32_t holes = rf_fus_format_holes(format);
    if (holes > RF_FUS_FORMAT_HOLES_MAX)
        return rf_fus_raise(vm, "Too many arguments for format string: at most %u, or a list of them", RF_FUS_FORMAT_HOLES_MAX);
    if (holes > 1)
        return await_rest(vm, use, args, holes);
    return use_text(vm, use, rf_fus_format_args(vm, format, args + 1, 1));
}

rf_fus_value rf_fus_format_rest(rf_fus_vm *vm, const rf_fus_value *args) {
    const rf_fus_lib_row *row = rf_fus_vm_row(vm);
    rf_slice format;
    if (!rf_fus_expect_text(vm, args[0], &format))
        return RF_FUS_RAISED;
    return use_text(vm, *(const rf_fus_format_use *)row->user, rf_fus_format_args(vm, format, args + 1, row->arity - 1u));
}
