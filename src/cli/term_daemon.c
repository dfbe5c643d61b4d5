/* term daemon: serves sessions: what clients start by themselves when there is none. */
#include "cli/host.h"
#include "cli/term.h"

#include "base/slice.h"
#include "plugin/discover.h"
#include "terminal/connect.h"
#include "terminal/server.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const rf_cli_option daemon_options[] = {
    { "log-level", 0, "LEVEL", "OFF, ERROR, WARN, INFO, DEBUG: INFO when it is not given." },
    { 0 },
};

static bool parse(rf_log_level *level, int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    rf_cli_args args = { .command = &rf_term_part_daemon, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WORD)
            (void)rf_cli_misuse(&rf_term_part_daemon, "unexpected argument %s", value);
        if (kind != RF_CLI_OPTION)
            return false;
        if (!rf_log_level_parse(rf_slice_of(value), level)) {
            (void)rf_cli_misuse(&rf_term_part_daemon, "--log-level %s is none of OFF ERROR WARN INFO DEBUG", value);
            return false;
        }
    }
    return true;
}

/* The descriptor of whoever started us and waits: none of ours, but for the number in the environment. */
static int take_ready_fd(void) {
    const char *text = getenv(RF_TERM_READY_VARIABLE);
    char *end = NULL;
    long fd = text ? strtol(text, &end, 10) : -1;
    bool good = text && end != text && *end == '\0' && fd > STDERR_FILENO && fd < 65536 && fcntl((int)fd, F_SETFD, FD_CLOEXEC) == 0;
    (void)unsetenv(RF_TERM_READY_VARIABLE);
    return good ? (int)fd : -1;
}

/* PATH beside the store of plugins, which is in riffle's own folder for state. NULL: out of memory. */
static const char *beside(rf_arena *arena, const char *store, const char *name) {
    const char *slash = strrchr(store, '/');
    return rf_printf_in(arena, "%.*s/%s", (int)(slash ? slash - store : 0), store, name).data;
}

static rf_code find_paths(rf_arena *arena, rf_server_options *options, rf_error *reterr) {
    rf_plugin_paths paths;
    rf_code code = rf_plugin_paths_find(arena, &paths, reterr);
    if (!code)
        code = rf_term_socket_path(arena, &options->socket_path, reterr);
    if (code)
        return code;
    options->state_path = beside(arena, paths.store, "sessions.db");
    options->record_dir = options->settings->record_dir.len ? options->settings->record_dir.data : beside(arena, paths.store, "recordings");
    return options->state_path && options->record_dir ? RF_OK : rf_raise_nomem(reterr);
}

/* `ret_shown`: what is wrong with the file has been said, with its lines. */
static rf_code load_settings(rf_arena *arena, rf_settings *settings, bool *ret_shown, rf_error *reterr) {
    const char *path;
    rf_buffer findings = { 0 };
    rf_code code = rf_settings_path(arena, &path, reterr);
    if (!code)
        code = rf_settings_load(path, settings, &findings, reterr);
    *ret_shown = findings.len > 0;
    if (findings.len && !rf_cli_flush(&findings, STDERR_FILENO))
        (void)fprintf(stderr, "riffle: the findings cannot be shown\n");
    rf_buffer_done(&findings);
    return code;
}

static int daemon_run(int argc, char **argv) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    RF_CLEANUP(rf_settings_done) rf_settings settings = { 0 };
    rf_arena_init(&arena, 4096);
    rf_error error = { 0 };
    rf_log_options log = { .level = RF_LOG_INFO, .add_timestamp = true, .level_name = "level", .timestamp_name = "time", .message_name = "msg", .fd = STDERR_FILENO };
    rf_server_options options = { .settings = &settings, .ready_fd = take_ready_fd() };
    if (!parse(&log.level, argc, argv))
        return RF_EXIT_USAGE;
    bool shown = false;
    rf_code code = load_settings(&arena, &settings, &shown, &error);
    if (!code)
        code = find_paths(&arena, &options, &error);
    if (!code)
        code = rf_log_new(&log, &options.log, &error);
    if (!code)
        code = rf_server_run(&options, &error);
    rf_log_free(options.log);
    if (code == RF_EBUSY) { /* two were started at once: the other one serves */
        (void)fprintf(stderr, "riffle: %s\n", error.message);
        return RF_EXIT_DONE;
    }
    if (code && !(shown && code == RF_ECONFIG))
        rf_host_complain(&error);
    return !code ? RF_EXIT_DONE : code == RF_ECONFIG || code == RF_EPARSE ? RF_EXIT_USAGE : RF_EXIT_FAILED;
}

static const rf_cli_example daemon_examples[] = {
    { "riffle term daemon --log-level DEBUG", "In the foreground, with its log on standard error; Ctrl-C ends it." },
    { 0 },
};

const rf_command rf_term_part_daemon = {
    .name = "term daemon",
    .usage = "[OPTION...]",
    .summary = "Serves terminal sessions; the other parts start one when there is none.",
    .detail = "It serves the socket that `riffle term socket` names, for one user, until `riffle term stop`, SIGTERM or SIGINT. SIGHUP does nothing.",
    .options = daemon_options,
    .examples = daemon_examples,
    .run = daemon_run,
};
