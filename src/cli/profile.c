/* profile: runs a config or a plugin for a while, and shows which lines of which scripts took the time. */
#include "cli/profile.h"

#include "base/number.h"
#include "base/slice.h"
#include "cli/host.h"
#include "cli/script.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FLAME_FILE "riffle-profile.svg"
#define PPROF_FILE "riffle-profile.pb.gz"

enum { SECONDS_USUAL = 10, SECONDS_MAX = 86400, HZ_USUAL = 1000, HZ_MAX = 10000 };

static const rf_cli_option profile_options[] = {
    { "seconds", 0, "N", "How long to run at most; 10 when it is not given. A config's input may end earlier." },
    { "hz", 0, "N", "How often to look, a second of processor time of each thread: 1000 when it is not given." },
    { "input", 'i', "FILE", "Recorded messages in place of the config's input, over and over; of a plugin an asciicast, a text, or messages." },
    { "flame", 0, "FILE", "Where the flame graph goes, an SVG; " FLAME_FILE " when it is not given." },
    { "pprof", 0, "FILE", "Where the profile for `go tool pprof` goes; " PPROF_FILE " when it is not given." },
    { "folded", 0, "FILE", "Writes folded stacks, too, for other tools." },
    { "lines", 0, NULL, "Prints each script with the time of each line beside it." },
    { 0 },
};

/* ---- The command line ---- */

static bool set_file(rf_cli_profile *options, const char *value) {
    if (options->file) {
        (void)rf_cli_misuse(&rf_command_profile, "one config or plugin at a time: both %s and %s are given", options->file, value);
        return false;
    }
    options->file = value;
    return true;
}

static bool set_seconds(rf_cli_profile *options, const char *value) {
    double seconds;
    if (!rf_number_parse_json(rf_slice_of(value), &seconds) || seconds < 0.01 || seconds > SECONDS_MAX) {
        (void)rf_cli_misuse(&rf_command_profile, "--seconds %s is no number from 0.01 to %d", value, SECONDS_MAX);
        return false;
    }
    options->run_ns = (uint64_t)(seconds * (double)RF_NS_PER_S);
    return true;
}

static bool set_hz(rf_cli_profile *options, const char *value) {
    int64_t hz;
    if (!rf_number_parse_i64(rf_slice_of(value), &hz) || hz < 1 || hz > HZ_MAX) {
        (void)rf_cli_misuse(&rf_command_profile, "--hz %s is no whole number from 1 to %d", value, HZ_MAX);
        return false;
    }
    options->hz = (uint32_t)hz;
    return true;
}

static bool take(rf_cli_profile *options, const rf_cli_option *option, const char *value) {
    if (strcmp(option->name, "seconds") == 0)
        return set_seconds(options, value);
    if (strcmp(option->name, "hz") == 0)
        return set_hz(options, value);
    if (strcmp(option->name, "input") == 0)
        options->input = value;
    else if (strcmp(option->name, "flame") == 0)
        options->flame = value;
    else if (strcmp(option->name, "pprof") == 0)
        options->pprof = value;
    else if (strcmp(option->name, "folded") == 0)
        options->folded = value;
    else
        options->lines = true;
    return true;
}

static bool parse(rf_cli_profile *options, int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    rf_cli_args args = { .command = &rf_command_profile, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;)
        if (kind == RF_CLI_WRONG || !(kind == RF_CLI_WORD ? set_file(options, value) : take(options, option, value)))
            return false;
    if (!options->file)
        (void)rf_cli_misuse(&rf_command_profile, "no config and no plugin is given");
    return options->file != NULL;
}

/* ---- What comes of it ---- */

static rf_code write_file(const char *path, rf_buffer *content, rf_error *reterr) {
    rf_code code = content->failed ? rf_raise_nomem(reterr) : rf_cli_replace_file(path, rf_buffer_view(content), reterr);
    rf_buffer_done(content);
    return code;
}

static rf_code write_files(const rf_cli_profile *options, const rf_profile *profile, const rf_symbols *symbols, rf_error *reterr) {
    const rf_profile_type cpu = { "cpu", "nanoseconds" };
    rf_buffer content = { 0 };
    char title[400];
    (void)snprintf(title, sizeof title, "riffle profile %s", options->file);
    rf_flame_write(profile, symbols, title, &content);
    rf_code code = write_file(options->flame, &content, reterr);
    if (!code)
        code = rf_pprof_write(profile, &cpu, symbols, &content, reterr);
    if (!code)
        code = write_file(options->pprof, &content, reterr);
    if (!code && options->folded) {
        rf_folded_write(profile, symbols, &content);
        code = write_file(options->folded, &content, reterr);
    }
    rf_buffer_done(&content);
    return code;
}

