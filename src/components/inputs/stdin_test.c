/* stdin_test.c: the stdin input, with a pipe in place of standard input. */
#include "base/clock.h"
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Standard input is a pipe for so long; `ends[1]` writes to it. */
typedef struct fed { int saved, ends[2]; } fed;

static void fed_done(fed *f) {
    if (f->saved > 0) {
        (void)dup2(f->saved, STDIN_FILENO);
        (void)close(f->saved);
    }
    if (f->ends[1] > 0)
        (void)close(f->ends[1]);
}

static bool fed_init(fed *f) {
    f->saved = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    if (f->saved < 0 || pipe2(f->ends, O_CLOEXEC) != 0)
        return false;
    bool good = dup2(f->ends[0], STDIN_FILENO) == STDIN_FILENO;
    (void)close(f->ends[0]);
    return good;
}

static bool put(const fed *f, const char *text) {
    return write(f->ends[1], text, strlen(text)) == (ssize_t)strlen(text);
}

RF_TEST(standard_input_is_read_to_its_end) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    RF_CLEANUP(fed_done) fed f = { 0 };
    rf_check(fed_init(&f) && rf_fixture_dir_init(&dir));
    rf_check(put(&f, "a\r\n\nb"));
    (void)close(f.ends[1]);
    f.ends[1] = 0;
    const char *text = rf_fixture_dir_config(&dir, "input: {stdin: {}}\noutput: {file: {path: '@DIR@/out'}}\n");
    rf_check(text);
    rf_check(!rf_fixture_stream_open(&stream, text, NULL));
    rf_check(!rf_stream_run(stream.stream, NULL));
    rf_check_text(rf_fixture_dir_read(&dir, "out"), RF_SLICE("a\n\nb\n"));
}

/* Stops the stream once the file holds the line. */
typedef struct watcher { rf_fixture_dir *dir; rf_stream *stream; rf_thread thread; bool seen; } watcher;

static void watch(void *arg) {
    watcher *self = arg;
    for (int i = 0; i < 500 && !self->seen; i++) {
        self->seen = rf_fixture_dir_read(self->dir, "out").len == 6;
        if (!self->seen)
            rf_clock_sleep_ns(5 * RF_NS_PER_MS);
    }
    rf_stream_stop(self->stream);
}

static void watcher_done(watcher *self) { rf_thread_join(&self->thread); }

RF_TEST(a_line_is_delivered_at_once_and_waiting_ends_with_a_stop) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    RF_CLEANUP(watcher_done) watcher w = { .dir = &dir };
    RF_CLEANUP(fed_done) fed f = { 0 };
    uint64_t start = rf_clock_mono_ns();
    if (rf_test_torture()) /* the watcher allocates while the stream runs: which one fails is chance */
        return;
    rf_check(fed_init(&f) && rf_fixture_dir_init(&dir));
    const char *text = rf_fixture_dir_config(&dir, "input: {stdin: {}}\noutput: {file: {path: '@DIR@/out'}}\n");
    rf_check(text);
    rf_check(!rf_fixture_stream_open(&stream, text, NULL));
    rf_check(put(&f, "first\nnot yet a line"));
    w.stream = stream.stream;
    rf_check(!rf_thread_start(&w.thread, "watcher", watch, &w, NULL));
    rf_check(!rf_stream_run(stream.stream, NULL));
    rf_thread_join(&w.thread);
    rf_check(w.seen);
    rf_check(rf_clock_mono_ns() - start < 5 * RF_NS_PER_S);
}
