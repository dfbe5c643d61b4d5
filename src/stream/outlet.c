/* outlet.c: an output driven: connected, its processors run, written to, counted. The root's, and those within it. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "observe/zone.h"
#include "stream/child.h"
#include "stream/runtime.h"

#include <assert.h>

#define GLANCE_NS (RF_NS_PER_S / 10) /* the end of the input wakes nobody who waits for an output */

void rf_outlet_init(rf_outlet *outlet, const rf_component *component) {
    *outlet = (rf_outlet){ .component = component, .kind = component->kind, .link.complaints = { .burst = 3, .period_ns = 30 * RF_NS_PER_S } };
}

rf_code rf_outlet_open(rf_component *component, rf_metrics *metrics, rf_error *reterr) {
    assert(component->nested && component->config);
    rf_outlet *outlet = rf_arena_alloc(&component->config->arena, sizeof *outlet);
    if (!outlet)
        return rf_raise_nomem(reterr);
    rf_outlet_init(outlet, component);
    outlet->nested = true;
    component->outlet = outlet;
    return rf_outlet_register(outlet, metrics, reterr);
}

static void done_steps(rf_outlet_steps *steps) {
    rf_part_done(&steps->part);
    rf_free(steps->of);
    *steps = (rf_outlet_steps){ 0 };
}

void rf_outlet_done(rf_outlet *outlet) {
    if (outlet->stream)
        rf_mutex_done(&outlet->one);
    rf_hold_done(&outlet->hold);
    rf_free(outlet->failed);
    outlet->failed = NULL;
    outlet->failed_cap = 0;
    done_steps(&outlet->beside);
    done_steps(&outlet->on_batches);
    outlet->stream = NULL;
    outlet->link.connected = false;
}

/* ---- Connecting ---- */

static bool given_up(const rf_outlet *outlet) {
    return rf_stream_phase(outlet->stream) >= RF_PHASE_ABORT;
}

static bool is_over(uint64_t until_ns) {
    return until_ns != RF_CHILD_FOREVER && rf_clock_mono_ns() >= until_ns;
}

static rf_code raise_over(const rf_outlet *outlet, rf_error *reterr) {
    return rf_raise(reterr, RF_EAGAIN, "%s %s did not take it in time", outlet->kind->name, outlet->component->path);
}

static void complain(rf_outlet *outlet, const char *what, const rf_error *error) {
    char text[100];
    (void)snprintf(text, sizeof text, "%s %s", what, outlet->kind->name);
    rf_stream_complain(outlet->stream, &outlet->link.complaints, RF_LOG_ERROR, outlet->component, text, rf_slice_of(error->message));
}

static void connected(rf_outlet *outlet, const rf_course *course) {
    rf_stream *stream = outlet->stream;
    const rf_log_origin origin = { outlet->component->label, outlet->component->path };
    outlet->link.connected = true;
    outlet->link.was_up = true;
    atomic_store(&stream->output_fails, false);
    rf_backoff_reset(&outlet->link.backoff);
    rf_meter_add(course->env->meter, outlet->link.up, 1);
    rf_stream_set_output_status(stream, NULL);
    rf_link_tell(stream, &outlet->link, NULL);
    rf_log_write(stream->log, RF_LOG_INFO, &origin, "output %s is active", outlet->kind->name);
}

/* A stop, or the end of the input: whether there is something to write after all is seen when it is. */
static bool is_needless(const rf_outlet *outlet, const rf_course *course) {
    return course->ahead && (rf_stream_phase(outlet->stream) >= RF_PHASE_DRAIN || rf_queue_is_closed(&outlet->stream->queue));
}

static bool pause_ahead(const rf_outlet *outlet, const rf_course *course, uint64_t ns) {
    const uint64_t end_ns = rf_clock_mono_ns() + ns;
    for (uint64_t now = rf_clock_mono_ns(); now < end_ns && !is_needless(outlet, course); now = rf_clock_mono_ns())
        (void)rf_stream_pause(outlet->stream, end_ns - now < GLANCE_NS ? end_ns - now : GLANCE_NS, RF_PHASE_DRAIN);
    return !is_needless(outlet, course);
}

/* Waits before the next attempt. False: no use. */
static bool pause(const rf_outlet *outlet, uint64_t ns, uint64_t until_ns) {
    uint64_t now = rf_clock_mono_ns();
    if (until_ns != RF_CHILD_FOREVER && now >= until_ns)
        return false;
    if (until_ns != RF_CHILD_FOREVER && until_ns - now < ns)
        ns = until_ns - now;
    return rf_stream_pause(outlet->stream, ns, RF_PHASE_ABORT);
}

