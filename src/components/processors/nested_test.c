/* nested_test.c: processors within processors: order, failures, what is cleared, resources. */
#include "base/number.h"
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>

#define JS(code) "nodered_js: {code: \"" code "\"}\n"
#define DOUBLE JS("msg.payload.n = msg.payload.n * 2; return msg;")
#define FAIL_ODD JS("if (msg.payload.n % 2) return 5; return msg;")

/* Runs the processors on {"n":1}, {"n":2}, {"n":3}. False: a step failed, for want of memory. */
static bool run(rf_fixture *f, const char *processors) {
    RF_CLEANUP(rf_buffer_done) rf_buffer config = { 0 };
    rf_error error = { 0 };
    rf_buffer_printf(&config, "input: {stdin: {}}\noutput: {drop: {}}\npipeline:\n  processors:\n%s", processors);
    const char *text = rf_buffer_cstr(&config);
    *f = (rf_fixture){ 0 };
    if (!text || rf_fixture_open(f, text, &error)) {
        if (!rf_test_torture())
            (void)fprintf(stderr, "%s\n", error.message);
        return false;
    }
    for (int i = 1; i <= 3; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "{\"payload\":{\"n\":%d},\"meta\":{}}", i);
        if (rf_fixture_send(f, line, &error))
            return false;
    }
    return !rf_fixture_run(f, &error);
}

static int64_t number(const rf_fixture *f, uint32_t i) {
    const rf_value *n = i < f->batch->count ? rf_value_member(&f->batch->messages[i].payload, RF_SLICE("n")) : NULL;
    double written = -2;
    if (n && n->kind == RF_NUMBER)
        (void)rf_number_parse_json(rf_value_text(n), &written);
    return !n ? -1 : n->kind == RF_DOUBLE ? (int64_t)n->number : n->kind == RF_INT ? n->integer : (int64_t)written;
}
static bool failed(const rf_fixture *f, uint32_t i) { return i < f->batch->count && f->batch->messages[i].error.data; }

RF_TEST(try_ends_at_the_first_failure_and_catch_takes_the_mark_away) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    bool ran = run(&f, "    - try:\n        - " FAIL_ODD "        - " DOUBLE);
    if (rf_test_torture())
        return;
    rf_check(ran);
    rf_check(f.batch->count == 3 && failed(&f, 0) && !failed(&f, 1) && failed(&f, 2));
    rf_check(number(&f, 1) == 4);
    RF_CLEANUP(rf_fixture_done) rf_fixture g;
    rf_check(run(&g, "    - try:\n        - " FAIL_ODD "        - " DOUBLE "    - catch:\n        - " JS("msg.payload = {n: 100}; return msg;")));
    rf_check(g.batch->count == 3 && !failed(&g, 0) && !failed(&g, 1) && !failed(&g, 2));
    rf_check(number(&g, 0) == 100 && number(&g, 1) == 4 && number(&g, 2) == 100);
}

RF_TEST(a_failure_within_catch_is_cleared_too) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    bool ran = run(&f, "    - " FAIL_ODD "    - catch:\n        - " FAIL_ODD "    - " DOUBLE);
    if (rf_test_torture())
        return;
    rf_check(ran);
    rf_check(f.batch->count == 3 && !failed(&f, 0) && !failed(&f, 2));
}

RF_TEST(messages_are_dropped_and_multiplied_within_and_keep_their_order) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    bool ran = run(&f, "    - for_each:\n        - " JS("return msg.payload.n == 2 ? null : msg;") "        - " DOUBLE);
    if (rf_test_torture())
        return;
    rf_check(ran);
    rf_check(f.batch->count == 2 && number(&f, 0) == 2 && number(&f, 1) == 6);
}

RF_TEST(deep_lists_work_and_count_by_their_path) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    bool ran = run(&f, "    - processors:\n        - try:\n            - for_each:\n                - " DOUBLE "            - " DOUBLE);
    if (rf_test_torture())
        return;
    rf_check(ran);
    rf_check(f.batch->count == 3 && number(&f, 0) == 4 && number(&f, 2) == 12);
    rf_check(rf_fake_counter(f.metrics, "processor_received") == 12); /* try, for_each and both scripts, three messages each */
}

RF_TEST(a_resource_is_one_processor_in_several_places) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    bool ran = run(&f, "    - resource: twice\n    - try:\n        - resource: twice\nprocessor_resources:\n  - label: twice\n    " DOUBLE);
    if (rf_test_torture())
        return;
    rf_check(ran);
    rf_check(number(&f, 0) == 4 && number(&f, 1) == 8);
}

RF_TEST(what_is_wrong_within_is_found) {
    rf_fixture_wrong("pipeline: {processors: [{try: {noop: {}}}]}\n", "expected array value, got !!map");
    rf_fixture_wrong("pipeline: {processors: [{try: [{nop: {}}]}]}\n", "unable to infer processor type from candidates: [nop]");
    rf_fixture_wrong("pipeline: {processors: [{try: [{catch: [{noop: {x: 1}}]}]}]}\n", "field x not recognised");
    rf_fixture_wrong("pipeline: {processors: [{resource: up}]}\nprocessor_resources: [{label: down, noop: {}}]\n", "processor resource 'up' was not found");
    rf_fixture_wrong("pipeline: {processors: [{resource: \"\"}]}\n", "the label of a processor resource is missing");
    rf_fixture_wrong("pipeline: {processors: [{label: a, try: [{label: a, noop: {}}]}]}\n", "label 'a' collides");
}

