/* opcua_poll.c: reading all nodes at once, again and again, for servers or users without subscriptions. */
#include "components/inputs/opcua.h"

#include "base/clock.h"

#include <assert.h>

#define MAX_AGE_MS 2000.0

static rf_code poll_some(rf_opcua *self, rf_opcua_node **nodes, size_t count, UA_ReadValueId *ids, UA_DataValue *values,
                         rf_error *reterr) {
    for (size_t i = 0; i < count; i++) {
        UA_ReadValueId_init(&ids[i]);
        UA_DataValue_init(&values[i]);
        ids[i].nodeId = nodes[i]->id;
        ids[i].attributeId = UA_ATTRIBUTEID_VALUE;
    }
    rf_code code = rf_opcua_read_values(self, ids, count, MAX_AGE_MS, values, reterr);
    for (size_t i = 0; i < count; i++) {
        if (!code && !values[i].hasValue && values[i].hasStatus && values[i].status != UA_STATUSCODE_GOOD)
            rf_opcua_complain(self, nodes[i], values[i].status, "reading");
        if (!code)
            rf_opcua_queue(self, nodes[i], &values[i]);
        UA_DataValue_clear(&values[i]);
    }
    return code;
}

rf_code rf_opcua_poll(rf_opcua *self, rf_error *reterr) {
    assert(self && self->client && self->limits.per_read);
    size_t per_call = self->nodes.count < self->limits.per_read ? self->nodes.count : self->limits.per_read;
    UA_ReadValueId *ids = rf_alloc(per_call * sizeof *ids);
    UA_DataValue *values = rf_alloc(per_call * sizeof *values);
    rf_code code = ids && values ? RF_OK : rf_raise_nomem(reterr);
    for (size_t at = 0; at < self->nodes.count && !code; at += per_call) {
        size_t count = self->nodes.count - at < per_call ? self->nodes.count - at : per_call;
        code = poll_some(self, self->nodes.items + at, count, ids, values, reterr);
    }
    rf_free(values);
    rf_free(ids);
    self->next_poll_ns = rf_clock_mono_ns() + (uint64_t)self->poll_rate_ms * RF_NS_PER_MS;
    return code;
}
