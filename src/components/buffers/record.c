/* record.c: messages to bytes that a buffer keeps, and back. */
#include "components/buffers/record.h"

#include "base/slice.h"
#include "message/json.h"

#include <assert.h>

enum { JOINED = 1u << 0, FAILED = 1u << 1 };
enum { META_STRING = 's', META_INT = 'i', META_DOUBLE = 'd', META_BOOL = 'b', META_JSON = 'j' };

#define PART_MAX ((size_t)2 << 30)

/* Little-endian machines only, as all of this program's own formats that do not travel. */
typedef struct header { uint32_t flags, payload_len, error_len, meta_count; } header;
typedef struct meta_header { uint32_t type, key_len, value_len; } meta_header;

static void write_entry(rf_buffer *out, rf_slice key, uint32_t type, rf_slice value) {
    const meta_header head = { type, (uint32_t)key.len, (uint32_t)value.len };
    rf_buffer_append(out, &head, sizeof head);
    rf_buffer_slice(out, key);
    rf_buffer_slice(out, value);
}

/* Lists, maps, times and the like: as JSON; what JSON cannot hold, as its text. */
static bool write_other(rf_buffer *out, rf_batch *batch, rf_slice key, rf_value *value) {
    rf_buffer json = { 0 };
    const rf_code code = rf_json_write(&json, value, 0, NULL);
    const bool good = code == RF_OK && !json.failed;
    if (good)
        write_entry(out, key, META_JSON, rf_buffer_view(&json));
    rf_buffer_done(&json);
    if (good || code == RF_ENOMEM)
        return good;
    const rf_slice text = rf_meta_text(&batch->arena, value);
    if (text.data)
        write_entry(out, key, META_STRING, text);
    return text.data;
}

static bool write_meta(rf_buffer *out, rf_batch *batch, const rf_meta_entry *entry) {
    const rf_slice key = rf_key_text(entry->key);
    rf_value value = entry->value;
    if (!rf_meta_resolve(&batch->arena, &value))
        return false;
    switch (value.kind) {
    case RF_STRING: write_entry(out, key, META_STRING, rf_value_text(&value)); return true;
    case RF_INT: write_entry(out, key, META_INT, (rf_slice){ (const char *)&value.integer, sizeof value.integer }); return true;
    case RF_DOUBLE: write_entry(out, key, META_DOUBLE, (rf_slice){ (const char *)&value.number, sizeof value.number }); return true;
    case RF_BOOL: write_entry(out, key, META_BOOL, (rf_slice){ value.truth ? "1" : "0", 1 }); return true;
    default: return write_other(out, batch, key, &value);
    }
}

static rf_code payload_bytes(rf_batch *batch, rf_message *message, rf_slice *ret_bytes, rf_error *reterr) {
    rf_error error = { 0 };
    const rf_code code = rf_message_bytes(batch, message, ret_bytes, &error);
    if (code == RF_OK)
        return RF_OK;
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    rf_message_fail(batch, message, "the buffer cannot hold the payload: %s", error.message);
    message->payload = rf_null();
    *ret_bytes = RF_SLICE("null");
    return RF_OK;
}

static bool write_all(rf_buffer *out, rf_batch *batch, const rf_message *message, rf_slice payload, bool joined) {
    const header head = {
        .flags = (joined ? JOINED : 0u) | (message->error.data ? FAILED : 0u), .payload_len = (uint32_t)payload.len,
        .error_len = (uint32_t)(message->error.data ? message->error.len : 0), .meta_count = message->meta.count,
    };
    rf_buffer_append(out, &head, sizeof head);
    rf_buffer_slice(out, payload);
    if (message->error.data)
        rf_buffer_slice(out, message->error);
    for (uint32_t i = 0; i < message->meta.count; i++)
        if (!write_meta(out, batch, &message->meta.entries[i]))
            return false;
    return !out->failed;
}

rf_code rf_record_write(rf_buffer *out, rf_batch *batch, uint32_t index, bool joined, rf_error *reterr) {
    assert(out && batch && index < batch->count);
    const size_t before = out->len;
    rf_slice payload = { 0 };
    rf_code code = payload_bytes(batch, &batch->messages[index], &payload, reterr);
    if (code)
        return code;
    if (payload.len > PART_MAX)
        return rf_raise(reterr, RF_ELIMIT, "a message of %zu bytes is larger than a buffer holds", payload.len);
    if (!write_all(out, batch, &batch->messages[index], payload, joined)) {
        out->len = before;
        return rf_raise_nomem(reterr);
    }
    return RF_OK;
}