static rf_code show(const rf_cli_profile *options, const rf_profile *profile, const rf_symbols *symbols, rf_error *reterr) {
    rf_buffer out = { 0 };
    rf_code code = rf_cli_profile_report(profile, symbols, options->file, &out, reterr);
    if (!code && options->lines)
        code = rf_cli_profile_lines(profile, options->file, isatty(STDOUT_FILENO) == 1, &out, reterr);
    if (!code)
        code = write_files(options, profile, symbols, reterr);
    if (!code)
        rf_buffer_printf(&out, "\nwritten: %s, %s%s%s\n", options->flame, options->pprof, options->folded ? ", " : "",
                         options->folded ? options->folded : "");
    if (!code && out.failed)
        code = rf_raise_nomem(reterr);
    if (code)
        rf_buffer_done(&out);
    else if (!rf_cli_flush(&out, STDOUT_FILENO))
        code = rf_raise(reterr, RF_EIO, "standard output cannot be written");
    return code;
}

static int fail(rf_code code, const rf_error *error) {
    if (error->message[0])
        rf_host_complain(error);
    bool wrong_use = code == RF_ECONFIG || code == RF_EPARSE || code == RF_ENOTFOUND || code == RF_ESCRIPT || code == RF_EREFUSED;
    return wrong_use ? RF_EXIT_USAGE : RF_EXIT_FAILED;
}

static bool is_config(const char *file) {
    rf_slice name = rf_slice_of(file);
    return rf_slice_ends(name, RF_SLICE(".yaml")) || rf_slice_ends(name, RF_SLICE(".yml")) || rf_slice_ends(name, RF_SLICE(".json"));
}

static int profile_run(int argc, char **argv) {
    rf_cli_profile options = { .run_ns = SECONDS_USUAL * RF_NS_PER_S, .hz = HZ_USUAL, .flame = FLAME_FILE, .pprof = PPROF_FILE };
    rf_profile profile = { 0 };
    rf_symbols *symbols = NULL;
    rf_error error = { 0 }, failed = { 0 };
    if (!parse(&options, argc, argv))
        return RF_EXIT_USAGE;
    if (isatty(STDERR_FILENO))
        (void)fprintf(stderr, "profiling %s for at most %g s; Ctrl-C ends it\n", options.file,
                      (double)options.run_ns / (double)RF_NS_PER_S);
    rf_code code = is_config(options.file) ? rf_cli_profile_config(&options, &profile, &failed, &error)
                                           : rf_cli_profile_plugin(&options, &profile, &failed, &error);
    if (!code)
        code = rf_symbols_open(&symbols, &error);
    if (!code)
        code = show(&options, &profile, symbols, &error);
    rf_symbols_close(symbols);
    rf_profile_done(&profile);
    if (code)
        return fail(code, &error);
    if (failed.code)
        rf_host_complain(&failed);
    return failed.code ? RF_EXIT_FAILED : RF_EXIT_DONE;
}

static const rf_cli_example profile_examples[] = {
    { "riffle profile plant.yaml", "Runs it for 10 s; prints where the time went, writes a flame graph and a profile for pprof." },
    { "riffle profile plant.yaml --input recorded.jsonl --seconds 3 --lines", "On recorded messages; shows the scripts line by line." },
    { "riffle profile redact.fsx --input session.cast --flame redact.svg", "A plugin, over a recorded session again and again." },
    { "go tool pprof -http : riffle-profile.pb.gz", "Looks at it in a browser." },
    { 0 },
};

const rf_command rf_command_profile = {
    .name = "profile",
    .usage = "[OPTION...] CONFIG|PLUGIN",
    .summary = "Runs a config or a plugin, and shows which lines of which scripts take the time.",
    .detail = "A config runs as `riffle run` runs it, with its own input and output, but without its HTTP service, and what it would print to standard\n"
              "output is thrown away. Only errors are logged. docs/profiling.md shows how to read what comes out.",
    .options = profile_options,
    .examples = profile_examples,
    .run = profile_run,
};
