/* term new: a new session, with this terminal attached to it. */
#include "cli/term.h"

#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "message/json.h"
#include "terminal/client.h"
#include "terminal/params.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static const rf_cli_option new_options[] = {
    { "session", 's', "NAME", "Its name, of letters, digits and -_.: ; the lowest free number when it is not given." },
    { "detached", 'd', NULL, "Only starts it, and prints its name." },
    { "directory", 0, "DIR", "Where it starts: this folder when it is not given." },
    { "size", 0, "COLSxROWS", "Its size until somebody attaches: this terminal's, else 80x24." },
    { "record", 0, NULL, "Records it from its beginning." },
    { "read-only", 'r', NULL, "Attaches to look on only." },
    { "no-status", 0, NULL, "Shows no status line, whatever the settings say." },
    { "detach-key", 0, "KEY", "Detaches: one or two keys, parted by a blank (\"ctrl-a d\"), in place of those of the settings." },
    { 0 },
};

typedef struct new_options_given {
    const char *session, *directory;
    int columns, rows;
    bool detached, record;
    rf_cli_term_attach attach;
} given;

static bool take_size(const rf_cli_term *term, given *g, const char *value) {
    int64_t columns = 0, rows = 0;
    rf_slice text = rf_slice_of(value);
    size_t x = rf_slice_find(text, 'x');
    bool fine = x < text.len && rf_number_parse_i64((rf_slice){ text.data, x }, &columns) &&
                rf_number_parse_i64((rf_slice){ text.data + x + 1, text.len - x - 1 }, &rows);
    if (!fine || columns < 1 || rows < 1 || columns > 1000 || rows > 1000) {
        (void)rf_cli_misuse(term->part, "--size %s is no size from 1x1 to 1000x1000, such as 80x24", value);
        return false;
    }
    g->columns = (int)columns;
    g->rows = (int)rows;
    return true;
}

static bool take(rf_cli_term *term, void *options, const char *name, const char *value) {
    given *g = options;
    g->detached |= strcmp(name, "detached") == 0;
    g->record |= strcmp(name, "record") == 0;
    g->attach.read_only |= strcmp(name, "read-only") == 0;
    g->attach.no_status |= strcmp(name, "no-status") == 0;
    if (strcmp(name, "session") == 0)
        g->session = value;
    if (strcmp(name, "directory") == 0)
        g->directory = value;
    if (strcmp(name, "detach-key") == 0)
        g->attach.detach_key = value;
    return strcmp(name, "size") != 0 || take_size(term, g, value);
}

/* The session gets the environment that the command was given, not that of the daemon, which may be weeks old. What is no UTF-8
 * has no place in JSON. */
static bool put_environment(rf_buffer *params) {
    RF_CLEANUP(rf_buffer_done) rf_buffer object = { 0 };
    rf_slice json;
    for (char **variable = environ; variable && *variable; variable++) {
        rf_slice text = rf_slice_of(*variable);
        size_t equals = rf_slice_find(text, '=');
        if (equals == 0 || equals == text.len || !rf_utf8_valid(text))
            continue;
        rf_buffer_char(&object, object.len ? ',' : '{');
        rf_json_write_string(&object, (rf_slice){ text.data, equals }, 0);
        rf_buffer_char(&object, ':');
        rf_json_write_string(&object, (rf_slice){ text.data + equals + 1, text.len - equals - 1 }, 0);
    }
    if (!rf_params_end(&object, &json))
        return false;
    rf_params_raw(params, "environment", json);
    return true;
}

/* Absolute, as the daemon is elsewhere. */
static rf_code put_directory(rf_cli_term *term, const char *wanted) {
    char path[4096];
    if (!realpath(wanted ? wanted : ".", path)) {
        (void)rf_raise(&term->error, RF_ECONFIG, "the folder %s cannot be found: %s", wanted ? wanted : "that this is", strerror(errno));
        rf_error_hint(&term->error, "name one that is there with --directory");
        return RF_ECONFIG;
    }
    rf_params_text(&term->params, "directory", rf_slice_of(path));
    return RF_OK;
}

static rf_code create(rf_cli_term *term, given *g) {
    int columns = 0, rows = 0;
    bool measured = rf_client_size(!g->attach.no_status, &columns, &rows);
    if (g->session)
        rf_params_text(&term->params, "name", rf_slice_of(g->session));
    if (term->word_count)
        rf_params_texts(&term->params, "command", term->words, term->word_count);
    if (g->columns || measured) {
        rf_params_integer(&term->params, "columns", g->columns ? g->columns : columns);
        rf_params_integer(&term->params, "rows", g->rows ? g->rows : rows);
    }
    if (g->record)
        rf_params_bool(&term->params, "record", true);
    rf_code code = put_directory(term, g->directory);
    if (!code && !put_environment(&term->params))
        code = rf_raise_nomem(&term->error);
    return code ? code : rf_cli_term_call(term, "new");
}

static int new_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    given g = { 0 };
    if (!rf_cli_term_parse(&term, &rf_term_part_new, argc, argv, take, &g, 0, SIZE_MAX))
        return RF_EXIT_USAGE;
    if (!g.detached && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
        return rf_cli_misuse(&rf_term_part_new, "this is no terminal that could be attached: use --detached");
    if (create(&term, &g))
        return rf_cli_term_fail(&term);
    rf_slice name = rf_slice_dup_in(&term.arena, rf_answer_text(rf_answer_member(&term.result, "session"), "name"));
    if (!name.len)
        return rf_cli_term_status(&term, rf_raise(&term.error, RF_EPARSE, "the daemon's answer names no session"));
    if (!g.detached)
        return rf_cli_term_attach_to(&term, name.data, &g.attach);
    (void)printf("%s\n", name.data);
    return RF_EXIT_DONE;
}

static const rf_cli_example new_examples[] = {
    { "riffle term new", "A shell, in this folder." },
    { "riffle term new -s build -d -- make -j2", "Runs a program without looking; `riffle term attach build` looks." },
    { "riffle term -s main", "The same as `riffle term new -s main`." },
    { 0 },
};

const rf_command rf_term_part_new = {
    .name = "term new",
    .usage = "[OPTION...] [-- PROGRAM [ARGUMENT...]]",
    .summary = "Starts a session and attaches this terminal to it.",
    .detail = "It runs the shell, or the program behind --, with the environment of this terminal. Sessions within sessions are possible: the\n"
              "host's key pressed twice reaches the inner one.",
    .options = new_options,
    .examples = new_examples,
    .run = new_run,
};
