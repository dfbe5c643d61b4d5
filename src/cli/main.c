/* main.c: riffle-stream, the program with every command: finds the one that is asked for and runs it. */
#include "cli/find.h"
#include "cli/start.h"

int main(int argc, char **argv) {
    if (argc < 2 || rf_cli_is_help(argv[1]))
        return rf_cli_show_help(NULL);
    if (rf_cli_is_version(argv[1]))
        return rf_command_version.run(1, argv);
    if (argv[1][0] == '-') /* old style: the options of `run`, of which -c names the file */
        return rf_cli_start(&rf_command_run, argc, argv);
    const rf_command *command = rf_cli_find(argv[1]);
    return command ? rf_cli_start(command, argc - 1, argv + 1) : rf_cli_unknown(argv[1]);
}
