/* outlet.c: an output driven: connected, its processors run, written to, counted. The root's, and those within it. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "observe/zone.h"
#include "stream/child.h"
#include "stream/config_internal.h"
#include "stream/runtime.h"

#include <assert.h>


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

void rf_outlet_done(rf_outlet *outlet) {
    rf_part_done(&outlet->part);
    rf_free(outlet->steps);
    outlet->steps = NULL;
    outlet->stream = NULL;
    outlet->link.connected = false;
}

/* ---- All outlets of a stream ---- */

static rf_outlet *next_outlet(const rf_stream *stream, size_t *at) {
    const struct rf_document *document = stream->config->document;
    while (document && *at < document->components.count) {
        rf_component *component = document->components.items[(*at)++];
        if (component->class == RF_CLASS_OUTPUT && component->outlet)
            return component->outlet;
    }
    return NULL;
}

static rf_code start_one(rf_outlet *outlet, rf_stream *stream, rf_error *reterr) {
    outlet->stream = stream;
    if (outlet->component->processors.count == 0)
        return RF_OK;
    outlet->steps = rf_alloc_zero(stream->shard_count + 1u, sizeof *outlet->steps);
    return outlet->steps ? RF_OK : rf_raise_nomem(reterr);
}

rf_code rf_outlets_start(rf_stream *stream, rf_error *reterr) {
    size_t at = 0;
    rf_code code = start_one(&stream->outlet, stream, reterr);
    for (rf_outlet *outlet; !code && (outlet = next_outlet(stream, &at));)
        code = start_one(outlet, stream, reterr);
    return code;
}

void rf_outlets_end(rf_stream *stream) {
    size_t at = 0;
    for (rf_outlet *outlet; (outlet = next_outlet(stream, &at));)
        rf_outlet_done(outlet);
    rf_outlet_done(&stream->outlet);
}

static void detach_one(rf_outlet *outlet, const rf_shard_env *env) {
    if (!outlet->steps)
        return;
    rf_steps_free(outlet->steps[env->index]);
    outlet->steps[env->index] = NULL;
}

