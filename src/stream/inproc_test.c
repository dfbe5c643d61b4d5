/* inproc_test.c: outputs that write to inputs of their own stream: all of it arrives once, who read it waits, and the run ends. */
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>

typedef struct played {
    rf_fixture_dir dir;
    rf_fixture_stream f;
    rf_error error;
} played;

static void played_done(played *p) {
    rf_fixture_stream_done(&p->f);
    rf_fixture_dir_done(&p->dir);
}

/* Runs the config, which writes to @DIR@/out, to its end. */
static rf_code play(played *p, const char *text) {
    if (!rf_fixture_dir_init(&p->dir))
        return RF_ENOMEM;
    const char *config = rf_fixture_dir_config(&p->dir, text);
    rf_code code = config ? rf_fixture_stream_open(&p->f, config, &p->error) : RF_ENOMEM;
    return code ? code : rf_stream_run(p->f.stream, &p->error);
}

#define PLAY(p, text)                         \
    RF_CLEANUP(played_done) played p = { 0 }; \
    rf_code code_##p = play(&p, (text));      \
    if (rf_test_torture())                    \
    return

#define NUMBERS(count) "generate: {mapping: 'root.n = counter()', interval: '', count: " #count "}"
#define INPUTS(count, name, round) \
    "input: {broker: {inputs: [{" NUMBERS(count) "}, {inproc: " name ", processors: [{mapping: 'root = this.assign({\"round\": " round "})'}]}]}}\n"
#define OUT "{file: {path: '@DIR@/out'}}"

/* Every number from 1 to `count` once, in this order. */
static bool has_all(played *p, unsigned count) {
    rf_slice got = rf_fixture_dir_read(&p->dir, "out");
    for (unsigned i = 1; got.data && i <= count; i++) {
        char line[64];
        int len = snprintf(line, sizeof line, "{\"n\":%u,\"round\":2}\n", i);
        if (got.len < (size_t)len || memcmp(got.data, line, (size_t)len) != 0)
            return false;
        got.data += len;
        got.len -= (size_t)len;
    }
    return got.data && got.len == 0;
}

RF_TEST(what_is_written_is_read_once_and_the_run_ends) {
    PLAY(p, INPUTS(20000, "again", "2") "output: {switch: {cases: [{check: this.round == 2, output: " OUT "}, {output: {inproc: again}}]}}\n");
    rf_check(code_p == RF_OK && has_all(&p, 20000));
}

RF_TEST(one_name_may_lead_to_another) {
    PLAY(p, "input: {broker: {inputs: [{" NUMBERS(100) "}, {inproc: a, processors: [{mapping: 'root = this.assign({\"round\": 1})'}]},"
            " {inproc: b, processors: [{mapping: 'root = this.assign({\"round\": 2})'}]}]}}\n"
            "output: {switch: {cases: [{check: this.round == 2, output: " OUT "}, {check: this.round == 1, output: {inproc: b}}, {output: {inproc: a}}]}}\n");
    rf_check(code_p == RF_OK && has_all(&p, 100));
}

RF_TEST(beside_another_output_both_have_all) {
    PLAY(p, INPUTS(50, "again", "2") "output: {switch: {cases: [{check: this.round == 2, output: " OUT "}, {output: {broker: {outputs: [{inproc: again},"
            " {file: {path: '@DIR@/first'}}]}}}]}}\n");
    rf_check(code_p == RF_OK && has_all(&p, 50));
    rf_slice first = rf_fixture_dir_read(&p.dir, "first");
    rf_check(rf_slice_find(first, '\n') == strlen("{\"n\":1}") && first.len == 9 * strlen("{\"n\":1}\n") + 41 * strlen("{\"n\":10}\n"));
}

RF_TEST(what_is_a_batch_stays_one) {
    PLAY(p, "input: {broker: {inputs: [{batched: {child: {" NUMBERS(5) "}, policy: {count: 2}}}, {inproc: again, processors: [{archive: {format: json_array}}]}]}}\n"
            "output: {switch: {cases: [{check: this.type() == \"array\", output: " OUT "}, {output: {inproc: again}}]}}\n");
    rf_check(code_p == RF_OK);
    rf_check_text(rf_fixture_dir_read(&p.dir, "out"), RF_SLICE("[{\"n\":1},{\"n\":2}]\n[{\"n\":3},{\"n\":4}]\n[{\"n\":5}]\n"));
}

RF_TEST(what_is_refused_goes_back_to_who_read_it_first) {
    PLAY(p, "input: {broker: {inputs: [{generate: {mapping: 'root.n = counter()', interval: '', count: 3, auto_replay_nacks: false}},"
            " {inproc: again, processors: [{mapping: 'root.round = 2'}]}]}}\n"
            "output: {switch: {cases: [{check: this.round == 2, output: {reject: no}}, {output: {inproc: again}}]}}\n");
    rf_check(code_p == RF_OK); /* not tried again: that input does not want it */
    rf_check(rf_fake_counter(p.f.metrics, "input_received") == 6);
}

RF_TEST(what_nobody_reads_is_counted_as_undelivered) {
    PLAY(p, "input: {" NUMBERS(2) "}\noutput: {inproc: nobody}\n");
    rf_check(code_p == RF_EIO);
    rf_check_text(rf_slice_of(p.error.message), RF_SLICE("2 messages were left undelivered"));
}

RF_TEST(a_buffer_beside_it_is_refused) {
    rf_fixture_wrong("input: {inproc: a}\nbuffer: {memory: {}}\noutput: {inproc: a}\n",
                     "a buffer does not go together with inproc a, which is written and read by the same stream");
}
