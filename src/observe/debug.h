/* debug.h: /debug/…: profiles, traces and zones of a running process, for `go tool pprof` and people. */
#ifndef RF_OBSERVE_DEBUG_H
#define RF_OBSERVE_DEBUG_H

#include "observe/http.h"

#define RF_DEBUG_ROUTES_MAX 12u

/* What the routes work on. Any thread. */
typedef struct rf_debug rf_debug;
typedef struct rf_debug_options {
    const rf_metrics *metrics; /* borrowed: counters in traces; NULL: none */
    uint64_t zones_idle_ns;    /* the tree of zones is closed when nobody asked for so long; 0: 10 s */
} rf_debug_options;

/* Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_debug_new(const rf_debug_options *options, rf_debug **ret_debug, rf_error *reterr);
/* Once the service is stopped; NULL is fine. */
void rf_debug_free(rf_debug *debug);
/*
 * Fills at most `max` and returns how many there are (RF_DEBUG_ROUTES_MAX is room enough): /debug/pprof and what is below it, /debug/trace,
 * /debug/zones. The first that fits a path is to be taken, so they stay in this order. They live as long as `debug`.
 */
size_t rf_debug_routes(rf_debug *debug, rf_http_route *ret_routes, size_t max);

#endif
