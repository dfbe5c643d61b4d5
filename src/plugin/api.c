/* api.c: what stands behind the Host API's functions: quotas, ids in use, the end. */
#include "plugin/api.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "plugin/api_internal.h"

#include <assert.h>

enum { ARENA_BYTES = 4096 };

void rf_api_begin(rf_plugin_api *api) {
    assert(api);
    if (!api->arena.block_bytes)
        rf_arena_init(&api->arena, ARENA_BYTES);
    rf_arena_clear(&api->arena);
    rf_buffer_clear(&api->scratch);
}

const rf_plugin_host *rf_api_host(const rf_plugin_api *api) {
    static const rf_plugin_host nothing = { .kind = "none" };
    return api->host ? api->host : &nothing;
}

rf_slice rf_api_plugin_name(const rf_plugin_api *api) { return api->manifest ? api->manifest->name : RF_SLICE(""); }

rf_code rf_api_missing(const char *function, const char *what, rf_error *reterr) {
    return rf_raise(reterr, RF_ENOTFOUND, "%s: this host has no %s", function, what);
}

rf_code rf_api_give_text(rf_plugin_api *api, rf_slice text, rf_pv *ret_result, rf_error *reterr) {
    rf_slice clean = text.data ? rf_utf8_clean_in(&api->arena, text) : RF_SLICE("");
    if (!clean.data)
        return rf_raise_nomem(reterr);
    *ret_result = (rf_pv){ .kind = RF_PV_TEXT, .text = clean };
    return RF_OK;
}

rf_code rf_api_give_text_or_null(rf_plugin_api *api, rf_slice text, rf_pv *ret_result, rf_error *reterr) {
    if (!text.data)
        return rf_api_give_data(ret_result, rf_null());
    rf_code code = rf_api_give_text(api, text, ret_result, reterr);
    return code ? code : rf_api_give_data(ret_result, rf_string(ret_result->text));
}

/* ---- Quotas ---- */

void rf_api_second(rf_plugin_api *api) {
    uint64_t now = rf_clock_mono_ns();
    if (api->second_started_ns && now - api->second_started_ns < RF_NS_PER_S)
        return;
    api->second_started_ns = now;
    api->actions = 0;
    api->log_lines = 0;
}

rf_code rf_api_action(rf_plugin_api *api, const char *function, rf_error *reterr) {
    rf_api_second(api);
    if (api->actions >= api->quota.actions_per_second) {
        (void)rf_raise(reterr, RF_ELIMIT, "%s: more than %u actions in this second", function, (unsigned)api->quota.actions_per_second);
        rf_error_hint(reterr, "notifications, lists, menus and sent texts count together; set a timer to go on later");
        return RF_ELIMIT;
    }
    api->actions++;
    return RF_OK;
}

static uint32_t find_id(const rf_api_ids *ids, rf_slice id) {
    for (uint32_t i = 0; i < *ids->count; i++) {
        if (rf_slice_is(id, (*ids->ids)[i]))
            return i;
    }
    return *ids->count;
}

rf_code rf_api_ids_add(const rf_api_ids *ids, const char *function, rf_slice id, rf_error *reterr) {
    assert(id.len > 0 && id.len < RF_API_ID_BYTES);
    uint32_t count = *ids->count;
    if (find_id(ids, id) < count)
        return RF_OK;
    if (count >= ids->max)
        return rf_raise(reterr, RF_ELIMIT, "%s: %u of %u %s are in use", function, (unsigned)count, (unsigned)ids->max, ids->things);
    if (!*ids->ids)
        *ids->ids = rf_alloc_zero(ids->max, RF_API_ID_BYTES);
    if (!*ids->ids)
        return rf_raise_nomem(reterr);
    char *room = (*ids->ids)[count];
    memcpy(room, id.data, id.len);
    room[id.len] = '\0';
    *ids->count = count + 1;
    return RF_OK;
}

bool rf_api_ids_remove(const rf_api_ids *ids, rf_slice id) {
    uint32_t i = find_id(ids, id), last = *ids->count - 1;
    if (i > last || *ids->count == 0)
        return false;
    if (i != last)
        memcpy((*ids->ids)[i], (*ids->ids)[last], RF_API_ID_BYTES);
    *ids->count = last;
    return true;
}

/* ---- The end ---- */

static void forget(char (**ids)[RF_API_ID_BYTES], uint32_t *count, char (*const *others)[RF_API_ID_BYTES], uint32_t other_count) {
    rf_api_ids list = { .ids = ids, .count = count };
    for (uint32_t i = 0; i < other_count && *count; i++)
        (void)rf_api_ids_remove(&list, rf_slice_of((*others)[i])); /* most are in one of them only */
}

void rf_plugin_api_pass_on(rf_plugin_api *api, const rf_plugin_api *next) {
    assert(api && next);
    forget(&api->status_ids, &api->status_count, &next->status_ids, next->status_count);
    forget(&api->overlay_ids, &api->overlay_count, &next->overlay_ids, next->overlay_count);
    forget(&api->command_ids, &api->command_count, &next->command_ids, next->command_count);
}

void rf_plugin_api_done(rf_plugin_api *api) {
    if (!api)
        return;
    const rf_plugin_host *host = rf_api_host(api);
    rf_slice name = rf_api_plugin_name(api);
    rf_api_log_flush(api);
    for (uint32_t i = 0; i < api->status_count && host->status; i++)
        host->status(host->user, name, rf_slice_of(api->status_ids[i]), RF_SLICE(""), 0);
    for (uint32_t i = 0; i < api->overlay_count && host->overlay; i++)
        host->overlay(host->user, name, rf_slice_of(api->overlay_ids[i]), 0, 0, RF_SLICE(""));
    for (uint32_t i = 0; i < api->command_count && host->command; i++)
        host->command(host->user, name, rf_slice_of(api->command_ids[i]), RF_SLICE(""), RF_SLICE(""));
    rf_free(api->status_ids);
    rf_free(api->overlay_ids);
    rf_free(api->command_ids);
    rf_free(api->timers);
    rf_arena_done(&api->arena);
    rf_buffer_done(&api->scratch);
    api->status_ids = api->overlay_ids = api->command_ids = NULL;
    api->timers = NULL;
    api->status_count = api->overlay_count = api->command_count = api->timer_count = 0;
}
