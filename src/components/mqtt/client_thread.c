/* client_thread.c: the thread of a connection to an MQTT broker: sends, receives, keeps alive. */
#include "components/mqtt/client.h"

#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>
#include <unistd.h>

#define READ_BYTES (128u << 10) /* what gathers while it may, where messages are many */
#define KEEP_BYTES ((size_t)1 << 20) /* buffers that a long packet made longer than this are given back */
#define LONG_NS (3600 * RF_NS_PER_S)

/* ---- Sending ---- */

static bool all_sent(const rf_mqtt_client *self) {
    return self->sent == self->sending.len;
}

/* With the lock held: what others want sent, once what was wanted before is out. True: there is something new. */
static bool take_outbox(rf_mqtt_client *self) {
    bool fresh = all_sent(self) && self->outbox.len;
    if (fresh) {
        rf_buffer emptied = self->sending;
        rf_buffer_clear(&emptied);
        self->sent = 0;
        self->sending = self->outbox;
        self->outbox = emptied;
    }
    size_t unsent = self->sending.len - self->sent + self->outbox.len;
    if (unsent != self->unsent && self->role->watches_sending)
        rf_cond_broadcast(&self->changed);
    self->unsent = unsent;
    return fresh;
}

static rf_code send_some(rf_mqtt_client *self, rf_error *reterr) {
    while (!all_sent(self)) {
        size_t put = 0;
        rf_code code = rf_link_write(self->link, self->sending.data + self->sent, self->sending.len - self->sent, &put, reterr);
        if (code)
            return code == RF_EAGAIN ? RF_OK : code;
        self->sent += put;
        /* Whoever takes bytes is alive: the answer to a ping stands behind them. */
        self->last_sent_ns = self->ping_ns = rf_clock_mono_ns();
    }
    if (self->sending.cap > KEEP_BYTES)
        rf_buffer_done(&self->sending);
    rf_buffer_clear(&self->sending);
    self->sent = 0;
    return RF_OK;
}

/* ---- Receiving ---- */

static rf_code told_to_go(rf_slice body, rf_error *reterr) {
    rf_mqtt_ack disconnect;
    rf_slice words = { "", 0 };
    rf_mqtt_property property;
    rf_code code = rf_mqtt_disconnect_read(body, &disconnect, reterr);
    if (code)
        return code;
    while (rf_mqtt_property_next(&disconnect.properties, &property))
        if (property.id == RF_MQTT_REASON_STRING)
            words = property.text;
    return rf_raise(reterr, RF_ELOST, "the broker ended the connection: %s%s%.*s", rf_mqtt_reason_text(RF_MQTT_5, disconnect.reason),
                    words.len ? ": " : "", RF_SLICE_ARG(words));
}

static rf_code take_packet(rf_mqtt_client *self, const rf_mqtt_frame *frame, rf_error *reterr) {
    switch (frame->type) {
    case RF_MQTT_PINGRESP:
        self->ping_pending = false;
        return RF_OK;
    case RF_MQTT_DISCONNECT:
        return told_to_go(frame->body, reterr);
    case RF_MQTT_PUBLISH: case RF_MQTT_PUBACK: case RF_MQTT_PUBREC: case RF_MQTT_PUBREL: case RF_MQTT_PUBCOMP: case RF_MQTT_SUBACK:
        return self->role->packet(self->state, frame, &self->outbox, reterr);
    default:
        return rf_raise(reterr, RF_EPARSE, "the broker sent a packet of type %u, which it must not", frame->type);
    }
}

/* All whole packets of `received`, under one lock. */
static rf_code take_packets(rf_mqtt_client *self, rf_error *reterr) {
    size_t at = 0;
    rf_code code = RF_OK;
    rf_mutex_lock(&self->lock);
    while (!code) {
        rf_mqtt_frame frame;
        rf_slice rest = { self->received.data + at, self->received.len - at };
        code = rf_mqtt_frame_read(rest, RF_MQTT_PACKET_MAX, &frame, reterr);
        if (!code) {
            code = take_packet(self, &frame, reterr);
            at += frame.len;
            self->heard++;
        }
    }
    if (self->outbox.failed)
        code = rf_raise_nomem(reterr);
    rf_mutex_unlock(&self->lock);
    if (at)
        rf_cond_broadcast(&self->changed); /* not before: whoever wakes would wait for the lock */
    self->received.len -= at;
    memmove(self->received.data, self->received.data + at, self->received.len);
    if (self->received.len == 0 && self->received.cap > KEEP_BYTES)
        rf_buffer_done(&self->received);
    return code == RF_EAGAIN ? RF_OK : code;
}

/* One read. *ret_quiet: there was nothing. */
static rf_code receive_some(rf_mqtt_client *self, bool *ret_quiet, rf_error *reterr) {
    size_t got = 0;
    *ret_quiet = false;
    if (!rf_buffer_reserve(&self->received, READ_BYTES))
        return rf_raise_nomem(reterr);
    rf_code code = rf_link_read(self->link, self->received.data + self->received.len, READ_BYTES, &got, reterr);
    *ret_quiet = code == RF_EAGAIN;
    if (code == RF_EAGAIN)
        return RF_OK;
    if (code == RF_ECLOSED)
        return rf_raise(reterr, RF_ELOST,
                        "the broker closed the connection; if it does so again and again, another client may have the same client_id");
    if (code)
        return code;
    self->received.len += got;
    self->last_heard_ns = rf_clock_mono_ns();
    return take_packets(self, reterr);
}

