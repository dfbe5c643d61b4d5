/* error_test.c: errors by value. */
#include "harness.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <stdio.h>

RF_TEST(a_raise_fills_everything) {
    rf_error error;
    memset(&error, 0xAA, sizeof error);
    rf_check(rf_raise(&error, RF_ECONFIG, "field `%s` not recognised", "outptu") == RF_ECONFIG);
    rf_check(error.code == RF_ECONFIG && error.flags == 0 && error.place.line == 0);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("field `outptu` not recognised"));
    rf_check(error.hint[0] == '\0' && error.place.file[0] == '\0');
    rf_check(strstr(error.raised_in, "error_test.c") && error.raised_at > 0);
}

RF_TEST(nobody_has_to_listen) {
    rf_check(rf_raise(NULL, RF_EIO, "gone") == RF_EIO);
    rf_error_hint(NULL, "x");
    rf_error_prefix(NULL, "x");
    rf_error_place(NULL, "x", 1, 1);
    rf_error_flag(NULL, RF_ERROR_FATAL);
}

RF_TEST(no_memory_has_its_words) {
    rf_error error;
    rf_check(rf_raise_nomem(&error) == RF_ENOMEM);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("out of memory"));
}

RF_TEST(hint_prefix_place_and_flags_are_added) {
    rf_error error;
    (void)rf_raise(&error, RF_EIO, "no such file");
    rf_error_hint(&error, "did you mean `%s`?", "a");
    rf_error_prefix(&error, "opening %s: ", "log");
    rf_error_place(&error, "c.yaml", 3, 7);
    rf_error_flag(&error, RF_ERROR_RETRIABLE);
    rf_error_flag(&error, RF_ERROR_FATAL);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("opening log: no such file"));
    rf_check_text(rf_slice_of(error.hint), RF_SLICE("did you mean `a`?"));
    rf_check_text(rf_slice_of(error.place.file), RF_SLICE("c.yaml"));
    rf_check(error.place.line == 3 && error.place.column == 7);
    rf_check(error.flags == (RF_ERROR_RETRIABLE | RF_ERROR_FATAL));
}

RF_TEST(an_error_may_be_raised_from_its_own_words) {
    rf_error error;
    (void)rf_raise(&error, RF_EIO, "inner");
    (void)rf_raise(&error, RF_ECONFIG, "outer: %s", error.message);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("outer: inner"));
}

RF_TEST(a_long_text_is_cut_at_a_character) {
    char text[2000];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'a', shift);
        for (size_t i = shift; i + 4 < sizeof text; i += 4)
            memcpy(text + i, "\xF0\x9F\x98\x80", 5);
        rf_error error;
        (void)rf_raise(&error, RF_EIO, "%s", text);
        rf_error_hint(&error, "%s", text);
        rf_check(rf_utf8_valid(rf_slice_of(error.message)) && rf_utf8_valid(rf_slice_of(error.hint)));
        rf_check(strlen(error.message) > sizeof error.message - 5);
        rf_check(strlen(error.hint) > sizeof error.hint - 5);
        rf_error_prefix(&error, "before: ");
        rf_check(rf_utf8_valid(rf_slice_of(error.message)) && strncmp(error.message, "before: ", 8) == 0);
        rf_error_prefix(&error, "%s", text);
        rf_check(rf_utf8_valid(rf_slice_of(error.message)));
    }
}

RF_TEST(a_text_that_fits_exactly_is_not_cut) {
    char text[600];
    memset(text, 'a', sizeof text - 1);
    memcpy(text + sizeof text - 3, "\xC3\xBC", 3);
    rf_error error;
    (void)rf_raise(&error, RF_EIO, "%s", text);
    rf_check_text(rf_slice_of(error.message), rf_slice_of(text));
}

RF_TEST(a_long_path_keeps_its_end) {
    char path[1000];
    (void)snprintf(path, sizeof path, "%0900d/last.yaml", 0);
    rf_error error;
    (void)rf_raise(&error, RF_EIO, "x");
    rf_error_place(&error, path, 1, 1);
    rf_check(strlen(error.place.file) == sizeof error.place.file - 1);
    rf_check(rf_slice_ends(rf_slice_of(error.place.file), RF_SLICE("/last.yaml")));
    rf_error_place(&error, NULL, 0, 0);
    rf_check(error.place.file[0] == '\0');
}
