/* unacked.h: what an mqtt input has taken in and not acknowledged yet, in the order in which it came. */
#ifndef RF_COMPONENTS_MQTT_UNACKED_H
#define RF_COMPONENTS_MQTT_UNACKED_H

#include "base/buffer.h"
#include "base/vec.h"
#include "components/mqtt/packet.h"

/* One message in the pipeline. */
typedef struct rf_mqtt_entry {
    uint16_t id; /* 0: QoS 0, nothing to acknowledge */
    uint8_t qos;
    bool done, delivered;
    uint32_t session; /* identifiers of an earlier one mean nothing to the broker */
} rf_mqtt_entry;

/*
 * The component's lock protects it. Entries leave in the order in which they came, and so do their acknowledgements, as MQTT
 * asks (3.1.1, 4.6). An identifier is held from the message's arrival until its acknowledgement is written: what the broker sends
 * again meanwhile, after a reconnection, is not taken in twice.
 */
typedef struct rf_mqtt_unacked {
    RF_VEC(rf_mqtt_entry) entries;
    size_t head;     /* entries before it have left */
    uint32_t base;   /* the number of the entry at `head` */
    uint32_t session;
    uint64_t held[1024];     /* a bit an identifier: taken in, not acknowledged */
    uint64_t released[1024]; /* of QoS 2: PUBREC is written, PUBREL has not come */
} rf_mqtt_unacked;

void rf_mqtt_unacked_done(rf_mqtt_unacked *unacked);
/* The connection is there again. Without its session, all identifiers are free; with it, what was delivered while it was away is
 * acknowledged now. */
void rf_mqtt_unacked_reconnect(rf_mqtt_unacked *unacked, bool session_present, rf_buffer *out);

typedef enum rf_mqtt_arrival {
    RF_MQTT_NEW,      /* take it in */
    RF_MQTT_KNOWN,    /* it is on its way already, or was: PUBREC is written again if that is what is missing */
    RF_MQTT_IN_USE,   /* the broker gave two messages one identifier */
} rf_mqtt_arrival;

/* A PUBLISH of QoS 1 or 2 has come. */
rf_mqtt_arrival rf_mqtt_unacked_arrive(rf_mqtt_unacked *unacked, const rf_mqtt_publish *publish, rf_buffer *out);
/* It goes into the pipeline; *ret_number is its own. `session`: that in which it came. False: out of memory. */
bool rf_mqtt_unacked_add(rf_mqtt_unacked *unacked, uint16_t id, uint8_t qos, uint32_t session, uint32_t *ret_number) RF_NODISCARD;
/* `count` messages from number `first` on have left the pipeline. Acknowledgements that may go now are appended to `out`; NULL: not
 * connected, they go with the reconnection. */
void rf_mqtt_unacked_finish(rf_mqtt_unacked *unacked, uint32_t first, uint32_t count, bool delivered, rf_buffer *out);
/* PUBREL has come: the second half of QoS 2. */
void rf_mqtt_unacked_release(rf_mqtt_unacked *unacked, uint16_t id, rf_buffer *out);

#endif