/* What is lost while a stop drains may come back within its time; what was not there before, or refuses what is written, will not. */
static void note_failure(rf_outlet *outlet, bool for_long) {
    if (for_long || rf_stream_phase(outlet->stream) < RF_PHASE_DRAIN)
        atomic_store(&outlet->stream->output_fails, true);
}

rf_code rf_outlet_connect(rf_outlet *outlet, const rf_course *course, rf_error *reterr) {
    const uint64_t until_ns = course->until_ns;
    while (!outlet->link.connected) {
        rf_error error = { 0 };
        if (given_up(outlet) || is_needless(outlet, course))
            return raise_over(outlet, reterr);
        rf_code code = outlet->kind->connect ? outlet->kind->connect(outlet->component->state, &error) : RF_OK;
        if (!code) {
            connected(outlet, course);
            break;
        }
        rf_meter_add(course->env->meter, outlet->link.failed, 1);
        rf_stream_set_output_status(outlet->stream, error.message);
        rf_link_tell(outlet->stream, &outlet->link, error.message);
        bool passes = error.flags & RF_ERROR_RETRIABLE;
        note_failure(outlet, !outlet->link.was_up);
        if (passes && !given_up(outlet))
            complain(outlet, "Failed to connect to", &error);
        const uint64_t pause_ns = rf_backoff_next_ns(&outlet->link.backoff);
        if (!passes || until_ns == RF_CHILD_AT_ONCE ||
            !(course->ahead ? pause_ahead(outlet, course, pause_ns) : pause(outlet, pause_ns, until_ns))) {
            if (reterr)
                *reterr = error;
            return given_up(outlet) || (passes && course->ahead) ? RF_EAGAIN : code;
        }
    }
    return RF_OK;
}

/* ---- Writing ---- */

/* Remembers which messages had failed before they are written. False: there is no memory for it. */
static bool note_failed(rf_outlet *outlet, const rf_batch *batch) {
    if (batch->count > outlet->failed_cap) {
        rf_slice *failed = rf_realloc(outlet->failed, batch->count * sizeof *failed);
        if (!failed)
            return false;
        outlet->failed = failed;
        outlet->failed_cap = batch->count;
    }
    for (uint32_t i = 0; i < batch->count; i++)
        outlet->failed[i] = batch->messages[i].error;
    return true;
}

/* A message that the output can never write is refused for good, so that whoever holds the output may have another way for it. */
static rf_code refuse_unwritable(rf_outlet *outlet, rf_batch *batch, uint32_t *unwritten, rf_error *reterr) {
    for (uint32_t i = 0; i < batch->count && *unwritten; i++) {
        rf_message *message = &batch->messages[i];
        rf_slice why = message->error;
        if (!why.data || why.data == outlet->failed[i].data)
            continue;
        if (!rf_batch_refuse(batch, i, "%.*s", RF_SLICE_ARG(why)))
            return rf_raise_nomem(reterr);
        rf_batch_refuse_for_good(batch, i);
        message->error = outlet->failed[i];
        --*unwritten;
    }
    return RF_OK;
}

/* One attempt; the flush belongs to it, since only flushed messages may be acknowledged. */
static rf_code write_once(rf_outlet *outlet, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    RF_ZONE(RF_ZONE_OUTPUT_WRITE, outlet->kind->name);
    void *state = outlet->component->state;
    uint64_t start = rf_clock_mono_ns();
    const bool noted = outlet->nested && note_failed(outlet, batch);
    rf_batch_clear_refusals(batch);
    rf_code code = outlet->kind->write(state, batch, ret_unwritten, reterr);
    if (!code && outlet->kind->flush)
        code = outlet->kind->flush(state, reterr);
    if (!code && noted && *ret_unwritten)
        code = refuse_unwritable(outlet, batch, ret_unwritten, reterr);
    if (!code)
        rf_meter_observe(batch->course->env->meter, outlet->link.latency, rf_clock_mono_ns() - start);
    return code;
}

static void count_written(rf_outlet *outlet, const rf_batch *batch, uint32_t unwritten) {
    rf_meter *meter = batch->course->env->meter;
    uint32_t gone = unwritten + batch->refused_count; /* a message may be unwritable to each of several outputs within */
    if (gone > batch->count)
        gone = batch->count;
    rf_meter_add(meter, outlet->sent, batch->count - gone);
    rf_meter_add(meter, outlet->batch_sent, batch->count > batch->refused_count);
    rf_meter_add(meter, outlet->error, gone);
    rf_meter_add(meter, outlet->unwritten, unwritten);
    if (!batch->refused_count)
        rf_backoff_reset(&outlet->link.backoff);
    if (atomic_load_explicit(&outlet->stream->output_fails, memory_order_relaxed))
        atomic_store(&outlet->stream->output_fails, false);
}

