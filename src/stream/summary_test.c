/* summary_test.c: the table that a run ends with. */
#include "stream/stream.h"

#include "base/clock.h"
#include "base/slice.h"
#include "harness.h"

#include <string.h>

typedef struct counted {
    rf_metrics *metrics;
    rf_metric in, dropped, failed, latency, idle, hits, misses;
    rf_meter *meter;
} counted;

static void counted_done(counted *c) { rf_metrics_free(c->metrics); }

static rf_code counted_init(counted *c) {
    const rf_metric_labels input = { .label = "", .path = "root.input" };
    const rf_metric_labels drop = { .label = "tags", .path = "root.pipeline.processors.0", .stage = "defaults",
                                    .reason = "filtered" };
    const rf_metric_labels fail = { .label = "tags", .path = "root.pipeline.processors.0", .stage = "conditions[0].if",
                                    .reason = "threw" };
    const rf_metric_labels stage = { .path = "root.pipeline.processors.0", .stage = "defaults" };
    const rf_metric_labels idle = { .path = "root.pipeline.processors.0", .stage = "conditions[0].then" };
    rf_code code = rf_metrics_new(&c->metrics, NULL);
    if (!code)
        code = rf_metrics_counter(c->metrics, "input_received", "", &input, &c->in, NULL);
    if (!code)
        code = rf_metrics_counter(c->metrics, "messages_dropped", "", &drop, &c->dropped, NULL);
    if (!code)
        code = rf_metrics_counter(c->metrics, "messages_failed", "", &fail, &c->failed, NULL);
    if (!code)
        code = rf_metrics_histogram(c->metrics, "stage_latency_ns", "", &stage, &c->latency, NULL);
    if (!code)
        code = rf_metrics_histogram(c->metrics, "stage_latency_ns", "", &idle, &c->idle, NULL);
    if (!code)
        code = rf_metrics_counter(c->metrics, "vm_pool_hits", "", &stage, &c->hits, NULL);
    if (!code)
        code = rf_metrics_counter(c->metrics, "vm_pool_misses", "", &stage, &c->misses, NULL);
    return code ? code : rf_metrics_meter(c->metrics, &c->meter, NULL);
}

RF_TEST(drops_stages_and_the_pool_each_have_their_part) {
    RF_CLEANUP(counted_done) counted c = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(!counted_init(&c));
    rf_meter_add(c.meter, c.in, 1000);
    rf_meter_add(c.meter, c.dropped, 12);
    rf_meter_add(c.meter, c.failed, 3);
    rf_meter_add(c.meter, c.hits, 999);
    rf_meter_add(c.meter, c.misses, 1);
    for (int i = 0; i < 100; i++)
        rf_meter_observe(c.meter, c.latency, 1024);
    rf_stream_summary(c.metrics, RF_NS_PER_S, &out, false);
    rf_check(!out.failed);
    rf_slice text = rf_buffer_view(&out);
    rf_check_text(((rf_slice){ text.data, text.len }),
                  RF_SLICE("summary\n"
                           "          1000  messages in (1000 a second, 1 s)\n"
                           "             0  messages out\n"
                           "            12  dropped\n"
                           "             0  failed\n"
                           "dropped\n"
                           "            12  pipeline.processors.0 (tags) defaults: filtered\n"
                           "errors\n"
                           "             3  pipeline.processors.0 (tags) conditions[0].if: threw\n"
                           "stages        runs         p50         p99\n"
                           "               100      992 ns      992 ns  pipeline.processors.0 defaults\n"
                           "                 0           -           -  pipeline.processors.0 conditions[0].then\n"
                           "VM pool\n"
                           "           999  hits\n"
                           "             1  misses\n"
                           "             0  resets\n"
                           "        99.90%  hit rate\n"));
}

RF_TEST(headings_are_bold_when_colours_are_wanted) {
    RF_CLEANUP(counted_done) counted c = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(!counted_init(&c));
    rf_stream_summary(c.metrics, 0, &out, true);
    rf_check(!out.failed && out.len > 0);
    rf_check(memmem(out.data, out.len, "\x1b[1msummary\x1b[0m\n", 16));
}
