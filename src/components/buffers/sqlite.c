/* sqlite: a buffer in a file of SQLite's: what was acknowledged outlives the process, however it ends. */
#include "components/buffers/record.h"
#include "components/buffers/sqlite_file.h"

#include "base/clock.h"
#include "base/thread.h"
#include "base/vec.h"
#include "stream/buffered.h"
#include "stream/config.h"

#include <assert.h>
#include <inttypes.h>

#define REMOVE_AGAIN_NS RF_NS_PER_S /* after a removal that failed */

/* Rows that went to the workers together, and are removed together. */
typedef struct range {
    uint64_t first, last;
    uint64_t count, bytes;
    bool done; /* delivered, but not removed yet: the disk would not have it */
} range;

typedef struct sqlite_buffer {
    rf_slice path;
    uint64_t limit;
    bool sync;
    rf_components pre;
    rf_batching post; /* its processors only */
    /* private */
    const rf_env *env;
    bool ready;
    rf_mutex lock;    /* for what follows */
    rf_cond news, room;
    rf_sqlite_file file;
    bool is_open;     /* after the reader has connected */
    bool ended, woken;
    uint64_t next_id, read_to; /* the last one that was read, or passed over */
    RF_VEC(range) under_way;   /* in order */
    uint64_t remove_again_ns;
    rf_log_limit complaints;
    _Atomic uint64_t held_bytes, held_count; /* written under the lock */
} sqlite_buffer;

#define AT(member) .offset = offsetof(sqlite_buffer, member)
static const rf_field sqlite_fields[] = {
    { .name = "path", .type = RF_FIELD_STRING, AT(path), .flags = RF_FIELD_REQUIRED, .doc = "The file, made when it is not there. No other process may use it." },
    { .name = "limit", .type = RF_FIELD_SIZE, AT(limit), .standard = "0", .doc = "Bytes of messages, with their metadata, at which inputs wait; 0: when the disk is full." },
    { .name = "sync", .type = RF_FIELD_BOOL, AT(sync), .standard = "true", .doc = "Whether a message is acknowledged only when it is on the disk, and so outlives a power cut; without, it outlives the process alone." },
    { .name = "pre_processors", .type = RF_FIELD_PROCESSORS, AT(pre), .doc = "What is done with each batch before it is stored." },
    { .name = "post_processors", .type = RF_FIELD_PROCESSORS, AT(post.processors), .doc = "What is done with each batch that is read back." },
    { 0 },
};
#undef AT

static void complain(sqlite_buffer *self, const char *what, const rf_error *error) {
    rf_log_write_limited(self->env->log, RF_LOG_ERROR, &self->env->origin, &self->complaints, "%s: %s", what, error->message);
}

/* What follows is under the lock, up to the callbacks. */

/* A file that fails in a way that may be the file's is opened again, by the reader; a damaged one is salvaged then. */
static void close_failed(sqlite_buffer *self) {
    if (rf_sqlite_file_is_full(&self->file))
        return; /* it is as good as it was */
    if (rf_sqlite_file_is_damaged(&self->file))
        rf_sqlite_file_suspect(&self->file);
    rf_sqlite_file_close(&self->file);
    self->is_open = false;
    rf_cond_broadcast(&self->news);
}

static void count_removed(sqlite_buffer *self, const range *removed) {
    atomic_fetch_sub(&self->held_count, removed->count);
    atomic_fetch_sub(&self->held_bytes, removed->bytes);
    rf_cond_broadcast(&self->room);
}

/* False: not now. */
static bool remove_range(sqlite_buffer *self, const range *done) {
    rf_error error = { 0 };
    if (!self->is_open || rf_clock_mono_ns() < self->remove_again_ns)
        return false;
    rf_code code = rf_sqlite_file_remove(&self->file, done->first, done->last, &error);
    if (code && rf_sqlite_file_is_full(&self->file)) {
        rf_sqlite_file_roll_back(&self->file);
        rf_sqlite_file_checkpoint(&self->file); /* the journal alone may be what fills the disk */
        code = rf_sqlite_file_remove(&self->file, done->first, done->last, &error);
    }
    if (!code) {
        count_removed(self, done);
        return true;
    }
    rf_sqlite_file_roll_back(&self->file);
    self->remove_again_ns = rf_clock_mono_ns() + REMOVE_AGAIN_NS;
    complain(self, "Failed to remove what was delivered, tried again", &error);
    close_failed(self);
    return false;
}

