/* disasm: shows the instructions of a Fusabi script. */
#include "cli/command.h"
#include "cli/script.h"

#include "script/fusabi/fzb.h"

#include <string.h>
#include <unistd.h>

static const rf_cli_option disasm_options[] = {
    { "plain", 0, NULL, "Shows a script's code before it is optimised." },
    { 0 },
};

static rf_code list(rf_cli_script *script, const char *path, bool plain, rf_buffer *out, rf_error *reterr) {
    rf_fus_engine *engine = NULL;
    rf_fus_program *program = NULL;
    rf_code code = rf_cli_script_read(script, path, reterr);
    if (!code)
        code = rf_fus_engine_new(&engine, reterr);
    if (!code)
        code = rf_cli_script_compile(script, engine, &(rf_fus_compile_options){ .no_optimise = plain }, NULL, &program, reterr);
    if (!code)
        rf_fus_disassemble(program, out);
    rf_fus_program_unref(program);
    rf_fus_engine_unref(engine);
    return !code && out->failed ? rf_raise_nomem(reterr) : code;
}

static int disasm_run(int argc, char **argv) {
    const rf_cli_option *option;
    const char *value, *path = NULL;
    bool plain = false;
    rf_cli_args args = { .command = &rf_command_disasm, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WRONG)
            return RF_EXIT_USAGE;
        if (kind == RF_CLI_WORD && path)
            return rf_cli_misuse(&rf_command_disasm, "one script at a time: both %s and %s are given", path, value);
        if (kind == RF_CLI_WORD)
            path = value;
        plain |= kind == RF_CLI_OPTION;
    }
    if (!path)
        return rf_cli_misuse(&rf_command_disasm, "no script is given");
    rf_cli_script script;
    rf_buffer out = { 0 };
    rf_error error = { 0 };
    rf_cli_script_init(&script);
    rf_code code = list(&script, path, plain, &out, &error);
    if (code)
        rf_cli_script_complain(&script, code, &error);
    rf_cli_script_done(&script);
    bool shown = rf_cli_flush(&out, STDOUT_FILENO);
    return code || !shown ? RF_EXIT_FAILED : RF_EXIT_DONE;
}

static const rf_cli_example disasm_examples[] = {
    { "riffle disasm report.fzb", "Every function, instruction by instruction, with names, constants and lines." },
    { 0 },
};

const rf_command rf_command_disasm = {
    .name = "disasm",
    .usage = "[--plain] FILE",
    .summary = "Shows the instructions that a Fusabi script, .fsx or .fzb, compiles to.",
    .options = disasm_options,
    .examples = disasm_examples,
    .run = disasm_run,
};
