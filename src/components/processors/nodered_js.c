/* nodered_js: one JavaScript function for every message, as in Node-RED. */
#include "components/processors/payload.h"
#include "components/processors/script_stage.h"

#include "base/vec.h"

#include <assert.h>

typedef struct nodered {
    rf_conf_script code;
    rf_script_options options;
    rf_scripts scripts;
} nodered;

typedef struct nodered_local {
    rf_runner runner;
    RF_VEC(rf_message) out;
} nodered_local;

static const rf_field nodered_fields[] = {
    { .name = "code", .type = RF_FIELD_SCRIPT, .offset = offsetof(nodered, code), .flags = RF_FIELD_REQUIRED,
      .doc = "JavaScript function body; what it returns is the new message, nothing drops it." },
    RF_SCRIPT_OPTION_ROWS(nodered, options),
    { 0 },
};

enum { CODE_STAGE = 0 };

/* A bad return and a payload that JSON cannot hold let the message go on with an error; a throw drops it. */
static const rf_stage_spec code_spec = {
    .name = "code", .metric = "code", .kind = "nodered_js", .file = "nodered-fn.js", .what = "JavaScript", .form = RF_SCRIPT_BODY_LINES,
    .dropped = RF_REASONS(RF_REASON_FILTERED) | RF_REASONS(RF_REASON_THREW) | RF_REASONS(RF_REASON_LIMIT),
    .failed = RF_REASONS(RF_REASON_BAD_RETURN) | RF_REASONS(RF_REASON_NOT_JSON),
};

static rf_code nodered_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    nodered *self = state;
    assert(self && env);
    rf_code code = rf_scripts_init(&self->scripts, conf, env, 1, reterr);
    if (!code)
        code = rf_scripts_add(&self->scripts, &code_spec, &self->code, reterr);
    return code ? code : rf_scripts_ready(&self->scripts, &self->options, reterr);
}

static void local_free(nodered_local *local) {
    if (!local)
        return;
    rf_runner_done(&local->runner);
    rf_vec_done(&local->out);
    rf_free(local);
}

static rf_code nodered_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    nodered *self = state;
    assert(self && shard && ret_local);
    nodered_local *local = rf_alloc_zero(1, sizeof *local);
    if (!local)
        return rf_raise_nomem(reterr);
    rf_code code = rf_runner_init(&local->runner, &self->scripts, shard, reterr);
    if (code) {
        local_free(local);
        return code;
    }
    *ret_local = local;
    return RF_OK;
}

static void count_errored(nodered_local *local) {
    rf_meter_add(local->runner.meter, local->runner.scripts->errored, 1);
}

/* The message goes on as it came, with an error. */
static rf_code fail(nodered_local *local, rf_batch *batch, rf_message *original, rf_reason reason, const rf_error *why, rf_error *reterr) {
    rf_message copy;
    count_errored(local);
    rf_runner_failed(&local->runner, CODE_STAGE, reason, why);
    rf_message_share(original, &copy);
    rf_message_fail(batch, &copy, "%s", why->message);
    return rf_vec_push(&local->out, copy) ? RF_OK : rf_raise_nomem(reterr);
}

/* Only strings are kept, and no empty ones (stream.md 3.3). False: out of memory. */
static bool keep_strings(rf_arena *arena, rf_meta *meta) {
    if (meta->frozen && meta->typed && !rf_meta_reserve(arena, meta, meta->count))
        return false;
    if (meta->frozen)
        return true; /* untouched, and all strings */
    rf_meta_keep_settled(meta);
    return true;
}

static rf_code take_result(nodered_local *local, rf_batch *batch, rf_message *original, const rf_message *seen, rf_result *result,
                           rf_error *reterr) {
    rf_message made = { .payload = rf_text(RF_RAW, RF_SLICE("")), .error = seen->error, .blame = seen->blame, .origin = seen->origin };
    rf_error why;
    if (result->has_payload)
        made.payload = result->payload_same ? seen->payload : result->payload;
    if (result->has_payload && !result->payload_same && rf_payload_check(&made.payload, &why)) {
        rf_error_prefix(&why, "the payload cannot go on: ");
        return fail(local, batch, original, RF_REASON_NOT_JSON, &why, reterr);
    }
    if (result->has_meta)
        made.meta = result->meta;
    if (!keep_strings(&batch->arena, &made.meta) || !rf_vec_push(&local->out, made))
        return rf_raise_nomem(reterr);
    return RF_OK;
}