static void drop_ranges(sqlite_buffer *self, size_t at, size_t count) {
    range *items = self->under_way.items;
    memmove(items + at, items + at + count, (self->under_way.count - at - count) * sizeof *items);
    self->under_way.count -= count;
}

/* What could not be removed when it was delivered. Neighbours become one, so that there are never many. */
static void remove_done(sqlite_buffer *self) {
    for (size_t i = 0; i < self->under_way.count;) {
        range *at = &self->under_way.items[i];
        range *next = i + 1 < self->under_way.count ? at + 1 : NULL;
        if (at->done && next && next->done) {
            at->last = next->last;
            at->count += next->count;
            at->bytes += next->bytes;
            drop_ranges(self, i + 1, 1);
        } else if (at->done && remove_range(self, at)) {
            drop_ranges(self, i, 1);
        } else {
            i++;
        }
    }
}

/* ---- Storing ---- */

static bool wait_for_room(sqlite_buffer *self, uint64_t wait_ns) {
    bool open = self->is_open && (self->limit == 0 || atomic_load(&self->held_bytes) < self->limit);
    if (!open) {
        (void)rf_cond_wait_for(&self->room, &self->lock, wait_ns);
        open = self->is_open && (self->limit == 0 || atomic_load(&self->held_bytes) < self->limit);
    }
    return open;
}

/* Rows one behind the other, each a head and a record; `ret_ends` has where each ends. */
static rf_code write_rows(rf_buffer *out, rf_batch *batch, size_t *ends, rf_error *reterr) {
    uint32_t begin = 0, end = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        if (i >= end)
            rf_batch_parcel(batch, i, &begin, &end);
        rf_buffer_append(out, &(rf_stored_head){ 0 }, sizeof(rf_stored_head));
        const rf_code code = out->failed ? rf_raise_nomem(reterr) : rf_record_write(out, batch, i, i > begin, reterr);
        if (code)
            return code;
        ends[i] = out->len;
    }
    return RF_OK;
}

static rf_code add_rows(sqlite_buffer *self, rf_buffer *rows, const size_t *ends, uint32_t count, rf_error *reterr) {
    rf_code code = rf_sqlite_file_begin(&self->file, self->sync, reterr);
    for (uint32_t i = 0; !code && i < count; i++) {
        const size_t at = i ? ends[i - 1] : 0;
        rf_stored_head head;
        rf_stored_head_make(&head, self->next_id + i, (rf_slice){ rows->data + at + sizeof head, ends[i] - at - sizeof head });
        memcpy(rows->data + at, &head, sizeof head);
        code = rf_sqlite_file_add(&self->file, self->next_id + i, (rf_slice){ rows->data + at, ends[i] - at }, reterr);
    }
    return code ? code : rf_sqlite_file_commit(&self->file, reterr);
}

static rf_code store_rows(sqlite_buffer *self, rf_buffer *rows, const size_t *ends, uint32_t count, rf_error *reterr) {
    rf_code code = add_rows(self, rows, ends, count, reterr);
    if (code) {
        rf_sqlite_file_roll_back(&self->file);
        close_failed(self);
        return code;
    }
    self->next_id += count;
    atomic_fetch_add(&self->held_count, count);
    atomic_fetch_add(&self->held_bytes, rows->len);
    rf_cond_broadcast(&self->news);
    return RF_OK;
}

