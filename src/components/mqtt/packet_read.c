/* packet_read.c: MQTT packets out of bytes: every length is checked before anything behind it is looked at. */
#include "components/mqtt/packet.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>

/* Reads past the end give zeros and set `bad`. */
typedef struct cursor {
    const uint8_t *at, *end;
    bool bad;
} cursor;

static cursor cursor_of(rf_slice bytes) {
    const uint8_t *at = (const uint8_t *)bytes.data;
    return (cursor){ at, at + bytes.len, false };
}

static rf_slice take(cursor *c, size_t len) {
    if (c->bad || len > (size_t)(c->end - c->at)) {
        c->bad = true;
        return (rf_slice){ "", 0 };
    }
    rf_slice taken = { (const char *)c->at, len };
    c->at += len;
    return taken;
}

static uint8_t take_byte(cursor *c) {
    if (RF_UNLIKELY(c->bad || c->at == c->end)) {
        c->bad = true;
        return 0;
    }
    return *c->at++;
}

static uint32_t take_number(cursor *c, size_t len) {
    rf_slice bytes = take(c, len);
    uint32_t number = 0;
    for (size_t i = 0; i < bytes.len; i++)
        number = number << 8 | (uint8_t)bytes.data[i];
    return number;
}

/* 1 to 4 bytes of 7 bits, the lowest first. */
static uint32_t take_varint(cursor *c) {
    uint32_t number = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        uint32_t byte = take_byte(c);
        number |= (byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return number;
    }
    c->bad = true;
    return 0;
}

static rf_slice take_text(cursor *c) {
    uint32_t high = take_byte(c);
    return take(c, high << 8 | take_byte(c));
}

rf_code rf_mqtt_frame_read(rf_slice bytes, size_t max, rf_mqtt_frame *ret_frame, rf_error *reterr) {
    assert(ret_frame);
    cursor c = cursor_of(bytes);
    rf_mqtt_frame frame = { 0 };
    uint32_t first = take_number(&c, 1), length = 0;
    if (c.bad)
        return RF_EAGAIN;
    length = take_varint(&c);
    if (c.bad)
        return bytes.len >= 5 ? rf_raise(reterr, RF_EPARSE, "the broker's bytes are not MQTT: a length of more than 4 bytes") : RF_EAGAIN;
    frame.type = (uint8_t)(first >> 4);
    frame.flags = first & 0x0f;
    if (frame.type == 0)
        return rf_raise(reterr, RF_EPARSE, "the broker's bytes are not MQTT: a packet of type 0");
    frame.len = (size_t)((const char *)c.at - bytes.data) + length;
    if (frame.len > max)
        return rf_raise(reterr, RF_ELIMIT, "the broker sent a packet of %zu bytes; %zu is the most", frame.len, max);
    if (frame.len > bytes.len)
        return RF_EAGAIN;
    frame.body = (rf_slice){ (const char *)c.at, length };
    *ret_frame = frame;
    return RF_OK;
}

/* ---- Properties ---- */

typedef enum form { FORM_NONE, FORM_1, FORM_2, FORM_4, FORM_VARINT, FORM_TEXT, FORM_PAIR } form;

/* What stands behind each property's number (5.0, table 2-4). */
static form form_of(uint8_t id) {
    static const uint8_t forms[] = {
        [0x01] = FORM_1, [0x02] = FORM_4, [0x03] = FORM_TEXT, [0x08] = FORM_TEXT, [0x09] = FORM_TEXT, [0x0b] = FORM_VARINT,
        [0x11] = FORM_4, [0x12] = FORM_TEXT, [0x13] = FORM_2, [0x15] = FORM_TEXT, [0x16] = FORM_TEXT, [0x17] = FORM_1,
        [0x18] = FORM_4, [0x19] = FORM_1, [0x1a] = FORM_TEXT, [0x1c] = FORM_TEXT, [0x1f] = FORM_TEXT, [0x21] = FORM_2,
        [0x22] = FORM_2, [0x23] = FORM_2, [0x24] = FORM_1, [0x25] = FORM_1, [0x26] = FORM_PAIR, [0x27] = FORM_4,
        [0x28] = FORM_1, [0x29] = FORM_1, [0x2a] = FORM_1,
    };
    return id < sizeof forms ? (form)forms[id] : FORM_NONE;
}

