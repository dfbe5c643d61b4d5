/* demo_nodes.c: the variables of the demo server: counters, ramps, switches, texts, a state, all scalar types. */
#include "cli/demo_nodes.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define NAMESPACE 2
#define BULK_FOLDER 500u /* ramps in one folder beyond the first nodes */

/* The kinds of the first nodes; `count` of each. */
static const struct { const char *folder, *name; int type; rf_demo_motion motion; unsigned count; } groups[] = {
    { "Plant.Line1.Counters", "pieces", UA_TYPES_UINT32, RF_DEMO_COUNT, 6 },
    { "Plant.Line1.Ramps 0-100", "pressure", UA_TYPES_DOUBLE, RF_DEMO_RAMP, 6 },
    { "Plant.Line1.Switches", "valve", UA_TYPES_BOOLEAN, RF_DEMO_TOGGLE, 6 },
    { "Plant.Line1.Labels", "batch", UA_TYPES_STRING, RF_DEMO_TEXT, 3 },
    { "Plant.Server", "state", UA_TYPES_INT32, RF_DEMO_STATE, 1 },
};

static const struct { const char *name; int type; rf_demo_motion motion; } scalars[] = {
    { "Boolean", UA_TYPES_BOOLEAN, RF_DEMO_TOGGLE },   { "SByte", UA_TYPES_SBYTE, RF_DEMO_COUNT },
    { "Byte", UA_TYPES_BYTE, RF_DEMO_COUNT },          { "Int16", UA_TYPES_INT16, RF_DEMO_COUNT },
    { "UInt16", UA_TYPES_UINT16, RF_DEMO_COUNT },      { "Int32", UA_TYPES_INT32, RF_DEMO_COUNT },
    { "UInt32", UA_TYPES_UINT32, RF_DEMO_COUNT },      { "Int64", UA_TYPES_INT64, RF_DEMO_COUNT },
    { "UInt64", UA_TYPES_UINT64, RF_DEMO_COUNT },      { "Float", UA_TYPES_FLOAT, RF_DEMO_RAMP },
    { "Double", UA_TYPES_DOUBLE, RF_DEMO_RAMP },       { "String", UA_TYPES_STRING, RF_DEMO_TEXT },
    { "DateTime", UA_TYPES_DATETIME, RF_DEMO_COUNT },  { "Guid", UA_TYPES_GUID, RF_DEMO_COUNT },
    { "ByteString", UA_TYPES_BYTESTRING, RF_DEMO_TEXT }, { "XmlElement", UA_TYPES_XMLELEMENT, RF_DEMO_STILL },
    { "NodeId", UA_TYPES_NODEID, RF_DEMO_STILL },      { "StatusCode", UA_TYPES_STATUSCODE, RF_DEMO_STILL },
    { "QualifiedName", UA_TYPES_QUALIFIEDNAME, RF_DEMO_STILL }, { "LocalizedText", UA_TYPES_LOCALIZEDTEXT, RF_DEMO_STILL },
};

static bool init_grouped(rf_demo_node *node, size_t n) {
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        if (n < groups[g].count) {
            bool one = groups[g].count == 1;
            (void)snprintf(node->id, sizeof node->id, one ? "%s.%s" : "%s.%s%zu", groups[g].folder, groups[g].name, n + 1);
            node->type = groups[g].type;
            node->motion = groups[g].motion;
            return true;
        }
        n -= groups[g].count;
    }
    return false;
}

void rf_demo_node_init(rf_demo_node *node, size_t n) {
    size_t first_scalar = RF_DEMO_NODES - sizeof scalars / sizeof *scalars;
    assert(node);
    *node = (rf_demo_node){ .type = UA_TYPES_DOUBLE, .motion = RF_DEMO_RAMP, .phase = (unsigned)(n * 37 % 1000) };
    node->period_ms = 100 + (unsigned)(n * 7 % 10) * 100;
    if (n >= RF_DEMO_NODES) {
        size_t area = (n - RF_DEMO_NODES) / BULK_FOLDER + 1;
        (void)snprintf(node->id, sizeof node->id, "Plant.Area%zu.Ramps 0-100.ramp%zu", area, n - RF_DEMO_NODES + 1);
        node->period_ms = 1000;
    } else if (n >= first_scalar) {
        (void)snprintf(node->id, sizeof node->id, "Plant.Scalars.%s", scalars[n - first_scalar].name);
        node->type = scalars[n - first_scalar].type;
        node->motion = scalars[n - first_scalar].motion;
    } else {
        (void)init_grouped(node, n);
    }
    node->due_ms = n % 20 * 50; /* not all at the same moment */
}

