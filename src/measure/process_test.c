/* process_test.c: whole programs: real ones, that end well, badly, late or not at all. */
#include "harness.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/slice.h"
#include "measure/process.h"
#include "measure/process_run.h"

#include <errno.h>
#include <stdio.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static rf_arena small_arena(void) {
    rf_arena arena;
    rf_arena_init(&arena, 4096);
    return arena;
}

static rf_process_options few(uint32_t runs) {
    rf_process_options options = RF_PROCESS_DEFAULT;
    options.runs = runs;
    options.warm_runs = 0;
    return options;
}

static rf_code run_alone(const char *text, const rf_process_options *options, rf_process_use *ret_use, rf_error *reterr) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_process_command command;
    rf_code code = rf_process_command_make(text, options->shell, &arena, &command, reterr);
    if (code)
        return code;
    int said = memfd_create("test", MFD_CLOEXEC);
    if (said < 0)
        return rf_raise(reterr, RF_EIO, "memfd");
    code = rf_process_run(&command, options, said, ret_use, reterr);
    (void)close(said);
    return code;
}

static bool says(const rf_error *error, const char *part) { return strstr(error->message, part); }

/* ---- Commands ---- */

RF_TEST(a_plain_command_is_split_at_blanks) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_process_command command;
    rf_error error;
    rf_check(rf_process_command_make("  sleep\t 0.01  x ", true, &arena, &command, &error) == RF_OK);
    rf_check(!command.is_shell);
    rf_check_text(rf_slice_of(command.args[0]), RF_SLICE("sleep"));
    rf_check_text(rf_slice_of(command.args[1]), RF_SLICE("0.01"));
    rf_check_text(rf_slice_of(command.args[2]), RF_SLICE("x"));
    rf_check(!command.args[3]);
}

RF_TEST(a_shell_runs_what_needs_one_and_only_that) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    static const char marks[] = "|&;<>()$`\\\"'*?[]#~=%\n";
    rf_error error;
    for (size_t i = 0; marks[i]; i++) {
        rf_process_command command;
        char text[] = "echo a.b";
        text[6] = marks[i];
        rf_check(rf_process_command_make(text, true, &arena, &command, &error) == RF_OK);
        rf_check(command.is_shell && !command.args[3]);
        rf_check_text(rf_slice_of(command.args[0]), RF_SLICE("sh"));
        rf_check_text(rf_slice_of(command.args[1]), RF_SLICE("-c"));
        rf_check_text(rf_slice_of(command.args[2]), rf_slice_of(text));
        rf_check(rf_process_command_make(text, false, &arena, &command, &error) == RF_OK);
        rf_check(!command.is_shell && strcmp(command.args[0], "sh") != 0);
    }
}

RF_TEST(an_empty_command_is_refused) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_process_command command;
    rf_error error;
    rf_code code = rf_process_command_make(" \t ", true, &arena, &command, &error);
    rf_check(code == RF_ECONFIG || code == RF_ENOMEM);
    code = rf_process_command_make("", false, &arena, &command, &error);
    rf_check(code == RF_ECONFIG || code == RF_ENOMEM);
}

/* Words that all are one letter long need the most places. */
RF_TEST(the_most_words_that_a_text_can_hold_fit) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_process_command command;
    rf_error error;
    rf_check(rf_process_command_make("a b c d e f g h i", true, &arena, &command, &error) == RF_OK);
    size_t count = 0;
    while (command.args[count])
        count++;
    rf_check(count == 9);
}

/* ---- One run ---- */

RF_TEST(a_program_that_ends_well_is_measured) {
    rf_process_options options = few(1);
    rf_process_use use;
    rf_error error;
    rf_check(run_alone("sleep 0.01", &options, &use, &error) == RF_OK);
    rf_check(use.wall_ns >= 10e6 && use.wall_ns < 5e9);
    rf_check(use.user_ns >= 0 && use.user_ns + use.system_ns < use.wall_ns);
}

