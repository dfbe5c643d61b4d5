/* cast_test.c: recordings written, read, played and cut. */
#include "harness.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/slice.h"
#include "base/thread.h"
#include "fixture.h"
#include "terminal/cast.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_writer(rf_cast_writer **writer) {
    if (rf_cast_close(*writer, NULL))
        *writer = NULL;
}
static void free_reader(rf_cast_reader **reader) { rf_cast_reader_free(*reader); }
static void close_fd(int *fd) {
    if (*fd >= 0)
        (void)close(*fd);
}

typedef struct place { rf_fixture_dir dir; char path[128], other[128]; } place;
static void place_done(place *at) { rf_fixture_dir_done(&at->dir); }
static bool place_init(place *at) {
    if (!rf_fixture_dir_init(&at->dir))
        return false;
    (void)snprintf(at->path, sizeof at->path, "%s/a.cast", at->dir.path);
    (void)snprintf(at->other, sizeof at->other, "%s/b.cast", at->dir.path);
    return true;
}

#define MS(n) ((uint64_t)(n) * 1000000u)
static rf_cast_options options_of(int version) {
    return (rf_cast_options){ .version = version, .columns = 80, .rows = 24, .started_s = 1700000000, .term = "xterm", .shell = "/bin/sh" };
}

static void write_some(rf_cast_writer *writer) {
    rf_cast_output(writer, MS(0), RF_SLICE("a\x1b[1m\"\\\r\n"));
    rf_cast_output(writer, MS(1500), RF_SLICE("gr\xC3"));
    rf_cast_output(writer, MS(1600), RF_SLICE("\xBC\xFFn\xF0\x9F"));
    rf_cast_input(writer, MS(1700), RF_SLICE("x"));
    rf_cast_resize(writer, MS(1800), 132, 43);
    rf_cast_marker(writer, MS(1700), RF_SLICE("block 1")); /* time does not go back */
    rf_cast_exit(writer, MS(2000), 7);
}

RF_TEST(version_2_is_written_as_players_want_it) {
    RF_CLEANUP(place_done) place at = { 0 };
    rf_check(place_init(&at));
    RF_CLEANUP(close_writer) rf_cast_writer *writer = NULL;
    rf_cast_options options = options_of(2);
    options.title = "t\"";
    rf_check(!rf_cast_create(at.path, &options, &writer, NULL));
    write_some(writer);
    rf_check(rf_cast_waits(writer));
    rf_cast_flush(writer);
    rf_check(!rf_cast_waits(writer));
    rf_cast_writer *ended = writer;
    writer = NULL;
    rf_check(!rf_cast_close(ended, NULL));
    rf_check_text(rf_fixture_dir_read(&at.dir, "a.cast"), RF_SLICE(
        "{\"version\": 2, \"width\": 80, \"height\": 24, \"timestamp\": 1700000000, \"title\": \"t\\\"\", \"env\": {\"SHELL\": \"/bin/sh\", \"TERM\": \"xterm\"}}\n"
        "[0.000000, \"o\", \"a\\u001b[1m\\\"\\\\\\r\\n\"]\n"
        "[1.500000, \"o\", \"gr\"]\n"
        "[1.600000, \"o\", \"ü\xEF\xBF\xBDn\"]\n"
        "[1.700000, \"i\", \"x\"]\n"
        "[1.800000, \"r\", \"132x43\"]\n"
        "[1.800000, \"m\", \"block 1\"]\n"
        "[2.000000, \"o\", \"\xEF\xBF\xBD\xEF\xBF\xBD\"]\n"));
    struct stat info;
    rf_check(stat(at.path, &info) == 0 && (info.st_mode & 0777) == 0600);
}

