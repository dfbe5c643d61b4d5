/* version: says which riffle this is. */
#include "cli/command.h"

#include <stdio.h>

static int version_run(int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    rf_cli_args args = { .command = &rf_command_version, .argc = argc, .argv = argv, .at = 1 };
    rf_cli_kind kind = rf_cli_next(&args, &option, &value);
    if (kind != RF_CLI_END)
        return kind == RF_CLI_WORD ? rf_cli_misuse(&rf_command_version, "unexpected argument %s", value) : RF_EXIT_USAGE;
    return printf("riffle %s\n", RF_VERSION) < 0 || fflush(stdout) != 0 ? RF_EXIT_FAILED : RF_EXIT_DONE;
}

const rf_command rf_command_version = {
    .name = "version",
    .usage = "",
    .summary = "Shows the version.",
    .run = version_run,
};
