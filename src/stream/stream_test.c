/* stream_test.c: the running stream: order, batching, back-pressure, failures, stopping. */
#include "stream/stream.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>

/* The numbers 1..count, in order. */
static bool in_order(const rf_fake_output *output, uint64_t count, uint64_t add) {
    if (output->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (output->numbers[i] != i + 1 + add)
            return false;
    return true;
}

/* Each number once, in any order. */
static bool all_once(const rf_fake_output *output, uint64_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < output->count; i++)
        sum += output->numbers[i];
    return output->count == count && sum == count * (count + 1) / 2;
}

RF_TEST(one_worker_keeps_the_order_and_acknowledges_every_batch) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 2000, .a_read = 7 } };
    rf_error error = { 0 };
    fake.with_processor = true;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(in_order(&fake.output, 2000, 1000));
    rf_check(fake.input.acked == 286 && fake.input.nacked == 0);
    rf_check(fake.processor.attached == 1 && fake.processor.detached == 1);
    rf_check(rf_fake_counter(fake.metrics, "input_received") == 2000);
    rf_check(rf_fake_counter(fake.metrics, "processor_received") == 2000);
    rf_check(rf_fake_counter(fake.metrics, "output_sent") == 2000);
    rf_check(rf_fake_counter(fake.metrics, "output_batch_sent") == 286);
}

RF_TEST(four_workers_deliver_each_message_once) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 3000, .a_read = 3 } };
    rf_error error = { 0 };
    rf_check(!rf_fake_stream_open(&fake, 4, &error));
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(all_once(&fake.output, 3000));
    rf_check(fake.input.acked == 1000);
}

RF_TEST(batching_collects_up_to_its_count_and_the_rest_leaves_at_the_end) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 25, .a_read = 3 } };
    rf_error error = { 0 };
    fake.config.batching.count = 10;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(in_order(&fake.output, 25, 0));
    rf_check(fake.output.writes == 3 && fake.output.largest == 10);
}

RF_TEST(batching_by_period_alone_waits_for_the_period) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 6, .a_read = 1 } };
    rf_error error = { 0 };
    fake.input.pause_ns = 20 * RF_NS_PER_MS;
    fake.config.batching.period_ns = RF_NS_PER_S;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(fake.output.writes == 1 && fake.output.largest == 6);
}

RF_TEST(a_slow_output_holds_the_input_back) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 40, .a_read = 1 } };
    rf_error error = { 0 };
    rf_stream_status status;
    fake.output.slow_writes = 3;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_stream_get_status(fake.stream, &status);
    rf_check(!status.input_connected && !status.output_connected);
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_stream_get_status(fake.stream, &status);
    rf_check(status.input_connected && status.output_connected);
    rf_check(in_order(&fake.output, 40, 0));
    rf_check(rf_fake_counter(fake.metrics, "output_error") == 0);
}

RF_TEST(failing_connects_and_writes_are_tried_again) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 30, .a_read = 5 } };
    rf_error error = { 0 };
    fake.input.refuse = 1;
    fake.input.lose_after = 10;
    fake.output.refuse = 1;
    fake.output.fail_writes = 2;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(in_order(&fake.output, 30, 0));
    rf_check(fake.input.connects == 3);
    rf_check(rf_fake_counter(fake.metrics, "input_connection_failed") == 1);
    rf_check(rf_fake_counter(fake.metrics, "input_connection_lost") == 1);
    rf_check(rf_fake_counter(fake.metrics, "input_connection_up") == 2);
    rf_check(rf_fake_counter(fake.metrics, "output_connection_failed") == 1);
    rf_check(rf_fake_counter(fake.metrics, "output_error") == 2);
}

RF_TEST(an_input_that_breaks_fails_the_run_but_what_it_gave_is_delivered) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 10, .a_read = 4 } };
    rf_error error = { 0 };
    fake.input.fail_with = RF_EIO;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_check(rf_stream_run(fake.stream, &error) == RF_EIO);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("broken, as told"));
    rf_check(in_order(&fake.output, 10, 0));
}

RF_TEST(an_output_that_breaks_ends_the_run_and_says_what_is_left) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .a_read = 10 } };
    rf_error error = { 0 };
    fake.output.fatal = RF_EREFUSED;
    rf_check(!rf_fake_stream_open(&fake, 2, &error));
    rf_check(rf_stream_run(fake.stream, &error) == RF_EREFUSED);
    rf_check(strncmp(error.message, "broken, as told; ", 17) == 0 && strstr(error.message, "0 messages were left"));
    rf_check(fake.input.acked == 0 && fake.input.nacked > 0);
    rf_check(fake.input.nacked * 10 == fake.input.sent);
}

