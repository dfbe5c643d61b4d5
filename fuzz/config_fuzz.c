/* config_fuzz.c: any bytes as a config file: read, shown with its findings, opened as `riffle lint` opens it. */
#include "fuzz.h"

#include "message/key.h"
#include "observe/metrics.h"
#include "stream/config.h"

/* Whatever is wrong has a place within the text, or none. */
static void check_findings(const rf_config *config) {
    bool warning;
    for (size_t i = 0; i < rf_findings_count(config->findings, false); i++) {
        const rf_error *finding = rf_findings_get(config->findings, i, &warning);
        fuzz_claim(finding->message[0] && (finding->place.line == 0) == (finding->place.column == 0));
    }
}

/* A config without errors opens, unless its components find some; one with errors says which. */
static void try_config(rf_slice text, rf_metrics *metrics, rf_keys *keys) {
    const rf_config_options options = { .path = "fuzz.yaml", .text = text, .skip_env_check = true };
    RF_CLEANUP(rf_buffer_done) rf_buffer shown = { 0 };
    rf_config *config = NULL;
    rf_code code = rf_config_load(&options, &config, NULL);
    fuzz_claim(config || code == RF_ENOMEM);
    if (!config)
        return;
    if (!code)
        code = rf_config_open(config, NULL, metrics, keys, NULL);
    check_findings(config);
    fuzz_claim(code != RF_ECONFIG || rf_findings_count(config->findings, true) > 0);
    rf_findings_show(&shown, config, true);
    rf_config_free(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rf_keys *keys = rf_keys_new();
    rf_metrics *metrics = NULL;
    if (keys && rf_metrics_new(&metrics, NULL) == RF_OK)
        try_config((rf_slice){ (const char *)data, size }, metrics, keys);
    rf_metrics_free(metrics);
    rf_keys_free(keys);
    return 0;
}
