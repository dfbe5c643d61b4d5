/* opcua: values of OPC UA variables, by subscription or by polling. */
#include "components/inputs/opcua.h"

#include "base/clock.h"

#include <assert.h>

#define FIELD(member) offsetof(rf_opcua, member)

/* The one place that names these options. */
static const rf_field opcua_fields[] = {
    { .name = "endpoint", .type = RF_FIELD_STRING, .offset = FIELD(endpoint), .flags = RF_FIELD_REQUIRED,
      .doc = "Address of the server: opc.tcp://host:port." },
    { .name = "nodeIDs", .type = RF_FIELD_STRINGS, .offset = FIELD(node_ids), .flags = RF_FIELD_REQUIRED,
      .doc = "Nodes to read, such as `ns=2;s=Plant`, `ns=2;i=1001` or `i=85`. Folders and objects stand for all variables below them." },
    { .name = "username", .type = RF_FIELD_STRING, .offset = FIELD(username), .doc = "User to sign in as; empty: anonymous." },
    { .name = "password", .type = RF_FIELD_STRING, .offset = FIELD(password), .flags = RF_FIELD_SECRET, .doc = "The user's password." },
    { .name = "sessionTimeout", .type = RF_FIELD_INT, .offset = FIELD(session_timeout_ms), .standard = "10000", .min = 1000,
      .max = 86400000, .doc = "Milliseconds after which the server forgets a session that has gone quiet." },
    { .name = "securityMode", .type = RF_FIELD_STRING, .offset = FIELD(security_mode),
      .doc = "None, Sign or SignAndEncrypt. Empty: None where the server offers it, else the best there is." },
    { .name = "securityPolicy", .type = RF_FIELD_STRING, .offset = FIELD(security_policy),
      .doc = "None, Basic256Sha256 and newer ones. Empty: the best that fits securityMode." },
    { .name = "clientCertificate", .type = RF_FIELD_STRING, .offset = FIELD(client_certificate), .flags = RF_FIELD_SECRET | RF_FIELD_ADVANCED,
      .doc = "Our certificate and its private key: PEM texts one after the other, in base64. Empty: one is made at each start." },
    { .name = "serverCertificateFingerprint", .type = RF_FIELD_STRING, .offset = FIELD(server_fingerprint), .flags = RF_FIELD_ADVANCED,
      .doc = "SHA3-512 of the server's certificate, in hex. Another certificate is refused. Empty: any is taken, and its fingerprint logged." },
    { .name = "userCertificate", .type = RF_FIELD_STRING, .offset = FIELD(user_certificate), .flags = RF_FIELD_ADVANCED,
      .doc = "Certificate to sign in with, instead of a password: PEM or DER in base64." },
    { .name = "userPrivateKey", .type = RF_FIELD_STRING, .offset = FIELD(user_private_key), .flags = RF_FIELD_SECRET | RF_FIELD_ADVANCED,
      .doc = "Private key of userCertificate: PEM in base64." },
    { .name = "insecure", .type = RF_FIELD_BOOL, .offset = FIELD(insecure), .standard = "false", .flags = RF_FIELD_DEPRECATED,
      .doc = "Without effect: use securityMode None." },
    { .name = "directConnect", .type = RF_FIELD_BOOL, .offset = FIELD(direct_connect), .standard = "false", .flags = RF_FIELD_ADVANCED,
      .doc = "Accepted for old configs: the address in endpoint is always the one used, whatever the server calls itself." },
    { .name = "autoReconnect", .type = RF_FIELD_BOOL, .offset = FIELD(auto_reconnect), .standard = "false", .flags = RF_FIELD_ADVANCED,
      .doc = "Accepted for old configs: a lost connection is always made again, with growing pauses." },
    { .name = "reconnectIntervalInSeconds", .type = RF_FIELD_INT, .offset = FIELD(reconnect_interval_s), .standard = "5", .min = 0,
      .max = 86400, .flags = RF_FIELD_ADVANCED, .doc = "Accepted for old configs, see autoReconnect." },
    { .name = "profile", .type = RF_FIELD_STRING, .offset = FIELD(profile), .flags = RF_FIELD_ADVANCED,
      .doc = "Accepted for old configs: the server's own limits decide how much is asked at once. auto, high-performance, ignition, "
             "kepware, siemens-s7-1200, siemens-s7-1500, prosys." },
    { .name = "subscribeEnabled", .type = RF_FIELD_BOOL, .offset = FIELD(subscribe), .standard = "false",
      .doc = "Lets the server send changes, instead of reading all values again and again." },
    { .name = "useHeartbeat", .type = RF_FIELD_BOOL, .offset = FIELD(heartbeat), .standard = "false",
      .doc = "Reads the server's clock (i=2258) as well, and connects again when nothing has come for 10 s." },
    { .name = "pollRate", .type = RF_FIELD_INT, .offset = FIELD(poll_rate_ms), .standard = "1000",
      .doc = "Milliseconds between two readings, without subscribeEnabled; 0 and less mean 1000." },
    { .name = "queueSize", .type = RF_FIELD_INT, .offset = FIELD(queue_size), .standard = "10", .min = 0, .max = 1000000,
      .doc = "Changes of one node that the server keeps until they are sent; the oldest give way." },
    { .name = "samplingInterval", .type = RF_FIELD_DOUBLE, .offset = FIELD(sampling_interval_ms), .standard = "0.0",
      .doc = "Milliseconds between the server's looks at a value; 0: as often as it can." },
    { 0 },
};

