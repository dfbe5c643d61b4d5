/* pty.c: a program on a pseudo-terminal (pty.h). */
#include "terminal/pty.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/slice.h"
#include "base/spawn.h"
#include "base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { SLAVE_NAME_MAX = 64, CELLS_MAX = USHRT_MAX };

static void close_fd(int *fd) {
    if (*fd >= 0)
        (void)close(*fd); /* a terminal's or a process's: nothing is lost that was written */
    *fd = -1;
}

/* ---- The terminal ---- */

static struct winsize size_of(int columns, int rows) {
    columns = columns < 1 ? 1 : columns > CELLS_MAX ? CELLS_MAX : columns;
    rows = rows < 1 ? 1 : rows > CELLS_MAX ? CELLS_MAX : rows;
    return (struct winsize){ .ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows };
}

static bool set_up(int slave, const rf_pty_options *options) {
    struct termios modes;
    if (tcgetattr(slave, &modes))
        return false;
    modes.c_iflag |= IUTF8 | ICRNL;
    modes.c_lflag |= ICANON | ECHO | ISIG;
    struct winsize size = size_of(options->columns, options->rows);
    return !tcsetattr(slave, TCSANOW, &modes) && !ioctl(slave, TIOCSWINSZ, &size);
}

/* Both ends, closed on exec; *ret_slave stays ours until the program has its own, for else the master would see an end. */
static rf_code open_terminal(const rf_pty_options *options, int *ret_master, int *ret_slave, char ret_name[SLAVE_NAME_MAX],
                             rf_error *reterr) {
    *ret_slave = -1;
    *ret_master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (*ret_master < 0)
        return rf_raise(reterr, RF_EIO, "cannot open a pseudo-terminal: %s", strerror(errno));
    int number = grantpt(*ret_master) || unlockpt(*ret_master) ? errno : ptsname_r(*ret_master, ret_name, SLAVE_NAME_MAX);
    if (!number) {
        *ret_slave = open(ret_name, O_RDWR | O_NOCTTY | O_CLOEXEC);
        number = *ret_slave < 0 || !set_up(*ret_slave, options) ? errno : 0;
    }
    return number ? rf_raise(reterr, RF_EIO, "cannot set up a pseudo-terminal: %s", strerror(number)) : RF_OK;
}

/* ---- Where it starts, and what ---- */

/* The value of a variable, or NULL. */
static const char *variable(const char *const *environment, const char *name) {
    size_t len = strlen(name);
    for (const char *const *at = environment; *at; at++) {
        if (strncmp(*at, name, len) == 0 && (*at)[len] == '=')
            return *at + len + 1;
    }
    return NULL;
}

/* A descriptor of the first folder that can be entered; -1: none, which is hard to believe of "/". */
static int open_directory(const rf_pty_options *options) {
    const char *const wanted[] = { options->directory, variable(options->environment, "HOME"), "/" };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        int fd = wanted[i] && *wanted[i] ? open(wanted[i], O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
        if (fd >= 0 && faccessat(fd, ".", X_OK, AT_EACCESS) == 0)
            return fd;
        close_fd(&fd);
    }
    return -1;
}

/* 0: it can be run. The path is as the program will see it, from the folder where it starts. */
static int check_program(int directory, const char *path) {
    struct stat info;
    if (fstatat(directory, path, &info, 0))
        return errno;
    if (!S_ISREG(info.st_mode))
        return S_ISDIR(info.st_mode) ? EISDIR : EACCES;
    return faccessat(directory, path, X_OK, AT_EACCESS) ? errno : 0;
}

/* Looks in the folders of PATH; an errno when it is in none, EACCES when what is there cannot be run. */
static int search_path(int directory, const char *folders, const char *name, rf_buffer *out) {
    int number = ENOENT;
    for (rf_slice left = rf_slice_of(folders);;) {
        size_t len = rf_slice_find(left, ':');
        rf_buffer_clear(out);
        rf_buffer_append(out, left.data, len);
        rf_buffer_text(out, len ? "/" : "./");
        rf_buffer_text(out, name);
        const char *path = rf_buffer_cstr(out);
        if (!path)
            return ENOMEM;
        int said = check_program(directory, path);
        if (!said)
            return 0;
        number = said == EACCES ? said : number;
        if (len == left.len)
            return number;
        left = (rf_slice){ left.data + len + 1, left.len - len - 1 };
    }
}

