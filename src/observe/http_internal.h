/* http_internal.h: the insides of the HTTP service, shared by http*.c only. */
#ifndef RF_OBSERVE_HTTP_INTERNAL_H
#define RF_OBSERVE_HTTP_INTERNAL_H

#include "base/thread.h"
#include "observe/http.h"
#include "observe/http_entry.h"
#include "observe/http_serve.h"
#include "observe/listen.h"

#include <microhttpd.h>

/* Profiles, traces: each keeps a thread and maybe a profiler busy, so a few are enough. */
#define RF_HTTP_SLOW_MAX 2u

#define RF_HTTP_TEXT "text/plain; charset=utf-8"
#define RF_HTTP_JSON "application/json"

typedef struct rf_http_job rf_http_job; /* one slow answer */

/* Slow answers that are being made. */
typedef struct rf_http_slow {
    bool used;          /* some route is slow: everything below is set up */
    rf_mutex lock;      /* guards the rest, and the flag by which one is told that it is in vain */
    rf_cond ended;      /* a job left */
    rf_http_job *jobs[RF_HTTP_SLOW_MAX]; /* NULL: free */
    uint64_t serial;    /* of the newest */
    bool closed;        /* no more of them */
    int wake_fd;        /* an eventfd: the watcher looks again */
    rf_thread watcher;  /* sees clients hang up, which libmicrohttpd does not while a connection is suspended */
} rf_http_slow;

struct rf_http {
    rf_http_options options;
    rf_http_entry entry;
    rf_http_front front;
    char address[RF_LISTEN_NAME_MAX];
    rf_slice root; /* "/benthos": no slash at its end; empty when there is none */
    _Atomic bool stopping;
    /* The service's thread's: what answers are written into. It is kept, because a scrape of a thousand stages takes longer to get
     * three megabytes from the system than to fill them. */
    rf_buffer page;
    bool page_lent; /* an answer is being sent from it */
    rf_http_slow slow;
    char texts[];  /* what `root` and `options.version` point at */
};

/* Answers with the buffer's content, which it takes; the page is lent to the answer. */
enum MHD_Result rf_http_reply(rf_http *http, struct MHD_Connection *connection, const rf_http_answer *answer, rf_buffer *body);

/* ---- http_slow.c ---- */

/* Nothing when no route is slow. Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_http_slow_open(rf_http *http, rf_error *reterr);
/* Tells all that they are in vain and waits for them. Before the daemon is stopped, which must not have suspended connections. */
void rf_http_slow_end(rf_http *http);
/* After the daemon was stopped. */
void rf_http_slow_close(rf_http *http);
/* Suspends the connection and makes the answer in a thread of its own; *ret_job goes to rf_http_slow_reply() when the connection's
 * handler is called again, and to rf_http_slow_free() when the request is over. */
enum MHD_Result rf_http_slow_begin(rf_http *http, struct MHD_Connection *connection, const rf_http_route *route,
                                   const rf_http_request *request, rf_http_job **ret_job);
enum MHD_Result rf_http_slow_reply(rf_http_job *job);
void rf_http_slow_free(rf_http_job *job);

#endif
