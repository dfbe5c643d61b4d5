/* stream_scripts.c: the texts, and configs made of them. */
#include "stream_scripts.h"

#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const char rf_stream_defaults[] =
    "msg.meta.location_path = \"acme.plant7.hall2.line1.cell5\";\n"
    "msg.meta.data_contract = \"_historian\";\n"
    "if (msg.meta.opcua_tag_path) {\n"
    "  msg.meta.virtual_path = msg.meta.opcua_tag_path;\n"
    "}\n"
    "if (msg.meta.opcua_tag_name) {\n"
    "  msg.meta.tag_name = msg.meta.opcua_tag_name;\n"
    "} else if (msg.meta.opcua_node_id) {\n"
    "  msg.meta.tag_name = msg.meta.opcua_node_id.replace(/[^a-zA-Z0-9_]/g, '_');\n"
    "}\n"
    "return msg;\n";

const char *const rf_stream_if[RF_STREAM_CONDITIONS] = {
    "msg.meta.opcua_node_id === \"i=1\"",
    "msg.meta.opcua_node_id === \"i=2255\"",
    "msg.meta.opcua_node_id && msg.meta.opcua_node_id.includes(\"rampBool\")",
    "msg.meta.opcua_source_timestamp !== undefined",
    "msg.meta.opcua_attr_statuscode !== \"OK\"",
};

const char *const rf_stream_then[RF_STREAM_CONDITIONS] = {
    "msg.meta.location_path = \"acme.plant7.system.server\";\n"
    "msg.meta.virtual_path = \"nodes.core\";\n"
    "msg.meta.tag_name = \"server_state_hex\";\n"
    "if (typeof msg.payload === 'number') {\n"
    "  msg.payload = msg.payload.toString(16).toUpperCase() + \"h\";\n"
    "}\n"
    "return msg;\n",
    "msg.meta.location_path = \"acme.plant7.maintenance.diag\";\n"
    "msg.meta.virtual_path = \"server.status\";\n"
    "msg.meta.tag_name = \"diagnostic_info\";\n"
    "msg.meta.data_contract = \"_maintenance\";\n"
    "msg.meta.category = \"server\";\n"
    "msg.meta.priority = \"high\";\n"
    "return msg;\n",
    "var m = msg.meta.opcua_node_id.match(/rampBool(\\d+)/);\n"
    "var n = m ? parseInt(m[1]) : 0;\n"
    "var section = \"group_a\";\n"
    "if (n > 20) section = \"group_c\";\n"
    "else if (n > 10) section = \"group_b\";\n"
    "msg.meta.virtual_path = \"boolean_signals.\" + section + \".ramp\";\n"
    "msg.meta.tag_name = \"ramp_bool_\" + n;\n"
    "msg.meta.signal_type = \"boolean\";\n"
    "msg.meta.signal_group = section;\n"
    "msg.meta.signal_index = n;\n"
    "return msg;\n",
    "msg.meta.timestamp_ms = String(new Date(msg.meta.opcua_source_timestamp).getTime());\n"
    "return msg;\n",
    "msg.meta.quality = \"bad\";\n"
    "return msg;\n",
};

const char rf_stream_advanced[] =
    "msg.meta.processed_by = \"acme-\" + msg.meta.data_contract.slice(1);\n"
    "if (msg.meta.signal_type === \"boolean\") {\n"
    "  msg.payload = msg.payload ? 1 : 0;\n"
    "}\n"
    "var vp = msg.meta.virtual_path || 'none';\n"
    "msg.meta.full = msg.meta.location_path + \"/\" + vp + \"/\" + msg.meta.tag_name;\n"
    "return msg;\n";

const char rf_stream_simple[] =
    "msg.payload = { value: msg.payload, tag: msg.meta.opcua_tag_name };\n"
    "return msg;\n";

const char rf_stream_heavy[] =
    "var parts = msg.meta.opcua_tag_group.split(\".\");\n"
    "var t = new Date(msg.meta.opcua_source_timestamp).getTime();\n"
    "var m = /(\\d+)$/.exec(msg.meta.opcua_tag_name);\n"
    "var idx = m ? parseInt(m[1], 10) : -1;\n"
    "var acc = 0;\n"
    "for (var i = 0; i < 20; i++) { acc = (acc * 31 + idx + i) % 65521; }\n"
    "msg.meta.umh_topic = \"umh.v1.acme.plant7._raw.\" + parts.join(\".\")"
    ".replace(/[^a-zA-Z0-9._-]/g, \"_\") + \".\" + msg.meta.opcua_tag_name;\n"
    "msg.payload = { value: msg.payload, timestamp_ms: t, index: idx, "
    "hash: acc, path: parts.map(function (p) { return p.toLowerCase(); }) };\n"
    "return msg;\n";

/* ---- The cases ---- */

