/* tag_output.c: what leaves tag_processor: checked metadata, the topic, and {timestamp_ms, value}. */
#include "components/processors/tag_internal.h"

#include "base/clock.h"
#include "base/slice.h"
#include "components/processors/tag_convert.h"
#include "components/processors/tag_time.h"
#include "message/json.h"

#include <assert.h>

/* One message being finished. */
typedef struct finish {
    tag *self;
    tag_local *local;
    rf_batch *batch;
    tag_item *item;
    rf_slice text[TAG_KEYS]; /* of the keys; empty: not there */
    rf_slice topic;
    rf_value value;
} finish;

/* Metadata is all text by now, but for the lazy keys that nobody here reads. */
static void gather(finish *at) {
    const rf_meta *meta = &at->item->message.meta;
    const tag_keys *keys = &at->self->keys;
    for (uint32_t i = 0; i < meta->count; i++) {
        if (!(meta->entries[i].key->bit & keys->bits))
            continue;
        tag_key key = tag_keys_find(keys, meta->entries[i].key);
        if (key != TAG_KEYS && meta->entries[i].value.kind == RF_STRING)
            at->text[key] = rf_value_text(&meta->entries[i].value);
    }
}

/* Drops the message: it is counted as one that could not be processed. */
static rf_code drop(const finish *at, rf_reason reason, const rf_error *why) {
    rf_runner *runner = &at->local->runner;
    rf_meter_add(runner->meter, runner->scripts->errored, 1);
    rf_runner_dropped(runner, at->self->output_stage, reason, why);
    return RF_EPARSE;
}

static rf_code fail(const finish *at, const rf_error *why) {
    rf_runner *runner = &at->local->runner;
    char text[sizeof why->message + 96];
    (void)snprintf(text, sizeof text, "failed to construct final message: %s", why->message);
    rf_meter_add(runner->meter, runner->scripts->errored, 1);
    rf_runner_failed(runner, at->self->output_stage, RF_REASON_NOT_JSON, why);
    rf_tag_fail(at->batch, at->item, text);
    return RF_ESCRIPT;
}

static rf_code check_required(const finish *at) {
    static const tag_key required[] = { TAG_LOCATION, TAG_CONTRACT, TAG_NAME };
    char missing[64] = "";
    size_t len = 0;
    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (at->text[required[i]].len == 0)
            len += (size_t)snprintf(missing + len, sizeof missing - len, "%s%s", len ? ", " : "", at->self->keys.key[required[i]]->text);
    if (len == 0)
        return RF_OK;
    rf_error why;
    (void)rf_raise(&why, RF_EPARSE, "missing metadata: %s", missing);
    rf_error_hint(&why, "set it in defaults, conditions or advancedProcessing, such as msg.meta.location_path = 'acme.berlin'");
    return drop(at, RF_REASON_MISSING, &why);
}

