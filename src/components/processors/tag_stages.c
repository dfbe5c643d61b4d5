/* tag_stages.c: defaults, conditions and advancedProcessing, stage by stage over the batch. */
#include "components/processors/tag_internal.h"

#include "base/slice.h"
#include "components/processors/payload.h"

#include <assert.h>

/* How a stage treats a message that it cannot process: defaults and advancedProcessing let it go on with an error,
 * conditions drop it. `title` is NULL for conditions. */
typedef struct step {
    tag *self;
    tag_local *local;
    rf_batch *batch;
    size_t stage;
    const char *title; /* "defaults", "advanced" */
} step;

void rf_tag_fail(rf_batch *batch, tag_item *item, const char *text) {
    assert(batch && item && item->origin < batch->count && text);
    rf_message_share(&batch->messages[item->origin], &item->message);
    item->exact = item->message.payload;
    item->failed = true;
    rf_message_fail(batch, &item->message, "%s", text);
}

/* Gives up on one message; the others of the batch go on. False: out of memory. */
static bool give_up(const step *at, tag_item *item, rf_reason reason, const char *kind, const rf_error *why) {
    if (!at->title) {
        rf_runner_dropped(&at->local->runner, at->stage, reason, why);
        return true;
    }
    char text[sizeof why->message + 96];
    (void)snprintf(text, sizeof text, "error in %s processing: %s%s%s%s", at->title, kind, kind[0] ? at->title : "",
                   kind[0] ? ": " : "", why->message);
    rf_runner_failed(&at->local->runner, at->stage, reason, why);
    rf_tag_fail(at->batch, item, text);
    return rf_vec_push(&at->local->next, *item);
}

static rf_code give_up_code(const step *at, tag_item *item, rf_reason reason, const char *kind, const rf_error *why,
                            rf_error *reterr) {
    return give_up(at, item, reason, kind, why) ? RF_OK : rf_raise_nomem(reterr);
}

static bool make_texts(rf_arena *arena, rf_meta *meta) {
    bool some_empty = false;
    for (uint32_t i = 0; i < meta->count; i++) {
        if (rf_value_is_settled(&meta->entries[i].value))
            continue;
        if (meta->frozen && !rf_meta_reserve(arena, meta, meta->count))
            return false;
        rf_value *value = &meta->entries[i].value;
        rf_slice text = value->kind == RF_STRING ? RF_SLICE("") : rf_meta_text(arena, value);
        if (!text.data)
            return false;
        *value = rf_string(text);
        some_empty |= text.len == 0;
    }
    if (some_empty)
        rf_meta_keep_settled(meta);
    return true;
}

bool rf_tag_settle_meta(rf_arena *arena, rf_meta *meta) {
    assert(arena && meta);
    if (!meta->settled && !make_texts(arena, meta))
        return false;
    meta->typed = false;
    meta->settled = true;
    return true;
}

