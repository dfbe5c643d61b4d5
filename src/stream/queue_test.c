/* queue_test.c: the queue of batches between threads. */
#include "stream/queue.h"

#include "base/clock.h"
#include "harness.h"

typedef struct traffic {
    rf_keys *keys;
    rf_queue queue;
    rf_recycler recycler;
    rf_queue_seat seats[3];
    rf_thread threads[3];
    unsigned started, seats_ready;
    _Atomic uint64_t sum, popped;
} traffic;

typedef struct popper { traffic *traffic; unsigned index; } popper;

static void traffic_done(traffic *t) {
    if (t->queue.ring)
        rf_queue_close(&t->queue);
    for (unsigned i = 0; i < t->started; i++)
        rf_thread_join(&t->threads[i]);
    for (unsigned i = 0; i < t->seats_ready; i++)
        rf_queue_seat_done(&t->seats[i]);
    rf_queue_done(&t->queue);
    rf_recycler_done(&t->recycler);
    rf_keys_free(t->keys);
}

static bool traffic_init(traffic *t, size_t cap) {
    t->keys = rf_keys_new();
    if (!t->keys || rf_queue_init(&t->queue, cap, NULL) || rf_recycler_init(&t->recycler, cap + 4, t->keys, NULL))
        return false;
    for (; t->seats_ready < 3; t->seats_ready++)
        rf_queue_seat_init(&t->seats[t->seats_ready]);
    return true;
}

static rf_batch *numbered(traffic *t, uint64_t mark) {
    rf_batch *batch = rf_recycler_borrow(&t->recycler);
    if (batch)
        batch->mark = mark;
    return batch;
}

static void pop_all(void *arg) {
    const popper *self = arg;
    traffic *t = self->traffic;
    rf_batch *batch;
    while ((batch = rf_queue_pop(&t->queue, &t->seats[self->index]))) {
        atomic_fetch_add(&t->sum, batch->mark);
        atomic_fetch_add(&t->popped, 1);
        rf_recycler_return(&t->recycler, batch);
    }
}

RF_TEST(batches_leave_in_the_order_they_came) {
    RF_CLEANUP(traffic_done) traffic t = { 0 };
    rf_check(traffic_init(&t, 4));
    for (uint64_t i = 1; i <= 4; i++) {
        rf_batch *batch = numbered(&t, i);
        rf_check(batch);
        rf_check(rf_queue_push(&t.queue, batch));
    }
    rf_queue_close(&t.queue);
    for (uint64_t i = 1; i <= 4; i++) {
        rf_batch *batch = rf_queue_pop(&t.queue, &t.seats[0]);
        rf_check(batch);
        uint64_t mark = batch->mark;
        rf_recycler_return(&t.recycler, batch);
        rf_check(mark == i);
    }
    rf_check(!rf_queue_pop(&t.queue, &t.seats[0]));
    rf_check(t.recycler.count == 4);
}

RF_TEST(memory_of_batches_is_counted_when_they_come_back) {
    RF_CLEANUP(traffic_done) traffic t = { 0 };
    rf_check(traffic_init(&t, 1));
    rf_batch *batch = numbered(&t, 1);
    rf_check(batch && t.recycler.held_bytes == 0);
    void *memory = rf_arena_alloc(&batch->arena, 4 << 20); /* more than a batch keeps */
    rf_recycler_return(&t.recycler, batch);
    rf_check(memory && t.recycler.allocated_bytes > 4 << 20 && t.recycler.held_bytes > 0 && t.recycler.held_bytes < 1 << 20);
    size_t held = t.recycler.held_bytes;
    uint64_t allocated = t.recycler.allocated_bytes;
    batch = numbered(&t, 2);
    rf_check(batch);
    rf_recycler_return(&t.recycler, batch);
    rf_check(t.recycler.held_bytes == held && t.recycler.allocated_bytes == allocated);
    t.recycler.cap = 0; /* nothing is kept any more */
    batch = numbered(&t, 3);
    rf_check(batch);
    rf_recycler_return(&t.recycler, batch);
    rf_check(t.recycler.held_bytes == 0);
}

