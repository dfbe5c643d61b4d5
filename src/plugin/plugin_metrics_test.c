/* plugin_metrics_test.c: what /metrics says of plugins. */
#include "plugin/plugin_metrics.h"

#include "chain_fixture.h"
#include "plugin/chain_internal.h"

#include <stdlib.h>

typedef struct listing {
    chain_bench bench;
    rf_chain *second;
    rf_plugins_live *live;
    rf_live_chain chains[2];
    rf_plugin_metrics metrics;
    rf_buffer out;
} listing;

static void listing_done(listing *l) {
    for (size_t i = 0; i < 2; i++)
        if (l->chains[i].chain)
            rf_plugins_live_remove(l->live, &l->chains[i]);
    rf_plugins_live_free(l->live);
    rf_buffer_done(&l->out);
    rf_chain_free(l->second);
    chain_bench_done(&l->bench);
}

static bool listing_start(listing *l) {
    if (!chain_bench_start(&l->bench) || rf_plugins_live_new(&l->live, NULL))
        return false;
    l->chains[0].chain = l->bench.chain;
    rf_plugins_live_add(l->live, &l->chains[0]);
    rf_plugin_metrics_init(&l->metrics, l->live);
    return true;
}

#define LISTING(name)                                \
    RF_CLEANUP(listing_done) listing name = { 0 };   \
    rf_check(listing_start(&name))

/* What is said of the series `key`; -1: nothing. */
static double value_of(listing *l, const char *key) {
    rf_buffer_clear(&l->out);
    rf_plugin_metrics_write(&l->metrics, &l->out);
    const char *text = rf_buffer_cstr(&l->out);
    size_t len = strlen(key);
    for (const char *at = text; at && *at; at = strchr(at, '\n') + 1)
        if (strncmp(at, key, len) == 0 && at[len] == ' ')
            return strtod(at + len, NULL);
    return -1;
}

static void notify_size(rf_chain *chain) {
    const rf_pv size[2] = { { .kind = RF_PV_INT, .integer = 80 }, { .kind = RF_PV_INT, .integer = 24 } };
    rf_chain_notify(chain, RF_HOOK_RESIZE, size, 2);
}

#define SEEING "let on_output line = Continue\nlet on_input bytes = Continue\nlet on_resize columns rows = ()\nlet on_key name = Continue\n"

RF_TEST(calls_are_counted_by_plugin_and_hook) {
    LISTING(l);
    rf_check(chain_bench_add(&l.bench, "see.fsx", SEEING));
    (void)chain_bench_say(&l.bench, "a");
    (void)chain_bench_say(&l.bench, "b");
    (void)rf_chain_text(l.bench.chain, RF_HOOK_INPUT, RF_SLICE("x"));
    notify_size(l.bench.chain);
    rf_check(value_of(&l, "plugin_output_time_ns_count{plugin=\"see\",hook=\"on_output\"}") == 2);
    rf_check(value_of(&l, "plugin_output_time_ns_bucket{plugin=\"see\",hook=\"on_output\",le=\"+Inf\"}") == 2);
    rf_check(value_of(&l, "plugin_output_time_ns_sum{plugin=\"see\",hook=\"on_output\"}") > 0);
    rf_check(value_of(&l, "plugin_input_time_ns_count{plugin=\"see\",hook=\"on_input\"}") == 1);
    rf_check(value_of(&l, "plugin_resize_time_ns_count{plugin=\"see\",hook=\"on_resize\"}") == 1);
    rf_check(value_of(&l, "plugin_vm_exec_time_ns_count{plugin=\"see\",hook=\"on_output\"}") == 2);
    rf_check(value_of(&l, "plugin_vm_exec_time_ns_count{plugin=\"see\",hook=\"on_key\"}") == 0);
    rf_check(value_of(&l, "plugin_vm_exec_time_ns_count{plugin=\"see\",hook=\"on_message\"}") == -1);
    rf_check(value_of(&l, "plugin_output_time_ns_count{plugin=\"see\",hook=\"on_input\"}") == -1);
}

RF_TEST(times_lie_in_the_buckets_that_they_belong_to) {
    LISTING(l);
    rf_check(chain_bench_add(&l.bench, "p.fsx", SEEING));
    rf_hook_stats *stats = l.bench.chain->entries.items[0]->stats[RF_HOOK_OUTPUT];
    double unit = (rf_clock_sleep_ns(2 * RF_NS_PER_MS), rf_ticks_unit_ns(&l.metrics.epoch));
    stats->calls = 3; /* as if three calls had taken 100 us each */
    stats->buckets[rf_histogram_bucket((uint64_t)(100e3 / unit))] = 3;
    stats->total = (uint64_t)(300e3 / unit);
    rf_check(value_of(&l, "plugin_output_time_ns_bucket{plugin=\"p\",hook=\"on_output\",le=\"65536\"}") == 0);
    rf_check(value_of(&l, "plugin_output_time_ns_bucket{plugin=\"p\",hook=\"on_output\",le=\"262144\"}") == 3);
    double sum = value_of(&l, "plugin_output_time_ns_sum{plugin=\"p\",hook=\"on_output\"}");
    rf_check(sum > 290e3 && sum < 310e3);
}

