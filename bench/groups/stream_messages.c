/* stream_messages.c: messages as an OPC UA input makes them, without clock and chance. */
#include "stream_messages.h"

#include "base/clock.h"

#include <stdio.h>

#define START_S INT64_C(1767225600) /* 2026-01-01T00:00:00Z; a tick a second, a node a millisecond */

typedef struct node { char id[80], name[24]; const char *group, *kind, *type; } node;

static node node_of(uint32_t index) {
    node n = { "i=1", "State", "ServerStatus", "number", "Int32" };
    if (index == 1)
        n = (node){ "i=2255", "NamespaceArray", "Server", "string", "String" };
    if (index < 2)
        return n;
    n = (node){ .group = "Kanal1.tagGen1.Bool_1-1000", .kind = "bool", .type = "Boolean" };
    (void)snprintf(n.name, sizeof n.name, "rampBool%u", index - 1);
    (void)snprintf(n.id, sizeof n.id, "ns=2;s=Kanal1.tagGen1.Bool 1-1000.%s", n.name);
    return n;
}

static void payload(rf_buffer *out, uint32_t index, uint64_t tick) {
    if (index == 0)
        rf_buffer_printf(out, "%u", 4096u + (unsigned)(tick % 1000));
    else if (index == 1)
        rf_buffer_printf(out, "[\"urn:plant:server\",\"urn:vendor:ns%u\"]", (unsigned)(tick % 7));
    else
        rf_buffer_text(out, (tick + index - 1) % 2 == 0 ? "true" : "false");
}

static void stamp(rf_buffer *out, const char *key, uint64_t tick, uint32_t ms) {
    char text[RF_CLOCK_TEXT_MAX];
    size_t len = rf_clock_rfc3339(START_S + (int64_t)tick, ms * 1000000u, 6, text);
    rf_buffer_printf(out, "\"%s\":\"%.*s\",", key, (int)len, text);
}

void rf_stream_message_line(rf_buffer *out, uint64_t number) {
    const uint64_t tick = number / RF_STREAM_NODES;
    const uint32_t index = (uint32_t)(number % RF_STREAM_NODES);
    const node n = node_of(index);
    rf_buffer_text(out, "{\"payload\":");
    payload(out, index, tick);
    rf_buffer_text(out, ",\"meta\":{");
    stamp(out, "opcua_source_timestamp", tick, index);
    stamp(out, "opcua_server_timestamp", tick, index + 1);
    rf_buffer_printf(out, "\"opcua_attr_nodeid\":\"%s\",\"opcua_attr_nodeclass\":\"NodeClassVariable\",\"opcua_attr_browsename\":\"%s\","
                          "\"opcua_attr_description\":\"simulated %s\",\"opcua_attr_accesslevel\":\"AccessLevelTypeCurrentRead\","
                          "\"opcua_attr_datatype\":\"%s\",\"opcua_attr_statuscode\":\"OK\",",
                     n.id, n.name, n.name, n.type);
    rf_buffer_printf(out, "\"opcua_node_id\":\"%s\",\"opcua_tag_group\":\"%s\",\"opcua_tag_name\":\"%s\",\"opcua_tag_path\":\"%s\","
                          "\"opcua_tag_type\":\"%s\"}}\n",
                     n.id, n.group, n.name, n.group, n.kind);
}
