/* file_test.c: the file input, through whole streams into a file. */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/slice.h"
#include "base/thread.h"
#include "fixture.h"
#include "harness.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens and runs a config whose @DIR@ is the directory. */
static rf_code run(rf_fixture_stream *stream, rf_fixture_dir *dir, const char *config, rf_error *reterr) {
    const char *text = rf_fixture_dir_config(dir, config);
    rf_code code = text ? rf_fixture_stream_open(stream, text, reterr) : RF_ENOMEM;
    return code ? code : rf_stream_run(stream->stream, reterr);
}

#define TO_FILE "output: {file: {path: '@DIR@/out'}}\npipeline: {threads: 1}\n"

RF_TEST(files_are_read_in_the_order_of_the_list_and_patterns_sorted) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(rf_fixture_dir_write(&dir, "b.txt", RF_SLICE("b1\nb2")));
    rf_check(rf_fixture_dir_write(&dir, "a2.txt", RF_SLICE("2\r\n")));
    rf_check(rf_fixture_dir_write(&dir, "a1.txt", RF_SLICE("1\n\n")));
    rf_check(rf_fixture_dir_write(&dir, "[e]", RF_SLICE("in brackets")));
    rf_check(!run(&stream, &dir, "input: {file: {paths: ['@DIR@/b.txt', '@DIR@/[e]', '@DIR@/a*.txt', '@DIR@/zz*']}}\n"
                  TO_FILE, NULL));
    rf_check_text(rf_fixture_dir_read(&dir, "out"), RF_SLICE("b1\nb2\nin brackets\n1\n\n2\n"));
    rf_check(rf_fake_counter(stream.metrics, "input_received") == 6);
}

RF_TEST(messages_of_files_carry_path_and_time_of_change) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    char path[100];
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(rf_fixture_dir_write(&dir, "in", RF_SLICE("{\"a\":1}\n")));
    (void)snprintf(path, sizeof path, "%s/in", dir.path);
    const struct timespec times[2] = { { 1700000000, 500000000 }, { 1700000000, 500000000 } };
    rf_check(utimensat(-1, path, times, 0) == 0);
    rf_check(!run(&stream, &dir, "input: {file: {paths: ['@DIR@/in']}}\n"
                  "output: {file: {path: '@DIR@/out', codec: message}}\n", NULL));
    rf_slice out = rf_fixture_dir_read(&dir, "out");
    rf_check(out.data);
    rf_check(strstr(out.data, "\"mod_time\":\"2023-11-14T22:13:20Z\""));
    rf_check(strstr(out.data, "\"mod_time_unix\":1700000000"));
    rf_check(strstr(out.data, "/in\""));
}

RF_TEST(a_missing_file_ends_the_run_and_is_named) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(rf_fixture_dir_write(&dir, "in", RF_SLICE("x\n")));
    rf_check(run(&stream, &dir, "input: {file: {paths: ['@DIR@/in', '@DIR@/nowhere.txt']}}\n" TO_FILE, &error) ==
             RF_ENOTFOUND);
    rf_check(strstr(error.message, "/nowhere.txt: No such file or directory"));
    rf_check(rf_fixture_dir_read(&dir, "out").len == 0);
}

static void write_to_pipe(void *path) {
    rf_clock_sleep_ns(50 * RF_NS_PER_MS);
    int fd = open(path, O_WRONLY | O_CLOEXEC); /* until somebody reads */
    if (fd >= 0 && (write(fd, "1\n", 2) != 2 || (rf_clock_sleep_ns(20 * RF_NS_PER_MS), write(fd, "2\n", 2)) != 2))
        perror("write");
    if (fd >= 0)
        (void)close(fd);
}

static void thread_done(rf_thread *thread) { rf_thread_join(thread); }

RF_TEST(a_named_pipe_is_read_from_its_first_writer_to_its_last) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    RF_CLEANUP(thread_done) rf_thread writer = { 0 };
    char path[100];
    if (rf_test_torture()) /* a writer without a reader waits for ever */
        return;
    rf_check(rf_fixture_dir_init(&dir));
    (void)snprintf(path, sizeof path, "%s/pipe", dir.path);
    rf_check(mkfifo(path, 0600) == 0);
    rf_check(!rf_thread_start(&writer, "writer", write_to_pipe, path, NULL));
    rf_check(!run(&stream, &dir, "input: {file: {paths: ['@DIR@/pipe']}}\n" TO_FILE, NULL));
    rf_check_text(rf_fixture_dir_read(&dir, "out"), RF_SLICE("1\n2\n"));
}