RF_TEST(a_bad_end_is_an_error_with_what_was_said) {
    rf_process_options options = few(1);
    rf_process_use use;
    rf_error error = { 0 };
    rf_code code = run_alone("sh -c 'echo first >&2; echo no such thing >&2; exit 3'", &options, &use, &error);
    rf_check(code == RF_EIO || code == RF_ENOMEM);
    if (code == RF_EIO)
        rf_check(says(&error, "ended with status 3: first no such thing"));
    code = run_alone("false", &options, &use, &error);
    rf_check(code == RF_EIO || code == RF_ENOMEM);
    if (code == RF_EIO) {
        rf_check_text(rf_slice_of(error.message), RF_SLICE("'false' ended with status 1"));
        rf_check(strstr(error.hint, "status 0"));
    }
}

RF_TEST(a_missing_program_is_named) {
    rf_process_options options = few(1);
    rf_process_use use;
    rf_error error = { 0 };
    rf_code code = run_alone("riffle-no-such-program --fast", &options, &use, &error);
    rf_check(code == RF_EIO || code == RF_ENOMEM);
    if (code == RF_EIO) {
        rf_check_text(rf_slice_of(error.message), RF_SLICE("'riffle-no-such-program --fast' cannot be started: No such file or directory"));
        rf_check(strstr(error.hint, "'riffle-no-such-program' is no program in PATH"));
    }
    code = run_alone("riffle-no-such-program --fast | cat >&2; exit 127", &options, &use, &error);
    rf_check(code == RF_EIO || code == RF_ENOMEM);
    if (code == RF_EIO)
        rf_check(says(&error, "status 127") && says(&error, "not found"));
}

RF_TEST(a_signal_that_ended_it_is_named) {
    rf_process_options options = few(1);
    rf_process_use use;
    rf_error error = { 0 };
    rf_code code = run_alone("kill -9 $$", &options, &use, &error);
    rf_check(code == RF_EIO || code == RF_ENOMEM);
    if (code == RF_EIO)
        rf_check(says(&error, "was killed by signal 9 (Killed)"));
}

/* Whether the process whose number the file holds is gone, or dead and not yet taken away by whoever inherited it. */
static bool is_gone(int fd) {
    char number[24] = "", path[64], stat[512] = "";
    ssize_t len = pread(fd, number, sizeof number - 1, 0);
    if (len <= 1)
        return false;
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)strtol(number, NULL, 10));
    FILE *file = fopen(path, "re");
    if (!file)
        return errno == ENOENT;
    size_t got = fread(stat, 1, sizeof stat - 1, file);
    (void)fclose(file);
    const char *state = memrchr(stat, ')', got);
    return !state || state[2] == 'Z' || state[2] == 'X';
}

/* It ignores the polite signal, and has started another that does, too: all of the group must be gone. */
RF_TEST(what_takes_too_long_is_killed_with_all_it_started) {
    if (rf_test_torture())
        return; /* its few allocations fail in the tests above, in less time */
    char path[] = "/tmp/riffle-process-XXXXXX", text[160];
    int fd = mkstemp(path);
    rf_check(fd >= 0);
    (void)snprintf(text, sizeof text, "trap '' TERM; sleep 77 & echo $! > %s; while true; do sleep 0.01; done", path);
    rf_process_options options = few(1);
    options.limit_ns = 50 * RF_NS_PER_MS;
    rf_process_use use;
    rf_error error = { 0 };
    uint64_t began = rf_clock_mono_ns();
    rf_code code = run_alone(text, &options, &use, &error);
    uint64_t took = rf_clock_mono_ns() - began;
    bool gone = is_gone(fd);
    for (int i = 0; i < 200 && !gone; i++, gone = is_gone(fd))
        rf_clock_sleep_ns(10 * RF_NS_PER_MS); /* a killed process takes a moment to die */
    (void)close(fd);
    (void)unlink(path);
    rf_check(code == RF_ELIMIT && took >= 50 * RF_NS_PER_MS && took < 5 * RF_NS_PER_S);
    rf_check(says(&error, "ran for more than 0.05 s and was killed"));
    rf_check(gone);
}

RF_TEST(what_obeys_is_gone_at_once) {
    if (rf_test_torture())
        return; /* as above */
    rf_process_options options = few(1);
    options.limit_ns = 20 * RF_NS_PER_MS;
    rf_process_use use;
    rf_error error = { 0 };
    rf_check(run_alone("sleep 60", &options, &use, &error) == RF_ELIMIT);
    rf_check(use.wall_ns >= 20e6 && use.wall_ns < 5e9);
}

