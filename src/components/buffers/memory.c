/* memory: a buffer in this process's memory, bounded: a fast source does not wait for each answer of a slow output. */
#include "components/buffers/record.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "base/thread.h"
#include "stream/buffered.h"
#include "stream/config.h"

#include <assert.h>

#define BLOCK_BYTES ((size_t)64 << 10)
#define CHUNK_BYTES ((size_t)48 << 10) /* put in under one lock */

/* Records, each behind its length; freed when all of it was read. */
typedef struct block {
    struct block *next;
    size_t cap, used, at;
    char bytes[];
} block;

typedef struct policy {
    bool enabled;
    rf_batching batching;
} policy;

typedef struct memory_buffer {
    uint64_t limit;
    policy policy;
    /* private */
    bool ready;
    rf_mutex lock;      /* for what follows */
    rf_cond news, room;
    block *first, *last;
    unsigned waiting;   /* feeds, for room */
    bool ended, woken;
    _Atomic uint64_t held_bytes, held_count; /* written under the lock */
} memory_buffer;

#define AT(member) .offset = offsetof(policy, member)
static const rf_field policy_fields[] = {
    { .name = "enabled", .type = RF_FIELD_BOOL, AT(enabled), .standard = "false",
      .doc = "Whether what is read from the buffer is made batches of by these rules; else what was stored as a batch is one." },
    { .name = "count", .type = RF_FIELD_INT, AT(batching.count), .standard = "0", .max = 1000000,
      .doc = "Messages of a batch; 0: no bound." },
    { .name = "byte_size", .type = RF_FIELD_SIZE, AT(batching.byte_size), .standard = "0",
      .doc = "Bytes of payload at which a batch is full; 0: no bound." },
    { .name = "period", .type = RF_FIELD_DURATION, AT(batching.period_ns), .standard = "\"\"",
      .doc = "How long a batch may wait to be full; empty: until it is." },
    { .name = "check", .type = RF_FIELD_QUERY, AT(batching.check), .standard = "\"\"",
      .doc = "Whether a message is the last of its batch, such as `this.end == true`." },
    { .name = "processors", .type = RF_FIELD_PROCESSORS, AT(batching.processors), .doc = "What is done with each batch." },
    { 0 },
};
#undef AT

static const rf_field memory_fields[] = {
    { .name = "limit", .type = RF_FIELD_SIZE, .offset = offsetof(memory_buffer, limit), .standard = "524288000",
      .doc = "Bytes of messages, with their metadata, at which inputs wait. A message is let in while less than this is held, however large it is." },
    { .name = "batch_policy", .type = RF_FIELD_OBJECT, .offset = offsetof(memory_buffer, policy), .fields = policy_fields,
      .doc = "Batches made of what is read from the buffer." },
    { 0 },
};

/* ---- Storing ---- */

static uint64_t held(const memory_buffer *self) {
    return atomic_load_explicit(&self->held_bytes, memory_order_relaxed);
}

/* How much may be put in now; 0: nothing came free within `wait_ns`. */
static uint64_t wait_for_room(memory_buffer *self, uint64_t wait_ns) {
    rf_mutex_lock(&self->lock);
    if (held(self) >= self->limit) {
        self->waiting++;
        (void)rf_cond_wait_for(&self->room, &self->lock, wait_ns);
        self->waiting--;
    }
    const uint64_t now = held(self);
    rf_mutex_unlock(&self->lock);
    return now < self->limit ? self->limit - now : 0;
}

/* Records of whole batches, as the user sees them, from *next on: as many as have room, one at the least. */
static rf_code write_chunk(rf_buffer *out, rf_batch *batch, uint64_t room, uint32_t *next, rf_error *reterr) {
    const size_t most = room < CHUNK_BYTES ? (size_t)room : CHUNK_BYTES;
    uint32_t begin, end;
    do {
        rf_batch_parcel(batch, *next, &begin, &end);
        for (begin = *next; begin < end; begin++) {
            const size_t at = out->len;
            rf_buffer_append(out, &(uint32_t){ 0 }, sizeof(uint32_t));
            const rf_code code = out->failed ? rf_raise_nomem(reterr) : rf_record_write(out, batch, begin, begin > *next, reterr);
            if (code)
                return code;
            const uint32_t len = (uint32_t)(out->len - at - sizeof len);
            memcpy(out->data + at, &len, sizeof len);
        }
        *next = end;
    } while (*next < batch->count && out->len < most);
    return RF_OK;
}

