/* config.c: a config file, read and checked against all tables. */
#include "stream/config.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "stream/config_internal.h"
#include "stream/config_set.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)64 << 20) /* a config larger than this is a mistake */

/* The system's words, as our messages begin: in lower case. */
static const char *reason(char *out, size_t size) {
    (void)snprintf(out, size, "%s", strerror(errno));
    if (out[0] >= 'A' && out[0] <= 'Z')
        out[0] = (char)(out[0] - 'A' + 'a');
    return out;
}

static rf_code open_failed(const char *path, rf_error *reterr) {
    char why[120];
    rf_code code = rf_raise(reterr, RF_EIO, "open %s: %s", path, reason(why, sizeof why));
    rf_error_place(reterr, path, 1, 1);
    return code;
}

static rf_code read_descriptor(int fd, const char *path, rf_buffer *out, rf_error *reterr) {
    struct stat status;
    char why[120];
    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
        rf_code code = rf_raise(reterr, RF_EIO, "read %s: is a directory", path);
        rf_error_place(reterr, path, 1, 1);
        return code;
    }
    for (;;) {
        if (!rf_buffer_reserve(out, 65536))
            return rf_raise_nomem(reterr);
        ssize_t got = read(fd, out->data + out->len, 65536);
        if (got == 0)
            return RF_OK;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || out->len > FILE_BYTES_MAX)
            return rf_raise(reterr, RF_EIO, "read %s: %s", path, got < 0 ? reason(why, sizeof why) : "larger than 64 MiB");
        out->len += (size_t)got;
    }
}

static rf_code read_file(rf_arena *arena, const char *path, rf_slice *ret_text, rf_error *reterr) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return open_failed(path, reterr);
    rf_buffer buffer = { 0 };
    rf_code code = read_descriptor(fd, path, &buffer, reterr);
    (void)close(fd);
    rf_slice text = code ? (rf_slice){ 0 } : rf_slice_dup_in(arena, rf_buffer_view(&buffer));
    rf_buffer_done(&buffer);
    if (code)
        return code;
    if (!text.data)
        return rf_raise_nomem(reterr);
    *ret_text = text;
    return RF_OK;
}

static rf_code read_env_files(rf_config *config, const char *const *files, rf_table *table, rf_error *reterr) {
    for (; files && *files; files++) {
        rf_slice text;
        rf_code code = read_file(&config->arena, *files, &text, reterr);
        if (code)
            return code;
        code = rf_env_file_parse(&config->arena, *files, text, table, reterr);
        if (code == RF_ECONFIG && reterr) {
            rf_source *source = rf_arena_alloc(&config->arena, sizeof *source);
            if (!source)
                return rf_raise_nomem(reterr);
            *source = (rf_source){ *files, text };
            rf_findings_add(config->findings, source, reterr, false);
        }
        if (code)
            return code;
    }
    return RF_OK;
}

/* Each variable that is missing is a finding of its own, at its place. */
static void report_missing(const rf_unit *unit) {
    for (size_t i = 0; i < unit->env.missing_count; i++) {
        const rf_env_missing *missing = &unit->env.missing[i];
        rf_error error;
        (void)rf_raise(&error, RF_ECONFIG, "required environment variables were not set: [%.*s]", RF_SLICE_ARG(missing->name));
        rf_error_hint(&error, "set it, or give a default: ${%.*s:default}", RF_SLICE_ARG(missing->name));
        uint32_t line, column;
        rf_source_locate(&unit->source, unit->written_at + missing->written, &line, &column);
        rf_error_place(&error, unit->source.name, line, column);
        rf_findings_add(unit->findings, &unit->source, &error, missing->in_comment);
    }
}

static rf_code read_text(rf_config *config, const rf_config_options *options, rf_unit *unit, const char *path, rf_slice text,
                         rf_error *reterr) {
    rf_table variables = { 0 };
    rf_code code = text.data ? RF_OK : read_file(&config->arena, path, &text, reterr);
    if (!code)
        code = read_env_files(config, options->env_files, &variables, reterr);
    if (!code) {
        bool bom = rf_slice_starts(text, RF_SLICE("\xEF\xBB\xBF"));
        unit->source = (rf_source){ path ? path : "config", text };
        unit->written_at = bom ? 3 : 0;
        code = rf_env_interpolate(&config->arena, (rf_slice){ text.data + unit->written_at, text.len - unit->written_at }, &variables,
                                  &unit->env, reterr);
    }
    rf_table_done(&variables);
    if (!code && !options->skip_env_check)
        report_missing(unit);
    return code;
}

rf_code rf_config_parse_file(rf_config *config, const rf_config_options *options, const char *path, rf_conf **ret_root, rf_error *reterr) {
    assert(config && options && path && ret_root);
    rf_unit *unit = rf_arena_alloc(&config->arena, sizeof *unit);
    if (!unit)
        return rf_raise_nomem(reterr);
    *unit = config->document->file;
    rf_code code = read_text(config, options, unit, path, (rf_slice){ 0 }, reterr);
    return code ? code : rf_document_parse(unit, ret_root, reterr);
}

/* A text without a map: run and lint say the same. */
static void report_no_map(const rf_config *config) {
    rf_error error;
    const rf_conf *root = config->document->root;
    (void)rf_raise(&error, RF_ECONFIG, "expected object value, got %s", root ? rf_node_tag(root) : "!!null");
    rf_error_hint(&error, "a config is a map: `input: …`, `output: …`");
    (void)rf_unit_report(&config->document->file, root ? root->at : 0, &error, false);
}

