/* term plugins, run: what the plugins of the daemon cost, and their commands. */
#include "cli/term.h"

#include "base/slice.h"
#include "cli/plugin.h"
#include "terminal/params.h"

#include <stdio.h>
#include <string.h>

static const rf_cli_option plugins_options[] = {
    { "json", 0, NULL, "Prints a list in JSON." },
    { "enable", 0, "NAME", "Turns that plugin on in all sessions." },
    { "disable", 0, "NAME", "Turns it off." },
    { "reload", 0, "NAME", "Loads it anew." },
    { 0 },
};

typedef struct plugins_given { bool json; const char *order, *name; } given;

static bool take(rf_cli_term *term, void *options, const char *name, const char *value) {
    given *g = options;
    if (strcmp(name, "json") == 0) {
        g->json = true;
        return true;
    }
    if (g->order) {
        (void)rf_cli_misuse(term->part, "one of --enable, --disable and --reload at once");
        return false;
    }
    g->order = name;
    g->name = value;
    return true;
}

static int order(rf_cli_term *term, const given *g) {
    rf_params_text(&term->params, "name", rf_slice_of(g->name));
    rf_params_text(&term->params, "order", rf_slice_of(g->order));
    return rf_cli_term_status(term, rf_cli_term_call(term, "plugin"));
}

static int plugins_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    given g = { 0 };
    uint32_t count;
    rf_buffer out = { 0 };
    if (!rf_cli_term_parse(&term, &rf_term_part_plugins, argc, argv, take, &g, 0, 0))
        return RF_EXIT_USAGE;
    if (g.order)
        return order(&term, &g);
    if (rf_cli_term_call(&term, "plugins"))
        return rf_cli_term_fail(&term);
    const rf_value *plugins = rf_answer_list(&term.result, "plugins", &count);
    const rf_value list = { .kind = RF_LIST, .size = count, .items = (rf_value *)plugins };
    if (g.json)
        return rf_cli_term_print_json(&term, &list);
    rf_cli_plugin_table(&out, &term.arena, &list);
    return rf_cli_term_print(&term, &out);
}

static const rf_cli_example plugins_examples[] = {
    { "riffle term plugins", "Calls, errors, times and memory, one row a hook." },
    { "riffle plugin top --term", "The same, every second." },
    { "riffle term plugins --reload redact", "Takes over what was saved." },
    { 0 },
};

const rf_command rf_term_part_plugins = {
    .name = "term plugins",
    .usage = "[OPTION...]",
    .summary = "Shows what the plugins of the daemon do and cost.",
    .options = plugins_options,
    .examples = plugins_examples,
    .run = plugins_run,
};

/* ---- run ---- */

static const rf_cli_option run_options[] = { { "list", 0, NULL, "Lists the commands that there are: PLUGIN, ID and what they do." }, { 0 } };

static bool take_list(rf_cli_term *term, void *options, const char *name, const char *value) {
    (void)term, (void)name, (void)value;
    *(bool *)options = true;
    return true;
}

static int list_commands(rf_cli_term *term) {
    uint32_t count;
    rf_buffer out = { 0 };
    if (rf_cli_term_call(term, "commands"))
        return rf_cli_term_fail(term);
    const rf_value *commands = rf_answer_list(&term->result, "commands", &count);
    if (count == 0)
        (void)fprintf(stderr, "no plugin has commands there\n");
    for (uint32_t i = 0; i < count; i++) {
        rf_cli_term_cell(&out, rf_answer_text(&commands[i], "plugin"), 16);
        rf_cli_term_cell(&out, rf_answer_text(&commands[i], "id"), 24);
        rf_cli_term_last_cell(&out, rf_answer_text(&commands[i], "label"));
    }
    return rf_cli_term_print(term, &out);
}

static int run_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    bool list = false;
    if (!rf_cli_term_parse(&term, &rf_term_part_run, argc, argv, take_list, &list, 1, 3))
        return RF_EXIT_USAGE;
    if (term.word_count != (list ? 1 : 3))
        return rf_cli_misuse(&rf_term_part_run, list ? "--list takes the session's name alone"
                                                     : "plugin and id of the command are missing: --list shows them");
    rf_params_text(&term.params, "session", rf_slice_of(term.words[0]));
    if (list)
        return list_commands(&term);
    rf_params_text(&term.params, "plugin", rf_slice_of(term.words[1]));
    rf_params_text(&term.params, "id", rf_slice_of(term.words[2]));
    return rf_cli_term_status(&term, rf_cli_term_call(&term, "run"));
}

static const rf_cli_example run_examples[] = {
    { "riffle term run main --list", "What stands in the palette." },
    { "riffle term run main redact redact.pause", "Picks one, without a palette." },
    { 0 },
};

const rf_command rf_term_part_run = {
    .name = "term run",
    .usage = "NAME PLUGIN ID | NAME --list",
    .summary = "Runs a plugin's command in a session, as the palette does.",
    .options = run_options,
    .examples = run_examples,
    .run = run_run,
};
