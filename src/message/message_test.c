/* message_test.c: payloads as bytes and values, failures, and the life of batches. */
#include "message/message.h"

#include "harness.h"

#include "base/slice.h"
#include "message/json.h"

#include <math.h>

typedef struct fixture {
    rf_keys *keys;
    rf_batch *batch;
} fixture;

static void fixture_done(fixture *f) {
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

RF_TEST(batch_grows_and_is_used_again) {
    WITH_BATCH;
    for (int round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 100; i++) {
            rf_message *m = rf_batch_add(f.batch);
            rf_check(m && m->payload.kind == RF_RAW && m->payload.size == 0 && !m->error.data && m->meta.count == 0);
            m->payload = rf_int(i);
        }
        rf_check(f.batch->count == 100 && f.batch->messages[99].payload.integer == 99);
        f.batch->mark = 7;
        rf_batch_clear(f.batch);
        rf_check(f.batch->count == 0 && f.batch->mark == 0);
    }
}

RF_TEST(batch_gives_back_what_a_large_one_took) {
    WITH_BATCH;
    for (int i = 0; i < 5000; i++)
        rf_check(rf_batch_add(f.batch));
    rf_check(f.batch->cap >= 5000);
    rf_batch_clear(f.batch);
    rf_check(f.batch->cap == 0 && rf_batch_add(f.batch));
}

RF_TEST(what_the_user_calls_a_batch_is_part_of_ours) {
    WITH_BATCH;
    static const uint32_t parcels[] = { 0, 0, 3, 3, 3, 5, 3 };
    static const uint32_t bounds[][2] = { { 0, 1 }, { 1, 2 }, { 2, 5 }, { 2, 5 }, { 2, 5 }, { 5, 6 }, { 6, 7 } };
    for (size_t i = 0; i < 7; i++) {
        rf_message *m = rf_batch_add(f.batch);
        rf_check(m);
        m->parcel = parcels[i];
    }
    for (uint32_t i = 0; i < 7; i++) {
        uint32_t begin = 99, end = 99;
        rf_batch_parcel(f.batch, i, &begin, &end);
        rf_check(begin == bounds[i][0] && end == bounds[i][1]);
    }
    rf_check(rf_batch_new_parcel(f.batch) == 6);
    rf_batch_join(f.batch);
    uint32_t begin, end;
    rf_batch_parcel(f.batch, 3, &begin, &end);
    rf_check(begin == 0 && end == 7);
}

RF_TEST(batch_takes_other_messages) {
    WITH_BATCH;
    rf_message others[40] = { 0 };
    for (int i = 0; i < 40; i++)
        others[i].payload = rf_int(i);
    rf_check(rf_batch_add(f.batch) && rf_batch_replace(f.batch, others, 40));
    rf_check(f.batch->count == 40 && f.batch->messages[39].payload.integer == 39);
    rf_check(rf_batch_replace(f.batch, f.batch->messages + 10, 5) && f.batch->count == 5 && f.batch->messages[0].payload.integer == 10);
    rf_check(rf_batch_replace(f.batch, NULL, 0) && f.batch->count == 0);
}

RF_TEST(message_bytes_are_raw_or_sorted_json) {
    WITH_BATCH;
    rf_message *m = rf_batch_add(f.batch);
    rf_slice bytes;
    rf_check(m && !rf_message_bytes(f.batch, m, &bytes, NULL) && bytes.len == 0);
    m->payload = rf_text(RF_RAW, RF_SLICE("{ \"b\":1, \"a\":2 }"));
    rf_check(!rf_message_bytes(f.batch, m, &bytes, NULL));
    rf_check_text(bytes, RF_SLICE("{ \"b\":1, \"a\":2 }"));
    rf_check(!rf_message_parse(&f.batch->arena, &m->payload, NULL) && m->payload.kind == RF_MAP);
    rf_check(!rf_message_bytes(f.batch, m, &bytes, NULL));
    rf_check_text(bytes, RF_SLICE("{\"a\":2,\"b\":1}"));
    m->payload = rf_string(RF_SLICE("te\"xt"));
    rf_check(!rf_message_bytes(f.batch, m, &bytes, NULL));
    rf_check_text(bytes, RF_SLICE("\"te\\\"xt\""));
}

RF_TEST(message_bytes_say_what_json_cannot_hold) {
    WITH_BATCH;
    rf_message *m = rf_batch_add(f.batch);
    rf_check(m);
    m->payload = rf_double(NAN);
    rf_slice bytes = RF_SLICE("untouched");
    rf_error error = { 0 };
    rf_check(rf_message_bytes(f.batch, m, &bytes, &error) == RF_ESCRIPT && strstr(error.message, "NaN"));
    rf_check_text(bytes, RF_SLICE("untouched"));
}

