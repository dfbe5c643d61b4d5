/* stream_json.c: a message from a line of `codec: message`, and back. */
#include "stream_common.h"

#include "base/slice.h"

#define MESSAGES_OF_A_BATCH 42u /* after so many the arena is emptied, as that of a batch is */

typedef struct codec {
    rf_keys *keys;
    rf_batch *source, *batch; /* one message that is written; where others are read to */
    rf_buffer line, out;      /* the line without its newline; what was written last */
    rf_message last;          /* what was read last */
    rf_stream_tally tally;
} codec;

static void close_codec(void *state) {
    codec *self = state;
    rf_batch_free(self->source);
    rf_batch_free(self->batch);
    rf_keys_free(self->keys);
    rf_buffer_done(&self->line);
    rf_buffer_done(&self->out);
    rf_free(self);
}

static rf_code prepare(codec *self, rf_error *reterr) {
    rf_stream_message_line(&self->line, RF_STREAM_STANDARD);
    self->keys = rf_keys_new();
    if (!self->keys || self->line.failed)
        return rf_raise_nomem(reterr);
    self->line.len--;
    self->source = rf_batch_new(self->keys);
    self->batch = rf_batch_new(self->keys);
    if (!self->source || !self->batch)
        return rf_raise_nomem(reterr);
    return rf_stream_messages_read(self->source, RF_STREAM_STANDARD, 1, reterr);
}

static rf_code open_codec(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    codec *self = rf_alloc_zero(1, sizeof *self);
    (void)bench;
    if (!self)
        return rf_raise_nomem(reterr);
    rf_code code = prepare(self, reterr);
    if (code)
        close_codec(self);
    else
        *ret_state = self;
    return code;
}

static void work_read(void *state, uint64_t iterations) {
    codec *self = state;
    const rf_slice line = rf_buffer_view(&self->line);
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        if (i % MESSAGES_OF_A_BATCH == 0)
            rf_batch_clear(self->batch);
        if (rf_message_read(self->batch, line, &self->last, &error))
            rf_stream_tally_note(&self->tally, &error);
        rf_keep(self->last.meta.entries);
    }
    self->tally.runs += iterations;
}

static void work_write(void *state, uint64_t iterations) {
    codec *self = state;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        rf_buffer_clear(&self->out);
        if (rf_message_write(&self->out, self->source, &self->source->messages[0], &error))
            rf_stream_tally_note(&self->tally, &error);
        self->tally.wrong += self->out.len != self->line.len;
    }
    self->tally.runs += iterations;
}

static rf_code compare(codec *self, rf_error *reterr) {
    if (!rf_slice_eq(rf_buffer_view(&self->out), rf_buffer_view(&self->line)))
        return rf_raise(reterr, RF_ESCRIPT, "the message was written as %.*s", RF_SLICE_ARG(rf_buffer_view(&self->out)));
    return RF_OK;
}

/* What was read last must give the line again. */
static rf_code check_read(void *state, rf_error *reterr) {
    codec *self = state;
    rf_code code = rf_stream_tally_check(&self->tally, reterr);
    rf_buffer_clear(&self->out);
    if (!code)
        code = rf_message_write(&self->out, self->batch, &self->last, reterr);
    return code ? code : compare(self, reterr);
}

static rf_code check_write(void *state, rf_error *reterr) {
    codec *self = state;
    rf_code code = rf_stream_tally_check(&self->tally, reterr);
    return code ? code : compare(self, reterr);
}

/* Without its newline. */
static size_t line_bytes(void) {
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    rf_stream_message_line(&line, RF_STREAM_STANDARD);
    return line.failed ? 0 : line.len - 1;
}

rf_code rf_stream_bench_json(rf_groups *groups, rf_error *reterr) {
    rf_bench row = {
        .group = "stream_json", .name = "parse", .doc = "Reads a message with 14 metadata keys from a line of JSON.", .unit = RF_UNIT_BYTES,
        .amount = (double)line_bytes(), .open = open_codec, .work = work_read, .check = check_read, .close = close_codec,
    };
    if (row.amount <= 0)
        return rf_raise_nomem(reterr);
    rf_code code = rf_groups_add(groups, &row, reterr);
    if (code)
        return code;
    row.name = "write";
    row.doc = "Writes the same message as a line of JSON.";
    row.work = work_write;
    row.check = check_write;
    return rf_groups_add(groups, &row, reterr);
}
