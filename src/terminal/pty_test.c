/* pty_test.c: programs on pseudo-terminals, with a real shell. */
#include "harness.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/slice.h"
#include "fixture.h"
#include "terminal/pty.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 5000 };
#define CLOSED ((rf_pty){ .fd = -1, .exit_fd = -1 })

/* Closes it and takes its end, so that no test leaves a zombie. */
static void pty_done(rf_pty *pty) {
    rf_pty_close(pty);
    if (pty->pid > 0 && !pty->ended) {
        (void)kill(-pty->pid, SIGKILL);
        (void)waitpid(pty->pid, NULL, 0);
    }
}

static const char *const environment[] = { "PATH=/nowhere:/usr/bin:/bin", "HOME=/tmp", "PS1=$ ", "TERM=dumb", NULL };

static rf_pty_options options_of(const char *const *argv) {
    return (rf_pty_options){ .argv = argv, .environment = environment, .directory = "/", .columns = 80, .rows = 24 };
}

static rf_code open_script(const char *script, rf_pty *ret_pty, rf_error *reterr) {
    const char *const argv[] = { "sh", "-c", script, NULL };
    rf_pty_options options = options_of(argv);
    return rf_pty_open(&options, ret_pty, reterr);
}

/* Appends what the terminal says until `wanted` is in it (NULL: until its end); false: it never was. */
static bool read_until(const rf_pty *pty, const char *wanted, rf_buffer *out) {
    for (uint64_t until = rf_clock_mono_ns() + WAIT_MS * RF_NS_PER_MS; rf_clock_mono_ns() < until;) {
        char bytes[4096];
        struct pollfd one = { .fd = pty->fd, .events = POLLIN };
        ssize_t got = poll(&one, 1, 100) > 0 ? read(pty->fd, bytes, sizeof bytes) : 0;
        if (got < 0 && errno != EAGAIN && errno != EINTR)
            return !wanted;
        rf_buffer_append(out, bytes, got > 0 ? (size_t)got : 0);
        if (out->failed)
            return false;
        if (wanted && out->len && memmem(out->data, out->len, wanted, strlen(wanted)))
            return true;
    }
    return false;
}

/* Its exit code; -1: it does not end. */
static int end_of(rf_pty *pty) {
    struct pollfd one = { .fd = pty->exit_fd, .events = POLLIN };
    int code;
    return poll(&one, 1, WAIT_MS) == 1 && rf_pty_ended(pty, &code) ? code : -1;
}

static void type(const rf_pty *pty, const char *text) {
    if (write(pty->fd, text, strlen(text)) != (ssize_t)strlen(text))
        rf_test_failed(__FILE__, __LINE__, "all was written");
}

RF_TEST(what_a_program_says_comes_out_and_its_exit_code) {
    RF_CLEANUP(pty_done) rf_pty pty = CLOSED;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(!open_script("echo one; echo two >&2; exit 7", &pty, NULL));
    rf_check(read_until(&pty, NULL, &out));
    rf_check_text(rf_buffer_view(&out), RF_SLICE("one\r\ntwo\r\n"));
    int code;
    rf_check(end_of(&pty) == 7);
    rf_check(rf_pty_ended(&pty, &code) && code == 7);
    rf_pty_signal(&pty, SIGKILL); /* meets nobody */
}

RF_TEST(what_is_typed_is_echoed_and_read) {
    RF_CLEANUP(pty_done) rf_pty pty = CLOSED;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    int code;
    rf_check(!open_script("read x; echo \"[$x]\"", &pty, NULL));
    rf_check(!rf_pty_ended(&pty, &code));
    type(&pty, "grüße\n");
    rf_check(read_until(&pty, NULL, &out));
    rf_check_text(rf_buffer_view(&out), RF_SLICE("grüße\r\n[grüße]\r\n"));
    rf_check(end_of(&pty) == 0);
}

RF_TEST(erasing_takes_a_whole_character) {
    RF_CLEANUP(pty_done) rf_pty pty = CLOSED;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(!open_script("stty -echo; echo ready; read x; echo \"[$x]\"", &pty, NULL));
    rf_check(read_until(&pty, "ready", &out));
    type(&pty, "aü\x7f\n");
    rf_check(read_until(&pty, "[a]", &out));
}