/* Under the lock. A block that holds `len` more; NULL: out of memory. */
static block *block_for(memory_buffer *self, size_t len) {
    if (self->last && self->last->cap - self->last->used >= len)
        return self->last;
    const size_t cap = len > BLOCK_BYTES ? len : BLOCK_BYTES;
    block *more = rf_alloc(sizeof *more + cap);
    if (!more)
        return NULL;
    *more = (block){ .cap = cap };
    if (self->last)
        self->last->next = more;
    else
        self->first = more;
    return self->last = more;
}

static bool put(memory_buffer *self, rf_slice chunk, uint32_t count) {
    rf_mutex_lock(&self->lock);
    block *to = block_for(self, chunk.len);
    if (to) {
        memcpy(to->bytes + to->used, chunk.data, chunk.len);
        to->used += chunk.len;
        atomic_fetch_add_explicit(&self->held_bytes, chunk.len, memory_order_relaxed);
        atomic_fetch_add_explicit(&self->held_count, count, memory_order_relaxed);
        rf_cond_signal(&self->news);
    }
    rf_mutex_unlock(&self->lock);
    return to;
}

static rf_code memory_store(void *state, rf_batch *batch, uint32_t *next, uint64_t wait_ns, rf_error *reterr) {
    memory_buffer *self = state;
    rf_buffer chunk = { 0 };
    rf_code code = RF_OK;
    while (*next < batch->count && !code) {
        uint32_t end = *next;
        const uint64_t room = wait_for_room(self, wait_ns);
        rf_buffer_clear(&chunk);
        code = room > 0 ? write_chunk(&chunk, batch, room, &end, reterr) : RF_EAGAIN;
        if (!code && !put(self, rf_buffer_view(&chunk), end - *next))
            code = rf_raise_nomem(reterr);
        if (!code)
            *next = end;
    }
    rf_buffer_done(&chunk);
    return code;
}

static void memory_ended(void *state) {
    memory_buffer *self = state;
    rf_mutex_lock(&self->lock);
    self->ended = true;
    rf_cond_signal(&self->news);
    rf_mutex_unlock(&self->lock);
}

/* ---- Reading: under the lock ---- */

/* The next record, which stays; false: there is none. */
static bool peek(memory_buffer *self, rf_slice *ret_record) {
    uint32_t len;
    block *from = self->first;
    if (!from)
        return false;
    assert(from->at + sizeof len <= from->used);
    memcpy(&len, from->bytes + from->at, sizeof len);
    *ret_record = (rf_slice){ from->bytes + from->at + sizeof len, len };
    return true;
}

static void remove_first(memory_buffer *self) {
    rf_slice record;
    block *from = self->first;
    if (!peek(self, &record))
        return;
    const size_t bytes = record.len + sizeof(uint32_t);
    from->at += bytes;
    atomic_fetch_sub_explicit(&self->held_bytes, bytes, memory_order_relaxed);
    atomic_fetch_sub_explicit(&self->held_count, 1, memory_order_relaxed);
    if (from->at < from->used)
        return;
    self->first = from->next;
    self->last = self->first ? self->last : NULL;
    rf_free(from);
}

/* At most `max`, but what is one batch for the user stays together. */
static rf_code take_some(memory_buffer *self, rf_batch *batch, uint32_t max, rf_error *reterr) {
    rf_slice record;
    rf_code code = RF_OK;
    for (uint32_t taken = 0; !code && peek(self, &record) && (taken < max || rf_record_is_joined(record)); taken++) {
        code = rf_record_read(record, batch, reterr);
        if (!code)
            remove_first(self);
    }
    if (self->waiting > 0 && held(self) <= self->limit / 2)
        rf_cond_broadcast(&self->room);
    return code;
}

