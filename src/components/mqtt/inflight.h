/* inflight.h: what an mqtt output has sent and the broker has not acknowledged yet. */
#ifndef RF_COMPONENTS_MQTT_INFLIGHT_H
#define RF_COMPONENTS_MQTT_INFLIGHT_H

#include "components/mqtt/packet.h"

/* One message on its way; its identifier is its place in the table, plus one. */
typedef struct rf_mqtt_slot {
    uint32_t message; /* its index in the batch */
    uint8_t waits_for; /* RF_MQTT_PUBACK, PUBREC or PUBCOMP; 0: nothing, it is free or finished */
    uint8_t reason;
} rf_mqtt_slot;

/* The component's lock protects it. */
typedef struct rf_mqtt_inflight {
    rf_mqtt_slot *slots;
    uint16_t *ids;        /* free ones from the front, finished ones from the back */
    uint32_t size, window; /* `window` of `size` are in use: what the broker takes at once */
    uint32_t free_count, finished_count;
} rf_mqtt_inflight;

/* 1..65535. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_mqtt_inflight_init(rf_mqtt_inflight *inflight, uint32_t size, rf_error *reterr);
void rf_mqtt_inflight_done(rf_mqtt_inflight *inflight);
/* A new connection: nothing is on its way. */
void rf_mqtt_inflight_reset(rf_mqtt_inflight *inflight, uint32_t window);

/* An identifier for the message; 0: none is free. */
uint16_t rf_mqtt_inflight_take(rf_mqtt_inflight *inflight, uint32_t message, uint8_t qos);
/* Nothing was sent under it after all. */
void rf_mqtt_inflight_untake(rf_mqtt_inflight *inflight, uint16_t id);
/* An acknowledgement has come; PUBREL is appended to `out` when it is due. What does not fit any message is passed over. */
void rf_mqtt_inflight_ack(rf_mqtt_inflight *inflight, uint8_t type, const rf_mqtt_ack *ack, rf_buffer *out);
/* One that the broker has answered for good; its identifier is free again. False: none. */
bool rf_mqtt_inflight_finished(rf_mqtt_inflight *inflight, uint32_t *ret_message, uint8_t *ret_reason);
static inline bool rf_mqtt_inflight_is_empty(const rf_mqtt_inflight *inflight) { return inflight->free_count == inflight->window; }

#endif
