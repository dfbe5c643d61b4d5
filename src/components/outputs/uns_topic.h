/* uns_topic.h: the one topic of Kafka that the unified namespace is in. */
#ifndef RF_OUTPUTS_UNS_TOPIC_H
#define RF_OUTPUTS_UNS_TOPIC_H

#include "components/kafka/producer.h"

#define RF_UNS_TOPIC "umh.messages"
#define RF_UNS_PARTITIONS 1

/* Makes the topic when it is not there, and checks it when it is. Errors: RF_EIO, RF_ECONFIG it has another number of partitions;
 * both retriable. (uns_topic.c) */
RF_NODISCARD rf_code rf_uns_topic_prepare(rf_kafka_client *client, rf_error *reterr);

#endif
