/* opcua_struct.c: the bytes of a structure of the server's own, to JSON, by the server's description of it. */
#include "components/inputs/opcua.h"

#include "message/json.h"

#include <assert.h>

/* Bytes still to read; `bad` once they were too few. */
typedef struct cursor {
    rf_slice rest;
    bool bad;
    unsigned depth;
} cursor;

static rf_slice take(cursor *in, size_t len) {
    if (in->bad || in->rest.len < len) {
        in->bad = true;
        return (rf_slice){ 0 };
    }
    rf_slice taken = { in->rest.data, len };
    in->rest.data += len;
    in->rest.len -= len;
    return taken;
}

/* Little-endian, `len` up to 8. */
static uint64_t take_uint(cursor *in, size_t len) {
    rf_slice bytes = take(in, len);
    uint64_t value = 0;
    for (size_t i = bytes.len; i-- > 0;)
        value = value << 8 | (unsigned char)bytes.data[i];
    return value;
}

/* A text with its length before it; -1 is null. */
static UA_String take_text(cursor *in) {
    int32_t len = (int32_t)take_uint(in, 4);
    if (len < 0 || in->bad)
        return UA_STRING_NULL;
    rf_slice text = take(in, (size_t)len);
    return rf_opcua_string(len == 0 ? (rf_slice){ "", 0 } : text);
}

static UA_Guid take_guid(cursor *in) {
    UA_Guid guid = { .data1 = (UA_UInt32)take_uint(in, 4), .data2 = (UA_UInt16)take_uint(in, 2), .data3 = (UA_UInt16)take_uint(in, 2) };
    rf_slice rest = take(in, sizeof guid.data4);
    if (rest.data)
        memcpy(guid.data4, rest.data, sizeof guid.data4);
    return guid;
}

/* OPC 10000-6 5.2.2.9: the form is in the first byte; the flags of an expanded id are returned. */
static unsigned take_node_id(cursor *in, UA_NodeId *id) {
    unsigned form = (unsigned)take_uint(in, 1);
    *id = UA_NODEID_NULL;
    switch (form & 0x3f) {
    case 0: id->identifier.numeric = (UA_UInt32)take_uint(in, 1); break;
    case 1:
        id->namespaceIndex = (UA_UInt16)take_uint(in, 1);
        id->identifier.numeric = (UA_UInt32)take_uint(in, 2);
        break;
    case 2:
        id->namespaceIndex = (UA_UInt16)take_uint(in, 2);
        id->identifier.numeric = (UA_UInt32)take_uint(in, 4);
        break;
    case 3:
    case 5:
        id->identifierType = (form & 0x3f) == 3 ? UA_NODEIDTYPE_STRING : UA_NODEIDTYPE_BYTESTRING;
        id->namespaceIndex = (UA_UInt16)take_uint(in, 2);
        id->identifier.string = take_text(in);
        break;
    case 4:
        id->identifierType = UA_NODEIDTYPE_GUID;
        id->namespaceIndex = (UA_UInt16)take_uint(in, 2);
        id->identifier.guid = take_guid(in);
        break;
    default: in->bad = true; break;
    }
    return form;
}

static UA_ExpandedNodeId take_expanded(cursor *in) {
    UA_ExpandedNodeId id = { 0 };
    unsigned form = take_node_id(in, &id.nodeId);
    if (form & 0x80)
        id.namespaceUri = take_text(in);
    if (form & 0x40)
        id.serverIndex = (UA_UInt32)take_uint(in, 4);
    return id;
}

static UA_LocalizedText take_localized(cursor *in) {
    UA_LocalizedText text = { 0 };
    uint64_t mask = take_uint(in, 1);
    if (mask & 1)
        text.locale = take_text(in);
    if (mask & 2)
        text.text = take_text(in);
    return text;
}

/* Any value of a standard kind: views into the bytes, so there is nothing to free. */
typedef union standard {
    UA_Boolean truth;
    uint64_t bits;
    UA_Float real;
    UA_String text;
    UA_Guid guid;
    UA_NodeId id;
    UA_ExpandedNodeId expanded;
    UA_QualifiedName qualified;
    UA_LocalizedText localized;
} standard;

static size_t width_of(int kind) {
    switch (kind) {
    case UA_DATATYPEKIND_BOOLEAN:
    case UA_DATATYPEKIND_SBYTE:
    case UA_DATATYPEKIND_BYTE: return 1;
    case UA_DATATYPEKIND_INT16:
    case UA_DATATYPEKIND_UINT16: return 2;
    case UA_DATATYPEKIND_INT32:
    case UA_DATATYPEKIND_UINT32:
    case UA_DATATYPEKIND_FLOAT:
    case UA_DATATYPEKIND_STATUSCODE:
    case UA_DATATYPEKIND_ENUM: return 4;
    case UA_DATATYPEKIND_INT64:
    case UA_DATATYPEKIND_UINT64:
    case UA_DATATYPEKIND_DOUBLE:
    case UA_DATATYPEKIND_DATETIME: return 8;
    default: return 0;
    }
}

