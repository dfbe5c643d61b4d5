/* pump.h: bytes between a connection that is sealed and a local socket that is not, both ways, without waiting. */
#ifndef RF_OBSERVE_PUMP_H
#define RF_OBSERVE_PUMP_H

#include "riffle/error.h"

#include <stdbool.h>

#define RF_PUMP_BYTES 8192u /* held, each way */

/* The sealed side. RF_EAGAIN: nothing goes now; RF_ECLOSED: the peer sends no more; another error: it is broken. */
typedef struct rf_pump_peer {
    rf_code (*read)(void *arg, void *bytes, size_t cap, size_t *ret_got, rf_error *reterr);
    rf_code (*write)(void *arg, const void *bytes, size_t len, size_t *ret_put, rf_error *reterr);
    void *arg;
} rf_pump_peer;

/* Zeroed but for `plain` it is ready. One thread at a time. */
typedef struct rf_pump {
    int plain;         /* the local socket, does not block */
    bool net_ended;    /* the peer sends no more */
    bool told;         /* and the local side knows */
    bool plain_ended;  /* the local side has closed */
    bool broken;       /* the peer is gone: nothing goes any more */
    uint64_t due_ns;   /* then it is given up: the peer does not take what was left for it; 0: never */
    uint64_t out_count; /* bytes that the peer's side has taken, ever */
    size_t in_at, in_len, out_at, out_len;
    char in[RF_PUMP_BYTES], out[RF_PUMP_BYTES]; /* from the peer, to the peer */
} rf_pump;

/* Moves what is there, for a bounded time. True: there is more to do at once. `error` says why it is broken. */
bool rf_pump_pass(rf_pump *pump, const rf_pump_peer *peer, uint64_t now_ns, rf_error *reterr);
/* The local side has closed, and all that it wrote has gone. */
static inline bool rf_pump_is_empty(const rf_pump *pump) { return pump->plain_ended && pump->out_len == 0; }
/* What is to be waited for: on the peer, and on the local socket. */
static inline bool rf_pump_reads(const rf_pump *pump) { return !pump->net_ended && pump->in_len == 0; }
static inline bool rf_pump_writes(const rf_pump *pump) { return pump->out_len > 0; }
/* As poll's events, 0: do not watch it, it would tell of hanging up again and again. */
short rf_pump_plain_events(const rf_pump *pump);

#endif
