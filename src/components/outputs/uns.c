/* uns: messages to the unified namespace, each under its own topic. */
#include "base/clock.h"
#include "base/slice.h"
#include "components/kafka/filter.h"
#include "components/outputs/uns_contract.h"
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
    rf_uns_registry registry;
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
      .doc = "The schema registry that has the contracts with a version, as `http://[user:password@]host[:port]`. Not given: port 8081 of the first broker's host." },
    { 0 },
};

/* ---- What is written for a message ---- */

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

/* Headers that we write ourselves: what an earlier output said of the same message is over. */
static bool is_ours(rf_slice key) {
    static const char *const ours[] = { "bridged_by", "data_contract_bypassed", "data_contract_bypass_reason", "data_contract_name", "data_contract_version" };
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (rf_slice_is(key, ours[i]))
            return true;
    return rf_slice_starts(key, RF_SLICE("kafka_"));
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

static rf_code add_verdict(const rf_kafka_api *api, const rf_uns_verdict *verdict, rd_kafka_headers_t **headers, rf_error *reterr) {
    bool checked = verdict->reason.len == 0;
    rf_code code = rf_kafka_header(api, headers, checked ? RF_SLICE("data_contract_name") : RF_SLICE("data_contract_bypassed"),
                                   checked ? verdict->name : RF_SLICE("true"), reterr);
    return code ? code
                : rf_kafka_header(api, headers, checked ? RF_SLICE("data_contract_version") : RF_SLICE("data_contract_bypass_reason"),
                                  checked ? verdict->version : verdict->reason, reterr);
}

static rf_code give_headers(uns_output *self, rf_batch *batch, uint32_t index, const rf_uns_verdict *verdict, rd_kafka_headers_t **headers,
                            rf_error *reterr) {
    const rf_kafka_api *api = &self->producer.client.api;
    rf_code code = add_metadata(api, batch, &batch->messages[index].meta, headers, reterr);
    if (!code)
        code = rf_kafka_header(api, headers, RF_SLICE("bridged_by"), self->bridged_by, reterr);
    if (!code)
        code = add_verdict(api, verdict, headers, reterr);
    if (code && *headers)
        api->rd_kafka_headers_destroy(*headers);
    return code;
}

static rf_code give(void *arg, rf_batch *batch, uint32_t index, rf_kafka_outgoing *ret, rf_error *reterr) {
    uns_output *self = arg;
    rf_slice contract = { 0 };
    rf_uns_verdict verdict = { 0 };
    rf_code code = give_key(self, batch, index, &ret->key, &contract, reterr);
    if (!code)
        code = rf_uns_contract_check(&self->registry, batch, index, ret->key, contract, &verdict, reterr);
    ret->topic = RF_UNS_TOPIC;
    ret->partition = 0;
    ret->has_key = true;
    return code ? code : give_headers(self, batch, index, &verdict, &ret->headers, reterr);
}

/* ---- The output's calls ---- */

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
    registry = rf_uns_registry_open(&self->registry, self->schema_registry_url, self->broker_address, conf, env, reterr);
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
    rf_uns_registry_done(&self->registry);
}

const rf_output_kind rf_uns_output_kind = {
    .name = "uns",
    .summary = "Writes messages to the unified namespace in Kafka.",
    .detail = "A message becomes a record of the topic umh.messages: its own topic is the key, its payload the value, its metadata (but those\n"
              "that begin with kafka_) the headers. A message whose topic is missing or breaks the rules fails alone. The topic of Kafka is\n"
              "made when it is missing, with one partition and `cleanup.policy: compact,delete`. Needs the package `librdkafka1`.\n"
              "\n"
              "The payloads of a contract with a version, such as `_pump_v1`, are held against the schemas whose subjects begin with `_pump_v1-`:\n"
              "one has to accept `{\"fields\": PAYLOAD, \"virtual_path\": \"PATH.NAME\"}`, or the message fails alone; the headers data_contract_name and\n"
              "data_contract_version say that it was checked. What is not checked passes, with the header data_contract_bypassed and the reason\n"
              "in data_contract_bypass_reason: contracts without a version or without a schema, and any while the registry does not answer and\n"
              "has not before. Schemas may say what the processor `json_schema` knows; one that cannot be used refuses nothing. They are kept for\n"
              "ten minutes, and beyond that until the registry answers; that there is none, for one. After a failure the registry is asked again in\n"
              "5 s, later once a minute; a question takes 5 s at the most. Needs the package `libcurl4` then.",
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
