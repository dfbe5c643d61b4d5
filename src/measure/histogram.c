/* histogram.c: latencies in buckets that double, each of so many linear steps (Gil Tene, HdrHistogram). */
#include "measure/histogram.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

/*
 * Values under 2048 count one by one. Of each doubling beyond, the upper half is new: 1024 steps, each 2^k wide for values from
 * 2^(10+k). A step is so at most 1/1024 of its values, and the place of a value is k * 1024 + (value >> k), without a branch.
 */
enum { STEP_BITS = 10, STEPS = 1 << STEP_BITS, VALUE_BITS = 42, PLACES = (VALUE_BITS - STEP_BITS + 1) * STEPS };
#define VALUE_MAX ((UINT64_C(1) << VALUE_BITS) - 1)

static inline unsigned scale_of(uint64_t value) {
    unsigned bits = 64u - (unsigned)__builtin_clzll(value | 1);
    return bits > STEP_BITS + 1 ? bits - (STEP_BITS + 1) : 0;
}

static inline size_t place_of(uint64_t value) {
    unsigned scale = scale_of(value);
    return (size_t)scale * STEPS + (size_t)(value >> scale);
}

/* The highest value that counts at `place`. */
static uint64_t highest_at(size_t place) {
    if (place < 2 * STEPS)
        return place;
    size_t scale = place / STEPS - 1;
    return ((uint64_t)(place - scale * STEPS + 1) << scale) - 1;
}

rf_code rf_latency_init(rf_latency *latency, rf_error *reterr) {
    assert(latency);
    *latency = (rf_latency){ .counts = rf_alloc_zero(PLACES, sizeof *latency->counts) };
    return latency->counts ? RF_OK : rf_raise_nomem(reterr);
}

void rf_latency_done(rf_latency *latency) {
    rf_free(latency->counts);
    *latency = (rf_latency){ 0 };
}

void rf_latency_clear(rf_latency *latency) {
    uint64_t *counts = latency->counts;
    if (counts)
        memset(counts, 0, PLACES * sizeof *counts);
    *latency = (rf_latency){ .counts = counts };
}

void rf_latency_add(rf_latency *latency, uint64_t ns) {
    assert(latency->counts);
    if (ns > VALUE_MAX)
        ns = VALUE_MAX;
    latency->counts[place_of(ns)]++;
    if (latency->total++ == 0 || ns < latency->minimum)
        latency->minimum = ns;
    if (ns > latency->maximum)
        latency->maximum = ns;
    latency->sum += (double)ns;
}

uint64_t rf_latency_quantile(const rf_latency *latency, double q) {
    if (latency->total == 0)
        return 0;
    /* The least rank that has a share of q at or under it. The product may be an ulp too large (0.07 * 100), hence the last factor. */
    double share = q < 0 ? 0 : q > 1 ? 1 : q;
    double exact = share * (double)latency->total * (1 - 1e-12);
    uint64_t rank = (uint64_t)exact;
    if ((double)rank < exact || rank == 0)
        rank++;
    uint64_t seen = 0;
    for (size_t place = 0; place < PLACES; place++) {
        seen += latency->counts[place];
        if (seen >= rank)
            return highest_at(place) < latency->maximum ? highest_at(place) : latency->maximum;
    }
    return latency->maximum;
}

double rf_latency_mean(const rf_latency *latency) { return latency->total ? latency->sum / (double)latency->total : 0; }

void rf_latency_each(const rf_latency *latency, void (*visit)(void *arg, uint64_t low, uint64_t high, uint64_t count), void *arg) {
    assert(visit);
    uint64_t seen = 0;
    for (size_t place = 0; place < PLACES && seen < latency->total; place++) {
        if (latency->counts[place] == 0)
            continue;
        seen += latency->counts[place];
        visit(arg, place ? highest_at(place - 1) : 0, highest_at(place), latency->counts[place]);
    }
}
