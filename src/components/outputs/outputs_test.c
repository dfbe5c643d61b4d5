/* outputs_test.c: outputs within outputs: who gets which message, once, and what is refused. */
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"
#include "stream/config_internal.h"
#include "stream/runtime.h"

#include <string.h>

/* The numbers 1 to 6, in batches of 3. */
#define NUMBERS "http: {enabled: false}\ninput:\n  generate: {mapping: 'root = counter()', count: 6, interval: '', batch_size: 3}\n  batching: {count: 3}\n"

typedef struct played {
    rf_fixture_dir dir;
    rf_fixture_stream f;
    rf_fake_output fake; /* in the place of a `drop` that is within another output */
    rf_code code;
    rf_error error;
} played;

static void played_done(played *p) {
    rf_fixture_stream_done(&p->f);
    rf_fixture_dir_done(&p->dir);
    rf_free(p->fake.numbers);
}

static void put_fake(played *p) {
    const struct rf_document *document = p->f.config->document;
    for (size_t i = 0; i < document->components.count; i++) {
        rf_component *component = document->components.items[i];
        const rf_output_kind *kind = component->kind;
        if (component->class != RF_CLASS_OUTPUT || !component->outlet || strcmp(kind->name, "drop") != 0)
            continue;
        component->state = &p->fake;
        component->kind = &rf_fake_output_kind;
        component->outlet->kind = &rf_fake_output_kind;
        component->opened = false;
    }
}

/* Runs the config to its end. False: it did not open, or the test fails allocations and need not go on. */
static bool play(played *p, const char *output) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_buffer_printf(&text, NUMBERS "%s", output);
    if (!rf_fixture_dir_init(&p->dir))
        return false;
    const char *config = rf_buffer_cstr(&text);
    config = config ? rf_fixture_dir_config(&p->dir, config) : NULL;
    p->code = config ? rf_fixture_stream_open(&p->f, config, &p->error) : RF_ENOMEM;
    if (p->code) {
        if (!rf_test_torture())
            (void)fprintf(stderr, "%s\n", p->error.message);
        return false;
    }
    put_fake(p);
    p->code = rf_stream_run(p->f.stream, &p->error);
    return true;
}

