/* profile_test.c: the profiler of processor time, and a look at all threads. */
#include "harness.h"

#include "base/clock.h"
#include "base/slice.h"
#include "base/thread.h"
#include "observe/profile_internal.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* TSan holds signals back until a call that it knows: then there may be no sample at all. */
#if defined(__SANITIZE_THREAD__)
#define IS_TSAN true
#define SEES false
#else
#define IS_TSAN false
#define SEES (!rf_test_torture())
#endif

static uint64_t thread_ns(void) {
    struct timespec at;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return (uint64_t)at.tv_sec * RF_NS_PER_S + (uint64_t)at.tv_nsec;
}

static uint64_t spin_ns(void) { return (rf_test_torture() ? 1 : 120) * RF_NS_PER_MS; }

__attribute__((noinline)) static uint64_t spin_in_here(uint64_t ns) {
    uint64_t until = thread_ns() + ns;
    volatile uint64_t sum = 0;
    while (thread_ns() < until)
        for (uint32_t i = 0; i < 200000; i++)
            sum += i;
    return sum;
}

__attribute__((noinline)) static uint64_t spin_in_there(uint64_t ns) {
    uint64_t until = thread_ns() + ns;
    volatile uint64_t sum = 1;
    while (thread_ns() < until)
        for (uint32_t i = 0; i < 200000; i++)
            sum ^= i;
    return sum;
}

typedef struct tally { uint64_t all, hits; } tally; /* ns */

/* The compiler may have changed a function: "spin_in_here.constprop.0". */
static bool is_function(const rf_symbols *symbols, uintptr_t address, const char *function) {
    const char *found = rf_symbols_find(symbols, address).function;
    size_t len = strlen(function);
    return strncmp(found, function, len) == 0 && (!found[len] || found[len] == '.');
}

/* Of a thread (NULL: of all): the value of its stacks, and of those that have the function in them. */
static tally count(const rf_profile *profile, const rf_symbols *symbols, const char *thread, const char *function) {
    tally sum = { 0 };
    for (size_t i = 0; i < profile->count; i++) {
        const rf_profile_stack *stack = &profile->stacks[i];
        if (thread && strcmp(stack->thread, thread) != 0)
            continue;
        sum.all += stack->value;
        bool has = false;
        for (uint32_t k = 0; k < stack->native_count; k++)
            has = has || is_function(symbols, stack->native[k] - (k > 0), function);
        sum.hits += has ? stack->value : 0;
    }
    return sum;
}

static void close_symbols(rf_symbols **symbols) { rf_symbols_close(*symbols); }

static bool is_default(void) {
    struct sigaction there;
    return sigaction(SIGPROF, NULL, &there) == 0 && !(there.sa_flags & SA_SIGINFO) && there.sa_handler == SIG_DFL;
}

/* ---- Adding up ---- */

typedef struct made { rf_raw_sample raw; uintptr_t native[2]; rf_script_frame script[1]; } made;

static void add(rf_profile_table *table, const char *thread, const char *stage, uintptr_t second, char behind) {
    made m = { .raw = { .bytes = sizeof m, .native_count = 2, .script_count = 1, .count = 2, .value = 5 }, .native = { 1, second } };
    memset(m.script, behind, sizeof m.script);
    memset(m.raw.stage, behind, sizeof m.raw.stage);
    (void)snprintf(m.raw.stage, sizeof m.raw.stage, "%s", stage);
    (void)snprintf(m.script[0].function, sizeof m.script[0].function, "f");
    (void)snprintf(m.script[0].file, sizeof m.script[0].file, "a.js");
    m.script[0].line = 4;
    rf_profile_table_add(table, thread, &m.raw);
}

