/* opcua_scalar.c: one OPC UA value as JSON text, as it stands in a list or in a structure. */
#include "components/inputs/opcua.h"

#include "base/number.h"
#include "message/json.h"

#include <assert.h>
#include <math.h>

static void write_i64(rf_buffer *out, int64_t value) {
    char text[RF_NUMBER_TEXT_MAX];
    rf_buffer_append(out, text, rf_number_i64(value, text));
}

static void write_u64(rf_buffer *out, uint64_t value) {
    char text[RF_NUMBER_TEXT_MAX];
    rf_buffer_append(out, text, rf_number_u64(value, text));
}

/* JSON has no NaN and no infinity: there they become strings, so that the rest of the list is kept. */
static void write_double(rf_buffer *out, double value) {
    char text[RF_NUMBER_TEXT_MAX];
    bool finite = isfinite(value);
    size_t len = finite ? rf_number_json(value, text) : rf_number_text(value, text);
    if (!finite)
        rf_buffer_char(out, '"');
    rf_buffer_append(out, text, len);
    if (!finite)
        rf_buffer_char(out, '"');
}

/* The float's shortest digits, read as a double, have that double's shortest digits: the exponent form is the same. */
static void write_float(rf_buffer *out, float value) {
    char text[RF_NUMBER_TEXT_MAX];
    double number = (double)value;
    if (isfinite(value)) {
        size_t len = rf_number_fixed_float(value, text);
        if (!rf_number_parse_json((rf_slice){ text, len }, &number))
            number = (double)value;
    }
    write_double(out, number);
}

static void write_text(rf_buffer *out, UA_String text) { rf_json_write_string(out, rf_opcua_slice(text), RF_JSON_ESCAPE_HTML); }

static void write_base64(rf_buffer *out, const void *data, size_t len) {
    rf_buffer_char(out, '"');
    rf_base64_write(out, (rf_slice){ data, len });
    rf_buffer_char(out, '"');
}

static void write_time(rf_buffer *out, UA_DateTime time) {
    rf_buffer_char(out, '"');
    rf_opcua_time_write(out, time);
    rf_buffer_char(out, '"');
}

static void write_node_id(rf_buffer *out, const UA_NodeId *id) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_opcua_node_id_write(&text, id);
    if (text.failed)
        out->failed = true;
    else
        rf_json_write_string(out, rf_buffer_view(&text), RF_JSON_ESCAPE_HTML);
}

static void write_expanded(rf_buffer *out, const UA_ExpandedNodeId *id) {
    rf_buffer_text(out, "{\"NodeID\":");
    write_node_id(out, &id->nodeId);
    rf_buffer_text(out, ",\"NamespaceURI\":");
    write_text(out, id->namespaceUri);
    rf_buffer_printf(out, ",\"ServerIndex\":%u}", (unsigned)id->serverIndex);
}

static void write_guid(rf_buffer *out, const UA_Guid *guid) {
    rf_buffer_printf(out, "{\"Data1\":%u,\"Data2\":%u,\"Data3\":%u,\"Data4\":", (unsigned)guid->data1, guid->data2, guid->data3);
    write_base64(out, guid->data4, sizeof guid->data4);
    rf_buffer_char(out, '}');
}

static void write_qualified(rf_buffer *out, const UA_QualifiedName *name) {
    rf_buffer_printf(out, "{\"NamespaceIndex\":%u,\"Name\":", name->namespaceIndex);
    write_text(out, name->name);
    rf_buffer_char(out, '}');
}

static void write_localized(rf_buffer *out, const UA_LocalizedText *text) {
    unsigned mask = (text->locale.data ? 1u : 0u) | (text->text.data ? 2u : 0u);
    rf_buffer_printf(out, "{\"EncodingMask\":%u,\"Locale\":", mask);
    write_text(out, text->locale);
    rf_buffer_text(out, ",\"Text\":");
    write_text(out, text->text);
    rf_buffer_char(out, '}');
}

