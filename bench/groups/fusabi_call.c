/* fusabi_call.c: the host calls a function of a script, by the machine's own interface and by the public one; new VMs. */
#include "fusabi_common.h"

#include "base/slice.h"
#include "riffle/fusabi.h"

static const char line[] = "some line of terminal output, forty-odd bytes";
#define LINE_LEN (sizeof line - 1)

/* ---- The machine's own interface: values as it has them ---- */

typedef struct caller {
    rf_fusabi_bench base;
    rf_fus_vm *vm;
    rf_fus_hold hook, text;
} caller;

static void close_caller(void *state) {
    caller *self = state;
    if (self->vm)
        rf_fus_vm_free(self->vm);
    rf_fusabi_bench_done(&self->base);
    rf_free(self);
}

static rf_code hold(caller *self, rf_fus_value hook, rf_error *reterr) {
    if (!rf_fus_vm_hold(self->vm, hook, &self->hook))
        return rf_raise_nomem(reterr);
    rf_fus_value text = rf_fus_string_new(self->vm, (rf_slice){ line, LINE_LEN });
    return text != RF_FUS_RAISED && rf_fus_vm_hold(self->vm, text, &self->text) ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code call_once(caller *self, rf_fus_value *ret_result, rf_error *reterr) {
    const rf_fus_value text = rf_fus_vm_held(self->vm, self->text); /* moves once, at the first call */
    return rf_fus_vm_host_call(self->vm, rf_fus_vm_held(self->vm, self->hook), &text, 1, ret_result, reterr);
}

static rf_code prepare(caller *self, rf_error *reterr) {
    rf_fus_instance *instance = NULL;
    rf_fus_value value = RF_FUS_UNIT;
    rf_code code = rf_fusabi_bench_init(&self->base, reterr);
    if (!code)
        code = rf_fusabi_bench_compile(&self->base, "on_output.fsx", rf_slice_of(rf_fusabi_hook), reterr);
    if (!code)
        code = rf_fus_vm_new(self->base.engine, &(rf_fus_limits){ 0 }, &(rf_fus_host){ 0 }, &self->vm, reterr);
    if (!code)
        code = rf_fus_vm_load(self->vm, self->base.program, &instance, reterr);
    if (!code)
        code = rf_fus_vm_run(self->vm, instance, &value, reterr);
    if (!code)
        code = hold(self, value, reterr);
    return code ? code : call_once(self, &value, reterr);
}

static rf_code open_caller(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    caller *self = rf_alloc_zero(1, sizeof *self);
    (void)bench;
    if (!self)
        return rf_raise_nomem(reterr);
    rf_code code = prepare(self, reterr);
    if (code)
        close_caller(self);
    else
        *ret_state = self;
    return code;
}

static void work_caller(void *state, uint64_t iterations) {
    caller *self = state;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        rf_fus_value result = RF_FUS_UNIT;
        if (call_once(self, &result, &error))
            rf_fusabi_bench_note(&self->base, &error);
        self->base.wrong += result != rf_fus_vm_held(self->vm, self->text); /* it gives back what it was given */
    }
    self->base.runs += iterations;
}

static rf_code check_caller(void *state, rf_error *reterr) {
    caller *self = state;
    rf_fus_value result = RF_FUS_UNIT;
    rf_code code = rf_fusabi_bench_check(&self->base, reterr);
    if (!code)
        code = call_once(self, &result, reterr);
    if (!code && (!rf_fus_is(result, RF_FUS_T_STRING) || !rf_slice_is(rf_fus_text(self->vm, result), line)))
        code = rf_raise(reterr, RF_ESCRIPT, "the hook gives another text than it is given");
    return code;
}

/* ---- New VMs ---- */

static void work_vms(void *state, uint64_t iterations) {
    rf_fusabi_bench *base = &((caller *)state)->base;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        rf_fus_vm *vm = NULL;
        if (rf_fus_vm_new(base->engine, &(rf_fus_limits){ 0 }, &(rf_fus_host){ 0 }, &vm, &error)) {
            rf_fusabi_bench_note(base, &error);
            continue;
        }
        rf_keep(vm);
        rf_fus_vm_free(vm);
    }
    base->runs += iterations;
}