RF_TEST(a_worker_that_cannot_start_fails_the_run) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .a_read = 10 }, .with_processor = true };
    rf_error error = { 0 };
    fake.processor.attach_fails = RF_ELIMIT;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_check(rf_stream_run(fake.stream, &error) == RF_ELIMIT);
    rf_check(strncmp(error.message, "starting root.pipeline.processors.0: no VM", 42) == 0);
    rf_check(fake.processor.detached == 0);
}

RF_TEST(dropped_messages_are_acknowledged_and_failed_ones_flow_on) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 100, .a_read = 1 },
                                                           .with_processor = true };
    rf_error error = { 0 };
    fake.processor.drop_every = 10;
    fake.processor.fail_every = 7;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(fake.output.count == 90 && fake.input.acked == 100);
    rf_check(rf_fake_counter(fake.metrics, "processor_error") == 13); /* 14, and 70 is dropped */
    rf_check(rf_fake_counter(fake.metrics, "processor_sent") == 90);
}

RF_TEST(a_batch_that_a_processor_gives_up_on_flows_on_as_failed) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 10 }, .with_processor = true };
    rf_error error = { 0 };
    fake.processor.process_fails = true;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(in_order(&fake.output, 10, 0));
    rf_check(rf_fake_counter(fake.metrics, "processor_error") == 10);
}

RF_TEST(messages_that_the_output_refuses_come_again_and_the_others_pass) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 100, .a_read = 10 } };
    rf_error error = { 0 };
    fake.output.refuse_every = 7;
    fake.output.refusals = 20; /* 14 of them at first, then 6 a second time */
    rf_check(!rf_fake_stream_open(&fake, 2, &error));
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(all_once(&fake.output, 100));
    rf_check(fake.output.numbers[99] % 7 == 0);
    rf_check(fake.input.acked == 10 && fake.input.nacked == 0);
    rf_check(rf_fake_counter(fake.metrics, "output_sent") == 100);
    rf_check(rf_fake_counter(fake.metrics, "output_error") == 20);
}

RF_TEST(more_refused_batches_than_can_wait_hold_the_others_back) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 80, .a_read = 1 } };
    rf_error error = { 0 };
    fake.output.refuse_every = 1;
    fake.output.refusals = 81;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(all_once(&fake.output, 80) && fake.input.acked == 80);
}

RF_TEST(without_replay_what_is_refused_is_given_back_and_the_rest_delivered) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 20, .a_read = 5 } };
    rf_error error = { 0 };
    fake.output.refuse_every = 10;
    fake.output.refusals = 100;
    fake.no_replay = true;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(fake.output.count == 18 && fake.input.acked == 2 && fake.input.nacked == 2);
}

/* Else an output writes what it kept of that batch in the place of the next one. */
RF_TEST(a_batch_that_is_not_tried_again_is_forgotten_by_the_output) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 20, .a_read = 5 } };
    rf_error error = { 0 };
    fake.output.fail_writes = 2;
    fake.no_replay = true;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(fake.output.forgotten == 2 && fake.output.count == 10 && fake.input.nacked == 2);
}

RF_TEST(a_batch_that_is_tried_again_at_once_is_not_forgotten) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 20, .a_read = 5 } };
    rf_error error = { 0 };
    fake.output.fail_writes = 2;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(fake.output.forgotten == 0 && fake.output.count == 20 && fake.input.nacked == 0);
}

RF_TEST(what_is_refused_to_the_end_is_counted_when_a_stop_takes_too_long) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 20, .a_read = 5 } };
    rf_error error = { 0 };
    fake.output.refuse_every = 10;
    fake.output.refusals = UINT32_MAX;
    fake.config.shutdown_timeout_ns = 200 * RF_NS_PER_MS;
    fake.config.shutdown_delay_ns = 200 * RF_NS_PER_MS;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_stream_stop(fake.stream);
    rf_check(rf_stream_run(fake.stream, &error) == RF_EIO);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("10 messages were left undelivered"));
    rf_check(fake.output.count == 18 && fake.input.acked == 2 && fake.input.nacked == 2);
}

/* ---- stopping ---- */

/* A thread that stops a stream once the output has so many messages. */
typedef struct stopper {
    rf_fake_stream *fake;
    uint64_t after_written;
    unsigned times;
    rf_thread thread;
} stopper;

static void stop_later(void *arg) {
    stopper *self = arg;
    while (atomic_load(&self->fake->output.written) < self->after_written)
        rf_clock_sleep_ns(RF_NS_PER_MS);
    for (unsigned i = 0; i < self->times; i++)
        rf_stream_stop(self->fake->stream);
}

