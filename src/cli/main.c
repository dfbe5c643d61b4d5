/* main.c: the program: finds the command and runs it. */
#include "cli/command.h"
#include "cli/find.h"

#include <string.h>
#include <unistd.h>

static int show_help(const rf_command *command) {
    rf_buffer out = { 0 };
    rf_cli_help(command, &out);
    return rf_cli_flush(&out, STDOUT_FILENO) ? RF_EXIT_DONE : RF_EXIT_FAILED;
}

static bool is_help(const char *argument) {
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0 || strcmp(argument, "-help") == 0;
}

static bool is_version(const char *argument) {
    return strcmp(argument, "--version") == 0 || strcmp(argument, "-v") == 0 || strcmp(argument, "-version") == 0;
}

/* Anywhere before `--`; it goes before every other complaint. */
static bool asks_for_help(int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_help(argv[i]))
            return true;
    return false;
}

static int run_command(const rf_command *command, int argc, char **argv) {
    return asks_for_help(argc, argv) ? show_help(command) : command->run(argc, argv);
}

int main(int argc, char **argv) {
    if (argc < 2 || is_help(argv[1]))
        return show_help(NULL);
    if (is_version(argv[1]))
        return rf_command_version.run(1, argv);
    if (argv[1][0] == '-') /* old style: the options of `run`, of which -c names the file */
        return run_command(&rf_command_run, argc, argv);
    const rf_command *command = rf_cli_find(argv[1]);
    return command ? run_command(command, argc - 1, argv + 1) : rf_cli_unknown(argv[1]);
}
