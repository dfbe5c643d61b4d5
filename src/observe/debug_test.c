/* debug_test.c: answers of /debug/…, asked without a service. */
#include "observe/debug.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "harness.h"
#include "observe/heap_profile.h"
#include "observe/zone.h"

#include <errno.h>
#include <string.h>

/* A request and what came of it. */
typedef struct ask {
    rf_debug *debug;
    const char *method, *rest;
    const char *keys[3], *values[3];
    _Atomic bool gone;
    rf_http_answer answer;
    rf_buffer out;
} ask;

static void ask_done(ask *self) {
    rf_debug_free(self->debug);
    rf_buffer_done(&self->out);
}

static rf_slice query(const rf_http_request *request, const char *key) {
    const ask *self = request->connection;
    for (size_t i = 0; i < 3 && self->keys[i]; i++)
        if (strcmp(self->keys[i], key) == 0)
            return rf_slice_of(self->values[i]);
    return (rf_slice){ 0 };
}

static bool opened(ask *self) {
    rf_error error;
    return !rf_debug_new(&(rf_debug_options){ .zones_idle_ns = (rf_test_torture() ? 5 : 300) * RF_NS_PER_MS }, &self->debug, &error);
}

/* The status; 0: there is no such route, or a text that could not be kept. The answer is `out`, with a NUL behind it. */
static unsigned get(ask *self, const char *path) {
    rf_http_route routes[RF_DEBUG_ROUTES_MAX];
    size_t count = rf_debug_routes(self->debug, routes, RF_DEBUG_ROUTES_MAX);
    rf_http_request request = { .method = rf_slice_of(self->method ? self->method : "GET"), .rest = rf_slice_of(self->rest ? self->rest : ""), .query = query,
                                .connection = self, .gone = &self->gone };
    rf_buffer_clear(&self->out);
    for (size_t i = 0; i < count; i++)
        if (strcmp(routes[i].path, path) == 0) {
            self->answer = routes[i].answer(routes[i].arg, &request, &self->out);
            return rf_buffer_cstr(&self->out) ? self->answer.status : 0;
        }
    return 0;
}

static bool is_gzip(const rf_buffer *out) { return out->len > 18 && memcmp(out->data, "\x1f\x8b", 2) == 0; }

RF_TEST(longer_paths_come_before_those_they_begin_with) {
    RF_CLEANUP(ask_done) ask self = { 0 };
    rf_http_route routes[RF_DEBUG_ROUTES_MAX];
    rf_check(opened(&self));
    size_t count = rf_debug_routes(self.debug, routes, RF_DEBUG_ROUTES_MAX);
    rf_check(count == 10 && rf_debug_routes(self.debug, routes, 3) == 10);
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            rf_check(strncmp(routes[j].path, routes[i].path, strlen(routes[i].path)) != 0);
    for (size_t i = 0; i < count; i++)
        rf_check(!strchr(routes[i].summary, '"') && routes[i].arg == self.debug);
}

RF_TEST(the_index_links_to_all) {
    RF_CLEANUP(ask_done) ask self = { .rest = "/" };
    rf_check(opened(&self) && get(&self, "/debug/pprof") == 200);
    rf_check_text(rf_slice_of(self.answer.content_type), RF_SLICE("text/html; charset=utf-8"));
    rf_check(strstr(self.out.data, "<a href=\"../pprof/profile?seconds=5&amp;format=flame\">pprof/profile?seconds=5&amp;format=flame</a>"));
    rf_check(strstr(self.out.data, "<a href=\"../pprof/heap\">pprof/heap</a> <a href=\"../pprof/heap?debug=1\">"));
    rf_check(strstr(self.out.data, "<a href=\"../zones\">zones</a>"));
    self.rest = "";
    rf_check(get(&self, "/debug/pprof") == 200 && strstr(self.out.data, "<a href=\"pprof/heap\">"));
}

RF_TEST(a_profile_that_there_is_none_of_is_not_found) {
    RF_CLEANUP(ask_done) ask self = { .rest = "/block" };
    rf_check(opened(&self) && get(&self, "/debug/pprof") == 404);
    rf_check_text(rf_buffer_view(&self.out), RF_SLICE("there is no profile /block\nhint: /debug/pprof/ lists them\n"));
}

