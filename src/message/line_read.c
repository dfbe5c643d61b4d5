/* line_read.c: a line of `codec: message` to a message. The hot path of recorded streams: no detour over trees. */
#include "message/message.h"

#include "message/json_doc.h"

#include "base/number.h"
#include "base/slice.h"

#include <assert.h>

#define ROOM_MORE 2 /* what a processor's snapshot appends (rf_meta_snapshot) */

/* What was found in a line so far. */
typedef struct reading {
    rf_batch *batch;
    rf_message message;
    const char *payload_member; /* "payload", "raw" or "base64"; NULL: none yet */
    rf_error *reterr;
} reading;

/* Makes the number a script would have made of it; a fraction or an exponent makes it a double. */
static rf_code typed_number(reading *line, rf_slice text, rf_value *ret_value) {
    int64_t whole;
    double number;
    if (rf_number_parse_i64(text, &whole) && (whole || text.data[0] != '-')) {
        *ret_value = rf_int(whole);
        return RF_OK;
    }
    if (!rf_number_parse_json(text, &number))
        return rf_raise(line->reterr, RF_EPARSE, "metadata number %.*s is too large", RF_SLICE_ARG(text));
    *ret_value = rf_double(number);
    return RF_OK;
}

/* The key of entry `at`: nearly always the one that the line before had there. */
static const rf_key *key_at(rf_batch *batch, uint32_t at, rf_slice text, bool *hit) {
    if (at < batch->line_key_count) {
        const rf_key *guess = batch->line_keys[at];
        if (guess->len == text.len && memcmp(guess->text, text.data, text.len) == 0)
            return guess;
    }
    *hit = false;
    return rf_keys_intern(batch->keys, &batch->arena, text);
}

/* Of equal keys the last value wins, at the place of the first. Returns false when there were none. */
static bool merge_repeated(rf_meta_entry *entries, uint32_t *count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *count; i++) {
        uint32_t same = 0;
        while (same < kept && !rf_key_eq(entries[same].key, entries[i].key))
            same++;
        entries[same].key = entries[i].key;
        entries[same].value = entries[i].value;
        kept += same == kept;
    }
    bool merged = kept != *count;
    *count = kept;
    return merged;
}

/* Remembers the keys for the next line, when they are all different and stay valid after this batch. */
static void remember_keys(rf_batch *batch, const rf_meta_entry *entries, uint32_t count) {
    batch->line_key_count = 0;
    if (count > RF_BATCH_KEYS)
        return;
    for (uint32_t i = 0; i < count; i++) {
        if (!entries[i].key->interned)
            return;
        batch->line_keys[i] = entries[i].key;
    }
    batch->line_key_count = count;
}

/* An empty string is not set. Keeps the order. */
static void drop_empty(rf_meta *meta) {
    uint32_t kept = 0;
    assert(meta->noted == 0);
    for (uint32_t i = 0; i < meta->count; i++)
        if (meta->entries[i].value.kind != RF_STRING || meta->entries[i].value.size)
            meta->entries[kept++] = meta->entries[i];
    meta->count = kept;
}

static rf_code read_meta_value(reading *line, yyjson_val *node, rf_value *ret_value) {
    if (RF_LIKELY(unsafe_yyjson_is_str(node))) {
        *ret_value = rf_string(rf_json_doc_text(node));
        return RF_OK;
    }
    line->message.meta.typed = true;
    if (unsafe_yyjson_is_raw(node))
        return typed_number(line, rf_json_doc_text(node), ret_value);
    return rf_json_doc_value(&line->batch->arena, node, ret_value, line->reterr);
}

/* Fills the entries as they stand; *ret_hit tells that all keys were those of the line before. */
static rf_code read_entries(reading *line, yyjson_val *map, bool *ret_hit, bool *ret_empty) {
    rf_meta *meta = &line->message.meta;
    uint32_t count = (uint32_t)unsafe_yyjson_get_len(map);
    yyjson_val *key = unsafe_yyjson_get_first(map);
    bool hit = true, empty = false;
    for (uint32_t i = 0; i < count; i++, key = unsafe_yyjson_get_next(key + 1)) {
        rf_meta_entry *entry = &meta->entries[i];
        entry->key = key_at(line->batch, i, rf_json_doc_text(key), &hit);
        if (!entry->key)
            return rf_raise_nomem(line->reterr);
        rf_code code = read_meta_value(line, key + 1, &entry->value);
        if (code)
            return code;
        empty = empty || (entry->value.kind == RF_STRING && entry->value.size == 0);
    }
    meta->count = count;
    *ret_hit = hit;
    *ret_empty = empty;
    return RF_OK;
}

