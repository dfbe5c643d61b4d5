/* queue.c: the bounded queue of batches, and the batches' recycling. */
#include "stream/queue.h"

#include "base/alloc.h"
#include "observe/zone.h"

#include <assert.h>

#define KEEP_BYTES ((size_t)512 << 10) /* of a batch's memory, for its next use */

rf_code rf_queue_init(rf_queue *queue, size_t cap, rf_error *reterr) {
    assert(cap > 0);
    *queue = (rf_queue){ .cap = cap };
    queue->ring = rf_alloc_zero(cap, sizeof *queue->ring);
    if (!queue->ring)
        return rf_raise_nomem(reterr);
    rf_mutex_init(&queue->lock);
    rf_cond_init(&queue->room);
    return RF_OK;
}

void rf_queue_done(rf_queue *queue) {
    rf_batch *batch;
    if (!queue->ring)
        return;
    while ((batch = rf_queue_take_left(queue)))
        rf_batch_free(batch);
    rf_free(queue->ring);
    rf_cond_done(&queue->room);
    rf_mutex_done(&queue->lock);
    *queue = (rf_queue){ 0 };
}

void rf_queue_seat_init(rf_queue_seat *seat) {
    *seat = (rf_queue_seat){ 0 };
    rf_cond_init(&seat->cond);
}

void rf_queue_seat_done(rf_queue_seat *seat) {
    rf_cond_done(&seat->cond);
}

/* All three: under the lock, which makes relaxed enough; others only look at the figure. */
static size_t count_of(const rf_queue *queue) {
    return atomic_load_explicit(&queue->count, memory_order_relaxed);
}

static void put_last(rf_queue *queue, rf_batch *batch) {
    size_t count = count_of(queue);
    assert(count < queue->cap);
    queue->ring[(queue->first + count) % queue->cap] = batch;
    atomic_store_explicit(&queue->count, count + 1, memory_order_relaxed);
}

static rf_batch *take_first(rf_queue *queue) {
    size_t count = count_of(queue);
    rf_batch *batch = queue->ring[queue->first];
    assert(count > 0);
    queue->first = (queue->first + 1) % queue->cap;
    atomic_store_explicit(&queue->count, count - 1, memory_order_relaxed);
    return batch;
}

/* Under the lock. NULL: nobody is idle. */
static rf_queue_seat *call_one(rf_queue *queue) {
    rf_queue_seat *seat = queue->idle;
    if (!seat)
        return NULL;
    queue->idle = seat->next;
    seat->called = true;
    return seat;
}

static void call_all(rf_queue *queue) {
    for (rf_queue_seat *seat; (seat = call_one(queue));)
        rf_cond_signal(&seat->cond);
    rf_cond_broadcast(&queue->room);
}

bool rf_queue_push(rf_queue *queue, rf_batch *batch) {
    bool pushed;
    rf_queue_seat *called = NULL;
    assert(batch);
    rf_mutex_lock(&queue->lock);
    assert(!queue->closed);
    while (count_of(queue) == queue->cap && !queue->aborted) {
        RF_ZONE(RF_ZONE_WAIT, "room in the queue");
        queue->pushers_waiting++;
        rf_cond_wait(&queue->room, &queue->lock);
        queue->pushers_waiting--;
    }
    pushed = !queue->aborted;
    if (pushed) {
        batch->turn = queue->pushed++;
        put_last(queue, batch);
        called = call_one(queue);
    }
    rf_mutex_unlock(&queue->lock);
    if (called)
        rf_cond_signal(&called->cond); /* not before: whoever wakes would wait for the lock */
    return pushed;
}

/* ---- What the output does ---- */

void rf_queue_delivery_begin(rf_queue *queue) {
    rf_mutex_lock(&queue->lock);
    queue->delivering++;
    rf_mutex_unlock(&queue->lock);
}

void rf_queue_delivery_turn(rf_queue *queue) {
    rf_mutex_lock(&queue->lock);
    queue->writing = true;
    rf_mutex_unlock(&queue->lock);
}

void rf_queue_delivery_end(rf_queue *queue) {
    rf_mutex_lock(&queue->lock);
    assert(queue->delivering > 0);
    queue->delivering--;
    queue->writing = false;
    const bool awaited = queue->pushers_waiting > 0;
    rf_mutex_unlock(&queue->lock);
    if (awaited)
        rf_cond_broadcast(&queue->room); /* not before: whoever wakes would wait for the lock */
}

static bool output_is_late(const rf_queue *queue, unsigned workers) {
    return queue->writing && (queue->delivering > 1 || (workers == 1 && count_of(queue) > 0)) && !queue->closed && !queue->aborted;
}

void rf_queue_await_output(rf_queue *queue, unsigned workers) {
    rf_mutex_lock(&queue->lock);
    while (output_is_late(queue, workers)) {
        RF_ZONE(RF_ZONE_WAIT, "output");
        queue->pushers_waiting++;
        rf_cond_wait(&queue->room, &queue->lock);
        queue->pushers_waiting--;
    }
    rf_mutex_unlock(&queue->lock);
}

