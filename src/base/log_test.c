/* log_test.c: log records, read back from a pipe. */
#include "harness.h"

#include "base/log.h"
#include "base/slice.h"
#include "base/thread.h"

#include <fcntl.h>
#include <unistd.h>

/* A logger that writes into a pipe, and what it wrote. */
typedef struct fixture {
    int ends[2];
    rf_log *log;
    char text[70000];
    size_t len;
} fixture;

static void fixture_done(fixture *f) {
    rf_log_free(f->log);
    for (int i = 0; i < 2; i++)
        if (f->ends[i] >= 0)
            (void)close(f->ends[i]);
}

static void fixture_open(fixture *f, rf_log_options options) {
    f->log = NULL;
    f->len = 0;
    if (pipe2(f->ends, O_NONBLOCK | O_CLOEXEC) != 0) {
        f->ends[0] = f->ends[1] = -1;
        return;
    }
    options.fd = f->ends[1];
    rf_error error;
    if (rf_log_new(&options, &f->log, &error))
        f->log = NULL;
}

/* What was written since the last call. */
static rf_slice written(fixture *f) {
    ssize_t len = read(f->ends[0], f->text, sizeof f->text);
    return (rf_slice){ f->text, len > 0 ? (size_t)len : 0 };
}

static const char *const statics[] = { "@service", "riffle", NULL };

static rf_log_options plain(rf_log_format format) {
    return (rf_log_options){ .level = RF_LOG_INFO, .format = format, .static_fields = statics };
}

RF_TEST(a_logfmt_record_has_its_fields_in_order) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_open(&f, plain(RF_LOG_LOGFMT));
    rf_check(f.log);
    const rf_log_origin origin = { "", "root.input" };
    rf_log_write(f.log, RF_LOG_INFO, &origin, "Input type %s is now active", "stdin");
    rf_check_text(written(&f), RF_SLICE("level=info msg=\"Input type stdin is now active\" @service=riffle label=\"\" path=root.input\n"));
    const rf_log_origin labelled = { "in", NULL };
    rf_log_write(f.log, RF_LOG_WARN, &labelled, "x");
    rf_check_text(written(&f), RF_SLICE("level=warning msg=\"x\" @service=riffle label=in\n"));
    rf_log_write(f.log, RF_LOG_ERROR, NULL, "y");
    rf_check_text(written(&f), RF_SLICE("level=error msg=\"y\" @service=riffle\n"));
}

RF_TEST(values_are_quoted_when_they_must) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_open(&f, plain(RF_LOG_LOGFMT));
    rf_check(f.log);
    const rf_log_field fields[] = {
        { "a", RF_SLICE("plain:/.x") }, { "b", RF_SLICE("two words") }, { "c", RF_SLICE("x=y") }, { "d", RF_SLICE("say \"hi\"") },
        { "e", RF_SLICE("") }, { "f", RF_SLICE("l1\nl2\t\033\\") }, { "g", RF_SLICE("\xFF") }, { "h", RF_SLICE("gr\xC3\xBC\xC3\x9F") },
    };
    rf_log_write_fields(f.log, RF_LOG_INFO, NULL, RF_SLICE("m"), fields, 8);
    rf_check_text(written(&f), RF_SLICE("level=info msg=\"m\" @service=riffle a=plain:/.x b=\"two words\" c=\"x=y\" d=\"say \\\"hi\\\"\" e=\"\" "
                                        "f=\"l1\\nl2\\t\\u001b\\\\\" g=\"\xEF\xBF\xBD\" h=gr\xC3\xBC\xC3\x9F\n"));
}

