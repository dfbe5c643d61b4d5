/* sqlite_buffer.h: what the parts of the buffer `sqlite` share. */
#ifndef RF_BUFFERS_SQLITE_BUFFER_H
#define RF_BUFFERS_SQLITE_BUFFER_H

#include "base/thread.h"
#include "base/vec.h"
#include "components/buffers/sqlite_file.h"
#include "stream/config.h"

/* Rows that went to the workers together, and are removed together. */
typedef struct rf_sqlite_range {
    uint64_t first, last;
    uint64_t count, bytes;
    bool done; /* delivered, but not removed yet: the disk would not have it */
} rf_sqlite_range;

typedef struct rf_sqlite_buffer {
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
    RF_VEC(rf_sqlite_range) under_way;   /* in order */
    uint64_t remove_again_ns;
    rf_log_limit complaints;
    _Atomic uint64_t held_bytes, held_count; /* written under the lock */
} rf_sqlite_buffer;

/* Called under the lock, but for rf_sqlite_buffer_store(), which takes it. */

/* ---- sqlite_remove.c ---- */
/* A file that fails in a way that may be the file's is opened again, by the reader; a damaged one is salvaged then. */
void rf_sqlite_buffer_close_failed(rf_sqlite_buffer *self);
/* The batch with that mark is done: removed now, or by the next rf_sqlite_buffer_remove_done(); what was not delivered stays in the file. */
void rf_sqlite_buffer_delivered(rf_sqlite_buffer *self, uint64_t mark, bool delivered);
/* What could not be removed when it was delivered. */
void rf_sqlite_buffer_remove_done(rf_sqlite_buffer *self);

/* ---- sqlite_store.c ---- */
/* All of the batch or nothing. RF_EAGAIN: there was no room for so long. */
RF_NODISCARD rf_code rf_sqlite_buffer_store(rf_sqlite_buffer *self, rf_batch *batch, uint64_t wait_ns, rf_error *reterr);

/* ---- sqlite_read.c ---- */
RF_NODISCARD rf_code rf_sqlite_buffer_connect(rf_sqlite_buffer *self, rf_error *reterr);
/* RF_ECLOSED only when nothing is left that may have to be removed: the file is needed for it. */
RF_NODISCARD rf_code rf_sqlite_buffer_read(rf_sqlite_buffer *self, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr);

#endif