static void stopper_done(stopper *self) { rf_thread_join(&self->thread); }

RF_TEST(a_stop_delivers_everything_that_was_read) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .a_read = 3 } };
    RF_CLEANUP(stopper_done) stopper stop = { .fake = &fake, .after_written = 60, .times = 1 };
    rf_error error = { 0 };
    fake.config.batching.count = 1000000;
    fake.config.batching.period_ns = 30 * RF_NS_PER_MS;
    fake.input.pause_ns = RF_NS_PER_MS;
    fake.config.shutdown_delay_ns = 20 * RF_NS_PER_MS;
    if (rf_test_torture()) /* the stopper waits for messages that may never come */
        return;
    rf_check(!rf_fake_stream_open(&fake, 2, &error));
    rf_check(!rf_thread_start(&stop.thread, "stopper", stop_later, &stop, &error));
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(all_once(&fake.output, fake.input.sent));
    rf_check(fake.input.woken);
}

RF_TEST(a_drain_waits_for_no_delay_and_a_stop_that_comes_then_is_the_first) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .a_read = 3 } };
    rf_error error = { 0 };
    fake.config.shutdown_delay_ns = 3600 * RF_NS_PER_S;
    fake.input.pause_ns = RF_NS_PER_MS;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_stream_drain(fake.stream);
    rf_stream_drain(fake.stream);
    rf_stream_stop(fake.stream);
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(all_once(&fake.output, fake.input.sent));
}

RF_TEST(a_second_stop_gives_up_at_once_and_counts_what_is_left) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .a_read = 3 } };
    rf_error error = { 0 };
    uint64_t start = rf_clock_mono_ns();
    fake.output.never = true;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_stream_stop(fake.stream);
    rf_stream_stop(fake.stream);
    rf_code code = rf_stream_run(fake.stream, &error);
    rf_check(code == (fake.input.sent ? RF_EIO : RF_OK)); /* it may be over before the first read */
    rf_check(fake.output.count == 0 && fake.input.acked == 0);
    rf_check(fake.input.nacked * 3 == fake.input.sent);
    rf_check(rf_clock_mono_ns() - start < 5 * RF_NS_PER_S);
}

RF_TEST(the_shutdown_timeout_ends_the_waiting_for_a_dead_output) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 5 } };
    rf_error error = { 0 };
    fake.output.never = true;
    fake.config.shutdown_timeout_ns = 300 * RF_NS_PER_MS;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    fake.config.shutdown_delay_ns = 200 * RF_NS_PER_MS; /* time for the input to be read */
    rf_stream_stop(fake.stream);
    rf_check(rf_stream_run(fake.stream, &error) == RF_EIO);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("5 messages were left undelivered"));
    rf_check(fake.input.nacked == 1 && fake.output.writes > 1);
}

/* Its output can never be connected to, and there is nothing to write. */
RF_TEST(a_stop_before_anything_was_read_waits_for_no_output) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .refuse = UINT32_MAX } };
    rf_error error = { 0 };
    fake.output.refuse = UINT32_MAX;
    fake.config.shutdown_timeout_ns = 3600 * RF_NS_PER_S;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_stream_stop(fake.stream);
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(fake.input.sent == 0 && fake.output.writes == 0);
}

RF_TEST(an_input_without_messages_ends_whether_the_output_is_there_or_not) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 5, .sent = 5 } };
    rf_error error = { 0 };
    fake.output.refuse = UINT32_MAX;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_check(fake.output.writes == 0);
}

RF_TEST(the_summary_shows_what_happened) {
    RF_CLEANUP(rf_fake_stream_done) rf_fake_stream fake = { .input = { .count = 100 }, .with_processor = true };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_error error = { 0 };
    fake.processor.fail_every = 50;
    rf_check(!rf_fake_stream_open(&fake, 1, &error));
    rf_check(!rf_stream_run(fake.stream, &error));
    rf_stream_summary(fake.metrics, 2 * RF_NS_PER_S, &out, false);
    rf_check(!out.failed);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("summary\n"
                                                 "           100  messages in (50 a second, 2 s)\n"
                                                 "           100  messages out\n"
                                                 "             0  dropped\n"
                                                 "             2  failed\n"));
}

RF_TEST(threads_are_as_many_as_asked_for) {
    rf_check(rf_stream_threads(3) == 3);
    rf_check(rf_stream_threads(100000) == 256);
    rf_check(rf_stream_threads(-1) >= 1 && rf_stream_threads(0) == rf_stream_threads(-1));
}
