/* intake.c: which inputs are read, by which threads: what is made of others is taken apart. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "stream/runtime.h"

#include <assert.h>

#define SOURCES_MAX 256u /* the buffer's own comes on top */
#define DEPTH_MAX 32u

static rf_code too_many(const rf_component *component, rf_error *reterr) {
    return rf_raise(reterr, RF_ECONFIG, "%s has more than %u inputs, or holds itself", component->path, SOURCES_MAX);
}

/* An input, and those that it is within. */
typedef struct nest {
    const struct nest *around;
    const rf_component *component;
    rf_until *until;    /* its own; NULL: none */
} nest;

static const rf_batching *own_batching(const rf_stream *stream, const rf_component *component) {
    return component == &stream->config->input ? &stream->config->batching : &component->batching;
}

/* What is said further out goes before. */
static const rf_batching *first_on(const rf_batching *outer, const rf_batching *inner) {
    return outer && rf_batching_is_on(outer) ? outer : inner;
}

/* A batch that only a check ends may grow to the bound that every batch has. */
static void warn_of(const rf_stream *stream, const rf_component *component, const rf_batching *batching) {
    char path[256];
    if (!batching || !batching->check || batching->count > 0 || batching->byte_size > 0 || batching->period_ns > 0)
        return;
    (void)snprintf(path, sizeof path, "%s.batching", component->path);
    const rf_log_origin origin = { component->label, path };
    rf_log_write(stream->log, RF_LOG_WARN, &origin,
                 "Batch policy should have at least one of count, period or byte_size set in order to provide a hard batch ceiling.");
}

static rf_code add_source(rf_stream *stream, const nest *at, const rf_batching *batching, rf_intake **ret_source, rf_error *reterr) {
    rf_intake *source = &stream->sources[stream->source_count++];
    *source = (rf_intake){
        .stream = stream, .component = at->component, .kind = at->component->kind, .batching = *first_on(batching, own_batching(stream, at->component)),
        .link = { .complaints = { .burst = 3, .period_ns = 30 * RF_NS_PER_S } },
    };
    source->inner = source->keeps = source->kind->is_inner && source->kind->is_inner(at->component->state); /* lost with those who read it first */
    stream->inner |= source->inner;
    for (; at; at = at->around) {
        if (at->until && source->until)
            return rf_raise(reterr, RF_ECONFIG, "%s is a read_until around another", at->component->path);
        if (at->until) {
            source->until = at->until;
            source->until_after = source->beside_count;
        }
        if (at->component->processors.count == 0)
            continue;
        if (source->beside_count == RF_BESIDE_MAX)
            return too_many(at->component, reterr);
        source->beside[source->beside_count++] = &at->component->processors;
    }
    *ret_source = source;
    return RF_OK;
}

static rf_code take_leaf(rf_stream *stream, const nest *at, const rf_batching *batching, rf_intake **last, rf_error *reterr) {
    rf_intake *source = NULL;
    rf_code code = add_source(stream, at, batching, &source, reterr);
    if (code)
        return code;
    if (last && *last)
        (*last)->then = source;
    else
        stream->feeds[stream->feed_count++] = (rf_feed){ .first = source };
    if (last)
        *last = source;
    return RF_OK;
}

/* `last` NULL: each input is a thread of its own; else they follow that one. */
static rf_code take_apart(rf_stream *stream, nest *at, const rf_batching *batching, rf_intake **last, unsigned depth, rf_error *reterr) {
    const rf_input_kind *kind = at->component->kind;
    rf_input_parts parts = { 0 };
    if (depth > DEPTH_MAX || stream->source_count == SOURCES_MAX)
        return too_many(at->component, reterr);
    warn_of(stream, at->component, own_batching(stream, at->component));
    if (!kind->parts)
        return take_leaf(stream, at, batching, last, reterr);
    kind->parts(at->component->state, &parts);
    warn_of(stream, at->component, parts.batching);
    at->until = parts.until;
    rf_intake *own = NULL, **follows = last ? last : parts.in_turn ? &own : NULL;
    rf_code code = RF_OK;
    batching = first_on(first_on(batching, own_batching(stream, at->component)), parts.batching);
    for (size_t i = 0; !code && i < parts.inputs.count; i++)
        code = take_apart(stream, &(nest){ at, parts.inputs.items[i], NULL }, batching, follows, depth + 1, reterr);
    return code;
}

rf_code rf_intakes_make(rf_stream *stream, rf_error *reterr) {
    stream->sources = rf_alloc_zero(SOURCES_MAX + 1, sizeof *stream->sources);
    stream->feeds = rf_alloc_zero(SOURCES_MAX + 1, sizeof *stream->feeds);
    if (!stream->sources || !stream->feeds)
        return rf_raise_nomem(reterr);
    rf_code code = take_apart(stream, &(nest){ NULL, &stream->config->input, NULL }, NULL, NULL, 0, reterr);
    assert(code || stream->feed_count > 0);
    if (!code)
        rf_buffered_make(stream);
    return code;
}

void rf_intakes_free(rf_stream *stream) {
    rf_free(stream->sources);
    rf_free(stream->feeds);
}

void rf_intakes_wake(rf_stream *stream) {
    for (size_t i = 0; i < stream->source_count; i++)
        if (stream->sources[i].kind->wake)
            stream->sources[i].kind->wake(stream->sources[i].component->state);
}

void rf_intakes_end(rf_stream *stream, rf_until *until) {
    if (atomic_exchange(&until->met, true))
        return;
    for (size_t i = 0; i < stream->source_count; i++)
        if (stream->sources[i].until == until && stream->sources[i].kind->wake)
            stream->sources[i].kind->wake(stream->sources[i].component->state);
}

void rf_intakes_tell_quiet(rf_stream *stream) {
    if (!rf_intakes_are_quiet(stream))
        return;
    for (size_t i = 0; i < stream->source_count; i++)
        if (stream->sources[i].inner)
            stream->sources[i].kind->wake(stream->sources[i].component->state);
}

/* Those that come after another need not be, yet. A word that others write; it is a matter of what to show. */
bool rf_intakes_connected(const rf_stream *stream) {
    for (size_t i = 0; i < stream->feed_count; i++)
        if (!stream->feeds[i].first->link.connected)
            return false;
    return true;
}
