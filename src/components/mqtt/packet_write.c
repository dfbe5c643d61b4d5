/* packet_write.c: MQTT packets as bytes. */
#include "components/mqtt/packet.h"

#include <assert.h>

static void put_byte(rf_buffer *out, unsigned byte) {
    rf_buffer_char(out, (char)(uint8_t)byte);
}

static void put_16(rf_buffer *out, unsigned number) {
    const char bytes[] = { (char)(uint8_t)(number >> 8), (char)(uint8_t)number };
    rf_buffer_append(out, bytes, sizeof bytes);
}

static void put_32(rf_buffer *out, uint32_t number) {
    put_16(out, number >> 16);
    put_16(out, number & 0xffff);
}

static void put_varint(rf_buffer *out, size_t number) {
    assert(number <= RF_MQTT_BODY_MAX);
    do {
        put_byte(out, (unsigned)(number & 0x7f) | (number > 0x7f ? 0x80u : 0));
        number >>= 7;
    } while (number);
}

static size_t varint_bytes(size_t number) {
    return number < 128 ? 1 : number < 16384 ? 2 : number < 2097152 ? 3 : 4;
}

static void put_slice(rf_buffer *out, rf_slice text) {
    assert(text.len <= RF_MQTT_TEXT_MAX);
    put_16(out, (unsigned)text.len);
    rf_buffer_slice(out, text);
}

void rf_mqtt_put_text(rf_buffer *out, uint8_t property, rf_slice text) {
    put_byte(out, property);
    put_slice(out, text);
}

void rf_mqtt_put_number(rf_buffer *out, uint8_t property, uint32_t number) {
    put_byte(out, property);
    if (property == RF_MQTT_RECEIVE_MAXIMUM)
        put_16(out, number);
    else
        put_32(out, number);
}

void rf_mqtt_put_user(rf_buffer *out, rf_slice name, rf_slice value) {
    put_byte(out, RF_MQTT_USER_PROPERTY);
    put_slice(out, name);
    put_slice(out, value);
}

static size_t text_bytes(rf_slice text) {
    return text.data ? 2 + text.len : 0;
}

static unsigned connect_flags(const rf_mqtt_hello *hello) {
    unsigned flags = hello->clean ? 0x02u : 0;
    if (hello->will)
        flags |= 0x04u | (unsigned)hello->will->qos << 3 | (hello->will->retained ? 0x20u : 0);
    return flags | (hello->password.data ? 0x40u : 0) | (hello->user.data ? 0x80u : 0);
}

/* Session expiry, receive maximum, maximum packet size: each with its byte before. */
static size_t connect_property_bytes(const rf_mqtt_hello *hello) {
    return (hello->session_expiry_s ? 5u : 0) + (hello->receive_maximum ? 3u : 0) + (hello->maximum_packet ? 5u : 0);
}

static void put_connect_properties(rf_buffer *out, const rf_mqtt_hello *hello) {
    put_varint(out, connect_property_bytes(hello));
    if (hello->session_expiry_s)
        rf_mqtt_put_number(out, RF_MQTT_SESSION_EXPIRY, hello->session_expiry_s);
    if (hello->receive_maximum)
        rf_mqtt_put_number(out, RF_MQTT_RECEIVE_MAXIMUM, hello->receive_maximum);
    if (hello->maximum_packet)
        rf_mqtt_put_number(out, RF_MQTT_MAXIMUM_PACKET, hello->maximum_packet);
}

void rf_mqtt_write_connect(rf_buffer *out, const rf_mqtt_hello *hello) {
    assert(out && hello && hello->client_id.data);
    bool five = hello->version == RF_MQTT_5;
    size_t length = 10 + (five ? 1 + connect_property_bytes(hello) : 0) + text_bytes(hello->client_id) + text_bytes(hello->user) +
                    text_bytes(hello->password);
    if (hello->will)
        length += (five ? 1u : 0) + 4 + hello->will->topic.len + hello->will->payload.len;
    put_byte(out, RF_MQTT_CONNECT << 4);
    put_varint(out, length);
    put_slice(out, RF_SLICE("MQTT"));
    put_byte(out, hello->version);
    put_byte(out, connect_flags(hello));
    put_16(out, hello->keepalive_s);
    if (five)
        put_connect_properties(out, hello);
    put_slice(out, hello->client_id);
    if (hello->will && five)
        put_varint(out, 0);
    if (hello->will) {
        put_slice(out, hello->will->topic);
        put_slice(out, hello->will->payload);
    }
    if (hello->user.data)
        put_slice(out, hello->user);
    if (hello->password.data)
        put_slice(out, hello->password);
}

void rf_mqtt_write_subscribe(rf_buffer *out, rf_mqtt_version version, uint16_t id, const rf_slice *filters, size_t count, uint8_t qos) {
    size_t length = version == RF_MQTT_5 ? 3 : 2;
    assert(out && count && id);
    for (size_t i = 0; i < count; i++)
        length += 3 + filters[i].len;
    put_byte(out, RF_MQTT_SUBSCRIBE << 4 | 2);
    put_varint(out, length);
    put_16(out, id);
    if (version == RF_MQTT_5)
        put_varint(out, 0);
    for (size_t i = 0; i < count; i++) {
        put_slice(out, filters[i]);
        put_byte(out, qos);
    }
}

size_t rf_mqtt_write_publish(rf_buffer *out, rf_mqtt_version version, const rf_mqtt_publish *publish) {
    assert(out && publish && publish->topic.len <= RF_MQTT_TEXT_MAX && (publish->qos == 0) == (publish->id == 0));
    bool five = version == RF_MQTT_5;
    size_t length = 2 + publish->topic.len + (publish->qos ? 2u : 0) + publish->payload.len;
    if (five)
        length += varint_bytes(publish->properties.len) + publish->properties.len;
    if (length > RF_MQTT_BODY_MAX)
        return 0;
    put_byte(out, RF_MQTT_PUBLISH << 4 | (publish->duplicate ? 8u : 0) | (unsigned)publish->qos << 1 | (publish->retained ? 1u : 0));
    put_varint(out, length);
    put_slice(out, publish->topic);
    if (publish->qos)
        put_16(out, publish->id);
    if (five) {
        put_varint(out, publish->properties.len);
        rf_buffer_slice(out, publish->properties);
    }
    rf_buffer_slice(out, publish->payload);
    return 1 + varint_bytes(length) + length;
}

void rf_mqtt_write_ack(rf_buffer *out, rf_mqtt_type type, uint16_t id) {
    const char bytes[] = { (char)(uint8_t)((unsigned)type << 4 | (type == RF_MQTT_PUBREL ? 2u : 0)), 2, (char)(uint8_t)(id >> 8), (char)(uint8_t)id };
    assert(id);
    rf_buffer_append(out, bytes, sizeof bytes);
}

void rf_mqtt_write_bare(rf_buffer *out, rf_mqtt_type type) {
    put_byte(out, (unsigned)type << 4);
    put_byte(out, 0);
}
