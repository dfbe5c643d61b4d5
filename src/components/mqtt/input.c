/* mqtt: messages of topics of an MQTT broker, acknowledged when they are delivered. */
#include "components/mqtt/input.h"

#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>

#define FIELD(member) .offset = offsetof(rf_mqtt_input, member)
static const rf_field input_fields[] = {
    RF_MQTT_FIELDS(rf_mqtt_input, mqtt),
    { .name = "topics", .type = RF_FIELD_STRINGS, FIELD(topics), .flags = RF_FIELD_REQUIRED,
      .doc = "What to subscribe to: topics, with + for one level and # for all below; $share/GROUP/TOPIC shares the messages among all "
             "that name the same group." },
    { .name = "qos", .type = RF_FIELD_INT, FIELD(qos), .standard = "1", .min = 0, .max = 2,
      .doc = "0: messages may get lost; 1: each comes at least once; 2: once, as long as neither side forgets its session." },
    { .name = "clean_session", .type = RF_FIELD_BOOL, FIELD(clean_session), .standard = "true",
      .doc = "true: the broker forgets us when the connection ends, and what comes meanwhile. false: it keeps all messages for this "
             "client_id until we are back." },
    { .name = "session_expiry", .type = RF_FIELD_DURATION, FIELD(mqtt.session_expiry_ns), .standard = "0s", .flags = RF_FIELD_ADVANCED,
      .doc = "Protocol 5: how long the broker keeps the session while we are away. 0s: with `clean_session: false` for ever, else not "
             "at all. With `clean_session: true` the session begins anew at each start and outlives interruptions." },
    { .name = "receive_maximum", .type = RF_FIELD_INT, FIELD(receive_maximum), .standard = "1000", .min = 1, .max = 65535,
      .flags = RF_FIELD_ADVANCED,
      .doc = "Protocol 5: messages of QoS 1 and 2 that the broker sends before the first of them is acknowledged. In 3.1.1 the broker "
             "alone decides that." },
    { .name = "auto_replay_nacks", .type = RF_FIELD_BOOL, FIELD(auto_replay_nacks), .standard = "true", .flags = RF_FIELD_ADVANCED,
      .doc = "Whether what an output would not take is tried again. With false it is told of, and over: the broker gets its "
             "acknowledgement as for any other." },
    { 0 },
};

/* ---- Open and close ---- */

static rf_code check_topics(const rf_mqtt_input *self, const rf_conf *conf) {
    const rf_conf *list = rf_mqtt_conf_place(conf, "topics");
    rf_code worst = RF_OK;
    if (self->topics.count == 0 || self->topics.count > 10000) {
        rf_error error = { 0 };
        (void)rf_raise(&error, RF_ECONFIG, self->topics.count ? "topics names more than 10000" : "topics names none");
        rf_error_hint(&error, "list at least one, such as [plant/#]");
        return rf_conf_report(list, &error);
    }
    for (size_t i = 0; i < self->topics.count; i++) {
        rf_error error = { 0 };
        const char *fault = rf_mqtt_filter_fault(self->topics.items[i]);
        if (!fault)
            continue;
        (void)rf_raise(&error, RF_ECONFIG, "`%.*s` cannot be subscribed to: %s", RF_SLICE_ARG(self->topics.items[i]), fault);
        worst = rf_conf_report(list, &error);
    }
    return worst;
}

static rf_code check_session(const rf_mqtt_input *self, const rf_conf *conf) {
    rf_error error = { 0 };
    if (self->clean_session || (self->mqtt.client_id.len && !self->mqtt.suffix))
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "clean_session false needs a client_id that stays the same");
    rf_error_hint(&error, self->mqtt.suffix ? "leave dynamic_client_id_suffix out" : "set client_id");
    return rf_conf_report(rf_mqtt_conf_place(conf, "clean_session"), &error);
}

static rf_code intern_keys(rf_mqtt_input *self, rf_error *reterr) {
    static const char *const names[RF_MQTT_KEYS] = { "mqtt_duplicate", "mqtt_qos", "mqtt_retained", "mqtt_topic", "mqtt_message_id",
                                             "mqtt_content_type", "mqtt_response_topic", "mqtt_correlation_data" };
    for (size_t i = 0; i < RF_MQTT_KEYS; i++) {
        self->keys[i] = rf_keys_intern(self->env->keys, &self->mqtt.lasting, rf_slice_of(names[i]));
        if (!self->keys[i])
            return rf_raise_nomem(reterr);
    }
    return RF_OK;
}