/* ---- values ---- */

/* Room for a value of any kind; the variant points into it. */
typedef struct room {
    union {
        UA_Boolean truth;
        UA_Int64 whole;
        UA_Float single;
        UA_Double real;
        UA_String text;
        UA_Guid guid;
        UA_NodeId id;
        UA_QualifiedName qualified;
        UA_LocalizedText localized;
    };
    char letters[64];
} room;

static void set_text(const rf_demo_node *node, room *r) {
    int len = node->type == UA_TYPES_XMLELEMENT ? snprintf(r->letters, sizeof r->letters, "<demo/>")
                                                : snprintf(r->letters, sizeof r->letters, "B-%05u", (unsigned)(node->step % 100000));
    r->text = (UA_String){ (size_t)len, (UA_Byte *)r->letters };
}

/* 0 to 100 and back to 0, in steps of a half. */
static double ramp_of(const rf_demo_node *node) { return (double)((node->step + node->phase) % 201) / 2; }

static void set_number(const rf_demo_node *node, room *r) {
    switch (node->type) {
    case UA_TYPES_FLOAT: r->single = (UA_Float)ramp_of(node); break;
    case UA_TYPES_DOUBLE: r->real = ramp_of(node); break;
    case UA_TYPES_BOOLEAN: r->truth = node->step % 2 == 1; break;
    case UA_TYPES_DATETIME: r->whole = UA_DateTime_now(); break;
    case UA_TYPES_STATUSCODE: r->whole = UA_STATUSCODE_GOOD; break;
    default: r->whole = (UA_Int64)(node->motion == RF_DEMO_STATE ? node->step % 4 : node->step % 128); break; /* fits a SByte */
    }
}

/* Integers stand at their first bytes: every machine this runs on is little-endian (opcua_struct.c checks). */
static UA_Variant value_of(const rf_demo_node *node, room *r) {
    memset(r, 0, sizeof *r);
    switch (node->type) {
    case UA_TYPES_STRING:
    case UA_TYPES_BYTESTRING:
    case UA_TYPES_XMLELEMENT: set_text(node, r); break;
    case UA_TYPES_GUID: r->guid.data1 = (UA_UInt32)node->step; break;
    case UA_TYPES_NODEID: r->id = UA_NODEID_NUMERIC(0, UA_NS0ID_SERVER); break;
    case UA_TYPES_QUALIFIEDNAME: r->qualified = UA_QUALIFIEDNAME(NAMESPACE, (char *)(uintptr_t) "demo"); break;
    case UA_TYPES_LOCALIZEDTEXT: r->localized = UA_LOCALIZEDTEXT((char *)(uintptr_t) "en", (char *)(uintptr_t) "demo"); break;
    default: set_number(node, r); break;
    }
    UA_Variant value;
    UA_Variant_init(&value);
    UA_Variant_setScalar(&value, r, &UA_TYPES[node->type]);
    return value;
}

/* ---- the address space ---- */

static rf_code failed(UA_StatusCode status, const char *id, rf_error *reterr) {
    if (status == UA_STATUSCODE_BADOUTOFMEMORY)
        return rf_raise_nomem(reterr);
    return rf_raise(reterr, RF_EIO, "adding node %s to the demo server: %s", id, UA_StatusCode_name(status));
}

static UA_NodeId string_id(const char *id) { return UA_NODEID_STRING(NAMESPACE, (char *)(uintptr_t)id); }

/* The part of an identifier behind its last dot. */
static const char *last_name(const char *id) {
    const char *dot = strrchr(id, '.');
    return dot ? dot + 1 : id;
}

