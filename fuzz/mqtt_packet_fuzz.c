/* mqtt_packet_fuzz.c: any bytes as what a broker sends. */
#include "fuzz.h"

#include "base/slice.h"
#include "components/mqtt/packet.h"

#include <stdbool.h>

static bool inside(rf_slice all, rf_slice part) {
    return part.len == 0 || (part.data >= all.data && part.data + part.len <= all.data + all.len);
}

static void walk(rf_slice body, rf_slice properties) {
    rf_mqtt_property property;
    fuzz_claim(inside(body, properties));
    while (rf_mqtt_property_next(&properties, &property))
        fuzz_claim(inside(body, property.text) && inside(body, property.value));
    fuzz_claim(properties.len == 0); /* they were all good when the packet was */
}

/* What was read can be written, and is the same again. */
static void write_again(rf_mqtt_version version, const rf_mqtt_publish *publish) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_mqtt_frame frame;
    rf_mqtt_publish again;
    size_t len = rf_mqtt_write_publish(&out, version, publish);
    if (out.failed)
        return;
    fuzz_claim(len == out.len && !rf_mqtt_frame_read(rf_buffer_view(&out), SIZE_MAX, &frame, NULL) && frame.len == len);
    fuzz_claim(!rf_mqtt_publish_read(version, frame.flags, frame.body, &again, NULL));
    fuzz_claim(again.id == publish->id && again.qos == publish->qos && rf_slice_eq(again.topic, publish->topic));
    fuzz_claim(rf_slice_eq(again.payload, publish->payload) && rf_slice_eq(again.properties, publish->properties));
}

static void try_body(rf_mqtt_version version, const rf_mqtt_frame *frame) {
    rf_mqtt_publish publish;
    rf_mqtt_connack connack;
    rf_mqtt_ack ack;
    if (frame->type == RF_MQTT_PUBLISH && !rf_mqtt_publish_read(version, frame->flags, frame->body, &publish, NULL)) {
        fuzz_claim(inside(frame->body, publish.topic) && inside(frame->body, publish.payload));
        walk(frame->body, publish.properties);
        write_again(version, &publish);
    }
    if (frame->type == RF_MQTT_CONNACK && !rf_mqtt_connack_read(version, frame->body, &connack, NULL))
        walk(frame->body, connack.properties);
    if (!rf_mqtt_ack_read(version, frame->type, frame->body, &ack, NULL)) {
        walk(frame->body, ack.properties);
        fuzz_claim(inside(frame->body, ack.codes));
    }
    if (frame->type == RF_MQTT_DISCONNECT && !rf_mqtt_disconnect_read(frame->body, &ack, NULL))
        walk(frame->body, ack.properties);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rf_slice rest = { (const char *)data, size };
    rf_mqtt_frame frame;
    while (rest.len && !rf_mqtt_frame_read(rest, 1 << 20, &frame, NULL)) {
        fuzz_claim(frame.len <= rest.len && inside(rest, frame.body));
        try_body(RF_MQTT_311, &frame);
        try_body(RF_MQTT_5, &frame);
        rest = (rf_slice){ rest.data + frame.len, rest.len - frame.len };
    }
    (void)rf_mqtt_filter_fault((rf_slice){ (const char *)data, size });
    return 0;
}
