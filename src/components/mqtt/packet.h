/* packet.h: MQTT packets, 3.1.1 and 5, as bytes and back. Source: OASIS MQTT 3.1.1 and 5.0, sections 2 and 3. */
#ifndef RF_COMPONENTS_MQTT_PACKET_H
#define RF_COMPONENTS_MQTT_PACKET_H

#include "base/buffer.h"
#include "riffle/error.h"

#include <stdbool.h>

typedef enum rf_mqtt_version { RF_MQTT_311 = 4, RF_MQTT_5 = 5 } rf_mqtt_version; /* as CONNECT writes it */

typedef enum rf_mqtt_type {
    RF_MQTT_CONNECT = 1, RF_MQTT_CONNACK, RF_MQTT_PUBLISH, RF_MQTT_PUBACK, RF_MQTT_PUBREC, RF_MQTT_PUBREL, RF_MQTT_PUBCOMP,
    RF_MQTT_SUBSCRIBE, RF_MQTT_SUBACK, RF_MQTT_UNSUBSCRIBE, RF_MQTT_UNSUBACK, RF_MQTT_PINGREQ, RF_MQTT_PINGRESP,
    RF_MQTT_DISCONNECT, RF_MQTT_AUTH,
} rf_mqtt_type;

/* Properties that we read or write (5.0, 2.2.2.2). */
enum {
    RF_MQTT_MESSAGE_EXPIRY = 0x02, RF_MQTT_CONTENT_TYPE = 0x03, RF_MQTT_RESPONSE_TOPIC = 0x08, RF_MQTT_CORRELATION_DATA = 0x09,
    RF_MQTT_SESSION_EXPIRY = 0x11, RF_MQTT_ASSIGNED_CLIENT_ID = 0x12, RF_MQTT_SERVER_KEEP_ALIVE = 0x13, RF_MQTT_REASON_STRING = 0x1f,
    RF_MQTT_RECEIVE_MAXIMUM = 0x21, RF_MQTT_MAXIMUM_QOS = 0x24, RF_MQTT_RETAIN_AVAILABLE = 0x25, RF_MQTT_USER_PROPERTY = 0x26,
    RF_MQTT_MAXIMUM_PACKET = 0x27,
};

#define RF_MQTT_TEXT_MAX 65535u      /* bytes of a text */
#define RF_MQTT_BODY_MAX 268435455u  /* what the length of a packet can say */
#define RF_MQTT_FAILED 0x80u         /* reason codes from here on are failures */

/* ---- Reading. Views of the bytes that were given. ---- */

typedef struct rf_mqtt_frame {
    uint8_t type, flags;
    rf_slice body;
    size_t len; /* of the whole packet */
} rf_mqtt_frame;

/* The first packet of `bytes`. RF_EAGAIN: it is not all there. RF_EPARSE: no packet of MQTT. RF_ELIMIT: longer than `max`. */
RF_NODISCARD rf_code rf_mqtt_frame_read(rf_slice bytes, size_t max, rf_mqtt_frame *ret_frame, rf_error *reterr);

typedef struct rf_mqtt_property {
    uint8_t id;
    uint32_t number; /* of those that are numbers */
    rf_slice text;   /* text or bytes; the name of a user property */
    rf_slice value;  /* of a user property */
} rf_mqtt_property;

/* Takes the first off `properties`. False: there are no more. They were checked when the packet was read. */
bool rf_mqtt_property_next(rf_slice *properties, rf_mqtt_property *ret_property);
/* The same for user properties, which nearly all are. False: there are no more, or the next one is another. */
bool rf_mqtt_property_pair(rf_slice *properties, rf_slice *ret_name, rf_slice *ret_value);

typedef struct rf_mqtt_publish {
    uint8_t qos;
    bool duplicate, retained;
    uint16_t id; /* 0 with QoS 0 */
    rf_slice topic, properties, payload;
} rf_mqtt_publish;

typedef struct rf_mqtt_connack {
    bool session_present;
    uint8_t reason; /* 0: connected */
    rf_slice properties;
} rf_mqtt_connack;

