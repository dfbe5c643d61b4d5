/* packet_test.c: MQTT packets: what is written reads back, and every cut and every broken byte is told. */
#include "components/mqtt/packet.h"

#include "base/slice.h"
#include "harness.h"

#include <string.h>

static rf_mqtt_frame frame_of(const rf_buffer *bytes, rf_code *ret_code) {
    rf_mqtt_frame frame = { 0 };
    *ret_code = rf_mqtt_frame_read(rf_buffer_view(bytes), 1 << 20, &frame, NULL);
    return frame;
}

RF_TEST(a_publish_reads_back_as_it_was_written) {
    for (uint8_t qos = 0; qos <= 2; qos++) {
        for (int five = 0; five < 2; five++) {
            RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
            RF_CLEANUP(rf_buffer_done) rf_buffer properties = { 0 };
            rf_mqtt_version version = five ? RF_MQTT_5 : RF_MQTT_311;
            if (five) {
                rf_mqtt_put_text(&properties, RF_MQTT_CONTENT_TYPE, RF_SLICE("text/plain"));
                rf_mqtt_put_user(&properties, RF_SLICE("site"), RF_SLICE("b7"));
                rf_mqtt_put_number(&properties, RF_MQTT_MESSAGE_EXPIRY, 70000);
            }
            const rf_mqtt_publish sent = { .qos = qos, .retained = true, .id = qos ? 0x1234 : 0, .topic = RF_SLICE("a/b"),
                                           .properties = rf_buffer_view(&properties), .payload = RF_SLICE("hello") };
            rf_mqtt_publish got = { 0 };
            rf_code code;
            size_t len = rf_mqtt_write_publish(&out, version, &sent);
            rf_check(!out.failed && !properties.failed);
            rf_check(len == out.len);
            rf_mqtt_frame frame = frame_of(&out, &code);
            rf_check(!code && frame.type == RF_MQTT_PUBLISH && frame.len == len);
            rf_check(!rf_mqtt_publish_read(version, frame.flags, frame.body, &got, NULL));
            rf_check(got.qos == qos && got.retained && !got.duplicate && got.id == sent.id);
            rf_check_text(got.topic, sent.topic);
            rf_check_text(got.payload, sent.payload);
            rf_check(rf_slice_eq(got.properties, sent.properties));
        }
    }
}

RF_TEST(properties_are_taken_one_by_one) {
    RF_CLEANUP(rf_buffer_done) rf_buffer bytes = { 0 };
    rf_mqtt_put_user(&bytes, RF_SLICE("k"), RF_SLICE(""));
    rf_mqtt_put_number(&bytes, RF_MQTT_RECEIVE_MAXIMUM, 0x0102);
    rf_mqtt_put_text(&bytes, RF_MQTT_REASON_STRING, RF_SLICE("why"));
    rf_check(!bytes.failed);
    rf_slice rest = rf_buffer_view(&bytes);
    rf_mqtt_property p;
    rf_check(rf_mqtt_property_next(&rest, &p) && p.id == RF_MQTT_USER_PROPERTY && rf_slice_is(p.text, "k") && p.value.len == 0);
    rf_check(rf_mqtt_property_next(&rest, &p) && p.id == RF_MQTT_RECEIVE_MAXIMUM && p.number == 0x0102);
    rf_check(rf_mqtt_property_next(&rest, &p) && p.id == RF_MQTT_REASON_STRING && rf_slice_is(p.text, "why"));
    rf_check(!rf_mqtt_property_next(&rest, &p));
}

