/* api_vm.c: VMs, runs, calls and kept values of riffle/fusabi.h. */
#include "script/fusabi/api.h"

#include "base/slice.h"

#include <assert.h>

static rf_fus_limits limits_of(const rf_fusabi_limits *limits) {
    return (rf_fus_limits){ .time_ns = limits->time_ns, .heap_bytes = limits->heap_bytes, .depth = limits->depth };
}

rf_code rf_fusabi_vm_new(rf_fusabi_engine *engine, const rf_fusabi_vm_options *options, rf_fusabi_vm **ret_vm, rf_error *reterr) {
    static const rf_fusabi_vm_options plain = { 0 };
    assert(engine && ret_vm);
    options = options ? options : &plain;
    const rf_fus_limits limits = limits_of(&options->limits);
    const rf_fus_host host = {
        .capabilities = options->capabilities,
        .write = options->write,
        .flush = options->flush,
        .user = options->user,
        .script_name = options->script_name,
        .args = options->args,
        .arg_count = options->arg_count,
    };
    return rf_fus_vm_new(engine, &limits, &host, ret_vm, reterr);
}

void rf_fusabi_vm_free(rf_fusabi_vm *vm) {
    rf_fus_vm_free(vm);
}

void *rf_fusabi_user(const rf_fusabi_vm *vm) {
    assert(vm);
    return rf_fus_vm_host(vm)->user;
}

void rf_fusabi_set_limits(rf_fusabi_vm *vm, const rf_fusabi_limits *limits) {
    assert(vm && limits);
    const rf_fus_limits inner = limits_of(limits);
    rf_fus_vm_set_limits(vm, &inner);
}

void rf_fusabi_interrupt(rf_fusabi_vm *vm) {
    rf_fus_vm_interrupt(vm);
}

rf_code rf_fusabi_run(rf_fusabi_vm *vm, rf_fusabi_program *program, rf_fusabi_script **ret_script, rf_fusabi_value *ret_value,
                      rf_error *reterr) {
    assert(vm && program && ret_script);
    rf_fus_instance *instance;
    rf_fus_value value;
    rf_code code = rf_fus_vm_load(vm, program, &instance, reterr);
    if (!code)
        code = rf_fus_vm_run(vm, instance, &value, reterr);
    if (!code)
        *ret_script = instance;
    return code || !ret_value ? code : rf_fus_api_out(vm, value, ret_value, reterr);
}

static rf_code keep(rf_fus_vm *vm, rf_fus_value value, rf_fusabi_handle *ret_handle, rf_error *reterr) {
    rf_fus_hold kept;
    if (!rf_fus_vm_hold(vm, value, &kept))
        return rf_raise_nomem(reterr);
    ret_handle->index = kept.index;
    return RF_OK;
}

rf_code rf_fusabi_find(rf_fusabi_vm *vm, const rf_fusabi_script *script, const char *name, rf_fusabi_handle *ret_handle, rf_error *reterr) {
    assert(vm && script && name && ret_handle);
    const rf_fus_export *found = rf_fus_program_export(rf_fus_instance_program(script), rf_slice_of(name));
    rf_fus_value value = found ? rf_fus_instance_global(script, found->global) : RF_FUS_UNDEF;
    if (value == RF_FUS_UNDEF)
        return rf_raise(reterr, RF_ENOTFOUND, "the script does not define %s", name);
    return keep(vm, value, ret_handle, reterr);
}

rf_code rf_fusabi_hold(rf_fusabi_vm *vm, const rf_fusabi_value *value, rf_fusabi_handle *ret_handle, rf_error *reterr) {
    assert(vm && value && ret_handle);
    rf_fus_value inner;
    rf_code code = rf_fus_api_in(vm, value, &inner, reterr);
    return code ? code : keep(vm, inner, ret_handle, reterr);
}

rf_code rf_fusabi_held(rf_fusabi_vm *vm, rf_fusabi_handle handle, rf_fusabi_value *ret_value, rf_error *reterr) {
    assert(vm && ret_value);
    return rf_fus_api_out(vm, rf_fus_vm_held(vm, (rf_fus_hold){ handle.index }), ret_value, reterr);
}

void rf_fusabi_release(rf_fusabi_vm *vm, rf_fusabi_handle handle) {
    rf_fus_vm_release(vm, (rf_fus_hold){ handle.index });
}

/* Most hooks have one argument; the room for many costs something to set up. */
RF_NODISCARD static rf_code call_one(rf_fus_vm *vm, rf_fus_hold function, const rf_fusabi_value *arg, rf_fus_value *ret_value,
                                     rf_error *reterr) {
    rf_fus_value inner;
    rf_code code = rf_fus_api_in(vm, arg, &inner, reterr);
    return code ? code : rf_fus_vm_host_call(vm, rf_fus_vm_held(vm, function), &inner, 1, ret_value, reterr);
}

RF_NODISCARD static rf_code call_many(rf_fus_vm *vm, rf_fus_hold function, const rf_fusabi_value *args, uint32_t count,
                                      rf_fus_value *ret_value, rf_error *reterr) {
    rf_fus_value inner[RF_FUS_API_ARGS_MAX];
    if (count == 0 || count > RF_FUS_API_ARGS_MAX)
        return rf_raise(reterr, RF_ECONFIG, "a call with %u arguments: 1 to %u are possible", count, RF_FUS_API_ARGS_MAX);
    rf_code code = rf_fus_api_in_all(vm, args, count, inner, reterr);
    return code ? code : rf_fus_vm_host_call(vm, rf_fus_vm_held(vm, function), inner, count, ret_value, reterr);
}

rf_code rf_fusabi_call(rf_fusabi_vm *vm, rf_fusabi_handle function, const rf_fusabi_value *args, uint32_t count,
                       rf_fusabi_value *ret_value, rf_error *reterr) {
    assert(vm && args && ret_value);
    rf_fus_value result;
    const rf_fus_hold hold = { function.index };
    rf_code code = RF_LIKELY(count == 1) ? call_one(vm, hold, args, &result, reterr) : call_many(vm, hold, args, count, &result, reterr);
    return code ? code : rf_fus_api_out(vm, result, ret_value, reterr);
}

rf_code rf_fusabi_call_back(rf_fusabi_vm *vm, const rf_fusabi_value *function, const rf_fusabi_value *args, uint32_t count,
                            rf_fusabi_value *ret_value, rf_error *reterr) {
    assert(vm && function && args && ret_value);
    rf_fus_value inner[RF_FUS_API_ARGS_MAX], callee;
    if (count == 0 || count > RF_FUS_API_ARGS_MAX)
        return rf_raise(reterr, RF_ECONFIG, "a call with %u arguments: 1 to %u are possible", count, RF_FUS_API_ARGS_MAX);
    rf_code code = rf_fus_api_in(vm, function, &callee, reterr);
    if (!code)
        code = rf_fus_api_in_all(vm, args, count, inner, reterr);
    if (code)
        return code;
    rf_fus_value result = rf_fus_vm_call(vm, callee, inner, count);
    if (result == RF_FUS_RAISED)
        return rf_raise(reterr, RF_ESCRIPT, "the script's function failed");
    return rf_fus_api_out(vm, result, ret_value, reterr);
}

rf_slice rf_fusabi_trace(const rf_fusabi_vm *vm) {
    assert(vm);
    return rf_fus_vm_trace(vm);
}

rf_code rf_fusabi_exception(rf_fusabi_vm *vm, rf_fusabi_value *ret_value, rf_error *reterr) {
    assert(vm && ret_value);
    return rf_fus_api_out(vm, rf_fus_vm_exception(vm), ret_value, reterr);
}
