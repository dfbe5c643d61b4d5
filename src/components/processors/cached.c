/* cached: processors whose results are kept for messages with the same key. */
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/slice.h"
#include "components/processors/nested.h"
#include "components/processors/note.h"
#include "message/dynamic.h"
#include "stream/cache.h"

#include <assert.h>

typedef struct cached {
    rf_nested nested;
    rf_component *cache;
    rf_dynamic *key, *ttl;
    rf_query *skip_on;
    rf_note note;
} cached;

static const rf_field cached_fields[] = {
    { "cache", RF_FIELD_CACHE_LABEL, offsetof(cached, cache), NULL, RF_FIELD_REQUIRED, "The label of the cache that keeps results.", NULL, NULL, 0, 0, 0 },
    { "key", RF_FIELD_DYNAMIC, offsetof(cached, key), NULL, RF_FIELD_REQUIRED, "Messages with the same key have the same result.", NULL, NULL, 0, 0, 0 },
    { "processors", RF_FIELD_PROCESSORS, offsetof(cached, nested.list), NULL, RF_FIELD_REQUIRED, "What makes the result, when it is not known.", NULL, NULL, 0, 0, 0 },
    { "skip_on", RF_FIELD_QUERY, offsetof(cached, skip_on), NULL, 0, "Results that meet it are not kept, such as `errored()`.", NULL, NULL, 0, 0, 0 },
    { "ttl", RF_FIELD_DYNAMIC, offsetof(cached, ttl), NULL, RF_FIELD_ADVANCED, "How long a result is kept, such as `60s`; the cache's own time when it is not given.", NULL,
      NULL, 0, 0, 0 },
    { 0 },
};

static rf_code cached_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    cached *self = state;
    (void)conf, (void)reterr;
    rf_note_init(&self->note, env);
    return self->cache ? RF_OK : RF_ECONFIG;
}

/* ---- What is kept: 32 bits, the highest byte first: version, messages; then for each its length and its bytes ---- */

#define VERSION 1u

static void put_u32(rf_buffer *out, uint32_t value) {
    const char bytes[4] = { (char)(value >> 24), (char)(value >> 16), (char)(value >> 8), (char)value };
    rf_buffer_append(out, bytes, sizeof bytes);
}

static bool take_u32(rf_slice *rest, uint32_t *ret_value) {
    if (rest->len < 4)
        return false;
    const unsigned char *bytes = (const unsigned char *)rest->data;
    *ret_value = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    *rest = (rf_slice){ rest->data + 4, rest->len - 4 };
    return true;
}

static rf_code pack(rf_buffer *out, rf_batch *part, rf_error *reterr) {
    put_u32(out, VERSION);
    put_u32(out, part->count);
    for (uint32_t i = 0; i < part->count; i++) {
        rf_slice bytes;
        rf_code code = rf_message_bytes(part, &part->messages[i], &bytes, reterr);
        if (code)
            return code;
        if (bytes.len > UINT32_MAX)
            return rf_raise(reterr, RF_ELIMIT, "a message of %zu bytes is too large", bytes.len);
        put_u32(out, (uint32_t)bytes.len);
        rf_buffer_slice(out, bytes);
    }
    return out->failed ? rf_raise_nomem(reterr) : RF_OK;
}

/* Adds copies of `original` with the payloads that were kept. */
static rf_code unpack_all(rf_batch *part, rf_message *original, uint32_t count, rf_slice kept, rf_error *reterr) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t len = 0;
        if (!take_u32(&kept, &len) || len > kept.len)
            return rf_raise(reterr, RF_ESCRIPT, "it ends unexpectedly");
        rf_message *copy = rf_batch_add(part);
        if (!copy)
            return rf_raise_nomem(reterr);
        rf_message_share(original, copy);
        copy->payload = rf_text(RF_RAW, (rf_slice){ kept.data, len });
        kept = (rf_slice){ kept.data + len, kept.len - len };
    }
    return RF_OK;
}

/* What was kept takes the place of the part's only message, or an error leaves it. */
static rf_code unpack(rf_batch *part, rf_slice kept, rf_error *reterr) {
    uint32_t version, count;
    assert(part->count == 1);
    rf_message original = part->messages[0];
    bool known = take_u32(&kept, &version) && version == VERSION && take_u32(&kept, &count);
    part->count = 0;
    rf_code code = known ? unpack_all(part, &original, count, kept, reterr) : rf_raise(reterr, RF_ESCRIPT, "invalid format version");
    if (!code)
        return RF_OK;
    part->messages[0] = original;
    part->count = 1;
    if (code == RF_ESCRIPT)
        rf_error_prefix(reterr, "failed to parse cached result, this indicates the data was not set by this processor: ");
    return code;
}

/* ---- A message ---- */

