/* chain_test.c: processors of one config, back to back on the same messages. */
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>

static const char chain[] =
    "input: {stdin: {}}\n"
    "pipeline:\n"
    "  processors:\n"
    "    - nodered_js:\n"
    "        code: |\n"
    "          if (msg.payload.skip) { return null; }\n"
    "          msg.payload.n = msg.payload.n * 2;\n"
    "          msg.meta.seen = 'first';\n"
    "          return msg;\n"
    "    - nodered_js:\n"
    "        code: |\n"
    "          msg.payload.n = msg.payload.n + 1;\n"
    "          msg.meta.seen = msg.meta.seen + ', second';\n"
    "          return msg;\n"
    "output: {drop: {}}\n";

RF_TEST(what_one_processor_made_is_what_the_next_one_sees) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_error error = { 0 };
    rf_check(!rf_fixture_open(&f, chain, &error));
    rf_check(!rf_fixture_send(&f, "{\"payload\":{\"n\":4},\"meta\":{}}", &error));
    rf_check(!rf_fixture_send(&f, "{\"payload\":{\"skip\":true},\"meta\":{}}", &error));
    rf_check(!rf_fixture_send(&f, "{\"payload\":{\"n\":10},\"meta\":{\"k\":\"v\"}}", &error));
    rf_check(!rf_fixture_run(&f, &error));
    rf_check(f.batch->count == 2);
    rf_check_text(rf_fixture_line(&f, 0), RF_SLICE("{\"payload\":{\"n\":9},\"meta\":{\"seen\":\"first, second\"}}"));
    rf_check_text(rf_fixture_line(&f, 1),
                  RF_SLICE("{\"payload\":{\"n\":21},\"meta\":{\"k\":\"v\",\"seen\":\"first, second\"}}"));
    rf_check(rf_fixture_line(&f, 2).len == 0);
}

RF_TEST(a_whole_stream_runs_its_scripts_on_every_worker) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    const char *text = rf_fixture_dir_config(
        &dir, "input: {generate: {mapping: 'root.n = counter()', count: 2000, interval: ''}}\n"
              "pipeline:\n  threads: 3\n  processors:\n    - nodered_js: {code: 'msg.payload = 1; return msg;'}\n"
              "output: {file: {path: '@DIR@/out', codec: append}}\n");
    rf_check(text);
    rf_check(!rf_fixture_stream_open(&stream, text, &error));
    rf_check(!rf_stream_run(stream.stream, &error));
    rf_slice out = rf_fixture_dir_read(&dir, "out");
    rf_check(out.len == 2000 && strspn(out.data, "1") == 2000);
    rf_check(rf_fake_counter(stream.metrics, "vm_pool_hits") + rf_fake_counter(stream.metrics, "vm_pool_misses") == 2000);
    rf_check(rf_fake_counter(stream.metrics, "vm_pool_misses") <= 3);
}
