/* line_fuzz.c: any bytes as a line of `codec: message`, and as the payload of one. */
#include "fuzz.h"

#include "base/slice.h"
#include "message/message.h"

static bool write_line(rf_batch *batch, rf_message *message, rf_buffer *out) {
    rf_code code = rf_message_write(out, batch, message, NULL);
    fuzz_claim(code == RF_OK || code == RF_ENOMEM);
    fuzz_claim(out->len == 0 || !memchr(out->data, '\n', out->len));
    return code == RF_OK;
}

/* What was read can be written, and reads back as what writes the same. */
static void try_line(rf_batch *batch, rf_slice line) {
    RF_CLEANUP(rf_buffer_done) rf_buffer first = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer second = { 0 };
    rf_message message, again;
    if (rf_message_read(batch, line, &message, NULL) || !write_line(batch, &message, &first))
        return;
    rf_code code = rf_message_read(batch, rf_buffer_view(&first), &again, NULL);
    fuzz_claim(code == RF_OK || code == RF_ENOMEM);
    if (code || !write_line(batch, &again, &second))
        return;
    fuzz_claim(rf_slice_eq(rf_buffer_view(&first), rf_buffer_view(&second)));
    for (uint32_t i = 0; i < message.meta.count; i++)
        (void)rf_meta_text(&batch->arena, &message.meta.entries[i].value);
}

/* Raw bytes come back as they were, or as the JSON that they were. */
static void try_payload(rf_batch *batch, rf_slice bytes) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_message message = { .payload = rf_text(RF_RAW, bytes) }, again;
    if (!write_line(batch, &message, &out))
        return;
    rf_code code = rf_message_read(batch, rf_buffer_view(&out), &again, NULL);
    fuzz_claim(code == RF_OK || code == RF_ENOMEM);
    if (!code && again.payload.kind == RF_RAW)
        fuzz_claim(rf_slice_eq(rf_value_text(&again.payload), bytes));
    code = rf_message_parse(&batch->arena, &message.payload, NULL);
    fuzz_claim(code == RF_OK ? message.payload.kind != RF_RAW : code == RF_ENOMEM);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rf_slice text = { (const char *)data, size };
    rf_keys *keys = rf_keys_new();
    rf_batch *batch = keys ? rf_batch_new(keys) : NULL;
    if (batch) {
        try_line(batch, text);
        try_line(batch, text); /* with the keys of the first remembered */
        try_payload(batch, text);
    }
    rf_batch_free(batch);
    rf_keys_free(keys);
    return 0;
}