static rf_value parse(fixture *f, rf_slice bytes) {
    rf_value payload = rf_text(RF_RAW, bytes);
    return rf_message_parse(&f->batch->arena, &payload, NULL) ? rf_text(RF_OPAQUE, RF_SLICE("error")) : payload;
}

RF_TEST(message_parse_gives_json_or_the_text) {
    WITH_BATCH;
    static const struct { const char *bytes; rf_value_kind kind; const char *text; } rows[] = {
        { "", RF_STRING, "" }, { "abc", RF_STRING, "abc" }, { "{\"a\":1} x", RF_STRING, "{\"a\":1} x" }, { "1e400", RF_STRING, "1e400" },
        { "\xef\xbb\xbf{}", RF_STRING, "\xef\xbb\xbf{}" }, { "nope", RF_STRING, "nope" }, { "  ", RF_STRING, "  " }, { "\xff", RF_STRING, "\xef\xbf\xbd" },
        { " \"x\\u0041\" ", RF_STRING, "xA" }, { "\"\xff\"", RF_STRING, "\xef\xbf\xbd" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rf_value value = parse(&f, rf_slice_of(rows[i].bytes));
        rf_check(value.kind == rows[i].kind);
        rf_check_text(rf_value_text(&value), rf_slice_of(rows[i].text));
    }
    rf_check(parse(&f, RF_SLICE(" true\n")).truth && parse(&f, RF_SLICE("null")).kind == RF_NULL);
    rf_check(parse(&f, RF_SLICE("12")).number == 12 && parse(&f, RF_SLICE("[]")).kind == RF_LIST);
}

RF_TEST(message_fail_keeps_the_last_reason_cut_at_a_character) {
    WITH_BATCH;
    rf_message *m = rf_batch_add(f.batch);
    rf_check(m);
    rf_message_fail(f.batch, m, "first %d", 1);
    rf_message_fail(f.batch, m, "second %s", "reason");
    rf_check_text(m->error, RF_SLICE("second reason"));
    char text[4001];
    for (size_t i = 0; i < 4000; i += 2)
        memcpy(text + i, "\xc3\xa4", 2);
    text[4000] = '\0';
    rf_message_fail(f.batch, m, "x%s", text);
    rf_check(m->error.len == 2047 && (unsigned char)m->error.data[2046] == 0xa4);
}

RF_TEST(a_refusal_is_open_when_it_is_said_so_and_so_are_its_copies) {
    WITH_BATCH;
    for (int i = 0; i < 3; i++)
        rf_check(rf_batch_add(f.batch));
    rf_check(rf_batch_refuse(f.batch, 0, "ours") && rf_batch_refuse(f.batch, 1, "the user's"));
    rf_batch_refuse_openly(f.batch, 1);
    rf_check(rf_batch_refuse_like(f.batch, 2, f.batch, 1));
    rf_check(!rf_batch_is_refused_openly(f.batch, 0) && rf_batch_is_refused_openly(f.batch, 1) && rf_batch_is_refused_openly(f.batch, 2));
    rf_check_text(rf_batch_refusal(f.batch, 2), RF_SLICE("the user's"));
    rf_check(rf_batch_refuse(f.batch, 1, "ours again") && !rf_batch_is_refused_openly(f.batch, 1));
    rf_batch_accept(f.batch, 2);
    rf_check(!rf_batch_is_refused_openly(f.batch, 2));
}

/* What is copied to be tried again later is the batch that it was. */
RF_TEST(a_copy_has_all_that_the_message_has) {
    WITH_BATCH;
    static const rf_blame blame = { "", "mapping", "root.pipeline.processors.0" };
    rf_batch *other = rf_batch_new(f.keys);
    rf_message *m = rf_batch_add(f.batch);
    if (m) {
        *m = (rf_message){ .payload = rf_int(7), .parcel = 3, .origin = 4, .written_to = 5, .error = RF_SLICE("why"), .blame = &blame };
        const bool copied = other && rf_batch_set_meta(f.batch, m, RF_SLICE("k"), rf_string(RF_SLICE("v"))) && rf_batch_add_copy(other, m);
        rf_check(copied || rf_test_torture());
        const rf_message *copy = copied ? &other->messages[0] : NULL;
        rf_check(!copy || (copy->payload.integer == 7 && copy->parcel == 3 && copy->origin == 4 && copy->written_to == 5 && copy->blame == &blame &&
                           rf_slice_is(copy->error, "why") && copy->meta.count == 1));
    }
    rf_batch_free(other);
}
