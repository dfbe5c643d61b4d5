/* plugin_manifest_fuzz.c: any bytes as a manifest in comments and in TOML; what is read is written, read again, configured. */
#include "fuzz.h"

#include "base/buffer.h"
#include "base/slice.h"
#include "plugin/manifest.h"

static void check_findings(rf_code code, const rf_error *error, const rf_manifest_finding *finding) {
    if (code == RF_ENOMEM)
        return;
    fuzz_claim((code == RF_OK) == (finding == NULL));
    fuzz_claim(!finding || (error->code == code && finding->error.code == code));
    for (; finding; finding = finding->next)
        fuzz_claim(finding->error.message[0] && finding->error.place.line > 0 && finding->error.place.column > 0);
}

/* What was read comes back the same from its own text. */
static void check_text(const rf_manifest *manifest, rf_slice stem) {
    RF_CLEANUP(rf_buffer_done) rf_buffer first = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer second = { 0 };
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    rf_manifest_write(manifest, &first);
    rf_manifest again;
    rf_source source = { "canonical.toml", rf_buffer_view(&first) };
    rf_code code = first.failed ? RF_ENOMEM : rf_manifest_read(&arena, &source, true, stem, &again, NULL, NULL);
    fuzz_claim(code == RF_OK || code == RF_ENOMEM);
    if (code)
        return;
    rf_manifest_write(&again, &second);
    fuzz_claim(second.failed || rf_slice_eq(rf_buffer_view(&first), rf_buffer_view(&second)));
}

static void configure(const rf_manifest *manifest, const rf_value *given, rf_arena *arena) {
    rf_value config;
    rf_error error = { 0 };
    rf_code code = rf_manifest_configure(manifest, given, arena, &config, &error);
    fuzz_claim(code == RF_OK || code == RF_ENOMEM || (code == RF_ECONFIG && error.message[0]));
    fuzz_claim(code || (config.kind == RF_MAP && config.size == manifest->config_count));
}

/* Each key gets a value that the fuzzer chose, of a kind that is right or wrong. */
static void configure_all(const rf_manifest *manifest, rf_slice bytes, rf_arena *arena) {
    rf_member *members = rf_arena_alloc(arena, (manifest->config_count + 1u) * sizeof *members);
    if (!members)
        return;
    for (uint32_t i = 0; i < manifest->config_count; i++) {
        rf_value kinds[] = { rf_string(bytes.len > 40 ? (rf_slice){ bytes.data, 40 } : bytes), rf_int((int64_t)bytes.len), rf_double(0.5), rf_bool(true),
                             { .kind = RF_LIST }, rf_null() };
        size_t chosen = bytes.len ? (unsigned char)bytes.data[i % bytes.len] % (sizeof kinds / sizeof *kinds) : 0;
        members[i] = (rf_member){ manifest->config[i].name, chosen == 5 ? manifest->config[i].standard : kinds[chosen] };
    }
    rf_value given = { .kind = RF_MAP, .size = manifest->config_count, .members = members };
    configure(manifest, &given, arena);
}

static void read_as(rf_slice text, bool is_toml) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    rf_source source = { is_toml ? "x.toml" : "x.fsx", text };
    rf_manifest manifest;
    rf_manifest_finding *findings = NULL;
    rf_error error = { 0 };
    rf_code code = rf_manifest_read(&arena, &source, is_toml, RF_SLICE("stem"), &manifest, &findings, &error);
    fuzz_claim(code == RF_OK || code == RF_ENOMEM || code == RF_ECONFIG || (code == RF_EPARSE && is_toml));
    check_findings(code, &error, findings);
    if (code)
        return;
    (void)!rf_manifest_check_api(&manifest, NULL);
    check_text(&manifest, RF_SLICE("stem"));
    configure(&manifest, NULL, &arena);
    configure_all(&manifest, text, &arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rf_slice text = { (const char *)data, size };
    read_as(text, false);
    read_as(text, true);
    return 0;
}
