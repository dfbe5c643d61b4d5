/* scanner_test.c: sources cut into messages, whatever the parts they come in. */
#include "components/inputs/scanner.h"

#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>
#include <unistd.h>

/* A scanner fed through a pipe; `out` has a line for each message, "!TEXT" for each complaint. */
typedef struct fed {
    rf_scanner scanner;
    rf_line_reader reader;
    rf_keys *keys;
    rf_batch *batch;
    rf_buffer out;
    int ends[2];
} fed;

static void fed_done(fed *f) {
    rf_scanner_done(&f->scanner);
    rf_line_reader_done(&f->reader);
    rf_batch_free(f->batch);
    rf_keys_free(f->keys);
    rf_buffer_done(&f->out);
    for (int i = 0; i < 2; i++)
        if (f->ends[i] > 0)
            (void)close(f->ends[i]);
}

static void note(fed *f, rf_message *message) {
    if (rf_message_write(&f->out, f->batch, message, NULL))
        f->out.failed = true;
    rf_buffer_char(&f->out, '\n');
}

/* False: out of memory. */
static bool take_all(fed *f) {
    for (;;) {
        rf_message message = { 0 };
        f->scanner.complaint[0] = '\0';
        switch (f->scanner.kind->next(&f->scanner, &f->reader, f->batch, &message)) {
        case RF_SCANNED: note(f, &message); break;
        case RF_SCANNED_BAD: rf_buffer_printf(&f->out, "!%s\n", f->scanner.complaint); break;
        case RF_SCANNED_FAILED: return false;
        default: return true;
        }
    }
}

/* What the scanner makes of `text` that comes `step` bytes at a time. */
static bool scan(fed *f, const rf_scan_kind *kind, rf_slice text, size_t step) {
    f->scanner.kind = kind;
    rf_line_reader_init(&f->reader, RF_SLICE("\n"), 100);
    f->keys = rf_keys_new();
    f->batch = f->keys ? rf_batch_new(f->keys) : NULL;
    if (!f->batch || pipe(f->ends) != 0)
        return false;
    for (size_t at = 0; at <= text.len; at += step) {
        size_t part = text.len - at < step ? text.len - at : step;
        if (part && write(f->ends[1], text.data + at, part) != (ssize_t)part)
            return false;
        if (!part || part < step) {
            (void)close(f->ends[1]);
            f->ends[1] = 0;
        }
        if (rf_line_reader_fill(&f->reader, f->ends[0], NULL) || !take_all(f))
            return false;
        if (f->ends[1] == 0 && !f->reader.ended && (rf_line_reader_fill(&f->reader, f->ends[0], NULL) || !take_all(f)))
            return false;
    }
    return f->reader.ended;
}

static void check_scan(const rf_scan_kind *kind, const rf_scanner_options *options, rf_slice text, rf_slice expected) {
    for (size_t step = 1; step <= text.len + 1; step++) {
        RF_CLEANUP(fed_done) fed f = { .scanner.options = *options };
        rf_check(scan(&f, kind, text, step));
        rf_check_text(rf_buffer_view(&f.out), expected);
    }
}

RF_TEST(a_chunk_has_its_size_and_the_last_what_is_left) {
    const rf_scanner_options options = { .chunker.size = 2 };
    check_scan(&rf_scan_chunker, &options, RF_SLICE("abcde"), RF_SLICE("{\"raw\":\"ab\",\"meta\":{}}\n{\"raw\":\"cd\",\"meta\":{}}\n{\"raw\":\"e\",\"meta\":{}}\n"));
    check_scan(&rf_scan_chunker, &options, RF_SLICE(""), RF_SLICE(""));
}

RF_TEST(to_the_end_is_one_message_even_of_nothing) {
    const rf_scanner_options options = { 0 };
    check_scan(&rf_scan_to_the_end, &options, RF_SLICE("a\nb\n"), RF_SLICE("{\"raw\":\"a\\nb\\n\",\"meta\":{}}\n"));
    check_scan(&rf_scan_to_the_end, &options, RF_SLICE(""), RF_SLICE("{\"raw\":\"\",\"meta\":{}}\n"));
}