static rf_code find_program(const rf_pty_options *options, int directory, rf_buffer *out, rf_error *reterr) {
    const char *name = options->argv[0], *folders = variable(options->environment, "PATH");
    int number;
    if (!*name) {
        number = ENOENT;
    } else if (strchr(name, '/')) {
        rf_buffer_text(out, name);
        number = rf_buffer_cstr(out) ? check_program(directory, name) : ENOMEM;
    } else {
        number = search_path(directory, folders && *folders ? folders : "/usr/local/bin:/usr/bin:/bin", name, out);
    }
    switch (number) {
    case 0: return RF_OK;
    case ENOMEM: return rf_raise_nomem(reterr);
    case ENOENT:
    case ENOTDIR:
        (void)rf_raise(reterr, RF_ENOTFOUND, "there is no program `%s`", name);
        if (!strchr(name, '/'))
            rf_error_hint(reterr, "it was looked for in the folders of PATH");
        return RF_ENOTFOUND;
    default: return rf_raise(reterr, RF_EIO, "`%s` cannot be run: %s", name, strerror(number));
    }
}

/* ---- Starting it ---- */

/* In their order: the session has begun when the terminal is opened, so it becomes the controlling one. */
static int set_actions(posix_spawn_file_actions_t *actions, const char *slave_name, int directory) {
    int number = posix_spawn_file_actions_addfchdir_np(actions, directory);
    number = number ? number : posix_spawn_file_actions_addopen(actions, STDIN_FILENO, slave_name, O_RDWR, 0);
    number = number ? number : posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, STDOUT_FILENO);
    number = number ? number : posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, STDERR_FILENO);
    return number ? number : posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
}

/* posix_spawn wants words that it may change, and does not change them. */
static int spawn(const char *path, const char *const *argv, const char *const *environment, const char *slave_name, int directory,
                 pid_t *ret_pid) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int number = posix_spawnattr_init(&attributes);
    if (number)
        return number;
    number = posix_spawn_file_actions_init(&actions);
    if (!number) {
        number = rf_spawn_set_session_attributes(&attributes);
        number = number ? number : set_actions(&actions, slave_name, directory);
        number = number ? number : posix_spawn(ret_pid, path, &actions, &attributes, (char *const *)(uintptr_t)argv,
                                               (char *const *)(uintptr_t)environment);
        (void)posix_spawn_file_actions_destroy(&actions); /* always 0 */
    }
    (void)posix_spawnattr_destroy(&attributes);
    return number;
}

/* The words with another first one; NULL: no memory. */
static const char **words_with(const char *const *argv, const char *first) {
    size_t count = 0;
    while (argv[count])
        count++;
    const char **words = rf_alloc_zero(count + 1, sizeof *words);
    for (size_t i = 0; words && i < count; i++)
        words[i] = i == 0 && first ? first : argv[i];
    return words;
}

