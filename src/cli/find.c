/* find.c: commands by name. */
#include "cli/find.h"

#include "base/nearest.h"
#include "base/slice.h"

#include <assert.h>
#include <string.h>
#include <sys/stat.h>

#define COMMANDS_MAX 30

const rf_command *rf_cli_find(const char *name) {
    assert(name);
    for (const rf_command *const *command = rf_commands; *command; command++)
        if (strcmp((*command)->name, name) == 0)
            return *command;
    return NULL;
}

int rf_cli_unknown(const char *name) {
    const char *names[COMMANDS_MAX + 1];
    struct stat status;
    size_t count = 0;
    for (; rf_commands[count] && count < COMMANDS_MAX; count++)
        names[count] = rf_commands[count]->name;
    names[count] = NULL;
    const char *near = rf_nearest(rf_slice_of(name), names);
    if (near)
        return rf_cli_misuse(NULL, "unknown command %s: did you mean %s?", name, near);
    if (stat(name, &status) == 0)
        return rf_cli_misuse(NULL, "unknown command %s: to run that file, write `riffle run %s`", name, name);
    return rf_cli_misuse(NULL, "unknown command %s", name);
}
