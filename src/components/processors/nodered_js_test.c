/* nodered_js_test.c: the processor's own rules; its scripts' answers are in tests/golden. */
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>

#define HEAD "input: {stdin: {}}\noutput: {drop: {}}\npipeline:\n  processors:\n    - "

static bool has(rf_slice text, const char *part) {
    return text.data && memmem(text.data, text.len, part, strlen(part)) != NULL;
}

RF_TEST(each_message_has_its_own_fate) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_check(rf_fixture_open(&f, HEAD "nodered_js: {code: \"switch (msg.payload) { case 1: throw new Error('one'); case 2: return null; case 3: return 5; case 4: msg.payload = {x: NaN} } return msg\"}\n", NULL) == RF_OK);
    for (int i = 0; i <= 4; i++) {
        char line[64];
        snprintf(line, sizeof line, "{\"payload\": %d, \"meta\": {\"k\": \"v\", \"n\": 7}}", i);
        rf_check(rf_fixture_send(&f, line, NULL) == RF_OK);
    }
    rf_check(rf_fixture_run(&f, NULL) == RF_OK);
    rf_check(f.batch->count == 3);
    rf_slice line = rf_fixture_line(&f, 0);
    rf_check(has(line, "\"k\":\"v\"") && !has(line, "\"n\""));
    rf_check_text(f.batch->messages[1].error, RF_SLICE("function must return a message object or null"));
    rf_check(has(rf_fixture_line(&f, 1), "\"n\":7"));
    rf_check_text(f.batch->messages[2].error, RF_SLICE("the payload cannot go on: JSON cannot hold NaN"));
}

RF_TEST(numbers_made_by_one_processor_reach_the_next_as_json_would_give_them) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_check(rf_fixture_open(&f, HEAD "nodered_js: {code: \"msg.payload = {at: new Date(0), n: 10n}; return msg\"}\n"
                                      "    - nodered_js: {code: \"msg.payload = [typeof msg.payload.at, typeof msg.payload.n]; return msg\"}\n", NULL) == RF_OK);
    rf_check(rf_fixture_send(&f, "{\"payload\": 1}", NULL) == RF_OK);
    rf_check(rf_fixture_run(&f, NULL) == RF_OK);
    rf_check(f.batch->count == 1 && has(rf_fixture_line(&f, 0), "[\"string\",\"number\"]"));
}
