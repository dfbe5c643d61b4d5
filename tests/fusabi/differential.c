/* differential.c: random programs through all that our own compiler and VM can do with them: every way must give the same.
 *
 *     differential [COUNT [SEED [stress]]]    prints `N passed, N failed`; status 1 when any failed
 *     differential show SEED                  prints the program of that seed
 *
 * `stress`: less data, and every way with a full collection at each safepoint too.
 */
#include "generate.h"

#include "base/alloc.h"
#include "base/number.h"
#include "base/slice.h"
#include "script/fusabi/compile.h"
#include "script/fusabi/fzb.h"
#include "script/fusabi/vm.h"

#include <stdio.h>

/* One way from text to run. */
typedef struct way {
    const char *name;
    rf_fus_compile_options options;
    bool through_file; /* written as .fzb and read again */
    bool is_stripped;  /* … without places and names */
    bool is_stressed;
} way;

static const way ways[] = {
    { .name = "plain", .options = { .no_optimise = true } }, /* the first is what the others are compared with */
    { .name = "optimised" },
    { .name = "inferred", .options = { .infer = true } },
    { .name = "plain, by way of a file", .options = { .no_optimise = true }, .through_file = true },
    { .name = "inferred, by way of a file", .options = { .infer = true }, .through_file = true },
    { .name = "stripped", .options = { .infer = true }, .through_file = true, .is_stripped = true },
    { .name = "strict", .options = { .infer = true, .strict = true } }, /* programs are well typed: nothing to complain of */
    { .name = "plain, collecting", .options = { .no_optimise = true }, .is_stressed = true },
    { .name = "inferred, collecting", .options = { .infer = true }, .is_stressed = true },
};
enum { WAY_COUNT = sizeof ways / sizeof *ways, WAYS_UNSTRESSED = 7 };

/* What came of it: everything printed, then the result or the error. */
typedef struct outcome {
    rf_buffer text;
    bool is_over_limit; /* says nothing */
    bool is_bad;        /* did not compile, or a file could not be read: never right */
} outcome;

static void outcome_done(outcome *o) { rf_buffer_done(&o->text); }

static bool keep_output(void *user, rf_slice text) {
    outcome *o = user;
    rf_buffer_slice(&o->text, text);
    return !o->text.failed;
}

static void note_bad(outcome *o, const char *what, const rf_error *error) {
    o->is_bad = true;
    rf_buffer_printf(&o->text, "%s: %s:%u:%u: %s", what, error->place.file, error->place.line, error->place.column, error->message);
}

static rf_fus_program *compile(rf_fus_engine *engine, rf_slice text, const rf_fus_compile_options *options, outcome *o) {
    rf_arena arena;
    rf_fus_texts texts = { 0 };
    rf_fus_diags diags;
    rf_error error = { 0 };
    rf_fus_program *program = NULL;
    rf_source source = { "random.fsx", text };
    rf_arena_init(&arena, 16 * 1024);
    rf_fus_diags_init(&diags, &arena);
    if (rf_fus_compile(engine, &source, options, &texts, &diags, &program, &error)) {
        note_bad(o, "not compiled", &error);
        program = NULL;
    }
    rf_fus_diags_done(&diags);
    rf_vec_done(&texts);
    rf_arena_done(&arena);
    return program;
}

/* Writes the program and reads it back; gives up the one it was given. */
static rf_fus_program *through_file(rf_fus_engine *engine, rf_fus_program *program, const way *w, outcome *o) {
    rf_buffer bytes = { 0 };
    rf_error error = { 0 };
    rf_fus_program *again = NULL;
    rf_fus_write_options writing = { .strip = w->is_stripped };
    rf_fus_fzb_options reading = { .name = "random.fzb" };
    if (rf_fus_fzb_write(program, &writing, &bytes, &error))
        note_bad(o, "not written", &error);
    else if (rf_fus_fzb_read(engine, rf_buffer_view(&bytes), &reading, &again, &error)) {
        note_bad(o, "not read", &error);
        again = NULL;
    }
    rf_buffer_done(&bytes);
    rf_fus_program_unref(program);
    return again;
}

static void run_in(rf_fus_vm *vm, rf_fus_program *program, const way *w, outcome *o) {
    rf_fus_instance *instance;
    rf_fus_value value;
    rf_error error = { 0 };
    rf_code code = rf_fus_vm_load(vm, program, &instance, &error);
    rf_fus_vm_stress(vm, w->is_stressed);
    code = code ? code : rf_fus_vm_run(vm, instance, &value, &error);
    rf_fus_vm_stress(vm, false);
    o->is_over_limit = code == RF_ELIMIT;
    if (!code)
        (void)rf_fus_display(vm, value, &o->text);
    else
        rf_buffer_printf(&o->text, "error: %s", error.message);
    if (code && !w->is_stripped)
        rf_buffer_printf(&o->text, " at %u:%u", error.place.line, error.place.column);
}

