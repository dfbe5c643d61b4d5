/* gate_internal.h: the insides of a gate, shared by gate*.c only. */
#ifndef RF_OBSERVE_GATE_INTERNAL_H
#define RF_OBSERVE_GATE_INTERNAL_H

#include "base/library.h"
#include "base/thread.h"
#include "observe/gate.h"
#include "observe/pump.h"

#include <openssl/ssl.h>
#include <sys/stat.h>

#define RF_GATE_FUNCTIONS(X)                                                                                                     \
    X(TLS_server_method) X(SSL_CTX_new) X(SSL_CTX_free) X(SSL_CTX_ctrl) X(SSL_CTX_set_verify) X(SSL_CTX_set_default_verify_paths)   \
    X(SSL_CTX_load_verify_file) X(SSL_load_client_CA_file) X(SSL_CTX_set_client_CA_list) X(SSL_CTX_use_certificate)                 \
    X(SSL_CTX_use_PrivateKey) X(SSL_CTX_use_certificate_chain_file) X(SSL_CTX_use_PrivateKey_file) X(SSL_CTX_check_private_key)     \
    X(SSL_CTX_set_default_passwd_cb) X(SSL_CTX_set_num_tickets) X(SSL_CTX_set_session_id_context) X(SSL_new) X(SSL_free) X(SSL_set_fd)  \
    X(SSL_accept)                                                                                                                \
    X(SSL_read_ex) X(SSL_write_ex) X(SSL_get_error) X(SSL_get_verify_result) X(SSL_shutdown)

typedef struct rf_gate_api { RF_GATE_FUNCTIONS(RF_LIBRARY_POINTER) } rf_gate_api;

/* One state of a file: another one is a renewed file. */
typedef struct rf_gate_stamp { dev_t device; ino_t inode; struct timespec changed; off_t size; } rf_gate_stamp;

/* The certificate and what else all connections share. */
typedef struct rf_gate_context {
    SSL_CTX *ssl;
    rf_gate_stamp cert, key, cas;
} rf_gate_context;

/* Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_gate_context_make(const rf_gate_api *api, const rf_gate_identity *identity, rf_gate_context *ret_context,
                                          rf_error *reterr);
/* Whether a file is another one since. */
bool rf_gate_context_is_old(const rf_gate_context *context, const rf_gate_identity *identity);
/* The first thing that OpenSSL complains about, in its words; its list is empty then. */
const char *rf_gate_complaint(void);

/* Who is to be told. */
typedef struct rf_gate_receipt {
    struct rf_gate_receipt *next;
    int fd; /* the server's end */
    rf_gate_told *told;
    void *arg;
} rf_gate_receipt;

/* Asked for by servers' threads, and not seen by the gate's yet. */
typedef struct rf_gate_receipts { rf_mutex lock; rf_gate_receipt *first; } rf_gate_receipts;

typedef enum rf_gate_stage { RF_GATE_SHAKING, RF_GATE_PASSING, RF_GATE_LEAVING, RF_GATE_GONE } rf_gate_stage;
/* What OpenSSL waits for. */
typedef struct rf_gate_want { bool read, write; } rf_gate_want;

/* A client. */
typedef struct rf_gate_guest {
    rf_gate_stage stage;
    const rf_gate_api *api;
    int net;
    SSL *ssl;
    rf_gate_want reads, writes;
    bool again;         /* there is more to do at once */
    uint64_t due_ns;    /* then it is given up; 0: never */
    struct sockaddr_storage peer;
    socklen_t peer_len;
    int server_fd;      /* the other end of the local one; -1: none, or it is another's by now */
    rf_gate_receipt *receipts;
    bool sent_all;      /* of one that is leaving: what the server wrote has gone */
    rf_pump pump;       /* its local end is -1 before the handshake is done, and once it is closed */
} rf_gate_guest;

/* NULL: out of memory; `net` is then still the caller's. */
rf_gate_guest *rf_gate_guest_new(const rf_gate_api *api, SSL_CTX *context, int net, uint64_t now_ns) RF_NODISCARD;
void rf_gate_guest_free(rf_gate_guest *guest);
/* One handshake's step. RF_EAGAIN: not yet. RF_EIO, RF_EREFUSED: it has gone, or has to. */
RF_NODISCARD rf_code rf_gate_guest_shake(rf_gate_guest *guest, rf_error *reterr);
/* Passes on what is there, both ways; sees it out when the server has closed. */
void rf_gate_guest_pass(rf_gate_guest *guest, uint64_t now_ns);

/* ---- gate_receipt.c ---- */
void rf_gate_receipts_init(rf_gate_receipts *receipts);
/* Those that are left are told false. */
void rf_gate_receipts_done(rf_gate_receipts *receipts);
/* Any thread. False: out of memory. */
bool rf_gate_receipts_add(rf_gate_receipts *receipts, int fd, rf_gate_told *told, void *arg) RF_NODISCARD;
/* Gives them to their guests: before one leaves, and before the number of a closed descriptor is another one's. */
void rf_gate_receipts_take(rf_gate_receipts *receipts, rf_gate_guest *const *guests, unsigned count);
/* Nothing that the server wrote is under way here. */
bool rf_gate_guest_has_sent_all(rf_gate_guest *guest);
/* Tells, as soon as it is known. */
void rf_gate_guest_settle(rf_gate_guest *guest);

#endif
