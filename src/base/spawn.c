/* spawn.c: how a program that we start begins (spawn.h). */
#include "base/spawn.h"

#include <signal.h>

int rf_spawn_set_attributes(posix_spawnattr_t *attributes) {
    sigset_t defaults, none;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGTERM);
    int number = posix_spawnattr_setsigdefault(attributes, &defaults);
    number = number ? number : posix_spawnattr_setsigmask(attributes, &none);
    number = number ? number : posix_spawnattr_setpgroup(attributes, 0);
    return number ? number
                  : posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
}

int rf_spawn_set_session_attributes(posix_spawnattr_t *attributes) {
    sigset_t defaults, none;
    sigemptyset(&none);
    sigfillset(&defaults);
    int number = posix_spawnattr_setsigdefault(attributes, &defaults);
    number = number ? number : posix_spawnattr_setsigmask(attributes, &none);
    return number ? number : posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
}
