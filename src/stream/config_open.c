/* config_open.c: a checked config's components opened, and closed again. */
#include "stream/config.h"

#include "base/alloc.h"
#include "stream/steps.h"
#include "stream/config_internal.h"
#include "stream/inproc.h"
#include "stream/runtime.h"

#include <assert.h>

/* What all components of a config are given. */
typedef struct opening {
    rf_config *config;
    rf_log *log;
    rf_metrics *metrics;
    rf_keys *keys;
    unsigned shards;
} opening;

static bool find_kind(const rf_component *component, rf_kind *ret_kind) {
    for (size_t i = 0; component->kind && rf_kind_get(component->class, i, ret_kind); i++)
        if (ret_kind->kind == component->kind)
            return true;
    return false;
}

/* A batch that nothing fills. */
static void check_batching(const rf_component *component) {
    const rf_output_kind *kind = component->kind;
    const rf_conf *node = component->class == RF_CLASS_OUTPUT && kind->batching_at ? rf_conf_child(component->conf, "batching") : NULL;
    const rf_batching *rule = node ? (const rf_batching *)(const void *)((const char *)component->state + kind->batching_at) : NULL;
    rf_error error = { 0 };
    if (!rule || rf_batching_is_on(rule) || rule->processors.count == 0)
        return;
    (void)rf_raise(&error, RF_ECONFIG, "batch policy must have at least one active trigger");
    rf_error_hint(&error, "give it a `count`, `byte_size`, `period` or `check`");
    (void)rf_conf_report(node, &error);
}

/* A component that was not filled has its findings already. */
static rf_code open_one(const opening *o, rf_component *component, rf_error *reterr) {
    rf_kind kind;
    if (!component->state || !find_kind(component, &kind))
        return RF_OK;
    component->env = (rf_env){
        .log = o->log, .origin = { component->label, component->path }, .label = component->label, .path = component->path,
        .metrics = o->metrics, .keys = o->keys, .shards = o->shards,
        .giving_up = &o->config->giving_up, .ending = &o->config->ending, .http = o->config->mounts, .plugins = o->config->plugins, .unread = o->config->unread,
        .inprocs = o->config->inprocs,
    };
    rf_error error = { 0 };
    size_t before = rf_findings_errors_reported(o->config->findings);
    component->opened = true;
    if (component->class == RF_CLASS_PROCESSOR && ((const rf_processor_kind *)component->kind)->one_by_one)
        o->config->one_by_one = true;
    rf_code code = kind.open ? kind.open(component->state, component->conf, &component->env, &error) : RF_OK;
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code && rf_findings_errors_reported(o->config->findings) == before)
        (void)rf_conf_report(component->conf, &error);
    check_batching(component);
    if (component->nested && component->class == RF_CLASS_PROCESSOR)
        return rf_stage_open(component, o->metrics, reterr);
    if (component->nested && component->class == RF_CLASS_OUTPUT)
        return rf_outlet_open(component, o->metrics, reterr);
    return RF_OK;
}

/* The end of what goes through a buffer cannot be told while what comes out of it may be written back to an input. */
static void check_inprocs(const rf_config *config) {
    const rf_buffer_kind *buffer = config->buffer.kind;
    rf_error error = { 0 };
    if (!buffer || !buffer->store)
        return;
    for (rf_inproc *one = NULL; (one = rf_inprocs_next(config->inprocs, one));)
        if (rf_inproc_is_read(one) && rf_inproc_is_written(one)) {
            (void)rf_raise(&error, RF_ECONFIG, "a buffer does not go together with inproc %s, which is written and read by the same stream",
                           rf_inproc_name(one));
            (void)rf_conf_report(config->buffer.conf, &error);
            return;
        }
}

rf_code rf_config_open(rf_config *config, rf_log *log, rf_metrics *metrics, rf_keys *keys, rf_error *reterr) {
    assert(config && metrics && keys);
    opening o = { config, log, metrics, keys, rf_stream_threads(config->threads) };
    rf_code code = RF_OK;
    if (!config->inprocs && !(config->inprocs = rf_inprocs_new()))
        return rf_raise_nomem(reterr);
    for (size_t i = 0; i < config->document->components.count && !code; i++)
        code = open_one(&o, config->document->components.items[i], reterr);
    if (code)
        return code;
    check_inprocs(config);
    code = rf_findings_code(config->findings);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    return code ? rf_raise(reterr, code, "the configuration has errors") : RF_OK;
}

static void close_one(rf_component *component) {
    rf_kind kind;
    if (component->opened && find_kind(component, &kind) && kind.close)
        kind.close(component->state);
    component->opened = false;
}

static void close_all(struct rf_document *document) {
    for (size_t i = document->components.count; i > 0; i--)
        close_one(document->components.items[i - 1]);
    rf_vec_done(&document->components);
    rf_vec_done(&document->resources);
    rf_vec_done(&document->references);
    rf_vec_done(&document->labels);
}

void rf_config_free(rf_config *config) {
    if (!config)
        return;
    if (config->document)
        close_all(config->document);
    rf_inprocs_free(config->inprocs);
    for (const rf_owned *owned = config->document ? config->document->owned : NULL; owned; owned = owned->next)
        owned->free(owned->object);
    rf_findings_free(config->findings);
    rf_arena_done(&config->arena);
    rf_free(config);
}
