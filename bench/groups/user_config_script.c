/* user_config_script.c: single scripts of processors, with the messages that come to them. */
#include "user_config.h"

#include "base/slice.h"
#include "components/processors/payload.h"
#include "components/processors/tag_internal.h"

#include <assert.h>

#define STACK_MAX ((size_t)4 << 20) /* of a script here: what any thread's stack has room for */

/* ---- Which there are ---- */

extern const rf_processor_kind rf_tag_processor_kind, rf_nodered_js_kind; /* as the table of components names them */

static bool is_tag(const rf_component *processor) { return processor->kind == &rf_tag_processor_kind; }
static bool is_nodered(const rf_component *processor) { return processor->kind == &rf_nodered_js_kind; }

size_t rf_user_stage_count(const rf_component *processor) {
    const tag *self = processor->state;
    if (is_tag(processor))
        return (self->defaults_stage != TAG_NO_STAGE) + 2 * self->conditions.count + (self->advanced_stage != TAG_NO_STAGE);
    return is_nodered(processor);
}

const char *rf_user_stage_name(rf_groups *groups, const rf_component *processor, size_t stage) {
    const tag *self = processor->state;
    return rf_strdup_in(&groups->arena, is_tag(processor) ? self->scripts.list.stages[stage].name : "code");
}

/* ---- tag_processor: its own programs, in its own pool ---- */

/* What stands in for the processor while its first stages run. */
typedef struct tag_cut { size_t defaults_stage, advanced_stage, conditions; } tag_cut;

static tag_cut cut_of(const tag *self) { return (tag_cut){ self->defaults_stage, self->advanced_stage, self->conditions.count }; }

static void set_cut(tag *self, const tag_cut *cut) {
    self->defaults_stage = cut->defaults_stage;
    self->advanced_stage = cut->advanced_stage;
    self->conditions.count = cut->conditions;
}

/* The stages before `stage`. */
static tag_cut cut_before(const tag *self, size_t stage) {
    tag_cut cut = cut_of(self);
    if (stage == self->advanced_stage) {
        cut.advanced_stage = TAG_NO_STAGE;
        return cut;
    }
    cut.advanced_stage = TAG_NO_STAGE;
    cut.conditions = 0;
    if (stage == self->defaults_stage) {
        cut.defaults_stage = TAG_NO_STAGE;
        return cut;
    }
    const tag_condition *conditions = self->conditions.items;
    while (cut.conditions < self->conditions.count && conditions[cut.conditions].test_stage != stage &&
           conditions[cut.conditions].then_stage != stage)
        cut.conditions++;
    return cut;
}

/* The payload as scripts see it. False: JSON cannot hold it, so the processor gives up on it too, before it runs anything. */
static rf_code settle(rf_arena *arena, rf_message *message, bool *ret_fits, rf_error *reterr) {
    rf_value *payload = &message->payload;
    rf_code code = payload->kind == RF_RAW ? rf_message_parse(arena, payload, reterr) : rf_payload_settle(arena, payload, reterr);
    *ret_fits = code == RF_OK;
    return code == RF_ENOMEM ? code : RF_OK;
}

/* Texts that are made when they are first read are made now: the entries are shared by all runs. */
static bool resolve(rf_arena *arena, rf_meta *meta) {
    for (uint32_t i = 0; i < meta->count; i++)
        if (!rf_meta_resolve(arena, &meta->entries[i].value))
            return false;
    meta->frozen = true;
    return true;
}

static rf_code add_item(rf_user_script *script, rf_batch *batch, rf_message message, rf_error *reterr) {
    bool fits = false;
    rf_code code = settle(&batch->arena, &message, &fits, reterr);
    if (code || !fits)
        return code;
    message.meta.frozen = true; /* it is run on again and again */
    return resolve(&batch->arena, &message.meta) && rf_vec_push(&script->items, message) ? RF_OK : rf_raise_nomem(reterr);
}

/* `then` is reached by those that `if` is true for. A test that fails lets nothing on. */
static rf_code passes_test(const tag *self, tag_local *local, size_t stage, rf_batch *batch, const tag_item *item, bool *ret_passes,
                           rf_error *reterr) {
    const tag_condition *conditions = self->conditions.items;
    rf_message message = item->message;
    bool fits = false;
    rf_error error;
    *ret_passes = true;
    for (size_t i = 0; i < self->conditions.count; i++) {
        if (conditions[i].then_stage != stage)
            continue;
        message.payload = item->ready ? message.payload : item->exact;
        rf_code code = settle(&batch->arena, &message, &fits, reterr);
        if (code)
            return code;
        *ret_passes = fits;
        code = fits ? rf_runner_test(&local->runner, conditions[i].test_stage, batch, &message, ret_passes, &error) : RF_OK;
        *ret_passes = *ret_passes && !code;
        return code == RF_ENOMEM ? rf_raise_nomem(reterr) : RF_OK;
    }
    return RF_OK;
}

static rf_code take_items(rf_user_script *script, const tag *self, tag_local *local, size_t stage, rf_batch *batch, rf_error *reterr) {
    rf_code code = RF_OK;
    for (size_t i = 0; i < local->items.count && !code; i++) {
        const tag_item *item = &local->items.items[i];
        rf_message message = item->message;
        bool passes = false;
        if (item->failed)
            continue;
        message.payload = item->ready ? message.payload : item->exact;
        code = passes_test(self, local, stage, batch, item, &passes, reterr);
        if (!code && passes)
            code = add_item(script, batch, message, reterr);
    }
    return code;
}

