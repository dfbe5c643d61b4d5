/* http_server_read.c: requests become messages: one, or one a part of a multipart body. */
#include "base/slice.h"
#include "components/inputs/http_server.h"

#include <assert.h>

/* A value that is empty is there all the same, which rf_meta_set() would take as a wish to delete. */
static bool set(rf_batch *batch, rf_message *message, rf_slice key, rf_slice value) {
    rf_slice copy = rf_slice_dup_in(&batch->arena, value);
    const rf_key *name = copy.data ? rf_keys_intern(batch->keys, &batch->arena, key) : NULL;
    if (!name)
        return false;
    if (copy.len)
        return rf_meta_set(&batch->arena, &message->meta, name, rf_string(copy));
    rf_value *there = rf_meta_get(&message->meta, name);
    if (there) {
        *there = rf_string(copy);
        return true;
    }
    if (!rf_meta_reserve(&batch->arena, &message->meta, message->meta.count + 1))
        return false;
    message->meta.entries[message->meta.count++] = (rf_meta_entry){ name, rf_string(copy) };
    return true;
}

/* Metadata that all its messages share. Of two headers, or parameters, of one name the first counts; a parameter counts more than a
 * header. */
static rf_code make_meta(rf_batch *batch, const rf_arrival *arrival, rf_meta *ret_meta, rf_error *reterr) {
    rf_message scratch = { 0 };
    uint32_t count = 0;
    for (const rf_arrival_pair *pair = arrival->first; pair; pair = pair->next)
        count++;
    if (!rf_meta_reserve(&batch->arena, &scratch.meta, count))
        return rf_raise_nomem(reterr);
    for (const rf_arrival_pair *pair = arrival->first; pair; pair = pair->next)
        if (!set(batch, &scratch, pair->key, pair->value))
            return rf_raise_nomem(reterr);
    scratch.meta.frozen = true;
    *ret_meta = scratch.meta;
    return RF_OK;
}

static rf_code add(rf_batch *batch, rf_slice content, const rf_meta *meta, rf_error *reterr) {
    rf_slice copy = content.len ? rf_slice_dup_in(&batch->arena, content) : RF_SLICE("");
    rf_message *message = copy.data ? rf_batch_add(batch) : NULL;
    if (!message)
        return rf_raise_nomem(reterr);
    message->payload = rf_text(RF_RAW, copy);
    message->meta = *meta;
    return RF_OK;
}

/* All parts are looked at before one is handed on: half a request is none. */
static bool is_sound(rf_multipart parts) {
    rf_slice head, content;
    rf_multipart_next next = rf_multipart_read(&parts, &head, &content);
    if (next != RF_MULTIPART_PART)
        return false;
    while (next == RF_MULTIPART_PART)
        next = rf_multipart_read(&parts, &head, &content);
    return next == RF_MULTIPART_END;
}

/* Takes the next request. False: there is none, or it was answered already. */
static bool take(rf_http_server *self, uint64_t wait_ns) {
    rf_arrival *arrival = rf_arrivals_take(self->arrivals, wait_ns);
    if (!arrival)
        return false;
    rf_slice boundary = rf_multipart_boundary(arrival->content_type), body = rf_buffer_view(&arrival->body);
    self->parts = (rf_multipart){ .body = body, .boundary = boundary };
    if (boundary.data && !is_sound(self->parts)) {
        rf_arrival_answer(arrival, MHD_HTTP_BAD_REQUEST, "the multipart body is broken");
        return false;
    }
    self->current = arrival;
    return true;
}

/* RF_ECLOSED: that was the last of it. */
static rf_code add_parts(rf_http_server *self, rf_batch *batch, uint32_t max, const rf_meta *meta, rf_error *reterr) {
    rf_slice head, content;
    for (uint32_t n = 0; n < max; n++) {
        rf_code code;
        if (rf_multipart_read(&self->parts, &head, &content) != RF_MULTIPART_PART)
            return RF_ECLOSED;
        code = add(batch, content, meta, reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

static rf_code add_messages(rf_http_server *self, rf_batch *batch, uint32_t max, rf_error *reterr) {
    rf_meta meta = { 0 };
    rf_code code = make_meta(batch, self->current, &meta, reterr);
    if (code)
        return code;
    if (self->parts.boundary.data)
        return add_parts(self, batch, max, &meta, reterr);
    code = add(batch, self->parts.body, &meta, reterr);
    return code ? code : RF_ECLOSED;
}

/* Out of memory: nothing of this read is in the batch, and the client is told to come again. */
static void give_back(rf_http_server *self, rf_batch *batch, uint32_t before, rf_error *reterr) {
    batch->count = before;
    rf_arrival_answer(self->current, MHD_HTTP_SERVICE_UNAVAILABLE, "no memory: try again");
    self->current = NULL;
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
}

rf_code rf_http_server_read(void *server, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    rf_http_server *self = server;
    uint32_t before = batch->count;
    assert(max > 0);
    if (!self->current && !take(self, wait_ns))
        return RF_EAGAIN;
    rf_code code = add_messages(self, batch, max, reterr);
    bool over = code == RF_ECLOSED;
    for (uint32_t i = before; self->parts.boundary.data && i < batch->count; i++)
        batch->messages[i].parcel = before + 1;
    if (over)
        code = RF_OK;
    if (!code && batch->count > before)
        code = rf_arrival_link_to(self->current, &batch->mark, reterr);
    if (!code)
        batch->reply = &self->reply;
    if (code) {
        give_back(self, batch, before, reterr);
        return code;
    }
    if (over) {
        rf_arrival_read(self->current);
        self->current = NULL;
    }
    return batch->count > before ? RF_OK : RF_EAGAIN;
}
