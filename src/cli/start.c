/* start.c: how a command begins, in either of the two programs. */
#include "cli/start.h"

#include "base/nearest.h"
#include "base/slice.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

enum { PARTS_MAX = 64 };

bool rf_cli_is_help(const char *argument) {
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0 || strcmp(argument, "-help") == 0;
}

bool rf_cli_is_version(const char *argument) {
    return strcmp(argument, "--version") == 0 || strcmp(argument, "-v") == 0 || strcmp(argument, "-version") == 0;
}

int rf_cli_show_help(const rf_command *command) {
    rf_buffer out = { 0 };
    rf_cli_help(command, &out);
    return rf_cli_flush(&out, STDOUT_FILENO) ? RF_EXIT_DONE : RF_EXIT_FAILED;
}

/* Anywhere before `--`; it goes before every other complaint. What follows a script's name is the script's. */
static bool asks_for_help(const rf_command *command, int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (rf_cli_is_help(argv[i]))
            return true;
        if (command->passes_arguments && argv[i][0] != '-')
            return false;
    }
    return false;
}

int rf_cli_start(const rf_command *command, int argc, char **argv) {
    return asks_for_help(command, argc, argv) ? rf_cli_show_help(command) : command->run(argc, argv);
}

static const char *short_name(const rf_command *part) { return strrchr(part->name, ' ') + 1; }

static int unknown_part(const rf_command *command, const char *word, const char *otherwise) {
    const char *names[PARTS_MAX + 1] = { NULL };
    for (size_t i = 0; i < PARTS_MAX && command->parts[i]; i++)
        names[i] = short_name(command->parts[i]);
    const char *near = rf_nearest(rf_slice_of(word), names);
    if (near)
        return rf_cli_misuse(command, "unknown command %s %s: did you mean %s?", command->name, word, near);
    return rf_cli_misuse(command, "unknown command %s %s%s", command->name, word, otherwise);
}

int rf_cli_start_part(const rf_command *command, int argc, char **argv, const char *otherwise) {
    assert(command->parts && argc > 1);
    for (const rf_command *const *part = command->parts; *part; part++)
        if (strcmp(short_name(*part), argv[1]) == 0)
            return rf_cli_start(*part, argc - 1, argv + 1);
    return unknown_part(command, argv[1], otherwise);
}
