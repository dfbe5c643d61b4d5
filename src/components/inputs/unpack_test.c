/* unpack_test.c: compressed sources and tapes, read through the input `file`. */
#include "base/slice.h"
#include "components/pack/container.h"
#include "components/pack/codec.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>

/* Appends `text` as that codec packs it. */
static bool pack(const char *codec, rf_slice text, rf_buffer *out) {
    RF_CLEANUP(rf_buffer_done) rf_buffer packed = { 0 };
    rf_codec_use use;
    if (rf_codec_open(&use, rf_slice_of(codec), -1, NULL) || use.codec->shrink(&use, text, &packed, NULL))
        return false;
    rf_buffer_slice(out, rf_buffer_view(&packed));
    return !out->failed;
}

/* What comes of a file of these bytes. */
static void reads_as(rf_slice bytes, const char *scanner, rf_slice output) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream f = { 0 };
    char text[500];
    rf_error error = { 0 };
    (void)snprintf(text, sizeof text, "input: {file: {paths: ['@DIR@/in'], scanner: {%s}}}\noutput: {file: {path: '@DIR@/out'}}\n", scanner);
    if (!rf_fixture_dir_init(&dir) || !rf_fixture_dir_write(&dir, "in", bytes) || !rf_fixture_dir_write(&dir, "out", RF_SLICE("")))
        return;
    const char *config = rf_fixture_dir_config(&dir, text);
    rf_code code = config ? rf_fixture_stream_open(&f, config, &error) : RF_ENOMEM;
    if (!code)
        code = rf_stream_run(f.stream, &error);
    if (rf_test_torture())
        return;
    rf_check_text(code ? rf_slice_of(error.message) : RF_SLICE(""), RF_SLICE(""));
    rf_check_text(rf_fixture_dir_read(&dir, "out"), output);
}

/* Many lines, of which hardly any two are the same. */
static bool make_lines(rf_buffer *out, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        rf_buffer_printf(out, "line %u %x\n", i, i * 2654435761u);
    return !out->failed;
}

static void lines_come_through(const char *codec) {
    RF_CLEANUP(rf_buffer_done) rf_buffer lines = { 0 }, packed = { 0 };
    char scanner[100];
    (void)snprintf(scanner, sizeof scanner, "decompress: {algorithm: %s, into: {lines: {}}}", codec);
    if (make_lines(&lines, rf_test_torture() ? 20 : 20000) && pack(codec, rf_buffer_view(&lines), &packed))
        reads_as(rf_buffer_view(&packed), scanner, rf_buffer_view(&lines));
}

RF_TEST(lines_of_a_compressed_file_are_read) {
    lines_come_through("gzip");
    lines_come_through("zlib");
    lines_come_through("flate");
    lines_come_through("pgzip");
    lines_come_through("lz4");
}

RF_TEST(one_member_follows_another) {
    RF_CLEANUP(rf_buffer_done) rf_buffer packed = { 0 };
    if (pack("gzip", RF_SLICE("a\nb"), &packed) && pack("gzip", RF_SLICE("c\nd\n"), &packed))
        reads_as(rf_buffer_view(&packed), "decompress: {algorithm: gzip, into: {skip_bom: {into: {lines: {}}}}}", RF_SLICE("a\nbc\nd\n"));
}

RF_TEST(without_another_scanner_all_is_one_message) {
    RF_CLEANUP(rf_buffer_done) rf_buffer packed = { 0 };
    if (pack("gzip", RF_SLICE("a\nb"), &packed))
        reads_as(rf_buffer_view(&packed), "decompress: {algorithm: gzip}", RF_SLICE("a\nb\n"));
}

RF_TEST(what_breaks_off_gives_what_was_whole) {
    RF_CLEANUP(rf_buffer_done) rf_buffer lines = { 0 }, packed = { 0 };
    if (!make_lines(&lines, 2000) || !pack("gzip", rf_buffer_view(&lines), &packed))
        return;
    packed.len -= 8; /* all is there but the check */
    reads_as(rf_buffer_view(&packed), "decompress: {algorithm: gzip, into: {lines: {}}}", rf_buffer_view(&lines));
    reads_as(rf_buffer_view(&packed), "decompress: {algorithm: gzip}", RF_SLICE(""));
    reads_as(RF_SLICE("this is no gzip at all\n"), "decompress: {algorithm: gzip, into: {lines: {}}}", RF_SLICE(""));
}

static bool make_tape(rf_buffer *out) {
    char large[2000];
    memset(large, 'x', sizeof large);
    if (rf_tar_write(out, RF_SLICE("a"), RF_SLICE("first"), NULL) || rf_tar_write(out, RF_SLICE("b"), (rf_slice){ large, sizeof large }, NULL) ||
        rf_tar_write(out, RF_SLICE("c"), RF_SLICE(""), NULL))
        return false;
    rf_tar_end(out);
    return !out->failed;
}

