/* buffer_test.c: buffers. */
#include "harness.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/slice.h"

RF_TEST(appends_add_up) {
    RF_CLEANUP(rf_buffer_done) rf_buffer buffer = { 0 };
    rf_buffer_text(&buffer, "a");
    rf_buffer_char(&buffer, '=');
    rf_buffer_slice(&buffer, RF_SLICE("b\0c"));
    rf_buffer_append(&buffer, NULL, 0);
    rf_buffer_printf(&buffer, "%d", 42);
    rf_check(!buffer.failed);
    rf_check_text(rf_buffer_view(&buffer), RF_SLICE("a=b\0c42"));
}

RF_TEST(an_empty_buffer_has_an_empty_text) {
    RF_CLEANUP(rf_buffer_done) rf_buffer buffer = { 0 };
    rf_check(rf_buffer_view(&buffer).len == 0);
    const char *text = rf_buffer_cstr(&buffer);
    rf_check(text && *text == '\0' && buffer.len == 0);
}

RF_TEST(a_large_text_fits) {
    RF_CLEANUP(rf_buffer_done) rf_buffer buffer = { 0 };
    for (int i = 0; i < 5000; i++)
        rf_buffer_printf(&buffer, "%04d", i);
    rf_check(!buffer.failed && buffer.len == 20000);
    rf_check(memcmp(buffer.data + 4 * 4321, "4321", 4) == 0);
    rf_buffer_printf(&buffer, "%0500000d", 1);
    rf_check(!buffer.failed && buffer.len == 520000 && buffer.data[519999] == '1');
}

RF_TEST(the_text_ends_in_nul_at_every_length) {
    RF_CLEANUP(rf_buffer_done) rf_buffer buffer = { 0 };
    for (size_t i = 0; i < 200; i++) {
        const char *text = rf_buffer_cstr(&buffer);
        rf_check(text && strlen(text) == i && buffer.len == i);
        rf_buffer_char(&buffer, 'x');
    }
}

RF_TEST(room_that_overflows_is_a_failure_that_stays) {
    RF_CLEANUP(rf_buffer_done) rf_buffer buffer = { 0 };
    rf_buffer_text(&buffer, "abc");
    rf_check(!buffer.failed);
    rf_check(!rf_buffer_reserve(&buffer, SIZE_MAX - 1));
    rf_check(buffer.failed);
    rf_buffer_text(&buffer, "def");
    rf_buffer_printf(&buffer, "%s", "ghi");
    rf_check(buffer.len == 3 && !rf_buffer_cstr(&buffer));
    rf_buffer_clear(&buffer);
    rf_buffer_text(&buffer, "xyz");
    rf_check_text(rf_buffer_view(&buffer), RF_SLICE("xyz"));
}

RF_TEST(no_memory_leaves_what_was_there) {
    RF_CLEANUP(rf_buffer_done) rf_buffer buffer = { 0 };
    rf_buffer_text(&buffer, "abc");
    rf_check(!buffer.failed);
    rf_alloc_fail_at(1, true);
    rf_buffer_printf(&buffer, "%01000d", 1);
    rf_alloc_fail_at(0, false);
    rf_check(buffer.failed);
    rf_check_text(rf_buffer_view(&buffer), RF_SLICE("abc"));
}
