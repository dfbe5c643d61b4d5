/* kafka: records of Kafka topics, as a member of a group or alone; in all spellings: kafka, and kafka_franz and redpanda, which are one. */
#include "base/clock.h"
#include "base/slice.h"
#include "components/kafka/consumer.h"
#include "components/kafka/fields.h"
#include "components/kafka/record.h"

#include <assert.h>

enum { KEY, TOPIC, PARTITION, OFFSET, LAG, TIMESTAMP_UNIX, TIMESTAMP_MS, TOMBSTONE, KEY_COUNT };

typedef struct kafka_input {
    rf_kafka_link link;
    rf_kafka_reading reading;
    rf_list signings; /* kafka_franz: of rf_kafka_sasl */
    bool multi_header, from_oldest;
    int isolation, start; /* of isolations, of starts */
    rf_slice target_version, tracing_map, nacks_wait;
    struct {
        uint64_t ns, bytes;
        int64_t count;
        bool yes;
    } unused; /* accepted for compatibility; the host reads `auto_replay_nacks` itself */

    rf_kafka_consumer consumer;
    rf_arena arena; /* of keys that the full table has no place for */
    const rf_key *keys[KEY_COUNT];
} kafka_input;

#define FIELD(member) offsetof(kafka_input, member)
#define TOPICS_DOC "Topics to read. `name:3` and `name:0-7` are partitions, read without being shared out by a group; `name:3:1000` begins at an offset."
#define GROUP_DOC "The group that shares the partitions out among its members and keeps how far each was read."
#define CHECKPOINT_DOC "Messages of one partition that may be in work at a time. The offset below which all are done is what is committed."
#define COMMIT_DOC "How often the offsets of acknowledged messages are committed; also at the end, and before a partition goes to another member."
#define OLDEST_DOC "Where to begin when nothing was committed: at the oldest record, or only at those that come."
#define NACKS_DOC "Whether what an output would not take is tried again. With false it is told of, and over: its offset is committed as any other."
#define MULTI_DOC "Whether each header is a list of all that came by its name. With false it is a text, the last of them."
#define SESSION_DOC "After so long without a sign of life a member is given up, and its partitions go to others."
#define HEARTBEAT_DOC "How often a sign of life is sent."
#define REBALANCE_DOC "How long members may take to hand their partitions over."
#define INSTANCE_DOC "A name of its own in the group, kept over restarts: a member that comes back within `session_timeout` has its partitions again, and the others keep theirs."
#define TRACING_DOC "Not supported: traces are not taken from messages."
#define AHEAD_DOC "Not needed: what is fetched ahead is bounded in any case; see above."
#define NACKS_WAIT_DOC "Not supported: an output that takes no more is waited for."
#define TRACING_HINT "leave it out: traces are not taken from messages"

static const char *const isolations[] = { "read_committed", "read_uncommitted", NULL };
static const char *const starts[] = { [RF_KAFKA_EARLIEST] = "earliest", [RF_KAFKA_LATEST] = "latest", [RF_KAFKA_COMMITTED] = "committed", NULL };

static const rf_field group_fields[] = {
    { .name = "session_timeout", .type = RF_FIELD_DURATION, .offset = FIELD(reading.session_timeout_ns) - FIELD(reading), .standard = "10s", .doc = SESSION_DOC },
    { .name = "heartbeat_interval", .type = RF_FIELD_DURATION, .offset = FIELD(reading.heartbeat_ns) - FIELD(reading), .standard = "3s", .doc = HEARTBEAT_DOC },
    { .name = "rebalance_timeout", .type = RF_FIELD_DURATION, .offset = FIELD(reading.rebalance_timeout_ns) - FIELD(reading), .standard = "60s", .doc = REBALANCE_DOC },
    { 0 },
};

