/* debug_zones.c: traces, and the tree of zones, which is kept up only while somebody looks at it. */
#include "observe/debug_internal.h"

#include "base/clock.h"
#include "base/slice.h"
#include "observe/zone.h"

enum { TRACE_SECONDS = 5, TRACE_SECONDS_MAX = 120 };

rf_http_answer rf_debug_trace(void *arg, const rf_http_request *request, rf_buffer *out) {
    const rf_debug *debug = arg;
    rf_http_answer answer = { .status = 200, .file_name = "riffle-trace.json" };
    rf_trace *trace = NULL;
    rf_error error;
    uint32_t seconds;
    if (!rf_debug_may_read(request, out, &answer))
        return answer;
    if (rf_debug_number(request, "seconds", 1, TRACE_SECONDS_MAX, TRACE_SECONDS, &seconds, &error))
        return rf_debug_refuse(&error, out);
    if (rf_slice_is(request->method, "HEAD"))
        return answer;
    if (rf_trace_start(0, &trace, &error))
        return rf_debug_refuse(&error, out);
    (void)rf_debug_wait(request, seconds); /* whoever is gone does not see what there is */
    rf_trace_stop(trace, debug->options.metrics, out);
    return answer;
}

static void close_when_idle(void *arg) {
    rf_debug *debug = arg;
    rf_mutex_lock(&debug->lock);
    while (!debug->done) {
        uint64_t until = debug->asked_ns + debug->options.zones_idle_ns, now = rf_clock_mono_ns();
        if (now >= until)
            break;
        (void)rf_cond_wait_for(&debug->ending, &debug->lock, until - now);
    }
    rf_zone_tree_close();
    debug->open = false;
    rf_mutex_unlock(&debug->lock);
}

/* Under the lock. */
static rf_code open_tree(rf_debug *debug, rf_error *reterr) {
    debug->asked_ns = rf_clock_mono_ns();
    if (debug->open)
        return RF_OK;
    rf_thread_join(&debug->closer); /* of the time before: it closed the tree, and is at its end */
    rf_code code = rf_zone_tree_open(reterr);
    if (code)
        return code;
    code = rf_thread_start(&debug->closer, "zones", close_when_idle, debug, reterr);
    if (code)
        rf_zone_tree_close();
    debug->open = !code;
    return code;
}

rf_http_answer rf_debug_zones(void *arg, const rf_http_request *request, rf_buffer *out) {
    rf_debug *debug = arg;
    rf_http_answer answer = { .status = 200 };
    rf_error error;
    if (!rf_debug_may_read(request, out, &answer))
        return answer;
    rf_mutex_lock(&debug->lock);
    rf_code code = open_tree(debug, &error);
    if (!code)
        rf_zone_tree_json(out);
    rf_mutex_unlock(&debug->lock);
    return code ? rf_debug_refuse(&error, out) : answer;
}

void rf_debug_zones_end(rf_debug *debug) {
    rf_mutex_lock(&debug->lock);
    debug->done = true;
    rf_cond_broadcast(&debug->ending);
    rf_mutex_unlock(&debug->lock);
    rf_thread_join(&debug->closer);
}
