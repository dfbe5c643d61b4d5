/* connect.h: a client's connection to the daemon: where its socket is, starting it, requests and answers. */
#ifndef RF_TERMINAL_CONNECT_H
#define RF_TERMINAL_CONNECT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "message/value.h"
#include "riffle/error.h"

#include <stdbool.h>

/* In the environment of a daemon that was started by a client: it writes one byte there when it listens, then closes it. A daemon
 * that finds another one holding the lock ends with 0. */
#define RF_TERM_READY_VARIABLE "RIFFLE_READY_FD"

/*
 * $RIFFLE_TERM_SOCKET, else riffle/term.sock in $XDG_RUNTIME_DIR, else /tmp/riffle-UID/term.sock. The folder is made for the latter
 * two, and must be ours alone. In the arena. Errors: RF_EREFUSED the folder is somebody else's, a link, or open to others; RF_ECONFIG the path
 * is too long for a socket; RF_EIO; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_term_socket_path(rf_arena *arena, const char **ret_path, rf_error *reterr);
/* riffle/term.log in the XDG state home, with its folder made; NULL: there is no home, or no memory. In the arena. */
const char *rf_term_log_path(rf_arena *arena);

typedef struct rf_term_conn {
    int fd;           /* -1: none */
    rf_buffer in;     /* what came and was not taken yet, from `taken` on; after `attach` frames */
    size_t taken;
    int64_t last_id;
    int timeout_ms;   /* that an answer may take; -1: no bound */
} rf_term_conn;

enum {
    RF_TERM_AUTOSTART = 1u << 0,   /* starts the daemon when nobody listens */
    RF_TERM_ANY_VERSION = 1u << 1, /* also a daemon of another version of the protocol, which is not greeted */
};

/*
 * Connects, checks that the daemon runs as us, and greets it. Errors: RF_ENOTFOUND nobody listens; RF_EREFUSED the daemon is another
 * user's; RF_EIO the daemon cannot be started (with what it said), or is of another version; RF_EAGAIN it does not answer; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_term_connect(const char *path, unsigned flags, rf_term_conn *ret_conn, rf_error *reterr);
void rf_term_conn_done(rf_term_conn *conn);

/*
 * One request and its answer; `params` is a JSON object. Lines of events that come before the answer are dropped. `ret_result` (may be
 * NULL) lives in the arena. Errors: the daemon's, by code: not-found RF_ENOTFOUND; exists and invalid RF_ECONFIG; refused RF_EREFUSED; limit RF_ELIMIT;
 * timeout RF_EAGAIN; busy RF_EBUSY; others RF_EIO. RF_ELOST the daemon is gone; RF_EPARSE what it said is no answer; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_term_call(rf_term_conn *conn, const char *method, rf_slice params, rf_arena *arena, rf_value *ret_result,
                                  rf_error *reterr);
/* The next line, without its end; valid until the next call. Errors: RF_ELOST, RF_EAGAIN, RF_ELIMIT, RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_term_line(rf_term_conn *conn, rf_slice *ret_line, rf_error *reterr);

/* Starts the daemon and waits until it listens, or another one does. (connect_start.c) Errors: RF_EIO with what it said. */
RF_NODISCARD rf_code rf_term_start_daemon(rf_error *reterr);

#endif
