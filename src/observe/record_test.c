/* record_test.c: times recorded by programs that embed us. */
#include "riffle/observe.h"

#include "base/clock.h"
#include "base/slice.h"
#include "base/thread.h"
#include "harness.h"

#include <stdio.h>
#include <string.h>

static void recorder_done(rf_recorder **recorder) { rf_recorder_free(*recorder); }

#define RECORDER(name)                                          \
    RF_CLEANUP(recorder_done) rf_recorder *name = NULL;         \
    rf_check(rf_recorder_new(&name, NULL) == RF_OK)

RF_TEST(what_was_recorded_is_read) {
    RECORDER(self);
    rf_recorded_plugin redact, other;
    rf_check(!rf_recorder_plugin(self, "redact", &redact, NULL) && !rf_recorder_plugin(self, "other", &other, NULL) && redact != other);
    for (uint64_t ns = 1; ns <= 1000; ns++)
        rf_record_plugin_output(self, redact, ns);
    rf_recorded got;
    rf_recorder_snapshot(self, redact, RF_RECORD_OUTPUT, &got);
    rf_check(got.count == 1000 && got.total_ns == 500500 && got.mean_ns == 500.5 && got.min_ns == 1 && got.max_ns == 1000);
    rf_check(got.p50_ns > 465 && got.p50_ns < 535 && got.p90_ns > 840 && got.p90_ns < 960 && got.p99_ns > 925 && got.p99_ns <= 1000);
}

RF_TEST(each_kind_and_plugin_is_counted_for_itself) {
    RECORDER(self);
    rf_recorded_plugin a, b;
    rf_check(!rf_recorder_plugin(self, "a", &a, NULL) && !rf_recorder_plugin(self, "b", &b, NULL));
    rf_record_plugin_load(self, a, 10);
    rf_record_plugin_output(self, a, 20);
    rf_record_plugin_input(self, a, 30);
    rf_record_plugin_resize(self, a, 40);
    rf_record_plugin_vm_exec(self, a, 50);
    rf_record_plugin_vm_exec(self, b, 70);
    for (rf_record_kind kind = RF_RECORD_LOAD; kind < RF_RECORD_KINDS; kind++) {
        rf_recorded got;
        uint64_t expected = 10 * ((uint64_t)kind + 1);
        rf_recorder_snapshot(self, a, kind, &got);
        rf_check(got.count == 1 && got.total_ns == expected && got.min_ns == expected && got.p50_ns == expected && got.max_ns == expected);
        rf_recorder_snapshot(self, RF_RECORDED_ALL, kind, &got);
        rf_check(got.count == (kind == RF_RECORD_VM_EXEC ? 2 : 1));
    }
    rf_recorded all;
    rf_recorder_snapshot(self, RF_RECORDED_ALL, RF_RECORD_VM_EXEC, &all);
    rf_check(all.min_ns == 50 && all.max_ns == 70 && all.mean_ns == 60);
}

RF_TEST(nothing_recorded_is_all_zero) {
    RECORDER(self);
    rf_recorded_plugin a;
    rf_recorded got = { .count = 1 };
    rf_recorder_snapshot(self, RF_RECORDED_ALL, RF_RECORD_LOAD, &got);
    rf_check(got.count == 0 && got.max_ns == 0);
    rf_check(!rf_recorder_plugin(self, "a", &a, NULL));
    got.min_ns = 1;
    rf_recorder_snapshot(self, a, RF_RECORD_LOAD, &got);
    rf_check(got.count == 0 && got.min_ns == 0 && got.p99_ns == 0 && got.mean_ns == 0);
}

RF_TEST(the_least_and_the_largest_times_are_kept) {
    RECORDER(self);
    rf_recorded_plugin a;
    rf_recorded got;
    rf_check(!rf_recorder_plugin(self, "a", &a, NULL));
    rf_record_plugin_load(self, a, 0);
    rf_recorder_snapshot(self, a, RF_RECORD_LOAD, &got);
    rf_check(got.count == 1 && got.min_ns == 0 && got.max_ns == 0 && got.p50_ns == 0);
    rf_record_plugin_load(self, a, UINT64_MAX / 2);
    rf_recorder_snapshot(self, a, RF_RECORD_LOAD, &got);
    rf_check(got.count == 2 && got.min_ns == 0 && got.max_ns == UINT64_MAX / 2);
}

RF_TEST(a_name_stands_for_one_plugin) {
    RECORDER(self);
    rf_recorded_plugin first, again;
    rf_error error = { 0 };
    char name[] = "same";
    rf_check(!rf_recorder_plugin(self, name, &first, NULL));
    name[0] = 'S'; /* it was copied */
    rf_check(!rf_recorder_plugin(self, "same", &again, NULL) && first == again);
    rf_check(rf_recorder_plugin(self, "", &again, &error) == RF_ECONFIG && strstr(error.message, "empty") && error.hint[0]);
    rf_check(rf_recorder_plugin(self, "a\nb", &again, NULL) == RF_ECONFIG);
}

