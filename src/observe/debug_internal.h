/* debug_internal.h: what the answers of /debug/… share. */
#ifndef RF_OBSERVE_DEBUG_INTERNAL_H
#define RF_OBSERVE_DEBUG_INTERNAL_H

#include "base/thread.h"
#include "observe/debug.h"
#include "observe/profile.h"

struct rf_debug {
    rf_debug_options options;
    /* The tree of zones, while somebody looks at it (debug_zones.c). Under the lock. */
    rf_mutex lock;
    rf_cond ending;
    rf_thread closer;    /* closes it when nobody asks any more */
    uint64_t asked_ns;   /* when somebody asked last */
    bool open, done;
};

#define RF_DEBUG_TEXT "text/plain; charset=utf-8"

/* False: it is no GET or HEAD, and *ret_answer says so. */
bool rf_debug_may_read(const rf_http_request *request, rf_buffer *out, rf_http_answer *ret_answer);
/* What `error` says, as an answer in words: 400 for a parameter, 503 for what is busy. */
rf_http_answer rf_debug_refuse(const rf_error *error, rf_buffer *out);
/* A whole number `?key=…` between the two; `usual` when it is not asked with. Errors: RF_ECONFIG. */
RF_NODISCARD rf_code rf_debug_number(const rf_http_request *request, const char *key, uint32_t least, uint32_t most, uint32_t usual,
                                     uint32_t *ret_number, rf_error *reterr);
/* One of the words (up to a NULL), the first when it is not asked with. Errors: RF_ECONFIG. */
RF_NODISCARD rf_code rf_debug_word(const rf_http_request *request, const char *key, const char *const *words, size_t *ret_index,
                                   rf_error *reterr);
/* Waits so long; false: the client is gone, or the service ends. */
bool rf_debug_wait(const rf_http_request *request, uint32_t seconds);

/* debug_profile.c: routes below /debug/pprof. */
rf_http_answer rf_debug_cpu(void *debug, const rf_http_request *request, rf_buffer *out);
rf_http_answer rf_debug_heap(void *debug, const rf_http_request *request, rf_buffer *out);
rf_http_answer rf_debug_allocs(void *debug, const rf_http_request *request, rf_buffer *out);
rf_http_answer rf_debug_threads(void *debug, const rf_http_request *request, rf_buffer *out);
rf_http_answer rf_debug_mutex(void *debug, const rf_http_request *request, rf_buffer *out);

/* debug_zones.c */
rf_http_answer rf_debug_trace(void *debug, const rf_http_request *request, rf_buffer *out);
rf_http_answer rf_debug_zones(void *debug, const rf_http_request *request, rf_buffer *out);
/* Closes the tree, if it is open. */
void rf_debug_zones_end(rf_debug *debug);

#endif
