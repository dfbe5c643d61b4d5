/* mqtt_load.c: a publisher and a subscriber of MQTT 5 that cost little, so that what is measured between them is the broker, and what
 * stands behind it.
 *
 *     mqtt_load publish PORT TEMPLATES COUNT RATE QOS     RATE 0: as fast as the broker takes them
 *     mqtt_load subscribe PORT COUNT QOS                  prints `ready` once it has subscribed to everything
 *
 * TEMPLATES (connect_tasks.py makes it) holds PUBLISH packets, each behind a 32-bit length and a 32-bit place of its packet identifier;
 * the last 16 bytes of each are digits, put in here: microseconds since 1970, the time at which the message was due. Both print a line of
 * JSON when all messages have passed, the subscriber how old they were, too. */
#include "base/slice.h"
#include "connect/ages.h"
#include "connect/tool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TEMPLATES_MAX = 4096, WINDOW = 4000, STAMP = 16, ROOM = 1 << 18 };

typedef struct peer {
    int fd;
    size_t got;         /* bytes in `in` */
    unsigned char in[ROOM];
    size_t put;         /* bytes in `out` that wait */
    unsigned char out[ROOM];
} peer;

typedef struct packet {
    const unsigned char *bytes;
    uint32_t len, id_at; /* id_at 0: QoS 0 */
} packet;

/* ---- The connection ---- */

