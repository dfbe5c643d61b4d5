/* shell_test.c: the snippets get into start-up files once, and out again; a real bash says what it should. */
#include "harness.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/slice.h"
#include "fixture.h"
#include "terminal/pty.h"
#include "terminal/shell.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

RF_TEST(it_is_installed_once_and_goes_without_a_trace) {
    static const struct { const char *shell, *startup; } cases[] = {
        { "bash", ".bashrc" }, { "zsh", ".zshrc" }, { "fish", ".config/fish/conf.d/riffle.fish" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
        RF_CLEANUP(rf_buffer_done) rf_buffer told = { 0 }, first = { 0 };
        rf_check(rf_fixture_dir_init(&dir));
        bool is_fish = strcmp(cases[i].shell, "fish") == 0;
        rf_check(is_fish || rf_fixture_dir_write(&dir, cases[i].startup, RF_SLICE("alias x=y # no line end")));
        rf_check(!rf_shell_install(cases[i].shell, dir.path, &told, NULL));
        rf_buffer_slice(&first, rf_fixture_dir_read(&dir, cases[i].startup));
        rf_check(first.len > 0 && !first.failed && memmem(first.data, first.len, "riffle/shell/riffle.", 20));
        rf_check(!rf_shell_install(cases[i].shell, dir.path, &told, NULL));
        rf_check_text(rf_fixture_dir_read(&dir, cases[i].startup), rf_buffer_view(&first));
        rf_check(!rf_shell_uninstall(cases[i].shell, dir.path, &told, NULL) && !rf_shell_uninstall(cases[i].shell, dir.path, &told, NULL));
        rf_slice left = rf_fixture_dir_read(&dir, cases[i].startup);
        if (is_fish)
            rf_check(!left.data);
        else
            rf_check_text(left, RF_SLICE("alias x=y # no line end\n"));
    }
}

RF_TEST(a_linked_start_up_file_stays_a_link_and_keeps_its_mode) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer told = { 0 };
    rf_check(rf_fixture_dir_init(&dir) && rf_fixture_dir_write(&dir, "real", RF_SLICE("x\n")));
    char link[128], real[128];
    (void)snprintf(link, sizeof link, "%s/.bashrc", dir.path);
    (void)snprintf(real, sizeof real, "%s/real", dir.path);
    rf_check(chmod(real, 0600) == 0 && symlink("real", link) == 0);
    rf_check(!rf_shell_install("bash", dir.path, &told, NULL));
    struct stat info, target;
    rf_check(lstat(link, &info) == 0 && S_ISLNK(info.st_mode) && stat(real, &target) == 0 && (target.st_mode & 0777) == 0600);
    rf_check(rf_slice_starts(rf_fixture_dir_read(&dir, "real"), RF_SLICE("x\n# >>> riffle")));
}

RF_TEST(a_shell_that_is_not_known_is_named) {
    RF_CLEANUP(rf_buffer_done) rf_buffer told = { 0 };
    rf_error error;
    rf_check(rf_shell_install("fisch", "/nowhere", &told, &error) == RF_ENOTFOUND);
    rf_check_text(rf_slice_of(error.hint), RF_SLICE("did you mean `fish`?"));
    rf_check(rf_shell_install("tcsh-and-more", "/nowhere", &told, &error) == RF_ENOTFOUND);
    rf_check_text(rf_slice_of(error.hint), RF_SLICE("bash, zsh and fish can be set up"));
}

/* ---- With a real bash ---- */

static void pty_done(rf_pty *pty) {
    rf_pty_close(pty);
    if (pty->pid > 0 && !pty->ended) {
        (void)kill(-pty->pid, SIGKILL);
        (void)waitpid(pty->pid, NULL, 0);
    }
}

/* Reads until the text came that often in all; false: it did not. */
static bool read_until(const rf_pty *pty, const char *wanted, int times, rf_buffer *out) {
    for (uint64_t until = rf_clock_mono_ns() + 30 * RF_NS_PER_S; rf_clock_mono_ns() < until;) {
        char bytes[4096];
        struct pollfd one = { .fd = pty->fd, .events = POLLIN };
        ssize_t got = poll(&one, 1, 50) > 0 ? read(pty->fd, bytes, sizeof bytes) : 0;
        if (got < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        rf_buffer_append(out, bytes, got > 0 ? (size_t)got : 0);
        int count = 0;
        for (const char *at = out->data; at && out->len && (at = memmem(at, (size_t)(out->data + out->len - at), wanted, strlen(wanted))); at++)
            count++;
        if (count >= times || out->failed)
            return count >= times;
    }
    return false;
}

/* The marks, each with a blank behind. */
static void take_marks(rf_slice text, rf_buffer *out) {
    for (size_t i = 0; i + 2 < text.len; i++) {
        if (text.data[i] != '\x1b' || text.data[i + 1] != ']' || text.data[i + 2] != '1')
            continue;
        rf_slice mark = { text.data + i + 6, text.len - i - 6 }; /* behind ESC ] 1 3 3 ; */
        mark.len = rf_slice_find(mark, '\x1b');
        rf_buffer_slice(out, mark);
        rf_buffer_char(out, ' ');
    }
}

/* Ctrl-C is left out: bash 5.2 now and then shows no prompt behind it until a key is pressed. */
RF_TEST(bash_marks_prompts_commands_and_ends) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer told = { 0 }, out = { 0 }, marks = { 0 };
    RF_CLEANUP(pty_done) rf_pty pty = { .fd = -1, .exit_fd = -1 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(rf_fixture_dir_write(&dir, ".bashrc", RF_SLICE("PS1='[$mine]$ '\nPROMPT_COMMAND='mine=$?'\nHISTCONTROL=ignoreboth\nHISTFILE=\n")));
    rf_check(!rf_shell_install("bash", dir.path, &told, NULL));
    char home[128];
    (void)snprintf(home, sizeof home, "HOME=%s", dir.path);
    const char *const argv[] = { "bash", "-i", NULL }, *const environment[] = { "PATH=/usr/bin:/bin", "TERM=xterm", "RIFFLE_SESSION=t", home, NULL };
    rf_pty_options options = { .argv = argv, .environment = environment, .directory = "/", .columns = 200, .rows = 24 };
    static const char *const typed[] = { "true\r", "false\r", "cd '/tmp'\r", "\r", "echo a\\\rb\r", " secret\r" };
    rf_check(!rf_pty_open(&options, &pty, NULL));
    rf_check(read_until(&pty, "133;B", 1, &out));
    for (int i = 0; i < 6; i++) {
        rf_check(write(pty.fd, typed[i], strlen(typed[i])) == (ssize_t)strlen(typed[i]));
        rf_check(read_until(&pty, "133;B", i + 2, &out));
    }
    take_marks(rf_buffer_view(&out), &marks);
    rf_check_text(rf_buffer_view(&marks), RF_SLICE(
        "A B C;cmdline_url=true D;0 A B C;cmdline_url=false D;1 A B C;cmdline_url=cd%20%27/tmp%27 D;0 A B A B C;cmdline_url=echo%20ab D;0 A B C D;127 A B "));
    rf_check(memmem(out.data, out.len, "/tmp\x1b\\", 6) && memmem(out.data, out.len, "[1]$ ", 5));
}
