/* plugin_message.c: messages of a batch through the plugin's chain, and what comes out as messages again. */
#include "components/processors/plugin.h"

#include "base/clock.h"
#include "base/slice.h"
#include "components/processors/payload.h"

#include <assert.h>

/* One batch on its way. */
typedef struct passing {
    rf_plugin_local *local;
    rf_batch *batch;
    uint64_t since_ns; /* the end of the call before: the start of the next */
} passing;

/* The message goes on as it came, with an error. `log`: the chain has not said it yet. */
static rf_code fail(passing *p, rf_message *original, rf_reason reason, const rf_error *why, bool log, rf_error *reterr) {
    rf_message copy;
    rf_runner *runner = &p->local->runner;
    rf_meter_add(runner->meter, runner->scripts->errored, 1);
    rf_runner_failed(runner, RF_PLUGIN_STAGE, reason, log ? why : NULL);
    rf_message_share(original, &copy);
    rf_message_fail(p->batch, &copy, "%s", why->message);
    return rf_vec_push(&p->local->out, copy) ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code keep(passing *p, rf_message *original, rf_error *reterr) {
    rf_message copy;
    rf_message_share(original, &copy);
    return rf_vec_push(&p->local->out, copy) ? RF_OK : rf_raise_nomem(reterr);
}

/* ---- In ---- */

/* Metadata as a map. What the entries hold lazily is made text in place, which changes nothing about them. */
static rf_code meta_in(rf_arena *arena, const rf_meta *meta, rf_value *ret_map, rf_error *reterr) {
    rf_member *members = rf_arena_alloc(arena, (meta->count + 1u) * sizeof *members);
    if (!members)
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < meta->count; i++) {
        rf_value *value = &meta->entries[i].value;
        if (!rf_meta_resolve(arena, value))
            return rf_raise_nomem(reterr);
        members[i] = (rf_member){ rf_key_text(meta->entries[i].key), *value };
        rf_code code = rf_payload_settle(arena, &members[i].value, reterr);
        if (code)
            return code;
    }
    *ret_map = (rf_value){ .kind = RF_MAP, .size = meta->count, .members = members };
    return RF_OK;
}

/* { payload, meta }. The payload is settled in a copy: whoever left it alone gets it on as it was. */
static rf_code message_in(rf_arena *arena, const rf_message *message, rf_value *ret_map, rf_error *reterr) {
    rf_member *members = rf_arena_alloc(arena, 2 * sizeof *members);
    if (!members)
        return rf_raise_nomem(reterr);
    rf_value payload = message->payload;
    rf_code code = payload.kind == RF_RAW ? rf_message_parse(arena, &payload, reterr) : rf_payload_settle(arena, &payload, reterr);
    members[0] = (rf_member){ RF_SLICE("payload"), payload };
    members[1] = (rf_member){ RF_SLICE("meta"), rf_null() };
    if (!code)
        code = meta_in(arena, &message->meta, &members[1].value, reterr);
    *ret_map = (rf_value){ .kind = RF_MAP, .size = 2, .members = members };
    return code;
}

/* ---- Out ---- */

/* Only texts are kept, and no empty ones, as nodered_js does. */
static bool meta_out(rf_batch *batch, const rf_value *meta, rf_message *to) {
    bool fits = true;
    for (uint32_t i = 0; meta && meta->kind == RF_MAP && i < meta->size && fits; i++)
        if (meta->members[i].value.kind == RF_STRING && meta->members[i].value.size > 0)
            fits = rf_batch_set_meta(batch, to, meta->members[i].key, meta->members[i].value);
    return fits;
}

static rf_code message_out(passing *p, rf_message *original, const rf_value *map, rf_error *reterr) {
    rf_message made = { .payload = rf_text(RF_RAW, RF_SLICE("")), .error = original->error, .blame = original->blame, .origin = original->origin };
    const rf_value *payload = rf_value_member(map, RF_SLICE("payload"));
    rf_error why = { 0 };
    if (payload && rf_payload_check(payload, &why)) {
        rf_error_prefix(&why, "the payload cannot go on: ");
        return fail(p, original, RF_REASON_NOT_JSON, &why, true, reterr);
    }
    if (payload)
        made.payload = *payload;
    if (!meta_out(p->batch, rf_value_member(map, RF_SLICE("meta")), &made) || !rf_vec_push(&p->local->out, made))
        return rf_raise_nomem(reterr);
    return RF_OK;
}

