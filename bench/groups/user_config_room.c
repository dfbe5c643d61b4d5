/* user_config_room.c: a config opened on one thread, and recorded messages for its processors. */
#include "user_config.h"

#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <stdio.h>

#define BATCH_MESSAGES 256u     /* what one read gives when the config asks for no count (stream/feed.c) */
#define BATCH_MESSAGES_MAX 4096
#define META_ROOM_MORE 8u       /* entries, as the reader of messages leaves them */

/* ---- Opening ---- */

/* What the user would see first of all findings. */
static rf_code first_finding(const rf_config *config, const char *path, rf_error *reterr) {
    size_t errors = rf_findings_count(config->findings, true), count = rf_findings_count(config->findings, false);
    for (size_t i = 0; i < count; i++) {
        bool is_warning = false;
        const rf_error *finding = rf_findings_get(config->findings, i, &is_warning);
        if (is_warning || !reterr)
            continue;
        *reterr = *finding;
        if (errors > 1)
            rf_error_hint(reterr, "%s%s%zu more: `riffle lint %s` shows them", finding->hint, finding->hint[0] ? "; " : "", errors - 1,
                          path);
        break;
    }
    if (reterr)
        reterr->code = RF_ECONFIG;
    return RF_ECONFIG;
}

static rf_code load(rf_user_room *room, const rf_user_config *user, rf_error *reterr) {
    const rf_config_options options = { .path = user->path, .text = user->text };
    rf_code code = rf_metrics_new(&room->metrics, reterr);
    if (!code && !(room->keys = rf_keys_new()))
        code = rf_raise_nomem(reterr);
    if (!code)
        code = rf_config_load(&options, &room->config, reterr);
    if (!code)
        code = rf_config_open(room->config, NULL, room->metrics, room->keys, reterr);
    if (code == RF_ECONFIG && room->config && rf_findings_count(room->config->findings, true) > 0)
        return first_finding(room->config, user->path, reterr);
    return code;
}

rf_code rf_user_room_open(rf_user_room *room, const rf_user_config *user, rf_error *reterr) {
    assert(room && user && user->text.data);
    *room = (rf_user_room){ 0 };
    rf_code code = load(room, user, reterr);
    if (!code)
        code = rf_metrics_meter(room->metrics, &room->shard.meter, reterr);
    if (code)
        return code;
    room->locals = rf_alloc_zero(room->config->processor_count, sizeof *room->locals);
    room->attached = rf_alloc_zero(room->config->processor_count, sizeof *room->attached);
    room->batch = rf_batch_new(room->keys);
    return room->locals && room->attached && room->batch ? RF_OK : rf_raise_nomem(reterr);
}

void rf_user_room_done(rf_user_room *room) {
    for (size_t i = room->attached && room->locals ? room->config->processor_count : 0; i > 0; i--) {
        const rf_component *processor = &room->config->processors[i - 1];
        const rf_processor_kind *kind = processor->kind;
        if (room->attached[i - 1] && kind->detach)
            kind->detach(processor->state, room->locals[i - 1]);
    }
    rf_free(room->locals);
    rf_free(room->attached);
    rf_batch_free(room->batch);
    rf_config_free(room->config);
    rf_keys_free(room->keys);
    rf_metrics_free(room->metrics);
    *room = (rf_user_room){ 0 };
}

rf_code rf_user_room_attach(rf_user_room *room, size_t processor, rf_error *reterr) {
    assert(room->config && processor < room->config->processor_count);
    const rf_component *component = &room->config->processors[processor];
    const rf_processor_kind *kind = component->kind;
    if (room->attached[processor])
        return RF_OK;
    rf_code code = kind->attach ? kind->attach(component->state, &room->shard, &room->locals[processor], reterr) : RF_OK;
    room->attached[processor] = !code;
    return code;
}

/* ---- Reading ---- */

bool rf_user_next_line(rf_slice *rest, rf_slice *ret_line) {
    while (rest->len) {
        size_t end = rf_slice_find(*rest, '\n');
        size_t taken = end < rest->len ? end + 1 : end;
        *ret_line = rf_slice_trim((rf_slice){ rest->data, end });
        *rest = (rf_slice){ rest->data + taken, rest->len - taken };
        if (ret_line->len)
            return true;
    }
    return false;
}

