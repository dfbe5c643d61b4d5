/* while: processors again and again, as long as a condition is met. */
#include "base/alloc.h"
#include "base/slice.h"
#include "components/processors/nested.h"
#include "message/dynamic.h"

typedef struct while_processor {
    rf_nested nested;
    bool at_least_once;
    int64_t max_loops;
    rf_query *check;
    const rf_env *env;
} while_processor;

static const rf_field while_fields[] = {
    { "check", RF_FIELD_QUERY, offsetof(while_processor, check), "\"\"", 0, "Whether there is another round, such as `this.pages > 0`; empty: always.", NULL, NULL, 0, 0, 0 },
    { "processors", RF_FIELD_PROCESSORS, offsetof(while_processor, nested.list), NULL, RF_FIELD_REQUIRED, "What a round does.", NULL, NULL, 0, 0, 0 },
    { "at_least_once", RF_FIELD_BOOL, offsetof(while_processor, at_least_once), "false", 0, "Whether the first round is not asked for.", NULL, NULL, 0, 0, 0 },
    { "max_loops", RF_FIELD_INT, offsetof(while_processor, max_loops), "0", 0, "Rounds at the most; 0: no bound.", NULL, NULL, 0, 0, INT64_MAX },
    { 0 },
};

static rf_code while_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    while_processor *self = state;
    (void)reterr;
    self->env = env;
    if (self->check || self->max_loops > 0)
        return RF_OK;
    rf_error error = { 0 };
    (void)rf_raise(&error, RF_ECONFIG, "while would go on for ever");
    rf_error_hint(&error, "give it a `check`, or `max_loops`");
    return rf_conf_report(conf, &error);
}

/* A check that fails ends the rounds and marks the messages. */
static rf_code goes_on(const while_processor *self, rf_batch *part, int64_t rounds, bool *ret_on, rf_error *reterr) {
    bool stops = (self->env->giving_up && atomic_load(self->env->giving_up)) || part->count == 0 ||
                 (self->max_loops > 0 && rounds >= self->max_loops);
    rf_error error = { 0 };
    *ret_on = !stops;
    if (stops || !self->check || (rounds == 0 && self->at_least_once))
        return RF_OK;
    rf_code code = rf_query_test(self->check, part, 0, ret_on, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (!code)
        return RF_OK;
    *ret_on = false;
    for (uint32_t i = 0; i < part->count; i++)
        rf_message_fail(part, &part->messages[i], "%s", error.message);
    return RF_OK;
}

static rf_code run_one(const while_processor *self, rf_rounds *local, rf_batch *batch, uint32_t index, rf_error *reterr) {
    rf_batch *part = rf_part_begin(&local->part, batch);
    if (!part)
        return rf_raise_nomem(reterr);
    rf_code code = rf_part_add(&local->part, index) ? RF_OK : rf_raise_nomem(reterr);
    bool on = true;
    bool had_failed = !code && part->messages[0].error.data;
    for (int64_t rounds = 0; !code && on; rounds++) {
        if (part->count > 0 && part->messages[0].error.data && !had_failed)
            break; /* a round that fails would do so for ever */
        code = goes_on(self, part, rounds, &on, reterr);
        if (!code && on)
            rf_steps_run(local->steps, part);
    }
    if (!code && !rf_gather_part(&local->results, &local->part))
        code = rf_raise_nomem(reterr);
    rf_part_end(&local->part);
    return code;
}

static rf_code while_process(void *state, void *of_thread, rf_batch *batch, rf_error *reterr) {
    rf_rounds *local = of_thread;
    rf_code code = RF_OK;
    rf_gather_clear(&local->results);
    for (uint32_t i = 0; i < batch->count && !code; i++)
        code = run_one(state, local, batch, i, reterr);
    return code || rf_gather_finish(&local->results, batch) ? code : rf_raise_nomem(reterr);
}

const rf_processor_kind rf_while_kind = {
    .name = "while",
    .summary = "Runs processors again and again, as long as a condition is met.",
    .detail = "Each message by itself. When the processors make several messages of it, the first one is asked. A message that a processor fails on has no further round.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - while:\n"
               "        check: this.value < 100\n"
               "        processors:\n"
               "          - nodered_js: {code: \"msg.payload.value *= 2; return msg;\"}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = while_fields,
    .state_size = sizeof(while_processor),
    .open = while_open,
    .attach = rf_rounds_attach,
    .process = while_process,
    .detach = rf_rounds_detach,
};
