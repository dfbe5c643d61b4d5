/* slice_test.c: slices. */
#include "harness.h"

#include "base/slice.h"

static const rf_slice nothing = { NULL, 0 };

RF_TEST(order_is_bytewise_and_the_shorter_comes_first) {
    rf_check(rf_slice_compare(RF_SLICE("a"), RF_SLICE("b")) < 0);
    rf_check(rf_slice_compare(RF_SLICE("ab"), RF_SLICE("a")) > 0);
    rf_check(rf_slice_compare(RF_SLICE("a"), RF_SLICE("a\0")) < 0);
    rf_check(rf_slice_compare(nothing, RF_SLICE("")) == 0);
    rf_check(rf_slice_compare(nothing, RF_SLICE("a")) < 0);
    rf_check(rf_slice_compare(RF_SLICE("\xFF"), RF_SLICE("z")) > 0);
}

RF_TEST(equality_sees_every_byte) {
    rf_check(rf_slice_eq(RF_SLICE("a\0b"), RF_SLICE("a\0b")));
    rf_check(!rf_slice_eq(RF_SLICE("a\0b"), RF_SLICE("a\0c")));
    rf_check(rf_slice_eq(nothing, RF_SLICE("")));
    rf_check(rf_slice_is(RF_SLICE("name"), "name"));
    rf_check(!rf_slice_is(RF_SLICE("name"), "names"));
    rf_check(rf_slice_of(NULL).len == 0);
}

RF_TEST(starts_and_ends) {
    rf_check(rf_slice_starts(RF_SLICE("umh.v1"), RF_SLICE("umh.")));
    rf_check(!rf_slice_starts(RF_SLICE("um"), RF_SLICE("umh")));
    rf_check(rf_slice_starts(nothing, nothing));
    rf_check(rf_slice_ends(RF_SLICE("a.yaml"), RF_SLICE(".yaml")));
    rf_check(!rf_slice_ends(RF_SLICE("yaml"), RF_SLICE(".yaml")));
    rf_check(rf_slice_ends(nothing, RF_SLICE("")));
}

RF_TEST(case_is_ignored_for_ascii_letters_only) {
    rf_check(rf_slice_eq_nocase(RF_SLICE("InFo"), RF_SLICE("iNfO")));
    rf_check(!rf_slice_eq_nocase(RF_SLICE("[a"), RF_SLICE("{a")));
    rf_check(!rf_slice_eq_nocase(RF_SLICE("\xC3\x84"), RF_SLICE("\xC3\xA4")));
    rf_check(!rf_slice_eq_nocase(RF_SLICE("ab"), RF_SLICE("abc")));
}

RF_TEST(find_gives_the_length_when_nothing_is_there) {
    rf_check(rf_slice_find(RF_SLICE("a=b=c"), '=') == 1);
    rf_check(rf_slice_find(RF_SLICE("abc"), '=') == 3);
    rf_check(rf_slice_find(nothing, '=') == 0);
}

RF_TEST(trim_takes_ascii_blanks) {
    rf_check_text(rf_slice_trim(RF_SLICE(" \t\r\n\v\f a b \n")), RF_SLICE("a b"));
    rf_check_text(rf_slice_trim(RF_SLICE("  ")), RF_SLICE(""));
    rf_check_text(rf_slice_trim(nothing), nothing);
    rf_check_text(rf_slice_trim(RF_SLICE("\xC2\xA0x")), RF_SLICE("\xC2\xA0x"));
}

RF_TEST(unicode_trim_takes_all_white_space) {
    rf_check_text(rf_slice_trim_unicode(RF_SLICE("\xC2\xA0\xE2\x80\x83 x\xE3\x80\x80\xC2\x85")), RF_SLICE("x"));
    rf_check_text(rf_slice_trim_unicode(RF_SLICE(" \t")), RF_SLICE(""));
    rf_check_text(rf_slice_trim_unicode(nothing), nothing);
    /* A byte-order mark and a zero-width space are no white space; a stray byte is none either. */
    rf_check_text(rf_slice_trim_unicode(RF_SLICE("\xEF\xBB\xBFx")), RF_SLICE("\xEF\xBB\xBFx"));
    rf_check_text(rf_slice_trim_unicode(RF_SLICE("x\xE2\x80\x8B")), RF_SLICE("x\xE2\x80\x8B"));
    rf_check_text(rf_slice_trim_unicode(RF_SLICE(" x\x85 ")), RF_SLICE("x\x85"));
}

RF_TEST(the_hash_spreads_short_keys) {
    unsigned char seen[4096] = { 0 };
    unsigned used = 0;
    for (int i = 0; i < 1000; i++) {
        char key[2] = { (char)('a' + i % 32), (char)('0' + i / 32) };
        unsigned slot = rf_slice_hash((rf_slice){ key, 2 }) & 4095;
        used += !seen[slot];
        seen[slot] = 1;
    }
    /* 1000 balls in 4096 holes: 887 are hit when thrown at random. */
    rf_check(used > 840);
    rf_check(rf_slice_hash(nothing) == rf_slice_hash(RF_SLICE("")));
}
