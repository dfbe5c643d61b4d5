/* process_run.c: one run of a whole program: started, waited for, its end judged (process_run.h). */
#include "measure/process_run.h"

#include "base/clock.h"
#include "base/slice.h"
#include "base/spawn.h"
#include "base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum {
    LOOK_MS = 50,             /* how late a stop may be seen */
    GRACE_MS = 250,           /* between asking a program to end and killing it */
    SAID_BYTES = 360,         /* of a message */
    NAME_BYTES = 120,         /* of a command in a message */
    KEPT_BYTES = 64 * 1024,   /* of standard error, when there is more than the next */
    TOO_MUCH_BYTES = 8 << 20,
};

/* ---- What it says ---- */

/* A program that floods its standard error must not fill the memory: all but the end is given back. */
static void keep_small(int said) {
    struct stat info;
    if (said < 0 || fstat(said, &info) || info.st_blocks < TOO_MUCH_BYTES / 512)
        return;
    (void)fallocate(said, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, info.st_size - KEPT_BYTES); /* not possible: kept */
}

/* ---- Its beginning ---- */

static int set_actions(posix_spawn_file_actions_t *actions, int said) {
    int number = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (said < 0)
        return number;
    number = number ? number : posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    return number ? number : posix_spawn_file_actions_adddup2(actions, said, STDERR_FILENO);
}

