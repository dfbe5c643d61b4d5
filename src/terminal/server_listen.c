/* server_listen.c: the daemon's socket: one daemon a socket, one user a daemon. */
#include "terminal/server_internal.h"

#include "base/clock.h"
#include "base/slice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 128, RETRY_MS = 100, LOCK_TRIES = 40, LOCK_AGAIN_MS = 25 };

static bool answers(const char *socket_path) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool there = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        (void)close(fd);
    return there;
}

/* A daemon that was killed while it started a program leaves the lock to that for the moment until it is another program: so it is waited for a little,
 * unless somebody answers. False: errno says why. */
static bool lock(int fd, const char *socket_path) {
    for (unsigned i = 0; flock(fd, LOCK_EX | LOCK_NB); i++) {
        if (errno != EWOULDBLOCK)
            return false;
        if (i == LOCK_TRIES || (socket_path && answers(socket_path))) {
            errno = EWOULDBLOCK;
            return false;
        }
        rf_clock_sleep_ns(LOCK_AGAIN_MS * RF_NS_PER_MS);
    }
    return true;
}

/* The lock says whether somebody serves the socket: the socket's name cannot, for it stays when a daemon dies. */
static rf_code take_lock(rf_server *server, rf_error *reterr) {
    char path[sizeof ((struct sockaddr_un *)0)->sun_path + 8];
    int len = snprintf(path, sizeof path, "%s.lock", server->options.socket_path);
    if (len < 0 || (size_t)len >= sizeof path)
        return rf_raise(reterr, RF_EIO, "the socket's path %s is too long", server->options.socket_path);
    server->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (server->lock_fd < 0)
        return rf_raise(reterr, RF_EIO, "the lock %s cannot be opened: %s", path, strerror(errno));
    if (lock(server->lock_fd, server->options.socket_path))
        return RF_OK;
    return errno == EWOULDBLOCK ? rf_raise(reterr, RF_EBUSY, "another daemon serves %s", server->options.socket_path)
                                : rf_raise(reterr, RF_EIO, "the lock %s cannot be taken: %s", path, strerror(errno));
}

bool rf_server_take_state(rf_server *server) {
    char path[4096];
    int len = snprintf(path, sizeof path, "%s.lock", server->options.state_path);
    if (len > 0 && (size_t)len < sizeof path)
        server->state_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (server->state_fd < 0 || lock(server->state_fd, NULL))
        return true; /* a file that cannot be made: opening the state file says why */
    rf_log_write(server->options.log, RF_LOG_WARN, NULL, "another daemon keeps its sessions in %s: those of this one will not outlive it",
                 server->options.state_path);
    return false;
}

/* Only a socket is removed: never what somebody else put there. */
static rf_code remove_stale(const char *path, rf_error *reterr) {
    struct stat info;
    if (lstat(path, &info))
        return errno == ENOENT ? RF_OK : rf_raise(reterr, RF_EIO, "%s: %s", path, strerror(errno));
    if (!S_ISSOCK(info.st_mode) || info.st_uid != geteuid())
        return rf_raise(reterr, RF_EIO, "%s is in the way, and no socket of ours", path);
    return unlink(path) && errno != ENOENT ? rf_raise(reterr, RF_EIO, "the old socket %s cannot be removed: %s", path, strerror(errno))
                                           : RF_OK;
}

rf_code rf_server_listen(rf_server *server, rf_error *reterr) {
    const char *path = server->options.socket_path;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    rf_code code = take_lock(server, reterr);
    if (!code)
        code = remove_stale(path, reterr);
    if (code)
        return code;
    int len = snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (len < 0 || (size_t)len >= sizeof address.sun_path)
        return rf_raise(reterr, RF_EIO, "the socket's path %s is too long", path);
    server->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask = umask(0177);
    bool bound = server->listen_fd >= 0 && bind(server->listen_fd, (const struct sockaddr *)&address, sizeof address) == 0;
    (void)umask(mask);
    if (!bound || listen(server->listen_fd, BACKLOG))
        return rf_raise(reterr, RF_EIO, "the socket %s cannot be made: %s", path, strerror(errno));
    server->bound = true;
    return RF_OK;
}

void rf_server_stop_listening(rf_server *server) {
    if (server->bound)
        (void)unlink(server->options.socket_path); /* gone already: fine */
    if (server->listen_fd >= 0)
        (void)close(server->listen_fd);
    server->bound = false;
    server->listen_fd = -1;
}

void rf_server_unlock(rf_server *server) {
    if (server->state_fd >= 0)
        (void)close(server->state_fd);
    if (server->lock_fd >= 0)
        (void)close(server->lock_fd); /* the file stays: whoever waits for it has it open */
}

static bool is_user(int fd) {
    struct ucred peer;
    socklen_t len = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.uid == geteuid();
}

static void take(rf_server *server, int fd) {
    if (!is_user(fd) || server->conns.count >= RF_SERVER_CONNS_MAX) {
        rf_log_write(server->options.log, RF_LOG_WARN, NULL,
                     is_user(fd) ? "too many connections: one was refused" : "another user tried to connect, and was refused");
        (void)close(fd);
        return;
    }
    rf_conn *conn = rf_conn_new(fd, ++server->conn_number);
    if (!conn || !rf_vec_push(&server->conns, conn))
        rf_conn_unref(conn);
    else
        rf_conn_set_wake(conn, server->wake_fd);
}

void rf_server_accept(rf_server *server) {
    for (;;) {
        int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0 && errno != EAGAIN) /* out of descriptors: who waits is there in a while, too, and until then the poll would say so at once */
            server->accept_ns = rf_clock_mono_ns() + RETRY_MS * RF_NS_PER_MS;
        if (fd < 0)
            return;
        take(server, fd);
    }
}
