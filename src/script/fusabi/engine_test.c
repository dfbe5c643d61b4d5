/* engine_test.c: what an engine shares: names, shapes, the prelude; from several threads at once. */
#include "script/fusabi/program.h"

#include "base/buffer.h"
#include "base/slice.h"
#include "base/thread.h"
#include "harness.h"
#include "script/fusabi/compile.h"
#include "script/fusabi/library.h"
#include "script/fusabi/vm.h"

enum { THREADS = 4, RUNS = 25 };

static void engine_done(rf_fus_engine **engine) { rf_fus_engine_unref(*engine); }

/* Compiles and runs a script of its own in a VM of its own; true when it gives what it should. */
static bool compile_and_run(rf_fus_engine *engine, const char *text, const char *expected) {
    rf_arena arena;
    rf_arena_init(&arena, 4096);
    rf_fus_texts texts = { 0 };
    rf_fus_diags diags;
    rf_fus_diags_init(&diags, &arena);
    rf_fus_program *program = NULL;
    rf_fus_vm *vm = NULL;
    rf_fus_instance *instance = NULL;
    rf_fus_value value = RF_FUS_UNIT;
    rf_buffer shown = { 0 };
    rf_source source = { "test.fsx", rf_slice_of(text) };
    bool good = !rf_fus_compile(engine, &source, &(rf_fus_compile_options){ 0 }, &texts, &diags, &program, NULL) &&
                !rf_fus_vm_new(engine, &(rf_fus_limits){ 0 }, &(rf_fus_host){ 0 }, &vm, NULL) && !rf_fus_vm_load(vm, program, &instance, NULL) &&
                !rf_fus_vm_run(vm, instance, &value, NULL) && rf_fus_display(vm, value, &shown) && rf_slice_is(rf_buffer_view(&shown), expected);
    rf_buffer_done(&shown);
    rf_fus_vm_free(vm);
    rf_fus_program_unref(program);
    rf_fus_diags_done(&diags);
    rf_vec_done(&texts);
    rf_arena_done(&arena);
    return good;
}

typedef struct worker {
    rf_thread thread;
    rf_fus_engine *engine;
    unsigned good;
} worker;

static void work(void *argument) {
    worker *self = argument;
    for (int i = 0; i < RUNS; i++)
        self->good += compile_and_run(self->engine, "let p = { x = 1; y = Some [2; 3] }\n(List.map (fun n -> n + p.x) [1; 2], p.y = Some [2; 3])",
                                      "([2; 3], true)");
}

RF_TEST(threads_share_an_engine) {
    RF_CLEANUP(engine_done) rf_fus_engine *engine = NULL;
    rf_check(!rf_fus_engine_new(&engine, NULL));
    worker workers[THREADS] = { 0 };
    bool started = true;
    for (int i = 0; i < THREADS; i++) {
        workers[i].engine = engine;
        started &= !rf_thread_start(&workers[i].thread, "fusabi test", work, &workers[i], NULL);
    }
    unsigned good = 0;
    for (int i = 0; i < THREADS; i++) {
        rf_thread_join(&workers[i].thread);
        good += workers[i].good;
    }
    rf_check(started);
    rf_check(good == THREADS * RUNS || rf_test_torture());
}

RF_TEST(equal_names_are_one_symbol) {
    RF_CLEANUP(engine_done) rf_fus_engine *engine = NULL;
    rf_check(!rf_fus_engine_new(&engine, NULL));
    const rf_fus_symbol *a = rf_fus_symbol_of(engine, RF_SLICE("a")), *b = rf_fus_symbol_of(engine, RF_SLICE("b"));
    rf_check(a && b && a != b && a == rf_fus_symbol_of(engine, RF_SLICE("a")));
    const rf_fus_symbol *one[] = { b, a }, *other[] = { a, b };
    const rf_fus_shape *shape = rf_fus_shape_of(engine, one, 2);
    rf_check(shape && shape == rf_fus_shape_of(engine, other, 2));
    rf_check(rf_fus_shape_index(shape, a) == 0 && rf_fus_shape_index(shape, b) == 1);
}

static rf_fus_value answer(rf_fus_vm *vm, const rf_fus_value *args) {
    (void)args;
    return rf_fus_int_new(vm, 42);
}

RF_TEST(a_host_adds_functions_under_new_names) {
    static const rf_fus_lib_row mine = { .name = "Plant.answer", .params = "()", .type = "unit -> int", .doc = "Says it.", .native = answer, .arity = 1 };
    static const rf_fus_lib_row taken = { .name = "List.map", .params = "()", .type = "unit -> int", .doc = "Says it.", .native = answer, .arity = 1 };
    RF_CLEANUP(engine_done) rf_fus_engine *engine = NULL;
    rf_error error = { 0 };
    rf_check(!rf_fus_engine_new(&engine, NULL));
    rf_check(!rf_fus_engine_add_host(engine, &mine, NULL));
    rf_check(rf_fus_engine_add_host(engine, &mine, &error) == RF_ECONFIG);
    rf_check(rf_fus_engine_add_host(engine, &taken, &error) == RF_ECONFIG);
    rf_check(rf_fus_engine_find(engine, RF_SLICE("Plant.answer")) == &mine);
    rf_check(compile_and_run(engine, "Plant.answer () + 1", "43"));
}
