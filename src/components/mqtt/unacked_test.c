/* unacked_test.c: acknowledgements wait for delivery, keep the order, and survive a reconnection. */
#include "components/mqtt/unacked.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "harness.h"

typedef struct fixture {
    rf_mqtt_unacked *unacked;
    rf_buffer out, text;
} fixture;

static void fixture_done(fixture *f) {
    if (f->unacked)
        rf_mqtt_unacked_done(f->unacked);
    rf_free(f->unacked);
    rf_buffer_done(&f->out);
    rf_buffer_done(&f->text);
}

static bool fixture_init(fixture *f) {
    f->unacked = rf_alloc_zero(1, sizeof *f->unacked);
    return f->unacked != NULL;
}

/* What was written, as "PUBACK 1, PUBREC 2"; empties it. */
static rf_slice written(fixture *f) {
    static const char *const names[] = { [RF_MQTT_PUBACK] = "PUBACK", [RF_MQTT_PUBREC] = "PUBREC", [RF_MQTT_PUBCOMP] = "PUBCOMP" };
    rf_slice rest = rf_buffer_view(&f->out);
    rf_mqtt_frame frame;
    rf_mqtt_ack ack;
    rf_buffer_clear(&f->text);
    while (!rf_mqtt_frame_read(rest, 100, &frame, NULL) && !rf_mqtt_ack_read(RF_MQTT_311, frame.type, frame.body, &ack, NULL)) {
        rf_buffer_printf(&f->text, "%s%s %u", f->text.len ? ", " : "", names[frame.type], ack.id);
        rest = (rf_slice){ rest.data + frame.len, rest.len - frame.len };
    }
    rf_buffer_clear(&f->out);
    return rf_buffer_view(&f->text);
}

/* A PUBLISH comes and goes into the pipeline. */
static bool arrive(fixture *f, uint16_t id, uint8_t qos, bool duplicate, uint32_t *ret_number, rf_mqtt_arrival *ret_arrival) {
    const rf_mqtt_publish publish = { .id = id, .qos = qos, .duplicate = duplicate };
    *ret_arrival = qos ? rf_mqtt_unacked_arrive(f->unacked, &publish, &f->out) : RF_MQTT_NEW;
    return *ret_arrival != RF_MQTT_NEW || rf_mqtt_unacked_add(f->unacked, id, qos, f->unacked->session, ret_number);
}

RF_TEST(acknowledgements_leave_in_the_order_of_arrival) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    uint32_t n[4] = { 0 };
    rf_mqtt_arrival a;
    rf_check(fixture_init(&f));
    rf_check(arrive(&f, 7, 1, false, &n[0], &a) && arrive(&f, 0, 0, false, &n[1], &a) && arrive(&f, 8, 2, false, &n[2], &a) && arrive(&f, 9, 1, false, &n[3], &a));
    rf_check(n[1] == n[0] + 1 && n[3] == n[0] + 3);
    rf_mqtt_unacked_finish(f.unacked, n[2], 2, true, &f.out);
    rf_check_text(written(&f), RF_SLICE(""));
    rf_mqtt_unacked_finish(f.unacked, n[0], 2, true, &f.out);
    rf_check(!f.out.failed);
    rf_check_text(written(&f), RF_SLICE("PUBACK 7, PUBREC 8, PUBACK 9"));
    rf_mqtt_unacked_release(f.unacked, 8, &f.out);
    rf_check(!f.out.failed);
    rf_check_text(written(&f), RF_SLICE("PUBCOMP 8"));
}

RF_TEST(what_comes_again_while_it_is_on_its_way_is_not_taken_in_twice) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    uint32_t n = 0, other = 0;
    rf_mqtt_arrival a;
    rf_check(fixture_init(&f));
    rf_check(arrive(&f, 7, 1, false, &n, &a));
    rf_mqtt_unacked_finish(f.unacked, n, 1, true, NULL); /* delivered while not connected */
    rf_check(arrive(&f, 8, 1, false, &n, &a) && a == RF_MQTT_NEW);
    rf_mqtt_unacked_reconnect(f.unacked, true, &f.out);
    rf_check(!f.out.failed);
    rf_check_text(written(&f), RF_SLICE("PUBACK 7"));
    rf_check(arrive(&f, 8, 1, true, &other, &a) && a == RF_MQTT_KNOWN);
    rf_check(arrive(&f, 8, 1, false, &other, &a) && a == RF_MQTT_IN_USE);
    rf_mqtt_unacked_finish(f.unacked, n, 1, true, &f.out);
    rf_check(!f.out.failed);
    rf_check_text(written(&f), RF_SLICE("PUBACK 8"));
    rf_check(arrive(&f, 8, 1, false, &other, &a) && a == RF_MQTT_NEW);
}

RF_TEST(identifiers_of_a_lost_session_mean_nothing) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    uint32_t old = 0, fresh = 0;
    rf_mqtt_arrival a;
    rf_check(fixture_init(&f));
    rf_check(arrive(&f, 7, 1, false, &old, &a));
    rf_mqtt_unacked_reconnect(f.unacked, false, &f.out);
    rf_check(arrive(&f, 7, 1, false, &fresh, &a) && a == RF_MQTT_NEW);
    rf_mqtt_unacked_finish(f.unacked, old, 1, true, &f.out);
    rf_check_text(written(&f), RF_SLICE(""));
    rf_mqtt_unacked_finish(f.unacked, fresh, 1, true, &f.out);
    rf_check(!f.out.failed);
    rf_check_text(written(&f), RF_SLICE("PUBACK 7"));
}

RF_TEST(a_second_half_that_got_lost_is_said_again) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    uint32_t n = 0;
    rf_mqtt_arrival a;
    rf_check(fixture_init(&f));
    rf_check(arrive(&f, 5, 2, false, &n, &a));
    rf_mqtt_unacked_finish(f.unacked, n, 1, true, &f.out);
    rf_check(!f.out.failed);
    rf_check_text(written(&f), RF_SLICE("PUBREC 5"));
    rf_mqtt_unacked_reconnect(f.unacked, true, &f.out);
    rf_check(arrive(&f, 5, 2, true, &n, &a) && a == RF_MQTT_KNOWN);
    rf_check(!f.out.failed);
    rf_check_text(written(&f), RF_SLICE("PUBREC 5"));
}

RF_TEST(what_was_given_up_is_welcome_again) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    uint32_t n = 0;
    rf_mqtt_arrival a;
    rf_check(fixture_init(&f));
    rf_check(arrive(&f, 5, 1, false, &n, &a));
    rf_mqtt_unacked_finish(f.unacked, n, 1, false, &f.out);
    rf_check_text(written(&f), RF_SLICE(""));
    rf_check(arrive(&f, 5, 1, true, &n, &a) && a == RF_MQTT_NEW);
}

RF_TEST(memory_is_used_again_while_messages_flow) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_mqtt_arrival a;
    uint32_t n[3] = { 0 };
    rf_check(fixture_init(&f));
    f.unacked->base = UINT32_MAX - 500; /* numbers wrap */
    rf_check(arrive(&f, 1, 1, false, &n[0], &a) && arrive(&f, 2, 1, false, &n[1], &a));
    for (uint16_t i = 3; i < 3000; i++) {
        rf_check(arrive(&f, i, 1, false, &n[2], &a));
        rf_mqtt_unacked_finish(f.unacked, n[0], 1, true, &f.out);
        rf_check(!f.out.failed);
        n[0] = n[1];
        n[1] = n[2];
        rf_buffer_clear(&f.out);
    }
    rf_check(f.unacked->entries.cap <= 64);
}
