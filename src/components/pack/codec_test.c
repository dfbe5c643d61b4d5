/* codec_test.c: every codec there and back, cut off anywhere, and given what lies. */
#include "components/pack/codec.h"

#include "base/slice.h"
#include "harness.h"

#include <string.h>

static const char bz2_hello[] = {
    0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, (char)0x85, 0x74, 0x6e, 0x41, 0x00, 0x00, 0x02, (char)0xd1,
    0x00, 0x00, 0x10, 0x40, 0x00, 0x02, 0x44, (char)0xa0, 0x00, 0x30, (char)0xc0, 0x04, (char)0xa6, (char)0x98, 0x52, 0x0d,
    (char)0xc2, (char)0x86, 0x17, 0x72, 0x45, 0x38, 0x50, (char)0x90, (char)0x85, 0x74, 0x6e, 0x41
};

static rf_code expand(const rf_codec_use *use, rf_slice content, rf_buffer *out, rf_error *error) {
    rf_buffer_clear(out);
    *error = (rf_error){ 0 };
    return use->codec->expand(use, content, out, error);
}

/* Each beginning of it is an error, but never anything worse. */
static void cut_anywhere(const rf_codec_use *use, rf_slice packed) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    for (size_t len = 0; len < packed.len; len++) {
        rf_error error;
        RF_CLEANUP(rf_buffer_done) rf_buffer part = { 0 }; /* of its own size, so that reading past its end is seen */
        rf_buffer_append(&part, packed.data, len);
        const rf_code code = expand(use, len ? rf_buffer_view(&part) : RF_SLICE(""), &out, &error);
        rf_check(code != RF_OK || len == 0 || rf_test_torture());
    }
}

static void there_and_back(const rf_codec *codec, int level, rf_slice text) {
    RF_CLEANUP(rf_buffer_done) rf_buffer packed = { 0 }, out = { 0 };
    rf_codec_use use;
    rf_error error = { 0 };
    rf_code code = rf_codec_open(&use, rf_slice_of(codec->name), level, &error);
    if (!code)
        code = codec->shrink(&use, text, &packed, &error);
    if (!code)
        code = expand(&use, rf_buffer_view(&packed), &out, &error);
    if (code && rf_test_torture())
        return;
    rf_check(!code && out.len == text.len && (text.len == 0 || memcmp(out.data, text.data, text.len) == 0));
    cut_anywhere(&use, rf_buffer_view(&packed));
}

RF_TEST(what_is_made_smaller_comes_back) {
    char text[3000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)((size_t)"abc"[i % 3] + i / 700);
    for (const rf_codec *const *codec = rf_codecs; *codec; codec++) {
        if (!(*codec)->shrink)
            continue;
        there_and_back(*codec, -1, (rf_slice){ text, sizeof text });
        there_and_back(*codec, 9, RF_SLICE("x"));
        there_and_back(*codec, 0, RF_SLICE(""));
    }
}

static void fails(const char *codec, rf_slice content, const char *message) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_codec_use use;
    rf_error error = { 0 };
    if (rf_codec_open(&use, rf_slice_of(codec), -1, &error))
        return;
    const rf_code code = expand(&use, content, &out, &error);
    rf_check(code != RF_OK);
    if (code != RF_ENOMEM)
        rf_check_text(rf_slice_of(error.message), rf_slice_of(message));
}

RF_TEST(what_is_something_else_is_said_to_be) {
    const rf_slice hello = RF_SLICE("hello hello hello\n");
    fails("bzip2", hello, "bzip2 data invalid: bad magic value");
    fails("flate", hello, "flate: corrupt input before offset 5");
    fails("gzip", hello, "gzip: invalid header");
    fails("lz4", hello, "lz4: bad magic number");
    fails("snappy", hello, "snappy: corrupt input");
    fails("zlib", hello, "zlib: invalid header");
    fails("snappy", RF_SLICE("\xff\xff\xff\xff\x0f" "a"), "snappy: corrupt input"); /* 4 GiB, it says */
    fails("snappy", RF_SLICE(""), "snappy: corrupt input");
}

RF_TEST(bzip2_is_read) {
    RF_CLEANUP(rf_buffer_done) rf_buffer twice = { 0 }, out = { 0 };
    rf_codec_use use;
    rf_error error = { 0 };
    rf_buffer_append(&twice, bz2_hello, sizeof bz2_hello);
    rf_buffer_append(&twice, bz2_hello, sizeof bz2_hello);
    rf_code code = rf_codec_open(&use, RF_SLICE("bzip2"), -1, &error);
    if (!code && !twice.failed)
        code = expand(&use, rf_buffer_view(&twice), &out, &error);
    if ((code || twice.failed) && rf_test_torture())
        return;
    rf_check(!code);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("hello hello\nhello hello\n"));
    cut_anywhere(&use, (rf_slice){ bz2_hello, sizeof bz2_hello });
}

RF_TEST(a_part_of_an_archive_has_the_size_it_says) {
    RF_CLEANUP(rf_buffer_done) rf_buffer packed = { 0 }, out = { 0 };
    static const char zeros[100000] = { 0 };
    if (rf_deflate_part((rf_slice){ zeros, sizeof zeros }, &packed, NULL))
        return;
    rf_code code = rf_inflate_part(rf_buffer_view(&packed), sizeof zeros, &out, NULL);
    rf_check((!code && out.len == sizeof zeros) || rf_test_torture());
    rf_buffer_clear(&out);
    code = rf_inflate_part(rf_buffer_view(&packed), 10, &out, NULL);
    rf_check(code == RF_EPARSE || rf_test_torture());
    rf_check(out.cap < sizeof zeros * 2); /* no more is expanded than that and a little */
}
