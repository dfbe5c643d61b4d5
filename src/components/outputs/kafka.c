/* kafka: messages to Kafka topics; in all spellings: kafka, and kafka_franz and redpanda, which are one. */
#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "base/table.h"
#include "components/kafka/fields.h"
#include "components/kafka/filter.h"
#include "components/kafka/new_topic.h"
#include "components/kafka/producer.h"
#include "stream/config.h"

#include <assert.h>

/* The block `custom_topic_creation`. */
typedef struct creation {
    bool enabled;
    int64_t partitions, replicas;
} creation;

typedef struct kafka_output {
    rf_kafka_link link;
    rf_kafka_writing writing;
    rf_list signings; /* kafka_franz: of rf_kafka_sasl */
    int partitioner, compression;
    rf_dynamic *topic, *key, *partition, *timestamp, *timestamp_ms;
    rf_dynamics static_headers;
    rf_kafka_filter metadata;
    rf_batching batching;
    rf_slice target_version, tracing_map;
    uint64_t request_bytes; /* kafka_franz: the largest request */
    creation creation;
    bool creates; /* kafka_franz: brokers may */
    struct {
        int64_t count;
        bool yes;
    } unused; /* accepted for compatibility */

    rf_kafka_producer producer;
    rf_table there;    /* `creation`: topics that were made or found */
    rf_arena names;    /* of `there` */
} kafka_output;

#define FIELD(member) offsetof(kafka_output, member)

static const char *const partitioners[] = { "fnv1a_hash", "murmur2_hash", "random", "round_robin", "manual", NULL };
static const char *const franz_partitioners[] = { "murmur2_hash", "round_robin", "least_backup", "manual", NULL };
static const char *const compressions[] = { "none", "snappy", "lz4", "gzip", "zstd", NULL };

#define COMMON_FIELDS                                                                                                                          \
    { .name = "topic", .type = RF_FIELD_DYNAMIC, .offset = FIELD(topic), .flags = RF_FIELD_REQUIRED,                                           \
      .doc = "The topic to write to." },                                                                                                       \
    { .name = "key", .type = RF_FIELD_DYNAMIC, .offset = FIELD(key),                                                                           \
      .doc = "The record's key: those with the same key keep their order. Empty: none." },                                                     \
    { .name = "partition", .type = RF_FIELD_DYNAMIC, .offset = FIELD(partition), .flags = RF_FIELD_ADVANCED,                                   \
      .doc = "The partition's number, with `partitioner: manual`." },                                                                          \
    { .name = "compression", .type = RF_FIELD_ENUM, .offset = FIELD(compression), .standard = "none", .options = compressions,                 \
      .doc = "How records are compressed." },                                                                                                  \
    RF_KAFKA_LINK_FIELDS(kafka_output, link),                                                                                                  \
    { .name = "timestamp_ms", .type = RF_FIELD_DYNAMIC, .offset = FIELD(timestamp_ms), .flags = RF_FIELD_ADVANCED,                             \
      .doc = "The record's time, in milliseconds since 1970. Not given: now." },                                                               \
    { .name = "timestamp", .type = RF_FIELD_DYNAMIC, .offset = FIELD(timestamp), .flags = RF_FIELD_ADVANCED,                                   \
      .doc = "The record's time, in seconds since 1970. Not given: now." },                                                                    \
    { .name = "inject_tracing_map", .type = RF_FIELD_STRING, .offset = FIELD(tracing_map), .flags = RF_FIELD_ADVANCED,                         \
      .doc = "Not supported: traces are not put into messages." }

#define IN_FLIGHT_DOC "Most batches that are on their way at a time. It is always one, which keeps their order."

#define RETRIES_DOC                                                                                                                            \
    "With this or `backoff`: tries after the first before the batch counts as not taken, and goes where `fallback` or `drop_on` say; without "  \
    "either of those it is tried on. 0: until `backoff.max_elapsed_time` is over. With neither given it is not taken after `timeout`."
