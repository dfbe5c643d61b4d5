/* inputs_test.c: inputs within inputs, what is a batch, and processors beside them. */
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>

typedef struct played {
    rf_fixture_dir dir;
    rf_fixture_stream f;
} played;

static void played_done(played *p) {
    rf_fixture_stream_done(&p->f);
    rf_fixture_dir_done(&p->dir);
}

/* Runs the config, which writes to @DIR@/out, to its end. False: not for want of memory alone. */
static bool play(played *p, const char *text) {
    rf_error error = { 0 };
    if (!rf_fixture_dir_init(&p->dir))
        return false;
    const char *config = rf_fixture_dir_config(&p->dir, text);
    rf_code code = config ? rf_fixture_stream_open(&p->f, config, &error) : RF_ENOMEM;
    if (!code)
        code = rf_stream_run(p->f.stream, &error);
    if (code && !rf_test_torture())
        (void)fprintf(stderr, "%s\n", error.message);
    return !code;
}

static bool out_is(played *p, const char *content) {
    rf_slice got = rf_fixture_dir_read(&p->dir, "out");
    if (got.data && rf_slice_is(got, content))
        return true;
    (void)fprintf(stderr, "out: %.*s\n", got.data ? (int)got.len : 3, got.data ? got.data : "not");
    return false;
}

