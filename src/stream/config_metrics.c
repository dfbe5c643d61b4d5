/* config_metrics.c: the section `metrics`: where figures go, and what they are called there. */
#include "base/slice.h"
#include "message/mapping.h"
#include "stream/conf_fill.h"
#include "stream/config_internal.h"

#include <assert.h>

typedef struct logger_values { uint64_t push_interval_ns; bool flush_metrics; } logger_values;

static const rf_field logger_fields[] = {
    { .name = "push_interval", .type = RF_FIELD_DURATION, .offset = offsetof(logger_values, push_interval_ns), .standard = "\"\"",
      .doc = "How often all figures are logged; empty: at the end only." },
    { .name = "flush_metrics", .type = RF_FIELD_BOOL, .offset = offsetof(logger_values, flush_metrics), .standard = "false",
      .doc = "Whether counters and timings begin anew each time." },
    { 0 },
};

static void free_mapping(void *mapping) { rf_mapping_free(mapping); }

static rf_code read_mapping(rf_config *config, const rf_pair *pair, rf_error *reterr) {
    rf_error error = { 0 };
    const rf_conf *node = pair->value;
    if (node->kind != RF_NODE_SCALAR)
        return rf_pair_report(pair, "write it behind `mapping: |`", "expected string value"), RF_OK;
    if (rf_node_is_null(node) || rf_slice_trim(node->text).len == 0)
        return RF_OK;
    rf_code code = rf_mapping_compile(node->text, rf_conf_locate, node, &config->metrics.mapping, &error);
    if (code == RF_ECONFIG)
        return rf_conf_report(node, &error), RF_OK;
    rf_owned *entry = code ? NULL : rf_arena_alloc(&config->arena, sizeof *entry);
    if (!entry) {
        rf_mapping_free(config->metrics.mapping);
        config->metrics.mapping = NULL;
        return rf_raise_nomem(reterr);
    }
    *entry = (rf_owned){ config->document->owned, free_mapping, config->metrics.mapping };
    config->document->owned = entry;
    return RF_OK;
}

rf_code rf_config_read_metrics(rf_config *config, const rf_conf *map, rf_error *reterr) {
    assert(config);
    static const char *const names[] = { [RF_METRICS_PROMETHEUS] = "prometheus", [RF_METRICS_NONE] = "none", [RF_METRICS_JSON_API] = "json_api", [RF_METRICS_LOGGER] = "logger" };
    const rf_conf *logger = NULL;
    for (size_t i = 0; map && i < sizeof names / sizeof *names; i++)
        if (rf_node_pair(map, rf_slice_of(names[i])))
            config->metrics.kind = (rf_metrics_kind)i;
    if (map && config->metrics.kind == RF_METRICS_LOGGER)
        logger = rf_conf_child(map, "logger");
    logger_values values = { 0 };
    const rf_fill how = { .unit = &config->document->file, .fields = logger_fields };
    rf_code code = logger && !rf_node_is_null(logger) ? rf_fill_struct(&how, logger, &values, reterr) : RF_OK;
    if (code == RF_ENOMEM)
        return code;
    config->metrics.push_interval_ns = values.push_interval_ns;
    config->metrics.flush_metrics = values.flush_metrics;
    const rf_pair *mapping = map ? rf_node_pair(map, RF_SLICE("mapping")) : NULL;
    return mapping ? read_mapping(config, mapping, reterr) : RF_OK;
}
