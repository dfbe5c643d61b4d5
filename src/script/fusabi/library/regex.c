/* regex.c: the module Regex, over PCRE2: the functions; compiling and matching under limits is in pattern.c. */
#include "base/slice.h"
#include "script/fusabi/library/modules.h"
#include "script/fusabi/library/pattern.h"
#include "script/fusabi/library/world.h"

/* The first two arguments of all functions but Regex.escape. */
static bool take(rf_fus_vm *vm, const rf_fus_value *args, rf_fus_value subject, rf_fus_search *ret_search) {
    rf_slice pattern, text;
    if (!rf_fus_expect_text(vm, args[0], &pattern) || !rf_fus_expect_text(vm, subject, &text))
        return false;
    return rf_fus_search_start(vm, pattern, text, ret_search);
}

static rf_fus_value piece(rf_fus_vm *vm, const rf_fus_search *search, size_t start, size_t end) {
    return rf_fus_string_new(vm, (rf_slice){ search->text.data + start, end - start });
}

static rf_fus_value regex_is_match(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_search search;
    if (!take(vm, args, args[1], &search))
        return RF_FUS_RAISED;
    bool is_found = rf_fus_search_next(vm, &search);
    return search.is_failed ? RF_FUS_RAISED : rf_fus_of_bool(is_found);
}

static rf_fus_value regex_find(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_search search;
    if (!take(vm, args, args[1], &search))
        return RF_FUS_RAISED;
    bool is_found = rf_fus_search_next(vm, &search);
    if (search.is_failed)
        return RF_FUS_RAISED;
    return rf_fus_option_of(vm, is_found ? piece(vm, &search, search.start, search.end) : RF_FUS_UNDEF);
}

static rf_fus_value regex_find_all(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_search search;
    rf_fus_list_builder found = { RF_FUS_NIL, RF_FUS_NIL };
    if (!take(vm, args, args[1], &search))
        return RF_FUS_RAISED;
    while (rf_fus_search_next(vm, &search)) {
        rf_fus_value value = piece(vm, &search, search.start, search.end);
        if (value == RF_FUS_RAISED || !rf_fus_list_push(vm, &found, value))
            return RF_FUS_RAISED;
    }
    return search.is_failed ? RF_FUS_RAISED : found.first;
}

static rf_fus_value regex_groups(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_search search;
    rf_fus_list_builder groups = { RF_FUS_NIL, RF_FUS_NIL };
    if (!take(vm, args, args[1], &search))
        return RF_FUS_RAISED;
    if (!rf_fus_search_next(vm, &search))
        return search.is_failed ? RF_FUS_RAISED : rf_fus_none(vm);
    for (uint32_t i = 0; i < search.group_count; i++) {
        rf_slice group = rf_fus_search_group(&search, i);
        rf_fus_value value = rf_fus_outside_string(vm, group);
        if (value == RF_FUS_RAISED || !rf_fus_list_push(vm, &groups, value))
            return RF_FUS_RAISED;
    }
    return rf_fus_option_of(vm, groups.first);
}

static rf_fus_value regex_split(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_search search;
    rf_fus_list_builder pieces = { RF_FUS_NIL, RF_FUS_NIL };
    size_t from = 0;
    rf_fus_value value;
    if (!take(vm, args, args[1], &search))
        return RF_FUS_RAISED;
    while (rf_fus_search_next(vm, &search)) {
        value = piece(vm, &search, from, search.start > from ? search.start : from);
        if (value == RF_FUS_RAISED || !rf_fus_list_push(vm, &pieces, value))
            return RF_FUS_RAISED;
        from = search.end;
    }
    value = search.is_failed ? RF_FUS_RAISED : piece(vm, &search, from, search.text.len);
    return value == RF_FUS_RAISED || !rf_fus_list_push(vm, &pieces, value) ? RF_FUS_RAISED : pieces.first;
}

static rf_fus_value regex_replace(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_search search;
    rf_slice by;
    if (!take(vm, args, args[2], &search) || !rf_fus_expect_text(vm, args[1], &by))
        return RF_FUS_RAISED;
    rf_buffer out RF_CLEANUP(rf_buffer_done) = { 0 };
    size_t from = 0;
    while (rf_fus_search_next(vm, &search)) {
        size_t start = search.start > from ? search.start : from; /* \K can begin a match before the last one's end */
        rf_buffer_append(&out, search.text.data + from, start - from);
        rf_fus_search_expand(&search, by, &out);
        from = search.end;
        if (out.failed)
            return rf_fus_raise_nomem(vm);
    }
    if (search.is_failed)
        return RF_FUS_RAISED;
    rf_buffer_append(&out, search.text.data + from, search.text.len - from);
    return out.failed ? rf_fus_raise_nomem(vm) : rf_fus_outside_string(vm, rf_buffer_view(&out));
}

static rf_fus_value regex_escape(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    rf_buffer out RF_CLEANUP(rf_buffer_done) = { 0 };
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] && memchr("\\^$.[]|()?*+{}#- \t\n\r\f\v", text.data[i], 22))
            rf_buffer_char(&out, '\\');
        rf_buffer_char(&out, text.data[i]);
    }
    return out.failed ? rf_fus_raise_nomem(vm) : rf_fus_outside_string(vm, rf_buffer_view(&out));
}

static const rf_fus_lib_row rows[] = {
    { .name = "Regex.escape", .params = "s", .type = "string -> string", .doc = "A pattern that matches just this text.",
      .example = "Regex.escape \"1+1\" // 1\\+1", .native = regex_escape, .arity = 1, .is_ours = true },
    { .name = "Regex.find", .params = "pattern s", .type = "string -> string -> string option", .doc = "The first match, or None.",
      .example = "Regex.find \"[0-9]+\" \"a 12 b\" // Some(12)", .native = regex_find, .arity = 2, .is_ours = true },
    { .name = "Regex.findAll", .params = "pattern s", .type = "string -> string -> string list", .doc = "All matches that do not overlap.",
      .example = "Regex.findAll \"[0-9]+\" \"1 22 3\" // [1; 22; 3]", .native = regex_find_all, .arity = 2, .is_ours = true },
    { .name = "Regex.groups", .params = "pattern s", .type = "string -> string -> string list option",
      .doc = "The first match and then what each group in it matched (\"\" for groups that took no part), or None.",
      .example = "Regex.groups \"(\\\\w+)=(\\\\w+)\" \"k=v\" // Some([k=v; k; v])", .native = regex_groups, .arity = 2, .is_ours = true },
    { .name = "Regex.isMatch", .params = "pattern s", .type = "string -> string -> bool",
      .doc = "Whether the pattern (in the syntax of PCRE2) matches anywhere in the text.",
      .example = "Regex.isMatch \"^a.c$\" \"abc\" // true", .native = regex_is_match, .arity = 2, .is_ours = true },
    { .name = "Regex.replace", .params = "pattern by s", .type = "string -> string -> string -> string",
      .doc = "The text with every match replaced. In the replacement $1 and ${name} are groups, $0 is the match, $$ is a $.",
      .example = "Regex.replace \"(\\\\w)(\\\\w)\" \"$2$1\" \"abcd\" // badc", .native = regex_replace, .arity = 3, .is_ours = true },
    { .name = "Regex.split", .params = "pattern s", .type = "string -> string -> string list", .doc = "What lies between the matches.",
      .example = "Regex.split \", *\" \"a, b,c\" // [a; b; c]", .native = regex_split, .arity = 2, .is_ours = true },
    { 0 },
};
RF_FUS_LIB_MODULE(regex, "Regex", "Patterns in text, in the syntax of PCRE2.", rows);