RF_TEST(a_plugin_in_two_chains_is_one) {
    LISTING(l);
    rf_plugin *plugin = chain_bench_load(&l.bench, "p.fsx", SEEING);
    rf_check(plugin && !rf_chain_add(l.bench.chain, plugin, NULL));
    rf_check(!rf_chain_new(&(rf_chain_options){ .host = &l.bench.host, .quota = RF_PLUGIN_QUOTA_DEFAULT }, &l.second, NULL));
    rf_check(!rf_chain_add(l.second, plugin, NULL));
    l.chains[1].chain = l.second;
    rf_plugins_live_add(l.live, &l.chains[1]);
    (void)chain_bench_say(&l.bench, "a");
    (void)rf_chain_text(l.second, RF_HOOK_OUTPUT, RF_SLICE("b"));
    rf_check(value_of(&l, "plugin_output_time_ns_count{plugin=\"p\",hook=\"on_output\"}") == 2);
    rf_check(value_of(&l, "plugin_vms{plugin=\"p\"}") == 2);
    rf_check(value_of(&l, "plugin_load_time_ns_count{plugin=\"p\"}") == 2);
    rf_check(value_of(&l, "plugin_heap_bytes{plugin=\"p\"}") > 0);
}

RF_TEST(another_version_goes_on_counting) {
    LISTING(l);
    rf_check(chain_bench_add(&l.bench, "p.fsx", SEEING));
    (void)chain_bench_say(&l.bench, "a");
    rf_plugin *next = chain_bench_load(&l.bench, "p.fsx", SEEING "let more = 1\n");
    rf_check(next && next->load_ticks > 0);
    next->load_ticks = UINT64_C(1) << 42; /* minutes, on any clock */
    rf_check(!rf_chain_swap(l.bench.chain, next, NULL));
    (void)chain_bench_say(&l.bench, "b");
    rf_check(value_of(&l, "plugin_output_time_ns_count{plugin=\"p\",hook=\"on_output\"}") == 2);
    rf_check(value_of(&l, "plugin_load_time_ns_count{plugin=\"p\"}") == 2);
    rf_check(value_of(&l, "plugin_load_time_ns_sum{plugin=\"p\"}") > 60e9);
}

/* Leaves garbage behind until the language collects it. */
static void check_collections(listing *l, int lines, const char *file, const char *text, const char *after) {
    rf_check(chain_bench_add(&l->bench, file, text));
    rf_check(value_of(l, "plugin_collections_total{plugin=\"p\"}") == 0);
    for (int i = 0; i < lines; i++)
        (void)chain_bench_say(&l->bench, "x");
    (void)rf_chain_tick(l->bench.chain, 1);
    double count = value_of(l, "plugin_collections_total{plugin=\"p\"}");
    rf_check(count > 0 && count == value_of(l, "plugin_collection_pause_ns_count{plugin=\"p\"}"));
    double longest = value_of(l, "plugin_collection_pause_longest_ns{plugin=\"p\"}"), sum = value_of(l, "plugin_collection_pause_ns_sum{plugin=\"p\"}");
    rf_check(longest > 0 && sum >= longest && sum <= longest * count);
    rf_plugin *next = chain_bench_load(&l->bench, file, after);
    rf_check(next && !rf_chain_swap(l->bench.chain, next, NULL));
    rf_check(value_of(l, "plugin_collections_total{plugin=\"p\"}") >= count);
    rf_check(value_of(l, "plugin_collection_pause_ns_sum{plugin=\"p\"}") >= sum);
}

RF_TEST(collections_of_fusabi_are_counted_over_versions) {
    LISTING(l);
    check_collections(&l, 2, "p.fsx",
                      "let mutable kept = []\nlet on_output line =\n    kept <- List.init 20000 (fun i -> i)\n    Continue\n",
                      "let on_output line = Continue\n");
}

RF_TEST(collections_of_javascript_are_counted_over_versions) {
    LISTING(l);
    check_collections(&l, 12, "p.js", "// @memory: 8MiB\nconst kept = [];\nfunction on_output(line) { for (let i = 0; i < 30; i++) kept.push(('x' + i).repeat(5000)); }\n",
                      "function on_output(line) { }\n");
}

RF_TEST(nothing_goes_back_from_scrape_to_scrape) {
    LISTING(l);
    rf_check(chain_bench_add(&l.bench, "p.fsx", SEEING));
    for (int i = 0; i < 100; i++)
        (void)chain_bench_say(&l.bench, "a");
    double sum = value_of(&l, "plugin_output_time_ns_sum{plugin=\"p\",hook=\"on_output\"}");
    for (int i = 0; i < 20; i++) {
        rf_clock_sleep_ns(RF_NS_PER_MS / 10);
        rf_check(value_of(&l, "plugin_output_time_ns_sum{plugin=\"p\",hook=\"on_output\"}") == sum);
    }
}

RF_TEST(without_plugins_nothing_is_said) {
    LISTING(l);
    rf_plugin_metrics_write(&l.metrics, &l.out);
    rf_check(l.out.len == 0 && !l.out.failed);
}

static void talking_main(void *arg) {
    for (int i = 0; i < 3000; i++) {
        (void)chain_bench_say(arg, "a");
        (void)rf_chain_tick(((chain_bench *)arg)->chain, 1);
    }
}

RF_TEST(scrapes_go_on_while_a_chain_runs_and_only_grow) {
    LISTING(l);
    rf_check(chain_bench_add(&l.bench, "p.fsx", SEEING));
    rf_thread thread = { 0 };
    rf_check(!rf_thread_start(&thread, "talking", talking_main, &l.bench, NULL));
    double seen = 0;
    bool grew = true;
    for (int i = 0; i < 30; i++) {
        double count = value_of(&l, "plugin_output_time_ns_count{plugin=\"p\",hook=\"on_output\"}");
        grew &= count >= seen || rf_test_torture();
        seen = count;
    }
    rf_thread_join(&thread);
    rf_check(grew && value_of(&l, "plugin_output_time_ns_count{plugin=\"p\",hook=\"on_output\"}") == 3000);
}
