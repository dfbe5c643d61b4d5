/* conf_test.c: what is found wrong with mqtt configs, at its place, before anything connects. */
#include "components/mqtt/url.h"

#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

static void arena_done(rf_arena *arena) { rf_arena_done(arena); }

RF_TEST(addresses_are_taken_apart) {
    static const struct { const char *text, *host; uint16_t port; bool tls; const char *user, *password; } rows[] = {
        { "tcp://127.0.0.1:1884", "127.0.0.1", 1884, false, NULL, NULL },
        { "mqtt://broker", "broker", 1883, false, NULL, NULL },
        { "SSL://broker/", "broker", 8883, true, NULL, NULL },
        { "mqtts://u:p@w@broker:1", "broker", 1, true, "u", "p@w" },
        { "tls://[::1]:8884", "::1", 8884, true, NULL, NULL },
        { "tcp://[fe80::1]", "fe80::1", 1883, false, NULL, NULL },
        { "tcp://me@broker", "broker", 1883, false, "me", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(arena_done) rf_arena arena;
        rf_mqtt_url url = { 0 };
        rf_slice user = { 0 }, password = { 0 };
        rf_arena_init(&arena, 256);
        rf_code code = rf_mqtt_url_parse(&arena, rf_slice_of(rows[i].text), &url, &user, &password, NULL);
        rf_check(code == RF_OK);
        rf_check_text(rf_slice_of(url.host), rf_slice_of(rows[i].host));
        rf_check(url.port == rows[i].port && url.tls == rows[i].tls);
        rf_check_text(user, rf_slice_of(rows[i].user));
        rf_check_text(password, rf_slice_of(rows[i].password));
    }
}

RF_TEST(what_is_no_address_is_refused) {
    static const char *const rows[] = { "", "broker:1883", "http://broker", "tcp://", "tcp://:1883", "tcp://h:0", "tcp://h:65536", "tcp://h:x", "tcp://h:1/path", "tcp://h/x", "tcp://[::1", "tcp://[::1]x" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(arena_done) rf_arena arena;
        rf_mqtt_url url = { 0 };
        rf_slice user = { 0 }, password = { 0 };
        rf_arena_init(&arena, 256);
        rf_code code = rf_mqtt_url_parse(&arena, rf_slice_of(rows[i]), &url, &user, &password, NULL);
        if (code != RF_ECONFIG && code != RF_ENOMEM)
            rf_check_text(rf_slice_of(rows[i]), RF_SLICE("refused")); /* shows which */
    }
}

/* The first finding of a config with these members of an input or an output. */
static void check_rows(const char *format, const char *const (*rows)[2], size_t count) {
    for (size_t i = 0; i < count; i++) {
        RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
        RF_CLEANUP(rf_buffer_done) rf_buffer yaml = { 0 };
        rf_error error = { 0 };
        rf_buffer_text(&yaml, format);
        rf_buffer_text(&yaml, rows[i][0]);
        const char *text = rf_buffer_cstr(&yaml);
        rf_check(text);
        rf_code code = rf_fixture_stream_open(&stream, text, &error);
        if (code == RF_ENOMEM)
            return;
        rf_check(!!code == (rows[i][1][0] != '\0'));
        rf_check_text(rf_slice_of(error.message), rf_slice_of(rows[i][1]));
        rf_check(!code || error.place.line >= 4);
    }
}

RF_TEST(an_input_is_checked_at_its_start) {
    static const char *const rows[][2] = {
        { "      urls: [\"tcp://a:1,tcp://b\", ssl://c]\n      topics: [a/#]\n", "" },
        { "      urls: [http://a]\n      topics: [a]\n", "`http://a` is not the address of an MQTT broker: it begins with none of tcp://, mqtt://, ssl://, tls://, mqtts://" },
        { "      urls: []\n      topics: [a]\n", "urls names no broker" },
        { "      urls: [tcp://a]\n      topics: []\n", "topics names none" },
        { "      urls: [tcp://a]\n      topics: [a/#/b]\n", "`a/#/b` cannot be subscribed to: # may only stand at the end" },
        { "      urls: [tcp://a]\n      topics: [a]\n      clean_session: false\n", "clean_session false needs a client_id that stays the same" },
        { "      urls: [tcp://a]\n      topics: [a]\n      client_id: x\n      clean_session: false\n", "" },
        { "      urls: [tcp://a]\n      topics: [a]\n      client_id: x\n      clean_session: false\n      dynamic_client_id_suffix: nanoid\n", "clean_session false needs a client_id that stays the same" },
        { "      urls: [tcp://a]\n      topics: [a]\n      session_expiry: 1h\n", "session_expiry needs protocol 5" },
        { "      urls: [tcp://a]\n      topics: [a]\n      session_expiry: 1h\n      protocol: 5\n", "" },
        { "      urls: [tcp://a]\n      topics: [a]\n      password: x\n", "a password without a user" },
        { "      urls: [tcp://a]\n      topics: [a]\n      will: {enabled: true, topic: a/+}\n", "the topic of the will cannot be used: it has a wildcard in it" },
        { "      urls: [tcp://a]\n      topics: [a]\n      connect_timeout: 0s\n", "connect_timeout is zero" },
        { "      urls: [ssl://a]\n      topics: [a]\n      tls: {root_cas: nonsense}\n", "root_cas: there is no certificate in it" },
    };
    check_rows("output:\n  drop: {}\ninput:\n  mqtt:\n", rows, sizeof rows / sizeof *rows);
}

RF_TEST(an_output_is_checked_at_its_start) {
    static const char *const rows[][2] = {
        { "      urls: [tcp://a]\n      topic: a\n", "" },
        { "      urls: [tcp://a]\n      topic: a/#\n", "`a/#` cannot be published to: it has a wildcard in it" },
        { "      urls: [tcp://a]\n      topic: \"\"\n", "`` cannot be published to: it is empty" },
        { "      urls: [tcp://a]\n      topic: a\n      content_type: x\n", "content_type needs protocol 5" },
        { "      urls: [tcp://a]\n      topic: a\n      metadata: {include_prefixes: [\"\"]}\n", "metadata needs protocol 5" },
        { "      urls: [tcp://a]\n      topic: a\n      metadata: {include_prefixes: [\"\"]}\n      protocol: 5\n", "" },
    };
    check_rows("input:\n  generate: {mapping: root = 1}\noutput:\n  mqtt:\n", rows, sizeof rows / sizeof *rows);
}
