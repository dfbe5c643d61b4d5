/* exec: runs a Fusabi script. */
#include "cli/command.h"
#include "cli/script.h"
#include "cli/script_out.h"
#include "cli/start.h"

#include "base/clock.h"
#include "base/slice.h"
#include "script/fusabi/vm.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_INTERRUPTED = 130 /* as shells have it: 128 and SIGINT */ };

typedef struct exec_args {
    const char *path, *text; /* one of them */
    const char *verify;
    rf_fus_limits limits;
    uint32_t denied;
    bool quiet, warn, strict;
    char **args;
    uint32_t arg_count;
    bool help;
} exec_args;

/* For the signal handler: the one VM of the process, while it runs. */
static rf_fus_vm *volatile running;
static volatile sig_atomic_t was_interrupted;
static rf_script_out output;

static const rf_cli_option exec_options[] = {
    { "eval", 'e', "TEXT", "Runs TEXT instead of a file; the arguments that follow are the script's." },
    { "deny", 0, "WHAT", "Takes rights from the script: read-files, write-files, run, environment, console, terminal, network, clipboard, "
                         "or all; several with commas between." },
    { "time", 0, "DURATION", "Ends the script after that time, such as 500ms or 10s." },
    { "memory", 0, "SIZE", "Ends the script when it holds more than that, such as 64MiB." },
    { "quiet", 'q', NULL, "Does not show the script's value at its end." },
    { "warn", 'w', NULL, "Checks types as well and shows warnings." },
    { "strict", 0, NULL, "Runs only what `riffle check --strict` passes." },
    { "verify", 0, "KEYFILE", "Runs only a .fzb file that is signed by that key (the public one)." },
    { 0 },
};

static bool take_limit(exec_args *exec, const char *name, const char *value) {
    uint64_t bytes = 0;
    if (strcmp(name, "time") == 0) {
        if (rf_clock_parse_duration(rf_slice_of(value), &exec->limits.time_ns) && exec->limits.time_ns > 0)
            return true;
        (void)rf_cli_misuse(&rf_command_exec, "--time: %s is no duration such as 500ms or 10s", value);
        return false;
    }
    if (rf_cli_parse_size(value, &bytes) && bytes > 0 && bytes <= SIZE_MAX) {
        exec->limits.heap_bytes = (size_t)bytes;
        return true;
    }
    (void)rf_cli_misuse(&rf_command_exec, "--memory: %s is no size such as 64MiB", value);
    return false;
}

static bool take(exec_args *exec, const rf_cli_option *option, const char *value) {
    const char *name = option->name;
    if (strcmp(name, "deny") == 0)
        return rf_cli_parse_rights(&rf_command_exec, value, &exec->denied);
    if (strcmp(name, "time") == 0 || strcmp(name, "memory") == 0)
        return take_limit(exec, name, value);
    if (strcmp(name, "eval") == 0)
        exec->text = value;
    else if (strcmp(name, "verify") == 0)
        exec->verify = value;
    exec->quiet |= strcmp(name, "quiet") == 0;
    exec->warn |= strcmp(name, "warn") == 0;
    exec->strict |= strcmp(name, "strict") == 0;
    return true;
}

/* Options end at the script, FILE or -e TEXT: what follows is the script's. */
static bool parse(exec_args *exec, int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    rf_cli_args args = { .command = &rf_command_exec, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        exec->help = kind == RF_CLI_OPTION && strcmp(option->name, "help") == 0; /* behind an option's value */
        if (kind == RF_CLI_WRONG || exec->help || (kind == RF_CLI_OPTION && !take(exec, option, value)))
            return false;
        if (kind == RF_CLI_WORD)
            exec->path = value;
        if (exec->path || exec->text)
            break;
    }
    exec->args = argv + args.at;
    exec->arg_count = (uint32_t)(argc - args.at);
    if (!exec->path && !exec->text)
        (void)rf_cli_misuse(&rf_command_exec, "no script is given");
    return exec->path || exec->text;
}

/* The first Ctrl-C ends the script where it is, the second the process. */
static void on_interrupt(int signal_number) {
    (void)signal_number;
    was_interrupted = 1;
    if (running)
        rf_fus_vm_interrupt(running);
}

static rf_code load(const exec_args *exec, rf_cli_script *script, rf_fus_engine *engine, rf_fus_program **ret_program, rf_error *reterr) {
    uint8_t key[32];
    rf_code code = RF_OK;
    if (exec->text) {
        script->name = "command line";
        script->bytes = rf_slice_of(exec->text);
    } else
        code = rf_cli_script_read(script, exec->path, reterr);
    if (!code && exec->verify)
        code = rf_cli_key_read(exec->verify, false, key, reterr);
    const rf_fus_compile_options how = { .infer = exec->warn || exec->strict, .strict = exec->strict };
    if (!code)
        code = rf_cli_script_compile(script, engine, &how, exec->verify ? key : NULL, ret_program, reterr);
    return code;
}

