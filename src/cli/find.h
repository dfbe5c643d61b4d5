/* find.h: commands by name. */
#ifndef RF_CLI_FIND_H
#define RF_CLI_FIND_H

#include "cli/command.h"

/* The command of that name, or NULL. */
const rf_command *rf_cli_find(const char *name);
/* Complains about a command that does not exist, with "did you mean"; returns RF_EXIT_USAGE. */
int rf_cli_unknown(const char *name);

#endif
