/* retry: processors that are tried again when they fail. */
#include "base/alloc.h"
#include "base/slice.h"
#include "components/backoff.h"
#include "components/processors/nested.h"

#include <assert.h>

typedef struct retry {
    rf_nested nested;
    rf_retry_backoff backoff;
    bool parallel;
    int64_t max_retries;
    const rf_env *env;
} retry;

static const rf_field backoff_fields[] = { RF_RETRY_BACKOFF_FIELDS("500ms", "10s", "1m") };
static const rf_field retry_fields[] = {
    { "processors", RF_FIELD_PROCESSORS, offsetof(retry, nested.list), NULL, RF_FIELD_REQUIRED, "The processors, in order.", NULL, NULL, 0, 0, 0 },
    { "max_retries", RF_FIELD_INT, offsetof(retry, max_retries), "0", 0, "Attempts after the first; 0: as many as the time allows.", NULL, NULL, 0, 0, 1000000 },
    { "backoff", RF_FIELD_OBJECT, offsetof(retry, backoff), NULL, 0, "The waits between attempts.", NULL, backoff_fields, 0, 0, 0 },
    { "parallel", RF_FIELD_BOOL, offsetof(retry, parallel), "false", RF_FIELD_ADVANCED, "Accepted for compatibility: batches are worked on by several threads, the messages of one in turn.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code retry_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    retry *self = state;
    (void)reterr;
    self->env = env;
    if (self->max_retries > 0 || self->backoff.elapsed_ns > 0)
        return RF_OK;
    rf_error error = { 0 };
    (void)rf_raise(&error, RF_ECONFIG, "retry would go on for ever");
    rf_error_hint(&error, "give it `max_retries`, or `backoff.max_elapsed_time`");
    return rf_conf_report(conf, &error);
}

static bool has_failed(const rf_batch *part) {
    for (uint32_t i = 0; i < part->count; i++)
        if (part->messages[i].error.data)
            return true;
    return false;
}

/* The message as it came, and how often it was tried. */
static bool begin(rf_part *part, uint32_t index, uint32_t retries, uint64_t waited_ns) {
    rf_batch *batch = part->batch;
    batch->count = 0;
    if (!rf_part_add(part, index))
        return false;
    rf_message *message = &batch->messages[0];
    if (retries == 0)
        return true;
    message->error = (rf_slice){ 0 };
    return rf_batch_set_meta(batch, message, RF_SLICE("retry_count"), rf_int(retries)) &&
           rf_batch_set_meta(batch, message, RF_SLICE("backoff_duration"), rf_int((int64_t)waited_ns));
}

static bool waits(const retry *self, uint32_t retries, uint64_t start_ns, uint64_t *waited_ns) {
    uint64_t wait_ns = rf_retry_wait_ns(&self->backoff, retries), gone_ns = rf_clock_mono_ns() - start_ns;
    if (self->max_retries > 0 && retries >= (uint64_t)self->max_retries)
        return false;
    if (self->backoff.elapsed_ns && gone_ns + wait_ns > self->backoff.elapsed_ns)
        return false;
    *waited_ns = wait_ns;
    return rf_retry_sleep(self->env, wait_ns);
}

static rf_code run_one(const retry *self, rf_rounds *local, rf_batch *batch, uint32_t index, rf_error *reterr) {
    rf_batch *part = rf_part_begin(&local->part, batch);
    if (!part)
        return rf_raise_nomem(reterr);
    uint64_t start_ns = rf_clock_mono_ns(), waited_ns = 0;
    bool fits = true;
    for (uint32_t retries = 0;; retries++) {
        fits = begin(&local->part, index, retries, waited_ns);
        if (fits)
            rf_steps_run(local->steps, part);
        if (!fits || !has_failed(part) || !waits(self, retries, start_ns, &waited_ns))
            break;
    }
    fits = fits && rf_gather_part(&local->results, &local->part);
    rf_part_end(&local->part);
    return fits ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code retry_process(void *state, void *of_thread, rf_batch *batch, rf_error *reterr) {
    rf_rounds *local = of_thread;
    rf_code code = RF_OK;
    rf_gather_clear(&local->results);
    for (uint32_t i = 0; i < batch->count && !code; i++)
        code = run_one(state, local, batch, i, reterr);
    return code || rf_gather_finish(&local->results, batch) ? code : rf_raise_nomem(reterr);
}

const rf_processor_kind rf_retry_kind = {
    .name = "retry",
    .summary = "Tries processors again on a message that they fail on.",
    .detail = "Each attempt begins with the message as it came; from the second on it has the metadata `retry_count` and `backoff_duration` (nanoseconds). "
              "After the last attempt it goes on, marked as failed.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - retry:\n"
               "        max_retries: 2\n"
               "        backoff: {initial_interval: 10ms}\n"
               "        processors:\n"
               "          - nodered_js: {code: \"return msg;\"}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = retry_fields,
    .state_size = sizeof(retry),
    .open = retry_open,
    .attach = rf_rounds_attach,
    .process = retry_process,
    .detach = rf_rounds_detach,
};
