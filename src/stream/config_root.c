/* config_root.c: the sections of a config: http, pipeline, logger, metrics and what else stands at the root. */
#include "base/slice.h"
#include "stream/conf_fill.h"
#include "stream/conf_scalar.h"
#include "stream/config_internal.h"

#include <assert.h>

/* The fields of the root that are plain values. */
typedef struct root_values {
    rf_http_config http;
    struct { int64_t threads; } pipeline;
    uint64_t shutdown_timeout_ns, shutdown_delay_ns;
} root_values;

/* Known names whose values are looked at one by one, or refused unless they are off. */
static const char *const pipeline_also[] = { "processors", NULL };
static const char *const root_also[] = {
    "input", "output", "logger", "metrics", "buffer", "tracer", "tests", "parallel", "input_resources", "processor_resources",
    "output_resources", "cache_resources", "rate_limit_resources", "http", "pipeline", NULL,
};

static const rf_field pipeline_fields[] = {
    { .name = "threads", .type = RF_FIELD_INT, .offset = 0, .standard = "-1",
      .doc = "Worker threads; -1: one a CPU.", .min = -1, .max = 1024 },
    { 0 },
};
static const rf_field root_fields[] = {
    { .name = "shutdown_timeout", .type = RF_FIELD_DURATION, .offset = offsetof(root_values, shutdown_timeout_ns), .standard = "20s",
      .doc = "How long a stop may drain." },
    { .name = "shutdown_delay", .type = RF_FIELD_DURATION, .offset = offsetof(root_values, shutdown_delay_ns), .standard = "0s",
      .doc = "How long to go on serving after a stop was asked for." },
    { 0 },
};

static bool is_off(const rf_conf *node) {
    bool truth;
    int64_t number;
    bool cut;
    if (node->kind == RF_NODE_SCALAR)
        return node->text.len == 0 || rf_node_is_null(node) || (rf_scalar_bool(node, &truth) && !truth) ||
               (rf_scalar_int(node, &number, &cut) && number == 0);
    if (node->kind == RF_NODE_LIST)
        return node->count == 0;
    const rf_pair *enabled = rf_node_pair(node, RF_SLICE("enabled"));
    return node->count == 0 || (enabled && enabled->value->kind == RF_NODE_SCALAR && rf_scalar_bool(enabled->value, &truth) && !truth);
}

void rf_config_refuse(const rf_pair *pair, const char *hint) {
    assert(hint);
    if (pair && !is_off(pair->value))
        (void)rf_pair_report_key(pair, hint, "field %.*s is not in this version of riffle", RF_SLICE_ARG(pair->name));
}

void rf_config_refuse_all(const rf_conf *map, const char *const *names) {
    assert(names);
    for (; map && *names; names++)
        rf_config_refuse(rf_node_pair(map, rf_slice_of(*names)), "leave it out, or empty");
}

/* The section of that name when it is a map; a finding when it is something else. */
static rf_code section(rf_config *config, const char *name, const rf_conf **ret_node) {
    const rf_pair *pair = rf_node_pair(config->document->root, rf_slice_of(name));
    *ret_node = NULL;
    if (!pair || rf_node_is_null(pair->value))
        return RF_OK;
    if (pair->value->kind != RF_NODE_MAP)
        return rf_pair_report(pair, "", "expected object value, got %s", rf_node_tag(pair->value));
    *ret_node = pair->value;
    return RF_OK;
}

static rf_code fill(rf_config *config, const rf_field *fields, const char *const *also, const rf_conf *node, void *target,
                    rf_error *reterr) {
    rf_fill how = { .unit = &config->document->file, .fields = fields, .also = also };
    rf_code code = rf_fill_struct(&how, node, target, reterr);
    return code == RF_ENOMEM ? code : RF_OK;
}

/* A section that holds one component of a few names, such as `metrics: {prometheus: {}}`. */
static void read_choice(rf_config *config, const char *section_name, const char *const *names, const char *const *also) {
    const rf_conf *node;
    if (section(config, section_name, &node) || !node)
        return;
    unsigned found = 0;
    const rf_pair *unknown = NULL;
    for (uint32_t i = 0; i < node->count; i++) {
        const rf_pair *pair = &node->pairs[i];
        bool is_name = false, is_also = rf_slice_is(pair->name, "label");
        for (const char *const *name = names; *name; name++)
            is_name |= rf_slice_is(pair->name, *name);
        for (const char *const *name = also; *name; name++)
            is_also |= rf_slice_is(pair->name, *name);
        found += is_name;
        if (!is_name && !is_also && !unknown)
            unknown = pair;
    }
    char hint[200];
    if (unknown) {
        rf_fill_suggest(unknown->name, names, hint, sizeof hint);
        if (found)
            (void)rf_pair_report_key(unknown, hint, "field %.*s not recognised", RF_SLICE_ARG(unknown->name));
        else
            (void)rf_pair_report_key(unknown, hint, "unable to infer %s type from candidates: [%.*s]", section_name,
                                     RF_SLICE_ARG(unknown->name));
    }
    if (found > 1)
        (void)rf_node_report(node, "keep one of them", "unable to infer %s type, multiple candidates", section_name);
}

static rf_code read_choices(rf_config *config, rf_error *reterr) {
    static const char *const metrics[] = { "none", "prometheus", "json_api", "logger", NULL }, *const metrics_also[] = { "mapping", NULL };
    static const char *const none[] = { "none", NULL }, *const nothing[] = { NULL };
    read_choice(config, "metrics", metrics, metrics_also);
    read_choice(config, "tracer", none, nothing);
    const rf_conf *map = rf_conf_child(config->document->root, "metrics");
    return rf_config_read_metrics(config, map && map->kind == RF_NODE_MAP ? map : NULL, reterr);
}

static rf_code read_values(rf_config *config, rf_error *reterr) {
    const rf_conf *root = config->document->root, *http, *pipeline;
    root_values values = { 0 };
    (void)section(config, "http", &http);
    (void)section(config, "pipeline", &pipeline);
    rf_code code = fill(config, root_fields, root_also, root, &values, reterr);
    if (!code)
        code = rf_config_read_http(config, http, &values.http, reterr);
    if (!code)
        code = fill(config, pipeline_fields, pipeline_also, pipeline, &values.pipeline, reterr);
    config->http = values.http;
    config->threads = values.pipeline.threads;
    config->shutdown_timeout_ns = values.shutdown_timeout_ns;
    config->shutdown_delay_ns = values.shutdown_delay_ns;
    return code;
}

rf_code rf_config_read_root(rf_config *config, rf_error *reterr) {
    assert(config && config->document->root);
    const rf_conf *root = config->document->root;
    rf_code code = read_values(config, reterr);
    if (code)
        return code;
    const rf_pair *threads = NULL, *tests = rf_node_pair(root, RF_SLICE("tests"));
    const rf_pair *pipeline = rf_node_pair(root, RF_SLICE("pipeline"));
    if (pipeline)
        threads = rf_node_pair(pipeline->value, RF_SLICE("threads"));
    int64_t number;
    bool cut;
    if (threads && rf_scalar_int(threads->value, &number, &cut) && number == 0)
        (void)rf_pair_report(threads, "-1: one a CPU", "value 0 is out of range: at least 1, or -1");
    if (tests && !is_off(tests->value))
        rf_pair_warn_key(tests, "", "field tests is accepted, but this version of riffle does not run tests");
    code = read_choices(config, reterr);
    return code ? code : rf_config_read_logger(config, rf_node_pair(root, RF_SLICE("logger")), reterr);
}