#define COMMON_FIELDS                                                                                                                            \
    { .name = "topics", .type = RF_FIELD_STRINGS, .offset = FIELD(reading.topics), .doc = TOPICS_DOC },                                          \
    { .name = "consumer_group", .type = RF_FIELD_STRING, .offset = FIELD(reading.group), .doc = GROUP_DOC },                                     \
    { .name = "instance_id", .type = RF_FIELD_STRING, .offset = FIELD(reading.instance_id), .flags = RF_FIELD_ADVANCED, .doc = INSTANCE_DOC },    \
    RF_KAFKA_LINK_FIELDS(kafka_input, link),                                                                                                     \
    { .name = "start_from_oldest", .type = RF_FIELD_BOOL, .offset = FIELD(from_oldest), .standard = "true",                                      \
      .flags = RF_FIELD_ADVANCED, .doc = OLDEST_DOC },                                                                                           \
    { .name = "checkpoint_limit", .type = RF_FIELD_INT, .offset = FIELD(reading.checkpoint_limit), .standard = "1024", .min = 1,                 \
      .max = 1000000, .flags = RF_FIELD_ADVANCED, .doc = CHECKPOINT_DOC },                                                                       \
    { .name = "auto_replay_nacks", .type = RF_FIELD_BOOL, .offset = FIELD(unused.yes), .standard = "true", .flags = RF_FIELD_ADVANCED,           \
      .doc = NACKS_DOC },                                                                                                                        \
    { .name = "timely_nacks_maximum_wait", .type = RF_FIELD_STRING, .offset = FIELD(nacks_wait), .flags = RF_FIELD_ADVANCED,                     \
      .doc = NACKS_WAIT_DOC },                                                                                                                   \
    { .name = "multi_header", .type = RF_FIELD_BOOL, .offset = FIELD(multi_header), .standard = "false", .flags = RF_FIELD_ADVANCED,             \
      .doc = MULTI_DOC },                                                                                                                        \
    { .name = "extract_tracing_map", .type = RF_FIELD_STRING, .offset = FIELD(tracing_map), .flags = RF_FIELD_ADVANCED, .doc = TRACING_DOC }

static const rf_field kafka_fields[] = {
    { .name = "addresses", .type = RF_FIELD_STRINGS, .offset = FIELD(link.addresses), .flags = RF_FIELD_REQUIRED,
      .doc = "Brokers to begin with, each host:port." },
    COMMON_FIELDS,
    RF_KAFKA_SASL_FIELD(kafka_input, link),
    { .name = "commit_period", .type = RF_FIELD_DURATION, .offset = FIELD(reading.commit_period_ns), .standard = "1s", .flags = RF_FIELD_ADVANCED, .doc = COMMIT_DOC },
    { .name = "group", .type = RF_FIELD_OBJECT, .offset = FIELD(reading), .flags = RF_FIELD_ADVANCED, .fields = group_fields,
      .doc = "How the group is kept." },
    { .name = "target_version", .type = RF_FIELD_STRING, .offset = FIELD(target_version), .flags = RF_FIELD_ADVANCED,
      .doc = "Checked, and not needed: the broker says what it can." },
    { .name = "max_processing_period", .type = RF_FIELD_DURATION, .offset = FIELD(unused.ns), .standard = "100ms", .flags = RF_FIELD_ADVANCED,
      .doc = "Not needed: a member stays one however long its messages take." },
    { .name = "fetch_buffer_cap", .type = RF_FIELD_INT, .offset = FIELD(unused.count), .standard = "256", .min = 0, .max = INT64_MAX, .flags = RF_FIELD_ADVANCED, .doc = AHEAD_DOC },
    { 0 },
};

