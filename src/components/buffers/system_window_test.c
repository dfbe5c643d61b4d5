/* system_window_test.c: which messages are one batch. Windows that lie far ahead are over at the end of the input: no test waits. */
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>

typedef struct played {
    rf_fixture_dir dir;
    rf_fixture_stream f;
} played;

static void played_done(played *p) {
    rf_fixture_stream_done(&p->f);
    rf_fixture_dir_done(&p->dir);
}

/* Runs what `input` holds through a buffer, and `rest` of a config. */
static bool play(played *p, const char *input, const char *rest) {
    char text[2000];
    rf_error error = { 0 };
    (void)snprintf(text, sizeof text, "input: {file: {paths: ['@DIR@/in'], auto_replay_nacks: false}}\n%s", rest);
    if (!rf_fixture_dir_init(&p->dir) || !rf_fixture_dir_write(&p->dir, "in", rf_slice_of(input)))
        return false;
    const char *config = rf_fixture_dir_config(&p->dir, text);
    rf_code code = config ? rf_fixture_stream_open(&p->f, config, &error) : RF_ENOMEM;
    if (!code)
        code = rf_stream_run(p->f.stream, &error);
    if (code && !rf_test_torture())
        (void)fprintf(stderr, "%s\n", error.message);
    return !code;
}

static void gives(const char *input, const char *buffer, const char *processors, const char *output) {
    RF_CLEANUP(played_done) played p = { 0 };
    char rest[1500];
    (void)snprintf(rest, sizeof rest, "buffer: {system_window: {timestamp_mapping: root = this.t, %s}}\npipeline: {processors: [%s]}\noutput: {file: {path: '@DIR@/out'}}\n",
                   buffer, processors);
    const bool good = play(&p, input, rest);
    if (rf_test_torture())
        return;
    rf_check(good);
    rf_check_text(rf_fixture_dir_read(&p.dir, "out"), rf_slice_of(output));
}

#define AT(second, n) "{\"t\":\"2999-01-01T00:00:" second "Z\",\"n\":" n "}\n"
#define NUMBERS "{mapping: root = this.n}, {archive: {format: json_array}}"

RF_TEST(messages_of_a_window_are_a_batch_in_order_of_arrival) {
    gives(AT("03", "1") AT("01", "2") AT("02", "3") AT("01.999", "4") AT("10", "5"), "size: 2s", NUMBERS, "[2,4]\n[1,3]\n[5]\n");
}

RF_TEST(windows_that_overlap_have_their_messages_each) {
    gives(AT("00.5", "1") AT("01.5", "2") AT("02.5", "3"), "size: 2s, slide: 1s", NUMBERS, "[1]\n[1,2]\n[2,3]\n[3]\n");
    gives(AT("00.5", "1") AT("03.1", "2"), "size: 3s, slide: 2s", NUMBERS, "[1]\n[2]\n[2]\n"); /* ends at 2, 4 and 6 */
}

RF_TEST(an_offset_moves_all_windows) {
    gives(AT("00.5", "1") AT("01.5", "2") AT("02.5", "3"), "size: 2s, offset: 1s", NUMBERS, "[1]\n[2,3]\n");
}

RF_TEST(seconds_since_1970_are_a_time_too) {
    gives("{\"t\":32472144000.5,\"n\":1}\n{\"t\":32472144001,\"n\":2}\n", "size: 1s", NUMBERS, "[1]\n[2]\n");
}

RF_TEST(each_message_tells_the_end_of_its_window) {
    gives(AT("00.5", "1") AT("01.5", "2"), "size: 500ms", "{mapping: 'root = @window_end_timestamp'}", "2999-01-01T00:00:01Z\n2999-01-01T00:00:02Z\n");
}

RF_TEST(what_is_older_than_the_current_window_is_dropped) {
    gives("{\"t\":\"2020-01-01T00:00:01Z\",\"n\":1}\n" AT("00", "2"), "size: 2s, allowed_lateness: 1s", NUMBERS, "[2]\n");
}

RF_TEST(what_has_no_time_is_of_now_and_marked) {
    gives("{\"n\":1}\n{\"n\":2,\"t\":[]}\n", "size: 1000h", "{mapping: 'root = errored()'}", "true\ntrue\n");
}

RF_TEST(many_messages_are_kept_and_all_come) {
    RF_CLEANUP(rf_buffer_done) rf_buffer input = { 0 }, output = { 0 };
    for (int i = 0; i < 2000; i++) {
        rf_buffer_printf(&input, "{\"t\":\"2999-01-01T00:00:%02dZ\",\"n\":%d}\n", i % 7, i);
        if (i % 7 == 3)
            rf_buffer_printf(&output, "%d\n", i);
    }
    if (rf_buffer_cstr(&input) && rf_buffer_cstr(&output))
        gives(rf_buffer_cstr(&input), "size: 1s", "{mapping: 'root = if this.t.contains(\":03Z\") { this.n } else { deleted() }'}", rf_buffer_cstr(&output));
}

RF_TEST(what_an_output_refuses_goes_back_to_the_input) {
    RF_CLEANUP(played_done) played p = { 0 };
    bool good = play(&p, "a\nb\n", "buffer: {system_window: {size: 1000h}}\noutput: {reject: no}\n");
    rf_check(good || rf_test_torture()); /* which does not want it tried again */
}

RF_TEST(windows_that_cannot_be_are_refused) {
#define WRONG(fields, message) rf_fixture_wrong("input: {stdin: {}}\nbuffer: {system_window: {" fields "}}\noutput: {drop: {}}\n", message)
    WRONG("slide: 1s", "field size is required");
    WRONG("size: 0s", "size must be more than 0");
    WRONG("size: 1s, slide: 1s", "slide must be less than size");
    WRONG("size: 1s, offset: 1s", "offset must be less than size");
    WRONG("size: 3s, slide: 1s, offset: 2s", "offset must be less than slide");
    WRONG("size: 1us", "size must be whole milliseconds");
    WRONG("size: 1s, timestamp_mapping: root = nosuch()", "unrecognised function 'nosuch'");
}
