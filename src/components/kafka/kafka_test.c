/* kafka_test.c: what lint says of the fields of kafka, kafka_franz and uns. Nothing is connected to: tests/e2e/kafka.py does. */
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>

/* The first finding of a config with this input or output; empty: none. */
static rf_slice finding(const char *input, const char *output, rf_error *error) {
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    char config[1200];
    (void)snprintf(config, sizeof config, "input:\n  %s\noutput:\n  %s\n", input, output);
    rf_code code = rf_fixture_stream_open(&stream, config, error);
    return code == RF_ENOMEM ? RF_SLICE("out of memory") : rf_slice_of(code ? error->message : "");
}

/* A claim about the input, or the output, when memory did not run out. */
#define check_input(text, expected) check_finding(text, "drop: {}", expected)
#define check_output(text, expected) check_finding("stdin: {}", text, expected)
#define check_finding(input, output, expected)                      \
    do {                                                            \
        rf_error error = { 0 };                                     \
        rf_slice got = finding(input, output, &error);              \
        if (!rf_test_torture())                                     \
            rf_check_text(got, rf_slice_of(expected));              \
    } while (0)

RF_TEST(addresses_are_checked) {
    check_input("kafka: {addresses: ['a:1', 'b:2,c:3', '[::1]:9092', 'PLAINTEXT://d:4'], topics: [t], consumer_group: g}", "");
    check_input("kafka: {addresses: [], topics: [t], consumer_group: g}", "addresses is empty");
    check_input("kafka: {addresses: ['a:b'], topics: [t], consumer_group: g}", "`a:b` is no address of a broker");
    check_input("kafka_franz: {seed_brokers: ['a:1,,b:2'], topics: [t]}", "`` is no address of a broker");
    check_input("uns: {broker_address: 'a:1, b:2'}", "");
    check_input("uns: {broker_address: 'a b'}", "`a b` is no address of a broker");
    check_output("uns: {broker_address: 'a:99999999'}", "`a:99999999` is no address of a broker");
}

RF_TEST(topics_are_checked) {
    check_input("kafka: {addresses: [a], topics: [t, 'u,v'], consumer_group: g}", "");
    check_input("kafka: {addresses: [a], topics: ['t:0', 'u:3-7']}", "");
    check_input("kafka: {addresses: [a], topics: ['t:7-3']}", "`t:7-3` is no topic");
    check_input("kafka: {addresses: [a], topics: ['t:x'], consumer_group: g}", "`t:x` is no topic");
    check_input("kafka: {addresses: [a], topics: [t]}", "a consumer_group is needed to read topics whose partitions are not named");
    check_input("kafka_franz: {seed_brokers: [a], topics: [t]}", "");
    check_input("kafka_franz: {seed_brokers: [a], topics: []}", "topics is empty");
    check_input("kafka: {addresses: [a], consumer_group: g}", "field topics is required");
    check_input("redpanda: {seed_brokers: [a], topics: ['t:0'], regexp_topics_include: [b]}", "topics name partitions, which cannot be read beside those that patterns find");
    check_input("redpanda: {seed_brokers: [a], regexp_topics_include: ['^a', b], regexp_topics_exclude: [c]}", "");
    check_input("redpanda: {seed_brokers: [a], regexp_topics_exclude: [c]}", "field topics is required");
    check_input("redpanda: {seed_brokers: [a], topics: ['a('], regexp_topics: true}", "the pattern `a(` is none: Unmatched ( or \\(");
    check_input("redpanda: {seed_brokers: [a], regexp_topics_include: [a, '[b']}", "the pattern `[b` is none: Unmatched [, [^, [:, [., or [=");
    check_input("redpanda: {seed_brokers: [a], topics: [t], regexp_topics_exclude: ['x{1,2}']}", "`x{1,2}` has a comma, which patterns here cannot have");
}