static UA_StatusCode add_folder(UA_Server *server, const char *id, UA_NodeId parent) {
    UA_ObjectAttributes attributes = UA_ObjectAttributes_default;
    char *name = (char *)(uintptr_t)last_name(id);
    attributes.displayName = UA_LOCALIZEDTEXT((char *)(uintptr_t) "en", name);
    UA_StatusCode status = UA_Server_addObjectNode(server, string_id(id), parent, UA_NODEID_NUMERIC(0, UA_NS0ID_ORGANIZES),
                                                   UA_QUALIFIEDNAME(NAMESPACE, name), UA_NODEID_NUMERIC(0, UA_NS0ID_FOLDERTYPE),
                                                   attributes, NULL, NULL);
    return status == UA_STATUSCODE_BADNODEIDEXISTS ? UA_STATUSCODE_GOOD : status;
}

/* All folders above `id`, and the id of the lowest in `parent`. */
static UA_StatusCode add_folders(UA_Server *server, const char *id, char *parent, size_t parent_size) {
    UA_NodeId above = UA_NODEID_NUMERIC(0, UA_NS0ID_OBJECTSFOLDER);
    UA_StatusCode status = UA_STATUSCODE_GOOD;
    char upper[72] = "";
    for (const char *dot = strchr(id, '.'); dot && status == UA_STATUSCODE_GOOD; dot = strchr(dot + 1, '.')) {
        (void)snprintf(parent, parent_size, "%.*s", (int)(dot - id), id);
        status = add_folder(server, parent, above);
        (void)snprintf(upper, sizeof upper, "%s", parent);
        above = string_id(upper);
    }
    return status;
}

static UA_StatusCode add_variable(UA_Server *server, const rf_demo_node *node, const char *parent) {
    room r;
    char text[96];
    char *name = (char *)(uintptr_t)last_name(node->id);
    UA_VariableAttributes attributes = UA_VariableAttributes_default;
    (void)snprintf(text, sizeof text, "simulated %s", name);
    attributes.value = value_of(node, &r);
    attributes.dataType = UA_TYPES[node->type].typeId;
    attributes.valueRank = UA_VALUERANK_SCALAR;
    attributes.accessLevel = UA_ACCESSLEVELMASK_READ;
    attributes.displayName = UA_LOCALIZEDTEXT((char *)(uintptr_t) "en", name);
    attributes.description = UA_LOCALIZEDTEXT((char *)(uintptr_t) "en", text);
    return UA_Server_addVariableNode(server, string_id(node->id), string_id(parent), UA_NODEID_NUMERIC(0, UA_NS0ID_HASCOMPONENT),
                                     UA_QUALIFIEDNAME(NAMESPACE, name), UA_NODEID_NUMERIC(0, UA_NS0ID_BASEDATAVARIABLETYPE),
                                     attributes, NULL, NULL);
}

rf_code rf_demo_nodes_add(UA_Server *server, rf_demo_node *nodes, size_t count, rf_error *reterr) {
    char parent[72] = "", last[72] = "";
    assert(server && nodes);
    for (size_t i = 0; i < count; i++) {
        size_t folder = (size_t)(last_name(nodes[i].id) - nodes[i].id) - 1;
        UA_StatusCode status = UA_STATUSCODE_GOOD;
        if (strlen(last) != folder || strncmp(last, nodes[i].id, folder) != 0) /* else the folder is there already */
            status = add_folders(server, nodes[i].id, parent, sizeof parent);
        if (status == UA_STATUSCODE_GOOD)
            status = add_variable(server, &nodes[i], parent);
        if (status != UA_STATUSCODE_GOOD)
            return failed(status, nodes[i].id, reterr);
        (void)snprintf(last, sizeof last, "%s", parent);
    }
    return RF_OK;
}

void rf_demo_nodes_step(UA_Server *server, rf_demo_node *nodes, size_t count, uint64_t now_ms) {
    assert(server && nodes);
    for (size_t i = 0; i < count; i++) {
        rf_demo_node *node = &nodes[i];
        if (node->motion == RF_DEMO_STILL || now_ms < node->due_ms)
            continue;
        room r;
        node->step++;
        node->due_ms = now_ms + node->period_ms;
        (void)UA_Server_writeValue(server, string_id(node->id), value_of(node, &r)); /* what fails keeps its old value */
    }
}
