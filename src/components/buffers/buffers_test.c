/* buffers_test.c: streams with a buffer: all of it, in order, however small the buffer; what is wrong with a config. */
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>

/* Runs the config, with @DIR@ replaced, and gives what it wrote to `out`; data NULL: it could not be run. */
static rf_slice run(rf_fixture_dir *dir, const char *input, const char *config) {
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_error error = { 0 };
    if (!rf_fixture_dir_write(dir, "in", rf_slice_of(input)))
        return (rf_slice){ 0 };
    const char *text = rf_fixture_dir_config(dir, config);
    if (!text)
        return (rf_slice){ 0 };
    if (rf_fixture_stream_open(&stream, text, &error) || rf_stream_run(stream.stream, &error))
        return (rf_slice){ 0 };
    return rf_fixture_dir_read(dir, "out");
}

#define FILES "input: {file: {paths: [@DIR@/in]}}\noutput: {file: {path: @DIR@/out}}\n"

static void passes(const char *input, const char *config, const char *output) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    rf_check(rf_fixture_dir_init(&dir));
    const rf_slice out = run(&dir, input, config);
    if (out.data || !rf_test_torture())
        rf_check_text(out, rf_slice_of(output));
}

RF_TEST(what_goes_into_memory_comes_out_in_order) {
    passes("a\nb\n\nc\n", FILES "buffer: {memory: {}}\n", "a\nb\n\nc\n");
    passes("a\nb\n", FILES "buffer: {none: {}}\n", "a\nb\n");
}

RF_TEST(a_message_above_the_limit_is_let_in_alone) {
    passes("aaaaaaaaaa\nb\ncccccccccccccccccccccc\nd\n", FILES "buffer: {memory: {limit: 5}}\n", "aaaaaaaaaa\nb\ncccccccccccccccccccccc\nd\n");
}

RF_TEST(a_batch_policy_makes_batches_of_what_was_stored) {
    passes("1\n2\n3\n", FILES "buffer: {memory: {batch_policy: {enabled: true, count: 2, processors: [{archive: {format: json_array}}]}}}\n", "[1,2]\n[3]\n");
}

RF_TEST(a_batch_of_the_input_stays_one) {
    passes("1\n2\n3\n", "input: {batched: {child: {file: {paths: [@DIR@/in]}}, policy: {count: 2}}}\noutput: {file: {path: @DIR@/out}}\n"
                        "buffer: {memory: {}}\npipeline: {processors: [{archive: {format: json_array}}]}\n", "[1,2]\n[3]\n");
}

RF_TEST(a_buffer_that_cannot_be_is_refused) {
    rf_fixture_wrong("input: {stdin: {}}\nbuffer: {memory: {limit: 0}}\noutput: {drop: {}}\n", "limit must be at least 1 byte");
    rf_fixture_wrong("input: {stdin: {}}\nbuffer: {memory: {batch_policy: {enabled: true}}}\noutput: {drop: {}}\n", "batch policy must have at least one active trigger");
    rf_fixture_wrong("input: {stdin: {}}\nbuffer: {memry: {}}\noutput: {drop: {}}\n", "unable to infer buffer type from candidates: [memry]");
}
