/* fusabi_case.c: one recorded case of Fusabi: reading, running, comparing. */
#include "fusabi_golden.h"

#include "base/slice.h"
#include "message/json.h"
#include "script/fusabi/files.h"
#include "script/fusabi/vm_internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* ---- Reading ---- */

static rf_code read_file(rf_arena *arena, const char *folder, rf_slice name, const char *ending, rf_slice *ret_bytes, rf_error *reterr) {
    rf_slice path = rf_printf_in(arena, "%s/%.*s%s", folder, RF_SLICE_ARG(name), ending);
    return path.data ? rf_fus_file_read(arena, path.data, ret_bytes, reterr) : rf_raise_nomem(reterr);
}

static const rf_value *member(const rf_value *map, const char *name) {
    const rf_value *found = map && map->kind == RF_MAP ? rf_value_member(map, rf_slice_of(name)) : NULL;
    return found && found->kind != RF_NULL ? found : NULL;
}

static rf_slice text_of(const rf_value *map, const char *name) {
    const rf_value *found = member(map, name);
    return found && found->kind == RF_STRING ? rf_value_text(found) : (rf_slice){ "", 0 };
}

static int number_of(const rf_value *map, const char *name) {
    const rf_value *found = member(map, name);
    return found && found->kind == RF_DOUBLE ? (int)found->number : 0;
}

/* What this file should give: the intended outcome of a script; of a compiled file what a sound VM makes of the code that
 * the original's compiler wrote. */
static void expect(fusabi_case *one, const rf_value *record, rf_slice original) {
    const rf_value *fzb = member(record, "fzb");
    const rf_value *better = one->is_fzb ? member(fzb, "clean_vm") : member(record, "sane");
    const rf_value *from = better ? better : one->is_fzb ? fzb : record;
    one->expected = (fusabi_outcome){
        .status = number_of(from, "exit") ? 1 : 0,
        .printed = better ? text_of(better, "stdout") : original,
        .complaint = text_of(from, "stderr"),
    };
}

rf_code fusabi_case_read(rf_arena *arena, const char *folder, rf_slice name, bool is_fzb, fusabi_case *ret_case, bool *ret_exists,
                         rf_error *reterr) {
    assert(arena && folder && ret_case && ret_exists);
    rf_slice text, original;
    rf_value record;
    rf_code code = read_file(arena, folder, name, ".json", &text, reterr);
    if (!code)
        code = rf_json_parse(arena, text, RF_JSON_DOUBLES, &record, reterr);
    if (code)
        return code;
    *ret_exists = !is_fzb || member(&record, "fzb");
    if (!*ret_exists)
        return RF_OK;
    *ret_case = (fusabi_case){ .is_fzb = is_fzb, .is_gap = member(&record, "documented_gap") != NULL };
    ret_case->name = rf_printf_in(arena, "%.*s%s", RF_SLICE_ARG(name), is_fzb ? ".fzb" : ".fsx");
    if (!ret_case->name.data)
        return rf_raise_nomem(reterr);
    code = read_file(arena, folder, name, ".out", &original, reterr);
    if (!code)
        code = read_file(arena, folder, name, is_fzb ? ".fzb" : ".fsx", &ret_case->bytes, reterr);
    expect(ret_case, &record, original);
    return code;
}

/* ---- Running ---- */

static bool print(void *user, rf_slice text) {
    fusabi_result *result = user;
    rf_buffer_slice(&result->printed, text);
    return !result->printed.failed;
}

static void take_finding(void *user, const rf_fusabi_finding *finding) {
    fusabi_result *result = user;
    if (finding->is_error && !*result->phase)
        result->phase = finding->phase;
}

/* A script that fails gives RF_OK and its error in the result. */
static rf_code script_failed(fusabi_result *result, rf_code code, rf_error *reterr) {
    if (code != RF_ENOMEM) {
        result->status = 1;
        return RF_OK;
    }
    if (reterr)
        *reterr = result->error;
    return code;
}

static rf_code run_in(rf_fusabi_engine *engine, rf_fusabi_program *program, const fusabi_mode *mode, fusabi_result *result, rf_error *reterr) {
    const rf_fusabi_vm_options options = { .capabilities = RF_FUSABI_CAN_ALL, .write = print, .user = result, .script_name = "golden" };
    rf_fusabi_vm *vm = NULL;
    rf_fusabi_script *script;
    rf_fusabi_value value;
    char *text = NULL;
    size_t len;
    rf_code code = rf_fusabi_vm_new(engine, &options, &vm, &result->error);
    if (!code && mode->stress)
        rf_fus_vm_stress(vm, true);
    if (!code)
        code = rf_fusabi_run(vm, program, &script, &value, &result->error);
    if (!code)
        code = rf_fusabi_display(vm, &value, &text, &len, &result->error);
    if (!code) {
        rf_buffer_append(&result->printed, text, len);
        rf_buffer_char(&result->printed, '\n');
    }
    rf_fusabi_free(text);
    rf_fusabi_vm_free(vm);
    return code ? script_failed(result, code, reterr) : RF_OK;
}

