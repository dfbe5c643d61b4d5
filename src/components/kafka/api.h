/* api.h: librdkafka, loaded when a config uses it. */
#ifndef RF_KAFKA_API_H
#define RF_KAFKA_API_H

#include "base/library.h"

#include <librdkafka/rdkafka.h>

#define RF_KAFKA_FUNCTIONS(X)                                                                                          \
    X(rd_kafka_conf_new) X(rd_kafka_conf_destroy) X(rd_kafka_conf_set) X(rd_kafka_conf_set_opaque)                     \
    X(rd_kafka_conf_set_log_cb) X(rd_kafka_conf_set_error_cb) X(rd_kafka_conf_set_rebalance_cb)                        \
    X(rd_kafka_conf_set_socket_cb) X(rd_kafka_conf_set_dr_msg_cb) X(rd_kafka_topic_conf_new)                           \
    X(rd_kafka_topic_conf_set) X(rd_kafka_topic_conf_set_partitioner_cb) X(rd_kafka_conf_set_default_topic_conf)       \
    X(rd_kafka_new) X(rd_kafka_destroy_flags) X(rd_kafka_opaque) X(rd_kafka_poll) X(rd_kafka_flush) X(rd_kafka_purge)  \
    X(rd_kafka_outq_len) X(rd_kafka_produceva) X(rd_kafka_error_code) X(rd_kafka_error_string)                         \
    X(rd_kafka_error_destroy) X(rd_kafka_err2str) X(rd_kafka_err2name) X(rd_kafka_last_error) X(rd_kafka_fatal_error)  \
    X(rd_kafka_headers_new) X(rd_kafka_header_add) X(rd_kafka_headers_destroy) X(rd_kafka_message_headers)             \
    X(rd_kafka_header_get_all) X(rd_kafka_message_timestamp) X(rd_kafka_message_destroy) X(rd_kafka_message_errstr)    \
    X(rd_kafka_topic_name) X(rd_kafka_topic_partition_list_new) X(rd_kafka_topic_partition_list_add)                   \
    X(rd_kafka_topic_partition_list_find) X(rd_kafka_topic_partition_list_destroy) X(rd_kafka_subscribe)               \
    X(rd_kafka_assign) X(rd_kafka_assignment_lost) X(rd_kafka_poll_set_consumer) X(rd_kafka_consumer_poll)             \
    X(rd_kafka_consumer_close_queue) X(rd_kafka_consumer_closed) X(rd_kafka_offsets_store) X(rd_kafka_queue_new)       \
    X(rd_kafka_queue_destroy) X(rd_kafka_queue_get_partition) X(rd_kafka_queue_get_consumer) X(rd_kafka_queue_forward) \
    X(rd_kafka_queue_io_event_enable) X(rd_kafka_consume_batch_queue) X(rd_kafka_get_watermark_offsets)                \
    X(rd_kafka_metadata) X(rd_kafka_metadata_destroy) X(rd_kafka_topic_new) X(rd_kafka_topic_destroy)                  \
    X(rd_kafka_NewTopic_new) X(rd_kafka_NewTopic_destroy) X(rd_kafka_NewTopic_set_config) X(rd_kafka_CreateTopics)     \
    X(rd_kafka_queue_poll) X(rd_kafka_event_CreateTopics_result) X(rd_kafka_CreateTopics_result_topics)                \
    X(rd_kafka_topic_result_error) X(rd_kafka_topic_result_error_string) X(rd_kafka_event_error)                       \
    X(rd_kafka_event_error_string) X(rd_kafka_event_destroy) X(rd_kafka_msg_partitioner_consistent_random)             \
    X(rd_kafka_msg_partitioner_murmur2_random) X(rd_kafka_msg_partitioner_fnv1a_random)                                \
    X(rd_kafka_msg_partitioner_random) X(rd_kafka_version)

typedef struct rf_kafka_api {
    RF_KAFKA_FUNCTIONS(RF_LIBRARY_POINTER)
} rf_kafka_api;

/* Loads the library. Errors: RF_ENOTFOUND it is not installed. */
RF_NODISCARD rf_code rf_kafka_load(rf_kafka_api *api, rf_error *reterr);

#endif