static const rf_field backoff_fields[] = { RF_RETRY_BACKOFF_FIELDS("3s", "10s", "30s") };

static const rf_field creation_fields[] = {
    { .name = "enabled", .type = RF_FIELD_BOOL, .offset = offsetof(creation, enabled), .standard = "false",
      .doc = "Whether they are made." },
    { .name = "partitions", .type = RF_FIELD_INT, .offset = offsetof(creation, partitions), .standard = "-1", .min = -1, .max = 100000,
      .doc = "How many partitions they have. -1: as the broker has it." },
    { .name = "replication_factor", .type = RF_FIELD_INT, .offset = offsetof(creation, replicas), .standard = "-1", .min = -1, .max = INT16_MAX,
      .doc = "How many brokers hold each partition. -1: as the broker has it." },
    { 0 },
};

static const rf_field kafka_fields[] = {
    { .name = "addresses", .type = RF_FIELD_STRINGS, .offset = FIELD(link.addresses), .flags = RF_FIELD_REQUIRED,
      .doc = "Brokers to begin with, each host:port." },
    COMMON_FIELDS,
    { .name = "partitioner", .type = RF_FIELD_ENUM, .offset = FIELD(partitioner), .standard = "fnv1a_hash", .options = partitioners, .flags = RF_FIELD_ADVANCED,
      .doc = "Which partition a record goes to. The hashes are those of the key; without one it is chance." },
    { .name = "custom_topic_creation", .type = RF_FIELD_OBJECT, .offset = FIELD(creation), .fields = creation_fields, .flags = RF_FIELD_ADVANCED,
      .doc = "Topics that are missing are made before the first message for them." },
    { .name = "static_headers", .type = RF_FIELD_DYNAMICS, .offset = FIELD(static_headers), .flags = RF_FIELD_ADVANCED,
      .doc = "Headers of every record." },
    { .name = "metadata", .type = RF_FIELD_OBJECT, .offset = FIELD(metadata), .fields = rf_kafka_exclude_fields,
      .doc = "Which metadata become headers." },
    RF_KAFKA_SASL_FIELD(kafka_output, link),
    { .name = "ack_replicas", .type = RF_FIELD_BOOL, .offset = FIELD(writing.all_replicas), .standard = "false", .flags = RF_FIELD_ADVANCED,
      .doc = "A message is written when all replicas in sync have it; else when the leader has it." },
    { .name = "idempotent_write", .type = RF_FIELD_BOOL, .offset = FIELD(writing.idempotent), .standard = "false", .flags = RF_FIELD_ADVANCED,
      .doc = "What is sent again after a lost answer is written once all the same; implies ack_replicas." },
    { .name = "max_msg_bytes", .type = RF_FIELD_SIZE, .offset = FIELD(writing.message_bytes), .standard = "1000000", .flags = RF_FIELD_ADVANCED,
      .doc = "The largest message; a larger one fails alone." },
    { .name = "timeout", .type = RF_FIELD_DURATION, .offset = FIELD(writing.timeout_ns), .standard = "5s", .flags = RF_FIELD_ADVANCED,
      .doc = "After so long without an answer the broker is called away. The messages are kept and tried on." },
    { .name = "max_in_flight", .type = RF_FIELD_INT, .offset = FIELD(unused.count), .standard = "64", .min = 1, .max = INT64_MAX, .flags = RF_FIELD_ADVANCED, .doc = IN_FLIGHT_DOC },
    RF_OUTPUT_BATCHING(kafka_output),
    { .name = "target_version", .type = RF_FIELD_STRING, .offset = FIELD(target_version), .flags = RF_FIELD_ADVANCED,
      .doc = "Checked, and not needed: the broker says what it can." },
    { .name = "retry_as_batch", .type = RF_FIELD_BOOL, .offset = FIELD(unused.yes), .standard = "false", .flags = RF_FIELD_ADVANCED,
      .doc = "Not needed: what failed is tried again alone, and the order is kept all the same." },
    { .name = "max_retries", .type = RF_FIELD_INT, .offset = FIELD(writing.max_retries), .standard = "0", .min = 0, .max = INT32_MAX, .flags = RF_FIELD_ADVANCED, .doc = RETRIES_DOC },
    { .name = "backoff", .type = RF_FIELD_OBJECT, .offset = FIELD(writing.backoff), .fields = backoff_fields, .flags = RF_FIELD_ADVANCED,
      .doc = "The pauses between these tries." },
    { 0 },
};

