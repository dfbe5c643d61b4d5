/* opcua_meta_test.c: metadata of a node and of a value. */
#include "components/inputs/opcua.h"

#include "base/slice.h"
#include "harness.h"

/* Keys named by a letter each, a..n. */
typedef struct table { rf_keys *keys; const rf_key *list[RF_OPCUA_KEYS]; rf_arena arena; } table;

static void table_done(table *t) {
    rf_keys_free(t->keys);
    rf_arena_done(&t->arena);
}

static bool table_init(table *t) {
    rf_arena_init(&t->arena, 1024);
    t->keys = rf_keys_new();
    for (size_t i = 0; t->keys && i < RF_OPCUA_KEYS; i++) {
        char name = (char)('a' + i);
        t->list[i] = rf_keys_intern(t->keys, &t->arena, (rf_slice){ &name, 1 });
        if (!t->list[i])
            return false;
    }
    return t->keys != NULL;
}

static rf_slice text_of(const rf_meta *meta, const rf_key *key) {
    const rf_value *value = rf_meta_get(meta, key);
    return value ? rf_value_text(value) : RF_SLICE("absent");
}

static rf_opcua_node node_at(const char *path, const char *name) {
    return (rf_opcua_node){ .id_text = RF_SLICE("ns=2;s=x"), .path = rf_slice_of(path), .browse_name = rf_slice_of(name),
                            .access_level = 1, .data_type = UA_NODEID_NUMERIC(0, UA_NS0ID_DOUBLE) };
}

static bool set(table *t, rf_opcua_node *node, const UA_DataValue *value, rf_meta *ret_meta) {
    return rf_opcua_meta_prepare(&t->arena, t->list, node) &&
           rf_opcua_meta_set(&t->arena, t->list, node, value, RF_SLICE("number"), ret_meta);
}

RF_TEST(the_group_is_the_path_without_the_last_name) {
    RF_CLEANUP(table_done) table t = { 0 };
    rf_opcua_node node = node_at("Plant.Line1.speed", "speed");
    UA_DataValue value = { .hasStatus = false };
    rf_meta meta;
    rf_check(table_init(&t) && set(&t, &node, &value, &meta));
    rf_check_text(text_of(&meta, t.list[RF_OPCUA_TAG_GROUP]), RF_SLICE("Plant.Line1"));
    rf_check_text(text_of(&meta, t.list[RF_OPCUA_TAG_PATH]), RF_SLICE("Plant.Line1"));
    rf_check_text(text_of(&meta, t.list[RF_OPCUA_TAG_NAME]), RF_SLICE("speed"));
    rf_check_text(text_of(&meta, t.list[RF_OPCUA_TAG_TYPE]), RF_SLICE("number"));
    rf_check_text(text_of(&meta, t.list[RF_OPCUA_DESCRIPTION]), RF_SLICE("absent"));
    rf_check_text(text_of(&meta, t.list[RF_OPCUA_SOURCE_TIMESTAMP]), RF_SLICE("absent"));
}

RF_TEST(a_sanitised_name_stays_in_the_group_as_in_the_recordings) {
    RF_CLEANUP(table_done) table t = { 0 };
    rf_opcua_node node = node_at("Plant.Array_Int32", "Array.Int32");
    UA_DataValue value = { .hasStatus = false };
    rf_meta meta;
    rf_check(table_init(&t) && set(&t, &node, &value, &meta));
    rf_check_text(text_of(&meta, t.list[RF_OPCUA_TAG_GROUP]), RF_SLICE("Plant.Array_Int32"));
    rf_check_text(text_of(&meta, t.list[RF_OPCUA_TAG_NAME]), RF_SLICE("Array_Int32"));
}

RF_TEST(at_the_root_the_group_is_the_name_and_there_is_no_path) {
    RF_CLEANUP(table_done) table t = { 0 };
    rf_opcua_node node = node_at("speed", "speed");
    UA_DataValue value = { .hasStatus = true, .status = UA_STATUSCODE_BAD, .hasServerTimestamp = true,
                           .serverTimestamp = UA_DATETIME_UNIX_EPOCH };
    rf_meta meta;
    rf_check(table_init(&t) && set(&t, &node, &value, &meta));
    rf_check_text(text_of(&meta, t.list[RF_OPCUA_TAG_GROUP]), RF_SLICE("speed"));
    rf_check_text(text_of(&meta, t.list[RF_OPCUA_TAG_PATH]), RF_SLICE("absent"));
    rf_check_text(text_of(&meta, t.list[RF_OPCUA_STATUS_CODE]), RF_SLICE("The operation failed. StatusBad (0x80000000)"));
    rf_check_text(text_of(&meta, t.list[RF_OPCUA_SERVER_TIMESTAMP]), RF_SLICE("1970-01-01T00:00:00.000000Z"));
}

RF_TEST(the_server_s_clock_is_a_heartbeat) {
    RF_CLEANUP(table_done) table t = { 0 };
    rf_opcua_node node = node_at("CurrentTime", "CurrentTime");
    UA_DataValue value = { .hasStatus = false };
    rf_meta meta;
    node.role = RF_OPCUA_PULSE;
    rf_check(table_init(&t) && set(&t, &node, &value, &meta));
    rf_check_text(text_of(&meta, t.list[RF_OPCUA_TAG_GROUP]), RF_SLICE("heartbeat"));
    rf_check_text(text_of(&meta, t.list[RF_OPCUA_HEARTBEAT_MESSAGE]), RF_SLICE("true"));
}

RF_TEST(names_are_sanitised_a_character_at_a_time) {
    RF_CLEANUP(table_done) table t = { 0 };
    rf_check(table_init(&t));
    rf_check_text(rf_opcua_sanitise_in(&t.arena, RF_SLICE("Bool 1-1000.x_y\xc3\xbc!")), RF_SLICE("Bool_1-1000_x_y__"));
}