static void flush(peer *self) {
    for (size_t at = 0; at < self->put;) {
        ssize_t n = write(self->fd, self->out + at, self->put - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            die("the broker is gone: %s", strerror(errno));
        at += (size_t)n;
    }
    self->put = 0;
}

static void send_bytes(peer *self, const void *bytes, size_t len) {
    if (self->put + len > ROOM)
        flush(self);
    memcpy(self->out + self->put, bytes, len);
    self->put += len;
}

/* Reads what is there, or waits until something is. */
static void fill(peer *self, bool wait) {
    ssize_t n = recv(self->fd, self->in + self->got, ROOM - self->got, wait ? 0 : MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0)
        die("the broker ended the connection");
    self->got += (size_t)n;
}

/* The next whole packet: its length, and where its body begins; 0: not there yet. */
static size_t packet_len(const unsigned char *bytes, size_t len, size_t *ret_body) {
    size_t length = 0;
    for (size_t i = 1; i < len && i < 5; i++) {
        length |= (size_t)(bytes[i] & 0x7f) << (7 * (i - 1));
        if (bytes[i] & 0x80)
            continue;
        *ret_body = i + 1;
        return i + 1 + length <= len ? i + 1 + length : 0;
    }
    return 0;
}

static void await(peer *self, unsigned type) {
    size_t body, len;
    while (!(len = packet_len(self->in, self->got, &body)))
        fill(self, true);
    if (self->in[0] >> 4 != type)
        die("the broker answers with a packet of type %u, not %u", self->in[0] >> 4, type);
    self->got -= len;
    memmove(self->in, self->in + len, self->got);
}

static void join(peer *self, const char *port) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(port, NULL, 10)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int one = 1;
    /* Clean start, no keep-alive, no client's name: the broker gives one. */
    static const unsigned char hello[] = { 0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 0, 0, 0 };
    self->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (self->fd < 0 || connect(self->fd, (struct sockaddr *)&address, sizeof address))
        die("no broker at port %s: %s", port, strerror(errno));
    (void)setsockopt(self->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    send_bytes(self, hello, sizeof hello);
    flush(self);
    await(self, 2);
}

static void report(uint64_t count, uint64_t begin_us, uint64_t end_us, ages *aged) {
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    (void)printf("{\"count\": %llu, \"begin_us\": %llu, \"end_us\": %llu, \"cpu_us\": %.0f", (unsigned long long)count,
                 (unsigned long long)begin_us, (unsigned long long)end_us, cpu);
    if (aged) {
        (void)fputs(", ", stdout);
        ages_print(aged);
    }
    (void)puts("}");
    (void)fflush(stdout);
}

/* ---- Publishing ---- */

static size_t load(const char *path, packet *packets) {
    FILE *file = fopen(path, "rb");
    size_t count = 0, at = 0, len = 0;
    unsigned char *all = NULL;
    if (!file || fseek(file, 0, SEEK_END) || (len = (size_t)ftell(file)) == 0 || !(all = rf_alloc(len)))
        die("%s cannot be read", path);
    rewind(file);
    if (fread(all, 1, len, file) != len)
        die("%s cannot be read", path);
    (void)fclose(file);
    while (at + 8 <= len && count < TEMPLATES_MAX) {
        packet *one = &packets[count++];
        memcpy(&one->len, all + at, 4);
        memcpy(&one->id_at, all + at + 4, 4);
        one->bytes = all + at + 8;
        at += 8 + one->len;
        if (at > len || one->len <= STAMP)
            die("%s is broken", path);
    }
    return count; /* the bytes stay until the process ends */
}

/* PUBACKs that have come. */
static uint64_t take_acks(peer *self, bool wait) {
    size_t at = 0, body, len;
    uint64_t acks = 0;
    fill(self, wait);
    for (; (len = packet_len(self->in + at, self->got - at, &body)); at += len)
        acks += self->in[at] >> 4 == 4;
    self->got -= at;
    memmove(self->in, self->in + at, self->got);
    return acks;
}

static void send_one(peer *self, const packet *one, uint64_t number, uint64_t due_us) {
    char digits[STAMP + 8];
    unsigned char *place;
    if (self->put + one->len > ROOM)
        flush(self);
    place = self->out + self->put;
    memcpy(place, one->bytes, one->len);
    (void)snprintf(digits, sizeof digits, "%016llu", (unsigned long long)due_us);
    memcpy(place + one->len - STAMP, digits, STAMP);
    if (one->id_at) {
        uint16_t id = (uint16_t)(number % 65535 + 1);
        place[one->id_at] = (unsigned char)(id >> 8);
        place[one->id_at + 1] = (unsigned char)id;
    }
    self->put += one->len;
}

/* Waits until `due`, and takes what acknowledgements come meanwhile. */
static uint64_t wait_until(peer *self, uint64_t due_us, bool acked) {
    uint64_t now = now_us(), acks = 0;
    if (now < due_us && self->put)
        flush(self);
    while ((now = now_us()) < due_us) {
        struct timespec rest = { .tv_nsec = (long)((due_us - now) * 1000 % 1000000000) };
        (void)nanosleep(&rest, NULL);
    }
    if (acked)
        acks = take_acks(self, false);
    return acks;
}

static void publish(peer *self, char **argv) {
    packet *packets = rf_alloc_zero(TEMPLATES_MAX, sizeof *packets);
    if (!packets)
        die("no memory");
    size_t kinds = load(argv[3], packets);
    uint64_t count = strtoull(argv[4], NULL, 10), rate = strtoull(argv[5], NULL, 10), acked = 0;
    bool acks = strtoull(argv[6], NULL, 10) > 0;
    join(self, argv[2]);
    uint64_t begin = now_us();
    for (uint64_t i = 0; i < count; i++) {
        uint64_t due = rate ? begin + i * 1000000 / rate : 0;
        if (rate)
            acked += wait_until(self, due, acks);
        else if (i % 64 == 0 && acks)
            acked += take_acks(self, false);
        while (acks && i - acked >= WINDOW) {
            flush(self);
            acked += take_acks(self, true);
        }
        send_one(self, &packets[i % kinds], i, rate ? due : now_us());
    }
    flush(self);
    while (acks && acked < count)
        acked += take_acks(self, true);
    report(count, begin, now_us(), NULL);
    rf_free(packets);
}

/* ---- Subscribing ---- */

static void answer(peer *self, const unsigned char *bytes, size_t body) {
    size_t topic = (size_t)bytes[body] << 8 | bytes[body + 1];
    const unsigned char ack[] = { 0x40, 2, bytes[body + 2 + topic], bytes[body + 3 + topic] };
    send_bytes(self, ack, sizeof ack);
}

/* Of a packet that ends there. */
static uint64_t stamp_before(const unsigned char *end) {
    char digits[STAMP + 1] = "";
    memcpy(digits, end - STAMP, STAMP);
    return strtoull(digits, NULL, 10);
}

static void subscribe(peer *self, char **argv) {
    uint64_t count = strtoull(argv[3], NULL, 10), came = 0, begin = 0;
    ages aged = ages_of(count);
    unsigned char wish[] = { 0x82, 7, 0, 1, 0, 0, 1, '#', (unsigned char)strtoul(argv[4], NULL, 10) };
    join(self, argv[2]);
    send_bytes(self, wish, sizeof wish);
    flush(self);
    await(self, 9);
    (void)puts("ready");
    (void)fflush(stdout);
    while (came < count) {
        size_t at = 0, body, len;
        fill(self, true);
        begin = begin ? begin : now_us();
        for (; (len = packet_len(self->in + at, self->got - at, &body)); at += len) {
            if (self->in[at] >> 4 != 3)
                continue;
            came++;
            ages_add(&aged, stamp_before(self->in + at + len), now_us());
            if (self->in[at] & 6)
                answer(self, self->in + at, body);
        }
        flush(self);
        self->got -= at;
        memmove(self->in, self->in + at, self->got);
    }
    report(count, begin, now_us(), &aged);
    ages_done(&aged);
}

int main(int argc, char **argv) {
    peer *self = rf_alloc_zero(1, sizeof *self);
    (void)prctl(PR_SET_TIMERSLACK, 1);
    if (!self)
        die("no memory");
    if (argc == 7 && strcmp(argv[1], "publish") == 0)
        publish(self, argv);
    else if (argc == 5 && strcmp(argv[1], "subscribe") == 0)
        subscribe(self, argv);
    else
        die("publish PORT TEMPLATES COUNT RATE QOS, or subscribe PORT COUNT QOS");
    rf_free(self);
    return 0;
}
