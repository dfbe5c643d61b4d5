/* mqtt: publishes messages to an MQTT broker, and waits until it has them. */
#include "components/mqtt/output.h"

#include <assert.h>

#define FIELD(member) .offset = offsetof(rf_mqtt_output, member)
static const rf_field metadata_fields[] = {
    { .name = "include_prefixes", .type = RF_FIELD_STRINGS, .offset = 0,
      .doc = "Metadata whose key begins with one of these becomes a user property; [\"\"] means all." },
    { 0 },
};
static const rf_field output_fields[] = {
    RF_MQTT_FIELDS(rf_mqtt_output, mqtt),
    { .name = "topic", .type = RF_FIELD_DYNAMIC, FIELD(topic), .flags = RF_FIELD_REQUIRED,
      .doc = "The topic to publish to. A message whose topic cannot be (empty, longer than 65535 bytes, + or # in it) fails alone." },
    { .name = "qos", .type = RF_FIELD_INT, FIELD(qos), .standard = "1", .min = 0, .max = 2,
      .doc = "0: sent and forgotten; 1: the broker has it at least once; 2: once, unless the connection is lost meanwhile." },
    { .name = "write_timeout", .type = RF_FIELD_DURATION, FIELD(write_timeout_ns), .standard = "3s",
      .doc = "How long the broker may be silent while something is on its way; then the connection is made anew and the batch sent again." },
    { .name = "retained", .type = RF_FIELD_BOOL, FIELD(retained), .standard = "false",
      .doc = "Whether the broker keeps the last message of a topic for later subscribers." },
    { .name = "retained_interpolated", .type = RF_FIELD_DYNAMIC, FIELD(retained_text), .flags = RF_FIELD_ADVANCED,
      .doc = "In place of `retained`, for each message: true or false." },
    { .name = "max_in_flight", .type = RF_FIELD_INT, FIELD(max_in_flight), .standard = "64", .min = 1, .max = 65535,
      .doc = "Messages of QoS 1 and 2 that are sent before the first is acknowledged; a far broker wants more. With protocol 5 the "
             "broker may say less." },
    { .name = "content_type", .type = RF_FIELD_DYNAMIC, FIELD(content_type), .flags = RF_FIELD_ADVANCED,
      .doc = "Protocol 5: what the payload is, such as application/json." },
    { .name = "metadata", .type = RF_FIELD_OBJECT, FIELD(metadata), .flags = RF_FIELD_ADVANCED, .fields = metadata_fields,
      .doc = "Protocol 5: which metadata to send along as user properties; none when nothing is said." },
    { 0 },
};

/* ---- The client's thread, with the lock ---- */

static rf_code on_begin(void *state, const rf_mqtt_limits *limits, rf_buffer *outbox, rf_error *reterr) {
    rf_mqtt_output *self = state;
    (void)outbox;
    self->limits = *limits;
    rf_mqtt_inflight_reset(&self->inflight, limits->receive_maximum);
    if (self->qos <= limits->maximum_qos)
        return RF_OK;
    (void)rf_raise(reterr, RF_EIO, "the broker takes QoS %u at the most, and qos is %u", limits->maximum_qos, (unsigned)self->qos);
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return RF_EIO;
}

static rf_code on_packet(void *state, const rf_mqtt_frame *frame, rf_buffer *outbox, rf_error *reterr) {
    rf_mqtt_output *self = state;
    rf_mqtt_ack ack;
    if (frame->type == RF_MQTT_PUBLISH || frame->type == RF_MQTT_SUBACK || frame->type == RF_MQTT_PUBREL)
        return rf_raise(reterr, RF_EPARSE, "the broker sent a packet of type %u to who has not subscribed", frame->type);
    rf_code code = rf_mqtt_ack_read(self->mqtt.version, frame->type, frame->body, &ack, reterr);
    if (!code)
        rf_mqtt_inflight_ack(&self->inflight, frame->type, &ack, outbox);
    return code;
}

