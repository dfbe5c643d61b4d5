/* stream_common.c: processors driven by hand; the group of all benchmarks of streams. */
#include "stream_common.h"

#include "base/slice.h"

#include <assert.h>

rf_code rf_group_stream(rf_groups *groups, rf_error *reterr) {
    rf_code code = rf_stream_bench_stages(groups, reterr);
    if (!code)
        code = rf_stream_bench_batches(groups, reterr);
    if (!code)
        code = rf_stream_bench_json(groups, reterr);
    return code ? code : rf_stream_bench_pipelines(groups, reterr);
}

rf_code rf_stream_tally_check(const rf_stream_tally *tally, rf_error *reterr) {
    if (tally->error.code) {
        if (reterr)
            *reterr = tally->error;
        return tally->error.code;
    }
    if (!tally->runs)
        return rf_raise(reterr, RF_ESCRIPT, "nothing was run");
    if (tally->wrong)
        return rf_raise(reterr, RF_ESCRIPT, "%llu of %llu runs gave something else than they should", (unsigned long long)tally->wrong,
                        (unsigned long long)tally->runs);
    return RF_OK;
}

/* ---- A config ---- */

rf_code rf_stream_host_open(rf_stream_host *host, rf_error *reterr) {
    if (host->text.failed)
        return rf_raise_nomem(reterr);
    const rf_config_options options = { .path = "bench.yaml", .text = rf_buffer_view(&host->text), .skip_env_check = true };
    rf_code code = rf_metrics_new(&host->metrics, reterr);
    if (!code && !(host->keys = rf_keys_new()))
        code = rf_raise_nomem(reterr);
    if (!code)
        code = rf_config_load(&options, &host->config, reterr);
    if (!code)
        code = rf_config_open(host->config, NULL, host->metrics, host->keys, reterr);
    if (code == RF_ECONFIG && reterr && host->config && rf_findings_count(host->config->findings, true) > 0) {
        bool warning;
        *reterr = *rf_findings_get(host->config->findings, 0, &warning);
    }
    return code;
}

void rf_stream_host_close(rf_stream_host *host) {
    rf_config_free(host->config);
    rf_keys_free(host->keys);
    rf_metrics_free(host->metrics);
    host->config = NULL;
    host->keys = NULL;
    host->metrics = NULL;
}

/* ---- Messages ---- */

static rf_code read_one(rf_batch *batch, rf_slice line, rf_error *reterr) {
    rf_message message = { 0 };
    rf_code code = rf_message_read(batch, line, &message, reterr);
    if (code)
        return code;
    rf_message *place = rf_batch_add(batch);
    if (!place)
        return rf_raise_nomem(reterr);
    *place = message;
    return RF_OK;
}

rf_code rf_stream_messages_read(rf_batch *batch, uint64_t from, uint32_t count, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < count && !code; i++) {
        rf_buffer_clear(&line);
        rf_stream_message_line(&line, from + i);
        code = line.failed ? rf_raise_nomem(reterr) : read_one(batch, (rf_slice){ line.data, line.len - 1 }, reterr);
    }
    return code;
}

static bool topic_is(rf_batch *batch, const rf_message *message, const char *topic, rf_slice *ret_text) {
    rf_value *value = rf_meta_find(&message->meta, RF_SLICE("umh_topic"));
    *ret_text = value ? rf_meta_text(&batch->arena, value) : RF_SLICE("(none)");
    return topic ? value && rf_slice_is(*ret_text, topic) : !value;
}

rf_code rf_stream_message_is(rf_batch *batch, uint32_t index, const char *topic, const char *payload, rf_error *reterr) {
    if (index >= batch->count)
        return rf_raise(reterr, RF_ESCRIPT, "message %u is not there: %u came out", index, batch->count);
    rf_message *message = &batch->messages[index];
    rf_slice text, bytes = { 0 };
    if (message->error.data)
        return rf_raise(reterr, RF_ESCRIPT, "message %u failed: %.*s", index, RF_SLICE_ARG(message->error));
    if (!topic_is(batch, message, topic, &text))
        return rf_raise(reterr, RF_ESCRIPT, "message %u has the topic %.*s in place of %s", index, RF_SLICE_ARG(text),
                        topic ? topic : "(none)");
    rf_code code = rf_message_bytes(batch, message, &bytes, reterr);
    if (!code && !rf_slice_ends(bytes, rf_slice_of(payload)))
        code = rf_raise(reterr, RF_ESCRIPT, "message %u has the payload %.*s, which does not end in %s", index, RF_SLICE_ARG(bytes),
                        payload);
    return code;
}

/* ---- A processor ---- */

static const rf_processor_kind *kind_of(const rf_stream_driver *driver) { return driver->host.config->processors[0].kind; }
static void *state_of(const rf_stream_driver *driver) { return driver->host.config->processors[0].state; }

rf_code rf_stream_driver_open(rf_stream_driver *driver, uint64_t from, uint32_t count, rf_error *reterr) {
    rf_code code = rf_stream_host_open(&driver->host, reterr);
    if (code)
        return code;
    assert(driver->host.config->processor_count == 1);
    driver->source = rf_batch_new(driver->host.keys);
    driver->batch = rf_batch_new(driver->host.keys);
    if (!driver->source || !driver->batch)
        return rf_raise_nomem(reterr);
    code = rf_stream_messages_read(driver->source, from, count, reterr);
    if (!code)
        code = rf_metrics_meter(driver->host.metrics, &driver->shard.meter, reterr);
    if (!code)
        code = kind_of(driver)->attach(state_of(driver), &driver->shard, &driver->local, reterr);
    driver->attached = !code;
    return code;
}

void rf_stream_driver_done(rf_stream_driver *driver) {
    if (driver->attached)
        kind_of(driver)->detach(state_of(driver), driver->local);
    rf_batch_free(driver->batch);
    rf_batch_free(driver->source);
    rf_stream_host_close(&driver->host);
    rf_buffer_done(&driver->host.text);
}

rf_code rf_stream_driver_run(rf_stream_driver *driver, rf_error *reterr) {
    rf_batch_clear(driver->batch);
    for (uint32_t i = 0; i < driver->source->count; i++) {
        rf_message *place = rf_batch_add(driver->batch);
        if (!place)
            return rf_raise_nomem(reterr);
        rf_message_share(&driver->source->messages[i], place);
    }
    return kind_of(driver)->process(state_of(driver), driver->local, driver->batch, reterr);
}

/* Every message came out, and none failed. */
static bool is_whole(const rf_stream_driver *driver) {
    bool whole = driver->batch->count == driver->source->count;
    for (uint32_t i = 0; i < driver->batch->count && whole; i++)
        whole = !driver->batch->messages[i].error.data;
    return whole;
}

void rf_stream_driver_work(void *state, uint64_t iterations) {
    rf_stream_driver *driver = state;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        if (rf_stream_driver_run(driver, &error))
            rf_stream_tally_note(&driver->tally, &error);
        driver->tally.wrong += !is_whole(driver);
    }
    driver->tally.runs += iterations;
}