static rf_code store_when_there_is_room(sqlite_buffer *self, rf_batch *batch, uint64_t wait_ns, rf_error *reterr) {
    rf_buffer rows = { 0 };
    size_t *ends = rf_alloc(batch->count * sizeof *ends);
    rf_code code = ends ? write_rows(&rows, batch, ends, reterr) : rf_raise_nomem(reterr);
    if (!code) {
        rf_mutex_lock(&self->lock);
        code = wait_for_room(self, wait_ns) ? store_rows(self, &rows, ends, batch->count, reterr) : RF_EAGAIN;
        rf_mutex_unlock(&self->lock);
    }
    rf_free(ends);
    rf_buffer_done(&rows);
    return code;
}

static rf_code sqlite_store(void *state, rf_batch *batch, uint32_t *next, uint64_t wait_ns, rf_error *reterr) {
    rf_code code = batch->count ? store_when_there_is_room(state, batch, wait_ns, reterr) : RF_OK;
    if (!code)
        *next = batch->count; /* all or none */
    return code;
}

static void sqlite_ended(void *state) {
    sqlite_buffer *self = state;
    rf_mutex_lock(&self->lock);
    self->ended = true;
    rf_cond_broadcast(&self->news);
    rf_mutex_unlock(&self->lock);
}

/* ---- Reading ---- */

static void tell_salvaged(const sqlite_buffer *self, const rf_sqlite_found *found) {
    rf_log_write(self->env->log, RF_LOG_ERROR, &self->env->origin,
                 "`%s` was damaged: %" PRIu64 " whole messages were saved to a new file, what was damaged is lost; the old file is kept as `%s`",
                 self->path.data, found->salvaged_count, found->kept_as);
}

static rf_code connect_locked(sqlite_buffer *self, rf_error *reterr) {
    rf_sqlite_found found = { 0 };
    if (self->is_open)
        return RF_OK;
    const rf_code code = rf_sqlite_file_open(&self->file, self->path.data, &found, reterr);
    if (code)
        return code;
    self->is_open = true;
    self->next_id = found.last_id >= self->next_id ? found.last_id + 1 : self->next_id;
    atomic_store(&self->held_count, found.count);
    atomic_store(&self->held_bytes, found.bytes);
    if (found.salvaged)
        tell_salvaged(self, &found);
    else if (found.count > 0 && self->read_to == 0)
        rf_log_write(self->env->log, RF_LOG_INFO, &self->env->origin, "%" PRIu64 " messages are in the buffer from before", found.count);
    rf_cond_broadcast(&self->room);
    return RF_OK;
}

static rf_code sqlite_connect(void *state, rf_error *reterr) {
    sqlite_buffer *self = state;
    rf_mutex_lock(&self->lock);
    const rf_code code = connect_locked(self, reterr);
    rf_mutex_unlock(&self->lock);
    return code;
}

/* The row goes with those that this batch has. False: it has none yet. */
static bool join_batch(sqlite_buffer *self, const rf_batch *batch, uint64_t id, size_t bytes) {
    range *last = self->under_way.count ? &self->under_way.items[self->under_way.count - 1] : NULL;
    if (!last || last->first != batch->mark || last->done)
        return false;
    last->last = id;
    last->count++;
    last->bytes += bytes;
    return true;
}

/* A row that is damaged is told of and left out, and goes with those that it stood among. */
static void pass_over(sqlite_buffer *self, const rf_batch *batch, uint64_t id, size_t bytes) {
    rf_log_write(self->env->log, RF_LOG_ERROR, &self->env->origin, "stored message %" PRIu64 " is damaged, and lost: its bytes in `%s` were changed", id, self->path.data);
    if (batch->count == 0 || !join_batch(self, batch, id, bytes)) /* without memory for it, it is met again at the next start */
        (void)rf_vec_push(&self->under_way, (range){ .first = id, .last = id, .count = 1, .bytes = bytes, .done = true });
}

/* The row joins those that this batch has; the first one makes its mark. */
static bool add_to_batch(sqlite_buffer *self, const rf_batch *batch, uint64_t id, size_t bytes) {
    return (batch->count > 1 && join_batch(self, batch, id, bytes)) ||
           rf_vec_push(&self->under_way, (range){ .first = id, .last = id, .count = 1, .bytes = bytes });
}

