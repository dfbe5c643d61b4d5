/* calls.c: the calls that can fail, for a program that is started with LD_PRELOAD: plan.c says which one does, and how. */
#include "plan.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define JUMP_S 3600

/* A connection that is said to be broken is broken from then on. A file takes no harm. */
static void fail_for_good(int fd, int how) {
    if (how == EPIPE || how == ECONNRESET || how == ETIMEDOUT)
        (void)syscall(SYS_shutdown, fd, SHUT_RDWR);
    errno = how;
}

/* The real function, looked up once. */
#define REAL(type, name)                                    \
    static __typeof__(type) real;                           \
    if (!real)                                              \
        real = (__typeof__(real))(uintptr_t)fault_real(name)

/* A call that only fails: `bad` is what it returns then. */
#define FAILS(kind, result, bad, name, params, args)        \
    result name params {                                    \
        REAL(result(*) params, #name);                      \
        int how = fault_next(FAULT_##kind);                 \
        if (how > 0) {                                      \
            errno = how;                                    \
            return bad;                                     \
        }                                                   \
        return how == FAULT_ZERO ? (result)0 : real args;   \
    }

/* One that changes what is on a disk: `denied`, where that may not be written to. */
#define CHANGES(kind, result, bad, name, params, denied, args) \
    result name params {                                    \
        REAL(result(*) params, #name);                      \
        int how = denied ? EROFS : fault_next(FAULT_##kind); \
        if (how > 0) {                                      \
            errno = how;                                    \
            return bad;                                     \
        }                                                   \
        return real args;                                   \
    }

/* One that returns its error. */
#define RETURNS(kind, result, name, params, args)           \
    result name params {                                    \
        REAL(result(*) params, #name);                      \
        int how = fault_next(FAULT_##kind);                 \
        return how != FAULT_NONE ? (result)how : real args; \
    }

static bool denied(fault_kind kind, int fd) {
    return kind == FAULT_write && fault_read_only_fd(fd);
}

/* One that moves `size` bytes. */
#define MOVES(kind, name, params, size, args)               \
    ssize_t name params {                                   \
        REAL(ssize_t(*) params, #name);                     \
        int how = denied(FAULT_##kind, fd) ? EROFS : fault_next(FAULT_##kind); \
        if (how > 0) {                                      \
            fail_for_good(fd, how);                         \
            return -1;                                      \
        }                                                   \
        if (how == FAULT_ZERO)                              \
            return 0;                                       \
        if (how == FAULT_SHORT && size > 1)                 \
            size = size > 2 ? size / 3 : 1;                 \
        return real args;                                   \
    }

/* ---- Sockets ---- */

FAILS(socket, int, -1, socket, (int domain, int type, int protocol), (domain, type, protocol))
FAILS(socket, int, -1, socketpair, (int domain, int type, int protocol, int ends[2]), (domain, type, protocol, ends))
FAILS(connect, int, -1, connect, (int fd, const struct sockaddr *address, socklen_t size), (fd, address, size))
FAILS(accept, int, -1, accept, (int fd, struct sockaddr *address, socklen_t *size), (fd, address, size))
FAILS(accept, int, -1, accept4, (int fd, struct sockaddr *address, socklen_t *size, int flags), (fd, address, size, flags))
FAILS(bind, int, -1, bind, (int fd, const struct sockaddr *address, socklen_t size), (fd, address, size))
FAILS(listen, int, -1, listen, (int fd, int backlog), (fd, backlog))
FAILS(shutdown, int, -1, shutdown, (int fd, int how_much), (fd, how_much))
FAILS(sockopt, int, -1, setsockopt, (int fd, int level, int name, const void *value, socklen_t size), (fd, level, name, value, size))
FAILS(sockopt, int, -1, getsockopt, (int fd, int level, int name, void *value, socklen_t *size), (fd, level, name, value, size))
FAILS(sockname, int, -1, getsockname, (int fd, struct sockaddr *address, socklen_t *size), (fd, address, size))
FAILS(sockname, int, -1, getpeername, (int fd, struct sockaddr *address, socklen_t *size), (fd, address, size))

/* Its errors are below zero: HOW is 3 for EAI_AGAIN, which is -3. */
int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints, struct addrinfo **restrict found) {
    REAL(int (*)(const char *restrict, const char *restrict, const struct addrinfo *restrict, struct addrinfo **restrict), "getaddrinfo");
    int how = fault_next(FAULT_addrinfo);
    if (how <= 0)
        return real(node, service, hints, found);
    errno = EMFILE; /* what EAI_SYSTEM is about */
    return -how;
}

MOVES(recv, recv, (int fd, void *bytes, size_t size, int flags), size, (fd, bytes, size, flags))
MOVES(recv, recvfrom, (int fd, void *bytes, size_t size, int flags, struct sockaddr *from, socklen_t *from_size), size, (fd, bytes, size, flags, from, from_size))
MOVES(send, send, (int fd, const void *bytes, size_t size, int flags), size, (fd, bytes, size, flags))
MOVES(send, sendto, (int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to, socklen_t to_size), size, (fd, bytes, size, flags, to, to_size))

/* Only the first part of several, and of that a part. */
static struct iovec cut(const struct iovec *parts, size_t count) {
    struct iovec first = { 0 };
    for (size_t i = 0; i < count && first.iov_len == 0; i++)
        first = parts[i];
    first.iov_len = first.iov_len > 8 ? first.iov_len / 3 : first.iov_len > 0;
    return first;
}

#define MOVES_PARTS(kind, name, constant)                                      \
    ssize_t name(int fd, constant struct msghdr *message, int flags) {         \
        REAL(ssize_t(*)(int, constant struct msghdr *, int), #name);           \
        int how = fault_next(FAULT_##kind);                                    \
        if (how > 0)                                                           \
            fail_for_good(fd, how);                                            \
        if (how > 0 || how == FAULT_ZERO)                                      \
            return how > 0 ? -1 : 0;                                           \
        if (how != FAULT_SHORT)                                                \
            return real(fd, message, flags);                                   \
        struct iovec part = cut(message->msg_iov, message->msg_iovlen);        \
        struct msghdr less = *message;                                         \
        less.msg_iov = &part;                                                  \
        less.msg_iovlen = 1;                                                   \
        return real(fd, &less, flags);                                         \
    }
MOVES_PARTS(recv, recvmsg, )
MOVES_PARTS(send, sendmsg, const)

/* ---- Bytes ---- */

#define MOVES_LIST(kind, name)                                                 \
    ssize_t name(int fd, const struct iovec *parts, int count) {               \
        REAL(ssize_t(*)(int, const struct iovec *, int), #name);               \
        int how = denied(FAULT_##kind, fd) ? EROFS : fault_next(FAULT_##kind); \
        if (how > 0)                                                           \
            fail_for_good(fd, how);                                            \
        if (how > 0 || how == FAULT_ZERO)                                      \
            return how > 0 ? -1 : 0;                                           \
        struct iovec part = how == FAULT_SHORT ? cut(parts, (size_t)count) : (struct iovec){ 0 }; \
        return how == FAULT_SHORT ? real(fd, &part, 1) : real(fd, parts, count); \
    }
MOVES_LIST(read, readv)
MOVES_LIST(write, writev)
MOVES(read, pread64, (int fd, void *bytes, size_t size, off_t at), size, (fd, bytes, size, at))
MOVES(write, pwrite64, (int fd, const void *bytes, size_t size, off_t at), size, (fd, bytes, size, at))

/* Eight bytes are those of an event between threads, four those of a descriptor that one gives another: neither can fail as files do. */
#define MOVES_BUT_EVENTS(kind, name, constant)                                 \
    ssize_t name(int fd, constant void *bytes, size_t size) {                  \
        REAL(ssize_t(*)(int, constant void *, size_t), #name);                 \
        int how = denied(FAULT_##kind, fd) ? EROFS : fault_next(size == 8 || size == 4 ? FAULT_wake : FAULT_##kind); \
        if (how > 0)                                                           \
            fail_for_good(fd, how);                                            \
        if (how > 0 || how == FAULT_ZERO)                                      \
            return how > 0 ? -1 : 0;                                           \
        return real(fd, bytes, how == FAULT_SHORT && size > 2 ? size / 3 : size); \
    }
MOVES_BUT_EVENTS(read, read, )
MOVES_BUT_EVENTS(write, write, const)
FAILS(seek, off_t, -1, lseek64, (int fd, off_t at, int whence), (fd, at, whence))
FAILS(sync, int, -1, fsync, (int fd), (fd))
FAILS(sync, int, -1, fdatasync, (int fd), (fd))
CHANGES(truncate, int, -1, ftruncate64, (int fd, off_t size), fault_read_only_fd(fd), (fd, size))

/* Closed it is in any case, as Linux does. */
int close(int fd) {
    REAL(int (*)(int), "close");
    int how = fault_next(FAULT_close), done = real(fd);
    if (how > 0)
        errno = how;
    return how > 0 ? -1 : done;
}

/* ---- Waiting ---- */

FAILS(poll, int, -1, poll, (struct pollfd *fds, nfds_t count, int wait_ms), (fds, count, wait_ms))
FAILS(poll, int, -1, __poll_chk, (struct pollfd *fds, nfds_t count, int wait_ms, size_t size), (fds, count, wait_ms, size))
FAILS(poll, int, -1, ppoll, (struct pollfd *fds, nfds_t count, const struct timespec *wait, const sigset_t *mask), (fds, count, wait, mask))
FAILS(epoll, int, -1, epoll_create1, (int flags), (flags))
FAILS(epoll, int, -1, epoll_ctl, (int fd, int what, int other, struct epoll_event *event), (fd, what, other, event))
FAILS(epoll, int, -1, epoll_wait, (int fd, struct epoll_event *events, int count, int wait_ms), (fd, events, count, wait_ms))
FAILS(event, int, -1, eventfd, (unsigned count, int flags), (count, flags))
FAILS(event, int, -1, inotify_init1, (int flags), (flags))
FAILS(event, int, -1, inotify_add_watch, (int fd, const char *path, uint32_t mask), (fd, path, mask))

/* The sets say nothing when it fails; FAILS would leave them as they were asked. */
int select(int count, fd_set *in, fd_set *out, fd_set *odd, struct timeval *wait) {
    REAL(int (*)(int, fd_set *, fd_set *, fd_set *, struct timeval *), "select");
    int how = fault_next(FAULT_poll);
    if (how <= 0 && how != FAULT_ZERO)
        return real(count, in, out, odd, wait);
    fd_set *sets[] = { in, out, odd };
    for (int i = 0; i < 3; i++)
        if (sets[i])
            FD_ZERO(sets[i]);
    errno = how > 0 ? how : 0;
    return how > 0 ? -1 : 0;
}

/* ---- Files ---- */

#define OPENS(name, params, ...)                                               \
    int name params {                                                          \
        REAL(int(*) params, #name);                                            \
        bool changes = (flags & O_ACCMODE) != O_RDONLY;                        \
        int how = changes && fault_read_only_path(path) ? EROFS : fault_next(FAULT_open); \
        if (how > 0) {                                                         \
            errno = how;                                                       \
            return -1;                                                         \
        }                                                                      \
        va_list more;                                                          \
        va_start(more, flags);                                                 \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more);                                                          \
        return real(__VA_ARGS__, mode);                                        \
    }
OPENS(open, (const char *path, int flags, ...), path, flags)
OPENS(open64, (const char *path, int flags, ...), path, flags)
OPENS(openat, (int folder, const char *path, int flags, ...), folder, path, flags)
OPENS(openat64, (int folder, const char *path, int flags, ...), folder, path, flags)
CHANGES(open, int, -1, mkostemp64, (char *path, int flags), fault_read_only_path(path), (path, flags))
FAILS(open, FILE *, NULL, fopen, (const char *path, const char *mode), (path, mode))
FAILS(open, FILE *, NULL, fopen64, (const char *path, const char *mode), (path, mode))
CHANGES(rename, int, -1, rename, (const char *from, const char *to), fault_read_only_path(to), (from, to))
CHANGES(rename, int, -1, link, (const char *from, const char *to), fault_read_only_path(to), (from, to))
CHANGES(unlink, int, -1, unlink, (const char *path), fault_read_only_path(path), (path))
CHANGES(mkdir, int, -1, mkdir, (const char *path, mode_t mode), fault_read_only_path(path) && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0, (path, mode))
FAILS(stat, int, -1, stat64, (const char *path, struct stat64 *info), (path, info))
FAILS(stat, int, -1, stat, (const char *path, struct stat *info), (path, info))
FAILS(stat, int, -1, lstat64, (const char *path, struct stat64 *info), (path, info))
FAILS(stat, int, -1, fstat64, (int fd, struct stat64 *info), (fd, info))
FAILS(stat, int, -1, fstat, (int fd, struct stat *info), (fd, info))
FAILS(stat, int, -1, access, (const char *path, int mode), (path, mode))
FAILS(stat, int, -1, fchmod, (int fd, mode_t mode), (fd, mode))
FAILS(directory, DIR *, NULL, opendir, (const char *path), (path))
FAILS(directory, char *, NULL, realpath, (const char *restrict path, char *restrict found), (path, found))

/* Looking at flags and setting them cannot fail. */
#define CONTROLS(kind, name, type, can_fail)                                             \
    int name(int fd, type what, ...) {                                         \
        REAL(int (*)(int, type, ...), #name);                                  \
        int how = can_fail ? fault_next(FAULT_##kind) : FAULT_NONE;            \
        if (how > 0) {                                                         \
            errno = how;                                                       \
            return -1;                                                         \
        }                                                                      \
        va_list more;                                                          \
        va_start(more, what);                                                  \
        void *value = va_arg(more, void *);                                    \
        va_end(more);                                                          \
        return real(fd, what, value);                                          \
    }
CONTROLS(fcntl, fcntl, int, what != F_GETFL && what != F_SETFL && what != F_GETFD && what != F_SETFD)
CONTROLS(fcntl, fcntl64, int, what != F_GETFL && what != F_SETFL && what != F_GETFD && what != F_SETFD)
CONTROLS(ioctl, ioctl, unsigned long, true)

/* ---- Processes, threads, libraries ---- */

FAILS(pipe, int, -1, pipe2, (int ends[2], int flags), (ends, flags))
FAILS(pipe, int, -1, pipe, (int ends[2]), (ends))
RETURNS(spawn, int, posix_spawn, (pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, char *const *argv, char *const *envp), (pid, path, actions, attributes, argv, envp))
RETURNS(spawn, int, posix_spawnp, (pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, char *const *argv, char *const *envp), (pid, path, actions, attributes, argv, envp))
FAILS(wait, pid_t, -1, waitpid, (pid_t pid, int *status, int options), (pid, status, options))
RETURNS(thread, int, pthread_create, (pthread_t *id, const pthread_attr_t *attributes, void *(*main)(void *), void *arg), (id, attributes, main, arg))

int thrd_create(thrd_t *id, thrd_start_t main, void *arg) {
    REAL(int (*)(thrd_t *, thrd_start_t, void *), "thrd_create");
    return fault_next(FAULT_thread) > 0 ? thrd_nomem : real(id, main, arg);
}

/* As if it were not there, so that dlerror says so. */
void *dlopen(const char *path, int flags) {
    REAL(void *(*)(const char *, int), "dlopen");
    return real(path && fault_next(FAULT_library) > 0 ? "no-such-library.so" : path, flags);
}

/* ---- Time ---- */

/* How far a clock has jumped. The system does not know: what is to happen at a time of ours has to be told in its own. */
static _Atomic time_t wall_jump_s, mono_jump_s;

static time_t jump(fault_kind kind) {
    int how = fault_next(kind);
    time_t by = how == FAULT_BACK ? -JUMP_S : how == FAULT_FORTH ? JUMP_S : 0;
    if (by)
        atomic_store(kind == FAULT_wall ? &wall_jump_s : &mono_jump_s, by);
    return by;
}

/* Times of the monotonic clock, which counts from the machine's start, are far below those of the other. */
static struct timespec unjumped(const struct timespec *at) {
    bool wall = at->tv_sec > 1000000000;
    struct timespec real = { .tv_sec = at->tv_sec - (wall ? atomic_load(&wall_jump_s) : atomic_load(&mono_jump_s)), .tv_nsec = at->tv_nsec };
    if (real.tv_sec < 0)
        real.tv_sec = 0;
    return real;
}

int clock_nanosleep(clockid_t id, int flags, const struct timespec *wait, struct timespec *left) {
    REAL(int (*)(clockid_t, int, const struct timespec *, struct timespec *), "clock_nanosleep");
    int how = fault_next(FAULT_sleep);
    struct timespec at = flags & TIMER_ABSTIME ? unjumped(wait) : *wait;
    return how > 0 ? how : real(id, flags, &at, left);
}

#define WAITS(name, cond, mutex)                                               \
    int name(cond *waited, mutex *lock, const struct timespec *until) {        \
        REAL(int (*)(cond *, mutex *, const struct timespec *), #name);        \
        struct timespec at = unjumped(until);                                  \
        return real(waited, lock, &at);                                        \
    }
WAITS(pthread_cond_timedwait, pthread_cond_t, pthread_mutex_t)
WAITS(cnd_timedwait, cnd_t, mtx_t)
FAILS(sleep, int, -1, usleep, (useconds_t us), (us))

int clock_gettime(clockid_t id, struct timespec *ret_time) {
    REAL(int (*)(clockid_t, struct timespec *), "clock_gettime");
    int done = real(id, ret_time);
    if (id == CLOCK_REALTIME || id == CLOCK_MONOTONIC)
        ret_time->tv_sec += jump(id == CLOCK_REALTIME ? FAULT_wall : FAULT_mono);
    return done;
}

int gettimeofday(struct timeval *restrict ret_time, void *restrict zone) {
    REAL(int (*)(struct timeval *restrict, void *restrict), "gettimeofday");
    int done = real(ret_time, zone);
    ret_time->tv_sec += jump(FAULT_wall);
    return done;
}

int timespec_get(struct timespec *ret_time, int base) {
    REAL(int (*)(struct timespec *, int), "timespec_get");
    int done = real(ret_time, base);
    ret_time->tv_sec += jump(FAULT_wall);
    return done;
}

time_t time(time_t *ret_time) {
    REAL(time_t(*)(time_t *), "time");
    time_t now = real(NULL) + jump(FAULT_wall);
    if (ret_time)
        *ret_time = now;
    return now;
}
