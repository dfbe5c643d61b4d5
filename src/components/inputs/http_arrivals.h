/* http_arrivals.h: requests that wait for what becomes of their messages: taken in by libmicrohttpd's thread, read by the input's. */
#ifndef RF_COMPONENTS_INPUTS_HTTP_ARRIVALS_H
#define RF_COMPONENTS_INPUTS_HTTP_ARRIVALS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "observe/http_serve.h"
#include "stream/conf.h"

typedef enum rf_arrival_state {
    RF_ARRIVAL_COMING, /* head or body are not complete */
    RF_ARRIVAL_QUEUED, /* nobody has read it: its connection is suspended from here on */
    RF_ARRIVAL_TAKEN,  /* its messages are on their way */
    RF_ARRIVAL_ANSWERED,
} rf_arrival_state;

typedef struct rf_arrival_pair { rf_slice key, value; struct rf_arrival_pair *next; } rf_arrival_pair;

/* One request. Shared by libmicrohttpd and the batches that hold its messages: freed with the last of them. */
typedef struct rf_arrival {
    rf_http_guest guest; /* first: whose *request it is */
    struct rf_arrivals *all;
    struct MHD_Connection *connection;
    rf_arrival_state state;
    unsigned holders;             /* libmicrohttpd, links, the reader */
    unsigned open_links;          /* batches that are not done */
    bool read;                    /* all its messages were read */
    bool sending;                 /* its answer is there, and not out */
    bool failed;                  /* some message will not be delivered */
    uint64_t deadline_ns;
    struct rf_arrival *before, *after; /* among those that wait, in the order they came */
    struct rf_arrival *next;           /* in the queue */
    /* What was asked; written by libmicrohttpd's thread before it is queued, read after. */
    rf_arena arena;               /* of the pairs */
    rf_arrival_pair *first, *last; /* metadata */
    rf_slice content_type;        /* a view of a pair's; empty: none */
    rf_buffer body;
    size_t swallowed;             /* of a body that is not looked at */
    size_t reserved;              /* bytes that `all` counts for it */
    /* The answer. */
    unsigned status;
    const char *reason; /* why it was not delivered; NULL: that is not for whoever sent it */
    const char *words; /* its body, without a line end; "" for none */
    uint64_t retry_after_s; /* of 429 and 503 */
    bool replied;      /* `reply` is the body, not `words` */
    rf_buffer reply;
    rf_http_header *headers; /* of the reply; in the arena */
    size_t header_count;
    unsigned reply_status;   /* of one that is delivered */
    bool over, sent;   /* libmicrohttpd has ended it; its answer went out as a whole */
} rf_arrival;

/* One batch's share of a request: what `batch->mark` points at is a list of them. */
typedef struct rf_arrival_link { rf_arrival *arrival; struct rf_arrival_link *next; } rf_arrival_link;

typedef struct rf_arrivals_limits {
    uint64_t timeout_ns;     /* how long a request waits for its answer */
    size_t body_bytes;       /* of one request */
    size_t total_bytes;      /* of all that wait */
    unsigned count;          /* of all that wait */
    const char *late, *closed; /* what is said with 408 when its time is over, with 503 at the end */
} rf_arrivals_limits;

/* All of one input. Shared by it and by each request. */
typedef struct rf_arrivals {
    rf_arrivals_limits limits;
    rf_mutex lock;     /* of all below, and of each arrival's state */
    rf_cond changed;   /* something to read, or reading is to end */
    rf_cond timer;     /* the first deadline may have changed, or it is over */
    rf_cond gone;      /* a request is over */
    unsigned holders;
    unsigned sending;  /* answers that are not out */
    unsigned waiting;
    size_t bytes;      /* of bodies of those that wait or come */
    rf_arrival *oldest, *newest; /* that wait: deadlines in this order */
    rf_arrival *first, *last;    /* the queue */
    bool woken;        /* reading ends early */
    bool closed;       /* nobody reads any more: each is answered with 503 */
    rf_thread thread;  /* answers those whose time is over */
} rf_arrivals;

/* One holder: the caller. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_arrivals_new(const rf_arrivals_limits *limits, rf_arrivals **ret_arrivals, rf_error *reterr);
/* Starts the thread that answers when time is over. Errors: RF_EIO. */
RF_NODISCARD rf_code rf_arrivals_start(rf_arrivals *all, rf_error *reterr);
/* Answers whoever waits with 503, and whoever comes; waits until the answers are out, a second at most. Again is fine. */
void rf_arrivals_close(rf_arrivals *all);
/* One holder less; NULL is fine. */
void rf_arrivals_unref(rf_arrivals *all);

/* ---- libmicrohttpd's thread ---- */

/* NULL: out of memory. Held by libmicrohttpd. */
rf_arrival *rf_arrival_new(rf_arrivals *all, struct MHD_Connection *connection) RF_NODISCARD;
/* libmicrohttpd has ended the request. */
void rf_arrival_over(rf_arrival *arrival, bool sent);
/* Room for as much more of its body; false: there is none, and the request is to be refused. */
bool rf_arrival_reserve(rf_arrival *arrival, size_t bytes) RF_NODISCARD;
/* Suspends the connection and queues the request. False: nobody reads any more, or too many wait; nothing was done. */
bool rf_arrival_queue(rf_arrival *arrival) RF_NODISCARD;
bool rf_arrival_put(rf_arrival *arrival, rf_slice key, rf_slice value) RF_NODISCARD; /* copies both; false: out of memory */

/* ---- The input's thread ---- */

/* The next request, held for the caller; NULL: none within `wait_ns`, or woken. */
rf_arrival *rf_arrivals_take(rf_arrivals *all, uint64_t wait_ns) RF_NODISCARD;
void rf_arrivals_wake(rf_arrivals *all);
/* Answers one that was taken, and lets go of it. */
void rf_arrival_answer(rf_arrival *arrival, unsigned status, const char *words);
/* Answers one that was taken with what is in its `reply`, of that type; waits, for `wait_ns` at most, until that went out as a whole (true) or will not,
 * and lets go of it. */
bool rf_arrival_give(rf_arrival *arrival, const char *type, uint64_t wait_ns) RF_NODISCARD;
/* Some of its messages are in a batch, whose mark this changes. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_arrival_link_to(rf_arrival *arrival, uint64_t *mark, rf_error *reterr);
/* All its messages were read: lets go of it. Without any it is answered at once. */
void rf_arrival_read(rf_arrival *arrival);
/* What the request whose messages have that mark is answered with once they are delivered; takes the body. Nothing when several requests
 * have it, or it was answered already. The last counts. Any thread. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_arrivals_reply(uint64_t mark, unsigned status, rf_buffer *body, const rf_strings *names, const rf_strings *values,
                                       rf_error *reterr);
/* The batch of that mark is done. Any thread. */
void rf_arrivals_ack(rf_arrivals *all, uint64_t mark, bool delivered);
/* The same, not delivered; `why`: what whoever sent it may know of that, or "". */
void rf_arrivals_nack(rf_arrivals *all, uint64_t mark, const char *why);

#endif
