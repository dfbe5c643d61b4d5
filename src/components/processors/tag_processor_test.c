/* tag_processor_test.c: the processor from its config to its metrics; its scripts' answers are in tests/golden. */
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>

#define HEAD "input: {stdin: {}}\noutput: {drop: {}}\npipeline:\n  processors:\n    - "
#define NAMES "msg.meta.location_path = 'a'; msg.meta.data_contract = '_b'; msg.meta.tag_name = 'c'; msg.meta.timestamp_ms = '1'; "

typedef struct tally { const rf_metrics *metrics; const char *name, *stage, *reason; uint64_t total; } tally;

static void add_up(void *arg, const rf_metric_info *info) {
    tally *self = arg;
    if (info->kind == RF_METRIC_GAUGE || strcmp(info->name, self->name) != 0)
        return;
    if (self->stage && (!info->labels.stage || strcmp(info->labels.stage, self->stage) != 0))
        return;
    if (self->reason && (!info->labels.reason || strcmp(info->labels.reason, self->reason) != 0))
        return;
    self->total += rf_metrics_read(self->metrics, info->metric);
}

/* What all metrics of that name count together; NULL stands for any label. */
static uint64_t counted(const rf_fixture *f, const char *name, const char *stage, const char *reason) {
    tally sum = { f->metrics, name, stage, reason, 0 };
    rf_metrics_each(f->metrics, add_up, &sum);
    return sum.total;
}

static bool has(rf_slice text, const char *part) {
    return text.data && memmem(text.data, text.len, part, strlen(part)) != NULL;
}

RF_TEST(a_value_gets_its_topic) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_check(rf_fixture_open(&f, HEAD "tag_processor: {defaults: \"" NAMES "return msg\"}\n", NULL) == RF_OK);
    rf_check(rf_fixture_send(&f, "{\"payload\": 21.5}", NULL) == RF_OK);
    rf_check(rf_fixture_run(&f, NULL) == RF_OK);
    rf_check(f.batch->count == 1);
    rf_slice line = rf_fixture_line(&f, 0);
    rf_check(has(line, "\"value\":21.5") && has(line, "\"timestamp_ms\":1"));
    rf_check(has(line, "\"topic\":\"umh.v1.a._b.c\"") && has(line, "\"umh_topic\":\"umh.v1.a._b.c\""));
    rf_check(counted(&f, "messages_processed", NULL, NULL) == 1);
    rf_check(counted(&f, "stage_latency_ns", "defaults", NULL) == 1);
    rf_check(counted(&f, "vm_pool_misses", NULL, NULL) == 1);
}

RF_TEST(a_message_that_throws_fails_alone) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_check(rf_fixture_open(&f, HEAD "tag_processor: {defaults: \"" NAMES "if (msg.payload === 2) throw new Error('two'); return msg\"}\n", NULL) == RF_OK);
    rf_check(rf_fixture_send(&f, "{\"payload\": 1}", NULL) == RF_OK);
    rf_check(rf_fixture_send(&f, "{\"payload\": 2, \"meta\": {\"k\": \"v\"}}", NULL) == RF_OK);
    rf_check(rf_fixture_send(&f, "{\"payload\": 3}", NULL) == RF_OK);
    rf_check(rf_fixture_run(&f, NULL) == RF_OK);
    rf_check(f.batch->count == 3);
    rf_check(!f.batch->messages[0].error.data && !f.batch->messages[2].error.data);
    rf_check(rf_slice_starts(f.batch->messages[1].error, RF_SLICE("error in defaults processing: JavaScript error in defaults: Error: two at defaults.js:1:")));
    rf_slice line = rf_fixture_line(&f, 1);
    rf_check(has(line, "\"payload\":2") && has(line, "\"k\":\"v\"") && has(line, "_initialMetadata") && !has(line, "tag_name"));
    rf_check(counted(&f, "messages_failed", "defaults", "threw") == 1);
    rf_check(counted(&f, "messages_processed", NULL, NULL) == 2);
}

RF_TEST(a_condition_that_throws_drops_its_message_and_counts_it) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_check(rf_fixture_open(&f, HEAD "tag_processor: {defaults: \"" NAMES "return msg\", conditions: [{if: \"msg.payload === 2 ? nope : true\", then: \"if (msg.payload === 3) return 7; return [msg, msg]\"}]}\n", NULL) == RF_OK);
    for (int i = 1; i <= 3; i++) {
        char line[32];
        snprintf(line, sizeof line, "{\"payload\": %d}", i);
        rf_check(rf_fixture_send(&f, line, NULL) == RF_OK);
    }
    rf_check(rf_fixture_run(&f, NULL) == RF_OK);
    rf_check(f.batch->count == 2);
    rf_check(counted(&f, "messages_dropped", "conditions[0].if", "threw") == 1);
    rf_check(counted(&f, "messages_dropped", "conditions[0].then", "bad_return") == 1);
    rf_check(counted(&f, "messages_errored", NULL, NULL) == 0);
}

