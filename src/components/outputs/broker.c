/* broker: messages to several outputs: to all of them, or to one of them in turn. */
#include "base/slice.h"
#include "stream/child.h"
#include "stream/config.h"
#include "stream/fan.h"

#include <assert.h>

typedef enum pattern { FAN_OUT, FAN_OUT_FAIL_FAST, FAN_OUT_SEQUENTIAL, FAN_OUT_SEQUENTIAL_FAIL_FAST, ROUND_ROBIN, GREEDY } pattern;

static const char *const patterns[] = { "fan_out", "fan_out_fail_fast", "fan_out_sequential", "fan_out_sequential_fail_fast", "round_robin", "greedy", NULL };

#define MEMBERS_MAX 1024u /* copies counted */

typedef struct broker {
    int pattern;
    int64_t copies;
    rf_components outputs;
    rf_batching batching;

    uint32_t *bits;  /* of `written_to`, one a member (a copy is one too); 0: none was left */
    uint32_t members;
    uint32_t next;   /* whose turn it is */
    rf_arena arena;
    bool open;
    rf_part part;
    rf_fan fan;      /* of the patterns that give each message to all at the same time: an arm a member */
    const rf_env *env;
} broker;

static const rf_field broker_fields[] = {
    { "outputs", RF_FIELD_OUTPUTS, offsetof(broker, outputs), NULL, RF_FIELD_REQUIRED, "The outputs.", NULL, NULL, 0, 0, 0 },
    { "pattern", RF_FIELD_ENUM, offsetof(broker, pattern), "fan_out", 0,
      "`fan_out`: each message to all of them, at the same time; `fan_out_sequential`: one after another, and an output gets only what those before it took; `_fail_fast`: what an output fails with is not "
      "waited for, and who sent the message hears of it or sends it again, for that output; `round_robin`: each message to one of them, in turn; `greedy`: to the first that takes it.", patterns, NULL, 0, 0, 0 },
    RF_OUTPUT_BATCHING(broker),
    { "copies", RF_FIELD_INT, offsetof(broker, copies), "1", RF_FIELD_ADVANCED, "How often each output counts.", NULL, NULL, 0, 1, 100 },
    { 0 },
};

static rf_component *member(const broker *self, uint32_t i) { return self->outputs.items[i % self->outputs.count]; }
static bool is_sequential(const broker *self) {
    return self->pattern == FAN_OUT_SEQUENTIAL || self->pattern == FAN_OUT_SEQUENTIAL_FAIL_FAST;
}
static bool fails_fast(const broker *self) { return self->pattern == FAN_OUT_FAIL_FAST || self->pattern == FAN_OUT_SEQUENTIAL_FAIL_FAST; }

static rf_code broker_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    broker *self = state;
    self->env = env;
    self->open = true;
    rf_arena_init(&self->arena, 256);
    if (self->outputs.count == 0 || self->outputs.count > MEMBERS_MAX / (size_t)self->copies) {
        rf_error error = { 0 };
        (void)rf_raise(&error, RF_ECONFIG,
                       self->outputs.count ? "a broker has too many outputs" : "attempting to create broker output type with no outputs");
        return rf_conf_report(conf, &error);
    }
    self->members = (uint32_t)self->outputs.count * (uint32_t)self->copies;
    self->bits = rf_arena_zero(&self->arena, self->members, sizeof *self->bits);
    if (!self->bits)
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < self->members && self->pattern < ROUND_ROBIN; i++)
        self->bits[i] = rf_child_bit(member(self, i));
    const bool at_once = self->pattern == FAN_OUT || self->pattern == FAN_OUT_FAIL_FAST;
    return at_once ? rf_fan_open(&self->fan, &self->outputs, (uint32_t)self->copies, &self->arena, reterr) : RF_OK;
}

static uint64_t time_of(const broker *self) { return fails_fast(self) ? RF_CHILD_AT_ONCE : RF_CHILD_FOREVER; }

