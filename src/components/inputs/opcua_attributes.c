/* opcua_attributes.c: reads from the server, within its limits; what it says about each node that was found. */
#include "components/inputs/opcua.h"

#include <assert.h>

static rf_code read_some(rf_opcua *self, const UA_ReadValueId *ids, size_t count, double max_age_ms, UA_DataValue *results,
                         rf_error *reterr) {
    UA_ReadRequest request;
    UA_ReadRequest_init(&request);
    request.maxAge = max_age_ms;
    request.timestampsToReturn = UA_TIMESTAMPSTORETURN_BOTH;
    request.nodesToRead = (UA_ReadValueId *)(uintptr_t)ids; /* open62541 only reads them */
    request.nodesToReadSize = count;
    UA_ReadResponse response;
    rf_code code = rf_opcua_call(self, "reading", &request, &UA_TYPES[UA_TYPES_READREQUEST], &response,
                                 &UA_TYPES[UA_TYPES_READRESPONSE], reterr);
    for (size_t i = 0; i < count && i < response.resultsSize && !code; i++) {
        results[i] = response.results[i];
        UA_DataValue_init(&response.results[i]); /* moved */
    }
    UA_ReadResponse_clear(&response);
    return code;
}

rf_code rf_opcua_read_values(rf_opcua *self, const UA_ReadValueId *ids, size_t count, double max_age_ms, UA_DataValue *results,
                             rf_error *reterr) {
    assert(self && self->limits.per_read && ids && results);
    for (size_t at = 0; at < count;) {
        size_t some = count - at < self->limits.per_read ? count - at : self->limits.per_read;
        rf_code code = read_some(self, ids + at, some, max_age_ms, results + at, reterr);
        if (code)
            return code;
        at += some;
    }
    return RF_OK;
}

enum { DESCRIPTION, ACCESS_LEVEL, DATA_TYPE, VALUE_RANK, ATTRIBUTES };

static bool is_a(const UA_DataValue *value, int type) {
    return value->hasValue && UA_Variant_hasScalarType(&value->value, &UA_TYPES[type]);
}

/* False: out of memory. */
static bool take_attributes(rf_opcua *self, rf_opcua_node *node, const UA_DataValue *values) {
    if (is_a(&values[DESCRIPTION], UA_TYPES_LOCALIZEDTEXT)) {
        const UA_LocalizedText *text = values[DESCRIPTION].value.data;
        node->description = rf_slice_dup_in(&self->session, rf_opcua_slice(text->text));
        if (!node->description.data)
            return false;
    }
    if (is_a(&values[ACCESS_LEVEL], UA_TYPES_BYTE))
        node->access_level = *(const UA_Byte *)values[ACCESS_LEVEL].value.data;
    if (!is_a(&values[DATA_TYPE], UA_TYPES_NODEID) || !is_a(&values[VALUE_RANK], UA_TYPES_INT32)) {
        UA_StatusCode status = values[DATA_TYPE].hasStatus ? values[DATA_TYPE].status : UA_STATUSCODE_BADATTRIBUTEIDINVALID;
        if (status == UA_STATUSCODE_GOOD)
            status = UA_STATUSCODE_BADATTRIBUTEIDINVALID;
        rf_opcua_complain(self, node, status, "reading the attributes of");
        return true;
    }
    const UA_NodeId *type = values[DATA_TYPE].value.data;
    node->usable = !UA_NodeId_isNull(type);
    return rf_opcua_node_id_dup_in(&self->session, type, &node->data_type);
}

static rf_code read_chunk(rf_opcua *self, rf_opcua_node **nodes, size_t count, UA_ReadValueId *ids, UA_DataValue *values,
                          rf_error *reterr) {
    static const UA_UInt32 attributes[ATTRIBUTES] = { UA_ATTRIBUTEID_DESCRIPTION, UA_ATTRIBUTEID_ACCESSLEVEL,
                                                      UA_ATTRIBUTEID_DATATYPE, UA_ATTRIBUTEID_VALUERANK };
    for (size_t i = 0; i < count * ATTRIBUTES; i++) {
        UA_ReadValueId_init(&ids[i]);
        UA_DataValue_init(&values[i]);
        ids[i].nodeId = nodes[i / ATTRIBUTES]->id;
        ids[i].attributeId = attributes[i % ATTRIBUTES];
    }
    rf_code code = rf_opcua_read_values(self, ids, count * ATTRIBUTES, 0, values, reterr);
    for (size_t i = 0; i < count && !code; i++)
        if (!take_attributes(self, nodes[i], values + i * ATTRIBUTES))
            code = rf_raise_nomem(reterr);
    for (size_t i = 0; i < count * ATTRIBUTES; i++)
        UA_DataValue_clear(&values[i]);
    return code;
}

/* Nodes without a data type or a value rank hold nothing to send. */
static void keep_usable(rf_opcua *self) {
    size_t kept = 0;
    for (size_t i = 0; i < self->nodes.count; i++)
        if (self->nodes.items[i]->usable)
            self->nodes.items[kept++] = self->nodes.items[i];
    self->nodes.count = kept;
}

rf_code rf_opcua_read_attributes(rf_opcua *self, rf_error *reterr) {
    assert(self && self->client);
    size_t per_call = self->limits.per_read / ATTRIBUTES ? self->limits.per_read / ATTRIBUTES : 1;
    UA_ReadValueId *ids = rf_alloc(per_call * ATTRIBUTES * sizeof *ids);
    UA_DataValue *values = rf_alloc(per_call * ATTRIBUTES * sizeof *values);
    rf_code code = ids && values ? RF_OK : rf_raise_nomem(reterr);
    for (size_t at = 0; at < self->nodes.count && !code; at += per_call) {
        size_t count = self->nodes.count - at < per_call ? self->nodes.count - at : per_call;
        code = read_chunk(self, self->nodes.items + at, count, ids, values, reterr);
    }
    rf_free(values);
    rf_free(ids);
    if (!code)
        keep_usable(self);
    return code;
}
