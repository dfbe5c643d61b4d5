/* switch: each message to the output of the first case that it meets. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "message/dynamic.h"
#include "stream/child.h"


typedef struct switch_case {
    rf_query *check; /* NULL: every message */
    rf_component *output;
    bool goes_on;
} switch_case;

typedef struct switch_output {
    bool retry_until_success, strict_mode;
    rf_list cases;

    const rf_env *env;
    uint32_t *bits; /* of `written_to`, one a case */
    uint8_t *marks; /* of the batch being written, one a message: as below */
    uint32_t cap;
    rf_arena arena;
    bool open;
    rf_part part;
    rf_log_limit complaints;
} switch_output;

enum { MET = 1, DONE = 2, CHOSEN = 4 };

static const rf_field case_fields[] = {
    { "check", RF_FIELD_QUERY, offsetof(switch_case, check), "\"\"", 0, "Whether a message is for this case, such as `this.value > 10`; empty: every one.", NULL, NULL, 0, 0, 0 },
    { "output", RF_FIELD_OUTPUT, offsetof(switch_case, output), NULL, RF_FIELD_REQUIRED, "Where it goes.", NULL, NULL, 0, 0, 0 },
    { "continue", RF_FIELD_BOOL, offsetof(switch_case, goes_on), "false", 0, "Whether a message that meets this case is tested by those behind it, too.", NULL, NULL, 0, 0, 0 },
    { 0 },
};
static const rf_field switch_fields[] = {
    { "cases", RF_FIELD_OBJECTS, offsetof(switch_output, cases), NULL, RF_FIELD_REQUIRED, "The cases, tested in order; two at least.", NULL, case_fields, sizeof(switch_case), 0, 0 },
    { "strict_mode", RF_FIELD_BOOL, offsetof(switch_output, strict_mode), "false", 0, "Refuses a message that meets no case; else it is dropped.", NULL, NULL, 0, 0, 0 },
    { "retry_until_success", RF_FIELD_BOOL, offsetof(switch_output, retry_until_success), "false", RF_FIELD_ADVANCED, "Tries again what an output refuses, also when who sent it waits for an answer (`http_server`) and would rather hear of it.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static switch_case *case_of(const switch_output *self, size_t k) { return (switch_case *)self->cases.items + k; }

static rf_code switch_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    switch_output *self = state;
    self->env = env;
    self->open = true;
    self->complaints = (rf_log_limit){ .burst = 5, .period_ns = 10 * RF_NS_PER_S };
    rf_arena_init(&self->arena, 256);
    if (self->cases.count < 2) {
        rf_error error = { 0 };
        (void)rf_raise(&error, RF_ECONFIG, "attempting to create switch with fewer than 2 cases");
        return rf_conf_report(conf, &error);
    }
    self->bits = rf_arena_zero(&self->arena, self->cases.count, sizeof *self->bits);
    if (!self->bits)
        return rf_raise_nomem(reterr);
    bool several = false;
    for (size_t k = 0; k < self->cases.count; k++)
        several |= case_of(self, k)->goes_on;
    for (size_t k = 0; several && k < self->cases.count; k++) /* what one case took is not given to it again when another refuses it */
        self->bits[k] = rf_child_bit(case_of(self, k)->output);
    return RF_OK;
}

static void tell(switch_output *self, const char *what, const char *why) {
    rf_log_write_limited(self->env->log, RF_LOG_ERROR, &self->env->origin, &self->complaints, "%s%s", what, why);
}

static bool make_room(switch_output *self, uint32_t count) {
    if (count > self->cap) {
        uint8_t *marks = rf_realloc(self->marks, count);
        if (!marks)
            return false;
        self->marks = marks;
        self->cap = count;
    }
    memset(self->marks, 0, count);
    return true;
}

/* A check that fails is one that is not met. */
static rf_code test(switch_output *self, size_t k, rf_batch *batch, uint32_t i, bool *ret_met, rf_error *reterr) {
    char what[60];
    rf_error error = { 0 };
    bool met = true;
    const switch_case *c = case_of(self, k);
    rf_code code = c->check ? rf_query_test(c->check, batch, i, &met, &error) : RF_OK;
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code) {
        (void)snprintf(what, sizeof what, "Failed to test case %zu: ", k);
        tell(self, what, error.message);
    }
    *ret_met = !code && met;
    return RF_OK;
}

