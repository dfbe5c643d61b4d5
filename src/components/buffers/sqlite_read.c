/* sqlite_read.c: rows of the file become batches again. */
#include "components/buffers/sqlite_buffer.h"

#include "base/clock.h"
#include "components/buffers/record.h"

#include <inttypes.h>

static void tell_salvaged(const rf_sqlite_buffer *self, const rf_sqlite_found *found) {
    rf_log_write(self->env->log, RF_LOG_ERROR, &self->env->origin,
                 "`%s` was damaged: %" PRIu64 " whole messages were saved to a new file, what was damaged is lost; the old file is kept as `%s`",
                 self->path.data, found->salvaged_count, found->kept_as);
}

rf_code rf_sqlite_buffer_connect(rf_sqlite_buffer *self, rf_error *reterr) {
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

/* The row goes with those that this batch has. False: it has none yet. */
static bool join_batch(rf_sqlite_buffer *self, const rf_batch *batch, uint64_t id, size_t bytes) {
    rf_sqlite_range *last = self->under_way.count ? &self->under_way.items[self->under_way.count - 1] : NULL;
    if (!last || last->first != batch->mark || last->done)
        return false;
    last->last = id;
    last->count++;
    last->bytes += bytes;
    return true;
}

/* A row that is damaged is told of and left out, and goes with those that it stood among. */
static void pass_over(rf_sqlite_buffer *self, const rf_batch *batch, uint64_t id, size_t bytes) {
    rf_log_write(self->env->log, RF_LOG_ERROR, &self->env->origin,
                 "stored message %" PRIu64 " is damaged, and lost: its bytes in `%s` were changed", id, self->path.data);
    if (batch->count == 0 || !join_batch(self, batch, id, bytes)) /* without memory for it, it is met again at the next start */
        (void)rf_vec_push(&self->under_way, (rf_sqlite_range){ .first = id, .last = id, .count = 1, .bytes = bytes, .done = true });
}

/* The row joins those that this batch has; the first one makes its mark. */
static bool add_to_batch(rf_sqlite_buffer *self, const rf_batch *batch, uint64_t id, size_t bytes) {
    return (batch->count > 1 && join_batch(self, batch, id, bytes)) ||
           rf_vec_push(&self->under_way, (rf_sqlite_range){ .first = id, .last = id, .count = 1, .bytes = bytes });
}

static rf_code take_row(rf_sqlite_buffer *self, rf_batch *batch, uint64_t id, rf_slice blob, rf_error *reterr) {
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
static rf_code take_rows(rf_sqlite_buffer *self, rf_batch *batch, uint32_t max, rf_error *reterr) {
    rf_code code = RF_OK;
    for (uint32_t taken = 0; !code; taken++) {
        uint64_t id;
        rf_slice blob;
        code = rf_sqlite_file_read(&self->file, self->read_to, &id, &blob, reterr);
        if (code ||
            (taken >= max && !(blob.len > sizeof(rf_stored_head) &&
                               rf_record_is_joined((rf_slice){ blob.data + sizeof(rf_stored_head), blob.len - sizeof(rf_stored_head) }))))
            break;
        code = take_row(self, batch, id, blob, reterr);
        self->read_to = code ? self->read_to : id;
    }
    rf_sqlite_file_read_end(&self->file);
    return code == RF_ENOTFOUND ? RF_OK : code;
}

static bool has_unread(const rf_sqlite_buffer *self) {
    return self->read_to + 1 < self->next_id;
}

static void wait_for_news(rf_sqlite_buffer *self, uint64_t wait_ns) {
    const uint64_t start = rf_clock_mono_ns();
    uint64_t gone = 0;
    while (self->is_open && !has_unread(self) && !self->ended && !self->woken && gone < wait_ns) {
        (void)rf_cond_wait_for(&self->news, &self->lock, wait_ns - gone);
        gone = rf_clock_mono_ns() - start;
    }
    self->woken = false;
}

rf_code rf_sqlite_buffer_read(rf_sqlite_buffer *self, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    const uint32_t before = batch->count;
    wait_for_news(self, wait_ns);
    rf_sqlite_buffer_remove_done(self);
    if (!self->is_open)
        return rf_raise(reterr, RF_ELOST, "`%s` is opened again", self->path.data);
    if (!has_unread(self))
        return self->ended ? RF_ECLOSED : RF_EAGAIN;
    const rf_code code = take_rows(self, batch, max, reterr);
    if (code && code != RF_ENOMEM) {
        rf_sqlite_buffer_close_failed(self);
        return rf_raise(reterr, RF_ELOST, "`%s` cannot be read", self->path.data);
    }
    if (!code && batch->count == before)
        self->read_to = self->next_id - 1; /* what was passed over was the rest */
    return code ? code : batch->count > before ? RF_OK : RF_EAGAIN;
}