/* An error that may pass is waited for where it happens, and what is behind waits along: order is kept. Not when somebody waits
 * for an answer, or asked for a time. */
static bool stays(const rf_outlet *outlet, const rf_course *course, const rf_error *error) {
    return outlet->nested && course->until_ns == RF_CHILD_FOREVER && (error->flags & RF_ERROR_RETRIABLE) && course->replays;
}

static void lost(rf_outlet *outlet, const rf_course *course, const rf_error *error) {
    outlet->link.connected = false;
    rf_meter_add(course->env->meter, outlet->link.lost, 1);
    rf_stream_set_output_status(outlet->stream, error->message);
    rf_link_tell(outlet->stream, &outlet->link, error->message);
}

/* Writes until it is written, or fails in a way that whoever called must know of. */
rf_code rf_outlet_write_through(rf_outlet *outlet, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    const rf_course *course = batch->course;
    const uint64_t until_ns = course->until_ns;
    for (;;) {
        rf_error error = { 0 };
        uint32_t unwritten = 0;
        rf_code code = rf_outlet_connect(outlet, course, &error);
        bool is_connected = !code;
        if (is_connected)
            code = given_up(outlet) ? raise_over(outlet, &error) : write_once(outlet, batch, &unwritten, &error);
        if (!code) {
            count_written(outlet, batch, unwritten);
            *ret_unwritten = unwritten;
            return RF_OK;
        }
        if (is_connected && code != RF_EAGAIN) {
            rf_meter_add(course->env->meter, outlet->error, 1);
            note_failure(outlet, code != RF_ELOST);
        }
        bool again = is_connected && !given_up(outlet) && !is_over(until_ns);
        if (again && code == RF_EAGAIN) /* the reader of our output is slow: no failure, and nothing to tell */
            continue;
        if (is_connected && code == RF_ELOST) {
            lost(outlet, course, &error);
            error.flags |= RF_ERROR_RETRIABLE;
            complain(outlet, "Failed to send message to", &error);
            if (again && pause(outlet, rf_backoff_next_ns(&outlet->link.backoff), until_ns))
                continue;
        } else if (is_connected && stays(outlet, course, &error) && !given_up(outlet)) {
            complain(outlet, "Failed to send message to", &error);
            if (pause(outlet, rf_backoff_next_ns(&outlet->link.backoff), until_ns))
                continue;
        }
        if (reterr)
            *reterr = error;
        return code;
    }
}

/* ---- All of it ---- */

rf_code rf_outlet_write_full(rf_outlet *outlet, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    assert(outlet->stream && batch->count > 0 && batch->course);
    rf_batch_clear_refusals(batch);
    rf_code code = outlet->on_batches.list
                       ? rf_outlet_steps_write(outlet, &outlet->on_batches, batch, rf_outlet_write_through, ret_unwritten, reterr)
                       : rf_outlet_write_through(outlet, batch, ret_unwritten, reterr);
    if (code && (outlet->nested || outlet->on_batches.list || !batch->course->replays)) /* what comes next may be another batch */
        rf_outlet_forget(outlet);
    return code;
}

/* What its caller waits for, it waits for: a time that is given further in is no longer than that. */
static uint64_t sooner(uint64_t until_ns, uint64_t other_ns) {
    if (until_ns == RF_CHILD_FOREVER)
        return other_ns;
    return other_ns == RF_CHILD_FOREVER || until_ns < other_ns ? until_ns : other_ns;
}

rf_code rf_outlet_write(rf_outlet *outlet, rf_batch *batch, uint64_t until_ns, uint32_t *ret_unwritten, rf_error *reterr) {
    assert(outlet->stream && batch->count > 0 && batch->course);
    const rf_course *outer = batch->course;
    rf_course course = *outer;
    course.until_ns = sooner(until_ns, outer->until_ns);
    rf_outlet_writer *writer = outlet->hold.rule ? rf_hold_write : rf_outlet_write_through;
    batch->course = &course;
    rf_batch_clear_refusals(batch);
    rf_code code = outlet->beside.list ? rf_outlet_steps_write(outlet, &outlet->beside, batch, writer, ret_unwritten, reterr)
                                       : writer(outlet, batch, ret_unwritten, reterr);
    batch->course = outer;
    if (code && (outlet->nested || outlet->beside.list || !outer->replays)) /* what comes next may be another batch */
        rf_outlet_forget(outlet);
    return code;
}

void rf_outlet_forget(rf_outlet *outlet) {
    if (outlet->kind->forget)
        outlet->kind->forget(outlet->component->state);
}