static const char *const key_names[RF_OPCUA_KEYS] = {
    [RF_OPCUA_NODE_ID] = "opcua_attr_nodeid",
    [RF_OPCUA_NODE_CLASS] = "opcua_attr_nodeclass",
    [RF_OPCUA_BROWSE_NAME] = "opcua_attr_browsename",
    [RF_OPCUA_DESCRIPTION] = "opcua_attr_description",
    [RF_OPCUA_ACCESS_LEVEL] = "opcua_attr_accesslevel",
    [RF_OPCUA_DATA_TYPE] = "opcua_attr_datatype",
    [RF_OPCUA_TAG_GROUP] = "opcua_tag_group",
    [RF_OPCUA_TAG_NAME] = "opcua_tag_name",
    [RF_OPCUA_TAG_PATH] = "opcua_tag_path",
    [RF_OPCUA_HEARTBEAT_MESSAGE] = "opcua_heartbeat_message",
    [RF_OPCUA_TAG_TYPE] = "opcua_tag_type",
    [RF_OPCUA_STATUS_CODE] = "opcua_attr_statuscode",
    [RF_OPCUA_SOURCE_TIMESTAMP] = "opcua_source_timestamp",
    [RF_OPCUA_SERVER_TIMESTAMP] = "opcua_server_timestamp",
};

/* ---- open and close ---- */

static rf_code register_failures(rf_opcua *self, rf_error *reterr) {
    static const char *const reasons[RF_OPCUA_REASONS] = { "filter_not_allowed", "filter_unsupported", "node_id_unknown",
                                                           "node_id_invalid", "other" };
    for (size_t i = 0; i < RF_OPCUA_REASONS; i++) {
        rf_metric_labels labels = { .label = self->env->label, .path = self->env->path, .reason = reasons[i] };
        rf_code code = rf_metrics_counter(self->env->metrics, "opcua_subscription_failures_total",
                                          "Nodes that could not be watched or read.", &labels, &self->failures[i], reterr);
        if (code)
            return code;
    }
    return rf_metrics_meter(self->env->metrics, &self->meter, reterr);
}

static rf_code opcua_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    rf_opcua *self = state;
    assert(self && conf && env);
    self->env = env;
    self->logger = rf_opcua_logger(self);
    self->bad_values = (rf_log_limit){ .burst = 10, .period_ns = 10 * RF_NS_PER_S };
    if (self->poll_rate_ms <= 0)
        self->poll_rate_ms = 1000;
    rf_arena_init(&self->lasting, 4096);
    rf_arena_init(&self->session, 65536);
    rf_code code = rf_opcua_check(self, conf, reterr);
    for (size_t i = 0; i < RF_OPCUA_KEYS && !code; i++) {
        self->keys[i] = rf_keys_intern(env->keys, &self->lasting, (rf_slice){ key_names[i], strlen(key_names[i]) });
        if (!self->keys[i])
            code = rf_raise_nomem(reterr);
    }
    return code ? code : register_failures(self, reterr);
}

static void drop_pending(rf_opcua *self) {
    for (size_t i = self->pending_at; i < self->pending.count; i++)
        UA_DataValue_clear(&self->pending.items[i].value);
    self->pending.count = self->pending_at = 0;
    self->pending_failed = false;
}

static void end_session(rf_opcua *self) {
    rf_opcua_disconnect(self); /* first: its last callbacks may still queue */
    drop_pending(self);
    self->nodes.count = 0;
    self->types.count = 0;
    rf_arena_clear(&self->session);
}