RF_TEST(version_3_counts_from_event_to_event_and_tells_the_end) {
    RF_CLEANUP(place_done) place at = { 0 };
    rf_check(place_init(&at));
    RF_CLEANUP(close_writer) rf_cast_writer *writer = NULL;
    const rf_cast_options options = options_of(3);
    rf_check(!rf_cast_create(at.path, &options, &writer, NULL));
    write_some(writer);
    rf_cast_flush(writer);
    rf_check_text(rf_fixture_dir_read(&at.dir, "a.cast"), RF_SLICE(
        "{\"version\": 3, \"term\": {\"cols\": 80, \"rows\": 24, \"type\": \"xterm\"}, \"timestamp\": 1700000000, \"env\": {\"SHELL\": \"/bin/sh\"}}\n"
        "[0.000000, \"o\", \"a\\u001b[1m\\\"\\\\\\r\\n\"]\n"
        "[1.500000, \"o\", \"gr\"]\n"
        "[0.100000, \"o\", \"ü\xEF\xBF\xBDn\"]\n"
        "[0.100000, \"i\", \"x\"]\n"
        "[0.100000, \"r\", \"132x43\"]\n"
        "[0.000000, \"m\", \"block 1\"]\n"
        "[0.200000, \"o\", \"\xEF\xBF\xBD\xEF\xBF\xBD\"]\n"
        "[0.000000, \"x\", \"7\"]\n"));
}

RF_TEST(a_file_that_is_there_is_left_alone) {
    RF_CLEANUP(place_done) place at = { 0 };
    rf_check(place_init(&at) && rf_fixture_dir_write(&at.dir, "a.cast", RF_SLICE("mine")));
    RF_CLEANUP(close_writer) rf_cast_writer *writer = NULL;
    const rf_cast_options options = options_of(2);
    rf_error error;
    rf_check(rf_cast_create(at.path, &options, &writer, &error) == RF_EIO);
    rf_check(strstr(error.message, "a.cast") && strstr(error.message, "File exists"));
    rf_check_text(rf_fixture_dir_read(&at.dir, "a.cast"), RF_SLICE("mine"));
}

RF_TEST(at_its_largest_size_it_ends_with_a_marker) {
    RF_CLEANUP(place_done) place at = { 0 };
    rf_check(place_init(&at));
    RF_CLEANUP(close_writer) rf_cast_writer *writer = NULL;
    rf_cast_options options = options_of(2);
    options.max_bytes = 1000;
    rf_check(!rf_cast_create(at.path, &options, &writer, NULL));
    for (unsigned i = 0; i < 100; i++)
        rf_cast_output(writer, MS(i), RF_SLICE("0123456789"));
    rf_cast_flush(writer);
    rf_slice text = rf_fixture_dir_read(&at.dir, "a.cast");
    rf_check(text.len > 700 && text.len <= 1000 && rf_slice_ends(text, RF_SLICE("the recording ends here: it has reached its largest size\"]\n")));
}

RF_TEST(a_folder_that_is_not_there_is_named) {
    RF_CLEANUP(close_writer) rf_cast_writer *writer = NULL;
    const rf_cast_options options = options_of(2);
    rf_error error;
    rf_check(rf_cast_create("/no/such/folder/a.cast", &options, &writer, &error) == RF_EIO && strstr(error.message, "/no/such/folder/a.cast"));
}

RF_TEST(a_disk_that_gets_full_is_told_at_the_end) {
    RF_CLEANUP(place_done) place at = { 0 };
    rf_check(place_init(&at));
    RF_CLEANUP(close_writer) rf_cast_writer *writer = NULL;
    const rf_cast_options options = options_of(2);
    rf_check(!rf_cast_create(at.path, &options, &writer, NULL));
    struct rlimit before, small = { .rlim_cur = 100 };
    struct sigaction ignore = { .sa_handler = SIG_IGN }, was;
    rf_check(getrlimit(RLIMIT_FSIZE, &before) == 0);
    small.rlim_max = before.rlim_max;
    (void)sigaction(SIGXFSZ, &ignore, &was);
    (void)setrlimit(RLIMIT_FSIZE, &small);
    rf_cast_output(writer, MS(1), RF_SLICE("text"));
    rf_cast_flush(writer);
    rf_cast_output(writer, MS(2), RF_SLICE("more"));
    (void)setrlimit(RLIMIT_FSIZE, &before);
    (void)sigaction(SIGXFSZ, &was, NULL);
    rf_cast_writer *ended = writer;
    writer = NULL;
    rf_error error;
    rf_check(rf_cast_close(ended, &error) == RF_EIO && strstr(error.message, "a.cast"));
    rf_check(rf_fixture_dir_read(&at.dir, "a.cast").len == 100);
}

