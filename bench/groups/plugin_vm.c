/* plugin_vm.c: VMs without a chain around them: bytecode run directly, hooks called directly, texts compiled. */
#include "plugin_common.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "script/fusabi/fzb.h"
#include "script/fusabi/vm.h"

/* Targets of the seed's report (004): a run, and a hook through the adapter; issue 5 has none for these. */
enum { RUN_NS = 1000, ADAPTER_NS = 5000 };

static rf_code failed(const rf_error *error, uint64_t wrong, const char *what, rf_error *reterr) {
    if (error->code) {
        if (reterr)
            *reterr = *error;
        return error->code;
    }
    return wrong ? rf_raise(reterr, RF_ESCRIPT, "%s %llu times", what, (unsigned long long)wrong) : RF_OK;
}

/* ---- direct: a chunk is decoded, run in a new VM, and gone ---- */

typedef struct direct {
    rf_plugin_shared shared;
    rf_buffer bytes;
    uint32_t global;       /* of `value` */
    rf_fus_value expected;
    uint64_t runs, wrong;
    rf_error error;
} direct;

static void close_direct(void *state) {
    direct *d = state;
    rf_buffer_done(&d->bytes);
    rf_plugin_shared_done(&d->shared);
    rf_free(d);
}

static rf_code decode(const direct *d, rf_fus_program **ret_program, rf_error *reterr) {
    return rf_fus_fzb_read(d->shared.engine, rf_buffer_view(&d->bytes), &(rf_fus_fzb_options){ .name = "chunk" }, ret_program, reterr);
}

static rf_code prepare(direct *d, const rf_plugin_arg *arg, rf_error *reterr) {
    rf_fus_program *program = NULL;
    rf_code code = rf_plugin_shared_init(&d->shared, NULL, reterr);
    if (!code)
        code = rf_script_bytecode(&d->shared, rf_script_find(arg->script), &d->bytes, reterr);
    if (!code)
        code = decode(d, &program, reterr);
    const rf_fus_export *value = code ? NULL : rf_fus_program_export(program, RF_SLICE("value"));
    if (!code && !value)
        code = rf_raise(reterr, RF_ESCRIPT, "the chunk has no `value`");
    if (!code)
        d->global = value->global;
    d->expected = rf_fus_of_small_int(strcmp(arg->script, "chunk_complex") == 0 ? (10 + 20) * (30 - 5) / 3 : 42);
    rf_fus_program_unref(program);
    return code;
}

static rf_code open_direct(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    direct *d = rf_alloc_zero(1, sizeof *d);
    if (!d)
        return rf_raise_nomem(reterr);
    rf_code code = prepare(d, bench->arg, reterr);
    if (code)
        close_direct(d);
    else
        *ret_state = d;
    return code;
}

static rf_code run_once(direct *d, rf_error *reterr) {
    rf_fus_program *program = NULL;
    rf_fus_vm *vm = NULL;
    rf_fus_instance *instance = NULL;
    rf_fus_value result;
    rf_code code = decode(d, &program, reterr);
    if (!code)
        code = rf_fus_vm_new(d->shared.engine, NULL, NULL, &vm, reterr);
    if (!code)
        code = rf_fus_vm_load(vm, program, &instance, reterr);
    if (!code)
        code = rf_fus_vm_run(vm, instance, &result, reterr);
    d->wrong += !code && rf_fus_instance_global(instance, d->global) != d->expected;
    if (vm)
        rf_fus_vm_free(vm);
    rf_fus_program_unref(program);
    return code;
}

static void work_direct(void *state, uint64_t iterations) {
    direct *d = state;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++)
        if (run_once(d, &error))
            rf_plugin_note(&d->error, &error);
    d->runs += iterations;
}

static rf_code check_direct(void *state, rf_error *reterr) {
    const direct *d = state;
    if (!d->runs)
        return rf_raise(reterr, RF_ESCRIPT, "nothing was run");
    return failed(&d->error, d->wrong, "the chunk gave another value", reterr);
}

/* ---- adapter: a hook is called in its VM, without a chain ---- */

typedef struct adapter {
    rf_plugin_set set; /* a plugin, no chain */
    rf_plugin_api api;
    rf_plugin_vm *vm;
    uint64_t calls, wrong;
    rf_error error;
} adapter;

static void close_adapter(void *state) {
    adapter *a = state;
    if (a->vm)
        a->set.plugins[0]->kind->close(a->vm);
    rf_plugin_api_done(&a->api);
    rf_plugin_set_done(&a->set);
    rf_free(a);
}

static rf_code open_vm(adapter *a, rf_error *reterr) {
    const rf_plugin *plugin = a->set.plugins[0];
    const rf_manifest *manifest = &plugin->manifest;
    a->api = (rf_plugin_api){ .host = &a->set.host, .manifest = manifest, .config = plugin->config, .capabilities = plugin->granted,
                              .quota = RF_PLUGIN_QUOTA_DEFAULT };
    rf_arena_init(&a->api.arena, 1024);
    const rf_vm_options options = { plugin->granted, manifest->heap_bytes, manifest->time_ns[RF_HOOK_LOAD], &a->api };
    rf_code code = plugin->kind->open(&a->set.shared, plugin->code, &options, &a->vm, reterr);
    if (!code && !(plugin->kind->hooks(a->vm) & 1u << RF_HOOK_OUTPUT))
        code = rf_raise(reterr, RF_ESCRIPT, "the plugin lacks on_output");
    return code;
}

static rf_code open_adapter(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    adapter *a = rf_alloc_zero(1, sizeof *a);
    if (!a)
        return rf_raise_nomem(reterr);
    rf_code code = rf_plugin_set_init(&a->set, bench->arg, reterr);
    if (!code)
        code = open_vm(a, reterr);
    if (code)
        close_adapter(a);
    else
        *ret_state = a;
    return code;
}

