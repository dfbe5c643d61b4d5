/* fallback: outputs in order of preference: what one does not take goes to the next. */
#include "base/slice.h"
#include "stream/child.h"

#include <assert.h>

typedef struct fallback {
    rf_components outputs;
    const rf_env *env;
    rf_part part;
} fallback;

static const rf_field fallback_fields[] = {
    { "", RF_FIELD_OUTPUTS, offsetof(fallback, outputs), NULL, RF_FIELD_REQUIRED | RF_FIELD_BODY, "The outputs, the preferred one first.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code fallback_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    fallback *self = state;
    rf_error error = { 0 };
    (void)reterr;
    self->env = env;
    if (self->outputs.count > 0)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "fallback has no outputs");
    return rf_conf_report(conf, &error);
}

/* The last added message says why it is here. */
static bool tell_why(fallback *self, rf_slice why) {
    rf_batch *part = self->part.batch;
    rf_slice text = rf_slice_dup_in(&part->arena, why);
    return text.data && rf_batch_set_meta(part, &part->messages[part->count - 1], RF_SLICE("fallback_error"), rf_string(text));
}

/* Those that the one before did not take; from here on they are refused no more. */
static bool choose(fallback *self, rf_batch *batch, size_t k) {
    bool fits = rf_part_begin(&self->part, batch) != NULL;
    for (uint32_t i = 0; fits && i < batch->count; i++) {
        rf_slice why = k ? rf_batch_refusal(batch, i) : (rf_slice){ "", 0 };
        if (!why.data)
            continue;
        fits = rf_part_add(&self->part, i) && (k == 0 || tell_why(self, why));
        if (k)
            rf_batch_accept(batch, i);
    }
    if (!fits && self->part.whole)
        rf_part_end(&self->part);
    return fits;
}

static rf_code write_one(fallback *self, rf_batch *batch, size_t k, uint32_t *unwritten, rf_error *reterr) {
    rf_error error = { 0 };
    if (!choose(self, batch, k))
        return rf_raise_nomem(reterr);
    bool all_of_them = self->part.batch->count == batch->count, last = k + 1 == self->outputs.count;
    rf_code code = rf_child_pass(self->outputs.items[k], &self->part, RF_CHILD_AT_ONCE, unwritten, &error);
    if (!code)
        return RF_OK;
    if (code == RF_ENOMEM || rf_child_given_up(self->env) || (last && all_of_them)) { /* nobody took anything: all of it comes again, in order */
        if (reterr)
            *reterr = error;
        return code;
    }
    return rf_child_refuse_part(&self->part, batch, error.message) ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code fallback_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    fallback *self = state;
    uint32_t unwritten = 0;
    for (size_t k = 0; k < self->outputs.count && (k == 0 || batch->refused_count); k++) {
        rf_code code = write_one(self, batch, k, &unwritten, reterr);
        if (code)
            return code;
    }
    *ret_unwritten = unwritten;
    return RF_OK;
}

static void fallback_close(void *state) {
    fallback *self = state;
    rf_part_done(&self->part);
}

const rf_output_kind rf_fallback_kind = {
    .name = "fallback",
    .summary = "Writes what one output does not take to the next one.",
    .detail = "A message goes on when the output refuses it, when writing fails, or when the output is not there; its metadata `fallback_error` "
              "then tells why. What no output takes is tried again from the first.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "output:\n"
               "  fallback:\n"
               "    - reject_errored:\n"
               "        stdout: {}\n"
               "    - file: {path: ./out/failed.jsonl, codec: message}\n",
    .fields = fallback_fields,
    .state_size = sizeof(fallback),
    .open = fallback_open,
    .write = fallback_write,
    .close = fallback_close,
};