RF_TEST(three_workers_take_every_batch_once_through_a_small_queue) {
    RF_CLEANUP(traffic_done) traffic t = { 0 };
    popper poppers[3];
    rf_check(traffic_init(&t, 2));
    for (unsigned i = 0; i < 3; i++) {
        poppers[i] = (popper){ &t, i };
        rf_check(!rf_thread_start(&t.threads[i], "popper", pop_all, &poppers[i], NULL));
        t.started = i + 1;
    }
    for (uint64_t i = 1; i <= 2000; i++) {
        rf_batch *batch = numbered(&t, i);
        if (!batch)
            break; /* out of memory, on order */
        rf_check(rf_queue_push(&t.queue, batch));
    }
    rf_queue_close(&t.queue);
    for (unsigned i = 0; i < 3; i++)
        rf_thread_join(&t.threads[i]);
    rf_check(t.popped == 2000 && t.sum == UINT64_C(2001000));
}

RF_TEST(an_abort_ends_waiting_and_leaves_the_batches) {
    RF_CLEANUP(traffic_done) traffic t = { 0 };
    popper one = { &t, 0 };
    rf_check(traffic_init(&t, 2));
    rf_check(!rf_thread_start(&t.threads[0], "popper", pop_all, &one, NULL));
    t.started = 1;
    rf_clock_sleep_ns(2 * RF_NS_PER_MS); /* it waits in its seat, as a rule */
    rf_queue_abort(&t.queue);
    rf_thread_join(&t.threads[0]);
    rf_batch *batch = numbered(&t, 7);
    rf_check(batch);
    bool pushed = rf_queue_push(&t.queue, batch);
    rf_recycler_return(&t.recycler, batch);
    rf_check(!pushed && !rf_queue_take_left(&t.queue));
}

typedef struct reader {
    traffic *traffic;
    _Atomic bool done;
} reader;

static void read_next(void *arg) {
    reader *self = arg;
    rf_queue_await_output(&self->traffic->queue, 3);
    atomic_store(&self->done, true);
}

RF_TEST(reading_waits_while_one_writes_and_the_next_stands_behind_it) {
    RF_CLEANUP(traffic_done) traffic t = { 0 };
    reader one = { .traffic = &t };
    rf_check(traffic_init(&t, 2));
    rf_queue_await_output(&t.queue, 3); /* nobody writes */
    rf_queue_delivery_begin(&t.queue);
    rf_queue_delivery_begin(&t.queue);
    rf_queue_await_output(&t.queue, 3); /* two wait for their turn: an earlier batch is still being worked on */
    rf_queue_delivery_turn(&t.queue);
    rf_check(!rf_thread_start(&t.threads[0], "reader", read_next, &one, NULL));
    t.started = 1;
    rf_clock_sleep_ns(2 * RF_NS_PER_MS); /* it waits by now, as a rule */
    bool early = atomic_load(&one.done);
    rf_queue_delivery_end(&t.queue);
    rf_thread_join(&t.threads[0]);
    rf_check(!early && atomic_load(&one.done));
    rf_queue_delivery_turn(&t.queue);
    rf_queue_await_output(&t.queue, 3); /* one writes, and nobody is behind it */
    rf_queue_await_output(&t.queue, 1); /* nor a batch in the queue */
    rf_queue_delivery_begin(&t.queue);
    rf_queue_abort(&t.queue);
    rf_queue_await_output(&t.queue, 3); /* nobody waits any more */
}

RF_TEST(the_recycler_keeps_so_many_and_no_more) {
    RF_CLEANUP(traffic_done) traffic t = { 0 };
    rf_batch *batches[8] = { 0 };
    rf_check(traffic_init(&t, 1)); /* keeps 5 */
    for (size_t i = 0; i < 8; i++)
        batches[i] = rf_recycler_borrow(&t.recycler);
    for (size_t i = 0; i < 8; i++)
        if (batches[i])
            rf_recycler_return(&t.recycler, batches[i]);
    rf_check(t.recycler.count == 5);
}
