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
    rf_slice topic;
    rf_value value;
} finish;

/* The text of a key; empty when it is not there. Metadata is all text by now, and none of these keys is lazy. */
static rf_slice text_of(const rf_meta *meta, const rf_key *key) {
    const rf_value *value = rf_meta_get(meta, key);
    return value && value->kind == RF_STRING ? rf_value_text(value) : RF_SLICE("");
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

static rf_code check_required(const finish *at, rf_topic_parts *ret_parts) {
    const tag_keys *keys = &at->self->keys;
    const rf_meta *meta = &at->item->message.meta;
    ret_parts->location = text_of(meta, keys->location);
    ret_parts->contract = text_of(meta, keys->contract);
    ret_parts->name = text_of(meta, keys->name);
    const struct { const rf_key *key; rf_slice text; } required[] = {
        { keys->location, ret_parts->location }, { keys->contract, ret_parts->contract }, { keys->name, ret_parts->name },
    };
    char missing[64] = "";
    size_t len = 0;
    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (required[i].text.len == 0)
            len += (size_t)snprintf(missing + len, sizeof missing - len, "%s%s", len ? ", " : "", required[i].key->text);
    if (len == 0)
        return RF_OK;
    rf_error why;
    (void)rf_raise(&why, RF_EPARSE, "missing metadata: %s", missing);
    rf_error_hint(&why, "set it in defaults, conditions or advancedProcessing, such as msg.meta.location_path = 'acme.berlin'");
    return drop(at, RF_REASON_MISSING, &why);
}

/* stream.md 7: a path that means nothing goes from the metadata too; else it is kept without white space. */
static rf_code settle_path(const finish *at, rf_slice *ret_path, rf_error *reterr) {
    rf_meta *meta = &at->item->message.meta;
    const rf_key *key = at->self->keys.path;
    rf_arena *arena = &at->batch->arena;
    rf_slice given = text_of(meta, key), path = rf_topic_trim_path(given);
    bool fine = true;
    if (given.len && !path.len)
        fine = rf_meta_delete(arena, meta, key);
    else if (path.len != given.len)
        fine = rf_meta_set(arena, meta, key, rf_string(path));
    *ret_path = path;
    return fine ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code build_topic(finish *at, const rf_topic_parts *parts, rf_error *reterr) {
    rf_slice text = { NULL, 0 };
    rf_code code = rf_topic_cache_get(at->local->topics, &at->batch->arena, parts, &text);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    at->topic = text;
    if (!code)
        return RF_OK;
    rf_error why;
    (void)rf_raise(&why, RF_EPARSE, "failed to build UMH topic: %.*s", RF_SLICE_ARG(text));
    rf_error_hint(&why, "location_path %.*s, data_contract %.*s, virtual_path %.*s, tag_name %.*s", RF_SLICE_ARG(parts->location),
                  RF_SLICE_ARG(parts->contract), RF_SLICE_ARG(parts->virtual_path), RF_SLICE_ARG(parts->name));
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
    rf_slice datatype = text_of(&at->item->message.meta, at->self->keys.datatype);
    code = rf_tag_convert(&at->batch->arena, &at->local->scratch, &payload, datatype, &at->value, &why);
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
        rf_log_write(log, RF_LOG_WARN, &at->self->scripts.env->origin, "failed to parse %s metadata '%.*s', using %s (%u such messages before)",
                     key, RF_SLICE_ARG(text), instead, suppressed);
}

/* `timestamp_ms`, else `timestamp`, else the clock. */
static int64_t timestamp(const finish *at) {
    const tag_keys *keys = &at->self->keys;
    const rf_meta *meta = &at->item->message.meta;
    int64_t ms;
    rf_slice text = text_of(meta, keys->timestamp_ms);
    if (text.len && rf_tag_time_parse(text, &ms))
        return ms;
    if (text.len)
        warn_time(at, "timestamp_ms", text, "timestamp");
    text = text_of(meta, keys->timestamp);
    if (text.len && rf_tag_time_parse(text, &ms))
        return ms;
    if (text.len)
        warn_time(at, "timestamp", text, "the current time");
    return rf_clock_wall_ms();
}

static rf_code put_together(const finish *at, rf_error *reterr) {
    const tag_keys *keys = &at->self->keys;
    rf_arena *arena = &at->batch->arena;
    rf_message *message = &at->item->message;
    rf_member *members = rf_arena_alloc(arena, 2 * sizeof *members);
    if (!members)
        return rf_raise_nomem(reterr);
    members[0] = (rf_member){ RF_SLICE("timestamp_ms"), rf_int(timestamp(at)) };
    members[1] = (rf_member){ RF_SLICE("value"), at->value };
    message->payload = (rf_value){ .kind = RF_MAP, .size = 2, .members = members };
    if (!rf_meta_reserve(arena, &message->meta, message->meta.count + 2) ||
        !rf_meta_set(arena, &message->meta, keys->topic, rf_string(at->topic)) ||
        !rf_meta_set(arena, &message->meta, keys->umh_topic, rf_string(at->topic)))
        return rf_raise_nomem(reterr);
    return RF_OK;
}

/* RF_EPARSE: dropped, and counted. RF_ESCRIPT: failed, and counted; the item then is what goes out. */
static rf_code finish_item(finish *at, rf_error *reterr) {
    rf_topic_parts parts;
    rf_code code;
    if (at->item->message.meta.typed && !rf_tag_settle_meta(&at->batch->arena, &at->item->message.meta))
        return rf_raise_nomem(reterr);
    if ((code = check_required(at, &parts)) != RF_OK || (code = settle_path(at, &parts.virtual_path, reterr)) != RF_OK ||
        (code = build_topic(at, &parts, reterr)) != RF_OK || (code = convert(at, reterr)) != RF_OK)
        return code;
    return put_together(at, reterr);
}

rf_code rf_tag_make_output(tag *self, tag_local *local, rf_batch *batch, rf_error *reterr) {
    assert(self && local && batch);
    uint64_t processed = 0;
    local->out.count = 0;
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