static const rf_field franz_fields[] = {
    { .name = "seed_brokers", .type = RF_FIELD_STRINGS, .offset = FIELD(link.addresses), .flags = RF_FIELD_REQUIRED,
      .doc = "Brokers to begin with, each host:port." },
    COMMON_FIELDS,
    { .name = "regexp_topics", .type = RF_FIELD_BOOL, .offset = FIELD(reading.regexp_topics), .standard = "false", .flags = RF_FIELD_ADVANCED,
      .doc = "The topics are patterns (POSIX extended), found anywhere in a name. Without a `consumer_group` a group of our own is "
             "joined, since only members find topics; it keeps nothing." },
    { .name = "regexp_topics_include", .type = RF_FIELD_STRINGS, .offset = FIELD(reading.included), .flags = RF_FIELD_ADVANCED,
      .doc = "Patterns of topics to read, beside those of `topics`." },
    { .name = "regexp_topics_exclude", .type = RF_FIELD_STRINGS, .offset = FIELD(reading.excluded), .flags = RF_FIELD_ADVANCED,
      .doc = "Patterns of topics that are not read, though others include them." },
    RF_KAFKA_FRANZ_SASL_FIELD(kafka_input, signings),
    { .name = "commit_period", .type = RF_FIELD_DURATION, .offset = FIELD(reading.commit_period_ns), .standard = "5s", .flags = RF_FIELD_ADVANCED, .doc = COMMIT_DOC },
    { .name = "session_timeout", .type = RF_FIELD_DURATION, .offset = FIELD(reading.session_timeout_ns), .standard = "1m", .flags = RF_FIELD_ADVANCED, .doc = SESSION_DOC },
    { .name = "heartbeat_interval", .type = RF_FIELD_DURATION, .offset = FIELD(reading.heartbeat_ns), .standard = "3s", .flags = RF_FIELD_ADVANCED, .doc = HEARTBEAT_DOC },
    { .name = "rebalance_timeout", .type = RF_FIELD_DURATION, .offset = FIELD(reading.rebalance_timeout_ns), .standard = "45s", .flags = RF_FIELD_ADVANCED, .doc = REBALANCE_DOC },
    { .name = "start_offset", .type = RF_FIELD_ENUM, .offset = FIELD(start), .standard = "earliest", .options = starts, .flags = RF_FIELD_ADVANCED,
      .doc = "Where to begin when nothing was committed; when it is given, `start_from_oldest` says nothing. `latest`: only at records "
             "that come. `committed`: nowhere, a partition of which nothing was committed is not read." },
    { .name = "fetch_max_partition_bytes", .type = RF_FIELD_SIZE, .offset = FIELD(reading.fetch_bytes), .standard = "512KiB", .flags = RF_FIELD_ADVANCED,
      .doc = "Most that is fetched of one partition at once." },
    { .name = "fetch_max_bytes", .type = RF_FIELD_SIZE, .offset = FIELD(reading.fetch_max_bytes), .standard = "2MiB", .flags = RF_FIELD_ADVANCED,
      .doc = "Most that is fetched of one broker at once." },
    { .name = "fetch_min_bytes", .type = RF_FIELD_SIZE, .offset = FIELD(reading.fetch_min_bytes), .standard = "1B", .flags = RF_FIELD_ADVANCED,
      .doc = "Less than that a broker holds back for `fetch_max_wait`." },
    { .name = "fetch_max_wait", .type = RF_FIELD_DURATION, .offset = FIELD(reading.fetch_wait_ns), .standard = "100ms", .flags = RF_FIELD_ADVANCED,
      .doc = "How long a broker may wait for `fetch_min_bytes` to be there. Meanwhile it answers nothing of its other partitions." },
    { .name = "transaction_isolation_level", .type = RF_FIELD_ENUM, .offset = FIELD(isolation), .standard = "read_committed", .options = isolations, .flags = RF_FIELD_ADVANCED,
      .doc = "Whether records of transactions that are open or were given up are read, too." },
    { .name = "partition_buffer_bytes", .type = RF_FIELD_SIZE, .offset = FIELD(unused.bytes), .standard = "1MB", .flags = RF_FIELD_ADVANCED, .doc = AHEAD_DOC },
    { .name = "max_yield_batch_bytes", .type = RF_FIELD_SIZE, .offset = FIELD(unused.bytes), .standard = "32KB", .flags = RF_FIELD_ADVANCED,
      .doc = "Not needed: a batch is what is there when it is asked for, up to the size that the host has." },
    { .name = "topic_lag_refresh_period", .type = RF_FIELD_DURATION, .offset = FIELD(unused.ns), .standard = "5s", .flags = RF_FIELD_ADVANCED,
      .doc = "Not needed: kafka_lag is that of each answer of a broker." },
    RF_KAFKA_FRANZ_LINK_FIELDS(kafka_input, link),
    { 0 },
};