void rf_outlets_detach(rf_stream *stream, const rf_shard_env *env) {
    size_t at = 0;
    for (rf_outlet *outlet; (outlet = next_outlet(stream, &at));)
        detach_one(outlet, env);
    detach_one(&stream->outlet, env);
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

static void connected(rf_outlet *outlet) {
    rf_stream *stream = outlet->stream;
    const rf_log_origin origin = { outlet->component->label, outlet->component->path };
    outlet->link.connected = true;
    rf_backoff_reset(&outlet->link.backoff);
    rf_meter_add(stream->delivering->meter, outlet->link.up, 1);
    rf_stream_set_output_status(stream, NULL);
    rf_log_write(stream->log, RF_LOG_INFO, &origin, "output %s is active", outlet->kind->name);
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

rf_code rf_outlet_connect(rf_outlet *outlet, uint64_t until_ns, rf_error *reterr) {
    while (!outlet->link.connected) {
        rf_error error = { 0 };
        if (given_up(outlet))
            return raise_over(outlet, reterr);
        if (!outlet->kind->connect || !outlet->kind->connect(outlet->component->state, &error)) {
            connected(outlet);
            break;
        }
        rf_meter_add(outlet->stream->delivering->meter, outlet->link.failed, 1);
        rf_stream_set_output_status(outlet->stream, error.message);
        bool passes = error.flags & RF_ERROR_RETRIABLE;
        if (passes && !given_up(outlet))
            complain(outlet, "Failed to connect to", &error);
        if (!passes || until_ns == RF_CHILD_AT_ONCE || !pause(outlet, rf_backoff_next_ns(&outlet->link.backoff), until_ns)) {
            if (reterr)
                *reterr = error;
            return given_up(outlet) ? RF_EAGAIN : error.code;
        }
    }
    return RF_OK;
}

/* ---- Writing ---- */

/* One attempt; the flush belongs to it, since only flushed messages may be acknowledged. */
static rf_code write_once(rf_outlet *outlet, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    RF_ZONE(RF_ZONE_OUTPUT_WRITE, outlet->kind->name);
    void *state = outlet->component->state;
    uint64_t start = rf_clock_mono_ns();
    rf_batch_clear_refusals(batch);
    rf_code code = outlet->kind->write(state, batch, ret_unwritten, reterr);
    if (!code && outlet->kind->flush)
        code = outlet->kind->flush(state, reterr);
    if (!code)
        rf_meter_observe(outlet->stream->delivering->meter, outlet->link.latency, rf_clock_mono_ns() - start);
    return code;
}

static void count_written(rf_outlet *outlet, const rf_batch *batch, uint32_t unwritten) {
    rf_meter *meter = outlet->stream->delivering->meter;
    uint32_t gone = unwritten + batch->refused_count; /* a message may be unwritable to each of several outputs within */
    if (gone > batch->count)
        gone = batch->count;
    rf_meter_add(meter, outlet->sent, batch->count - gone);
    rf_meter_add(meter, outlet->batch_sent, batch->count > batch->refused_count);
    rf_meter_add(meter, outlet->error, gone);
    rf_meter_add(meter, outlet->unwritten, unwritten);
    if (!batch->refused_count)
        rf_backoff_reset(&outlet->link.backoff);
}

/* An error that may pass is waited for where it happens, and what is behind waits along: order is kept. Not when somebody waits
 * for an answer, or asked for a time. */
static bool stays(const rf_outlet *outlet, const rf_error *error, uint64_t until_ns) {
    return outlet->nested && until_ns == RF_CHILD_FOREVER && (error->flags & RF_ERROR_RETRIABLE) && rf_stream_replays(outlet->stream);
}

static void lost(rf_outlet *outlet, rf_error *error) {
    outlet->link.connected = false;
    rf_meter_add(outlet->stream->delivering->meter, outlet->link.lost, 1);
    rf_stream_set_output_status(outlet->stream, error->message);
}

/* Writes until it is written, or fails in a way that whoever called must know of. */
static rf_code write_through(rf_outlet *outlet, rf_batch *batch, uint64_t until_ns, uint32_t *ret_unwritten, rf_error *reterr) {
    for (;;) {
        rf_error error = { 0 };
        uint32_t unwritten = 0;
        rf_code code = rf_outlet_connect(outlet, until_ns, &error);
        bool is_connected = !code;
        if (is_connected)
            code = given_up(outlet) ? raise_over(outlet, &error) : write_once(outlet, batch, &unwritten, &error);
        if (!code) {
            count_written(outlet, batch, unwritten);
            *ret_unwritten = unwritten;
            return RF_OK;
        }
        if (is_connected && code != RF_EAGAIN)
            rf_meter_add(outlet->stream->delivering->meter, outlet->error, 1);
        bool again = is_connected && !given_up(outlet) && !is_over(until_ns);
        if (again && code == RF_EAGAIN) /* the reader of our output is slow: no failure, and nothing to tell */
            continue;
        if (is_connected && code == RF_ELOST) {
            lost(outlet, &error);
            error.flags |= RF_ERROR_RETRIABLE;
            complain(outlet, "Failed to send message to", &error);
            if (again && pause(outlet, rf_backoff_next_ns(&outlet->link.backoff), until_ns))
                continue;
        } else if (is_connected && stays(outlet, &error, until_ns) && !given_up(outlet)) {
            complain(outlet, "Failed to send message to", &error);
            if (pause(outlet, rf_backoff_next_ns(&outlet->link.backoff), until_ns))
                continue;
        }
        if (reterr)
            *reterr = error;
        return code;
    }
}

/* ---- With processors ---- */

static rf_code steps_of(rf_outlet *outlet, rf_steps **ret_steps, rf_error *reterr) {
    const rf_shard_env *env = outlet->stream->delivering;
    rf_steps **steps = &outlet->steps[env->index];
    rf_code code = *steps ? RF_OK : rf_steps_new(&outlet->component->processors, env, steps, reterr);
    if (!code)
        *ret_steps = *steps;
    return code;
}

/*
 * What the child refused goes back to the messages that it was made from. A message that nothing accepted came from may have
 * been put together with a refused one: it is refused too, since it cannot be told from one that was dropped, and dropping
 * it again does no harm.
 */
static bool refuse_back(const rf_batch *made, rf_batch *whole) {
    const char *why = "";
    bool known = true, *accepted = rf_alloc_zero(whole->count + 1u, sizeof *accepted);
    bool fits = accepted != NULL;
    for (uint32_t i = 0; fits && i < made->count; i++) {
        rf_slice text = rf_batch_refusal(made, i);
        uint32_t origin = made->messages[i].origin;
        if (text.data) {
            why = text.data;
            known &= origin != 0;
        } else
            accepted[origin <= whole->count ? origin : 0] = true;
    }
    for (uint32_t i = 0; fits && i < made->count; i++) {
        uint32_t origin = made->messages[i].origin;
        rf_slice text = rf_batch_refusal(made, i);
        if (!text.data || !origin || origin > whole->count)
            continue;
        whole->messages[origin - 1].written_to = made->messages[i].written_to;
        accepted[origin] = true; /* it has its refusal */
        fits = rf_batch_refuse(whole, origin - 1, "%.*s", RF_SLICE_ARG(text));
    }
    for (uint32_t i = 0; fits && i < whole->count; i++)
        if (!accepted[i + 1] || (!known && !rf_batch_refusal(whole, i).data))
            fits = rf_batch_refuse(whole, i, "%.200s", why);
    rf_free(accepted);
    return fits;
}

static rf_code write_made(rf_outlet *outlet, rf_batch *batch, rf_batch *made, uint64_t until_ns, uint32_t *ret_unwritten, rf_error *reterr) {
    rf_steps *steps;
    rf_code code = steps_of(outlet, &steps, reterr);
    for (uint32_t i = 0; !code && i < batch->count; i++)
        if (!rf_part_add(&outlet->part, i))
            code = rf_raise_nomem(reterr);
    if (code)
        return code;
    rf_steps_run(steps, made);
    if (given_up(outlet))
        return raise_over(outlet, reterr);
    *ret_unwritten = 0;
    return made->count ? write_through(outlet, made, until_ns, ret_unwritten, reterr) : RF_OK;
}

static rf_code write_processed(rf_outlet *outlet, rf_batch *batch, uint64_t until_ns, uint32_t *ret_unwritten, rf_error *reterr) {
    rf_batch *made = rf_part_begin(&outlet->part, batch);
    if (!made)
        return rf_raise_nomem(reterr);
    rf_batch_clear_refusals(made);
    rf_code code = write_made(outlet, batch, made, until_ns, ret_unwritten, reterr);
    rf_part_end(&outlet->part);
    if (code || made->refused_count == 0)
        return code;
    *ret_unwritten = 0; /* of messages that are now counted as refused, as far as anybody can tell */
    return refuse_back(made, batch) ? RF_OK : rf_raise_nomem(reterr);
}

rf_code rf_outlet_write(rf_outlet *outlet, rf_batch *batch, uint64_t until_ns, uint32_t *ret_unwritten, rf_error *reterr) {
    assert(outlet->stream && batch->count > 0);
    rf_batch_clear_refusals(batch);
    if (!outlet->steps && !outlet->nested)
        return write_through(outlet, batch, until_ns, ret_unwritten, reterr);
    rf_code code = outlet->steps ? write_processed(outlet, batch, until_ns, ret_unwritten, reterr)
                                 : write_through(outlet, batch, until_ns, ret_unwritten, reterr);
    if (code && outlet->kind->forget) /* what comes next may be another batch */
        outlet->kind->forget(outlet->component->state);
    return code;
}