RF_TEST(equal_stacks_are_one) {
    RF_CLEANUP(rf_profile_table_done) rf_profile_table table = { 0 };
    RF_CLEANUP(rf_profile_done) rf_profile profile = { .kind = "x" };
    char name[] = "worker";
    add(&table, name, "s", 2, 'a');
    add(&table, "worker", "s", 2, 'b');
    add(&table, "worker", "t", 2, 'a');
    add(&table, "other", "s", 2, 'a');
    add(&table, "worker", "s", 3, 'a');
    name[0] = '-';
    rf_check(table.lost == 0);
    rf_check(!rf_profile_table_take(&table, &profile, NULL));
    rf_check(profile.count == 4 && profile.lost == 0);
    uint64_t samples = 0, twice = 0;
    for (size_t i = 0; i < profile.count; i++) {
        const rf_profile_stack *stack = &profile.stacks[i];
        samples += stack->samples;
        twice += stack->samples == 4 && stack->value == 10;
        rf_check(stack->native_count == 2 && stack->native[0] == 1 && stack->script_count == 1 && stack->script[0].line == 4);
        rf_check_text(rf_slice_of(stack->script[0].file), RF_SLICE("a.js"));
    }
    rf_check(samples == 10 && twice == 1);
}

/* ---- Real time ---- */

RF_TEST(a_function_that_spins_has_most_of_the_time) {
    RF_CLEANUP(rf_profile_done) rf_profile profile = { 0 };
    rf_profiler *profiler;
    rf_check(!rf_profiler_start(1000, &profiler, NULL));
    (void)spin_in_here(spin_ns());
    rf_check(!rf_profiler_stop(profiler, &profile, NULL));
    rf_check(is_default());
    rf_check_text(rf_slice_of(profile.kind), RF_SLICE("cpu"));
    rf_check(profile.period_ns == RF_NS_PER_MS && profile.duration_ns > 0 && profile.began_ms > 0);
    if (!SEES)
        return;
    RF_CLEANUP(close_symbols) rf_symbols *symbols = NULL;
    rf_check(!rf_symbols_open(&symbols, NULL));
    tally all = count(&profile, symbols, NULL, "spin_in_here");
    rf_check(all.hits * 10 > all.all * 8);
    rf_check(all.hits > spin_ns() / 2 && all.hits < spin_ns() * 3 / 2);
    rf_check(count(&profile, symbols, NULL, "main").hits * 10 > all.all * 8);
    rf_check(profile.lost == 0);
}

static void spin_thread(void *arg) { (void)spin_in_there(*(const uint64_t *)arg); }

RF_TEST(each_thread_has_its_own_time) {
    RF_CLEANUP(rf_profile_done) rf_profile profile = { 0 };
    rf_profiler *profiler;
    uint64_t ns = spin_ns();
    rf_thread threads[2] = { 0 };
    rf_code code = rf_thread_start(&threads[0], "early", spin_thread, &ns, NULL);
    rf_code started = rf_profiler_start(997, &profiler, NULL);
    if (!code)
        code = rf_thread_start(&threads[1], "late", spin_thread, &ns, NULL);
    (void)spin_in_here(ns);
    rf_thread_join(&threads[0]);
    rf_thread_join(&threads[1]);
    if (!started)
        started = rf_profiler_stop(profiler, &profile, NULL);
    rf_check(!code && !started);
    if (!SEES)
        return;
    RF_CLEANUP(close_symbols) rf_symbols *symbols = NULL;
    rf_check(!rf_symbols_open(&symbols, NULL));
    tally early = count(&profile, symbols, "early", "spin_in_there"), late = count(&profile, symbols, "late", "spin_in_there");
    rf_check(early.hits > ns / 3 && early.hits * 10 > early.all * 8);
    rf_check(late.hits > 0 && late.hits * 10 > late.all * 8); /* found only at the next look */
    rf_check(count(&profile, symbols, "early", "spin_in_here").hits == 0);
}

RF_TEST(threads_come_and_go_meanwhile) {
    RF_CLEANUP(rf_profile_done) rf_profile profile = { 0 };
    rf_profiler *profiler;
    rf_check(!rf_profiler_start(1000, &profiler, NULL));
    uint64_t ns = RF_NS_PER_MS;
    rf_code code = RF_OK;
    uint64_t began = rf_clock_mono_ns(), wanted = (rf_test_torture() ? 3 : 250) * RF_NS_PER_MS;
    while (!code && rf_clock_mono_ns() - began < wanted) {
        rf_thread threads[4] = { 0 };
        for (int i = 0; i < 4 && !code; i++)
            code = rf_thread_start(&threads[i], "brief", spin_thread, &ns, NULL);
        for (int i = 0; i < 4; i++)
            rf_thread_join(&threads[i]);
    }
    rf_code stopped = rf_profiler_stop(profiler, &profile, NULL);
    rf_check(!code && !stopped);
    rf_check(is_default());
}

