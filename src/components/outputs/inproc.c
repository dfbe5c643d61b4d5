/* inproc: hands messages to an input `inproc` of the same stream. */
#include "stream/inproc.h"

typedef struct inproc_output {
    rf_slice name;
    rf_inproc *inproc;
} inproc_output;

static const rf_field inproc_fields[] = {
    { "", RF_FIELD_STRING, offsetof(inproc_output, name), NULL, RF_FIELD_REQUIRED | RF_FIELD_BODY, "The name that an input `inproc` has, too.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code inproc_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    inproc_output *self = state;
    (void)conf;
    self->inproc = rf_inprocs_join(env->inprocs, self->name, false);
    return self->inproc ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code inproc_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    const inproc_output *self = state;
    rf_code code = rf_inproc_write(self->inproc, batch, reterr);
    if (!code)
        *ret_unwritten = 0;
    return code;
}

const rf_output_kind rf_inproc_output_kind = {
    .name = "inproc",
    .summary = "Hands messages to the input `inproc` of the same name, in the same stream.",
    .detail = "It takes messages at once; they are acknowledged to the input that read them when they were delivered from there. A `fallback`, "
              "`retry` or `drop_on` around it sees them taken. Without an input of that name they wait: other inputs stop at 64 batches or 8 MiB, and "
              "what still waits at the end is told of as undelivered, with exit status 1.",
    .example = "input:\n"
               "  broker:\n"
               "    inputs:\n"
               "      - generate: {mapping: 'root = {\"value\": counter()}', interval: 100ms, count: 3}\n"
               "      - inproc: again\n"
               "        processors:\n"
               "          - mapping: root = this.assign({\"done\":true})\n"
               "output:\n"
               "  switch:\n"
               "    cases:\n"
               "      - check: this.done == true\n"
               "        output: {stdout: {}}\n"
               "      - output: {inproc: again}\n",
    .fields = inproc_fields,
    .state_size = sizeof(inproc_output),
    .open = inproc_open,
    .write = inproc_write,
    .keeps = true,
};
