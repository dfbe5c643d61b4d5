/* stream_batch.c: whole processors: batches of recorded messages, and many conditions. */
#include "stream_common.h"

static void close_driver(void *state) {
    rf_stream_driver_done(state);
    rf_free(state);
}

static rf_code finish(rf_stream_driver *driver, uint64_t from, uint32_t count, void **ret_state, rf_error *reterr) {
    rf_code code = rf_stream_driver_open(driver, from, count, reterr);
    if (code)
        close_driver(driver);
    else
        *ret_state = driver;
    return code;
}

/* ---- stream_batch: what the original was timed on ---- */

/* The driver first: rf_stream_driver_work() sees it alone. */
typedef struct batch_state {
    rf_stream_driver driver;
    const rf_stream_case *which;
} batch_state;

static rf_code open_batch(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer processor = { 0 };
    batch_state *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return rf_raise_nomem(reterr);
    self->which = bench->arg;
    rf_stream_case_processor(&processor, self->which);
    rf_stream_config_text(&self->driver.host.text, rf_buffer_view(&processor), NULL, 1);
    self->driver.host.text.failed |= processor.failed;
    return finish(&self->driver, 0, RF_STREAM_NODES, ret_state, reterr);
}

static rf_code check_batch(void *state, rf_error *reterr) {
    batch_state *self = state;
    rf_stream_driver *driver = &self->driver;
    rf_code code = rf_stream_tally_check(&driver->tally, reterr);
    if (!code)
        code = rf_stream_driver_run(driver, reterr);
    return code ? code : rf_stream_message_is(driver->batch, RF_STREAM_STANDARD, self->which->topic, self->which->payload, reterr);
}

/* ---- stream_conditions: one message, of whose conditions one is true ---- */

typedef struct count_row { uint32_t count; const char *text; double original_ns; } count_row;
static const count_row counts[] = { { 1, "1", 0 }, { 3, "3", 141.5e3 }, { 10, "10", 0 }, { 30, "30", 0 }, { 100, "100", 0 }, { 300, "300", 0 } };

static rf_code open_conditions(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer processor = { 0 };
    rf_stream_driver *driver = rf_alloc_zero(1, sizeof *driver);
    if (!driver)
        return rf_raise_nomem(reterr);
    rf_stream_many_conditions(&processor, ((const count_row *)bench->arg)->count);
    rf_stream_config_text(&driver->host.text, rf_buffer_view(&processor), NULL, 1);
    driver->host.text.failed |= processor.failed;
    return finish(driver, RF_STREAM_STANDARD, 1, ret_state, reterr);
}

/* The one that is true, and no other, left its mark: the others would have put the message elsewhere. */
static rf_code check_conditions(void *state, rf_error *reterr) {
    rf_stream_driver *driver = state;
    const rf_stream_case *expected = rf_stream_case_find("b");
    rf_code code = rf_stream_tally_check(&driver->tally, reterr);
    if (!code)
        code = rf_stream_driver_run(driver, reterr);
    return code ? code : rf_stream_message_is(driver->batch, 0, expected->topic, expected->payload, reterr);
}

rf_code rf_stream_bench_batches(rf_groups *groups, rf_error *reterr) {
    rf_code code = RF_OK;
    for (size_t i = 0; i < rf_stream_case_count && !code; i++) {
        const rf_stream_case *which = &rf_stream_cases[i];
        const rf_bench row = {
            .group = "stream_batch", .name = which->name, .doc = which->doc, .amount = RF_STREAM_NODES, .unit = RF_UNIT_MESSAGES,
            .original_ns = which->original_ns * RF_STREAM_NODES, .arg = which, .open = open_batch, .work = rf_stream_driver_work,
            .check = check_batch, .close = close_driver,
        };
        code = rf_groups_add(groups, &row, reterr);
    }
    for (size_t i = 0; i < sizeof counts / sizeof *counts && !code; i++) {
        const rf_bench row = {
            .group = "stream_conditions", .name = "tag_processor", .parameter = counts[i].text, .number = counts[i].count, .amount = 1,
            .doc = "Takes a message through a tag_processor with defaults and so many conditions, one of which is true.",
            .unit = RF_UNIT_MESSAGES, .original_ns = counts[i].original_ns, .original = counts[i].original_ns > 0 ? "three others, in batches of 42" : NULL,
            .arg = &counts[i], .open = open_conditions, .work = rf_stream_driver_work, .check = check_conditions, .close = close_driver,
        };
        code = rf_groups_add(groups, &row, reterr);
    }
    return code;
}