static void tape_reads_as(rf_slice tape, const char *scanner, const char *output) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream f = { 0 };
    char text[500];
    rf_error error = { 0 };
    (void)snprintf(text, sizeof text, "input: {file: {paths: ['@DIR@/in'], scanner: {%s}}}\npipeline: {processors: [{mapping: 'root = @tar_name + \" \" + content().length().string()'}]}\n"
                   "output: {file: {path: '@DIR@/out'}}\n", scanner);
    if (!rf_fixture_dir_init(&dir) || !rf_fixture_dir_write(&dir, "in", tape))
        return;
    const char *config = rf_fixture_dir_config(&dir, text);
    rf_code code = config ? rf_fixture_stream_open(&f, config, &error) : RF_ENOMEM;
    if (!code)
        code = rf_stream_run(f.stream, &error);
    if (!rf_test_torture())
        rf_check_text(code ? rf_slice_of(error.message) : rf_fixture_dir_read(&dir, "out"), rf_slice_of(output));
}

RF_TEST(files_of_a_tape_are_messages) {
    RF_CLEANUP(rf_buffer_done) rf_buffer tape = { 0 }, packed = { 0 };
    if (!make_tape(&tape) || !pack("gzip", rf_buffer_view(&tape), &packed))
        return;
    tape_reads_as(rf_buffer_view(&tape), "tar: {}", "a 5\nb 2000\nc 0\n");
    tape_reads_as(rf_buffer_view(&packed), "decompress: {algorithm: gzip, into: {tar: {}}}", "a 5\nb 2000\nc 0\n");
    tape_reads_as((rf_slice){ tape.data, 512 * 3 }, "tar: {}", "a 5\n"); /* breaks off within the second */
}

RF_TEST(scanners_that_cannot_be_are_refused) {
#define SCANNER(scanner) "input: {stdin: {scanner: " scanner "}}\noutput: {drop: {}}\n"
    rf_fixture_wrong(SCANNER("{decompress: {}}"), "field algorithm is required");
    rf_fixture_wrong(SCANNER("{decompress: {algorithm: rar}}"), "value rar is not a valid option for this field");
    rf_fixture_wrong(SCANNER("{skip_bom: {into: {decompress: {algorithm: gzip}}}}"), "decompress must be the outermost scanner, and there can be one");
    rf_fixture_wrong("input: {socket_server: {network: tcp, address: '127.0.0.1:0', scanner: {decompress: {algorithm: gzip}}}}\noutput: {drop: {}}\n",
                     "the scanners decompress and switch are for one source at a time, and this input has many");
}

RF_TEST(a_scanner_is_chosen_by_the_name_of_the_source) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream f = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer packed = { 0 };
    rf_error error = { 0 };
    if (!rf_fixture_dir_init(&dir) || !pack("gzip", RF_SLICE("x;y"), &packed) || !rf_fixture_dir_write(&dir, "a.csv", RF_SLICE("h\n1\n")) ||
        !rf_fixture_dir_write(&dir, "b.gz", rf_buffer_view(&packed)) || !rf_fixture_dir_write(&dir, "c.nothing", RF_SLICE("no\n")) || !rf_fixture_dir_write(&dir, "d.txt", RF_SLICE("l|m")))
        return;
    const char *config = rf_fixture_dir_config(&dir, "input: {file: {paths: ['@DIR@/?.*'], scanner: {switch: [{re_match_name: '\\.csv$', scanner: {csv: {}}},"
                                                     " {re_match_name: '\\.gz$', scanner: {decompress: {algorithm: gzip, into: {lines: {}}}}},"
                                                     " {re_match_name: 'txt', scanner: {lines: {custom_delimiter: '|'}}}]}}}\noutput: {file: {path: '@DIR@/out/all'}}\n");
    rf_code code = config ? rf_fixture_stream_open(&f, config, &error) : RF_ENOMEM;
    if (!code)
        code = rf_stream_run(f.stream, &error);
    if (rf_test_torture())
        return;
    rf_check_text(code ? rf_slice_of(error.message) : rf_fixture_dir_read(&dir, "out/all"), RF_SLICE("{\"h\":\"1\"}\nx;y\nl\nm\n"));
}

RF_TEST(a_switch_that_cannot_be_is_refused) {
    rf_fixture_wrong(SCANNER("{switch: []}"), "switch needs at least one case");
    rf_fixture_wrong(SCANNER("{switch: [{re_match_name: '('}]}"), "field scanner is required");
    rf_fixture_wrong(SCANNER("{switch: [{scanner: {switch: [{scanner: {lines: {}}}]}}]}"), "a switch within a switch");
    rf_fixture_wrong(SCANNER("{switch: [{scanner: {nosuch: {}}}]}"), "field nosuch not recognised");
}
