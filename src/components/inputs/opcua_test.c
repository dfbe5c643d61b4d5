/* opcua_test.c: the opcua input's config, and the input against the demo server in this process. */
#include "components/inputs/opcua.h"

#include "base/clock.h"
#include "base/slice.h"
#include "cli/demo_server.h"
#include "fixture.h"
#include "harness.h"

/* An opened input. */
typedef struct opened {
    rf_demo_server *server;
    rf_metrics *metrics;
    rf_keys *keys;
    rf_config *config;
    rf_batch *batch;
    rf_buffer text;  /* the config; it views this */
    rf_buffer shown; /* its findings */
} opened;

static void opened_done(opened *o) {
    rf_batch_free(o->batch);
    rf_config_free(o->config);
    rf_metrics_free(o->metrics);
    rf_keys_free(o->keys);
    rf_demo_server_stop(o->server);
    rf_buffer_done(&o->text);
    rf_buffer_done(&o->shown);
}

/* `fields` are those behind the endpoint. */
static rf_code open_input(opened *o, const char *endpoint, const char *fields) {
    rf_buffer_clear(&o->text);
    rf_buffer_printf(&o->text, "input:\n  opcua:\n    endpoint: %s\n%soutput:\n  drop: {}\n", endpoint, fields);
    if (o->text.failed)
        return RF_ENOMEM;
    rf_config_options options = { .path = "t.yaml", .text = rf_buffer_view(&o->text) };
    rf_code code = rf_config_load(&options, &o->config, NULL);
    if (!code)
        code = rf_metrics_new(&o->metrics, NULL);
    o->keys = rf_keys_new();
    if (code || !o->keys)
        return code ? code : RF_ENOMEM;
    return rf_config_open(o->config, NULL, o->metrics, o->keys, NULL);
}

static bool serve(opened *o, size_t nodes, const char *fields) {
    char endpoint[64];
    rf_demo_server_options options = { .nodes = nodes };
    if (rf_demo_server_start(&options, &o->server, NULL))
        return false;
    (void)snprintf(endpoint, sizeof endpoint, "opc.tcp://127.0.0.1:%u", rf_demo_server_port(o->server));
    return open_input(o, endpoint, fields) == RF_OK && (o->batch = rf_batch_new(o->keys)) != NULL;
}

/* Reads until there are `count` messages; false: an error, or not within some seconds. */
static bool read_until(opened *o, uint32_t count) {
    uint64_t end = rf_clock_mono_ns() + 10 * RF_NS_PER_S;
    while (o->batch->count < count) {
        rf_code code = rf_opcua_kind.read(o->config->input.state, o->batch, count - o->batch->count, RF_NS_PER_S, NULL);
        if ((code && code != RF_EAGAIN) || rf_clock_mono_ns() > end)
            return false;
    }
    return true;
}

static bool connect_input(opened *o) { return rf_opcua_kind.connect(o->config->input.state, NULL) == RF_OK; }

static rf_slice meta_of(const rf_message *message, const char *key) {
    const rf_value *value = rf_meta_find(&message->meta, rf_slice_of(key));
    return value ? rf_value_text(value) : RF_SLICE("absent");
}

RF_TEST(a_folder_is_watched_with_all_below_it) {
    RF_CLEANUP(opened_done) opened o = { 0 };
    rf_check(serve(&o, 8, "    nodeIDs: ['ns=2;s=Plant']\n    subscribeEnabled: true\n"));
    rf_check(connect_input(&o) && read_until(&o, 8));
    bool found = false;
    for (uint32_t i = 0; i < o.batch->count; i++) {
        const rf_message *message = &o.batch->messages[i];
        if (!rf_slice_is(meta_of(message, "opcua_attr_nodeid"), "ns=2;s=Plant.Line1.Ramps 0-100.pressure1"))
            continue;
        found = true;
        rf_check(message->payload.kind == RF_DOUBLE);
        rf_check_text(meta_of(message, "opcua_tag_group"), RF_SLICE("Plant.Line1.Ramps_0-100"));
        rf_check_text(meta_of(message, "opcua_tag_name"), RF_SLICE("pressure1"));
        rf_check_text(meta_of(message, "opcua_attr_accesslevel"), RF_SLICE("AccessLevelTypeCurrentRead"));
        rf_check_text(meta_of(message, "opcua_attr_description"), RF_SLICE("simulated pressure1"));
    }
    rf_check(found);
}

