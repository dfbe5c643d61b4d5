/* mutex_profile_test.c: who waits for locks, and how long. */
#include "observe/mutex_profile.h"

#include "base/clock.h"
#include "base/slice.h"
#include "harness.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct waiting {
    rf_mutex mutex;
    rf_thread thread;
    rf_mutex_profiler *profiler;
    rf_mutex_profile profile;
    _Atomic pid_t id;
    bool locked;
} waiting;

static void waiting_done(waiting *self) {
    if (self->locked)
        rf_mutex_unlock(&self->mutex);
    rf_thread_join(&self->thread);
    if (self->profiler && !rf_mutex_profiler_stop(self->profiler, &self->profile, NULL))
        self->profiler = NULL;
    rf_mutex_profile_done(&self->profile);
    rf_mutex_done(&self->mutex);
}

static rf_where where = { .stage = "redact on_output" };

static void lock_once(void *arg) {
    waiting *self = arg;
    rf_where_enter(&where);
    atomic_store(&self->id, gettid());
    rf_mutex_lock(&self->mutex);
    rf_mutex_unlock(&self->mutex);
    rf_where_leave(&where);
}

/* True once the kernel says that the thread sleeps: it waits for the lock then. */
static bool sleeps(waiting *self) {
    char path[64], text[256];
    uint64_t until = rf_clock_mono_ns() + 5 * RF_NS_PER_S;
    while (rf_clock_mono_ns() < until) {
        (void)snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)atomic_load(&self->id));
        int file = atomic_load(&self->id) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        ssize_t got = file >= 0 ? read(file, text, sizeof text - 1) : 0;
        if (file >= 0)
            (void)close(file);
        text[got > 0 ? got : 0] = '\0';
        const char *state = strrchr(text, ')');
        if (state && state[1] && state[2] == 'S')
            return true;
        rf_clock_sleep_ns(RF_NS_PER_MS);
    }
    return false;
}

RF_TEST(a_wait_for_a_lock_is_put_down_by_caller_and_stage) {
    RF_CLEANUP(waiting_done) waiting self = { 0 };
    rf_error error;
    rf_mutex_init(&self.mutex);
    rf_check(!rf_mutex_profiler_start(&self.profiler, &error));
    rf_mutex_lock(&self.mutex); /* free: not put down */
    self.locked = true;
    rf_check(!rf_thread_start(&self.thread, "waiter", lock_once, &self, &error));
    rf_check(sleeps(&self));
    rf_clock_sleep_ns(5 * RF_NS_PER_MS);
    rf_mutex_unlock(&self.mutex);
    self.locked = false;
    rf_thread_join(&self.thread);
    rf_code code = rf_mutex_profiler_stop(self.profiler, &self.profile, &error);
    self.profiler = NULL;
    rf_check(!code && self.profile.profile.count == 1);
    const rf_profile_stack *stack = &self.profile.profile.stacks[0];
    rf_check(stack->samples == 1 && stack->value >= 5 * RF_NS_PER_MS && stack->native_count == 1);
    rf_check_text(rf_slice_of(stack->stage), RF_SLICE("redact on_output"));
    uintptr_t from = (uintptr_t)lock_once;
    rf_check(stack->native[0] > from && stack->native[0] < from + 512);
}

RF_TEST(locks_are_profiled_by_one_at_a_time) {
    RF_CLEANUP(waiting_done) waiting self = { 0 };
    rf_mutex_profiler *second = NULL;
    rf_error error = { 0 };
    rf_mutex_init(&self.mutex);
    rf_check(!rf_mutex_profiler_start(&self.profiler, &error));
    rf_code code = rf_mutex_profiler_start(&second, &error);
    rf_check(code && !second && (code == RF_EBUSY || rf_test_torture()));
    code = rf_mutex_profiler_stop(self.profiler, &self.profile, &error);
    self.profiler = NULL;
    rf_check(!code && self.profile.profile.count == 0 && self.profile.profile.duration_ns > 0);
    rf_check(atomic_load(&rf_mutex_contended) == NULL);
}
