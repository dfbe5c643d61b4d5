/* uns: messages of the unified namespace, chosen by their topics. */
#include "base/clock.h"
#include "base/slice.h"
#include "components/kafka/consumer.h"
#include "components/kafka/filter.h"
#include "components/kafka/record.h"

#include <assert.h>

enum { MSG_KEY, KAFKA_TOPIC, UMH_TOPIC, TIMESTAMP_MS, KEY_COUNT };

typedef struct uns_input {
    rf_strings umh_topics;
    rf_slice umh_topic, old_topic; /* the latter under its name of old */
    rf_slice kafka_topic, broker_address, consumer_group;
    int metadata_format;

    rf_kafka_link link;
    rf_kafka_reading reading;
    rf_prefilter *patterns; /* NULL: all topics */
    bool told;              /* of the old name */
    rf_kafka_consumer consumer;
    rf_arena arena; /* of keys that the full table has no place for */
    const rf_key *keys[KEY_COUNT];
} uns_input;

#define FIELD(member) offsetof(uns_input, member)

static const char *const formats[] = { "string", "bytes", NULL };

static const rf_field uns_fields[] = {
    { .name = "umh_topics", .type = RF_FIELD_STRINGS, .offset = FIELD(umh_topics),
      .doc = "Regular expressions: a message whose topic has a match of one of them, anywhere, is read. Those of all three fields count together; none: all." },
    { .name = "umh_topic", .type = RF_FIELD_STRING, .offset = FIELD(umh_topic), .doc = "One regular expression more." },
    { .name = "topic", .type = RF_FIELD_STRING, .offset = FIELD(old_topic), .flags = RF_FIELD_DEPRECATED | RF_FIELD_ADVANCED,
      .doc = "The name of old of umh_topic." },
    { .name = "kafka_topic", .type = RF_FIELD_STRING, .offset = FIELD(kafka_topic), .standard = "umh.messages", .flags = RF_FIELD_ADVANCED,
      .doc = "The topic of Kafka that all messages are in." },
    { .name = "broker_address", .type = RF_FIELD_STRING, .offset = FIELD(broker_address), .standard = "localhost:9092",
      .doc = "The broker, host:port; several are joined by commas." },
    { .name = "consumer_group", .type = RF_FIELD_STRING, .offset = FIELD(consumer_group), .standard = "uns_plugin",
      .doc = "The group that keeps how far was read, and whose members stand in for each other." },
    { .name = "metadata_format", .type = RF_FIELD_ENUM, .offset = FIELD(metadata_format), .standard = "string", .options = formats,
      .flags = RF_FIELD_ADVANCED, .doc = "Whether headers become texts or byte strings." },
    { 0 },
};

/* ---- A record as a message ---- */

static bool put_all(const uns_input *self, rf_batch *batch, rf_message *message, const rd_kafka_message_t *record, rf_slice key) {
    const rf_kafka_api *api = &self->consumer.client.api;
    rd_kafka_timestamp_type_t type;
    rf_slice dup = rf_slice_dup_in(&batch->arena, key);
    rf_slice topic = rf_slice_dup_in(&batch->arena, rf_slice_of(api->rd_kafka_topic_name(record->rkt)));
    rf_slice time = rf_printf_in(&batch->arena, "%lld", (long long)api->rd_kafka_message_timestamp(record, &type));
    const rf_value values[KEY_COUNT] = {
        [MSG_KEY] = record->key ? rf_text(RF_BYTES, dup) : rf_null(),
        [KAFKA_TOPIC] = rf_string(topic),
        [UMH_TOPIC] = rf_string(dup),
        [TIMESTAMP_MS] = rf_string(time),
    };
    bool fine = dup.data && topic.data && time.data;
    for (size_t i = 0; i < KEY_COUNT && fine; i++)
        fine = rf_kafka_record_put(batch, message, self->keys[i], values[i]);
    return fine;
}

static rf_code take(void *arg, rf_batch *batch, const rd_kafka_message_t *record, int64_t lag, bool *ret_kept, rf_error *reterr) {
    const uns_input *self = arg;
    rf_slice key = { record->key ? record->key : "", record->key ? record->key_len : 0 };
    rf_message *message;
    (void)lag;
    if (self->patterns && !rf_prefilter_match(self->patterns, key, 1))
        return RF_OK;
    message = rf_kafka_record_message(&self->consumer.client.api, batch, record, self->metadata_format == 0 ? RF_STRING : RF_BYTES,
                                      KEY_COUNT);
    if (!message)
        return rf_raise_nomem(reterr);
    if (!put_all(self, batch, message, record, key)) {
        batch->count--;
        return rf_raise_nomem(reterr);
    }
    *ret_kept = true;
    return RF_OK;
}

/* ---- The input's calls ---- */

typedef struct patterns {
    rf_prefilter *filter;
    size_t count;
    bool all; /* one is found everywhere */
    const rf_conf *conf;
} patterns;

static rf_code add_pattern(patterns *self, const char *field, rf_slice pattern, rf_error *reterr) {
    rf_error error = { 0 };
    rf_code code = rf_kafka_pattern_add(self->filter, pattern, &self->all, &error);
    self->count++;
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (!code)
        return RF_OK;
    error.code = RF_ECONFIG;
    return rf_kafka_report(self->conf, field, &error);
}

