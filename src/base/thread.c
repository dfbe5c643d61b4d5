/* thread.c: threads, locks and conditions over pthreads. */
#include "base/thread.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

/* Every lock of the process asks it: there is nothing to hang it on. */
rf_mutex_lock_function *_Atomic rf_mutex_contended;

/* What a new thread needs; it frees it at once. */
struct start {
    void (*main)(void *);
    void *arg;
    char name[16]; /* the kernel's limit, NUL included */
};

static void *thread_main(void *memory) {
    struct start start = *(struct start *)memory;
    rf_free(memory);
    (void)pthread_setname_np(pthread_self(), start.name); /* only debuggers miss it */
    start.main(start.arg);
    return NULL;
}

/* A new thread inherits the mask of its maker: blocked around the creation, no signal slips in. But the profiler's, which is for each thread. */
static int create_blocked(pthread_t *ret_id, struct start *start) {
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGPROF);
    pthread_attr_t attributes;
    int failed = pthread_attr_init(&attributes);
    if (failed)
        return failed;
    failed = pthread_attr_setstacksize(&attributes, RF_THREAD_STACK_BYTES);
    if (!failed)
        failed = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (!failed) {
        failed = pthread_create(ret_id, &attributes, thread_main, start);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL); /* cannot fail: both arguments are good */
    }
    (void)pthread_attr_destroy(&attributes);
    return failed;
}

rf_code rf_thread_start(rf_thread *thread, const char *name, void (*main)(void *), void *arg, rf_error *reterr) {
    assert(thread && !thread->running && name && main);
    struct start *start = rf_alloc_zero(1, sizeof *start);
    if (!start)
        return rf_raise_nomem(reterr);
    start->main = main;
    start->arg = arg;
    memcpy(start->name, name, strnlen(name, sizeof start->name - 1));
    int failed = create_blocked(&thread->id, start);
    if (failed) {
        rf_free(start);
        return rf_raise(reterr, RF_EIO, "cannot start the thread `%s`: %s", name, strerror(failed));
    }
    thread->running = true;
    return RF_OK;
}

void rf_thread_join(rf_thread *thread) {
    if (!thread || !thread->running)
        return;
    int failed = pthread_join(thread->id, NULL);
    assert(!failed);
    (void)failed;
    thread->running = false;
}

void rf_mutex_init(rf_mutex *mutex) {
    assert(mutex);
    (void)pthread_mutex_init(mutex, NULL); /* cannot fail without attributes on Linux */
}

void rf_mutex_done(rf_mutex *mutex) {
    assert(mutex);
    int busy = pthread_mutex_destroy(mutex);
    assert(!busy);
    (void)busy;
}

void rf_cond_init(rf_cond *cond) {
    assert(cond);
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    int failed = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    assert(!failed);
    (void)failed;
    (void)pthread_cond_init(cond, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

void rf_cond_done(rf_cond *cond) {
    assert(cond);
    (void)pthread_cond_destroy(cond);
}

bool rf_cond_wait_for(rf_cond *cond, rf_mutex *mutex, uint64_t wait_ns) {
    assert(cond && mutex);
    uint64_t until;
    if (__builtin_add_overflow(rf_clock_mono_ns(), wait_ns, &until) || until > INT64_MAX)
        until = INT64_MAX;
    struct timespec at = { .tv_sec = (time_t)(until / RF_NS_PER_S), .tv_nsec = (long)(until % RF_NS_PER_S) };
    return pthread_cond_timedwait(cond, mutex, &at) != ETIMEDOUT;
}
