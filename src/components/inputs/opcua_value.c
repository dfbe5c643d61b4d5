/* opcua_value.c: what a node holds as the payload of a message. */
#include "components/inputs/opcua.h"

#include "base/number.h"

#include <assert.h>
#include <math.h>

/* Lists within lists, by the dimensions; `*at` walks through the items. */
static void write_dimension(rf_buffer *out, const rf_opcua_types *types, const UA_Variant *variant, size_t dimension, size_t *at,
                            unsigned depth) {
    bool last = dimension + 1 >= variant->arrayDimensionsSize;
    size_t count = variant->arrayDimensionsSize ? variant->arrayDimensions[dimension] : variant->arrayLength;
    rf_buffer_char(out, '[');
    for (size_t i = 0; i < count && *at < variant->arrayLength; i++) {
        if (i)
            rf_buffer_char(out, ',');
        if (last) {
            const char *item = (const char *)variant->data + *at * variant->type->memSize;
            rf_opcua_scalar_write(out, types, item, variant->type, depth);
            ++*at;
        } else {
            write_dimension(out, types, variant, dimension + 1, at, depth);
        }
    }
    rf_buffer_char(out, ']');
}

void rf_opcua_variant_write(rf_buffer *out, const rf_opcua_types *types, const UA_Variant *variant, unsigned depth) {
    assert(out && types && variant);
    if (UA_Variant_isEmpty(variant) || depth > RF_OPCUA_DEPTH_MAX) {
        rf_buffer_text(out, "null");
        return;
    }
    if (UA_Variant_isScalar(variant)) {
        rf_opcua_scalar_write(out, types, variant->data, variant->type, depth);
        return;
    }
    bool bytes = variant->type->typeKind == UA_DATATYPEKIND_BYTE && variant->arrayDimensionsSize < 2;
    if (bytes) { /* a list of bytes is a text in base64, as everywhere in JSON */
        UA_ByteString text = { variant->arrayLength, variant->arrayLength ? variant->data : NULL };
        rf_opcua_scalar_write(out, types, &text, &UA_TYPES[UA_TYPES_BYTESTRING], depth);
        return;
    }
    size_t at = 0;
    write_dimension(out, types, variant, 0, &at, depth);
}

/* The two whole-number ranges that a double holds exactly. */
#define EXACT_MAX 9007199254740992.0

/* Integers as doubles, for that is what a script sees anyway; false: not one, or too large to be exact. */
static bool integer_value(const UA_Variant *variant, double *ret) {
    const void *data = variant->data;
    switch (variant->type->typeKind) {
    case UA_DATATYPEKIND_SBYTE: *ret = *(const UA_SByte *)data; return true;
    case UA_DATATYPEKIND_BYTE: *ret = *(const UA_Byte *)data; return true;
    case UA_DATATYPEKIND_INT16: *ret = *(const UA_Int16 *)data; return true;
    case UA_DATATYPEKIND_UINT16: *ret = *(const UA_UInt16 *)data; return true;
    case UA_DATATYPEKIND_ENUM:
    case UA_DATATYPEKIND_INT32: *ret = *(const UA_Int32 *)data; return true;
    case UA_DATATYPEKIND_UINT32: *ret = *(const UA_UInt32 *)data; return true;
    case UA_DATATYPEKIND_INT64: *ret = (double)*(const UA_Int64 *)data; return fabs(*ret) < EXACT_MAX;
    case UA_DATATYPEKIND_UINT64: *ret = (double)*(const UA_UInt64 *)data; return *ret < EXACT_MAX;
    default: return false;
    }
}

/* Values that need no text: the bytes that JSON would give them are those of the table. */
static bool direct_value(const UA_Variant *variant, rf_value *ret) {
    double number;
    if (variant->type->typeKind == UA_DATATYPEKIND_BOOLEAN) {
        *ret = rf_bool(*(const UA_Boolean *)variant->data);
        return true;
    }
    if (integer_value(variant, &number)) {
        *ret = rf_double(number);
        return true;
    }
    if (variant->type->typeKind != UA_DATATYPEKIND_DOUBLE)
        return false;
    number = *(const UA_Double *)variant->data;
    double size = fabs(number);
    if (!(size == 0 || (size >= 1e-6 && size < 1e21))) /* outside, JSON would use an exponent */
        return false;
    *ret = rf_double(number);
    return true;
}

/* A scalar float or double never shows an exponent, and NaN is NaN: not JSON, as in the original. */
static bool write_fixed(rf_buffer *out, const UA_Variant *variant) {
    char text[RF_NUMBER_TEXT_MAX];
    if (variant->type->typeKind == UA_DATATYPEKIND_DOUBLE)
        rf_buffer_append(out, text, rf_number_fixed(*(const UA_Double *)variant->data, text));
    else if (variant->type->typeKind == UA_DATATYPEKIND_FLOAT)
        rf_buffer_append(out, text, rf_number_fixed_float(*(const UA_Float *)variant->data, text));
    else
        return false;
    return true;
}

static rf_slice tag_type_of(const UA_Variant *variant) {
    if (!UA_Variant_isScalar(variant))
        return RF_SLICE("string");
    switch (variant->type->typeKind) {
    case UA_DATATYPEKIND_BOOLEAN: return RF_SLICE("bool");
    case UA_DATATYPEKIND_SBYTE:
    case UA_DATATYPEKIND_BYTE:
    case UA_DATATYPEKIND_INT16:
    case UA_DATATYPEKIND_UINT16:
    case UA_DATATYPEKIND_INT32:
    case UA_DATATYPEKIND_UINT32:
    case UA_DATATYPEKIND_INT64:
    case UA_DATATYPEKIND_UINT64:
    case UA_DATATYPEKIND_ENUM:
    case UA_DATATYPEKIND_FLOAT:
    case UA_DATATYPEKIND_DOUBLE: return RF_SLICE("number");
    default: return RF_SLICE("string");
    }
}

rf_code rf_opcua_value(rf_arena *arena, rf_buffer *scratch, const rf_opcua_types *types, const UA_Variant *variant,
                       rf_opcua_payload *ret_payload, rf_error *reterr) {
    assert(arena && scratch && types && variant && !UA_Variant_isEmpty(variant) && ret_payload);
    bool scalar = UA_Variant_isScalar(variant);
    ret_payload->tag_type = tag_type_of(variant);
    if (scalar && direct_value(variant, &ret_payload->value))
        return RF_OK;
    rf_buffer_clear(scratch);
    if (!scalar || !write_fixed(scratch, variant))
        rf_opcua_variant_write(scratch, types, variant, 0);
    if (scratch->failed)
        return rf_raise_nomem(reterr);
    if (scratch->len > UINT32_MAX)
        return rf_raise(reterr, RF_ELIMIT, "a value of %zu bytes of JSON is more than a message can hold", scratch->len);
    rf_slice text = rf_slice_dup_in(arena, rf_buffer_view(scratch));
    if (!text.data)
        return rf_raise_nomem(reterr);
    ret_payload->value = rf_text(RF_RAW, text);
    return RF_OK;
}
