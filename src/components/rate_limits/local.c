/* local: so many turns in each interval, within this process. */
#include "base/clock.h"
#include "base/thread.h"
#include "stream/cache.h"

typedef struct local_limit {
    int64_t count;
    uint64_t interval_ns;

    bool ready;
    rf_mutex lock;
    int64_t left;      /* turns in this interval */
    uint64_t ends_ns;  /* of this interval */
} local_limit;

static const rf_field local_fields[] = {
    { "count", RF_FIELD_INT, offsetof(local_limit, count), "1000", 0, "Turns in each interval.", NULL, NULL, 0, 1, INT64_MAX },
    { "interval", RF_FIELD_DURATION, offsetof(local_limit, interval_ns), "1s", 0, "How long an interval is. It begins with its first turn.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code local_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    local_limit *self = state;
    rf_error error = { 0 };
    (void)env, (void)reterr;
    if (self->interval_ns == 0) {
        (void)rf_raise(&error, RF_ECONFIG, "interval must be more than 0s");
        return rf_conf_report(conf, &error);
    }
    rf_mutex_init(&self->lock);
    self->ready = true;
    return RF_OK;
}

static rf_code local_access(void *state, uint64_t *ret_wait_ns, rf_error *reterr) {
    local_limit *self = state;
    uint64_t now = rf_clock_mono_ns();
    (void)reterr;
    rf_mutex_lock(&self->lock);
    if (now >= self->ends_ns) {
        self->left = self->count;
        self->ends_ns = now + self->interval_ns;
    }
    *ret_wait_ns = self->left > 0 ? 0 : self->ends_ns - now;
    self->left -= self->left > 0;
    rf_mutex_unlock(&self->lock);
    return RF_OK;
}

static void local_close(void *state) {
    local_limit *self = state;
    if (self->ready)
        rf_mutex_done(&self->lock);
}

const rf_rate_limit_kind rf_local_rate_limit_kind = {
    .name = "local",
    .summary = "Lets so many through in each interval, counted within this process.",
    .detail = NULL,
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: \"\", count: 30}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - rate_limit: {resource: slowly}\n"
               "output:\n"
               "  stdout: {}\n"
               "rate_limit_resources:\n"
               "  - label: slowly\n"
               "    local: {count: 10, interval: 100ms}\n",
    .fields = local_fields,
    .state_size = sizeof(local_limit),
    .open = local_open,
    .access = local_access,
    .close = local_close,
};
