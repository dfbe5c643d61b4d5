/* gate.h: TLS before a server that knows plain bytes only: a thread takes its connections and passes their bytes on over local sockets. */
#ifndef RF_OBSERVE_GATE_H
#define RF_OBSERVE_GATE_H

#include "base/log.h"
#include "riffle/error.h"

#include <stdbool.h>
#include <sys/socket.h>

typedef struct rf_gate rf_gate;

/* What clients have to show. */
typedef enum rf_gate_auth {
    RF_GATE_NO,              /* nothing */
    RF_GATE_REQUEST,         /* they are asked; whatever they show, or nothing, is fine */
    RF_GATE_REQUIRE_ANY,     /* a certificate, whoever has signed it */
    RF_GATE_REQUIRE_VALID,   /* one of a known authority */
    RF_GATE_VERIFY_IF_GIVEN, /* the same, or nothing */
} rf_gate_auth;

/* Whom clients see, and whom we take. Paths are terminated views that outlive the gate. */
typedef struct rf_gate_identity {
    rf_slice cert_file, key_file; /* PEM, intermediate certificates behind ours; both empty: a certificate made at the start */
    rf_slice client_cas_file;     /* PEM: the authorities of clients; empty: the system's */
    int auth;                     /* rf_gate_auth */
} rf_gate_identity;

/* What is wrong with the files, as far as can be seen without a client; *ret_field is the field to blame, "cert_file" or "key_file".
 * Errors: RF_ECONFIG. */
RF_NODISCARD rf_code rf_gate_check(rf_slice cert_file, rf_slice key_file, const char **ret_field, rf_error *reterr);

typedef struct rf_gate_options {
    rf_gate_identity identity;
    int fd;                /* it listens, does not block; closed by rf_gate_stop() */
    unsigned connections;  /* at a time, handshakes included; more wait in the system's queue */
    /* Called by the gate's thread for each client whose handshake is done: `fd` is the plain end, and the callee's when it says true.
     * A client that goes is an end of file there, or a reset; closing it ends the connection when all was sent. */
    bool (*welcome)(void *arg, int fd, const struct sockaddr *peer, socklen_t peer_len);
    void *arg;
    rf_log *log;           /* for clients that are turned away, and renewed files that cannot be used; NULL: nobody is told */
    rf_log_origin origin;
} rf_gate_options;

/*
 * Renewed files count from the next connection on; as long as they cannot be used, the ones before do.
 *
 * Errors: RF_ENOTFOUND no libssl; RF_EIO a file cannot be used, or the system gives no thread; RF_ENOMEM. `fd` is then still the caller's.
 */
RF_NODISCARD rf_code rf_gate_start(const rf_gate_options *options, rf_gate **ret_gate, rf_error *reterr);
/* `sent`: all that was written to a plain end until it was asked has been given to the system; false: it was not, or nobody knows. */
typedef void rf_gate_told(void *arg, bool sent);
/*
 * Tells, once, by the gate's thread: a server whose write has succeeded knows only that the bytes have come as far as the gate.
 *
 * Arguments: `fd` a plain end that the server has not closed yet. The server's thread; `told` must not wait for long.
 * Without memory it is told false at once.
 */
void rf_gate_when_sent(rf_gate *gate, int fd, rf_gate_told *told, void *arg);
/* After it nobody is welcomed any more; NULL is fine. Before the server that is behind it ends. */
void rf_gate_shut(rf_gate *gate);
/* Sends what the server had written when it closed its ends, for two seconds at most, then closes everything. NULL is fine. */
void rf_gate_stop(rf_gate *gate);

#endif