/* Each event as "at kind text;". */
static rf_slice events(const char *path, rf_cast_header *header, rf_buffer *out, rf_error *error) {
    RF_CLEANUP(free_reader) rf_cast_reader *reader = NULL;
    rf_cast_event event;
    rf_buffer_clear(out);
    rf_code code = rf_cast_open(path, &reader, header, error);
    while (!code && !(code = rf_cast_next(reader, &event, error)))
        rf_buffer_printf(out, "%g %c %.*s;", event.at_s, event.kind, RF_SLICE_ARG(event.text));
    if (code != RF_ECLOSED)
        rf_buffer_printf(out, "%s:%u: %s", code == RF_EPARSE ? "parse" : "error", (unsigned)error->place.line, error->message);
    return rf_buffer_view(out);
}

RF_TEST(what_was_written_is_read_in_both_versions) {
    for (int version = 2; version <= 3; version++) {
        RF_CLEANUP(place_done) place at = { 0 };
        rf_check(place_init(&at));
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        RF_CLEANUP(close_writer) rf_cast_writer *writer = NULL;
        const rf_cast_options options = options_of(version);
        rf_cast_header header;
        rf_error error = { 0 };
        rf_check(!rf_cast_create(at.path, &options, &writer, NULL));
        write_some(writer);
        rf_cast_flush(writer);
        rf_slice got = events(at.path, &header, &out, &error);
        rf_check_text(got, version == 2 ? RF_SLICE("0 o a\x1b[1m\"\\\r\n;1.5 o gr;1.6 o ü\xEF\xBF\xBDn;1.7 i x;1.8 r 132x43;1.8 m block 1;2 o \xEF\xBF\xBD\xEF\xBF\xBD;")
                                        : RF_SLICE("0 o a\x1b[1m\"\\\r\n;1.5 o gr;1.6 o ü\xEF\xBF\xBDn;1.7 i x;1.8 r 132x43;1.8 m block 1;2 o \xEF\xBF\xBD\xEF\xBF\xBD;2 x 7;"));
        rf_check(header.version == version && header.columns == 80 && header.rows == 24 && header.started_s == 1700000000);
    }
}

#define HEAD2 "{\"version\":2,\"width\":80,\"height\":24}\n"
#define HEAD3 "{\"version\":3,\"term\":{\"cols\":80,\"rows\":24}}\n"

RF_TEST(recordings_of_others_are_read_and_broken_ones_named) {
    static const struct { const char *text, *expected; } cases[] = {
        { HEAD2 "[1, \"o\", \"a\"]\n\n[0.5,\"z\",\"\",5]\n", "1 o a;1 z ;" },
        { HEAD3 "# a comment\n[1.5, \"o\", \"a\"]\r\n[0.5,\"o\",\"b\"]\n#", "1.5 o a;2 o b;" },
        { HEAD2 "[1, \"o\", \"a\"]\n[2, \"o\", \"cut o", "1 o a;" },
        { HEAD2 "[1, \"o\", \"a\"]\n[2, \"o\", \"whole\"]", "1 o a;2 o whole;" },
        { HEAD2, "" },
        { HEAD2 "[1, \"o\"]\n", "parse:2: this is no line of a recording: expected [time, \"kind\", \"text\"]" },
        { HEAD2 "[1, \"o\", \"a\"]\nnonsense\n", "1 o a;parse:3: this is no line of a recording: expected [time, \"kind\", \"text\"]" },
        { HEAD2 "[-1, \"o\", \"a\"]\n", "parse:2: this is no line of a recording: expected [time, \"kind\", \"text\"]" },
        { HEAD2 "[1, \"oo\", \"a\"]\n", "parse:2: this is no line of a recording: expected [time, \"kind\", \"text\"]" },
        { HEAD2 "# none in version 2\n", "parse:2: this is no line of a recording: expected [time, \"kind\", \"text\"]" },
        { "", "parse:1: this is no line of a recording: expected a header, but the file is empty" },
        { "[]\n", "parse:1: this is no line of a recording: expected a header with a version" },
        { "hello\n", "parse:1: this is no line of a recording: expected a header: a JSON object in the first line" },
        { "{\"version\":2,\"width\":80}\n", "parse:1: this is no line of a recording: expected a header with the terminal's size" },
        { "{\"version\":3,\"term\":5}\n", "parse:1: this is no line of a recording: expected a header with the terminal's size" },
        { "{\"version\":2,\"width\":0,\"height\":1e9}\n", "parse:1: this is no line of a recording: expected a header with the terminal's size" },
        { "{\"version\":1,\"width\":80,\"stdout\":[]}\n", "parse:1: recordings of version 1 cannot be read" },
        { "{\"version\":4}\n", "parse:1: recordings of version 4 cannot be read" },
    };
    RF_CLEANUP(place_done) place at = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(place_init(&at));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rf_cast_header header;
        rf_error error = { 0 };
        rf_check(rf_fixture_dir_write(&at.dir, "a.cast", rf_slice_of(cases[i].text)));
        rf_check_text(events(at.path, &header, &out, &error), rf_slice_of(cases[i].expected));
    }
    rf_error error = { 0 };
    rf_cast_header header;
    rf_check(rf_slice_starts(events(at.dir.path, &header, &out, &error), RF_SLICE("error:0: the recording")));
}

