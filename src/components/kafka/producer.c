/* producer.c: a producer's life: made, connected, ended with what it still had. */
#include "components/kafka/producer.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>

#define SERVE_MS 100               /* of one wait for reports */
#define QUEUED_MESSAGES 100000
#define QUEUED_KBYTES 16384        /* in librdkafka's hands; more waits in our queue, and that in the input */
#define PURGE_NS (5 * RF_NS_PER_S) /* for reports of what was thrown away: they come at once */

/* ---- librdkafka's callbacks ---- */

/* Our thread, in rd_kafka_flush. */
static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    rf_kafka_slot *slot = message->_private;
    (void)rk;
    (void)opaque;
    assert(slot->state == RF_KAFKA_OPEN && slot->producer->open > 0);
    slot->producer->open--;
    slot->error = message->err;
    slot->state = message->err ? RF_KAFKA_TODO : RF_KAFKA_DONE;
}

/* Any thread. */
static int32_t by_turn(const rd_kafka_topic_t *topic, const void *key, size_t len, int32_t count, void *opaque, void *message) {
    const rf_kafka_slot *slot = message;
    (void)topic;
    (void)key;
    (void)len;
    (void)opaque;
    return (int32_t)(slot->turn % (uint64_t)count);
}

/* ---- Life ---- */

void rf_kafka_producer_init(rf_kafka_producer *self, const rf_env *env, const rf_kafka_link *link, const rf_kafka_writing *writing,
                            rf_kafka_give *give, void *give_arg) {
    rf_kafka_client_init(&self->client, env);
    self->link = link;
    self->writing = writing;
    self->give = give;
    self->give_arg = give_arg;
    self->complaints = (rf_log_limit){ .burst = 10, .period_ns = 10 * RF_NS_PER_S };
}

static void set_partitioner(rf_kafka_setup *setup, const rf_kafka_writing *writing) {
    static const char *const names[] = { [RF_KAFKA_BY_FNV1A] = "fnv1a_random", [RF_KAFKA_BY_MURMUR2] = "murmur2_random", [RF_KAFKA_BY_CHANCE] = "random" };
    const rf_kafka_api *api = &setup->client->api;
    rd_kafka_topic_conf_t *topic;
    if (!setup->conf || writing->partitioner == RF_KAFKA_BY_HAND)
        return;
    if (writing->partitioner != RF_KAFKA_BY_TURN) {
        rf_kafka_setup_text(setup, "partitioner", rf_slice_of(names[writing->partitioner]));
        return;
    }
    rf_kafka_setup_number(setup, "sticky.partitioning.linger.ms", 0); /* it would choose for records without a key */
    topic = api->rd_kafka_topic_conf_new();
    api->rd_kafka_topic_conf_set_partitioner_cb(topic, by_turn);
    api->rd_kafka_conf_set_default_topic_conf(setup->conf, topic);
}

static rf_code make(rf_kafka_producer *self, rf_error *reterr) {
    const rf_kafka_writing *writing = self->writing;
    rf_kafka_setup setup;
    rf_kafka_setup_begin(&setup, &self->client, self->link, reterr);
    set_partitioner(&setup, writing);
    rf_kafka_setup_text(&setup, "compression.codec", rf_slice_of(writing->compression));
    rf_kafka_setup_text(&setup, "enable.idempotence", writing->idempotent ? RF_SLICE("true") : RF_SLICE("false"));
    if (writing->creates_nothing)
        rf_kafka_setup_text(&setup, "allow.auto.create.topics", RF_SLICE("false"));
    rf_kafka_setup_number(&setup, "acks", writing->idempotent || writing->all_replicas ? -1 : 1);
    /* More of one partition is never on its way than one request holds (producer_write.c), so that one that has to be repeated keeps the
     * order without idempotence too. */
    if (writing->idempotent)
        rf_kafka_setup_number(&setup, "max.in.flight.requests.per.connection", 5);
    rf_kafka_setup_number(&setup, "message.max.bytes", (int64_t)writing->message_bytes);
    rf_kafka_setup_number(&setup, "message.timeout.ms", 0); /* it goes on trying: we say when it is too long */
    rf_kafka_setup_number(&setup, "linger.ms", 1000);       /* a batch goes out whole, by the flush at its end */
    rf_kafka_setup_number(&setup, "queue.buffering.max.messages", QUEUED_MESSAGES);
    rf_kafka_setup_number(&setup, "queue.buffering.max.kbytes",
                          (int64_t)writing->message_bytes / 1024 * 2 > QUEUED_KBYTES ? (int64_t)writing->message_bytes / 1024 * 2
                                                                                     : QUEUED_KBYTES);
    if (setup.conf)
        self->client.api.rd_kafka_conf_set_dr_msg_cb(setup.conf, on_report);
    return rf_kafka_setup_end(&setup, RD_KAFKA_PRODUCER);
}

void rf_kafka_producer_abandon(rf_kafka_producer *self) {
    const rf_kafka_api *api = &self->client.api;
    uint64_t end = rf_clock_mono_ns() + PURGE_NS;
    if (self->client.rk && self->open > 0)
        (void)api->rd_kafka_purge(self->client.rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    while (self->client.rk && self->open > 0 && rf_clock_mono_ns() < end)
        (void)api->rd_kafka_poll(self->client.rk, SERVE_MS);
}

static void unmake(rf_kafka_producer *self) {
    rf_kafka_producer_abandon(self);
    if (self->client.rk)
        self->client.api.rd_kafka_destroy_flags(self->client.rk, 0);
    self->client.rk = NULL;
    self->open = 0;
    for (uint32_t i = 0; i < self->count; i++)
        if (self->slots[i].state == RF_KAFKA_OPEN)
            self->slots[i].state = RF_KAFKA_TODO;
}

void rf_kafka_producer_done(rf_kafka_producer *self) {
    if (!self->client.made)
        return;
    unmake(self);
    rf_free(self->slots);
    rf_kafka_client_done(&self->client);
}

rf_code rf_kafka_producer_connect(rf_kafka_producer *self, rf_error *reterr) {
    rf_code code = RF_OK;
    if (self->client.rk && (atomic_load(&self->client.maimed) || self->client.api.rd_kafka_fatal_error(self->client.rk, NULL, 0)))
        unmake(self);
    if (!self->client.rk)
        code = make(self, reterr);
    return code ? code : rf_kafka_client_reach(&self->client, self->client.env->giving_up, reterr);
}