static rf_code add_patterns(patterns *found, const uns_input *self, rf_error *reterr) {
    rf_code code = RF_OK;
    for (size_t i = 0; i < self->umh_topics.count && !code; i++)
        code = add_pattern(found, "umh_topics", self->umh_topics.items[i], reterr);
    if (!code && rf_conf_child(found->conf, "umh_topic"))
        code = add_pattern(found, "umh_topic", self->umh_topic, reterr);
    if (!code && self->old_topic.len > 0)
        code = add_pattern(found, "topic", self->old_topic, reterr);
    return code;
}

static rf_code compile(uns_input *self, const rf_conf *conf, rf_error *reterr) {
    patterns found = { .conf = conf };
    rf_code code = rf_prefilter_new(&found.filter, reterr);
    if (!code)
        code = add_patterns(&found, self, reterr);
    if (!code && found.count > 0 && !found.all)
        self->patterns = found.filter;
    else
        rf_prefilter_free(found.filter);
    return code;
}

static rf_code intern_keys(uns_input *self, const rf_env *env, rf_error *reterr) {
    static const char *const names[KEY_COUNT] = {
        [MSG_KEY] = "kafka_msg_key", [KAFKA_TOPIC] = "kafka_topic", [UMH_TOPIC] = "umh_topic", [TIMESTAMP_MS] = "kafka_timestamp_ms"
    };
    rf_arena_init(&self->arena, 1024);
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (!(self->keys[i] = rf_keys_intern(env->keys, &self->arena, rf_slice_of(names[i]))))
            return rf_raise_nomem(reterr);
    return RF_OK;
}

static rf_code uns_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    uns_input *self = state;
    rf_code link, topics, code = intern_keys(self, env, reterr);
    if (self->broker_address.len == 0)
        self->broker_address = RF_SLICE("localhost:9092");
    if (self->consumer_group.len == 0)
        self->consumer_group = RF_SLICE("uns_plugin");
    self->link = (rf_kafka_link){ .addresses = { &self->broker_address, 1 }, .client_id = RF_SLICE("riffle") };
    self->reading = (rf_kafka_reading){
        .topics = { &self->kafka_topic, 1 }, .group = self->consumer_group, .start = RF_KAFKA_EARLIEST, .checkpoint_limit = 4096,
        .commit_period_ns = RF_NS_PER_S, .session_timeout_ns = 10 * RF_NS_PER_S, .heartbeat_ns = 3 * RF_NS_PER_S,
        .rebalance_timeout_ns = 60 * RF_NS_PER_S,
    };
    link = rf_kafka_link_check(&self->link, conf, "broker_address", NULL, reterr);
    topics = compile(self, conf, reterr);
    if (!code)
        code = rf_kafka_consumer_init(&self->consumer, env, &self->link, &self->reading, take, self, reterr);
    return code ? code : link ? link : topics;
}

static rf_code uns_connect(void *state, rf_error *reterr) {
    uns_input *self = state;
    if (self->old_topic.len > 0 && !self->told)
        rf_kafka_client_log(&self->consumer.client, RF_LOG_WARN,
                            "'topic' field is deprecated. Please use 'umh_topic' or 'umh_topics' instead.");
    self->told = true;
    return rf_kafka_consumer_connect(&self->consumer, reterr);
}

static rf_code uns_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    uns_input *self = state;
    return rf_kafka_consumer_read(&self->consumer, batch, max, wait_ns, reterr);
}

static void uns_ack(void *state, uint64_t mark, bool delivered) {
    uns_input *self = state;
    rf_kafka_consumer_ack(&self->consumer, mark, delivered);
}

/* The user wants it to be over, and an offset that is never committed would hold up those behind it. */
static void uns_nack(void *state, uint64_t mark, const char *why RF_UNUSED) {
    uns_ack(state, mark, true);
}

static void uns_wake(void *state) {
    uns_input *self = state;
    rf_kafka_consumer_wake(&self->consumer);
}

static void uns_close(void *state) {
    uns_input *self = state;
    rf_kafka_consumer_done(&self->consumer);
    rf_prefilter_free(self->patterns);
    rf_arena_done(&self->arena);
}

const rf_input_kind rf_uns_input_kind = {
    .name = "uns",
    .summary = "Reads messages of the unified namespace from Kafka.",
    .detail = "Every message of the namespace is a record of one topic of Kafka, with its own topic as the key. Those whose topic has a match\n"
              "are passed on; of the others only the offset is noted. An offset is committed once all messages below it were acknowledged,\n"
              "never more. Metadata of a message: its headers, and umh_topic, kafka_msg_key (bytes), kafka_topic, kafka_timestamp_ms.\n"
              "Needs the package `librdkafka1`.",
    .example = "input:\n"
               "  uns:\n"
               "    umh_topics: ['^umh\\.v1\\.acme\\.']\n"
               "    broker_address: localhost:9092\n"
               "    consumer_group: dashboard\n"
               "output:\n"
               "  stdout: {codec: message}\n",
    .fields = uns_fields,
    .state_size = sizeof(uns_input),
    .open = uns_open,
    .connect = uns_connect,
    .read = uns_read,
    .ack = uns_ack,
    .nack = uns_nack,
    .wake = uns_wake,
    .close = uns_close,
};
