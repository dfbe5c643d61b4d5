/* http.h: the service that shows a running process: /ping /ready /version /endpoints /metrics /stats, and what its host adds. */
#ifndef RF_OBSERVE_HTTP_H
#define RF_OBSERVE_HTTP_H

#include "observe/metrics.h"
#include "observe/password.h"
#include "riffle/error.h"

#include <stdbool.h>

/* One polling thread of its own; at most a few dozen connections at a time, each for a few seconds. */
typedef struct rf_http rf_http;

/* One line of /ready. */
typedef struct rf_http_status {
    const char *label; /* "" when there is none; a view */
    const char *path;  /* "input", "output"; a view */
    bool connected;
    char error[200]; /* why not; "" when nothing is known */
} rf_http_status;

#define RF_HTTP_STATUSES_MAX 16u

/* A request for a path of a route. */
typedef struct rf_http_request {
    rf_slice method; /* "GET", "HEAD", "POST" */
    rf_slice rest;   /* of the path, behind the route's own, decoded: "" or "/NAME/enable" */
    /* The value of `?key=…`, decoded, "" when it has none; data NULL: it was not asked with. Lives as long as the request. */
    rf_slice (*query)(const struct rf_http_request *request, const char *key);
    const void *connection; /* query's own */
    /* For answers that wait: true once the client is gone or the service ends, and waiting is in vain. */
    const _Atomic bool *gone;
    bool deliberate; /* carries `X-Riffle: 1`, and no `Origin` as browsers send it: no web page made somebody send it */
} rf_http_request;

typedef struct rf_http_answer {
    unsigned status;   /* 200 */
    const char *allow; /* for 405: the methods there are; else NULL */
    const char *content_type; /* NULL: JSON */
    const char *file_name;    /* a browser saves it under that name; NULL: shows it */
} rf_http_answer;

/* A path that the host of the service adds. What it answers is JSON unless it says otherwise; the body of a request is not looked at. */
typedef struct rf_http_route {
    const char *path;    /* "/plugins": it, and everything below it */
    const char *summary; /* for /endpoints; no quotes in it */
    /* Appends the answer to `out`. Called from the service's thread, which serves nobody else meanwhile, unless it is slow. */
    rf_http_answer (*answer)(void *arg, const rf_http_request *request, rf_buffer *out);
    void *arg;
    /* May wait for up to two minutes: runs in a thread of its own, at most two at a time (503 for a third). It looks at `gone` several
     * times a second and then ends, whatever it has: rf_http_stop() waits for it. */
    bool slow;
} rf_http_route;

/* What is asked of every request. All views, which outlive the service. */
typedef struct rf_http_entry_options {
    const rf_password *password; /* NULL: anybody may ask */
    rf_slice username, realm;
    const rf_slice *origins; /* web pages of these may ask, "*": of all; count 0: browsers are told nothing, so none of them may */
    size_t origin_count;
} rf_http_entry_options;

typedef struct rf_http_options {
    rf_slice address;          /* "127.0.0.1:4195", "[::1]:4195", "localhost:0", ":4195" (every interface) */
    rf_slice root_path;        /* every path is also served below it, "/benthos"; "" or "/": no second place */
    rf_slice cert_file, key_file; /* PEM, terminated, outliving the service: https; empty: plain */
    struct rf_log *log;        /* for clients that are turned away by TLS; NULL: nobody is told */
    const char *version;       /* "0.1.0"; a view, as all of these */
    const rf_metrics *metrics; /* NULL: /metrics and /stats are not found */
    /* Fills at most `max` and returns how many. Called from the service's thread. NULL: always ready, no lines. */
    size_t (*statuses)(void *arg, rf_http_status *ret_statuses, size_t max);
    void *arg;
    const rf_http_route *routes; /* NULL: none */
    size_t route_count;
    /* Appends more metrics to /metrics, in the same form. Called from the service's thread. NULL: there are none. */
    void (*more)(void *more_arg, rf_buffer *out);
    void *more_arg;
    rf_http_entry_options entry;   /* who may ask; zeroed: anybody but web pages */
    struct rf_http_mounts *mounts; /* who else answers here (http_mount.h), all there before the start; NULL: nobody */
} rf_http_options;

/*
 * Listens and serves until rf_http_stop(). Options are copied, what they point at outlives the service.
 *
 * Errors: RF_ECONFIG the address is none; RF_EIO it cannot be listened on (the message names the address, the hint what
 *         to do); RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_http_start(const rf_http_options *options, rf_http **ret_http, rf_error *reterr);
/* Ends the thread and closes every connection; NULL is fine. After it no callback and no gauge is called any more. */
void rf_http_stop(rf_http *http);
/* Where it listens, "127.0.0.1:4195": with the real port when 0 was asked for. */
const char *rf_http_address(const rf_http *http);

#endif