static void opcua_close(void *state) {
    rf_opcua *self = state;
    assert(self);
    end_session(self);
    rf_vec_done(&self->pending);
    rf_vec_done(&self->nodes);
    rf_vec_done(&self->types);
    rf_buffer_done(&self->scratch);
    rf_arena_done(&self->session);
    rf_arena_done(&self->lasting);
    UA_ByteString_clear(&self->certificate);
    UA_ByteString_clear(&self->private_key);
}

/* ---- connect ---- */

static rf_code check_found(rf_opcua *self, rf_error *reterr) {
    if (self->nodes.count == 0) {
        rf_raise(reterr, RF_ENOTFOUND, "%.*s: none of the nodeIDs is a variable or leads to one", RF_SLICE_ARG(self->endpoint));
        rf_error_hint(reterr, "the records before this one say what is wrong with each");
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
        return RF_ENOTFOUND;
    }
    if (!self->subscribe && self->nodes.count > 100)
        rf_opcua_log(self, RF_LOG_WARN, "polling %zu nodes every %lld ms: subscribeEnabled: true spares the server most of that",
                     self->nodes.count, (long long)self->poll_rate_ms);
    return RF_OK;
}

static rf_code prepare_nodes(rf_opcua *self, rf_error *reterr) {
    for (size_t i = 0; i < self->nodes.count; i++)
        if (!rf_opcua_meta_prepare(&self->session, self->keys, self->nodes.items[i]))
            return rf_raise_nomem(reterr);
    return RF_OK;
}

/* Everything anew: what the server has may have changed while it was away. */
static rf_code begin_session(rf_opcua *self, rf_error *reterr) {
    rf_code code = rf_opcua_connect(self, reterr);
    if (!code)
        code = rf_opcua_read_limits(self, reterr);
    if (!code)
        code = rf_opcua_browse(self, reterr);
    if (!code)
        code = rf_opcua_read_attributes(self, reterr);
    if (!code)
        code = rf_opcua_read_types(self, reterr);
    if (!code)
        code = check_found(self, reterr);
    if (!code)
        code = prepare_nodes(self, reterr);
    return code || !self->subscribe ? code : rf_opcua_subscribe(self, reterr);
}

/* The host logs the message alone: what to do about it joins it. */
static void join_hint(rf_error *error) {
    if (!error || !error->hint[0])
        return;
    size_t used = strlen(error->message);
    (void)snprintf(error->message + used, sizeof error->message - used, " (%s)", error->hint);
    error->hint[0] = '\0';
}

static rf_code opcua_connect(void *state, rf_error *reterr) {
    rf_opcua *self = state;
    assert(self);
    rf_error error = { 0 };
    end_session(self);
    self->next_poll_ns = self->last_message_ns = self->last_pulse_ns = self->pulse_warned_ns = self->last_turn_ns = 0;
    rf_code code = begin_session(self, &error);
    if (!code)
        return RF_OK;
    end_session(self);
    join_hint(&error);
    error.flags |= RF_ERROR_RETRIABLE; /* servers come back, passwords and certificates are put right there */
    if (reterr)
        *reterr = error;
    return code;
}

/* ---- read ---- */

static void warn_bad(rf_opcua *self, const rf_opcua_change *change) {
    uint32_t suppressed;
    if (rf_log_limit_pass(&self->bad_values, &suppressed))
        rf_opcua_log(self, RF_LOG_WARN, "node `%.*s` has status %s", RF_SLICE_ARG(change->node->id_text),
                     UA_StatusCode_name(change->value.status));
}

/* One change as one message. A change without a value is none. */
static rf_code hand_on(rf_opcua *self, const rf_opcua_change *change, rf_batch *batch, uint64_t now_ns, rf_error *reterr) {
    const UA_DataValue *value = &change->value;
    rf_opcua_payload payload;
    if (value->hasStatus && UA_StatusCode_isBad(value->status))
        warn_bad(self, change);
    if (!value->hasValue || UA_Variant_isEmpty(&value->value)) {
        rf_opcua_log(self, RF_LOG_DEBUG, "node `%.*s`: a change without a value", RF_SLICE_ARG(change->node->id_text));
        return RF_OK;
    }
    rf_code code = rf_opcua_value(&batch->arena, &self->scratch, &self->types, &value->value, &payload, reterr);
    if (code == RF_ELIMIT) { /* this one value */
        rf_opcua_complain(self, change->node, UA_STATUSCODE_BADENCODINGLIMITSEXCEEDED, "reading");
        return RF_OK;
    }
    rf_message *message = code ? NULL : rf_batch_add(batch);
    if (!message)
        return code ? code : rf_raise_nomem(reterr);
    message->payload = payload.value;
    if (!rf_opcua_meta_set(&batch->arena, self->keys, change->node, value, payload.tag_type, &message->meta)) {
        batch->count--; /* not half a message */
        return rf_raise_nomem(reterr);
    }
    return rf_opcua_pulse(self, change->node, batch, now_ns) ? RF_OK : rf_raise_nomem(reterr);
}