static rf_code choose(switch_output *self, size_t k, rf_batch *batch, rf_error *reterr) {
    for (uint32_t i = 0; i < batch->count; i++) {
        bool met = false;
        self->marks[i] &= (uint8_t)~CHOSEN;
        rf_code code = self->marks[i] & DONE ? RF_OK : test(self, k, batch, i, &met, reterr);
        if (code)
            return code;
        if (met)
            self->marks[i] |= (uint8_t)(MET | (case_of(self, k)->goes_on ? 0 : DONE));
        if (met && !(self->bits[k] && (batch->messages[i].written_to & self->bits[k])))
            self->marks[i] |= CHOSEN;
    }
    bool fits = rf_part_begin(&self->part, batch) != NULL; /* the tests needed the batch's memory: from here on the part has it */
    for (uint32_t i = 0; fits && i < batch->count; i++)
        if (self->marks[i] & CHOSEN)
            fits = rf_part_add(&self->part, i);
    if (!fits && self->part.whole)
        rf_part_end(&self->part);
    return fits ? RF_OK : rf_raise_nomem(reterr);
}

static void note_taken(switch_output *self, size_t k, rf_batch *batch) {
    const rf_batch *part = self->part.batch;
    for (uint32_t i = 0; self->bits[k] && i < part->count; i++)
        if (!part->refused_count || !rf_batch_refusal(part, i).data)
            batch->messages[part->messages[i].origin - 1].written_to |= self->bits[k];
}

/* Messages that met nothing, and what is done. */
static bool settle(switch_output *self, rf_batch *batch) {
    static const char *const
        unmet = "Message failed to match against at least one output check with strict mode enabled, it will be nacked and/or re-processed";
    uint32_t all = 0;
    bool fits = true;
    for (size_t k = 0; k < self->cases.count; k++)
        all |= self->bits[k];
    for (uint32_t i = 0; fits && i < batch->count; i++) {
        if (!(self->marks[i] & MET) && self->strict_mode) {
            tell(self, unmet, "");
            fits = rf_batch_refuse(batch, i, "%s", unmet);
        } else if (!rf_batch_refusal(batch, i).data)
            batch->messages[i].written_to &= ~all;
    }
    return fits;
}

static rf_code write_case(switch_output *self, size_t k, rf_batch *batch, uint32_t *unwritten, rf_error *reterr) {
    rf_error error = { 0 };
    rf_code code = rf_child_pass(case_of(self, k)->output, &self->part, RF_CHILD_FOREVER, unwritten, &error);
    if (code && self->retry_until_success && (error.flags & RF_ERROR_RETRIABLE) && !rf_child_given_up(self->env))
        return rf_child_refuse_part(&self->part, batch, error.message) ? RF_OK : rf_raise_nomem(reterr);
    if (!code)
        note_taken(self, k, batch);
    else if (reterr)
        *reterr = error;
    return code;
}

static rf_code switch_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    switch_output *self = state;
    uint32_t unwritten = 0;
    if (!make_room(self, batch->count))
        return rf_raise_nomem(reterr);
    for (size_t k = 0; k < self->cases.count; k++) {
        rf_code code = choose(self, k, batch, reterr);
        if (!code)
            code = write_case(self, k, batch, &unwritten, reterr);
        if (code)
            return code;
    }
    if (self->retry_until_success) /* a message that meets no case is not one of them: it is refused by the rule */
        rf_batch_insist(batch);
    if (!settle(self, batch))
        return rf_raise_nomem(reterr);
    *ret_unwritten = unwritten;
    return RF_OK;
}

static void switch_close(void *state) {
    switch_output *self = state;
    if (!self->open)
        return;
    rf_part_done(&self->part);
    rf_free(self->marks);
    rf_arena_done(&self->arena);
}

const rf_output_kind rf_switch_output_kind = {
    .name = "switch",
    .summary = "Writes each message to the output of the first case that it meets.",
    .detail = "Messages of one batch that go to the same output stay together, in order. A check that fails is logged and not met. A message that meets no "
              "case is dropped; `strict_mode` refuses it instead.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "output:\n"
               "  switch:\n"
               "    cases:\n"
               "      - check: this.value > 2\n"
               "        output:\n"
               "          file: {path: ./out/large.jsonl}\n"
               "      - output:\n"
               "          stdout: {}\n",
    .fields = switch_fields,
    .state_size = sizeof(switch_output),
    .open = switch_open,
    .write = switch_write,
    .close = switch_close,
};
