/* conf.h: what the mqtt input and output have in common in a config: brokers, who we are, the will, TLS. */
#ifndef RF_COMPONENTS_MQTT_CONF_H
#define RF_COMPONENTS_MQTT_CONF_H

#include "components/link.h"
#include "components/mqtt/packet.h"
#include "stream/component.h"

typedef struct rf_mqtt_will_conf {
    bool enabled, retained;
    int64_t qos;
    rf_slice topic, payload;
} rf_mqtt_will_conf;

/* One broker. The text is in `lasting`. */
typedef struct rf_mqtt_url {
    const char *host;
    uint16_t port;
    bool tls;
    rf_slice text; /* without user and password, for words to the user */
} rf_mqtt_url;

typedef struct rf_mqtt_conf {
    rf_strings urls;
    rf_slice client_id;
    int suffix; /* of dynamic_client_id_suffix: none, nanoid */
    int protocol;
    uint64_t connect_timeout_ns, session_expiry_ns;
    rf_mqtt_will_conf will_conf;
    rf_slice user, password;
    int64_t keepalive_s;
    rf_tls_conf tls;
    /* Made by rf_mqtt_conf_check; `tls.enabled` then says whether any of the brokers wants it. */
    rf_arena lasting;
    rf_mqtt_url *brokers; /* as many as urls */
    rf_mqtt_version version;
    rf_mqtt_will will;
    rf_slice full_id; /* never empty */
} rf_mqtt_conf;

extern const char *const rf_mqtt_suffixes[];
extern const char *const rf_mqtt_protocols[];
extern const rf_field rf_mqtt_will_fields[];

/* The rows of a component whose struct has the rf_mqtt_conf as `member`. */
#define RF_MQTT_AT(owner, member, field) .offset = offsetof(owner, member.field)
#define RF_MQTT_FIELDS(owner, member)                                                                                            \
    { .name = "urls", .type = RF_FIELD_STRINGS, RF_MQTT_AT(owner, member, urls), .flags = RF_FIELD_REQUIRED,                       \
      .doc = "Brokers, tried in turn: tcp://host:1883 (or mqtt://), ssl://host:8883 (or tls://, mqtts://) for TLS. One text may "  \
             "hold several, with commas between." },                                                                               \
    { .name = "client_id", .type = RF_FIELD_STRING, RF_MQTT_AT(owner, member, client_id),                                          \
      .doc = "Who we are for the broker. Each connection needs its own: a second one with the same ends the first. Empty: a new "  \
             "one at each start." },                                                                                               \
    { .name = "dynamic_client_id_suffix", .type = RF_FIELD_ENUM, RF_MQTT_AT(owner, member, suffix), .standard = "\"\"",             \
      .flags = RF_FIELD_ADVANCED, .options = rf_mqtt_suffixes,                                                                     \
      .doc = "`nanoid`: puts a text made anew at each start behind client_id, so that several processes can have one config." },  \
    { .name = "protocol", .type = RF_FIELD_ENUM, RF_MQTT_AT(owner, member, protocol), .standard = "\"3.1.1\"",                      \
      .options = rf_mqtt_protocols, .doc = "The version of MQTT. User properties and reasons need 5." },                           \
    { .name = "connect_timeout", .type = RF_FIELD_DURATION, RF_MQTT_AT(owner, member, connect_timeout_ns), .standard = "30s",      \
      .doc = "How long connecting to one broker may take, with TLS and the broker's answer." },                                    \
    { .name = "will", .type = RF_FIELD_OBJECT, .offset = offsetof(owner, member.will_conf), .flags = RF_FIELD_ADVANCED,            \
      .fields = rf_mqtt_will_fields, .doc = "A message that the broker publishes when we vanish without a farewell." },            \
    { .name = "user", .type = RF_FIELD_STRING, RF_MQTT_AT(owner, member, user), .flags = RF_FIELD_ADVANCED,                         \
      .doc = "The user name, if the broker asks for one." },                                                                       \
    { .name = "password", .type = RF_FIELD_STRING, RF_MQTT_AT(owner, member, password),                                            \
      .flags = RF_FIELD_ADVANCED | RF_FIELD_SECRET, .doc = "The password; without TLS everybody on the way can read it." },        \
    { .name = "keepalive", .type = RF_FIELD_INT, RF_MQTT_AT(owner, member, keepalive_s), .standard = "30", .min = 0, .max = 65535,  \
      .flags = RF_FIELD_ADVANCED, .doc = "Seconds of silence after which each side asks whether the other is there; 0: never." }, \
    { RF_TLS_FIELD(owner, member.tls) }

/* In open: everything that can be wrong; makes the rest of `self`. Errors: RF_ECONFIG reported, RF_ENOMEM. */
RF_NODISCARD rf_code rf_mqtt_conf_check(rf_mqtt_conf *self, const rf_conf *conf, rf_error *reterr);
void rf_mqtt_conf_done(rf_mqtt_conf *self);

/* The field as written, or the whole component: where to point at. */
const rf_conf *rf_mqtt_conf_place(const rf_conf *conf, const char *field);

#endif
