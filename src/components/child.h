/* child.h: a program that we run beside us, its standard streams in our hands. */
#ifndef RF_COMPONENTS_CHILD_H
#define RF_COMPONENTS_CHILD_H

#include "stream/component.h"

#include <sys/types.h>

enum { RF_CHILD_IN = 1u << 0, RF_CHILD_OUT = 1u << 1, RF_CHILD_ERR = 1u << 2 };

/* Zeroed, then rf_child_init(). One thread at a time. */
typedef struct rf_child {
    pid_t pid;           /* 0: none runs */
    int in, out, err;    /* our ends, which do not block; -1: closed, or not wanted */
    rf_buffer words;     /* a line of its standard error that is not complete */
    rf_log_limit limit;  /* of the lines that are logged */
    const rf_env *env;
} rf_child;

void rf_child_init(rf_child *child, const rf_env *env);
/*
 * Runs `name` (looked for in PATH) with `args`. `pipes`: which of its streams are ours; the others are /dev/null, standard error apart,
 * which is ours always, or else that of riffle. It gets a process group of its own.
 * Errors: RF_ENOTFOUND there is no such program; RF_EIO, retriable; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_child_start(rf_child *child, rf_slice name, const rf_strings *args, unsigned pipes, rf_error *reterr);
/* Logs what it has said on its standard error. Does not block. */
void rf_child_listen(rf_child *child);
/* Whether it has ended; *ret_status as of waitpid(2). It is then none any more, its streams are still ours. */
bool rf_child_ended(rf_child *child, int *ret_status);
/* Closes its standard input, waits `wait_ns` for its end, then ends its whole group, by force if it must be. None is fine.
 * *ret_status (may be NULL): how it ended. */
void rf_child_stop(rf_child *child, uint64_t wait_ns, int *ret_status);
/* "exit status 3", "signal: killed". */
void rf_child_say(int status, char *out, size_t size);
static inline bool rf_child_is_well(int status) { return status == 0; }
void rf_child_done(rf_child *child);

#endif
