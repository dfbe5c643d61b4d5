/* mapping: a mapping changes every message; as `mapping` (also called `bloblang`) into a new payload, as `mutation` in place. */
#include "base/clock.h"
#include "base/slice.h"
#include "message/mapping.h"
#include "stream/component.h"

#include <assert.h>
#include <inttypes.h>

typedef struct mapping {
    rf_conf_script text;
    const rf_env *env;
    rf_mapping *compiled;
    rf_mapping_state *memory;
    rf_log_limit complaints;
} mapping;

#define BODY(doc) { "", RF_FIELD_SCRIPT, offsetof(mapping, text), NULL, RF_FIELD_REQUIRED | RF_FIELD_BODY, (doc), NULL, NULL, 0, 0, 0 }

static const rf_field mapping_fields[] = {
    BODY("The mapping (docs/mapping.md)."),
    { 0 },
};

static rf_code mapping_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    mapping *self = state;
    rf_error error = { 0 };
    assert(self && env);
    self->env = env;
    self->complaints = (rf_log_limit){ .burst = 10, .period_ns = RF_NS_PER_S };
    rf_code code = rf_mapping_compile(self->text.text, rf_conf_locate, self->text.node, &self->compiled, &error);
    if (code == RF_ECONFIG)
        return rf_conf_report(conf, &error);
    if (!code)
        self->memory = rf_mapping_state_new(self->compiled);
    return code || !self->memory ? rf_raise_nomem(reterr) : RF_OK;
}

static void tell(mapping *self, const char *why) {
    const rf_log_origin origin = { self->env->label, self->env->path };
    char count[16];
    uint32_t suppressed = 0;
    if (!rf_log_limit_pass(&self->complaints, &suppressed))
        return;
    (void)snprintf(count, sizeof count, "%" PRIu32, suppressed);
    const rf_log_field field = { "suppressed", rf_slice_of(count) };
    rf_log_write_fields(self->env->log, RF_LOG_ERROR, &origin, rf_slice_of(why), &field, suppressed > 0);
}

/* A message whose mapping fails goes on as it came, marked; *ret_gone: the mapping said deleted(). */
static rf_code change(mapping *self, bool mutates, rf_batch *batch, uint32_t index, bool *ret_gone, rf_error *reterr) {
    rf_message *message = &batch->messages[index], copy;
    rf_error error = { 0 };
    rf_message_share(message, &copy);
    const rf_mapping_turn turn = { &copy, index };
    rf_code code = rf_mapping_change(self->compiled, self->memory, mutates, batch, &turn, ret_gone, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (!code) {
        *message = copy;
        return RF_OK;
    }
    *ret_gone = false;
    rf_message_fail(batch, message, "%s", error.message);
    tell(self, error.message);
    return RF_OK;
}

static void remove_marked(rf_batch *batch, const char *mark) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        const rf_value *payload = &batch->messages[i].payload;
        if (payload->kind != RF_OPAQUE || payload->text != mark)
            batch->messages[kept++] = batch->messages[i];
    }
    batch->count = kept;
}

static rf_code process(mapping *self, bool mutates, rf_batch *batch, rf_error *reterr) {
    static const char gone_mark[] = "deleted"; /* known by its address */
    bool some_gone = false;
    assert(self->memory);
    for (uint32_t i = 0; i < batch->count; i++) {
        bool gone = false;
        rf_code code = change(self, mutates, batch, i, &gone, reterr);
        if (code)
            return code;
        if (gone)
            batch->messages[i].payload = (rf_value){ .kind = RF_OPAQUE, .text = gone_mark };
        some_gone = some_gone || gone;
    }
    if (some_gone) /* only now: mappings may ask how many there are */
        remove_marked(batch, gone_mark);
    return RF_OK;
}

static rf_code mapping_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)local;
    return process(state, false, batch, reterr);
}

static rf_code mutation_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)local;
    return process(state, true, batch, reterr);
}

static void mapping_close(void *state) {
    mapping *self = state;
    rf_mapping_state_free(self->memory);
    rf_mapping_free(self->compiled);
}

#define EXAMPLE(name, text)                                                              \
    "input:\n"                                                                           \
    "  generate: {mapping: 'root = {\"value\": counter(), \"line\": \"a\"}', interval: 100ms, count: 3}\n" \
    "pipeline:\n"                                                                        \
    "  processors:\n"                                                                    \
    "    - " name ": |\n" text                                                           \
    "output:\n"                                                                          \
    "  stdout: {}\n"

#define MAPPING_DETAIL                                                                                            \
    "`this` is the payload that came in, `root` the one that goes on; metadata is set by `meta name = …`. Without a " \
    "statement about `root` the payload stays; `root = deleted()` drops the message. A message whose mapping fails goes on " \
    "as it came, marked as failed (`catch` handles those), and the log says why."

const rf_processor_kind rf_mapping_kind = {
    .name = "mapping",
    .summary = "Makes a new payload out of each message by a mapping.",
    .detail = MAPPING_DETAIL,
    .example = EXAMPLE("mapping", "        root = this\n        root.double = this.value * 2\n        meta line = this.line.uppercase()\n"),
    .fields = mapping_fields,
    .state_size = sizeof(mapping),
    .open = mapping_open,
    .process = mapping_process,
    .close = mapping_close,
};

const rf_processor_kind rf_bloblang_kind = {
    .name = "bloblang",
    .summary = "Another name of `mapping`.",
    .detail = MAPPING_DETAIL,
    .example = EXAMPLE("bloblang", "        root.double = this.value * 2\n"),
    .fields = mapping_fields,
    .state_size = sizeof(mapping),
    .open = mapping_open,
    .process = mapping_process,
    .close = mapping_close,
};

const rf_processor_kind rf_mutation_kind = {
    .name = "mutation",
    .summary = "Changes the payload of each message in place by a mapping.",
    .detail = "As `mapping`, but `root` begins as the payload that came in, and `this` is the payload as it is by then: "
              "`root.a = deleted()` takes one field away and leaves the others.",
    .example = EXAMPLE("mutation", "        root.double = this.value * 2\n        root.line = deleted()\n"),
    .fields = mapping_fields,
    .state_size = sizeof(mapping),
    .open = mapping_open,
    .process = mutation_process,
    .close = mapping_close,
};