RF_TEST(what_cannot_be_named_is_dropped_by_reason) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_check(rf_fixture_open(&f, HEAD "tag_processor: {defaults: \"if (msg.payload === 0) return null; " NAMES "if (msg.payload === 1) delete msg.meta.tag_name; if (msg.payload === 2) msg.meta.tag_name = 'a b'; if (msg.payload === 3) { msg.meta.datatype = 'bool' } return msg\"}\n", NULL) == RF_OK);
    for (int i = 0; i <= 3; i++) {
        char line[32];
        snprintf(line, sizeof line, "{\"payload\": %d}", i);
        rf_check(rf_fixture_send(&f, line, NULL) == RF_OK);
    }
    rf_check(rf_fixture_run(&f, NULL) == RF_OK);
    rf_check(f.batch->count == 0);
    rf_check(counted(&f, "messages_dropped", "defaults", "filtered") == 1);
    rf_check(counted(&f, "messages_dropped", "output", "missing_metadata") == 1);
    rf_check(counted(&f, "messages_dropped", "output", "topic") == 1);
    rf_check(counted(&f, "messages_dropped", "output", "conversion") == 1);
    rf_check(counted(&f, "messages_errored", NULL, NULL) == 3);
}

RF_TEST(a_payload_that_json_cannot_hold_fails_its_message) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_check(rf_fixture_open(&f, HEAD "tag_processor: {defaults: \"" NAMES "if (msg.payload === 1) msg.payload = {a: [NaN]}; return msg\", advancedProcessing: \"msg.payload = msg.payload === 2 ? 0/0 : 5; return msg\"}\n", NULL) == RF_OK);
    for (int i = 1; i <= 3; i++) {
        char line[32];
        snprintf(line, sizeof line, "{\"payload\": %d}", i);
        rf_check(rf_fixture_send(&f, line, NULL) == RF_OK);
    }
    rf_check(rf_fixture_run(&f, NULL) == RF_OK);
    rf_check(f.batch->count == 3);
    rf_check_text(f.batch->messages[0].error, RF_SLICE("error in advanced processing: JSON cannot hold NaN"));
    rf_check_text(f.batch->messages[1].error, RF_SLICE("failed to construct final message: JSON cannot hold NaN"));
    rf_check(!f.batch->messages[2].error.data);
    rf_check(counted(&f, "messages_failed", NULL, "not_json") == 2);
}

RF_TEST(every_broken_script_is_reported_at_its_place) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_error error;
    rf_code code = rf_fixture_open(&f, HEAD "tag_processor:\n"
                                            "        defaults: |\n"
                                            "          var a = 1;\n"
                                            "          var b = ;\n"
                                            "        conditions:\n"
                                            "          - if: '(('\n"
                                            "            then: return msg;\n"
                                            "        advancedProcessing: return {{\n", &error);
    rf_check(code == RF_ECONFIG);
    rf_check(rf_findings_count(f.config->findings, true) == 3);
    bool warning;
    const rf_error *first = rf_findings_get(f.config->findings, 0, &warning);
    rf_check(first->place.line == 8 && first->place.column == 19);
    rf_check(strncmp(first->message, "failed to compile defaults code: SyntaxError: ", 46) == 0);
    rf_check(rf_findings_get(f.config->findings, 1, &warning)->place.line == 10);
    rf_check(rf_findings_get(f.config->findings, 2, &warning)->place.line == 12);
}

RF_TEST(a_bound_of_zero_is_refused) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_code code = rf_fixture_open(&f, HEAD "tag_processor: {defaults: return msg, limits: {time: 0s}}\n", NULL);
    rf_check(code == RF_ECONFIG && rf_findings_count(f.config->findings, true) == 1);
}

RF_TEST(hundreds_of_conditions_share_what_they_are_measured_by) {
    if (rf_test_torture())
        return; /* the same few paths, three hundred times */
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_buffer_text(&text, HEAD "tag_processor:\n        defaults: \"" NAMES "return msg\"\n        conditions:\n");
    for (int i = 0; i < 300; i++)
        rf_buffer_printf(&text, "          - {if: msg.payload === %d, then: 'msg.meta.hit = \"%d\"; return msg'}\n", i, i);
    const char *config = rf_buffer_cstr(&text);
    rf_check(config);
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_check(rf_fixture_open(&f, config, NULL) == RF_OK);
    rf_check(rf_fixture_send(&f, "{\"payload\": 299}", NULL) == RF_OK);
    rf_check(rf_fixture_run(&f, NULL) == RF_OK);
    rf_check(f.batch->count == 1 && has(rf_fixture_line(&f, 0), "\"hit\":\"299\""));
    rf_check(counted(&f, "stage_latency_ns", "conditions[15].if", NULL) == 1);
    rf_check(counted(&f, "stage_latency_ns", "conditions[16..].if", NULL) == 284);
}
