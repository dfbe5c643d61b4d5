/* kafka_probe.c: how old messages are when a consumer of Kafka has them, and when the last of them is there.
 *
 *     kafka_probe age BROKER TOPIC PARTITIONS COUNT     reads from the beginning; `"value":` is followed by the microsecond of the message
 *     kafka_probe end BROKER TOPIC PARTITIONS COUNT     only looks at the ends of the partitions, until there are so many
 *     kafka_probe feed BROKER TOPIC COUNT RATE          writes messages such as riffle does, so many a second
 *
 * The first two print `ready`, and a line of JSON when COUNT messages are there. */
#include "base/slice.h"
#include "connect/ages.h"
#include "connect/tool.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINGER_MS "2" /* as long as riffle lets MQTT packets gather at such rates */
enum { PATIENCE_S = 60 };

static rd_kafka_t *consumer(const char *broker) {
    static const char *const settings[][2] = {
        { "group.id", "probe" }, { "enable.auto.commit", "false" }, { "fetch.error.backoff.ms", "5" }, { "enable.partition.eof", "false" },
        { "socket.nagle.disable", "true" }, { "check.crcs", "false" },
    };
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], text, sizeof text) != RD_KAFKA_CONF_OK)
            die("%s", text);
    if (rd_kafka_conf_set(conf, "bootstrap.servers", broker, text, sizeof text) != RD_KAFKA_CONF_OK)
        die("%s", text);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (!rk)
        die("%s", text);
    return rk;
}

static void ready(void) {
    (void)puts("ready");
    (void)fflush(stdout);
}

/* ---- How old ---- */

/* 0: it has none. */
static uint64_t stamp_of(const rd_kafka_message_t *message) {
    static const char name[] = "\"value\":";
    const char *bytes = message->payload;
    for (size_t i = 0; i + sizeof name < message->len; i++)
        if (memcmp(bytes + i, name, sizeof name - 1) == 0)
            return (uint64_t)strtod(bytes + i + sizeof name - 1, NULL); /* 1.79e+15, as scripts' numbers are written; the brace ends it */
    return 0;
}

static void age(rd_kafka_t *rk, const char *topic, int partitions, size_t count) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    ages aged = ages_of(count);
    size_t came = 0;
    for (int i = 0; i < partitions; i++)
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    if (rd_kafka_assign(rk, list))
        die("the partitions cannot be read");
    ready();
    for (uint64_t last = now_us(); came < count;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(rk, 1000);
        uint64_t now = now_us(), stamp = message && !message->err ? stamp_of(message) : 0;
        if (!message && now - last > PATIENCE_S * 1000000ull)
            die("only %zu of %zu messages came", came, count);
        if (message && !message->err) {
            last = now;
            came++;
            ages_add(&aged, stamp, now);
        }
        if (message)
            rd_kafka_message_destroy(message);
    }
    (void)printf("{\"count\": %zu, \"end_us\": %llu, ", came, (unsigned long long)now_us());
    ages_print(&aged);
    (void)puts("}");
    ages_done(&aged);
    rd_kafka_topic_partition_list_destroy(list);
}

/* ---- When the last is there ---- */

static uint64_t written(rd_kafka_t *rk, const char *topic, int partitions) {
    uint64_t sum = 0;
    for (int i = 0; i < partitions; i++) {
        int64_t low = 0, high = 0;
        if (!rd_kafka_query_watermark_offsets(rk, topic, i, &low, &high, 5000))
            sum += (uint64_t)high;
    }
    return sum;
}

static void end(rd_kafka_t *rk, const char *topic, int partitions, uint64_t count) {
    const struct timespec pause = { .tv_nsec = 20000000 };
    uint64_t before = 0, now = 0, last_us = now_us();
    ready();
    while ((now = written(rk, topic, partitions)) < count) {
        if (now > before)
            last_us = now_us();
        else if (now_us() - last_us > PATIENCE_S * 1000000ull)
            die("only %llu of %llu messages came", (unsigned long long)now, (unsigned long long)count);
        before = now;
        (void)nanosleep(&pause, NULL);
    }
    (void)printf("{\"count\": %llu, \"end_us\": %llu}\n", (unsigned long long)now, (unsigned long long)now_us());
}

/* ---- Writing ---- */

static rd_kafka_t *producer(const char *broker) {
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (rd_kafka_conf_set(conf, "bootstrap.servers", broker, text, sizeof text) ||
        rd_kafka_conf_set(conf, "linger.ms", LINGER_MS, text, sizeof text) ||
        rd_kafka_conf_set(conf, "socket.nagle.disable", "true", text, sizeof text))
        die("%s", text);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (!rk)
        die("%s", text);
    return rk;
}

static void feed(rd_kafka_t *rk, const char *topic, uint64_t count, uint64_t rate) {
    static const char key[] = "umh.v1.acme.plant7.hall2.line1.cell5._historian.boolean_signals.group_a.ramp.ramp_bool_7";
    uint64_t begin = now_us();
    for (uint64_t i = 0; i < count; i++) {
        char value[80];
        uint64_t due = begin + i * 1000000 / rate, now;
        while ((now = now_us()) < due) {
            const struct timespec rest = { .tv_nsec = (long)((due - now) * 1000 % 1000000000) };
            (void)nanosleep(&rest, NULL);
        }
        int len = snprintf(value, sizeof value, "{\"timestamp_ms\":%llu,\"value\":%llu}", (unsigned long long)(due / 1000),
                           (unsigned long long)due);
        rd_kafka_resp_err_t error = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY((void *)(uintptr_t)key, sizeof key - 1),
                                                      RD_KAFKA_V_VALUE(value, (size_t)len), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                                      RD_KAFKA_V_END);
        if (error)
            die("not written: %s", rd_kafka_err2str(error));
        (void)rd_kafka_poll(rk, 0);
    }
    if (rd_kafka_flush(rk, PATIENCE_S * 1000))
        die("not all is written");
}

int main(int argc, char **argv) {
    if (argc != 6)
        die("age|end BROKER TOPIC PARTITIONS COUNT, or feed BROKER TOPIC COUNT RATE");
    uint64_t count = strtoull(argv[5], NULL, 10);
    int partitions = (int)strtol(argv[4], NULL, 10);
    if (strcmp(argv[1], "feed") == 0)
        feed(producer(argv[2]), argv[3], strtoull(argv[4], NULL, 10), count);
    else if (strcmp(argv[1], "age") == 0)
        age(consumer(argv[2]), argv[3], partitions, (size_t)count);
    else
        end(consumer(argv[2]), argv[3], partitions, count);
    (void)fflush(stdout);
    _exit(0); /* the library's farewell takes a second */
}