RF_TEST(one_profile_at_a_time) {
    rf_profiler *profiler, *other;
    rf_error error;
    RF_CLEANUP(rf_profile_done) rf_profile profile = { 0 };
    RF_CLEANUP(rf_profile_done) rf_profile threads = { 0 };
    rf_check(!rf_profiler_start(100, &profiler, NULL));
    rf_code twice = rf_profiler_start(100, &other, &error);
    rf_code look = rf_profile_threads(&threads, NULL);
    rf_check(!rf_profiler_stop(profiler, &profile, NULL));
    rf_check(twice == (rf_test_torture() && twice == RF_ENOMEM ? RF_ENOMEM : RF_EBUSY) && look == RF_EBUSY);
    if (twice == RF_EBUSY)
        rf_check_text(rf_slice_of(error.message), RF_SLICE("a profile is being taken already: one at a time"));
    rf_check(!rf_profiler_start(100, &profiler, NULL));
    RF_CLEANUP(rf_profile_done) rf_profile again = { 0 };
    rf_check(!rf_profiler_stop(profiler, &again, NULL));
}

RF_TEST(rates_have_bounds) {
    rf_profiler *profiler;
    rf_error error;
    rf_check(rf_profiler_start(0, &profiler, &error) == RF_ECONFIG);
    rf_check(rf_profiler_start(10001, &profiler, &error) == RF_ECONFIG);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("10001 samples a second cannot be taken"));
}

static volatile sig_atomic_t signals;
static void count_signal(int number) { signals += number == SIGPROF; }

static void set_counter(bool on) {
    struct sigaction action = { .sa_handler = on ? count_signal : SIG_DFL };
    (void)sigaction(SIGPROF, &action, NULL);
}

RF_TEST(another_handler_is_left_alone) {
    rf_profiler *profiler = NULL;
    rf_error error = { 0 };
    set_counter(true);
    rf_code code = rf_profiler_start(100, &profiler, &error);
    signals = 0;
    (void)raise(SIGPROF);
    set_counter(false);
    rf_check(code == RF_EBUSY || (rf_test_torture() && code == RF_ENOMEM));
    rf_check(!profiler && signals == 1);
}

RF_TEST(no_timer_is_left_behind) {
    RF_CLEANUP(rf_profile_done) rf_profile profile = { 0 };
    rf_profiler *profiler;
    rf_check(!rf_profiler_start(10000, &profiler, NULL));
    (void)spin_in_here(spin_ns() / 4);
    rf_check(!rf_profiler_stop(profiler, &profile, NULL));
    set_counter(true);
    signals = 0;
    (void)spin_in_here(spin_ns() / 4);
    set_counter(false);
    rf_check(signals == 0);
}

/* It has the signal pending when the profiler ends, and lets it in afterwards. */
typedef struct deaf { rf_mutex mutex; rf_cond cond; bool spun, stopped; } deaf;
static void spin_deaf(void *arg) {
    deaf *self = arg;
    sigset_t ours;
    (void)sigemptyset(&ours);
    (void)sigaddset(&ours, SIGPROF);
    (void)pthread_sigmask(SIG_BLOCK, &ours, NULL);
    (void)spin_in_there(spin_ns());
    rf_mutex_lock(&self->mutex);
    self->spun = true;
    rf_cond_broadcast(&self->cond);
    while (!self->stopped)
        rf_cond_wait(&self->cond, &self->mutex);
    rf_mutex_unlock(&self->mutex);
    (void)pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
}

RF_TEST(a_signal_that_a_thread_blocked_ends_nobody) {
    RF_CLEANUP(rf_profile_done) rf_profile profile = { 0 };
    rf_profiler *profiler;
    deaf shared = { .spun = false };
    rf_mutex_init(&shared.mutex);
    rf_cond_init(&shared.cond);
    rf_thread thread = { 0 };
    rf_check(!rf_thread_start(&thread, "deaf", spin_deaf, &shared, NULL));
    rf_code code = rf_profiler_start(1000, &profiler, NULL);
    rf_mutex_lock(&shared.mutex);
    while (!shared.spun)
        rf_cond_wait(&shared.cond, &shared.mutex);
    rf_mutex_unlock(&shared.mutex);
    if (!code)
        code = rf_profiler_stop(profiler, &profile, NULL);
    rf_mutex_lock(&shared.mutex);
    shared.stopped = true;
    rf_cond_broadcast(&shared.cond);
    rf_mutex_unlock(&shared.mutex);
    rf_thread_join(&thread);
    rf_cond_done(&shared.cond);
    rf_mutex_done(&shared.mutex);
    rf_check(!code);
}