static rf_code take_row(sqlite_buffer *self, rf_batch *batch, uint64_t id, rf_slice blob, rf_error *reterr) {
    const rf_slice record = rf_stored_record(id, blob);
    rf_code code = record.data ? rf_record_read(record, batch, reterr) : RF_EPARSE;
    if (code == RF_EPARSE) {
        pass_over(self, batch, id, blob.len);
        return RF_OK;
    }
    if (code)
        return code;
    if (!add_to_batch(self, batch, id, blob.len)) {
        batch->count--;
        return rf_raise_nomem(reterr);
    }
    if (batch->count == 1)
        batch->mark = id;
    return RF_OK;
}

/* At most `max`, but what is one batch for the user stays together. RF_OK: there may be more. */
static rf_code take_rows(sqlite_buffer *self, rf_batch *batch, uint32_t max, rf_error *reterr) {
    rf_code code = RF_OK;
    for (uint32_t taken = 0; !code; taken++) {
        uint64_t id;
        rf_slice blob;
        code = rf_sqlite_file_read(&self->file, self->read_to, &id, &blob, reterr);
        if (code || (taken >= max && !(blob.len > sizeof(rf_stored_head) && rf_record_is_joined((rf_slice){ blob.data + sizeof(rf_stored_head), blob.len - sizeof(rf_stored_head) }))))
            break;
        code = take_row(self, batch, id, blob, reterr);
        self->read_to = code ? self->read_to : id;
    }
    rf_sqlite_file_read_end(&self->file);
    return code == RF_ENOTFOUND ? RF_OK : code;
}

static bool has_unread(const sqlite_buffer *self) {
    return self->read_to + 1 < self->next_id;
}

static void wait_for_news(sqlite_buffer *self, uint64_t wait_ns) {
    const uint64_t start = rf_clock_mono_ns();
    uint64_t gone = 0;
    while (self->is_open && !has_unread(self) && !self->ended && !self->woken && gone < wait_ns) {
        (void)rf_cond_wait_for(&self->news, &self->lock, wait_ns - gone);
        gone = rf_clock_mono_ns() - start;
    }
    self->woken = false;
}

/* RF_ECLOSED only when nothing is left that may have to be removed: the file is needed for it. */
static rf_code read_locked(sqlite_buffer *self, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    const uint32_t before = batch->count;
    wait_for_news(self, wait_ns);
    remove_done(self);
    if (!self->is_open)
        return rf_raise(reterr, RF_ELOST, "`%s` is opened again", self->path.data);
    if (!has_unread(self))
        return self->ended ? RF_ECLOSED : RF_EAGAIN;
    const rf_code code = take_rows(self, batch, max, reterr);
    if (code && code != RF_ENOMEM) {
        close_failed(self);
        return rf_raise(reterr, RF_ELOST, "`%s` cannot be read", self->path.data);
    }
    if (!code && batch->count == before)
        self->read_to = self->next_id - 1; /* what was passed over was the rest */
    return code ? code : batch->count > before ? RF_OK : RF_EAGAIN;
}

static rf_code sqlite_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    sqlite_buffer *self = state;
    rf_mutex_lock(&self->lock);
    const rf_code code = read_locked(self, batch, max, wait_ns, reterr);
    rf_mutex_unlock(&self->lock);
    return code;
}

/* What was not delivered stays in the file. */
static void sqlite_ack(void *state, uint64_t mark, bool delivered) {
    sqlite_buffer *self = state;
    rf_mutex_lock(&self->lock);
    for (size_t i = 0; i < self->under_way.count; i++) {
        range *at = &self->under_way.items[i];
        if (at->first != mark || at->done)
            continue;
        at->done = delivered;
        if (!delivered || remove_range(self, at))
            drop_ranges(self, i, 1);
        break;
    }
    rf_mutex_unlock(&self->lock);
}