RF_TEST(there_is_room_for_so_many_plugins) {
    RECORDER(self);
    rf_recorded_plugin plugin;
    rf_error error = { 0 };
    if (rf_test_torture())
        return; /* a thousand allocations that are all one */
    for (unsigned i = 0; i < RF_RECORDED_PLUGINS_MAX; i++) {
        char name[20];
        (void)snprintf(name, sizeof name, "p%u", i);
        rf_check(!rf_recorder_plugin(self, name, &plugin, NULL) && plugin == i);
    }
    rf_check(rf_recorder_plugin(self, "more", &plugin, &error) == RF_ELIMIT && strstr(error.message, "1024") && strstr(error.message, "more"));
    rf_check(!rf_recorder_plugin(self, "p0", &plugin, NULL) && plugin == 0);
}

RF_TEST(the_report_is_a_table) {
    RECORDER(self);
    rf_recorded_plugin redact, quiet, load;
    rf_check(!rf_recorder_plugin(self, "redact", &redact, NULL) && !rf_recorder_plugin(self, "quiet", &quiet, NULL));
    rf_check(!rf_recorder_plugin(self, "long-name", &load, NULL));
    rf_record_plugin_output(self, redact, 1000);
    rf_record_plugin_output(self, redact, 3000);
    rf_record_plugin_load(self, load, 2500000000);
    rf_record_plugin_vm_exec(self, load, 999);
    static const char expected[] =
        "plugin     what          count      total       mean        min        p50        p90        p99        max\n"
        "redact     output            2     4.0 us     2.0 us     1.0 us     1.0 us     2.9 us     2.9 us     3.0 us\n"
        "long-name  load              1      2.5 s      2.5 s      2.5 s      2.5 s      2.5 s      2.5 s      2.5 s\n"
        "long-name  vm exec           1     999 ns     999 ns     999 ns     999 ns     999 ns     999 ns     999 ns\n";
    char text[1000];
    rf_check(rf_recorder_report(self, text, sizeof text) == sizeof expected - 1);
    rf_check_text(rf_slice_of(text), rf_slice_of(expected));
}

RF_TEST(a_report_that_does_not_fit_is_cut_at_a_line) {
    RECORDER(self);
    rf_recorded_plugin a;
    rf_check(!rf_recorder_plugin(self, "a", &a, NULL));
    rf_record_plugin_load(self, a, 1);
    char whole[500], text[500];
    size_t len = rf_recorder_report(self, whole, sizeof whole);
    rf_check(len < sizeof whole && strlen(whole) == len && rf_recorder_report(self, NULL, 0) == len);
    rf_check(rf_recorder_report(self, text, len + 1) == len && strcmp(text, whole) == 0);
    rf_check(rf_recorder_report(self, text, len) == len && strlen(text) == len / 2 && strncmp(text, whole, len / 2) == 0);
    rf_check(rf_recorder_report(self, text, 5) == len && text[0] == '\0');
}

enum { THREADS = 4, TIMES = 20000 };
typedef struct recording { rf_thread thread; rf_recorder *recorder; rf_recorded_plugin plugin; uint64_t seen; } recording;

static void recording_main(void *arg) {
    recording *self = arg;
    for (uint64_t i = 1; i <= TIMES; i++) {
        rf_record_plugin_output(self->recorder, self->plugin, i);
        if (i % 1000 == 0) {
            rf_recorded got;
            rf_recorder_snapshot(self->recorder, self->plugin, RF_RECORD_OUTPUT, &got);
            self->seen = got.count >= self->seen ? got.count : UINT64_MAX; /* it never goes back */
        }
    }
}

RF_TEST(threads_record_about_one_plugin_without_losing_any) {
    RECORDER(self);
    recording threads[THREADS] = { 0 };
    rf_recorded_plugin plugin;
    rf_check(!rf_recorder_plugin(self, "p", &plugin, NULL));
    bool started = true;
    for (size_t i = 0; i < THREADS; i++) {
        threads[i].recorder = self;
        threads[i].plugin = plugin;
        started &= rf_thread_start(&threads[i].thread, "recording", recording_main, &threads[i], NULL) == RF_OK;
    }
    bool grew = true;
    for (size_t i = 0; i < THREADS; i++) {
        rf_thread_join(&threads[i].thread);
        grew &= threads[i].seen != UINT64_MAX;
    }
    rf_recorded got;
    rf_recorder_snapshot(self, plugin, RF_RECORD_OUTPUT, &got);
    rf_check(started && grew && got.count == THREADS * TIMES && got.max_ns == TIMES && got.min_ns == 1);
    rf_check(got.total_ns == THREADS * ((uint64_t)TIMES * (TIMES + 1) / 2));
}
