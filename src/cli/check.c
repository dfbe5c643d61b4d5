/* check: finds what is wrong in Fusabi scripts without running them. */
#include "cli/command.h"
#include "cli/script.h"

#include "base/slice.h"
#include "message/json.h"
#include "script/fusabi/fzb.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct check_args {
    bool strict, json;
    bool some;         /* a finding has been written as JSON */
    unsigned errors, warnings, files;
    bool failed;       /* a file that cannot be read */
    rf_buffer out;
} check_args;

static const rf_cli_option check_options[] = {
    { "strict", 0, NULL, "Type clashes, code whose types stay open, and unknown names are errors." },
    { "json", 0, NULL, "Writes the findings to standard output as JSON, for editors." },
    { 0 },
};

static void write_text(rf_buffer *out, const char *name, const char *text) {
    rf_buffer_printf(out, "\"%s\":", name);
    if (text)
        rf_json_write_string(out, rf_slice_of(text), 0);
    else
        rf_buffer_text(out, "null");
}

static void write_place(rf_buffer *out, const rf_cli_script *script, rf_fus_at at, const char *line_name, const char *column_name) {
    uint32_t line = 0, column = 0;
    (void)rf_fus_locate(&script->texts, at, &line, &column);
    rf_buffer_printf(out, "\"%s\":%u,\"%s\":%u,", line_name, line, column_name, column);
}

static void write_finding(check_args *check, const rf_cli_script *script, const rf_fus_diag *diag) {
    static const char *const phases[] = { "lexer", "parser", "compiler", "types" };
    rf_buffer *out = &check->out;
    uint32_t line, column;
    const rf_fus_loaded *text = rf_fus_locate(&script->texts, diag->at, &line, &column);
    rf_buffer_text(out, check->some ? ",\n{" : "\n{");
    check->some = true;
    write_text(out, "file", text && text->source.name ? text->source.name : script->name);
    rf_buffer_char(out, ',');
    write_place(out, script, diag->at, "line", "column");
    write_place(out, script, diag->end, "endLine", "endColumn");
    rf_buffer_printf(out, "\"severity\":\"%s\",\"phase\":\"%s\",", diag->severity == RF_FUS_ERROR ? "error" : "warning",
                     phases[diag->phase]);
    write_text(out, "message", diag->message);
    rf_buffer_char(out, ',');
    write_text(out, "hint", diag->hint);
    if (diag->other != RF_FUS_NOWHERE) {
        rf_buffer_text(out, ",\"other\":{");
        write_place(out, script, diag->other, "line", "column");
        write_text(out, "note", diag->other_note);
        rf_buffer_char(out, '}');
    }
    rf_buffer_char(out, '}');
}

/* A file that is no script at all: unreadable, not UTF-8, a damaged .fzb. */
static void refuse(check_args *check, const rf_cli_script *script, const rf_error *error) {
    check->errors++;
    if (!check->json) {
        rf_cli_script_error(script, &check->out, error, (rf_slice){ NULL, 0 });
        return;
    }
    rf_buffer_text(&check->out, check->some ? ",\n{" : "\n{");
    check->some = true;
    write_text(&check->out, "file", script->name);
    rf_buffer_printf(&check->out, ",\"line\":%u,\"column\":%u,\"severity\":\"error\",", error->place.line, error->place.column);
    write_text(&check->out, "message", error->message);
    rf_buffer_char(&check->out, '}');
}

static rf_code check_script(check_args *check, rf_cli_script *script, const char *path, rf_error *reterr) {
    rf_fus_engine *engine = NULL;
    rf_fus_program *program = NULL;
    rf_code code = rf_cli_script_read(script, path, reterr);
    if (!code)
        code = rf_fus_engine_new(&engine, reterr);
    if (!code)
        code = rf_cli_script_compile(script, engine, &(rf_fus_compile_options){ .infer = true, .strict = check->strict }, NULL, &program,
                                     reterr);
    rf_fus_program_unref(program);
    rf_fus_engine_unref(engine);
    check->errors += script->diags.errors;
    check->warnings += script->diags.warnings;
    if (!check->json)
        rf_cli_script_findings(script, &check->out, true);
    for (size_t i = 0; check->json && i < script->diags.list.count; i++)
        write_finding(check, script, &script->diags.list.items[i]);
    return code;
}

static void check_file(check_args *check, const char *path) {
    rf_cli_script script;
    rf_error error = { 0 };
    rf_cli_script_init(&script);
    check->files++;
    rf_code code = check_script(check, &script, path, &error);
    if (code && !(code == RF_ESCRIPT && script.diags.errors))
        refuse(check, &script, &error);
    check->failed |= code == RF_EIO || code == RF_ENOMEM;
    rf_cli_script_done(&script);
    if (!check->json && !rf_cli_flush(&check->out, STDERR_FILENO))
        check->failed = true;
}

/* The list of findings, or how many there were. */
static bool sum_up(check_args *check) {
    if (check->json) {
        rf_buffer_text(&check->out, check->some ? "\n]\n" : "]\n");
        return rf_cli_flush(&check->out, STDOUT_FILENO);
    }
    if (check->errors || check->warnings)
        return fprintf(stderr, "%u error%s, %u warning%s\n", check->errors, check->errors == 1 ? "" : "s", check->warnings,
                       check->warnings == 1 ? "" : "s") > 0;
    return true;
}

static int check_run(int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    check_args check = { 0 };
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    const char **paths = rf_arena_zero(&arena, (size_t)argc + 1, sizeof *paths);
    size_t count = 0;
    rf_cli_args args = { .command = &rf_command_check, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; paths && (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WRONG)
            return RF_EXIT_USAGE;
        if (kind == RF_CLI_WORD)
            paths[count++] = value;
        else if (strcmp(option->name, "json") == 0)
            check.json = true;
        else
            check.strict = true;
    }
    if (!paths)
        return RF_EXIT_FAILED;
    if (count == 0)
        return rf_cli_misuse(&rf_command_check, "no scripts are given");
    if (check.json)
        rf_buffer_char(&check.out, '[');
    for (size_t i = 0; i < count; i++)
        check_file(&check, paths[i]);
    if (!sum_up(&check))
        return RF_EXIT_FAILED;
    return check.failed ? RF_EXIT_FAILED : check.errors ? RF_EXIT_USAGE : RF_EXIT_DONE;
}

static const rf_cli_example check_examples[] = {
    { "riffle check plugins/*.fsx", "All that is wrong with them, each finding with its line." },
    { "riffle check --strict --json report.fsx", "The same for an editor, and without tolerance." },
    { 0 },
};

const rf_command rf_command_check = {
    .name = "check",
    .usage = "[--strict] [--json] FILE...",
    .summary = "Finds what is wrong in Fusabi scripts, types included, without running them.",
    .detail = "A .fzb file is verified. The exit status is 2 when there is an error in any of them, 1 when one cannot be read;\n"
              "warnings alone leave it 0.",
    .options = check_options,
    .examples = check_examples,
    .run = check_run,
};