RF_TEST(a_resource_that_holds_itself_is_refused) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_error error = { 0 };
    rf_code code = rf_fixture_open(&f, "pipeline: {processors: [{resource: a}]}\nprocessor_resources: [{label: a, try: [{resource: a}]}]\n", &error);
    rf_check(code == RF_ELIMIT || (code == RF_ENOMEM && rf_test_torture()));
}

RF_TEST(switch_takes_the_first_case_that_is_met_and_keeps_the_order) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    bool ran = run(&f, "    - switch:\n        - check: this.n == 2\n          processors:\n            - " JS("msg.payload.n = 20; return msg;")
                       "        - check: this.n > 1\n          processors:\n            - " JS("msg.payload.n = 99; return msg;"));
    if (rf_test_torture())
        return;
    rf_check(ran && f.batch->count == 3 && number(&f, 0) == 1 && number(&f, 1) == 20 && number(&f, 2) == 99);
}

RF_TEST(switch_falls_through_without_the_next_check) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    bool ran = run(&f, "    - switch:\n        - check: this.n == 2\n          fallthrough: true\n          processors:\n            - " DOUBLE
                       "        - check: this.n == 100\n          processors:\n            - " DOUBLE "        - processors:\n            - " JS("return null;"));
    if (rf_test_torture())
        return;
    rf_check(ran && f.batch->count == 1 && number(&f, 0) == 8);
}

RF_TEST(a_check_that_fails_marks_the_message_and_skips_all_cases) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    bool ran = run(&f, "    - switch:\n        - check: this.n.uppercase() == \"A\"\n          processors: []\n        - processors:\n            - " DOUBLE);
    if (rf_test_torture())
        return;
    rf_check(ran && f.batch->count == 3 && failed(&f, 0) && failed(&f, 2) && number(&f, 2) == 3);
}

RF_TEST(while_goes_on_as_long_as_its_check_is_met) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    bool ran = run(&f, "    - while:\n        check: this.n < 10\n        processors:\n          - " DOUBLE);
    if (rf_test_torture())
        return;
    rf_check(ran && number(&f, 0) == 16 && number(&f, 1) == 16 && number(&f, 2) == 12);
    RF_CLEANUP(rf_fixture_done) rf_fixture g;
    rf_check(run(&g, "    - while:\n        max_loops: 2\n        at_least_once: true\n        check: this.n < 1\n        processors:\n          - " DOUBLE));
    rf_check(number(&g, 0) == 2 && number(&g, 2) == 6);
}

RF_TEST(retry_begins_again_with_the_message_as_it_came) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    bool ran = run(&f, "    - retry:\n        max_retries: 3\n        backoff: {initial_interval: 1ms}\n        processors:\n          - "
                       JS("if (msg.payload.n == 2 && msg.meta.retry_count !== '2' && msg.meta.retry_count !== 2) return 5; msg.payload.n *= 2; return msg;"));
    if (rf_test_torture())
        return;
    rf_check(ran && f.batch->count == 3 && number(&f, 0) == 2 && number(&f, 1) == 4 && !failed(&f, 1) && number(&f, 2) == 6);
    RF_CLEANUP(rf_fixture_done) rf_fixture g;
    rf_check(run(&g, "    - retry:\n        max_retries: 1\n        backoff: {initial_interval: 1ms}\n        processors:\n          - " FAIL_ODD));
    rf_check(g.batch->count == 3 && failed(&g, 0) && !failed(&g, 1) && failed(&g, 2));
}

RF_TEST(the_other_steps_leave_messages_as_they_are) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    bool ran = run(&f, "    - log: {message: 'n is ${! this.n }', fields_mapping: 'root.n = this.n', fields: {k: '${! this.n }'}}\n"
                       "    - sleep: {duration: 1ms}\n    - noop: {}\n    - parallel: {processors: [{noop: {}}]}\n");
    if (rf_test_torture())
        return;
    rf_check(ran && f.batch->count == 3 && number(&f, 0) == 1 && number(&f, 2) == 3 && !failed(&f, 1));
}

RF_TEST(what_is_wrong_with_steps_is_found) {
    rf_fixture_wrong("pipeline: {processors: [{switch: {check: x}}]}\n", "expected array value");
    rf_fixture_wrong("pipeline: {processors: [{while: {processors: []}}]}\n", "while would go on for ever");
    rf_fixture_wrong("pipeline: {processors: [{retry: {processors: [], backoff: {max_elapsed_time: 0s}}}]}\n", "retry would go on for ever");
    rf_fixture_wrong("pipeline: {processors: [{log: {level: FATAL}}]}\n", "log level not recognised: FATAL");
    rf_fixture_wrong("pipeline: {processors: [{log: {fields_mapping: 'root ='}}]}\n", "");
    rf_fixture_wrong("pipeline: {processors: [{sleep: {duration: soon}}]}\n", "expected duration value, got soon");
}