static rf_code tag_reach(rf_user_script *script, tag *self, tag_local *local, size_t stage, rf_error *reterr) {
    const tag_cut whole = cut_of(self), before = cut_before(self, stage);
    rf_code code = RF_OK;
    for (size_t i = 0; i < script->reaching.batches.count && !code; i++) {
        rf_batch *batch = rf_batch_new(script->room.keys);
        if (batch && !rf_vec_push(&script->kept.batches, batch)) {
            rf_batch_free(batch);
            batch = NULL;
        }
        if (!batch || !rf_user_copy(script->reaching.batches.items[i], batch))
            return rf_raise_nomem(reterr);
        rf_runner_begin(&local->runner);
        set_cut(self, &before);
        code = rf_tag_run_stages(self, local, batch, 0, batch->count, reterr);
        set_cut(self, &whole);
        if (!code)
            code = take_items(script, self, local, stage, batch, reterr);
    }
    return code;
}

static rf_code open_tag(rf_user_script *script, size_t processor, size_t stage, rf_error *reterr) {
    tag *self = script->room.config->processors[processor].state;
    tag_local *local = script->room.locals[processor];
    const tag_condition *conditions = self->conditions.items;
    script->pool = local->runner.pool;
    script->index = stage; /* scripts come before the stage without one, in the order in which they run */
    for (size_t i = 0; i < self->conditions.count; i++)
        script->is_test = script->is_test || conditions[i].test_stage == stage;
    return tag_reach(script, self, local, stage, reterr);
}

/* ---- nodered_js: its state is its own, so the script is compiled anew, from the field, under the same limits ---- */

static const rf_field *find_field(const rf_field *fields, const char *name) {
    while (fields->name && strcmp(fields->name, name) != 0)
        fields++;
    assert(fields->name);
    return fields;
}

static rf_code open_pool(rf_user_script *script, const rf_component *component, rf_error *reterr) {
    const rf_processor_kind *kind = component->kind;
    const char *state = component->state;
    const rf_conf_script *code_field = (const rf_conf_script *)(const void *)(state + find_field(kind->fields, "code")->offset);
    rf_script_options options;
    memcpy(&options.cache, state + find_field(kind->fields, "cache")->offset, sizeof options.cache);
    memcpy(&options.limits, state + find_field(kind->fields, "limits")->offset, sizeof options.limits);
    const rf_script_source source = {
        .text = code_field->text, .form = RF_SCRIPT_BODY_LINES, .stage = "code", .file = "nodered-fn.js", .locate = code_field->node ? rf_conf_locate : NULL,
        .map = code_field->node,
    };
    const rf_limits limits = { options.limits.time_ns, options.limits.memory_bytes,
                               options.limits.stack_bytes < STACK_MAX ? options.limits.stack_bytes : STACK_MAX };
    rf_code code = rf_program_compile(&source, &script->own.program, reterr);
    if (!code)
        code = rf_script_cache_new((size_t)options.cache.max_entries, options.cache.max_bytes, &script->own.cache, reterr);
    script->own.host = (rf_script_host){ .cache = script->own.cache };
    const rf_program *const *programs = (const rf_program *const *)&script->own.program;
    if (!code)
        code = rf_pool_new(programs, 1, &limits, &script->own.host, &script->own.pool, reterr);
    script->pool = script->own.pool;
    return code;
}

static rf_code open_nodered(rf_user_script *script, size_t processor, rf_error *reterr) {
    rf_code code = open_pool(script, &script->room.config->processors[processor], reterr);
    for (size_t i = 0; i < script->reaching.batches.count && !code; i++) {
        rf_batch *batch = script->reaching.batches.items[i];
        for (uint32_t k = 0; k < batch->count && !code; k++)
            code = add_item(script, batch, batch->messages[k], reterr);
    }
    return code;
}

/* ---- Either ---- */

rf_code rf_user_script_open(rf_user_script *script, const rf_user_config *user, size_t processor, size_t stage, rf_error *reterr) {
    *script = (rf_user_script){ 0 };
    rf_code code = rf_user_room_open(&script->room, user, reterr);
    if (!code)
        code = rf_user_room_reach(&script->room, user, processor, RF_USER_STAGE_MESSAGES, &script->reaching, reterr);
    if (!code)
        code = rf_user_room_attach(&script->room, processor, reterr);
    if (code)
        return code;
    if (is_tag(&script->room.config->processors[processor]))
        return open_tag(script, processor, stage, reterr);
    return open_nodered(script, processor, reterr);
}

void rf_user_script_done(rf_user_script *script) {
    rf_pool_free(script->own.pool);
    rf_program_free(script->own.program);
    rf_script_cache_free(script->own.cache);
    rf_vec_done(&script->items);
    rf_user_messages_done(&script->kept);
    rf_user_messages_done(&script->reaching);
    rf_user_room_done(&script->room);
}

rf_code rf_user_script_run(rf_user_script *script, rf_message *message, rf_error *reterr) {
    rf_vm *vm = NULL;
    rf_run run;
    bool truth = false;
    rf_code code = rf_pool_borrow(script->pool, &vm, reterr);
    if (code)
        return code;
    if (script->is_test)
        code = rf_vm_test(vm, script->index, script->room.batch, message, &truth, reterr);
    else
        code = rf_vm_run(vm, script->index, script->room.batch, message, &run, reterr);
    rf_keep(truth);
    rf_pool_return(script->pool, vm);
    return code;
}