RF_TEST(documents_follow_one_another_with_or_without_blanks) {
    const rf_scanner_options options = { 0 };
    check_scan(&rf_scan_json_documents, &options, RF_SLICE("{\"a\": [1, \"}\"]}[2]\n\n3 null\"x\"\n"),
               RF_SLICE("{\"payload\":{\"a\":[1,\"}\"]},\"meta\":{}}\n{\"payload\":[2],\"meta\":{}}\n{\"payload\":3,\"meta\":{}}\n{\"payload\":null,\"meta\":{}}\n"
                        "{\"payload\":\"x\",\"meta\":{}}\n"));
    check_scan(&rf_scan_json_documents, &options, RF_SLICE("{\"a\":1} nope {}"),
               RF_SLICE("{\"payload\":{\"a\":1},\"meta\":{}}\n!invalid character 'o' in literal null (expecting 'u')\n"));
    check_scan(&rf_scan_json_documents, &options, RF_SLICE("[1"), RF_SLICE("!unexpected EOF\n"));
}

RF_TEST(an_array_gives_its_elements) {
    const rf_scanner_options options = { 0 };
    check_scan(&rf_scan_json_array, &options, RF_SLICE(" [1, {\"a\":[2,\"]\"]} ,\"x\" ]  junk"),
               RF_SLICE("{\"payload\":1,\"meta\":{}}\n{\"payload\":{\"a\":[2,\"]\"]},\"meta\":{}}\n{\"payload\":\"x\",\"meta\":{}}\n"));
    check_scan(&rf_scan_json_array, &options, RF_SLICE("[]"), RF_SLICE(""));
    check_scan(&rf_scan_json_array, &options, RF_SLICE(""), RF_SLICE(""));
    check_scan(&rf_scan_json_array, &options, RF_SLICE("[1 2]"), RF_SLICE("{\"payload\":1,\"meta\":{}}\n!invalid character '2' after array element\n"));
    check_scan(&rf_scan_json_array, &options, RF_SLICE("[1,"), RF_SLICE("{\"payload\":1,\"meta\":{}}\n!unexpected EOF\n"));
    check_scan(&rf_scan_json_array, &options, RF_SLICE("{}"), RF_SLICE("!expected an array, got '{'\n"));
}

RF_TEST(rows_are_maps_by_the_header) {
    const rf_scanner_options options = { .csv.parse_header_row = true };
    check_scan(&rf_scan_csv, &options, RF_SLICE("h,i\r\n1,x\n\n\"a \"\"b\"\"\nc\",\n9"),
               RF_SLICE("{\"payload\":{\"h\":\"1\",\"i\":\"x\"},\"meta\":{\"csv_row\":0}}\n{\"payload\":{\"h\":\"a \\\"b\\\"\\nc\",\"i\":\"\"},\"meta\":{\"csv_row\":1}}\n"
                        "!record on line 6: wrong number of fields\n"));
}

RF_TEST(wrong_rows_are_passed_over_or_marked) {
    rf_scanner_options options = { .csv = { .custom_delimiter = RF_SLICE(";") } };
    const rf_slice text = RF_SLICE("1;2\n3\na\"b;4\n\"c\"d;5\n6;7\n\"8");
    check_scan(&rf_scan_csv, &options, text,
               RF_SLICE("{\"payload\":[\"1\",\"2\"],\"meta\":{\"csv_row\":0}}\n!record on line 2: wrong number of fields\n"
                        "!parse error on line 3, column 2: bare \" in non-quoted-field\n!parse error on line 4, column 3: extraneous or missing \" in quoted-field\n"
                        "{\"payload\":[\"6\",\"7\"],\"meta\":{\"csv_row\":1}}\n!parse error on line 6, column 3: extraneous or missing \" in quoted-field\n"));
    options.csv.continue_on_error = true;
    check_scan(&rf_scan_csv, &options, RF_SLICE("1;2\n3\n"),
               RF_SLICE("{\"payload\":[\"1\",\"2\"],\"meta\":{\"csv_row\":0}}\n{\"payload\":[\"3\"],\"meta\":{\"csv_row\":1},\"error\":\"record on line 2: wrong number of fields\"}\n"));
    options.csv.lazy_quotes = true;
    check_scan(&rf_scan_csv, &options, RF_SLICE("a\"b;4\n\"c\"d\";5\n"),
               RF_SLICE("{\"payload\":[\"a\\\"b\",\"4\"],\"meta\":{\"csv_row\":0}}\n{\"payload\":[\"c\\\"d\",\"5\"],\"meta\":{\"csv_row\":1}}\n"));
}

