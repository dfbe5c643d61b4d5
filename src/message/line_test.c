/* line_test.c: lines of `codec: message`, there and back. */
#include "message/message.h"

#include "harness.h"

#include "base/slice.h"
#include "message/json.h"

#include <math.h>

typedef struct fixture {
    rf_keys *keys;
    rf_batch *batch;
    rf_buffer out;
    rf_error error;
} fixture;

static void fixture_done(fixture *f) {
    rf_buffer_done(&f->out);
    rf_batch_free(f->batch);
    rf_keys_free(f->keys);
}

static fixture fixture_open(void) {
    fixture f = { .keys = rf_keys_new() };
    f.batch = f.keys ? rf_batch_new(f.keys) : NULL;
    return f;
}

#define WITH_BATCH                                       \
    RF_CLEANUP(fixture_done) fixture f = fixture_open(); \
    rf_check(f.batch)

/* What a message is written as; the error's text when it cannot be. */
static rf_slice written(fixture *f, rf_message *m) {
    rf_buffer_clear(&f->out);
    f->error = (rf_error){ 0 };
    if (rf_message_write(&f->out, f->batch, m, &f->error))
        return rf_slice_of(f->error.message);
    return rf_buffer_view(&f->out);
}

/* A line read and written again; the error's text when it cannot be read. */
static rf_slice again(fixture *f, rf_slice line) {
    rf_message m;
    f->error = (rf_error){ 0 };
    if (rf_message_read(f->batch, line, &m, &f->error))
        return rf_slice_of(f->error.message);
    return written(f, &m);
}

#define check_again(line) rf_check_text(again(&f, RF_SLICE(line)), RF_SLICE(line))
#define check_refused(line, words)                                     \
    do {                                                               \
        rf_message unread;                                             \
        rf_check(rf_message_read(f.batch, RF_SLICE(line), &unread, &f.error) == RF_EPARSE); \
        rf_check(strstr(f.error.message, words));                      \
    } while (0)

RF_TEST(line_comes_back_as_it_was) {
    WITH_BATCH;
    check_again("{\"payload\":4096,\"meta\":{\"a\":\"1\",\"b\":\"x\"}}");
    check_again("{\"payload\":{\"z\":1.50,\"a\":[1e5,-0,12345678901234567890],\"n\":null},\"meta\":{}}");
    check_again("{\"payload\":\"text\",\"meta\":{}}");
    check_again("{\"payload\":null,\"meta\":{}}");
    check_again("{\"payload\":1e400,\"meta\":{}}");
    check_again("{\"raw\":\"not json\\n\",\"meta\":{}}");
    check_again("{\"raw\":\"\",\"meta\":{}}");
    check_again("{\"base64\":\"/w==\",\"meta\":{}}");
    check_again("{\"payload\":1,\"meta\":{},\"error\":\"why \\\"it\\\" failed\"}");
    check_again("{\"payload\":1,\"meta\":{},\"error\":\"\"}");
    check_again("{\"payload\":1,\"meta\":{\"s\":\"5\",\"i\":5,\"d\":5.0,\"f\":0.5,\"e\":1e+21,\"t\":true,\"n\":null,\"l\":[1,\"a\"],\"m\":{\"b\":1,\"a\":2}}}");
    check_again("{\"payload\":1,\"meta\":{\"min\":-9223372036854775808,\"zero\":-0.0}}");
}

RF_TEST(line_members_come_in_any_order_and_meta_may_be_missing) {
    WITH_BATCH;
    rf_check_text(again(&f, RF_SLICE(" { \"meta\" : { \"k\" : \"v\" } , \"payload\" : [ 1 ] } ")), RF_SLICE("{\"payload\":[1],\"meta\":{\"k\":\"v\"}}"));
    rf_check_text(again(&f, RF_SLICE("{\"payload\":1}")), RF_SLICE("{\"payload\":1,\"meta\":{}}"));
}

RF_TEST(line_types_of_metadata) {
    WITH_BATCH;
    rf_message m;
    rf_check(!rf_message_read(f.batch, RF_SLICE("{\"payload\":7,\"meta\":{\"i\":12,\"d\":1.0,\"s\":\"x\",\"b\":false}}"), &m, NULL));
    rf_check(m.payload.kind == RF_NUMBER && m.meta.typed && m.meta.count == 4);
    rf_check(m.meta.entries[0].value.kind == RF_INT && m.meta.entries[0].value.integer == 12);
    rf_check(m.meta.entries[1].value.kind == RF_DOUBLE && m.meta.entries[2].value.kind == RF_STRING && m.meta.entries[3].value.kind == RF_BOOL);
    rf_check(!rf_message_read(f.batch, RF_SLICE("{\"payload\":\"7\",\"meta\":{\"s\":\"x\"}}"), &m, NULL));
    rf_check(m.payload.kind == RF_STRING && !m.meta.typed);
}

