/* consumer.h: reads topics of Kafka, alone or as a member of a group, and commits what was acknowledged, never more. */
#ifndef RF_KAFKA_CONSUMER_H
#define RF_KAFKA_CONSUMER_H

#include "components/kafka/client.h"
#include "components/kafka/marks.h"
#include "message/message.h"

/* Where to begin when nothing was committed. */
typedef enum rf_kafka_start { RF_KAFKA_EARLIEST, RF_KAFKA_LATEST, RF_KAFKA_COMMITTED /* nowhere */ } rf_kafka_start;

/* What a config says about reading; texts are the config's. */
typedef struct rf_kafka_reading {
    rf_strings topics;      /* names, joined names, name:partitions, name:partitions:offset */
    bool regexp_topics;     /* `topics` are patterns */
    rf_strings included, excluded; /* patterns: of more topics to read, and of those that are not */
    rf_slice group;         /* empty: none, nothing is committed */
    rf_kafka_start start;
    int64_t checkpoint_limit; /* messages of one partition in work at a time */
    uint64_t commit_period_ns, session_timeout_ns, heartbeat_ns, rebalance_timeout_ns;
    uint64_t fetch_bytes;   /* most that is fetched of a partition at once; 0: the standard, here and below */
    uint64_t fetch_max_bytes, fetch_min_bytes, fetch_wait_ns; /* of a broker: most at once; least, and how long it waits for that */
    bool read_uncommitted;  /* transactions that are open or were given up are read, too */
    rf_slice instance_id;   /* the member's name for life, so that one that comes back soon has its partitions again; empty: it has none */
} rf_kafka_reading;

/*
 * Makes a message of a record at the end of `batch`, or none: *ret_kept false. `lag`: records behind it in its partition.
 * Input thread. On an error the batch is as before, and the same record comes again.
 */
typedef rf_code rf_kafka_take(void *arg, rf_batch *batch, const rd_kafka_message_t *record, int64_t lag, bool *ret_kept,
                              rf_error *reterr);

#define RF_KAFKA_HELD 256u

typedef struct rf_kafka_consumer {
    rf_kafka_client client; /* first */
    const rf_kafka_link *link;
    const rf_kafka_reading *reading;
    rf_kafka_take *take;
    void *take_arg;
    _Atomic bool woken; /* the host wants no more */
    int news_fd;        /* an event: records have come, room for more, or the former; 0: none */

    rf_thread keeper;  /* serves the group, also while nobody reads */
    _Atomic bool ending, broken;

    rf_mutex lock;     /* for all that follows */
    rf_cond settled;   /* something was acknowledged */
    rf_kafka_marks marks;
    rd_kafka_topic_partition_list_t *places; /* without a group: how far partitions were read that are not ours now; NULL: none were */
    rd_kafka_queue_t *queue; /* records of the partitions that are ours; NULL: none are */
    bool leaving;      /* partitions are about to be taken away: read no more of them */
    bool limited;      /* a read waits for acknowledgements */
    bool assigned;     /* by ourselves, without a group */
    uint64_t mark;     /* of the batch that is being read */
    rd_kafka_message_t *held[RF_KAFKA_HELD]; /* taken from the queue, not yet made messages */
    uint32_t held_at, held_count;
} rf_kafka_consumer;

/* Zeroed before. Connects to nothing. Errors: RF_EIO no event could be made. */
RF_NODISCARD rf_code rf_kafka_consumer_init(rf_kafka_consumer *self, const rf_env *env, const rf_kafka_link *link,
                                            const rf_kafka_reading *reading, rf_kafka_take *take, void *take_arg, rf_error *reterr);
/* Commits, leaves the group. Also after a failed init. */
void rf_kafka_consumer_done(rf_kafka_consumer *self);

/* As an input's connect, read, ack and wake. */
RF_NODISCARD rf_code rf_kafka_consumer_connect(rf_kafka_consumer *self, rf_error *reterr);
RF_NODISCARD rf_code rf_kafka_consumer_read(rf_kafka_consumer *self, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr);
void rf_kafka_consumer_ack(rf_kafka_consumer *self, uint64_t mark, bool delivered);
void rf_kafka_consumer_wake(rf_kafka_consumer *self);

/* ---- Between the parts of the consumer ---- */

/* librdkafka's callback: partitions come and go. On whatever thread polls. */
void rf_kafka_on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t *list, void *opaque);
/* The partitions of the list are ours now. False: out of memory, and none is. */
bool rf_kafka_own(rf_kafka_consumer *self, const rd_kafka_topic_partition_list_t *list);
/* Without a group: notes how far ours are acknowledged; and gives partitions that come again the offsets to go on at. */
void rf_kafka_keep_places(rf_kafka_consumer *self);
void rf_kafka_find_places(const rf_kafka_consumer *self, rd_kafka_topic_partition_list_t *list);
/* None is ours any more. */
void rf_kafka_disown(rf_kafka_consumer *self);

/* ---- topics.c ---- */

/* Checks the topics of a config; reports at `conf`'s `topics`. */
RF_NODISCARD rf_code rf_kafka_topics_check(const rf_kafka_reading *reading, const rf_conf *conf);
/* Checks the patterns, which are POSIX extended ones; reports at the field that has one that is none. Errors: RF_ECONFIG reported, RF_ENOMEM. */
RF_NODISCARD rf_code rf_kafka_patterns_check(const rf_kafka_reading *reading, const rf_conf *conf, rf_error *reterr);
/* Whether some are patterns, for which only a group's member finds topics. */
bool rf_kafka_topics_sought(const rf_kafka_reading *reading);
/* Appends librdkafka's list of those that are not read. */
void rf_kafka_topics_excluded(const rf_kafka_reading *reading, rf_buffer *out);
/* Whether they name partitions (`topic:0-3`), which are then read without sharing. */
bool rf_kafka_topics_fixed(const rf_kafka_reading *reading);
/* Whether they name offsets (`topic:0:1000`), too. */
bool rf_kafka_topics_placed(const rf_kafka_reading *reading);
/* Adds each topic, or each named partition, to the list, with its own offset or `offset`. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_kafka_topics_list(const rf_kafka_api *api, const rf_kafka_reading *reading, int64_t offset,
                                          rd_kafka_topic_partition_list_t *list, rf_error *reterr);

#endif
