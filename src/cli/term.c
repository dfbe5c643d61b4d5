/* term: terminal sessions that outlive their window; the table of its parts. */
#include "cli/term.h"

#include "base/nearest.h"
#include "base/slice.h"
#include "cli/start.h"

#include <string.h>

static const rf_command *const parts[] = {
    &rf_term_part_new, &rf_term_part_attach, &rf_term_part_list, &rf_term_part_kill, &rf_term_part_rename, &rf_term_part_send, &rf_term_part_wait,
    &rf_term_part_capture, &rf_term_part_blocks, &rf_term_part_events, &rf_term_part_record, &rf_term_part_play, &rf_term_part_cut,
    &rf_term_part_shell, &rf_term_part_plugins, &rf_term_part_run, &rf_term_part_settings, &rf_term_part_protocol, &rf_term_part_socket,
    &rf_term_part_stop, &rf_term_part_daemon, NULL,
};
enum { PART_COUNT = sizeof parts / sizeof *parts - 1 };

static const char *short_name(const rf_command *part) { return strrchr(part->name, ' ') + 1; }

static int unknown_part(const char *word) {
    const char *names[PART_COUNT + 1] = { NULL };
    for (size_t i = 0; i < PART_COUNT; i++)
        names[i] = short_name(parts[i]);
    const char *near = rf_nearest(rf_slice_of(word), names);
    if (near)
        return rf_cli_misuse(&rf_command_term, "unknown command term %s: did you mean %s?", word, near);
    return rf_cli_misuse(&rf_command_term, "unknown command term %s; a program to run goes behind --", word);
}

static int term_run(int argc, char **argv) {
    if (argc < 2 || argv[1][0] == '-')
        return rf_cli_start(&rf_term_part_new, argc, argv);
    for (size_t i = 0; i < PART_COUNT; i++)
        if (strcmp(short_name(parts[i]), argv[1]) == 0)
            return rf_cli_start(parts[i], argc - 1, argv + 1);
    return unknown_part(argv[1]);
}

static const rf_cli_example term_examples[] = {
    { "riffle term", "Starts a session with a shell, and attaches this terminal to it. Ctrl-\\ d detaches." },
    { "riffle term -s build -- make -j2", "A session named build, which runs a program." },
    { "riffle term attach build", "Looks at it again, from any terminal." },
    { "riffle term send build make --enter && riffle term wait build --block", "Types into it, and waits until the command has ended." },
    { 0 },
};

const rf_command rf_command_term = {
    .name = "term",
    .usage = "[COMMAND] [OPTION...] [ARGUMENT...]",
    .summary = "Terminal sessions that outlive their window, with plugins on all that goes in and out.",
    .detail = "Without a command it is `riffle term new`, with the options of that. A daemon of your own keeps the sessions; it starts by itself.\n"
              "In an attached terminal Ctrl-\\ is the key of the host: Ctrl-\\ d detaches, Ctrl-\\ p opens the palette, Ctrl-\\ [ scrolls, and pressed\n"
              "twice it goes to the session. `riffle term COMMAND --help` shows a command's options.",
    .examples = term_examples,
    .parts = parts,
    .passes_arguments = true,
    .run = term_run,
};