/* Whether it is an object as `codec: message` writes them, and not one that merely has a member of such a name. */
static bool is_message(const rf_value *value) {
    static const char *const contents[] = { "payload", "raw", "base64" };
    bool has_content = false;
    if (value->kind != RF_MAP)
        return false;
    for (uint32_t i = 0; i < value->size; i++) {
        rf_slice key = value->members[i].key;
        bool is_content = false;
        for (size_t k = 0; k < sizeof contents / sizeof *contents; k++)
            is_content = is_content || rf_slice_is(key, contents[k]);
        if (!is_content && !rf_slice_is(key, "meta") && !rf_slice_is(key, "error"))
            return false;
        has_content = has_content || is_content;
    }
    return has_content;
}

rf_code rf_user_read_line(rf_batch *batch, rf_slice line, rf_error *reterr) {
    rf_message message = { 0 };
    rf_code code = rf_json_parse(&batch->arena, line, RF_JSON_LEXEMES, &message.payload, reterr);
    if (!code && is_message(&message.payload))
        code = rf_message_read(batch, line, &message, reterr);
    if (code)
        return code;
    rf_message *place = rf_batch_add(batch);
    if (!place)
        return rf_raise_nomem(reterr);
    *place = message;
    return RF_OK;
}

/* The byte that rf_json_parse() stopped at, which it says in its message; 0 for other errors. */
static size_t byte_of(const rf_error *error) {
    unsigned long long at = 0;
    return error && sscanf(error->message, "not JSON at byte %19llu", &at) == 1 ? (size_t)at : 0;
}

static rf_code place_line(const rf_user_config *user, rf_slice line, rf_code code, rf_error *reterr) {
    const rf_source source = { .name = user->input, .text = user->lines };
    uint32_t at = 0, column = 0;
    if (code == RF_ENOMEM)
        return code;
    rf_source_locate(&source, (size_t)(line.data - user->lines.data) + byte_of(reterr), &at, &column);
    if (reterr && !reterr->hint[0])
        rf_error_hint(reterr,
                      "a recording of messages has one in each line: {\"payload\": 1, \"meta\": {}}, or other JSON, which is a payload");
    rf_error_place(reterr, user->input, at, column);
    return code;
}

void rf_user_messages_done(rf_user_messages *messages) {
    for (size_t i = 0; i < messages->batches.count; i++)
        rf_batch_free(messages->batches.items[i]);
    rf_vec_done(&messages->batches);
    messages->count = 0;
}

/* An empty batch at the end, or NULL. */
static rf_batch *add_batch(rf_user_room *room, rf_user_messages *messages) {
    rf_batch *batch = rf_batch_new(room->keys);
    if (batch && !rf_vec_push(&messages->batches, batch)) {
        rf_batch_free(batch);
        return NULL;
    }
    return batch;
}

static uint32_t batch_size(const rf_config *config) {
    int64_t count = config->batching.count;
    return count <= 0 ? BATCH_MESSAGES : count < BATCH_MESSAGES_MAX ? (uint32_t)count : BATCH_MESSAGES_MAX;
}

rf_code rf_user_room_read(rf_user_room *room, const rf_user_config *user, uint64_t most, rf_user_messages *ret_messages, rf_error *reterr) {
    const uint32_t size = batch_size(room->config);
    rf_slice rest = user->lines, line;
    rf_batch *batch = NULL;
    rf_code code = RF_OK;
    *ret_messages = (rf_user_messages){ 0 };
    while (!code && ret_messages->count < most && rf_user_next_line(&rest, &line)) {
        if (!batch || batch->count == size)
            batch = add_batch(room, ret_messages);
        code = batch ? rf_user_read_line(batch, line, reterr) : rf_raise_nomem(reterr);
        ret_messages->count += !code;
        if (code)
            code = place_line(user, line, code, reterr);
    }
    if (code || ret_messages->count)
        return code;
    code = rf_raise(reterr, RF_ECONFIG, "no message is recorded in %s", user->input);
    rf_error_hint(reterr, "each line is one: {\"payload\": 1, \"meta\": {}}, or other JSON, which is a payload");
    return code;
}

/* ---- Passing ---- */

