/* term: terminal sessions that outlive their window; the table of its parts. */
#include "cli/term.h"

#include "cli/start.h"

static const rf_command *const parts[] = {
    &rf_term_part_new,      &rf_term_part_attach,
    &rf_term_part_list,     &rf_term_part_kill,
    &rf_term_part_rename,   &rf_term_part_send,
    &rf_term_part_wait,     &rf_term_part_capture,
    &rf_term_part_blocks,   &rf_term_part_events,
    &rf_term_part_record,   &rf_term_part_play,
    &rf_term_part_cut,      &rf_term_part_shell,
    &rf_term_part_plugins,  &rf_term_part_run,
    &rf_term_part_settings, &rf_term_part_protocol,
    &rf_term_part_socket,   &rf_term_part_stop,
    &rf_term_part_daemon,   NULL,
};

static int term_run(int argc, char **argv) {
    if (argc < 2 || argv[1][0] == '-')
        return rf_cli_start(&rf_term_part_new, argc, argv);
    return rf_cli_start_part(&rf_command_term, argc, argv, "; a program to run goes behind --");
}

static const rf_cli_example term_examples[] = {
    { "riffle term", "Starts a session with a shell, and attaches this terminal to it. Ctrl-\\ d detaches." },
    { "riffle term -s build -- make -j2", "A session named build, which runs a program." },
    { "riffle term attach build", "Looks at it again, from any terminal." },
    { "riffle term send build make --enter --wait", "Types into it, and waits until the command has ended." },
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
