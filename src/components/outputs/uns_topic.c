/* uns_topic.c: the one topic of the unified namespace: there, with one partition, or made so. */
#include "components/outputs/uns_topic.h"

#include "components/kafka/new_topic.h"

#include <string.h>

#define ASK_MS 5000

static rf_code retriable(rf_error *reterr, rf_code code) {
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return code;
}

/* Partitions of the topic, 0: it is not there. All topics are listed, because asking for one by its name can make a broker create
 * it as brokers do, with as many partitions as they like. */
static rf_code count_partitions(rf_kafka_client *client, int *ret_count, rf_error *reterr) {
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t error = client->api.rd_kafka_metadata(client->rk, 1, NULL, &metadata, ASK_MS);
    if (error)
        return retriable(reterr, rf_raise(reterr, RF_EIO, "cannot list the topics: %s", client->api.rd_kafka_err2str(error)));
    *ret_count = 0;
    for (int i = 0; i < metadata->topic_cnt; i++)
        if (strcmp(metadata->topics[i].topic, RF_UNS_TOPIC) == 0)
            *ret_count = metadata->topics[i].partition_cnt;
    client->api.rd_kafka_metadata_destroy(metadata);
    return RF_OK;
}

rf_code rf_uns_topic_prepare(rf_kafka_client *client, rf_error *reterr) {
    int count = 0;
    rf_code code = count_partitions(client, &count, reterr);
    if (!code && count == 0)
        return rf_kafka_make_topic(client, &(rf_kafka_new_topic){ RF_UNS_TOPIC, RF_UNS_PARTITIONS, -1, "compact,delete" }, reterr);
    if (code || count == RF_UNS_PARTITIONS)
        return code;
    return retriable(reterr, rf_raise(reterr, RF_ECONFIG,
                                      "default output topic '" RF_UNS_TOPIC "' has a mismatched partition count: required %d, actual %d",
                                      RF_UNS_PARTITIONS, count));
}
