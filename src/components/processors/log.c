/* log: a log record for each message. */
#include "base/alloc.h"
#include "base/slice.h"
#include "message/dynamic.h"
#include "message/json.h"
#include "message/mapping.h"
#include "stream/component.h"

#include <assert.h>

#define FIELDS_MAX 64u /* of a record */

typedef struct log_processor {
    rf_slice level_text;
    rf_dynamic *message;
    rf_conf_script fields_mapping;
    rf_dynamics fields;

    rf_log_level level;
    rf_mapping *mapping; /* NULL: none */
    const rf_env *env;
} log_processor;

/* What one thread needs. */
typedef struct log_local {
    rf_mapping_state *memory;
    rf_log_field fields[FIELDS_MAX];
    rf_slice json[FIELDS_MAX]; /* what each is in a JSON record */
    size_t count;
} log_local;

static const rf_field log_fields[] = {
    { "level", RF_FIELD_STRING, offsetof(log_processor, level_text), "INFO", 0, "ERROR, WARN, INFO, DEBUG or TRACE.", NULL, NULL, 0, 0, 0 },
    { "message", RF_FIELD_DYNAMIC, offsetof(log_processor, message), "\"\"", 0, "What the record says.", NULL, NULL, 0, 0, 0 },
    { "fields_mapping", RF_FIELD_SCRIPT, offsetof(log_processor, fields_mapping), NULL, 0, "A mapping that makes an object: its members are fields of the record.", NULL, NULL, 0, 0, 0 },
    { "fields", RF_FIELD_DYNAMICS, offsetof(log_processor, fields), "{}", RF_FIELD_ADVANCED, "More fields of the record.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code check_level(log_processor *self, const rf_conf *conf) {
    const rf_conf *node = rf_conf_child(conf, "level");
    rf_error error = { 0 };
    if (rf_log_level_parse(self->level_text, &self->level) && self->level >= RF_LOG_ERROR && self->level <= RF_LOG_TRACE)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "log level not recognised: %.*s", RF_SLICE_ARG(self->level_text));
    rf_error_hint(&error, "one of ERROR WARN INFO DEBUG TRACE");
    return rf_conf_report(node ? node : conf, &error);
}

static rf_code log_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    log_processor *self = state;
    rf_error error = { 0 };
    self->env = env;
    rf_code code = check_level(self, conf), compiled = RF_OK;
    if (self->fields_mapping.text.len > 0)
        compiled = rf_mapping_compile(self->fields_mapping.text, rf_conf_locate, self->fields_mapping.node, &self->mapping, &error);
    if (compiled == RF_ECONFIG)
        (void)rf_conf_report(conf, &error);
    return compiled == RF_ENOMEM ? rf_raise_nomem(reterr) : compiled ? compiled : code;
}

static rf_code log_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    const log_processor *self = state;
    log_local *local = rf_alloc_zero(1, sizeof *local);
    (void)shard;
    if (local && self->mapping)
        local->memory = rf_mapping_state_new(self->mapping);
    if (!local || (self->mapping && !local->memory)) {
        rf_free(local);
        return rf_raise_nomem(reterr);
    }
    *ret_local = local;
    return RF_OK;
}

static void log_detach(void *state, void *of_thread) {
    log_local *local = of_thread;
    (void)state;
    if (!local)
        return;
    rf_mapping_state_free(local->memory);
    rf_free(local);
}

static const rf_log_field custom_source = { "custom_source", { "true", 4 } };

/* `json` without data: a text. */
static void add(log_local *local, const rf_log_field *field, rf_slice json) {
    if (local->count == FIELDS_MAX)
        return;
    local->fields[local->count] = *field;
    local->json[local->count++] = json;
}

