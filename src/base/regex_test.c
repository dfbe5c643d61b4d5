/* regex_test.c: matching, what is wrong with a pattern, and patterns that would take for ever. */
#include "base/regex.h"

#include "base/slice.h"
#include "harness.h"

#include <string.h>

static void free_regex(rf_regex **regex) { rf_regex_free(*regex); }

RF_TEST(a_match_is_found_from_a_place_on) {
    RF_CLEANUP(free_regex) rf_regex *regex = NULL;
    size_t begin = 0, end = 0;
    rf_check(!rf_regex_compile(RF_SLICE("(?m)^id"), &regex, NULL));
    rf_check(rf_regex_find(regex, RF_SLICE("id\nxid\nid"), 0, &begin, &end) && begin == 0 && end == 2);
    rf_check(rf_regex_find(regex, RF_SLICE("id\nxid\nid"), 2, &begin, &end) && begin == 7 && end == 9);
    rf_check(!rf_regex_matches(regex, RF_SLICE("xid")));
    rf_check(!rf_regex_matches(regex, (rf_slice){ NULL, 0 }));
}

RF_TEST(the_text_may_be_any_bytes) {
    RF_CLEANUP(free_regex) rf_regex *regex = NULL;
    size_t begin = 0, end = 0;
    rf_check(!rf_regex_compile(RF_SLICE("b$"), &regex, NULL));
    rf_check(rf_regex_find(regex, RF_SLICE("\xff\xfe""b\nb"), 0, &begin, &end) && begin == 4);
    rf_check(!rf_regex_matches(regex, RF_SLICE("b\n")));
}

RF_TEST(what_is_no_pattern_is_said_with_its_place) {
    RF_CLEANUP(free_regex) rf_regex *regex = NULL;
    rf_error error = { 0 };
    rf_check(rf_regex_compile(RF_SLICE("a(b"), &regex, &error) == RF_ECONFIG);
    rf_check(strstr(error.message, "`a(b` is no regular expression") && strstr(error.message, "at character 4"));
    rf_check(!regex);
}

RF_TEST(a_pattern_that_would_take_for_ever_ends) {
    RF_CLEANUP(free_regex) rf_regex *regex = NULL;
    rf_check(!rf_regex_compile(RF_SLICE("^(a+)+$"), &regex, NULL));
    rf_check(!rf_regex_matches(regex, RF_SLICE("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")));
}