static rf_code input_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    rf_mqtt_input *self = state;
    assert(self && conf && env);
    self->env = env;
    rf_code code = rf_mqtt_conf_check(&self->mqtt, conf, reterr), topics = check_topics(self, conf), session = check_session(self, conf);
    if (!code && (topics || session))
        code = rf_raise(reterr, RF_ECONFIG, "the mqtt input cannot be used as it is configured");
    if (!code)
        code = intern_keys(self, reterr);
    return code ? code : rf_mqtt_client_init(&self->client, &self->mqtt, env, &rf_mqtt_input_role, self, reterr);
}

static void input_close(void *state) {
    rf_mqtt_input *self = state;
    rf_mqtt_client_done(&self->client);
    rf_mqtt_unacked_done(&self->unacked);
    rf_buffer_done(&self->inbox);
    rf_buffer_done(&self->opened);
    rf_mqtt_conf_done(&self->mqtt);
}

/* ---- The input's thread ---- */

/* Until the broker has said yes, or sends so much that it plainly has. */
static rf_code wait_subscribed(rf_mqtt_input *self, rf_error *reterr) {
    uint64_t end_ns = rf_clock_mono_ns() + self->mqtt.connect_timeout_ns, now_ns;
    rf_code code = RF_OK;
    rf_mutex_lock(&self->client.lock);
    while (self->subscription == RF_MQTT_WAITING && !self->client.lost && !self->woken && rf_mqtt_input_is_hungry(self) &&
           (now_ns = rf_clock_mono_ns()) < end_ns)
        (void)rf_cond_wait_for(&self->client.changed, &self->client.lock, end_ns - now_ns);
    if (self->subscription == RF_MQTT_UNWELCOME)
        code = rf_raise(reterr, RF_EREFUSED, "%s", self->refusal.message);
    else if (self->client.lost)
        (void)rf_mqtt_client_raise(&self->client, reterr), code = RF_EIO;
    else if (self->woken)
        code = rf_raise(reterr, RF_EAGAIN, "woken");
    else if (self->subscription == RF_MQTT_WAITING && rf_mqtt_input_is_hungry(self))
        code = rf_raise(reterr, RF_EIO, "the broker did not answer the subscription");
    rf_mutex_unlock(&self->client.lock);
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return code;
}

static rf_code input_connect(void *state, rf_error *reterr) {
    rf_mqtt_input *self = state;
    bool lasting = !self->clean_session || (self->had_session && self->mqtt.session_expiry_ns);
    rf_code code = rf_mqtt_client_connect(&self->client, !lasting, (uint16_t)self->receive_maximum, reterr);
    if (!code)
        code = wait_subscribed(self, reterr);
    if (!code)
        self->had_session = true;
    return code;
}

static void input_wake(void *state) {
    rf_mqtt_input *self = state;
    rf_wake_up(&self->client.stop);
    rf_mutex_lock(&self->client.lock);
    self->woken = true;
    rf_cond_broadcast(&self->client.changed);
    rf_mutex_unlock(&self->client.lock);
}

const rf_input_kind rf_mqtt_input_kind = {
    .name = "mqtt",
    .summary = "Subscribes to topics of an MQTT broker.",
    .detail = "A message of QoS 1 or 2 is acknowledged when the output has it, not when it arrives: what is on its way when the process\n"
              "dies is sent again by the broker (`clean_session: false`). Metadata: mqtt_topic, mqtt_qos, mqtt_retained, mqtt_duplicate,\n"
              "mqtt_message_id; with protocol 5 also each user property under its own name, mqtt_content_type, mqtt_response_topic and\n"
              "mqtt_correlation_data. `docs/mqtt.md` says more about sessions, shared subscriptions and what is lost when.",
    .example = "input:\n"
               "  mqtt:\n"
               "    urls: [tcp://127.0.0.1:1883]\n"
               "    topics: [plant/#]\n"
               "    client_id: gateway\n"
               "    clean_session: false\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = input_fields,
    .state_size = sizeof(rf_mqtt_input),
    .open = input_open,
    .connect = input_connect,
    .read = rf_mqtt_input_read,
    .ack = rf_mqtt_input_ack,
    .nack = rf_mqtt_input_nack,
    .wake = input_wake,
    .close = input_close,
};
