/* fields.c: signing in, in both spellings. */
#include "components/kafka/fields.h"

#include "base/slice.h"

#define TCP(member) offsetof(rf_kafka_tcp, member)
#define ALIVE(member) (TCP(alive.member) - TCP(alive))
static const rf_field alive_fields[] = {
    { .name = "idle", .type = RF_FIELD_DURATION, .offset = ALIVE(idle_ns), .standard = "15s",
      .doc = "As long as nothing is heard, before the first." },
    { .name = "interval", .type = RF_FIELD_DURATION, .offset = ALIVE(interval_ns), .standard = "15s", .doc = "Between them." },
    { .name = "count", .type = RF_FIELD_INT, .offset = ALIVE(count), .standard = "9", .min = 0, .max = 127,
      .doc = "So many without an answer end the connection. 0: 9." },
    { 0 },
};

const rf_field rf_kafka_tcp_fields[] = {
    { .name = "connect_timeout", .type = RF_FIELD_DURATION, .offset = TCP(connect_ns), .standard = "0s",
      .doc = "For making a connection, TLS and signing in with it; a second at the least. 0s: 30s." },
    { .name = "keep_alive", .type = RF_FIELD_OBJECT, .offset = TCP(alive), .fields = alive_fields, .doc = "When the questions are asked." },
    { .name = "tcp_user_timeout", .type = RF_FIELD_DURATION, .offset = TCP(user_ns), .standard = "0s",
      .doc = "What was sent may be without a sign of arrival for so long. 0s: as the system has it." },
    { 0 },
};

#define SASL(member) offsetof(rf_kafka_sasl, member)
#define MECHANISM_DOC RF_KAFKA_SASL_MECHANISM_DOC " SCRAM with Kafka 4 needs librdkafka 2.6.1 or newer."
#define TOKEN_DOC "Not supported: OAUTHBEARER is not."

const rf_field rf_kafka_sasl_fields[] = {
    { .name = "mechanism", .type = RF_FIELD_STRING, .offset = SASL(mechanism), .standard = "none", .doc = MECHANISM_DOC },
    { .name = "user", .type = RF_FIELD_STRING, .offset = SASL(user), .doc = "Who signs in." },
    { .name = "password", .type = RF_FIELD_STRING, .offset = SASL(password), .flags = RF_FIELD_SECRET, .doc = "The user's password." },
    { .name = "access_token", .type = RF_FIELD_STRING, .offset = SASL(token), .flags = RF_FIELD_SECRET | RF_FIELD_ADVANCED, .doc = TOKEN_DOC },
    { .name = "token_cache", .type = RF_FIELD_STRING, .offset = SASL(token), .flags = RF_FIELD_ADVANCED, .doc = TOKEN_DOC },
    { .name = "token_key", .type = RF_FIELD_STRING, .offset = SASL(token), .flags = RF_FIELD_ADVANCED, .doc = TOKEN_DOC },
    { 0 },
};

const rf_field rf_kafka_franz_sasl_fields[] = {
    { .name = "mechanism", .type = RF_FIELD_STRING, .offset = SASL(mechanism), .flags = RF_FIELD_REQUIRED, .doc = MECHANISM_DOC },
    { .name = "username", .type = RF_FIELD_STRING, .offset = SASL(user), .doc = "Who signs in." },
    { .name = "password", .type = RF_FIELD_STRING, .offset = SASL(password), .flags = RF_FIELD_SECRET, .doc = "The user's password." },
    { .name = "token", .type = RF_FIELD_STRING, .offset = SASL(token), .flags = RF_FIELD_SECRET | RF_FIELD_ADVANCED, .doc = TOKEN_DOC },
    { 0 },
};

rf_code rf_kafka_franz_sasl(const rf_list *list, rf_kafka_link *link, const rf_conf *conf) {
    rf_error error = { 0 };
    if (list->count == 0)
        return RF_OK;
    link->sasl = ((const rf_kafka_sasl *)list->items)[0];
    if (list->count == 1)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "only one way of signing in is supported");
    rf_error_hint(&error, "leave one entry of the list");
    return rf_kafka_report(conf, "sasl", &error);
}

rf_code rf_kafka_not_yet(const rf_conf *conf, const char *name, rf_slice value, const char *hint) {
    rf_error error = { 0 };
    if (value.len == 0)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "%s is not supported in this version of riffle", name);
    rf_error_hint(&error, "%s", hint);
    return rf_kafka_report(conf, name, &error);
}

rf_code rf_kafka_version_check(const rf_conf *conf, rf_slice version) {
    rf_error error = { 0 };
    size_t numbers = 0, digits = 0;
    bool fine = true;
    for (size_t i = 0; i < version.len; i++) {
        bool digit = version.data[i] >= '0' && version.data[i] <= '9', dot = version.data[i] == '.' && digits > 0;
        fine &= digit || dot;
        numbers += digit && digits == 0;
        digits = digit ? digits + 1 : 0;
    }
    if (version.len == 0 || (fine && digits > 0 && (numbers == 3 || numbers == 4)))
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "`%.*s` is no version of Kafka", RF_SLICE_ARG(version));
    rf_error_hint(&error, "write one such as 2.1.0, or leave it out: the broker says what it can");
    return rf_kafka_report(conf, "target_version", &error);
}
