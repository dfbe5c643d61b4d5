/* drop_on: an output that may lose messages rather than wait. */
#include "base/clock.h"
#include "base/regex.h"
#include "base/slice.h"
#include "stream/child.h"


#define PATTERNS_MAX 64u

typedef struct drop_on {
    bool error;
    rf_strings error_patterns;
    uint64_t back_pressure_ns;
    rf_component *output;

    rf_regex *patterns[PATTERNS_MAX];
    size_t pattern_count;
    const rf_env *env;
    rf_log_limit complaints;
} drop_on;

static const rf_field drop_on_fields[] = {
    { "output", RF_FIELD_OUTPUT, offsetof(drop_on, output), NULL, RF_FIELD_REQUIRED, "The output.", NULL, NULL, 0, 0, 0 },
    { "error", RF_FIELD_BOOL, offsetof(drop_on, error), "false", 0, "Drops what the output refuses, or fails to write.", NULL, NULL, 0, 0, 0 },
    { "error_patterns", RF_FIELD_STRINGS, offsetof(drop_on, error_patterns), "[]", 0, "Drops what fails with an error that one of these regular expressions finds.", NULL, NULL, 0, 0, 0 },
    { "back_pressure", RF_FIELD_DURATION, offsetof(drop_on, back_pressure_ns), "\"\"", 0,
      "Drops what the output does not take within this time, while it is not there or its reader is slow; empty: it is waited for.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code report(const rf_conf *conf, const char *name, rf_error *error) {
    const rf_conf *node = rf_conf_child(conf, name);
    return rf_conf_report(node ? node : conf, error);
}

static rf_code drop_on_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    drop_on *self = state;
    rf_error error = { 0 };
    self->env = env;
    self->complaints = (rf_log_limit){ .burst = 3, .period_ns = 30 * RF_NS_PER_S };
    for (size_t i = 0; i < self->error_patterns.count; i++) {
        if (i == PATTERNS_MAX)
            return rf_raise(&error, RF_ECONFIG, "there are more than %u patterns", PATTERNS_MAX), report(conf, "error_patterns", &error);
        rf_code code = rf_regex_compile(self->error_patterns.items[i], &self->patterns[i], &error);
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        if (code) {
            error.place.line = 0;
            return report(conf, "error_patterns", &error);
        }
        self->pattern_count++;
    }
    return RF_OK;
}

/* One drop, at a limited rate. */
static void tell(drop_on *self, const char *due_to, rf_slice why) {
    rf_log_write_limited(self->env->log, RF_LOG_WARN, &self->env->origin, &self->complaints, "Message dropped due to%s %.*s", due_to,
                         (int)(why.len < 250 ? why.len : 250), why.data);
}

/* Whether the user would rather lose the message; then it is told of. */
static bool is_dropped(drop_on *self, rf_slice why) {
    char due_to[48] = ":";
    bool found = self->error;
    for (size_t i = 0; i < self->pattern_count && !found; i++) {
        found = rf_regex_matches(self->patterns[i], why);
        if (found)
            (void)snprintf(due_to, sizeof due_to, " error matching pattern %zu:", i);
    }
    if (found)
        tell(self, due_to, why);
    return found;
}

/* Messages that the output refused: dropped, or still refused. */
static void judge(drop_on *self, rf_batch *batch) {
    for (uint32_t i = 0; i < batch->count && batch->refused_count; i++) {
        rf_slice why = rf_batch_refusal(batch, i);
        if (why.data && is_dropped(self, why))
            rf_batch_accept(batch, i);
    }
}

static rf_code drop_on_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    drop_on *self = state;
    rf_error error = { 0 };
    bool drops_errors = self->error || self->pattern_count > 0;
    uint64_t until_ns = self->back_pressure_ns ? rf_clock_mono_ns() + self->back_pressure_ns
                        : drops_errors         ? RF_CHILD_AT_ONCE
                                               : RF_CHILD_FOREVER;
    rf_code code = rf_child_write(self->output, batch, until_ns, ret_unwritten, &error);
    if (!code) {
        judge(self, batch);
        return RF_OK;
    }
    const bool in_time = !self->back_pressure_ns || rf_clock_mono_ns() < until_ns;
    bool drops = code != RF_ENOMEM && !rf_child_given_up(self->env);
    for (uint32_t i = 0; i < batch->count && drops; i++) {
        if (in_time)
            drops = is_dropped(self, rf_slice_of(error.message));
        else
            tell(self, "", RF_SLICE("back pressure."));
    }
    if (!drops) {
        if (reterr)
            *reterr = error;
        return code;
    }
    rf_batch_clear_refusals(batch);
    *ret_unwritten = 0;
    return RF_OK;
}

static void drop_on_close(void *state) {
    drop_on *self = state;
    for (size_t i = 0; i < self->pattern_count; i++)
        rf_regex_free(self->patterns[i]);
}

const rf_output_kind rf_drop_on_kind = {
    .name = "drop_on",
    .summary = "Writes to an output, and drops messages that it does not take.",
    .detail = "What is dropped counts as delivered, and is logged. An output that a call of the system blocks cannot be left in the middle of it: "
              "`back_pressure` is then noticed when it returns.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "output:\n"
               "  drop_on:\n"
               "    error: true\n"
               "    output:\n"
               "      stdout: {}\n",
    .fields = drop_on_fields,
    .state_size = sizeof(drop_on),
    .open = drop_on_open,
    .write = drop_on_write,
    .close = drop_on_close,
};
