/* term list, kill, rename: sessions by their names. */
#include "cli/term.h"

#include "base/slice.h"
#include "terminal/params.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- list ---- */

static const rf_cli_option list_options[] = { { "json", 0, NULL, "Prints a list in JSON, with all that is known." }, { 0 } };

static bool take_json(rf_cli_term *term, void *options, const char *name, const char *value) {
    (void)term, (void)name, (void)value;
    *(bool *)options = true;
    return true;
}

static void put_session(rf_cli_term *term, rf_buffer *out, const rf_value *session) {
    char size[32], clients[24];
    rf_slice program = rf_answer_text(session, "program"), title = rf_answer_text(session, "title");
    (void)snprintf(size, sizeof size, "%" PRId64 "x%" PRId64, rf_answer_integer(session, "columns", 0),
                   rf_answer_integer(session, "rows", 0));
    (void)snprintf(clients, sizeof clients, "%" PRId64, rf_answer_integer(session, "clients", 0));
    rf_cli_term_cell(out, rf_answer_text(session, "name"), 16);
    rf_cli_term_cell(out, rf_answer_text(session, "state"), 7);
    rf_cli_term_cell(out, rf_slice_of(size), 8);
    rf_cli_term_cell(out, rf_slice_of(clients), 7);
    rf_cli_term_cell(out, rf_cli_term_when(term, session, "created"), 16);
    rf_cli_term_cell(out, program.len ? program : RF_SLICE("-"), 12);
    rf_cli_term_cell(out, rf_answer_text(session, "directory"), 28);
    rf_cli_term_last_cell(out, title);
}

static int list_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    bool json = false;
    uint32_t count;
    if (!rf_cli_term_parse(&term, &rf_term_part_list, argc, argv, take_json, &json, 0, 0))
        return RF_EXIT_USAGE;
    if (rf_cli_term_call(&term, "list"))
        return rf_cli_term_fail(&term);
    const rf_value *sessions = rf_answer_list(&term.result, "sessions", &count);
    if (json)
        return rf_cli_term_print_json(&term, &(rf_value){ .kind = RF_LIST, .size = count, .items = (rf_value *)sessions });
    rf_buffer out = { 0 };
    if (count == 0) {
        (void)fprintf(stderr, "there are no sessions; `riffle term` starts one\n");
        return RF_EXIT_DONE;
    }
    rf_buffer_printf(&out, "%-16s %-7s %-8s %-7s %-16s %-12s %-28s %s\n", "NAME", "STATE", "SIZE", "CLIENTS", "CREATED", "PROGRAM",
                     "DIRECTORY", "TITLE");
    for (uint32_t i = 0; i < count; i++)
        put_session(&term, &out, &sessions[i]);
    return rf_cli_term_print(&term, &out);
}

static const rf_cli_example list_examples[] = {
    { "riffle term list", "All sessions, also those that were lost with the machine and can be restored." },
    { "riffle term list --json | jq -r '.[] | select(.clients == 0) | .name'", "Those that nobody looks at." },
    { 0 },
};

const rf_command rf_term_part_list = {
    .name = "term list", .usage = "[--json]", .summary = "Lists the sessions.", .options = list_options, .examples = list_examples, .run = list_run,
};

/* ---- kill ---- */

static const rf_cli_option kill_options[] = {
    { "all", 0, NULL, "Ends all sessions." },
    { "signal", 0, "NAME", "What its programs get: HUP (and KILL, when they still run after 2 s), INT, TERM, KILL, …" },
    { 0 },
};

typedef struct kill_given { bool all; const char *signal; } kill_given;

static bool take_kill(rf_cli_term *term, void *options, const char *name, const char *value) {
    kill_given *given = options;
    (void)term;
    given->all |= strcmp(name, "all") == 0;
    if (strcmp(name, "signal") == 0)
        given->signal = strncmp(value, "SIG", 3) == 0 ? value + 3 : value;
    return true;
}

static rf_code kill_one(rf_cli_term *term, rf_slice name, const char *signal) {
    rf_params_text(&term->params, "session", name);
    if (signal)
        rf_params_text(&term->params, "signal", rf_slice_of(signal));
    return rf_cli_term_call(term, "kill");
}

/* One that has ended by itself meanwhile is none to complain about. */
static int kill_all(rf_cli_term *term, const char *signal) {
    uint32_t count;
    if (rf_cli_term_call(term, "list"))
        return rf_cli_term_fail(term);
    const rf_value *sessions = rf_answer_list(&term->result, "sessions", &count);
    int status = RF_EXIT_DONE;
    for (uint32_t i = 0; i < count; i++) {
        rf_code code = kill_one(term, rf_answer_text(&sessions[i], "name"), signal);
        if (code && code != RF_ENOTFOUND)
            status = rf_cli_term_fail(term);
    }
    return status;
}

static int kill_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    kill_given given = { 0 };
    if (!rf_cli_term_parse(&term, &rf_term_part_kill, argc, argv, take_kill, &given, 0, SIZE_MAX))
        return RF_EXIT_USAGE;
    if (given.all == (term.word_count > 0))
        return rf_cli_misuse(&rf_term_part_kill, given.all ? "either names or --all" : "no session is named; --all ends all");
    if (given.all)
        return kill_all(&term, given.signal);
    int status = RF_EXIT_DONE;
    for (size_t i = 0; i < term.word_count; i++)
        if (kill_one(&term, rf_slice_of(term.words[i]), given.signal))
            status = rf_cli_term_fail(&term);
    return status;
}

static const rf_cli_example kill_examples[] = {
    { "riffle term kill build", "Ends it; a session that is lost is forgotten." },
    { "riffle term kill build --signal INT", "What Ctrl-C does." },
    { 0 },
};

const rf_command rf_term_part_kill = {
    .name = "term kill", .usage = "[OPTION...] NAME...", .summary = "Ends sessions.", .options = kill_options, .examples = kill_examples, .run = kill_run,
};

/* ---- rename ---- */

static int rename_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    if (!rf_cli_term_parse(&term, &rf_term_part_rename, argc, argv, NULL, NULL, 2, 2))
        return RF_EXIT_USAGE;
    rf_params_text(&term.params, "session", rf_slice_of(term.words[0]));
    rf_params_text(&term.params, "to", rf_slice_of(term.words[1]));
    return rf_cli_term_status(&term, rf_cli_term_call(&term, "rename"));
}

static const rf_cli_example rename_examples[] = { { "riffle term rename 1 work", "What runs there goes on." }, { 0 } };

const rf_command rf_term_part_rename = {
    .name = "term rename", .usage = "NAME NEW-NAME", .summary = "Gives a session another name.", .examples = rename_examples, .run = rename_run,
};
