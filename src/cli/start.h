/* start.h: how a command begins, in either of the two programs. */
#ifndef RF_CLI_START_H
#define RF_CLI_START_H

#include "cli/command.h"

bool rf_cli_is_help(const char *argument);    /* --help, -h, -help */
bool rf_cli_is_version(const char *argument); /* --version, -v, -version */
/* Shows the help of one command, or of the program (NULL); returns an exit code. */
int rf_cli_show_help(const rf_command *command);
/* Runs a command: argv[0] is its name. Asked for help anywhere among its own options, it shows that instead. */
int rf_cli_start(const rf_command *command, int argc, char **argv);
/* Runs the part of the command that argv[1] names. An unknown one is complained of, with what was meant, or with `otherwise` behind it ("; …", or ""). */
int rf_cli_start_part(const rf_command *command, int argc, char **argv, const char *otherwise);

#endif
