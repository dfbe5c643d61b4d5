/* opcua_value_test.c: OPC UA values as payloads, byte for byte. */
#include "components/inputs/opcua.h"

#include "base/slice.h"
#include "harness.h"

#include <math.h>

/* What a value becomes: the payload's bytes behind its opcua_tag_type. */
typedef struct shown { rf_arena arena; rf_buffer scratch, text; } shown;

static void shown_done(shown *s) {
    rf_buffer_done(&s->scratch);
    rf_buffer_done(&s->text);
    rf_arena_done(&s->arena);
}

static void write_payload(shown *s, const rf_value *value) {
    char number[64];
    switch (value->kind) {
    case RF_BOOL: rf_buffer_text(&s->text, value->truth ? "true" : "false"); break;
    case RF_DOUBLE:
        (void)snprintf(number, sizeof number, "%.17g", value->number);
        rf_buffer_text(&s->text, number);
        break;
    case RF_RAW: rf_buffer_slice(&s->text, rf_value_text(value)); break;
    default: rf_buffer_text(&s->text, "?"); break;
    }
}

static rf_slice show(shown *s, const UA_Variant *variant) {
    static const rf_opcua_types none = { 0 };
    rf_opcua_payload payload;
    if (!s->arena.block_bytes)
        rf_arena_init(&s->arena, 1024);
    rf_buffer_clear(&s->text);
    if (rf_opcua_value(&s->arena, &s->scratch, &none, variant, &payload, NULL))
        return (rf_slice){ 0 };
    rf_buffer_slice(&s->text, payload.tag_type);
    rf_buffer_char(&s->text, ' ');
    write_payload(s, &payload.value);
    return s->text.failed ? (rf_slice){ 0 } : rf_buffer_view(&s->text);
}

static UA_Variant scalar(const void *data, int type) {
    UA_Variant variant;
    UA_Variant_init(&variant);
    UA_Variant_setScalar(&variant, (void *)(uintptr_t)data, &UA_TYPES[type]);
    return variant;
}

static UA_Variant list(const void *data, size_t count, int type) {
    UA_Variant variant;
    UA_Variant_init(&variant);
    UA_Variant_setArray(&variant, (void *)(uintptr_t)data, count, &UA_TYPES[type]);
    return variant;
}

