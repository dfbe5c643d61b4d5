/* client_connect.c: the first packets of a connection: CONNECT and the broker's answer. */
#include "components/mqtt/client.h"

#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>

#define READ_BYTES 4096u

/* RF_OK: waited a little. */
static rf_code wait_until(rf_mqtt_client *self, bool to_write, uint64_t end_ns, rf_error *reterr) {
    uint64_t now_ns = rf_clock_mono_ns(), left_ns = end_ns > now_ns ? end_ns - now_ns : 0;
    uint64_t glance_ns = 100 * RF_NS_PER_MS; /* giving up is announced to nobody */
    if (rf_link_is_woken(self->stop.fd) || atomic_load(self->env->giving_up))
        return rf_raise(reterr, RF_EAGAIN, "woken");
    if (!left_ns)
        return rf_raise(reterr, RF_EIO, "the broker did not answer CONNECT within %llu ms",
                        (unsigned long long)(self->conf->connect_timeout_ns / RF_NS_PER_MS));
    rf_link_wait(self->link, !to_write, to_write, self->stop.fd, left_ns < glance_ns ? left_ns : glance_ns);
    return RF_OK;
}

static rf_code send_all(rf_mqtt_client *self, const rf_buffer *bytes, uint64_t end_ns, rf_error *reterr) {
    size_t sent = 0, put = 0;
    rf_code code = RF_OK;
    while (sent < bytes->len && !code) {
        code = rf_link_write(self->link, bytes->data + sent, bytes->len - sent, &put, reterr);
        if (!code)
            sent += put;
        else if (code == RF_EAGAIN)
            code = wait_until(self, true, end_ns, reterr);
    }
    return code;
}

/* Until one packet is there, *ret_frame; its bytes stay in `received`. */
static rf_code receive_one(rf_mqtt_client *self, uint64_t end_ns, rf_mqtt_frame *ret_frame, rf_error *reterr) {
    size_t got = 0;
    for (;;) {
        rf_code code = rf_mqtt_frame_read(rf_buffer_view(&self->received), RF_MQTT_PACKET_MAX, ret_frame, reterr);
        if (code != RF_EAGAIN)
            return code;
        if (!rf_buffer_reserve(&self->received, READ_BYTES))
            return rf_raise_nomem(reterr);
        code = rf_link_read(self->link, self->received.data + self->received.len, READ_BYTES, &got, reterr);
        if (!code)
            self->received.len += got;
        else if (code == RF_EAGAIN)
            code = wait_until(self, false, end_ns, reterr);
        else if (code == RF_ECLOSED)
            code = rf_raise(reterr, RF_EIO, "the broker closed the connection without an answer");
        if (code)
            return code;
    }
}

static rf_code refused(const rf_mqtt_client *self, const rf_mqtt_connack *connack, rf_error *reterr) {
    rf_slice rest = connack->properties, words = { "", 0 };
    uint8_t reason = connack->reason;
    rf_mqtt_property property;
    while (rf_mqtt_property_next(&rest, &property))
        if (property.id == RF_MQTT_REASON_STRING)
            words = property.text;
    bool ours = reason == 4 || reason == 5 || reason == 0x86 || reason == 0x87 || reason == 0x8a || reason == 0x8c;
    return rf_raise(reterr, ours ? RF_EREFUSED : RF_EIO, "the broker refused the connection: %s%s%.*s",
                    rf_mqtt_reason_text(self->conf->version, reason), words.len ? ": " : "", RF_SLICE_ARG(words));
}

static void take_limits(rf_mqtt_client *self, const rf_mqtt_connack *connack) {
    rf_mqtt_limits limits = { .session_present = connack->session_present, .retain_available = true, .maximum_qos = 2,
                              .receive_maximum = UINT16_MAX, .maximum_packet = UINT32_MAX, .keepalive_s = (uint16_t)self->conf->keepalive_s };
    rf_slice rest = connack->properties;
    rf_mqtt_property property;
    while (rf_mqtt_property_next(&rest, &property)) {
        if (property.id == RF_MQTT_RETAIN_AVAILABLE)
            limits.retain_available = property.number != 0;
        else if (property.id == RF_MQTT_MAXIMUM_QOS)
            limits.maximum_qos = (uint8_t)property.number;
        else if (property.id == RF_MQTT_RECEIVE_MAXIMUM && property.number)
            limits.receive_maximum = (uint16_t)property.number;
        else if (property.id == RF_MQTT_MAXIMUM_PACKET && property.number)
            limits.maximum_packet = property.number;
        else if (property.id == RF_MQTT_SERVER_KEEP_ALIVE)
            limits.keepalive_s = (uint16_t)property.number;
    }
    self->limits = limits;
}

/* The answer, taken off `received`; what came behind it stays. */
static rf_code take_answer(rf_mqtt_client *self, const rf_mqtt_frame *frame, rf_error *reterr) {
    rf_mqtt_connack connack = { 0 };
    if (frame->type != RF_MQTT_CONNACK)
        return rf_raise(reterr, RF_EPARSE, "the broker answered CONNECT with a packet of type %u", frame->type);
    rf_code code = rf_mqtt_connack_read(self->conf->version, frame->body, &connack, reterr);
    if (code)
        return code;
    if (connack.reason)
        return refused(self, &connack, reterr);
    take_limits(self, &connack);
    self->received.len -= frame->len;
    memmove(self->received.data, self->received.data + frame->len, self->received.len);
    return RF_OK;
}

static rf_code introduce(rf_mqtt_client *self, const rf_mqtt_hello *hello, uint64_t end_ns, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer bytes = { 0 };
    rf_mqtt_frame frame = { 0 };
    rf_mqtt_write_connect(&bytes, hello);
    if (bytes.failed)
        return rf_raise_nomem(reterr);
    rf_code code = send_all(self, &bytes, end_ns, reterr);
    if (!code)
        code = receive_one(self, end_ns, &frame, reterr);
    return code ? code : take_answer(self, &frame, reterr);
}

rf_code rf_mqtt_client_open(rf_mqtt_client *client, const rf_mqtt_hello *hello, rf_error *reterr) {
    assert(client && hello && !client->link && client->conf->urls.count);
    const rf_mqtt_url *broker = &client->conf->brokers[client->next_broker++ % client->conf->urls.count];
    uint64_t end_ns = rf_clock_mono_ns() + client->conf->connect_timeout_ns;
    const rf_link_target target = { .host = broker->host, .port = broker->port, .tls = broker->tls ? &client->conf->tls : NULL,
                                    .timeout_ns = client->conf->connect_timeout_ns, .wake = client->stop.fd,
                                    .giving_up = client->env->giving_up };
    rf_buffer_clear(&client->received);
    rf_code code = rf_link_open(&target, &client->link, reterr);
    if (!code)
        code = introduce(client, hello, end_ns, reterr);
    if (!code || code == RF_ENOMEM || code == RF_EAGAIN)
        return code;
    rf_error_prefix(reterr, "%.*s: ", RF_SLICE_ARG(broker->text));
    if (code != RF_ENOTFOUND)
        rf_error_flag(reterr, RF_ERROR_RETRIABLE); /* brokers come back, and passwords are put right there */
    return code == RF_EPARSE || code == RF_ELIMIT || code == RF_ECLOSED ? RF_EIO : code;
}
