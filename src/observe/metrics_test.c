/* metrics_test.c: registering, counting in several threads, buckets and quantiles. */
#include "observe/metrics.h"

#include "base/slice.h"
#include "base/thread.h"
#include "harness.h"

#include <stdio.h>

static void free_metrics(rf_metrics **metrics) { rf_metrics_free(*metrics); }

#define METRICS(name)                                           \
    RF_CLEANUP(free_metrics) rf_metrics *name = NULL;           \
    rf_check(rf_metrics_new(&name, NULL) == RF_OK)

RF_TEST(every_power_of_two_is_a_bound_and_bounds_rise) {
    for (uint32_t i = 1; i < RF_HISTOGRAM_BUCKETS; i++)
        rf_check(rf_histogram_upper(i) > rf_histogram_upper(i - 1));
    for (uint32_t log2 = 0; log2 <= 42; log2++) {
        uint64_t value = UINT64_C(1) << log2;
        rf_check(rf_histogram_upper(rf_histogram_bucket(value)) == value);
    }
}

RF_TEST(a_value_lies_in_its_bucket) {
    for (uint64_t value = 1; value < (UINT64_C(1) << 42); value += 1 + value / 7) {
        uint32_t bucket = rf_histogram_bucket(value);
        rf_check(value <= rf_histogram_upper(bucket));
        rf_check(bucket == 0 || value > rf_histogram_upper(bucket - 1));
    }
    rf_check(rf_histogram_bucket(0) == 0);
    rf_check(rf_histogram_bucket(UINT64_MAX) == RF_HISTOGRAM_BUCKETS - 1);
}

RF_TEST(the_same_name_and_labels_give_the_same_handle) {
    METRICS(metrics);
    rf_metric_labels in = { .label = "", .path = "root.input" }, out = { .label = "", .path = "root.output" };
    rf_metric first, again, other;
    rf_check(rf_metrics_counter(metrics, "sent", "Sent.", &in, &first, NULL) == RF_OK);
    rf_check(rf_metrics_counter(metrics, "sent", "Sent.", &out, &other, NULL) == RF_OK);
    rf_check(rf_metrics_counter(metrics, "sent", "Sent.", &in, &again, NULL) == RF_OK);
    rf_check(first == again && first != other);
}

RF_TEST(a_name_keeps_its_kind) {
    METRICS(metrics);
    rf_metric metric;
    rf_error error;
    rf_check(rf_metrics_counter(metrics, "sent", "Sent.", NULL, &metric, NULL) == RF_OK);
    rf_code code = rf_metrics_histogram(metrics, "sent", "Sent.", NULL, &metric, &error);
    rf_check(code == RF_ECONFIG || (rf_test_torture() && code == RF_ENOMEM));
}

RF_TEST(more_metrics_than_fit_are_refused) {
    METRICS(metrics);
    if (rf_test_torture())
        return; /* thousands of allocations in turn prove no more than the other tests do */
    rf_code code = RF_OK;
    size_t made = 0;
    for (; !code && made < RF_METRIC_SLOTS_MAX; made++) {
        char stage[24];
        (void)snprintf(stage, sizeof stage, "conditions[%zu]", made);
        rf_metric metric;
        code = rf_metrics_histogram(metrics, "stage_ns", "Time.", &(rf_metric_labels){ .stage = stage }, &metric, NULL);
    }
    rf_check(code == RF_ELIMIT);
    rf_check(made > 3000);
}

RF_TEST(reading_adds_up_the_meters) {
    METRICS(metrics);
    rf_metric sent, later;
    rf_check(rf_metrics_counter(metrics, "sent", "Sent.", NULL, &sent, NULL) == RF_OK);
    rf_meter *one, *two;
    rf_check(rf_metrics_meter(metrics, &one, NULL) == RF_OK);
    rf_check(rf_metrics_counter(metrics, "later", "Registered late.", NULL, &later, NULL) == RF_OK);
    rf_check(rf_metrics_meter(metrics, &two, NULL) == RF_OK);
    rf_meter_add(one, sent, 3);
    rf_meter_add(two, sent, 4);
    rf_meter_add(two, later, 1);
    rf_check(rf_metrics_read(metrics, sent) == 7);
    rf_check(rf_metrics_read(metrics, later) == 1);
}