static rf_code read_sets(rf_config *config, const char *const *sets, rf_error *reterr) {
    for (; sets && *sets; sets++) {
        rf_code code = rf_config_set(&config->document->root, *sets, &config->document->file, reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

/* Those of the pipeline lie in one array, which others walk. */
static rf_code read_processors(rf_config *config, const rf_conf *list, rf_error *reterr) {
    config->processors = rf_arena_zero(&config->arena, list->count + 1u, sizeof(rf_component));
    if (!config->processors)
        return rf_raise_nomem(reterr);
    config->processor_count = list->count;
    for (uint32_t i = 0; i < list->count; i++) {
        rf_slice path = rf_printf_in(&config->arena, "root.pipeline.processors.%u", i);
        rf_site site = { NULL, list->items[i] };
        if (!path.data)
            return rf_raise_nomem(reterr);
        rf_code code = rf_component_read(config, RF_CLASS_PROCESSOR, site, path.data, &config->processors[i], reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

static rf_code read_pipeline(rf_config *config, rf_error *reterr) {
    const rf_conf *pipeline = rf_conf_child(config->document->root, "pipeline");
    const rf_pair *list = pipeline ? rf_node_pair(pipeline, RF_SLICE("processors")) : NULL;
    if (!list || rf_node_is_null(list->value))
        return RF_OK;
    if (list->value->kind == RF_NODE_LIST)
        return read_processors(config, list->value, reterr);
    (void)rf_node_report(list->value, "put a `-` before each processor", "expected array value, got %s", rf_node_tag(list->value));
    return RF_OK;
}

static rf_code read_buffer(rf_config *config, rf_error *reterr) {
    const rf_pair *buffer = rf_node_pair(config->document->root, RF_SLICE("buffer"));
    if (!buffer || rf_node_is_null(buffer->value))
        return RF_OK;
    return rf_component_read(config, RF_CLASS_BUFFER, (rf_site){ buffer, buffer->value }, "root.buffer", &config->buffer, reterr);
}

static rf_code read_components(rf_config *config, const rf_config_options *options, rf_error *reterr) {
    const rf_conf *root = config->document->root;
    const rf_pair *input = rf_node_pair(root, RF_SLICE("input")), *output = rf_node_pair(root, RF_SLICE("output"));
    rf_code code = rf_resources_read(config, root, reterr);
    if (!code)
        code = rf_resources_read_files(config, options, reterr);
    if (code)
        return code;
    code = input ? rf_component_read(config, RF_CLASS_INPUT, (rf_site){ input, input->value }, "root.input", &config->input, reterr)
                         : rf_component_standard(config, RF_CLASS_INPUT, "stdin", "root.input", &config->input, reterr);
    if (!code)
        code = read_pipeline(config, reterr);
    if (!code)
        code = output
                   ? rf_component_read(config, RF_CLASS_OUTPUT, (rf_site){ output, output->value }, "root.output", &config->output, reterr)
                   : rf_component_standard(config, RF_CLASS_OUTPUT, "stdout", "root.output", &config->output, reterr);
    if (!code)
        code = read_buffer(config, reterr);
    if (code)
        return code;
    rf_resources_resolve(config);
    rf_component_check_labels(config);
    return RF_OK;
}

static rf_code read_config(rf_config *config, const rf_config_options *options, rf_error *reterr) {
    rf_unit *unit = &config->document->file;
    rf_code code = read_text(config, options, unit, options->path, options->text, reterr);
    config->source = unit->source;
    if (!code)
        code = rf_document_parse(unit, &config->document->root, reterr);
    if (code)
        return code;
    bool unreadable = !config->document->root && rf_findings_count(config->findings, true) > unit->env.missing_count;
    if (unreadable)
        return RF_OK; /* there is a finding that says why */
    if (options->text.data && options->text.len == 0)
        config->document->root = NULL; /* no file was asked for: all defaults */
    else if (!config->document->root || config->document->root->kind != RF_NODE_MAP) {
        report_no_map(config);
        return RF_OK;
    }
    code = read_sets(config, options->sets, reterr);
    if (!code && !config->document->root) {
        config->document->root = rf_document_scalar(unit, RF_SLICE(""), 0);
        if (!config->document->root)
            return rf_raise_nomem(reterr);
        config->document->root->kind = RF_NODE_MAP;
    }
    if (!code)
        code = rf_config_read_root(config, reterr);
    return code ? code : read_components(config, options, reterr);
}

static rf_config *config_new(const rf_config_options *options) {
    rf_config *config = rf_alloc_zero(1, sizeof *config);
    if (!config)
        return NULL;
    rf_arena_init(&config->arena, 16384);
    config->document = rf_arena_zero(&config->arena, 1, sizeof *config->document);
    config->findings = rf_findings_new();
    if (!config->document || !config->findings) {
        rf_config_free(config);
        return NULL;
    }
    config->threads = -1;
    config->document->require_labels = options->require_labels;
    config->document->file = (rf_unit){
        .findings = config->findings, .arena = &config->arena, .owned = &config->document->owned, .chilled = options->chilled, .report_deprecated = options->report_deprecated,
    };
    return config;
}

rf_code rf_config_load(const rf_config_options *options, rf_config **ret_config, rf_error *reterr) {
    assert(options && ret_config && (options->path || options->text.data));
    rf_config *config = config_new(options);
    if (!config)
        return rf_raise_nomem(reterr);
    rf_code code = read_config(config, options, reterr);
    rf_code found = rf_findings_code(config->findings);
    if (code == RF_ENOMEM || found == RF_ENOMEM) {
        rf_config_free(config);
        return rf_raise_nomem(reterr);
    }
    *ret_config = config;
    if (code == RF_OK && found)
        return rf_raise(reterr, found, "the configuration has errors");
    return code;
}