RF_TEST(a_named_pipe_that_nobody_writes_to_does_not_hold_up_a_stop) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    char path[100];
    rf_check(rf_fixture_dir_init(&dir));
    (void)snprintf(path, sizeof path, "%s/pipe", dir.path);
    rf_check(mkfifo(path, 0600) == 0);
    const char *text = rf_fixture_dir_config(&dir, "input: {file: {paths: ['@DIR@/pipe']}}\n" TO_FILE "shutdown_delay: 50ms\n");
    rf_check(text && !rf_fixture_stream_open(&stream, text, NULL));
    rf_stream_stop(stream.stream);
    rf_check(!rf_stream_run(stream.stream, NULL));
}

RF_TEST(a_directory_is_no_file) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(run(&stream, &dir, "input: {file: {paths: ['@DIR@']}}\n" TO_FILE, &error) == RF_EIO);
    rf_check(strstr(error.message, "it is a directory"));
}

RF_TEST(bad_lines_fail_alone_and_are_counted) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(rf_fixture_dir_write(&dir, "in", RF_SLICE("{\"payload\":1,\"meta\":{}}\nnonsense\n"
                                                       "{\"payload\":2.50,\"meta\":{\"k\":\"v\"}}\n")));
    rf_check(!run(&stream, &dir, "input: {file: {paths: ['@DIR@/in'], codec: message}}\n" TO_FILE, NULL));
    rf_check_text(rf_fixture_dir_read(&dir, "out"), RF_SLICE("1\n2.50\n"));
    rf_check(rf_fake_counter(stream.metrics, "messages_dropped") == 1);
}

RF_TEST(lines_over_the_limit_are_passed_over_and_counted) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(rf_fixture_dir_write(&dir, "in", RF_SLICE("short;0123456789;;x;01234567890")));
    rf_check(!run(&stream, &dir, "input: {file: {paths: ['@DIR@/in'], scanner: {lines: {custom_delimiter: ';', "
                  "max_buffer_size: 8, omit_empty: true}}}}\n" TO_FILE, NULL));
    rf_check_text(rf_fixture_dir_read(&dir, "out"), RF_SLICE("short\nx\n"));
    rf_check(rf_fake_counter(stream.metrics, "messages_dropped") == 2);
}

RF_TEST(delivered_files_are_deleted_when_told_so) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(rf_fixture_dir_write(&dir, "a", RF_SLICE("1\n2\n3\n")));
    rf_check(rf_fixture_dir_write(&dir, "b", RF_SLICE("4\n5\n")));
    rf_check(!run(&stream, &dir, "input:\n  file: {paths: ['@DIR@/a', '@DIR@/b'], delete_on_finish: true}\n"
                  "  batching: {count: 2}\n" TO_FILE, NULL));
    rf_check_text(rf_fixture_dir_read(&dir, "out"), RF_SLICE("1\n2\n3\n4\n5\n"));
    rf_check(!rf_fixture_dir_read(&dir, "a").data && !rf_fixture_dir_read(&dir, "b").data);
}

RF_TEST(undelivered_files_stay) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(rf_fixture_dir_write(&dir, "a", RF_SLICE("1\n2\n3\n")));
    const char *text = rf_fixture_dir_config(&dir, "input: {file: {paths: ['@DIR@/a'], delete_on_finish: true}}\n"
                                                   "output: {file: {path: /dev/full}}\nshutdown_timeout: 200ms\n"
                                                   "shutdown_delay: 100ms\n");
    rf_check(text);
    rf_check(!rf_fixture_stream_open(&stream, text, &error));
    rf_stream_stop(stream.stream);
    rf_check(rf_stream_run(stream.stream, &error) == RF_EIO);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("3 messages were left undelivered"));
    rf_check_text(rf_fixture_dir_read(&dir, "a"), RF_SLICE("1\n2\n3\n"));
}

RF_TEST(a_payload_of_ten_megabytes_passes_when_allowed) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer big = { 0 };
    rf_check(rf_buffer_reserve(&big, 10 << 20));
    memset(big.data, 'm', 10 << 20);
    big.len = 10 << 20;
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(rf_fixture_dir_write(&dir, "in", rf_buffer_view(&big)));
    rf_check(!run(&stream, &dir, "input: {file: {paths: ['@DIR@/in'], scanner: {lines: {max_buffer_size: 16MB}}}}\n"
                  TO_FILE, NULL));
    rf_check(rf_fixture_dir_read(&dir, "out").len == (10 << 20) + 1);
}

