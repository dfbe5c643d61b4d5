/* spawn.h: starts a program and collects what it writes, under the limits of a VM. */
#ifndef RF_SCRIPT_FUSABI_LIBRARY_SPAWN_H
#define RF_SCRIPT_FUSABI_LIBRARY_SPAWN_H

#include "base/vec.h"
#include "script/fusabi/vm.h"

#include <sys/types.h>

typedef RF_VEC(char *) rf_fus_spawn_texts;

/* A running program. Starts as { .pid = -1, .fds = { -1, -1 } }; rf_fus_spawn_done closes, kills and reaps what is left. */
typedef struct rf_fus_spawn {
    pid_t pid;         /* of the program and of its process group; -1: none, or reaped */
    int fds[2];        /* to read its output and error output from */
    rf_buffer out[2];
    int exit_code;     /* -1: a signal ended it */
} rf_fus_spawn;

/* Starts `command`, looked for in `path` ("/bin:/usr/bin") when it has no slash; it reads nothing. 0 or an errno. */
int rf_fus_spawn_start(rf_fus_spawn *run, rf_slice command, rf_slice path, char *const *args, char *const *environment);
/* Reads all it writes and waits for its end; false after raising (a limit, memory, too much output). */
bool rf_fus_spawn_finish(rf_fus_vm *vm, rf_fus_spawn *run, rf_slice command);
void rf_fus_spawn_done(rf_fus_spawn *run);

#endif
