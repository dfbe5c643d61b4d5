/* input_read.c: what an mqtt input receives, as messages; and their acknowledgements. */
#include "components/mqtt/input.h"

#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>

#define ROOM_MORE 2 /* entries that a processor's snapshot appends (rf_meta_snapshot) */
#define FIRST_SUBSCRIBE 1u /* its identifier: ours, another space than that of the broker's messages */

/* Before each packet in the inbox. */
typedef struct parcel {
    uint32_t len, session;
    uint8_t flags;
} parcel;

/* ---- The client's thread, with the lock ---- */

static rf_code on_begin(void *state, const rf_mqtt_limits *limits, rf_buffer *outbox, rf_error *reterr) {
    rf_mqtt_input *self = state;
    uint8_t qos = (uint8_t)self->qos;
    if (qos > limits->maximum_qos)
        qos = limits->maximum_qos; /* what the broker can do at all */
    (void)reterr;
    self->subscription = RF_MQTT_WAITING;
    rf_mqtt_unacked_reconnect(&self->unacked, limits->session_present, outbox);
    rf_mqtt_write_subscribe(outbox, self->mqtt.version, FIRST_SUBSCRIBE, self->topics.items, self->topics.count, qos);
    return RF_OK;
}

static rf_code on_suback(rf_mqtt_input *self, const rf_mqtt_frame *frame, rf_error *reterr) {
    rf_mqtt_ack ack = { 0 };
    rf_code code = rf_mqtt_ack_read(self->mqtt.version, frame->type, frame->body, &ack, reterr);
    if (code)
        return code;
    if (ack.codes.len != self->topics.count)
        return rf_raise(reterr, RF_EPARSE, "the broker answered %zu topics of %zu", ack.codes.len, self->topics.count);
    for (size_t i = 0; i < ack.codes.len; i++) {
        uint8_t reason = (uint8_t)ack.codes.data[i];
        if (reason < RF_MQTT_FAILED)
            continue;
        (void)rf_raise(&self->refusal, RF_EREFUSED, "the broker refused the subscription to `%.*s`: %s",
                       RF_SLICE_ARG(self->topics.items[i]), rf_mqtt_reason_text(self->mqtt.version, reason));
        self->subscription = RF_MQTT_UNWELCOME;
        *reterr = self->refusal;
        return RF_EREFUSED;
    }
    self->subscription = RF_MQTT_SUBSCRIBED;
    return RF_OK;
}

static rf_code on_publish(rf_mqtt_input *self, const rf_mqtt_frame *frame, rf_buffer *outbox, rf_error *reterr) {
    rf_mqtt_publish publish;
    rf_code code = rf_mqtt_publish_read(self->mqtt.version, frame->flags, frame->body, &publish, reterr);
    if (code)
        return code;
    rf_mqtt_arrival arrival = publish.qos ? rf_mqtt_unacked_arrive(&self->unacked, &publish, outbox) : RF_MQTT_NEW;
    if (arrival == RF_MQTT_KNOWN)
        return RF_OK;
    if (arrival == RF_MQTT_IN_USE)
        return rf_raise(reterr, RF_EPARSE, "the broker gave the identifier %u to two messages", publish.id);
    const parcel head = { .len = (uint32_t)frame->body.len, .session = self->unacked.session, .flags = frame->flags };
    rf_buffer_append(&self->inbox, &head, sizeof head);
    rf_buffer_slice(&self->inbox, frame->body);
    return self->inbox.failed ? rf_raise_nomem(reterr) : RF_OK;
}

static rf_code on_packet(void *state, const rf_mqtt_frame *frame, rf_buffer *outbox, rf_error *reterr) {
    rf_mqtt_input *self = state;
    rf_mqtt_ack ack;
    switch (frame->type) {
    case RF_MQTT_PUBLISH:
        return on_publish(self, frame, outbox, reterr);
    case RF_MQTT_SUBACK:
        return on_suback(self, frame, reterr);
    case RF_MQTT_PUBREL: {
        rf_code code = rf_mqtt_ack_read(self->mqtt.version, frame->type, frame->body, &ack, reterr);
        if (!code)
            rf_mqtt_unacked_release(&self->unacked, ack.id, outbox);
        return code;
    }
    default:
        return rf_raise(reterr, RF_EPARSE, "the broker acknowledged what was not sent");
    }
}

bool rf_mqtt_input_is_hungry(const void *state) {
    const rf_mqtt_input *self = state;
    return self->inbox.len < RF_MQTT_INBOX_BYTES;
}

const rf_mqtt_role rf_mqtt_input_role = { on_begin, on_packet, rf_mqtt_input_is_hungry, .patient = true };

/* ---- The input's thread ---- */

