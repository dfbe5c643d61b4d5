/* new_topic.c: the request that makes a topic, and its answer. */
#include "components/kafka/new_topic.h"

#define ASK_MS 5000

static rf_code refused(const rf_kafka_new_topic *topic, const char *why, rf_error *reterr) {
    rf_code code = rf_raise(reterr, RF_EIO, "cannot make the missing topic %s: %s", topic->name, why);
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return code;
}

/* What came of it. Somebody else may have been faster. */
static rf_code outcome(const rf_kafka_client *client, const rf_kafka_new_topic *topic, rd_kafka_event_t *event, rf_error *reterr) {
    const rf_kafka_api *api = &client->api;
    size_t count = 0;
    const rd_kafka_CreateTopics_result_t *result = event ? api->rd_kafka_event_CreateTopics_result(event) : NULL;
    const rd_kafka_topic_result_t **topics = result ? api->rd_kafka_CreateTopics_result_topics(result, &count) : NULL;
    rd_kafka_resp_err_t error = !event ? RD_KAFKA_RESP_ERR__TIMED_OUT : api->rd_kafka_event_error(event);
    const char *why = NULL;
    if (!error && count == 1) {
        error = api->rd_kafka_topic_result_error(topics[0]);
        why = api->rd_kafka_topic_result_error_string(topics[0]);
    }
    if (!error)
        rf_kafka_client_log(client, RF_LOG_INFO, "the topic %s was missing and is made", topic->name);
    if (!error || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        return RF_OK;
    return refused(topic, why ? why : api->rd_kafka_err2str(error), reterr);
}

rf_code rf_kafka_make_topic(rf_kafka_client *client, const rf_kafka_new_topic *topic, rf_error *reterr) {
    const rf_kafka_api *api = &client->api;
    char text[256] = "";
    rd_kafka_NewTopic_t *request = api->rd_kafka_NewTopic_new(topic->name, topic->partitions, topic->replicas, text, sizeof text);
    if (!request)
        return refused(topic, text, reterr);
    rd_kafka_queue_t *queue = api->rd_kafka_queue_new(client->rk);
    if (topic->cleanup)
        (void)api->rd_kafka_NewTopic_set_config(request, "cleanup.policy", topic->cleanup);
    api->rd_kafka_CreateTopics(client->rk, &request, 1, NULL, queue);
    rd_kafka_event_t *event = api->rd_kafka_queue_poll(queue, ASK_MS);
    rf_code code = outcome(client, topic, event, reterr);
    if (event)
        api->rd_kafka_event_destroy(event);
    api->rd_kafka_NewTopic_destroy(request);
    api->rd_kafka_queue_destroy(queue);
    return code;
}