/* The example of MQTT 3.1.1, figure 3.6, with a will and a user. */
RF_TEST(a_connect_is_as_the_standard_draws_it) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    const rf_mqtt_will will = { .qos = 1, .topic = RF_SLICE("w"), .payload = RF_SLICE("gone") };
    const rf_mqtt_hello hello = { .version = RF_MQTT_311, .clean = true, .keepalive_s = 10, .client_id = RF_SLICE("me"),
                                  .user = RF_SLICE("u"), .password = RF_SLICE("p"), .will = &will };
    rf_mqtt_write_connect(&out, &hello);
    rf_check(!out.failed);
    static const char expected[] = "\x10\x1d\0\x04MQTT\x04\xce\0\x0a\0\x02me\0\x01w\0\x04gone\0\x01u\0\x01p";
    rf_check(rf_slice_eq(rf_buffer_view(&out), (rf_slice){ expected, sizeof expected - 1 }));
    RF_CLEANUP(rf_buffer_done) rf_buffer five = { 0 };
    const rf_mqtt_hello more = { .version = RF_MQTT_5, .client_id = RF_SLICE("me"), .session_expiry_s = 60, .receive_maximum = 10 };
    rf_mqtt_write_connect(&five, &more);
    rf_check(!five.failed);
    static const char expected_five[] = "\x10\x17\0\x04MQTT\x05\0\0\0\x08\x11\0\0\0\x3c\x21\0\x0a\0\x02me";
    rf_check(rf_slice_eq(rf_buffer_view(&five), (rf_slice){ expected_five, sizeof expected_five - 1 }));
}

RF_TEST(a_subscribe_names_every_filter) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    const rf_slice filters[] = { RF_SLICE("a/#"), RF_SLICE("b") };
    rf_mqtt_write_subscribe(&out, RF_MQTT_5, 1, filters, 2, 1);
    rf_check(!out.failed);
    static const char expected[] = "\x82\x0d\0\x01\0\0\x03" "a/#\x01\0\x01" "b\x01";
    rf_check(rf_slice_eq(rf_buffer_view(&out), (rf_slice){ expected, sizeof expected - 1 }));
}

RF_TEST(half_a_packet_waits_for_the_rest) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    char payload[300] = "";
    const rf_mqtt_publish publish = { .topic = RF_SLICE("t"), .payload = { payload, sizeof payload } };
    size_t len = rf_mqtt_write_publish(&out, RF_MQTT_311, &publish);
    rf_check(!out.failed);
    for (size_t i = 0; i < len; i++) {
        rf_mqtt_frame frame;
        rf_check(rf_mqtt_frame_read((rf_slice){ out.data, i }, 1 << 20, &frame, NULL) == RF_EAGAIN);
    }
    rf_mqtt_frame frame;
    rf_check(rf_mqtt_frame_read((rf_slice){ out.data, len }, 100, &frame, NULL) == RF_ELIMIT);
}

RF_TEST(bytes_that_are_no_packet_are_refused) {
    rf_mqtt_frame frame;
    rf_mqtt_publish publish;
    rf_mqtt_connack connack;
    rf_mqtt_ack ack;
    rf_check(rf_mqtt_frame_read(RF_SLICE("\x00\x00"), 100, &frame, NULL) == RF_EPARSE);
    rf_check(rf_mqtt_frame_read(RF_SLICE("\x30\xff\xff\xff\xff\x01"), 100, &frame, NULL) == RF_EPARSE);
    rf_check(rf_mqtt_publish_read(RF_MQTT_311, 0, RF_SLICE("\0\x05" "abc"), &publish, NULL) == RF_EPARSE);
    rf_check(rf_mqtt_publish_read(RF_MQTT_311, 0, RF_SLICE("\0\0"), &publish, NULL) == RF_EPARSE);
    rf_check(rf_mqtt_publish_read(RF_MQTT_311, 6, RF_SLICE("\0\x01" "a\0\x01"), &publish, NULL) == RF_EPARSE); /* QoS 3 */
    rf_check(rf_mqtt_publish_read(RF_MQTT_311, 2, RF_SLICE("\0\x01" "a\0\0"), &publish, NULL) == RF_EPARSE);   /* identifier 0 */
    rf_check(rf_mqtt_publish_read(RF_MQTT_311, 0, RF_SLICE("\0\x01#"), &publish, NULL) == RF_EPARSE);
    rf_check(rf_mqtt_publish_read(RF_MQTT_5, 0, RF_SLICE("\0\x01" "a\x03\x26\0\x01"), &publish, NULL) == RF_EPARSE);
    rf_check(rf_mqtt_publish_read(RF_MQTT_5, 0, RF_SLICE("\0\x01" "a\x01\x7f"), &publish, NULL) == RF_EPARSE);
    rf_check(rf_mqtt_connack_read(RF_MQTT_311, RF_SLICE("\0"), &connack, NULL) == RF_EPARSE);
    rf_check(rf_mqtt_connack_read(RF_MQTT_311, RF_SLICE("\x02\0"), &connack, NULL) == RF_EPARSE);
    rf_check(rf_mqtt_ack_read(RF_MQTT_311, RF_MQTT_PUBACK, RF_SLICE("\0\0"), &ack, NULL) == RF_EPARSE);
    rf_check(rf_mqtt_ack_read(RF_MQTT_311, RF_MQTT_PUBACK, RF_SLICE("\0\1\0"), &ack, NULL) == RF_EPARSE);
}