/* Takes the inbox when ours is used up, waiting for something to be in it. */
static rf_code take_inbox(rf_mqtt_input *self, uint64_t wait_ns, rf_error *reterr) {
    uint64_t end_ns = rf_clock_mono_ns() + wait_ns, now_ns;
    rf_code code = RF_OK;
    rf_mutex_lock(&self->client.lock);
    while (self->inbox.len == 0 && !self->client.lost && !self->woken && (now_ns = rf_clock_mono_ns()) < end_ns)
        (void)rf_cond_wait_for(&self->client.changed, &self->client.lock, end_ns - now_ns);
    if (self->inbox.len) {
        rf_buffer emptied = self->opened;
        if (emptied.cap > 4 * RF_MQTT_INBOX_BYTES)
            rf_buffer_done(&emptied); /* what one huge message needed */
        rf_buffer_clear(&emptied);
        self->opened = self->inbox;
        self->opened_at = 0;
        self->inbox = emptied;
        rf_mqtt_client_nudge(&self->client); /* it may be hungry again */
    } else {
        code = self->client.lost ? rf_mqtt_client_raise(&self->client, reterr) : RF_EAGAIN;
    }
    rf_mutex_unlock(&self->client.lock);
    return code;
}

/* Whether the key may be remembered at that place: it outlives the batch, and no other entry of a message has it. */
static bool is_memorable(const rf_mqtt_input *self, uint32_t at, const rf_key *key) {
    if (!key->interned || at >= RF_MQTT_LAST || at > self->last_count)
        return false;
    for (uint32_t i = 0; i < at; i++)
        if (self->last[i] == key)
            return false;
    for (size_t i = 0; i < RF_MQTT_KEYS; i++)
        if (self->keys[i] == key)
            return false;
    return true;
}

/* A key that did not stand at that place the last time. NULL: out of memory. */
static const rf_key *learn_key(rf_mqtt_input *self, rf_batch *batch, uint32_t at, rf_slice name) {
    const rf_key *key = rf_keys_intern(batch->keys, &batch->arena, name);
    if (key && is_memorable(self, at, key)) {
        self->last[at] = key;
        self->last_count = at + 1; /* those behind it were held against another */
    } else if (key && at < self->last_count) {
        self->last_count = at;
    }
    return key;
}

/* Where the entries of a message go: while its keys are those of the message before nothing need be looked for. */
typedef struct entries {
    rf_batch *batch;
    rf_meta *meta;
    bool all_new; /* no key has been set twice, or can be */
} entries;

static bool set(const entries *to, const rf_key *key, rf_value value) {
    rf_meta *meta = to->meta;
    if (!to->all_new || meta->count == meta->cap)
        return rf_meta_set(&to->batch->arena, meta, key, value);
    meta->typed = meta->typed || value.kind != RF_STRING;
    meta->entries[meta->count++] = (rf_meta_entry){ key, value };
    return true;
}

static bool set_user_property(rf_mqtt_input *self, entries *to, uint32_t at, rf_slice name, rf_slice value) {
    const rf_key *key = at < self->last_count ? self->last[at] : NULL;
    if (RF_UNLIKELY(!key || !rf_slice_eq(rf_key_text(key), name))) {
        key = learn_key(self, to->batch, at, name);
        to->all_new = false;
    }
    if (RF_UNLIKELY(value.len == 0)) /* as if it were not there */
        return key && rf_meta_delete(&to->batch->arena, to->meta, key);
    return key && set(to, key, rf_string(value));
}

/* What version 5 tells of a message. User properties first: they cannot pass themselves off as ours. */
static bool set_user_properties(rf_mqtt_input *self, entries *to, rf_slice properties, bool *ret_more) {
    rf_slice name, value;
    uint32_t at = 0;
    for (rf_slice rest = properties; rest.len;) {
        rf_mqtt_property other;
        if (!rf_mqtt_property_pair(&rest, &name, &value))
            *ret_more = rf_mqtt_property_next(&rest, &other);
        else if (RF_UNLIKELY(name.len == 0))
            continue;
        else if (!set_user_property(self, to, at++, name, value))
            return false;
    }
    return true;
}

static bool set_properties(rf_mqtt_input *self, entries *to, rf_slice properties) {
    rf_mqtt_property property;
    bool more = false;
    if (!set_user_properties(self, to, properties, &more))
        return false;
    for (rf_slice rest = properties; more && rf_mqtt_property_next(&rest, &property);) {
        int key = property.id == RF_MQTT_CONTENT_TYPE       ? RF_MQTT_KEY_CONTENT_TYPE
                  : property.id == RF_MQTT_RESPONSE_TOPIC   ? RF_MQTT_KEY_RESPONSE_TOPIC
                  : property.id == RF_MQTT_CORRELATION_DATA ? RF_MQTT_KEY_CORRELATION
                                                            : RF_MQTT_KEYS;
        if (key < RF_MQTT_KEYS && !rf_meta_set(&to->batch->arena, to->meta, self->keys[key], rf_string(property.text)))
            return false;
    }
    return true;
}

