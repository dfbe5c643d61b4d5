/* mapping_fuzz.c: any bytes as a mapping; what compiles is run. */
#include "fuzz.h"

#include "message/mapping.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rf_mapping *mapping = NULL;
    rf_error error = { 0 };
    rf_code code = rf_mapping_compile((rf_slice){ (const char *)data, size }, NULL, NULL, &mapping, &error);
    if (code) {
        check_place(&error, code);
        return 0;
    }
    rf_keys *keys = rf_keys_new();
    rf_batch *batch = keys ? rf_batch_new(keys) : NULL;
    if (batch)
        run(mapping, batch);
    rf_batch_free(batch);
    rf_keys_free(keys);
    rf_mapping_free(mapping);
    return 0;
}
