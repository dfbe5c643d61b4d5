/* stream_stage.c: single runs of scripts on a message, in a warm VM; what a VM costs. */
#include "stream_common.h"

#include "base/slice.h"
#include "message/json.h"
#include "script/script.h"

#define MESSAGES_OF_A_BATCH 42u /* after so many the arena is emptied, as that of a batch is */
#define STACK_BYTES ((size_t)1 << 20)

/* The scripts of one pool; every VM has all of them. */
enum { PROGRAM_DEFAULTS, PROGRAM_IF, PROGRAM_THEN, PROGRAM_ADVANCED, PROGRAM_FUNCTION, PROGRAMS };

/* What one benchmark runs. */
typedef struct stage_row {
    const char *name, *doc;
    int program;
    int before;                /* programs below it that the message has been through: 0, PROGRAM_IF: defaults, … */
    const char *key, *text;    /* metadata that it makes; key NULL: see `payload` */
    const char *payload;
    double original_ns;
    const char *original;
} stage_row;

static const stage_row stage_rows[] = {
    { "defaults", "Runs the defaults of a tag_processor: sets four metadata values.", PROGRAM_DEFAULTS, 0, "tag_name", "rampBool1", NULL,
      15.5e3, "its engine's boundary alone" },
    { "condition_if", "Evaluates a condition that looks for a word in a metadata value.", PROGRAM_IF, PROGRAM_IF, NULL, NULL, NULL, 0, NULL },
    { "condition_then", "Runs what follows a condition: a regular expression, five metadata values.", PROGRAM_THEN, PROGRAM_IF, "tag_name",
      "ramp_bool_1", NULL, 0, NULL },
    { "advancedProcessing", "Runs advancedProcessing: changes the payload, joins metadata values.", PROGRAM_ADVANCED, PROGRAM_ADVANCED, "full",
      "acme.plant7.hall2.line1.cell5/boolean_signals.group_a.ramp/ramp_bool_1", NULL, 0, NULL },
    { "nodered_js", "Runs a nodered_js function: a new payload with a metadata value in it.", PROGRAM_FUNCTION, 0, NULL, NULL,
      "{\"value\":false,\"tag\":\"rampBool1\"}", 0, NULL },
};

typedef struct stage_state {
    const stage_row *row;
    rf_program *programs[PROGRAMS];
    rf_limits limits;
    rf_script_host host;
    rf_pool *pool;
    rf_vm *vm;        /* NULL: none is borrowed */
    rf_keys *keys;
    rf_batch *source; /* messages: what is run on, and one that no condition holds for */
    rf_batch *batch;  /* results */
    rf_stream_tally tally;
} stage_state;

static void close_stage(void *state) {
    stage_state *self = state;
    if (self->pool)
        rf_pool_return(self->pool, self->vm);
    rf_pool_free(self->pool);
    for (size_t i = 0; i < PROGRAMS; i++)
        rf_program_free(self->programs[i]);
    rf_script_cache_free(self->host.cache);
    rf_batch_free(self->source);
    rf_batch_free(self->batch);
    rf_keys_free(self->keys);
    rf_free(self);
}

static rf_code compile_all(stage_state *self, rf_error *reterr) {
    const rf_script_source sources[PROGRAMS] = {
        [PROGRAM_DEFAULTS] = { .text = rf_slice_of(rf_stream_defaults), .form = RF_SCRIPT_BODY, .stage = "defaults", .file = "defaults.js" },
        [PROGRAM_IF] = { .text = rf_slice_of(rf_stream_if[2]), .form = RF_SCRIPT_CONDITION, .stage = "conditions[0].if", .file = "condition-0-if.js" },
        [PROGRAM_THEN] = { .text = rf_slice_of(rf_stream_then[2]), .form = RF_SCRIPT_BODY, .stage = "conditions[0].then", .file = "condition-0-then.js" },
        [PROGRAM_ADVANCED] = { .text = rf_slice_of(rf_stream_advanced), .form = RF_SCRIPT_BODY, .stage = "advancedProcessing", .file = "advanced.js" },
        [PROGRAM_FUNCTION] = { .text = rf_slice_of(rf_stream_simple), .form = RF_SCRIPT_BODY_LINES, .stage = "code", .file = "code.js" },
    };
    rf_code code = RF_OK;
    for (size_t i = 0; i < PROGRAMS && !code; i++)
        code = rf_program_compile(&sources[i], &self->programs[i], reterr);
    return code;
}

