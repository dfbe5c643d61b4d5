/* utf8_test.c: UTF-8. */
#include "harness.h"

#include "base/slice.h"
#include "base/utf8.h"

RF_TEST(every_character_goes_there_and_back) {
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char bytes[4];
        uint32_t back = 0;
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        size_t len = rf_utf8_encode(c, bytes);
        rf_check(len == (c < 0x80 ? 1u : c < 0x800 ? 2u : c < 0x10000 ? 3u : 4u));
        rf_check(rf_utf8_decode((rf_slice){ bytes, len }, &back) == len);
        rf_check(back == c);
    }
}

RF_TEST(what_is_no_character_is_written_as_the_replacement) {
    char bytes[4];
    rf_check(rf_utf8_encode(0xD800, bytes) == 3 && memcmp(bytes, "\xEF\xBF\xBD", 3) == 0);
    rf_check(rf_utf8_encode(0x110000, bytes) == 3 && memcmp(bytes, "\xEF\xBF\xBD", 3) == 0);
}

RF_TEST(invalid_sequences_are_refused) {
    static const char *const bad[] = {
        "\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xE2\x82",
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF0\x9F\x98", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFE", "\xFF",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint32_t c;
        rf_check(rf_utf8_decode(rf_slice_of(bad[i]), &c) == 0);
        rf_check(!rf_utf8_valid(rf_slice_of(bad[i])));
    }
    uint32_t c;
    rf_check(rf_utf8_decode((rf_slice){ NULL, 0 }, &c) == 0);
    rf_check(rf_utf8_valid((rf_slice){ NULL, 0 }));
}

RF_TEST(a_bad_byte_is_found_anywhere) {
    char text[40];
    for (size_t at = 0; at < sizeof text; at++) {
        memset(text, 'a', sizeof text);
        rf_check(rf_utf8_valid((rf_slice){ text, sizeof text }));
        text[at] = '\x85';
        rf_check(!rf_utf8_valid((rf_slice){ text, sizeof text }));
        for (size_t len = at + 1; len <= sizeof text; len++)
            rf_check(rf_utf8_is_ascii((rf_slice){ text, at }) && !rf_utf8_is_ascii((rf_slice){ text, len }));
    }
}

RF_TEST(a_valid_text_is_not_copied) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 256);
    rf_slice text = RF_SLICE("gr\xC3\xBC\xC3\x9F dich \xF0\x9F\x98\x80");
    rf_slice same = rf_utf8_clean_in(&arena, text);
    rf_check(same.data == text.data && same.len == text.len);
    rf_check(arena.held_bytes == 0);
}

RF_TEST(each_invalid_byte_becomes_one_replacement) {
    static const char *const cases[][2] = {
        { "a\xFF", "a\xEF\xBF\xBD" },
        { "\xFF", "\xEF\xBF\xBD" },
        { "a\xFF\xFE\x62", "a\xEF\xBF\xBD\xEF\xBF\xBD\x62" },
        { "\xE2\x82x", "\xEF\xBF\xBD\xEF\xBF\xBDx" },
        { "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
        { "\xC3\xBC\x80\xC3\xBC", "\xC3\xBC\xEF\xBF\xBD\xC3\xBC" },
    };
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 256);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rf_slice clean = rf_utf8_clean_in(&arena, rf_slice_of(cases[i][0]));
        rf_check(clean.data);
        rf_check_text(clean, rf_slice_of(cases[i][1]));
        rf_check(rf_utf8_valid(clean));
    }
}

RF_TEST(characters_are_counted) {
    rf_check(rf_utf8_length(RF_SLICE("")) == 0);
    rf_check(rf_utf8_length(RF_SLICE("abc")) == 3);
    rf_check(rf_utf8_length(RF_SLICE("gr\xC3\xBC\xC3\x9F")) == 4);
    rf_check(rf_utf8_length(RF_SLICE("\xF0\x9F\x98\x80!")) == 2);
    rf_check(rf_utf8_length(RF_SLICE("\xFF\xE2\x82x")) == 4);
}

RF_TEST(a_clip_cuts_between_characters_and_never_gives_nothing_for_bytes_that_are_none) {
    const rf_slice euro = RF_SLICE("ab\xE2\x82\xAC" "c");
    rf_check(rf_utf8_clip(euro, 3).len == 2 && rf_utf8_clip(euro, 4).len == 2 && rf_utf8_clip(euro, 5).len == 5 && rf_utf8_clip(euro, 9).len == 6);
    const rf_slice strays = RF_SLICE("\x80\x80\x80\x80\x80\x80\x80\x80");
    rf_check(rf_utf8_clip(strays, 6).len == 6 && rf_utf8_clip(strays, 0).len == 0);
}