RF_TEST(line_empty_metadata_texts_are_not_set_and_the_last_of_equals_wins) {
    WITH_BATCH;
    for (int round = 0; round < 2; round++) {
        rf_check_text(again(&f, RF_SLICE("{\"payload\":1,\"meta\":{\"a\":\"\",\"b\":\"x\"}}")), RF_SLICE("{\"payload\":1,\"meta\":{\"b\":\"x\"}}"));
        rf_check_text(again(&f, RF_SLICE("{\"payload\":1,\"meta\":{\"a\":\"1\",\"b\":\"2\",\"a\":\"3\"}}")), RF_SLICE("{\"payload\":1,\"meta\":{\"a\":\"3\",\"b\":\"2\"}}"));
        rf_check_text(again(&f, RF_SLICE("{\"payload\":1,\"meta\":{\"b\":\"1\"}}")), RF_SLICE("{\"payload\":1,\"meta\":{\"b\":\"1\"}}"));
        rf_check_text(again(&f, RF_SLICE("{\"payload\":1,\"meta\":{\"b\":\"1\",\"b\":\"2\"}}")), RF_SLICE("{\"payload\":1,\"meta\":{\"b\":\"2\"}}"));
        rf_check_text(again(&f, RF_SLICE("{\"payload\":1,\"meta\":{\"b\":\"1\",\"b\":\"\"}}")), RF_SLICE("{\"payload\":1,\"meta\":{}}"));
    }
}

RF_TEST(line_keys_of_many_shapes_keep_apart) {
    WITH_BATCH;
    static const char *const lines[] = {
        "{\"payload\":1,\"meta\":{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"}}", "{\"payload\":1,\"meta\":{\"b\":\"2\",\"a\":\"1\"}}", "{\"payload\":1,\"meta\":{}}",
        "{\"payload\":1,\"meta\":{\"a\":\"1\"}}", "{\"payload\":1,\"meta\":{\"a\":\"1\",\"x\":\"9\",\"c\":\"3\",\"d\":\"4\"}}", "{\"payload\":1,\"meta\":{\"\":\"empty key\"}}",
    };
    for (size_t i = 0; i < 36; i++) {
        const char *line = lines[(i * 7 + i / 6) % 6];
        rf_check_text(again(&f, rf_slice_of(line)), rf_slice_of(line));
        if (i % 5 == 0)
            rf_batch_clear(f.batch);
    }
}

RF_TEST(line_with_more_keys_than_a_batch_remembers) {
    WITH_BATCH;
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    rf_buffer_text(&line, "{\"payload\":1,\"meta\":{");
    for (int i = 0; i < 2 * RF_BATCH_KEYS; i++)
        rf_buffer_printf(&line, "%s\"k%d\":\"v\"", i ? "," : "", i);
    rf_buffer_text(&line, "}}");
    rf_check(!line.failed);
    for (int round = 0; round < 3; round++)
        rf_check_text(again(&f, rf_buffer_view(&line)), rf_buffer_view(&line));
}

RF_TEST(line_refuses_what_is_no_message) {
    WITH_BATCH;
    check_refused("", "nothing there");
    check_refused("5", "JSON object");
    check_refused("[]", "JSON object");
    check_refused("{\"payload\":1", "byte");
    check_refused("{}", "without \"payload\"");
    check_refused("{\"meta\":{}}", "without \"payload\"");
    check_refused("{\"payload\":1,\"mata\":{}}", "mata");
    check_refused("{\"payload\":1,\"meta\":[]}", "\"meta\"");
    check_refused("{\"payload\":1,\"raw\":\"x\"}", "both \"payload\" and \"raw\"");
    check_refused("{\"raw\":1}", "\"raw\"");
    check_refused("{\"base64\":\"?\"}", "base64");
    check_refused("{\"base64\":5}", "base64");
    check_refused("{\"payload\":1,\"error\":true}", "\"error\"");
    check_refused("{\"payload\":1,\"meta\":{\"x\":1e999}}", "too large");
}

RF_TEST(line_need_not_outlive_its_reading) {
    WITH_BATCH;
    char line[] = "{\"payload\":\"abc\",\"meta\":{\"k\":\"v\"}}";
    rf_message m;
    rf_check(!rf_message_read(f.batch, rf_slice_of(line), &m, NULL));
    memset(line, 'x', sizeof line - 1);
    rf_check_text(written(&f, &m), RF_SLICE("{\"payload\":\"abc\",\"meta\":{\"k\":\"v\"}}"));
}

