/* opcua_text_test.c: ids, states, times and metadata texts. */
#include "components/inputs/opcua.h"

#include "base/slice.h"
#include "harness.h"

static rf_arena *fresh(rf_arena *arena) {
    rf_arena_init(arena, 1024);
    return arena;
}

RF_TEST(node_ids_read_back_as_they_were_written) {
    static const char *const ids[] = { "i=84", "ns=2;i=7", "ns=2;s=Plant.Line 1", "s=x", "ns=3;b=AAH/",
                                       "ns=1;g=00112233-4455-6677-8899-aabbccddeeff" };
    RF_CLEANUP(rf_arena_done) rf_arena arena = { 0 };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        UA_NodeId id;
        rf_check(rf_opcua_node_id_parse_in(i ? &arena : fresh(&arena), rf_slice_of(ids[i]), &id));
        rf_check_text(rf_opcua_node_id_in(&arena, &id), rf_slice_of(ids[i]));
    }
    UA_NodeId wrong;
    rf_check(!rf_opcua_node_id_parse_in(&arena, RF_SLICE("nonsense"), &wrong));
    rf_check(!rf_opcua_node_id_parse_in(&arena, RF_SLICE("ns=2"), &wrong));
    rf_check(!rf_opcua_node_id_parse_in(&arena, RF_SLICE(""), &wrong));
}

RF_TEST(states_have_the_standard_s_sentence) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = { 0 };
    rf_check_text(rf_opcua_status_in(fresh(&arena), UA_STATUSCODE_GOOD), RF_SLICE("The operation succeeded. StatusGood (0x0)"));
    rf_check_text(rf_opcua_status_in(&arena, UA_STATUSCODE_BADUNEXPECTEDERROR),
                  RF_SLICE("An unexpected error occurred. StatusBadUnexpectedError (0x80010000)"));
    rf_check_text(rf_opcua_status_in(&arena, 0x8abc1234), RF_SLICE("0x8ABC1234"));
}

RF_TEST(access_levels_and_data_types_have_words) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = { 0 };
    rf_check_text(rf_opcua_access_level_in(fresh(&arena), 0), RF_SLICE("AccessLevelTypeNone"));
    rf_check_text(rf_opcua_access_level_in(&arena, 1), RF_SLICE("AccessLevelTypeCurrentRead"));
    rf_check_text(rf_opcua_access_level_in(&arena, 3), RF_SLICE("AccessLevelType(3)"));
    UA_NodeId type = UA_NODEID_NUMERIC(0, UA_NS0ID_DOUBLE);
    rf_check_text(rf_opcua_data_type_in(&arena, &type), RF_SLICE("float64"));
    type = UA_NODEID_NUMERIC(0, UA_NS0ID_INT64);
    rf_check_text(rf_opcua_data_type_in(&arena, &type), RF_SLICE("ns=0;i=8"));
    type = UA_NODEID_NUMERIC(2, 1);
    rf_check_text(rf_opcua_data_type_in(&arena, &type), RF_SLICE("ns=2;i=1"));
}

RF_TEST(times_have_six_digits_in_metadata_and_as_many_as_needed_in_payloads) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    UA_DateTime time = UA_DATETIME_UNIX_EPOCH + 1709210096 * UA_DATETIME_SEC + 789 * UA_DATETIME_MSEC;
    rf_check_text(rf_opcua_stamp_in(fresh(&arena), time, 0), RF_SLICE("2024-02-29T12:34:56.789000Z"));
    rf_opcua_time_write(&text, time);
    rf_check(!text.failed);
    rf_check_text(rf_buffer_view(&text), RF_SLICE("2024-02-29T12:34:56.789Z"));
    rf_buffer_clear(&text);
    rf_opcua_time_write(&text, 0);
    rf_check(!text.failed);
    rf_check_text(rf_buffer_view(&text), RF_SLICE("0001-01-01T00:00:00Z"));
    rf_check_text(rf_opcua_stamp_in(&arena, UA_DATETIME_UNIX_EPOCH - 1, 0), RF_SLICE("1969-12-31T23:59:59.999999Z"));
}
