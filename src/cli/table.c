/* table.c: every command there is, in the order of the help. */
#include "cli/command.h"

const rf_command *const rf_commands[] = {
    &rf_command_run, &rf_command_lint, &rf_command_list, &rf_command_demo, &rf_command_exec, &rf_command_repl, &rf_command_check,
    &rf_command_compile, &rf_command_disasm, &rf_command_fmt, &rf_command_term, &rf_command_plugin, &rf_command_bench, &rf_command_top,
    &rf_command_profile, &rf_command_version, &rf_command_help, NULL,
};