/* ---- Popping ---- */

static void wait_in_seat(rf_queue *queue, rf_queue_seat *seat) {
    RF_ZONE(RF_ZONE_WAIT, "batch");
    seat->called = false;
    seat->next = queue->idle;
    queue->idle = seat;
    while (!seat->called)
        rf_cond_wait(&seat->cond, &queue->lock);
}

rf_batch *rf_queue_pop(rf_queue *queue, rf_queue_seat *seat) {
    rf_batch *batch = NULL;
    rf_mutex_lock(&queue->lock);
    while (count_of(queue) == 0 && !queue->closed && !queue->aborted)
        wait_in_seat(queue, seat);
    if (count_of(queue) > 0 && !queue->aborted)
        batch = take_first(queue);
    const bool awaited = queue->pushers_waiting > 0 && count_of(queue) <= queue->cap / 2;
    rf_mutex_unlock(&queue->lock);
    if (awaited)
        rf_cond_broadcast(&queue->room);
    return batch;
}

void rf_queue_close(rf_queue *queue) {
    rf_mutex_lock(&queue->lock);
    queue->closed = true;
    call_all(queue);
    rf_mutex_unlock(&queue->lock);
}

bool rf_queue_is_closed(rf_queue *queue) {
    rf_mutex_lock(&queue->lock);
    const bool closed = queue->closed;
    rf_mutex_unlock(&queue->lock);
    return closed;
}

void rf_queue_abort(rf_queue *queue) {
    rf_mutex_lock(&queue->lock);
    queue->aborted = true;
    call_all(queue);
    rf_mutex_unlock(&queue->lock);
}

rf_batch *rf_queue_take_left(rf_queue *queue) {
    return count_of(queue) > 0 ? take_first(queue) : NULL;
}

/* ---- Recycling ---- */

static size_t read_held(void *recycler) { return atomic_load_explicit(&((rf_recycler *)recycler)->held_bytes, memory_order_relaxed); }
static uint64_t read_allocated(void *recycler) {
    return atomic_load_explicit(&((rf_recycler *)recycler)->allocated_bytes, memory_order_relaxed);
}

rf_code rf_recycler_init(rf_recycler *recycler, size_t cap, rf_keys *keys, rf_error *reterr) {
    assert(cap > 0);
    *recycler = (rf_recycler){ .cap = cap, .keys = keys };
    recycler->items = rf_alloc_zero(cap, sizeof *recycler->items);
    if (!recycler->items)
        return rf_raise_nomem(reterr);
    rf_mutex_init(&recycler->lock);
    recycler->memory = (rf_heap_source){
        .kind = "arena", .holder = "batches", .held = read_held, .allocated = read_allocated, .arg = recycler
    };
    rf_heap_sources_add(&recycler->memory);
    return RF_OK;
}

void rf_recycler_done(rf_recycler *recycler) {
    if (!recycler->items)
        return;
    rf_heap_sources_remove(&recycler->memory);
    while (recycler->count > 0)
        rf_batch_free(recycler->items[--recycler->count]);
    rf_free(recycler->items);
    rf_mutex_done(&recycler->lock);
    *recycler = (rf_recycler){ 0 };
}

rf_batch *rf_recycler_borrow(rf_recycler *recycler) {
    rf_batch *batch = NULL;
    rf_mutex_lock(&recycler->lock);
    if (recycler->count > 0)
        batch = recycler->items[--recycler->count]; /* the last one returned: its memory is the warmest */
    rf_mutex_unlock(&recycler->lock);
    if (!batch)
        batch = rf_batch_new(recycler->keys);
    if (batch)
        batch->arena.keep_bytes = KEEP_BYTES;
    return batch;
}

static size_t bytes_of(const rf_batch *batch) {
    return sizeof *batch + batch->arena.held_bytes + batch->scratch.cap + batch->cap * sizeof *batch->messages;
}

/* Under the lock: the batch has taken memory until it held `most`, and keeps `kept` of it. */
static void count_memory(rf_recycler *recycler, rf_batch *batch, size_t most, size_t kept) {
    if (most > batch->counted_bytes)
        atomic_fetch_add_explicit(&recycler->allocated_bytes, most - batch->counted_bytes, memory_order_relaxed);
    atomic_fetch_add_explicit(&recycler->held_bytes, kept - batch->counted_bytes, memory_order_relaxed);
    batch->counted_bytes = kept;
}

void rf_recycler_return(rf_recycler *recycler, rf_batch *batch) {
    assert(batch);
    size_t most = bytes_of(batch);
    rf_batch_clear(batch);
    rf_mutex_lock(&recycler->lock);
    bool kept = recycler->count < recycler->cap;
    count_memory(recycler, batch, most, kept ? bytes_of(batch) : 0);
    if (kept) {
        recycler->items[recycler->count++] = batch;
        batch = NULL;
    }
    rf_mutex_unlock(&recycler->lock);
    rf_batch_free(batch);
}