/* ---- A record as a message ---- */

static rf_slice dup_key(rf_batch *batch, const rd_kafka_message_t *record) {
    return rf_slice_dup_in(&batch->arena, (rf_slice){ record->key ? record->key : "", record->key ? record->key_len : 0 });
}

static rf_slice dup_topic(rf_batch *batch, const rf_kafka_api *api, const rd_kafka_message_t *record) {
    return rf_slice_dup_in(&batch->arena, rf_slice_of(api->rd_kafka_topic_name(record->rkt)));
}

static bool put_all(const kafka_input *self, rf_batch *batch, rf_message *message, const rd_kafka_message_t *record, int64_t lag) {
    const rf_kafka_api *api = &self->consumer.client.api;
    rd_kafka_timestamp_type_t type;
    int64_t ms = api->rd_kafka_message_timestamp(record, &type);
    rf_slice key = dup_key(batch, record), topic = dup_topic(batch, api, record);
    const rf_value values[KEY_COUNT] = {
        [KEY] = rf_string(key),
        [TOPIC] = rf_string(topic),
        [PARTITION] = rf_int(record->partition),
        [OFFSET] = rf_int(record->offset),
        [LAG] = rf_int(lag),
        [TIMESTAMP_UNIX] = rf_int(ms / 1000),
        [TIMESTAMP_MS] = rf_int(ms),
        [TOMBSTONE] = rf_bool(record->payload == NULL),
    };
    bool fine = key.data && topic.data;
    for (size_t i = 0; i < KEY_COUNT && fine; i++)
        fine = rf_kafka_record_put(batch, message, self->keys[i], values[i]);
    return fine;
}

static rf_code take(void *arg, rf_batch *batch, const rd_kafka_message_t *record, int64_t lag, bool *ret_kept, rf_error *reterr) {
    const kafka_input *self = arg;
    rf_message *message = rf_kafka_record_message(&self->consumer.client.api, batch, record, self->multi_header ? RF_LIST : RF_STRING, KEY_COUNT);
    if (!message)
        return rf_raise_nomem(reterr);
    if (!put_all(self, batch, message, record, lag)) {
        batch->count--;
        return rf_raise_nomem(reterr);
    }
    *ret_kept = true;
    return RF_OK;
}

/* ---- The input's calls ---- */

static rf_code intern_keys(kafka_input *self, const rf_env *env, rf_error *reterr) {
    static const char *const names[KEY_COUNT] = {
        [KEY] = "kafka_key",       [TOPIC] = "kafka_topic",          [PARTITION] = "kafka_partition",
        [OFFSET] = "kafka_offset", [LAG] = "kafka_lag",              [TIMESTAMP_UNIX] = "kafka_timestamp_unix",
        [TIMESTAMP_MS] = "kafka_timestamp_ms", [TOMBSTONE] = "kafka_tombstone_message",
    };
    rf_arena_init(&self->arena, 1024);
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (!(self->keys[i] = rf_keys_intern(env->keys, &self->arena, rf_slice_of(names[i]))))
            return rf_raise_nomem(reterr);
    return RF_OK;
}

static rf_code check_group(const kafka_input *self, const rf_conf *conf) {
    rf_error error = { 0 };
    if (self->reading.session_timeout_ns < RF_NS_PER_S || self->reading.session_timeout_ns > 3600 * RF_NS_PER_S) {
        (void)rf_raise(&error, RF_ECONFIG, "session_timeout must be between 1s and 1h");
        return rf_kafka_report(conf, "session_timeout", &error);
    }
    if (self->reading.heartbeat_ns == 0 || self->reading.heartbeat_ns >= self->reading.session_timeout_ns) {
        (void)rf_raise(&error, RF_ECONFIG, "heartbeat_interval must be shorter than session_timeout");
        rf_error_hint(&error, "a third of it is usual");
        return rf_kafka_report(conf, "heartbeat_interval", &error);
    }
    return RF_OK;
}