static void work_adapter(void *state, uint64_t iterations) {
    adapter *a = state;
    const rf_plugin *plugin = a->set.plugins[0];
    const uint64_t limit_ns = plugin->manifest.time_ns[RF_HOOK_OUTPUT];
    const rf_pv text = { .kind = RF_PV_TEXT, .text = RF_SLICE("test") };
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        rf_answer answer = { .verdict = RF_VERDICT_DROP }; /* so that a hook that is not run is seen */
        if (plugin->kind->call(a->vm, RF_HOOK_OUTPUT, &text, 1, limit_ns, NULL, &answer, &error))
            rf_plugin_note(&a->error, &error);
        a->wrong += answer.verdict != RF_VERDICT_CONTINUE;
    }
    a->calls += iterations;
}

static rf_code check_adapter(void *state, rf_error *reterr) {
    const adapter *a = state;
    if (!a->calls)
        return rf_raise(reterr, RF_ESCRIPT, "nothing was called");
    return failed(&a->error, a->wrong + a->set.complaints, "the hook did not answer", reterr);
}

/* ---- script_compilation: a text becomes code, in memory ---- */

typedef struct compiler {
    rf_plugin_shared shared;
    const rf_vm_kind *kind;
    rf_plugin_text text;
    rf_plugin_code *last; /* what the last iteration made */
    rf_error error;
} compiler;

static void close_compiler(void *state) {
    compiler *c = state;
    c->kind->code_free(c->last);
    rf_plugin_shared_done(&c->shared);
    rf_free(c);
}

static rf_code open_compiler(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    const rf_plugin_arg *arg = bench->arg;
    compiler *c = rf_alloc_zero(1, sizeof *c);
    if (!c)
        return rf_raise_nomem(reterr);
    c->text = (rf_plugin_text){ arg->form == RF_FORM_JS ? "bench.js" : "bench.fsx",
                                rf_script_text(rf_script_find(arg->script), arg->form) };
    c->kind = rf_vm_kind_of(c->text.path);
    rf_code code = rf_plugin_shared_init(&c->shared, NULL, reterr);
    if (code)
        close_compiler(c);
    else
        *ret_state = c;
    return code;
}

static void work_compiler(void *state, uint64_t iterations) {
    compiler *c = state;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        c->kind->code_free(c->last);
        c->last = NULL;
        if (c->kind->compile(&c->shared, &c->text, NULL, &c->last, &error)) {
            rf_plugin_note(&c->error, &error);
            return;
        }
    }
}

/* What was compiled last is run. */
static rf_code check_compiler(void *state, rf_error *reterr) {
    compiler *c = state;
    rf_plugin *plugin = NULL;
    rf_code code = failed(&c->error, 0, "", reterr);
    if (!code && !c->last)
        code = rf_raise(reterr, RF_ESCRIPT, "nothing was compiled");
    if (!code)
        code = rf_plugin_wrap(&c->shared, c->kind, c->last, RF_SLICE("compiled"), &plugin, reterr);
    if (code)
        return code;
    c->last = NULL; /* the plugin's now */
    code = rf_plugin_works(plugin, &(rf_plugin_host){ .kind = "bench" }, 0, reterr);
    rf_plugin_unref(plugin);
    return code;
}

/* ---- Rows ---- */

static rf_code add_direct(rf_groups *groups, const char *name, const char *script, rf_error *reterr) {
    const rf_bench row = { .group = "vm_execution", .name = name, .doc = "decodes a chunk of bytecode, makes a VM, runs it", .target_ns = RUN_NS,
                           .open = open_direct, .work = work_direct, .check = check_direct, .close = close_direct };
    return rf_plugin_row(groups, row, &(rf_plugin_arg){ .form = RF_FORM_FZB, .script = script }, reterr);
}

static rf_code add_adapter(rf_groups *groups, rf_form form, rf_error *reterr) {
    const rf_bench row = { .group = "vm_execution", .name = "adapter_minimal", .doc = "calls on_output of a plugin, without a chain",
                           .target_ns = ADAPTER_NS, .open = open_adapter, .work = work_adapter, .check = check_adapter, .close = close_adapter };
    return rf_plugin_row(groups, row, &(rf_plugin_arg){ .form = form, .script = "always", .plugins = 1 }, reterr);
}

static rf_code add_compiler(rf_groups *groups, const char *name, const char *script, rf_form form, rf_error *reterr) {
    const rf_bench row = { .group = "script_compilation", .name = name, .doc = "compiles a script that is in memory",
                           .open = open_compiler, .work = work_compiler, .check = check_compiler, .close = close_compiler };
    return rf_plugin_row(groups, row, &(rf_plugin_arg){ .form = form, .script = script }, reterr);
}

rf_code rf_group_vm(rf_groups *groups, rf_error *reterr) {
    static const char *const scripts[][2] = {
        { "minimal", "compile_minimal" }, { "function", "compile_function" }, { "complex", "compile_complex" },
    };
    rf_code code = add_direct(groups, "direct_minimal", "chunk_minimal", reterr);
    if (!code)
        code = add_direct(groups, "direct_complex", "chunk_complex", reterr);
    for (const rf_form *form = rf_hook_forms; *form && !code; form++)
        code = add_adapter(groups, *form, reterr);
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts && !code; i++) {
        code = add_compiler(groups, scripts[i][0], scripts[i][1], RF_FORM_FSX, reterr);
        if (!code)
            code = add_compiler(groups, scripts[i][0], scripts[i][1], RF_FORM_JS, reterr);
    }
    return code;
}
