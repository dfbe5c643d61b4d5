/* file_paths_test.c: the output file where messages say their path, and the output cache. */
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>

/* Runs it on the lines of the file `in`; false: out of memory, or it ended otherwise. */
static bool run(rf_fixture_dir *dir, rf_fixture_stream *stream, const char *lines, const char *output) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_error error = { 0 };
    rf_buffer_printf(&text, "input: {file: {paths: ['@DIR@/in'], auto_replay_nacks: false}}\npipeline: {threads: 1}\nlogger: {level: \"OFF\"}\noutput: %s\n", output);
    if (!rf_fixture_dir_init(dir) || !rf_fixture_dir_write(dir, "in", rf_slice_of(lines)))
        return false;
    const char *config = rf_buffer_cstr(&text);
    config = config ? rf_fixture_dir_config(dir, config) : NULL;
    rf_code code = config ? rf_fixture_stream_open(stream, config, &error) : RF_ENOMEM;
    if (!code)
        code = rf_stream_run(stream->stream, &error);
    if (code && !rf_test_torture())
        (void)fprintf(stderr, "%s\n", error.message);
    return !code;
}

#define RUN(lines, output)                                               \
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };          \
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 }; \
    bool ran = run(&dir, &stream, lines, output);                        \
    if (rf_test_torture())                                               \
        return;                                                          \
    rf_check(ran)

#define check_file(name, content) rf_check_text(rf_fixture_dir_read(&dir, name), RF_SLICE(content))

RF_TEST(each_message_goes_to_its_own_file) {
    RUN("a\nb\na\na\n", "{file: {path: '@DIR@/p/q/${! content() }.txt'}}");
    check_file("p/q/a.txt", "a\na\na\n");
    check_file("p/q/b.txt", "b\n");
}

RF_TEST(more_files_than_are_kept_open_are_no_trouble) {
    RUN("0\n1\n2\n3\n4\n5\n6\n7\n8\n9\na\nb\nc\nd\ne\nf\ng\nh\n0\nh\n", "{file: {path: '@DIR@/f-${! content() }'}}");
    check_file("f-0", "0\n0\n");
    check_file("f-5", "5\n");
    check_file("f-h", "h\nh\n");
}

RF_TEST(the_last_message_is_all_of_it_when_the_codec_says_so) {
    RUN("{\"i\":1,\"t\":\"long one\"}\n{\"i\":2}\n{\"i\":1}\n", "{file: {path: '@DIR@/f-${! json(\"i\") }', codec: all-bytes}}");
    check_file("f-1", "{\"i\":1}");
    check_file("f-2", "{\"i\":2}");
}

RF_TEST(what_cannot_be_written_is_refused_alone) {
    RUN("a\nin/x\n{\"p\":1}\nb\n", "{fallback: [{file: {path: '@DIR@/${! content() }'}}, {file: {path: '@DIR@/rest', codec: message}}]}");
    check_file("a", "a\n");
    check_file("b", "b\n");
    rf_slice rest = rf_fixture_dir_read(&dir, "rest");
    rf_check(rest.len && strstr(rest.data, "in/x") && strstr(rest.data, "not a directory"));
}

RF_TEST(a_path_that_cannot_be_told_is_refused) {
    RUN("{\"p\":\"a\"}\nno json\n{\"p\":\"b\"}\n", "{fallback: [{file: {path: '@DIR@/${! json(\"p\") }'}}, {file: {path: '@DIR@/rest', codec: message}}]}");
    check_file("a", "{\"p\":\"a\"}\n");
    check_file("b", "{\"p\":\"b\"}\n");
    rf_slice rest = rf_fixture_dir_read(&dir, "rest");
    rf_check(rest.len && strstr(rest.data, "no json") && strstr(rest.data, "path interpolation error: invalid character 'o'"));
}

RF_TEST(a_cache_holds_each_message_under_its_key) {
    RUN("{\"k\":\"a\",\"v\":1}\nno json\n{\"k\":\"a\",\"v\":2}\n",
        "{fallback: [{cache: {target: c, key: '${! json(\"k\") }'}}, {file: {path: '@DIR@/rest', codec: message}}]}\n"
        "cache_resources: [{label: c, file: {directory: '@DIR@'}}]");
    check_file("a", "{\"k\":\"a\",\"v\":2}");
    rf_slice rest = rf_fixture_dir_read(&dir, "rest");
    rf_check(rest.len && strstr(rest.data, "no json") && strstr(rest.data, "key interpolation error: invalid character 'o'"));
}