RF_TEST(a_signal_is_told_as_128_and_more) {
    static const struct { const char *script; int code; } cases[] = { { "kill -TERM $$", 128 + SIGTERM }, { "kill -KILL $$", 128 + SIGKILL } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        RF_CLEANUP(pty_done) rf_pty pty = CLOSED;
        rf_check(!open_script(cases[i].script, &pty, NULL));
        rf_check(end_of(&pty) == cases[i].code);
    }
    RF_CLEANUP(pty_done) rf_pty pty = CLOSED;
    rf_check(!open_script("exec sleep 100", &pty, NULL));
    rf_pty_signal(&pty, SIGTERM);
    rf_check(end_of(&pty) == 128 + SIGTERM);
}

RF_TEST(closing_hangs_up) {
    RF_CLEANUP(pty_done) rf_pty pty = CLOSED;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(!open_script("echo ready; exec sleep 100", &pty, NULL));
    rf_check(read_until(&pty, "ready", &out));
    int exit_fd = dup(pty.exit_fd), code;
    rf_pty_close(&pty);
    rf_pty_close(&pty);
    struct pollfd one = { .fd = exit_fd, .events = POLLIN };
    bool ended = poll(&one, 1, WAIT_MS) == 1;
    (void)close(exit_fd);
    rf_check(ended && rf_pty_ended(&pty, &code) && code == 128 + SIGHUP);
}

RF_TEST(signals_that_we_ignore_or_block_are_not_ignored_there) {
    RF_CLEANUP(pty_done) rf_pty pty = CLOSED;
    sigset_t all, before;
    struct sigaction ignore = { .sa_handler = SIG_IGN }, was;
    sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &before);
    (void)sigaction(SIGPIPE, &ignore, &was);
    /* posix_spawn ignores signals 32 and 33, which the C library keeps to itself. */
    rf_code code = open_script("grep -E '^Sig(Blk|Ign)' /proc/self/status | sed s/0000000180000000/0000000000000000/", &pty, NULL);
    (void)sigaction(SIGPIPE, &was, NULL);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    rf_check(!code);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(read_until(&pty, NULL, &out));
    rf_check_text(rf_buffer_view(&out), RF_SLICE("SigBlk:\t0000000000000000\r\nSigIgn:\t0000000000000000\r\n"));
}

RF_TEST(the_size_is_seen_and_a_resize_too) {
    RF_CLEANUP(pty_done) rf_pty pty = CLOSED;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(!open_script("trap 'stty size; exit' WINCH; stty size; while :; do sleep 0.02; done", &pty, NULL));
    rf_check(read_until(&pty, "24 80\r\n", &out));
    rf_pty_resize(&pty, 132, 43);
    rf_check(read_until(&pty, "43 132\r\n", &out));
    rf_pty_resize(&pty, -5, 1 << 20); /* is brought into what there is */
}

