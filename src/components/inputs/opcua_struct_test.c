/* opcua_struct_test.c: bytes of structures to JSON by their description. */
#include "components/inputs/opcua.h"

#include "base/slice.h"
#include "harness.h"

static rf_opcua_member point_members[] = {
    { .name = { "x", 1 }, .kind = UA_DATATYPEKIND_DOUBLE },
    { .name = { "label", 5 }, .kind = UA_DATATYPEKIND_STRING },
    { .name = { "tags", 4 }, .kind = UA_DATATYPEKIND_UINT16, .is_array = true },
};
static const rf_opcua_type point = { .members = point_members, .member_count = 3, .known = true };
static const char point_bytes[] = "\0\0\0\0\0\0\xf8\x3f" "\1\0\0\0p" "\2\0\0\0\1\0\2\0";

RF_TEST(a_structure_becomes_an_object) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(rf_opcua_struct_write(&out, &point, (rf_slice){ point_bytes, sizeof point_bytes - 1 }));
    rf_check(!out.failed);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("{\"x\":1.5,\"label\":\"p\",\"tags\":[1,2]}"));
}

RF_TEST(bytes_that_are_too_few_or_too_many_do_not_fit) {
    for (size_t len = 0; len < sizeof point_bytes - 1; len++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        rf_check(!rf_opcua_struct_write(&out, &point, (rf_slice){ point_bytes, len }));
    }
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(!rf_opcua_struct_write(&out, &point, (rf_slice){ point_bytes, sizeof point_bytes }));
}

RF_TEST(optional_fields_and_unions_follow_their_first_word) {
    static rf_opcua_member members[] = {
        { .name = { "a", 1 }, .kind = UA_DATATYPEKIND_BYTE, .is_optional = true },
        { .name = { "b", 1 }, .kind = UA_DATATYPEKIND_BYTE, .is_optional = true },
    };
    static const rf_opcua_type optional = { .members = members, .member_count = 2, .known = true, .has_optional = true };
    static const rf_opcua_type either = { .members = members, .member_count = 2, .known = true, .is_union = true };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(rf_opcua_struct_write(&out, &optional, RF_SLICE("\2\0\0\0\7")));
    rf_check(rf_opcua_struct_write(&out, &either, RF_SLICE("\1\0\0\0\7")));
    rf_check(rf_opcua_struct_write(&out, &either, RF_SLICE("\0\0\0\0")));
    rf_check(!rf_opcua_struct_write(&out, &either, RF_SLICE("\3\0\0\0\7")) && !out.failed);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("{\"b\":7}{\"a\":7}null"));
}

RF_TEST(a_wild_count_ends_with_the_bytes) {
    static rf_opcua_member members[] = { { .name = { "a", 1 }, .kind = UA_DATATYPEKIND_BYTE, .is_array = true } };
    static const rf_opcua_type wild = { .members = members, .member_count = 1, .known = true };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(!rf_opcua_struct_write(&out, &wild, RF_SLICE("\xff\xff\xff\x7f\1\2\3")));
}

RF_TEST(a_type_that_holds_itself_is_not_followed_for_ever) {
    static rf_opcua_type knot;
    static rf_opcua_member member;
    member = (rf_opcua_member){ .name = { "a", 1 }, .nested = &knot };
    knot = (rf_opcua_type){ .members = &member, .member_count = 1, .known = true };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(!rf_opcua_struct_write(&out, &knot, RF_SLICE("")));
}
