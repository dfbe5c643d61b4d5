/* fmt: lays out Fusabi scripts. */
#include "cli/command.h"
#include "cli/script.h"

#include "base/slice.h"
#include "script/fusabi/files.h"
#include "script/fusabi/fzb.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const rf_cli_option fmt_options[] = {
    { "check", 0, NULL, "Changes nothing, but names the files that would change; the exit status is 1 when there are any." },
    { 0 },
};

static rf_code format(rf_cli_script *script, const char *path, rf_buffer *out, rf_error *reterr) {
    rf_code code = rf_cli_script_read(script, path, reterr);
    if (!code && rf_fus_is_fzb(script->bytes))
        code = rf_raise(reterr, RF_EPARSE, "%s is a .fzb file, not a script", path);
    if (!code)
        code = rf_fus_text_check(script->name, script->bytes, reterr);
    if (code)
        return code;
    const rf_source source = { script->name, script->bytes };
    code = rf_fus_format(&source, &script->diags, &script->texts, out, reterr);
    return !code && out->failed ? rf_raise_nomem(reterr) : code;
}

/* Standard input goes to standard output, other files are replaced when they change. */
static rf_code deliver(const rf_cli_script *script, const char *path, bool check, rf_buffer *out, bool *ret_differs, rf_error *reterr) {
    *ret_differs = !rf_slice_eq(rf_buffer_view(out), script->bytes);
    if (check) {
        if (*ret_differs)
            (void)printf("%s\n", script->name);
        return RF_OK;
    }
    if (strcmp(path, "-") == 0)
        return rf_cli_flush(out, STDOUT_FILENO) ? RF_OK : rf_raise(reterr, RF_EIO, "standard output cannot be written");
    return *ret_differs ? rf_cli_replace_file(path, rf_buffer_view(out), reterr) : RF_OK;
}

static void complain(const rf_cli_script *script, rf_code code, const rf_error *error) {
    rf_cli_script_complain(script, script->diags.errors ? RF_ESCRIPT : code, error);
}

/* Returns an exit code. */
static int format_file(const char *path, bool check) {
    rf_cli_script script;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_error error = { 0 };
    bool differs = false;
    rf_cli_script_init(&script);
    rf_code code = format(&script, path, &out, &error);
    if (!code)
        code = deliver(&script, path, check, &out, &differs, &error);
    if (code)
        complain(&script, code, &error);
    rf_cli_script_done(&script);
    if (code)
        return code == RF_EPARSE || code == RF_ESCRIPT ? RF_EXIT_USAGE : RF_EXIT_FAILED;
    return check && differs ? RF_EXIT_FAILED : RF_EXIT_DONE;
}

static int fmt_run(int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    bool check = false, some = false;
    int worst = RF_EXIT_DONE;
    rf_cli_args args = { .command = &rf_command_fmt, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WRONG)
            return RF_EXIT_USAGE;
        check |= kind == RF_CLI_OPTION;
    }
    args = (rf_cli_args){ .command = &rf_command_fmt, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        int status = kind == RF_CLI_WORD ? format_file(value, check) : RF_EXIT_DONE;
        some |= kind == RF_CLI_WORD;
        worst = status > worst ? status : worst;
    }
    if (!some)
        return rf_cli_misuse(&rf_command_fmt, "no scripts are given");
    return fflush(stdout) != 0 ? RF_EXIT_FAILED : worst;
}

static const rf_cli_example fmt_examples[] = {
    { "riffle fmt plugins/*.fsx", "Lays them out anew, in place; comments stay." },
    { "riffle fmt - < draft.fsx", "Standard input to standard output, as editors want it." },
    { 0 },
};

const rf_command rf_command_fmt = {
    .name = "fmt",
    .usage = "[--check] FILE...",
    .summary = "Lays out Fusabi scripts: one form for all, comments kept.",
    .detail = "A file is replaced as a whole, or left alone when it has errors (exit status 2) or is in form already. Formatting twice\n"
              "changes nothing more.",
    .options = fmt_options,
    .examples = fmt_examples,
    .run = fmt_run,
};
