/* crash: the first message ends the run. */
#include "base/slice.h"
#include "message/dynamic.h"
#include "stream/component.h"

typedef struct crash {
    rf_dynamic *message;
    const rf_env *env;
} crash;

static const rf_field crash_fields[] = {
    { "", RF_FIELD_DYNAMIC, offsetof(crash, message), NULL, RF_FIELD_REQUIRED | RF_FIELD_BODY, "What the last log record says.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code crash_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    crash *self = state;
    (void)conf, (void)reterr;
    self->env = env;
    return RF_OK;
}

static rf_code crash_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    const crash *self = state;
    rf_error error = { 0 };
    rf_slice text = { 0 };
    (void)local;
    if (batch->count == 0)
        return RF_OK;
    if (self->message && rf_dynamic_text(self->message, batch, 0, &text, &error))
        text = rf_slice_of(error.message);
    rf_log_write(self->env->log, RF_LOG_FATAL, &self->env->origin, "%.*s", RF_SLICE_ARG(text));
    (void)rf_raise(&error, RF_ESCRIPT, "the processor crash ended the run: %.*s", text.len < 300 ? (int)text.len : 300,
                   text.data ? text.data : "");
    if (!self->env->ending || !self->env->ending->fail)
        return rf_raise(reterr, RF_ESCRIPT, "%s", error.message);
    self->env->ending->fail(self->env->ending->arg, &error); /* nothing of the batch is delivered any more */
    return RF_OK;
}

const rf_processor_kind rf_crash_kind = {
    .name = "crash",
    .summary = "Ends the run when a message comes.",
    .detail = "At once: what was not delivered by then is not, and is read again by the next run, where the input keeps it. The program ends with status 1. For messages that "
              "must not be: within a `switch`, or a `catch`.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - switch:\n"
               "        - check: this.value > 100\n"
               "          processors:\n"
               "            - crash: \"value ${! json(\\\"value\\\") } must not be\"\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = crash_fields,
    .state_size = sizeof(crash),
    .open = crash_open,
    .process = crash_process,
};