RF_TEST(where_to_begin_is_checked) {
    check_input("kafka: {addresses: [a], topics: ['t:0:1000', 'u:3-7:0']}", "");
    check_input("kafka: {addresses: [a], topics: ['t:0:']}", "`t:0:` is no topic");
    check_input("kafka: {addresses: [a], topics: ['t:0:-1']}", "`t:0:-1` is no topic");
    check_input("kafka: {addresses: [a], topics: ['t:0:99999999999999999999']}", "`t:0:99999999999999999999` is no topic");
    check_input("kafka: {addresses: [a], topics: ['t:0:1:2']}", "`t:0:1:2` is no topic");
    check_input("kafka: {addresses: [a], topics: ['t:999999']}", "`t:999999` is no topic");
    check_input("kafka: {addresses: [a], topics: ['u,t:0:5'], consumer_group: g}", "topics name offsets to begin at, and the consumer_group keeps others");
    check_input("redpanda: {seed_brokers: [a], topics: [t], start_offset: latest, consumer_group: g}", "");
    check_input("redpanda: {seed_brokers: [a], topics: ['t:x:0'], regexp_topics: true, consumer_group: g}", "");
    check_input("kafka_franz: {seed_brokers: [a], topics: [t], start_offset: committed}", "`start_offset: committed` reads on where a group was, and there is no consumer_group");
    check_input("kafka_franz: {seed_brokers: [a], topics: [t], start_offset: none}", "value none is not a valid option for this field");
}

RF_TEST(groups_are_checked) {
    check_input("kafka: {addresses: [a], topics: [t], consumer_group: g, group: {session_timeout: 1s, heartbeat_interval: 1s}}",
                "heartbeat_interval must be shorter than session_timeout");
    check_input("kafka: {addresses: [a], topics: [t], consumer_group: g, group: {session_timeout: 1ms}}", "session_timeout must be between 1s and 1h");
    check_input("kafka: {addresses: [a], topics: [t], consumer_group: g, multi_header: true}", "");
    check_input("kafka_franz: {seed_brokers: [a], topics: [t], session_timeout: 2h}", "session_timeout must be between 1s and 1h");
}

RF_TEST(what_has_no_effect_is_told_of) {
    check_input("kafka: {addresses: [a], topics: [t], consumer_group: g, extract_tracing_map: 'root = this'}", "extract_tracing_map is not supported in this version of riffle");
    check_output("kafka_franz: {seed_brokers: [a], topic: t, inject_tracing_map: 'meta = this'}", "inject_tracing_map is not supported in this version of riffle");
    check_input("kafka: {addresses: [a], topics: [t], consumer_group: g, timely_nacks_maximum_wait: ''}", "");
    check_input("kafka: {addresses: [a], topics: [t], consumer_group: g, timely_nacks_maximum_wait: 1s}", "timely_nacks_maximum_wait is not supported in this version of riffle");
    check_input("redpanda: {seed_brokers: [a], topics: [t], partition_buffer_bytes: 1MB, max_yield_batch_bytes: 32KB, topic_lag_refresh_period: 5s}", "");
    check_input("redpanda: {seed_brokers: [a], topics: [t], request_timeout_overhead: 10s, tcp: {connect_timeout: 1s, keep_alive: {idle: 15s, interval: 15s, count: 9}, tcp_user_timeout: 0s}}", "");
    check_input("kafka: {addresses: [a], topics: [t], consumer_group: g, target_version: 2.1.0, fetch_buffer_cap: 256}", "");
    check_input("kafka: {addresses: [a], topics: [t], consumer_group: g, target_version: latest}", "`latest` is no version of Kafka");
    check_output("kafka: {addresses: [a], topic: t, target_version: 0.10.2.0, max_retries: 3, backoff: {initial_interval: 1s}, retry_as_batch: true}", "");
    check_output("kafka: {addresses: [a], topic: t, target_version: 2..1}", "`2..1` is no version of Kafka");
    check_output("kafka_franz: {seed_brokers: [a], topic: t, max_message_bytes: 2MB, broker_write_max_bytes: 1MB}", "broker_write_max_bytes must not be less than max_message_bytes");
}