static void take_standard(cursor *in, int kind, standard *value) {
    memset(value, 0, sizeof *value);
    size_t width = width_of(kind);
    if (width) {
        rf_slice bytes = take(in, width); /* the machine is little-endian, as the wire is; see the check below */
        if (bytes.data)
            memcpy(value, bytes.data, width);
        return;
    }
    switch (kind) {
    case UA_DATATYPEKIND_STRING:
    case UA_DATATYPEKIND_BYTESTRING:
    case UA_DATATYPEKIND_XMLELEMENT: value->text = take_text(in); break;
    case UA_DATATYPEKIND_GUID: value->guid = take_guid(in); break;
    case UA_DATATYPEKIND_NODEID: (void)take_node_id(in, &value->id); break;
    case UA_DATATYPEKIND_EXPANDEDNODEID: value->expanded = take_expanded(in); break;
    case UA_DATATYPEKIND_LOCALIZEDTEXT: value->localized = take_localized(in); break;
    case UA_DATATYPEKIND_QUALIFIEDNAME:
        value->qualified.namespaceIndex = (UA_UInt16)take_uint(in, 2);
        value->qualified.name = take_text(in);
        break;
    default: in->bad = true; break; /* variants within: not described here */
    }
}
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "take_standard copies numbers as they stand on the wire");

static void write_type(rf_buffer *out, const rf_opcua_type *type, cursor *in);

static void write_one(rf_buffer *out, const rf_opcua_member *member, cursor *in) {
    static const rf_opcua_types none = { 0 };
    if (member->nested && !member->nested->is_enum) {
        write_type(out, member->nested, in);
        return;
    }
    int kind = member->nested ? UA_DATATYPEKIND_INT32 : member->kind;
    standard value;
    take_standard(in, kind, &value);
    if (in->bad)
        return;
    int index = kind == UA_DATATYPEKIND_ENUM ? UA_TYPES_INT32 : kind; /* the standard's first types stand in order of kind */
    rf_opcua_scalar_write(out, &none, &value, &UA_TYPES[index], 0);
}

static void write_member(rf_buffer *out, const rf_opcua_member *member, cursor *in) {
    if (!member->is_array) {
        write_one(out, member, in);
        return;
    }
    int32_t count = (int32_t)take_uint(in, 4);
    rf_buffer_char(out, '[');
    for (int32_t i = 0; i < count && !in->bad; i++) {
        if (i)
            rf_buffer_char(out, ',');
        if (in->rest.len == 0) /* an item has at least one byte: a wild count ends here */
            in->bad = true;
        else
            write_one(out, member, in);
    }
    rf_buffer_char(out, ']');
}

static void write_named(rf_buffer *out, const rf_opcua_member *member, cursor *in) {
    rf_json_write_string(out, member->name, RF_JSON_ESCAPE_HTML);
    rf_buffer_char(out, ':');
    write_member(out, member, in);
}

static void write_union(rf_buffer *out, const rf_opcua_type *type, cursor *in) {
    uint64_t chosen = take_uint(in, 4);
    if (chosen == 0) {
        rf_buffer_text(out, "null");
    } else if (chosen > type->member_count) {
        in->bad = true;
    } else {
        rf_buffer_char(out, '{');
        write_named(out, &type->members[chosen - 1], in);
        rf_buffer_char(out, '}');
    }
}

static void write_type(rf_buffer *out, const rf_opcua_type *type, cursor *in) {
    if (!type->known || in->depth >= RF_OPCUA_DEPTH_MAX) {
        in->bad = true;
        return;
    }
    in->depth++;
    if (type->is_union) {
        write_union(out, type, in);
        in->depth--;
        return;
    }
    uint64_t present = type->has_optional ? take_uint(in, 4) : 0;
    unsigned bit = 0;
    bool first = true;
    rf_buffer_char(out, '{');
    for (size_t i = 0; i < type->member_count && !in->bad; i++) {
        const rf_opcua_member *member = &type->members[i];
        bool left_out = member->is_optional && type->has_optional && !(present >> bit++ & 1);
        if (left_out)
            continue;
        if (!first)
            rf_buffer_char(out, ',');
        first = false;
        write_named(out, member, in);
    }
    rf_buffer_char(out, '}');
    in->depth--;
}

bool rf_opcua_struct_write(rf_buffer *out, const rf_opcua_type *type, rf_slice body) {
    assert(out && type);
    cursor in = { .rest = body };
    if (type->is_enum)
        return false;
    write_type(out, type, &in);
    return !in.bad && in.rest.len == 0;
}
