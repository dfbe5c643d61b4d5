/* nearest_test.c: "did you mean". */
#include "harness.h"

#include "base/nearest.h"
#include "base/slice.h"

static const char *const fields[] = { "input", "output", "pipeline", "threads", "shutdown_timeout", "nodeIDs",
                                      "subscribeEnabled", "opcua", "file", NULL };

#define rf_check_nearest(word, expected) rf_check_text(rf_slice_of(rf_nearest(RF_SLICE(word), fields)), rf_slice_of(expected))

RF_TEST(a_slip_of_the_finger_is_understood) {
    rf_check_nearest("outptu", "output");
    rf_check_nearest("inptu", "input");
    rf_check_nearest("inpt", "input");
    rf_check_nearest("thread", "threads");
    rf_check_nearest("pipelines", "pipeline");
    rf_check_nearest("shutdown_timout", "shutdown_timeout");
    rf_check_nearest("fiel", "file");
}

RF_TEST(case_and_dashes_do_not_count) {
    rf_check_nearest("nodeids", "nodeIDs");
    rf_check_nearest("NODEIDS", "nodeIDs");
    rf_check_nearest("shutdown-timeout", "shutdown_timeout");
    rf_check_nearest("SubscribeEnable", "subscribeEnabled");
}

RF_TEST(the_beginning_of_a_word_is_enough) {
    rf_check_nearest("shut", "shutdown_timeout");
    rf_check_nearest("opc", "opcua");
    rf_check_nearest("pipe", "pipeline");
    rf_check_nearest("opcua_client", "opcua");
}

RF_TEST(what_is_far_away_is_not_suggested) {
    rf_check_nearest("kafka", NULL);
    rf_check_nearest("x", NULL);
    rf_check_nearest("", NULL);
    rf_check_nearest("op", NULL);
    rf_check_nearest("entirely_different", NULL);
}

RF_TEST(words_of_any_length_are_safe) {
    static const char *const long_names[] = {
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "b", NULL
    };
    char word[1000];
    memset(word, 'a', sizeof word);
    for (size_t len = 0; len < sizeof word; len++)
        rf_check(!rf_nearest((rf_slice){ word, len }, long_names) || len == 1);
    static const char *const none[] = { NULL };
    rf_check(!rf_nearest(RF_SLICE("input"), none));
}