/* posix_spawn shares our memory until the exec, so that our size is not in the time. 0, or an errno. */
static int start(const rf_process_command *command, int said, pid_t *ret_pid, uint64_t *ret_began) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int number = posix_spawnattr_init(&attributes);
    if (number)
        return number;
    number = posix_spawn_file_actions_init(&actions);
    if (!number) {
        number = rf_spawn_set_attributes(&attributes);
        number = number ? number : set_actions(&actions, said);
        *ret_began = rf_clock_mono_ns();
        number = number ? number : posix_spawnp(ret_pid, command->args[0], &actions, &attributes, command->args, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    return number;
}

/* ---- Its end ---- */

typedef struct running {
    pid_t pid;
    int handle; /* a file that is readable when the program has ended; -1: the kernel has none */
    int said;
    uint64_t began, until;
    const _Atomic bool *stop;
} running;

static bool has_ended(const running *run) {
    siginfo_t info = { .si_pid = 0 };
    /* Left unreaped, so that its number stays its own while we decide whom to kill. */
    return waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ? errno != EINTR : info.si_pid != 0;
}

/* Waits at most that long. True: it has ended. */
static bool wait_ms(const running *run, int most) {
    struct pollfd wait = { .fd = run->handle, .events = POLLIN };
    if (run->handle >= 0)
        return poll(&wait, 1, most) > 0;
    for (int i = 0; i < most * 10; i++) {
        if (has_ended(run))
            return true;
        rf_clock_sleep_ns(RF_NS_PER_MS / 10);
    }
    return false;
}

/* RF_OK it has ended by itself; RF_ELIMIT, RF_ECLOSED why we wait no longer. */
static rf_code wait_for_end(const running *run) {
    for (;;) {
        uint64_t now = rf_clock_mono_ns();
        uint64_t left_ms = now < run->until ? (run->until - now + RF_NS_PER_MS - 1) / RF_NS_PER_MS : 0;
        if (wait_ms(run, left_ms < LOOK_MS ? (int)left_ms : LOOK_MS))
            return RF_OK;
        if (run->stop && atomic_load(run->stop))
            return RF_ECLOSED;
        if (rf_clock_mono_ns() >= run->until)
            return has_ended(run) ? RF_OK : RF_ELIMIT;
        keep_small(run->said);
    }
}

/* Asks the whole group to end, then kills what is left of it. */
static void put_down(const running *run) {
    (void)kill(-run->pid, SIGTERM);
    (void)wait_ms(run, GRACE_MS);
    (void)kill(-run->pid, SIGKILL);
}

static double time_ns(struct timeval time) { return (double)time.tv_sec * 1e9 + (double)time.tv_usec * 1e3; }

/*
 * A program that shared or copied our memory until its exec is counted with our own peak by the kernel (exec_mmap keeps the high
 * water of what was left). So a peak that is not above ours says nothing.
 */
static uint64_t known_peak(const struct rusage *usage) {
    struct rusage own;
    if (getrusage(RUSAGE_SELF, &own) || usage->ru_maxrss <= own.ru_maxrss)
        return 0;
    return (uint64_t)usage->ru_maxrss * 1024;
}

static rf_code reap(const running *run, int *ret_status, rf_process_use *ret_use, rf_error *reterr) {
    struct rusage usage;
    pid_t got;
    do
        got = wait4(run->pid, ret_status, 0, &usage);
    while (got < 0 && errno == EINTR);
    uint64_t ended = rf_clock_mono_ns();
    if (got < 0)
        return rf_raise(reterr, RF_EIO, "waiting for a program: %s", strerror(errno));
    *ret_use = (rf_process_use){ .wall_ns = (double)(ended - run->began), .user_ns = time_ns(usage.ru_utime),
                                 .system_ns = time_ns(usage.ru_stime), .peak_bytes = known_peak(&usage) };
    return RF_OK;
}

/* ---- What is said of it ---- */

static rf_slice short_name(const rf_process_command *command) { return rf_utf8_clip(rf_slice_of(command->text), NAME_BYTES); }

static rf_code raise_start(const rf_process_command *command, int number, rf_error *reterr) {
    if (number == ENOMEM)
        return rf_raise_nomem(reterr);
    (void)rf_raise(reterr, RF_EIO, "'%.*s' cannot be started: %s", RF_SLICE_ARG(short_name(command)), strerror(number));
    if (number == ENOENT && !command->is_shell)
        rf_error_hint(reterr, "'%.100s' is no program in PATH; what is built into a shell runs by sh -c '…'", command->args[0]);
    return RF_EIO;
}

static rf_code raise_ended(const rf_process_command *command, int status, int said, rf_error *reterr) {
    char text[SAID_BYTES];
    rf_process_said(said, text, sizeof text);
    const char *between = text[0] ? ": " : "";
    if (WIFSIGNALED(status))
        return rf_raise(reterr, RF_EIO, "'%.*s' was killed by signal %d (%s)%s%s", RF_SLICE_ARG(short_name(command)), WTERMSIG(status),
                        strsignal(WTERMSIG(status)), between, text);
    (void)rf_raise(reterr, RF_EIO, "'%.*s' ended with status %d%s%s", RF_SLICE_ARG(short_name(command)), WEXITSTATUS(status), between,
                   text);
    rf_error_hint(reterr, "only runs that end with status 0 are measured; `|| true` behind the command lets others count");
    return RF_EIO;
}

static rf_code raise_ended_by_us(const rf_process_command *command, rf_code why, uint64_t limit_ns, rf_error *reterr) {
    if (why == RF_ECLOSED)
        return rf_raise(reterr, RF_ECLOSED, "stopped while '%.*s' ran", RF_SLICE_ARG(short_name(command)));
    return rf_raise(reterr, RF_ELIMIT, "'%.*s' ran for more than %.3g s and was killed", RF_SLICE_ARG(short_name(command)),
                    (double)limit_ns / 1e9);
}

static void empty(int said) {
    if (said >= 0 && !ftruncate(said, 0))
        (void)lseek(said, 0, SEEK_SET); /* the place is shared with who wrote to it before */
}

rf_code rf_process_run(const rf_process_command *command, const rf_process_options *options, int said, rf_process_use *ret_use,
                       rf_error *reterr) {
    assert(command && command->args && command->args[0] && options && ret_use);
    running run = { .pid = -1, .said = said, .stop = options->stop };
    if (run.stop && atomic_load(run.stop))
        return raise_ended_by_us(command, RF_ECLOSED, 0, reterr);
    empty(said);
    int number = start(command, said, &run.pid, &run.began);
    if (number)
        return raise_start(command, number, reterr);
    run.handle = (int)syscall(SYS_pidfd_open, run.pid, 0);
    run.until = options->limit_ns < UINT64_MAX - run.began ? run.began + options->limit_ns : UINT64_MAX;
    rf_code why = wait_for_end(&run);
    if (why)
        put_down(&run);
    int status = 0;
    rf_code code = reap(&run, &status, ret_use, reterr);
    if (run.handle >= 0)
        (void)close(run.handle);
    if (code)
        return code;
    if (why)
        return raise_ended_by_us(command, why, options->limit_ns, reterr);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? RF_OK : raise_ended(command, status, said, reterr);
}
