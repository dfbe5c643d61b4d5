/* opcua_text.c: node ids, status codes, access levels and times as text. */
#include "components/inputs/opcua.h"

#include "base/clock.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <inttypes.h>

static void write_guid(rf_buffer *out, const UA_Guid *g) {
    rf_buffer_printf(out, "%08" PRIx32 "-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", g->data1, g->data2, g->data3, g->data4[0],
                     g->data4[1], g->data4[2], g->data4[3], g->data4[4], g->data4[5], g->data4[6], g->data4[7]);
}

void rf_opcua_node_id_write(rf_buffer *out, const UA_NodeId *id) {
    assert(out && id);
    if (id->namespaceIndex)
        rf_buffer_printf(out, "ns=%u;", id->namespaceIndex);
    switch (id->identifierType) {
    case UA_NODEIDTYPE_NUMERIC:
        rf_buffer_printf(out, "i=%" PRIu32, id->identifier.numeric);
        break;
    case UA_NODEIDTYPE_STRING:
        rf_buffer_text(out, "s=");
        rf_buffer_slice(out, rf_opcua_slice(id->identifier.string));
        break;
    case UA_NODEIDTYPE_GUID:
        rf_buffer_text(out, "g=");
        write_guid(out, &id->identifier.guid);
        break;
    case UA_NODEIDTYPE_BYTESTRING:
        rf_buffer_text(out, "b=");
        rf_base64_write(out, rf_opcua_slice(id->identifier.byteString));
        break;
    default:
        break;
    }
}

rf_slice rf_opcua_node_id_in(rf_arena *arena, const UA_NodeId *id) {
    assert(arena && id);
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_opcua_node_id_write(&text, id);
    return text.failed ? (rf_slice){ 0 } : rf_slice_dup_in(arena, rf_buffer_view(&text));
}

bool rf_opcua_node_id_dup_in(rf_arena *arena, const UA_NodeId *id, UA_NodeId *ret_copy) {
    assert(arena && id && ret_copy);
    UA_NodeId copy = *id;
    if (id->identifierType == UA_NODEIDTYPE_STRING || id->identifierType == UA_NODEIDTYPE_BYTESTRING) {
        rf_slice text = rf_slice_dup_in(arena, rf_opcua_slice(id->identifier.string));
        if (!text.data)
            return false;
        copy.identifier.string = rf_opcua_string(text);
    }
    *ret_copy = copy;
    return true;
}

bool rf_opcua_node_id_parse_in(rf_arena *arena, rf_slice text, UA_NodeId *ret_id) {
    assert(arena && ret_id);
    UA_NodeId parsed = UA_NODEID_NULL;
    if (UA_NodeId_parse(&parsed, rf_opcua_string(text)) != UA_STATUSCODE_GOOD)
        return false;
    bool copied = rf_opcua_node_id_dup_in(arena, &parsed, ret_id);
    UA_NodeId_clear(&parsed);
    return copied;
}

rf_slice rf_opcua_status_in(rf_arena *arena, UA_StatusCode status) {
    assert(arena);
    if (status == UA_STATUSCODE_GOOD)
        return RF_SLICE("The operation succeeded. StatusGood (0x0)"); /* nearly always */
    const char *text = rf_opcua_status_text(status);
    if (!*text)
        return rf_printf_in(arena, "0x%" PRIX32, status);
    return rf_printf_in(arena, "%s Status%s (0x%" PRIX32 ")", text, UA_StatusCode_name(status), status);
}

rf_slice rf_opcua_access_level_in(rf_arena *arena, uint8_t level) {
    static const char *const names[] = { "CurrentRead", "CurrentWrite", "HistoryRead", "HistoryWrite", "SemanticChange",
                                         "StatusWrite", "TimestampWrite" };
    assert(arena);
    if (level == 0)
        return RF_SLICE("AccessLevelTypeNone");
    for (unsigned bit = 0; bit < sizeof names / sizeof *names; bit++)
        if (level == 1u << bit)
            return rf_printf_in(arena, "AccessLevelType%s", names[bit]);
    return rf_printf_in(arena, "AccessLevelType(%u)", level);
}

/* The types that have a word of their own; 64-bit integers and all others are shown by their node id. */
static const struct { uint32_t id; const char *name; } named_types[] = {
    { UA_NS0ID_BOOLEAN, "bool" },   { UA_NS0ID_SBYTE, "int8" },     { UA_NS0ID_BYTE, "byte" },
    { UA_NS0ID_INT16, "int16" },    { UA_NS0ID_UINT16, "uint16" },  { UA_NS0ID_INT32, "int32" },
    { UA_NS0ID_UINT32, "uint32" },  { UA_NS0ID_FLOAT, "float32" },  { UA_NS0ID_DOUBLE, "float64" },
    { UA_NS0ID_STRING, "string" },  { UA_NS0ID_DATETIME, "time.Time" }, { UA_NS0ID_UTCTIME, "time.Time" },
};

rf_slice rf_opcua_data_type_in(rf_arena *arena, const UA_NodeId *id) {
    assert(arena && id);
    bool standard = id->namespaceIndex == 0 && id->identifierType == UA_NODEIDTYPE_NUMERIC;
    for (size_t i = 0; standard && i < sizeof named_types / sizeof *named_types; i++)
        if (named_types[i].id == id->identifier.numeric)
            return rf_slice_of(named_types[i].name);
    rf_slice text = rf_opcua_node_id_in(arena, id);
    if (!text.data || id->namespaceIndex)
        return text;
    return rf_printf_in(arena, "ns=0;%.*s", RF_SLICE_ARG(text)); /* here, and only here, namespace 0 is written out */
}

/* 100 ns since 1601 to seconds since 1970, rounded down, and nanoseconds. */
static int64_t split_time(UA_DateTime time, uint32_t *ret_nanos) {
    int64_t since = time - UA_DATETIME_UNIX_EPOCH, sec = since / UA_DATETIME_SEC, rest = since % UA_DATETIME_SEC;
    if (rest < 0) {
        rest += UA_DATETIME_SEC;
        sec--;
    }
    *ret_nanos = (uint32_t)(rest * 100);
    return sec;
}

void rf_opcua_time_write(rf_buffer *out, UA_DateTime time) {
    char text[RF_CLOCK_TEXT_MAX];
    assert(out);
    if (time <= 0) { /* the standard's "no time" */
        rf_buffer_text(out, "0001-01-01T00:00:00Z");
        return;
    }
    uint32_t nanos;
    int64_t sec = split_time(time, &nanos);
    rf_buffer_append(out, text, rf_clock_rfc3339(sec, nanos, -1, text));
}

rf_slice rf_opcua_stamp_in(rf_arena *arena, UA_DateTime time, uint16_t picoseconds) {
    assert(arena);
    (void)picoseconds; /* finer than the six digits that are shown */
    char *text = rf_arena_alloc(arena, RF_CLOCK_TEXT_MAX);
    if (!text)
        return (rf_slice){ 0 };
    uint32_t nanos;
    int64_t sec = split_time(time, &nanos);
    return (rf_slice){ text, rf_clock_rfc3339(sec, nanos, 6, text) };
}