rf_code fusabi_case_run(const fusabi_case *one, const fusabi_mode *mode, fusabi_result *ret_result, rf_error *reterr) {
    assert(one && mode && ret_result);
    *ret_result = (fusabi_result){ .phase = "" };
    rf_fusabi_engine *engine = NULL;
    rf_fusabi_program *program = NULL;
    const rf_fusabi_options options = { .files = true, .finding = take_finding, .user = ret_result };
    rf_code code = rf_fusabi_engine_new(&engine, reterr);
    if (code)
        return code;
    code = rf_fusabi_load(engine, "golden.fsx", one->bytes, &options, &program, &ret_result->error);
    code = code ? script_failed(ret_result, code, reterr) : run_in(engine, program, mode, ret_result, reterr);
    rf_fusabi_program_unref(program);
    rf_fusabi_engine_unref(engine);
    return code || !ret_result->printed.failed ? code : rf_raise_nomem(reterr);
}

void fusabi_result_done(fusabi_result *result) {
    rf_buffer_done(&result->printed);
}

/* ---- Comparing ---- */

static bool contains(rf_slice text, rf_slice part) {
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (rf_slice_eq_nocase((rf_slice){ text.data + i, part.len }, part))
            return true;
    return false;
}

static bool take_prefix(rf_slice *text, const char *prefix) {
    rf_slice start = rf_slice_of(prefix);
    if (!rf_slice_starts(*text, start))
        return false;
    *text = (rf_slice){ text->data + start.len, text->len - start.len };
    return true;
}

/* Takes " at LINE:COLUMN" off the end. */
static bool take_place(rf_slice *text, unsigned *ret_line, unsigned *ret_column) {
    size_t at = text->len;
    while (at > 0 && strchr("0123456789:", text->data[at - 1]))
        at--;
    char digits[32];
    size_t len = text->len - at;
    if (len == 0 || len >= sizeof digits || at < 4 || memcmp(text->data + at - 4, " at ", 4) != 0)
        return false;
    memcpy(digits, text->data + at, len);
    digits[len] = '\0';
    text->len = at - 4;
    return sscanf(digits, "%u:%u", ret_line, ret_column) == 2;
}

/* A parser words things its own way: it must be the parser that refuses, on the same line. The original gives the end of the
 * text as line 0. */
static bool same_refusal(rf_slice message, const fusabi_result *result) {
    char start[64] = "";
    unsigned line = 0;
    memcpy(start, message.data, message.len < sizeof start ? message.len : sizeof start - 1);
    bool placed = sscanf(start, "Parse error at %u:", &line) == 1 && line > 0;
    bool is_parser = strcmp(result->phase, "parser") == 0 || strcmp(result->phase, "lexer") == 0;
    return is_parser && (!placed || line == result->error.place.line);
}

static bool same_complaint(rf_slice recorded, const fusabi_result *result) {
    rf_slice message = rf_slice_trim(recorded), ours = rf_slice_of(result->error.message);
    unsigned line, column;
    (void)take_prefix(&message, "Error: ");
    if (take_prefix(&message, "Runtime Error: ")) {
        (void)take_prefix(&message, "Runtime error: ");
        return !*result->phase && contains(ours, message);
    }
    if (take_prefix(&message, "Lexer Error: ")) {
        bool placed = take_place(&message, &line, &column);
        bool same_place = !placed || (line == result->error.place.line && column == result->error.place.column);
        return strcmp(result->phase, "lexer") == 0 && contains(ours, message) && same_place;
    }
    if (take_prefix(&message, "Parser Error: "))
        return same_refusal(message, result);
    if (take_prefix(&message, "Compiler Error: "))
        return *result->phase && contains(ours, message);
    return false;
}

static bool compare_error(const fusabi_case *one, const fusabi_result *result, rf_buffer *why) {
    if (same_complaint(one->expected.complaint, result))
        return true;
    rf_buffer_printf(why, "error: %s: %s:%u:%u: %s\n    recorded: %.*s", *result->phase ? result->phase : "run", result->error.place.file,
                     result->error.place.line, result->error.place.column, result->error.message,
                     RF_SLICE_ARG(rf_slice_trim(one->expected.complaint)));
    return false;
}

bool fusabi_case_compare(const fusabi_case *one, const fusabi_result *result, rf_buffer *why) {
    assert(one && result && why);
    const fusabi_outcome *expected = &one->expected;
    if (one->is_gap && result->status)
        return true;
    if (result->status != expected->status) {
        rf_buffer_printf(why, "status %d, not %d", result->status, expected->status);
        if (result->status)
            rf_buffer_printf(why, ": %s:%u:%u: %s", result->error.place.file, result->error.place.line, result->error.place.column,
                             result->error.message);
        rf_buffer_printf(why, "\n    printed:  %.*s\n    recorded: %.*s%.*s", RF_SLICE_ARG(rf_slice_trim(rf_buffer_view(&result->printed))),
                         RF_SLICE_ARG(rf_slice_trim(expected->printed)), RF_SLICE_ARG(rf_slice_trim(expected->complaint)));
        return false;
    }
    if (!rf_slice_eq(rf_buffer_view(&result->printed), expected->printed)) {
        rf_buffer_printf(why, "printed:  %.*s\n    recorded: %.*s", RF_SLICE_ARG(rf_buffer_view(&result->printed)), RF_SLICE_ARG(expected->printed));
        return false;
    }
    return expected->status == 0 || compare_error(one, result, why);
}