typedef struct rf_mqtt_ack {
    uint16_t id;
    uint8_t reason;
    rf_slice properties;
    rf_slice codes; /* SUBACK: one byte a topic */
} rf_mqtt_ack;

/* Errors of all: RF_EPARSE. */
RF_NODISCARD rf_code rf_mqtt_publish_read(rf_mqtt_version version, uint8_t flags, rf_slice body, rf_mqtt_publish *ret_publish,
                                          rf_error *reterr);
/* A PUBLISH that rf_mqtt_publish_read() has taken once: nothing is checked. */
void rf_mqtt_publish_reread(rf_mqtt_version version, uint8_t flags, rf_slice body, rf_mqtt_publish *ret_publish);
RF_NODISCARD rf_code rf_mqtt_connack_read(rf_mqtt_version version, rf_slice body, rf_mqtt_connack *ret_connack, rf_error *reterr);
/* PUBACK, PUBREC, PUBREL, PUBCOMP and SUBACK. */
RF_NODISCARD rf_code rf_mqtt_ack_read(rf_mqtt_version version, uint8_t type, rf_slice body, rf_mqtt_ack *ret_ack, rf_error *reterr);
/* A server's DISCONNECT, of version 5 only; `id` is 0. */
RF_NODISCARD rf_code rf_mqtt_disconnect_read(rf_slice body, rf_mqtt_ack *ret_disconnect, rf_error *reterr);

/* What a reason code means, "not authorised"; of CONNACK in 3.1.1 its codes 1 to 5. */
const char *rf_mqtt_reason_text(rf_mqtt_version version, uint8_t reason);

/* Whether a message can be published to the topic: 1 to 65535 bytes of UTF-8 without NUL, without + and #; NULL when it can, else why not. */
const char *rf_mqtt_topic_fault(rf_slice topic);
/* The same for a filter of a subscription. */
const char *rf_mqtt_filter_fault(rf_slice filter);

/* ---- Writing: appended to `out`, whose `failed` tells of memory that ran out. Texts are RF_MQTT_TEXT_MAX at the most. ---- */

typedef struct rf_mqtt_will {
    uint8_t qos;
    bool retained;
    rf_slice topic, payload;
} rf_mqtt_will;

typedef struct rf_mqtt_hello {
    rf_mqtt_version version;
    bool clean;
    uint16_t keepalive_s;
    rf_slice client_id, user, password; /* data NULL: none */
    const rf_mqtt_will *will;           /* NULL: none */
    uint32_t session_expiry_s;          /* version 5 */
    uint16_t receive_maximum;           /* version 5; 0: not said */
    uint32_t maximum_packet;            /* version 5; 0: not said */
} rf_mqtt_hello;

void rf_mqtt_write_connect(rf_buffer *out, const rf_mqtt_hello *hello);
void rf_mqtt_write_subscribe(rf_buffer *out, rf_mqtt_version version, uint16_t id, const rf_slice *filters, size_t count, uint8_t qos);
/* `publish->properties` are bytes made by rf_mqtt_put_*; `id` is where its two bytes stand, from the packet's start, 0 with QoS 0.
 * Returns the packet's bytes; 0: it would be longer than a packet can be, and nothing was written. */
size_t rf_mqtt_write_publish(rf_buffer *out, rf_mqtt_version version, const rf_mqtt_publish *publish);
/* PUBACK, PUBREC, PUBREL, PUBCOMP. */
void rf_mqtt_write_ack(rf_buffer *out, rf_mqtt_type type, uint16_t id);
/* PINGREQ, DISCONNECT. */
void rf_mqtt_write_bare(rf_buffer *out, rf_mqtt_type type);

/* Properties one after another. */
void rf_mqtt_put_text(rf_buffer *out, uint8_t property, rf_slice text);
void rf_mqtt_put_number(rf_buffer *out, uint8_t property, uint32_t number);
void rf_mqtt_put_user(rf_buffer *out, rf_slice name, rf_slice value);

#endif
