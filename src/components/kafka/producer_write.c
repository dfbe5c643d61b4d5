/* producer_write.c: a batch handed to librdkafka, and its delivery reports. */
#include "components/kafka/producer.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>

#define SERVE_MS 100                    /* of one wait for reports */
#define CHUNK_BYTES ((size_t)400 << 10) /* well within a request (batch.size, 1 MB) with what records bring along */
#define RECORD_BYTES 128                /* what one brings along, and each header */

/* ---- The batch ---- */

static rf_code make_slots(rf_kafka_producer *self, uint32_t count, rf_error *reterr) {
    if (count > self->slot_cap) {
        rf_kafka_slot *slots = rf_realloc(self->slots, count * sizeof *slots);
        if (!slots)
            return rf_raise_nomem(reterr);
        self->slots = slots;
        self->slot_cap = count;
    }
    for (uint32_t i = 0; i < count; i++)
        self->slots[i] = (rf_kafka_slot){ .producer = self, .turn = self->turn++ };
    self->count = count;
    return RF_OK;
}

/* The same batch again goes on where it was. */
static rf_code begin(rf_kafka_producer *self, rf_batch *batch, rf_error *reterr) {
    rf_code code;
    if (self->batch == batch && self->count == batch->count)
        return RF_OK;
    rf_kafka_producer_abandon(self); /* left by somebody who did not say so */
    if (self->open > 0)
        return rf_raise(reterr, RF_ELOST, "librdkafka does not give back the messages before");
    code = make_slots(self, batch->count, reterr);
    self->batch = code ? NULL : batch;
    self->alone = false;
    return code;
}

void rf_kafka_producer_refuse(rf_kafka_producer *self, rf_batch *batch, uint32_t index, const char *why) {
    uint32_t suppressed;
    rf_message_fail(batch, &batch->messages[index], "%s", why);
    if (rf_log_limit_pass(&self->complaints, &suppressed))
        rf_kafka_client_log(&self->client, RF_LOG_ERROR, "message not written: %s", why);
}

/* What the message itself is to blame for. */
static bool is_final(rd_kafka_resp_err_t error) {
    switch (error) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
        return true;
    default:
        return false;
    }
}

static void fail_slot(rf_kafka_producer *self, rf_batch *batch, uint32_t index, const char *why) {
    self->slots[index].state = RF_KAFKA_WRONG;
    rf_kafka_producer_refuse(self, batch, index, why);
}

/* What is on its way has to arrive first, before so many bytes more. */
static bool is_full(const rf_kafka_producer *self, size_t bytes) {
    return self->open > 0 && (self->alone || (!self->writing->idempotent && self->chunk_bytes + bytes > CHUNK_BYTES));
}

static void drop_headers(const rf_kafka_producer *self, const rf_kafka_outgoing *out) {
    if (out->headers)
        self->client.api.rd_kafka_headers_destroy(out->headers);
}

static rd_kafka_resp_err_t produce(rf_kafka_producer *self, rf_slice payload, const rf_kafka_outgoing *out, rf_kafka_slot *slot) {
    const rf_kafka_api *api = &self->client.api;
    rd_kafka_vu_t parts[] = {
        { .vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = out->topic },
        { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = out->partition },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { (void *)(uintptr_t)(payload.data ? payload.data : ""), payload.len } },
        { .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { out->has_key ? (void *)(uintptr_t)out->key.data : NULL, out->key.len } },
        { .vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = out->timestamp_ms },
        { .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = slot },
        { .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = out->headers },
    };
    size_t count = sizeof parts / sizeof *parts - (out->headers ? 0 : 1);
    rd_kafka_error_t *error = api->rd_kafka_produceva(self->client.rk, parts, count);
    rd_kafka_resp_err_t code = error ? api->rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error) {
        api->rd_kafka_error_destroy(error);
        drop_headers(self, out);
    }
    return code;
}