/* ---- The public interface: texts in and out ---- */

typedef struct guest {
    rf_fusabi_engine *engine;
    rf_fusabi_program *program;
    rf_fusabi_vm *vm;
    rf_fusabi_handle hook;
    rf_fusabi_bench tally; /* counts only */
} guest;

static void close_guest(void *state) {
    guest *self = state;
    rf_fusabi_vm_free(self->vm);
    rf_fusabi_program_unref(self->program);
    rf_fusabi_engine_unref(self->engine);
    rf_free(self);
}

static rf_code prepare_guest(guest *self, rf_error *reterr) {
    rf_fusabi_script *script = NULL;
    rf_code code = rf_fusabi_engine_new(&self->engine, reterr);
    if (!code)
        code = rf_fusabi_compile(self->engine, "on_output.fsx", rf_slice_of(rf_fusabi_hook), NULL, &self->program, reterr);
    if (!code)
        code = rf_fusabi_vm_new(self->engine, NULL, &self->vm, reterr);
    if (!code)
        code = rf_fusabi_run(self->vm, self->program, &script, NULL, reterr);
    return code ? code : rf_fusabi_find(self->vm, script, "on_output", &self->hook, reterr);
}

static rf_code open_guest(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    guest *self = rf_alloc_zero(1, sizeof *self);
    (void)bench;
    if (!self)
        return rf_raise_nomem(reterr);
    rf_code code = prepare_guest(self, reterr);
    if (code)
        close_guest(self);
    else
        *ret_state = self;
    return code;
}

static rf_code call_guest(guest *self, rf_fusabi_value *ret_value, rf_error *reterr) {
    const rf_fusabi_value text = rf_fusabi_string(line, LINE_LEN);
    return rf_fusabi_call(self->vm, self->hook, &text, 1, ret_value, reterr);
}

static void work_guest(void *state, uint64_t iterations) {
    guest *self = state;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        rf_fusabi_value value = rf_fusabi_unit();
        if (call_guest(self, &value, &error))
            rf_fusabi_bench_note(&self->tally, &error);
        self->tally.wrong += value.kind != RF_FUSABI_STRING || value.text.len != LINE_LEN;
    }
    self->tally.runs += iterations;
}

static rf_code check_guest(void *state, rf_error *reterr) {
    guest *self = state;
    rf_fusabi_value value = rf_fusabi_unit();
    rf_code code = rf_fusabi_bench_check(&self->tally, reterr);
    if (!code)
        code = call_guest(self, &value, reterr);
    if (!code && (value.kind != RF_FUSABI_STRING || !rf_slice_is(value.text, line)))
        code = rf_raise(reterr, RF_ESCRIPT, "the hook gives another text than it is given");
    return code;
}

rf_code rf_fusabi_bench_calls(rf_groups *groups, rf_error *reterr) {
    static const rf_bench rows[] = {
        { .group = "fusabi_call", .name = "host_to_script", .doc = "Calls a function of a script that gives back its text.",
          .amount = 1, .unit = RF_UNIT_CALLS, .target_ns = 40, .original_ns = 210, .open = open_caller, .work = work_caller,
          .check = check_caller, .close = close_caller },
        { .group = "fusabi_call", .name = "host_to_script_api",
          .doc = "The same by the public interface: a text of the host's goes in and comes out, checked to be UTF-8.",
          .amount = 1, .unit = RF_UNIT_CALLS, .open = open_guest, .work = work_guest, .check = check_guest, .close = close_guest },
        { .group = "fusabi_call", .name = "new_vm", .doc = "Makes a VM that has the whole library, and takes it down.",
          .target_ns = 5000, .original_ns = 71e3, .open = open_caller, .work = work_vms, .check = check_caller, .close = close_caller },
    };
    rf_code code = RF_OK;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !code; i++)
        code = rf_groups_add(groups, &rows[i], reterr);
    return code;
}
