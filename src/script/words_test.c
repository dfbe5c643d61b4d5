/* words_test.c: looking at a script's text. */
#include "harness.h"

#include "base/slice.h"
#include "script/words.h"

RF_TEST(the_first_token_stands_behind_blanks_and_comments) {
    rf_check_text(rf_js_first_token(RF_SLICE(" /* x */ // y\n function f(){}")), RF_SLICE("function"));
    rf_check_text(rf_js_first_token(RF_SLICE("{a: 1}")), RF_SLICE("{"));
    rf_check_text(rf_js_first_token(RF_SLICE("letter")), RF_SLICE("letter"));
    rf_check_text(rf_js_first_token(RF_SLICE(" // only")), RF_SLICE(""));
    rf_check_text(rf_js_first_token(RF_SLICE("/* never ends")), RF_SLICE(""));
}

RF_TEST(blanks_and_semicolons_go_from_the_end) {
    rf_check_text(rf_js_strip_end(RF_SLICE("a;; \n;")), RF_SLICE("a"));
    rf_check_text(rf_js_strip_end(RF_SLICE(" ; ")), RF_SLICE(""));
}

RF_TEST(words_are_found_anywhere) {
    static const char *const words[] = { "eval", "this", NULL };
    rf_check(rf_js_mentions(RF_SLICE("x = thisThing"), words));
    rf_check(!rf_js_mentions(RF_SLICE("x = 1"), words));
    rf_check(!rf_js_mentions(RF_SLICE(""), words));
}