static const rf_field franz_fields[] = {
    { .name = "seed_brokers", .type = RF_FIELD_STRINGS, .offset = FIELD(link.addresses), .flags = RF_FIELD_REQUIRED,
      .doc = "Brokers to begin with, each host:port." },
    COMMON_FIELDS,
    { .name = "partitioner", .type = RF_FIELD_ENUM, .offset = FIELD(partitioner), .standard = "murmur2_hash", .options = franz_partitioners, .flags = RF_FIELD_ADVANCED,
      .doc = "Which partition a record goes to. murmur2_hash is the hash of Kafka's own clients; without a key, and with least_backup, "
             "it is chance." },
    { .name = "metadata", .type = RF_FIELD_OBJECT, .offset = FIELD(metadata), .fields = rf_kafka_include_fields,
      .doc = "Which metadata become headers; none unless they are named here." },
    RF_KAFKA_FRANZ_SASL_FIELD(kafka_output, signings),
    RF_KAFKA_FRANZ_LINK_FIELDS(kafka_output, link),
    { .name = "allow_auto_topic_creation", .type = RF_FIELD_BOOL, .offset = FIELD(creates), .standard = "true", .flags = RF_FIELD_ADVANCED,
      .doc = "Brokers that make missing topics by themselves may do so. With false messages for them are kept and tried on until the "
             "topic is there." },
    { .name = "idempotent_write", .type = RF_FIELD_BOOL, .offset = FIELD(writing.idempotent), .standard = "true", .flags = RF_FIELD_ADVANCED,
      .doc = "What is sent again after a lost answer is written once all the same. Some brokers want a permission for it." },
    { .name = "max_message_bytes", .type = RF_FIELD_SIZE, .offset = FIELD(writing.message_bytes), .standard = "1MB", .flags = RF_FIELD_ADVANCED,
      .doc = "The largest message; a larger one fails alone." },
    { .name = "broker_write_max_bytes", .type = RF_FIELD_SIZE, .offset = FIELD(request_bytes), .standard = "100MB", .flags = RF_FIELD_ADVANCED,
      .doc = "The largest request, which has to hold the largest message. Requests are of 1 MB, but for larger messages." },
    { .name = "timeout", .type = RF_FIELD_DURATION, .offset = FIELD(writing.timeout_ns), .standard = "10s", .flags = RF_FIELD_ADVANCED,
      .doc = "After so long without an answer the broker is called away. The messages are kept and tried on." },
    { .name = "max_in_flight", .type = RF_FIELD_INT, .offset = FIELD(unused.count), .standard = "10", .min = 1, .max = INT64_MAX, .flags = RF_FIELD_ADVANCED, .doc = IN_FLIGHT_DOC },
    RF_OUTPUT_BATCHING(kafka_output),
    { 0 },
};

/* ---- What is written for a message ---- */

/* What brokers take; another name would be refused late, and by each in its own way. */
static bool is_topic(rf_slice name) {
    if (name.len == 0 || name.len > 249 || rf_slice_is(name, ".") || rf_slice_is(name, ".."))
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
            return false;
    }
    return true;
}

#define TOPICS_KNOWN 1000u /* so many are remembered at most */

