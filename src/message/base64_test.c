/* base64_test.c: base64 both ways. */
#include "message/json.h"

#include "harness.h"

#include "base/slice.h"

RF_TEST(base64_writes_and_reads_the_vectors_of_rfc_4648) {
    static const char *const rows[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
                                           { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_arena_init(&arena, 256);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rf_buffer_clear(&out);
        rf_base64_write(&out, rf_slice_of(rows[i][0]));
        rf_check(!out.failed);
        rf_check_text(rf_buffer_view(&out), rf_slice_of(rows[i][1]));
        rf_slice bytes;
        rf_check(rf_base64_parse_in(&arena, rf_slice_of(rows[i][1]), &bytes));
        rf_check_text(bytes, rf_slice_of(rows[i][0]));
    }
}

RF_TEST(base64_keeps_every_byte) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_arena_init(&arena, 4096);
    char all[256];
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (char)i;
    for (size_t len = 0; len <= sizeof all; len++) {
        rf_buffer_clear(&out);
        rf_base64_write(&out, (rf_slice){ all, len });
        rf_slice bytes;
        rf_check(!out.failed && rf_base64_parse_in(&arena, rf_buffer_view(&out), &bytes));
        rf_check_text(bytes, ((rf_slice){ all, len }));
        rf_arena_clear(&arena);
    }
}

RF_TEST(base64_refuses_other_text) {
    static const char *const texts[] = { "Z", "Zg", "Zg=", "Zm9", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zm=v", "Zm9v\n", "Zm9 ", "-_-_" };
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 256);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rf_slice bytes;
        rf_check(!rf_base64_parse_in(&arena, rf_slice_of(texts[i]), &bytes));
        rf_check(bytes.data);
    }
}
