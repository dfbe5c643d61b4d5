/* tag_processor: names industrial values: defaults, conditions and advancedProcessing in JavaScript, then topic and
 * payload of the unified namespace. */
#include "components/processors/tag_internal.h"

#include <assert.h>

static const rf_field condition_fields[] = {
    { .name = "if", .type = RF_FIELD_SCRIPT, .offset = offsetof(tag_condition, test), .flags = RF_FIELD_REQUIRED,
      .doc = "JavaScript expression or program; when its last value is truthy, `then` runs. Changes it makes to `msg` are lost." },
    { .name = "then", .type = RF_FIELD_SCRIPT, .offset = offsetof(tag_condition, then), .flags = RF_FIELD_REQUIRED,
      .doc = "JavaScript function body; what it returns takes the place of the message." },
    { 0 },
};

static const rf_field tag_fields[] = {
    { .name = "defaults", .type = RF_FIELD_SCRIPT, .offset = offsetof(tag, defaults),
      .doc = "JavaScript function body that runs first on every message. Empty: left out." },
    { .name = "conditions", .type = RF_FIELD_OBJECTS, .offset = offsetof(tag, conditions),
      .doc = "Pairs of `if` and `then`, run in order; each sees what those before it made.",
      .fields = condition_fields, .item_size = sizeof(tag_condition) },
    { .name = "advancedProcessing", .type = RF_FIELD_SCRIPT, .offset = offsetof(tag, advanced),
      .doc = "JavaScript function body that runs last on every message. Empty: left out." },
    RF_SCRIPT_OPTION_ROWS(tag, options),
    { 0 },
};

/* Conditions past this many share a name in metrics: a histogram for each of hundreds would cost more than it tells. */
#define NAMED_CONDITIONS 16u

#define DROPPED_BY_SCRIPT (RF_REASONS_SCRIPT | RF_REASONS(RF_REASON_FILTERED))

static rf_code intern_keys(tag *self, const rf_env *env, rf_error *reterr) {
    static const char *const texts[TAG_KEYS] = {
        [TAG_LOCATION] = "location_path", [TAG_CONTRACT] = "data_contract",    [TAG_NAME] = "tag_name",
        [TAG_PATH] = "virtual_path",      [TAG_DATATYPE] = "datatype",         [TAG_TIMESTAMP_MS] = "timestamp_ms",
        [TAG_TIMESTAMP] = "timestamp",    [TAG_TOPIC] = "topic",               [TAG_UMH_TOPIC] = "umh_topic",
        [TAG_INITIAL] = "_initialMetadata", [TAG_INCOMING] = "_incomingKeys",
    };
    tag_keys *keys = &self->keys;
    for (uint8_t i = 0; i < TAG_KEYS; i++) {
        keys->key[i] = rf_keys_intern(env->keys, &self->arena, (rf_slice){ texts[i], strlen(texts[i]) });
        if (!keys->key[i])
            return rf_raise_nomem(reterr);
        keys->bits |= keys->key[i]->bit;
        uint32_t at = keys->key[i]->hash % TAG_SLOTS;
        while (keys->slots[at])
            at = (at + 1) % TAG_SLOTS;
        keys->slots[at] = (uint8_t)(i + 1);
    }
    return RF_OK;
}

/* The scripts that stand alone; one that is empty is left out. */
static rf_code add_single(tag *self, const rf_conf_script *script, const char *name, const char *file, const char *what,
                          size_t *ret_stage, rf_error *reterr) {
    const rf_stage_spec spec = { .name = name, .metric = name, .kind = "tag_processor", .file = file, .what = what, .form = RF_SCRIPT_BODY,
                                 .dropped = RF_REASONS(RF_REASON_FILTERED), .failed = RF_REASONS_SCRIPT };
    *ret_stage = TAG_NO_STAGE;
    if (script->text.len == 0)
        return RF_OK;
    *ret_stage = self->scripts.list.count;
    return rf_scripts_add(&self->scripts, &spec, script, reterr);
}

static rf_code add_half(tag *self, size_t index, bool then, const rf_conf_script *script, size_t *ret_stage, rf_error *reterr) {
    const char *half = then ? "then" : "if";
    char name[48], metric[48], file[48], what[48];
    (void)snprintf(name, sizeof name, "conditions[%zu].%s", index, half);
    (void)snprintf(metric, sizeof metric, index < NAMED_CONDITIONS ? "%s" : "conditions[16..].%s", index < NAMED_CONDITIONS ? name : half);
    (void)snprintf(file, sizeof file, "condition-%zu-%s.js", index, half);
    (void)snprintf(what, sizeof what, "condition %zu '%s'", index, half);
    const rf_stage_spec spec = { .name = name, .metric = metric, .kind = "tag_processor", .file = file, .what = what,
                                 .form = then ? RF_SCRIPT_BODY : RF_SCRIPT_CONDITION, .dropped = DROPPED_BY_SCRIPT };
    *ret_stage = self->scripts.list.count;
    return rf_scripts_add(&self->scripts, &spec, script, reterr);
}

static rf_code add_conditions(tag *self, rf_error *reterr) {
    tag_condition *conditions = self->conditions.items;
    rf_code code = RF_OK;
    for (size_t i = 0; i < self->conditions.count && !code; i++) {
        code = add_half(self, i, false, &conditions[i].test, &conditions[i].test_stage, reterr);
        if (!code)
            code = add_half(self, i, true, &conditions[i].then, &conditions[i].then_stage, reterr);
    }
    return code;
}