static bool take_property(cursor *c, rf_mqtt_property *ret) {
    rf_mqtt_property property = { .id = take_byte(c) };
    switch (form_of(property.id)) {
    case FORM_NONE: c->bad = true; break;
    case FORM_1: property.number = take_byte(c); break;
    case FORM_2: property.number = take_number(c, 2); break;
    case FORM_4: property.number = take_number(c, 4); break;
    case FORM_VARINT: property.number = take_varint(c); break;
    case FORM_TEXT: property.text = take_text(c); break;
    case FORM_PAIR:
        property.text = take_text(c);
        property.value = take_text(c);
        break;
    }
    if (!c->bad)
        *ret = property;
    return !c->bad;
}

bool rf_mqtt_property_next(rf_slice *properties, rf_mqtt_property *ret_property) {
    cursor c = cursor_of(*properties);
    if (properties->len == 0 || !take_property(&c, ret_property))
        return false;
    *properties = (rf_slice){ (const char *)c.at, (size_t)(c.end - c.at) };
    return true;
}

static rf_slice known_text(const uint8_t *at) { return (rf_slice){ (const char *)at + 2, (size_t)at[0] << 8 | at[1] }; }

bool rf_mqtt_property_pair(rf_slice *properties, rf_slice *ret_name, rf_slice *ret_value) {
    const uint8_t *at = (const uint8_t *)properties->data, *end = at + properties->len;
    if (properties->len == 0 || at[0] != RF_MQTT_USER_PROPERTY)
        return false;
    *ret_name = known_text(at + 1);
    *ret_value = known_text(at + 3 + ret_name->len);
    const char *behind = ret_value->data + ret_value->len;
    assert((const uint8_t *)behind <= end);
    *properties = (rf_slice){ behind, (size_t)((const char *)end - behind) };
    return true;
}

/* The next one, if it is a user property that is all there; most are. */
static bool skip_pair(cursor *c) {
    const size_t left = (size_t)(c->end - c->at), heads = 5;
    if (left < heads || c->at[0] != RF_MQTT_USER_PROPERTY)
        return false;
    size_t name = known_text(c->at + 1).len;
    if (left - heads < name)
        return false;
    size_t value = known_text(c->at + 3 + name).len;
    if (left - heads - name < value)
        return false;
    c->at += heads + name + value;
    return true;
}

/* Behind their length; each is looked at once, so that later readers need not check. */
static rf_slice take_properties(cursor *c) {
    rf_slice all = take(c, take_varint(c));
    cursor inner = cursor_of(all);
    rf_mqtt_property property;
    while (!c->bad && inner.at < inner.end)
        c->bad = !skip_pair(&inner) && !take_property(&inner, &property);
    return all;
}

/* ---- Packets ---- */

static rf_code broken(rf_error *reterr, const char *what) {
    return rf_raise(reterr, RF_EPARSE, "the broker's bytes are not MQTT: a broken %s", what);
}

rf_code rf_mqtt_publish_read(rf_mqtt_version version, uint8_t flags, rf_slice body, rf_mqtt_publish *ret_publish, rf_error *reterr) {
    assert(ret_publish);
    cursor c = cursor_of(body);
    rf_mqtt_publish publish = { .qos = flags >> 1 & 3, .duplicate = flags & 8, .retained = flags & 1 };
    publish.topic = take_text(&c);
    if (publish.qos)
        publish.id = (uint16_t)take_number(&c, 2);
    if (version == RF_MQTT_5)
        publish.properties = take_properties(&c);
    publish.payload = take(&c, (size_t)(c.end - c.at));
    if (c.bad || publish.qos > 2 || (publish.qos && publish.id == 0) || rf_mqtt_topic_fault(publish.topic))
        return broken(reterr, "PUBLISH");
    *ret_publish = publish;
    return RF_OK;
}