/* What nobody could decode: where it belongs, and its bytes. */
static void write_undecoded(rf_buffer *out, const UA_ExtensionObject *object) {
    rf_buffer_text(out, "{\"TypeID\":");
    write_node_id(out, &object->content.encoded.typeId);
    rf_buffer_text(out, ",\"Body\":");
    UA_ByteString body = object->content.encoded.body;
    if (object->encoding == UA_EXTENSIONOBJECT_ENCODED_XML)
        write_text(out, body);
    else
        write_base64(out, body.data, rf_opcua_slice(body).len);
    rf_buffer_char(out, '}');
}

static void write_extension(rf_buffer *out, const rf_opcua_types *types, const UA_ExtensionObject *object, unsigned depth) {
    if (object->encoding >= UA_EXTENSIONOBJECT_DECODED) {
        rf_opcua_scalar_write(out, types, object->content.decoded.data, object->content.decoded.type, depth + 1);
        return;
    }
    if (object->encoding == UA_EXTENSIONOBJECT_ENCODED_NOBODY) {
        rf_buffer_text(out, "null");
        return;
    }
    const rf_opcua_type *type = rf_opcua_find_encoding(types, &object->content.encoded.typeId);
    size_t before = out->len;
    if (object->encoding == UA_EXTENSIONOBJECT_ENCODED_BYTESTRING && type &&
        rf_opcua_struct_write(out, type, rf_opcua_slice(object->content.encoded.body)))
        return;
    out->len = before;
    write_undecoded(out, object);
}

/* A member that is an array: its length, then the pointer, as open62541 lays it out. */
static void write_member_array(rf_buffer *out, const rf_opcua_types *types, uintptr_t at, const UA_DataType *type, unsigned depth) {
    size_t count = *(const size_t *)at;
    uintptr_t item = (uintptr_t)*(void *const *)(at + sizeof(size_t));
    rf_buffer_char(out, '[');
    for (size_t i = 0; i < count && item > (uintptr_t)UA_EMPTY_ARRAY_SENTINEL; i++, item += type->memSize) {
        if (i)
            rf_buffer_char(out, ',');
        rf_opcua_scalar_write(out, types, (const void *)item, type, depth + 1);
    }
    rf_buffer_char(out, ']');
}

static void write_member(rf_buffer *out, const rf_opcua_types *types, uintptr_t at, const UA_DataTypeMember *member, unsigned depth) {
    if (member->isArray) {
        write_member_array(out, types, at, member->memberType, depth);
        return;
    }
    const void *data = member->isOptional ? *(void *const *)at : (const void *)at;
    if (data)
        rf_opcua_scalar_write(out, types, data, member->memberType, depth + 1);
    else
        rf_buffer_text(out, "null");
}

static size_t member_bytes(const UA_DataTypeMember *member) {
    if (member->isArray)
        return sizeof(size_t) + sizeof(void *);
    return member->isOptional ? sizeof(void *) : member->memberType->memSize;
}

/* A structure of the standard, which open62541 has decoded. */
static void write_structure(rf_buffer *out, const rf_opcua_types *types, const void *data, const UA_DataType *type, unsigned depth) {
    uintptr_t at = (uintptr_t)data;
    rf_buffer_char(out, '{');
    for (size_t i = 0; i < type->membersSize; i++) {
        const UA_DataTypeMember *member = &type->members[i];
        at += member->padding;
        if (i)
            rf_buffer_char(out, ',');
        rf_json_write_string(out, (rf_slice){ member->memberName, strlen(member->memberName) }, 0);
        rf_buffer_char(out, ':');
        write_member(out, types, at, member, depth);
        at += member_bytes(member);
    }
    rf_buffer_char(out, '}');
}

static void write_union(rf_buffer *out, const rf_opcua_types *types, const void *data, const UA_DataType *type, unsigned depth) {
    UA_UInt32 chosen = *(const UA_UInt32 *)data;
    if (chosen == 0 || chosen > type->membersSize) {
        rf_buffer_text(out, "null");
        return;
    }
    const UA_DataTypeMember *member = &type->members[chosen - 1];
    rf_buffer_char(out, '{');
    rf_json_write_string(out, (rf_slice){ member->memberName, strlen(member->memberName) }, 0);
    rf_buffer_char(out, ':');
    write_member(out, types, (uintptr_t)data + member->padding, member, depth);
    rf_buffer_char(out, '}');
}

