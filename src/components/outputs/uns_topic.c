/* uns_topic.c: the one topic of the unified namespace: there, with one partition, or made so. */
#include "components/outputs/uns_topic.h"

#include "base/slice.h"

#include <assert.h>
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

/* What came of it. Somebody else may have been faster. */
static rf_code outcome(const rf_kafka_api *api, rd_kafka_event_t *event, rf_error *reterr) {
    size_t count = 0;
    const rd_kafka_CreateTopics_result_t *result = event ? api->rd_kafka_event_CreateTopics_result(event) : NULL;
    const rd_kafka_topic_result_t **topics = result ? api->rd_kafka_CreateTopics_result_topics(result, &count) : NULL;
    rd_kafka_resp_err_t error = !event ? RD_KAFKA_RESP_ERR__TIMED_OUT : api->rd_kafka_event_error(event);
    if (!error && count == 1)
        error = api->rd_kafka_topic_result_error(topics[0]);
    if (!error || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        return RF_OK;
    return retriable(reterr, rf_raise(reterr, RF_EIO, "cannot make the missing topic " RF_UNS_TOPIC ": %s", api->rd_kafka_err2str(error)));
}

static rf_code make_topic(rf_kafka_client *client, rf_error *reterr) {
    const rf_kafka_api *api = &client->api;
    char text[256] = "";
    rd_kafka_NewTopic_t *topic = api->rd_kafka_NewTopic_new(RF_UNS_TOPIC, RF_UNS_PARTITIONS, -1 /* as the broker has it */, text, sizeof text);
    rd_kafka_queue_t *queue = api->rd_kafka_queue_new(client->rk);
    rd_kafka_event_t *event;
    rf_code code;
    if (!topic) {
        api->rd_kafka_queue_destroy(queue);
        return rf_raise(reterr, RF_EIO, "cannot make the missing topic " RF_UNS_TOPIC ": %s", text);
    }
    (void)api->rd_kafka_NewTopic_set_config(topic, "cleanup.policy", "compact,delete");
    api->rd_kafka_CreateTopics(client->rk, &topic, 1, NULL, queue);
    event = api->rd_kafka_queue_poll(queue, ASK_MS);
    code = outcome(api, event, reterr);
    if (event)
        api->rd_kafka_event_destroy(event);
    api->rd_kafka_NewTopic_destroy(topic);
    api->rd_kafka_queue_destroy(queue);
    if (!code)
        rf_kafka_client_log(client, RF_LOG_INFO, "the topic " RF_UNS_TOPIC " was missing and is made");
    return code;
}

rf_code rf_uns_topic_prepare(rf_kafka_client *client, rf_error *reterr) {
    int count = 0;
    rf_code code = count_partitions(client, &count, reterr);
    if (!code && count == 0)
        return make_topic(client, reterr);
    if (code || count == RF_UNS_PARTITIONS)
        return code;
    return retriable(reterr, rf_raise(reterr, RF_ECONFIG,
                                      "default output topic '" RF_UNS_TOPIC "' has a mismatched partition count: required %d, actual %d",
                                      RF_UNS_PARTITIONS, count));
}
