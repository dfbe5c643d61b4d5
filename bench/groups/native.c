/* native.c: plugins whose hooks are C functions, as a kind of VM like the others. */
#include "native.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>

struct rf_plugin_code {
    const rf_native *native;
    rf_native_tally *tally; /* borrowed */
    uint32_t hooks;         /* bits */
};

struct rf_plugin_vm {
    const rf_native *native;
    rf_native_tally *tally;
    uint32_t hooks;
};

/* ---- The two plugins ---- */

static rf_verdict noop(rf_native_tally *tally, const rf_pv *args) {
    (void)tally, (void)args;
    return RF_VERDICT_CONTINUE;
}

static bool holds(rf_slice text, rf_slice word) { return memmem(text.data, text.len, word.data, word.len) != NULL; }

static rf_verdict weigh_output(rf_native_tally *tally, const rf_pv *args) {
    tally->counter += args[0].text.len;
    if (holds(args[0].text, RF_SLICE("ERROR")) || holds(args[0].text, RF_SLICE("WARN")))
        tally->counter += 10;
    return RF_VERDICT_CONTINUE;
}

static rf_verdict weigh_input(rf_native_tally *tally, const rf_pv *args) {
    tally->counter += args[0].text.len;
    return RF_VERDICT_CONTINUE;
}

static rf_verdict weigh_resize(rf_native_tally *tally, const rf_pv *args) {
    tally->counter = (uint64_t)(args[0].integer * args[1].integer);
    return RF_VERDICT_CONTINUE;
}

const rf_native rf_native_noop = {
    .name = "noop",
    .hooks = { [RF_HOOK_LOAD] = noop, [RF_HOOK_OUTPUT] = noop, [RF_HOOK_INPUT] = noop, [RF_HOOK_RESIZE] = noop },
};

const rf_native rf_native_processing = {
    .name = "processing",
    .hooks = { [RF_HOOK_LOAD] = noop, [RF_HOOK_OUTPUT] = weigh_output, [RF_HOOK_INPUT] = weigh_input, [RF_HOOK_RESIZE] = weigh_resize },
};

/* ---- The kind ---- */

/* There is no text that becomes C while riffle runs: rf_native_plugin() makes the code. */
static rf_code compile(const rf_plugin_shared *shared, const rf_plugin_text *text, rf_buffer *findings, rf_plugin_code **ret_code,
                       rf_error *reterr) {
    (void)shared, (void)findings, (void)ret_code;
    return rf_raise(reterr, RF_ESCRIPT, "%s: a native plugin has no text", text->path);
}

static void code_free(rf_plugin_code *code) { rf_free(code); }
static uint32_t uses(const rf_plugin_code *code) { return (void)code, 0; }

static rf_code open_vm(const rf_plugin_shared *shared, rf_plugin_code *code, const rf_vm_options *options, rf_plugin_vm **ret_vm,
                       rf_error *reterr) {
    (void)shared, (void)options;
    rf_plugin_vm *vm = rf_alloc(sizeof *vm);
    if (!vm)
        return rf_raise_nomem(reterr);
    *vm = (rf_plugin_vm){ code->native, code->tally, code->hooks };
    *ret_vm = vm;
    return RF_OK;
}

static void close_vm(rf_plugin_vm *vm) { rf_free(vm); }
static uint32_t hooks(const rf_plugin_vm *vm) { return vm->hooks; }

static rf_code call(rf_plugin_vm *vm, rf_hook hook, const rf_pv *args, uint32_t count, uint64_t time_ns, rf_arena *arena,
                    rf_answer *ret_answer, rf_error *reterr) {
    (void)count, (void)time_ns, (void)arena, (void)reterr;
    ret_answer->verdict = vm->native->hooks[hook](vm->tally, args);
    return RF_OK;
}

static rf_code state(rf_plugin_vm *vm, rf_arena *arena, rf_value *ret_state, rf_error *reterr) {
    rf_member *member = rf_arena_alloc(arena, sizeof *member);
    if (!member)
        return rf_raise_nomem(reterr);
    *member = (rf_member){ RF_SLICE("counter"), rf_int((int64_t)vm->tally->counter) };
    *ret_state = (rf_value){ .kind = RF_MAP, .size = 1, .members = member };
    return RF_OK;
}

static void interrupt(rf_plugin_vm *vm) { (void)vm; }
static void counts(const rf_plugin_vm *vm, rf_vm_counts *ret_counts) { *ret_counts = (rf_vm_counts){ .held_bytes = sizeof *vm }; }

const rf_vm_kind rf_vm_native = {
    .name = "native",
    .compile = compile,
    .code_free = code_free,
    .uses = uses,
    .open = open_vm,
    .close = close_vm,
    .hooks = hooks,
    .call = call,
    .state = state,
    .interrupt = interrupt,
    .counts = counts,
};

rf_code rf_native_plugin(const rf_plugin_shared *shared, const rf_native *native, rf_slice name, rf_native_tally *tally,
                         rf_plugin **ret_plugin, rf_error *reterr) {
    assert(shared && native && tally && ret_plugin);
    rf_plugin_code *made = rf_alloc(sizeof *made);
    if (!made)
        return rf_raise_nomem(reterr);
    *made = (rf_plugin_code){ native, tally, 0 };
    for (uint32_t hook = 0; hook < RF_HOOK_COUNT; hook++)
        made->hooks |= native->hooks[hook] ? 1u << hook : 0;
    rf_code code = rf_plugin_wrap(shared, &rf_vm_native, made, name, ret_plugin, reterr);
    if (code)
        rf_free(made);
    return code;
}
