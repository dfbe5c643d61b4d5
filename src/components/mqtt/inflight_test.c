/* inflight_test.c: identifiers are given, answered and given again. */
#include "components/mqtt/inflight.h"

#include "base/slice.h"
#include "harness.h"

static void answer(rf_mqtt_inflight *inflight, uint8_t type, uint16_t id, uint8_t reason, rf_buffer *out) {
    const rf_mqtt_ack ack = { .id = id, .reason = reason };
    rf_mqtt_inflight_ack(inflight, type, &ack, out);
}

RF_TEST(an_identifier_is_free_again_once_its_answer_was_taken) {
    RF_CLEANUP(rf_mqtt_inflight_done) rf_mqtt_inflight inflight = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    uint32_t message = 0;
    uint8_t reason = 0;
    rf_check(!rf_mqtt_inflight_init(&inflight, 4, NULL));
    rf_mqtt_inflight_reset(&inflight, 2); /* the broker takes two at once */
    rf_check(rf_mqtt_inflight_is_empty(&inflight));
    uint16_t first = rf_mqtt_inflight_take(&inflight, 10, 1), second = rf_mqtt_inflight_take(&inflight, 11, 1);
    rf_check(first && second && first != second && !rf_mqtt_inflight_take(&inflight, 12, 1));
    answer(&inflight, RF_MQTT_PUBACK, second, 0x97, &out);
    answer(&inflight, RF_MQTT_PUBACK, second, 0, &out); /* twice: passed over */
    rf_check(!rf_mqtt_inflight_take(&inflight, 12, 1));
    rf_check(rf_mqtt_inflight_finished(&inflight, &message, &reason) && message == 11 && reason == 0x97);
    rf_check(!rf_mqtt_inflight_finished(&inflight, &message, &reason));
    rf_check(rf_mqtt_inflight_take(&inflight, 12, 1) == second);
    rf_mqtt_inflight_untake(&inflight, second);
    answer(&inflight, RF_MQTT_PUBACK, first, 0, &out);
    rf_check(rf_mqtt_inflight_finished(&inflight, &message, &reason) && message == 10 && reason == 0);
    rf_check(rf_mqtt_inflight_is_empty(&inflight));
}

RF_TEST(qos_2_takes_two_answers_unless_the_first_is_a_refusal) {
    RF_CLEANUP(rf_mqtt_inflight_done) rf_mqtt_inflight inflight = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    uint32_t message = 0;
    uint8_t reason = 0;
    rf_check(!rf_mqtt_inflight_init(&inflight, 2, NULL));
    rf_mqtt_inflight_reset(&inflight, 65535);
    uint16_t good = rf_mqtt_inflight_take(&inflight, 0, 2), bad = rf_mqtt_inflight_take(&inflight, 1, 2);
    answer(&inflight, RF_MQTT_PUBACK, good, 0, &out); /* not what is waited for */
    answer(&inflight, RF_MQTT_PUBREC, good, 0x10, &out);
    rf_check(!out.failed);
    rf_check(out.len == 4 && out.data[0] == 0x62);
    answer(&inflight, RF_MQTT_PUBREC, bad, 0x87, &out);
    rf_check(out.len == 4);
    rf_check(rf_mqtt_inflight_finished(&inflight, &message, &reason) && message == 1 && reason == 0x87);
    answer(&inflight, RF_MQTT_PUBCOMP, good, 0x92, &out);
    rf_check(rf_mqtt_inflight_finished(&inflight, &message, &reason) && message == 0 && reason == 0);
    answer(&inflight, RF_MQTT_PUBCOMP, 0, 0, &out);
    answer(&inflight, RF_MQTT_PUBCOMP, 999, 0, &out);
    rf_check(rf_mqtt_inflight_is_empty(&inflight));
}
