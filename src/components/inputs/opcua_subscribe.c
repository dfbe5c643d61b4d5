/* opcua_subscribe.c: one subscription, and a monitored item for every node. */
#include "components/inputs/opcua.h"

#include <assert.h>
#include <open62541/client_subscriptions.h>

#define PUBLISHING_MS 100.0  /* how often the server sends what has changed */
#define KEEP_ALIVE_COUNT 20  /* 2 s without a change: it says that it is alive */
#define LIFETIME_COUNT 600

void rf_opcua_queue(rf_opcua *self, rf_opcua_node *node, UA_DataValue *value) {
    assert(self && node && value);
    rf_opcua_change change = { .node = node, .value = *value };
    if (!rf_vec_push(&self->pending, change)) {
        self->pending_failed = true; /* the next read says so and connects again: nothing is lost in silence */
        return;
    }
    UA_DataValue_init(value); /* moved */
}

static void changed(UA_Client *client, UA_UInt32 subscription, void *self, UA_UInt32 item, void *node, UA_DataValue *value) {
    (void)client;
    (void)subscription;
    (void)item;
    rf_opcua_queue(self, node, value);
}

static void status_changed(UA_Client *client, UA_UInt32 subscription, void *context, UA_StatusChangeNotification *notification) {
    rf_opcua *self = context;
    (void)client;
    (void)subscription;
    rf_opcua_log(self, RF_LOG_ERROR, "the server ended the subscription: %s: connecting again", UA_StatusCode_name(notification->status));
    self->lost = true;
}

static rf_code create_subscription(rf_opcua *self, rf_error *reterr) {
    UA_CreateSubscriptionRequest request = UA_CreateSubscriptionRequest_default();
    request.requestedPublishingInterval = PUBLISHING_MS;
    if (self->sampling_interval_ms > 0 && self->sampling_interval_ms < PUBLISHING_MS)
        request.requestedPublishingInterval = self->sampling_interval_ms;
    request.requestedMaxKeepAliveCount = KEEP_ALIVE_COUNT;
    request.requestedLifetimeCount = LIFETIME_COUNT;
    UA_CreateSubscriptionResponse response;
    UA_CreateSubscriptionResponse_init(&response);
    rf_opcua_flight flight = { .response = &response, .type = &UA_TYPES[UA_TYPES_CREATESUBSCRIPTIONRESPONSE] };
    UA_UInt32 id = 0;
    UA_StatusCode status =
        UA_Client_Subscriptions_create_async(self->client, request, self, status_changed, NULL, rf_opcua_landed, &flight, &id);
    if (status != UA_STATUSCODE_GOOD)
        return rf_opcua_raise(self, status, "subscribing", reterr);
    rf_code code = rf_opcua_await(self, "subscribing", &flight, id, reterr);
    self->subscription_id = response.subscriptionId;
    UA_CreateSubscriptionResponse_clear(&response);
    return code;
}

/* No filter is sent: without one a server reports changes of value and status, which is what an absolute dead-band
 * of 0 would say, and no server can refuse it. */
static void fill_item(const rf_opcua *self, const rf_opcua_node *node, UA_MonitoredItemCreateRequest *item) {
    *item = UA_MonitoredItemCreateRequest_default(node->id);
    item->requestedParameters.samplingInterval = self->sampling_interval_ms;
    item->requestedParameters.queueSize = (UA_UInt32)self->queue_size;
    item->requestedParameters.discardOldest = true;
}

/* What one call needs, for as many nodes as the server takes. */
typedef struct items {
    UA_MonitoredItemCreateRequest *requests;
    void **contexts;
    UA_Client_DataChangeNotificationCallback *callbacks;
    UA_Client_DeleteMonitoredItemCallback *deleted; /* none */
} items;

static void items_done(items *i) {
    rf_free(i->requests);
    rf_free(i->contexts);
    rf_free(i->callbacks);
    rf_free(i->deleted);
}

static bool items_init(items *i, size_t count) {
    i->requests = rf_alloc_zero(count, sizeof *i->requests);
    i->contexts = rf_alloc_zero(count, sizeof *i->contexts);
    i->callbacks = rf_alloc_zero(count, sizeof *i->callbacks);
    i->deleted = rf_alloc_zero(count, sizeof *i->deleted);
    return i->requests && i->contexts && i->callbacks && i->deleted;
}

static rf_code watch_some(rf_opcua *self, items *some, rf_opcua_node **nodes, size_t count, size_t *ret_watched, rf_error *reterr) {
    for (size_t i = 0; i < count; i++) {
        fill_item(self, nodes[i], &some->requests[i]);
        some->contexts[i] = nodes[i];
        some->callbacks[i] = changed;
    }
    UA_CreateMonitoredItemsRequest request;
    UA_CreateMonitoredItemsRequest_init(&request);
    request.subscriptionId = self->subscription_id;
    request.timestampsToReturn = UA_TIMESTAMPSTORETURN_BOTH;
    request.itemsToCreate = some->requests;
    request.itemsToCreateSize = count;
    UA_CreateMonitoredItemsResponse response;
    UA_CreateMonitoredItemsResponse_init(&response);
    rf_opcua_flight flight = { .response = &response, .type = &UA_TYPES[UA_TYPES_CREATEMONITOREDITEMSRESPONSE] };
    UA_UInt32 id = 0;
    UA_StatusCode status = UA_Client_MonitoredItems_createDataChanges_async(self->client, request, some->contexts, some->callbacks,
                                                                            some->deleted, rf_opcua_landed, &flight, &id);
    if (status != UA_STATUSCODE_GOOD)
        return rf_opcua_raise(self, status, "subscribing", reterr);
    rf_code code = rf_opcua_await(self, "subscribing", &flight, id, reterr);
    for (size_t i = 0; i < count && i < response.resultsSize && !code; i++) {
        if (response.results[i].statusCode == UA_STATUSCODE_GOOD)
            ++*ret_watched;
        else
            rf_opcua_complain(self, nodes[i], response.results[i].statusCode, "subscribing to");
    }
    UA_CreateMonitoredItemsResponse_clear(&response);
    return code;
}

rf_code rf_opcua_subscribe(rf_opcua *self, rf_error *reterr) {
    assert(self && self->client && self->limits.per_monitor);
    size_t watched = 0, per_call = self->limits.per_monitor;
    RF_CLEANUP(items_done) items some = { 0 };
    if (!items_init(&some, per_call))
        return rf_raise_nomem(reterr);
    rf_code code = create_subscription(self, reterr);
    for (size_t at = 0; at < self->nodes.count && !code; at += per_call) {
        size_t count = self->nodes.count - at < per_call ? self->nodes.count - at : per_call;
        code = watch_some(self, &some, self->nodes.items + at, count, &watched, reterr);
    }
    if (code)
        return code;
    if (!watched) {
        rf_raise(reterr, RF_ENOTFOUND, "%.*s lets us watch none of %zu nodes", RF_SLICE_ARG(self->endpoint), self->nodes.count);
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
        return RF_ENOTFOUND;
    }
    rf_opcua_log(self, RF_LOG_INFO, "watching %zu of %zu nodes", watched, self->nodes.count);
    return RF_OK;
}
