/* chain_threads_test.c: reloads, orders and inspectors from other threads in the middle of a flood. */
#include "plugin/chain_fixture.h"

#include "base/clock.h"

#include <stdatomic.h>

#define VERSIONS 20

typedef struct flood {
    chain_bench *bench;
    rf_plugin *versions[VERSIONS];
    _Atomic bool done;
    _Atomic uint32_t posted;
    uint32_t seen;
} flood;

/* Posts one version after the other, and an order now and then. */
static void post(void *user) {
    flood *f = user;
    for (uint32_t i = 0; i < VERSIONS; i++) {
        if (rf_chain_post_swap(f->bench->chain, f->versions[i], NULL) || rf_chain_post_enable(f->bench->chain, RF_SLICE("other"), i % 2 == 0, NULL))
            break;
        atomic_store(&f->posted, i + 1);
        rf_clock_sleep_ns(RF_NS_PER_MS);
    }
    atomic_store(&f->done, true);
}

static void look(void *user) {
    flood *f = user;
    while (!atomic_load(&f->done)) {
        rf_plugin_status status;
        for (size_t i = 0; rf_chain_status(f->bench->chain, i, &status); i++)
            f->seen += status.name[0] != '\0';
    }
}

RF_TEST(a_flood_goes_on_while_plugins_are_swapped_enabled_and_looked_at) {
    CHAIN_BENCH(b);
    flood f = { .bench = &b };
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "v.fsx", "let mutable n = 0\nlet on_reload old =\n    n <- old.n\nlet on_output line =\n    n <- n + 1\n    Modify (\"0 \" ++ string n)\n"));
    rf_check(chain_bench_add(&b, "other.js", "// @priority: 1\nfunction on_output(line) { return true; }\n"));
    for (int i = 0; i < VERSIONS; i++) {
        char text[200];
        (void)snprintf(text, sizeof text, "let mutable n = 0\nlet on_reload old =\n    n <- old.n\nlet on_output line =\n    n <- n + 1\n    Modify (\"%d \" ++ string n)\n", i + 1);
        rf_check((f.versions[i] = chain_bench_load(&b, "v.fsx", text)));
    }
    rf_thread poster = { 0 }, watcher = { 0 };
    rf_code started = rf_thread_start(&poster, "post", post, &f, &b.error);
    rf_code watched = started ? started : rf_thread_start(&watcher, "look", look, &f, &b.error);
    long lines = 0, version = 0, count = 0, wrong = 0;
    while (!started && !atomic_load(&f.done)) {
        rf_slice made = chain_bench_say(&b, "x").bytes;
        char text[64];
        long was_version = version;
        (void)snprintf(text, sizeof text, "%.*s", RF_SLICE_ARG(made));
        wrong += sscanf(text, "%ld %ld", &version, &count) != 2 || version < was_version || count != ++lines;
    }
    rf_thread_join(&poster);
    rf_thread_join(&watcher);
    rf_check(rf_test_torture() || (!started && !watched));
    rf_check(rf_test_torture() || wrong == 0);
    rf_check(rf_test_torture() || (atomic_load(&f.posted) == VERSIONS && f.seen > 0));
    (void)chain_bench_say(&b, "last");
}

static void interrupt(void *user) {
    flood *f = user;
    while (!atomic_load(&f->done)) {
        rf_clock_sleep_ns(5 * RF_NS_PER_MS);
        rf_chain_interrupt(f->bench->chain);
    }
}

RF_TEST(a_call_can_be_ended_from_another_thread) {
    CHAIN_BENCH(b);
    flood f = { .bench = &b };
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "loop.js", "// @time: 60s\nfunction on_output(line) { for (;;) {} }\n"));
    rf_thread thread = { 0 };
    rf_check(rf_thread_start(&thread, "interrupt", interrupt, &f, &b.error) == RF_OK);
    uint64_t start = rf_clock_mono_ns();
    (void)chain_bench_say(&b, "x");
    uint64_t took = rf_clock_mono_ns() - start;
    atomic_store(&f.done, true);
    rf_thread_join(&thread);
    rf_check(took < 30 * RF_NS_PER_S);
}