RF_TEST(polling_reads_listed_nodes_and_leaves_out_what_is_wrong) {
    RF_CLEANUP(opened_done) opened o = { 0 };
    rf_check(serve(&o, 3, "    nodeIDs: ['ns=2;s=Plant.Line1.Counters.pieces1', nonsense, 'ns=2;s=Nobody', 'i=2258']\n"
                          "    useHeartbeat: true\n    pollRate: 100\n"));
    bool warning = false;
    rf_check(rf_findings_count(o.config->findings, true) == 0 && rf_findings_count(o.config->findings, false) == 1);
    const rf_error *finding = rf_findings_get(o.config->findings, 0, &warning);
    rf_check(warning && finding->place.line == 4 && finding->place.column == 54);
    rf_check(connect_input(&o) && read_until(&o, 6));
    rf_check_text(meta_of(&o.batch->messages[0], "opcua_tag_group"), RF_SLICE("pieces1"));
    rf_check_text(meta_of(&o.batch->messages[1], "opcua_tag_group"), RF_SLICE("CurrentTime"));
    rf_check_text(meta_of(&o.batch->messages[2], "opcua_tag_group"), RF_SLICE("heartbeat"));
    rf_check_text(meta_of(&o.batch->messages[2], "opcua_heartbeat_message"), RF_SLICE("true"));
    rf_check_text(meta_of(&o.batch->messages[1], "opcua_tag_group"), RF_SLICE("CurrentTime")); /* not changed by its copy */
}

RF_TEST(a_lost_server_is_noticed) {
    RF_CLEANUP(opened_done) opened o = { 0 };
    rf_check(serve(&o, 2, "    nodeIDs: ['ns=2;s=Plant']\n    subscribeEnabled: true\n"));
    rf_check(connect_input(&o) && read_until(&o, 2));
    rf_demo_server_stop(o.server);
    o.server = NULL;
    rf_code code = RF_OK;
    for (int i = 0; i < 100 && (code == RF_OK || code == RF_EAGAIN); i++) {
        rf_batch_clear(o.batch);
        code = rf_opcua_kind.read(o.config->input.state, o.batch, 10, 100 * RF_NS_PER_MS, NULL);
    }
    rf_check(code == RF_ELOST || code == RF_ENOMEM);
    rf_error error = { 0 };
    code = rf_opcua_kind.connect(o.config->input.state, &error);
    rf_check(code && (error.flags & RF_ERROR_RETRIABLE));
}

RF_TEST(a_wake_up_ends_a_read) {
    RF_CLEANUP(opened_done) opened o = { 0 };
    rf_check(serve(&o, 1, "    nodeIDs: ['i=2255']\n    subscribeEnabled: true\n"));
    rf_check(connect_input(&o) && read_until(&o, 1));
    rf_opcua_kind.wake(o.config->input.state);
    uint64_t began = rf_clock_mono_ns();
    rf_check(rf_opcua_kind.read(o.config->input.state, o.batch, 10, 10 * RF_NS_PER_S, NULL) == RF_EAGAIN);
    rf_check(rf_clock_mono_ns() - began < RF_NS_PER_S);
}

/* The findings as they are shown. */
static rf_slice findings_of(opened *o, const char *endpoint, const char *fields) {
    if (open_input(o, endpoint, fields) != RF_ECONFIG)
        return (rf_slice){ 0 };
    rf_findings_show(&o->shown, o->config, false);
    return o->shown.failed ? (rf_slice){ 0 } : rf_buffer_view(&o->shown);
}

static bool holds(rf_slice text, const char *part) { return text.data && memmem(text.data, text.len, part, strlen(part)); }

RF_TEST(all_that_is_wrong_with_a_config_is_said_at_once) {
    RF_CLEANUP(opened_done) opened o = { 0 };
    rf_slice text = findings_of(&o, "http://plant", "    nodeIDs: [nonsense]\n    securityMode: Sing\n    securityPolicy: Basic256Sha265\n"
                                                    "    clientCertificate: '###'\n    profile: x\n");
    rf_check(holds(text, "http://plant"));
    rf_check(holds(text, "opc.tcp://host:port"));
    rf_check(holds(text, "node id `nonsense` does not parse"));
    rf_check(holds(text, "none of the nodeIDs parses"));
    rf_check(holds(text, "did you mean `Sign`"));
    rf_check(holds(text, "did you mean `Basic256Sha256`"));
    rf_check(holds(text, "clientCertificate: not base64"));
    rf_check(holds(text, "profile `x`"));
}

RF_TEST(an_input_without_nodes_is_refused) {
    RF_CLEANUP(opened_done) opened o = { 0 };
    rf_slice text = findings_of(&o, "opc.tcp://127.0.0.1:4840", "    nodeIDs: []\n    securityMode: None\n    securityPolicy: Basic256Sha256\n");
    rf_check(holds(text, "no nodeIDs provided"));
    rf_check(holds(text, "do not go together"));
}
