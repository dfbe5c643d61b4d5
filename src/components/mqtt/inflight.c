/* inflight.c: identifiers of messages on their way to the broker. */
#include "components/mqtt/inflight.h"

#include "base/alloc.h"

#include <assert.h>

rf_code rf_mqtt_inflight_init(rf_mqtt_inflight *inflight, uint32_t size, rf_error *reterr) {
    assert(inflight && size && size <= UINT16_MAX);
    inflight->slots = rf_alloc_zero(size, sizeof *inflight->slots);
    inflight->ids = rf_alloc_zero(size, sizeof *inflight->ids);
    inflight->size = size;
    return inflight->slots && inflight->ids ? RF_OK : rf_raise_nomem(reterr);
}

void rf_mqtt_inflight_done(rf_mqtt_inflight *inflight) {
    rf_free(inflight->slots);
    rf_free(inflight->ids);
    *inflight = (rf_mqtt_inflight){ 0 };
}

void rf_mqtt_inflight_reset(rf_mqtt_inflight *inflight, uint32_t window) {
    inflight->window = window < inflight->size ? window : inflight->size;
    inflight->free_count = inflight->window;
    inflight->finished_count = 0;
    memset(inflight->slots, 0, inflight->size * sizeof *inflight->slots);
    for (uint32_t i = 0; i < inflight->window; i++)
        inflight->ids[i] = (uint16_t)(inflight->window - i); /* taken from the end: 1 first */
}

uint16_t rf_mqtt_inflight_take(rf_mqtt_inflight *inflight, uint32_t message, uint8_t qos) {
    assert(qos == 1 || qos == 2);
    if (inflight->free_count == 0)
        return 0;
    uint16_t id = inflight->ids[--inflight->free_count];
    inflight->slots[id - 1] = (rf_mqtt_slot){ .message = message, .waits_for = qos == 2 ? RF_MQTT_PUBREC : RF_MQTT_PUBACK };
    return id;
}

void rf_mqtt_inflight_untake(rf_mqtt_inflight *inflight, uint16_t id) {
    assert(id && inflight->slots[id - 1].waits_for);
    inflight->slots[id - 1].waits_for = 0;
    inflight->ids[inflight->free_count++] = id;
}

static void finish(rf_mqtt_inflight *inflight, uint16_t id, uint8_t reason) {
    inflight->slots[id - 1].waits_for = 0;
    inflight->slots[id - 1].reason = reason;
    inflight->finished_count++;
    assert(inflight->free_count + inflight->finished_count <= inflight->window);
    inflight->ids[inflight->window - inflight->finished_count] = id;
}

void rf_mqtt_inflight_ack(rf_mqtt_inflight *inflight, uint8_t type, const rf_mqtt_ack *ack, rf_buffer *out) {
    if (ack->id == 0 || ack->id > inflight->window || inflight->slots[ack->id - 1].waits_for != type)
        return;
    if (type == RF_MQTT_PUBREC && ack->reason < RF_MQTT_FAILED) {
        inflight->slots[ack->id - 1].waits_for = RF_MQTT_PUBCOMP;
        rf_mqtt_write_ack(out, RF_MQTT_PUBREL, ack->id);
        return;
    }
    /* PUBCOMP's only complaint, an unknown identifier, comes when it was complete before. */
    finish(inflight, ack->id, type == RF_MQTT_PUBCOMP ? 0 : ack->reason);
}

bool rf_mqtt_inflight_finished(rf_mqtt_inflight *inflight, uint32_t *ret_message, uint8_t *ret_reason) {
    if (inflight->finished_count == 0)
        return false;
    uint16_t id = inflight->ids[inflight->window - inflight->finished_count--];
    *ret_message = inflight->slots[id - 1].message;
    *ret_reason = inflight->slots[id - 1].reason;
    inflight->ids[inflight->free_count++] = id;
    return true;
}
