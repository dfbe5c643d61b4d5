/* fusabi_common.c: an engine for a benchmark; the group of all of them. */
#include "fusabi_common.h"

#include "script/fusabi/compile.h"

#define ARENA_BLOCK_BYTES ((size_t)256 << 10)
#define ARENA_KEEP_BYTES ((size_t)16 << 20) /* of the largest script: no pages are asked for while it is measured */

rf_code rf_group_fusabi(rf_groups *groups, rf_error *reterr) {
    rf_code code = rf_fusabi_bench_runs(groups, reterr);
    if (!code)
        code = rf_fusabi_bench_texts(groups, reterr);
    return code ? code : rf_fusabi_bench_calls(groups, reterr);
}

rf_code rf_fusabi_bench_init(rf_fusabi_bench *bench, rf_error *reterr) {
    rf_arena_init(&bench->arena, ARENA_BLOCK_BYTES);
    bench->arena.keep_bytes = ARENA_KEEP_BYTES;
    return rf_fus_engine_new(&bench->engine, reterr);
}

void rf_fusabi_bench_done(rf_fusabi_bench *bench) {
    rf_fus_program_unref(bench->program);
    rf_fus_engine_unref(bench->engine);
    rf_arena_done(&bench->arena);
}

rf_code rf_fusabi_bench_compile(rf_fusabi_bench *bench, const char *name, rf_slice text, rf_error *reterr) {
    const rf_source source = { name, text };
    rf_fus_texts texts = { 0 };
    rf_fus_diags diags;
    rf_fus_program_unref(bench->program);
    bench->program = NULL;
    rf_arena_clear(&bench->arena);
    rf_fus_diags_init(&diags, &bench->arena);
    rf_code code = rf_fus_compile(bench->engine, &source, &(rf_fus_compile_options){ 0 }, &texts, &diags, &bench->program, reterr);
    rf_fus_diags_done(&diags);
    rf_vec_done(&texts);
    return code;
}

rf_code rf_fusabi_bench_run(const rf_fusabi_bench *bench, int64_t value, bool *ret_right, rf_error *reterr) {
    rf_fus_vm *vm = NULL;
    rf_fus_instance *instance = NULL;
    rf_fus_value result = RF_FUS_UNIT;
    rf_code code = rf_fus_vm_new(bench->engine, &(rf_fus_limits){ 0 }, &(rf_fus_host){ 0 }, &vm, reterr);
    if (code)
        return code;
    code = rf_fus_vm_load(vm, bench->program, &instance, reterr);
    if (!code)
        code = rf_fus_vm_run(vm, instance, &result, reterr);
    *ret_right = result == rf_fus_of_small_int(value);
    rf_fus_vm_free(vm);
    return code;
}

rf_code rf_fusabi_bench_check(const rf_fusabi_bench *bench, rf_error *reterr) {
    if (bench->error.code) {
        if (reterr)
            *reterr = bench->error;
        return bench->error.code;
    }
    if (!bench->runs)
        return rf_raise(reterr, RF_ESCRIPT, "nothing was run");
    if (bench->wrong)
        return rf_raise(reterr, RF_ESCRIPT, "%llu of %llu runs gave another value", (unsigned long long)bench->wrong,
                        (unsigned long long)bench->runs);
    return RF_OK;
}
