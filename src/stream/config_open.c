/* config_open.c: a checked config's components opened, and closed again. */
#include "stream/config.h"

#include "base/alloc.h"
#include "stream/config_internal.h"
#include "stream/stream.h"

#include <assert.h>

/* What all components of a config are given. */
typedef struct opening {
    rf_config *config;
    rf_log *log;
    rf_metrics *metrics;
    rf_keys *keys;
    unsigned shards;
} opening;

static bool find_kind(const rf_component *component, rf_class class, rf_kind *ret_kind) {
    for (size_t i = 0; rf_kind_get(class, i, ret_kind); i++)
        if (ret_kind->kind == component->kind)
            return true;
    return false;
}

/* A component that was not filled has its findings already. */
static rf_code open_one(const opening *o, rf_component *component, rf_class class, rf_error *reterr) {
    rf_kind kind;
    if (!component->state || !find_kind(component, class, &kind))
        return RF_OK;
    component->env = (rf_env){
        .log = o->log, .origin = { component->label, component->path }, .label = component->label, .path = component->path,
        .metrics = o->metrics, .keys = o->keys, .shards = o->shards,
        .giving_up = &o->config->giving_up, .plugins = o->config->plugins,
    };
    rf_error error = { 0 };
    size_t before = rf_findings_errors_reported(o->config->findings);
    component->opened = true;
    rf_code code = kind.open ? kind.open(component->state, component->conf, &component->env, &error) : RF_OK;
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code && rf_findings_errors_reported(o->config->findings) == before)
        (void)rf_conf_report(component->conf, &error);
    return RF_OK;
}

rf_code rf_config_open(rf_config *config, rf_log *log, rf_metrics *metrics, rf_keys *keys, rf_error *reterr) {
    assert(config && metrics && keys);
    opening o = { config, log, metrics, keys, rf_stream_threads(config->threads) };
    rf_code code = open_one(&o, &config->input, RF_CLASS_INPUT, reterr);
    for (size_t i = 0; i < config->processor_count && !code; i++)
        code = open_one(&o, &config->processors[i], RF_CLASS_PROCESSOR, reterr);
    if (!code)
        code = open_one(&o, &config->output, RF_CLASS_OUTPUT, reterr);
    if (code)
        return code;
    code = rf_findings_code(config->findings);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    return code ? rf_raise(reterr, code, "the configuration has errors") : RF_OK;
}

static void close_one(rf_component *component, rf_class class) {
    rf_kind kind;
    if (component->opened && find_kind(component, class, &kind) && kind.close)
        kind.close(component->state);
    component->opened = false;
}

void rf_config_free(rf_config *config) {
    if (!config)
        return;
    close_one(&config->output, RF_CLASS_OUTPUT);
    for (size_t i = config->processor_count; i > 0; i--)
        close_one(&config->processors[i - 1], RF_CLASS_PROCESSOR);
    close_one(&config->input, RF_CLASS_INPUT);
    if (config->document)
        rf_vec_done(&config->document->labels);
    rf_findings_free(config->findings);
    rf_arena_done(&config->arena);
    rf_free(config);
}
