/* terminal_settings_fuzz.c: any bytes as a term.toml: findings have places, what is taken over lies within its bounds. */
#include "fuzz.h"

#include "base/slice.h"
#include "terminal/settings.h"

static void check_row(const rf_settings *settings, const rf_setting *row) {
    const char *at = (const char *)settings + row->at;
    if (row->kind == RF_SETTING_NUMBER) {
        int64_t number;
        memcpy(&number, at, sizeof number);
        fuzz_claim(number >= row->least && number <= row->most);
    } else if (row->kind == RF_SETTING_CHOICE && row->choices[0]) {
        rf_slice word;
        bool known = false;
        memcpy(&word, at, sizeof word);
        for (size_t i = 0; i < sizeof row->choices / sizeof *row->choices && row->choices[i]; i++)
            known |= rf_slice_is(word, row->choices[i]);
        fuzz_claim(known);
    }
}

static void check(const rf_settings *settings) {
    for (const rf_setting *row = rf_setting_rows; row->name; row++)
        check_row(settings, row);
    for (size_t i = 0; i < settings->plugin_count; i++) {
        const rf_settings_plugin *plugin = &settings->plugins[i];
        fuzz_claim(plugin->name.len > 0 && plugin->grant_count <= sizeof plugin->grant / sizeof *plugin->grant);
        fuzz_claim(i == 0 || rf_slice_compare(settings->plugins[i - 1].name, plugin->name) < 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    RF_CLEANUP(rf_settings_done) rf_settings settings = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer findings = { 0 };
    rf_error error = { 0 };
    const rf_source source = { "term.toml", { size ? (const char *)data : "", size } };
    rf_code code = rf_settings_read(&source, &settings, &findings, &error);
    fuzz_claim(code == RF_OK || code == RF_ENOMEM || ((code == RF_ECONFIG || code == RF_EPARSE) && error.message[0] && error.place.line > 0));
    fuzz_claim(code != RF_OK || findings.len == 0);
    if (code != RF_ENOMEM)
        check(&settings);
    return 0;
}
