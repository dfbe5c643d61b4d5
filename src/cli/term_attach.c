/* term attach: a terminal on a session that is there. */
#include "cli/term.h"

#include "base/slice.h"
#include "terminal/client.h"
#include "terminal/params.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const rf_cli_option attach_options[] = {
    { "read-only", 'r', NULL, "Looks on: what is typed here does not reach the session." },
    { "size", 0, "POLICY", "lead: the session takes this terminal's size when somebody types here; limit: it never gets larger; ignore: neither." },
    { "no-status", 0, NULL, "Shows no status line, whatever the settings say." },
    { "detach-key", 0, "KEY", "Detaches: one or two keys, parted by a blank (\"ctrl-a d\"), in place of those of the settings." },
    { 0 },
};

static bool take(rf_cli_term *term, void *options, const char *name, const char *value) {
    rf_cli_term_attach *attach = options;
    (void)term;
    attach->read_only |= strcmp(name, "read-only") == 0;
    attach->no_status |= strcmp(name, "no-status") == 0;
    if (strcmp(name, "size") == 0)
        attach->size = value;
    if (strcmp(name, "detach-key") == 0)
        attach->detach_key = value;
    return true;
}

/* ---- Attaching ---- */

bool rf_cli_term_is_within(const char *session) {
    const char *within = getenv("RIFFLE_SESSION"), *socket = getenv("RIFFLE_TERM_SOCKET");
    if (!within || !socket || !*socket || strcmp(within, session) != 0)
        return false;
    (void)fprintf(stderr, "riffle: this terminal is in the session %s, which cannot be attached to itself\n"
                          "hint: detach first (Ctrl-\\ d), or start another one with `riffle term new --detached`\n", session);
    return true;
}

static int say_end(const rf_client_end *end) {
    const char *session = end->session;
    switch (end->how) {
    case RF_CLIENT_DETACHED:
        (void)printf("[detached from session %s%s%s; `riffle term attach %s` comes back]\n", session, *end->why ? ": " : "", end->why,
                     session);
        return RF_EXIT_DONE;
    case RF_CLIENT_EXITED:
        if (end->exit_code)
            (void)printf("[session %s has ended with exit code %d]\n", session, end->exit_code);
        else
            (void)printf("[session %s has ended]\n", session);
        return RF_EXIT_DONE;
    case RF_CLIENT_ENDED:
        (void)fprintf(stderr, "[detached from session %s: %s]\n", session, end->why);
        return RF_EXIT_FAILED;
    case RF_CLIENT_LOST: break;
    }
    (void)fprintf(stderr, "riffle: the daemon has gone%s%s, and session %s with it\n"
                          "hint: `riffle term attach %s` starts its command again in its folder\n", *end->why ? ": " : "", end->why, session, session);
    return RF_EXIT_FAILED;
}

int rf_cli_term_attach_to(rf_cli_term *term, const char *session, const rf_cli_term_attach *options) {
    const rf_client_options client = { .session = session, .size = options->size, .detach_key = options->detach_key, .read_only = options->read_only,
                                       .no_status = options->no_status };
    rf_client_end end;
    rf_code code = rf_client_attach(&term->conn, &client, &end, &term->error);
    return code ? rf_cli_term_fail(term) : say_end(&end);
}

/* ---- Which session ---- */

static rf_code none_there(rf_cli_term *term) {
    (void)rf_raise(&term->error, RF_ENOTFOUND, "there is no session");
    rf_error_hint(&term->error, "`riffle term` starts one");
    return RF_ENOTFOUND;
}

/* Whether it was attached later than the other: by a time in milliseconds, or RFC 3339, of which the order is that of the texts. */
static bool is_later(const rf_value *a, const rf_value *b) {
    int64_t a_ms = rf_answer_integer(a, "attached", 0), b_ms = rf_answer_integer(b, "attached", 0);
    return a_ms != b_ms ? a_ms > b_ms : rf_slice_compare(rf_answer_text(a, "attached"), rf_answer_text(b, "attached")) > 0;
}

/* The one that runs, or of several the one that was attached last; a lost one when none runs. */
static rf_code choose(rf_cli_term *term, const rf_value **ret_session) {
    uint32_t count;
    const rf_value *best = NULL, *sessions = rf_answer_list(&term->result, "sessions", &count);
    for (uint32_t i = 0; i < count; i++) {
        bool runs = !rf_slice_is(rf_answer_text(&sessions[i], "state"), "lost");
        bool best_runs = best && !rf_slice_is(rf_answer_text(best, "state"), "lost");
        if (!best || (runs && !best_runs) || (runs == best_runs && is_later(&sessions[i], best)))
            best = &sessions[i];
    }
    *ret_session = best;
    return best ? RF_OK : none_there(term);
}

static const rf_value *named(const rf_cli_term *term, const char *name) {
    uint32_t count;
    const rf_value *sessions = rf_answer_list(&term->result, "sessions", &count);
    for (uint32_t i = 0; i < count; i++)
        if (rf_slice_is(rf_answer_text(&sessions[i], "name"), name))
            return &sessions[i];
    return NULL;
}

/* What is lost is started again, and said. */
static rf_code restore(rf_cli_term *term, const rf_value *session, const char *name) {
    if (!session || !rf_slice_is(rf_answer_text(session, "state"), "lost"))
        return RF_OK;
    rf_params_text(&term->params, "session", rf_slice_of(name));
    rf_code code = rf_cli_term_call(term, "restore");
    if (!code)
        (void)fprintf(stderr, "riffle: session %s was lost; its command was started again in its folder\n", name);
    return code;
}

static int attach_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    rf_cli_term_attach options = { 0 };
    if (!rf_cli_term_parse(&term, &rf_term_part_attach, argc, argv, take, &options, 0, 1))
        return RF_EXIT_USAGE;
    const rf_value *session = NULL;
    rf_code code = rf_cli_term_call(&term, "list");
    if (!code && term.word_count)
        session = named(&term, term.words[0]);
    else if (!code)
        code = choose(&term, &session);
    if (code)
        return rf_cli_term_fail(&term);
    const char *name = term.word_count ? term.words[0] : rf_slice_dup_in(&term.arena, rf_answer_text(session, "name")).data;
    if (!name)
        return rf_cli_term_status(&term, rf_raise_nomem(&term.error));
    if (rf_cli_term_is_within(name))
        return RF_EXIT_USAGE;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) /* before anything is started again */
        return rf_cli_misuse(&rf_term_part_attach, "this is no terminal that could be attached");
    code = restore(&term, session, name);
    return code ? rf_cli_term_fail(&term) : rf_cli_term_attach_to(&term, name, &options);
}

static const rf_cli_example attach_examples[] = {
    { "riffle term attach", "The only session, or the one that was attached last." },
    { "riffle term attach build --read-only --size ignore", "Looks on, without disturbing who works there." },
    { 0 },
};

const rf_command rf_term_part_attach = {
    .name = "term attach",
    .usage = "[OPTION...] [NAME]",
    .summary = "Attaches this terminal to a session.",
    .detail = "A session that was lost with its daemon or with the machine is started again first: its command, in its folder.",
    .options = attach_options,
    .examples = attach_examples,
    .run = attach_run,
};
