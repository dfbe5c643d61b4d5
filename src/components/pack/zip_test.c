/* zip_test.c: zips of our own and of others, and what only looks like one. */
#include "components/pack/container.h"

#include "base/slice.h"
#include "harness.h"

#include <string.h>

static void done_zip(rf_zip *zip) { rf_zip_done(zip); }

/* Two files. False: out of memory. */
static bool make(rf_buffer *out) {
    RF_CLEANUP(done_zip) rf_zip zip = { 0 };
    if (rf_zip_add(&zip, out, RF_SLICE("a"), RF_SLICE("first first first"), NULL) || rf_zip_add(&zip, out, RF_SLICE("b/c"), RF_SLICE(""), NULL))
        return false;
    rf_zip_end(&zip, out);
    return !out->failed;
}

/* All of its files as "name=content;", or what is wrong with it. */
static void read_all(rf_slice zip, rf_buffer *out) {
    RF_CLEANUP(rf_buffer_done) rf_buffer file = { 0 };
    rf_zip_reader reader = { 0 };
    rf_error error = { 0 };
    rf_slice name;
    rf_code code = rf_zip_open(zip, &reader, &error);
    while (!code && !(code = rf_zip_next(&reader, &name, &file, &error)))
        rf_buffer_printf(out, "%.*s=%.*s;", RF_SLICE_ARG(name), (int)file.len, file.len ? file.data : "");
    if (code != RF_ECLOSED)
        rf_buffer_text(out, error.message);
}

static void reads_as(rf_slice zip, const char *what) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    read_all(zip, &out);
    if (!rf_test_torture())
        rf_check_text(rf_buffer_view(&out), rf_slice_of(what));
}

RF_TEST(what_is_written_is_read) {
    RF_CLEANUP(rf_buffer_done) rf_buffer zip = { 0 };
    if (make(&zip))
        reads_as(rf_buffer_view(&zip), "a=first first first;b/c=;");
    reads_as(RF_SLICE("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "");
}

RF_TEST(what_was_cut_off_is_no_zip) {
    RF_CLEANUP(rf_buffer_done) rf_buffer zip = { 0 };
    if (!make(&zip))
        return;
    for (size_t len = 0; len < zip.len; len++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer part = { 0 };
        rf_buffer_append(&part, zip.data, len);
        reads_as(len ? rf_buffer_view(&part) : RF_SLICE(""), "zip: not a valid zip file");
    }
}

RF_TEST(any_byte_may_be_wrong) {
    RF_CLEANUP(rf_buffer_done) rf_buffer zip = { 0 };
    if (!make(&zip) || rf_test_torture())
        return;
    for (size_t at = 0; at < zip.len; at++)
        for (int wrong = 0; wrong < 256; wrong += 51) {
            RF_CLEANUP(rf_buffer_done) rf_buffer part = { 0 }, out = { 0 };
            rf_buffer_append(&part, zip.data, zip.len);
            part.data[at] = (char)(part.data[at] ^ (wrong ? wrong : 1));
            read_all(rf_buffer_view(&part), &out);
        }
}

RF_TEST(what_expands_to_too_much_is_refused) {
    RF_CLEANUP(rf_buffer_done) rf_buffer zip = { 0 };
    if (!make(&zip))
        return;
    char *central = memmem(zip.data, zip.len, "PK\1\2", 4);
    rf_check(central != NULL);
    memcpy(central + 24, "\0\0\0\177", 4); /* 2 GiB, it says */
    reads_as(rf_buffer_view(&zip), "expands to more than 1 GiB");
    memcpy(central + 24, "\1\0\0\0", 4);
    reads_as(rf_buffer_view(&zip), "it expands to another size than it says");
    memcpy(central + 24, "\21\0\0\0", 4);
    central[16] = (char)~central[16];
    reads_as(rf_buffer_view(&zip), "zip: checksum error");
    central[10] = 12;
    reads_as(rf_buffer_view(&zip), "zip: unsupported compression algorithm");
}