RF_TEST(it_starts_in_its_folder_else_at_home_else_at_the_root) {
    static const char *const homeless[] = { "PATH=/usr/bin:/bin", "HOME=/no/such/folder", NULL };
    static const struct { const char *directory; const char *const *environment; const char *expected; } cases[] = {
        { "/usr/bin/../lib/..", environment, "/usr\r\n" },
        { "/no/such/folder", environment, "/tmp\r\n" },
        { NULL, environment, "/tmp\r\n" },
        { "/etc/passwd", homeless, "/\r\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        RF_CLEANUP(pty_done) rf_pty pty = CLOSED;
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        const char *const argv[] = { "/bin/sh", "-c", "/bin/pwd", NULL };
        rf_pty_options options = options_of(argv);
        options.directory = cases[i].directory;
        options.environment = cases[i].environment;
        rf_check(!rf_pty_open(&options, &pty, NULL));
        rf_check(read_until(&pty, NULL, &out));
        rf_check_text(rf_buffer_view(&out), rf_slice_of(cases[i].expected));
    }
}

RF_TEST(a_program_that_is_not_there_is_named) {
    static const struct { const char *name; rf_code code; const char *message; } cases[] = {
        { "no-such-program", RF_ENOTFOUND, "there is no program `no-such-program`" },
        { "/no/such/program", RF_ENOTFOUND, "there is no program `/no/such/program`" },
        { "/etc/passwd/x", RF_ENOTFOUND, "there is no program `/etc/passwd/x`" },
        { "", RF_ENOTFOUND, "there is no program ``" },
        { "/etc", RF_EIO, "`/etc` cannot be run: Is a directory" },
        { "/etc/passwd", RF_EIO, "`/etc/passwd` cannot be run: Permission denied" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rf_pty pty = CLOSED;
        rf_error error;
        const char *const argv[] = { cases[i].name, NULL };
        rf_pty_options options = options_of(argv);
        rf_code code = rf_pty_open(&options, &pty, &error);
        rf_check(code == cases[i].code);
        rf_check_text(rf_slice_of(error.message), rf_slice_of(cases[i].message));
        rf_check(pty.fd == -1 && pty.exit_fd == -1);
    }
}

RF_TEST(what_is_no_program_fails_at_once) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    rf_check(rf_fixture_dir_init(&dir) && rf_fixture_dir_write(&dir, "junk", RF_SLICE("\x7f" "ELF but not really")));
    char path[128], text[160];
    (void)snprintf(path, sizeof path, "%s/junk", dir.path);
    (void)snprintf(text, sizeof text, "chmod +x %s", path);
    RF_CLEANUP(pty_done) rf_pty first = CLOSED, second = CLOSED;
    rf_check(!open_script(text, &first, NULL) && end_of(&first) == 0);
    rf_error error;
    const char *const argv[] = { path, NULL };
    rf_pty_options options = options_of(argv);
    rf_code code = rf_pty_open(&options, &second, &error);
    rf_check(code == RF_EIO && strstr(error.message, "Exec format error"));
}

RF_TEST(a_login_shell_is_called_by_another_name) {
    RF_CLEANUP(pty_done) rf_pty pty = CLOSED;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    const char *const argv[] = { "sh", "-c", "tr '\\0' ' ' </proc/$$/cmdline; exit 0", NULL };
    rf_pty_options options = options_of(argv);
    options.argv0 = "-sh";
    rf_check(!rf_pty_open(&options, &pty, NULL));
    rf_check(read_until(&pty, NULL, &out));
    rf_check(rf_slice_starts(rf_buffer_view(&out), RF_SLICE("-sh -c ")));
}

RF_TEST(the_terminal_controls_it_and_ctrl_c_reaches_the_foreground) {
    RF_CLEANUP(pty_done) rf_pty pty = CLOSED;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    const char *const argv[] = { "sh", "-i", NULL };
    rf_pty_options options = options_of(argv);
    rf_check(!rf_pty_open(&options, &pty, NULL));
    rf_check(read_until(&pty, "$ ", &out));
    rf_check(!memmem(out.data, out.len, "job control", 11));
    type(&pty, "sleep 100; echo sta''tus $?\n");
    char name[32] = "";
    for (int i = 0; i < 500 && strcmp(name, "sleep") != 0; i++) {
        rf_clock_sleep_ns(2 * RF_NS_PER_MS);
        (void)rf_pty_program(&pty, name, sizeof name);
    }
    rf_check_text(rf_slice_of(name), RF_SLICE("sleep"));
    type(&pty, "\x03");
    rf_check(read_until(&pty, "^C", &out));
    type(&pty, "echo al''ive; exit 5\n");
    rf_check(read_until(&pty, "alive", &out));
    rf_check(end_of(&pty) == 5);
}

RF_TEST(the_foreground_program_and_its_folder_are_known) {
    RF_CLEANUP(pty_done) rf_pty pty = CLOSED;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    char path[4096], name[32];
    rf_check(!open_script("cd /usr/lib; echo ready; read x", &pty, NULL));
    rf_check(read_until(&pty, "ready", &out));
    rf_check(rf_pty_directory(&pty, path, sizeof path));
    rf_check_text(rf_slice_of(path), RF_SLICE("/usr/lib"));
    rf_check(!rf_pty_directory(&pty, path, 4));
    rf_check(rf_pty_program(&pty, name, sizeof name));
    rf_check_text(rf_slice_of(name), RF_SLICE("sh"));
    type(&pty, "\n");
    rf_check(end_of(&pty) == 0);
    rf_check(!rf_pty_directory(&pty, path, sizeof path) && !rf_pty_program(&pty, name, sizeof name));
}

static int open_files(void) {
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;
    while (directory && readdir(directory))
        count++;
    if (directory)
        (void)closedir(directory);
    return count;
}

RF_TEST(no_descriptor_leaks_here_or_there) {
    int before = open_files(), leaky = dup(STDERR_FILENO); /* not closed on exec */
    {
        RF_CLEANUP(pty_done) rf_pty first = CLOSED, second = CLOSED;
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        rf_code code = open_script("exec sleep 100", &first, NULL);
        code = code ? code : open_script("ls /proc/$$/fd", &second, NULL);
        bool fine = !code && read_until(&second, NULL, &out);
        (void)close(leaky);
        rf_check(fine);
        /* dash may keep a copy of the terminal for its jobs; it has none here. */
        rf_check_text(rf_buffer_view(&out), RF_SLICE("0  1  2\r\n"));
    }
    rf_check(open_files() == before);
}
