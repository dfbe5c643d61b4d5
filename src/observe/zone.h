/* zone.h: named stretches of work: switched at run time, traced and added up when on, one branch when off. */
#ifndef RF_OBSERVE_ZONE_H
#define RF_OBSERVE_ZONE_H

#include "base/buffer.h"
#include "base/ticks.h"
#include "riffle/error.h"

#include <stdatomic.h>
#include <stdbool.h>

/* In the order of zone.c's table, which names and documents them. */
typedef enum rf_zone {
    RF_ZONE_PLUGIN_LOAD, RF_ZONE_COMPILE, RF_ZONE_DECODE, RF_ZONE_VM_NEW, RF_ZONE_HOOK, RF_ZONE_CHAIN, RF_ZONE_STAGE, RF_ZONE_PROCESSOR,
    RF_ZONE_POOL_BORROW, RF_ZONE_INPUT_READ, RF_ZONE_OUTPUT_WRITE, RF_ZONE_SERIALIZE, RF_ZONE_ACK, RF_ZONE_COLLECT, RF_ZONE_WAIT,
    RF_ZONE_COUNT,
} rf_zone;
typedef struct rf_zone_info { const char *name, *category, *doc; } rf_zone_info; /* "hook", "plugin", a sentence */
extern const rf_zone_info rf_zones[RF_ZONE_COUNT];

/* What zones are written to. Any thread switches; threads notice at their next zone. */
enum {
    RF_ZONES_TRACE = 1u << 0,   /* events in rings, for a trace */
    RF_ZONES_TREE = 1u << 1,    /* times added up by path, for `top` */
    RF_ZONES_OUTSIDE = 1u << 2, /* nothing of ours: for who is attached to the probes, or Tracy (rf_zones_outside) */
};
extern _Atomic unsigned rf_zones_on; /* zone.c */

/* On the stack of whoever is in the zone. `detail` (NULL: none) lives as long as the zone: "tag_processor", "redact". What follows is zone.c's. */
typedef struct rf_zone_mark {
    uint64_t began;
    const char *detail;
    uint16_t zone;
    bool on;
    uint16_t session, node; /* of the tree; node 0: none */
#ifdef RF_TRACY
    uint32_t tracy;
    bool tracy_sees; /* a viewer is connected */
#endif
} rf_zone_mark;
void rf_zone_begin_slow(rf_zone_mark *mark);
void rf_zone_end_slow(rf_zone_mark *mark);

#ifdef RF_NO_ZONES
static inline bool rf_zones_any(void) { return false; }
static inline void rf_zone_begin(rf_zone_mark *mark, rf_zone zone, const char *detail) { (void)mark, (void)zone, (void)detail; }
static inline void rf_zone_end(rf_zone_mark *mark) { (void)mark; }
#else
static inline bool rf_zones_any(void) { return atomic_load_explicit(&rf_zones_on, memory_order_relaxed) != 0; }
/* Off: one relaxed load and a branch each, under 1 ns together (riffle bench observe_zones). The mark is filled where it stands: one that is
 * copied right after its byte was written waits for that, which takes five times as long. */
static inline void rf_zone_begin(rf_zone_mark *mark, rf_zone zone, const char *detail) {
    mark->on = false;
    if (RF_UNLIKELY(rf_zones_any())) {
        mark->zone = (uint16_t)zone;
        mark->detail = detail;
        rf_zone_begin_slow(mark);
    }
}
static inline void rf_zone_end(rf_zone_mark *mark) {
    if (RF_UNLIKELY(mark->on))
        rf_zone_end_slow(mark);
}
#endif
/* The rest of the block: RF_ZONE(RF_ZONE_STAGE, name); `detail` is only worked out when zones are on. */
#define RF_ZONE(zone, detail) RF_ZONE_AT(zone, detail, __LINE__)
#define RF_ZONE_AT(zone, detail, line) RF_ZONE_NAMED(zone, detail, line)
#define RF_ZONE_NAMED(zone, detail, line) \
    RF_CLEANUP(rf_zone_end) rf_zone_mark rf_zone_here_##line; \
    rf_zone_here_##line.on = false; \
    if (RF_UNLIKELY(rf_zones_any())) \
        rf_zone_begin(&rf_zone_here_##line, zone, detail)

/* Zones reach the USDT probes (observe/probes.h) and Tracy while anything is switched on; this does it for them alone. A build with RF_TRACY
 * begins with true. Any thread. */
void rf_zones_outside(bool on);

/* ---- A trace: Chrome's JSON, which Perfetto reads too (trace.c) ---- */

typedef struct rf_trace rf_trace; /* one at a time in a process */
/* From now on zones of all threads are kept, the newest `events_max` of each thread (0: 65536, 1.5 MiB a thread that has zones). Errors: RF_EBUSY one is
 * running; RF_ENOMEM. */
RF_NODISCARD rf_code rf_trace_start(uint32_t events_max, rf_trace **ret_trace, rf_error *reterr);
/* Ends it and appends the JSON: process and threads by name, zones as complete events with their detail, counters of the metrics (NULL: none)
 * as they are now, how many events did not fit. */
struct rf_metrics;
void rf_trace_stop(rf_trace *trace, const struct rf_metrics *metrics, rf_buffer *out);

/* ---- Times by path, for `riffle top` (zone_tree.c) ---- */

/* A user of the tree: switched on by the first, off with the last. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_zone_tree_open(rf_error *reterr);
void rf_zone_tree_close(void);
/* Appends JSON: [{"name": "stage", "detail": "…", "count": n, "total_ns": n, "self_ns": n, "children": […]}], all threads added up since it was
 * opened first. */
void rf_zone_tree_json(rf_buffer *out);

#endif