/* A JSON record has the value as it is; what JSON cannot hold is a text there, too. */
static rf_code add_value(log_local *local, rf_batch *batch, const rf_member *member, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer json = { 0 };
    rf_slice written = { 0 };
    rf_value value = member->value;
    rf_log_field field = { .name = rf_slice_dup_in(&batch->arena, member->key).data, .value = rf_meta_text(&batch->arena, &value) };
    bool failed = !field.name || !field.value.data;
    if (!failed && value.kind != RF_STRING && value.kind != RF_BYTES && !rf_json_write(&json, &value, RF_JSON_SORT_KEYS, NULL)) {
        written = rf_slice_dup_in(&batch->arena, rf_buffer_view(&json));
        failed = !written.data;
    }
    if (failed)
        return rf_raise_nomem(reterr);
    add(local, &field, written);
    return RF_OK;
}

/* The mapping reads the message, and makes an object of its own. */
static rf_code add_mapped(const log_processor *self, log_local *local, rf_batch *batch, uint32_t i, rf_error *reterr) {
    rf_message made = { .payload = rf_text(RF_RAW, RF_SLICE("")) };
    const rf_mapping_turn turn = { &made, i };
    bool gone = false;
    rf_code code = rf_mapping_overlay(self->mapping, local->memory, batch, &turn, &gone, reterr);
    for (uint32_t m = 0; !code && !gone && made.payload.kind == RF_MAP && m < made.payload.size; m++)
        code = add_value(local, batch, &made.payload.members[m], reterr);
    return code;
}

static rf_code add_dynamic(const log_processor *self, log_local *local, rf_batch *batch, uint32_t i, rf_error *reterr) {
    for (size_t f = 0; f < self->fields.count; f++) {
        rf_slice text;
        rf_code code = rf_dynamic_text(self->fields.items[f], batch, i, &text, reterr);
        if (code)
            return code;
        add(local, &(rf_log_field){ self->fields.names[f].data, text }, (rf_slice){ 0 });
    }
    return RF_OK;
}

static void complain(const log_processor *self, const char *what, const rf_error *error) {
    char text[sizeof error->message + 48];
    (void)snprintf(text, sizeof text, "%s: %s", what, error->message);
    rf_log_write_fields(self->env->log, RF_LOG_ERROR, &self->env->origin, rf_slice_of(text), &custom_source, 1);
}

/* A text that cannot be made is an error in the record's place. */
static rf_code write_one(const log_processor *self, log_local *local, rf_batch *batch, uint32_t i, rf_error *reterr) {
    rf_error error = { 0 };
    rf_slice text = { "", 0 };
    local->count = 0;
    add(local, &custom_source, custom_source.value);
    rf_code code = rf_dynamic_text(self->message, batch, i, &text, &error);
    if (code == RF_ESCRIPT) {
        complain(self, "Message interpolation error", &error);
        return RF_OK;
    }
    if (!code && self->mapping)
        code = add_mapped(self, local, batch, i, &error);
    if (!code)
        code = add_dynamic(self, local, batch, i, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code)
        complain(self, "Field interpolation error", &error);
    rf_log_write_values(self->env->log, self->level, &self->env->origin, text, local->fields, local->json, local->count);
    return RF_OK;
}

static rf_code log_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    const log_processor *self = state;
    rf_code code = RF_OK;
    if (!self->env->log || !rf_log_enabled(self->env->log, self->level))
        return RF_OK;
    for (uint32_t i = 0; i < batch->count && !code; i++)
        code = write_one(self, local, batch, i, reterr);
    return code;
}

static void log_close(void *state) {
    log_processor *self = state;
    rf_mapping_free(self->mapping);
}

const rf_processor_kind rf_log_kind = {
    .name = "log",
    .summary = "Writes a log record for each message.",
    .detail = "The message goes on as it is. The records go where the others go, by the `logger` section.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - log:\n"
               "        message: \"value ${! this.value }\"\n"
               "        fields_mapping: root.value = this.value\n"
               "output:\n"
               "  drop: {}\n",
    .fields = log_fields,
    .state_size = sizeof(log_processor),
    .open = log_open,
    .attach = log_attach,
    .process = log_process,
    .detach = log_detach,
    .close = log_close,
};
