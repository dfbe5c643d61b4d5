/* record.h: a record of Kafka as a message. */
#ifndef RF_KAFKA_RECORD_H
#define RF_KAFKA_RECORD_H

#include "components/kafka/api.h"
#include "message/message.h"

/* Adds a message with the record's value and, as metadata, its headers: each as a text, of one that comes twice the last, or as RF_LIST of
 * all its texts. Room for `more` further entries is made. NULL: out of memory, and the batch is as before. */
rf_message *rf_kafka_record_message(const rf_kafka_api *api, rf_batch *batch, const rd_kafka_message_t *record, rf_value_kind as,
                                    uint32_t more) RF_NODISCARD;
/* Sets one entry, also to an empty text, which rf_meta_set would delete. False: out of memory. */
bool rf_kafka_record_put(rf_batch *batch, rf_message *message, const rf_key *key, rf_value value) RF_NODISCARD;

#endif