RF_TEST(a_match_begins_a_message) {
    RF_CLEANUP(fed_done) fed f = { .scanner.options.re_match.max_buffer_size = 8 };
    rf_check(!rf_regex_compile(RF_SLICE("(?m)^id"), &f.scanner.regex, NULL));
    rf_check(scan(&f, &rf_scan_re_match, RF_SLICE("pre\nid1\nx\nid2\nlonger than 8\nid3"), 4));
    rf_check_text(rf_buffer_view(&f.out), RF_SLICE("{\"raw\":\"pre\\n\",\"meta\":{}}\n{\"raw\":\"id1\\nx\\n\",\"meta\":{}}\n!longer than max_buffer_size, 8 bytes\n"
                                                   "{\"raw\":\"id3\",\"meta\":{}}\n"));
}

RF_TEST(configs_of_scanners_are_checked) {
    static const char *const bad[][2] = {
        { "{lines: {}, csv: {}}", "multiple candidates 'lines' and 'csv'" },
        { "{chunker: {}}", "field size is required" },
        { "{chunker: {size: 0}}", "size must be from 1 byte" },
        { "{csv: {custom_delimiter: ab}}", "must be one ASCII character" },
        { "{re_match: {pattern: '('}}", "is no regular expression" },
        { "{skip_bom: {into: {wat: {}}}}", "field wat not recognised" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
        rf_error error = { 0 };
        char config[200];
        (void)snprintf(config, sizeof config, "input: {stdin: {scanner: %s}}\noutput: {drop: {}}\n", bad[i][0]);
        rf_check(rf_fixture_stream_open(&stream, config, &error));
        rf_check(strstr(error.message, bad[i][1]));
    }
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream message = { 0 };
    rf_check(rf_fixture_stream_open(&message, "input: {stdin: {codec: message, scanner: {csv: {}}}}\noutput: {drop: {}}\n", NULL) == RF_ECONFIG);
}

RF_TEST(files_may_have_a_byte_order_mark_and_each_its_header) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(rf_fixture_dir_write(&dir, "a.csv", RF_SLICE("\xEF\xBB\xBFh\n1\n2\n")));
    rf_check(rf_fixture_dir_write(&dir, "b.csv", RF_SLICE("i\n3\n")));
    const char *text = rf_fixture_dir_config(&dir, "input: {file: {paths: ['@DIR@/*.csv'], scanner: {skip_bom: {into: {csv: {}}}}}}\n"
                                                   "pipeline: {threads: 1}\noutput: {file: {path: '@DIR@/out'}}\n");
    rf_check(text && !rf_fixture_stream_open(&stream, text, NULL) && !rf_stream_run(stream.stream, NULL));
    rf_check_text(rf_fixture_dir_read(&dir, "out"), RF_SLICE("{\"h\":\"1\"}\n{\"h\":\"2\"}\n{\"i\":\"3\"}\n"));
}

RF_TEST(rows_of_csv_files_name_their_header_and_are_batched) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(rf_fixture_dir_write(&dir, "a.csv", RF_SLICE("h;i\n1;x\n2;\"y;\"\n3;z\n")));
    const char *text = rf_fixture_dir_config(&dir, "input: {csv: {paths: ['@DIR@/a.csv'], delimiter: ';', batch_count: 2}}\n"
                                                   "pipeline: {threads: 1, processors: [{archive: {format: json_array}}]}\n"
                                                   "output: {file: {path: '@DIR@/out', codec: message}}\n");
    rf_check(text && !rf_fixture_stream_open(&stream, text, NULL) && !rf_stream_run(stream.stream, NULL));
    rf_slice out = rf_fixture_dir_read(&dir, "out");
    rf_check(out.data);
    rf_check(strstr(out.data, "{\"payload\":[{\"h\":\"1\",\"i\":\"x\"},{\"h\":\"2\",\"i\":\"y;\"}],\"meta\":{"));
    rf_check(strstr(out.data, "{\"payload\":[{\"h\":\"3\",\"i\":\"z\"}],\"meta\":{"));
    rf_check(strstr(out.data, "\"header\":[\"h\",\"i\"]") && strstr(out.data, "\"mod_time_unix\":") && !strstr(out.data, "csv_row"));
}