RF_TEST(a_json_record_has_sorted_keys) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_open(&f, plain(RF_LOG_JSON));
    rf_check(f.log);
    const rf_log_origin origin = { "", "root.output" };
    const rf_log_field fields[] = { { "zeta", RF_SLICE("1") }, { "alpha", RF_SLICE("\"\\\n\x01") }, { "msg", RF_SLICE("not this one") } };
    rf_log_write_fields(f.log, RF_LOG_INFO, &origin, RF_SLICE("hello"), fields, 3);
    rf_check_text(written(&f), RF_SLICE("{\"@service\":\"riffle\",\"alpha\":\"\\\"\\\\\\n\\u0001\",\"label\":\"\",\"level\":\"info\",\"msg\":\"hello\","
                                        "\"path\":\"root.output\",\"zeta\":\"1\"}\n"));
}

RF_TEST(a_json_record_has_values_that_are_no_texts) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_open(&f, plain(RF_LOG_JSON));
    rf_check(f.log);
    const rf_log_field fields[] = { { "a", RF_SLICE("map[b:1]") }, { "c", RF_SLICE("1") }, { "msg", RF_SLICE("not this one") } };
    const rf_slice json[] = { RF_SLICE("{\"b\":1}"), { NULL, 0 }, RF_SLICE("2") };
    rf_log_write_values(f.log, RF_LOG_INFO, NULL, RF_SLICE("m"), fields, json, 3);
    rf_check_text(written(&f), RF_SLICE("{\"@service\":\"riffle\",\"a\":{\"b\":1},\"c\":\"1\",\"level\":\"info\",\"msg\":\"m\"}\n"));
}

RF_TEST(the_names_of_fields_can_be_chosen) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_log_options options = plain(RF_LOG_LOGFMT);
    options.level_name = "severity";
    options.message_name = "text";
    options.timestamp_name = "at";
    options.add_timestamp = true;
    fixture_open(&f, options);
    rf_check(f.log);
    rf_log_write(f.log, RF_LOG_FATAL, NULL, "x");
    rf_slice got = written(&f);
    /* at="2026-01-01T00:00:00.000Z" */
    rf_check(got.len > 29 && rf_slice_starts(got, RF_SLICE("at=\"20")) && memcmp(got.data + 27, "Z\" ", 3) == 0);
    rf_check_text(((rf_slice){ got.data + 30, got.len - 30 }), RF_SLICE("severity=fatal text=\"x\" @service=riffle\n"));
}

RF_TEST(only_enabled_levels_are_written) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_open(&f, plain(RF_LOG_LOGFMT));
    rf_check(f.log);
    rf_log_write(f.log, RF_LOG_DEBUG, NULL, "no");
    rf_check(written(&f).len == 0 && !rf_log_enabled(f.log, RF_LOG_DEBUG) && rf_log_enabled(f.log, RF_LOG_INFO));
    rf_log_set_level(f.log, RF_LOG_ALL);
    rf_log_write(f.log, RF_LOG_TRACE, NULL, "yes");
    rf_check_text(written(&f), RF_SLICE("level=trace msg=\"yes\" @service=riffle\n"));
    rf_log_set_level(f.log, RF_LOG_OFF);
    rf_log_write(f.log, RF_LOG_FATAL, NULL, "no");
    rf_check(written(&f).len == 0);
}

RF_TEST(no_logger_is_silence) {
    rf_log_write(NULL, RF_LOG_FATAL, NULL, "x");
    rf_log_write_fields(NULL, RF_LOG_FATAL, NULL, RF_SLICE("x"), NULL, 0);
    rf_log_set_level(NULL, RF_LOG_ALL);
    rf_log_free(NULL);
    rf_check(!rf_log_enabled(NULL, RF_LOG_FATAL));
}

RF_TEST(levels_are_coloured_when_asked) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_log_options options = plain(RF_LOG_LOGFMT);
    options.colour = true;
    fixture_open(&f, options);
    rf_check(f.log);
    rf_log_write(f.log, RF_LOG_ERROR, NULL, "x");
    rf_check_text(written(&f), RF_SLICE("level=\033[31merror\033[0m msg=\"x\" @service=riffle\n"));
}

