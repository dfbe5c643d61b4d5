/* trace_test.c: traces as their readers see them. */
#include "observe/zone.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "base/thread.h"
#include "harness.h"
#include "message/json.h"
#include "observe/metrics.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- Helpers ---- */

typedef struct traced {
    rf_arena arena;
    rf_buffer json;
    rf_value root;
    const rf_value *events;
    rf_trace *running;
    rf_metrics *metrics;
} traced;

static void traced_done(traced *self) {
    if (self->running)
        rf_trace_stop(self->running, NULL, &self->json);
    rf_metrics_free(self->metrics);
    rf_buffer_done(&self->json);
    rf_arena_done(&self->arena);
}
#define TRACED(name) RF_CLEANUP(traced_done) traced name = { 0 }; rf_arena_init(&name.arena, (size_t)1 << 20)

static bool start(traced *self, uint32_t events_max) { return !rf_trace_start(events_max, &self->running, NULL); }

static bool stop(traced *self) {
    rf_buffer_clear(&self->json);
    rf_trace_stop(self->running, self->metrics, &self->json);
    self->running = NULL;
    if (self->json.failed || rf_json_parse(&self->arena, rf_buffer_view(&self->json), RF_JSON_DOUBLES, &self->root, NULL))
        return false;
    self->events = rf_value_member(&self->root, RF_SLICE("traceEvents"));
    return self->events && self->events->kind == RF_LIST;
}

static const rf_value *member(const rf_value *map, const char *key) { return rf_value_member(map, rf_slice_of(key)); }

static bool has(const rf_value *map, const char *key, const char *text) {
    const rf_value *value = member(map, key);
    return value && value->kind == RF_STRING && rf_slice_eq(rf_value_text(value), rf_slice_of(text));
}

static double number(const rf_value *map, const char *key) {
    const rf_value *value = member(map, key);
    return value && value->kind == RF_DOUBLE ? value->number : -1;
}

static double lost(const traced *self) { return number(member(&self->root, "otherData"), "lost_events"); }

/* The n-th (from 0) of a phase, name and detail (NULL: any). */
static const rf_value *event(const traced *self, const char *phase, const char *name, const char *detail, uint32_t n) {
    for (uint32_t i = 0; i < self->events->size; i++) {
        const rf_value *at = &self->events->items[i];
        if (has(at, "ph", phase) && has(at, "name", name) && (!detail || has(member(at, "args"), "detail", detail)) && n-- == 0)
            return at;
    }
    return NULL;
}

static uint32_t count_of(const traced *self, const char *phase) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < self->events->size; i++)
        count += has(&self->events->items[i], "ph", phase);
    return count;
}

static void zone(rf_zone zone_kind, const char *detail) {
    rf_zone_mark mark;
    rf_zone_begin(&mark, zone_kind, detail);
    rf_zone_end(&mark);
}

static void nested(void) {
    RF_ZONE(RF_ZONE_PROCESSOR, "outer");
    zone(RF_ZONE_STAGE, "first");
    zone(RF_ZONE_STAGE, "second");
}

/* ---- What is in a trace ---- */

RF_TEST(zones_are_complete_events_within_each_other) {
    TRACED(t);
    rf_check(start(&t, 0));
    nested();
    rf_check(stop(&t));
    const rf_value *outer = event(&t, "X", "processor", "outer", 0), *first = event(&t, "X", "stage", "first", 0);
    const rf_value *second = event(&t, "X", "stage", "second", 0);
    if (rf_test_torture() && !outer)
        return; /* no memory for the ring */
    rf_check(outer && first && second && count_of(&t, "X") == 3 && lost(&t) == 0);
    rf_check(has(outer, "cat", "stream") && number(outer, "pid") == getpid() && number(outer, "tid") == gettid());
    rf_check(number(first, "ts") >= number(outer, "ts"));
    rf_check(number(second, "ts") >= number(first, "ts") + number(first, "dur"));
    rf_check(number(second, "ts") + number(second, "dur") <= number(outer, "ts") + number(outer, "dur") + 0.002 /* rounded thrice */);
}

