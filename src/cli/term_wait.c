/* term wait, events: until something has happened in a session, and all that happens. */
#include "cli/term.h"

#include "base/slice.h"
#include "terminal/params.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- wait ---- */

static const rf_cli_option wait_options[] = {
    { "text", 't', "REGEX", "Until it stands on the screen, or in a line that has scrolled off since. Prints the line." },
    { "block", 'b', NULL, "Until a command has ended: the next one. Prints its block." },
    { "number", 'n', "N", "The same of that command, which may have ended already." },
    { "exit", 'x', NULL, "Until the session ends." },
    { "quiet", 'q', "TIME", "Until nothing was printed for that long." },
    { "timeout", 0, "TIME", "Not longer than that: 30s when it is not given. Then the exit status is 1." },
    { "exit-code", 0, NULL, "Ends with the exit code of the command, or of the session." },
    { "json", 0, NULL, "Prints the whole answer in JSON." },
    { 0 },
};

typedef struct wait_given { const char *what, *pattern; int64_t number, quiet_ms, timeout_ms; bool exit_code, json, twice; } wait_given;

static void wait_for(wait_given *given, const char *what) {
    given->twice |= given->what && strcmp(given->what, what) != 0;
    given->what = what;
}

static bool take_wait(rf_cli_term *term, void *options, const char *name, const char *value) {
    wait_given *given = options;
    given->exit_code |= strcmp(name, "exit-code") == 0;
    given->json |= strcmp(name, "json") == 0;
    if (strcmp(name, "text") == 0) {
        wait_for(given, "text");
        given->pattern = value;
    }
    if (strcmp(name, "block") == 0 || strcmp(name, "number") == 0)
        wait_for(given, "block");
    if (strcmp(name, "exit") == 0)
        wait_for(given, "exit");
    if (strcmp(name, "quiet") == 0)
        wait_for(given, "quiet");
    if (strcmp(name, "number") == 0)
        return rf_cli_term_number(term, name, value, 1, INT64_C(1) << 52, &given->number);
    if (strcmp(name, "quiet") == 0)
        return rf_cli_term_time(term, name, value, &given->quiet_ms);
    return strcmp(name, "timeout") != 0 || rf_cli_term_time(term, name, value, &given->timeout_ms);
}

static void put_params(rf_cli_term *term, const wait_given *given) {
    rf_params_text(&term->params, "session", rf_slice_of(term->words[0]));
    rf_params_text(&term->params, "for", rf_slice_of(given->what));
    if (given->pattern)
        rf_params_text(&term->params, "pattern", rf_slice_of(given->pattern));
    if (given->number)
        rf_params_integer(&term->params, "number", given->number);
    if (given->quiet_ms)
        rf_params_integer(&term->params, "quiet_ms", given->quiet_ms);
    if (given->timeout_ms)
        rf_params_integer(&term->params, "timeout_ms", given->timeout_ms);
}

static int print_found(rf_cli_term *term, const wait_given *given) {
    rf_buffer out = { 0 };
    const rf_value *block = rf_answer_member(&term->result, "block");
    if (given->json)
        return rf_cli_term_print_json(term, &term->result);
    if (strcmp(given->what, "text") == 0)
        rf_cli_term_last_cell(&out, rf_answer_text(&term->result, "line"));
    else if (block) {
        int64_t code = rf_answer_integer(block, "exit_code", -1);
        rf_buffer_printf(&out, "%" PRId64 ": ", rf_answer_integer(block, "number", 0));
        if (code >= 0)
            rf_buffer_printf(&out, "exit code %" PRId64 ", ", code);
        rf_buffer_printf(&out, "%" PRId64 " ms: ", rf_answer_integer(block, "duration_ms", 0));
        rf_cli_term_last_cell(&out, rf_answer_text(block, "command"));
    } else if (strcmp(given->what, "exit") == 0)
        rf_buffer_printf(&out, "exit code %" PRId64 "\n", rf_answer_integer(&term->result, "exit_code", 0));
    return rf_cli_term_print(term, &out);
}

/* A command of which the shell has not told the end has none. */
static int exit_code_of(const rf_cli_term *term) {
    const rf_value *block = rf_answer_member(&term->result, "block");
    int64_t code = rf_answer_integer(block ? block : &term->result, "exit_code", -1);
    return code < 0 || code > 255 ? RF_EXIT_FAILED : (int)code;
}