RF_TEST(a_stop_before_a_run_is_seen) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    _Atomic bool stop = true;
    rf_process_options options = few(3);
    options.stop = &stop;
    rf_process_use *a;
    rf_noise noise;
    rf_error error = { 0 };
    rf_code code = rf_measure_processes("sleep 30", NULL, &options, &arena, &a, NULL, &noise, &error);
    rf_check(code == RF_ECLOSED || code == RF_ENOMEM);
}

static _Atomic bool *stop_of_alarm; /* of the one test that has an alarm */
static void on_alarm(int number) {
    (void)number;
    atomic_store(stop_of_alarm, true);
}

RF_TEST(a_stop_in_the_middle_of_a_run_ends_it) {
    if (rf_test_torture())
        return; /* as above */
    _Atomic bool stop = false;
    stop_of_alarm = &stop;
    struct sigaction action = { .sa_handler = on_alarm }, before;
    rf_check(sigaction(SIGALRM, &action, &before) == 0);
    rf_process_options options = few(1);
    options.stop = &stop;
    rf_process_use use;
    rf_error error = { 0 };
    (void)ualarm(30000, 0);
    uint64_t began = rf_clock_mono_ns();
    rf_code code = run_alone("sleep 60", &options, &use, &error);
    uint64_t took = rf_clock_mono_ns() - began;
    (void)sigaction(SIGALRM, &before, NULL);
    rf_check(code == RF_ECLOSED && took < 5 * RF_NS_PER_S);
    rf_check(says(&error, "stopped while 'sleep 60' ran"));
}

RF_TEST(a_flood_of_output_is_no_hindrance_and_its_end_is_kept) {
    if (rf_test_torture())
        return; /* as above: it writes 40 MB */
    rf_process_options options = few(1);
    rf_process_use use;
    rf_error error = { 0 };
    rf_check(run_alone("yes | head -c 20000000", &options, &use, &error) == RF_OK);
    rf_check(run_alone("yes | head -c 20000000 >&2; sleep 0.12; echo the end >&2; exit 1", &options, &use, &error) == RF_EIO);
    rf_check(rf_slice_ends(rf_slice_of(error.message), RF_SLICE("y y the end")));
    rf_check(says(&error, "…y y"));
}

RF_TEST(input_is_empty_and_signals_are_as_usual) {
    rf_process_options options = few(1);
    rf_process_use use;
    rf_error error = { 0 };
    rf_code code = run_alone("cat && test -z \"$(cat)\"", &options, &use, &error);
    rf_check(code == RF_OK || code == RF_ENOMEM);
}

/* What is far above our own peak is told; what is below is not known. */
RF_TEST(the_peak_of_memory_is_told_where_it_is_known) {
    rf_process_options options = few(1);
    rf_process_use use;
    rf_error error = { 0 };
    rf_check(run_alone("true", &options, &use, &error) == RF_OK);
    rf_check(use.peak_bytes == 0);
    /* A block of 300 MB, of which dd touches all. */
    rf_check(run_alone("dd if=/dev/zero of=/dev/null bs=300M count=1", &options, &use, &error) == RF_OK);
    rf_check(use.peak_bytes > 290u << 20 && use.peak_bytes < 500u << 20);
}

/* ---- What it said ---- */

static void said_of(const char *text, size_t len, char *out, size_t room) {
    int fd = memfd_create("test", MFD_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, text, len) == (ssize_t)len)
        rf_process_said(fd, out, room);
    (void)close(fd);
}

RF_TEST(what_was_said_is_one_harmless_line) {
    char out[64];
    said_of("\n a\x1b[31m\tb\r\nc\xff \n", 16, out, sizeof out);
    rf_check_text(rf_slice_of(out), RF_SLICE("a [31m b c\xEF\xBF\xBD"));
    said_of("", 0, out, sizeof out);
    rf_check_text(rf_slice_of(out), RF_SLICE(""));
    rf_process_said(-1, out, sizeof out);
    rf_check_text(rf_slice_of(out), RF_SLICE(""));
}