static rf_code open_pool(stage_state *self, rf_pool **ret_pool, rf_error *reterr) {
    return rf_pool_new((const rf_program *const *)self->programs, PROGRAMS, &self->limits, &self->host, ret_pool, reterr);
}

/* Puts the message into the state in which the script gets it: through the stages before. */
static rf_code go_before(stage_state *self, rf_error *reterr) {
    static const int bodies[] = { PROGRAM_DEFAULTS, PROGRAM_THEN };
    rf_message *message = &self->source->messages[0];
    rf_code code = RF_OK;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies && !code && bodies[i] < self->row->before; i++) {
        rf_run run;
        code = rf_vm_run(self->vm, (size_t)bodies[i], self->source, message, &run, reterr);
        if (!code && run.outcome != RF_OUTCOME_MESSAGE)
            code = rf_raise(reterr, RF_ESCRIPT, "the script before gave no message");
        if (!code)
            message->meta = run.results[0].meta;
    }
    message->meta.frozen = true; /* it is run on again and again */
    return code;
}

static rf_code prepare(stage_state *self, rf_error *reterr) {
    self->limits = RF_LIMITS_DEFAULT;
    self->limits.stack_bytes = STACK_BYTES;
    self->keys = rf_keys_new();
    self->source = self->keys ? rf_batch_new(self->keys) : NULL;
    self->batch = self->keys ? rf_batch_new(self->keys) : NULL;
    if (!self->source || !self->batch)
        return rf_raise_nomem(reterr);
    rf_code code = rf_script_cache_new(1000, (size_t)1 << 20, &self->host.cache, reterr);
    if (!code)
        code = compile_all(self, reterr);
    if (!code)
        code = open_pool(self, &self->pool, reterr);
    if (!code)
        code = rf_stream_messages_read(self->source, RF_STREAM_STANDARD, 1, reterr);
    return code ? code : rf_stream_messages_read(self->source, 0, 1, reterr);
}

static rf_code open_stage(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    stage_state *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return rf_raise_nomem(reterr);
    self->row = bench->arg;
    rf_code code = prepare(self, reterr);
    if (!code)
        code = rf_pool_borrow(self->pool, &self->vm, reterr);
    if (!code)
        code = go_before(self, reterr);
    if (code)
        close_stage(self);
    else
        *ret_state = self;
    return code;
}

static void work_run(void *state, uint64_t iterations) {
    stage_state *self = state;
    const size_t program = (size_t)self->row->program;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        rf_run run = { .outcome = RF_OUTCOME_OTHER };
        if (i % MESSAGES_OF_A_BATCH == 0)
            rf_batch_clear(self->batch);
        if (rf_vm_run(self->vm, program, self->batch, &self->source->messages[0], &run, &error))
            rf_stream_tally_note(&self->tally, &error);
        self->tally.wrong += run.outcome != RF_OUTCOME_MESSAGE;
    }
    self->tally.runs += iterations;
}

static void work_test(void *state, uint64_t iterations) {
    stage_state *self = state;
    const size_t program = (size_t)self->row->program;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        bool truth = false;
        if (i % MESSAGES_OF_A_BATCH == 0)
            rf_batch_clear(self->batch);
        if (rf_vm_test(self->vm, program, self->batch, &self->source->messages[0], &truth, &error))
            rf_stream_tally_note(&self->tally, &error);
        self->tally.wrong += !truth;
    }
    self->tally.runs += iterations;
}

static rf_code compare_payload(stage_state *self, const rf_value *payload, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_code code = rf_json_write(&text, payload, 0, reterr);
    if (!code && text.failed)
        code = rf_raise_nomem(reterr);
    if (!code && !rf_slice_is(rf_buffer_view(&text), self->row->payload))
        code = rf_raise(reterr, RF_ESCRIPT, "%s made the payload %.*s", self->row->name, RF_SLICE_ARG(rf_buffer_view(&text)));
    return code;
}

static rf_code check_run(void *state, rf_error *reterr) {
    stage_state *self = state;
    rf_run run;
    rf_code code = rf_stream_tally_check(&self->tally, reterr);
    if (!code)
        code = rf_vm_run(self->vm, (size_t)self->row->program, self->batch, &self->source->messages[0], &run, reterr);
    if (code)
        return code;
    if (!self->row->key)
        return compare_payload(self, &run.results[0].payload, reterr);
    rf_value *value = rf_meta_find(&run.results[0].meta, rf_slice_of(self->row->key));
    rf_slice text = value ? rf_meta_text(&self->batch->arena, value) : RF_SLICE("nothing");
    if (!rf_slice_is(text, self->row->text))
        return rf_raise(reterr, RF_ESCRIPT, "%s made %s %.*s in place of %s", self->row->name, self->row->key, RF_SLICE_ARG(text),
                        self->row->text);
    return RF_OK;
}

