/* bytes_test.c: bytes as text and back. */
#include "harness.h"

#include "base/slice.h"
#include "base/utf8.h"
#include "plugin/bytes.h"

RF_TEST(plain_text_is_not_copied) {
    RF_CLEANUP(rf_buffer_done) rf_buffer scratch = { 0 };
    rf_slice texts[] = { RF_SLICE("build ok"), RF_SLICE("z\xC3\xBCrich \xF0\x9F\x98\x80"), RF_SLICE("\xEE\xBD\x80 \xEE\x80\x80"), RF_SLICE("a\0b") };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rf_check(rf_bytes_to_text(texts[i], &scratch).data == texts[i].data);
        rf_check(rf_text_to_bytes(texts[i], &scratch).data == texts[i].data);
    }
    rf_check(!scratch.data);
}

RF_TEST(an_empty_text_is_no_failure) {
    RF_CLEANUP(rf_buffer_done) rf_buffer scratch = { 0 };
    rf_check(rf_bytes_to_text((rf_slice){ NULL, 0 }, &scratch).data);
    rf_check(rf_text_to_bytes((rf_slice){ NULL, 0 }, &scratch).data);
}

RF_TEST(bytes_that_are_no_utf8_become_characters) {
    RF_CLEANUP(rf_buffer_done) rf_buffer scratch = { 0 };
    /* U+EF80, U+EFBF, U+EFC0, U+EFFF. */
    rf_check_text(rf_bytes_to_text(RF_SLICE("a\x80\xBF\xC0\xFFz"), &scratch), RF_SLICE("a\xEE\xBE\x80\xEE\xBE\xBF\xEE\xBF\x80\xEE\xBF\xBFz"));
    /* A character that breaks off. */
    rf_check_text(rf_bytes_to_text(RF_SLICE("\xE2\x82"), &scratch), RF_SLICE("\xEE\xBF\xA2\xEE\xBE\x82"));
}

RF_TEST(characters_that_stand_for_bytes_come_through_too) {
    RF_CLEANUP(rf_buffer_done) rf_buffer scratch = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer back = { 0 };
    rf_slice bytes = RF_SLICE("\xEE\xBE\x80");
    rf_slice text = rf_bytes_to_text(bytes, &scratch);
    rf_check_text(text, RF_SLICE("\xEE\xBF\xAE\xEE\xBE\xBE\xEE\xBE\x80"));
    rf_check_text(rf_text_to_bytes(text, &back), bytes);
}

RF_TEST(half_a_hidden_byte_at_the_end_stays) {
    RF_CLEANUP(rf_buffer_done) rf_buffer scratch = { 0 };
    rf_check_text(rf_text_to_bytes(RF_SLICE("\xEE\xBE\x80\xEE\xBE"), &scratch), RF_SLICE("\x80\xEE\xBE"));
    rf_check_text(rf_text_to_bytes(RF_SLICE("\xEE"), &scratch), RF_SLICE("\xEE"));
}

/* A generator of our own: the same bytes everywhere. */
static uint32_t next_random(uint32_t *state) { return *state = *state * 1664525u + 1013904223u; }

RF_TEST(every_byte_string_comes_back) {
    static const unsigned char likely[] = { 'a', 0xEE, 0xBE, 0xBF, 0x80, 0xC3, 0xA9, 0xF0, 0x9F, 0xFF, 0x00, 0xED, 0xA0 };
    uint32_t state = 7;
    for (int round = 0; round < 300; round++) {
        char bytes[24];
        size_t len = 1 + (next_random(&state) >> 16) % sizeof bytes;
        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)likely[(next_random(&state) >> 16) % sizeof likely];
        RF_CLEANUP(rf_buffer_done) rf_buffer scratch = { 0 };
        RF_CLEANUP(rf_buffer_done) rf_buffer back = { 0 };
        rf_slice text = rf_bytes_to_text((rf_slice){ bytes, len }, &scratch);
        rf_check(text.data && rf_utf8_valid(text));
        rf_check_text(rf_text_to_bytes(text, &back), ((rf_slice){ bytes, len }));
    }
}
