/* fields.c: signing in, in both spellings. */
#include "components/kafka/fields.h"

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
