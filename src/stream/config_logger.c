/* config_logger.c: the sections `logger` and `batching`. */
#include "base/slice.h"
#include "stream/conf_fill.h"
#include "stream/config_internal.h"

#include <assert.h>

typedef struct logger_values {
    rf_slice level;
    int format;
    bool add_timestamp;
    rf_slice level_name, timestamp_name, message_name;
    const rf_conf *static_fields;
    struct { rf_slice path; bool rotate; int64_t rotate_max_age_days; } file;
} logger_values;

static const char *const formats[] = { "logfmt", "json", NULL };
static const char *const levels[] = { "OFF", "NONE", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "ALL", NULL };

#define AT(member) .offset = offsetof(logger_values, member)
static const rf_field file_fields[] = {
    { .name = "path", .type = RF_FIELD_STRING, .offset = 0, .doc = "A file to append to, instead of standard error." },
    { .name = "rotate", .type = RF_FIELD_BOOL, .offset = offsetof(logger_values, file.rotate) - offsetof(logger_values, file), .standard = "false",
      .doc = "Not in this version." },
    { .name = "rotate_max_age_days", .type = RF_FIELD_INT, .offset = offsetof(logger_values, file.rotate_max_age_days) - offsetof(logger_values, file), .standard = "0",
      .doc = "Not in this version." },
    { 0 },
};
static const rf_field logger_fields[] = {
    { .name = "level", .type = RF_FIELD_STRING, AT(level), .standard = "INFO", .doc = "The least severe level that is shown." },
    { .name = "format", .type = RF_FIELD_ENUM, AT(format), .standard = "logfmt", .options = formats, .doc = "The form of a record." },
    { .name = "add_timestamp", .type = RF_FIELD_BOOL, AT(add_timestamp), .standard = "true", .doc = "Whether records carry the time." },
    { .name = "level_name", .type = RF_FIELD_STRING, AT(level_name), .standard = "level", .doc = "Name of the level's field." },
    { .name = "timestamp_name", .type = RF_FIELD_STRING, AT(timestamp_name), .standard = "time", .doc = "Name of the time's field." },
    { .name = "message_name", .type = RF_FIELD_STRING, AT(message_name), .standard = "msg", .doc = "Name of the message's field." },
    { .name = "static_fields", .type = RF_FIELD_ANY, AT(static_fields), .doc = "Fields that every record carries." },
    { .name = "file", .type = RF_FIELD_OBJECT, AT(file), .fields = file_fields, .doc = "Where records go instead of standard error." },
    { 0 },
};
#undef AT

static rf_code read_level(rf_config *config, const rf_pair *pair, rf_slice word) {
    char hint[200];
    if (rf_slice_eq_nocase(word, RF_SLICE("none")))
        word = RF_SLICE("OFF");
    if (rf_log_level_parse(word, &config->logger.level))
        return RF_OK;
    rf_fill_suggest(word, levels, hint, sizeof hint);
    if (!hint[0])
        (void)snprintf(hint, sizeof hint, "one of OFF FATAL ERROR WARN INFO DEBUG TRACE ALL");
    return rf_pair_report(pair, hint, "value %.*s is not a valid option for this field", RF_SLICE_ARG(word));
}

/* Without any, records say which service they are from. */
static rf_code read_static_fields(rf_config *config, const rf_conf *node, rf_error *reterr) {
    static const char *const standard[] = { "@service", "riffle", NULL };
    config->logger.static_fields = standard;
    if (!node)
        return RF_OK;
    if (node->kind != RF_NODE_MAP)
        return rf_node_report(node, "", "expected object value, got %s", rf_node_tag(node));
    const char **fields = rf_arena_alloc(&config->arena, (2u * node->count + 1) * sizeof *fields);
    if (!fields)
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < node->count; i++) {
        const rf_pair *pair = &node->pairs[i];
        if (pair->value->kind != RF_NODE_SCALAR)
            return rf_pair_report(pair, "", "expected string value");
        rf_slice name = rf_slice_dup_in(&config->arena, pair->name);
        fields[2 * i] = name.data;
        fields[2 * i + 1] = pair->value->text.data;
        if (!name.data)
            return rf_raise_nomem(reterr);
    }
    fields[2u * node->count] = NULL;
    config->logger.static_fields = fields;
    return RF_OK;
}

rf_code rf_config_read_logger(rf_config *config, const rf_pair *pair, rf_error *reterr) {
    assert(config);
    logger_values values = { 0 };
    const rf_conf *node = pair && !rf_node_is_null(pair->value) ? pair->value : NULL;
    if (node && node->kind != RF_NODE_MAP)
        return rf_pair_report(pair, "", "expected object value, got %s", rf_node_tag(node)), RF_OK;
    rf_fill how = { .unit = &config->document->file, .fields = logger_fields };
    rf_code code = rf_fill_struct(&how, node, &values, reterr);
    if (code == RF_ENOMEM)
        return code;
    config->logger = (rf_logger_config){
        .level = RF_LOG_INFO, .format = (rf_log_format)values.format, .add_timestamp = values.add_timestamp, .level_name = values.level_name,
        .timestamp_name = values.timestamp_name, .message_name = values.message_name, .file_path = values.file.path,
    };
    const rf_pair *level = node ? rf_node_pair(node, RF_SLICE("level")) : NULL;
    if (level && level->value->kind == RF_NODE_SCALAR)
        (void)read_level(config, level, values.level);
    const rf_pair *file = node ? rf_node_pair(node, RF_SLICE("file")) : NULL;
    if (file)
        rf_config_refuse(rf_node_pair(file->value, RF_SLICE("rotate")), "rotate the file from outside");
    code = read_static_fields(config, values.static_fields, reterr);
    return code == RF_ENOMEM ? code : RF_OK;
}

const rf_field rf_batching_fields[] = {
    { .name = "count", .type = RF_FIELD_INT, .offset = offsetof(rf_batching, count), .standard = "0", .max = 1000000,
      .doc = "Messages of a batch; 0: whatever is there." },
    { .name = "byte_size", .type = RF_FIELD_SIZE, .offset = offsetof(rf_batching, byte_size), .standard = "0",
      .doc = "Bytes of payload at which a batch is full; 0: no bound." },
    { .name = "period", .type = RF_FIELD_DURATION, .offset = offsetof(rf_batching, period_ns), .standard = "\"\"",
      .doc = "How long a batch may wait to be full; empty: not at all." },
    { .name = "check", .type = RF_FIELD_QUERY, .offset = offsetof(rf_batching, check), .standard = "\"\"",
      .doc = "Whether a message is the last of its batch, such as `this.end == true`." },
    { .name = "processors", .type = RF_FIELD_PROCESSORS, .offset = offsetof(rf_batching, processors),
      .doc = "What is done with each batch." },
    { 0 },
};

rf_code rf_config_read_batching(rf_config *config, const rf_pair *pair, const char *path, rf_batching *out, rf_error *reterr) {
    assert(config && pair && out);
    if (rf_node_is_null(pair->value))
        return RF_OK;
    if (pair->value->kind != RF_NODE_MAP)
        return rf_pair_report(pair, "write `{count: 100, period: 1s}`", "expected object value, got %s", rf_node_tag(pair->value)), RF_OK;
    const char *own = rf_printf_in(&config->arena, "%s.batching", path).data;
    if (!own)
        return rf_raise_nomem(reterr);
    rf_fill how = { .unit = pair->unit, .fields = rf_batching_fields, .config = config, .path = own };
    rf_code code = rf_fill_struct(&how, pair->value, out, reterr);
    return code == RF_ENOMEM ? code : RF_OK;
}