/* ---- Reading ---- */

static bool take(rf_slice *rest, size_t len, rf_slice *ret_part) {
    if (len > rest->len)
        return false;
    *ret_part = (rf_slice){ rest->data, len };
    *rest = (rf_slice){ rest->data + len, rest->len - len };
    return true;
}

static bool take_struct(rf_slice *rest, void *target, size_t size) {
    rf_slice bytes;
    if (!take(rest, size, &bytes))
        return false;
    memcpy(target, bytes.data, size);
    return true;
}

bool rf_record_is_joined(rf_slice record) {
    header head;
    return take_struct(&record, &head, sizeof head) && (head.flags & JOINED);
}

static rf_code no_record(rf_error *reterr) {
    return rf_raise(reterr, RF_EPARSE, "these bytes are no stored message");
}

static rf_code meta_value(rf_batch *batch, const meta_header *head, rf_slice bytes, rf_value *ret_value, rf_error *reterr) {
    *ret_value = rf_null();
    if (head->type == META_JSON)
        return rf_json_parse(&batch->arena, bytes, RF_JSON_DOUBLES, ret_value, reterr);
    if (head->type == META_STRING)
        *ret_value = rf_string(bytes);
    else if (head->type == META_BOOL && bytes.len == 1)
        *ret_value = rf_bool(bytes.data[0] == '1');
    else if (head->type == META_INT && bytes.len == sizeof ret_value->integer) {
        ret_value->kind = RF_INT;
        memcpy(&ret_value->integer, bytes.data, bytes.len);
    } else if (head->type == META_DOUBLE && bytes.len == sizeof ret_value->number) {
        ret_value->kind = RF_DOUBLE;
        memcpy(&ret_value->number, bytes.data, bytes.len);
    } else
        return no_record(reterr);
    return RF_OK;
}

static rf_code read_meta(rf_slice *rest, rf_batch *batch, rf_message *message, rf_error *reterr) {
    meta_header head;
    rf_slice key, bytes;
    rf_value value;
    if (!take_struct(rest, &head, sizeof head) || !take(rest, head.key_len, &key) || !take(rest, head.value_len, &bytes))
        return no_record(reterr);
    const rf_code code = meta_value(batch, &head, bytes, &value, reterr);
    if (code)
        return code;
    return rf_batch_set_meta(batch, message, key, value) ? RF_OK : rf_raise_nomem(reterr);
}

/* Views of `record`, which is in the batch's arena. */
static rf_code read_all(rf_slice record, rf_batch *batch, rf_message *message, rf_error *reterr) {
    header head;
    rf_slice payload, error;
    if (!take_struct(&record, &head, sizeof head) || !take(&record, head.payload_len, &payload) || !take(&record, head.error_len, &error))
        return no_record(reterr);
    message->payload = rf_text(RF_RAW, payload); /* a structured one is JSON by now */
    if (head.flags & FAILED)
        message->error = error;
    for (uint32_t i = 0; i < head.meta_count; i++) {
        const rf_code code = read_meta(&record, batch, message, reterr);
        if (code)
            return code;
    }
    return record.len == 0 ? RF_OK : no_record(reterr);
}

rf_code rf_record_read(rf_slice record, rf_batch *batch, rf_error *reterr) {
    assert(record.data && batch);
    const rf_slice copy = rf_slice_dup_in(&batch->arena, record);
    rf_message *message = copy.data ? rf_batch_add(batch) : NULL;
    if (!message)
        return rf_raise_nomem(reterr);
    const rf_code code = read_all(copy, batch, message, reterr);
    if (code) {
        batch->count--;
        return code == RF_ENOMEM ? code : no_record(reterr);
    }
    if (rf_record_is_joined(copy) && batch->count > 1) {
        rf_message *before = message - 1;
        if (before->parcel == 0)
            before->parcel = rf_batch_new_parcel(batch);
        message->parcel = before->parcel;
    }
    return RF_OK;
}
