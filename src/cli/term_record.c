/* term record, play, cut: recordings of sessions. */
#include "cli/term.h"

#include "base/number.h"
#include "base/slice.h"
#include "terminal/cast.h"
#include "terminal/params.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- record ---- */

static const rf_cli_option record_options[] = {
    { "stop", 0, NULL, "Ends the recording that runs." },
    { "input", 0, NULL, "Records what is typed, too: passwords among it." },
    { "format", 0, "VERSION", "Of asciicast: 2 or 3." },
    { 0 },
};

typedef struct record_given { bool stop, input; int64_t format; } record_given;

static bool take_record(rf_cli_term *term, void *options, const char *name, const char *value) {
    record_given *given = options;
    given->stop |= strcmp(name, "stop") == 0;
    given->input |= strcmp(name, "input") == 0;
    return strcmp(name, "format") != 0 || rf_cli_term_number(term, name, value, 2, 3, &given->format);
}

/* Absolute, as the daemon is elsewhere. */
static rf_code put_path(rf_cli_term *term, const char *path) {
    char folder[4096];
    if (path[0] == '/') {
        rf_params_text(&term->params, "path", rf_slice_of(path));
        return RF_OK;
    }
    if (!getcwd(folder, sizeof folder))
        return rf_raise(&term->error, RF_EIO, "this folder cannot be told: %s", strerror(errno));
    rf_slice whole = rf_printf_in(&term->arena, "%s/%s", folder, path);
    if (!whole.data)
        return rf_raise_nomem(&term->error);
    rf_params_text(&term->params, "path", whole);
    return RF_OK;
}

static int record_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    record_given given = { 0 };
    if (!rf_cli_term_parse(&term, &rf_term_part_record, argc, argv, take_record, &given, 1, 2))
        return RF_EXIT_USAGE;
    if (given.stop && (term.word_count > 1 || given.input || given.format))
        return rf_cli_misuse(&rf_term_part_record, "--stop takes the session's name alone");
    rf_params_text(&term.params, "session", rf_slice_of(term.words[0]));
    if (given.stop)
        rf_params_bool(&term.params, "stop", true);
    if (given.input)
        rf_params_bool(&term.params, "input", true);
    if (given.format)
        rf_params_integer(&term.params, "version", given.format);
    rf_code code = term.word_count > 1 ? put_path(&term, term.words[1]) : RF_OK;
    if (!code)
        code = rf_cli_term_call(&term, "record");
    if (code)
        return rf_cli_term_fail(&term);
    rf_buffer out = { 0 };
    rf_cli_term_last_cell(&out, rf_answer_text(&term.result, "path"));
    return rf_cli_term_print(&term, &out);
}

static const rf_cli_example record_examples[] = {
    { "riffle term record main demo.cast", "From now on, to that file, which must not be there." },
    { "riffle term record main --stop", "Ends it, and prints where it is." },
    { 0 },
};

const rf_command rf_term_part_record = {
    .name = "term record",
    .usage = "[OPTION...] NAME [FILE]",
    .summary = "Records a session as asciicast, which asciinema plays too.",
    .detail = "It holds what is shown, behind the plugins: what one of them hides is not in it. Without a file it goes to the settings' folder.",
    .options = record_options,
    .examples = record_examples,
    .run = record_run,
};

/* ---- play ---- */

static const rf_cli_option play_options[] = {
    { "speed", 's', "FACTOR", "2: twice as fast; 0.5: half." },
    { "idle", 'i', "SECONDS", "No pause is longer than that; the recording's own bound when it is not given." },
    { "from", 0, "SECONDS", "Begins there." },
    { "markers", 'm', NULL, "Pauses at markers." },
    { 0 },
};

static bool take_number(const rf_cli_term *term, const char *option, const char *value, double least, double *ret_number) {
    if (rf_number_parse_json(rf_slice_of(value), ret_number) && isfinite(*ret_number) && *ret_number >= least && *ret_number <= 1e6)
        return true;
    (void)rf_cli_misuse(term->part, "--%s %s is no number from %g to 1000000", option, value, least);
    return false;
}

static bool take_play(rf_cli_term *term, void *options, const char *name, const char *value) {
    rf_cast_play *play = options;
    play->markers |= strcmp(name, "markers") == 0;
    if (strcmp(name, "speed") == 0)
        return take_number(term, name, value, 0.01, &play->speed);
    if (strcmp(name, "idle") == 0)
        return take_number(term, name, value, 0.01, &play->idle_limit_s);
    return strcmp(name, "from") != 0 || take_number(term, name, value, 0, &play->from_s);
}

static int play_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    rf_cast_play play = { .speed = 1 };
    if (!rf_cli_term_parse(&term, &rf_term_part_play, argc, argv, take_play, &play, 1, 1))
        return RF_EXIT_USAGE;
    return rf_cli_term_status(&term, rf_cast_play_file(term.words[0], &play, STDOUT_FILENO, &term.error));
}

static const rf_cli_example play_examples[] = {
    { "riffle term play demo.cast --speed 2 --idle 1", "Twice as fast, and no pause longer than a second." },
    { "riffle term play demo.cast --markers", "Pauses where a command begins and ends." },
    { 0 },
};

const rf_command rf_term_part_play = {
    .name = "term play",
    .usage = "[OPTION...] FILE",
    .summary = "Plays a recording in this terminal.",
    .detail = "Keys: space pauses and goes on, . makes one step, ] goes to the next marker, q ends. Reads asciicast v2 and v3.",
    .options = play_options,
    .examples = play_examples,
    .run = play_run,
};

/* ---- cut ---- */

static int cut_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    int64_t number;
    if (!rf_cli_term_parse(&term, &rf_term_part_cut, argc, argv, NULL, NULL, 3, 3))
        return RF_EXIT_USAGE;
    if (!rf_number_parse_i64(rf_slice_of(term.words[1]), &number) || number < 1)
        return rf_cli_misuse(&rf_term_part_cut, "%s is no number of a command block", term.words[1]);
    return rf_cli_term_status(&term, rf_cast_cut_block(term.words[0], (uint64_t)number, term.words[2], &term.error));
}

static const rf_cli_example cut_examples[] = { { "riffle term cut session.cast 12 build.cast", "The 12th command of a session, as `riffle term blocks` numbers it." }, { 0 } };

const rf_command rf_term_part_cut = {
    .name = "term cut",
    .usage = "FILE BLOCK NEW-FILE",
    .summary = "Makes a recording of one command out of one of a session.",
    .examples = cut_examples,
    .run = cut_run,
};
