/* child.c: starting a program with pipes, hearing what it says, and ending it with all it started. */
#include "components/child.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "base/spawn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_BYTES_MAX 4096u      /* of one line in the log */
#define TERM_WAIT_NS (2 * RF_NS_PER_S) /* between asking and forcing */

extern char **environ;

void rf_child_init(rf_child *child, const rf_env *env) {
    *child = (rf_child){ .in = -1, .out = -1, .err = -1, .env = env, .limit = { .burst = 20, .period_ns = RF_NS_PER_S } };
}

static void shut(int *fd) {
    if (*fd >= 0)
        (void)close(*fd); /* what was written is in the pipe */
    *fd = -1;
}

/* ---- Starting ---- */

/* Both ends of three pipes; -1: none. Ours first. */
typedef struct pipes { int in[2], out[2], err[2]; } pipes;

static void close_pipes(pipes *p) {
    int *all[] = { p->in, p->out, p->err };
    for (size_t i = 0; i < 3; i++) {
        shut(&all[i][0]);
        shut(&all[i][1]);
    }
}

/* ours: the end that is not blocked; the child's end is a plain one. */
static bool open_pipe(int ends[2], int ours) {
    return pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[ours], F_SETFL, O_NONBLOCK) == 0;
}

static bool open_pipes(pipes *p, unsigned wanted) {
    *p = (pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
    return (!(wanted & RF_CHILD_IN) || open_pipe(p->in, 1)) && (!(wanted & RF_CHILD_OUT) || open_pipe(p->out, 0)) &&
           (!(wanted & RF_CHILD_ERR) || open_pipe(p->err, 0));
}

static int add_actions(posix_spawn_file_actions_t *actions, const pipes *p) {
    int number = p->in[0] >= 0 ? posix_spawn_file_actions_adddup2(actions, p->in[0], STDIN_FILENO)
                               : posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!number)
        number = p->out[1] >= 0 ? posix_spawn_file_actions_adddup2(actions, p->out[1], STDOUT_FILENO)
                                : posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!number && p->err[1] >= 0)
        number = posix_spawn_file_actions_adddup2(actions, p->err[1], STDERR_FILENO);
    return number;
}

