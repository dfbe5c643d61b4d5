/* uns: messages to the unified namespace, each under its own topic. */
#include "base/clock.h"
#include "base/slice.h"
#include "components/kafka/filter.h"
#include "components/outputs/uns_topic.h"
#include "components/processors/topic.h"

#include <assert.h>

#define MESSAGE_BYTES 1000000 /* what brokers take unless told otherwise */
#define TIMEOUT_NS (10 * RF_NS_PER_S)

typedef struct uns_output {
    rf_dynamic *umh_topic;
    rf_slice broker_address, bridged_by, schema_registry_url;

    rf_kafka_link link;
    rf_kafka_writing writing;
    bool prepared; /* the topic of Kafka is as it has to be */
    rf_kafka_producer producer;
} uns_output;

#define FIELD(member) offsetof(uns_output, member)

static const rf_field uns_fields[] = {
    { .name = "umh_topic", .type = RF_FIELD_DYNAMIC, .offset = FIELD(umh_topic), .standard = "${! meta(\"umh_topic\") }",
      .doc = "The message's topic, which is the record's key: umh.v1.LOCATION._CONTRACT.[PATH.]NAME. tag_processor sets the metadata." },
    { .name = "broker_address", .type = RF_FIELD_STRING, .offset = FIELD(broker_address), .standard = "localhost:9092",
      .doc = "The broker, host:port; several are joined by commas." },
    { .name = "bridged_by", .type = RF_FIELD_STRING, .offset = FIELD(bridged_by), .standard = "umh_core",
      .doc = "Who brought the messages here: a header of every record." },
    { .name = "schema_registry_url", .type = RF_FIELD_STRING, .offset = FIELD(schema_registry_url), .flags = RF_FIELD_ADVANCED,
      .doc = "Not supported yet: payloads of contracts with a version are not checked, and say so in a header." },
    { 0 },
};

/* ---- What is written for a message ---- */

/* `_pump_v1` is version 1 of `_pump`. */
static bool has_version(rf_slice contract, rf_slice *ret_name, rf_slice *ret_version) {
    size_t digits = contract.len;
    while (digits > 0 && contract.data[digits - 1] >= '0' && contract.data[digits - 1] <= '9')
        digits--;
    if (digits == contract.len || digits < 3 || contract.data[digits - 1] != 'v' || contract.data[digits - 2] != '_')
        return false;
    *ret_name = (rf_slice){ contract.data, digits - 2 };
    *ret_version = (rf_slice){ contract.data + digits, contract.len - digits };
    while (ret_version->len > 1 && ret_version->data[0] == '0')
        *ret_version = (rf_slice){ ret_version->data + 1, ret_version->len - 1 };
    return true;
}

/* Why the payload is not checked. */
static rf_slice bypass_reason(rf_batch *batch, rf_slice contract) {
    rf_slice name, version;
    if (has_version(contract, &name, &version))
        return rf_printf_in(&batch->arena, "no schemas found for contract '%.*s' version %.*s", RF_SLICE_ARG(name), RF_SLICE_ARG(version));
    return rf_printf_in(&batch->arena, "unversioned contract '%.*s' - bypassing validation (no latest fetching)", RF_SLICE_ARG(contract));
}

static rf_code give_key(uns_output *self, rf_batch *batch, uint32_t index, rf_slice *ret_key, rf_slice *ret_contract, rf_error *reterr) {
    rf_slice key, text;
    rf_code code = rf_dynamic_text(self->umh_topic, batch, index, &key, reterr);
    if (code)
        return code;
    if (key.len == 0 || rf_slice_is(key, "null"))
        return rf_raise(reterr, RF_ESCRIPT, "umh_topic is not set or is empty, umh_topic is mandatory");
    code = rf_topic_check(&batch->arena, key, &text);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code)
        return rf_raise(reterr, RF_ESCRIPT, "invalid UMH topic '%.*s': %.*s", RF_SLICE_ARG(key), RF_SLICE_ARG(text));
    *ret_key = key;
    *ret_contract = text;
    return RF_OK;
}

static bool is_ours(rf_slice key) {
    return rf_slice_starts(key, RF_SLICE("kafka_")) || rf_slice_is(key, "bridged_by") || rf_slice_is(key, "data_contract_bypassed") ||
           rf_slice_is(key, "data_contract_bypass_reason");
}

static rf_code add_metadata(const rf_kafka_api *api, rf_batch *batch, const rf_meta *meta, rd_kafka_headers_t **headers, rf_error *reterr) {
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < meta->count && !code; i++) {
        rf_slice key = rf_key_text(meta->entries[i].key);
        if (is_ours(key))
            continue;
        rf_value value = meta->entries[i].value; /* a copy: entries may be shared */
        rf_slice text = rf_meta_text(&batch->arena, &value);
        code = text.data ? rf_kafka_header(api, headers, key, text, reterr) : rf_raise_nomem(reterr);
    }
    return code;
}

