/* fields.h: rows that the components of Kafka have in common. */
#ifndef RF_KAFKA_FIELDS_H
#define RF_KAFKA_FIELDS_H

#include "components/kafka/client.h"

extern const rf_field rf_kafka_sasl_fields[];       /* kafka's block */
extern const rf_field rf_kafka_franz_sasl_fields[]; /* an item of kafka_franz's list */

/* Of both spellings. `link` is the rf_kafka_link. */
#define RF_KAFKA_LINK_FIELDS(owner, link)                                                                                              \
    { .name = "client_id", .type = RF_FIELD_STRING, .offset = offsetof(owner, link.client_id), .standard = "benthos",                  \
      .flags = RF_FIELD_ADVANCED, .doc = "What we are called in the broker's log." },                                                  \
    { .name = "rack_id", .type = RF_FIELD_STRING, .offset = offsetof(owner, link.rack_id), .flags = RF_FIELD_ADVANCED,                 \
      .doc = "The rack we are in, so that a replica nearby can be read." },                                                            \
    { RF_TLS_FIELD(owner, link.tls) }

#define RF_KAFKA_SASL_FIELD(owner, link)                                                                                               \
    { .name = "sasl", .type = RF_FIELD_OBJECT, .offset = offsetof(owner, link.sasl), .flags = RF_FIELD_ADVANCED,                       \
      .fields = rf_kafka_sasl_fields, .doc = "Signing in." }

#define RF_KAFKA_FRANZ_SASL_FIELD(owner, list)                                                                                         \
    { .name = "sasl", .type = RF_FIELD_OBJECTS, .offset = offsetof(owner, list), .flags = RF_FIELD_ADVANCED,                           \
      .fields = rf_kafka_franz_sasl_fields, .item_size = sizeof(rf_kafka_sasl), .doc = "Signing in: a list with one entry." }

extern const rf_field rf_kafka_tcp_fields[];

/* kafka_franz's and redpanda's. */
#define RF_KAFKA_FRANZ_LINK_FIELDS(owner, link)                                                                                        \
    { .name = "metadata_max_age", .type = RF_FIELD_DURATION, .offset = offsetof(owner, link.metadata_age_ns), .flags = RF_FIELD_ADVANCED, \
      .doc = "How old what is known of topics and their partitions may be. Not given: 5s for an input, 5m for an output." },            \
    { .name = "conn_idle_timeout", .type = RF_FIELD_DURATION, .offset = offsetof(owner, link.idle_ns), .flags = RF_FIELD_ADVANCED,      \
      .doc = "Connections that were not used for so long are closed, after a second at the earliest. Not given: they stay open." },      \
    { .name = "request_timeout_overhead", .type = RF_FIELD_DURATION, .offset = offsetof(owner, link.answer_ns), .flags = RF_FIELD_ADVANCED, \
      .doc = "How long a broker may take to answer, at most 5m, before the request is given up. Not given: 60s." },                      \
    { .name = "tcp", .type = RF_FIELD_OBJECT, .offset = offsetof(owner, link.tcp), .fields = rf_kafka_tcp_fields, .flags = RF_FIELD_ADVANCED, \
      .doc = "Connections that are dead are found by questions of the system to the other side." }

/* Reports that the text field `name` is given and that this version has nothing for it, with what to do. */
RF_NODISCARD rf_code rf_kafka_not_yet(const rf_conf *conf, const char *name, rf_slice value, const char *hint);
/* Reports a `target_version` that is none, such as `2.1.0`. */
RF_NODISCARD rf_code rf_kafka_version_check(const rf_conf *conf, rf_slice version);

/* Takes the one entry of kafka_franz's list into `link`; reports more than one at `conf`. */
RF_NODISCARD rf_code rf_kafka_franz_sasl(const rf_list *list, rf_kafka_link *link, const rf_conf *conf);

#endif