/* What came out of the chain: a message that is the one that went in goes on as it came. */
static rf_code take_list(passing *p, rf_message *original, const rf_value *in, const rf_value *list, rf_error *reterr) {
    rf_code code = RF_OK;
    assert(list->kind == RF_LIST);
    for (uint32_t i = 0; i < list->size && !code; i++) {
        const rf_value *item = &list->items[i];
        if (item->kind == RF_MAP && item->members == in->members)
            code = keep(p, original, reterr);
        else
            code = message_out(p, original, item, reterr);
    }
    if (list->size == 0)
        rf_runner_dropped(&p->local->runner, RF_PLUGIN_STAGE, RF_REASON_FILTERED, NULL);
    return code;
}

/* ---- One message ---- */

static void observe(passing *p) {
    rf_runner *runner = &p->local->runner;
    uint64_t now = rf_clock_mono_ns();
    rf_meter_observe(runner->meter, runner->scripts->list.stages[RF_PLUGIN_STAGE].latency, now - p->since_ns);
    p->since_ns = now;
}

static rf_reason reason_of(rf_code code) { return code == RF_ELIMIT ? RF_REASON_LIMIT : RF_REASON_THREW; }

static rf_code pass(passing *p, rf_message *original, rf_error *reterr) {
    rf_arena *arena = &p->batch->arena;
    rf_value in;
    rf_outcome_message outcome = { 0 };
    rf_error why = { 0 };
    rf_code code = message_in(arena, original, &in, &why);
    if (code && code != RF_ENOMEM)
        return fail(p, original, RF_REASON_NOT_JSON, &why, true, reterr);
    if (!code)
        code = rf_chain_message(p->local->chain, &in, arena, &outcome, &why);
    observe(p);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code || outcome.failed)
        return fail(p, original, reason_of(code ? code : why.code), &why, false, reterr);
    return take_list(p, original, &in, &outcome.list, reterr);
}

/* A plugin that was taken out has done to the message nothing of what it is there for: the message says so. */
static rf_code pass_by(passing *p, rf_message *original, const rf_plugin_status *status, rf_error *reterr) {
    rf_error why = { 0 };
    if (status->state != RF_PLUGIN_FAILED)
        return keep(p, original, reterr);
    (void)rf_raise(&why, RF_ESCRIPT, "plugin %s is out of use after %u failures in a row: %s", status->name, status->failures,
                   status->last_error.message);
    return fail(p, original, RF_REASON_DISABLED, &why, false, reterr);
}

static rf_code pass_all(passing *p, rf_error *reterr) {
    rf_plugin_status status = { 0 };
    rf_chain *chain = p->local->chain;
    rf_code code = RF_OK;
    bool known = false;
    for (uint32_t i = 0; i < p->batch->count && !code; i++) {
        rf_message *message = &p->batch->messages[i];
        if (rf_chain_wants(chain, RF_HOOK_MESSAGE)) {
            code = pass(p, message, reterr);
            continue;
        }
        if (!known)
            known = rf_chain_status(chain, 0, &status);
        code = pass_by(p, message, &status, reterr);
    }
    return code;
}

rf_code rf_plugin_process(rf_plugin_processor *self, rf_plugin_local *local, rf_batch *batch, rf_error *reterr) {
    assert(self && local && local->chain && batch);
    passing p = { local, batch, rf_clock_mono_ns() };
    local->out.count = 0;
    if (!rf_chain_wants(local->chain, RF_HOOK_MESSAGE))
        (void)rf_chain_tick(local->chain, p.since_ns); /* takes the order that brings it back, if there is one */
    rf_code code = pass_all(&p, reterr);
    rf_meter_add(local->runner.meter, self->scripts.processed, batch->count);
    if (!code && !rf_batch_replace(batch, local->out.items, (uint32_t)local->out.count))
        code = rf_raise_nomem(reterr);
    (void)rf_chain_tick(local->chain, rf_clock_mono_ns());
    return code;
}
