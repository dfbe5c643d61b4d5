/* test_run.h: for tests of the library: runs a script and gives its result, or its error, as text. */
#ifndef RF_TESTS_FUSABI_TEST_RUN_H
#define RF_TESTS_FUSABI_TEST_RUN_H

#include "base/alloc.h"
#include "base/slice.h"
#include "harness.h"
#include "script/fusabi/compile.h"
#include "script/fusabi/vm.h"

/* What a test holds, freed wherever it ends: `test_run run RF_CLEANUP(test_run_done) = { 0 };`. */
typedef struct test_run {
    rf_fus_host host;      /* filled before the first script; capabilities 0 means all */
    rf_fus_limits limits;
    rf_fus_engine *engine;
    rf_fus_vm *vm;
    rf_buffer out;         /* what was printed, then the result */
    rf_error error;
} test_run;

static inline void test_run_done(test_run *run) {
    rf_fus_vm_free(run->vm);
    rf_fus_engine_unref(run->engine);
    rf_buffer_done(&run->out);
}

static inline bool test_run_write(void *user, rf_slice text) {
    test_run *run = user;
    rf_buffer_slice(&run->out, text);
    return !run->out.failed;
}

static inline rf_code test_run_begin(test_run *run) {
    if (run->vm)
        return RF_OK;
    rf_code code = rf_fus_engine_new(&run->engine, &run->error);
    if (code)
        return code;
    if (!run->host.capabilities)
        run->host.capabilities = RF_FUS_CAN_ALL;
    run->host.write = test_run_write;
    run->host.user = run;
    return rf_fus_vm_new(run->engine, &run->limits, &run->host, &run->vm, &run->error);
}

static inline rf_code test_run_compile(test_run *run, const char *text, rf_fus_program **ret_program) {
    rf_arena arena;
    rf_fus_texts texts = { 0 };
    rf_fus_diags diags;
    rf_source source = { "test.fsx", rf_slice_of(text) };
    rf_fus_compile_options options = { 0 };
    rf_arena_init(&arena, 16 * 1024);
    rf_fus_diags_init(&diags, &arena);
    rf_code code = rf_fus_compile(run->engine, &source, &options, &texts, &diags, ret_program, &run->error);
    rf_fus_diags_done(&diags);
    rf_vec_done(&texts);
    rf_arena_done(&arena);
    return code;
}

/* Runs a script; `run->out` has the text of its result, or "error: …". False: out of memory. */
static inline bool test_run_script(test_run *run, const char *text) {
    rf_fus_program *program = NULL;
    rf_fus_instance *instance;
    rf_fus_value value;
    rf_buffer_clear(&run->out);
    rf_code code = test_run_begin(run);
    code = code ? code : test_run_compile(run, text, &program);
    code = code ? code : rf_fus_vm_load(run->vm, program, &instance, &run->error);
    rf_fus_program_unref(program);
    code = code ? code : rf_fus_vm_run(run->vm, instance, &value, &run->error);
    if (code == RF_ENOMEM)
        return false;
    if (code)
        rf_buffer_printf(&run->out, "error: %s", run->error.message);
    else
        rf_fus_display(run->vm, value, &run->out);
    return !run->out.failed;
}

/* One script after the other in the same VM, each with what it gives. */
#define test_run_check(run, text, expected)                                 \
    do {                                                                    \
        rf_check(test_run_script((run), (text)));                           \
        rf_check_text(rf_buffer_view(&(run)->out), rf_slice_of(expected));  \
    } while (0)

#endif