static rf_code start(const rf_pty_options *options, int directory, const char *slave_name, rf_pty *pty, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer path = { 0 };
    rf_code code = find_program(options, directory, &path, reterr);
    if (code)
        return code;
    const char **words = words_with(options->argv, options->argv0);
    if (!words)
        return rf_raise_nomem(reterr);
    int number = spawn(path.data, words, options->environment, slave_name, directory, &pty->pid);
    rf_free(words);
    if (number)
        return rf_raise(reterr, RF_EIO, "cannot start `%s`: %s", options->argv[0], strerror(number));
    pty->exit_fd = (int)syscall(SYS_pidfd_open, pty->pid, 0);
    if (pty->exit_fd >= 0)
        return RF_OK;
    code = rf_raise(reterr, RF_EIO, "cannot watch for the end of `%s`: %s", options->argv[0], strerror(errno));
    (void)kill(pty->pid, SIGKILL); /* it is our child and was not waited for: it is there */
    while (waitpid(pty->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return code;
}

rf_code rf_pty_open(const rf_pty_options *options, rf_pty *ret_pty, rf_error *reterr) {
    assert(options && options->argv && options->argv[0] && options->environment && ret_pty);
    char name[SLAVE_NAME_MAX];
    int slave;
    rf_pty pty = { .fd = -1, .exit_fd = -1 };
    rf_code code = open_terminal(options, &pty.fd, &slave, name, reterr);
    if (!code) {
        int directory = open_directory(options);
        code = directory < 0 ? rf_raise(reterr, RF_EIO, "there is no folder to start in: %s", strerror(errno))
                             : start(options, directory, name, &pty, reterr);
        close_fd(&directory);
    }
    close_fd(&slave);
    if (code)
        rf_pty_close(&pty);
    else
        *ret_pty = pty;
    return code;
}

void rf_pty_close(rf_pty *pty) {
    assert(pty);
    close_fd(&pty->fd);
    close_fd(&pty->exit_fd);
}

/* ---- While it runs ---- */

bool rf_pty_ended(rf_pty *pty, int *ret_exit_code) {
    assert(pty && ret_exit_code);
    int status = 0;
    while (!pty->ended && pty->pid > 0) {
        pid_t said = waitpid(pty->pid, &status, WNOHANG);
        if (said == 0)
            return false;
        if (said < 0 && errno == EINTR)
            continue;
        /* Somebody else took it (ECHILD): how it ended is lost. */
        pty->ended = true;
        pty->exit_code = said < 0 ? -1 : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    *ret_exit_code = pty->exit_code;
    return pty->ended;
}

/* The leader of the group that has the terminal; 0: none. */
static pid_t foreground(const rf_pty *pty) {
    pid_t group = pty->fd >= 0 ? tcgetpgrp(pty->fd) : -1;
    return group > 1 ? group : 0;
}

void rf_pty_signal(const rf_pty *pty, int signal) {
    assert(pty);
    pid_t group = foreground(pty);
    bool runs = pty->pid > 1 && !pty->ended;
    if (runs)
        (void)kill(-pty->pid, signal); /* gone since: as wished */
    if (group && !(runs && group == pty->pid))
        (void)kill(-group, signal);
}

void rf_pty_resize(const rf_pty *pty, int columns, int rows) {
    assert(pty);
    struct winsize size = size_of(columns, rows);
    if (pty->fd >= 0)
        (void)ioctl(pty->fd, TIOCSWINSZ, &size); /* cannot fail on a master */
}

static bool directory_of(pid_t pid, char *ret_path, size_t size) {
    char name[64];
    (void)snprintf(name, sizeof name, "/proc/%d/cwd", (int)pid);
    ssize_t len = readlink(name, ret_path, size);
    if (len <= 0 || (size_t)len >= size || ret_path[0] != '/')
        return false;
    ret_path[len] = '\0';
    return access(ret_path, F_OK) == 0; /* else it was removed, and the system calls it "… (deleted)" */
}

bool rf_pty_directory(const rf_pty *pty, char *ret_path, size_t size) {
    assert(pty && ret_path && size > 0);
    pid_t group = foreground(pty);
    return (group && directory_of(group, ret_path, size)) || (pty->pid > 0 && !pty->ended && directory_of(pty->pid, ret_path, size));
}

static bool program_of(pid_t pid, char *ret_name, size_t size) {
    char name[64], comm[32];
    (void)snprintf(name, sizeof name, "/proc/%d/comm", (int)pid);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, comm, sizeof comm) : -1;
    close_fd(&fd);
    while (got > 0 && comm[got - 1] == '\n')
        got--;
    if (got <= 0)
        return false;
    rf_slice text = rf_utf8_clip((rf_slice){ comm, (size_t)got }, size - 1);
    if (!rf_utf8_valid(text)) /* it was cut by the system, or is hostile */
        text.len = 0;
    for (size_t i = 0; i < text.len; i++)
        ret_name[i] = (unsigned char)text.data[i] < ' ' || text.data[i] == 0x7F ? '?' : text.data[i];
    ret_name[text.len] = '\0';
    return text.len > 0;
}

bool rf_pty_program(const rf_pty *pty, char *ret_name, size_t size) {
    assert(pty && ret_name && size > 0);
    pid_t group = foreground(pty);
    return (group && program_of(group, ret_name, size)) || (pty->pid > 0 && !pty->ended && program_of(pty->pid, ret_name, size));
}