/* The messages that member `m` is to get now. False: out of memory. */
static bool choose(const broker *self, rf_part *part, const rf_batch *batch, uint32_t m) {
    bool fits = true;
    for (uint32_t i = 0; fits && i < batch->count; i++) {
        bool has_it = self->bits[m] && (batch->messages[i].written_to & self->bits[m]);
        bool held_back = is_sequential(self) && rf_batch_refusal(batch, i).data;
        fits = has_it || held_back || rf_part_add(part, i);
    }
    return fits;
}

/* Those that it took are not given to it again, when another output refuses them. */
static void note_taken(const broker *self, const rf_batch *part, rf_batch *batch, uint32_t m) {
    for (uint32_t i = 0; i < part->count; i++)
        if (!part->refused_count || !rf_batch_refusal(part, i).data)
            batch->messages[part->messages[i].origin - 1].written_to |= self->bits[m];
}

/* An error that passes is for what the member was to get; any other for the batch. */
static bool passes(const broker *self, const rf_error *error) {
    return (error->flags & RF_ERROR_RETRIABLE) && !rf_child_given_up(self->env);
}

static rf_code write_member(broker *self, rf_batch *batch, uint32_t m, uint32_t *unwritten, rf_error *reterr) {
    rf_error error = { 0 };
    if (!rf_part_begin(&self->part, batch))
        return rf_raise_nomem(reterr);
    if (!choose(self, &self->part, batch, m)) {
        rf_part_end(&self->part);
        return rf_raise_nomem(reterr);
    }
    rf_code code = rf_child_pass(member(self, m), &self->part, time_of(self), unwritten, &error);
    if (!code) {
        note_taken(self, self->part.batch, batch, m);
        return RF_OK;
    }
    if (passes(self, &error))
        return rf_child_refuse_part(&self->part, batch, error.message) ? RF_OK : rf_raise_nomem(reterr);
    if (reterr)
        *reterr = error;
    return code;
}

static rf_code write_sequence(broker *self, rf_batch *batch, uint32_t *unwritten, rf_error *reterr) {
    rf_code code = RF_OK;
    for (uint32_t m = 0; m < self->members && !code; m++)
        code = write_member(self, batch, m, unwritten, reterr);
    return code;
}

/* What came of one of those that were written at the same time. */
static rf_code judge(broker *self, rf_batch *batch, uint32_t m, uint32_t *unwritten, rf_error *reterr) {
    const rf_fan_arm *arm = &self->fan.arms[m];
    if (arm->code && !passes(self, &arm->error)) {
        if (reterr)
            *reterr = arm->error;
        return arm->code;
    }
    if (!rf_fan_tell_refused(&self->fan, arm, batch))
        return rf_raise_nomem(reterr);
    *unwritten += arm->unwritten;
    if (!arm->code)
        note_taken(self, arm->part.batch, batch, m);
    return RF_OK;
}

static rf_code write_at_once(broker *self, rf_batch *batch, uint32_t *unwritten, rf_error *reterr) {
    rf_code code = rf_fan_begin(&self->fan, batch, reterr);
    for (uint32_t m = 0; m < self->members && !code; m++)
        if (!choose(self, &self->fan.arms[m].part, batch, m)) {
            rf_fan_drop(&self->fan);
            return rf_raise_nomem(reterr);
        }
    if (code)
        return code;
    rf_fan_write(&self->fan, batch, time_of(self));
    for (uint32_t m = 0; m < self->members && !code; m++)
        code = judge(self, batch, m, unwritten, reterr);
    return code;
}

static rf_code write_all(broker *self, rf_batch *batch, uint32_t *unwritten, rf_error *reterr) {
    rf_code code = is_sequential(self) ? write_sequence(self, batch, unwritten, reterr) : write_at_once(self, batch, unwritten, reterr);
    uint32_t all = 0;
    for (uint32_t m = 0; m < self->members; m++)
        all |= self->bits[m];
    for (uint32_t i = 0; i < batch->count && !code; i++) /* what all have is done: if it comes again, it comes anew */
        if (!batch->refused_count || !rf_batch_refusal(batch, i).data)
            batch->messages[i].written_to &= ~all;
    if (!code && !fails_fast(self))
        rf_batch_insist(batch);
    return code;
}

