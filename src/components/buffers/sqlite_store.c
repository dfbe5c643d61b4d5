/* sqlite_store.c: batches into the file. */
#include "components/buffers/sqlite_buffer.h"

#include "base/alloc.h"
#include "components/buffers/record.h"

static bool wait_for_room(rf_sqlite_buffer *self, uint64_t wait_ns) {
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

static rf_code add_rows(rf_sqlite_buffer *self, rf_buffer *rows, const size_t *ends, uint32_t count, rf_error *reterr) {
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

static rf_code store_rows(rf_sqlite_buffer *self, rf_buffer *rows, const size_t *ends, uint32_t count, rf_error *reterr) {
    rf_code code = add_rows(self, rows, ends, count, reterr);
    if (code) {
        rf_sqlite_file_roll_back(&self->file);
        rf_sqlite_buffer_close_failed(self);
        return code;
    }
    self->next_id += count;
    atomic_fetch_add(&self->held_count, count);
    atomic_fetch_add(&self->held_bytes, rows->len);
    rf_cond_broadcast(&self->news);
    return RF_OK;
}

rf_code rf_sqlite_buffer_store(rf_sqlite_buffer *self, rf_batch *batch, uint64_t wait_ns, rf_error *reterr) {
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