RF_TEST(signing_in_is_checked) {
    check_input("kafka: {addresses: [a], topics: [t], consumer_group: g, sasl: {mechanism: PLAIN, user: u, password: p}}", "");
    check_input("kafka: {addresses: [a], topics: [t], consumer_group: g, sasl: {mechanism: OAUTHBEARER}}", "the SASL mechanism `OAUTHBEARER` is not supported");
    check_output("kafka: {addresses: [a], topic: t, sasl: {mechanism: SCRAM-SHA-256}}", "SASL signs somebody in, and no user is named");
    check_output("kafka_franz: {seed_brokers: [a], topic: t, sasl: [{mechanism: PLAIN, username: u}, {mechanism: none}]}", "only one way of signing in is supported");
}

RF_TEST(outputs_are_checked) {
    check_output("kafka: {addresses: [a], topic: '${! meta(\"t\") }', key: '${! json(\"k\") }', static_headers: {a: b}}", "");
    check_output("kafka: {addresses: [a], topic: ''}", "`` is no topic's name");
    check_output("kafka: {addresses: [a], topic: 'a b'}", "`a b` is no topic's name");
    check_output("kafka: {addresses: [a], topic: t, partitioner: manual}", "`partitioner: manual` needs the field partition");
    check_output("kafka: {addresses: [a], topic: t, max_msg_bytes: 10}", "max_msg_bytes must be between 1000 and 1000000000 bytes");
    check_output("kafka_franz: {seed_brokers: [a], topic: t, timeout: 0s}", "timeout must be longer than nothing");
    check_output("kafka_franz: {seed_brokers: [a], topic: t, metadata: {include_patterns: ['^a', '(?i)b']}}", "");
    check_output("kafka_franz: {seed_brokers: [a], topic: t, metadata: {include_patterns: ['a(']}}", "a `(` that is not closed in the pattern `/a(/`");
}

RF_TEST(topics_that_are_made_are_checked) {
    check_output("kafka: {addresses: [a], topic: t, custom_topic_creation: {enabled: true, partitions: 3, replication_factor: 1}}", "");
    check_output("kafka: {addresses: [a], topic: t, custom_topic_creation: {enabled: false, partitions: -1, replication_factor: -1}}", "");
    check_output("kafka: {addresses: [a], topic: t, custom_topic_creation: {partitions: 0}}", "a topic has one partition at the least, or -1: as the broker has it");
    check_output("kafka: {addresses: [a], topic: t, custom_topic_creation: {replication_factor: 0}}", "a partition is on one broker at the least, or -1: as the broker has it");
    check_output("redpanda: {seed_brokers: [a], topic: t, allow_auto_topic_creation: false}", "");
}

RF_TEST(topics_of_the_namespace_are_checked) {
    check_input("uns: {umh_topics: ['^umh\\.v1', '.*', ''], umh_topic: 'a|b', topic: c}", "");
    check_input("uns: {umh_topic: 'umh(?=x)'}", "`(?=` looks around, which is not supported in the pattern `/umh(?=x)/`");
    check_input("uns: {metadata_format: json}", "value json is not a valid option for this field");
    check_output("uns: {umh_topic: 'umh.v1.a._b.c', bridged_by: me}", "");
    check_output("uns: {topic: x}", "field topic not recognised");
    check_output("uns: {schema_registry_url: 'http://a:8081'}", "");
    check_output("uns: {schema_registry_url: 'https://me:secret@a:8081/'}", "");
    check_output("uns: {broker_address: 'PLAINTEXT://[::1]:9092,b', schema_registry_url: ''}", "");
    check_output("uns: {schema_registry_url: 'a:8081'}", "`a:8081` is no address of a schema registry");
    check_output("uns: {schema_registry_url: 'http://'}", "`http://` is no address of a schema registry");
}