RF_TEST(line_raw_payloads_become_json_only_when_nothing_is_lost) {
    WITH_BATCH;
    static const char *const rows[][2] = {
        { "{ \"b\":1.0,\n\t\"a\":2\r\n}", "{\"payload\":{ \"b\":1.0,\t\"a\":2},\"meta\":{}}" },
        { "{\"a\":1,\"a\":2}", "{\"payload\":{\"a\":1,\"a\":2},\"meta\":{}}" },
        { "12", "{\"payload\":12,\"meta\":{}}" },
        { "\"x\"", "{\"payload\":\"x\",\"meta\":{}}" },
        { "plain", "{\"raw\":\"plain\",\"meta\":{}}" },
        { "{\"a\":1} ", "{\"payload\":{\"a\":1} ,\"meta\":{}}" },
        { "{\"a\":1}{", "{\"raw\":\"{\\\"a\\\":1}{\",\"meta\":{}}" },
        { "\"\\ud800\"", "{\"raw\":\"\\\"\\\\ud800\\\"\",\"meta\":{}}" },
        { "\"\xff\"", "{\"base64\":\"Iv8i\",\"meta\":{}}" },
        { "a\xe2\x80\xa8", "{\"raw\":\"a\\u2028\",\"meta\":{}}" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rf_message m = { .payload = rf_text(RF_RAW, rf_slice_of(rows[i][0])) };
        rf_check_text(written(&f, &m), rf_slice_of(rows[i][1]));
        rf_message back;
        rf_check(!rf_message_read(f.batch, rf_slice_of(rows[i][1]), &back, NULL));
    }
}

RF_TEST(line_raw_json_nested_past_the_bound_stays_text) {
    WITH_BATCH;
    char text[2 * (RF_VALUE_DEPTH_MAX + 1)];
    for (int deep = 0; deep < 2; deep++) {
        size_t depth = RF_VALUE_DEPTH_MAX + (size_t)deep;
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        rf_message m = { .payload = rf_text(RF_RAW, (rf_slice){ text, 2 * depth }) }, back;
        rf_slice line = written(&f, &m);
        rf_check(rf_slice_starts(line, deep ? RF_SLICE("{\"raw\":") : RF_SLICE("{\"payload\":")));
        rf_check(!rf_message_read(f.batch, line, &back, NULL));
    }
}

/* Any bytes as a raw payload come back as the same bytes, or as the same JSON. */
RF_TEST(line_keeps_any_bytes) {
    WITH_BATCH;
    char bytes[6];
    for (unsigned seed = 1; seed < 3000; seed += rf_test_torture() ? 600 : 1) {
        unsigned state = seed * 2654435761u;
        size_t len = seed % (sizeof bytes + 1);
        for (size_t i = 0; i < len; i++, state = state * 1103515245u + 12345u)
            bytes[i] = seed % 3 ? (char)(state >> 24) : "[]{}\":,0 \n\xc3\xa4t"[(state >> 24) % 13];
        rf_message m = { .payload = rf_text(RF_RAW, (rf_slice){ bytes, len }) }, back;
        rf_slice line = written(&f, &m);
        rf_check(!rf_message_read(f.batch, line, &back, NULL));
        rf_check(memchr(line.data, '\n', line.len) == NULL);
        if (back.payload.kind == RF_RAW)
            rf_check_text(rf_value_text(&back.payload), ((rf_slice){ bytes, len }));
        rf_value first, second = back.payload;
        if (back.payload.kind != RF_RAW)
            rf_check(!rf_json_parse(&f.batch->arena, (rf_slice){ bytes, len }, RF_JSON_LEXEMES, &first, NULL) && rf_value_eq(&first, &second));
        rf_batch_clear(f.batch);
    }
}

RF_TEST(line_of_a_message_that_json_cannot_hold_is_refused_by_name) {
    WITH_BATCH;
    rf_message m = { .payload = rf_double(INFINITY) };
    rf_check_text(written(&f, &m), RF_SLICE("payload: JSON cannot hold Infinity"));
    rf_check(f.error.code == RF_ESCRIPT && f.out.len == 0);
    m.payload = rf_null();
    rf_check(rf_batch_set_meta(f.batch, &m, RF_SLICE("k"), rf_text(RF_OPAQUE, RF_SLICE("function"))));
    rf_buffer_text(&f.out, "before");
    rf_check(rf_message_write(&f.out, f.batch, &m, &f.error) == RF_ESCRIPT && strstr(f.error.message, "metadata \"k\": JSON cannot hold a function"));
    rf_check_text(rf_buffer_view(&f.out), RF_SLICE("before"));
}

RF_TEST(line_resolves_what_was_lazy) {
    WITH_BATCH;
    rf_message m;
    rf_check(!rf_message_read(f.batch, RF_SLICE("{\"payload\":1,\"meta\":{\"b\":\"2\",\"a\":\"1\"}}"), &m, NULL));
    const rf_key *initial = rf_keys_intern(f.keys, &f.batch->arena, RF_SLICE("_i")), *keys = rf_keys_intern(f.keys, &f.batch->arena, RF_SLICE("_k"));
    rf_check(initial && keys && rf_meta_snapshot(&f.batch->arena, &m.meta, initial, keys));
    rf_check_text(written(&f, &m), RF_SLICE("{\"payload\":1,\"meta\":{\"b\":\"2\",\"a\":\"1\",\"_i\":\"{\\\"a\\\":\\\"1\\\",\\\"b\\\":\\\"2\\\"}\",\"_k\":\"a,b\"}}"));
}