/* It holds for the message that was run on, and does not for another one. */
static rf_code check_test(void *state, rf_error *reterr) {
    stage_state *self = state;
    bool truth = false;
    rf_code code = rf_stream_tally_check(&self->tally, reterr);
    if (!code)
        code = rf_vm_test(self->vm, (size_t)self->row->program, self->batch, &self->source->messages[1], &truth, reterr);
    return code || !truth ? code : rf_raise(reterr, RF_ESCRIPT, "the condition holds for every message");
}

/* ---- stream_pool ---- */

static rf_code open_bare(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    stage_state *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return rf_raise_nomem(reterr);
    self->row = bench->arg;
    rf_code code = prepare(self, reterr);
    rf_vm *vm = NULL;
    if (!code)
        code = rf_pool_borrow(self->pool, &vm, reterr); /* the first one is made */
    if (!code)
        rf_pool_return(self->pool, vm);
    if (code)
        close_stage(self);
    else
        *ret_state = self;
    return code;
}

static void work_hit(void *state, uint64_t iterations) {
    stage_state *self = state;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        rf_vm *vm = NULL;
        if (rf_pool_borrow(self->pool, &vm, &error))
            rf_stream_tally_note(&self->tally, &error);
        rf_keep(vm);
        rf_pool_return(self->pool, vm);
    }
    self->tally.runs += iterations;
}

static void work_miss(void *state, uint64_t iterations) {
    stage_state *self = state;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        rf_pool *pool = NULL;
        rf_vm *vm = NULL;
        rf_pool_counts counts = { 0 };
        rf_code code = open_pool(self, &pool, &error);
        if (!code)
            code = rf_pool_borrow(pool, &vm, &error);
        if (code)
            rf_stream_tally_note(&self->tally, &error);
        if (pool) {
            rf_pool_return(pool, vm);
            rf_pool_get_counts(pool, &counts);
        }
        self->tally.wrong += counts.misses != 1 || counts.size != 1;
        rf_pool_free(pool);
    }
    self->tally.runs += iterations;
}

static rf_code check_hit(void *state, rf_error *reterr) {
    const stage_state *self = state;
    rf_pool_counts counts;
    rf_code code = rf_stream_tally_check(&self->tally, reterr);
    rf_pool_get_counts(self->pool, &counts);
    if (!code && (counts.hits != self->tally.runs || counts.misses != 1))
        code = rf_raise(reterr, RF_ESCRIPT, "the pool had %llu hits in place of %llu", (unsigned long long)counts.hits,
                        (unsigned long long)self->tally.runs);
    return code;
}

static rf_code check_miss(void *state, rf_error *reterr) {
    const stage_state *self = state;
    return rf_stream_tally_check(&self->tally, reterr);
}

rf_code rf_stream_bench_stages(rf_groups *groups, rf_error *reterr) {
    static const rf_bench pools[] = {
        { .group = "stream_pool", .name = "hit", .doc = "Borrows a warm VM with five scripts from its pool, and gives it back.",
          .open = open_bare, .work = work_hit, .check = check_hit, .close = close_stage },
        { .group = "stream_pool", .name = "miss", .doc = "Makes a pool and its first VM with five scripts, and takes both down.",
          .open = open_bare, .work = work_miss, .check = check_miss, .close = close_stage },
    };
    rf_code code = RF_OK;
    for (size_t i = 0; i < sizeof stage_rows / sizeof *stage_rows && !code; i++) {
        const stage_row *stage = &stage_rows[i];
        const bool tests = stage->program == PROGRAM_IF;
        const rf_bench row = {
            .group = "stream_stage", .name = stage->name, .doc = stage->doc, .amount = 1, .unit = RF_UNIT_MESSAGES,
            .original_ns = stage->original_ns, .original = stage->original, .arg = stage, .open = open_stage,
            .work = tests ? work_test : work_run, .check = tests ? check_test : check_run, .close = close_stage,
        };
        code = rf_groups_add(groups, &row, reterr);
    }
    for (size_t i = 0; i < sizeof pools / sizeof *pools && !code; i++)
        code = rf_groups_add(groups, &pools[i], reterr);
    return code;
}