RF_TEST(every_event_has_what_readers_insist_on) {
    TRACED(t);
    rf_check(start(&t, 0));
    nested();
    zone(RF_ZONE_WAIT, NULL);
    rf_check(stop(&t));
    rf_check(has(&t.root, "displayTimeUnit", "ns"));
    for (uint32_t i = 0; i < t.events->size; i++) {
        const rf_value *at = &t.events->items[i];
        rf_check(member(at, "name") && member(at, "cat") && member(at, "ph") && member(at, "args")->kind == RF_MAP);
        rf_check(number(at, "pid") > 0 && number(at, "tid") > 0 && number(at, "ts") >= 0);
    }
    rf_check(has(member(event(&t, "M", "process_name", NULL, 0), "args"), "name", program_invocation_short_name));
}

RF_TEST(a_second_trace_has_to_wait) {
    TRACED(t);
    rf_error error;
    rf_trace *second = NULL;
    rf_check(start(&t, 0));
    rf_code code = rf_trace_start(0, &second, &error);
    rf_check(code == RF_EBUSY || (rf_test_torture() && code == RF_ENOMEM));
    rf_check(!second && stop(&t));
    rf_check((rf_zones_on & ~(unsigned)RF_ZONES_OUTSIDE) == 0); /* Tracy's builds have that on */
}

RF_TEST(the_newest_events_stay_and_the_others_are_counted) {
    TRACED(t);
    char name[16];
    rf_check(start(&t, 8));
    for (int i = 0; i < 20; i++) {
        (void)snprintf(name, sizeof name, "z%d", i);
        zone(RF_ZONE_HOOK, name);
    }
    rf_check(stop(&t));
    rf_check(lost(&t) == (rf_test_torture() && count_of(&t, "X") == 0 ? 20 : 12));
    if (count_of(&t, "X") == 0)
        return;
    rf_check(count_of(&t, "X") == 8 && event(&t, "X", "hook", "z19", 0) && event(&t, "X", "hook", "z12", 0));
    rf_check(!event(&t, "X", "hook", "z11", 0));
}

RF_TEST(details_may_be_any_text) {
    TRACED(t);
    rf_check(start(&t, 0));
    zone(RF_ZONE_HOOK, "tab\t \"quoted\" \\ \xc3\xa4 \xff");
    rf_check(stop(&t));
    rf_check(event(&t, "X", "hook", "tab\t \"quoted\" \\ \xc3\xa4 \xef\xbf\xbd", 0) || (rf_test_torture() && lost(&t) == 1));
}

RF_TEST(a_zone_that_began_before_is_cut) {
    TRACED(t);
    rf_check(!rf_zone_tree_open(NULL)); /* so that the zone is on */
    rf_zone_mark mark;
    rf_zone_begin(&mark, RF_ZONE_COMPILE, "early");
    rf_clock_sleep_ns(3 * RF_NS_PER_MS);
    uint64_t from = rf_clock_mono_ns();
    bool started = start(&t, 0);
    rf_zone_end(&mark);
    double most_us = (double)(rf_clock_mono_ns() - from) / 1e3;
    rf_zone_tree_close();
    rf_check(started && stop(&t));
    const rf_value *early = event(&t, "X", "compile", "early", 0);
    if (rf_test_torture() && !early)
        return;
    rf_check(early && number(early, "ts") == 0);
    rf_check(number(early, "dur") >= 0 && number(early, "dur") <= 1.01 * most_us); /* the 3 ms before are not in it */
}

static double never(void *arg) {
    (void)arg;
    return 0.0 / 0.0;
}
static double half(void *arg) {
    (void)arg;
    return 0.5;
}

RF_TEST(metrics_are_counters) {
    TRACED(t);
    rf_metric lines, times, idle;
    rf_meter *meter;
    const rf_metric_labels labels = { .label = "", .path = "root.\"input\"" };
    rf_check(!rf_metrics_new(&t.metrics, NULL));
    rf_check(!rf_metrics_counter(t.metrics, "lines", "h", &labels, &lines, NULL));
    rf_check(!rf_metrics_histogram(t.metrics, "took_ns", "h", NULL, &times, NULL));
    rf_check(!rf_metrics_histogram(t.metrics, "idle_ns", "h", NULL, &idle, NULL));
    rf_check(!rf_metrics_gauge(t.metrics, "half", "h", NULL, half, NULL, NULL));
    rf_check(!rf_metrics_gauge(t.metrics, "never", "h", NULL, never, NULL, NULL));
    rf_check(!rf_metrics_meter(t.metrics, &meter, NULL));
    rf_meter_add(meter, lines, 42);
    rf_meter_observe(meter, times, 1024);
    rf_check(start(&t, 0) && stop(&t));
    const rf_value *counter = event(&t, "C", "lines{path=root.\"input\"}", NULL, 0);
    if (rf_test_torture() && !counter)
        counter = event(&t, "C", "lines", NULL, 0); /* no memory for its labels */
    rf_check(counter && number(member(counter, "args"), "value") == 42 && has(counter, "cat", "metrics"));
    rf_check(number(member(event(&t, "C", "half", NULL, 0), "args"), "value") == 0.5);
    rf_check(number(member(event(&t, "C", "took_ns", NULL, 0), "args"), "p99") == (double)rf_metrics_quantile(t.metrics, times, 0.99));
    rf_check(count_of(&t, "C") == 3); /* neither an empty histogram nor a gauge without a number */
}