/* stream.md 7: a path that means nothing goes from the metadata too; else it is kept without white space. */
static rf_code settle_path(finish *at, rf_error *reterr) {
    rf_meta *meta = &at->item->message.meta;
    const rf_key *key = at->self->keys.key[TAG_PATH];
    rf_arena *arena = &at->batch->arena;
    rf_slice given = at->text[TAG_PATH], path = rf_topic_trim_path(given);
    bool fine = true;
    if (given.len && !path.len)
        fine = rf_meta_delete(arena, meta, key);
    else if (path.len != given.len)
        fine = rf_meta_set(arena, meta, key, rf_string(path));
    at->text[TAG_PATH] = path;
    return fine ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code build_topic(finish *at, rf_error *reterr) {
    const rf_topic_parts parts = { at->text[TAG_LOCATION], at->text[TAG_CONTRACT], at->text[TAG_PATH], at->text[TAG_NAME] };
    rf_slice text = { NULL, 0 };
    rf_code code = rf_topic_cache_get(at->local->topics, &at->batch->arena, &parts, &text);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    at->topic = text;
    if (!code)
        return RF_OK;
    rf_error why;
    (void)rf_raise(&why, RF_EPARSE, "failed to build UMH topic: %.*s", RF_SLICE_ARG(text));
    rf_error_hint(&why, "location_path %.*s, data_contract %.*s, virtual_path %.*s, tag_name %.*s", RF_SLICE_ARG(parts.location),
                  RF_SLICE_ARG(parts.contract), RF_SLICE_ARG(parts.virtual_path), RF_SLICE_ARG(parts.name));
    return drop(at, RF_REASON_TOPIC, &why);
}

/* A payload that no script has touched is read here, with its numbers as they were written. */
static rf_code read_payload(const finish *at, rf_value *ret_payload, rf_error *reterr) {
    rf_error why;
    *ret_payload = at->item->exact;
    if (ret_payload->kind != RF_RAW)
        return RF_OK;
    rf_code code = rf_json_parse(&at->batch->arena, rf_value_text(&at->item->exact), RF_JSON_LEXEMES, ret_payload, &why);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (!code)
        return RF_OK;
    rf_error_prefix(&why, "the payload is no JSON, and no script has read it: ");
    return drop(at, RF_REASON_CONVERSION, &why);
}

static rf_code convert(finish *at, rf_error *reterr) {
    rf_value payload;
    rf_error why;
    rf_code code = read_payload(at, &payload, reterr);
    if (code)
        return code;
    code = rf_tag_convert(&at->batch->arena, &at->local->scratch, &payload, at->text[TAG_DATATYPE], &at->value, &why);
    if (code == RF_EPARSE)
        return drop(at, RF_REASON_CONVERSION, &why);
    if (code == RF_ESCRIPT)
        return fail(at, &why);
    return code ? rf_raise_nomem(reterr) : RF_OK;
}

static void warn_time(const finish *at, const char *key, rf_slice text, const char *instead) {
    rf_log *log = at->self->scripts.env->log;
    uint32_t suppressed;
    if (log && rf_log_limit_pass(&at->self->time_limit, &suppressed))
        rf_log_write(log, RF_LOG_WARN, &at->self->scripts.env->origin,
                     "failed to parse %s metadata '%.*s', using %s (%u such messages before)", key, RF_SLICE_ARG(text), instead,
                     suppressed);
}

/* `timestamp_ms`, else `timestamp`, else the clock. */
static int64_t timestamp(const finish *at) {
    int64_t ms;
    rf_slice text = at->text[TAG_TIMESTAMP_MS];
    if (text.len && rf_tag_time_parse(text, &ms))
        return ms;
    if (text.len)
        warn_time(at, "timestamp_ms", text, "timestamp");
    text = at->text[TAG_TIMESTAMP];
    if (text.len && rf_tag_time_parse(text, &ms))
        return ms;
    if (text.len)
        warn_time(at, "timestamp", text, "the current time");
    return rf_clock_wall_ms();
}

/* Both topics, in place of any that scripts have set. */
static bool set_topics(const finish *at, rf_meta *meta) {
    const rf_key *const *keys = at->self->keys.key;
    rf_arena *arena = &at->batch->arena;
    rf_value topic = rf_string(at->topic);
    if (!rf_meta_reserve(arena, meta, meta->count + 2))
        return false;
    if (at->text[TAG_TOPIC].len || at->text[TAG_UMH_TOPIC].len)
        return rf_meta_set(arena, meta, keys[TAG_TOPIC], topic) && rf_meta_set(arena, meta, keys[TAG_UMH_TOPIC], topic);
    rf_meta_add(meta, keys[TAG_TOPIC])->value = topic;
    rf_meta_add(meta, keys[TAG_UMH_TOPIC])->value = topic;
    return true;
}

static rf_code put_together(const finish *at, rf_error *reterr) {
    rf_arena *arena = &at->batch->arena;
    rf_message *message = &at->item->message;
    rf_member *members = rf_arena_alloc(arena, 2 * sizeof *members);
    if (!members)
        return rf_raise_nomem(reterr);
    members[0] = (rf_member){ RF_SLICE("timestamp_ms"), rf_int(timestamp(at)) };
    members[1] = (rf_member){ RF_SLICE("value"), at->value };
    message->payload = (rf_value){ .kind = RF_MAP, .size = 2, .members = members };
    return set_topics(at, &message->meta) ? RF_OK : rf_raise_nomem(reterr);
}

/* RF_EPARSE: dropped, and counted. RF_ESCRIPT: failed, and counted; the item then is what goes out. */
static rf_code finish_item(finish *at, rf_error *reterr) {
    rf_code code;
    if (at->item->message.meta.typed && !rf_tag_settle_meta(&at->batch->arena, &at->item->message.meta))
        return rf_raise_nomem(reterr);
    gather(at);
    code = check_required(at);
    if (!code)
        code = settle_path(at, reterr);
    if (!code)
        code = build_topic(at, reterr);
    if (!code)
        code = convert(at, reterr);
    return code ? code : put_together(at, reterr);
}

rf_code rf_tag_make_output(tag *self, tag_local *local, rf_batch *batch, rf_error *reterr) {
    assert(self && local && batch);
    uint64_t processed = 0;
    for (size_t i = 0; i < local->items.count; i++) {
        tag_item *item = &local->items.items[i];
        finish at = { .self = self, .local = local, .batch = batch, .item = item };
        rf_code code = item->failed ? RF_ESCRIPT : finish_item(&at, reterr);
        if (code == RF_EPARSE)
            continue;
        if (code && code != RF_ESCRIPT)
            return code;
        processed += code == RF_OK;
        if (!rf_vec_push(&local->out, item->message))
            return rf_raise_nomem(reterr);
    }
    rf_meter_add(local->runner.meter, self->scripts.processed, processed);
    return RF_OK;
}
