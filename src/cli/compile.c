/* compile: turns a Fusabi script into a .fzb file. */
#include "cli/command.h"
#include "cli/script.h"

#include "base/slice.h"
#include "script/fusabi/fzb.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct compile_args {
    const char *path, *out, *sign;
    bool strip, strict;
} compile_args;

static const rf_cli_option compile_options[] = {
    { "output", 'o', "OUT", "Where to write; the FILE's name with .fzb in place of .fsx when it is not given, - for standard output." },
    { "strip", 0, NULL, "Leaves out what only error messages and stack traces need." },
    { "sign", 0, "KEYFILE", "Signs the file with this secret key (Ed25519: PEM, 64 hex digits, or 32 bytes)." },
    { "strict", 0, NULL, "Compiles only what `riffle check --strict` passes." },
    { 0 },
};

static bool take(compile_args *compile, const rf_cli_option *option, const char *value) {
    if (strcmp(option->name, "output") == 0)
        compile->out = value;
    else if (strcmp(option->name, "sign") == 0)
        compile->sign = value;
    compile->strip |= strcmp(option->name, "strip") == 0;
    compile->strict |= strcmp(option->name, "strict") == 0;
    return true;
}

static bool parse(compile_args *compile, int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    rf_cli_args args = { .command = &rf_command_compile, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WRONG || (kind == RF_CLI_OPTION && !take(compile, option, value)))
            return false;
        if (kind == RF_CLI_WORD && compile->path) {
            (void)rf_cli_misuse(&rf_command_compile, "one script at a time: both %s and %s are given", compile->path, value);
            return false;
        }
        if (kind == RF_CLI_WORD)
            compile->path = value;
    }
    if (!compile->path)
        (void)rf_cli_misuse(&rf_command_compile, "no script is given");
    return compile->path;
}

/* FILE.fzb for FILE.fsx; anything else gets .fzb behind it. Never the script itself. */
static bool name_output(const compile_args *compile, rf_buffer *out) {
    if (compile->out)
        rf_buffer_text(out, compile->out);
    else {
        rf_slice path = rf_slice_of(compile->path);
        path.len -= rf_slice_ends(path, RF_SLICE(".fsx")) ? 4 : 0;
        rf_buffer_slice(out, path);
        rf_buffer_text(out, ".fzb");
    }
    struct stat source, target;
    if (rf_buffer_cstr(out) && stat(compile->path, &source) == 0 && stat(out->data, &target) == 0 && source.st_dev == target.st_dev
        && source.st_ino == target.st_ino) {
        (void)rf_cli_misuse(&rf_command_compile, "%s is the script itself: it would be overwritten", out->data);
        return false;
    }
    return true;
}

static rf_code write_out(const compile_args *compile, const rf_cli_script *script, const rf_fus_program *program, const char *path,
                         rf_error *reterr) {
    uint8_t key[32];
    rf_code code = compile->sign ? rf_cli_key_read(compile->sign, true, key, reterr) : RF_OK;
    if (code)
        return code;
    RF_CLEANUP(rf_buffer_done) rf_buffer bytes = { 0 };
    const rf_fus_write_options how = { .strip = compile->strip, .secret_key = compile->sign ? key : NULL };
    code = rf_fus_fzb_write(program, &how, &bytes, reterr);
    if (!code && bytes.failed)
        code = rf_raise_nomem(reterr);
    if (code)
        return code;
    size_t len = bytes.len;
    if (strcmp(path, "-") == 0)
        return rf_cli_flush(&bytes, STDOUT_FILENO) ? RF_OK : rf_raise(reterr, RF_EIO, "standard output cannot be written");
    code = rf_cli_replace_file(path, rf_buffer_view(&bytes), reterr);
    if (!code)
        (void)printf("%s: %zu bytes -> %s: %zu bytes\n", script->name, script->bytes.len, path, len);
    return code;
}

static int compile_script(const compile_args *compile, rf_cli_script *script, const char *path) {
    rf_fus_engine *engine = NULL;
    rf_fus_program *program = NULL;
    rf_error error = { 0 };
    rf_code code = rf_cli_script_read(script, compile->path, &error);
    if (!code)
        code = rf_fus_engine_new(&engine, &error);
    if (!code)
        code = rf_cli_script_compile(script, engine, &(rf_fus_compile_options){ .infer = compile->strict, .strict = compile->strict }, NULL,
                                     &program, &error);
    if (!code)
        code = write_out(compile, script, program, path, &error);
    if (code)
        rf_cli_script_complain(script, code, &error);
    rf_fus_program_unref(program);
    rf_fus_engine_unref(engine);
    return code || fflush(stdout) != 0 ? RF_EXIT_FAILED : RF_EXIT_DONE;
}

static int compile_run(int argc, char **argv) {
    compile_args compile = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer path = { 0 };
    if (!parse(&compile, argc, argv))
        return RF_EXIT_USAGE;
    if (strcmp(compile.path, "-") == 0 && !compile.out)
        return rf_cli_misuse(&rf_command_compile, "a script on standard input needs --output");
    if (!name_output(&compile, &path))
        return RF_EXIT_USAGE;
    if (path.failed)
        return RF_EXIT_FAILED;
    rf_cli_script script;
    rf_cli_script_init(&script);
    int status = compile_script(&compile, &script, path.data);
    rf_cli_script_done(&script);
    return status;
}

static const rf_cli_example compile_examples[] = {
    { "riffle compile report.fsx", "Writes report.fzb." },
    { "riffle compile report.fsx --strip --sign secret.pem -o dist/report.fzb", "A small file that `riffle exec --verify public.pem` runs." },
    { 0 },
};

const rf_command rf_command_compile = {
    .name = "compile",
    .usage = "[OPTION...] FILE",
    .summary = "Compiles a Fusabi script to a .fzb file.",
    .detail = "The file loads several times faster than the script, and runs the same. It is written as a whole or not at all, and never\n"
              "over the script. FILE may be a .fzb as well: one of the original's becomes one of ours.",
    .options = compile_options,
    .examples = compile_examples,
    .run = compile_run,
};