static void run(rf_fus_engine *engine, rf_fus_program *program, const way *w, outcome *o) {
    rf_fus_limits limits = { .time_ns = w->is_stressed ? UINT64_C(60000000000) : UINT64_C(3000000000), .heap_bytes = (size_t)256 << 20, .depth = 100000 };
    rf_fus_host host = { .capabilities = 0, .write = keep_output, .user = o };
    rf_error error = { 0 };
    rf_fus_vm *vm;
    if (rf_fus_vm_new(engine, &limits, &host, &vm, &error)) {
        note_bad(o, "no VM", &error);
        return;
    }
    run_in(vm, program, w, o);
    rf_fus_vm_free(vm);
}

static void go(rf_fus_engine *engine, rf_slice text, const way *w, outcome *o) {
    rf_fus_program *program = compile(engine, text, &w->options, o);
    if (program && w->through_file)
        program = through_file(engine, program, w, o);
    if (program)
        run(engine, program, w, o);
    rf_fus_program_unref(program);
}

/* Compares up to the place of an error, which a stripped program does not know. */
static bool is_same(const outcome *a, const outcome *b, bool without_place) {
    rf_slice left = rf_buffer_view(&a->text), right = rf_buffer_view(&b->text);
    if (without_place && rf_slice_starts(left, right))
        left.len = right.len;
    return rf_slice_eq(left, right);
}

static void show_difference(uint64_t seed, const way *w, const outcome *expected, const outcome *got) {
    size_t at = 0, most = expected->text.len < got->text.len ? expected->text.len : got->text.len;
    while (at < most && expected->text.data[at] == got->text.data[at])
        at++;
    size_t from = at > 60 ? at - 60 : 0;
    rf_slice a = { expected->text.data + from, expected->text.len - from }, b = { got->text.data + from, got->text.len - from };
    a.len = a.len < 200 ? a.len : 200;
    b.len = b.len < 200 ? b.len : 200;
    printf("seed %llu, %s: differs at byte %zu\n  %s: [%.*s]\n  %s: [%.*s]\n", (unsigned long long)seed, w->name, at, ways[0].name,
           RF_SLICE_ARG(a), w->name, RF_SLICE_ARG(b));
}

/* 1: all the same; 0: not; -1: the plain run hit a limit. */
static int check(rf_fus_engine *engine, uint64_t seed, bool with_stress) {
    rf_buffer text RF_CLEANUP(rf_buffer_done) = { 0 };
    outcome expected RF_CLEANUP(outcome_done) = { 0 };
    rf_generate(seed, with_stress ? 1 : 100, &text);
    go(engine, rf_buffer_view(&text), &ways[0], &expected);
    if (expected.is_bad)
        printf("seed %llu: %.*s\n", (unsigned long long)seed, RF_SLICE_ARG(rf_buffer_view(&expected.text)));
    if (expected.is_bad || expected.is_over_limit)
        return expected.is_bad ? 0 : -1;
    int result = 1;
    for (size_t i = 1; i < (with_stress ? WAY_COUNT : WAYS_UNSTRESSED); i++) {
        outcome got RF_CLEANUP(outcome_done) = { 0 };
        go(engine, rf_buffer_view(&text), &ways[i], &got);
        if (got.is_over_limit || is_same(&expected, &got, ways[i].is_stripped))
            continue;
        show_difference(seed, &ways[i], &expected, &got);
        result = 0;
    }
    return result;
}

static int show(uint64_t seed) {
    rf_buffer text RF_CLEANUP(rf_buffer_done) = { 0 };
    rf_generate(seed, 100, &text);
    return fwrite(text.data, 1, text.len, stdout) == text.len ? 0 : 1;
}

static uint64_t number_of(const char *text) {
    int64_t number;
    return rf_number_parse_i64(rf_slice_of(text), &number) && number > 0 ? (uint64_t)number : 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "show") == 0)
        return show(number_of(argv[2]));
    uint64_t count = argc > 1 ? number_of(argv[1]) : 200, seed = argc > 2 ? number_of(argv[2]) : 1;
    bool with_stress = argc > 3 && strcmp(argv[3], "stress") == 0;
    uint64_t passed = 0, failed = 0, over = 0;
    rf_fus_engine *engine;
    rf_error error;
    if (rf_fus_engine_new(&engine, &error))
        return 1;
    for (uint64_t i = 0; i < count; i++) {
        int result = check(engine, seed + i, with_stress);
        passed += result > 0;
        failed += result == 0;
        over += result < 0;
    }
    rf_fus_engine_unref(engine);
    printf("%llu passed, %llu failed", (unsigned long long)passed, (unsigned long long)failed);
    if (over)
        printf(" (%llu ran into a limit)", (unsigned long long)over);
    printf("\n");
    return failed ? 1 : 0;
}