/* One returned message becomes an item (stream.md 2.3). `several` share what they have in common. */
static rf_code take_result(const step *at, const tag_item *from, rf_result *result, bool several, rf_error *reterr) {
    tag_item made = { .origin = from->origin, .message = { .payload = from->message.payload, .error = from->message.error, .blame = from->message.blame } };
    made.exact = made.message.payload;
    made.ready = true;
    if (result->has_payload && !result->payload_same) {
        made.exact = result->payload;
        made.ready = false;
    }
    if (result->has_meta) {
        made.message.meta = result->meta;
        made.message.meta.frozen |= several;
        bool untouched = result->meta.entries == from->message.meta.entries && !result->meta.typed;
        if (!untouched && !rf_tag_settle_meta(&at->batch->arena, &made.message.meta))
            return rf_raise_nomem(reterr);
    }
    return rf_vec_push(&at->local->next, made) ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code refuse_return(const step *at, tag_item *item, const char *text, const rf_run *run, rf_error *reterr) {
    rf_error why;
    (void)rf_raise(&why, RF_ESCRIPT, "%s", text);
    if (run->note.len)
        rf_error_hint(&why, "it returned a value of kind %.*s", RF_SLICE_ARG(run->note));
    return give_up_code(at, item, RF_REASON_BAD_RETURN, "", &why, reterr);
}

static rf_code take_results(const step *at, tag_item *item, const rf_run *run, rf_error *reterr) {
    if (run->count > 1 && at->local->out.count + at->local->next.count + run->count > TAG_MESSAGES_MAX) {
        rf_error why;
        (void)rf_raise(&why, RF_ELIMIT, "more than %u messages out of one batch", TAG_MESSAGES_MAX);
        return give_up_code(at, item, RF_REASON_LIMIT, "", &why, reterr);
    }
    if (run->count == 0)
        rf_runner_dropped(&at->local->runner, at->stage, RF_REASON_FILTERED, NULL);
    for (uint32_t i = 0; i < run->count; i++) {
        rf_code code = take_result(at, item, &run->results[i], run->count > 1, reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

/* Lets the script see the payload as JSON would give it back. False: *ret_code says how it ended. */
static bool prepare(const step *at, tag_item *item, rf_code *ret_code, rf_error *reterr) {
    rf_error why;
    if (item->ready)
        return true;
    item->message.payload = item->exact;
    rf_code code = item->exact.kind == RF_RAW ? rf_message_parse(&at->batch->arena, &item->message.payload, &why)
                                              : rf_payload_settle(&at->batch->arena, &item->message.payload, &why);
    item->ready = code == RF_OK;
    if (code == RF_ENOMEM)
        *ret_code = rf_raise_nomem(reterr);
    else if (code)
        *ret_code = give_up_code(at, item, RF_REASON_NOT_JSON, "", &why, reterr);
    return item->ready;
}

/* A run that ended in an error: of this message, or (no memory) of the batch. */
static rf_code run_failed(const step *at, tag_item *item, rf_code code, const rf_error *why, rf_error *reterr) {
    rf_reason reason = rf_runner_reason(code);
    if (reason != RF_REASON_COUNT)
        return give_up_code(at, item, reason, "JavaScript error in ", why, reterr);
    if (reterr)
        *reterr = *why;
    return code;
}

static rf_code run_script(const step *at, tag_item *item, rf_error *reterr) {
    rf_code code = RF_OK;
    rf_run run;
    rf_error why;
    if (!prepare(at, item, &code, reterr))
        return code;
    code = rf_runner_run(&at->local->runner, at->stage, at->batch, &item->message, &run, &why);
    if (code)
        return run_failed(at, item, code, &why, reterr);
    switch (run.outcome) {
    case RF_OUTCOME_MESSAGE:
    case RF_OUTCOME_MESSAGES:
        return take_results(at, item, &run, reterr);
    case RF_OUTCOME_NOTHING:
        rf_runner_dropped(&at->local->runner, at->stage, RF_REASON_FILTERED, NULL);
        return RF_OK;
    case RF_OUTCOME_BAD_ELEMENT:
        return refuse_return(at, item, "array elements must be message objects", &run, reterr);
    case RF_OUTCOME_OTHER:
        break;
    }
    return refuse_return(at, item, "code must return a message object or array of message objects", &run, reterr);
}

static rf_code test_condition(const step *test, const step *then, tag_item *item, rf_error *reterr) {
    rf_code code = RF_OK;
    bool truth;
    rf_error why;
    if (!prepare(test, item, &code, reterr))
        return code;
    code = rf_runner_test(&test->local->runner, test->stage, test->batch, &item->message, &truth, &why);
    if (code)
        return run_failed(test, item, code, &why, reterr);
    if (truth)
        return run_script(then, item, reterr);
    return rf_vec_push(&test->local->next, *item) ? RF_OK : rf_raise_nomem(reterr);
}

/* Every item through one stage, or through `if` (then `test` is given) and `then`. */
static rf_code run_over_all(const step *test, const step *at, rf_error *reterr) {
    tag_local *local = at->local;
    rf_code code = RF_OK;
    local->next.count = 0;
    for (size_t i = 0; i < local->items.count && !code; i++) {
        tag_item *item = &local->items.items[i];
        if (item->failed)
            code = rf_vec_push(&local->next, *item) ? RF_OK : rf_raise_nomem(reterr);
        else
            code = test ? test_condition(test, at, item, reterr) : run_script(at, item, reterr);
    }
    tag_items done = local->items;
    local->items = local->next;
    local->next = done;
    return code;
}

static rf_code run_conditions(tag *self, tag_local *local, rf_batch *batch, rf_error *reterr) {
    const tag_condition *conditions = self->conditions.items;
    rf_code code = RF_OK;
    for (size_t i = 0; i < self->conditions.count && !code; i++) {
        const step test = { self, local, batch, conditions[i].test_stage, NULL };
        const step then = { self, local, batch, conditions[i].then_stage, NULL };
        code = run_over_all(&test, &then, reterr);
    }
    return code;
}

/* The batch's own messages stay as they came in, with the snapshot: what fails goes out as that. */
static rf_code take_some(const tag *self, tag_local *local, rf_batch *batch, uint32_t begin, uint32_t end, rf_error *reterr) {
    const rf_key *const *keys = self->keys.key;
    local->items.count = 0;
    for (uint32_t i = begin; i < end; i++) {
        rf_message *message = &batch->messages[i];
        rf_meta_note_keys(&message->meta);
        if (!rf_meta_get(&message->meta, keys[TAG_INITIAL]) &&
            !rf_meta_snapshot(&batch->arena, &message->meta, keys[TAG_INITIAL], keys[TAG_INCOMING]))
            return rf_raise_nomem(reterr);
        tag_item item = { .origin = i };
        rf_message_share(message, &item.message);
        item.exact = message->payload;
        if (!rf_vec_push(&local->items, item))
            return rf_raise_nomem(reterr);
    }
    return RF_OK;
}

rf_code rf_tag_run_stages(tag *self, tag_local *local, rf_batch *batch, uint32_t begin, uint32_t end, rf_error *reterr) {
    assert(self && local && batch && end <= batch->count);
    rf_code code = take_some(self, local, batch, begin, end, reterr);
    if (!code && self->defaults_stage != TAG_NO_STAGE)
        code = run_over_all(NULL, &(step){ self, local, batch, self->defaults_stage, "defaults" }, reterr);
    if (!code)
        code = run_conditions(self, local, batch, reterr);
    if (!code && self->advanced_stage != TAG_NO_STAGE)
        code = run_over_all(NULL, &(step){ self, local, batch, self->advanced_stage, "advanced" }, reterr);
    return code;
}
