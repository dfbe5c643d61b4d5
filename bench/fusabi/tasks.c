/* tasks.c: the tasks of the Fusabi benchmark on our VM, in process. A line a task: name, nanoseconds of CPU, or bytes. */
#include "script/fusabi/compile.h"
#include "script/fusabi/fzb.h"
#include "script/fusabi/vm.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 5

typedef struct task {
    rf_fus_engine *engine;
    rf_fus_program *program; /* what is run */
    rf_source source;        /* what is compiled */
    rf_buffer file;          /* what is loaded */
    rf_fus_vm *vm;
    rf_fus_hold hook;
    rf_arena arena;          /* what compiling needs, kept from one to the next as a host with many scripts would */
} task;

static double cpu_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void die(const char *what, const rf_error *error) {
    fprintf(stderr, "bench: %s: %s\n", what, error->message);
    exit(1);
}

static rf_buffer read_file(const char *folder, const char *name) {
    char path[4096];
    rf_buffer text = { 0 };
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        die(path, &(rf_error){ .message = "cannot be opened" });
    char part[65536];
    for (size_t got; (got = fread(part, 1, sizeof part, file)) > 0;)
        rf_buffer_append(&text, part, got);
    (void)fclose(file);
    return text;
}

static int by_size(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Prints the median of the rounds, of `times` calls each, after one call that is not timed. */
static void measure(const char *name, int times, void (*work)(task *), task *t) {
    double taken[ROUNDS];
    work(t);
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_ns();
        for (int i = 0; i < times; i++)
            work(t);
        taken[round] = (cpu_ns() - start) / times;
    }
    qsort(taken, ROUNDS, sizeof *taken, by_size);
    printf("%s %.1f\n", name, taken[ROUNDS / 2]);
}

static rf_fus_program *compile(task *t, const rf_source *source) {
    rf_arena_clear(&t->arena);
    rf_fus_texts texts = { 0 };
    rf_fus_diags diags;
    rf_fus_diags_init(&diags, &t->arena);
    rf_fus_program *program = NULL;
    rf_error error = { 0 };
    if (rf_fus_compile(t->engine, source, &(rf_fus_compile_options){ 0 }, &texts, &diags, &program, &error))
        die(source->name, &error);
    rf_fus_diags_done(&diags);
    rf_vec_done(&texts);
    return program;
}

static rf_fus_vm *new_vm(rf_fus_engine *engine) {
    rf_fus_vm *vm = NULL;
    rf_error error = { 0 };
    if (rf_fus_vm_new(engine, &(rf_fus_limits){ 0 }, &(rf_fus_host){ 0 }, &vm, &error))
        die("a VM", &error);
    return vm;
}

static rf_fus_value run(rf_fus_vm *vm, rf_fus_program *program) {
    rf_fus_instance *instance = NULL;
    rf_fus_value value = RF_FUS_UNIT;
    rf_error error = { 0 };
    if (rf_fus_vm_load(vm, program, &instance, &error) || rf_fus_vm_run(vm, instance, &value, &error))
        die("running", &error);
    return value;
}

static void run_work(task *t) {
    rf_fus_vm *vm = new_vm(t->engine);
    (void)run(vm, t->program);
    rf_fus_vm_free(vm);
}

static void compile_work(task *t) { rf_fus_program_unref(compile(t, &t->source)); }

static void load_work(task *t) {
    rf_fus_program *program = NULL;
    rf_error error = { 0 };
    if (rf_fus_fzb_read(t->engine, rf_buffer_view(&t->file), &(rf_fus_fzb_options){ .name = "bench" }, &program, &error))
        die("loading", &error);
    rf_fus_program_unref(program);
}

static void new_vm_work(task *t) { rf_fus_vm_free(new_vm(t->engine)); }

static void hook_work(task *t) {
    rf_fus_value line = rf_fus_vm_held(t->vm, t->hook), result;
    rf_fus_value hook = rf_fus_vm_held(t->vm, (rf_fus_hold){ t->hook.index + 1 });
    for (int i = 0; i < 1000; i++)
        if (rf_fus_vm_host_call(t->vm, hook, &line, 1, &result, NULL))
            die("a hook", &(rf_error){ .message = "failed" });
}

static void run_script(task *t, const char *folder, const char *name, int times) {
    char file[200];
    (void)snprintf(file, sizeof file, "%s.fsx", name);
    rf_buffer text = read_file(folder, file);
    t->source = (rf_source){ file, rf_buffer_view(&text) };
    t->program = compile(t, &t->source);
    measure(name, times, run_work, t);
    rf_fus_program_unref(t->program);
    rf_buffer_done(&text);
}

