/* producer.h: writes batches to Kafka and waits for the broker's word on each message. */
#ifndef RF_KAFKA_PRODUCER_H
#define RF_KAFKA_PRODUCER_H

#include "components/backoff.h"
#include "components/kafka/client.h"
#include "message/message.h"

typedef enum rf_kafka_partitioner {
    RF_KAFKA_BY_FNV1A,
    RF_KAFKA_BY_MURMUR2,
    RF_KAFKA_BY_CHANCE,
    RF_KAFKA_BY_TURN,
    RF_KAFKA_BY_HAND,
} rf_kafka_partitioner;

/* What a config says about writing. */
typedef struct rf_kafka_writing {
    rf_kafka_partitioner partitioner;
    const char *compression; /* librdkafka's name of the codec */
    bool idempotent, all_replicas;
    bool creates_nothing;    /* brokers that make missing topics by themselves are asked not to */
    uint64_t message_bytes;  /* the largest message */
    uint64_t timeout_ns;     /* how long a write waits before it says that there is no answer */
    bool retries;            /* a write tries again by itself before it fails, as the next two say */
    int64_t max_retries;     /* 0: until the backoff's time is over */
    rf_retry_backoff backoff;
} rf_kafka_writing;

/* What is written for one message. Texts live until the batch is written. */
typedef struct rf_kafka_outgoing {
    const char *topic;
    rf_slice key;
    bool has_key;
    int32_t partition;           /* RD_KAFKA_PARTITION_UA: the partitioner's choice */
    int64_t timestamp_ms;        /* 0: now */
    rd_kafka_headers_t *headers; /* the producer takes them; NULL: none */
} rf_kafka_outgoing;

/* Says what is written for message `index`. Output thread. Errors: RF_ENOMEM; a retriable one keeps the batch; any other is that of the
 * message, which fails alone. */
typedef rf_code rf_kafka_give(void *arg, rf_batch *batch, uint32_t index, rf_kafka_outgoing *ret, rf_error *reterr);

typedef enum rf_kafka_slot_state {
    RF_KAFKA_TODO,
    RF_KAFKA_OPEN,  /* librdkafka has it */
    RF_KAFKA_DONE,  /* the broker has it */
    RF_KAFKA_WRONG, /* it can never be written */
} rf_kafka_slot_state;

/* One message of the batch. librdkafka's callbacks get its address. */
typedef struct rf_kafka_slot {
    struct rf_kafka_producer *producer;
    uint64_t turn;
    rd_kafka_resp_err_t error; /* of the last try */
    rf_kafka_slot_state state;
} rf_kafka_slot;

typedef struct rf_kafka_producer {
    rf_kafka_client client; /* first */
    const rf_kafka_link *link;
    const rf_kafka_writing *writing;
    rf_kafka_give *give;
    void *give_arg;
    rf_log_limit complaints;

    /* The batch that is being written, over several calls when there is no answer for long. */
    const rf_batch *batch; /* NULL: none */
    rf_kafka_slot *slots;  /* one a message */
    uint32_t count, slot_cap;
    uint32_t open;         /* messages in librdkafka's hands */
    size_t chunk_bytes;    /* handed over since nothing was open */
    uint64_t turn;         /* of RF_KAFKA_BY_TURN */
    bool alone;            /* what is too large is being tried message by message */
} rf_kafka_producer;

/* Zeroed before. Connects to nothing. */
void rf_kafka_producer_init(rf_kafka_producer *self, const rf_env *env, const rf_kafka_link *link, const rf_kafka_writing *writing,
                            rf_kafka_give *give, void *give_arg);
void rf_kafka_producer_done(rf_kafka_producer *self);

/* As an output's connect, write and forget. */
RF_NODISCARD rf_code rf_kafka_producer_connect(rf_kafka_producer *self, rf_error *reterr);
RF_NODISCARD rf_code rf_kafka_producer_write(rf_kafka_producer *self, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr);

void rf_kafka_producer_forget(rf_kafka_producer *self);

/* A message will never be written: marked, counted, logged at a limited rate. */
void rf_kafka_producer_refuse(rf_kafka_producer *self, rf_batch *batch, uint32_t index, const char *why);

/* Takes back what librdkafka still has, for good. (producer.c, for producer_write.c) */
void rf_kafka_producer_abandon(rf_kafka_producer *self);

#endif