static rf_code add_output(tag *self, rf_error *reterr) {
    static const rf_stage_spec spec = {
        .name = "output", .metric = "output",
        .dropped = RF_REASONS(RF_REASON_MISSING) | RF_REASONS(RF_REASON_TOPIC) | RF_REASONS(RF_REASON_CONVERSION),
        .failed = RF_REASONS(RF_REASON_NOT_JSON),
    };
    self->output_stage = self->scripts.list.count;
    return rf_scripts_add_plain(&self->scripts, &spec, reterr);
}

static rf_code tag_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    tag *self = state;
    assert(self && env);
    rf_arena_init(&self->arena, 512);
    self->time_limit.burst = 5;
    self->time_limit.period_ns = UINT64_C(10000000000);
    rf_code code = rf_scripts_init(&self->scripts, conf, env, self->conditions.count * 2 + 3, reterr);
    if (!code)
        code = intern_keys(self, env, reterr);
    if (!code)
        code = add_single(self, &self->defaults, "defaults", "defaults.js", "defaults", &self->defaults_stage, reterr);
    if (!code)
        code = add_conditions(self, reterr);
    if (!code)
        code = add_single(self, &self->advanced, "advancedProcessing", "advanced.js", "advanced processing", &self->advanced_stage, reterr);
    if (!code)
        code = add_output(self, reterr);
    return code ? code : rf_scripts_ready(&self->scripts, &self->options, reterr);
}

static void local_free(tag_local *local) {
    if (!local)
        return;
    rf_runner_done(&local->runner);
    rf_topic_cache_free(local->topics);
    rf_vec_done(&local->items);
    rf_vec_done(&local->next);
    rf_vec_done(&local->out);
    rf_buffer_done(&local->scratch);
    rf_free(local);
}

static rf_code tag_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    tag *self = state;
    assert(self && shard && ret_local);
    tag_local *local = rf_alloc_zero(1, sizeof *local);
    if (!local)
        return rf_raise_nomem(reterr);
    rf_code code = rf_runner_init(&local->runner, &self->scripts, shard, reterr);
    if (!code && !(local->topics = rf_topic_cache_new()))
        code = rf_raise_nomem(reterr);
    if (code) {
        local_free(local);
        return code;
    }
    *ret_local = local;
    return RF_OK;
}

/* So many messages pass all stages together: what they are made of stays in the processor's nearest cache, while each stage still has
 * several in a row. */
#define TOGETHER 16u

static rf_code process_all(tag *self, tag_local *local, rf_batch *batch, rf_error *reterr) {
    rf_code code = RF_OK;
    local->out.count = 0;
    for (uint32_t begin = 0; begin < batch->count && !code; begin += TOGETHER) {
        uint32_t end = batch->count - begin > TOGETHER ? begin + TOGETHER : batch->count;
        code = rf_tag_run_stages(self, local, batch, begin, end, reterr);
        if (!code)
            code = rf_tag_make_output(self, local, batch, reterr);
    }
    return code;
}

static rf_code tag_process(void *state, void *local_state, rf_batch *batch, rf_error *reterr) {
    tag *self = state;
    tag_local *local = local_state;
    assert(self && local && batch);
    rf_runner_begin(&local->runner);
    rf_code code = process_all(self, local, batch, reterr);
    if (!code && !rf_batch_replace(batch, local->out.items, (uint32_t)local->out.count))
        code = rf_raise_nomem(reterr);
    rf_runner_end(&local->runner);
    return code;
}

static void tag_detach(void *state, void *local) {
    (void)state;
    local_free(local);
}

static void tag_close(void *state) {
    tag *self = state;
    assert(self);
    rf_scripts_done(&self->scripts);
    rf_arena_done(&self->arena);
}

const rf_processor_kind rf_tag_processor_kind = {
    .name = "tag_processor",
    .summary = "Gives industrial values a place in the unified namespace, by JavaScript.",
    .detail = "Every message passes `defaults`, each of the `conditions` in order, and `advancedProcessing`. What leaves has the "
              "payload `{\"timestamp_ms\": …, \"value\": …}` and the metadata `topic` and `umh_topic`, built from `location_path`, "
              "`data_contract`, `virtual_path` (optional) and `tag_name`. A script gets `msg` with `payload` and `meta` and returns "
              "it, an array of messages, or nothing to drop it.",
    .example = "input:\n"
               "  generate:\n"
               "    interval: 1s\n"
               "    mapping: 'root = {\"value\": 21.5}'\n"
               "pipeline:\n"
               "  processors:\n"
               "    - tag_processor:\n"
               "        defaults: |\n"
               "          msg.meta.location_path = \"acme.berlin\";\n"
               "          msg.meta.data_contract = \"_raw\";\n"
               "          msg.meta.tag_name = \"temperature\";\n"
               "          return msg;\n"
               "        conditions:\n"
               "          - if: msg.payload.value > 20\n"
               "            then: |\n"
               "              msg.meta.virtual_path = \"warm\";\n"
               "              return msg;\n"
               "        advancedProcessing: |\n"
               "          msg.payload = msg.payload.value;\n"
               "          return msg;\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = tag_fields,
    .state_size = sizeof(tag),
    .open = tag_open,
    .attach = tag_attach,
    .process = tag_process,
    .detach = tag_detach,
    .close = tag_close,
};
