/* generate_test.c: the generate input: counts, intervals, batches, failing mappings. */
#include "base/clock.h"
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>

static rf_code run(rf_fixture_stream *stream, rf_fixture_dir *dir, const char *generate, rf_error *reterr) {
    char config[600];
    (void)snprintf(config, sizeof config, "input:\n  generate: %s\noutput: {file: {path: '@DIR@/out'}}\n"
                                          "pipeline: {threads: 1}\n", generate);
    const char *text = rf_fixture_dir_config(dir, config);
    rf_code code = text ? rf_fixture_stream_open(stream, text, reterr) : rf_raise_nomem(reterr);
    return code ? code : rf_stream_run(stream->stream, reterr);
}

#define check_made(generate, expected)                                       \
    do {                                                                     \
        RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };          \
        RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 }; \
        rf_check(rf_fixture_dir_init(&dir));                                 \
        rf_check(!run(&stream, &dir, generate, NULL));                       \
        rf_check_text(rf_fixture_dir_read(&dir, "out"), RF_SLICE(expected)); \
    } while (0)

RF_TEST(it_makes_as_many_as_it_is_told) {
    check_made("{mapping: 'root = count(\"g\")', count: 3, interval: ''}", "1\n2\n3\n");
    check_made("{mapping: 'root = \"t\"', count: 2, interval: 0s}", "t\nt\n");
    check_made("{mapping: 'meta a = \"x\"', count: 1, interval: '', auto_replay_nacks: false}", "\n");
}

RF_TEST(batch_size_is_seen_by_the_mapping) {
    check_made("{mapping: 'root = {\"s\":batch_size()}', count: 5, interval: '', batch_size: 2}",
               "{\"s\":0}\n{\"s\":1}\n{\"s\":0}\n{\"s\":1}\n{\"s\":0}\n");
}

RF_TEST(the_first_message_comes_at_once_and_the_next_after_the_interval) {
    uint64_t start = rf_clock_mono_ns();
    check_made("{mapping: 'root = counter()', count: 3, interval: 50ms}", "1\n2\n3\n");
    rf_check(rf_clock_mono_ns() - start >= 100 * RF_NS_PER_MS);
    start = rf_clock_mono_ns();
    check_made("{mapping: 'root = 1', count: 2, interval: '@every 50ms'}", "1\n1\n");
    rf_check(rf_clock_mono_ns() - start >= 100 * RF_NS_PER_MS);
}

RF_TEST(it_comes_at_the_times_that_cron_means) {
    check_made("{mapping: 'root = counter()', count: 2, interval: '* * * * * *', batch_size: 2}", "1\n2\n");
}

RF_TEST(deleted_messages_do_not_count) {
    check_made("{mapping: 'root = if counter() % 2 == 0 { deleted() } else { \"odd\" }', count: 2, interval: ''}",
               "odd\nodd\n");
}

RF_TEST(a_failing_mapping_is_tried_again_until_the_stop) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    const char *text = rf_fixture_dir_config(&dir, "input: {generate: {mapping: 'root = throw(\"x\")', interval: ''}}\n"
                                                   "output: {file: {path: '@DIR@/out'}}\nshutdown_delay: 100ms\n");
    rf_check(text);
    rf_check(!rf_fixture_stream_open(&stream, text, NULL));
    rf_stream_stop(stream.stream);
    rf_check(!rf_stream_run(stream.stream, NULL));
    rf_check(rf_fake_counter(stream.metrics, "input_received") == 0);
}

RF_TEST(wrong_options_are_findings) {
    const char *const wrong[][2] = {
        { "{mapping: 'root = 1', interval: '*/5 * * *'}", "interval `*/5 * * *` is not a cron expression: expected 5 to 6 fields, found 4" },
        { "{mapping: 'root = 1', interval: '@every soon'}", "interval `@every soon` is not a duration" },
        { "{mapping: 'root = 1', interval: 10}", "interval `10` is not a duration" },
        { "{mapping: 'root = ', interval: 1s}", "" },
        { "{interval: 1s}", "field mapping is required" },
        { "{mapping: 'root = 1', batch_size: 0}", "" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
        RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
        rf_error error = { 0 };
        rf_check(rf_fixture_dir_init(&dir));
        rf_check(run(&stream, &dir, wrong[i][0], &error) == RF_ECONFIG);
        rf_check(strstr(error.message, wrong[i][1]));
        rf_check(error.place.line == 2);
    }
}
