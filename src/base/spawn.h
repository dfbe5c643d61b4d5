/* spawn.h: how a program that we start begins: the same for a script's as for a benchmark's. */
#ifndef RF_BASE_SPAWN_H
#define RF_BASE_SPAWN_H

#include <spawn.h>

/*
 * Sets those attributes, which the caller has initialized: no signal ignored or blocked that we ignore or block, and a
 * process group of its own, to be killed as one. 0, or an errno.
 */
int rf_spawn_set_attributes(posix_spawnattr_t *attributes);

#endif
