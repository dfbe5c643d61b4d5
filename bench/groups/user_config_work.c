/* user_config_work.c: the rows of a user's config that work on one thread: copies, processors, single scripts. */
#include "user_config.h"

#include "base/slice.h"

#include <assert.h>

/* ---- Copies, one processor, all of them ---- */

typedef struct batches_state {
    const rf_user_row *row;
    rf_user_room room;
    rf_user_messages messages;  /* what each iteration begins with */
    size_t first, count;        /* processors that work */
    uint64_t in;                /* messages, over all iterations */
    rf_error error;             /* the first one */
} batches_state;

static void close_batches(void *state) {
    batches_state *s = state;
    rf_user_messages_done(&s->messages);
    rf_user_room_done(&s->room);
    rf_free(s);
}

static rf_code fill(batches_state *s, size_t first, bool all, rf_error *reterr) {
    rf_code code = rf_user_room_open(&s->room, s->row->user, reterr);
    s->first = first;
    if (!code)
        s->count = all ? s->room.config->processor_count : s->count;
    if (!code)
        code = rf_user_room_reach(&s->room, s->row->user, first, UINT64_MAX, &s->messages, reterr);
    for (size_t i = 0; i < s->count && !code; i++)
        code = rf_user_room_attach(&s->room, first + i, reterr);
    return code;
}

static rf_code open_batches(const rf_user_row *row, size_t first, size_t count, bool all, void **ret_state, rf_error *reterr) {
    batches_state *s = rf_alloc_zero(1, sizeof *s);
    if (!s)
        return rf_raise_nomem(reterr);
    s->row = row;
    s->count = count;
    rf_code code = fill(s, first, all, reterr);
    if (code)
        close_batches(s);
    else
        *ret_state = s;
    return code;
}

static rf_code open_copy(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    return open_batches(bench->arg, 0, 0, false, ret_state, reterr);
}
static rf_code open_all(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    return open_batches(bench->arg, 0, 0, true, ret_state, reterr);
}
static rf_code open_processor(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    const rf_user_row *row = bench->arg;
    return open_batches(row, row->processor, 1, false, ret_state, reterr);
}

/* One batch from its copy to what comes out. */
static rf_code work_on(batches_state *s, const rf_batch *from, rf_error *reterr) {
    rf_batch *batch = s->room.batch;
    rf_code code = rf_user_copy(from, batch) ? RF_OK : rf_raise_nomem(reterr);
    for (size_t i = s->first; i < s->first + s->count && batch->count && !code; i++) {
        const rf_component *processor = &s->room.config->processors[i];
        const rf_processor_kind *kind = processor->kind;
        code = kind->process(processor->state, s->room.locals[i], batch, reterr);
    }
    rf_keep(batch->messages);
    s->in += from->count;
    return code;
}

static void work_batches(void *state, uint64_t iterations) {
    batches_state *s = state;
    rf_code code = RF_OK;
    for (uint64_t i = 0; i < iterations && !code; i++)
        for (size_t k = 0; k < s->messages.batches.count && !code; k++)
            if (s->messages.batches.items[k]->count)
                code = work_on(s, s->messages.batches.items[k], s->error.code ? NULL : &s->error);
}

static rf_code check_batches(void *state, rf_error *reterr) {
    const batches_state *s = state;
    if (s->error.code && reterr)
        *reterr = s->error;
    if (s->error.code)
        return s->error.code;
    return s->in ? RF_OK : rf_raise(reterr, RF_ESCRIPT, "no message came to %s", s->row->what);
}

/* One more iteration, looked at: messages that the processor gives up on. */
static rf_code count_errored(batches_state *s, uint64_t *ret_in, uint64_t *ret_errored, rf_slice *ret_why, rf_error *reterr) {
    uint64_t before = rf_user_room_errored(&s->room, s->first), failed = 0;
    rf_code code = RF_OK;
    *ret_in = 0;
    for (size_t i = 0; i < s->messages.batches.count && !code; i++) {
        const rf_batch *from = s->messages.batches.items[i];
        code = work_on(s, from, reterr);
        uint64_t had = rf_user_count_failed(from, NULL), has = rf_user_count_failed(s->room.batch, ret_why);
        failed += has > had ? has - had : 0;
        *ret_in += from->count;
    }
    uint64_t counted = rf_user_room_errored(&s->room, s->first) - before;
    *ret_errored = counted > failed ? counted : failed;
    return code;
}