/* ---- Threads ---- */

static void some_zones(void *arg) {
    for (int i = 0; i < 5; i++)
        zone(RF_ZONE_HOOK, arg);
}

RF_TEST(threads_that_ended_are_in_it_by_name) {
    TRACED(t);
    rf_check(start(&t, 0));
    rf_thread one = { 0 }, other = { 0 };
    rf_code code = rf_thread_start(&one, "worker one", some_zones, "a", NULL);
    rf_code second = rf_thread_start(&other, "worker \"two\"", some_zones, "b", NULL);
    rf_thread_join(&one);
    rf_thread_join(&other);
    rf_check(!code && !second && stop(&t));
    rf_check(count_of(&t, "X") + lost(&t) == 10);
    if (rf_test_torture() && lost(&t) > 0)
        return;
    rf_check(count_of(&t, "M") == 3);
    const rf_value *names[] = { event(&t, "M", "thread_name", NULL, 0), event(&t, "M", "thread_name", NULL, 1) };
    rf_check(names[0] && names[1]);
    bool swapped = !has(member(names[0], "args"), "name", "worker one");
    rf_check(has(member(names[swapped], "args"), "name", "worker one") && has(member(names[!swapped], "args"), "name", "worker \"two\""));
    rf_check(number(event(&t, "X", "hook", "a", 4), "tid") == number(names[swapped], "tid"));
    rf_check(number(event(&t, "X", "hook", "b", 4), "tid") == number(names[!swapped], "tid"));
}

typedef struct workers { _Atomic bool stop; _Atomic uint64_t rounds; rf_thread threads[3]; size_t count; } workers;

static void until_stopped(void *arg) {
    workers *self = arg;
    char detail[32];
    do {
        (void)snprintf(detail, sizeof detail, "round %u", (unsigned)(self->rounds % 7));
        RF_ZONE(RF_ZONE_CHAIN, detail);
        zone(RF_ZONE_HOOK, detail);
        atomic_fetch_add(&self->rounds, 1);
    } while (!self->stop);
}

static void crew_done(workers *self) {
    self->stop = true;
    while (self->count)
        rf_thread_join(&self->threads[--self->count]);
}

static bool is_whole(const rf_value *at) {
    const rf_value *detail = member(member(at, "args"), "detail");
    return (has(at, "name", "chain") || has(at, "name", "hook")) && detail && rf_slice_starts(rf_value_text(detail), RF_SLICE("round ")) &&
           detail->size == 7 && number(at, "dur") >= 0;
}

RF_TEST(traces_begin_and_end_under_load) {
    TRACED(t);
    RF_CLEANUP(crew_done) workers crew = { 0 };
    for (; crew.count < 3; crew.count++)
        rf_check(!rf_thread_start(&crew.threads[crew.count], "loaded", until_stopped, &crew, NULL));
    for (int i = 0, rounds = rf_test_torture() ? 3 : 20; i < rounds; i++) {
        rf_check(start(&t, 16));
        for (uint64_t from = crew.rounds; crew.rounds < from + 60;)
            rf_clock_sleep_ns(1000);
        rf_check(stop(&t));
        rf_check(count_of(&t, "X") >= 16 || (rf_test_torture() && lost(&t) > 0));
        for (uint32_t k = 0; k < t.events->size; k++)
            rf_check(!has(&t.events->items[k], "ph", "X") || is_whole(&t.events->items[k]));
    }
}
