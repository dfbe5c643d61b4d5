/* run: runs a stream from a config file. */
#include "base/alloc.h"
#include "cli/command.h"
#include "cli/host.h"
#include "cli/reload.h"

#include <string.h>

#define REPEATS_MAX 64 /* of an option that may be given again */

typedef struct run_args {
    const char *path;
    const char *sets[REPEATS_MAX + 1], *env_files[REPEATS_MAX + 1], *resources[REPEATS_MAX + 1];
    size_t set_count, env_count, resource_count;
    const char *log_level, *trace;
    bool chilled, check_leaks, probes, watcher;
} run_args;

static const rf_cli_option run_options[] = {
    { "config", 'c', "FILE", "The config to run, as Benthos users type it." },
    { "set", 's', "PATH=VALUE", "Sets a field of the config, such as output.stdout.codec=message; may be repeated." },
    { "env-file", 'e', "FILE", "Reads environment variables, NAME=value a line; may be repeated." },
    { "resources", 'r', "FILE", "Reads resources (sections such as cache_resources) from a file, or all that a pattern matches; may be repeated." },
    { "watcher", 'w', NULL, "Takes over the config, resources and environment files when they are saved; a broken one leaves the old stream running." },
    { "log.level", 0, "LEVEL", "Shows log records from this level on, whatever the config says." },
    { "chilled", 0, NULL, "Runs although the config has fields that are not recognised." },
    { "trace", 0, "FILE", "Writes a trace of the run at its end, which Perfetto and Chrome open (docs/profiling.md)." },
    { "probes", 0, NULL, "Lets bpftrace and perf see the zones of work, as USDT probes." },
    { "check-leaks", 0, NULL, "Counts blocks of memory, and fails when some are left after everything was closed." },
    { 0 },
};

static bool add(const char **list, size_t *count, const char *value) {
    if (*count == REPEATS_MAX) {
        (void)rf_cli_misuse(&rf_command_run, "an option is given more than %d times", REPEATS_MAX);
        return false;
    }
    list[(*count)++] = value;
    return true;
}

static bool set_path(run_args *run, const char *path) {
    if (run->path) {
        (void)rf_cli_misuse(&rf_command_run, "one config at a time: both %s and %s are given", run->path, path);
        return false;
    }
    run->path = path;
    return true;
}

static bool take(run_args *run, const rf_cli_option *option, const char *value) {
    if (strcmp(option->name, "config") == 0)
        return set_path(run, value);
    if (strcmp(option->name, "set") == 0)
        return add(run->sets, &run->set_count, value);
    if (strcmp(option->name, "env-file") == 0)
        return add(run->env_files, &run->env_count, value);
    if (strcmp(option->name, "resources") == 0)
        return add(run->resources, &run->resource_count, value);
    if (strcmp(option->name, "chilled") == 0)
        run->chilled = true;
    else if (strcmp(option->name, "check-leaks") == 0)
        run->check_leaks = true;
    else if (strcmp(option->name, "probes") == 0)
        run->probes = true;
    else if (strcmp(option->name, "watcher") == 0)
        run->watcher = true;
    else if (strcmp(option->name, "trace") == 0)
        run->trace = value;
    else
        run->log_level = value;
    return true;
}

static bool parse(run_args *run, int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    rf_cli_args args = { .command = &rf_command_run, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;)
        if (kind == RF_CLI_WRONG || !(kind == RF_CLI_WORD ? set_path(run, value) : take(run, option, value)))
            return false;
    rf_log_level level;
    if (run->log_level && !rf_log_level_parse((rf_slice){ run->log_level, strlen(run->log_level) }, &level)) {
        (void)rf_cli_misuse(&rf_command_run, "unknown log level %s: one of OFF FATAL ERROR WARN INFO DEBUG TRACE ALL", run->log_level);
        return false;
    }
    return true;
}

static int run_loaded(const run_args *run, const rf_config_options *options, rf_reload *reload) {
    rf_config *config = NULL;
    rf_error error = { 0 };
    rf_code code = rf_config_load(options, &config, &error);
    if (!code)
        return rf_host_run(config,
                           &(rf_host_options){ .log_level = run->log_level, .trace = run->trace, .probes = run->probes, .reload = reload });
    if (code == RF_ECONFIG && config) {
        rf_host_show_findings(config);
        (void)fprintf(stderr, "riffle: shutting down due to linter errors\n");
    } else
        rf_host_complain(&error);
    rf_config_free(config);
    return code == RF_ENOMEM ? RF_EXIT_FAILED : RF_EXIT_USAGE;
}

static int run_config(const run_args *run) {
    rf_config_options options = {
        .path = run->path ? run->path : "default config", .sets = run->sets, .env_files = run->env_files, .resources = run->resources, .chilled = run->chilled,
        .text = { run->path ? NULL : "", 0 },
    };
    rf_reload *reload = NULL;
    rf_error error = { 0 };
    if (run->watcher && rf_reload_new(&options, run->log_level, &reload, &error)) { /* before the files are read: none is missed */
        rf_host_complain(&error);
        return RF_EXIT_FAILED;
    }
    int status = run_loaded(run, &options, reload);
    rf_reload_free(reload);
    return status;
}

/* A run with everything that came from our heap counted: nothing of it may be left at its end. */
static int run_counted(const run_args *run) {
    (void)rf_alloc_watch(true); /* it was off: only tests have it on */
    uint64_t before = rf_alloc_live(), made = rf_alloc_count();
    int status = run_config(run);
    int64_t left = (int64_t)(rf_alloc_live() - before);
    made = rf_alloc_count() - made;
    (void)rf_alloc_watch(false);
    if (left == 0) {
        (void)fprintf(stderr, "riffle: no leaks: all that %llu allocations gave was given back\n", (unsigned long long)made);
        return status;
    }
    (void)fprintf(stderr, "riffle: leaks: blocks of memory that were not given back: %lld, of %llu allocations\n", (long long)left,
                  (unsigned long long)made);
    return status == RF_EXIT_DONE ? RF_EXIT_FAILED : status;
}

static int run_run(int argc, char **argv) {
    run_args run = { 0 };
    if (!parse(&run, argc, argv))
        return RF_EXIT_USAGE;
    return run.check_leaks ? run_counted(&run) : run_config(&run);
}

static const rf_cli_example run_examples[] = {
    { "riffle run plant.yaml", "Runs it until its input ends, or until Ctrl-C." },
    { "riffle run -s http.enabled=false -s pipeline.threads=1 plant.yaml", "With two fields changed." },
    { "riffle run -w plant.yaml", "Saved changes are taken over while it runs." },
    { "riffle -c plant.yaml", "The same as `riffle run plant.yaml`." },
    { 0 },
};

const rf_command rf_command_run = {
    .name = "run",
    .usage = "[OPTION...] [FILE]",
    .summary = "Runs a stream from a config file.",
    .detail = "Messages alone go to standard output, log records to standard error. SIGINT or SIGTERM stops reading and drains for at most\n"
              "`shutdown_timeout`; a second one gives up at once. Without a file the default config runs: standard input to standard output.",
    .options = run_options,
    .examples = run_examples,
    .run = run_run,
};
