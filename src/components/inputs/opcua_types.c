/* opcua_types.c: structures and enumerations that the server defines itself, learnt from its descriptions. */
#include "components/inputs/opcua.h"

#include <assert.h>

#define TYPES_MAX 2000u

const rf_opcua_type *rf_opcua_find_type(const rf_opcua_types *types, const UA_NodeId *id) {
    assert(types && id);
    for (size_t i = 0; i < types->count; i++)
        if (UA_NodeId_equal(&types->items[i]->id, id))
            return types->items[i];
    return NULL;
}

const rf_opcua_type *rf_opcua_find_encoding(const rf_opcua_types *types, const UA_NodeId *encoding_id) {
    assert(types && encoding_id);
    for (size_t i = 0; i < types->count; i++) {
        const rf_opcua_type *type = types->items[i];
        if (type->known && UA_NodeId_equal(&type->encoding_id, encoding_id))
            return type;
    }
    return NULL;
}

/* Notes a type to be asked for. Types of the standard are open62541's; too many are left undecoded. */
static rf_code want(rf_opcua *self, const UA_NodeId *id, rf_error *reterr) {
    bool ours = id->namespaceIndex != 0 && !rf_opcua_find_type(&self->types, id) && self->types.count < TYPES_MAX;
    if (!ours)
        return RF_OK;
    rf_opcua_type *type = rf_arena_zero(&self->session, 1, sizeof *type);
    if (!type || !rf_opcua_node_id_dup_in(&self->session, id, &type->id) || !rf_vec_push(&self->types, type))
        return rf_raise_nomem(reterr);
    return RF_OK;
}

static int standard_kind(const UA_NodeId *id) {
    const UA_DataType *type = id->namespaceIndex == 0 ? UA_findDataType(id) : NULL;
    if (id->namespaceIndex == 0 && id->identifierType == UA_NODEIDTYPE_NUMERIC && id->identifier.numeric == UA_NS0ID_ENUMERATION)
        return UA_DATATYPEKIND_ENUM;
    return type && (type->typeKind <= UA_DATATYPEKIND_LOCALIZEDTEXT || type->typeKind == UA_DATATYPEKIND_ENUM) ? (int)type->typeKind : -1;
}

static rf_code take_member(rf_opcua *self, const UA_StructureField *field, rf_opcua_member *member, rf_error *reterr) {
    member->name = rf_slice_dup_in(&self->session, rf_opcua_slice(field->name));
    if (!member->name.data || !rf_opcua_node_id_dup_in(&self->session, &field->dataType, &member->data_type))
        return rf_raise_nomem(reterr);
    member->is_array = field->valueRank == 1;
    member->is_optional = field->isOptional;
    member->kind = standard_kind(&field->dataType);
    return want(self, &field->dataType, reterr);
}

static rf_code take_structure(rf_opcua *self, rf_opcua_type *type, const UA_StructureDefinition *definition, rf_error *reterr) {
    size_t optional = 0;
    type->members = rf_arena_zero(&self->session, definition->fieldsSize ? definition->fieldsSize : 1, sizeof *type->members);
    if (!type->members || !rf_opcua_node_id_dup_in(&self->session, &definition->defaultEncodingId, &type->encoding_id))
        return rf_raise_nomem(reterr);
    for (size_t i = 0; i < definition->fieldsSize; i++) {
        rf_code code = take_member(self, &definition->fields[i], &type->members[i], reterr);
        if (code)
            return code;
        optional += definition->fields[i].isOptional;
    }
    type->member_count = definition->fieldsSize;
    type->is_union = definition->structureType == UA_STRUCTURETYPE_UNION;
    type->has_optional = definition->structureType == UA_STRUCTURETYPE_STRUCTUREWITHOPTIONALFIELDS;
    type->known = definition->structureType <= UA_STRUCTURETYPE_UNION && optional <= 32;
    return RF_OK;
}

static rf_code take_definition(rf_opcua *self, rf_opcua_type *type, const UA_DataValue *value, rf_error *reterr) {
    if (!value->hasValue || !UA_Variant_isScalar(&value->value))
        return RF_OK; /* not a structure: an alias of a plain type needs no description */
    if (value->value.type == &UA_TYPES[UA_TYPES_ENUMDEFINITION])
        type->is_enum = type->known = true;
    else if (value->value.type == &UA_TYPES[UA_TYPES_STRUCTUREDEFINITION])
        return take_structure(self, type, value->value.data, reterr);
    return RF_OK;
}

/* Asks for the definitions of types[from..to). Taking them may note further types behind. */
static rf_code read_round(rf_opcua *self, size_t from, size_t to, rf_error *reterr) {
    size_t count = to - from;
    UA_ReadValueId *ids = rf_alloc_zero(count, sizeof *ids);
    UA_DataValue *values = rf_alloc_zero(count, sizeof *values);
    rf_code code = ids && values ? RF_OK : rf_raise_nomem(reterr);
    for (size_t i = 0; i < count && !code; i++) {
        ids[i].nodeId = self->types.items[from + i]->id;
        ids[i].attributeId = UA_ATTRIBUTEID_DATATYPEDEFINITION;
    }
    if (!code)
        code = rf_opcua_read_values(self, ids, count, 0, values, reterr);
    for (size_t i = 0; i < count && !code; i++)
        code = take_definition(self, self->types.items[from + i], &values[i], reterr);
    for (size_t i = 0; values && i < count; i++)
        UA_DataValue_clear(&values[i]);
    rf_free(values);
    rf_free(ids);
    return code;
}

static void link_members(rf_opcua *self) {
    for (size_t i = 0; i < self->types.count; i++) {
        rf_opcua_type *type = self->types.items[i];
        for (size_t m = 0; m < type->member_count; m++)
            type->members[m].nested = rf_opcua_find_type(&self->types, &type->members[m].data_type);
    }
}

rf_code rf_opcua_read_types(rf_opcua *self, rf_error *reterr) {
    assert(self && self->client && self->types.count == 0);
    rf_code code = RF_OK;
    for (size_t i = 0; i < self->nodes.count && !code; i++)
        code = want(self, &self->nodes.items[i]->data_type, reterr);
    for (size_t done = 0; done < self->types.count && !code;) {
        size_t known = self->types.count;
        code = read_round(self, done, known, reterr);
        done = known;
    }
    if (!code)
        link_members(self);
    return code;
}
