/* table_front.c: the commands that riffle runs itself; riffle-stream has these too, and all others (table.c). */
#include "cli/command.h"

const rf_command *const rf_commands[] = {
    &rf_command_exec, &rf_command_compile, &rf_command_check, &rf_command_disasm, &rf_command_fmt, NULL,
};
