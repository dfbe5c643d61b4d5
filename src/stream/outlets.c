/* outlets.c: all outputs of a stream, begun and ended together. */
#include "base/alloc.h"
#include "stream/config_internal.h"
#include "stream/runtime.h"

#include <assert.h>

rf_outlet *rf_outlets_next(rf_stream *stream, size_t *at) {
    const struct rf_document *document = stream->config->document;
    if (*at == 0) {
        *at = 1;
        return &stream->outlet;
    }
    while (document && *at <= document->components.count) {
        const rf_component *component = document->components.items[(*at)++ - 1];
        if (component->class == RF_CLASS_OUTPUT && component->outlet)
            return component->outlet;
    }
    return NULL;
}

static rf_code start_steps(rf_outlet_steps *steps, const rf_components *list, const rf_stream *stream, rf_error *reterr) {
    if (list->count == 0)
        return RF_OK;
    steps->of = rf_alloc_zero(stream->shard_count + 1u + stream->config->lanes_given, sizeof *steps->of);
    if (!steps->of)
        return rf_raise_nomem(reterr);
    steps->list = list;
    return RF_OK;
}

static rf_code start_one(rf_outlet *outlet, rf_stream *stream, rf_error *reterr) {
    const rf_component *component = outlet->component;
    const size_t at = outlet->kind->batching_at;
    const rf_batching *batching = at && component->state ? (const rf_batching *)(const void *)((const char *)component->state + at) : NULL;
    outlet->stream = stream;
    stream->holds |= outlet->kind->keeps;
    rf_mutex_init(&outlet->one);
    rf_code code = start_steps(&outlet->beside, &component->processors, stream, reterr);
    if (code || !batching || !rf_batching_is_on(batching))
        return code;
    outlet->hold.rule = batching;
    stream->holds = true;
    return start_steps(&outlet->on_batches, &batching->processors, stream, reterr);
}

rf_code rf_outlets_start(rf_stream *stream, rf_error *reterr) {
    size_t at = 0;
    rf_code code = RF_OK;
    for (rf_outlet *outlet; !code && (outlet = rf_outlets_next(stream, &at));)
        code = start_one(outlet, stream, reterr);
    return code;
}

void rf_outlets_end(rf_stream *stream) {
    size_t at = 0;
    for (rf_outlet *outlet; (outlet = rf_outlets_next(stream, &at));)
        rf_outlet_done(outlet);
}

static void detach(rf_outlet_steps *steps, const rf_shard_env *env) {
    if (!steps->of)
        return;
    rf_steps_free(steps->of[env->index]);
    steps->of[env->index] = NULL;
}

void rf_outlets_detach(rf_stream *stream, const rf_shard_env *env) {
    size_t at = 0;
    for (rf_outlet *outlet; (outlet = rf_outlets_next(stream, &at));) {
        detach(&outlet->beside, env);
        detach(&outlet->on_batches, env);
    }
}