RF_TEST(a_long_message_is_whole) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_open(&f, plain(RF_LOG_LOGFMT));
    rf_check(f.log);
    rf_log_write(f.log, RF_LOG_INFO, NULL, "%05000d", 7);
    rf_slice got = written(&f);
    rf_check(rf_test_torture() || got.len == 5000 + strlen("level=info msg=\"\" @service=riffle\n"));
}

RF_TEST(a_reader_that_went_away_stops_nothing) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_open(&f, plain(RF_LOG_LOGFMT));
    rf_check(f.log);
    for (int i = 0; i < 700; i++)
        rf_log_write(f.log, RF_LOG_INFO, NULL, "%0100d", i);
    rf_check(written(&f).len > 0 || rf_test_torture());
}

RF_TEST(level_words_are_read_in_any_case) {
    rf_log_level level;
    rf_check(rf_log_level_parse(RF_SLICE("WARN"), &level) && level == RF_LOG_WARN);
    rf_check(rf_log_level_parse(RF_SLICE("trace"), &level) && level == RF_LOG_TRACE);
    rf_check(rf_log_level_parse(RF_SLICE("Off"), &level) && level == RF_LOG_OFF);
    rf_check(rf_log_level_parse(RF_SLICE("all"), &level) && level == RF_LOG_ALL);
    rf_check(!rf_log_level_parse(RF_SLICE("warnings"), &level) && !rf_log_level_parse(RF_SLICE(""), &level));
}

RF_TEST(repeats_are_limited_and_counted) {
    rf_log_limit limit = { .burst = 3, .period_ns = UINT64_C(3600000000000) };
    uint32_t suppressed = 9;
    for (int i = 0; i < 3; i++)
        rf_check(rf_log_limit_pass(&limit, &suppressed) && suppressed == 0);
    for (int i = 0; i < 5; i++)
        rf_check(!rf_log_limit_pass(&limit, &suppressed));
    limit.period_ns = 1; /* the hour is over */
    rf_check(rf_log_limit_pass(&limit, &suppressed) && suppressed == 5);
    rf_check(rf_log_limit_pass(&limit, &suppressed) && suppressed == 0);
}

/* Several threads at one logger and one limit. */
typedef struct crowd { rf_log *log; rf_log_limit limit; _Atomic uint32_t passed, refused; } crowd;

static void write_many(void *arg) {
    crowd *self = arg;
    for (int i = 0; i < 50; i++) {
        uint32_t suppressed;
        rf_log_write(self->log, RF_LOG_INFO, NULL, "%050d", i);
        if (rf_log_limit_pass(&self->limit, &suppressed))
            self->passed++;
        else
            self->refused++;
    }
}

RF_TEST(records_of_several_threads_stay_whole) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_open(&f, plain(RF_LOG_LOGFMT));
    rf_check(f.log);
    crowd shared = { .log = f.log, .limit = { .burst = 20, .period_ns = UINT64_C(3600000000000) } };
    rf_thread threads[4] = { 0 };
    rf_code code = RF_OK;
    for (size_t i = 0; i < 4 && !code; i++)
        code = rf_thread_start(&threads[i], "writer", write_many, &shared, NULL);
    for (size_t i = 0; i < 4; i++)
        rf_thread_join(&threads[i]);
    rf_check(!code);
    rf_check(shared.passed == 20 && shared.refused == 180 && shared.limit.suppressed == 180);
    rf_slice rest = written(&f);
    size_t lines = 0;
    for (; rest.len; lines++) {
        size_t end = rf_slice_find(rest, '\n');
        rf_check(rf_slice_starts(rest, RF_SLICE("level=info msg=\"0000")) && end == strlen("level=info msg=\"\" @service=riffle") + 50);
        rest = (rf_slice){ rest.data + end + 1, rest.len - end - 1 };
    }
    rf_check(lines == 200 || rf_test_torture());
}