/* What the script came to, as the original shows it: always, and () too. */
static rf_code show_value(rf_fus_vm *vm, rf_fus_value value, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    if (!rf_fus_display(vm, value, &text))
        return rf_raise_nomem(reterr);
    rf_buffer_char(&text, '\n');
    if (text.failed)
        return rf_raise_nomem(reterr);
    (void)rf_script_out_write(&output, rf_buffer_view(&text)); /* checked with the flush */
    return RF_OK;
}

static rf_code run(const exec_args *exec, rf_fus_vm *vm, rf_fus_program *program, rf_error *reterr) {
    rf_fus_instance *instance;
    rf_fus_value value;
    rf_code code = rf_fus_vm_load(vm, program, &instance, reterr);
    running = vm;
    if (!code)
        code = rf_fus_vm_run(vm, instance, &value, reterr);
    if (!code && !exec->quiet)
        code = show_value(vm, value, reterr);
    running = NULL;
    return code;
}

/* The exit status after the script: its output first, then the complaint. */
static int finish(const rf_cli_script *script, rf_fus_vm *vm, rf_code code, const rf_error *error) {
    bool written = rf_script_out_flush(&output);
    if (code) {
        rf_buffer out = { 0 };
        rf_cli_script_error(script, &out, error, rf_fus_vm_trace(vm));
        (void)rf_cli_flush(&out, STDERR_FILENO); /* the status tells as well */
        return was_interrupted ? EXIT_INTERRUPTED : RF_EXIT_FAILED;
    }
    if (!written)
        (void)fprintf(stderr, "riffle: standard output cannot be written\n");
    return written ? RF_EXIT_DONE : RF_EXIT_FAILED;
}

static int run_in_vm(const exec_args *exec, const rf_cli_script *script, rf_fus_engine *engine, rf_fus_program *program) {
    const rf_fus_host host = {
        .capabilities = RF_FUS_CAN_ALL & ~exec->denied,
        .write = rf_script_out_write,
        .flush = rf_script_out_flush,
        .user = &output,
        .script_name = script->name,
        .args = (const char *const *)exec->args,
        .arg_count = exec->arg_count,
    };
    rf_fus_vm *vm = NULL;
    rf_error error = { 0 };
    rf_code code = rf_fus_vm_new(engine, &exec->limits, &host, &vm, &error);
    if (code) {
        rf_cli_script_complain(script, code, &error);
        return RF_EXIT_FAILED;
    }
    rf_script_out_init(&output);
    const struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND };
    (void)sigaction(SIGINT, &action, NULL);
    code = run(exec, vm, program, &error);
    int status = finish(script, vm, code, &error);
    rf_fus_vm_free(vm);
    return status;
}

static int exec_script(const exec_args *exec, rf_cli_script *script) {
    rf_fus_engine *engine = NULL;
    rf_fus_program *program = NULL;
    rf_error error = { 0 };
    int status = RF_EXIT_FAILED;
    rf_code code = rf_fus_engine_new(&engine, &error);
    if (!code)
        code = load(exec, script, engine, &program, &error);
    if (code)
        rf_cli_script_complain(script, code, &error);
    else {
        if (exec->warn && script->diags.list.count) {
            rf_buffer out = { 0 };
            rf_cli_script_findings(script, &out, true);
            (void)rf_cli_flush(&out, STDERR_FILENO); /* warnings only */
        }
        status = run_in_vm(exec, script, engine, program);
    }
    rf_fus_program_unref(program);
    rf_fus_engine_unref(engine);
    return status;
}

static int exec_run(int argc, char **argv) {
    exec_args exec = { 0 };
    rf_cli_script script;
    if (!parse(&exec, argc, argv))
        return exec.help ? rf_cli_show_help(&rf_command_exec) : RF_EXIT_USAGE;
    rf_cli_script_init(&script);
    int status = exec_script(&exec, &script);
    rf_cli_script_done(&script);
    return status;
}

static const rf_cli_example exec_examples[] = {
    { "riffle exec hello.fsx", "Runs it. A first line `#!/usr/bin/env -S riffle exec` makes the file a program of its own." },
    { "riffle exec -e 'List.map (fun x -> x * x) [1; 2; 3]'", "Shows [1; 4; 9]." },
    { "riffle exec --deny write-files,run,network report.fsx today", "A script that may only look; Script.args () gives it [\"today\"]." },
    { 0 },
};

const rf_command rf_command_exec = {
    .name = "exec",
    .usage = "[OPTION...] FILE [ARGUMENT...]",
    .summary = "Runs a Fusabi script, .fsx or .fzb.",
    .detail = "Which of the two FILE is, its content says; - is standard input. What the script prints and then its value go to\n"
              "standard output; errors, with their place and the calls that led there, to standard error. The script may do what\n"
              "its user may, less what --deny names. The exit status is 1 when it fails, and 130 after Ctrl-C.",
    .options = exec_options,
    .examples = exec_examples,
    .passes_arguments = true,
    .run = exec_run,
};
