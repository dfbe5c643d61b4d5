/* mutex_profile.h: who waits for locks, and how long. */
#ifndef RF_OBSERVE_MUTEX_PROFILE_H
#define RF_OBSERVE_MUTEX_PROFILE_H

#include "base/arena.h"
#include "base/thread.h"
#include "observe/profile.h"

/*
 * While one runs, each rf_mutex_lock() that finds its lock taken is timed and put down by its caller and the stage that ran: two clock readings
 * for a wait, nothing for a lock that is free but trying first. One at a time in a process. Errors: RF_EBUSY; RF_ENOMEM.
 */
typedef struct rf_mutex_profiler rf_mutex_profiler;
RF_NODISCARD rf_code rf_mutex_profiler_start(rf_mutex_profiler **ret_profiler, rf_error *reterr);

typedef struct rf_mutex_profile {
    rf_profile profile; /* "mutex"; all in the arena: not for rf_profile_done() */
    rf_arena arena;
} rf_mutex_profile;
/* Ends it, in any case. A stack for each caller and stage: `samples` waits of `value` ns together. To be done with in each case. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_mutex_profiler_stop(rf_mutex_profiler *profiler, rf_mutex_profile *ret_mutex, rf_error *reterr);
void rf_mutex_profile_done(rf_mutex_profile *mutex);

#endif
