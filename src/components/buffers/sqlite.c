/* sqlite: a buffer in a file of SQLite's: what was acknowledged outlives the process, however it ends. */
#include "components/buffers/sqlite_buffer.h"

#include "base/clock.h"
#include "stream/buffered.h"

#define AT(member) .offset = offsetof(rf_sqlite_buffer, member)
static const rf_field sqlite_fields[] = {
    { .name = "path", .type = RF_FIELD_STRING, AT(path), .flags = RF_FIELD_REQUIRED,
      .doc = "The file, made when it is not there. No other process may use it." },
    { .name = "limit", .type = RF_FIELD_SIZE, AT(limit), .standard = "0",
      .doc = "Bytes of messages, with their metadata, at which inputs wait; 0: when the disk is full." },
    { .name = "sync", .type = RF_FIELD_BOOL, AT(sync), .standard = "true",
      .doc = "Whether a message is acknowledged only when it is on the disk, and so outlives a power cut; without, it outlives the "
             "process alone." },
    { .name = "pre_processors", .type = RF_FIELD_PROCESSORS, AT(pre), .doc = "What is done with each batch before it is stored." },
    { .name = "post_processors", .type = RF_FIELD_PROCESSORS, AT(post.processors),
      .doc = "What is done with each batch that is read back." },
    { 0 },
};
#undef AT

/* ---- Storing ---- */

static rf_code sqlite_store(void *state, rf_batch *batch, uint32_t *next, uint64_t wait_ns, rf_error *reterr) {
    rf_code code = batch->count ? rf_sqlite_buffer_store(state, batch, wait_ns, reterr) : RF_OK;
    if (!code)
        *next = batch->count; /* all or none */
    return code;
}

static void sqlite_ended(void *state) {
    rf_sqlite_buffer *self = state;
    rf_mutex_lock(&self->lock);
    self->ended = true;
    rf_cond_broadcast(&self->news);
    rf_mutex_unlock(&self->lock);
}

/* ---- Reading ---- */

static rf_code sqlite_connect(void *state, rf_error *reterr) {
    rf_sqlite_buffer *self = state;
    rf_mutex_lock(&self->lock);
    const rf_code code = rf_sqlite_buffer_connect(self, reterr);
    rf_mutex_unlock(&self->lock);
    return code;
}

static rf_code sqlite_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    rf_sqlite_buffer *self = state;
    rf_mutex_lock(&self->lock);
    const rf_code code = rf_sqlite_buffer_read(self, batch, max, wait_ns, reterr);
    rf_mutex_unlock(&self->lock);
    return code;
}

static void sqlite_ack(void *state, uint64_t mark, bool delivered) {
    rf_sqlite_buffer *self = state;
    rf_mutex_lock(&self->lock);
    rf_sqlite_buffer_delivered(self, mark, delivered);
    rf_mutex_unlock(&self->lock);
}

static void sqlite_wake(void *state) {
    rf_sqlite_buffer *self = state;
    rf_mutex_lock(&self->lock);
    self->woken = true;
    rf_cond_broadcast(&self->news);
    rf_mutex_unlock(&self->lock);
}

/* ---- Life ---- */

static const rf_batching *sqlite_batching(const void *state) {
    const rf_sqlite_buffer *self = state;
    return &self->post;
}

static const rf_components *sqlite_before(const void *state) {
    const rf_sqlite_buffer *self = state;
    return &self->pre;
}

static uint64_t sqlite_left(const void *state) {
    const rf_sqlite_buffer *self = state;
    return atomic_load(&self->held_count);
}

static double read_bytes(void *arg) {
    const rf_sqlite_buffer *self = arg;
    return (double)atomic_load(&self->held_bytes);
}

static double read_count(void *arg) {
    return (double)sqlite_left(arg);
}

static rf_code sqlite_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    rf_sqlite_buffer *self = state;
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
    return code ? code
                : rf_metrics_gauge(env->metrics, "buffer_held_messages", "Messages that the buffer holds.", &labels, read_count, self,
                                   reterr);
}

static void sqlite_close(void *state) {
    rf_sqlite_buffer *self = state;
    if (!self->ready)
        return;
    if (self->is_open)
        rf_sqlite_buffer_remove_done(self);
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
    .state_size = sizeof(rf_sqlite_buffer),
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
