/* faults_test.c: a stream from MQTT to MQTT whose broker fails at every byte and packet that it sends and receives, in turn. */
#include "components/mqtt/packet.h"

#include "base/clock.h"
#include "base/slice.h"
#include "base/thread.h"
#include "fixture.h"
#include "harness.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGES 3u
#define CLIENTS 8
#define GIVE_UP_NS (60 * RF_NS_PER_S)

typedef enum fault_kind { NO_FAULT, CLOSE_AFTER_BYTES, NONSENSE_AFTER_BYTES, CLOSE_BEFORE_PACKET } fault_kind;

/* One connection. Its memory is no allocation's: only ours are counted. */
typedef struct client { int fd; size_t len; char bytes[2048]; } client;

/* A broker of a few lines: it keeps one session, sends what was not acknowledged, and takes in what is published. */
typedef struct broker {
    int fd, port;
    rf_stream *stream;
    rf_thread thread;
    _Atomic bool over;
    client clients[CLIENTS];
    fault_kind fault;
    size_t fault_at;    /* bytes sent, or packets received, until it strikes, once */
    size_t sent, received;
    bool struck, known; /* `known`: the session is there */
    bool acknowledged[MESSAGES], came[MESSAGES];
} broker;

static void drop(client *c) {
    if (c->fd >= 0)
        (void)close(c->fd);
    *c = (client){ .fd = -1 };
}

/* Sends as much as the fault lets pass. */
static void transmit(broker *self, client *c, const rf_buffer *out) {
    size_t len = out->len;
    bool strikes = !self->struck && (self->fault == CLOSE_AFTER_BYTES || self->fault == NONSENSE_AFTER_BYTES) &&
                   self->sent + len > self->fault_at;
    if (strikes) /* nonsense within a payload would be a payload: it takes the place of whole packets */
        len = self->fault == CLOSE_AFTER_BYTES && self->fault_at > self->sent ? self->fault_at - self->sent : 0;
    self->sent += len;
    if (len && send(c->fd, out->data, len, MSG_NOSIGNAL) < 0)
        strikes = true;
    if (!strikes)
        return;
    self->struck = true;
    if (self->fault == NONSENSE_AFTER_BYTES && send(c->fd, "\xff\xff\xff\xff\xff\xff\xff", 7, MSG_NOSIGNAL) == 7)
        rf_clock_sleep_ns(20 * RF_NS_PER_MS); /* so that it is read before the end */
    drop(c);
}

static void send_waiting(broker *self, rf_buffer *out, bool again) {
    for (unsigned i = 0; i < MESSAGES; i++) {
        const char payload[] = { (char)('0' + i) };
        const rf_mqtt_publish publish = { .qos = 1, .id = (uint16_t)(i + 1), .duplicate = again, .topic = RF_SLICE("in"), .payload = { payload, 1 } };
        if (!self->acknowledged[i])
            (void)rf_mqtt_write_publish(out, RF_MQTT_311, &publish);
    }
}

static void answer(broker *self, const rf_mqtt_frame *frame, rf_buffer *out) {
    rf_mqtt_publish publish;
    rf_mqtt_ack ack;
    bool persistent = frame->type == RF_MQTT_CONNECT && frame->body.len > 7 && !(frame->body.data[7] & 2);
    if (frame->type == RF_MQTT_CONNECT) {
        bool present = persistent && self->known;
        rf_buffer_append(out, present ? "\x20\x02\x01\0" : "\x20\x02\0\0", 4);
        if (present)
            send_waiting(self, out, true);
    } else if (frame->type == RF_MQTT_SUBSCRIBE) {
        rf_buffer_append(out, "\x90\x03\0\x01\x01", 5);
        if (!self->known)
            send_waiting(self, out, false);
        self->known = true;
    } else if (frame->type == RF_MQTT_PUBLISH && !rf_mqtt_publish_read(RF_MQTT_311, frame->flags, frame->body, &publish, NULL)) {
        unsigned i = publish.payload.len == 1 ? (unsigned)(publish.payload.data[0] - '0') : MESSAGES;
        if (i < MESSAGES)
            self->came[i] = true;
        rf_mqtt_write_ack(out, RF_MQTT_PUBACK, publish.id);
    } else if (frame->type == RF_MQTT_PUBACK && !rf_mqtt_ack_read(RF_MQTT_311, frame->type, frame->body, &ack, NULL)) {
        if (ack.id <= MESSAGES)
            self->acknowledged[ack.id - 1] = true;
    } else if (frame->type == RF_MQTT_PINGREQ) {
        rf_mqtt_write_bare(out, RF_MQTT_PINGRESP);
    }
}

/* All whole packets that are there. */
static void take_packets(broker *self, client *c) {
    rf_mqtt_frame frame;
    while (c->fd >= 0 && !rf_mqtt_frame_read((rf_slice){ c->bytes, c->len }, sizeof c->bytes, &frame, NULL)) {
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        if (!self->struck && self->fault == CLOSE_BEFORE_PACKET && self->received++ == self->fault_at) {
            self->struck = true;
            drop(c);
            return;
        }
        answer(self, &frame, &out);
        c->len -= frame.len;
        memmove(c->bytes, c->bytes + frame.len, c->len);
        if (out.len)
            transmit(self, c, &out);
    }
}

