/* thread_test.c: threads, locks and conditions. */
#include "harness.h"

#include "base/clock.h"
#include "base/thread.h"

#include <signal.h>

typedef struct counter { rf_mutex mutex; rf_cond cond; int count; bool blocked; } counter;

static counter counter_new(void) {
    counter made = { .count = 0 };
    return made;
}

static void count_up(void *arg) {
    counter *self = arg;
    sigset_t mask;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    rf_mutex_lock(&self->mutex);
    self->blocked = sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGPROF) == 0;
    self->count++;
    rf_cond_broadcast(&self->cond);
    rf_mutex_unlock(&self->mutex);
}

static void counter_done(counter *self) {
    rf_cond_done(&self->cond);
    rf_mutex_done(&self->mutex);
}

RF_TEST(threads_run_and_are_joined) {
    RF_CLEANUP(counter_done) counter shared = counter_new();
    rf_mutex_init(&shared.mutex);
    rf_cond_init(&shared.cond);
    rf_thread threads[4] = { 0 };
    rf_code code = RF_OK;
    rf_error error;
    for (size_t i = 0; i < 4 && !code; i++)
        code = rf_thread_start(&threads[i], "a-rather-long-name", count_up, &shared, &error);
    for (size_t i = 0; i < 4; i++)
        rf_thread_join(&threads[i]);
    rf_check(!code);
    rf_check(shared.count == 4);
    rf_check(shared.blocked);
}

RF_TEST(the_maker_keeps_its_signals) {
    RF_CLEANUP(counter_done) counter shared = counter_new();
    rf_mutex_init(&shared.mutex);
    rf_cond_init(&shared.cond);
    rf_thread thread = { 0 };
    rf_code code = rf_thread_start(&thread, "t", count_up, &shared, NULL);
    rf_thread_join(&thread);
    rf_thread_join(&thread);
    rf_thread_join(NULL);
    sigset_t mask;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    rf_check(sigismember(&mask, SIGINT) == 0);
    rf_check(!code);
}

RF_TEST(a_wait_ends_when_its_time_is_over) {
    RF_CLEANUP(counter_done) counter shared = counter_new();
    rf_mutex_init(&shared.mutex);
    rf_cond_init(&shared.cond);
    rf_mutex_lock(&shared.mutex);
    uint64_t start = rf_clock_mono_ns();
    bool woken = true;
    /* A wake-up out of nothing is allowed; one that lasts is not. */
    while (woken && rf_clock_mono_ns() - start < RF_NS_PER_S)
        woken = rf_cond_wait_for(&shared.cond, &shared.mutex, 5 * RF_NS_PER_MS);
    rf_mutex_unlock(&shared.mutex);
    rf_check(!woken);
    rf_check(rf_clock_mono_ns() - start >= 5 * RF_NS_PER_MS);
}

RF_TEST(a_wait_ends_with_a_wake_up) {
    RF_CLEANUP(counter_done) counter shared = counter_new();
    rf_mutex_init(&shared.mutex);
    rf_cond_init(&shared.cond);
    rf_thread thread = { 0 };
    rf_mutex_lock(&shared.mutex);
    rf_code code = rf_thread_start(&thread, "waker", count_up, &shared, NULL);
    bool woken = true;
    while (!code && shared.count == 0 && woken)
        woken = rf_cond_wait_for(&shared.cond, &shared.mutex, UINT64_MAX);
    rf_mutex_unlock(&shared.mutex);
    rf_thread_join(&thread);
    rf_check(!code && woken && shared.count == 1);
}