RF_TEST(what_was_said_is_cut_in_front_at_a_line_or_a_character) {
    char out[40];
    said_of("line one is long enough\nline two\nthe third line", 47, out, sizeof out);
    rf_check_text(rf_slice_of(out), RF_SLICE("…line two the third line"));
    said_of("ööööööööööööööööööööööööx", 49, out, sizeof out);
    rf_check(rf_slice_ends(rf_slice_of(out), RF_SLICE("öööx")));
    rf_check(rf_slice_starts(rf_slice_of(out), RF_SLICE("…ö")));
    /* Invalid bytes grow in the copy: cut at the room. */
    char bad[300];
    memset(bad, 0xff, sizeof bad);
    said_of(bad, sizeof bad, out, sizeof out);
    rf_check(strlen(out) < sizeof out && strlen(out) % 3 == 0);
}

/* ---- All of it ---- */

typedef struct watched { double last; uint32_t calls; double a_ns, b_ns; } watched;
static void watch(void *user, double done, double a_ns, double b_ns) {
    watched *seen = user;
    seen->calls += done > seen->last;
    *seen = (watched){ done, seen->calls, a_ns, b_ns };
}

RF_TEST(two_commands_take_turns) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    char path[] = "/tmp/riffle-process-XXXXXX";
    int fd = mkstemp(path);
    rf_check(fd >= 0);
    char a[96], b[96], got[64] = "";
    (void)snprintf(a, sizeof a, "printf a >> %s", path);
    (void)snprintf(b, sizeof b, "printf b >> %s", path);
    watched seen = { 0 };
    rf_process_options options = few(4);
    options.warm_runs = 1;
    options.progress = watch;
    options.user = &seen;
    rf_process_use *of_a = NULL, *of_b = NULL;
    rf_noise noise;
    rf_error error = { 0 };
    rf_code code = rf_measure_processes(a, b, &options, &arena, &of_a, &of_b, &noise, &error);
    ssize_t len = pread(fd, got, sizeof got - 1, 0);
    (void)close(fd);
    (void)unlink(path);
    rf_check(code == RF_OK && len == 10);
    rf_check_text(rf_slice_of(got), RF_SLICE("ababbaabba"));
    rf_check(seen.calls == 10 && seen.last >= 1 && seen.a_ns > 0 && seen.b_ns > 0);
    for (size_t i = 0; i < 4; i++)
        rf_check(of_a[i].wall_ns > 0 && of_b[i].wall_ns > 0);
    rf_check(noise.grade >= 'A' && noise.grade <= 'D');
}

RF_TEST(a_failure_of_either_ends_it) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_process_options options = few(2);
    rf_process_use *of_a = NULL, *of_b = NULL;
    rf_noise noise;
    rf_error error = { 0 };
    rf_code code = rf_measure_processes("true", "false", &options, &arena, &of_a, &of_b, &noise, &error);
    rf_check(code == RF_EIO || code == RF_ENOMEM);
    rf_check(!of_a && !of_b);
    options.runs = 0;
    rf_check(rf_measure_processes("true", NULL, &options, &arena, &of_a, NULL, &noise, &error) == RF_ECONFIG);
}

RF_TEST(runs_make_a_measurement_of_flat_samples) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_process_use uses[] = { { 5e6, 2e6, 1e6, 4096 }, { 6e6, 3e6, 1e6, 12288 }, { 7e6, 2e6, 2e6, 8192 } };
    rf_noise noise = { .grade = 'B' };
    rf_measurement made;
    rf_error error = { 0 };
    rf_check(rf_process_measurement(uses, 3, &noise, &arena, &made, &error) == RF_OK);
    rf_check(made.count == 3 && !made.linear && made.noise.grade == 'B' && made.peak_bytes == 12288);
    rf_check(made.ns[2] == 7e6 && made.cpu_ns[1] == 4e6 && made.iterations[0] == 1 && made.hardware.cycles < 0);
    rf_samples samples = rf_measurement_samples(&made);
    rf_check(samples.count == 3 && samples.ns == made.ns);
}
