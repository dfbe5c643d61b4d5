/* user_config_stream.c: a user's whole stream, from its start to its end, with recorded messages and an output to nowhere. */
#include "user_config.h"

#include "base/slice.h"
#include "stream/stream.h"

#include <assert.h>
#include <stdatomic.h>

/* Takes the input's place: the recording, a number of times over. Input thread, but for what is atomic. */
typedef struct recorded_input {
    const rf_user_row *row;
    rf_slice rest;
    uint32_t rounds;              /* begun */
    uint64_t read;
} recorded_input;

/* Takes the output's place. */
typedef struct counting_output { _Atomic uint64_t written; } counting_output;

static rf_code recorded_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    recorded_input *self = state;
    rf_slice line;
    (void)wait_ns;
    for (uint32_t i = 0; i < max; i++) {
        bool there = rf_user_next_line(&self->rest, &line);
        if (!there && self->rounds < self->row->rounds) {
            self->rounds++;
            self->rest = self->row->user->lines;
            there = rf_user_next_line(&self->rest, &line);
        }
        if (!there)
            return RF_ECLOSED;
        rf_code code = rf_user_read_line(batch, line, reterr);
        if (code)
            return code;
        self->read++;
    }
    return RF_OK;
}

static rf_code counting_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    counting_output *self = state;
    (void)reterr;
    atomic_fetch_add_explicit(&self->written, batch->count, memory_order_relaxed);
    *ret_unwritten = 0;
    return RF_OK;
}

static const rf_input_kind recorded_kind = { .name = "recorded", .summary = "Recorded messages.", .state_size = sizeof(recorded_input), .read = recorded_read };
static const rf_output_kind counting_kind = { .name = "counting", .summary = "Counts messages.", .state_size = sizeof(counting_output), .write = counting_write };

typedef struct stream_state {
    const rf_user_row *row;
    uint64_t runs, read, written;
    rf_error error; /* the first one */
} stream_state;

static rf_code open_stream(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    stream_state *s = rf_alloc_zero(1, sizeof *s);
    if (!s)
        return rf_raise_nomem(reterr);
    s->row = bench->arg;
    *ret_state = s;
    return RF_OK;
}

/* The room's config is closed with what it was opened with. */
static rf_code run_room(rf_user_room *room, recorded_input *input, counting_output *output, rf_error *reterr) {
    const rf_component user_input = room->config->input, user_output = room->config->output;
    rf_stream *stream = NULL;
    room->config->input.kind = &recorded_kind;
    room->config->input.state = input;
    room->config->output.kind = &counting_kind;
    room->config->output.state = output;
    rf_code code = rf_stream_new(room->config, NULL, room->metrics, room->keys, &stream, reterr);
    if (!code)
        code = rf_stream_run(stream, reterr);
    rf_stream_free(stream);
    room->config->input = user_input;
    room->config->output = user_output;
    return code;
}

static rf_code run_once(stream_state *s, rf_error *reterr) {
    rf_user_room room;
    recorded_input input = { .row = s->row };
    counting_output output = { 0 };
    rf_code code = rf_user_room_open(&room, s->row->user, reterr);
    if (!code)
        code = run_room(&room, &input, &output, reterr);
    rf_user_room_done(&room);
    s->runs++;
    s->read += input.read;
    s->written += atomic_load_explicit(&output.written, memory_order_relaxed);
    return code;
}

static void work_stream(void *state, uint64_t iterations) {
    stream_state *s = state;
    rf_code code = RF_OK;
    for (uint64_t i = 0; i < iterations && !code; i++)
        code = run_once(s, s->error.code ? NULL : &s->error);
}

static rf_code check_stream(void *state, rf_error *reterr) {
    stream_state *s = state;
    uint64_t expected = s->runs * s->row->rounds * s->row->messages;
    if (s->error.code) {
        if (reterr)
            *reterr = s->error;
        return s->error.code;
    }
    if (s->runs == 0)
        return rf_raise(reterr, RF_ESCRIPT, "the stream was not run");
    if (s->read != expected)
        return rf_raise(reterr, RF_ESCRIPT, "the stream read %llu messages in place of %llu", (unsigned long long)s->read,
                        (unsigned long long)expected);
    return RF_OK;
}

static void close_stream(void *state) { rf_free(state); }

const rf_bench rf_user_stream_row = {
    .group = "config", .name = "stream", .unit = RF_UNIT_MESSAGES, .flat = true, .open = open_stream, .work = work_stream, .check = check_stream,
    .close = close_stream,
};