/* ---- Scripts ---- */

static uint32_t two_frames(void *engine, rf_script_frame *ret, uint32_t max) {
    if (max < 2)
        return 0;
    memset(ret, 'x', 2 * sizeof *ret); /* what is behind the texts does not count */
    (void)snprintf(ret[0].function, sizeof ret[0].function, "inner");
    (void)snprintf(ret[0].file, sizeof ret[0].file, "%s", (const char *)engine);
    ret[0].line = 7;
    (void)snprintf(ret[1].function, sizeof ret[1].function, "outer");
    (void)snprintf(ret[1].file, sizeof ret[1].file, "%s", (const char *)engine);
    ret[1].line = 12;
    return 2;
}

static uint32_t later(void *engine, rf_script_frame *ret, uint32_t max) {
    (void)engine;
    (void)ret;
    (void)max;
    return RF_WHERE_LATER;
}

static uint64_t with_frames(const rf_profile *profile, const char *stage, uint32_t frames, uint32_t line) {
    uint64_t sum = 0;
    for (size_t i = 0; i < profile->count; i++) {
        const rf_profile_stack *stack = &profile->stacks[i];
        if (strcmp(stack->stage, stage) == 0 && stack->script_count == frames && (!frames || stack->script[0].line == line))
            sum += stack->value;
    }
    return sum;
}

RF_TEST(samples_name_the_script_and_its_stage) {
    RF_CLEANUP(rf_profile_done) rf_profile profile = { 0 };
    rf_profiler *profiler;
    rf_check(!rf_profiler_start(1000, &profiler, NULL));
    rf_where where = { .stage = "redact on_output", .frames = two_frames, .engine = "a.js" };
    rf_where_enter(&where);
    (void)spin_in_here(spin_ns());
    rf_where_leave(&where);
    rf_check(!rf_profiler_stop(profiler, &profile, NULL));
    rf_check(!rf_where_now && rf_where_active == 0);
    if (!SEES)
        return;
    rf_check(with_frames(&profile, "redact on_output", 2, 7) > spin_ns() / 2);
    for (size_t i = 0; i < profile.count; i++)
        if (profile.stacks[i].script_count) {
            rf_check_text(rf_slice_of(profile.stacks[i].script[1].function), RF_SLICE("outer"));
            rf_check_text(rf_slice_of(profile.stacks[i].script[0].file), RF_SLICE("a.js"));
        }
}

RF_TEST(frames_may_come_later) {
    RF_CLEANUP(rf_profile_done) rf_profile profile = { 0 };
    rf_profiler *profiler;
    rf_check(!rf_profiler_start(1000, &profiler, NULL));
    rf_where where = { .stage = "later", .frames = later };
    const rf_script_frame frame = { "f", "b.js", 3 };
    rf_where_enter(&where);
    for (uint32_t i = 0; i < 50; i++) {
        (void)spin_in_here(spin_ns() / 50);
        if (rf_where_due)
            rf_where_caught(&frame, 1);
    }
    (void)spin_in_here(spin_ns() / 5); /* those never come */
    rf_where_leave(&where);
    rf_check(!rf_profiler_stop(profiler, &profile, NULL));
    rf_where_caught(&frame, 1); /* due, but too late: nobody is there */
    rf_check(!rf_where_due);
    if (!SEES)
        return;
    rf_check(with_frames(&profile, "later", 1, 3) > spin_ns() / 4);
    rf_check(with_frames(&profile, "later", 0, 0) > 0);
    rf_check(profile.lost == 0);
}

/* ---- Beside a signal that leaves by longjmp, as scripts that run overtime do ---- */

static _Thread_local sigjmp_buf away;
static _Thread_local volatile bool may_jump;
static void jump(int number) {
    (void)number;
    if (!may_jump)
        return;
    may_jump = false;
    siglongjmp(away, 1);
}

