/* sink_test.c: the outputs file and stdout: codecs, directories, what cannot be written. */
#include "base/clock.h"
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char three_lines[] = "1\n22\n333\n";

/* Copies three lines through the output. */
static rf_code run(rf_fixture_stream *stream, rf_fixture_dir *dir, const char *output, rf_error *reterr) {
    char config[600];
    (void)snprintf(config, sizeof config, "input: {file: {paths: ['@DIR@/in']}}\noutput: %s\n", output);
    if (!rf_fixture_dir_write(dir, "in", (rf_slice){ three_lines, strlen(three_lines) }))
        return rf_raise(reterr, RF_EIO, "no input");
    const char *text = rf_fixture_dir_config(dir, config);
    rf_code code = text ? rf_fixture_stream_open(stream, text, reterr) : rf_raise_nomem(reterr);
    return code ? code : rf_stream_run(stream->stream, reterr);
}

/* One run of an output on a fresh directory; what `name` holds then is compared. */
#define check_output(output, name, expected)                                \
    do {                                                                    \
        RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };         \
        RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 }; \
        rf_check(rf_fixture_dir_init(&dir));                                \
        rf_check(rf_fixture_dir_write(&dir, "old", RF_SLICE("old text\n"))); \
        rf_check(!run(&stream, &dir, output, NULL));                        \
        rf_check_text(rf_fixture_dir_read(&dir, name), RF_SLICE(expected)); \
    } while (0)

RF_TEST(codecs_put_what_they_say_behind_each_payload) {
    check_output("{file: {path: '@DIR@/x'}}", "x", "1\n22\n333\n");
    check_output("{file: {path: '@DIR@/x', codec: append}}", "x", "122333");
    check_output("{file: {path: '@DIR@/x', codec: 'delim:--'}}", "x", "1--22--333--");
    check_output("{file: {path: '@DIR@/x', codec: all-bytes}}", "x", "333");
    check_output("{file: {path: '@DIR@/old', codec: all-bytes}}", "old", "333");
    check_output("{file: {path: '@DIR@/old'}}", "old", "old text\n1\n22\n333\n");
}

RF_TEST(missing_directories_are_made) {
    check_output("{file: {path: '@DIR@/p/q/r.txt'}}", "p/q/r.txt", "1\n22\n333\n");
}

RF_TEST(a_directory_in_the_way_ends_the_run_and_is_named) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(run(&stream, &dir, "{file: {path: '@DIR@'}}", &error) == RF_EIO);
    rf_check(strncmp(error.message, "cannot open /tmp/riffle-test-", 29) == 0);
    rf_check(strstr(error.message, ": Is a directory"));
}

RF_TEST(wrong_paths_and_codecs_are_findings) {
    const char *const wrong[][2] = {
        { "{file: {path: ''}}", "path is empty" },
        { "{file: {path: 'a-${!count()}.txt'}}", "count" },
        { "{file: {path: x, codec: nope}}", "codec `nope` is not known" },
        { "{file: {path: x, codec: 'delim:'}}", "codec `delim:` is not known" },
        { "{stdout: {codec: line}}", "codec `line` is not known" },
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

/* Standard output is something else for so long. */
typedef struct redirected { int saved, ends[2]; } redirected;

static void redirected_done(redirected *r) {
    if (r->saved > 0) {
        (void)dup2(r->saved, STDOUT_FILENO);
        (void)close(r->saved);
    }
    if (r->ends[0] > 0)
        (void)close(r->ends[0]);
}

static bool redirected_init(redirected *r) {
    (void)fflush(stdout);
    r->saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (r->saved < 0 || pipe2(r->ends, O_CLOEXEC) != 0)
        return false;
    bool good = dup2(r->ends[1], STDOUT_FILENO) == STDOUT_FILENO;
    (void)close(r->ends[1]);
    return good;
}

RF_TEST(messages_go_to_standard_output) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    RF_CLEANUP(redirected_done) redirected r = { 0 };
    char got[100];
    rf_check(rf_fixture_dir_init(&dir) && redirected_init(&r));
    rf_check(!run(&stream, &dir, "{stdout: {}}", NULL));
    ssize_t count = read(r.ends[0], got, sizeof got);
    rf_check(count > 0);
    rf_check_text(((rf_slice){ got, (size_t)count }), RF_SLICE("1\n22\n333\n"));
}

RF_TEST(a_reader_that_closes_standard_output_ends_the_run) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    RF_CLEANUP(redirected_done) redirected r = { 0 };
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir) && redirected_init(&r));
    (void)close(r.ends[0]);
    r.ends[0] = 0;
    rf_check(run(&stream, &dir, "{stdout: {}}", &error) == RF_EIO);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("cannot write to standard output: the reader of the output has "
                                                       "closed it; 3 messages were left undelivered"));
}

RF_TEST(a_reader_that_has_stopped_does_not_keep_the_run_from_ending) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    RF_CLEANUP(redirected_done) redirected r = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer big = { 0 };
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir) && redirected_init(&r));
    for (int i = 0; i < 20000; i++)
        rf_buffer_text(&big, "0123456789012345678\n"); /* more than a pipe holds */
    rf_check(!big.failed && rf_fixture_dir_write(&dir, "in", rf_buffer_view(&big)));
    const char *text = rf_fixture_dir_config(&dir, "input: {file: {paths: ['@DIR@/in']}}\noutput: {stdout: {}}\n"
                                                   "shutdown_delay: 100ms\nshutdown_timeout: 100ms\n");
    rf_check(text);
    rf_check(!rf_fixture_stream_open(&stream, text, NULL));
    rf_stream_stop(stream.stream);
    rf_check(rf_stream_run(stream.stream, &error) == RF_EIO);
    rf_check(strstr(error.message, "messages were left undelivered"));
}
