/* term settings, protocol, socket, stop: the daemon and what holds for it. */
#include "cli/term.h"

#include "base/slice.h"
#include "cli/plugin.h"
#include "terminal/params.h"
#include "terminal/protocol.h"
#include "terminal/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- settings ---- */

static const rf_cli_option settings_options[] = {
    { "example", 0, NULL, "Prints a whole file instead, that says what holds without one." },
    { "manual", 0, NULL, "Prints the page of the documents on every setting, docs/terminal/settings.md." },
    { 0 },
};

typedef struct settings_given { bool example, manual; } settings_given;

static bool take_settings(rf_cli_term *term, void *options, const char *name, const char *value) {
    settings_given *given = options;
    (void)term, (void)value;
    given->example |= strcmp(name, "example") == 0;
    given->manual |= strcmp(name, "manual") == 0;
    return true;
}

static void put_setting(rf_buffer *out, const rf_settings *settings, const rf_setting *row) {
    const void *member = (const char *)settings + row->at;
    rf_buffer_printf(out, "%-22s ", row->name);
    if (row->kind == RF_SETTING_FLAG)
        rf_cli_term_last_cell(out, *(const bool *)member ? RF_SLICE("true") : RF_SLICE("false"));
    else if (row->kind == RF_SETTING_NUMBER)
        rf_buffer_printf(out, "%" PRId64 "\n", *(const int64_t *)member);
    else {
        const rf_slice *text = member;
        rf_cli_term_last_cell(out, text->len ? *text : RF_SLICE("\"\""));
    }
}

static void put_plugins(rf_buffer *out, const rf_settings *settings) {
    for (size_t i = 0; i < settings->plugin_count; i++) {
        const rf_settings_plugin *plugin = &settings->plugins[i];
        RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
        rf_buffer_printf(&line, "plugins.%.*s", RF_SLICE_ARG(plugin->name));
        rf_cli_term_cell(out, rf_buffer_view(&line), 22);
        rf_buffer_clear(&line);
        rf_buffer_text(&line, plugin->enabled ? "on" : "off");
        for (size_t k = 0; k < plugin->grant_count; k++)
            rf_buffer_printf(&line, "%s%.*s", k ? ", " : "; granted: ", RF_SLICE_ARG(plugin->grant[k]));
        rf_cli_term_last_cell(out, rf_buffer_view(&line));
        out->failed |= line.failed;
    }
}

static int show_settings(rf_cli_term *term) {
    RF_CLEANUP(rf_settings_done) rf_settings settings = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer findings = { 0 };
    rf_buffer out = { 0 };
    const char *path = NULL;
    if (rf_settings_path(&term->arena, &path, &term->error))
        return rf_cli_term_fail(term);
    if (rf_settings_load(path, &settings, &findings, &term->error)) {
        rf_cli_plugin_complain(&findings, &term->error);
        return RF_EXIT_USAGE;
    }
    rf_buffer_printf(&out, "%s%s\n", path, access(path, F_OK) == 0 ? "" : " (is not there: the defaults hold)");
    for (const rf_setting *row = rf_setting_rows; row->name; row++)
        put_setting(&out, &settings, row);
    put_plugins(&out, &settings);
    return rf_cli_term_print(term, &out);
}

static int settings_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    settings_given given = { 0 };
    rf_buffer out = { 0 };
    if (!rf_cli_term_parse(&term, &rf_term_part_settings, argc, argv, take_settings, &given, 0, 0))
        return RF_EXIT_USAGE;
    if (!given.example && !given.manual)
        return show_settings(&term);
    if (given.manual)
        rf_settings_manual(&out);
    else
        rf_settings_example(&out);
    return rf_cli_term_print(&term, &out);
}

static const rf_cli_example settings_examples[] = {
    { "riffle term settings", "Where the file is, whether it is right, and what holds." },
    { "riffle term settings --example > ~/.config/riffle/term.toml", "A file to begin with." },
    { 0 },
};

const rf_command rf_term_part_settings = {
    .name = "term settings", .usage = "[--example | --manual]", .summary = "Shows the settings of the terminal host, and checks their file.",
    .options = settings_options, .examples = settings_examples, .run = settings_run,
};

/* ---- protocol ---- */

static int protocol_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    rf_buffer out = { 0 };
    if (!rf_cli_term_parse(&term, &rf_term_part_protocol, argc, argv, NULL, NULL, 0, 0))
        return RF_EXIT_USAGE;
    rf_protocol_manual(&out);
    return rf_cli_term_print(&term, &out);
}

static const rf_cli_example protocol_examples[] = { { "riffle term protocol | less", "All methods and events, with examples." }, { 0 } };

const rf_command rf_term_part_protocol = {
    .name = "term protocol", .usage = "", .summary = "Prints the manual of the control protocol, for programs.",
    .examples = protocol_examples, .run = protocol_run,
};

/* ---- socket ---- */

static int socket_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    if (!rf_cli_term_parse(&term, &rf_term_part_socket, argc, argv, NULL, NULL, 0, 0))
        return RF_EXIT_USAGE;
    const char *path = NULL;
    if (rf_term_socket_path(&term.arena, &path, &term.error))
        return rf_cli_term_fail(&term);
    (void)printf("%s\n", path);
    return RF_EXIT_DONE;
}

static const rf_cli_example socket_examples[] = {
    { "echo '{\"id\": 1, \"method\": \"list\"}' | nc -NU $(riffle term socket)", "A request by hand." },
    { 0 },
};

const rf_command rf_term_part_socket = {
    .name = "term socket", .usage = "", .summary = "Prints where the daemon's socket is.", .examples = socket_examples, .run = socket_run,
};

/* ---- stop ---- */

/* Also a daemon of another version, which no other command speaks with. */
static int stop_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    if (!rf_cli_term_parse(&term, &rf_term_part_stop, argc, argv, NULL, NULL, 0, 0))
        return RF_EXIT_USAGE;
    rf_code code = rf_cli_term_connect(&term, RF_TERM_ANY_VERSION);
    if (code == RF_ENOTFOUND) {
        (void)fprintf(stderr, "no daemon runs\n");
        return RF_EXIT_DONE;
    }
    if (!code)
        code = rf_cli_term_call(&term, "stop");
    return code == RF_ELOST ? RF_EXIT_DONE : rf_cli_term_status(&term, code); /* it may go without a word */
}

static const rf_cli_example stop_examples[] = { { "riffle term stop", "The next `riffle term` starts it again; sessions are lost, but can be restored." }, { 0 } };

const rf_command rf_term_part_stop = {
    .name = "term stop", .usage = "", .summary = "Ends the daemon, and with it the programs of all sessions.", .examples = stop_examples, .run = stop_run,
};
