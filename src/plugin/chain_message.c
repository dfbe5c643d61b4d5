/* chain_message.c: messages of streams through the chain: changed, dropped, multiplied. */
#include "plugin/chain_internal.h"

#include "base/slice.h"
#include "observe/zone.h"

#include <assert.h>

/* The messages that one became, in order. */
typedef struct flowing { rf_value *items; bool *done; uint32_t count, cap; } flowing;

/* A message in the chain's sense: a map with a payload, metadata, or both. */
static bool is_message(const rf_value *value) {
    return value->kind == RF_MAP && (rf_value_member(value, RF_SLICE("payload")) || rf_value_member(value, RF_SLICE("meta")));
}

static bool room(rf_arena *arena, flowing *f, uint32_t more) {
    if (more <= f->cap - f->count)
        return true;
    uint32_t cap = f->cap ? f->cap : 4;
    while (cap - f->count < more)
        cap *= 2;
    rf_value *items = rf_arena_alloc(arena, cap * sizeof *items);
    bool *done = rf_arena_alloc(arena, cap * sizeof *done);
    if (!items || !done)
        return false;
    if (f->count) {
        memcpy(items, f->items, f->count * sizeof *items);
        memcpy(done, f->done, f->count * sizeof *done);
    }
    *f = (flowing){ items, done, f->count, cap };
    return true;
}

static bool put(rf_arena *arena, flowing *f, const rf_value *message, bool done) {
    if (!room(arena, f, 1))
        return false;
    f->items[f->count] = *message;
    f->done[f->count++] = done;
    return true;
}

/* What a plugin gave in place of a message. */
static rf_code take(rf_arena *arena, flowing *next, const rf_value *given, rf_error *reterr) {
    const rf_value *items = given->kind == RF_LIST ? given->items : given;
    uint32_t count = given->kind == RF_LIST ? given->size : 1;
    for (uint32_t i = 0; i < count; i++)
        if (!is_message(&items[i]))
            return rf_raise(reterr, RF_ESCRIPT, "on_message must give messages, with `payload` and `meta`: result %u is none", i + 1);
    if (!room(arena, next, count))
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < count; i++) {
        next->items[next->count] = items[i];
        next->done[next->count++] = false;
    }
    return RF_OK;
}

/* One message through one plugin, into `next`. */
static rf_code pass(rf_chain *chain, rf_chain_entry *entry, const rf_value *message, rf_arena *arena, uint64_t *since, flowing *next,
                    rf_outcome_message *ret, rf_error *reterr) {
    rf_answer answer = { 0 };
    rf_error error = { 0 };
    rf_pv arg = { .kind = RF_PV_DATA, .data = *message };
    uint32_t failures = atomic_load_explicit(&entry->failures, memory_order_relaxed);
    rf_code code = rf_chain_call(chain, entry, RF_HOOK_MESSAGE, &arg, 1, arena, since, &answer, &error);
    if (!code && answer.verdict == RF_VERDICT_MODIFY) {
        code = take(arena, next, &answer.data, &error);
        if (!code)
            ret->changed = true;
        else if (code != RF_ENOMEM)
            rf_chain_refuse(chain, entry, RF_HOOK_MESSAGE, failures, &error);
    } else if (!code && answer.verdict == RF_VERDICT_DROP) {
        ret->stopped = ret->changed = true;
    } else if (!code) {
        ret->stopped |= answer.verdict == RF_VERDICT_STOP;
        return put(arena, next, message, answer.verdict == RF_VERDICT_STOP) ? RF_OK : rf_raise_nomem(reterr);
    }
    if (!code)
        return RF_OK;
    if (!ret->failed && reterr) {
        *reterr = error;
        rf_error_prefix(reterr, "plugin %.*s: ", RF_SLICE_ARG(entry->now.plugin->manifest.name));
    }
    ret->failed = true;
    return put(arena, next, message, false) ? RF_OK : rf_raise_nomem(reterr);
}

/* All of them through one plugin. */
static rf_code step(rf_chain *chain, rf_chain_entry *entry, rf_arena *arena, uint64_t *since, flowing *f, rf_outcome_message *ret,
                    rf_error *reterr) {
    flowing next = { 0 };
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < f->count && !code; i++) {
        if (f->done[i] || entry->state != RF_PLUGIN_RUNNING)
            code = put(arena, &next, &f->items[i], f->done[i]) ? RF_OK : rf_raise_nomem(reterr);
        else
            code = pass(chain, entry, &f->items[i], arena, since, &next, ret, reterr);
    }
    *f = next;
    return code;
}

rf_code rf_chain_message(rf_chain *chain, const rf_value *message, rf_arena *arena, rf_outcome_message *ret, rf_error *reterr) {
    assert(chain && message && arena && ret);
    flowing f = { 0 };
    *ret = (rf_outcome_message){ 0 };
    if (!put(arena, &f, message, false))
        return rf_raise_nomem(reterr);
    rf_code code = RF_OK;
    if (rf_chain_wants(chain, RF_HOOK_MESSAGE) && rf_chain_enter(chain)) {
        RF_ZONE(RF_ZONE_CHAIN, rf_hooks[RF_HOOK_MESSAGE].name);
        const rf_chain_list *list = &chain->lists[RF_HOOK_MESSAGE];
        uint64_t since = rf_ticks(&chain->epoch);
        for (uint32_t i = 0; i < list->count && f.count && !code; i++)
            code = step(chain, list->items[i], arena, &since, &f, ret, reterr);
        rf_chain_leave(chain);
    }
    ret->list = (rf_value){ .kind = RF_LIST, .size = f.count, .items = f.items };
    return code;
}