RF_TEST(quantiles_are_within_their_error) {
    METRICS(metrics);
    rf_metric took;
    rf_meter *meter;
    rf_check(rf_metrics_histogram(metrics, "took_ns", "Time.", NULL, &took, NULL) == RF_OK);
    rf_check(rf_metrics_meter(metrics, &meter, NULL) == RF_OK);
    rf_check(rf_metrics_quantile(metrics, took, 0.5) == 0);
    for (uint64_t i = 1; i <= 10000; i++)
        rf_meter_observe(meter, took, i * 100);
    for (int percent = 1; percent <= 100; percent++) {
        double exact = 10000.0 * percent;
        double got = (double)rf_metrics_quantile(metrics, took, percent / 100.0);
        rf_check(got >= exact * 0.9375 && got <= exact * 1.0625);
    }
    rf_check(rf_metrics_read(metrics, took) == 10000);
    rf_check(rf_metrics_read(metrics, took + 1) == UINT64_C(100) * 10000 * 10001 / 2);
}

RF_TEST(a_single_value_is_every_quantile) {
    METRICS(metrics);
    rf_metric took;
    rf_meter *meter;
    rf_check(rf_metrics_histogram(metrics, "took_ns", "Time.", NULL, &took, NULL) == RF_OK);
    rf_check(rf_metrics_meter(metrics, &meter, NULL) == RF_OK);
    rf_meter_observe(meter, took, 5);
    rf_check(rf_metrics_quantile(metrics, took, 0) == 5);
    rf_check(rf_metrics_quantile(metrics, took, 1) == 5);
}

static double two_and_a_half(void *arg) { return arg ? 2.5 : 1; }

typedef struct seen { char text[200]; size_t len; } seen;

static void note(void *arg, const rf_metric_info *info) {
    seen *self = arg;
    int more = snprintf(self->text + self->len, sizeof self->text - self->len, "%s/%s=%g ", info->name,
                        info->labels.path ? info->labels.path : "-", info->gauge);
    self->len += more > 0 ? (size_t)more : 0;
}

RF_TEST(each_goes_by_name_then_registration) {
    METRICS(metrics);
    rf_metric metric;
    seen got = { 0 };
    rf_check(rf_metrics_counter(metrics, "b", "B.", &(rf_metric_labels){ .path = "2" }, &metric, NULL) == RF_OK);
    rf_check(rf_metrics_gauge(metrics, "a", "A.", NULL, two_and_a_half, metrics, NULL) == RF_OK);
    rf_check(rf_metrics_counter(metrics, "b", "B.", &(rf_metric_labels){ .path = "1" }, &metric, NULL) == RF_OK);
    rf_check(rf_metrics_histogram(metrics, "c", "C.", NULL, &metric, NULL) == RF_OK);
    rf_metrics_each(metrics, note, &got);
    rf_check_text(rf_slice_of(got.text), RF_SLICE("a/-=2.5 b/2=0 b/1=0 c/-=0 "));
}

RF_TEST(a_gauge_with_several_readers_is_their_sum) {
    METRICS(metrics);
    seen got = { 0 };
    rf_check(rf_metrics_gauge(metrics, "a", "A.", NULL, two_and_a_half, NULL, NULL) == RF_OK);
    rf_check(rf_metrics_gauge(metrics, "a", "A.", NULL, two_and_a_half, metrics, NULL) == RF_OK);
    rf_check(rf_metrics_gauge(metrics, "a", "A.", NULL, two_and_a_half, metrics, NULL) == RF_OK); /* the same: once */
    rf_metrics_each(metrics, note, &got);
    rf_check_text(rf_slice_of(got.text), RF_SLICE("a/-=3.5 "));
}

enum { THREADS = 4, ROUNDS = 20000 };

typedef struct counter { rf_thread thread; rf_meter *meter; rf_metric sent, took; } counter;

static void count(void *arg) {
    counter *self = arg;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        rf_meter_add(self->meter, self->sent, 1);
        rf_meter_observe(self->meter, self->took, i);
    }
}

