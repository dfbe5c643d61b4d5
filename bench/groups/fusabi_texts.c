/* fusabi_texts.c: from a text to a program, and from a bytecode file to one. */
#include "fusabi_common.h"

#include "script/fusabi/fzb.h"

/* What is generated, and what the original took for it. Targets: 0.3 us a line compiled, 0.05 us loaded. */
typedef struct size_row { uint32_t lines; const char *name; double compile_ns, load_ns; } size_row;
static const size_row sizes[] = { { 20, "20", 37.5e3, 3.3e3 }, { 200, "200", 238e3, 42e3 }, { 2000, "2000", 2.15e6, 419e3 } };
#define COMPILE_LINE_NS 300.0
#define LOAD_LINE_NS 50.0

typedef struct maker {
    rf_fusabi_bench base;
    rf_buffer bytes; /* a text, or a file */
} maker;

static void close_maker(void *state) {
    maker *self = state;
    rf_buffer_done(&self->bytes);
    rf_fusabi_bench_done(&self->base);
    rf_free(self);
}

static rf_code prepare(maker *self, const size_row *size, rf_error *reterr) {
    rf_fusabi_generate(&self->bytes, size->lines);
    return self->bytes.failed ? rf_raise_nomem(reterr) : rf_fusabi_bench_init(&self->base, reterr);
}

static rf_code open_compiler(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    maker *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return rf_raise_nomem(reterr);
    rf_code code = prepare(self, bench->arg, reterr);
    if (code)
        close_maker(self);
    else
        *ret_state = self;
    return code;
}

static rf_code compile(maker *self, rf_error *reterr) {
    return rf_fusabi_bench_compile(&self->base, "generated.fsx", rf_buffer_view(&self->bytes), reterr);
}

static rf_code write_file(maker *self, rf_error *reterr) {
    rf_buffer_clear(&self->bytes);
    rf_code code = rf_fus_fzb_write(self->base.program, &(rf_fus_write_options){ 0 }, &self->bytes, reterr);
    return !code && self->bytes.failed ? rf_raise_nomem(reterr) : code;
}

static rf_code open_loader(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    void *state = NULL;
    rf_code code = open_compiler(bench, &state, reterr);
    if (code)
        return code;
    code = compile(state, reterr);
    if (!code)
        code = write_file(state, reterr);
    if (code)
        close_maker(state);
    else
        *ret_state = state;
    return code;
}

static void work_compiler(void *state, uint64_t iterations) {
    maker *self = state;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++)
        if (compile(self, &error))
            rf_fusabi_bench_note(&self->base, &error);
    self->base.runs += iterations;
}

static void work_loader(void *state, uint64_t iterations) {
    maker *self = state;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        rf_fus_program_unref(self->base.program);
        self->base.program = NULL;
        if (rf_fus_fzb_read(self->base.engine, rf_buffer_view(&self->bytes), &(rf_fus_fzb_options){ .name = "generated.fzb" },
                            &self->base.program, &error))
            rf_fusabi_bench_note(&self->base, &error);
    }
    self->base.runs += iterations;
}

/* What was made last is run. */
static rf_code check_maker(void *state, rf_error *reterr) {
    maker *self = state;
    bool right = false;
    rf_code code = rf_fusabi_bench_check(&self->base, reterr);
    if (!code)
        code = rf_fusabi_bench_run(&self->base, RF_FUSABI_GENERATED_VALUE, &right, reterr);
    return code || right ? code : rf_raise(reterr, RF_ESCRIPT, "the program gives another value than the text says");
}

rf_code rf_fusabi_bench_texts(rf_groups *groups, rf_error *reterr) {
    rf_bench row = { .unit = RF_UNIT_LINES, .check = check_maker, .close = close_maker };
    rf_code code = RF_OK;
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes && !code; i++) {
        const bool loads = i >= sizeof sizes / sizeof *sizes;
        const size_row *size = &sizes[i % (sizeof sizes / sizeof *sizes)];
        row.group = loads ? "fusabi_load" : "fusabi_compile";
        row.name = "lines";
        row.parameter = size->name;
        row.doc = loads ? "Reads and verifies the bytecode file of a generated script, in memory."
                        : "Compiles a generated script to a program, in memory.";
        row.number = row.amount = size->lines;
        row.target_ns = size->lines * (loads ? LOAD_LINE_NS : COMPILE_LINE_NS);
        row.original_ns = loads ? size->load_ns : size->compile_ns;
        row.arg = size;
        row.open = loads ? open_loader : open_compiler;
        row.work = loads ? work_loader : work_compiler;
        code = rf_groups_add(groups, &row, reterr);
    }
    return code;
}
