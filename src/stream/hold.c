/* hold.c: messages that wait in an output until its batch is full; their inputs are answered when it was written. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "stream/child.h"
#include "stream/runtime.h"

#include <assert.h>

#define BATCH_BYTES_MAX ((size_t)16 << 20) /* a batch goes out at this size, whatever its rule */
#define BATCH_COUNT_MAX 100000u            /* and at so many messages, when the rule has no count */

static void begin_anew(rf_hold *hold) {
    hold->load = (rf_load){ 0 };
    hold->bytes = 0;
    hold->given = 0;
    hold->check_met = false;
}

void rf_hold_done(rf_hold *hold) {
    assert(!hold->load.batch); /* written, or given up, before the threads ended */
    rf_part_done(&hold->chunk);
    *hold = (rf_hold){ 0 };
}

uint64_t rf_hold_due_ns(const rf_hold *hold) {
    return hold->load.batch && hold->rule->period_ns ? hold->since_ns + hold->rule->period_ns : UINT64_MAX;
}

static bool is_full(const rf_hold *hold) {
    const rf_batch *batch = hold->load.batch;
    const rf_batching *rule = hold->rule;
    const uint64_t most = rule->count > 0 ? (uint64_t)rule->count : BATCH_COUNT_MAX;
    return hold->check_met || batch->count >= most || (rule->byte_size > 0 && hold->bytes >= rule->byte_size) ||
           (rule->period_ns > 0 && rf_clock_mono_ns() >= rf_hold_due_ns(hold)) || batch->arena.held_bytes >= BATCH_BYTES_MAX;
}

void rf_hold_flush(rf_outlet *outlet, const rf_shard_env *env) {
    char why[200] = "";
    rf_load load = outlet->hold.load;
    if (!load.batch)
        return;
    begin_anew(&outlet->hold);
    if (load.batch->count == 0) { /* there was no memory for its first */
        rf_free(load.owners);
        rf_stream_recycle(outlet->stream, load.batch);
        return;
    }
    rf_batch_join(load.batch); /* the user asked for it */
    rf_fate fate = rf_deliver_load(outlet->stream, env, &load, false, why);
    rf_load_finish(outlet->stream, env->meter, &load, fate, why);
}

/* ---- Whose a message is ---- */

/* The first owner of that origin or a later one. */
static uint32_t find_owner(const rf_load *load, uint32_t origin) {
    uint32_t low = 0, high = load->owner_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (load->owners[middle].origin < origin)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What cannot be told apart is everybody's. */
static bool own(rf_load *load, uint32_t given, const rf_load *from, const rf_batch *batch, uint32_t index) {
    if (from->ticket)
        return rf_load_own(load, given, from->ticket);
    uint32_t origin = rf_load_origin(batch, index);
    for (uint32_t i = find_owner(from, origin); i < from->owner_count && (origin == 0 || from->owners[i].origin == origin); i++)
        if (!rf_load_own(load, given, from->owners[i].ticket))
            return false;
    return true;
}

/* ---- Keeping ---- */

static void disown(rf_stream *stream, rf_load *load, uint32_t given) {
    while (load->owner_count && load->owners[load->owner_count - 1].origin == given)
        rf_ticket_drop(stream, load->owners[--load->owner_count].ticket, RF_FATE_DELIVERED, "");
}

static bool begin(rf_outlet *outlet) {
    rf_hold *hold = &outlet->hold;
    if (hold->load.batch)
        return true;
    begin_anew(hold);
    hold->load.outlet = outlet;
    hold->load.batch = rf_recycler_borrow(&outlet->stream->recycler);
    hold->since_ns = rf_clock_mono_ns();
    if (hold->load.batch)
        hold->load.batch->read_ns = hold->since_ns;
    rf_cond_signal(&outlet->stream->late.news); /* it is to look at its watch */
    return hold->load.batch != NULL;
}

/* What only the message's content tells about the batch. A check that fails is not met. */
static rf_code look_at(rf_hold *hold, rf_error *reterr) {
    rf_batch *batch = hold->load.batch;
    const uint32_t last = batch->count - 1;
    rf_slice bytes = { 0 };
    rf_error error;
    if (hold->rule->byte_size > 0 && !rf_message_bytes(batch, &batch->messages[last], &bytes, &error))
        hold->bytes += bytes.len;
    if (hold->rule->check && rf_query_test(hold->rule->check, batch, last, &hold->check_met, &error) == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    return RF_OK;
}

static rf_code keep(rf_outlet *outlet, const rf_batch *batch, uint32_t index, rf_error *reterr) {
    rf_hold *hold = &outlet->hold;
    if (!begin(outlet) || !rf_batch_add_copy(hold->load.batch, &batch->messages[index]))
        return rf_raise_nomem(reterr);
    hold->load.batch->messages[hold->load.batch->count - 1].origin = ++hold->given;
    if (own(&hold->load, hold->given, batch->course->load, batch, index))
        return look_at(hold, reterr);
    disown(outlet->stream, &hold->load, hold->given); /* it comes again with its batch */
    hold->load.batch->count--;
    return rf_raise_nomem(reterr);
}

/* ---- What somebody waits for an answer to ---- */

/* Messages [begin, end) as a batch. */
static rf_code write_chunk(rf_outlet *outlet, rf_batch *batch, uint32_t begin, uint32_t end, uint32_t *unwritten, rf_error *reterr) {
    rf_part *part = &outlet->hold.chunk;
    rf_batch *chunk = rf_part_begin(part, batch);
    uint32_t count = 0;
    bool fits = chunk != NULL;
    for (uint32_t i = begin; fits && i < end; i++)
        fits = rf_part_add(part, i);
    if (fits)
        rf_batch_join(chunk);
    rf_code code = fits ? rf_outlet_write_full(outlet, chunk, &count, reterr) : rf_raise_nomem(reterr);
    if (chunk)
        rf_part_end(part);
    if (code)
        return code;
    *unwritten += count;
    return rf_child_refuse_back(chunk, batch) ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code write_now(rf_outlet *outlet, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    const int64_t most = outlet->hold.rule->count;
    const uint32_t step = most > 0 && most < batch->count ? (uint32_t)most : batch->count;
    *ret_unwritten = 0;
    for (uint32_t begin = 0, end; begin < batch->count; begin = end) {
        rf_error error = { 0 };
        end = batch->count - begin > step ? begin + step : batch->count;
        rf_code code = write_chunk(outlet, batch, begin, end, ret_unwritten, &error);
        bool passes = begin > 0 && (error.flags & RF_ERROR_RETRIABLE); /* those before it are written */
        if (code && !passes) {
            if (reterr)
                *reterr = error;
            return code;
        }
        for (uint32_t i = begin; code && i < batch->count; i++)
            if (!rf_batch_refuse(batch, i, "%s", error.message))
                return rf_raise_nomem(reterr);
        if (code)
            break;
    }
    return RF_OK;
}

rf_code rf_hold_write(rf_outlet *outlet, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    const rf_course *course = batch->course;
    rf_hold *hold = &outlet->hold;
    assert(hold->rule);
    if (course->until_ns != RF_CHILD_FOREVER || !course->load || !rf_late_start(outlet->stream)) {
        rf_hold_flush(outlet, course->env);
        return write_now(outlet, batch, ret_unwritten, reterr);
    }
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_code code = keep(outlet, batch, i, reterr);
        if (code)
            return code;
        if (is_full(hold))
            rf_hold_flush(outlet, course->env);
    }
    *ret_unwritten = 0;
    return RF_OK;
}
