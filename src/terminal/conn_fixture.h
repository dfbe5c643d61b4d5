/* conn_fixture.h: a connection inside a test, and its other side. */
#ifndef RF_TERMINAL_CONN_FIXTURE_H
#define RF_TERMINAL_CONN_FIXTURE_H

#include "terminal/conn.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct conn_pair { rf_conn *conn; int peer, wake; } conn_pair;

#define CONN_PAIR(name) RF_CLEANUP(conn_pair_done) conn_pair name = { .peer = -1, .wake = -1 }

static inline void conn_pair_done(conn_pair *p) {
    rf_conn_unref(p->conn);
    if (p->peer >= 0)
        (void)close(p->peer);
    if (p->wake >= 0)
        (void)close(p->wake);
}

static inline bool conn_pair_open(conn_pair *p) {
    int fds[2];
    p->wake = eventfd(0, EFD_NONBLOCK);
    if (p->wake < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
        return false;
    p->peer = fds[1];
    p->conn = rf_conn_new(fds[0], 1);
    if (p->conn)
        rf_conn_set_wake(p->conn, p->wake);
    return p->conn != NULL;
}

#endif