static bool on_hungry(const void *state) {
    (void)state; /* acknowledgements take no memory */
    return true;
}

static const rf_mqtt_role role = { on_begin, on_packet, on_hungry, .watches_sending = true };

/* ---- Open and close ---- */

bool rf_mqtt_output_is_empty(const rf_dynamic *text) {
    return rf_dynamic_is_fixed(text) && rf_dynamic_fixed(text).len == 0;
}

static void check_topic(const rf_mqtt_output *self, const rf_conf *conf, rf_code *worst) {
    rf_error error = { 0 };
    rf_slice topic = rf_dynamic_fixed(self->topic);
    const char *fault = rf_dynamic_is_fixed(self->topic) ? rf_mqtt_topic_fault(topic) : NULL;
    if (!fault)
        return;
    (void)rf_raise(&error, RF_ECONFIG, "`%.*s` cannot be published to: %s", RF_SLICE_ARG(topic), fault);
    *worst = rf_conf_report(rf_mqtt_conf_place(conf, "topic"), &error);
}

static void check_five(const rf_mqtt_output *self, const rf_conf *conf, const char *field, bool given, rf_code *worst) {
    rf_error error = { 0 };
    if (!given || self->mqtt.protocol)
        return;
    (void)rf_raise(&error, RF_ECONFIG, "%s needs protocol 5", field);
    rf_error_hint(&error, "set protocol: 5, or leave it out");
    *worst = rf_conf_report(rf_mqtt_conf_place(conf, field), &error);
}

static rf_code output_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    rf_mqtt_output *self = state;
    assert(self && conf && env);
    self->env = env;
    self->complaints = (rf_log_limit){ .burst = 10, .period_ns = 10 * RF_NS_PER_S };
    rf_code code = rf_mqtt_conf_check(&self->mqtt, conf, reterr), more = RF_OK;
    check_topic(self, conf, &more);
    check_five(self, conf, "content_type", !rf_mqtt_output_is_empty(self->content_type), &more);
    check_five(self, conf, "metadata", self->metadata.include_prefixes.count > 0, &more);
    if (!code && more)
        code = rf_raise(reterr, RF_ECONFIG, "the mqtt output cannot be used as it is configured");
    if (!code)
        code = rf_mqtt_inflight_init(&self->inflight, (uint32_t)self->max_in_flight, reterr);
    return code ? code : rf_mqtt_client_init(&self->client, &self->mqtt, env, &role, self, reterr);
}

static void output_close(void *state) {
    rf_mqtt_output *self = state;
    rf_mqtt_client_done(&self->client);
    rf_mqtt_inflight_done(&self->inflight);
    rf_buffer_done(&self->properties);
    rf_mqtt_conf_done(&self->mqtt);
}

static rf_code output_connect(void *state, rf_error *reterr) {
    rf_mqtt_output *self = state;
    return rf_mqtt_client_connect(&self->client, true, 0, reterr);
}

const rf_output_kind rf_mqtt_output_kind = {
    .name = "mqtt",
    .summary = "Publishes messages to an MQTT broker.",
    .detail = "With QoS 1 and 2 a batch is done when the broker has acknowledged each of its messages; many are on their way at once. A\n"
              "lost connection is made again, with growing pauses, and the batch sent again. A message that cannot be published (too large\n"
              "for the broker, refused by it) is counted as failed, and the others go on. `docs/mqtt.md` says more.",
    .example = "input:\n"
               "  generate:\n"
               "    mapping: root.value = counter()\n"
               "    interval: 1s\n"
               "output:\n"
               "  mqtt:\n"
               "    urls: [tcp://127.0.0.1:1883]\n"
               "    topic: plant/values\n",
    .fields = output_fields,
    .state_size = sizeof(rf_mqtt_output),
    .open = output_open,
    .connect = output_connect,
    .write = rf_mqtt_output_write,
    .close = output_close,
};