#define check_scalar(ctype, type, literal, expected)                             \
    do {                                                                         \
        ctype value_ = literal;                                                  \
        UA_Variant variant_ = scalar(&value_, UA_TYPES_##type);                  \
        rf_check_text(show(&s, &variant_), RF_SLICE(expected));                  \
    } while (0)

RF_TEST(numbers_keep_every_digit) {
    RF_CLEANUP(shown_done) shown s = { 0 };
    check_scalar(UA_Boolean, BOOLEAN, true, "bool true");
    check_scalar(UA_SByte, SBYTE, -128, "number -128");
    check_scalar(UA_Byte, BYTE, 255, "number 255");
    check_scalar(UA_UInt32, UINT32, UINT32_MAX, "number 4294967295");
    check_scalar(UA_Int64, INT64, INT64_MIN, "number -9223372036854775808");
    check_scalar(UA_Int64, INT64, 9007199254740993, "number 9007199254740993");
    check_scalar(UA_UInt64, UINT64, UINT64_MAX, "number 18446744073709551615");
    check_scalar(UA_Int64, INT64, 42, "number 42");
}

RF_TEST(a_scalar_float_never_has_an_exponent) {
    RF_CLEANUP(shown_done) shown s = { 0 };
    check_scalar(UA_Double, DOUBLE, 1e23, "number 100000000000000000000000");
    check_scalar(UA_Double, DOUBLE, 1e-7, "number 0.0000001");
    check_scalar(UA_Double, DOUBLE, 0.5, "number 0.5");
    check_scalar(UA_Float, FLOAT, 0.1f, "number 0.1");
    check_scalar(UA_Double, DOUBLE, (double)NAN, "number NaN");
    check_scalar(UA_Double, DOUBLE, (double)INFINITY, "number +Inf");
    check_scalar(UA_Float, FLOAT, -INFINITY, "number -Inf");
}

RF_TEST(lists_keep_exponents_and_nan_is_a_string_there) {
    static const UA_Double doubles[] = { 1e300, -1e-300, 0.1, (double)NAN };
    static const UA_Float floats[] = { 0.5f, 1e-7f, 0.1f };
    RF_CLEANUP(shown_done) shown s = { 0 };
    UA_Variant variant = list(doubles, 4, UA_TYPES_DOUBLE);
    rf_check_text(show(&s, &variant), RF_SLICE("string [1e+300,-1e-300,0.1,\"NaN\"]"));
    variant = list(floats, 3, UA_TYPES_FLOAT);
    rf_check_text(show(&s, &variant), RF_SLICE("string [0.5,1e-7,0.1]"));
    variant = list(UA_EMPTY_ARRAY_SENTINEL, 0, UA_TYPES_INT32);
    rf_check_text(show(&s, &variant), RF_SLICE("string []"));
}

RF_TEST(a_matrix_is_lists_in_a_list) {
    static const UA_Double cells[] = { 1, 2, 3, 4, 5, 6 };
    UA_UInt32 dimensions[] = { 2, 3 };
    RF_CLEANUP(shown_done) shown s = { 0 };
    UA_Variant variant = list(cells, 6, UA_TYPES_DOUBLE);
    variant.arrayDimensions = dimensions;
    variant.arrayDimensionsSize = 2;
    rf_check_text(show(&s, &variant), RF_SLICE("string [[1,2,3],[4,5,6]]"));
    dimensions[0] = 1000000000; /* more than there is: the items end it */
    variant.arrayDimensions = dimensions;
    rf_check_text(show(&s, &variant), RF_SLICE("string [[1,2,3],[4,5,6]]"));
}

RF_TEST(texts_are_escaped_as_the_original_does) {
    RF_CLEANUP(shown_done) shown s = { 0 };
    UA_String text = UA_STRING((char *)(uintptr_t) "<a>&\"\xff" "b");
    UA_Variant variant = scalar(&text, UA_TYPES_STRING);
    rf_check_text(show(&s, &variant), RF_SLICE("string \"\\u003ca\\u003e\\u0026\\\"\xef\xbf\xbd" "b\""));
    text = UA_STRING_NULL;
    rf_check_text(show(&s, &variant), RF_SLICE("string \"\""));
    UA_ByteString bytes = { 4, (UA_Byte *)(uintptr_t) "\0\1\xfe\xff" };
    variant = scalar(&bytes, UA_TYPES_BYTESTRING);
    rf_check_text(show(&s, &variant), RF_SLICE("string \"AAH+/w==\""));
    variant = list("\0\x7f\xff", 3, UA_TYPES_BYTE);
    rf_check_text(show(&s, &variant), RF_SLICE("string \"AH//\""));
}

RF_TEST(built_in_structures_have_the_fields_of_the_original) {
    RF_CLEANUP(shown_done) shown s = { 0 };
    UA_LocalizedText text = UA_LOCALIZEDTEXT((char *)(uintptr_t) "de", (char *)(uintptr_t) "Druck");
    UA_Variant variant = scalar(&text, UA_TYPES_LOCALIZEDTEXT);
    rf_check_text(show(&s, &variant), RF_SLICE("string {\"EncodingMask\":3,\"Locale\":\"de\",\"Text\":\"Druck\"}"));
    UA_QualifiedName name = UA_QUALIFIEDNAME(2, (char *)(uintptr_t) "q");
    variant = scalar(&name, UA_TYPES_QUALIFIEDNAME);
    rf_check_text(show(&s, &variant), RF_SLICE("string {\"NamespaceIndex\":2,\"Name\":\"q\"}"));
    UA_Guid guid = { 1122867, 17493, 26231, { 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff } };
    variant = scalar(&guid, UA_TYPES_GUID);
    rf_check_text(show(&s, &variant), RF_SLICE("string {\"Data1\":1122867,\"Data2\":17493,\"Data3\":26231,\"Data4\":\"iJmqu8zd7v8=\"}"));
    UA_ExpandedNodeId id = { .nodeId = UA_NODEID_STRING(2, (char *)(uintptr_t) "e") };
    variant = scalar(&id, UA_TYPES_EXPANDEDNODEID);
    rf_check_text(show(&s, &variant), RF_SLICE("string {\"NodeID\":\"ns=2;s=e\",\"NamespaceURI\":\"\",\"ServerIndex\":0}"));
    UA_StatusCode status = 0x80350000;
    variant = scalar(&status, UA_TYPES_STATUSCODE);
    rf_check_text(show(&s, &variant), RF_SLICE("string 2150957056"));
    UA_Range range = { -2.5, 1.5 };
    variant = scalar(&range, UA_TYPES_RANGE);
    rf_slice shown_range = show(&s, &variant);
    rf_check(rf_slice_eq_nocase(shown_range, RF_SLICE("string {\"Low\":-2.5,\"High\":1.5}")));
}