/* A topic that is missing is made as the config says, before the broker makes it by itself. */
static rf_code prepare_topic(kafka_output *self, const char *name, rf_error *reterr) {
    const creation *how = &self->creation;
    if (!how->enabled || rf_table_get(&self->there, rf_slice_of(name)))
        return RF_OK;
    const rf_kafka_new_topic topic = { .name = name, .partitions = (int32_t)how->partitions, .replicas = (int32_t)how->replicas };
    rf_code code = rf_kafka_make_topic(&self->producer.client, &topic, reterr);
    if (code)
        return code;
    if (self->there.count >= TOPICS_KNOWN) {
        rf_table_clear(&self->there);
        rf_arena_clear(&self->names);
    }
    const rf_slice known = rf_slice_dup_in(&self->names, rf_slice_of(name));
    return known.data && rf_table_put(&self->there, known, self) ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code name_topic(kafka_output *self, rf_batch *batch, uint32_t index, rf_kafka_outgoing *ret, rf_error *reterr) {
    rf_slice text;
    rf_code code = RF_OK;
    if (rf_dynamic_is_fixed(self->topic)) {
        ret->topic = rf_dynamic_fixed(self->topic).data;
        return RF_OK;
    }
    code = rf_dynamic_text(self->topic, batch, index, &text, reterr);
    if (!code && !is_topic(text))
        code = rf_raise(reterr, RF_ESCRIPT, "`%.*s` is no topic's name", RF_SLICE_ARG(text));
    if (!code)
        text = rf_slice_dup_in(&batch->arena, text); /* ends with NUL */
    if (!code && !text.data)
        code = rf_raise_nomem(reterr);
    if (!code)
        ret->topic = text.data;
    return code;
}

static rf_code give_topic(kafka_output *self, rf_batch *batch, uint32_t index, rf_kafka_outgoing *ret, rf_error *reterr) {
    rf_code code = name_topic(self, batch, index, ret, reterr);
    return code ? code : prepare_topic(self, ret->topic, reterr);
}

static rf_code give_key(kafka_output *self, rf_batch *batch, uint32_t index, rf_kafka_outgoing *ret, rf_error *reterr) {
    rf_code code = self->key ? rf_dynamic_text(self->key, batch, index, &ret->key, reterr) : RF_OK;
    ret->has_key = !code && ret->key.len > 0;
    return code;
}

static rf_code give_number(rf_dynamic *dynamic, const char *what, int64_t most, rf_batch *batch, uint32_t index, int64_t *ret,
                           rf_error *reterr) {
    rf_slice text;
    rf_code code = rf_dynamic_text(dynamic, batch, index, &text, reterr);
    if (code)
        return code;
    if (rf_number_parse_i64(text, ret) && *ret >= 0 && *ret <= most)
        return RF_OK;
    return rf_raise(reterr, RF_ESCRIPT, "%s is `%.*s`, which is no whole number from 0 to %lld", what, RF_SLICE_ARG(text), (long long)most);
}

static rf_code give_place(kafka_output *self, rf_batch *batch, uint32_t index, rf_kafka_outgoing *ret, rf_error *reterr) {
    int64_t number = 0;
    rf_code code = RF_OK;
    if (self->writing.partitioner == RF_KAFKA_BY_HAND) {
        code = give_number(self->partition, "partition", INT32_MAX, batch, index, &number, reterr);
        ret->partition = (int32_t)number;
    }
    if (!code && self->timestamp_ms)
        return give_number(self->timestamp_ms, "timestamp_ms", INT64_MAX, batch, index, &ret->timestamp_ms, reterr);
    if (!code && self->timestamp) {
        code = give_number(self->timestamp, "timestamp", INT64_MAX / 1000, batch, index, &number, reterr);
        ret->timestamp_ms = number * 1000;
    }
    return code;
}

static rf_code give_headers(kafka_output *self, rf_batch *batch, uint32_t index, rf_kafka_outgoing *ret, rf_error *reterr) {
    const rf_kafka_api *api = &self->producer.client.api;
    rf_code code = rf_kafka_filter_headers(&self->metadata, api, batch, &batch->messages[index].meta, &ret->headers, reterr);
    for (size_t i = 0; i < self->static_headers.count && !code; i++) {
        rf_slice text;
        code = rf_dynamic_text(self->static_headers.items[i], batch, index, &text, reterr);
        if (!code)
            code = rf_kafka_header(api, &ret->headers, self->static_headers.names[i], text, reterr);
    }
    if (code && ret->headers)
        api->rd_kafka_headers_destroy(ret->headers);
    return code;
}

static rf_code give(void *arg, rf_batch *batch, uint32_t index, rf_kafka_outgoing *ret, rf_error *reterr) {
    kafka_output *self = arg;
    rf_code code = give_topic(self, batch, index, ret, reterr);
    if (!code)
        code = give_key(self, batch, index, ret, reterr);
    if (!code)
        code = give_place(self, batch, index, ret, reterr);
    return code ? code : give_headers(self, batch, index, ret, reterr); /* last: what it makes is the producer's */
}

/* ---- The output's calls ---- */

static rf_code check_sizes(const kafka_output *self, const rf_conf *conf, const char *largest) {
    rf_error error = { 0 };
    if (self->writing.message_bytes < 1000 || self->writing.message_bytes > 1000000000) {
        (void)rf_raise(&error, RF_ECONFIG, "%s must be between 1000 and 1000000000 bytes", largest);
        return rf_kafka_report(conf, largest, &error);
    }
    if (self->request_bytes && self->request_bytes < self->writing.message_bytes) {
        (void)rf_raise(&error, RF_ECONFIG, "broker_write_max_bytes must not be less than max_message_bytes");
        return rf_kafka_report(conf, "broker_write_max_bytes", &error);
    }
    if (self->writing.timeout_ns == 0) {
        (void)rf_raise(&error, RF_ECONFIG, "timeout must be longer than nothing");
        return rf_kafka_report(conf, "timeout", &error);
    }
    if (self->writing.partitioner != RF_KAFKA_BY_HAND || self->partition)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "`partitioner: manual` needs the field partition");
    return rf_kafka_report(conf, "partitioner", &error);
}