static void join_all(counter (*counters)[THREADS]) {
    for (size_t i = 0; i < THREADS; i++)
        rf_thread_join(&(*counters)[i].thread);
}

static rf_code start_all(rf_metrics *metrics, counter counters[THREADS]) {
    rf_metric sent, took;
    rf_code code = rf_metrics_counter(metrics, "sent", "Sent.", NULL, &sent, NULL);
    if (!code)
        code = rf_metrics_histogram(metrics, "took_ns", "Time.", NULL, &took, NULL);
    for (size_t i = 0; !code && i < THREADS; i++) {
        code = rf_metrics_meter(metrics, &counters[i].meter, NULL);
        if (code)
            break;
        counters[i].sent = sent;
        counters[i].took = took;
        code = rf_thread_start(&counters[i].thread, "count", count, &counters[i], NULL);
    }
    return code;
}

RF_TEST(threads_count_while_others_read_and_register) {
    METRICS(metrics);
    RF_CLEANUP(join_all) counter counters[THREADS] = { 0 };
    rf_check(start_all(metrics, counters) == RF_OK);
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    uint64_t last = 0;
    for (int i = 0; i < 20; i++) {
        uint64_t now = rf_metrics_read(metrics, counters[0].sent);
        rf_check(now >= last);
        last = now;
        rf_buffer_clear(&text);
        rf_metrics_write_prometheus(metrics, &text);
        char name[24];
        (void)snprintf(name, sizeof name, "late_%d", i);
        rf_metric late;
        rf_check(rf_metrics_counter(metrics, name, "Late.", NULL, &late, NULL) == RF_OK);
    }
    join_all(&counters);
    rf_check(rf_metrics_read(metrics, counters[0].sent) == THREADS * ROUNDS);
    rf_check(rf_metrics_read(metrics, counters[0].took) == THREADS * ROUNDS);
}

RF_TEST(a_series_is_registered_while_meters_count) {
    METRICS(metrics);
    rf_metric_labels a = { .label = "", .path = "p", .others = "k=\"a\"" }, b = { .others = "k=\"b\"" };
    rf_series *first = NULL, *again = NULL, *other = NULL;
    rf_meter *meter;
    rf_metric ours;
    rf_code code = metrics ? rf_metrics_counter(metrics, "own", "Own.", NULL, &ours, NULL) : RF_ENOMEM;
    if (!code)
        code = rf_metrics_meter(metrics, &meter, NULL);
    if (!code)
        code = rf_metrics_series(metrics, RF_METRIC_COUNTER, "parts", &a, &first, NULL);
    if (!code)
        code = rf_metrics_series(metrics, RF_METRIC_COUNTER, "parts", &a, &again, NULL);
    if (!code)
        code = rf_metrics_series(metrics, RF_METRIC_HISTOGRAM, "took", &b, &other, NULL);
    if (rf_test_torture())
        return;
    rf_check(code == RF_OK && first == again && first != other);
    rf_check(rf_metrics_series(metrics, RF_METRIC_GAUGE, "parts", &a, &again, NULL) == RF_ECONFIG);
    rf_check(rf_metrics_series(metrics, RF_METRIC_COUNTER, "own", NULL, &again, NULL) == RF_ECONFIG);
    rf_series_add(first, 2);
    rf_series_add(first, 0.5);
    rf_series_observe(other, 1000);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_metrics_write_json(metrics, &out);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("{\"own\":0,\"parts{label=\\\"\\\",path=\\\"p\\\",k=\\\"a\\\"}\":2.5,"
                                                 "\"took{k=\\\"b\\\"}\":{\"p50\":992,\"p90\":992,\"p99\":992}}\n"));
    rf_buffer_clear(&out);
    rf_metrics_write_prometheus(metrics, &out);
    rf_slice text = rf_buffer_view(&out);
    rf_check(memmem(text.data, text.len, "parts{label=\"\",path=\"p\",k=\"a\"} 2.5\n", 33));
    rf_check(memmem(text.data, text.len, "took_count{k=\"b\"} 1\n", 20));
}