static void take_bytes(broker *self, client *c) {
    ssize_t got = recv(c->fd, c->bytes + c->len, sizeof c->bytes - c->len, 0);
    if (got <= 0) {
        drop(c);
        return;
    }
    c->len += (size_t)got;
    take_packets(self, c);
}

static void take_client(broker *self) {
    int fd = accept(self->fd, NULL, NULL);
    for (size_t i = 0; fd >= 0 && i < CLIENTS; i++)
        if (self->clients[i].fd < 0) {
            self->clients[i] = (client){ .fd = fd };
            return;
        }
    if (fd >= 0)
        (void)close(fd);
}

static bool is_done(const broker *self) {
    for (unsigned i = 0; i < MESSAGES; i++)
        if (!self->acknowledged[i])
            return false;
    return true;
}

static void serve(void *arg) {
    broker *self = arg;
    uint64_t end_ns = rf_clock_mono_ns() + GIVE_UP_NS;
    while (!atomic_load(&self->over)) {
        struct pollfd fds[CLIENTS + 1] = { { .fd = self->fd, .events = POLLIN } };
        for (size_t i = 0; i < CLIENTS; i++)
            fds[i + 1] = (struct pollfd){ .fd = self->clients[i].fd, .events = POLLIN };
        (void)poll(fds, CLIENTS + 1, 20);
        if (fds[0].revents)
            take_client(self);
        for (size_t i = 0; i < CLIENTS; i++)
            if (fds[i + 1].revents && self->clients[i].fd >= 0)
                take_bytes(self, &self->clients[i]);
        if (is_done(self) || rf_clock_mono_ns() > end_ns)
            rf_stream_stop(self->stream);
    }
}

static void broker_done(broker *self) {
    atomic_store(&self->over, true);
    rf_thread_join(&self->thread);
    for (size_t i = 0; i < CLIENTS; i++)
        drop(&self->clients[i]);
    if (self->fd >= 0)
        (void)close(self->fd);
}

static bool broker_init(broker *self) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    for (size_t i = 0; i < CLIENTS; i++)
        self->clients[i].fd = -1;
    self->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (self->fd < 0 || bind(self->fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(self->fd, 8) != 0 ||
        getsockname(self->fd, (struct sockaddr *)&address, &len) != 0)
        return false;
    self->port = ntohs(address.sin_port);
    return true;
}

/* A run with one fault. *ret_struck: the fault came to pass. False: something is lost, or the run ended badly. */
static bool survives(fault_kind fault, size_t at, bool *ret_struck) {
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    RF_CLEANUP(broker_done) broker self = { .fault = fault, .fault_at = at };
    char config[500];
    if (!broker_init(&self))
        return false;
    (void)snprintf(config, sizeof config, "input: {mqtt: {urls: ['tcp://127.0.0.1:%d'], topics: [in], client_id: a, clean_session: false}}\n"
                                          "output: {mqtt: {urls: ['tcp://127.0.0.1:%d'], topic: out, client_id: b}}\n", self.port, self.port);
    if (rf_fixture_stream_open(&stream, config, NULL))
        return false;
    self.stream = stream.stream;
    if (rf_thread_start(&self.thread, "broker", serve, &self, NULL))
        return false;
    rf_code code = rf_stream_run(stream.stream, NULL);
    atomic_store(&self.over, true);
    rf_thread_join(&self.thread);
    *ret_struck = self.struck;
    for (unsigned i = 0; i < MESSAGES; i++)
        if (!self.came[i] || !self.acknowledged[i])
            return false;
    return !code;
}

/* Each place in turn, until there are no more. */
static void sweep(fault_kind fault, size_t step) {
    if (rf_test_torture()) /* memory of many threads: which of them fails is chance */
        return;
    bool struck = true;
    size_t at = 0;
    for (; struck && at < 1000; at += step) {
        if (!survives(fault, at, &struck)) {
            char text[60];
            (void)snprintf(text, sizeof text, "a fault after %zu", at);
            rf_check_text(rf_slice_of(text), RF_SLICE("survived"));
        }
    }
    rf_check(at > step && !struck);
}

RF_TEST(nothing_is_lost_when_all_is_well) {
    bool struck = true;
    rf_check(rf_test_torture() || survives(NO_FAULT, 0, &struck));
}

RF_TEST(a_connection_that_ends_after_any_byte_loses_nothing) { sweep(CLOSE_AFTER_BYTES, 2); }
RF_TEST(nonsense_in_place_of_any_packet_loses_nothing) { sweep(NONSENSE_AFTER_BYTES, 3); }
RF_TEST(a_connection_that_ends_before_any_packet_loses_nothing) { sweep(CLOSE_BEFORE_PACKET, 1); }