#define FETCH_BYTES_MAX ((uint64_t)1 << 30)
#define FETCH_MIN_BYTES_MAX UINT64_C(100000000) /* the library's */

static rf_code check_fetching(const kafka_input *self, const rf_conf *conf) {
    const rf_kafka_reading *reading = &self->reading;
    rf_error error = { 0 };
    if (reading->fetch_max_bytes > FETCH_BYTES_MAX) {
        (void)rf_raise(&error, RF_ECONFIG, "fetch_max_bytes must be at most 1 GiB");
        return rf_kafka_report(conf, "fetch_max_bytes", &error);
    }
    if (reading->fetch_min_bytes > FETCH_MIN_BYTES_MAX ||
        (reading->fetch_max_bytes && reading->fetch_min_bytes > reading->fetch_max_bytes)) {
        (void)rf_raise(&error, RF_ECONFIG, "fetch_min_bytes must be at most 100 MB, and no more than fetch_max_bytes");
        return rf_kafka_report(conf, "fetch_min_bytes", &error);
    }
    if (reading->instance_id.len && !reading->group.len) {
        (void)rf_raise(&error, RF_ECONFIG, "instance_id is a name in a group, and there is no consumer_group");
        return rf_kafka_report(conf, "instance_id", &error);
    }
    return RF_OK;
}

static rf_code check_rest(const kafka_input *self, const rf_conf *conf) {
    rf_code version = rf_kafka_version_check(conf, self->target_version);
    rf_code tracing = rf_kafka_not_yet(conf, "extract_tracing_map", self->tracing_map, TRACING_HINT);
    rf_code nacks = rf_kafka_not_yet(conf, "timely_nacks_maximum_wait", self->nacks_wait,
                                     "leave it out, or use `drop_on` with `back_pressure` around the output");
    return version ? version : tracing ? tracing : nacks;
}

/* What was committed is of a group, and a group's word on where to go on would be against the config's. */
static rf_code check_start(const kafka_input *self, const rf_conf *conf) {
    const rf_kafka_reading *reading = &self->reading;
    rf_error error = { 0 };
    if (reading->start == RF_KAFKA_COMMITTED && !reading->group.len) {
        (void)rf_raise(&error, RF_ECONFIG, "`start_offset: committed` reads on where a group was, and there is no consumer_group");
        return rf_kafka_report(conf, "start_offset", &error);
    }
    if (!reading->group.len || !rf_kafka_topics_placed(reading))
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "topics name offsets to begin at, and the consumer_group keeps others");
    rf_error_hint(&error, "leave out the offsets, or the group");
    return rf_kafka_report(conf, "topics", &error);
}

static rf_code open_as(kafka_input *self, const rf_conf *conf, const char *addresses, const rf_env *env, rf_error *reterr) {
    rf_code topics = rf_kafka_topics_check(&self->reading, conf), patterns = rf_kafka_patterns_check(&self->reading, conf, reterr);
    rf_code link = rf_kafka_link_check(&self->link, conf, addresses, "sasl", reterr);
    const rf_conf *group = rf_conf_child(conf, "group");
    rf_code keeping = check_group(self, group ? group : conf), rest = check_rest(self, conf), fetching = check_fetching(self, conf);
    rf_code code = intern_keys(self, env, reterr);
    self->reading.read_uncommitted = self->isolation == 1;
    self->reading.start = rf_conf_child(conf, "start_offset") ? (rf_kafka_start)self->start
                          : self->from_oldest                 ? RF_KAFKA_EARLIEST
                                                              : RF_KAFKA_LATEST;
    rf_code start = check_start(self, conf);
    if (!code)
        code = rf_kafka_consumer_init(&self->consumer, env, &self->link, &self->reading, take, self, reterr);
    return code ? code : link ? link : topics ? topics : patterns ? patterns : start ? start : keeping ? keeping : fetching ? fetching : rest;
}