/* ---- Keep-alive ---- */

/* Pings when nothing was sent or heard for a while. *ret_wait_ns: until it is to be called again. While we do not read, the answer to a
 * ping cannot be seen and is not missed; the broker sees that we are alive. */
static rf_code keep_alive(rf_mqtt_client *self, bool reading, uint64_t *ret_wait_ns, rf_error *reterr) {
    uint64_t period_ns = self->limits.keepalive_s * RF_NS_PER_S, now_ns = rf_clock_mono_ns();
    *ret_wait_ns = LONG_NS;
    if (period_ns == 0)
        return RF_OK;
    if (!reading) {
        self->last_heard_ns = now_ns;
        self->ping_pending = false;
    }
    if (self->ping_pending && now_ns - self->ping_ns > period_ns)
        return rf_raise(reterr, RF_ELOST, "the broker did not answer a ping within %u s", self->limits.keepalive_s);
    uint64_t speak_ns = self->last_sent_ns + period_ns * 3 / 4, doubt_ns = self->last_heard_ns + period_ns;
    if (!self->ping_pending && (now_ns >= speak_ns || now_ns >= doubt_ns)) {
        rf_mqtt_write_bare(&self->sending, RF_MQTT_PINGREQ);
        if (self->sending.failed)
            return rf_raise_nomem(reterr);
        self->ping_pending = reading;
        self->ping_ns = self->last_sent_ns = now_ns;
        *ret_wait_ns = 0;
        return RF_OK;
    }
    uint64_t due_ns = self->ping_pending ? self->ping_ns + period_ns : speak_ns < doubt_ns ? speak_ns : doubt_ns;
    *ret_wait_ns = due_ns > now_ns ? due_ns - now_ns + RF_NS_PER_MS : RF_NS_PER_MS;
    return RF_OK;
}

/* ---- The thread ---- */

/* Waits, unless there is something to do. `quiet`: the last read gave nothing. */
static void rest(rf_mqtt_client *self, bool read_last, bool quiet, uint64_t wait_ns) {
    uint64_t count;
    rf_mutex_lock(&self->lock);
    /* New bytes to send are tried at once; what the system did not take is waited for. */
    bool fresh = take_outbox(self), hungry = self->role->hungry(self->state), to_write = !all_sent(self);
    bool busy = fresh || (hungry && !(read_last && quiet)) || (self->ending && !to_write);
    bool patient = !busy && hungry && !to_write && self->heard && self->role->patient;
    self->asleep = !busy && !patient; /* nobody need nudge us out of a moment's rest */
    if (self->ending && wait_ns > RF_MQTT_FAREWELL_NS / 10)
        wait_ns = RF_MQTT_FAREWELL_NS / 10;
    rf_mutex_unlock(&self->lock);
    if (busy)
        return;
    uint64_t gather_ns = UINT64_MAX;
    if (patient) {
        gather_ns = rf_mqtt_gather_ns(&self->gather, self->heard, rf_clock_mono_ns());
        self->heard = 0;
    }
    if (wait_ns > gather_ns)
        wait_ns = gather_ns;
    rf_link_wait(self->link, hungry && !patient, to_write, self->nudge, wait_ns);
    rf_mutex_lock(&self->lock);
    self->asleep = false;
    rf_mutex_unlock(&self->lock);
    if (read(self->nudge, &count, sizeof count) < 0) {
        /* Nobody nudged. */
    }
}

/* One turn. *ret_over: all was sent, and we are to go. */
static rf_code turn(rf_mqtt_client *self, bool *ret_over, rf_error *reterr) {
    bool quiet = false;
    uint64_t wait_ns = 0;
    rf_mutex_lock(&self->lock);
    (void)take_outbox(self);
    bool hungry = self->role->hungry(self->state), ending = self->ending;
    uint64_t end_ns = self->end_ns;
    rf_mutex_unlock(&self->lock);
    rf_code code = send_some(self, reterr);
    *ret_over = ending && (all_sent(self) || rf_clock_mono_ns() >= end_ns);
    if (code || *ret_over)
        return code;
    if (hungry)
        code = receive_some(self, &quiet, reterr);
    if (!code)
        code = keep_alive(self, hungry, &wait_ns, reterr);
    if (!code && wait_ns)
        rest(self, hungry, quiet, wait_ns);
    return code;
}

static void say_farewell(rf_mqtt_client *self) {
    RF_CLEANUP(rf_buffer_done) rf_buffer bytes = { 0 };
    size_t put = 0;
    rf_mqtt_write_bare(&bytes, RF_MQTT_DISCONNECT);
    if (!bytes.failed && all_sent(self) && rf_link_write(self->link, bytes.data, bytes.len, &put, NULL)) {
        /* The broker notices that we are gone, and publishes the will. */
    }
}

void rf_mqtt_client_main(void *arg) {
    rf_mqtt_client *self = arg;
    rf_error error = { 0 };
    bool over = false;
    rf_code code = take_packets(self, &error); /* what came with the answer to CONNECT */
    while (!code && !over)
        code = turn(self, &over, &error);
    if (over)
        say_farewell(self);
    rf_mutex_lock(&self->lock);
    if (code)
        self->why = error;
    else
        (void)rf_raise(&self->why, RF_ELOST, "disconnected");
    self->lost = true;
    rf_cond_broadcast(&self->changed);
    rf_mutex_unlock(&self->lock);
}
