/* fixture.c: a config run inside a test: its processors by hand, or the whole stream. */
#include "fixture.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "harness.h"

#include <assert.h>

static rf_code load(rf_fixture *fixture, const char *text, rf_error *reterr) {
    const rf_config_options options = { .path = "test.yaml", .text = rf_slice_of(text) };
    rf_code code = rf_metrics_new(&fixture->metrics, reterr);
    if (code)
        return code;
    fixture->keys = rf_keys_new();
    if (!fixture->keys)
        return rf_raise_nomem(reterr);
    code = rf_config_load(&options, &fixture->config, reterr);
    return code ? code : rf_config_open(fixture->config, NULL, fixture->metrics, fixture->keys, reterr);
}

static rf_code attach(rf_fixture *fixture, rf_error *reterr) {
    const rf_config *config = fixture->config;
    rf_code code = rf_metrics_meter(fixture->metrics, &fixture->shard.meter, reterr);
    if (code)
        return code;
    fixture->locals = rf_alloc_zero(config->processor_count, sizeof *fixture->locals);
    fixture->batch = rf_batch_new(fixture->keys);
    if (!fixture->locals || !fixture->batch)
        return rf_raise_nomem(reterr);
    for (size_t i = 0; !code && i < config->processor_count; i++) {
        const rf_processor_kind *kind = config->processors[i].kind;
        if (kind->attach)
            code = kind->attach(config->processors[i].state, &fixture->shard, &fixture->locals[i], reterr);
        fixture->attached += !code;
    }
    return code;
}

rf_code rf_fixture_open(rf_fixture *fixture, const char *config, rf_error *reterr) {
    rf_code code;
    assert(config);
    *fixture = (rf_fixture){ 0 };
    code = load(fixture, config, reterr);
    return code ? code : attach(fixture, reterr);
}

void rf_fixture_done(rf_fixture *fixture) {
    while (fixture->attached > 0) {
        const rf_component *component = &fixture->config->processors[--fixture->attached];
        const rf_processor_kind *kind = component->kind;
        if (kind->detach)
            kind->detach(component->state, fixture->locals[fixture->attached]);
    }
    rf_free(fixture->locals);
    rf_batch_free(fixture->batch);
    rf_buffer_done(&fixture->text);
    rf_config_free(fixture->config);
    rf_keys_free(fixture->keys);
    rf_metrics_free(fixture->metrics);
    *fixture = (rf_fixture){ 0 };
}

rf_code rf_fixture_send(rf_fixture *fixture, const char *line, rf_error *reterr) {
    rf_message message = { 0 }, *place;
    rf_code code = rf_message_read(fixture->batch, rf_slice_of(line), &message, reterr);
    if (code)
        return code;
    place = rf_batch_add(fixture->batch);
    if (!place)
        return rf_raise_nomem(reterr);
    *place = message;
    return RF_OK;
}

rf_code rf_fixture_run(rf_fixture *fixture, rf_error *reterr) {
    rf_code code = RF_OK;
    assert(fixture->config);
    for (size_t i = 0; !code && i < fixture->attached; i++) {
        const rf_component *component = &fixture->config->processors[i];
        const rf_processor_kind *kind = component->kind;
        code = kind->process(component->state, fixture->locals[i], fixture->batch, reterr);
    }
    return code;
}

rf_slice rf_fixture_line(rf_fixture *fixture, uint32_t i) {
    rf_buffer_clear(&fixture->text);
    if (i >= fixture->batch->count ||
        rf_message_write(&fixture->text, fixture->batch, &fixture->batch->messages[i], NULL))
        return (rf_slice){ 0 };
    return rf_buffer_view(&fixture->text);
}

rf_code rf_fixture_stream_open(rf_fixture_stream *fixture, const char *config, rf_error *reterr) {
    const rf_config_options options = { .path = "test.yaml", .text = rf_slice_of(config) };
    rf_code code = rf_metrics_new(&fixture->metrics, reterr);
    bool warning;
    if (code)
        return code;
    fixture->keys = rf_keys_new();
    if (!fixture->keys)
        return rf_raise_nomem(reterr);
    code = rf_config_load(&options, &fixture->config, reterr);
    if (!code)
        code = rf_config_open(fixture->config, NULL, fixture->metrics, fixture->keys, reterr);
    if (code == RF_ECONFIG && reterr && rf_findings_count(fixture->config->findings, false) > 0)
        *reterr = *rf_findings_get(fixture->config->findings, 0, &warning);
    return code ? code : rf_stream_new(fixture->config, NULL, fixture->metrics, fixture->keys, &fixture->stream, reterr);
}

void rf_fixture_stream_done(rf_fixture_stream *fixture) {
    rf_stream_free(fixture->stream);
    rf_config_free(fixture->config);
    rf_keys_free(fixture->keys);
    rf_metrics_free(fixture->metrics);
    *fixture = (rf_fixture_stream){ 0 };
}

void rf_fixture_wrong(const char *config, const char *message) {
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream f = { 0 };
    rf_error error = { 0 };
    rf_code code = rf_fixture_stream_open(&f, config, &error);
    if (code == RF_ENOMEM)
        return;
    rf_check(code == RF_ECONFIG);
    if (!strstr(error.message, message))
        rf_check_text(rf_slice_of(error.message), rf_slice_of(message));
}
