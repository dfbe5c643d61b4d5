/* overtime_test.c: functions of the engine that ask nobody whether to go on, and that end all the same. */
#include "script/fixture.h"

#include "base/clock.h"
#include "base/thread.h"

#define LIMIT_NS (5 * RF_NS_PER_MS)

/* Signals come late or never to code that a thread sanitizer has made its own; the limits themselves are tested elsewhere. */
#ifndef __SANITIZE_THREAD__

static const char *const endless[] = {
    "return {payload: 'x'.repeat(2e6).indexOf('x'.repeat(1e6) + 'y')}",
    "const text = 'x'.repeat(2e6); for (;;) text.indexOf('y'); return msg",
    "return {payload: 'x'.repeat(2e6).split('x'.repeat(1e6) + 'y')}",
    "const b = 3n ** 600000n; for (;;) String(b); return msg",
    "return {payload: JSON.stringify({}, new Array(4e9))}",
    "let a = []; for (let i = 0; i < 60; i++) a = [a, a]; return {payload: a.flat(Infinity)}",
    "const s = 'x'.repeat(2e3), x = s + 'a', y = s + 'b', a = []; for (let i = 0; i < 2e5; i++) a.push(i % 2 ? x : y); for (;;) a.sort(); return msg",
};

/* Ended within seconds (a loaded machine is slow), where it would take from minutes to years. */
static bool ends(fixture *f, const char *text) {
    if (!fixture_init(f) || !fixture_add(f, RF_SCRIPT_BODY, text))
        return false;
    f->limits.time_ns = LIMIT_NS;
    if (!fixture_start(f))
        return false;
    uint64_t before = rf_clock_mono_ns();
    rf_slice said = fixture_run(f, 0, FIXTURE_LINE);
    if (rf_test_torture())
        return true;
    return rf_test_same_text(__FILE__, __LINE__, text, said, RF_SLICE("limit: script ran longer than 5ms")) && rf_clock_mono_ns() - before < 10 * RF_NS_PER_S;
}

RF_TEST(no_function_of_the_engine_outlives_the_limit) {
    size_t count = rf_test_torture() ? 1 : sizeof endless / sizeof *endless;
    for (size_t i = 0; i < count; i++) {
        RF_CLEANUP(fixture_done) fixture f;
        rf_check(ends(&f, endless[i]));
    }
}

RF_TEST(the_next_message_gets_a_new_vm) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f) && fixture_add(&f, RF_SCRIPT_BODY, "if (msg.payload === 1) 'x'.repeat(2e6).indexOf('x'.repeat(1e6) + 'y'); return msg"));
    f.limits.time_ns = LIMIT_NS;
    rf_check(fixture_start(&f));
    for (int i = 0; i < (rf_test_torture() ? 1 : 2); i++) {
        rf_check_text(fixture_run(&f, 0, FIXTURE_LINE), RF_SLICE("limit: script ran longer than 5ms"));
        rf_check_text(fixture_run(&f, 0, "{\"payload\":2}"), RF_SLICE("2= {}"));
    }
    rf_pool_counts counts;
    rf_pool_return(f.pool, f.vm);
    f.vm = NULL;
    rf_pool_get_counts(f.pool, &counts);
    rf_check(counts.resets == (rf_test_torture() ? 1 : 2));
}

static void on_thread(void *arg) {
    fixture *f = arg;
    (void)ends(f, endless[0]);
}

/* Threads of ours block all signals. */
RF_TEST(a_thread_that_ends_leaves_no_timer_behind) {
    for (int i = 0; i < (rf_test_torture() ? 1 : 3); i++) {
        RF_CLEANUP(fixture_done) fixture f = { 0 };
        rf_thread thread = { 0 };
        rf_check(rf_thread_start(&thread, "overtime", on_thread, &f, NULL) == RF_OK);
        rf_thread_join(&thread);
        rf_check(rf_test_torture() || f.error.code == RF_ELIMIT);
    }
}

#endif

RF_TEST(what_is_quick_is_left_alone) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f) && fixture_add(&f, RF_SCRIPT_BODY, "return {payload: 'x'.repeat(1e5).indexOf('y')}") && fixture_start(&f));
    uint64_t until = rf_clock_mono_ns() + (rf_test_torture() ? 0 : 200 * RF_NS_PER_MS); /* several ticks, in many runs */
    do
        rf_check_text(fixture_run(&f, 0, FIXTURE_LINE), RF_SLICE("-1"));
    while (rf_clock_mono_ns() < until);
}