static rf_code read_meta(reading *line, yyjson_val *node) {
    if (!unsafe_yyjson_is_obj(node))
        return rf_raise(line->reterr, RF_EPARSE, "\"meta\" is not an object");
    rf_meta *meta = &line->message.meta;
    *meta = (rf_meta){ 0 };
    if (!rf_meta_reserve(&line->batch->arena, meta, (uint32_t)unsafe_yyjson_get_len(node) + ROOM_MORE))
        return rf_raise_nomem(line->reterr);
    bool hit = false, empty = false;
    rf_code code = read_entries(line, node, &hit, &empty);
    if (code)
        return code;
    /* With a hit on every place the keys are as different as those of the line before. */
    if (!hit && merge_repeated(meta->entries, &meta->count))
        line->batch->line_key_count = 0;
    else if (!hit)
        remember_keys(line->batch, meta->entries, meta->count);
    if (empty)
        drop_empty(meta);
    return RF_OK;
}

static rf_code claim_payload(reading *line, const char *member) {
    if (line->payload_member && strcmp(line->payload_member, member) != 0)
        return rf_raise(line->reterr, RF_EPARSE, "both \"%s\" and \"%s\" in one message", line->payload_member, member);
    line->payload_member = member;
    return RF_OK;
}

static rf_code read_payload(reading *line, yyjson_val *node) {
    rf_code code = claim_payload(line, "payload");
    return code ? code : rf_json_doc_value(&line->batch->arena, node, &line->message.payload, line->reterr);
}

static rf_code read_raw(reading *line, yyjson_val *node) {
    rf_code code = claim_payload(line, "raw");
    if (code)
        return code;
    if (!unsafe_yyjson_is_str(node))
        return rf_raise(line->reterr, RF_EPARSE, "\"raw\" is not a string");
    line->message.payload = rf_text(RF_RAW, rf_json_doc_text(node));
    return RF_OK;
}

static rf_code read_base64(reading *line, yyjson_val *node) {
    rf_code code = claim_payload(line, "base64");
    if (code)
        return code;
    rf_slice bytes = RF_SLICE("");
    if (!unsafe_yyjson_is_str(node) || !rf_base64_parse_in(&line->batch->arena, rf_json_doc_text(node), &bytes))
        return bytes.data ? rf_raise(line->reterr, RF_EPARSE, "\"base64\" is not base64 text") : rf_raise_nomem(line->reterr);
    line->message.payload = rf_text(RF_RAW, bytes);
    return RF_OK;
}

static rf_code read_error(reading *line, yyjson_val *node) {
    if (!unsafe_yyjson_is_str(node))
        return rf_raise(line->reterr, RF_EPARSE, "\"error\" is not a string");
    line->message.error = rf_json_doc_text(node);
    return RF_OK;
}

static rf_code read_member(reading *line, rf_slice name, yyjson_val *node) {
    if (rf_slice_eq(name, RF_SLICE("payload")))
        return read_payload(line, node);
    if (rf_slice_eq(name, RF_SLICE("meta")))
        return read_meta(line, node);
    if (rf_slice_eq(name, RF_SLICE("raw")))
        return read_raw(line, node);
    if (rf_slice_eq(name, RF_SLICE("base64")))
        return read_base64(line, node);
    if (rf_slice_eq(name, RF_SLICE("error")))
        return read_error(line, node);
    rf_code code = rf_raise(line->reterr, RF_EPARSE, "unknown member \"%.*s\" in a message", RF_SLICE_ARG(name));
    rf_error_hint(line->reterr, "a message has payload (or raw, or base64), meta and error");
    return code;
}

static rf_code read_object(reading *line, yyjson_val *root) {
    if (!unsafe_yyjson_is_obj(root))
        return rf_raise(line->reterr, RF_EPARSE, "a message is a JSON object such as {\"payload\": 1, \"meta\": {}}");
    size_t count = unsafe_yyjson_get_len(root);
    yyjson_val *key = unsafe_yyjson_get_first(root);
    for (size_t i = 0; i < count; i++, key = unsafe_yyjson_get_next(key + 1)) {
        rf_code code = read_member(line, rf_json_doc_text(key), key + 1);
        if (code)
            return code;
    }
    if (!line->payload_member)
        return rf_raise(line->reterr, RF_EPARSE, "a message without \"payload\", \"raw\" or \"base64\"");
    return RF_OK;
}

rf_code rf_message_read(rf_batch *batch, rf_slice text, rf_message *ret_message, rf_error *reterr) {
    assert(batch && ret_message);
    rf_json_doc doc;
    rf_code code = rf_json_doc_open(&doc, &batch->arena, text, RF_JSON_LEXEMES, RF_JSON_REPAIR, reterr);
    if (code)
        return code;
    reading line = { .batch = batch, .reterr = reterr };
    code = read_object(&line, doc.root);
    if (!code)
        *ret_message = line.message;
    rf_json_doc_done(&doc);
    return code;
}