#define PLAY(p, text)                             \
    RF_CLEANUP(played_done) played p = { 0 };     \
    bool played_##p = play(&p, (text));           \
    if (rf_test_torture())                        \
        return;                                   \
    rf_check(played_##p)

#define OUT "output: {file: {path: '@DIR@/out'}}\n"
#define NUMBERS(count) "generate: {mapping: 'root = counter()', interval: '', count: " #count "}"
/* Each batch as one message. */
#define JOIN "archive: {format: lines}"

RF_TEST(inputs_side_by_side_are_all_read) {
    PLAY(p, "input: {broker: {inputs: [{" NUMBERS(3) "}, {" NUMBERS(3) "}, {" NUMBERS(3) "}]}}\n" OUT);
    rf_slice got = rf_fixture_dir_read(&p.dir, "out");
    rf_check(got.len == 18);
    rf_check(rf_fake_counter(p.f.metrics, "input_received") == 9 && rf_fake_counter(p.f.metrics, "output_sent") == 9);
}

RF_TEST(inputs_in_turn_follow_each_other) {
    PLAY(p, "input: {sequence: {inputs: [{" NUMBERS(3) "}, {sequence: {inputs: [{" NUMBERS(1) "}, {resource: r}]}}]}}\ninput_resources: [{label: r, " NUMBERS(2) "}]\n" OUT);
    rf_check(out_is(&p, "1\n2\n3\n1\n1\n2\n"));
}

RF_TEST(batches_are_made_by_count_and_the_rest_is_one) {
    PLAY(p, "input: {batched: {child: {" NUMBERS(5) "}, policy: {count: 2}}}\npipeline: {processors: [{" JOIN "}, {nodered_js: {code: 'msg.payload = \"<\" + msg.payload + \">\"; return msg;'}}]}\n" OUT);
    rf_check(out_is(&p, "\"<1\\n2>\"\n\"<3\\n4>\"\n\"<5>\"\n"));
}

RF_TEST(batches_are_made_by_bytes_or_a_condition_and_have_their_processors) {
    PLAY(p, "input: {batched: {child: {" NUMBERS(5) "}, policy: {byte_size: 3, processors: [{" JOIN "}, {nodered_js: {code: 'msg.payload = \"<\" + msg.payload + \">\"; return msg;'}}]}}}\n" OUT);
    rf_check(out_is(&p, "\"<1\\n2\\n3>\"\n\"<4\\n5>\"\n"));
    PLAY(q, "input: {" NUMBERS(5) ", batching: {check: 'this % 2 == 0', processors: [{" JOIN "}, {nodered_js: {code: 'msg.payload = \"<\" + msg.payload + \">\"; return msg;'}}]}}\n" OUT);
    rf_check(out_is(&q, "\"<1\\n2>\"\n\"<3\\n4>\"\n\"<5>\"\n"));
}

RF_TEST(processors_beside_inputs_change_what_comes_from_there_alone) {
    PLAY(p, "input:\n  sequence:\n    inputs:\n      - " NUMBERS(3) "\n        processors: [{nodered_js: {code: 'return msg.payload == 2 ? null : msg;'}}]\n      - " NUMBERS(2) "\n"
            "  processors: [{nodered_js: {code: 'msg.payload *= 10; return msg;'}}]\n" OUT);
    rf_check(out_is(&p, "10\n30\n10\n20\n"));
}

RF_TEST(what_is_wrong_is_found) {
    rf_fixture_wrong("input: {broker: {inputs: []}}\n", "attempting to create broker input type with no inputs");
    rf_fixture_wrong("input: {sequence: {inputs: []}}\n", "a sequence has no inputs");
    rf_fixture_wrong("input: {batched: {child: {stdin: {}}, policy: {}}}\n", "batch policy must have at least one active trigger");
    rf_fixture_wrong("input: {batched: {policy: {count: 2}}}\n", "field child is required");
    rf_fixture_wrong("input: {resource: nope}\n", "input resource 'nope' was not found");
    rf_fixture_wrong("input: {resource: a}\ninput_resources: [{label: a, resource: a}]\n", "holds itself");
}

RF_TEST(an_input_is_copied_with_all_that_is_in_it) {
    PLAY(p, "input: {broker: {copies: 3, inputs: [{label: x, " NUMBERS(2) ", processors: [{mapping: 'root = \"a\"'}]}]}}\n" OUT);
    rf_check(out_is(&p, "a\na\na\na\na\na\n"));
    rf_check(rf_fake_counter(p.f.metrics, "input_received") == 6);
}

/* Where there is no end to what is read, a later message says so too: memory may be short for the check of one. */
RF_TEST(an_input_is_read_until_a_message_says_so) {
    PLAY(p, "input: {read_until: {check: this >= 3, input: {generate: {mapping: 'root = counter()', interval: ''}}}}\n"
            "pipeline: {processors: [{mapping: 'root = content().string() + @benthos_read_until.or(\"\")'}]}\n" OUT);
    rf_check(out_is(&p, "1\n2\n3final\n"));
    PLAY(q, "input: {sequence: {inputs: [{read_until: {check: 'content() == \"22\"', input: {" NUMBERS(9) ", processors: [{mapping: 'root = content().string() + content().string()'}]}}}, {" NUMBERS(1) "}]}}\n" OUT);
    rf_check(out_is(&q, "11\n22\n1\n"));
    PLAY(r, "input: {read_until: {check: 'throw(\"x\")', input: {" NUMBERS(2) "}}}\nlogger: {level: \"OFF\"}\n" OUT);
    rf_check(out_is(&r, "1\n2\n"));
    PLAY(s, "input: {read_until: {check: 'this == 4', input: {batched: {child: {" NUMBERS(9) "}, policy: {count: 3}}}}}\n" OUT);
    rf_check(out_is(&s, "1\n2\n3\n4\n5\n6\n"));
}

RF_TEST(what_is_side_by_side_ends_together) {
    PLAY(p, "input: {read_until: {check: 'this >= 3', input: {broker: {inputs: [{generate: {mapping: 'root = counter()', interval: 1ms}}, "
            "{generate: {mapping: 'root = \"slow\"', interval: '@every 1h'}}]}}}}\n" OUT);
    rf_check(out_is(&p, "1\n2\n3\n"));
}

RF_TEST(an_input_is_read_until_nothing_comes) {
    PLAY(p, "input: {read_until: {idle_timeout: 50ms, input: {sequence: {inputs: [{" NUMBERS(2) "}, {generate: {mapping: 'root = 1', interval: '@every 1h'}}]}}}}\nlogger: {level: \"OFF\"}\n" OUT);
    rf_check(out_is(&p, "1\n2\n"));
}

RF_TEST(an_input_that_is_not_there_is_not_waited_for_longer) {
    PLAY(p, "input: {read_until: {idle_timeout: 50ms, input: {sequence: {inputs: [{" NUMBERS(2) "}, {socket: {network: unix, address: '@DIR@/nobody'}}]}}}}\nlogger: {level: \"OFF\"}\n" OUT);
    rf_check(out_is(&p, "1\n2\n"));
}

RF_TEST(what_is_wrong_with_inputs_is_found) {
    rf_fixture_wrong("input: {read_until: {input: {stdin: {}}}}\n", "it is required to set either check or idle_timeout");
    rf_fixture_wrong("input: {read_until: {check: true, restart_input: true, input: {stdin: {}}}}\n", "restart_input is not in this version of riffle");
    rf_fixture_wrong("input: {broker: {copies: 0, inputs: [{stdin: {}}]}}\n", "value 0 is out of range: 1 to 100");
    rf_fixture_wrong("input: {broker: {copies: 2, inputs: [{stdin: {x: 1}}]}}\n", "field x not recognised");
    rf_fixture_wrong("input: {broker: {inputs: [{resource: r}, {resource: r}]}}\ninput_resources: [{label: r, stdin: {}}]\n",
                     "input resource 'r' is named in two places: it can be read in one");
    rf_fixture_wrong("input: {broker: {copies: 2, inputs: [{resource: r}]}}\ninput_resources: [{label: r, stdin: {}}]\n",
                     "input resource 'r' is named in two places: it can be read in one");
}
