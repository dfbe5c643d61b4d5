/* spawn.c: starts a program and collects what it writes (spawn.h). */
#include "script/fusabi/library/spawn.h"

#include "base/clock.h"
#include "base/slice.h"
#include "base/spawn.h"
#include "script/fusabi/library/world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_fd(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void rf_fus_spawn_done(rf_fus_spawn *run) {
    for (size_t i = 0; i < 2; i++) {
        close_fd(&run->fds[i]);
        rf_buffer_done(&run->out[i]);
    }
    if (run->pid < 0)
        return;
    kill(-run->pid, SIGKILL); /* the whole group: what a shell started must not run on */
    while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    run->pid = -1;
}

static int set_actions(posix_spawn_file_actions_t *actions, int out, int error) {
    int number = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    number = number ? number : posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO);
    return number ? number : posix_spawn_file_actions_adddup2(actions, error, STDERR_FILENO);
}

typedef struct start {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    char *const *args, *const *environment;
} start;

/* Starts that file, if it can be started: a child that fails at its exec costs more than a look. */
static int start_file(const start *how, const char *file, pid_t *ret_pid) {
    struct stat info;
    if (stat(file, &info) || access(file, X_OK))
        return errno;
    if (S_ISDIR(info.st_mode))
        return EACCES;
    return posix_spawn(ret_pid, file, &how->actions, &how->attributes, how->args, how->environment);
}

/* Tries one folder of the path after the other, as execvp does. */
static int start_in_path(const start *how, rf_slice command, rf_slice path, pid_t *ret_pid) {
    rf_buffer file RF_CLEANUP(rf_buffer_done) = { 0 };
    int result = ENOENT;
    for (bool is_more = true; is_more;) {
        size_t end = rf_slice_find(path, ':');
        rf_buffer_clear(&file);
        rf_buffer_append(&file, path.data, end);
        if (end)
            rf_buffer_char(&file, '/');
        rf_buffer_slice(&file, command);
        if (!rf_buffer_cstr(&file))
            return ENOMEM;
        /* Asked for first, not only tried: where vfork is a fork (valgrind, some emulators), posix_spawn cannot tell that it failed. */
        int number = access(file.data, X_OK) ? errno : 0;
        if (!number)
            number = posix_spawn(ret_pid, file.data, &how->actions, &how->attributes, how->args, how->environment);
        if (number != ENOENT && number != ENOTDIR && number != EACCES)
            return number;
        result = number == EACCES ? EACCES : result;
        is_more = end < path.len;
        path = is_more ? (rf_slice){ path.data + end + 1, path.len - end - 1 } : path;
    }
    return result;
}

static int start_with_pipes(rf_fus_spawn *run, start *how, rf_slice command, rf_slice path, const int *ends) {
    int number = rf_spawn_set_attributes(&how->attributes);
    number = number ? number : set_actions(&how->actions, ends[0], ends[1]);
    if (number)
        return number;
    if (!command.len)
        return ENOENT;
    pid_t pid = -1;
    if (rf_slice_find(command, '/') < command.len)
        number = start_file(how, command.data, &pid);
    else
        number = start_in_path(how, command, path, &pid);
    if (!number)
        run->pid = pid;
    return number;
}

int rf_fus_spawn_start(rf_fus_spawn *run, rf_slice command, rf_slice path, char *const *args, char *const *environment) {
    int ends[2] = { -1, -1 }, number = 0; /* the child's */
    for (size_t i = 0; i < 2 && !number; i++) {
        int both[2];
        number = pipe2(both, O_CLOEXEC) ? errno : 0;
        if (!number)
            run->fds[i] = both[0], ends[i] = both[1];
    }
    start how = { .args = args, .environment = environment };
    if (!number)
        number = posix_spawnattr_init(&how.attributes);
    if (!number) {
        number = posix_spawn_file_actions_init(&how.actions);
        if (!number) {
            number = start_with_pipes(run, &how, command, path, ends);
            posix_spawn_file_actions_destroy(&how.actions);
        }
        posix_spawnattr_destroy(&how.attributes);
    }
    close_fd(&ends[0]);
    close_fd(&ends[1]);
    return number;
}

/* Takes what is there; closes at the end. False after raising. */
static bool drain(rf_fus_vm *vm, int *fd, rf_buffer *out, rf_slice command) {
    enum { PIECE = 64 * 1024 };
    if (!rf_buffer_reserve(out, PIECE)) {
        rf_fus_raise_nomem(vm);
        return false;
    }
    ssize_t got = read(*fd, out->data + out->len, PIECE);
    if (got > 0)
        out->len += (size_t)got;
    else if (got == 0 || (errno != EINTR && errno != EAGAIN))
        close_fd(fd);
    if (out->len <= RF_FUS_READ_MAX)
        return true;
    rf_fus_raise(vm, "Failed to execute command '%.*s': it wrote more than %zu MiB", RF_SLICE_ARG(command), RF_FUS_READ_MAX >> 20);
    return false;
}

/* Waits for the end; its output is closed by now, so that it is near. */
static bool reap(rf_fus_vm *vm, rf_fus_spawn *run) {
    uint64_t pause = 50 * 1000; /* ns */
    for (;;) {
        int status;
        pid_t got = waitpid(run->pid, &status, WNOHANG);
        if (got == run->pid || (got < 0 && errno != EINTR)) {
            run->exit_code = got == run->pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
            run->pid = -1;
            return true;
        }
        if (!rf_fus_vm_poll(vm))
            return false;
        rf_clock_sleep_ns(pause);
        pause = pause < 10 * RF_NS_PER_MS ? pause * 2 : pause;
    }
}

bool rf_fus_spawn_finish(rf_fus_vm *vm, rf_fus_spawn *run, rf_slice command) {
    while (run->fds[0] >= 0 || run->fds[1] >= 0) {
        struct pollfd wait[2] = { { .fd = run->fds[0], .events = POLLIN }, { .fd = run->fds[1], .events = POLLIN } };
        if (!rf_fus_vm_poll(vm))
            return false;
        if (poll(wait, 2, 20) <= 0) /* ms: how late a limit may be seen; poll passes over fds below 0 */
            continue;
        for (size_t i = 0; i < 2; i++)
            if (wait[i].revents && run->fds[i] >= 0 && !drain(vm, &run->fds[i], &run->out[i], command))
                return false;
    }
    return reap(vm, run);
}
