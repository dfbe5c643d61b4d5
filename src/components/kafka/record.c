/* record.c: a record's value and headers, copied into the batch. */
#include "components/kafka/record.h"

#include <assert.h>

bool rf_kafka_record_put(rf_batch *batch, rf_message *message, const rf_key *key, rf_value value) {
    rf_meta *meta = &message->meta;
    rf_value *old = key ? rf_meta_get(meta, key) : NULL;
    if (!key)
        return false;
    if (old) {
        *old = value;
    } else {
        if (meta->count == meta->cap && !rf_meta_reserve(&batch->arena, meta, meta->cap * 2 + 4))
            return false;
        meta->entries[meta->count++] = (rf_meta_entry){ key, value };
    }
    meta->typed |= value.kind != RF_STRING;
    return true;
}

/* Behind those that came before by the same name. */
static bool put_listed(rf_batch *batch, rf_message *message, const rf_key *key, rf_slice text) {
    const rf_value *old = rf_meta_get(&message->meta, key);
    const uint32_t count = old ? old->size : 0;
    rf_value *items = rf_arena_alloc(&batch->arena, (count + 1) * sizeof *items);
    if (!items)
        return false;
    for (uint32_t i = 0; i < count; i++)
        items[i] = old->items[i];
    items[count] = rf_string(text);
    return rf_kafka_record_put(batch, message, key, (rf_value){ .kind = RF_LIST, .size = count + 1, .items = items });
}

static bool put_header(rf_batch *batch, rf_message *message, rf_value_kind as, const char *name, rf_slice value) {
    rf_slice text = rf_slice_dup_in(&batch->arena, value);
    const rf_key *key = rf_keys_intern(batch->keys, &batch->arena, (rf_slice){ name, strlen(name) });
    if (!text.data || !key)
        return false;
    return as == RF_LIST ? put_listed(batch, message, key, text) : rf_kafka_record_put(batch, message, key, rf_text(as, text));
}

static bool put_headers(const rf_kafka_api *api, rf_batch *batch, rf_message *message, const rd_kafka_message_t *record,
                        rf_value_kind as) {
    rd_kafka_headers_t *headers;
    const char *name;
    const void *value;
    size_t size;
    if (api->rd_kafka_message_headers(record, &headers))
        return true; /* it has none */
    for (size_t i = 0; !api->rd_kafka_header_get_all(headers, i, &name, &value, &size); i++)
        if (!put_header(batch, message, as, name, (rf_slice){ value ? value : "", value ? size : 0 }))
            return false;
    return true;
}

rf_message *rf_kafka_record_message(const rf_kafka_api *api, rf_batch *batch, const rd_kafka_message_t *record, rf_value_kind as,
                                    uint32_t more) {
    rf_message *message = rf_batch_add(batch);
    rf_slice value = { record->payload ? record->payload : "", record->payload ? record->len : 0 };
    assert(as == RF_STRING || as == RF_BYTES || as == RF_LIST);
    if (!message)
        return NULL;
    value = rf_slice_dup_in(&batch->arena, value);
    if (value.data && rf_meta_reserve(&batch->arena, &message->meta, more) && put_headers(api, batch, message, record, as)) {
        message->payload = rf_text(RF_RAW, value);
        return message;
    }
    batch->count--;
    return NULL;
}