static rf_code read_ttl(const cached *self, rf_batch *part, uint64_t *ret_ns, rf_error *reterr) {
    rf_slice text;
    *ret_ns = 0;
    if (!self->ttl)
        return RF_OK;
    rf_code code = rf_dynamic_text(self->ttl, part, 0, &text, reterr);
    if (code)
        rf_error_prefix(reterr, "failed to interpolate ttl expression: ");
    else if (text.len > 0 && !rf_clock_parse_duration(text, ret_ns))
        code = rf_raise(reterr, RF_ESCRIPT, "failed to parse ttl expression: `%.*s` is not a duration", text.len < 60 ? (int)text.len : 60,
                        text.data);
    return code;
}

/* A result that failed is no result. */
static bool is_kept(cached *self, rf_batch *part) {
    for (uint32_t i = 0; i < part->count; i++) {
        rf_error error = { 0 };
        bool skips = part->messages[i].error.data != NULL;
        if (!skips && self->skip_on && i == 0 && rf_query_test(self->skip_on, part, i, &skips, &error)) {
            rf_note_log(&self->note, RF_LOG_ERROR, "skip_on failed, the result is not kept: ", error.message);
            skips = true;
        }
        if (skips)
            return false;
    }
    return true;
}

static void keep(cached *self, rf_batch *part, rf_slice key, uint64_t ttl_ns) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_error error = { 0 };
    if (!is_kept(self, part))
        return;
    rf_code code = pack(&out, part, &error);
    if (!code)
        code = rf_cache_set(self->cache, key, rf_buffer_view(&out), ttl_ns, &error);
    if (code)
        rf_note_log(&self->note, RF_LOG_ERROR, "failed to write result to cache: ", error.message);
}

static rf_code run_one(cached *self, rf_rounds *local, rf_batch *part, rf_error *reterr) {
    rf_slice key, kept;
    uint64_t ttl_ns = 0;
    rf_code code = rf_dynamic_text(self->key, part, 0, &key, reterr);
    if (code) {
        rf_error_prefix(reterr, "failed to interpolate key expression: ");
        return code;
    }
    code = read_ttl(self, part, &ttl_ns, reterr);
    if (code)
        return code;
    code = rf_cache_get(self->cache, key, &part->arena, &kept, reterr);
    if (!code)
        return unpack(part, kept, reterr);
    if (code != RF_ENOTFOUND)
        return code;
    rf_steps_run(local->steps, part);
    if (!self->note.env->giving_up || !atomic_load(self->note.env->giving_up)) /* else they may not have run to their end */
        keep(self, part, key, ttl_ns);
    return RF_OK;
}

static rf_code process_one(cached *self, rf_rounds *local, rf_batch *batch, uint32_t i, rf_error *reterr) {
    rf_batch *part = rf_part_begin(&local->part, batch);
    rf_error error = { 0 };
    if (!part)
        return rf_raise_nomem(reterr);
    rf_code code = rf_part_add(&local->part, i) ? run_one(self, local, part, &error) : RF_ENOMEM;
    if (code && code != RF_ENOMEM) {
        rf_note_fail(&self->note, part, &part->messages[0], "", error.message);
        code = RF_OK;
    }
    if (!code && !rf_gather_part(&local->results, &local->part))
        code = RF_ENOMEM;
    rf_part_end(&local->part);
    return code ? rf_raise_nomem(reterr) : RF_OK;
}

static rf_code cached_process(void *state, void *of_thread, rf_batch *batch, rf_error *reterr) {
    rf_rounds *local = of_thread;
    rf_code code = RF_OK;
    rf_gather_clear(&local->results);
    for (uint32_t i = 0; i < batch->count && !code; i++)
        code = process_one(state, local, batch, i, reterr);
    return code || rf_gather_finish(&local->results, batch) ? code : rf_raise_nomem(reterr);
}

const rf_processor_kind rf_cached_kind = {
    .name = "cached",
    .summary = "Runs processors once for messages with the same key, and takes their result from a cache from then on.",
    .detail = "What is kept are payloads: a message that takes them has its own metadata. Results that failed are not kept, so that the next message tries again. Each message is a "
              "batch of its own within.",
    .example = "input:\n"
               "  generate: {mapping: root.line = counter() % 2, interval: 100ms, count: 6}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - branch:\n"
               "        processors:\n"
               "          - cached:\n"
               "              cache: names\n"
               "              key: line-${! json(\"line\") }\n"
               "              processors:\n"
               "                - mapping: 'root.name = \"line \" + this.line.string()'\n"
               "        result_map: root.name = this.name\n"
               "output:\n"
               "  stdout: {}\n"
               "cache_resources:\n"
               "  - label: names\n"
               "    memory: {default_ttl: 1h}\n",
    .fields = cached_fields,
    .state_size = sizeof(cached),
    .open = cached_open,
    .attach = rf_rounds_attach,
    .process = cached_process,
    .detach = rf_rounds_detach,
};