/* ---- Playing ---- */

RF_TEST(outputs_are_played_in_their_time) {
    RF_CLEANUP(place_done) place at = { 0 };
    rf_check(place_init(&at));
    rf_check(rf_fixture_dir_write(&at.dir, "a.cast", RF_SLICE(HEAD2 "[0.1,\"o\",\"one \"]\n[0.15,\"i\",\"no\"]\n[100,\"m\",\"x\"]\n[100.2,\"o\",\"two\"]\n")));
    int ends[2];
    rf_check(pipe2(ends, O_CLOEXEC) == 0);
    RF_CLEANUP(close_fd) int out = ends[1];
    RF_CLEANUP(close_fd) int in = ends[0];
    rf_cast_play play = { .speed = 4, .idle_limit_s = 0.2, .markers = true };
    uint64_t begun = rf_clock_mono_ns();
    rf_check(!rf_cast_play_file(at.path, &play, out, NULL));
    uint64_t took = rf_clock_mono_ns() - begun;
    char text[32] = "";
    rf_check(read(in, text, sizeof text) == 7 && memcmp(text, "one two", 7) == 0);
    rf_check(took >= MS(130) && took < MS(1000)); /* (100 + 50 + 200 + 200 ms) / 4 */
    play.from_s = 100.2;
    play.speed = 0.001;
    rf_check(!rf_cast_play_file(at.path, &play, out, NULL));
    rf_check(read(in, text, sizeof text) == 7);
}

typedef struct playing { const char *path; rf_cast_play play; int fd; rf_code code; } playing;
static void play_it(void *arg) {
    playing *p = arg;
    p->code = rf_cast_play_file(p->path, &p->play, p->fd, NULL);
}

/* Reads until the text came; false: it did not. */
static bool read_until(int fd, const char *wanted, rf_buffer *out) {
    for (int i = 0; i < (rf_test_torture() ? 10 : 200); i++) {
        char bytes[512];
        struct pollfd one = { .fd = fd, .events = POLLIN };
        ssize_t got = poll(&one, 1, 10) > 0 ? read(fd, bytes, sizeof bytes) : 0;
        rf_buffer_append(out, bytes, got > 0 ? (size_t)got : 0);
        if (out->len && memmem(out->data, out->len, wanted, strlen(wanted)))
            return true;
    }
    return false;
}
static bool type(int fd, const char *keys) { return write(fd, keys, strlen(keys)) == (ssize_t)strlen(keys); }

