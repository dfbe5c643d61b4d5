/* fixture.h: scripts under test: compiled, in a pool, run on messages given as `codec: message` lines. */
#ifndef RF_SCRIPT_FIXTURE_H
#define RF_SCRIPT_FIXTURE_H

#include "harness.h"

#include "base/slice.h"
#include "message/json.h"
#include "script/pool.h"

#include <fcntl.h>
#include <unistd.h>

#define FIXTURE_PROGRAMS 4
#define FIXTURE_LINE "{\"payload\":1,\"meta\":{\"k\":\"v\"}}"

typedef struct fixture {
    rf_program *programs[FIXTURE_PROGRAMS];
    size_t count;
    rf_limits limits;
    rf_script_host host;
    rf_keys *keys;
    rf_batch *batch;
    rf_pool *pool;
    rf_vm *vm;
    rf_buffer out; /* what the last call said */
    rf_error error;
    int log_ends[2];
    char logged[8000];
} fixture;

static inline void fixture_done(fixture *f) {
    if (f->pool)
        rf_pool_return(f->pool, f->vm);
    rf_pool_free(f->pool);
    for (size_t i = 0; i < f->count; i++)
        rf_program_free(f->programs[i]);
    rf_batch_free(f->batch);
    rf_keys_free(f->keys);
    rf_script_cache_free(f->host.cache);
    rf_log_free(f->host.log);
    rf_buffer_done(&f->out);
    for (int i = 0; i < 2; i++)
        if (f->log_ends[i] > 0)
            (void)close(f->log_ends[i]);
}

/* Limits small enough that hostile scripts end soon. */
static inline bool fixture_init(fixture *f) {
    *f = (fixture){ .limits = { .time_ns = 50 * UINT64_C(1000000), .heap_bytes = 8u << 20, .stack_bytes = 1u << 20 } };
    f->keys = rf_keys_new();
    f->batch = f->keys ? rf_batch_new(f->keys) : NULL;
    return f->batch && rf_script_cache_new(16, 4096, &f->host.cache, &f->error) == RF_OK;
}

/* Records of `console` and `cache` go to a pipe. */
static inline bool fixture_log(fixture *f) {
    if (pipe2(f->log_ends, O_NONBLOCK | O_CLOEXEC) != 0)
        return false;
    rf_log_options options = { .level = RF_LOG_DEBUG, .level_name = "level", .timestamp_name = "time",
                               .message_name = "msg", .fd = f->log_ends[1] };
    return rf_log_new(&options, &f->host.log, &f->error) == RF_OK;
}

static inline rf_slice fixture_logged(fixture *f) {
    ssize_t len = read(f->log_ends[0], f->logged, sizeof f->logged);
    return (rf_slice){ f->logged, len > 0 ? (size_t)len : 0 };
}

static inline bool fixture_add(fixture *f, rf_script_form form, const char *text) {
    rf_script_source source = { .text = rf_slice_of(text), .form = form, .stage = "defaults", .file = "defaults.js" };
    if (rf_program_compile(&source, &f->programs[f->count], &f->error))
        return false;
    f->count++;
    return true;
}

static inline bool fixture_start(fixture *f) {
    return rf_pool_new((const rf_program *const *)f->programs, f->count, &f->limits, &f->host, &f->pool, &f->error) == RF_OK &&
           rf_pool_borrow(f->pool, &f->vm, &f->error) == RF_OK;
}

static inline void fixture_say_payload(fixture *f, const rf_result *result) {
    size_t before = f->out.len;
    if (!result->has_payload)
        rf_buffer_text(&f->out, "-");
    else if (result->payload.kind == RF_RAW)
        rf_buffer_slice(&f->out, rf_value_text(&result->payload));
    else if (rf_json_write(&f->out, &result->payload, 0, &f->error)) {
        f->out.len = before;
        rf_buffer_printf(&f->out, "? %s", f->error.message);
    }
    if (result->payload_same)
        rf_buffer_text(&f->out, "=");
}