/* Numbers; false: the kind is none. */
static bool write_number(rf_buffer *out, const void *data, UA_UInt32 kind) {
    switch (kind) {
    case UA_DATATYPEKIND_SBYTE: write_i64(out, *(const UA_SByte *)data); return true;
    case UA_DATATYPEKIND_BYTE: write_u64(out, *(const UA_Byte *)data); return true;
    case UA_DATATYPEKIND_INT16: write_i64(out, *(const UA_Int16 *)data); return true;
    case UA_DATATYPEKIND_UINT16: write_u64(out, *(const UA_UInt16 *)data); return true;
    case UA_DATATYPEKIND_ENUM:
    case UA_DATATYPEKIND_INT32: write_i64(out, *(const UA_Int32 *)data); return true;
    case UA_DATATYPEKIND_STATUSCODE:
    case UA_DATATYPEKIND_UINT32: write_u64(out, *(const UA_UInt32 *)data); return true;
    case UA_DATATYPEKIND_INT64: write_i64(out, *(const UA_Int64 *)data); return true;
    case UA_DATATYPEKIND_UINT64: write_u64(out, *(const UA_UInt64 *)data); return true;
    case UA_DATATYPEKIND_FLOAT: write_float(out, *(const UA_Float *)data); return true;
    case UA_DATATYPEKIND_DOUBLE: write_double(out, *(const UA_Double *)data); return true;
    default: return false;
    }
}

/* The other kinds that stand alone; false: it holds further values. */
static bool write_plain(rf_buffer *out, const void *data, UA_UInt32 kind) {
    const UA_ByteString *bytes = data;
    switch (kind) {
    case UA_DATATYPEKIND_BOOLEAN: rf_buffer_text(out, *(const UA_Boolean *)data ? "true" : "false"); return true;
    case UA_DATATYPEKIND_STRING:
    case UA_DATATYPEKIND_XMLELEMENT: write_text(out, *(const UA_String *)data); return true;
    case UA_DATATYPEKIND_DATETIME: write_time(out, *(const UA_DateTime *)data); return true;
    case UA_DATATYPEKIND_GUID: write_guid(out, data); return true;
    case UA_DATATYPEKIND_BYTESTRING: write_base64(out, bytes->data, rf_opcua_slice(*bytes).len); return true;
    case UA_DATATYPEKIND_NODEID: write_node_id(out, data); return true;
    case UA_DATATYPEKIND_EXPANDEDNODEID: write_expanded(out, data); return true;
    case UA_DATATYPEKIND_QUALIFIEDNAME: write_qualified(out, data); return true;
    case UA_DATATYPEKIND_LOCALIZEDTEXT: write_localized(out, data); return true;
    default: return false;
    }
}

void rf_opcua_scalar_write(rf_buffer *out, const rf_opcua_types *types, const void *data, const UA_DataType *type, unsigned depth) {
    assert(out && types && data && type);
    if (depth > RF_OPCUA_DEPTH_MAX) {
        rf_buffer_text(out, "null");
        return;
    }
    if (write_number(out, data, type->typeKind) || write_plain(out, data, type->typeKind))
        return;
    switch (type->typeKind) {
    case UA_DATATYPEKIND_EXTENSIONOBJECT: write_extension(out, types, data, depth); break;
    case UA_DATATYPEKIND_DATAVALUE: rf_opcua_variant_write(out, types, &((const UA_DataValue *)data)->value, depth + 1); break;
    case UA_DATATYPEKIND_VARIANT: rf_opcua_variant_write(out, types, data, depth + 1); break;
    case UA_DATATYPEKIND_STRUCTURE:
    case UA_DATATYPEKIND_OPTSTRUCT: write_structure(out, types, data, type, depth); break;
    case UA_DATATYPEKIND_UNION: write_union(out, types, data, type, depth); break;
    default: rf_buffer_text(out, "null"); break; /* diagnostics and bit fields: nobody sends them as a value */
    }
}