RF_TEST(keys_pause_step_seek_and_end) {
    RF_CLEANUP(place_done) place at = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(place_init(&at));
    rf_check(rf_fixture_dir_write(&at.dir, "a.cast", RF_SLICE(HEAD2 "[0,\"o\",\"one\"]\n[100,\"o\",\"two\"]\n[200,\"m\",\"here\"]\n[300,\"o\",\"three\"]\n[400,\"o\",\"four\"]\n")));
    RF_CLEANUP(close_fd) int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    char name[64];
    rf_check(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0 && ptsname_r(master, name, sizeof name) == 0);
    RF_CLEANUP(close_fd) int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    rf_check(slave >= 0);
    playing p = { at.path, { .speed = 1 }, slave, RF_EIO };
    rf_thread thread = { 0 };
    rf_check(!rf_thread_start(&thread, "play", play_it, &p, NULL));
    bool fine = read_until(master, "one", &out) && type(master, "]") && read_until(master, "two", &out);
    rf_clock_sleep_ns(MS(50)); /* it stands at the marker now */
    fine = fine && type(master, ".") && read_until(master, "three", &out) && type(master, ".") && read_until(master, "four", &out);
    (void)type(master, "q");
    rf_thread_join(&thread);
    rf_check(fine && p.code == RF_OK);
    rf_check(read_until(master, "\x1b[?25h", &out));
    playing again = { at.path, { .speed = 1 }, slave, RF_EIO };
    rf_check(!rf_thread_start(&thread, "play", play_it, &again, NULL));
    fine = read_until(master, "one", &out) && type(master, "\x03");
    rf_thread_join(&thread);
    rf_check(fine && again.code == RF_OK);
}

/* ---- Cutting ---- */

RF_TEST(a_block_is_cut_out_with_its_size_and_its_own_time) {
    for (int version = 2; version <= 3; version++) {
        RF_CLEANUP(place_done) place at = { 0 };
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        RF_CLEANUP(close_writer) rf_cast_writer *writer = NULL;
        rf_cast_options options = options_of(version);
        options.title = "T";
        rf_error error = { 0 };
        rf_cast_header header;
        rf_check(place_init(&at) && !rf_cast_create(at.path, &options, &writer, NULL));
        rf_cast_output(writer, MS(100), RF_SLICE("$ "));
        rf_cast_resize(writer, MS(200), 100, 30);
        rf_cast_marker(writer, MS(2000), RF_SLICE("block 1"));
        rf_cast_output(writer, MS(2500), RF_SLICE("one"));
        rf_cast_marker(writer, MS(2600), RF_SLICE("mine"));
        rf_cast_marker(writer, MS(3000), RF_SLICE("block 1 end"));
        rf_cast_marker(writer, MS(4000), RF_SLICE("block 2"));
        rf_cast_output(writer, MS(4500), RF_SLICE("two"));
        rf_cast_exit(writer, MS(5000), 0);
        rf_cast_flush(writer);
        rf_check(rf_cast_cut_block(at.path, 3, at.other, &error) == RF_ENOTFOUND && strstr(error.message, "has no block 3"));
        rf_check(access(at.other, F_OK) != 0);
        rf_check(!rf_cast_cut_block(at.path, 1, at.other, NULL));
        rf_check_text(events(at.other, &header, &out, &error), RF_SLICE("0.5 o one;0.6 m mine;"));
        rf_check(header.version == version && header.columns == 100 && header.rows == 30 && header.started_s == 1700000002);
        rf_check_text(header.title.len ? RF_SLICE("some") : RF_SLICE("none"), RF_SLICE("some"));
        rf_check(rf_cast_cut_block(at.path, 2, at.other, NULL) == RF_EIO);
        rf_check(unlink(at.other) == 0 && !rf_cast_cut_block(at.path, 2, at.other, NULL));
        rf_check_text(events(at.other, &header, &out, &error), RF_SLICE("0.5 o two;"));
    }
}

RF_TEST(nothing_is_left_of_a_block_that_cannot_be_read) {
    RF_CLEANUP(place_done) place at = { 0 };
    rf_check(place_init(&at) && rf_fixture_dir_write(&at.dir, "a.cast", RF_SLICE(HEAD2 "[1,\"m\",\"block 1\"]\nbroken\n[2,\"m\",\"block 1 end\"]\n")));
    rf_error error = { 0 };
    rf_check(rf_cast_cut_block(at.path, 1, at.other, &error) == RF_EPARSE && error.place.line == 3);
    rf_check(access(at.other, F_OK) != 0);
}