static rf_code give_headers(uns_output *self, rf_batch *batch, uint32_t index, rf_slice contract, rd_kafka_headers_t **headers,
                            rf_error *reterr) {
    const rf_kafka_api *api = &self->producer.client.api;
    rf_slice reason = bypass_reason(batch, contract);
    rf_code code = reason.data ? add_metadata(api, batch, &batch->messages[index].meta, headers, reterr) : rf_raise_nomem(reterr);
    if (!code)
        code = rf_kafka_header(api, headers, RF_SLICE("bridged_by"), self->bridged_by, reterr);
    if (!code)
        code = rf_kafka_header(api, headers, RF_SLICE("data_contract_bypassed"), RF_SLICE("true"), reterr);
    if (!code)
        code = rf_kafka_header(api, headers, RF_SLICE("data_contract_bypass_reason"), reason, reterr);
    if (code && *headers)
        api->rd_kafka_headers_destroy(*headers);
    return code;
}

static rf_code give(void *arg, rf_batch *batch, uint32_t index, rf_kafka_outgoing *ret, rf_error *reterr) {
    uns_output *self = arg;
    rf_slice contract = { 0 };
    rf_code code = give_key(self, batch, index, &ret->key, &contract, reterr);
    ret->topic = RF_UNS_TOPIC;
    ret->partition = 0;
    ret->has_key = true;
    return code ? code : give_headers(self, batch, index, contract, &ret->headers, reterr);
}

/* ---- The output's calls ---- */

static rf_code check_registry(const uns_output *self, const rf_conf *conf) {
    rf_error error = { 0 };
    if (self->schema_registry_url.len == 0)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "schema_registry_url is not supported in this version of riffle");
    rf_error_hint(&error, "leave it out: payloads are then not checked against schemas, and records say so in the header data_contract_bypassed");
    return rf_kafka_report(conf, "schema_registry_url", &error);
}

static rf_code uns_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    uns_output *self = state;
    rf_code link, registry;
    if (self->broker_address.len == 0)
        self->broker_address = RF_SLICE("localhost:9092");
    if (self->bridged_by.len == 0)
        self->bridged_by = RF_SLICE("umh_core");
    self->link = (rf_kafka_link){ .addresses = { &self->broker_address, 1 }, .client_id = RF_SLICE("riffle") };
    self->writing = (rf_kafka_writing){ .partitioner = RF_KAFKA_BY_HAND, .compression = "snappy", .idempotent = true,
                                        .all_replicas = true, .message_bytes = MESSAGE_BYTES, .timeout_ns = TIMEOUT_NS };
    link = rf_kafka_link_check(&self->link, conf, "broker_address", NULL, reterr);
    registry = check_registry(self, conf);
    rf_kafka_producer_init(&self->producer, env, &self->link, &self->writing, give, self);
    return link ? link : registry;
}

static rf_code uns_connect(void *state, rf_error *reterr) {
    uns_output *self = state;
    rf_code code = rf_kafka_producer_connect(&self->producer, reterr);
    if (!code && !self->prepared)
        code = rf_uns_topic_prepare(&self->producer.client, reterr);
    self->prepared |= !code;
    return code;
}

static rf_code uns_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    uns_output *self = state;
    return rf_kafka_producer_write(&self->producer, batch, ret_unwritten, reterr);
}

static void uns_forget(void *state) {
    uns_output *self = state;
    rf_kafka_producer_forget(&self->producer);
}

static void uns_close(void *state) {
    uns_output *self = state;
    rf_kafka_producer_done(&self->producer);
}

const rf_output_kind rf_uns_output_kind = {
    .name = "uns",
    .summary = "Writes messages to the unified namespace in Kafka.",
    .detail = "A message becomes a record of the topic umh.messages: its own topic is the key, its payload the value, its metadata (but those\n"
              "that begin with kafka_) the headers. A message whose topic is missing or breaks the rules fails alone. The topic of Kafka is\n"
              "made when it is missing, with one partition and `cleanup.policy: compact,delete`. Needs the package `librdkafka1`.",
    .example = "input:\n"
               "  generate:\n"
               "    mapping: root = counter()\n"
               "    interval: 1s\n"
               "pipeline:\n"
               "  processors:\n"
               "    - tag_processor:\n"
               "        defaults: |\n"
               "          msg.meta.location_path = 'acme.hall1';\n"
               "          msg.meta.data_contract = '_historian';\n"
               "          msg.meta.tag_name = 'count';\n"
               "          return msg;\n"
               "output:\n"
               "  uns:\n"
               "    broker_address: localhost:9092\n",
    .fields = uns_fields,
    .state_size = sizeof(uns_output),
    .open = uns_open,
    .connect = uns_connect,
    .write = uns_write,
    .forget = uns_forget,
    .close = uns_close,
};
