/* refusal.c: messages that an output would not take, with the reason of each; and whole copies of messages. */
#include "message/refusal.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#define TEXT_BYTES_MAX 2048
#define TEXTS_BYTES_MAX ((size_t)4 << 20) /* of one batch; then reasons are no longer kept */

void rf_refusals_free(rf_refusals *refusals) {
    if (!refusals)
        return;
    rf_free(refusals->of);
    rf_buffer_done(&refusals->texts);
    rf_free(refusals);
}

static bool make_room(rf_batch *batch) {
    rf_refusals *r = batch->refusals;
    if (!r)
        r = batch->refusals = rf_alloc_zero(1, sizeof *r);
    if (!r)
        return false;
    if (batch->count > r->cap) {
        void *of = rf_realloc(r->of, batch->count * sizeof *r->of);
        if (!of)
            return false;
        r->of = of;
        r->cap = batch->count;
    }
    if (batch->refused_count == 0) {
        memset(r->of, 0, batch->count * sizeof *r->of);
        rf_buffer_clear(&r->texts);
    }
    return true;
}

bool rf_batch_refuse(rf_batch *batch, uint32_t index, const char *format, ...) {
    assert(batch && index < batch->count && format);
    char text[TEXT_BYTES_MAX];
    if (!make_room(batch))
        return false;
    va_list args;
    va_start(args, format);
    int printed = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    rf_refusals *r = batch->refusals;
    size_t len = printed < 0 ? 0 : (size_t)printed < sizeof text ? (size_t)printed : sizeof text - 1;
    if (r->texts.len + len > TEXTS_BYTES_MAX)
        len = 0;
    size_t at = r->texts.len;
    rf_buffer_append(&r->texts, text, len);
    if (r->texts.failed)
        return false;
    batch->refused_count += !r->of[index].refused;
    r->of[index].at = (uint32_t)at;
    r->of[index].len = (uint32_t)len;
    r->of[index].refused = true;
    r->of[index].for_good = r->of[index].openly = r->of[index].insists = false;
    return true;
}

bool rf_batch_refuse_like(rf_batch *batch, uint32_t index, const rf_batch *from, uint32_t at) {
    rf_slice why = rf_batch_refusal(from, at);
    assert(why.data);
    if (!rf_batch_refuse(batch, index, "%.*s", RF_SLICE_ARG(why)))
        return false;
    batch->refusals->of[index].for_good = from->refusals->of[at].for_good;
    batch->refusals->of[index].openly = from->refusals->of[at].openly;
    batch->refusals->of[index].insists = from->refusals->of[at].insists;
    return true;
}

void rf_batch_refuse_for_good(rf_batch *batch, uint32_t index) {
    assert(rf_batch_refusal(batch, index).data);
    batch->refusals->of[index].for_good = true;
}

bool rf_batch_is_refused_for_good(const rf_batch *batch, uint32_t index) {
    return rf_batch_refusal(batch, index).data && batch->refusals->of[index].for_good;
}

void rf_batch_refuse_openly(rf_batch *batch, uint32_t index) {
    assert(rf_batch_refusal(batch, index).data);
    batch->refusals->of[index].openly = true;
}

bool rf_batch_is_refused_openly(const rf_batch *batch, uint32_t index) {
    return rf_batch_refusal(batch, index).data && batch->refusals->of[index].openly;
}

void rf_batch_insist(rf_batch *batch) {
    for (uint32_t i = 0; i < batch->count && batch->refused_count; i++)
        batch->refusals->of[i].insists = batch->refusals->of[i].refused && !batch->refusals->of[i].for_good;
}

bool rf_batch_insists(const rf_batch *batch, uint32_t index) {
    return rf_batch_refusal(batch, index).data && batch->refusals->of[index].insists;
}

rf_slice rf_batch_refusal(const rf_batch *batch, uint32_t index) {
    assert(batch && index < batch->count);
    const rf_refusals *r = batch->refusals;
    if (batch->refused_count == 0 || !r->of[index].refused)
        return (rf_slice){ 0 };
    return r->of[index].len ? (rf_slice){ r->texts.data + r->of[index].at, r->of[index].len } : (rf_slice){ "", 0 };
}

void rf_batch_clear_refusals(rf_batch *batch) {
    batch->refused_count = 0;
}

void rf_batch_accept(rf_batch *batch, uint32_t index) {
    assert(index < batch->count);
    if (batch->refused_count == 0 || !batch->refusals->of[index].refused)
        return;
    batch->refusals->of[index].refused = false;
    batch->refused_count--;
}

void rf_batch_keep_refused(rf_batch *batch) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < batch->count && batch->refused_count; i++)
        if (batch->refusals->of[i].refused)
            batch->messages[kept++] = batch->messages[i];
    batch->count = kept;
    rf_batch_clear_refusals(batch);
}

/* ---- Copies ---- */

static bool copy_meta(rf_batch *batch, const rf_meta *from, rf_meta *to) {
    if (!rf_meta_reserve(&batch->arena, to, from->count))
        return false;
    for (uint32_t i = 0; i < from->count; i++) {
        rf_value value = from->entries[i].value;
        rf_meta_entry *entry = &to->entries[i];
        if (!rf_meta_resolve(&batch->arena, &value) || !rf_value_dup_in(&batch->arena, &value, &entry->value))
            return false;
        entry->key = rf_keys_intern(batch->keys, &batch->arena, rf_key_text(from->entries[i].key));
        if (!entry->key)
            return false;
    }
    to->count = from->count;
    to->typed = from->typed;
    return true;
}

bool rf_batch_add_copy(rf_batch *batch, const rf_message *message) {
    assert(batch && message);
    rf_message copy = { .origin = message->origin, .written_to = message->written_to, .blame = message->blame, .parcel = message->parcel };
    if (!rf_value_dup_in(&batch->arena, &message->payload, &copy.payload) || !copy_meta(batch, &message->meta, &copy.meta))
        return false;
    if (message->error.data) {
        copy.error = rf_slice_dup_in(&batch->arena, message->error);
        if (!copy.error.data)
            return false;
    }
    rf_message *place = rf_batch_add(batch);
    if (!place)
        return false;
    *place = copy;
    return true;
}