static void sqlite_wake(void *state) {
    sqlite_buffer *self = state;
    rf_mutex_lock(&self->lock);
    self->woken = true;
    rf_cond_broadcast(&self->news);
    rf_mutex_unlock(&self->lock);
}

/* ---- Life ---- */

static const rf_batching *sqlite_batching(const void *state) {
    const sqlite_buffer *self = state;
    return &self->post;
}

static const rf_components *sqlite_before(const void *state) {
    const sqlite_buffer *self = state;
    return &self->pre;
}

static uint64_t sqlite_left(const void *state) {
    const sqlite_buffer *self = state;
    return atomic_load(&self->held_count);
}

static double read_bytes(void *arg) {
    const sqlite_buffer *self = arg;
    return (double)atomic_load(&self->held_bytes);
}

static double read_count(void *arg) {
    return (double)sqlite_left(arg);
}

static rf_code sqlite_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    sqlite_buffer *self = state;
    const rf_metric_labels labels = { .label = env->label, .path = env->path };
    (void)conf;
    rf_mutex_init(&self->lock);
    rf_cond_init(&self->news);
    rf_cond_init(&self->room);
    self->env = env;
    self->next_id = 1;
    self->complaints.burst = 1;
    self->complaints.period_ns = 30 * RF_NS_PER_S;
    self->ready = true;
    if (self->path.len == 0)
        return rf_raise(reterr, RF_ECONFIG, "path is empty");
    if (self->path.len > 280)
        return rf_raise(reterr, RF_ECONFIG, "path is longer than 280 bytes");
    rf_code code = rf_metrics_gauge(env->metrics, "buffer_held_bytes", "Bytes that the buffer holds.", &labels, read_bytes, self, reterr);
    return code ? code : rf_metrics_gauge(env->metrics, "buffer_held_messages", "Messages that the buffer holds.", &labels, read_count, self, reterr);
}

static void sqlite_close(void *state) {
    sqlite_buffer *self = state;
    if (!self->ready)
        return;
    if (self->is_open)
        remove_done(self);
    rf_sqlite_file_close(&self->file);
    rf_vec_done(&self->under_way);
    rf_cond_done(&self->room);
    rf_cond_done(&self->news);
    rf_mutex_done(&self->lock);
}

const rf_buffer_kind rf_sqlite_buffer_kind = {
    .name = "sqlite",
    .summary = "Keeps messages in a file between the input and the workers, until the output has taken them.",
    .detail = "A message is acknowledged to its input when it is in the file, and removed from it when the output has taken it: nothing that was "
              "acknowledged is lost when the process is killed, nor, with `sync`, when the power fails. What was not delivered comes first at the next "
              "start; what was in hand when the process was killed may come twice. A batch is one transaction, so larger batches make it faster.\n\n"
              "Nothing is dropped: when `limit` is reached, the disk is full or the file cannot be written, inputs wait, the log says so, and it goes "
              "on by itself when there is room again. A stop does not drain the buffer; when the input ends, the run goes on until it is empty.\n\n"
              "Each message has a checksum. One that was changed on the disk is left out, and the log says which. When the file itself is damaged, all "
              "messages that are whole are moved to a new file, and the old one is kept beside it as `PATH.damaged`. The file keeps the size that it once "
              "needed; its journal `PATH-wal` belongs to it. Which processor a message failed in is not kept; why it failed is.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 10ms, count: 10}\n"
               "buffer:\n"
               "  sqlite:\n"
               "    path: ./out/buffer.sqlite\n"
               "    limit: 1GiB\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = sqlite_fields,
    .state_size = sizeof(sqlite_buffer),
    .open = sqlite_open,
    .store = sqlite_store,
    .ended = sqlite_ended,
    .reader = { .name = "sqlite", .connect = sqlite_connect, .read = sqlite_read, .ack = sqlite_ack, .wake = sqlite_wake },
    .batching = sqlite_batching,
    .before = sqlite_before,
    .left = sqlite_left,
    .keeps = true,
    .close = sqlite_close,
};