RF_TEST(answers_are_read_in_their_short_and_long_forms) {
    rf_mqtt_ack ack;
    rf_mqtt_connack connack;
    rf_check(!rf_mqtt_ack_read(RF_MQTT_5, RF_MQTT_PUBACK, RF_SLICE("\x01\x02"), &ack, NULL) && ack.id == 0x0102 && ack.reason == 0);
    rf_check(!rf_mqtt_ack_read(RF_MQTT_5, RF_MQTT_PUBREC, RF_SLICE("\0\x02\x97"), &ack, NULL) && ack.reason == 0x97);
    rf_check(!rf_mqtt_ack_read(RF_MQTT_5, RF_MQTT_PUBACK, RF_SLICE("\0\x02\x87\x04\x1f\0\x01x"), &ack, NULL) && ack.properties.len == 4);
    rf_check(!rf_mqtt_ack_read(RF_MQTT_5, RF_MQTT_SUBACK, RF_SLICE("\0\x01\0\x01\x80"), &ack, NULL) && ack.codes.len == 2);
    rf_check(!rf_mqtt_ack_read(RF_MQTT_311, RF_MQTT_SUBACK, RF_SLICE("\0\x01\x02"), &ack, NULL) && ack.codes.len == 1);
    rf_check(!rf_mqtt_connack_read(RF_MQTT_5, RF_SLICE("\x01\0\x03\x21\0\x14"), &connack, NULL) && connack.session_present && connack.properties.len == 3);
    rf_check(!rf_mqtt_connack_read(RF_MQTT_5, RF_SLICE("\0\x01"), &connack, NULL) && connack.reason == 1); /* an old broker's */
    rf_check(!rf_mqtt_disconnect_read(RF_SLICE(""), &ack, NULL) && ack.reason == 0);
    rf_check(!rf_mqtt_disconnect_read(RF_SLICE("\x8e"), &ack, NULL) && ack.reason == 0x8e);
    rf_check_text(rf_slice_of(rf_mqtt_reason_text(RF_MQTT_5, 0x8e)), RF_SLICE("another client has connected with this client_id"));
    rf_check_text(rf_slice_of(rf_mqtt_reason_text(RF_MQTT_311, 5)), RF_SLICE("not authorised"));
    rf_check_text(rf_slice_of(rf_mqtt_reason_text(RF_MQTT_5, 0xfe)), RF_SLICE("for an unknown reason"));
}

RF_TEST(topics_and_filters_are_told_apart) {
    rf_check(!rf_mqtt_topic_fault(RF_SLICE("a/b c/$x")));
    rf_check(rf_mqtt_topic_fault(RF_SLICE("")) && rf_mqtt_topic_fault(RF_SLICE("a/+")) && rf_mqtt_topic_fault(RF_SLICE("#")));
    rf_check(rf_mqtt_topic_fault(RF_SLICE("a\0b")) && rf_mqtt_topic_fault(RF_SLICE("\xff")));
    rf_check(!rf_mqtt_filter_fault(RF_SLICE("#")) && !rf_mqtt_filter_fault(RF_SLICE("+/a/+/#")) && !rf_mqtt_filter_fault(RF_SLICE("$share/g/t/#")));
    rf_check(rf_mqtt_filter_fault(RF_SLICE("a/#/b")) && rf_mqtt_filter_fault(RF_SLICE("a#")) && rf_mqtt_filter_fault(RF_SLICE("a/b+")));
    rf_check(rf_mqtt_filter_fault(RF_SLICE("")));
}