void rf_mqtt_publish_reread(rf_mqtt_version version, uint8_t flags, rf_slice body, rf_mqtt_publish *ret_publish) {
    cursor c = cursor_of(body);
    *ret_publish = (rf_mqtt_publish){ .qos = flags >> 1 & 3, .duplicate = flags & 8, .retained = flags & 1 };
    ret_publish->topic = take_text(&c);
    if (ret_publish->qos)
        ret_publish->id = (uint16_t)take_number(&c, 2);
    if (version == RF_MQTT_5)
        ret_publish->properties = take(&c, take_varint(&c));
    ret_publish->payload = take(&c, (size_t)(c.end - c.at));
    assert(!c.bad);
}

rf_code rf_mqtt_connack_read(rf_mqtt_version version, rf_slice body, rf_mqtt_connack *ret_connack, rf_error *reterr) {
    assert(ret_connack);
    cursor c = cursor_of(body);
    rf_mqtt_connack connack = { 0 };
    uint32_t flags = take_number(&c, 1);
    connack.session_present = flags & 1;
    connack.reason = (uint8_t)take_number(&c, 1);
    /* A broker that does not know version 5 answers in the form of 3.1.1, with code 1. */
    if (version == RF_MQTT_5 && c.at < c.end)
        connack.properties = take_properties(&c);
    if (c.bad || flags > 1)
        return broken(reterr, "CONNACK");
    *ret_connack = connack;
    return RF_OK;
}

rf_code rf_mqtt_ack_read(rf_mqtt_version version, uint8_t type, rf_slice body, rf_mqtt_ack *ret_ack, rf_error *reterr) {
    assert(ret_ack);
    cursor c = cursor_of(body);
    rf_mqtt_ack ack = { .id = (uint16_t)take_number(&c, 2) };
    bool subscribed = type == RF_MQTT_SUBACK;
    if (version == RF_MQTT_5 && !subscribed && c.at < c.end)
        ack.reason = (uint8_t)take_number(&c, 1);
    if (version == RF_MQTT_5 && (subscribed || c.at < c.end)) /* 3.4.2.2.1: short packets have no properties */
        ack.properties = take_properties(&c);
    if (subscribed)
        ack.codes = take(&c, (size_t)(c.end - c.at));
    if (c.bad || ack.id == 0 || c.at != c.end)
        return broken(reterr, "acknowledgement");
    *ret_ack = ack;
    return RF_OK;
}

rf_code rf_mqtt_disconnect_read(rf_slice body, rf_mqtt_ack *ret_disconnect, rf_error *reterr) {
    assert(ret_disconnect);
    cursor c = cursor_of(body);
    rf_mqtt_ack disconnect = { 0 };
    if (c.at < c.end)
        disconnect.reason = (uint8_t)take_number(&c, 1);
    if (c.at < c.end)
        disconnect.properties = take_properties(&c);
    if (c.bad || c.at != c.end)
        return broken(reterr, "DISCONNECT");
    *ret_disconnect = disconnect;
    return RF_OK;
}

/* ---- Topics ---- */

static const char *text_fault(rf_slice text) {
    if (text.len == 0)
        return "it is empty";
    if (text.len > RF_MQTT_TEXT_MAX)
        return "it is longer than 65535 bytes";
    if (memchr(text.data, '\0', text.len))
        return "it has a NUL in it";
    return rf_utf8_valid(text) ? NULL : "it is not UTF-8";
}

const char *rf_mqtt_topic_fault(rf_slice topic) {
    const char *fault = text_fault(topic);
    if (!fault && (memchr(topic.data, '+', topic.len) || memchr(topic.data, '#', topic.len)))
        return "it has a wildcard in it";
    return fault;
}

const char *rf_mqtt_filter_fault(rf_slice filter) {
    const char *fault = text_fault(filter);
    for (size_t i = 0; !fault && i < filter.len; i++) {
        char c = filter.data[i];
        bool alone = (i == 0 || filter.data[i - 1] == '/') && (i + 1 == filter.len || filter.data[i + 1] == '/');
        if (c == '#' && i + 1 != filter.len)
            fault = "# may only stand at the end";
        else if ((c == '#' || c == '+') && !alone)
            fault = "# and + stand for whole levels: nothing may stand beside them between two slashes";
    }
    return fault;
}