RF_TEST(what_is_only_read_is_not_posted_to) {
    static const char *const paths[] = { "/debug/pprof", "/debug/pprof/profile", "/debug/pprof/heap", "/debug/pprof/allocs", "/debug/pprof/goroutine",
                                         "/debug/pprof/mutex", "/debug/pprof/cmdline", "/debug/pprof/symbol", "/debug/trace", "/debug/zones" };
    RF_CLEANUP(ask_done) ask self = { .method = "POST" };
    rf_check(opened(&self));
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        rf_check(get(&self, paths[i]) == 405);
        rf_check_text(rf_slice_of(self.answer.allow), RF_SLICE("GET, HEAD"));
    }
}

RF_TEST(a_head_does_not_wait) {
    RF_CLEANUP(ask_done) ask self = { .method = "HEAD" };
    rf_check(opened(&self));
    rf_check(get(&self, "/debug/pprof/profile") == 200 && self.out.len == 0);
    rf_check(get(&self, "/debug/pprof/mutex") == 200 && self.out.len == 0);
    rf_check(get(&self, "/debug/trace") == 200 && self.out.len == 0);
}

RF_TEST(wrong_parameters_are_told) {
    RF_CLEANUP(ask_done) ask self = { .keys = { "seconds" }, .values = { "0" } };
    rf_check(opened(&self) && get(&self, "/debug/pprof/profile") == 400);
    rf_check_text(rf_buffer_view(&self.out), RF_SLICE("seconds=0 is no whole number from 1 to 120\nhint: seconds=30 is taken when it is left out\n"));
    self.values[0] = "ten";
    rf_check(get(&self, "/debug/pprof/mutex") == 400 && strstr(self.out.data, "seconds=ten is no whole number from 1 to 120"));
    rf_check(get(&self, "/debug/trace") == 400 && strstr(self.out.data, "hint: seconds=5 is taken"));
    self.values[0] = "";
    rf_check(get(&self, "/debug/pprof/profile") == 400);
    self.keys[0] = "hz";
    self.values[0] = "10001";
    rf_check(get(&self, "/debug/pprof/profile") == 400 && strstr(self.out.data, "hz=10001 is no whole number from 1 to 10000"));
    self.keys[0] = "debug";
    self.values[0] = "3";
    rf_check(get(&self, "/debug/pprof/heap") == 400 && get(&self, "/debug/pprof/goroutine") == 400);
    self.keys[0] = "format";
    self.values[0] = "flames";
    rf_check(get(&self, "/debug/pprof/allocs") == 400);
    rf_check_text(rf_buffer_view(&self.out), RF_SLICE("format=flames is not known\nhint: did you mean format=flame?\n"));
    self.values[0] = "svg";
    rf_check(get(&self, "/debug/pprof/heap") == 400);
    rf_check_text(rf_buffer_view(&self.out), RF_SLICE("format=svg is not known\nhint: format=pprof is taken when it is left out\n"));
}

static size_t some(void *arg) {
    (void)arg;
    return 3 << 20;
}

typedef struct holder { rf_heap_source source; } holder;
static void holder_done(holder *self) { rf_heap_sources_remove(&self->source); }

RF_TEST(the_heap_is_shown_in_each_form) {
    RF_CLEANUP(ask_done) ask self = { 0 };
    RF_CLEANUP(holder_done) holder one = { .source = { .kind = "vm", .holder = "redact", .held = some } };
    rf_heap_sources_add(&one.source);
    rf_check(opened(&self) && get(&self, "/debug/pprof/heap") == 200);
    rf_check(is_gzip(&self.out));
    rf_check_text(rf_slice_of(self.answer.file_name), RF_SLICE("heap.pb.gz"));
    rf_check_text(rf_slice_of(self.answer.content_type), RF_SLICE("application/octet-stream"));
    self.keys[0] = "debug";
    self.values[0] = "1";
    rf_check(get(&self, "/debug/pprof/heap") == 200 && !self.answer.file_name);
    rf_check(strstr(self.out.data, "\n3.00 MiB, 1 samples in redact:\n    redact: vm\n    redact\n"));
    self.keys[0] = "format";
    self.values[0] = "folded";
    rf_check(get(&self, "/debug/pprof/heap") == 200 && strstr(self.out.data, "redact;redact: vm 3145728\n"));
    self.values[0] = "flame";
    rf_check(get(&self, "/debug/pprof/heap") == 200 && strstr(self.out.data, "<title>redact: vm (3.00 MiB, "));
    rf_check_text(rf_slice_of(self.answer.content_type), RF_SLICE("image/svg+xml"));
    self.keys[0] = NULL;
    rf_check(get(&self, "/debug/pprof/allocs") == 200 && is_gzip(&self.out));
}