RF_TEST(samples_go_on_when_another_signal_jumps_away) {
    RF_CLEANUP(rf_profile_done) rf_profile profile = { 0 };
    rf_profiler *profiler;
    struct sigaction action = { .sa_handler = jump, .sa_flags = SA_NODEFER | SA_RESTART };
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMAX };
    event._sigev_un._tid = gettid();
    const struct itimerspec every = { { 0, 1000000 }, { 0, 1000000 } };
    timer_t timer;
    sigset_t before;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &before);
    rf_check(!rf_profiler_start(1000, &profiler, NULL));
    (void)sigaction(SIGRTMAX, &action, NULL);
    bool has_timer = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) == 0 && timer_settime(timer, 0, &every, NULL) == 0;
    volatile uint32_t jumps = 0;
    uint64_t until = thread_ns() + spin_ns();
    while (has_timer && thread_ns() < until) {
        if (sigsetjmp(away, 0) == 0) {
            may_jump = true;
            (void)spin_in_here(5 * RF_NS_PER_MS);
            may_jump = false;
        } else {
            jumps++;
        }
    }
    (void)timer_delete(timer);
    (void)signal(SIGRTMAX, SIG_IGN);
    (void)signal(SIGRTMAX, SIG_DFL);
    sigset_t mask;
    (void)pthread_sigmask(SIG_SETMASK, &before, &mask);
    rf_check(!rf_profiler_stop(profiler, &profile, NULL));
    rf_check(has_timer);
    rf_check(IS_TSAN || (sigismember(&mask, SIGPROF) == 0 && sigismember(&mask, SIGINT) == 0)); /* TSan blocks all in any handler */
    uint64_t sum = 0;
    for (size_t i = 0; i < profile.count; i++)
        sum += profile.stacks[i].value;
    rf_check(!SEES || (jumps > 5 && sum > spin_ns() / 2));
}

/* ---- A look at all threads ---- */

typedef struct sleeper { rf_mutex mutex; rf_cond cond; bool there, end; } sleeper;

__attribute__((noinline)) static void wait_in_here(sleeper *self) {
    while (!self->end)
        rf_cond_wait(&self->cond, &self->mutex);
}

static void sleep_thread(void *arg) {
    sleeper *self = arg;
    rf_mutex_lock(&self->mutex);
    self->there = true;
    rf_cond_broadcast(&self->cond);
    wait_in_here(self);
    rf_mutex_unlock(&self->mutex);
}

static void end_sleeper(sleeper *shared, rf_thread *thread) {
    rf_mutex_lock(&shared->mutex);
    shared->end = true;
    rf_cond_broadcast(&shared->cond);
    rf_mutex_unlock(&shared->mutex);
    rf_thread_join(thread);
    rf_cond_done(&shared->cond);
    rf_mutex_done(&shared->mutex);
}

RF_TEST(every_thread_is_seen_with_its_stack) {
    RF_CLEANUP(rf_profile_done) rf_profile profile = { 0 };
    RF_CLEANUP(close_symbols) rf_symbols *symbols = NULL;
    sleeper shared = { .end = false };
    rf_mutex_init(&shared.mutex);
    rf_cond_init(&shared.cond);
    rf_thread thread = { 0 };
    rf_code code = rf_thread_start(&thread, "sleeper", sleep_thread, &shared, NULL);
    rf_mutex_lock(&shared.mutex);
    while (!code && !shared.there)
        rf_cond_wait(&shared.cond, &shared.mutex);
    rf_mutex_unlock(&shared.mutex);
    if (!code)
        code = rf_profile_threads(&profile, NULL);
    end_sleeper(&shared, &thread);
    rf_check(!code && is_default());
    if (!SEES)
        return;
    rf_check(!rf_symbols_open(&symbols, NULL));
    tally there = count(&profile, symbols, "sleeper", "wait_in_here"), all = count(&profile, symbols, NULL, "main");
    rf_check(there.all == 1 && all.all >= 2 && all.hits == 1);
#if !defined(__SANITIZE_ADDRESS__) /* its own frames lie between */
    rf_check(there.hits == 1 && count(&profile, symbols, "sleeper", "sleep_thread").hits == 1);
#endif
    rf_check_text(rf_slice_of(profile.kind), RF_SLICE("threads"));
}