static bool set_meta(rf_mqtt_input *self, rf_batch *batch, rf_message *message, const rf_mqtt_publish *publish) {
    entries to = { .batch = batch, .meta = &message->meta, .all_new = true };
    if (!rf_meta_reserve(&batch->arena, to.meta, 5 + self->last_count + ROOM_MORE) || !set_properties(self, &to, publish->properties))
        return false;
    return set(&to, self->keys[RF_MQTT_KEY_DUPLICATE], rf_bool(publish->duplicate)) &&
           set(&to, self->keys[RF_MQTT_KEY_QOS], rf_int(publish->qos)) &&
           set(&to, self->keys[RF_MQTT_KEY_RETAINED], rf_bool(publish->retained)) &&
           set(&to, self->keys[RF_MQTT_KEY_TOPIC], rf_string(publish->topic)) &&
           set(&to, self->keys[RF_MQTT_KEY_MESSAGE_ID], rf_int(publish->id));
}

/* One packet, whose bytes are the batch's, as a message. */
static rf_code add_message(rf_mqtt_input *self, rf_batch *batch, const parcel *head, rf_slice body, rf_mqtt_publish *ret_publish,
                           rf_error *reterr) {
    rf_message *message = rf_batch_add(batch);
    if (!message)
        return rf_raise_nomem(reterr);
    rf_mqtt_publish_reread(self->mqtt.version, head->flags, body, ret_publish);
    message->payload = rf_text(RF_RAW, ret_publish->payload);
    if (set_meta(self, batch, message, ret_publish))
        return RF_OK;
    batch->count--; /* not half a message */
    return rf_raise_nomem(reterr);
}

/* The first of the opened packets, into the batch. With the lock. */
static rf_code open_one(rf_mqtt_input *self, rf_batch *batch, rf_slice bytes, size_t *ret_len, rf_error *reterr) {
    parcel head;
    rf_mqtt_publish publish;
    uint32_t number = 0;
    memcpy(&head, bytes.data, sizeof head);
    rf_code code = add_message(self, batch, &head, (rf_slice){ bytes.data + sizeof head, head.len }, &publish, reterr);
    if (code)
        return code;
    if (!rf_mqtt_unacked_add(&self->unacked, publish.id, publish.qos, head.session, &number)) {
        batch->count--;
        return rf_raise_nomem(reterr);
    }
    if (batch->count == 1)
        batch->mark = (uint64_t)number << 32;
    batch->mark++; /* how many, in the lower half */
    *ret_len = sizeof head + head.len;
    return RF_OK;
}

/* Bytes of the next `max` packets. */
static size_t measure(const rf_mqtt_input *self, uint32_t max) {
    size_t at = self->opened_at;
    for (; max && at < self->opened.len; max--) {
        parcel head;
        memcpy(&head, self->opened.data + at, sizeof head);
        at += sizeof head + head.len;
    }
    return at - self->opened_at;
}

rf_code rf_mqtt_input_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    rf_mqtt_input *self = state;
    uint32_t before = batch->count;
    rf_code code = self->opened_at == self->opened.len ? take_inbox(self, wait_ns, reterr) : RF_OK;
    if (code)
        return code;
    size_t len = measure(self, max), at = 0, one = 0;
    char *copy = rf_arena_alloc(&batch->arena, len);
    if (!copy) {
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
        return rf_raise_nomem(reterr);
    }
    memcpy(copy, self->opened.data + self->opened_at, len); /* texts of the messages are views of it */
    rf_mutex_lock(&self->client.lock);
    while (at < len && !code) {
        code = open_one(self, batch, (rf_slice){ copy + at, len - at }, &one, reterr);
        at += code ? 0 : one;
    }
    rf_mutex_unlock(&self->client.lock);
    self->opened_at += at; /* out of memory half-way: the rest may do better */
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return batch->count > before ? RF_OK : code;
}

void rf_mqtt_input_ack(void *state, uint64_t mark, bool delivered) {
    rf_mqtt_input *self = state;
    rf_mqtt_client *client = &self->client;
    rf_mutex_lock(&client->lock);
    rf_mqtt_unacked_finish(&self->unacked, (uint32_t)(mark >> 32), (uint32_t)mark, delivered, client->lost ? NULL : &client->outbox);
    rf_mqtt_client_nudge(client);
    rf_mutex_unlock(&client->lock);
}

/* The user wants it to be over, and the broker sends only so many that are not acknowledged. */
void rf_mqtt_input_nack(void *state, uint64_t mark, const char *why RF_UNUSED) {
    rf_mqtt_input_ack(state, mark, true);
}