static inline void fixture_say_meta(fixture *f, rf_meta *meta) {
    rf_buffer_text(&f->out, " {");
    for (uint32_t i = 0; i < meta->count; i++) {
        rf_buffer_printf(&f->out, "%s%s:", i ? "," : "", meta->entries[i].key->text);
        if (rf_json_write(&f->out, &meta->entries[i].value, 0, &f->error))
            rf_buffer_printf(&f->out, "? %s", f->error.message);
    }
    rf_buffer_char(&f->out, '}');
}

static inline void fixture_say(fixture *f, rf_run *run) {
    static const char *const words[] = { "", "", "nothing", "other ", "bad element " };
    rf_buffer_text(&f->out, words[run->outcome]);
    rf_buffer_slice(&f->out, run->note);
    for (uint32_t i = 0; i < run->count && run->outcome <= RF_OUTCOME_MESSAGES; i++) {
        if (i)
            rf_buffer_text(&f->out, " | ");
        fixture_say_payload(f, &run->results[i]);
        if (run->results[i].has_meta)
            fixture_say_meta(f, &run->results[i].meta);
    }
}

/*
 * Runs program `index` on the message of `line`, and tells what came of it:
 * `PAYLOAD {key:value,…}` (payload followed by = when untouched, - when there is none), `nothing`, `other KIND`,
 * `! ERROR` when it threw, `limit: …` when it hit a bound.
 */
static inline rf_slice fixture_run(fixture *f, size_t index, const char *line) {
    rf_message message;
    rf_run run;
    rf_buffer_clear(&f->out);
    if (rf_message_read(f->batch, rf_slice_of(line), &message, &f->error))
        return RF_SLICE("the line of the test is wrong");
    rf_code code = rf_vm_run(f->vm, index, f->batch, &message, &run, &f->error);
    if (code)
        rf_buffer_printf(&f->out, "%s%s", code == RF_ELIMIT ? "limit: " : "! ", f->error.message);
    else
        fixture_say(f, &run);
    return rf_buffer_view(&f->out);
}

/* The same for a condition: `true`, `false`, or the error. */
static inline rf_slice fixture_test(fixture *f, size_t index, const char *line) {
    rf_message message;
    bool truth;
    rf_buffer_clear(&f->out);
    if (rf_message_read(f->batch, rf_slice_of(line), &message, &f->error))
        return RF_SLICE("the line of the test is wrong");
    rf_code code = rf_vm_test(f->vm, index, f->batch, &message, &truth, &f->error);
    if (code)
        rf_buffer_printf(&f->out, "%s%s", code == RF_ELIMIT ? "limit: " : "! ", f->error.message);
    else
        rf_buffer_text(&f->out, truth ? "true" : "false");
    return rf_buffer_view(&f->out);
}

/* One script, one VM, one run on FIXTURE_LINE. */
typedef struct fixture_case { const char *script, *line, *expected; } fixture_case;

static inline bool fixture_holds_within(rf_script_form form, const fixture_case *row, uint64_t time_ns) {
    RF_CLEANUP(fixture_done) fixture f;
    bool initialised = fixture_init(&f);
    f.limits.time_ns = time_ns;
    bool ready = initialised && fixture_add(&f, form, row->script) && fixture_start(&f);
    const char *line = row->line ? row->line : FIXTURE_LINE;
    rf_slice got = !ready ? rf_slice_of(f.error.message)
                 : form == RF_SCRIPT_CONDITION ? fixture_test(&f, 0, line) : fixture_run(&f, 0, line);
    return rf_test_same_text(__FILE__, __LINE__, row->script, got, rf_slice_of(row->expected));
}

static inline bool fixture_holds(rf_script_form form, const fixture_case *row) {
    return fixture_holds_within(form, row, 50 * UINT64_C(1000000));
}

/* Checks a table; a row is told by its script. */
#define fixture_check_all(form, rows)                                             \
    for (size_t row_ = 0; row_ < sizeof(rows) / sizeof *(rows); row_++)           \
        rf_check(fixture_holds((form), &(rows)[row_]))

#endif
