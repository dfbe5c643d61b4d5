/* consumer_read.c: records become messages, acknowledgements become offsets. */
#include "components/kafka/consumer.h"

#include "base/clock.h"

#include <assert.h>
#include <poll.h>
#include <unistd.h>

/* ---- Under the lock ---- */

/* Takes what is there, without waiting. */
static void fill(rf_kafka_consumer *self, const rf_batch *batch, uint32_t max) {
    bool full = rf_kafka_marks_most(&self->marks) >= (uint64_t)self->reading->checkpoint_limit;
    ssize_t count;
    self->limited = full && batch->count == 0; /* a batch that was begun may end, or it would wait for itself */
    if (!self->queue || self->leaving || self->limited)
        return;
    count = self->client.api.rd_kafka_consume_batch_queue(self->queue, 0, self->held, max < RF_KAFKA_HELD ? max : RF_KAFKA_HELD);
    self->held_at = 0;
    self->held_count = count > 0 ? (uint32_t)count : 0;
}

static int64_t lag_of(rf_kafka_consumer *self, const rd_kafka_message_t *record, const char *topic) {
    int64_t low = 0, high = 0;
    if (self->client.api.rd_kafka_get_watermark_offsets(self->client.rk, topic, record->partition, &low, &high))
        return 0;
    return high > record->offset ? high - record->offset - 1 : 0;
}

/* A record that is none: what librdkafka has to say about its partition. */
static void tell(rf_kafka_consumer *self, const rd_kafka_message_t *record) {
    uint32_t suppressed;
    if (rf_log_limit_pass(&self->client.limit, &suppressed))
        rf_kafka_client_log(&self->client, RF_LOG_WARN, "%s: %s", self->client.api.rd_kafka_err2name(record->err),
                            self->client.api.rd_kafka_message_errstr(record));
}

/* One record. On an error it stays the next. */
static rf_code take_one(rf_kafka_consumer *self, rf_batch *batch, const rd_kafka_message_t *record, rf_error *reterr) {
    const char *topic = record->rkt ? self->client.api.rd_kafka_topic_name(record->rkt) : "";
    rf_kafka_part *part = rf_kafka_marks_find(&self->marks, topic, record->partition);
    uint32_t before = batch->count;
    bool kept = false, noted;
    rf_code code;
    if (record->err) {
        tell(self, record);
        return RF_OK;
    }
    if (!part)
        return RF_OK; /* not ours any more */
    code = self->take(self->take_arg, batch, record, lag_of(self, record, topic), &kept, reterr);
    if (code)
        return code;
    noted = kept ? rf_kafka_part_read(part, self->mark, record->offset) : rf_kafka_part_skip(part, record->offset);
    if (noted)
        return RF_OK;
    batch->count = before;
    return rf_raise_nomem(reterr);
}

static void store(rf_kafka_consumer *self, const rf_kafka_part *part) {
    const rf_kafka_api *api = &self->client.api;
    rd_kafka_topic_partition_list_t *list;
    if (self->reading->group.len == 0 || !(list = api->rd_kafka_topic_partition_list_new(1)))
        return;
    api->rd_kafka_topic_partition_list_add(list, part->topic, part->partition)->offset = part->acked;
    (void)api->rd_kafka_offsets_store(self->client.rk, list); /* refused: the partition is somebody else's by now */
    api->rd_kafka_topic_partition_list_destroy(list);
}

static rf_code take_held(rf_kafka_consumer *self, rf_batch *batch, rf_error *reterr) {
    rf_code code = RF_OK;
    while (self->held_at < self->held_count && !code) {
        rd_kafka_message_t *record = self->held[self->held_at];
        code = take_one(self, batch, record, reterr);
        if (code)
            break;
        self->client.api.rd_kafka_message_destroy(record);
        self->held_at++;
    }
    return code;
}

/* Tells librdkafka how far each partition is done; it commits that now and then. Skipped records count too. */
static void store_new(rf_kafka_consumer *self) {
    for (size_t i = 0; i < self->marks.parts.count; i++) {
        rf_kafka_part *part = &self->marks.parts.items[i];
        if (part->acked == part->stored)
            continue;
        part->stored = part->acked;
        store(self, part);
    }
}

/* What there is, now. */
static rf_code take_some(rf_kafka_consumer *self, rf_batch *batch, uint32_t max, rf_error *reterr) {
    uint32_t before = batch->count;
    rf_code code;
    rf_mutex_lock(&self->lock);
    if (before == 0)
        self->mark++;
    batch->mark = self->mark;
    if (self->held_at == self->held_count)
        fill(self, batch, max);
    code = take_held(self, batch, reterr);
    store_new(self);
    rf_mutex_unlock(&self->lock);
    if (batch->count > before)
        return RF_OK;
    return code ? code : RF_EAGAIN;
}

/* ---- The input's calls ---- */

static rf_code check_link(rf_kafka_consumer *self, rf_error *reterr) {
    char text[256];
    if (atomic_load(&self->broken))
        return rf_raise(reterr, RF_ELOST, "partitions could not be taken over");
    if (!atomic_load(&self->client.down) && !atomic_load(&self->client.maimed))
        return RF_OK;
    rf_kafka_client_trouble(&self->client, "all brokers are down", text);
    return rf_raise(reterr, RF_ELOST, "no Kafka broker can be reached: %s", text);
}

static void wait_for_news(rf_kafka_consumer *self, uint64_t wait_ns) {
    struct pollfd event = { .fd = self->news_fd, .events = POLLIN };
    struct timespec wait = { .tv_sec = (time_t)(wait_ns / RF_NS_PER_S), .tv_nsec = (long)(wait_ns % RF_NS_PER_S) };
    uint64_t count;
    if (ppoll(&event, 1, &wait, NULL) > 0 && read(self->news_fd, &count, sizeof count) < 0) {
        /* Nobody else reads it; and nothing would follow from it. */
    }
}

static void tell_news(const rf_kafka_consumer *self) {
    const uint64_t one = 1;
    if (write(self->news_fd, &one, sizeof one) < 0) {
        /* Full: it is read soon. */
    }
}

rf_code rf_kafka_consumer_read(rf_kafka_consumer *self, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    uint64_t end = rf_clock_mono_ns() + wait_ns, now;
    rf_code code;
    assert(self->client.rk && max > 0);
    for (;;) {
        code = take_some(self, batch, max, reterr);
        if (code == RF_ENOMEM)
            rf_error_flag(reterr, RF_ERROR_RETRIABLE);
        if (code != RF_EAGAIN)
            return code;
        code = check_link(self, reterr);
        if (code)
            return code;
        now = rf_clock_mono_ns();
        if (now >= end || atomic_exchange(&self->woken, false))
            return RF_EAGAIN;
        wait_for_news(self, end - now);
    }
}

void rf_kafka_consumer_ack(rf_kafka_consumer *self, uint64_t mark, bool delivered) {
    if (!delivered)
        return; /* never committed: it comes again at the next start */
    rf_mutex_lock(&self->lock);
    for (size_t i = 0; i < self->marks.parts.count; i++)
        (void)rf_kafka_part_ack(&self->marks.parts.items[i], mark);
    if (self->client.rk)
        store_new(self);
    rf_cond_broadcast(&self->settled);
    if (self->limited)
        tell_news(self);
    rf_mutex_unlock(&self->lock);
}

void rf_kafka_consumer_wake(rf_kafka_consumer *self) {
    atomic_store(&self->woken, true);
    tell_news(self);
}