static rf_code check_creation(const kafka_output *self, const rf_conf *conf) {
    const rf_conf *block = rf_conf_child(conf, "custom_topic_creation");
    rf_error error = { 0 };
    if (self->creation.partitions == 0) {
        (void)rf_raise(&error, RF_ECONFIG, "a topic has one partition at the least, or -1: as the broker has it");
        return rf_kafka_report(block ? block : conf, "partitions", &error);
    }
    if (self->creation.replicas == 0) {
        (void)rf_raise(&error, RF_ECONFIG, "a partition is on one broker at the least, or -1: as the broker has it");
        return rf_kafka_report(block ? block : conf, "replication_factor", &error);
    }
    return RF_OK;
}

static rf_code check_topic(const kafka_output *self, const rf_conf *conf) {
    rf_error error = { 0 };
    if (!self->topic || !rf_dynamic_is_fixed(self->topic) || is_topic(rf_dynamic_fixed(self->topic)))
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "`%.*s` is no topic's name", RF_SLICE_ARG(rf_dynamic_fixed(self->topic)));
    rf_error_hint(&error, "at most 249 of a-z A-Z 0-9 . _ -");
    return rf_kafka_report(conf, "topic", &error);
}

static rf_code open_as(kafka_output *self, const rf_conf *conf, const char *addresses, const char *largest, bool only_included,
                       const rf_env *env, rf_error *reterr) {
    rf_code link = rf_kafka_link_check(&self->link, conf, addresses, "sasl", reterr);
    rf_code metadata = rf_kafka_filter_open(&self->metadata, only_included, conf, reterr);
    rf_code sizes = check_sizes(self, conf, largest), topic = check_topic(self, conf),
            version = rf_kafka_version_check(conf, self->target_version);
    rf_code tracing = rf_kafka_not_yet(conf, "inject_tracing_map", self->tracing_map, "leave it out: traces are not put into messages");
    self->writing.retries = self->writing.max_retries > 0 || rf_conf_child(conf, "backoff");
    self->writing.compression = compressions[self->compression];
    rf_arena_init(&self->names, 1024);
    rf_kafka_producer_init(&self->producer, env, &self->link, &self->writing, give, self);
    return metadata ? metadata : link ? link : topic ? topic : sizes ? sizes : version ? version : tracing;
}

