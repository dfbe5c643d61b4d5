/* connect_start.c: starting the daemon, and waiting until it listens. */
#include "terminal/connect.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_WAIT_MS = 5000, READY_FD = 3, SAID_BYTES = 500 };
#define READY RF_TERM_READY_VARIABLE "=3"

extern char **environ;

typedef struct starting {
    rf_arena arena;
    const char *log;      /* NULL: none */
    off_t log_was;        /* its size before */
    int ready;            /* our end of the pipe */
    pid_t pid;
} starting;

/* What must not reach sessions of the daemon is left out. */
static char **make_environment(rf_arena *arena) {
    size_t count = 0, kept = 0;
    while (environ && environ[count])
        count++;
    char **copy = rf_arena_zero(arena, count + 2, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++)
        if (strncmp(environ[i], "RIFFLE_SESSION=", 15) != 0 && strncmp(environ[i], RF_TERM_READY_VARIABLE "=", sizeof READY - 2) != 0)
            copy[kept++] = environ[i];
    if (copy)
        copy[kept] = rf_strdup_in(arena, READY);
    return copy && copy[kept] ? copy : NULL;
}

static int set_attributes(posix_spawnattr_t *attributes) {
    sigset_t defaults, none;
    (void)sigemptyset(&none);
    (void)sigfillset(&defaults);
    (void)sigdelset(&defaults, SIGKILL);
    (void)sigdelset(&defaults, SIGSTOP);
    int number = posix_spawnattr_setsigdefault(attributes, &defaults);
    number = number ? number : posix_spawnattr_setsigmask(attributes, &none);
    return number ? number : posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
}

static int set_files(posix_spawn_file_actions_t *files, const char *log, int ready) {
    const char *errors = log ? log : "/dev/null";
    /* First of all: the others take the numbers below it. */
    int number = posix_spawn_file_actions_adddup2(files, ready, READY_FD);
    number = number ? number : posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    number = number ? number : posix_spawn_file_actions_addopen(files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    number = number ? number : posix_spawn_file_actions_addopen(files, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_APPEND, 0600);
    number = number ? number : posix_spawn_file_actions_addclosefrom_np(files, READY_FD + 1);
    return number ? number : posix_spawn_file_actions_addchdir_np(files, "/");
}

static int spawn(starting *s, int ready) {
    char *const argv[] = { (char[]){ "riffle" }, (char[]){ "term" }, (char[]){ "daemon" }, NULL };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    char **environment = make_environment(&s->arena);
    int number = environment ? posix_spawn_file_actions_init(&files) : ENOMEM;
    if (number)
        return number;
    number = posix_spawnattr_init(&attributes);
    if (!number) {
        number = set_files(&files, s->log, ready);
        number = number ? number : set_attributes(&attributes);
        number = number ? number : posix_spawn(&s->pid, "/proc/self/exe", &files, &attributes, argv, environment);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    return number;
}

static off_t size_of(const char *path) {
    struct stat is;
    return path && stat(path, &is) == 0 ? is.st_size : 0;
}

/* The end of what it has written to its log since it was started: its last words. */
static rf_slice last_words(const starting *s, char said[SAID_BYTES]) {
    off_t size = size_of(s->log), from = size - SAID_BYTES > s->log_was ? size - SAID_BYTES : s->log_was;
    int fd = s->log && size > from ? open(s->log, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return RF_SLICE("");
    ssize_t got = pread(fd, said, SAID_BYTES, from);
    (void)close(fd);
    return rf_slice_trim((rf_slice){ said, got > 0 ? (size_t)got : 0 });
}

static rf_code failed(const starting *s, const char *what, rf_error *reterr) {
    char said[SAID_BYTES];
    rf_slice words = last_words(s, said);
    if (words.len)
        (void)rf_raise(reterr, RF_EIO, "the daemon %s; it said: %.*s", what, RF_SLICE_ARG(words));
    else
        (void)rf_raise(reterr, RF_EIO, "the daemon %s", what);
    rf_error_hint(reterr, "%s%s%s`riffle term daemon` runs it in the foreground", s->log ? "its log is " : "", s->log ? s->log : "",
                  s->log ? "; " : "");
    return RF_EIO;
}

/* Ended without a word of being ready: fine when it said 0, for then another one runs. */
static rf_code judge_end(const starting *s, rf_error *reterr) {
    int status = 0;
    while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
        ;
    bool fine = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return fine ? RF_OK : failed(s, "ended before it listened", reterr);
}

static rf_code wait_ready(const starting *s, rf_error *reterr) {
    struct pollfd poll_fd = { .fd = s->ready, .events = POLLIN };
    uint64_t until_ns = rf_clock_mono_ns() + START_WAIT_MS * RF_NS_PER_MS;
    for (;;) {
        uint64_t now = rf_clock_mono_ns();
        int said = now < until_ns ? poll(&poll_fd, 1, (int)((until_ns - now) / RF_NS_PER_MS) + 1) : 0;
        if (said == 0)
            return failed(s, "did not listen within 5 s", reterr);
        char byte;
        ssize_t got = said > 0 ? read(s->ready, &byte, 1) : -1;
        if (got == 1)
            return RF_OK;
        if (got == 0)
            return judge_end(s, reterr);
        if (errno != EINTR)
            return rf_raise(reterr, RF_EIO, "the daemon cannot be waited for: %s", strerror(errno));
    }
}

rf_code rf_term_start_daemon(rf_error *reterr) {
    starting s = { .pid = -1 };
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return rf_raise(reterr, RF_EIO, "the daemon cannot be started: %s", strerror(errno));
    rf_arena_init(&s.arena, 4096);
    s.log = rf_term_log_path(&s.arena);
    s.log_was = size_of(s.log);
    s.ready = ends[0];
    int number = spawn(&s, ends[1]);
    (void)close(ends[1]);
    rf_code code = RF_OK;
    if (number == ENOMEM)
        code = rf_raise_nomem(reterr);
    else if (number)
        code = rf_raise(reterr, RF_EIO, "the daemon cannot be started: %s", strerror(number));
    else
        code = wait_ready(&s, reterr);
    (void)close(s.ready);
    rf_arena_done(&s.arena);
    return code;
}