static rf_code refuse_return(nodered_local *local, rf_batch *batch, rf_message *original, const rf_run *run, rf_error *reterr) {
    rf_error why;
    (void)rf_raise(&why, RF_ESCRIPT, "function must return a message object or null");
    if (run->note.len)
        rf_error_hint(&why, "it returned a value of kind %.*s", RF_SLICE_ARG(run->note));
    return fail(local, batch, original, RF_REASON_BAD_RETURN, &why, reterr);
}

static void filter(nodered_local *local) {
    static const rf_error why = { .message = "the function returned null or undefined" };
    rf_runner_dropped(&local->runner, CODE_STAGE, RF_REASON_FILTERED, &why);
}

static rf_code settle(rf_batch *batch, rf_message *message, rf_error *reterr) {
    return message->payload.kind == RF_RAW ? rf_message_parse(&batch->arena, &message->payload, reterr)
                                           : rf_payload_settle(&batch->arena, &message->payload, reterr);
}

/* A throw, or a limit: this message is dropped. Anything else is of the whole batch. */
static rf_code run_failed(nodered_local *local, rf_code code, const rf_error *why, rf_error *reterr) {
    rf_reason reason = rf_runner_reason(code);
    if (reason == RF_REASON_COUNT) {
        if (reterr)
            *reterr = *why;
        return code;
    }
    count_errored(local);
    rf_runner_dropped(&local->runner, CODE_STAGE, reason, why);
    return RF_OK;
}

static rf_code process_one(nodered_local *local, rf_batch *batch, rf_message *original, rf_error *reterr) {
    rf_message seen;
    rf_error why;
    rf_run run;
    rf_message_share(original, &seen);
    rf_code code = settle(batch, &seen, &why);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code)
        return fail(local, batch, original, RF_REASON_NOT_JSON, &why, reterr);
    code = rf_runner_run(&local->runner, CODE_STAGE, batch, &seen, &run, &why);
    if (code)
        return run_failed(local, code, &why, reterr);
    if (run.outcome == RF_OUTCOME_MESSAGE)
        return take_result(local, batch, original, &seen, &run.results[0], reterr);
    if (run.outcome != RF_OUTCOME_NOTHING)
        return refuse_return(local, batch, original, &run, reterr);
    filter(local);
    return RF_OK;
}

static rf_code nodered_process(void *state, void *local_state, rf_batch *batch, rf_error *reterr) {
    nodered *self = state;
    nodered_local *local = local_state;
    assert(self && local && batch);
    rf_code code = RF_OK;
    local->out.count = 0;
    rf_runner_begin(&local->runner);
    for (uint32_t i = 0; i < batch->count && !code; i++)
        code = process_one(local, batch, &batch->messages[i], reterr);
    rf_meter_add(local->runner.meter, self->scripts.processed, batch->count);
    if (!code && !rf_batch_replace(batch, local->out.items, (uint32_t)local->out.count))
        code = rf_raise_nomem(reterr);
    rf_runner_end(&local->runner);
    return code;
}

static void nodered_detach(void *state, void *local) {
    (void)state;
    local_free(local);
}

static void nodered_close(void *state) {
    nodered *self = state;
    assert(self);
    rf_scripts_done(&self->scripts);
}

const rf_processor_kind rf_nodered_js_kind = {
    .name = "nodered_js",
    .summary = "Runs a JavaScript function on every message.",
    .detail = "The function gets `msg` with `payload` and `meta` and returns the new message; null or nothing drops it. Of `meta` "
              "only strings are kept. A message whose function throws is dropped and counted; one that returns anything else goes on "
              "as it came, with an error.",
    .example = "input:\n"
               "  generate:\n"
               "    interval: 1s\n"
               "    mapping: 'root = {\"temperature\": 21.5}'\n"
               "pipeline:\n"
               "  processors:\n"
               "    - nodered_js:\n"
               "        code: |\n"
               "          msg.payload.fahrenheit = msg.payload.temperature * 9 / 5 + 32;\n"
               "          return msg;\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = nodered_fields,
    .state_size = sizeof(nodered),
    .open = nodered_open,
    .attach = nodered_attach,
    .process = nodered_process,
    .detach = nodered_detach,
    .close = nodered_close,
};
