/* run.c: one run of one program on one message, and the proof that nothing is left of it. */
#include "script/javascript/internal.h"
#include "script/javascript/overtime.h"

#include <assert.h>

/* Private members that a class put on `msg` cannot be seen by later runs, but take room: the pair is renewed. */
#define RENEW_RUNS 1024u

static void begin(rf_js *js, size_t index, rf_batch *batch, rf_message *message) {
    const rf_program *program = js->programs[index].program;
    js->batch = batch;
    js->current = message;
    js->started_ns = 0;
    js->base_keys = 0;
    js->export_limit = js->host_nomem = false;
    js->export_left = js->limits.heap_bytes;
    if (RF_UNLIKELY(++js->run == 0))
        js->run = 1; /* 0 marks a slot without an overlay */
    rf_js_account_begin(js);
    rf_js_stack_update(js);
    js->watched = rf_js_overtime_begin(&js->heap, js->limits.time_ns);
    rf_js_where_enter(&js->where, program->source.where ? program->source.where : program->source.stage, &program->lines);
}

static void renew_pair(rf_js *js) {
    if (!rf_js_meta_make(js) || !rf_js_message_make(js)) {
        JS_FreeValue(js->ctx, JS_GetException(js->ctx));
        js->spoiled = true;
        return;
    }
    rf_js_put(js->ctx, &js->globals[0].value, JS_DupValue(js->ctx, js->message.object));
}

/* Anything that could reach the next run ends this interpreter. */
static void end(rf_js *js) {
    rf_js_message_reset(js);
    rf_js_meta_reset(js);
    rf_js_globals_reset(js);
    if (RF_UNLIKELY(js->run % RENEW_RUNS == 0))
        renew_pair(js);
    if (RF_UNLIKELY(js->timed_out || js->heap.refused || js->heap.failed || JS_IsJobPending(js->rt) ||
                    js->heap.held_bytes > js->rest_bytes + RF_JS_KEEP_BYTES))
        js->spoiled = true;
    js->batch = NULL;
    js->current = NULL;
}

/* The engine's memory or time ran out in the middle of something: nothing of it may be touched any more. */
static rf_code escaped(rf_js *js, rf_error *reterr) {
    js->heap.guarded = false;
    rf_js_where_leave(&js->where);
    rf_js_overtime_end(js->watched);
    js->spoiled = true;
    js->batch = NULL;
    js->current = NULL;
    return js->heap.overtime ? rf_js_time_failure(js, reterr) : rf_js_memory_failure(js, reterr);
}

static JSValue call(rf_js *js, size_t index) {
    const rf_js_program *loaded = &js->programs[index];
    const rf_js_code *code = &loaded->program->code;
    if (RF_UNLIKELY(code->is_script))
        return JS_EvalFunction(js->ctx, JS_DupValue(js->ctx, loaded->code));
    JSValue global = JS_UNDEFINED;
    return JS_Call(js->ctx, loaded->code, global, code->takes_message ? 1 : 0, &js->message.object);
}

/* Ends the run, whatever came of it. */
static void finish(rf_js *js, size_t index, JSValue value) {
    JS_FreeValue(js->ctx, value);
    end(js);
    rf_js_account_end(js, index);
    js->heap.guarded = false;
    rf_js_where_leave(&js->where);
    rf_js_overtime_end(js->watched);
}

static rf_code attempt_run(rf_js *js, size_t index, rf_run *ret_run, rf_error *reterr) {
    rf_code code = RF_OK;
    rf_run run;
    js->heap.guarded = true;
    JSValue value = call(js, index);
    if (RF_UNLIKELY(JS_IsException(value) || !rf_js_result(js, value, &run) || js->timed_out))
        code = rf_js_failure(js, js->programs[index].program, reterr);
    else
        *ret_run = run;
    finish(js, index, value);
    return code;
}

static rf_code attempt_test(rf_js *js, size_t index, bool *ret_truth, rf_error *reterr) {
    rf_code code = RF_OK;
    js->heap.guarded = true;
    JSValue value = call(js, index);
    if (RF_UNLIKELY(JS_IsException(value) || js->timed_out))
        code = rf_js_failure(js, js->programs[index].program, reterr);
    else
        *ret_truth = JS_ToBool(js->ctx, value) > 0;
    finish(js, index, value);
    return code;
}

rf_code rf_js_run(rf_js *js, size_t index, rf_batch *batch, rf_message *message, rf_run *ret_run, rf_error *reterr) {
    assert(js && index < js->program_count && batch && message && !js->spoiled);
    begin(js, index, batch, message);
    if (RF_UNLIKELY(_setjmp(js->heap.escape)))
        return escaped(js, reterr);
    return attempt_run(js, index, ret_run, reterr);
}

rf_code rf_js_test(rf_js *js, size_t index, rf_batch *batch, rf_message *message, bool *ret_truth, rf_error *reterr) {
    assert(js && index < js->program_count && batch && message && !js->spoiled);
    begin(js, index, batch, message);
    if (RF_UNLIKELY(_setjmp(js->heap.escape)))
        return escaped(js, reterr);
    return attempt_test(js, index, ret_truth, reterr);
}
