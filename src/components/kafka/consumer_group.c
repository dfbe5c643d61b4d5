/* consumer_group.c: partitions that come, and that go once what was read of them is through. */
#include "components/kafka/consumer.h"

#include "base/clock.h"

#include <assert.h>

#define LEAVE_WAIT_NS (5 * RF_NS_PER_S) /* for batches in work, before their partitions go to somebody else */

/* Records of a partition go to the queue of this time of ours; what an earlier time left is in another. */
static void forward(rf_kafka_consumer *self, const rd_kafka_topic_partition_t *one, rd_kafka_queue_t *to) {
    const rf_kafka_api *api = &self->client.api;
    rd_kafka_queue_t *from = api->rd_kafka_queue_get_partition(self->client.rk, one->topic, one->partition);
    if (!from)
        return;
    api->rd_kafka_queue_forward(from, to);
    api->rd_kafka_queue_destroy(from);
}

bool rf_kafka_own(rf_kafka_consumer *self, const rd_kafka_topic_partition_list_t *list) {
    static const uint64_t one = 1;
    const rf_kafka_api *api = &self->client.api;
    rf_kafka_disown(self);
    for (int i = 0; i < list->cnt; i++)
        if (!rf_kafka_marks_add(&self->marks, list->elems[i].topic, list->elems[i].partition)) {
            rf_kafka_marks_done(&self->marks);
            return false;
        }
    self->queue = api->rd_kafka_queue_new(self->client.rk);
    api->rd_kafka_queue_io_event_enable(self->queue, self->news_fd, &one, sizeof one);
    for (int i = 0; i < list->cnt; i++)
        forward(self, &list->elems[i], self->queue);
    return true;
}

/* Nobody else keeps them: partitions that are dealt anew, or read by another instance of librdkafka, would begin anew. */
void rf_kafka_keep_places(rf_kafka_consumer *self) {
    const rf_kafka_api *api = &self->client.api;
    if (self->reading->group.len > 0)
        return;
    if (!self->places)
        self->places = api->rd_kafka_topic_partition_list_new(16);
    for (size_t i = 0; i < self->marks.parts.count; i++) {
        const rf_kafka_part *part = &self->marks.parts.items[i];
        rd_kafka_topic_partition_t *place = api->rd_kafka_topic_partition_list_find(self->places, part->topic, part->partition);
        if (part->acked < 0)
            continue;
        if (!place)
            place = api->rd_kafka_topic_partition_list_add(self->places, part->topic, part->partition);
        place->offset = part->acked;
    }
}

void rf_kafka_find_places(const rf_kafka_consumer *self, rd_kafka_topic_partition_list_t *list) {
    for (int i = 0; self->places && i < list->cnt; i++) {
        rd_kafka_topic_partition_t *one = &list->elems[i];
        const rd_kafka_topic_partition_t *place = self->client.api.rd_kafka_topic_partition_list_find(self->places, one->topic, one->partition);
        if (place)
            one->offset = place->offset;
    }
}

static void drop_held(rf_kafka_consumer *self) {
    while (self->held_at < self->held_count)
        self->client.api.rd_kafka_message_destroy(self->held[self->held_at++]);
    self->held_at = self->held_count = 0;
}

void rf_kafka_disown(rf_kafka_consumer *self) {
    drop_held(self);
    rf_kafka_marks_done(&self->marks);
    self->leaving = self->limited = false;
    if (self->queue)
        self->client.api.rd_kafka_queue_destroy(self->queue);
    self->queue = NULL;
}

/* What is in work when another member goes on from the last commit would be done twice, and in another order. */
static void wait_for_work(rf_kafka_consumer *self) {
    uint64_t end = rf_clock_mono_ns() + LEAVE_WAIT_NS, now;
    self->leaving = true;
    while (rf_kafka_marks_in_work(&self->marks) > 0 && !atomic_load(&self->ending) && (now = rf_clock_mono_ns()) < end)
        (void)rf_cond_wait_for(&self->settled, &self->lock, end - now < RF_NS_PER_S / 10 ? end - now : RF_NS_PER_S / 10);
}

static void assigned(rf_kafka_consumer *self, rd_kafka_topic_partition_list_t *list) {
    if (!rf_kafka_own(self, list)) {
        atomic_store(&self->broken, true);
        (void)self->client.api.rd_kafka_assign(self->client.rk, NULL);
        return;
    }
    rf_kafka_client_log(&self->client, RF_LOG_INFO, "%d partition%s read here now", list->cnt, list->cnt == 1 ? " is" : "s are");
    rf_kafka_find_places(self, list);
    if (self->client.api.rd_kafka_assign(self->client.rk, list))
        atomic_store(&self->broken, true);
}

static void revoked(rf_kafka_consumer *self, const rd_kafka_topic_partition_list_t *list) {
    if (!self->client.api.rd_kafka_assignment_lost(self->client.rk)) /* lost: somebody else has them already */
        wait_for_work(self);
    rf_kafka_client_log(&self->client, RF_LOG_INFO, "%d partition%s given back", list->cnt, list->cnt == 1 ? " is" : "s are");
    rf_kafka_keep_places(self);
    rf_kafka_disown(self);
    (void)self->client.api.rd_kafka_assign(self->client.rk, NULL); /* commits what was stored */
}

void rf_kafka_on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t *list, void *opaque) {
    rf_kafka_consumer *self = opaque;
    assert(rk == self->client.rk);
    (void)rk;
    rf_mutex_lock(&self->lock);
    if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
        assigned(self, list);
    else
        revoked(self, list);
    rf_mutex_unlock(&self->lock);
}
