/* vm_fusabi.c: plugins in Fusabi: VMs, their hooks, calls. */
#include "plugin/vm_fusabi.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "plugin/data_fusabi.h"

#include <assert.h>

static uint32_t uses(const rf_plugin_code *code) { return code->uses; }

/* ---- Hooks ---- */

static rf_code refuse_hook(const rf_plugin_vm *self, const rf_hook_info *info, const rf_fus_export *found, rf_fus_value value,
                           rf_error *reterr) {
    char named[24];
    rf_error error = { 0 };
    rf_code code;
    if (rf_fus_is(value, RF_FUS_T_CLOSURE)) {
        unsigned takes = RF_FUS_AS(const rf_fus_closure, value)->proto->arity;
        code = rf_raise(&error, RF_ESCRIPT, "%s takes %u parameter%s, but is called with %u", info->name, takes, takes == 1 ? "" : "s",
                        info->arity ? info->arity : 1u);
    } else {
        code = rf_raise(&error, RF_ESCRIPT, "%s is %s: a hook is a function", info->name, rf_fus_data_named(value, named));
    }
    rf_error_hint(&error, "define it as: let %s %s = …", info->name, *info->params ? info->params : "()");
    rf_vm_fusabi_place(rf_fus_instance_program(self->instance), found->global, &error);
    if (reterr)
        *reterr = error;
    return code;
}

/* Functions of the library and partial applications may take what they like: only a call shows it. */
static bool is_callable(const rf_hook_info *info, rf_fus_value value) {
    if (!rf_fus_is(value, RF_FUS_T_CLOSURE))
        return rf_fus_is_function(value);
    return RF_FUS_AS(const rf_fus_closure, value)->proto->arity == (info->arity ? info->arity : 1);
}

static rf_code find_hook(rf_plugin_vm *self, unsigned hook, rf_error *reterr) {
    const rf_hook_info *info = &rf_hooks[hook];
    const rf_fus_export *found = rf_fus_program_export(rf_fus_instance_program(self->instance), rf_slice_of(info->name));
    rf_fus_value value = found ? rf_fus_instance_global(self->instance, found->global) : RF_FUS_UNDEF;
    if (value == RF_FUS_UNDEF)
        return RF_OK;
    if (!is_callable(info, value))
        return refuse_hook(self, info, found, value, reterr);
    if (!rf_fus_vm_hold(self->vm, value, &self->holds[hook]))
        return rf_raise_nomem(reterr);
    self->hooks |= 1u << hook;
    return RF_OK;
}

/* ---- VMs ---- */

static void close_vm(rf_plugin_vm *self) {
    if (!self)
        return;
    rf_vm_fusabi_flush(self);
    if (self->vm)
        rf_fus_vm_free(self->vm);
    rf_plugin_stages_done(&self->stages);
    rf_arena_done(&self->args);
    rf_free(self);
}

static void enter(rf_plugin_vm *self, const char *stage) {
    self->where.stage = stage;
    rf_where_enter(&self->where);
}

static rf_code run(rf_plugin_vm *self, rf_error *reterr) {
    rf_fus_value value;
    enter(self, self->stages.load);
    rf_code code = rf_fus_vm_run(self->vm, self->instance, &value, reterr);
    rf_where_leave(&self->where);
    if (code && code != RF_ENOMEM)
        rf_vm_fusabi_hint(self->vm, reterr);
    return code;
}

static rf_code start(rf_plugin_vm *self, const rf_plugin_shared *shared, rf_fus_program *program, uint32_t capabilities, rf_error *reterr) {
    const rf_fus_host host = rf_vm_fusabi_host(self, program, capabilities);
    if (!rf_vm_fusabi_symbols(self, shared->engine))
        return rf_raise_nomem(reterr);
    rf_code code = rf_plugin_stages_init(&self->stages, self->api, reterr);
    if (!code)
        code = rf_fus_vm_new(shared->engine, &self->limits, &host, &self->vm, reterr);
    self->where = (rf_where){ .frames = rf_fus_where_frames, .engine = self->vm };
    if (!code)
        code = rf_fus_vm_load(self->vm, program, &self->instance, reterr);
    if (!code)
        code = run(self, reterr);
    for (unsigned hook = 0; hook < RF_HOOK_COUNT && !code; hook++)
        code = find_hook(self, hook, reterr);
    return code;
}

static rf_code open_vm(const rf_plugin_shared *shared, rf_plugin_code *code_of, const rf_vm_options *options, rf_plugin_vm **ret_vm,
                       rf_error *reterr) {
    assert(shared && code_of && options && ret_vm);
    rf_plugin_vm *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return rf_raise_nomem(reterr);
    self->api = options->api;
    self->limits = (rf_fus_limits){ .time_ns = options->load_ns, .heap_bytes = options->heap_bytes, .depth = RF_VM_FUSABI_DEPTH };
    rf_arena_init(&self->args, 4096);
    rf_code code = start(self, shared, code_of->program, options->capabilities, reterr);
    if (code) {
        close_vm(self);
        return code;
    }
    *ret_vm = self;
    return RF_OK;
}

static uint32_t hooks(const rf_plugin_vm *self) { return self->hooks; }

/* ---- Calls ---- */

static rf_code made(rf_plugin_vm *self, rf_fus_value value, rf_fus_value *ret_value, rf_error *reterr) {
    *ret_value = value;
    return RF_LIKELY(value != RF_FUS_RAISED) ? RF_OK : rf_fus_vm_no_room(self->vm, reterr);
}