static rf_code kafka_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    static const rf_kafka_partitioner meant[] = { RF_KAFKA_BY_FNV1A, RF_KAFKA_BY_MURMUR2, RF_KAFKA_BY_CHANCE, RF_KAFKA_BY_TURN, RF_KAFKA_BY_HAND };
    kafka_output *self = state;
    self->writing.partitioner = meant[self->partitioner];
    rf_code code = open_as(self, conf, "addresses", "max_msg_bytes", false, env, reterr), made = check_creation(self, conf);
    return code ? code : made;
}

static rf_code franz_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    static const rf_kafka_partitioner meant[] = { RF_KAFKA_BY_MURMUR2, RF_KAFKA_BY_TURN, RF_KAFKA_BY_CHANCE, RF_KAFKA_BY_HAND };
    kafka_output *self = state;
    rf_code signing = rf_kafka_franz_sasl(&self->signings, &self->link, conf), code;
    self->writing.partitioner = meant[self->partitioner];
    self->writing.all_replicas = true;
    self->writing.creates_nothing = !self->creates;
    code = open_as(self, conf, "seed_brokers", "max_message_bytes", true, env, reterr);
    return code ? code : signing;
}

static rf_code kafka_connect(void *state, rf_error *reterr) {
    kafka_output *self = state;
    return rf_kafka_producer_connect(&self->producer, reterr);
}

static rf_code kafka_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    kafka_output *self = state;
    return rf_kafka_producer_write(&self->producer, batch, ret_unwritten, reterr);
}

static void kafka_forget(void *state) {
    kafka_output *self = state;
    rf_kafka_producer_forget(&self->producer);
}

static void kafka_close(void *state) {
    kafka_output *self = state;
    rf_kafka_producer_done(&self->producer);
    rf_kafka_filter_done(&self->metadata);
    rf_table_done(&self->there);
    rf_arena_done(&self->names);
}

#define KIND(spelling, brokers, own_fields, own_open)                                                                                          \
    .name = spelling, .summary = "Writes messages to Kafka topics.",                                                                           \
    .detail = "A batch is handed over as a whole and is written when the broker has answered for each message. A message that the broker\n"    \
              "refuses for itself (too large, a topic's name that cannot be) fails alone; while no broker answers the rest is kept and tried\n" \
              "on. Messages with the same key keep their order. Needs the package `librdkafka1`.",                                             \
    .example = "input:\n"                                                                                                                      \
               "  generate:\n"                                                                                                                 \
               "    mapping: root.value = counter()\n"                                                                                         \
               "    interval: 1s\n"                                                                                                            \
               "output:\n"                                                                                                                     \
               "  " spelling ":\n"                                                                                                             \
               "    " brokers ": [localhost:9092]\n"                                                                                           \
               "    topic: readings\n"                                                                                                         \
               "    key: plant-7\n",                                                                                                           \
    .fields = own_fields, .state_size = sizeof(kafka_output), .open = own_open, .connect = kafka_connect, .write = kafka_write,                \
    .forget = kafka_forget, .close = kafka_close, .batching_at = offsetof(kafka_output, batching)

const rf_output_kind rf_kafka_output_kind = { KIND("kafka", "addresses", kafka_fields, kafka_open) };
const rf_output_kind rf_kafka_franz_output_kind = { KIND("kafka_franz", "seed_brokers", franz_fields, franz_open) };
const rf_output_kind rf_redpanda_output_kind = { KIND("redpanda", "seed_brokers", franz_fields, franz_open) };
