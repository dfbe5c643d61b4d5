/* reject: takes no message. */
#include "base/slice.h"
#include "message/dynamic.h"
#include "stream/component.h"

typedef struct reject { rf_dynamic *reason; } reject;

static const rf_field reject_fields[] = {
    { "", RF_FIELD_DYNAMIC, offsetof(reject, reason), NULL, RF_FIELD_REQUIRED | RF_FIELD_BODY, "Why; it may ask the message.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code reject_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    const reject *self = state;
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_error error = { 0 };
        rf_slice why = { "", 0 };
        rf_code code = rf_dynamic_text(self->reason, batch, i, &why, &error);
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        bool fits = code ? rf_batch_refuse(batch, i, "reject message interpolation error: %s", error.message)
                         : rf_batch_refuse(batch, i, "%.*s", RF_SLICE_ARG(why));
        if (!fits)
            return rf_raise_nomem(reterr);
        if (!code)
            rf_batch_refuse_openly(batch, i);
    }
    *ret_unwritten = 0;
    return RF_OK;
}

const rf_output_kind rf_reject_kind = {
    .name = "reject",
    .summary = "Takes no message: each goes back to where it came from, with a reason.",
    .detail = "For a case of `switch`, or the end of a `fallback`. An input that answers (`http_server`) answers with the reason, which is yours to word; any other gives the "
              "message again later, or not, by its `auto_replay_nacks`.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "output:\n"
               "  fallback:\n"
               "    - reject: \"value ${! this.value } is not wanted\"\n"
               "    - stdout: {codec: message}\n",
    .fields = reject_fields,
    .state_size = sizeof(reject),
    .write = reject_write,
};