static rf_code give(rf_plugin_vm *self, rf_hook hook, const rf_pv *arg, rf_arena *arena, rf_fus_value *ret_value, rf_error *reterr) {
    switch (arg->kind) {
    case RF_PV_TEXT: return made(self, rf_fus_string_new(self->vm, arg->text), ret_value, reterr);
    case RF_PV_INT: return made(self, rf_fus_int_new(self->vm, arg->integer), ret_value, reterr);
    case RF_PV_DATA:
        return rf_fus_data_in(self->vm, &arg->data, hook == RF_HOOK_RELOAD ? RF_FUS_AS_WAS : RF_FUS_AS_ARRAYS, arena, ret_value, reterr);
    case RF_PV_BOOL: *ret_value = rf_fus_of_bool(arg->boolean); return RF_OK;
    case RF_PV_NUMBER: *ret_value = rf_fus_of_double(arg->number); return RF_OK;
    case RF_PV_UNIT: break;
    }
    *ret_value = RF_FUS_UNIT;
    return RF_OK;
}

static void limit_time(rf_plugin_vm *self, uint64_t time_ns) {
    self->limits.time_ns = time_ns;
    rf_fus_vm_set_limits(self->vm, &self->limits);
}

static rf_code run_hook(rf_plugin_vm *self, rf_hook hook, const rf_pv *args, uint32_t count, rf_arena *arena, rf_answer *ret_answer,
                        rf_error *reterr) {
    rf_fus_value values[RF_HOOK_ARGS_MAX] = { RF_FUS_UNIT }, result;
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < count && !code; i++)
        code = give(self, hook, &args[i], arena, &values[i], reterr);
    if (RF_UNLIKELY(code))
        return code;
    code = rf_fus_vm_host_call(self->vm, rf_fus_vm_held(self->vm, self->holds[hook]), values, count ? count : 1, &result, reterr);
    if (RF_LIKELY(!code))
        return rf_vm_fusabi_answer(self, hook, result, arena, ret_answer, reterr);
    if (code != RF_ENOMEM)
        rf_vm_fusabi_hint(self->vm, reterr);
    return code;
}

static rf_code call(rf_plugin_vm *self, rf_hook hook, const rf_pv *args, uint32_t count, uint64_t time_ns, rf_arena *arena,
                    rf_answer *ret_answer, rf_error *reterr) {
    assert(self && ret_answer && count <= RF_HOOK_ARGS_MAX && (self->hooks & 1u << hook));
    if (RF_UNLIKELY(self->limits.time_ns != time_ns))
        limit_time(self, time_ns);
    enter(self, self->stages.hooks[hook]);
    rf_code code = run_hook(self, hook, args, count, arena, ret_answer, reterr);
    rf_where_leave(&self->where);
    return code;
}

/* ---- The state ---- */

/* What is no plain data, or too much of it, is left out: a new version must be able to take over from any old one. */
static rf_code add_to_state(rf_plugin_vm *self, const rf_fus_export *found, rf_arena *arena, rf_value *state, rf_error *reterr) {
    rf_error error;
    rf_value kept;
    rf_fus_value value = rf_fus_instance_global(self->instance, found->global);
    if (value == RF_FUS_UNDEF)
        return RF_OK;
    rf_code code = rf_fus_data_out(self->vm, value, arena, rf_vm_fusabi_budget(self), &kept, &error);
    if (code)
        return code == RF_ENOMEM ? rf_raise_nomem(reterr) : RF_OK;
    rf_slice name = rf_slice_dup_in(arena, (rf_slice){ found->name->bytes, found->name->head.length });
    if (!name.data)
        return rf_raise_nomem(reterr);
    state->members[state->size++] = (rf_member){ name, kept };
    return RF_OK;
}

static rf_code state(rf_plugin_vm *self, rf_arena *arena, rf_value *ret_state, rf_error *reterr) {
    assert(self && arena && ret_state);
    const rf_fus_program *program = rf_fus_instance_program(self->instance);
    rf_member *members = rf_arena_alloc(arena, (program->export_count + 1) * sizeof *members);
    if (!members)
        return rf_raise_nomem(reterr);
    *ret_state = (rf_value){ .kind = RF_MAP, .members = members };
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < program->export_count && !code; i++)
        code = add_to_state(self, &program->exports[i], arena, ret_state, reterr);
    return code;
}

/* ---- The rest ---- */

static void interrupt(rf_plugin_vm *self) { rf_fus_vm_interrupt(self->vm); }

static void counts(const rf_plugin_vm *self, rf_vm_counts *ret_counts) {
    rf_fus_heap_counts heap;
    rf_fus_vm_counts(self->vm, &heap);
    *ret_counts = (rf_vm_counts){
        .held_bytes = sizeof *self + self->args.held_bytes + heap.held_bytes,
        .collections = heap.minor_count + heap.full_count,
        .longest_pause_ns = heap.longest_pause_ns,
        .pauses = heap.pauses,
        .allocated_bytes = heap.allocated_bytes,
    };
}

const rf_vm_kind rf_vm_fusabi = {
    .name = "fusabi",
    .compile = rf_vm_fusabi_compile,
    .code_free = rf_vm_fusabi_code_free,
    .uses = uses,
    .open = open_vm,
    .close = close_vm,
    .hooks = hooks,
    .call = call,
    .state = state,
    .interrupt = interrupt,
    .counts = counts,
};
