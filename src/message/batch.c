/* batch.c: the life of a batch. */
#include "message/message.h"

#include "message/refusal.h"

#include "base/alloc.h"

#include <assert.h>

#define ARENA_BLOCK_BYTES (32u << 10)
#define MESSAGES_FIRST 16
#define MESSAGES_KEEP 4096            /* a larger array goes back to the heap when the batch is cleared */
#define SCRATCH_KEEP_BYTES (256u << 10)

rf_batch *rf_batch_new(rf_keys *keys) {
    assert(keys);
    rf_batch *batch = rf_alloc_zero(1, sizeof *batch);
    if (!batch)
        return NULL;
    rf_arena_init(&batch->arena, ARENA_BLOCK_BYTES);
    batch->keys = keys;
    return batch;
}

void rf_batch_free(rf_batch *batch) {
    if (!batch)
        return;
    rf_arena_done(&batch->arena);
    rf_buffer_done(&batch->scratch);
    rf_refusals_free(batch->refusals);
    rf_free(batch->messages);
    rf_free(batch);
}

void rf_batch_clear(rf_batch *batch) {
    assert(batch);
    rf_arena_clear(&batch->arena);
    if (batch->cap > MESSAGES_KEEP) {
        rf_free(batch->messages);
        batch->messages = NULL;
        batch->cap = 0;
    }
    if (batch->scratch.cap > SCRATCH_KEEP_BYTES)
        rf_buffer_done(&batch->scratch);
    rf_batch_clear_refusals(batch);
    batch->count = 0;
    batch->mark = 0;
    batch->reply = NULL;
    batch->source = NULL;
    batch->course = NULL;
    batch->read_ns = 0;
    batch->read_count = 0;
}

static bool ensure_cap(rf_batch *batch, uint32_t cap) {
    if (cap <= batch->cap)
        return true;
    size_t bytes;
    if (rf_mul_overflow(cap, sizeof *batch->messages, &bytes))
        return false;
    rf_message *messages = rf_realloc(batch->messages, bytes);
    if (!messages)
        return false;
    batch->messages = messages;
    batch->cap = cap;
    return true;
}

rf_message *rf_batch_add(rf_batch *batch) {
    assert(batch && batch->count <= batch->cap);
    if (batch->count == batch->cap) {
        uint32_t cap = batch->cap ? batch->cap * 2 : MESSAGES_FIRST;
        if (cap < batch->cap || !ensure_cap(batch, cap))
            return NULL;
    }
    rf_message *message = &batch->messages[batch->count++];
    *message = (rf_message){ .payload = rf_text(RF_RAW, RF_SLICE("")) };
    return message;
}

bool rf_batch_replace(rf_batch *batch, const rf_message *messages, uint32_t count) {
    assert(batch && (messages || count == 0));
    bool own = messages >= batch->messages && messages < batch->messages + batch->cap;
    if (own ? count > batch->cap : !ensure_cap(batch, count))
        return false;
    if (count)
        memmove(batch->messages, messages, count * sizeof *messages);
    batch->count = count;
    return true;
}

bool rf_batch_set_meta(rf_batch *batch, rf_message *message, rf_slice key, rf_value value) {
    assert(batch && message);
    const rf_key *interned = rf_keys_intern(batch->keys, &batch->arena, key);
    return interned && rf_meta_set(&batch->arena, &message->meta, interned, value);
}

void rf_batch_parcel(const rf_batch *batch, uint32_t index, uint32_t *ret_begin, uint32_t *ret_end) {
    assert(batch && index < batch->count && ret_begin && ret_end);
    const rf_message *messages = batch->messages;
    uint32_t begin = index, end = index + 1, parcel = messages[index].parcel;
    while (parcel && begin > 0 && messages[begin - 1].parcel == parcel)
        begin--;
    while (parcel && end < batch->count && messages[end].parcel == parcel)
        end++;
    *ret_begin = begin;
    *ret_end = end;
}

uint32_t rf_batch_new_parcel(const rf_batch *batch) {
    uint32_t most = 0;
    for (uint32_t i = 0; i < batch->count; i++)
        most = batch->messages[i].parcel > most ? batch->messages[i].parcel : most;
    return most + 1;
}

void rf_batch_join(rf_batch *batch) {
    for (uint32_t i = 0; i < batch->count; i++)
        batch->messages[i].parcel = 1;
}