#define PLAY(p, output)                                 \
    RF_CLEANUP(played_done) played p = { .code = RF_OK }; \
    bool opened_##p = play(&p, output);                 \
    if (rf_test_torture())                              \
        return;                                         \
    rf_check(opened_##p && !p.code)

static bool file_is(played *p, const char *name, const char *content) {
    rf_slice got = rf_fixture_dir_read(&p->dir, name);
    if (!got.data && !*content)
        return true;
    if (got.data && rf_slice_is(got, content))
        return true;
    (void)fprintf(stderr, "%s: %.*s\n", name, got.data ? (int)got.len : 3, got.data ? got.data : "not");
    return false;
}

RF_TEST(a_fan_out_gives_each_message_to_all) {
    PLAY(p, "output: {broker: {outputs: [{file: {path: '@DIR@/x'}}, {file: {path: '@DIR@/y'}}]}}\n");
    rf_check(file_is(&p, "x", "1\n2\n3\n4\n5\n6\n") && file_is(&p, "y", "1\n2\n3\n4\n5\n6\n"));
    rf_check(rf_fake_counter(p.f.metrics, "output_sent") == 18);
}

RF_TEST(what_one_output_of_a_fan_out_refuses_the_others_do_not_get_twice) {
    RF_CLEANUP(played_done) played p = { .fake = { .refuse_every = 2, .refusals = 5 } };
    bool opened = play(&p, "output: {broker: {outputs: [{file: {path: '@DIR@/x'}}, {drop: {}}]}}\n");
    if (rf_test_torture())
        return;
    rf_check(opened && !p.code);
    rf_check(file_is(&p, "x", "1\n2\n3\n4\n5\n6\n"));
    rf_check(p.fake.count == 6);
}

RF_TEST(an_output_of_a_sequence_gets_only_what_those_before_took) {
    RF_CLEANUP(played_done) played p = { .fake = { .refuse_every = 2, .refusals = 3 } };
    bool opened = play(&p, "output: {broker: {pattern: fan_out_sequential, outputs: [{drop: {}}, {file: {path: '@DIR@/x'}}]}}\n");
    if (rf_test_torture())
        return;
    rf_check(opened && !p.code && p.fake.count == 6);
    rf_slice got = rf_fixture_dir_read(&p.dir, "x");
    rf_check(got.len == 12 && rf_slice_starts(got, RF_SLICE("1\n3\n5\n")));
}

RF_TEST(in_turn_each_output_gets_its_share) {
    PLAY(p, "output: {broker: {pattern: round_robin, outputs: [{file: {path: '@DIR@/x'}}, {file: {path: '@DIR@/y'}}]}}\n");
    rf_check(file_is(&p, "x", "1\n3\n5\n") && file_is(&p, "y", "2\n4\n6\n"));
}

RF_TEST(greedy_goes_on_to_the_next_output_for_what_one_refuses) {
    PLAY(p, "output: {broker: {pattern: greedy, outputs: [{reject: 'no'}, {file: {path: '@DIR@/y'}}]}}\n");
    rf_check(file_is(&p, "y", "1\n2\n3\n4\n5\n6\n"));
}

RF_TEST(a_fallback_gets_what_is_refused_and_why) {
    PLAY(p, "output:\n  fallback:\n    - switch:\n        strict_mode: true\n        cases:\n          - {check: this == 1, output: {file: {path: '@DIR@/one'}}}\n"
            "          - {check: this == 2, output: {file: {path: '@DIR@/two'}}}\n"
            "    - reject: 'not ${! content() }'\n    - file: {path: '@DIR@/rest', codec: message}\n");
    rf_check(file_is(&p, "one", "1\n") && file_is(&p, "two", "2\n"));
    rf_slice rest = rf_fixture_dir_read(&p.dir, "rest");
    rf_check(rf_slice_starts(rest, RF_SLICE("{\"payload\":3,\"meta\":{\"fallback_error\":\"not 3\"}}\n")));
    rf_check(rf_slice_find(rest, '6') < rest.len);
}

RF_TEST(an_output_that_is_not_there_is_fallen_back_from) {
    RF_CLEANUP(played_done) played p = { .fake = { .refuse = UINT32_MAX } };
    bool opened = play(&p, "output: {fallback: [{drop: {}}, {file: {path: '@DIR@/y'}}]}\n");
    if (rf_test_torture())
        return;
    rf_check(opened && !p.code && file_is(&p, "y", "1\n2\n3\n4\n5\n6\n"));
}

RF_TEST(an_output_that_fails_to_write_is_fallen_back_from) {
    RF_CLEANUP(played_done) played p = { .fake = { .fail_writes = 1 } };
    bool opened = play(&p, "output: {fallback: [{drop: {}}, {file: {path: '@DIR@/y'}}]}\n");
    if (rf_test_torture())
        return;
    rf_check(opened && !p.code && file_is(&p, "y", "1\n2\n3\n") && p.fake.count == 3);
}

RF_TEST(cases_get_their_messages_and_one_that_goes_on_is_tested_again) {
    PLAY(p, "output:\n  switch:\n    cases:\n      - {check: this > 4, output: {file: {path: '@DIR@/large'}}, continue: true}\n"
            "      - {check: this % 2 == 0, output: {file: {path: '@DIR@/even'}}}\n      - {output: {file: {path: '@DIR@/rest'}}}\n");
    rf_check(file_is(&p, "large", "5\n6\n") && file_is(&p, "even", "2\n4\n6\n") && file_is(&p, "rest", "1\n3\n5\n"));
}

RF_TEST(a_check_that_fails_is_not_met) {
    PLAY(p, "output:\n  switch:\n    cases:\n      - {check: 'this.a.b.uppercase() == \"A\"', output: {file: {path: '@DIR@/a'}}}\n      - {check: this < 3, output: {file: {path: '@DIR@/b'}}}\n");
    rf_check(file_is(&p, "a", "") && file_is(&p, "b", "1\n2\n"));
}

RF_TEST(failed_messages_are_rejected_alone) {
    PLAY(p, "pipeline: {processors: [{nodered_js: {code: 'if (msg.payload % 3 == 0) return 5; return msg;'}}]}\n"
            "output: {fallback: [{reject_errored: {file: {path: '@DIR@/ok'}}}, {file: {path: '@DIR@/dlq'}}]}\n");
    rf_check(file_is(&p, "ok", "1\n2\n4\n5\n") && file_is(&p, "dlq", "3\n6\n"));
}

RF_TEST(a_retry_gives_up_and_then_the_message_is_refused) {
    PLAY(p, "output:\n  fallback:\n    - retry: {max_retries: 2, backoff: {initial_interval: 1ms}, output: {reject: 'no'}}\n    - file: {path: '@DIR@/y'}\n");
    rf_check(file_is(&p, "y", "1\n2\n3\n4\n5\n6\n"));
}

RF_TEST(a_retry_succeeds_when_the_output_does) {
    RF_CLEANUP(played_done) played p = { .fake = { .fail_writes = 2, .refuse_every = 5, .refusals = 2 } };
    bool opened = play(&p, "output: {retry: {backoff: {initial_interval: 1ms}, output: {drop: {}}}}\n");
    if (rf_test_torture())
        return;
    rf_check(opened && !p.code && p.fake.count == 6);
    for (uint64_t i = 0; i < 6; i++)
        rf_check(p.fake.numbers[i] == (i == 4 ? 6 : i == 5 ? 5 : i + 1)); /* 5 was refused twice, with 4 and 6 in its batch */
}

RF_TEST(what_fails_is_dropped_when_that_is_asked_for) {
    PLAY(p, "output: {drop_on: {error: true, output: {reject: 'no'}}}\n");
    PLAY(q, "output: {fallback: [{drop_on: {error_patterns: ['^odd'], output: {switch: {cases: [{check: this % 2 == 1, output: {reject: odd}}, {output: {reject: even}}]}}}},"
            " {file: {path: '@DIR@/y'}}]}\n");
    rf_check(file_is(&q, "y", "2\n4\n6\n"));
}

RF_TEST(an_output_that_takes_too_long_loses_messages_when_that_is_asked_for) {
    RF_CLEANUP(played_done) played p = { .fake = { .refuse = UINT32_MAX } };
    bool opened = play(&p, "output: {drop_on: {back_pressure: 20ms, output: {drop: {}}}}\n");
    if (rf_test_torture())
        return;
    rf_check(opened && !p.code && p.fake.count == 0);
}

RF_TEST(processors_beside_outputs_change_what_goes_there_alone) {
    PLAY(p, "output:\n  broker:\n    outputs:\n      - file: {path: '@DIR@/x'}\n"
            "        processors: [{nodered_js: {code: 'return msg.payload == 2 ? null : {payload: msg.payload * 10};'}}]\n      - file: {path: '@DIR@/y'}\n"
            "  processors: [{nodered_js: {code: 'msg.payload += 1; return msg;'}}]\n");
    rf_check(file_is(&p, "x", "30\n40\n50\n60\n70\n") && file_is(&p, "y", "2\n3\n4\n5\n6\n7\n"));
}

RF_TEST(what_is_refused_behind_processors_comes_again_before_them) {
    RF_CLEANUP(played_done) played p = { .fake = { .refuse_every = 20, .refusals = 2 } };
    bool opened = play(&p, "output:\n  resource: it\noutput_resources:\n  - label: it\n    drop: {}\n    processors: [{nodered_js: {code: 'msg.payload = msg.payload * 10; return msg;'}}]\n");
    if (rf_test_torture())
        return;
    rf_check(opened && !p.code);
    uint64_t sum = 0;
    for (size_t i = 0; i < p.fake.count; i++)
        sum += p.fake.numbers[i];
    rf_check(p.fake.count == 6 && sum == 210);
}

#define MARKED "processors: [{archive: {format: lines}}, {mapping: 'root = \"<\" + content().string() + \">\"'}]"

RF_TEST(an_output_waits_until_its_batch_is_full_and_the_rest_goes_out_at_the_end) {
    PLAY(p, "output: {broker: {outputs: [{file: {path: '@DIR@/x'}}], batching: {count: 4, " MARKED "}}}\n");
    rf_check(file_is(&p, "x", "<1\n2\n3\n4>\n<5\n6>\n"));
    PLAY(q, "output: {broker: {outputs: [{file: {path: '@DIR@/x'}}], batching: {check: this % 2 == 0, " MARKED "}}}\n");
    rf_check(file_is(&q, "x", "<1\n2>\n<3\n4>\n<5\n6>\n"));
    PLAY(r, "output: {broker: {outputs: [{file: {path: '@DIR@/x'}}], batching: {byte_size: 5, " MARKED "}}}\n");
    rf_check(file_is(&r, "x", "<1\n2\n3\n4\n5>\n<6>\n"));
}

RF_TEST(outputs_within_others_collect_for_themselves) {
    PLAY(p, "output:\n  switch:\n    cases:\n      - check: this % 3 == 0\n        output: {broker: {outputs: [{file: {path: '@DIR@/x'}}], batching: {count: 2, " MARKED "}}}\n"
            "      - output: {broker: {outputs: [{file: {path: '@DIR@/y'}}], batching: {count: 3, " MARKED "}}}\n");
    rf_check(file_is(&p, "x", "<3\n6>\n") && file_is(&p, "y", "<1\n2\n4>\n<5>\n"));
    PLAY(q, "output:\n  broker:\n    batching: {count: 5}\n    outputs: [{broker: {outputs: [{file: {path: '@DIR@/z'}}], batching: {count: 4, " MARKED "}}}]\n");
    rf_check(file_is(&q, "z", "<1\n2\n3\n4>\n<5\n6>\n"));
}

RF_TEST(what_is_refused_of_a_batch_comes_again_alone) {
    RF_CLEANUP(played_done) played p = { .fake = { .refuse_every = 4, .refusals = 3 } };
    bool opened = play(&p, "output: {broker: {outputs: [{drop: {}}], batching: {count: 5}}}\n");
    if (rf_test_torture())
        return;
    rf_check(opened && !p.code && p.fake.count == 6);
    RF_CLEANUP(played_done) played q = { .fake = { .fail_writes = 2 } };
    opened = play(&q, "output: {broker: {outputs: [{drop: {}}], batching: {count: 4, processors: [{noop: {}}]}}}\n");
    rf_check(opened && !q.code && q.fake.count == 6);
}

RF_TEST(what_another_output_waits_for_does_not_wait) {
    PLAY(p, "output:\n  fallback:\n    - broker: {outputs: [{reject: 'no'}], batching: {count: 2}}\n"
            "    - broker: {outputs: [{file: {path: '@DIR@/y'}}], batching: {count: 2, " MARKED "}}\n");
    rf_check(file_is(&p, "y", "<1\n2>\n<3>\n<4\n5>\n<6>\n"));
}

RF_TEST(what_is_wrong_is_found) {
    rf_fixture_wrong("output: {broker: {outputs: []}}\n", "attempting to create broker output type with no outputs");
    rf_fixture_wrong("output: {broker: {pattern: fan, outputs: [{drop: {}}]}}\n", "value fan is not a valid option");
    rf_fixture_wrong("output: {switch: {cases: [{output: {drop: {}}}]}}\n", "attempting to create switch with fewer than 2 cases");
    rf_fixture_wrong("output: {switch: {cases: [{output: {drop: {}}}, {check: 'this.', output: {drop: {}}}]}}\n", "");
    rf_fixture_wrong("output: {broker: {outputs: [{drop: {}}], batching: {processors: [{noop: {}}]}}}\n", "batch policy must have at least one active trigger");
    rf_fixture_wrong("output: {fallback: []}\n", "fallback has no outputs");
    rf_fixture_wrong("output: {resource: nope}\n", "output resource 'nope' was not found");
    rf_fixture_wrong("output: {drop_on: {error_patterns: ['('], output: {drop: {}}}}\n", "");
    rf_fixture_wrong("output: {reject_errored: {dropp: {}}}\n", "unable to infer output type from candidates: [dropp]");
    rf_fixture_wrong("output: {retry: {}}\n", "field output is required");
}
