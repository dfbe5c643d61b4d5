/* record_test.c: what a buffer keeps of a message is all of it; bytes that are no record are refused. */
#include "components/buffers/record.h"

#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

static rf_batch *batch_of(rf_keys *keys) { return keys ? rf_batch_new(keys) : NULL; }
static void batch_done(rf_batch **batch) { rf_batch_free(*batch); }
static void keys_done(rf_keys **keys) { rf_keys_free(*keys); }

static const char *const LINES[] = {
    "{\"payload\":{\"a\":[1,\"x\",null]},\"meta\":{\"flag\":true,\"list\":[1,2],\"number\":7,\"part\":0.5,\"text\":\"t\"}}",
    "{\"payload\":\"text\",\"meta\":{}}",
    "{\"payload\":12.50,\"meta\":{\"empty_list\":[]}}",
};

RF_TEST(a_message_comes_back_as_it_was) {
    RF_CLEANUP(keys_done) rf_keys *keys = rf_keys_new();
    RF_CLEANUP(batch_done) rf_batch *from = batch_of(keys);
    RF_CLEANUP(batch_done) rf_batch *to = batch_of(keys);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    for (size_t i = 0; from && to && i < sizeof LINES / sizeof LINES[0]; i++) {
        rf_message *message = rf_batch_add(from);
        rf_check(message && !rf_message_read(from, rf_slice_of(LINES[i]), message, NULL));
        rf_buffer_clear(&out);
        rf_check(!rf_record_write(&out, from, (uint32_t)i, false, NULL) && !rf_record_read(rf_buffer_view(&out), to, NULL));
        rf_check(to->count == i + 1);
        RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
        if (rf_message_parse(&to->arena, &to->messages[i].payload, NULL) == RF_OK && rf_message_write(&line, to, &to->messages[i], NULL) == RF_OK)
            rf_check_text(rf_buffer_view(&line), rf_slice_of(i == 2 ? "{\"payload\":12.5,\"meta\":{\"empty_list\":[]}}" : LINES[i]));
    }
}

RF_TEST(failures_and_raw_bytes_come_back) {
    RF_CLEANUP(keys_done) rf_keys *keys = rf_keys_new();
    RF_CLEANUP(batch_done) rf_batch *from = batch_of(keys);
    RF_CLEANUP(batch_done) rf_batch *to = batch_of(keys);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_message *message = from && to ? rf_batch_add(from) : NULL;
    rf_check(message);
    message->payload = rf_text(RF_RAW, (rf_slice){ "\0\xff\n", 3 });
    rf_message_fail(from, message, "it broke");
    rf_check(message->error.data && !rf_record_write(&out, from, 0, false, NULL) && !rf_record_read(rf_buffer_view(&out), to, NULL));
    rf_check(rf_slice_eq(rf_value_text(&to->messages[0].payload), (rf_slice){ "\0\xff\n", 3 }));
    rf_check_text(to->messages[0].error, RF_SLICE("it broke"));
}

RF_TEST(what_was_one_batch_is_one_again) {
    RF_CLEANUP(keys_done) rf_keys *keys = rf_keys_new();
    RF_CLEANUP(batch_done) rf_batch *from = batch_of(keys);
    RF_CLEANUP(batch_done) rf_batch *to = batch_of(keys);
    const bool joined[] = { false, true, true, false, false, true };
    for (uint32_t i = 0; from && to && i < 6; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        rf_check(rf_batch_add(from) && !rf_record_write(&out, from, i, joined[i], NULL) && !rf_record_read(rf_buffer_view(&out), to, NULL));
        rf_check(rf_record_is_joined(rf_buffer_view(&out)) == joined[i]);
    }
    rf_check(from && to);
    uint32_t begin, end;
    rf_batch_parcel(to, 1, &begin, &end);
    rf_check(begin == 0 && end == 3);
    rf_batch_parcel(to, 3, &begin, &end);
    rf_check(begin == 3 && end == 4);
    rf_batch_parcel(to, 5, &begin, &end);
    rf_check(begin == 4 && end == 6);
}

RF_TEST(a_record_cut_anywhere_is_refused) {
    RF_CLEANUP(keys_done) rf_keys *keys = rf_keys_new();
    RF_CLEANUP(batch_done) rf_batch *from = batch_of(keys);
    RF_CLEANUP(batch_done) rf_batch *to = batch_of(keys);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_message *message = from && to ? rf_batch_add(from) : NULL;
    rf_check(message && !rf_message_read(from, rf_slice_of(LINES[0]), message, NULL) && !rf_record_write(&out, from, 0, false, NULL));
    for (size_t len = 0; len < out.len; len++) {
        const rf_code code = rf_record_read((rf_slice){ out.data, len }, to, NULL);
        rf_check(code == RF_EPARSE || (code == RF_ENOMEM && rf_test_torture()));
        rf_check(to->count == 0);
    }
}
