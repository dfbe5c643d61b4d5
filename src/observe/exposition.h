/* exposition.h: lines of Prometheus's text form, for whoever has figures that are no registered metrics. */
#ifndef RF_OBSERVE_EXPOSITION_H
#define RF_OBSERVE_EXPOSITION_H

#include "base/buffer.h"

/* The bounds that Prometheus sees: every second power of two from 256 ns to 17 s. Fixed, so that series stay comparable. */
#define RF_BOUND_FIRST_LOG2 8u
#define RF_BOUND_STEP_LOG2 2u
#define RF_BOUNDS 14u

/* The first bound that is not below the value; RF_BOUNDS: it is above them all. */
static inline uint32_t rf_bound_of(uint64_t ns) {
    if (ns <= UINT64_C(1) << RF_BOUND_FIRST_LOG2)
        return 0;
    uint32_t log2 = 64u - (uint32_t)__builtin_clzll(ns - 1); /* of the power of two that is not below it */
    uint32_t bound = (log2 - RF_BOUND_FIRST_LOG2 + RF_BOUND_STEP_LOG2 - 1) / RF_BOUND_STEP_LOG2;
    return bound < RF_BOUNDS ? bound : RF_BOUNDS;
}

/* Values by their bound (not added up), and what they sum up to. */
typedef struct rf_bounds { uint64_t counts[RF_BOUNDS + 1], sum; } rf_bounds;

/* Cost: about 2 ns. */
static inline void rf_bounds_add(rf_bounds *bounds, uint64_t ns) {
    bounds->counts[rf_bound_of(ns)]++;
    bounds->sum += ns;
}
/* Adds what the other has. */
static inline void rf_bounds_join(rf_bounds *bounds, const rf_bounds *other) {
    for (uint32_t i = 0; i <= RF_BOUNDS; i++)
        bounds->counts[i] += other->counts[i];
    bounds->sum += other->sum;
}

/* "# HELP …" and "# TYPE …"; `type` "counter", "gauge", "histogram". */
void rf_exposition_head(rf_buffer *out, const char *name, const char *help, const char *type);
/* All lines of one histogram. `labels`: what stands between the braces, `plugin="x",hook="on_key"`; may be empty. */
void rf_exposition_histogram(rf_buffer *out, const char *name, rf_slice labels, const rf_bounds *bounds);
/* `name{labels} value`. */
void rf_exposition_u64(rf_buffer *out, const char *name, rf_slice labels, uint64_t value);
/* `name="value"` with what the form wants escaped. */
void rf_exposition_label(rf_buffer *out, const char *name, rf_slice value);

#endif