/* Without a group there is nobody to share partitions out, and this spelling wants them named then. */
static rf_code kafka_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    kafka_input *self = state;
    rf_code code = open_as(self, conf, "addresses", env, reterr);
    rf_error error = { 0 };
    if (code || self->reading.group.len > 0 || rf_kafka_topics_fixed(&self->reading))
        return code;
    (void)rf_raise(&error, RF_ECONFIG, "a consumer_group is needed to read topics whose partitions are not named");
    rf_error_hint(&error, "write consumer_group: NAME, or the partitions: topics: [name:0-7]");
    return rf_kafka_report(conf, "topics", &error);
}

static rf_code franz_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    kafka_input *self = state;
    rf_code signing = rf_kafka_franz_sasl(&self->signings, &self->link, conf);
    rf_code code = open_as(self, conf, "seed_brokers", env, reterr);
    return code ? code : signing;
}

static rf_code kafka_connect(void *state, rf_error *reterr) {
    kafka_input *self = state;
    return rf_kafka_consumer_connect(&self->consumer, reterr);
}

static rf_code kafka_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    kafka_input *self = state;
    return rf_kafka_consumer_read(&self->consumer, batch, max, wait_ns, reterr);
}

static void kafka_ack(void *state, uint64_t mark, bool delivered) {
    kafka_input *self = state;
    rf_kafka_consumer_ack(&self->consumer, mark, delivered);
}

/* The user wants it to be over, and an offset that is never committed would hold up those behind it. */
static void kafka_nack(void *state, uint64_t mark, const char *why RF_UNUSED) {
    kafka_ack(state, mark, true);
}

static void kafka_wake(void *state) {
    kafka_input *self = state;
    rf_kafka_consumer_wake(&self->consumer);
}

static void kafka_close(void *state) {
    kafka_input *self = state;
    rf_kafka_consumer_done(&self->consumer);
    rf_arena_done(&self->arena);
}

#define KIND(spelling, brokers, own_fields, own_open)                                                                                         \
    .name = spelling, .summary = "Reads records of Kafka topics.",                                                                            \
    .detail = "The members of a group share the partitions out. An offset is committed once all messages below it were acknowledged by\n"     \
              "the output, so that nothing is lost when the process ends, however it ends; what was in work then comes again. Metadata of a\n" \
              "message: its headers, and kafka_key, kafka_topic, kafka_partition, kafka_offset, kafka_lag, kafka_timestamp_unix,\n"           \
              "kafka_timestamp_ms, kafka_tombstone_message. Needs the package `librdkafka1`; versions before 2.1 (Debian 12's is 2.0) fetch\n"  \
              "8 MiB or 40,000 records ahead, newer ones 1 MiB or 5,000.",                                                \
    .example = "input:\n"                                                                                                                     \
               "  " spelling ":\n"                                                                                                            \
               "    " brokers ": [localhost:9092]\n"                                                                                          \
               "    topics: [readings]\n"                                                                                                     \
               "    consumer_group: riffle\n"                                                                                                 \
               "output:\n"                                                                                                                    \
               "  stdout: {}\n",                                                                                                              \
    .fields = own_fields, .state_size = sizeof(kafka_input), .open = own_open, .connect = kafka_connect, .read = kafka_read,                  \
    .ack = kafka_ack, .nack = kafka_nack, .wake = kafka_wake, .close = kafka_close

const rf_input_kind rf_kafka_input_kind = { KIND("kafka", "addresses", kafka_fields, kafka_open) };
const rf_input_kind rf_kafka_franz_input_kind = { KIND("kafka_franz", "seed_brokers", franz_fields, franz_open) };
const rf_input_kind rf_redpanda_input_kind = { KIND("redpanda", "seed_brokers", franz_fields, franz_open) };