/* Some batches take a hundred times longer than others: what the workers make leaves in order all the same. */
RF_TEST(several_workers_keep_the_order_of_the_lines) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer lines = { 0 };
    for (int i = 0; i < 900; i++)
        rf_buffer_printf(&lines, "%d\n", i);
    rf_check(!lines.failed && rf_fixture_dir_init(&dir));
    rf_check(rf_fixture_dir_write(&dir, "in", rf_buffer_view(&lines)));
    rf_check(!run(&stream, &dir, "input: {file: {paths: ['@DIR@/in']}, batching: {count: 3}}\n"
                  "output: {file: {path: '@DIR@/out'}}\n"
                  "pipeline:\n  threads: 4\n  processors:\n    - nodered_js:\n        code: |\n"
                  "          let n = msg.payload % 7 === 0 ? 2000 : 20;\n"
                  "          for (let i = 0; i < n; i++) Math.sqrt(i);\n"
                  "          return msg.payload % 10 === 9 ? null : msg;\n", NULL));
    rf_buffer_clear(&lines);
    for (int i = 0; i < 900; i++)
        if (i % 10 != 9)
            rf_buffer_printf(&lines, "%d\n", i);
    rf_check(!lines.failed);
    rf_check_text(rf_fixture_dir_read(&dir, "out"), rf_buffer_view(&lines));
}

/* Stops a stream twice: drain, then give up. */
static void stop_twice(void *stream) {
    rf_clock_sleep_ns(150 * RF_NS_PER_MS);
    rf_stream_stop(stream);
    rf_clock_sleep_ns(50 * RF_NS_PER_MS);
    rf_stream_stop(stream);
}

/* Each of these lines takes a second, which is the limit: giving up does not wait for them, and none counts as done. */
RF_TEST(giving_up_stops_scripts_that_run) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_thread stopper = { 0 };
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(rf_fixture_dir_write(&dir, "in", RF_SLICE("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n")));
    const char *text = rf_fixture_dir_config(&dir, "input: {file: {paths: ['@DIR@/in']}}\noutput: {file: {path: '@DIR@/out'}}\n"
                                             "pipeline: {threads: 1, processors: [{nodered_js: {code: 'for (;;);'}}]}\n");
    rf_check(text && !rf_fixture_stream_open(&stream, text, NULL));
    uint64_t start = rf_clock_mono_ns();
    rf_check(!rf_thread_start(&stopper, "stopper", stop_twice, stream.stream, NULL));
    rf_code code = rf_stream_run(stream.stream, &error);
    rf_thread_join(&stopper);
    rf_check(code != RF_OK && strstr(error.message, "20 messages were left undelivered"));
    rf_check(rf_test_torture() || rf_clock_mono_ns() - start < 10 * RF_NS_PER_S);
}

/* ---- Positions ---- */

#define WITH_POSITION "input: {file: {paths: ['@DIR@/in*'], position: {path: '@DIR@/positions'}}, batching: {count: 2}}\n"

/* Runs it to its end; what all runs wrote so far. */
static rf_slice run_on(rf_fixture_dir *dir, const char *config) {
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_code code = run(&stream, dir, config, NULL);
    return code ? RF_SLICE("the run failed") : rf_fixture_dir_read(dir, "out");
}

static bool add(rf_fixture_dir *dir, const char *name, const char *text) {
    char path[100];
    (void)snprintf(path, sizeof path, "%s/%s", dir->path, name);
    FILE *file = fopen(path, "ae");
    return file && (fputs(text, file) >= 0) + (fclose(file) == 0) == 2;
}

static bool move(rf_fixture_dir *dir, const char *from, const char *to) {
    char old[100], new[100];
    (void)snprintf(old, sizeof old, "%s/%s", dir->path, from);
    (void)snprintf(new, sizeof new, "%s/%s", dir->path, to);
    return rename(old, new) == 0;
}