/* Out of memory half-way: what is left stays queued, and the same read may do better. */
static rf_code drain(rf_opcua *self, rf_batch *batch, uint32_t max, rf_error *reterr) {
    uint32_t before = batch->count;
    uint64_t now_ns = rf_clock_mono_ns();
    rf_code code = RF_OK;
    while (self->pending_at < self->pending.count && batch->count - before < max && !code) {
        rf_opcua_change *change = &self->pending.items[self->pending_at];
        code = hand_on(self, change, batch, now_ns, reterr);
        if (!code) {
            UA_DataValue_clear(&change->value);
            self->pending_at++;
        }
    }
    if (self->pending_at == self->pending.count)
        self->pending.count = self->pending_at = 0;
    if (code) {
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
        return batch->count > before ? RF_OK : code;
    }
    return batch->count > before ? RF_OK : RF_EAGAIN;
}

/* A host that did not read for a while has no right to call the server silent. */
static void note_turn(rf_opcua *self, uint64_t now_ns) {
    if (self->last_turn_ns && now_ns - self->last_turn_ns > RF_NS_PER_S && self->last_message_ns)
        self->last_message_ns = self->last_pulse_ns = now_ns;
    self->last_turn_ns = now_ns;
}

/* Lets the client work until something is queued, `end_ns` has come, or a poll is due. */
static rf_code gather(rf_opcua *self, uint64_t end_ns, rf_error *reterr) {
    for (;;) {
        uint64_t now_ns = rf_clock_mono_ns();
        note_turn(self, now_ns);
        bool due = !self->subscribe && now_ns >= self->next_poll_ns;
        uint64_t until = !self->subscribe && self->next_poll_ns < end_ns ? self->next_poll_ns : end_ns;
        rf_code code = due ? rf_opcua_poll(self, reterr) : rf_opcua_turn(self, until > now_ns ? until - now_ns : 0, reterr);
        if (!code && self->pending_failed)
            code = rf_raise(reterr, RF_ELOST, "out of memory for the server's changes: connecting again");
        if (!code && self->pending.count == 0)
            code = rf_opcua_heartbeat(self, now_ns, reterr);
        if (code || self->pending.count)
            return code;
        if (rf_clock_mono_ns() >= end_ns)
            return RF_EAGAIN;
    }
}

static rf_code opcua_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    rf_opcua *self = state;
    assert(self && self->client && batch && max);
    rf_code code = RF_OK;
    if (self->pending.count == 0)
        code = gather(self, rf_clock_mono_ns() + wait_ns, reterr);
    if (code == RF_EREFUSED || code == RF_EIO)
        code = RF_ELOST; /* whatever it says, this session is over */
    return code ? code : drain(self, batch, max, reterr);
}

static void opcua_wake(void *state) {
    rf_opcua *self = state;
    atomic_store(&self->woken, true);
}

const rf_input_kind rf_opcua_kind = {
    .name = "opcua",
    .summary = "Reads variables of an OPC UA server, by subscription or by polling.",
    .detail = "Each change is a message: the payload is the bare value as JSON, the metadata say which node it was, where it was found\n"
              "(opcua_tag_group, opcua_tag_name, opcua_tag_path) and when (opcua_source_timestamp). Folders are browsed down all\n"
              "hierarchical references. A node that the server does not know is reported, and the others flow. A lost connection is\n"
              "made again, with growing pauses, and everything is browsed anew.",
    .example = "input:\n"
               "  opcua:\n"
               "    endpoint: opc.tcp://127.0.0.1:4840\n"
               "    nodeIDs: [\"ns=2;s=Plant\"]\n"
               "    subscribeEnabled: true\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = opcua_fields,
    .state_size = sizeof(rf_opcua),
    .open = opcua_open,
    .connect = opcua_connect,
    .read = opcua_read,
    .wake = opcua_wake,
    .close = opcua_close,
};
