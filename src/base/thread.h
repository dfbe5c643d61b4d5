/* thread.h: threads, locks and conditions: thin, and the seam where faults go. */
#ifndef RF_BASE_THREAD_H
#define RF_BASE_THREAD_H

#include "riffle/error.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef struct rf_thread { pthread_t id; bool running; } rf_thread;
typedef pthread_mutex_t rf_mutex;
typedef pthread_cond_t rf_cond; /* waits on the monotonic clock */

/* Scripts recurse on it; only what is touched takes memory. The system's default may be 2 MiB. */
#define RF_THREAD_STACK_BYTES ((size_t)16 << 20)

/* Starts `main(arg)`; all signals but SIGPROF (observe/profile.h) are blocked in it (the main thread takes them). Errors: RF_EIO. */
RF_NODISCARD rf_code rf_thread_start(rf_thread *thread, const char *name, void (*main)(void *), void *arg, rf_error *reterr);
/* Waits for its end; fine when it was never started. */
void rf_thread_join(rf_thread *thread);
void rf_mutex_init(rf_mutex *mutex);
void rf_mutex_done(rf_mutex *mutex);
/* NULL; or, while waits are measured, called in place of the lock when that is taken: it locks. Cost while NULL: a load and a branch. The hook
 * is called from the function that locks, also in builds that inline nothing else: that is the place where somebody waited. */
typedef void rf_mutex_lock_function(rf_mutex *mutex);
extern rf_mutex_lock_function *_Atomic rf_mutex_contended; /* thread.c */
__attribute__((always_inline)) static inline void rf_mutex_lock(rf_mutex *mutex) {
    rf_mutex_lock_function *contended = atomic_load_explicit(&rf_mutex_contended, memory_order_acquire);
    if (RF_LIKELY(!contended))
        (void)pthread_mutex_lock(mutex);
    else if (pthread_mutex_trylock(mutex) != 0)
        contended(mutex);
}
static inline void rf_mutex_unlock(rf_mutex *mutex) { (void)pthread_mutex_unlock(mutex); }
void rf_cond_init(rf_cond *cond);
void rf_cond_done(rf_cond *cond);
static inline void rf_cond_signal(rf_cond *cond) { (void)pthread_cond_signal(cond); }
static inline void rf_cond_broadcast(rf_cond *cond) { (void)pthread_cond_broadcast(cond); }
static inline void rf_cond_wait(rf_cond *cond, rf_mutex *mutex) { (void)pthread_cond_wait(cond, mutex); }
/* False when `wait_ns` passed without a wake-up. */
bool rf_cond_wait_for(rf_cond *cond, rf_mutex *mutex, uint64_t wait_ns);

#endif