/* Each message to the member whose turn it is. */
static rf_code write_in_turn(broker *self, rf_batch *batch, uint32_t *unwritten, rf_error *reterr) {
    uint32_t first = self->next;
    for (uint32_t m = 0; m < self->members && m < batch->count; m++) {
        if (!rf_part_begin(&self->part, batch))
            return rf_raise_nomem(reterr);
        bool fits = true;
        for (uint32_t i = m; fits && i < batch->count; i += self->members)
            fits = rf_part_add(&self->part, i);
        if (!fits) {
            rf_part_end(&self->part);
            return rf_raise_nomem(reterr);
        }
        rf_code code = rf_child_pass(member(self, (first + m) % self->members), &self->part, RF_CHILD_FOREVER, unwritten, reterr);
        if (code)
            return code;
    }
    self->next = (first + batch->count) % self->members;
    return RF_OK;
}

/* What one refuses the next one gets, and what it takes is refused no more. */
static rf_code write_to_first(broker *self, rf_batch *batch, uint32_t *unwritten, rf_error *reterr) {
    uint32_t first = self->next;
    for (uint32_t m = 0; m < self->members && (m == 0 || batch->refused_count); m++) {
        rf_error error = { 0 };
        if (!rf_part_begin(&self->part, batch))
            return rf_raise_nomem(reterr);
        bool fits = true;
        for (uint32_t i = 0; fits && i < batch->count; i++)
            if (m == 0 || rf_batch_refusal(batch, i).data) {
                fits = rf_part_add(&self->part, i);
                rf_batch_accept(batch, i);
            }
        self->next = (first + m + 1) % self->members;
        rf_code code = RF_ENOMEM;
        if (fits)
            code = rf_child_pass(member(self, (first + m) % self->members), &self->part, RF_CHILD_AT_ONCE, unwritten, &error);
        else
            rf_part_end(&self->part);
        if (code == RF_ENOMEM || rf_child_given_up(self->env) || (code && !rf_child_refuse_part(&self->part, batch, error.message)))
            return code ? rf_raise(reterr, code, "%s", code == RF_ENOMEM ? "out of memory" : error.message) : RF_OK;
    }
    return RF_OK;
}

static rf_code broker_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    broker *self = state;
    uint32_t unwritten = 0;
    rf_code code = self->pattern == ROUND_ROBIN ? write_in_turn(self, batch, &unwritten, reterr)
                   : self->pattern == GREEDY    ? write_to_first(self, batch, &unwritten, reterr)
                                                : write_all(self, batch, &unwritten, reterr);
    if (!code)
        *ret_unwritten = unwritten;
    return code;
}

static void broker_close(void *state) {
    broker *self = state;
    if (!self->open)
        return;
    rf_part_done(&self->part);
    rf_fan_close(&self->fan);
    rf_arena_done(&self->arena);
}

const rf_output_kind rf_broker_output_kind = {
    .name = "broker",
    .summary = "Writes messages to several outputs.",
    .detail = "With `fan_out` a message is done when every output has taken it; one that an output refuses comes again later, and the "
              "outputs that have it already do not get it twice. The outputs are written at the same time, each by a thread of its own when that is worth it, so that "
              "a batch takes as long as the slowest of them. An output that is not there is waited for: the others get what was read already, "
              "and wait then. Each gets the messages in the order in which they were read.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "output:\n"
               "  broker:\n"
               "    pattern: fan_out\n"
               "    outputs:\n"
               "      - stdout: {}\n"
               "      - file: {path: ./out/values.jsonl}\n",
    .fields = broker_fields,
    .state_size = sizeof(broker),
    .open = broker_open,
    .write = broker_write,
    .close = broker_close,
    .batching_at = offsetof(broker, batching),
};
