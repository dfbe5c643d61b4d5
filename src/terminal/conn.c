/* conn.c: a connection to the daemon's socket: buffers both ways, and who is woken when something is left. */
#include "terminal/conn.h"

#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

rf_conn *rf_conn_new(int fd, uint64_t number) {
    assert(fd >= 0);
    rf_conn *conn = rf_alloc_zero(1, sizeof *conn);
    if (!conn || fcntl(fd, F_SETFL, O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC)) {
        (void)close(fd);
        rf_free(conn);
        return NULL;
    }
    atomic_init(&conn->references, 1);
    conn->fd = fd;
    conn->number = number;
    conn->wake_fd = -1;
    rf_mutex_init(&conn->lock);
    return conn;
}

rf_conn *rf_conn_ref(rf_conn *conn) {
    assert(conn);
    atomic_fetch_add_explicit(&conn->references, 1, memory_order_relaxed);
    return conn;
}

void rf_conn_unref(rf_conn *conn) {
    if (!conn || atomic_fetch_sub_explicit(&conn->references, 1, memory_order_acq_rel) > 1)
        return;
    (void)close(conn->fd);
    rf_buffer_done(&conn->in);
    rf_buffer_done(&conn->out);
    rf_mutex_done(&conn->lock);
    rf_free(conn);
}

static void wake(const rf_conn *conn) {
    if (conn->wake_fd >= 0)
        (void)eventfd_write(conn->wake_fd, 1); /* fails only when so many wakes wait that one more says nothing new */
}

void rf_conn_set_wake(rf_conn *conn, int wake_fd) {
    rf_mutex_lock(&conn->lock);
    conn->wake_fd = wake_fd;
    if (conn->out.len > conn->sent)
        wake(conn);
    rf_mutex_unlock(&conn->lock);
}

bool rf_conn_read(rf_conn *conn, size_t max) {
    assert(conn);
    while (conn->in.len < max) {
        if (!rf_buffer_reserve(&conn->in, 65536))
            return false;
        size_t room = conn->in.cap - conn->in.len;
        ssize_t got = recv(conn->fd, conn->in.data + conn->in.len, room < max - conn->in.len ? room : max - conn->in.len, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        if (got < 0 && errno == EAGAIN)
            return true;
        conn->in.len += got > 0 ? (size_t)got : 0;
    }
    return true;
}

void rf_conn_take(rf_conn *conn, size_t taken) {
    assert(taken <= conn->in.len);
    if (taken == 0)
        return;
    memmove(conn->in.data, conn->in.data + taken, conn->in.len - taken);
    conn->in.len -= taken;
    if (conn->in.len == 0 && conn->in.cap > ((size_t)1 << 20))
        rf_buffer_done(&conn->in);
}

/* `lock` is held. */
static void give_up(rf_conn *conn) {
    conn->broken = true;
    rf_buffer_done(&conn->out);
    conn->sent = 0;
    (void)shutdown(conn->fd, SHUT_RDWR); /* it may be closed by the peer already */
}

/* Sends what the socket takes; `lock` is held. Returns bytes that are left. */
static size_t flush(rf_conn *conn) {
    while (!conn->broken && conn->sent < conn->out.len) {
        ssize_t sent = send(conn->fd, conn->out.data + conn->sent, conn->out.len - conn->sent, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN)
            break;
        if (sent < 0 && errno != EINTR)
            give_up(conn);
        conn->sent += sent > 0 && !conn->broken ? (size_t)sent : 0;
    }
    if (conn->sent < conn->out.len)
        return conn->out.len - conn->sent;
    conn->sent = 0;
    if (conn->out.cap > ((size_t)1 << 20))
        rf_buffer_done(&conn->out);
    else
        rf_buffer_clear(&conn->out);
    return 0;
}

/* Makes room at the end by forgetting what was sent; `lock` is held. */
static void add(rf_conn *conn, rf_slice bytes) {
    if (conn->sent) {
        memmove(conn->out.data, conn->out.data + conn->sent, conn->out.len - conn->sent);
        conn->out.len -= conn->sent;
        conn->sent = 0;
    }
    rf_buffer_slice(&conn->out, bytes);
    if (conn->out.failed || conn->out.len > RF_CONN_OUT_MAX)
        give_up(conn);
}

void rf_conn_send(rf_conn *conn, rf_slice bytes) {
    assert(conn);
    rf_mutex_lock(&conn->lock);
    ssize_t sent = 0;
    if (!conn->broken && conn->out.len == conn->sent && bytes.len) { /* the usual case takes no copy */
        sent = send(conn->fd, bytes.data, bytes.len, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            give_up(conn);
    }
    size_t done = sent > 0 ? (size_t)sent : 0;
    if (!conn->broken && done < bytes.len) {
        add(conn, (rf_slice){ bytes.data + done, bytes.len - done });
        wake(conn);
    }
    rf_mutex_unlock(&conn->lock);
}

size_t rf_conn_flush(rf_conn *conn) {
    rf_mutex_lock(&conn->lock);
    size_t left = flush(conn);
    rf_mutex_unlock(&conn->lock);
    return left;
}

size_t rf_conn_waiting(rf_conn *conn) {
    rf_mutex_lock(&conn->lock);
    size_t waiting = conn->out.len - conn->sent;
    rf_mutex_unlock(&conn->lock);
    return waiting;
}

bool rf_conn_is_broken(rf_conn *conn) {
    rf_mutex_lock(&conn->lock);
    bool broken = conn->broken;
    rf_mutex_unlock(&conn->lock);
    return broken;
}

void rf_conn_break(rf_conn *conn) {
    rf_mutex_lock(&conn->lock);
    give_up(conn);
    wake(conn);
    rf_mutex_unlock(&conn->lock);
}
