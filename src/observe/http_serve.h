/* http_serve.h: an HTTP server of one's own for one mount: all other paths are not found. */
#ifndef RF_OBSERVE_HTTP_SERVE_H
#define RF_OBSERVE_HTTP_SERVE_H

#include "observe/gate.h"
#include "observe/http_mount.h"
#include "observe/listen.h"

/* A running server. Zeroed: none. */
typedef struct rf_http_front {
    struct MHD_Daemon *daemon;
    rf_gate *gate; /* NULL: it listens in plain */
    const rf_http_mount *mount; /* of a server of its own */
    struct rf_http_entry *entry; /* its own; NULL: no web page of another site may ask, anybody else may */
} rf_http_front;

/* How it is reached. */
typedef struct rf_http_where {
    rf_slice address;
    bool shared_port;     /* as `shared` of rf_listen_open() */
    rf_gate_identity tls; /* without a certificate: plain */
    rf_log *log;          /* for clients that are turned away; NULL: nobody is told */
    rf_log_origin origin;
    const rf_slice *origins; /* rf_http_serve(): web pages of these may ask, as in rf_http_entry_options; outlive the server */
    size_t origin_count;
} rf_http_where;

/*
 * Listens in plain, or behind a gate, for a daemon that `start` makes: with the socket, or with MHD_USE_NO_LISTEN_SOCKET added to its
 * flags (-1). For http.c and http_serve.c.
 *
 * Owner: `front` is the caller's, and stays where it is.
 */
RF_NODISCARD rf_code rf_http_front_open(const rf_http_where *where, unsigned connections, struct MHD_Daemon *(*start)(void *arg, int fd),
                                        void *arg, rf_http_front *front, char ret_name[RF_LISTEN_NAME_MAX], rf_error *reterr);
/* A guest's request is over: its mount hears of it, once its answer has left the gate where there is one. */
void rf_http_front_over(const rf_http_front *front, struct MHD_Connection *connection, rf_http_guest *guest,
                        enum MHD_RequestTerminationCode why);
/* No connection may be suspended. Zeroed is fine. */
void rf_http_front_close(rf_http_front *front);

/*
 * Listens and serves until rf_http_front_close().
 *
 * Owner:  `mount` outlives the server.
 * Errors: as rf_listen_open() and rf_gate_start(); RF_EIO the system gives no thread; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_http_serve(const rf_http_mount *mount, const rf_http_where *where, rf_http_front *front,
                                   char ret_name[RF_LISTEN_NAME_MAX], rf_error *reterr);

/* Answers with a line of text, or nothing for "". `header` NULL: no further header. */
enum MHD_Result rf_http_say(struct MHD_Connection *connection, unsigned status, const char *words, const char *header, const char *value);
/* One more header of an answer; views, terminated. */
typedef struct rf_http_header { const char *name, *value; } rf_http_header;
/* Answers with a body, which is copied, and headers: its type first. */
enum MHD_Result rf_http_give(struct MHD_Connection *connection, unsigned status, rf_slice body, const rf_http_header *headers,
                             size_t count);

#endif