static rf_code memory_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    memory_buffer *self = state;
    const uint64_t start = rf_clock_mono_ns();
    rf_code code;
    uint64_t gone = 0;
    rf_mutex_lock(&self->lock);
    while (!self->first && !self->ended && !self->woken && gone < wait_ns) {
        (void)rf_cond_wait_for(&self->news, &self->lock, wait_ns - gone);
        gone = rf_clock_mono_ns() - start;
    }
    self->woken = false;
    if (self->first)
        code = take_some(self, batch, max, reterr);
    else
        code = self->ended ? RF_ECLOSED : RF_EAGAIN;
    rf_mutex_unlock(&self->lock);
    return code;
}

static void memory_wake(void *state) {
    memory_buffer *self = state;
    rf_mutex_lock(&self->lock);
    self->woken = true;
    rf_cond_signal(&self->news);
    rf_mutex_unlock(&self->lock);
}

/* ---- Life ---- */

static const rf_batching *memory_batching(const void *state) {
    const memory_buffer *self = state;
    return self->policy.enabled ? &self->policy.batching : NULL;
}

static uint64_t memory_left(const void *state) {
    const memory_buffer *self = state;
    return atomic_load(&self->held_count);
}

static double read_bytes(void *arg) {
    return (double)held(arg);
}

static double read_count(void *arg) {
    return (double)memory_left(arg);
}

static rf_code memory_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    memory_buffer *self = state;
    const rf_metric_labels labels = { .label = env->label, .path = env->path };
    (void)conf;
    rf_mutex_init(&self->lock);
    rf_cond_init(&self->news);
    rf_cond_init(&self->room);
    self->ready = true;
    if (self->limit == 0)
        return rf_raise(reterr, RF_ECONFIG, "limit must be at least 1 byte");
    if (self->policy.enabled && !rf_batching_is_on(&self->policy.batching))
        return rf_raise(reterr, RF_ECONFIG, "batch policy must have at least one active trigger");
    rf_code code = rf_metrics_gauge(env->metrics, "buffer_held_bytes", "Bytes that the buffer holds.", &labels, read_bytes, self, reterr);
    return code ? code
                : rf_metrics_gauge(env->metrics, "buffer_held_messages", "Messages that the buffer holds.", &labels, read_count, self,
                                   reterr);
}

static void memory_close(void *state) {
    memory_buffer *self = state;
    if (!self->ready)
        return;
    for (block *b = self->first, *next; b; b = next) {
        next = b->next;
        rf_free(b);
    }
    rf_cond_done(&self->room);
    rf_cond_done(&self->news);
    rf_mutex_done(&self->lock);
}

const rf_buffer_kind rf_memory_buffer_kind = {
    .name = "memory",
    .summary = "Keeps messages in memory between the input and the workers.",
    .detail = "A message is acknowledged to its input at once, when it is in the buffer: a source is answered without waiting for the output, "
              "and **what is in the buffer is lost when the process dies**. Where that must not be, use `sqlite`, or no buffer.\n\n"
              "Nothing is dropped: when `limit` is reached, inputs wait, and so does whoever sends to them. A stop delivers what the buffer "
              "holds, within `shutdown_timeout`; what is left then is counted, and the exit status says so.\n\n"
              "Order is kept. What the input made one batch stays one, unless `batch_policy` makes others. What workers and output have in "
              "hand comes on top of `limit`.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 10ms, count: 10}\n"
               "buffer:\n"
               "  memory:\n"
               "    limit: 64MiB\n"
               "    batch_policy: {enabled: true, count: 5, period: 1s}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = memory_fields,
    .state_size = sizeof(memory_buffer),
    .open = memory_open,
    .store = memory_store,
    .ended = memory_ended,
    .reader = { .name = "memory", .read = memory_read, .wake = memory_wake },
    .batching = memory_batching,
    .left = memory_left,
    .close = memory_close,
};
