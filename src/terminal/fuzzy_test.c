/* fuzzy_test.c: what is found, and what before what. */
#include "terminal/fuzzy.h"

#include "base/slice.h"
#include "harness.h"

#include <string.h>

static int score(const char *pattern, const char *text) { return rf_fuzzy_score(rf_slice_of(pattern), rf_slice_of(text), NULL, 0); }

/* The text with matched bytes as they are and others as dots. */
static const char *marks(const char *pattern, const char *text, char out[64]) {
    bool matched[64];
    size_t len = strlen(text);
    (void)rf_fuzzy_score(rf_slice_of(pattern), rf_slice_of(text), matched, sizeof matched);
    for (size_t i = 0; i < len; i++)
        out[i] = matched[i] ? text[i] : '.';
    out[len] = '\0';
    return out;
}

RF_TEST(letters_in_order_are_found) {
    rf_check(score("rdc", "redact") >= 0);
    rf_check(score("REDACT", "redact") > 0);
    rf_check(score("", "redact") == 0 && score("  ", "redact") == 0 && score("", "") == 0);
    rf_check(score("a b", "ab") > 0);
}

RF_TEST(letters_out_of_order_or_missing_are_not_found) {
    rf_check(score("cdr", "redact") == RF_FUZZY_NONE);
    rf_check(score("redactx", "redact") == RF_FUZZY_NONE);
    rf_check(score("x", "") == RF_FUZZY_NONE);
    rf_check(score("rr", "redact") == RF_FUZZY_NONE);
}

RF_TEST(together_and_at_words_scores_higher) {
    rf_check(score("red", "redact pause") > score("red", "rewind"));
    rf_check(score("pa", "redact pause") > score("pa", "ripraps"));
    rf_check(score("rp", "redact pause") > score("rp", "carpet"));
    rf_check(score("abc", "xabc") > score("abc", "xaxbxc"));
    rf_check(score("det", "detach") > score("det", "go detach"));
    rf_check(score("fb", "fooBar") > score("fb", "foobar"));
}

RF_TEST(the_best_way_is_marked) {
    char out[64];
    rf_check_text(rf_slice_of(marks("pa", "ripple pause", out)), RF_SLICE(".......pa..."));
    rf_check_text(rf_slice_of(marks("rp", "redact pause", out)), RF_SLICE("r......p...."));
    rf_check_text(rf_slice_of(marks("\xC3\xA4", "x\xC3\xA4y", out)), RF_SLICE(".\xC3\xA4."));
    rf_check_text(rf_slice_of(marks("z", "abc", out)), RF_SLICE("..."));
}

RF_TEST(long_and_broken_texts_are_bounded) {
    char text[5000], pattern[500];
    memset(text, 'a', sizeof text);
    memset(pattern, 'a', sizeof pattern);
    rf_check(rf_fuzzy_score((rf_slice){ pattern, sizeof pattern }, (rf_slice){ text, sizeof text }, NULL, 0) > 0);
    memset(text, 0xFF, sizeof text);
    bool matched[8];
    rf_check(rf_fuzzy_score(RF_SLICE("a"), (rf_slice){ text, sizeof text }, matched, sizeof matched) == RF_FUZZY_NONE);
    rf_check(!matched[0] && !matched[7]);
}