bool rf_user_copy(const rf_batch *from, rf_batch *to) {
    rf_batch_clear(to);
    if (!rf_batch_replace(to, from->messages, from->count))
        return false;
    for (uint32_t i = 0; i < to->count; i++) {
        rf_meta *meta = &to->messages[i].meta;
        meta->frozen = true; /* the entries are those of `from`: this makes reserve() copy them */
        if (!rf_meta_reserve(&to->arena, meta, meta->count + META_ROOM_MORE))
            return false;
    }
    return true;
}

typedef struct errored_of { const rf_metrics *metrics; const char *path; uint64_t count; } errored_of;

static void add_errored(void *arg, const rf_metric_info *info) {
    errored_of *of = arg;
    if (info->kind == RF_METRIC_COUNTER && strcmp(info->name, "messages_errored") == 0 && info->labels.path &&
        strcmp(info->labels.path, of->path) == 0)
        of->count += rf_metrics_read(of->metrics, info->metric);
}

uint64_t rf_user_room_errored(const rf_user_room *room, size_t processor) {
    errored_of of = { room->metrics, room->config->processors[processor].path, 0 };
    rf_metrics_each(room->metrics, add_errored, &of);
    return of.count;
}

uint64_t rf_user_count_failed(const rf_batch *batch, rf_slice *ret_why) {
    uint64_t failed = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        if (batch->messages[i].error.data && failed++ == 0 && ret_why)
            *ret_why = batch->messages[i].error;
    }
    return failed;
}

static uint64_t count_all_failed(const rf_user_messages *messages) {
    uint64_t failed = 0;
    for (size_t i = 0; i < messages->batches.count; i++)
        failed += rf_user_count_failed(messages->batches.items[i], NULL);
    return failed;
}

/* Some kinds count what they drop, others mark what they pass on: whichever is more. */
static uint64_t count_errored(const rf_user_room *room, size_t processor, uint64_t counted_before, uint64_t had, uint64_t has) {
    uint64_t counted = rf_user_room_errored(room, processor) - counted_before, marked = has > had ? has - had : 0;
    return counted > marked ? counted : marked;
}

static rf_code pass_all(rf_user_room *room, size_t processor, const rf_user_messages *from, rf_user_messages *to, rf_error *reterr) {
    const rf_component *component = &room->config->processors[processor];
    const rf_processor_kind *kind = component->kind;
    rf_code code = RF_OK;
    for (size_t i = 0; i < from->batches.count && !code; i++) {
        rf_batch *batch = add_batch(room, to);
        if (!batch || !rf_user_copy(from->batches.items[i], batch))
            return rf_raise_nomem(reterr);
        code = batch->count ? kind->process(component->state, room->locals[processor], batch, reterr) : RF_OK;
        to->count += batch->count;
    }
    return code;
}

/* Values of what comes out may live in what went in: that is kept, too, as batches without messages. */
static bool keep_values(rf_user_messages *from, rf_user_messages *to) {
    for (size_t i = 0; i < from->batches.count; i++) {
        if (!rf_vec_push(&to->batches, from->batches.items[i]))
            return false;
        from->batches.items[i]->count = 0;
        from->batches.items[i] = NULL; /* rf_batch_free(NULL) is fine */
    }
    return true;
}

rf_code rf_user_room_pass(rf_user_room *room, size_t processor, rf_user_messages *messages, rf_user_passed *ret_passed, rf_error *reterr) {
    rf_user_messages made = { 0 };
    uint64_t counted = rf_user_room_errored(room, processor), had = count_all_failed(messages);
    rf_code code = pass_all(room, processor, messages, &made, reterr);
    if (ret_passed)
        *ret_passed = (rf_user_passed){ messages->count, made.count, count_errored(room, processor, counted, had, count_all_failed(&made)) };
    if (!code && !keep_values(messages, &made))
        code = rf_raise_nomem(reterr);
    if (code) {
        rf_user_messages_done(&made);
        return code;
    }
    rf_user_messages_done(messages);
    *messages = made;
    return RF_OK;
}

rf_code rf_user_room_reach(rf_user_room *room, const rf_user_config *user, size_t processor, uint64_t most, rf_user_messages *ret_messages,
                           rf_error *reterr) {
    rf_code code = rf_user_room_read(room, user, most, ret_messages, reterr);
    for (size_t i = 0; i < processor && !code; i++) {
        code = rf_user_room_attach(room, i, reterr);
        if (!code)
            code = rf_user_room_pass(room, i, ret_messages, NULL, reterr);
    }
    return code;
}
