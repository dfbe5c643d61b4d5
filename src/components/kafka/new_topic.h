/* new_topic.h: makes a topic that is missing. */
#ifndef RF_KAFKA_NEW_TOPIC_H
#define RF_KAFKA_NEW_TOPIC_H

#include "components/kafka/client.h"

/* What it is made with. */
typedef struct rf_kafka_new_topic {
    const char *name;
    int32_t partitions, replicas; /* -1: as the broker has it */
    const char *cleanup;          /* its cleanup.policy; NULL: as the broker has it */
} rf_kafka_new_topic;

/* Makes the topic, or finds that it is there; waits for five seconds at the most, and logs what it made.
 * Errors: RF_EIO, retriable. The client is connected; any thread. */
RF_NODISCARD rf_code rf_kafka_make_topic(rf_kafka_client *client, const rf_kafka_new_topic *topic, rf_error *reterr);

#endif
