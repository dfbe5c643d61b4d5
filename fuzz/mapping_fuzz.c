/* mapping_fuzz.c: any bytes as a mapping, and as a text with queries; what compiles is run. */
#include "fuzz.h"

#include "message/dynamic.h"

static void check_place(const rf_error *error, rf_code code) {
    fuzz_claim(code == RF_ENOMEM || (error->code == code && error->place.line > 0 && error->place.column > 0));
}

static void run(const rf_mapping *mapping, rf_batch *batch) {
    rf_mapping_state *state = rf_mapping_state_new(mapping);
    for (int i = 0; state && i < 3; i++) {
        rf_error error = { 0 };
        rf_message *message = rf_batch_add(batch);
        bool deleted = false;
        rf_code code = message ? rf_mapping_run(mapping, state, batch, message, &deleted, &error) : RF_ENOMEM;
        fuzz_claim(code == RF_OK || code == RF_ENOMEM || code == RF_ESCRIPT);
        if (code == RF_ESCRIPT)
            check_place(&error, code);
        rf_slice bytes;
        if (!code && !deleted)
            (void)!rf_message_bytes(batch, message, &bytes, NULL);
    }
    rf_mapping_state_free(state);
}

/* The same on a message that came in, as a mapping and as a mutation. */
static void change(const rf_mapping *mapping, rf_batch *batch) {
    rf_mapping_state *state = rf_mapping_state_new(mapping);
    for (int i = 0; state && i < 2; i++) {
        rf_error error = { 0 };
        rf_message *message = rf_batch_add(batch);
        bool deleted = false;
        if (!message)
            break;
        message->payload = rf_text(RF_RAW, (rf_slice)RF_SLICE("{\"a\":{\"b\":[1,2.50,\"x\"]},\"s\":\"x,y\",\"n\":null}"));
        const rf_mapping_turn turn = { message, batch->count - 1 };
        rf_code code = rf_mapping_change(mapping, state, i == 1, batch, &turn, &deleted, &error);
        fuzz_claim(code == RF_OK || code == RF_ENOMEM || code == RF_ESCRIPT);
        rf_slice bytes;
        if (!code && !deleted)
            (void)!rf_message_bytes(batch, message, &bytes, NULL);
    }
    rf_mapping_state_free(state);
}

static void ask(rf_slice text, rf_batch *batch) {
    rf_dynamic *dynamic = NULL;
    rf_error error = { 0 };
    rf_slice made;
    rf_message *message = rf_batch_add(batch);
    rf_code code = message ? rf_dynamic_compile(text, NULL, NULL, &dynamic, &error) : RF_ENOMEM;
    if (code)
        check_place(&error, code);
    else if ((code = rf_dynamic_text(dynamic, batch, batch->count - 1, &made, &error)))
        fuzz_claim(code == RF_ENOMEM || code == RF_ESCRIPT || code == RF_ELIMIT);
    rf_dynamic_free(dynamic);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rf_mapping *mapping = NULL;
    rf_error error = { 0 };
    const rf_slice text = { (const char *)data, size };
    rf_code code = rf_mapping_compile(text, NULL, NULL, &mapping, &error);
    rf_keys *keys = rf_keys_new();
    rf_batch *batch = keys ? rf_batch_new(keys) : NULL;
    if (code)
        check_place(&error, code);
    if (batch && !code)
        run(mapping, batch);
    if (batch && !code)
        change(mapping, batch);
    if (batch)
        ask(text, batch);
    rf_batch_free(batch);
    rf_keys_free(keys);
    rf_mapping_free(mapping);
    return 0;
}
