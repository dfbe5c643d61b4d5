/* profile.c: the profiler of processor time: a sampler, and a thread that looks for threads and adds up. */
#include "observe/profile.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"
#include "observe/profile_internal.h"

#include <assert.h>

enum { HZ_MAX = 10000, LOOKS_A_SECOND = 10, RING_BYTES_MIN = 65536, RING_BYTES_MAX = 4 << 20 };

struct rf_profiler {
    rf_sampler *sampler; /* between start and stop the service's */
    rf_thread service;
    rf_mutex mutex;
    rf_cond cond;
    bool stopping; /* under the mutex */
    int64_t began_ms;
    uint64_t began_ns;
};

/* A failure to take a new thread in is no end: the next look tries again. */
static void serve(void *arg) {
    rf_profiler *profiler = arg;
    rf_mutex_lock(&profiler->mutex);
    while (!profiler->stopping) {
        (void)rf_cond_wait_for(&profiler->cond, &profiler->mutex, RF_NS_PER_S / LOOKS_A_SECOND);
        rf_mutex_unlock(&profiler->mutex);
        rf_code ignored = rf_sampler_scan(profiler->sampler, NULL);
        (void)ignored;
        rf_sampler_drain(profiler->sampler);
        rf_mutex_lock(&profiler->mutex);
    }
    rf_mutex_unlock(&profiler->mutex);
}

/* Room for what comes between two looks, and as much again. */
static size_t ring_bytes(uint32_t hz) {
    size_t wanted = 2 * RF_RAW_BYTES_MAX * (hz / LOOKS_A_SECOND), bytes = RING_BYTES_MIN;
    while (bytes < wanted && bytes < RING_BYTES_MAX)
        bytes *= 2;
    return bytes;
}

static rf_code begin(rf_profiler *profiler, uint32_t hz, rf_error *reterr) {
    rf_code code = rf_sampler_open(RF_NS_PER_S / hz, ring_bytes(hz), &profiler->sampler, reterr);
    if (code)
        return code;
    profiler->began_ms = rf_clock_wall_ms();
    profiler->began_ns = rf_clock_mono_ns();
    code = rf_sampler_scan(profiler->sampler, reterr);
    if (!code)
        code = rf_thread_start(&profiler->service, "profiler", serve, profiler, reterr);
    if (code) {
        rf_profile_table table;
        rf_sampler_close(profiler->sampler, &table);
        rf_profile_table_done(&table);
    }
    return code;
}

static void free_profiler(rf_profiler *profiler) {
    rf_cond_done(&profiler->cond);
    rf_mutex_done(&profiler->mutex);
    rf_free(profiler);
}

rf_code rf_profiler_start(uint32_t hz, rf_profiler **ret_profiler, rf_error *reterr) {
    assert(ret_profiler);
    *ret_profiler = NULL;
    if (hz < 1 || hz > HZ_MAX) {
        rf_code code = rf_raise(reterr, RF_ECONFIG, "%u samples a second cannot be taken", (unsigned)hz);
        rf_error_hint(reterr, "give a number from 1 to %d; 100 costs next to nothing", HZ_MAX);
        return code;
    }
    rf_profiler *profiler = rf_alloc_zero(1, sizeof *profiler);
    if (!profiler)
        return rf_raise_nomem(reterr);
    rf_mutex_init(&profiler->mutex);
    rf_cond_init(&profiler->cond);
    rf_code code = begin(profiler, hz, reterr);
    if (code) {
        free_profiler(profiler);
        return code;
    }
    *ret_profiler = profiler;
    return RF_OK;
}

rf_code rf_profiler_stop(rf_profiler *profiler, rf_profile *ret_profile, rf_error *reterr) {
    assert(profiler && ret_profile);
    rf_mutex_lock(&profiler->mutex);
    profiler->stopping = true;
    rf_cond_signal(&profiler->cond);
    rf_mutex_unlock(&profiler->mutex);
    rf_thread_join(&profiler->service);
    *ret_profile = (rf_profile){ .kind = "cpu", .began_ms = profiler->began_ms, .period_ns = profiler->sampler->period_ns };
    rf_profile_table table;
    rf_sampler_close(profiler->sampler, &table);
    ret_profile->duration_ns = rf_clock_mono_ns() - profiler->began_ns;
    free_profiler(profiler);
    return rf_profile_table_take(&table, ret_profile, reterr);
}