RF_TEST(threads_are_shown_with_their_names) {
    RF_CLEANUP(ask_done) ask self = { .keys = { "debug" }, .values = { "2" } };
    rf_check(opened(&self) && get(&self, "/debug/pprof/goroutine") == 200);
    rf_check(strstr(self.out.data, "\nthread ") && strncmp(self.out.data, "threads: ", 9) == 0);
    self.values[0] = "0";
    rf_check(get(&self, "/debug/pprof/goroutine") == 200 && is_gzip(&self.out));
}

RF_TEST(who_is_gone_is_not_waited_for) {
    RF_CLEANUP(ask_done) ask self = { .gone = true };
    rf_check(opened(&self));
    rf_check(get(&self, "/debug/pprof/profile") == 503 && strstr(self.out.data, "ended before its time"));
    rf_check(get(&self, "/debug/pprof/mutex") == 503);
    rf_check(get(&self, "/debug/trace") == 200 && strstr(self.out.data, "traceEvents"));
}

/* The shortest profile there is takes a second: once, not for each allocation that fails. */
RF_TEST(a_profile_of_a_second_is_one_of_pprof) {
    RF_CLEANUP(ask_done) ask self = { .keys = { "seconds", "hz" }, .values = { "1", "50" }, .gone = rf_test_torture() };
    rf_check(opened(&self) && get(&self, "/debug/pprof/profile") == (rf_test_torture() ? 503 : 200));
    if (!rf_test_torture()) {
        rf_check(is_gzip(&self.out));
        rf_check_text(rf_slice_of(self.answer.file_name), RF_SLICE("cpu.pb.gz"));
    }
}

RF_TEST(two_profiles_at_once_are_refused) {
    RF_CLEANUP(ask_done) ask self = { 0 };
    rf_profiler *profiler = NULL;
    RF_CLEANUP(rf_profile_done) rf_profile profile = { 0 };
    rf_error error;
    rf_check(opened(&self) && !rf_profiler_start(100, &profiler, &error));
    unsigned status = get(&self, "/debug/pprof/profile");
    rf_code code = rf_profiler_stop(profiler, &profile, &error);
    rf_check(status == 503 && !code && self.out.len > 0);
}

RF_TEST(the_command_line_has_a_nul_between_arguments) {
    RF_CLEANUP(ask_done) ask self = { 0 };
    rf_check(opened(&self) && get(&self, "/debug/pprof/cmdline") == 200);
    rf_check(rf_slice_starts(rf_buffer_view(&self.out), rf_slice_of(program_invocation_name)) && self.out.data[self.out.len - 1] != '\0');
}

RF_TEST(addresses_have_names) {
    RF_CLEANUP(ask_done) ask self = { .keys = { "address" }, .values = { "0xzz,1, ,0xffffffffffffffffffff" } };
    rf_check(opened(&self) && get(&self, "/debug/pprof/symbol") == 200);
    rf_check_text(rf_buffer_view(&self.out), RF_SLICE("num_symbols: 1\n"));
}

RF_TEST(the_tree_of_zones_is_kept_while_somebody_looks) {
    RF_CLEANUP(ask_done) ask self = { 0 };
    rf_check(opened(&self) && get(&self, "/debug/zones") == 200);
    rf_check(self.out.data[0] == '[' && !self.answer.content_type);
    rf_check(atomic_load(&rf_zones_on) & RF_ZONES_TREE);
    uint64_t until = rf_clock_mono_ns() + 5 * RF_NS_PER_S;
    while ((atomic_load(&rf_zones_on) & RF_ZONES_TREE) && rf_clock_mono_ns() < until)
        rf_clock_sleep_ns(RF_NS_PER_MS);
    rf_check(!(atomic_load(&rf_zones_on) & RF_ZONES_TREE));
    rf_check(get(&self, "/debug/zones") == 200 && (atomic_load(&rf_zones_on) & RF_ZONES_TREE));
    rf_debug_free(self.debug);
    self.debug = NULL;
    rf_check(!(atomic_load(&rf_zones_on) & RF_ZONES_TREE));
}