/* RF_EAGAIN: librdkafka has no room now. */
static rf_code send_one(rf_kafka_producer *self, rf_batch *batch, uint32_t index, rf_error *reterr) {
    rf_kafka_slot *slot = &self->slots[index];
    rf_kafka_outgoing out = { .partition = RD_KAFKA_PARTITION_UA };
    rf_error error;
    rf_slice payload = { 0 };
    rf_code code = rf_message_bytes(batch, &batch->messages[index], &payload, &error);
    rd_kafka_resp_err_t refused;
    size_t bytes;
    if (!code)
        code = self->give(self->give_arg, batch, index, &out, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code && error.flags & RF_ERROR_RETRIABLE) {
        *reterr = error;
        return code;
    }
    if (code) {
        fail_slot(self, batch, index, error.message);
        return RF_OK;
    }
    bytes = payload.len + out.key.len + RECORD_BYTES * (1 + batch->messages[index].meta.count);
    if (is_full(self, bytes)) {
        drop_headers(self, &out);
        return RF_EAGAIN;
    }
    slot->state = RF_KAFKA_OPEN; /* first: its report may come before the call returns */
    self->open++;
    self->chunk_bytes += bytes;
    refused = produce(self, payload, &out, slot);
    if (!refused)
        return RF_OK;
    slot->state = RF_KAFKA_TODO;
    slot->error = refused;
    self->open--;
    if (refused == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return RF_EAGAIN;
    if (is_final(refused)) {
        fail_slot(self, batch, index, self->client.api.rd_kafka_err2str(refused));
        return RF_OK;
    }
    return RF_OK; /* such as an unknown topic: settle() waits and tries again */
}

/* Hands on what has not been, as far as there is room. */
static rf_code send_all(rf_kafka_producer *self, rf_batch *batch, uint32_t *next, rf_error *reterr) {
    rf_code code = RF_OK;
    if (self->open == 0)
        self->chunk_bytes = 0;
    for (; *next < self->count && !code; *next += !code)
        if (self->slots[*next].state == RF_KAFKA_TODO)
            code = send_one(self, batch, *next, reterr);
    return code == RF_EAGAIN ? RF_OK : code;
}

/* ---- Its reports ---- */

static rf_code no_answer(rf_kafka_producer *self, rf_error *reterr) {
    char text[256];
    rf_kafka_client_trouble(&self->client, "nothing is heard of it", text);
    return rf_raise(reterr, RF_ELOST, "no answer from the Kafka broker: %s", text);
}

/* Sends and waits until every message has been reported on, or for too long. What is reported as failed is left for settle(). */
static rf_code pass(rf_kafka_producer *self, rf_batch *batch, rf_error *reterr) {
    uint64_t end = rf_clock_mono_ns() + self->writing->timeout_ns;
    uint32_t next = 0;
    for (;;) {
        rf_code code = send_all(self, batch, &next, reterr);
        if (code)
            return code;
        if (self->open == 0 && next == self->count)
            return RF_OK;
        (void)self->client.api.rd_kafka_flush(self->client.rk, SERVE_MS);
        if (self->open > 0 && self->client.api.rd_kafka_fatal_error(self->client.rk, NULL, 0))
            return no_answer(self, reterr);
        if (self->open > 0 && (rf_clock_mono_ns() >= end || atomic_load(self->client.env->giving_up)))
            return no_answer(self, reterr);
    }
}

/* After a pass: true when some are worth another one. *ret_error: why, when only waiting can help. */
static bool settle(rf_kafka_producer *self, rf_batch *batch, rd_kafka_resp_err_t *ret_error) {
    bool again = false;
    for (uint32_t i = 0; i < self->count; i++) {
        rf_kafka_slot *slot = &self->slots[i];
        if (slot->state != RF_KAFKA_TODO)
            continue;
        if (!is_final(slot->error))
            *ret_error = slot->error;
        else if (!self->alone)
            again = true; /* it may have been refused for what went with it */
        else
            fail_slot(self, batch, i, self->client.api.rd_kafka_err2str(slot->error));
    }
    return again;
}

static rf_code write_all(rf_kafka_producer *self, rf_batch *batch, rf_error *reterr) {
    for (;;) {
        rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
        rf_code code = pass(self, batch, reterr);
        bool again = !code && settle(self, batch, &error);
        if (code)
            return code;
        if (error) {
            code = rf_raise(reterr, RF_EIO, "the Kafka broker refuses messages: %s", self->client.api.rd_kafka_err2str(error));
            rf_error_flag(reterr, RF_ERROR_RETRIABLE);
            return code;
        }
        if (!again)
            return RF_OK;
        self->alone = true;
    }
}

/* As often as the config says, in place. */
static rf_code write_patiently(rf_kafka_producer *self, rf_batch *batch, rf_error *reterr) {
    const rf_kafka_writing *writing = self->writing;
    uint64_t begin = rf_clock_mono_ns();
    for (uint32_t tries = 0;; tries++) {
        rf_error error = { 0 };
        rf_code code = write_all(self, batch, &error);
        uint64_t wait_ns = rf_retry_wait_ns(&writing->backoff, tries), gone_ns = rf_clock_mono_ns() - begin;
        bool over = !writing->retries || code == RF_ENOMEM || (writing->max_retries && tries >= (uint64_t)writing->max_retries) ||
                    (writing->backoff.elapsed_ns && gone_ns + wait_ns > writing->backoff.elapsed_ns);
        if (!code || over || !rf_retry_sleep(self->client.env, wait_ns)) {
            if (code && reterr)
                *reterr = error;
            return code;
        }
        rf_kafka_client_log(&self->client, RF_LOG_DEBUG, "not written, tried again: %s", error.message);
    }
}

static uint32_t count_wrong(const rf_kafka_producer *self) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < self->count; i++)
        count += self->slots[i].state == RF_KAFKA_WRONG;
    return count;
}

rf_code rf_kafka_producer_write(rf_kafka_producer *self, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    rf_code code;
    assert(self->client.rk);
    code = begin(self, batch, reterr);
    if (!code)
        code = write_patiently(self, batch, reterr);
    if (code)
        return code;
    *ret_unwritten = count_wrong(self);
    self->batch = NULL;
    return RF_OK;
}

void rf_kafka_producer_forget(rf_kafka_producer *self) {
    rf_kafka_producer_abandon(self);
    self->batch = NULL;
}