/* 0, or an errno. */
static int spawn(const pipes *p, char **argv, pid_t *ret_pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int number = posix_spawn_file_actions_init(&actions);
    if (number)
        return number;
    number = posix_spawnattr_init(&attributes);
    if (!number) {
        number = add_actions(&actions, p);
        if (!number)
            number = rf_spawn_set_attributes(&attributes);
        if (!number)
            number = posix_spawnp(ret_pid, argv[0], &actions, &attributes, argv, environ);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return number;
}

static rf_code raise_start(rf_slice name, int number, rf_error *reterr) {
    if (number == ENOENT || number == EACCES || number == ENOEXEC) {
        rf_code code = rf_raise(reterr, RF_ENOTFOUND, "the program `%.*s` cannot be run: %s", RF_SLICE_ARG(name),
                                number == ENOENT ? "it is not there, nor in PATH" : strerror(number));
        return code;
    }
    (void)rf_raise(reterr, RF_EIO, "the program `%.*s` could not be started: %s", RF_SLICE_ARG(name), strerror(number));
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return RF_EIO;
}

static rf_code start_with(rf_child *child, rf_slice name, char **argv, unsigned wanted, rf_error *reterr) {
    pipes p;
    pid_t pid = 0;
    int number = open_pipes(&p, wanted) ? spawn(&p, argv, &pid) : errno;
    if (number) {
        close_pipes(&p);
        return raise_start(name, number, reterr);
    }
    child->pid = pid;
    child->in = p.in[1];
    child->out = p.out[0];
    child->err = p.err[0];
    shut(&p.in[0]);
    shut(&p.out[1]);
    shut(&p.err[1]);
    return RF_OK;
}

rf_code rf_child_start(rf_child *child, rf_slice name, const rf_strings *args, unsigned wanted, rf_error *reterr) {
    assert(!child->pid);
    shut(&child->in);
    shut(&child->out);
    shut(&child->err);
    rf_buffer_clear(&child->words);
    size_t count = args ? args->count : 0;
    char **argv = rf_alloc_zero(count + 2, sizeof *argv);
    bool good = argv && (argv[0] = rf_strndup(name.data, name.len));
    for (size_t i = 0; i < count && good; i++)
        good = (argv[i + 1] = rf_strndup(args->items[i].data ? args->items[i].data : "", args->items[i].len)) != NULL;
    rf_code code = good ? start_with(child, name, argv, wanted, reterr) : rf_raise_nomem(reterr);
    for (size_t i = 0; argv && i < count + 1; i++)
        rf_free(argv[i]);
    rf_free(argv);
    return code;
}

/* ---- Its words ---- */

static void log_line(rf_child *child, rf_slice line) {
    uint32_t suppressed;
    line = rf_slice_trim(line);
    if (line.len && rf_log_limit_pass(&child->limit, &suppressed))
        rf_log_write(child->env->log, RF_LOG_WARN, &child->env->origin, "the program says: %.*s", RF_SLICE_ARG(line));
}

static void log_lines(rf_child *child, bool ended) {
    rf_slice rest = rf_buffer_view(&child->words);
    size_t end;
    while ((end = rf_slice_find(rest, '\n')) < rest.len) {
        log_line(child, (rf_slice){ rest.data, end });
        rest = (rf_slice){ rest.data + end + 1, rest.len - end - 1 };
    }
    if (ended || rest.len >= WORDS_BYTES_MAX || child->words.failed) {
        log_line(child, rest);
        rest.len = 0;
    }
    if (rest.len)
        memmove(child->words.data, rest.data, rest.len);
    child->words.len = rest.len;
    child->words.failed = false;
}

void rf_child_listen(rf_child *child) {
    char bytes[WORDS_BYTES_MAX];
    while (child->err >= 0) {
        ssize_t got = read(child->err, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        if (got > 0)
            rf_buffer_append(&child->words, bytes, (size_t)got);
        log_lines(child, got <= 0);
        if (got <= 0)
            shut(&child->err);
    }
}

/* ---- Its end ---- */

bool rf_child_ended(rf_child *child, int *ret_status) {
    int status = 0;
    if (!child->pid)
        return true;
    pid_t got = waitpid(child->pid, &status, WNOHANG);
    if (got == 0 || (got < 0 && errno == EINTR))
        return false;
    child->pid = 0;
    *ret_status = got < 0 ? 0 : status;
    return true;
}

/* Hears it out meanwhile, since it may wait for us to read. */
static bool wait_for_end(rf_child *child, uint64_t wait_ns, int *ret_status) {
    uint64_t end = rf_clock_mono_ns() + wait_ns, pause = RF_NS_PER_MS / 4;
    for (;;) {
        rf_child_listen(child);
        if (rf_child_ended(child, ret_status))
            return true;
        if (rf_clock_mono_ns() >= end)
            return false;
        rf_clock_sleep_ns(pause);
        pause = pause < 20 * RF_NS_PER_MS ? 2 * pause : pause;
    }
}

void rf_child_stop(rf_child *child, uint64_t wait_ns, int *ret_status) {
    int status = 0;
    pid_t group = child->pid;
    shut(&child->in);
    if (child->pid && !wait_for_end(child, wait_ns, &status)) {
        (void)kill(-group, SIGTERM);
        if (!wait_for_end(child, TERM_WAIT_NS, &status)) {
            (void)kill(-group, SIGKILL);
            (void)wait_for_end(child, UINT64_MAX / 2, &status);
        }
    }
    if (group > 0)
        (void)kill(-group, SIGKILL); /* what it left behind */
    rf_child_listen(child);
    if (ret_status)
        *ret_status = status;
    shut(&child->out);
    shut(&child->err);
}

void rf_child_say(int status, char *out, size_t size) {
    if (WIFSIGNALED(status))
        (void)snprintf(out, size, "signal: %s", strsignal(WTERMSIG(status)));
    else
        (void)snprintf(out, size, "exit status %d", WEXITSTATUS(status));
}

void rf_child_done(rf_child *child) {
    if (!child->env)
        return;
    rf_child_stop(child, 0, NULL);
    rf_buffer_done(&child->words);
}
