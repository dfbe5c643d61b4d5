/* spawn.h: how a program that we start begins: the same for a script's as for a benchmark's. */
#ifndef RF_BASE_SPAWN_H
#define RF_BASE_SPAWN_H

#include <spawn.h>

/*
 * Sets those attributes, which the caller has initialized: no signal ignored or blocked that we ignore or block, and a
 * process group of its own, to be killed as one. 0, or an errno.
 */
int rf_spawn_set_attributes(posix_spawnattr_t *attributes);
/*
 * For a program that gets a terminal of its own: every signal as at its beginning, none blocked, and a session of its own. The session begins before
 * the file actions: the first terminal that they open is its controlling one. 0, or an errno.
 */
int rf_spawn_set_session_attributes(posix_spawnattr_t *attributes);

#endif
