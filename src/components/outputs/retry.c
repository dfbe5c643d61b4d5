/* retry: an output that is tried again a number of times before it counts as failed. */
#include "base/slice.h"
#include "components/backoff.h"
#include "stream/child.h"


typedef struct retry {
    int64_t max_retries;
    rf_retry_backoff backoff;
    rf_component *output;

    const rf_env *env;
    rf_part part;
    rf_log_limit complaints;
} retry;

static const rf_field backoff_fields[] = { RF_RETRY_BACKOFF_FIELDS("500ms", "3s", "0s") };
static const rf_field retry_fields[] = {
    { "output", RF_FIELD_OUTPUT, offsetof(retry, output), NULL, RF_FIELD_REQUIRED, "The output.", NULL, NULL, 0, 0, 0 },
    { "max_retries", RF_FIELD_INT, offsetof(retry, max_retries), "0", 0, "Attempts after the first; 0: without end.", NULL, NULL, 0, 0, 1000000 },
    { "backoff", RF_FIELD_OBJECT, offsetof(retry, backoff), NULL, 0, "The waits between attempts.", NULL, backoff_fields, 0, 0, 0 },
    { 0 },
};

static rf_code retry_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    retry *self = state;
    (void)conf, (void)reterr;
    self->env = env;
    self->complaints = (rf_log_limit){ .burst = 10, .period_ns = 30 * RF_NS_PER_S };
    return RF_OK;
}

static void tell(retry *self, rf_log_level level, const char *what, rf_slice why) {
    rf_log_write_limited(self->env->log, level, &self->env->origin, &self->complaints, "%s: %.*s", what,
                         (int)(why.len < 250 ? why.len : 250), why.data);
}

static rf_slice first_refusal(const rf_batch *batch) {
    for (uint32_t i = 0; i < batch->count; i++)
        if (rf_batch_refusal(batch, i).data)
            return rf_batch_refusal(batch, i);
    return (rf_slice){ "", 0 };
}

/* Another attempt is no use. */
static bool is_for_good(const rf_batch *batch) {
    bool all = true;
    for (uint32_t i = 0; i < batch->count && all; i++)
        all = !rf_batch_refusal(batch, i).data || rf_batch_is_refused_for_good(batch, i);
    return all;
}

/* What is not written yet: all at first, then what was refused. */
static rf_code attempt(retry *self, rf_batch *batch, bool first, uint32_t *unwritten, rf_error *reterr) {
    bool fits = rf_part_begin(&self->part, batch) != NULL;
    for (uint32_t i = 0; fits && i < batch->count; i++)
        if (first || rf_batch_refusal(batch, i).data) {
            fits = rf_part_add(&self->part, i);
            rf_batch_accept(batch, i);
        }
    if (!fits && self->part.whole)
        rf_part_end(&self->part);
    return fits ? rf_child_pass(self->output, &self->part, RF_CHILD_AT_ONCE, unwritten, reterr) : rf_raise_nomem(reterr);
}

/* Whether there is another attempt, after a wait. */
static bool wait(const retry *self, uint32_t attempts, uint64_t start_ns) {
    uint64_t wait_ns = rf_retry_wait_ns(&self->backoff, attempts), gone_ns = rf_clock_mono_ns() - start_ns;
    if (self->max_retries > 0 && attempts >= (uint64_t)self->max_retries)
        return false;
    if (self->backoff.elapsed_ns && gone_ns + wait_ns > self->backoff.elapsed_ns)
        return false;
    return rf_retry_sleep(self->env, wait_ns);
}

static rf_code retry_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    retry *self = state;
    uint32_t unwritten = 0;
    uint64_t start_ns = rf_clock_mono_ns();
    for (uint32_t attempts = 0;; attempts++) {
        rf_error error = { 0 };
        rf_code code = attempt(self, batch, attempts == 0, &unwritten, &error);
        if (code == RF_ENOMEM || (code && rf_child_given_up(self->env)))
            return rf_raise(reterr, code, "%s", error.message);
        if (code && !rf_child_refuse_part(&self->part, batch, error.message))
            return rf_raise_nomem(reterr);
        if (batch->refused_count == 0)
            break;
        bool again = !is_for_good(batch) && wait(self, attempts, start_ns);
        tell(self, again ? RF_LOG_WARN : RF_LOG_ERROR, "Failed to send message", first_refusal(batch));
        if (!again)
            break;
    }
    *ret_unwritten = unwritten;
    return RF_OK;
}

static void retry_close(void *state) {
    retry *self = state;
    rf_part_done(&self->part);
}

const rf_output_kind rf_retry_output_kind = {
    .name = "retry",
    .summary = "Tries an output again, a number of times.",
    .detail = "What is behind waits meanwhile, so that the order is kept. After the last attempt the message counts as refused.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "output:\n"
               "  retry:\n"
               "    max_retries: 3\n"
               "    backoff: {initial_interval: 100ms}\n"
               "    output:\n"
               "      stdout: {}\n",
    .fields = retry_fields,
    .state_size = sizeof(retry),
    .open = retry_open,
    .write = retry_write,
    .close = retry_close,
};
