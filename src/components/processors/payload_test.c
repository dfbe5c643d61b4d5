/* payload_test.c: payloads as a round trip through JSON would leave them. */
#include "components/processors/payload.h"

#include "base/slice.h"
#include "harness.h"
#include "message/json.h"

#include <math.h>

static bool settles(rf_arena *arena, rf_value *value) {
    rf_code code = rf_payload_settle(arena, value, NULL);
    return code == RF_OK;
}

RF_TEST(whole_numbers_become_doubles) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 512);
    rf_value value = rf_int(INT64_C(9007199254740993));
    rf_check(settles(&arena, &value) && value.kind == RF_DOUBLE && value.number == 9007199254740992.0);
    value = rf_text(RF_BIGINT, RF_SLICE("10"));
    rf_check(settles(&arena, &value) && value.kind == RF_DOUBLE && value.number == 10);
    value = rf_text(RF_NUMBER, RF_SLICE("1e5"));
    rf_check(settles(&arena, &value) && value.kind == RF_DOUBLE && value.number == 1e5);
}

RF_TEST(times_and_bytes_become_text) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 512);
    rf_value value = { .kind = RF_TIME, .number = 0 };
    rf_check(settles(&arena, &value));
    rf_check_text(rf_value_text(&value), RF_SLICE("1970-01-01T00:00:00Z"));
    value = (rf_value){ .kind = RF_TIME, .number = -1 };
    rf_check(settles(&arena, &value));
    rf_check_text(rf_value_text(&value), RF_SLICE("1969-12-31T23:59:59.999Z"));
    value = rf_text(RF_BYTES, RF_SLICE("\x01\x02\x03"));
    rf_check(settles(&arena, &value));
    rf_check_text(rf_value_text(&value), RF_SLICE("AQID"));
}

RF_TEST(a_settled_payload_is_left_alone_and_another_is_copied) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 512);
    rf_value items[] = { rf_double(1), rf_string(RF_SLICE("x")) };
    rf_value value = { .kind = RF_LIST, .size = 2, .items = items };
    rf_check(settles(&arena, &value) && value.items == items);
    value.truth = true;
    rf_check(settles(&arena, &value) && !value.truth && value.items != items);
    value.items = items;
    items[0] = rf_int(7);
    rf_check(settles(&arena, &value) && value.items != items);
    rf_check(value.items[0].kind == RF_DOUBLE && value.items[0].number == 7 && items[0].kind == RF_INT);
}

RF_TEST(what_json_cannot_hold_is_named) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 512);
    rf_member members[] = { { RF_SLICE("a"), rf_double(NAN) } };
    rf_value value = { .kind = RF_MAP, .size = 1, .members = members };
    rf_error error = { 0 };
    rf_code code = rf_payload_settle(&arena, &value, &error);
    rf_check(code == RF_ESCRIPT || (code == RF_ENOMEM && rf_test_torture()));
    rf_check(rf_payload_check(&value, &error) == RF_ESCRIPT);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("JSON cannot hold NaN"));
    value = rf_text(RF_OPAQUE, RF_SLICE("function"));
    rf_check(rf_payload_check(&value, &error) == RF_ESCRIPT);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("JSON cannot hold a value of kind function"));
    value = rf_text(RF_NUMBER, RF_SLICE("012"));
    rf_check(rf_payload_check(&value, &error) == RF_ESCRIPT);
}

RF_TEST(nesting_without_end_is_refused) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    static rf_value levels[RF_VALUE_DEPTH_MAX + 8];
    const size_t last = sizeof levels / sizeof *levels - 1;
    levels[last] = rf_int(1);
    for (size_t i = last; i-- > 0;)
        levels[i] = (rf_value){ .kind = RF_LIST, .size = 1, .items = &levels[i + 1] };
    rf_value value = levels[0];
    rf_code code = rf_payload_settle(&arena, &value, NULL);
    rf_check(code == RF_ELIMIT || (code == RF_ENOMEM && rf_test_torture()));
    rf_check(rf_payload_check(&value, NULL) == RF_ELIMIT);
}
