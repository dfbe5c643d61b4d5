/* api_timer.c: Timer: names that on_tick is called with, once or again and again. */
#include "plugin/api_internal.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <assert.h>

enum { EVERY_MS_MIN = 10 };
#define MS_MAX (INT64_C(366) * 24 * 3600 * 1000) /* a year: nothing overflows */

static rf_plugin_timer *find_timer(const rf_plugin_api *api, rf_slice name) {
    for (uint32_t i = 0; i < api->timer_count; i++) {
        if (rf_slice_is(name, api->timers[i].name))
            return &api->timers[i];
    }
    return NULL;
}

static void remove_timer(rf_plugin_api *api, rf_plugin_timer *timer) {
    assert(api->timer_count > 0);
    *timer = api->timers[--api->timer_count];
}

/* A place for one more. */
static rf_code add_timer(rf_plugin_api *api, rf_slice name, rf_plugin_timer **ret_timer, rf_error *reterr) {
    uint32_t max = api->quota.timers;
    if (api->timer_count >= max)
        return rf_raise(reterr, RF_ELIMIT, "%u of %u timers are in use", (unsigned)api->timer_count, (unsigned)max);
    if (!api->timers)
        api->timers = rf_alloc_zero(max, sizeof *api->timers);
    if (!api->timers)
        return rf_raise_nomem(reterr);
    rf_plugin_timer *timer = &api->timers[api->timer_count++];
    memcpy(timer->name, name.data, name.len);
    timer->name[name.len] = '\0';
    *ret_timer = timer;
    return RF_OK;
}

rf_code rf_plugin_api_set_timer(rf_plugin_api *api, rf_slice name, uint64_t delay_ns, uint64_t period_ns, rf_error *reterr) {
    assert(api && name.len > 0 && name.len < RF_API_ID_BYTES);
    rf_plugin_timer *timer = find_timer(api, name);
    rf_code code = timer ? RF_OK : add_timer(api, name, &timer, reterr);
    if (code)
        return code;
    uint64_t now = rf_clock_mono_ns();
    timer->due_ns = now <= UINT64_MAX - delay_ns ? now + delay_ns : UINT64_MAX;
    timer->period_ns = period_ns;
    return RF_OK;
}

static rf_plugin_timer *earliest(const rf_plugin_api *api) {
    rf_plugin_timer *first = NULL;
    for (uint32_t i = 0; i < api->timer_count; i++) {
        if (!first || api->timers[i].due_ns < first->due_ns)
            first = &api->timers[i];
    }
    return first;
}

uint64_t rf_plugin_api_due(const rf_plugin_api *api) {
    assert(api);
    const rf_plugin_timer *timer = earliest(api);
    return timer ? timer->due_ns : UINT64_MAX;
}

/* What was missed by more than a period is left out: a host that slept must not be met by a burst. */
static void set_again(rf_plugin_timer *timer, uint64_t now_ns) {
    uint64_t late_ns = now_ns - timer->due_ns;
    timer->due_ns += (late_ns / timer->period_ns + 1) * timer->period_ns;
}

bool rf_plugin_api_take_due(rf_plugin_api *api, uint64_t now_ns, char ret_name[64]) {
    assert(api && ret_name);
    rf_plugin_timer *timer = earliest(api);
    if (!timer || timer->due_ns > now_ns)
        return false;
    memcpy(ret_name, timer->name, sizeof timer->name);
    if (timer->period_ns)
        set_again(timer, now_ns);
    else
        remove_timer(api, timer);
    return true;
}

/* ---- The functions ---- */

static rf_code set(rf_plugin_api *api, const char *function, const rf_pv *args, int64_t min_ms, bool periodic, rf_pv *ret_result,
                   rf_error *reterr) {
    rf_slice name = args[0].text;
    int64_t ms = args[1].integer;
    rf_api_begin(api);
    rf_code code = rf_api_check_id(api, function, "name", name, reterr);
    if (code)
        return code;
    if (ms < min_ms || ms > MS_MAX)
        return rf_raise(reterr, RF_ECONFIG, "%s: %lld milliseconds are not between %lld and %lld", function, (long long)ms,
                        (long long)min_ms, (long long)MS_MAX);
    uint64_t ns = (uint64_t)ms * RF_NS_PER_MS;
    code = rf_plugin_api_set_timer(api, name, ns, periodic ? ns : 0, reterr);
    if (code) {
        rf_error_prefix(reterr, "%s: ", function);
        return code;
    }
    return rf_api_give_unit(ret_result);
}

RF_API_CALL(rf_api_timer_after) { return set(api, "Timer.after", args, 0, false, ret_result, reterr); }
RF_API_CALL(rf_api_timer_every) { return set(api, "Timer.every", args, EVERY_MS_MIN, true, ret_result, reterr); }

RF_API_CALL(rf_api_timer_cancel) {
    rf_api_begin(api);
    rf_code code = rf_api_check_id(api, "Timer.cancel", "name", args[0].text, reterr);
    if (code)
        return code;
    rf_plugin_timer *timer = find_timer(api, args[0].text);
    if (timer)
        remove_timer(api, timer);
    return rf_api_give_unit(ret_result);
}