static void run_file(task *t, const char *folder, const char *name, int times) {
    char file[200];
    rf_error error = { 0 };
    (void)snprintf(file, sizeof file, "%s.fzb", name);
    rf_buffer bytes = read_file(folder, file);
    if (rf_fus_fzb_read(t->engine, rf_buffer_view(&bytes), &(rf_fus_fzb_options){ .name = file }, &t->program, &error))
        die(file, &error);
    measure(name, times, run_work, t);
    rf_fus_program_unref(t->program);
    rf_buffer_done(&bytes);
}

static void compile_and_load(task *t, const char *folder, int lines) {
    char name[100];
    rf_error error = { 0 };
    (void)snprintf(name, sizeof name, "gen%d_portable.fsx", lines);
    rf_buffer text = read_file(folder, name);
    t->source = (rf_source){ name, rf_buffer_view(&text) };
    char label[100];
    (void)snprintf(label, sizeof label, "compile%d", lines);
    measure(label, 20000 / lines, compile_work, t);
    rf_fus_program *program = compile(t, &t->source);
    t->file = (rf_buffer){ 0 };
    if (rf_fus_fzb_write(program, &(rf_fus_write_options){ 0 }, &t->file, &error))
        die("writing", &error);
    (void)snprintf(label, sizeof label, "load%d", lines);
    measure(label, 20000 / lines, load_work, t);
    printf("bytes%d %zu\n", lines, t->file.len);
    rf_buffer_done(&t->file);
    rf_fus_program_unref(program);
    rf_buffer_done(&text);
}

static void hooks(task *t, const char *folder) {
    rf_buffer text = read_file(folder, "on_output_portable.fsx");
    t->source = (rf_source){ "on_output", rf_buffer_view(&text) };
    rf_fus_program *program = compile(t, &t->source);
    t->vm = new_vm(t->engine);
    rf_fus_value hook = run(t->vm, program);
    rf_fus_value line = rf_fus_string_new(t->vm, RF_SLICE("some line of terminal output, forty-odd bytes"));
    rf_fus_hold unused;
    if (!rf_fus_vm_hold(t->vm, line, &t->hook) || !rf_fus_vm_hold(t->vm, hook, &unused))
        die("holding", &(rf_error){ .message = "out of memory" });
    rf_fus_heap_counts before, after;
    hook_work(t); /* what is held moves to its place at the first call */
    rf_fus_vm_counts(t->vm, &before);
    measure("hostcall1000", 100, hook_work, t);
    for (int i = 0; i < 1000; i++)
        hook_work(t);
    rf_fus_vm_counts(t->vm, &after);
    printf("growth_bytes %zu\n", after.held_bytes - before.held_bytes);
    rf_fus_vm_free(t->vm);
    rf_fus_program_unref(program);
    rf_buffer_done(&text);
}

int main(int argc, char **argv) {
    static const struct { const char *name; int times; } scripts[] = {
        { "fib25", 3 }, { "fib30", 1 }, { "list10k", 20 }, { "strbuild5k", 20 }, { "call100k", 10 }, { "match100k", 10 }, { "native100k", 10 },
    };
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    task t = { 0 };
    rf_error error = { 0 };
    /* A VM a run: its memory stays with the process, as that of the peers' one interpreter does. */
    (void)mallopt(M_MMAP_THRESHOLD, 64 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 256 << 20);
    rf_arena_init(&t.arena, 256 * 1024);
    t.arena.keep_bytes = (size_t)16 << 20;
    if (rf_fus_engine_new(&t.engine, &error))
        die("the engine", &error);
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        run_script(&t, argv[1], scripts[i].name, scripts[i].times);
    run_file(&t, argv[1], "fib25_raw", 3);
    run_file(&t, argv[1], "countdown1m_raw", 3);
    for (int lines = 20; lines <= 2000; lines *= 10)
        compile_and_load(&t, argv[1], lines);
    measure("newvm", 2000, new_vm_work, &t);
    t.vm = new_vm(t.engine);
    rf_fus_heap_counts counts;
    rf_fus_vm_counts(t.vm, &counts);
    printf("newvm_bytes %zu\n", counts.held_bytes);
    rf_fus_vm_free(t.vm);
    hooks(&t, argv[1]);
    rf_fus_engine_unref(t.engine);
    rf_arena_done(&t.arena);
    return 0;
}