#define PLANT "umh.v1.acme.plant7."
#define RAMP "Kanal1.tagGen1.Bool_1-1000.rampBool1"

/* The original's figures: its processors alone, the quietest of seven runs on two shared virtual cores. */
const rf_stream_case rf_stream_cases[] = {
    { "a", "Takes 42 messages through a tag_processor with defaults.", NULL, 0, false, PLANT "hall2.line1.cell5._historian." RAMP,
      ",\"value\":false}", 57.6e3 },
    { "b", "Takes 42 messages through a tag_processor with defaults and three conditions, one of which holds for each.", NULL, 3, false,
      PLANT "hall2.line1.cell5._historian.boolean_signals.group_a.ramp.ramp_bool_1", ",\"value\":false}", 141.5e3 },
    { "c", "Takes 42 messages through a tag_processor with defaults, five conditions, two of which hold for each, and advancedProcessing.",
      NULL, 5, true, PLANT "hall2.line1.cell5._historian.boolean_signals.group_a.ramp.ramp_bool_1",
      "{\"timestamp_ms\":1767225600002,\"value\":0}", 185e3 },
    { "n1", "Takes 42 messages through a nodered_js that makes a new payload.", rf_stream_simple, 0, false, NULL,
      "{\"tag\":\"rampBool1\",\"value\":false}", 13.4e3 },
    { "n2", "Takes 42 messages through a nodered_js that splits, matches, reads a date and counts.", rf_stream_heavy, 0, false,
      PLANT "_raw." RAMP,
      "{\"hash\":63856,\"index\":1,\"path\":[\"kanal1\",\"taggen1\",\"bool_1-1000\"],\"timestamp_ms\":1767225600002,\"value\":false}", 55.3e3 },
};
const size_t rf_stream_case_count = sizeof rf_stream_cases / sizeof *rf_stream_cases;

const rf_stream_case *rf_stream_case_find(const char *name) {
    const rf_stream_case *found = NULL;
    for (size_t i = 0; i < rf_stream_case_count && !found; i++)
        if (strcmp(rf_stream_cases[i].name, name) == 0)
            found = &rf_stream_cases[i];
    assert(found);
    return found;
}

/* ---- Configs: JSON is YAML ---- */

static void member(rf_buffer *out, const char *before, const char *key, const char *text) {
    rf_buffer_printf(out, "%s\"%s\":", before, key);
    rf_json_write_string(out, rf_slice_of(text), 0);
}

static void condition(rf_buffer *out, uint32_t index, const char *test, const char *then) {
    member(out, index ? ",{" : "{", "if", test);
    member(out, ",", "then", then);
    rf_buffer_char(out, '}');
}

void rf_stream_case_processor(rf_buffer *out, const rf_stream_case *which) {
    if (which->nodered) {
        member(out, "{\"nodered_js\":{", "code", which->nodered);
        rf_buffer_text(out, "}}");
        return;
    }
    member(out, "{\"tag_processor\":{", "defaults", rf_stream_defaults);
    if (which->conditions)
        rf_buffer_text(out, ",\"conditions\":[");
    for (uint32_t i = 0; i < which->conditions; i++)
        condition(out, i, rf_stream_if[i], rf_stream_then[i]);
    if (which->conditions)
        rf_buffer_char(out, ']');
    if (which->advanced)
        member(out, ",", "advancedProcessing", rf_stream_advanced);
    rf_buffer_text(out, "}}");
}

void rf_stream_many_conditions(rf_buffer *out, uint32_t count) {
    const uint32_t holds = count / 2;
    char test[80];
    member(out, "{\"tag_processor\":{", "defaults", rf_stream_defaults);
    rf_buffer_text(out, ",\"conditions\":[");
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(test, sizeof test, "msg.meta.opcua_node_id === \"i=%u\"", 3000 + i);
        condition(out, i, i == holds ? rf_stream_if[2] : test, i == holds ? rf_stream_then[2] : rf_stream_then[1]);
    }
    rf_buffer_text(out, "]}}");
}

void rf_stream_config_text(rf_buffer *out, rf_slice processor, const char *input, uint32_t threads) {
    if (input) {
        rf_buffer_text(out, "{\"input\":{\"file\":{\"codec\":\"message\",\"paths\":[");
        rf_json_write_string(out, rf_slice_of(input), 0);
        rf_buffer_text(out, "]}}");
    } else
        rf_buffer_text(out, "{\"input\":{\"stdin\":{}}");
    rf_buffer_printf(out, ",\"pipeline\":{\"threads\":%u,\"processors\":[%.*s]}", threads, RF_SLICE_ARG(processor));
    rf_buffer_text(out, ",\"output\":{\"drop\":{}},\"http\":{\"enabled\":false},\"logger\":{\"level\":\"OFF\"}}");
}
