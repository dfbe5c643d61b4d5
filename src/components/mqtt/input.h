/* input.h: what the files of the mqtt input share.
 *
 * The client's thread puts whole PUBLISH packets into `inbox`, up to RF_MQTT_INBOX_BYTES, then stops reading: the broker holds the
 * rest. The input's thread takes the inbox as it is and makes messages of it. PUBACK (QoS 1) and PUBREC (QoS 2) are written when
 * the host acknowledges the batch; unacked.h keeps them in order. */
#ifndef RF_COMPONENTS_MQTT_INPUT_H
#define RF_COMPONENTS_MQTT_INPUT_H

#include "components/mqtt/client.h"
#include "components/mqtt/unacked.h"

#define RF_MQTT_INBOX_BYTES ((size_t)128 << 10)

#define RF_MQTT_LAST 32 /* user properties whose keys are remembered */

/* Metadata. */
enum {
    RF_MQTT_KEY_DUPLICATE, RF_MQTT_KEY_QOS, RF_MQTT_KEY_RETAINED, RF_MQTT_KEY_TOPIC, RF_MQTT_KEY_MESSAGE_ID, RF_MQTT_KEY_CONTENT_TYPE,
    RF_MQTT_KEY_RESPONSE_TOPIC, RF_MQTT_KEY_CORRELATION, RF_MQTT_KEYS,
};

typedef struct rf_mqtt_input {
    rf_mqtt_conf mqtt;
    rf_strings topics;
    int64_t qos, receive_maximum;
    bool clean_session, auto_replay_nacks;

    const rf_env *env;
    const rf_key *keys[RF_MQTT_KEYS];
    rf_mqtt_client client;
    bool had_session; /* connected before: what the broker kept since is ours */

    /* Under the client's lock. */
    rf_buffer inbox; /* each packet: a header of ours, then its body */
    rf_mqtt_unacked unacked;
    bool woken;
    enum { RF_MQTT_WAITING, RF_MQTT_SUBSCRIBED, RF_MQTT_UNWELCOME } subscription;
    rf_error refusal;

    /* The input thread's. */
    rf_buffer opened; /* an inbox that was taken */
    size_t opened_at;
    const rf_key *last[RF_MQTT_LAST]; /* of the user properties of the message before: most messages have the same ones. All different, none of `keys`. */
    uint32_t last_count;
} rf_mqtt_input;

extern const rf_mqtt_role rf_mqtt_input_role;

/* rf_input_kind.read, .ack and .nack. */
RF_NODISCARD rf_code rf_mqtt_input_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr);
void rf_mqtt_input_ack(void *state, uint64_t mark, bool delivered);
void rf_mqtt_input_nack(void *state, uint64_t mark, const char *why);
/* With the lock held: whether the inbox takes more. */
bool rf_mqtt_input_is_hungry(const void *state);

#endif