static int wait_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    wait_given given = { 0 };
    if (!rf_cli_term_parse(&term, &rf_term_part_wait, argc, argv, take_wait, &given, 1, 1))
        return RF_EXIT_USAGE;
    if (!given.what || given.twice)
        return rf_cli_misuse(&rf_term_part_wait, "one of --text, --block, --number, --exit and --quiet says what is waited for");
    if (given.exit_code && strcmp(given.what, "block") != 0 && strcmp(given.what, "exit") != 0)
        return rf_cli_misuse(&rf_term_part_wait, "--exit-code goes with --block, --number or --exit");
    put_params(&term, &given);
    rf_code code = rf_cli_term_call(&term, "wait");
    if (code)
        return rf_cli_term_fail(&term);
    int status = print_found(&term, &given);
    return status || !given.exit_code ? status : exit_code_of(&term);
}

static const rf_cli_example wait_examples[] = {
    { "riffle term wait build --text 'Listening on .*:8080' --timeout 2m", "Until a server is up." },
    { "riffle term wait build --block --exit-code", "Until the command that runs has ended, with its exit code." },
    { "riffle term wait install --quiet 3s", "Until it has been still for a while." },
    { 0 },
};

const rf_command rf_term_part_wait = {
    .name = "term wait",
    .usage = "[OPTION...] NAME",
    .summary = "Waits until something has happened in a session.",
    .detail = "Blocks are known where the shell marks them: see `riffle term shell-integration`.",
    .options = wait_options,
    .examples = wait_examples,
    .run = wait_run,
};

/* ---- events ---- */

enum { NAMES_MOST = 64 };

static const rf_cli_option events_options[] = {
    { "kind", 'k', "KIND", "Only of that kind; may be given several times: block-end, exit, notify, title, …" },
    { "session", 's', "NAME", "Only of that session; may be given several times." },
    { "count", 'n', "N", "Ends after that many." },
    { 0 },
};

typedef struct events_given {
    const char *kinds[NAMES_MOST], *sessions[NAMES_MOST];
    size_t kind_count, session_count;
    int64_t count;
} events_given;

static bool add(const rf_cli_term *term, const char **list, size_t *count, const char *value) {
    if (*count == NAMES_MOST) {
        (void)rf_cli_misuse(term->part, "more than %d names at once", NAMES_MOST);
        return false;
    }
    list[(*count)++] = value;
    return true;
}

static bool take_events(rf_cli_term *term, void *options, const char *name, const char *value) {
    events_given *given = options;
    if (strcmp(name, "kind") == 0)
        return add(term, given->kinds, &given->kind_count, value);
    if (strcmp(name, "session") == 0)
        return add(term, given->sessions, &given->session_count, value);
    return rf_cli_term_number(term, name, value, 1, INT32_MAX, &given->count);
}

/* Each line at once, for whoever reads the pipe. */
static rf_code print_events(rf_cli_term *term, int64_t most) {
    for (int64_t printed = 0; most == 0 || printed < most; printed++) {
        rf_slice line;
        rf_buffer out = { 0 };
        rf_code code = rf_term_line(&term->conn, &line, &term->error);
        if (code)
            return code;
        rf_buffer_slice(&out, line);
        rf_buffer_char(&out, '\n');
        if (!rf_cli_flush(&out, STDOUT_FILENO))
            return rf_raise(&term->error, RF_EIO, "standard output cannot be written");
    }
    return RF_OK;
}

static int events_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    events_given given = { 0 };
    if (!rf_cli_term_parse(&term, &rf_term_part_events, argc, argv, take_events, &given, 0, 0))
        return RF_EXIT_USAGE;
    if (given.kind_count)
        rf_params_texts(&term.params, "kinds", given.kinds, given.kind_count);
    if (given.session_count)
        rf_params_texts(&term.params, "sessions", given.sessions, given.session_count);
    rf_code code = rf_cli_term_call(&term, "events");
    return rf_cli_term_status(&term, code ? code : print_events(&term, given.count));
}

static const rf_cli_example events_examples[] = {
    { "riffle term events", "All that happens, one line of JSON each, until Ctrl-C." },
    { "riffle term events --kind block-end --session build --count 1 | jq .block.exit_code", "How the next command ends." },
    { 0 },
};

const rf_command rf_term_part_events = {
    .name = "term events",
    .usage = "[OPTION...]",
    .summary = "Prints what happens in sessions, as lines of JSON.",
    .detail = "`riffle term protocol` lists the kinds and what stands in each.",
    .options = events_options,
    .examples = events_examples,
    .run = events_run,
};