RF_TEST(a_run_with_positions_goes_on_where_the_last_one_was) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(add(&dir, "in1", "1\n2\n3\n") && add(&dir, "in2", "a\n"));
    rf_check_text(run_on(&dir, WITH_POSITION TO_FILE), RF_SLICE("1\n2\n3\na\n"));
    rf_check_text(run_on(&dir, WITH_POSITION TO_FILE), RF_SLICE("1\n2\n3\na\n"));
    rf_check(add(&dir, "in1", "4\n5\n6\n") && add(&dir, "in3", "x\n"));
    rf_check_text(run_on(&dir, WITH_POSITION TO_FILE), RF_SLICE("1\n2\n3\na\n4\n5\n6\nx\n"));
}

RF_TEST(a_file_that_was_renamed_goes_on_and_its_successor_begins) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(add(&dir, "in", "1\n2\n"));
    rf_check_text(run_on(&dir, WITH_POSITION TO_FILE), RF_SLICE("1\n2\n"));
    rf_check(add(&dir, "in", "3\n") && move(&dir, "in", "in.1") && add(&dir, "in", "4\n"));
    rf_check_text(run_on(&dir, WITH_POSITION TO_FILE), RF_SLICE("1\n2\n4\n3\n"));
    rf_check_text(run_on(&dir, WITH_POSITION TO_FILE), RF_SLICE("1\n2\n4\n3\n"));
}

RF_TEST(a_file_that_was_cut_short_or_holds_something_else_begins_at_its_beginning) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(add(&dir, "in", "1\n2\n"));
    rf_check_text(run_on(&dir, WITH_POSITION TO_FILE), RF_SLICE("1\n2\n"));
    rf_check(rf_fixture_dir_write(&dir, "in", RF_SLICE("3\n")));
    rf_check_text(run_on(&dir, WITH_POSITION TO_FILE), RF_SLICE("1\n2\n3\n"));
    rf_check(rf_fixture_dir_write(&dir, "in", RF_SLICE("4\n5\n6\n")));
    rf_check_text(run_on(&dir, WITH_POSITION TO_FILE), RF_SLICE("1\n2\n3\n4\n5\n6\n"));
}

RF_TEST(lines_that_become_no_message_are_not_looked_at_again) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream again = { 0 };
    const char *config = "input: {file: {paths: ['@DIR@/in*'], position: {path: '@DIR@/positions'}, scanner: {lines: {max_buffer_size: 8}}}}\n" TO_FILE;
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(add(&dir, "in", "short\n0123456789\n"));
    rf_check_text(run_on(&dir, config), RF_SLICE("short\n"));
    rf_check(!run(&again, &dir, config, NULL));
    rf_check(rf_fake_counter(again.metrics, "messages_dropped") == 0);
}

RF_TEST(what_is_refused_for_good_does_not_hold_the_position) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    const char *config = "input: {file: {paths: ['@DIR@/in*'], auto_replay_nacks: false, position: {path: '@DIR@/positions'}}, batching: {count: 1}}\n"
                         "pipeline: {threads: 1}\noutput: {switch: {cases: [{check: 'content() == \"2\"', output: {reject: no}}, "
                         "{output: {file: {path: '@DIR@/out'}}}]}}\n";
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(add(&dir, "in", "1\n2\n3\n"));
    rf_check_text(run_on(&dir, config), RF_SLICE("1\n3\n"));
    rf_check_text(run_on(&dir, config), RF_SLICE("1\n3\n"));
}

RF_TEST(what_was_not_delivered_comes_in_the_next_run) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(add(&dir, "in", "1\n2\n3\n"));
    {
        RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
        const char *text = rf_fixture_dir_config(&dir, WITH_POSITION "output: {file: {path: /dev/full}}\nshutdown_timeout: 200ms\nshutdown_delay: 100ms\n");
        rf_check(text && !rf_fixture_stream_open(&stream, text, &error));
        rf_stream_stop(stream.stream);
        rf_check(rf_stream_run(stream.stream, &error) == RF_EIO);
    }
    rf_check_text(run_on(&dir, WITH_POSITION TO_FILE), RF_SLICE("1\n2\n3\n"));
}

RF_TEST(a_position_needs_a_file_and_a_scanner_that_can_go_on) {
    rf_fixture_wrong("input: {file: {paths: [x], position: {}}}\noutput: {drop: {}}\n", "path is empty");
    rf_fixture_wrong("input: {file: {paths: [x], position: {path: p}, scanner: {csv: {}}}}\noutput: {drop: {}}\n",
                     "the scanner csv cannot begin in the middle of a file");
}
