/* output_write.c: a batch to the broker, and the wait for its acknowledgements. */
#include "components/mqtt/output.h"

#include <assert.h>
#include <stdio.h>

#define CHUNK_BYTES ((size_t)32 << 10)  /* so much at the most waits before the client's thread is told */
#define OUTBOX_BYTES ((size_t)1 << 20)  /* the writer waits when more is unsent */
#define GLANCE_NS (50 * RF_NS_PER_MS)   /* giving up is announced to nobody */

/* A message that can never be published: counted by the host, told here, at a limited rate. */
static void fail_alone(rf_mqtt_output *self, rf_batch *batch, uint32_t index, const char *why) {
    const rf_log_origin origin = { self->env->label, self->env->path };
    uint32_t suppressed = 0;
    rf_message_fail(batch, &batch->messages[index], "mqtt: %s", why);
    self->unwritten++;
    if (!rf_log_limit_pass(&self->complaints, &suppressed))
        return;
    if (suppressed)
        rf_log_write(self->env->log, RF_LOG_ERROR, &origin, "a message is not published: %s (and %u more since the last such record)", why,
                     suppressed);
    else
        rf_log_write(self->env->log, RF_LOG_ERROR, &origin, "a message is not published: %s", why);
}

/* What the broker has answered. With the lock. */
static void collect(rf_mqtt_output *self, rf_batch *batch) {
    uint32_t message;
    uint8_t reason;
    while (rf_mqtt_inflight_finished(&self->inflight, &message, &reason)) {
        assert(message < batch->count);
        /* 0x80, 0x83, 0x97: it may do better later; the others speak of the message itself. */
        if (reason == 0x80 || reason == 0x83 || reason == 0x97) {
            if (!rf_batch_refuse(batch, message, "mqtt: the broker refused the message: %s", rf_mqtt_reason_text(RF_MQTT_5, reason)))
                self->out_of_memory = true;
        } else if (reason >= RF_MQTT_FAILED) {
            char why[160];
            (void)snprintf(why, sizeof why, "the broker refused the message: %s", rf_mqtt_reason_text(RF_MQTT_5, reason));
            fail_alone(self, batch, message, why);
        }
    }
}

/* What a wait is over by. */
typedef bool done_function(const rf_mqtt_output *self);

static bool has_room(const rf_mqtt_output *self) {
    return (self->qos == 0 || self->inflight.free_count) && self->client.unsent + self->client.outbox.len < OUTBOX_BYTES;
}

static bool is_settled(const rf_mqtt_output *self) {
    return self->qos ? rf_mqtt_inflight_is_empty(&self->inflight) : self->client.unsent == 0 && self->client.outbox.len == 0;
}

/* Waits until `done`, as long as there is progress. With the lock. */
static rf_code wait_for(rf_mqtt_output *self, rf_batch *batch, done_function *done, rf_error *reterr) {
    uint64_t moved_ns = rf_clock_mono_ns();
    size_t unsent = self->client.unsent;
    rf_mqtt_client_nudge(&self->client);
    for (;;) {
        bool moved = self->inflight.finished_count || self->client.unsent != unsent;
        unsent = self->client.unsent;
        collect(self, batch);
        if (self->client.lost)
            return rf_mqtt_client_raise(&self->client, reterr);
        if (done(self))
            return RF_OK;
        if (atomic_load(self->env->giving_up))
            return rf_raise(reterr, RF_EAGAIN, "giving up");
        uint64_t now_ns = rf_clock_mono_ns();
        moved_ns = moved ? now_ns : moved_ns;
        if (self->write_timeout_ns && now_ns - moved_ns >= self->write_timeout_ns)
            return rf_raise(reterr, RF_ELOST, "the broker has acknowledged nothing for %llu ms",
                            (unsigned long long)(self->write_timeout_ns / RF_NS_PER_MS));
        (void)rf_cond_wait_for(&self->client.changed, &self->client.lock, GLANCE_NS);
    }
}

/* Puts the packet into the outbox. With the lock. */
static rf_code put_packet(rf_mqtt_output *self, rf_batch *batch, uint32_t index, rf_mqtt_publish *publish, rf_error *reterr) {
    rf_buffer *outbox = &self->client.outbox;
    rf_code code = has_room(self) ? RF_OK : wait_for(self, batch, has_room, reterr);
    if (!code && self->client.lost)
        code = rf_mqtt_client_raise(&self->client, reterr);
    if (code)
        return code;
    publish->id = publish->qos ? rf_mqtt_inflight_take(&self->inflight, index, publish->qos) : 0;
    size_t before = outbox->len, len = rf_mqtt_write_publish(outbox, self->mqtt.version, publish);
    if (len == 0 || len > self->limits.maximum_packet || outbox->failed) {
        code = outbox->failed ? rf_raise_nomem(reterr) : RF_OK;
        outbox->len = before;
        outbox->failed = false;
        if (publish->id)
            rf_mqtt_inflight_untake(&self->inflight, publish->id);
        if (!code)
            fail_alone(self, batch, index, "the message is larger than the broker takes");
        return code;
    }
    if (outbox->len >= CHUNK_BYTES)
        rf_mqtt_client_nudge(&self->client);
    return RF_OK;
}

static rf_code publish_one(rf_mqtt_output *self, rf_batch *batch, uint32_t index, rf_error *reterr) {
    rf_mqtt_publish publish;
    rf_error error; /* a kilobyte: written only when there is something to say */
    rf_code code = rf_mqtt_output_message(self, batch, index, &publish, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code) {
        fail_alone(self, batch, index, error.message);
        return RF_OK;
    }
    rf_mutex_lock(&self->client.lock);
    code = put_packet(self, batch, index, &publish, reterr);
    rf_mutex_unlock(&self->client.lock);
    return code;
}

/* Waits for every acknowledgement: also after a failure, so that none of this batch is taken for one of the next. */
static rf_code settle(rf_mqtt_output *self, rf_batch *batch, rf_error *reterr) {
    rf_mutex_lock(&self->client.lock);
    rf_code code = wait_for(self, batch, is_settled, reterr);
    rf_mutex_unlock(&self->client.lock);
    return code || !self->out_of_memory ? code : rf_raise_nomem(reterr);
}

rf_code rf_mqtt_output_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    rf_mqtt_output *self = state;
    rf_code code = RF_OK;
    self->unwritten = 0;
    self->out_of_memory = false;
    for (uint32_t i = 0; i < batch->count && !code; i++)
        code = publish_one(self, batch, i, reterr);
    if (code != RF_ELOST && code != RF_EAGAIN) {
        rf_code settled = settle(self, batch, code ? NULL : reterr);
        code = settled == RF_ELOST || !code ? settled : code;
    }
    if (!code)
        *ret_unwritten = self->unwritten;
    else
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return code;
}
