/* switch: the processors of the first case that a message meets. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "components/processors/choice.h"
#include "message/dynamic.h"

typedef struct switch_case {
    rf_query *check; /* NULL: every message */
    rf_components processors;
    bool falls_through;
} switch_case;

typedef struct switch_processor {
    rf_list cases;
    const rf_env *env;
    rf_log_limit complaints;
} switch_processor;

/* What one thread needs. */
typedef struct switch_local {
    rf_choice choice; /* targets: 1 + the case; 0: none */
    rf_gather results;
} switch_local;

static const rf_field case_fields[] = {
    { "check", RF_FIELD_QUERY, offsetof(switch_case, check), "\"\"", 0, "Whether a message is for this case, such as `this.value > 10`; empty: every one.", NULL, NULL, 0, 0, 0 },
    { "processors", RF_FIELD_PROCESSORS, offsetof(switch_case, processors), NULL, 0, "What is done with it.", NULL, NULL, 0, 0, 0 },
    { "fallthrough", RF_FIELD_BOOL, offsetof(switch_case, falls_through), "false", 0, "Whether the processors of the next case follow, without its check.", NULL, NULL, 0, 0, 0 },
    { 0 },
};
static const rf_field switch_fields[] = {
    { "", RF_FIELD_OBJECTS, offsetof(switch_processor, cases), NULL, RF_FIELD_REQUIRED | RF_FIELD_BODY, "The cases, tested in order.", NULL, case_fields, sizeof(switch_case), 0, 0 },
    { 0 },
};

static const switch_case *case_of(const switch_processor *self, size_t k) { return (const switch_case *)self->cases.items + k; }

static rf_code switch_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    switch_processor *self = state;
    (void)conf, (void)reterr;
    self->env = env;
    self->complaints = (rf_log_limit){ .burst = 10, .period_ns = RF_NS_PER_S };
    return RF_OK;
}

static void switch_detach(void *state, void *of_thread) {
    switch_local *local = of_thread;
    (void)state;
    if (!local)
        return;
    rf_choice_detach(&local->choice);
    rf_gather_done(&local->results);
    rf_free(local);
}

static rf_code switch_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    const switch_processor *self = state;
    switch_local *local = rf_alloc_zero(1, sizeof *local);
    if (!local)
        return rf_raise_nomem(reterr);
    rf_code code = rf_choice_attach(&local->choice, &self->cases, sizeof(switch_case), offsetof(switch_case, processors), shard, reterr);
    if (code)
        switch_detach(state, local);
    else
        *ret_local = local;
    return code;
}

static void tell(switch_processor *self, size_t k, const char *why) {
    rf_log_write_limited(self->env->log, RF_LOG_ERROR, &self->env->origin, &self->complaints, "Failed to test case %zu: %s", k, why);
}

/* A check that fails marks the message, and no case is for it. */
static rf_code find_case(switch_processor *self, rf_batch *batch, uint32_t i, uint32_t *ret_target, rf_error *reterr) {
    *ret_target = 0;
    for (size_t k = 0; k < self->cases.count; k++) {
        rf_error error = { 0 };
        bool met = true;
        const switch_case *c = case_of(self, k);
        rf_code code = c->check ? rf_query_test(c->check, batch, i, &met, &error) : RF_OK;
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        if (code) {
            tell(self, k, error.message);
            rf_message_fail(batch, &batch->messages[i], "%s", error.message);
            return RF_OK;
        }
        if (met) {
            *ret_target = (uint32_t)k + 1;
            return RF_OK;
        }
    }
    return RF_OK;
}

static rf_code find_cases(switch_processor *self, switch_local *local, rf_batch *batch, rf_error *reterr) {
    rf_code code = rf_choice_room(&local->choice, batch->count, reterr);
    for (uint32_t i = 0; i < batch->count && !code; i++)
        code = find_case(self, batch, i, &local->choice.targets[i], reterr);
    return code;
}

/* All messages of a case together. */
static bool run_case(const switch_processor *self, switch_local *local, rf_batch *batch, size_t k) {
    rf_part *part = &local->choice.part;
    bool fits = rf_choice_begin(&local->choice, batch, (uint32_t)k + 1, 0, batch->count);
    if (fits && part->batch->count > 0) {
        rf_steps_run(local->choice.steps[k], part->batch);
        for (; case_of(self, k)->falls_through && k + 1 < self->cases.count; k++)
            rf_steps_run(local->choice.steps[k + 1], part->batch);
    }
    fits = fits && rf_gather_part(&local->results, part);
    if (part->whole)
        rf_part_end(part);
    return fits;
}

static rf_code switch_process(void *state, void *of_thread, rf_batch *batch, rf_error *reterr) {
    switch_processor *self = state;
    switch_local *local = of_thread;
    rf_code code = find_cases(self, local, batch, reterr);
    if (code)
        return code;
    bool fits = true;
    rf_gather_clear(&local->results);
    for (size_t k = 0; fits && k < self->cases.count; k++)
        fits = run_case(self, local, batch, k);
    for (uint32_t i = 0; fits && i < batch->count; i++)
        if (local->choice.targets[i] == 0)
            fits = rf_gather_keep(&local->results, batch, i);
    return fits && rf_gather_finish(&local->results, batch) ? RF_OK : rf_raise_nomem(reterr);
}

const rf_processor_kind rf_switch_kind = {
    .name = "switch",
    .summary = "Runs the processors of the first case that a message meets.",
    .detail = "A message that meets no case goes on as it is. One whose check fails is marked as failed, and no case is for it. The order of the messages stays.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - switch:\n"
               "        - check: this.value > 1\n"
               "          processors:\n"
               "            - nodered_js: {code: \"msg.payload.large = true; return msg;\"}\n"
               "        - processors:\n"
               "            - nodered_js: {code: \"msg.payload.large = false; return msg;\"}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = switch_fields,
    .state_size = sizeof(switch_processor),
    .open = switch_open,
    .attach = switch_attach,
    .process = switch_process,
    .detach = switch_detach,
};
