/* sleep: holds each message back for a time. */
#include "base/slice.h"
#include "components/backoff.h"
#include "message/dynamic.h"

typedef struct sleep_processor {
    rf_dynamic *duration;
    const rf_env *env;
} sleep_processor;

static const rf_field sleep_fields[] = {
    { "duration", RF_FIELD_DYNAMIC, offsetof(sleep_processor, duration), NULL, RF_FIELD_REQUIRED, "How long, such as `100ms`; it may ask the message.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code sleep_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    sleep_processor *self = state;
    uint64_t ns;
    rf_error error = { 0 };
    (void)reterr;
    self->env = env;
    if (!rf_dynamic_is_fixed(self->duration) || rf_clock_parse_duration(rf_dynamic_fixed(self->duration), &ns))
        return RF_OK;
    const rf_conf *node = rf_conf_child(conf, "duration");
    (void)rf_raise(&error, RF_ECONFIG, "expected duration value, got %.*s", RF_SLICE_ARG(rf_dynamic_fixed(self->duration)));
    rf_error_hint(&error, "a number with its unit, such as 250ms, 5s or 1h30m");
    return rf_conf_report(node ? node : conf, &error);
}

/* A duration that cannot be known fails the message, which goes on at once. */
static rf_code sleep_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    const sleep_processor *self = state;
    (void)local;
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_error error = { 0 };
        rf_slice text = { "", 0 };
        uint64_t ns = 0;
        rf_code code = rf_dynamic_text(self->duration, batch, i, &text, &error);
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        if (code)
            rf_message_fail(batch, &batch->messages[i], "period interpolation error: %s", error.message);
        else if (!rf_clock_parse_duration(text, &ns))
            rf_message_fail(batch, &batch->messages[i], "failed to parse sleep duration: %.*s", RF_SLICE_ARG(text));
        if (ns && !rf_retry_sleep(self->env, ns))
            return RF_OK; /* the run is being given up */
    }
    return RF_OK;
}

const rf_processor_kind rf_sleep_kind = {
    .name = "sleep",
    .summary = "Holds each message back for a time.",
    .detail = "Those behind it wait along. To pass so many messages a second use a rate limit.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: \"\", count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - sleep: {duration: 100ms}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = sleep_fields,
    .state_size = sizeof(sleep_processor),
    .open = sleep_open,
    .process = sleep_process,
    .one_by_one = true,
};