/* What a processor gives up on it gives up on early: where that is the fate of all, it is the wrong thing that was measured. */
static rf_code check_processor(void *state, rf_error *reterr) {
    batches_state *s = state;
    uint64_t in = 0, errored = 0;
    rf_slice why = { 0 };
    rf_code code = check_batches(state, reterr);
    if (!code)
        code = count_errored(s, &in, &errored, &why, reterr);
    if (code || errored < in)
        return code;
    code = rf_raise(reterr, RF_ESCRIPT, "%s fails for every message%s%.*s", s->row->what, why.len ? ": " : "", RF_SLICE_ARG(why));
    rf_error_hint(reterr, "the log of `riffle run %s` says why", s->row->user->path);
    return code;
}

const rf_bench rf_user_copy_row = {
    .group = "config", .name = "copy", .unit = RF_UNIT_MESSAGES, .open = open_copy, .work = work_batches, .check = check_batches, .close = close_batches,
};
const rf_bench rf_user_processor_row = {
    .group = "config", .unit = RF_UNIT_MESSAGES, .open = open_processor, .work = work_batches, .check = check_processor, .close = close_batches,
};
const rf_bench rf_user_all_row = {
    .group = "config", .name = "processors", .unit = RF_UNIT_MESSAGES, .open = open_all, .work = work_batches, .check = check_batches, .close = close_batches,
};

/* ---- One script ---- */

typedef struct stage_state {
    const rf_user_row *row;
    rf_user_script script;
    uint64_t runs, errors;
    rf_error error; /* of the first run that failed */
} stage_state;

static void close_stage(void *state) {
    stage_state *s = state;
    rf_user_script_done(&s->script);
    rf_free(s);
}

static rf_code open_stage(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    const rf_user_row *row = bench->arg;
    stage_state *s = rf_alloc_zero(1, sizeof *s);
    if (!s)
        return rf_raise_nomem(reterr);
    s->row = row;
    rf_code code = rf_user_script_open(&s->script, row->user, row->processor, row->stage, reterr);
    if (code)
        close_stage(s);
    else
        *ret_state = s;
    return code;
}

/* Results are thrown away as often as a batch would be. */
static void run_items(stage_state *s) {
    enum { CLEAR_EVERY = 256 };
    for (size_t i = 0; i < s->script.items.count; i++) {
        rf_message message = s->script.items.items[i];
        if (i % CLEAR_EVERY == 0)
            rf_batch_clear(s->script.room.batch);
        bool failed = rf_user_script_run(&s->script, &message, s->error.code ? NULL : &s->error) != RF_OK;
        s->errors += failed;
    }
    s->runs += s->script.items.count;
}

static void work_stage(void *state, uint64_t iterations) {
    for (uint64_t i = 0; i < iterations; i++)
        run_items(state);
}

/* A script may throw for some messages; one that does for all of them is not what the user wants to know the time of. */
static rf_code check_stage(void *state, rf_error *reterr) {
    stage_state *s = state;
    if (s->runs == 0)
        return rf_raise(reterr, RF_ESCRIPT, "no message came to %s", s->row->what);
    if (s->errors < s->runs && s->error.code != RF_ENOMEM)
        return RF_OK;
    if (reterr) {
        *reterr = s->error;
        if (reterr->place.line) /* where failures of benchmarks are shown, there is room for words only */
            rf_error_prefix(reterr, "%s:%u:%u: ", reterr->place.file, reterr->place.line, reterr->place.column);
        rf_error_prefix(reterr, "%s fails for every message: ", s->row->what);
    }
    return s->error.code;
}

const rf_bench rf_user_stage_row = {
    .group = "config", .unit = RF_UNIT_MESSAGES, .open = open_stage, .work = work_stage, .check = check_stage, .close = close_stage,
};
