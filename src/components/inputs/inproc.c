/* inproc: reads what an output `inproc` of the same stream is given. */
#include "stream/claims.h"
#include "stream/inproc.h"

typedef struct inproc_input {
    rf_slice name;
    rf_inproc *inproc;
} inproc_input;

static const rf_field inproc_fields[] = {
    { "", RF_FIELD_STRING, offsetof(inproc_input, name), NULL, RF_FIELD_REQUIRED | RF_FIELD_BODY, "The name that an output `inproc` has, too.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code inproc_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    inproc_input *self = state;
    (void)conf;
    self->inproc = rf_inprocs_join(env->inprocs, self->name, true);
    return self->inproc ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code inproc_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    const inproc_input *self = state;
    return rf_inproc_read(self->inproc, batch, max, wait_ns, reterr);
}

/* Whoever read the messages first waits for it. */
static void inproc_ack(void *state, uint64_t mark, bool delivered) {
    (void)state;
    rf_claims_answer((rf_claims *)(uintptr_t)mark, delivered, NULL);
}

static void inproc_nack(void *state, uint64_t mark, const char *why) {
    (void)state;
    rf_claims_answer((rf_claims *)(uintptr_t)mark, false, why);
}

static bool inproc_replays(const void *state, uint64_t mark) {
    (void)state;
    return rf_claims_replay((const rf_claims *)(uintptr_t)mark);
}

static void inproc_wake(void *state) {
    const inproc_input *self = state;
    rf_inproc_wake(self->inproc);
}

static bool inproc_is_inner(const void *state) {
    const inproc_input *self = state;
    return rf_inproc_is_written(self->inproc);
}

const rf_input_kind rf_inproc_input_kind = {
    .name = "inproc",
    .summary = "Reads what an output `inproc` of the same name is given, in the same stream.",
    .detail = "With it a message goes through the processors a second time, as a message of another input. It is acknowledged to the input that "
              "read it first when it was delivered from here, and what an output would not take then is tried again, or not, as that input says: "
              "nothing is lost between the two.\n\n"
              "It ends when all other inputs have ended and all that they read is delivered, also at a stop. When it holds 64 batches or 8 MiB, the "
              "other inputs wait. With nobody to write to it there is nothing to be read, and it waits. A buffer beside it is refused.",
    .example = "input:\n"
               "  broker:\n"
               "    inputs:\n"
               "      - generate: {mapping: 'root = {\"value\": counter()}', interval: 100ms, count: 3}\n"
               "      - inproc: second_round\n"
               "        processors:\n"
               "          - mapping: root = this.assign({\"round\":2})\n"
               "output:\n"
               "  switch:\n"
               "    cases:\n"
               "      - check: this.round == 2\n"
               "        output: {stdout: {}}\n"
               "      - output: {inproc: second_round}\n",
    .fields = inproc_fields,
    .state_size = sizeof(inproc_input),
    .open = inproc_open,
    .read = inproc_read,
    .ack = inproc_ack,
    .nack = inproc_nack,
    .replays = inproc_replays,
    .is_inner = inproc_is_inner,
    .wake = inproc_wake,
};
