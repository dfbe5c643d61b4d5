/* sqlite_remove.c: what was delivered goes out of the file, when the file has it. */
#include "components/buffers/sqlite_buffer.h"

#include "base/clock.h"

#define REMOVE_AGAIN_NS RF_NS_PER_S /* after a removal that failed */

static void complain(rf_sqlite_buffer *self, const char *what, const rf_error *error) {
    rf_log_write_limited(self->env->log, RF_LOG_ERROR, &self->env->origin, &self->complaints, "%s: %s", what, error->message);
}

void rf_sqlite_buffer_close_failed(rf_sqlite_buffer *self) {
    if (rf_sqlite_file_is_full(&self->file))
        return; /* it is as good as it was */
    if (rf_sqlite_file_is_damaged(&self->file))
        rf_sqlite_file_suspect(&self->file);
    rf_sqlite_file_close(&self->file);
    self->is_open = false;
    rf_cond_broadcast(&self->news);
}

static void count_removed(rf_sqlite_buffer *self, const rf_sqlite_range *removed) {
    atomic_fetch_sub(&self->held_count, removed->count);
    atomic_fetch_sub(&self->held_bytes, removed->bytes);
    rf_cond_broadcast(&self->room);
}

/* False: not now. */
static bool remove_range(rf_sqlite_buffer *self, const rf_sqlite_range *done) {
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
    rf_sqlite_buffer_close_failed(self);
    return false;
}

static void drop_ranges(rf_sqlite_buffer *self, size_t at, size_t count) {
    rf_sqlite_range *items = self->under_way.items;
    memmove(items + at, items + at + count, (self->under_way.count - at - count) * sizeof *items);
    self->under_way.count -= count;
}

/* Neighbours become one, so that there are never many. */
void rf_sqlite_buffer_remove_done(rf_sqlite_buffer *self) {
    for (size_t i = 0; i < self->under_way.count;) {
        rf_sqlite_range *at = &self->under_way.items[i];
        rf_sqlite_range *next = i + 1 < self->under_way.count ? at + 1 : NULL;
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

void rf_sqlite_buffer_delivered(rf_sqlite_buffer *self, uint64_t mark, bool delivered) {
    for (size_t i = 0; i < self->under_way.count; i++) {
        rf_sqlite_range *at = &self->under_way.items[i];
        if (at->first != mark || at->done)
            continue;
        at->done = delivered;
        if (!delivered || remove_range(self, at))
            drop_ranges(self, i, 1);
        break;
    }
}
