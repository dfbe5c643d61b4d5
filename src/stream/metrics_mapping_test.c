/* metrics_mapping_test.c: metrics that are shown as a mapping says. */
#include "stream/metrics_mapping.h"

#include "base/slice.h"
#include "harness.h"
#include "message/mapping.h"

typedef struct mapped {
    rf_mapping *mapping;
    rf_metrics_mapping *naming;
    rf_metrics *metrics;
    rf_buffer out;
} mapped;

static void mapped_done(mapped *m) {
    rf_metrics_free(m->metrics);
    rf_metrics_mapping_free(m->naming);
    rf_mapping_free(m->mapping);
    rf_buffer_done(&m->out);
}

static rf_code mapped_init(mapped *m, const char *text) {
    rf_code code = rf_mapping_compile(rf_slice_of(text), NULL, NULL, &m->mapping, NULL);
    if (!code)
        code = rf_metrics_mapping_new(m->mapping, NULL, &m->naming, NULL);
    if (!code)
        code = rf_metrics_new(&m->metrics, NULL);
    if (!code)
        rf_metrics_rename(m->metrics, rf_metrics_mapping_apply, m->naming);
    return code;
}

/* Counter `name` of a component. */
static rf_code add(mapped *m, const char *name, const char *path, rf_metric *ret) {
    const rf_metric_labels labels = { .label = "", .path = path };
    return rf_metrics_counter(m->metrics, name, "Of a test.", &labels, ret, NULL);
}

static rf_slice shown(mapped *m) {
    rf_buffer_clear(&m->out);
    rf_metrics_write_json(m->metrics, &m->out);
    return rf_buffer_view(&m->out);
}

#define MAPPED(name, text)                       \
    RF_CLEANUP(mapped_done) mapped name = { 0 }; \
    rf_check(mapped_init(&name, text) == RF_OK)

/* Where an allocation failed while it was named, a metric keeps its own name. */
static bool shows(mapped *m, const char *text) { return rf_slice_is(shown(m), text) || rf_test_torture(); }

RF_TEST(a_mapping_renames_and_hides_metrics_and_adds_labels) {
    rf_metric in, out;
    MAPPED(m, "root = if this.has_prefix(\"input\") { deleted() } else { \"x_\" + this }\nmeta extra = \"1\"\n");
    rf_check(add(&m, "input_received", "root.input", &in) == RF_OK);
    rf_check(add(&m, "output_sent", "root.output", &out) == RF_OK);
    rf_check(shows(&m, "{\"x_output_sent{extra=\\\"1\\\",label=\\\"\\\",path=\\\"root.output\\\"}\":0}\n"));
}

RF_TEST(a_hidden_metric_counts_all_the_same) {
    rf_metric in, again;
    rf_meter *meter;
    MAPPED(m, "root = deleted()");
    rf_check(add(&m, "in", "a", &in) == RF_OK && add(&m, "in", "a", &again) == RF_OK);
    rf_check(rf_metrics_meter(m.metrics, &meter, NULL) == RF_OK);
    rf_meter_add(meter, in, 2);
    rf_check(rf_metrics_read(m.metrics, in) == 2);
    rf_check(in == again && shows(&m, "{}\n"));
}

RF_TEST(metrics_that_become_the_same_are_one) {
    rf_metric a, b;
    rf_meter *meter;
    MAPPED(m, "meta = deleted()\nmeta path = deleted()\nmeta label = deleted()");
    rf_check(add(&m, "in", "a", &a) == RF_OK && add(&m, "in", "b", &b) == RF_OK);
    rf_check(rf_metrics_meter(m.metrics, &meter, NULL) == RF_OK);
    rf_meter_add(meter, a, 1);
    rf_meter_add(meter, b, 1);
    rf_check((a == b || rf_test_torture()) && shows(&m, "{\"in\":2}\n"));
}

RF_TEST(names_are_made_fit) {
    rf_metric a;
    MAPPED(m, "root = \"9-\" + this + \".x\"\nmeta \"a b\" = \"q\\\"\"\nmeta label = deleted()\nmeta path = deleted()");
    rf_check(add(&m, "in", "a", &a) == RF_OK);
    rf_check(shows(&m, "{\"_9_in_x{a_b=\\\"q\\\\\\\"\\\"}\":0}\n"));
}

RF_TEST(labels_of_the_users_own_are_metadata_too) {
    const rf_metric_labels labels = { .others = "line=\"a\\\"b\\nc\",site=\"\"" };
    rf_series *series;
    MAPPED(m, "meta line = @line.uppercase()");
    rf_check(rf_metrics_series(m.metrics, RF_METRIC_COUNTER, "made", &labels, &series, NULL) == RF_OK);
    rf_check(shows(&m, "{\"made{line=\\\"A\\\\\\\"B\\\\nC\\\",site=\\\"\\\"}\":0}\n"));
}

RF_TEST(what_fails_leaves_the_metric_as_it_is) {
    rf_metric a, b;
    MAPPED(m, "root = if this == \"a\" { throw(\"no\") } else { 5 }");
    rf_check(add(&m, "a", "x", &a) == RF_OK && add(&m, "b", "x", &b) == RF_OK);
    rf_check(shows(&m, "{\"a{label=\\\"\\\",path=\\\"x\\\"}\":0,\"b{label=\\\"\\\",path=\\\"x\\\"}\":0}\n"));
}

RF_TEST(a_name_that_another_kind_has_is_not_taken) {
    rf_metric a, b;
    MAPPED(m, "root = \"same\"");
    rf_check(add(&m, "a", "x", &a) == RF_OK);
    rf_check(rf_metrics_histogram(m.metrics, "b", "Of a test.", NULL, &b, NULL) == RF_OK);
    rf_check(shows(&m, "{\"b\":{\"p50\":0,\"p90\":0,\"p99\":0},\"same{label=\\\"\\\",path=\\\"x\\\"}\":0}\n"));
}
