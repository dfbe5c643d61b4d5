/* fusabi_run.c: compiled scripts, each run in a VM of its own. */
#include "fusabi_common.h"

#include "base/slice.h"

typedef struct runner {
    rf_fusabi_bench base;
    const rf_fusabi_task *task;
} runner;

static void close_runner(void *state) {
    runner *self = state;
    rf_fusabi_bench_done(&self->base);
    rf_free(self);
}

static rf_code open_runner(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    runner *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return rf_raise_nomem(reterr);
    self->task = bench->arg;
    rf_code code = rf_fusabi_bench_init(&self->base, reterr);
    if (!code)
        code = rf_fusabi_bench_compile(&self->base, self->task->name, rf_slice_of(self->task->text), reterr);
    if (code)
        close_runner(self);
    else
        *ret_state = self;
    return code;
}

static void work_runner(void *state, uint64_t iterations) {
    runner *self = state;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        bool right = false;
        if (rf_fusabi_bench_run(&self->base, self->task->value, &right, &error))
            rf_fusabi_bench_note(&self->base, &error);
        self->base.wrong += !right;
    }
    self->base.runs += iterations;
}

static rf_code check_runner(void *state, rf_error *reterr) {
    const runner *self = state;
    return rf_fusabi_bench_check(&self->base, reterr);
}

rf_code rf_fusabi_bench_runs(rf_groups *groups, rf_error *reterr) {
    rf_code code = RF_OK;
    for (const rf_fusabi_task *task = rf_fusabi_tasks; task->name && !code; task++) {
        const rf_bench row = {
            .group = "fusabi_run", .name = task->name, .doc = task->doc, .target_ns = task->target_ns, .original_ns = task->original_ns,
            .original = task->original, .arg = task, .open = open_runner, .work = work_runner, .check = check_runner, .close = close_runner,
        };
        code = rf_groups_add(groups, &row, reterr);
    }
    return code;
}
