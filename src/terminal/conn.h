/* conn.h: a connection to the daemon's socket: what came and waits to be read, what goes and waits to be taken. */
#ifndef RF_TERMINAL_CONN_H
#define RF_TERMINAL_CONN_H

#include "base/buffer.h"
#include "base/thread.h"

#define RF_CONN_OUT_MAX ((size_t)128 << 20) /* bytes that wait for a peer that does not read: then it is given up */

/* Counted: the server's, a session's, those of requests that are not answered yet. One thread reads; any sends. */
typedef struct rf_conn {
    _Atomic uint32_t references;
    int fd;
    uint64_t number; /* of the client, from 1 */
    rf_buffer in;    /* the reader's */
    rf_mutex lock;   /* of what follows */
    rf_buffer out;
    size_t sent;     /* of `out` */
    bool broken;     /* the peer is gone, or was given up */
    int wake_fd;     /* eventfd of whoever polls: written when something is left to be sent; -1: none */
} rf_conn;

/* Takes the descriptor, also on failure, and makes it not blocking. NULL: out of memory. */
rf_conn *rf_conn_new(int fd, uint64_t number) RF_NODISCARD;
rf_conn *rf_conn_ref(rf_conn *conn);
/* The last one closes it. NULL is fine. */
void rf_conn_unref(rf_conn *conn);
/* Who polls from now on. */
void rf_conn_set_wake(rf_conn *conn, int wake_fd);

/* Reads what there is, up to `max` waiting bytes. False: the peer has ended it, or it is broken, or there is no memory. */
bool rf_conn_read(rf_conn *conn, size_t max);
/* What was read, from `taken` on, is kept. */
void rf_conn_take(rf_conn *conn, size_t taken);
/* Sends, now or as soon as the peer takes it. Any thread. */
void rf_conn_send(rf_conn *conn, rf_slice bytes);
/* Sends what is left. Returns bytes that still are. */
size_t rf_conn_flush(rf_conn *conn);
size_t rf_conn_waiting(rf_conn *conn);
bool rf_conn_is_broken(rf_conn *conn);
/* Nothing more is sent or read; whoever polls sees its end. Any thread. */
void rf_conn_break(rf_conn *conn);

#endif
