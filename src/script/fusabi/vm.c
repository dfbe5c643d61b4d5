/* vm.c: a VM: its making and end, the programs in it, and the values it keeps for its host and library. */
#include "script/fusabi/vm.h"

#include "base/slice.h"
#include "script/fusabi/vm_internal.h"

#include <assert.h>

/* ---- The VM ---- */

static bool find_symbols(rf_fus_vm *vm) {
    vm->some = rf_fus_symbol_of(vm->engine, RF_SLICE("Some"));
    vm->none = rf_fus_symbol_of(vm->engine, RF_SLICE("None"));
    vm->ok = rf_fus_symbol_of(vm->engine, RF_SLICE("Ok"));
    vm->error = rf_fus_symbol_of(vm->engine, RF_SLICE("Error"));
    vm->failure = rf_fus_symbol_of(vm->engine, RF_SLICE("Failure"));
    return vm->some && vm->none && vm->ok && vm->error && vm->failure;
}

rf_code rf_fus_vm_new(rf_fus_engine *engine, const rf_fus_limits *limits, const rf_fus_host *host, rf_fus_vm **ret_vm, rf_error *reterr) {
    assert(engine && ret_vm);
    rf_fus_vm *vm = rf_alloc_zero(1, sizeof *vm);
    if (!vm)
        return rf_raise_nomem(reterr);
    vm->engine = rf_fus_engine_ref(engine);
    if (limits)
        vm->limits = *limits;
    if (host)
        vm->host = *host;
    vm->result = vm->exception = vm->scratch = RF_FUS_UNIT;
    for (size_t i = 0; i < RF_FUS_STATE_COUNT; i++)
        vm->states[i] = RF_FUS_UNIT;
    rf_fus_heap_init(&vm->heap, vm->limits.heap_bytes);
    rf_fus_stack_init(vm);
    if (!find_symbols(vm)) {
        rf_fus_vm_free(vm);
        return rf_raise_nomem(reterr);
    }
    *ret_vm = vm;
    return RF_OK;
}

void rf_fus_vm_free(rf_fus_vm *vm) {
    if (!vm)
        return;
    assert(!vm->running);
    rf_fus_vm_detach_all(vm);
    while (vm->instances) {
        rf_fus_instance *instance = vm->instances;
        vm->instances = instance->next;
        rf_fus_program_unref(instance->program);
        rf_free(instance);
    }
    rf_fus_heap_done(&vm->heap);
    rf_fus_stack_done(vm);
    rf_vec_done(&vm->handlers);
    rf_vec_done(&vm->keeps);
    rf_vec_done(&vm->holds);
    rf_free(vm->trace);
    rf_buffer_done(&vm->trace_text);
    rf_fus_engine_unref(vm->engine);
    rf_free(vm);
}

const rf_fus_host *rf_fus_vm_host(const rf_fus_vm *vm) { return &vm->host; }

rf_fus_engine *rf_fus_vm_engine(const rf_fus_vm *vm) { return vm->engine; }

const rf_fus_lib_row *rf_fus_vm_row(const rf_fus_vm *vm) { return vm->row; }

void rf_fus_vm_set_limits(rf_fus_vm *vm, const rf_fus_limits *limits) {
    vm->limits = *limits;
    vm->deadline_ns = 0;
    rf_fus_heap_limit(&vm->heap, limits->heap_bytes);
    rf_fus_frames_bound(vm);
}

void rf_fus_vm_interrupt(rf_fus_vm *vm) { atomic_store_explicit(&vm->interrupted, true, memory_order_relaxed); }

void rf_fus_vm_counts(const rf_fus_vm *vm, rf_fus_heap_counts *ret_counts) {
    const rf_fus_heap *heap = &vm->heap;
    size_t stack = (vm->stack == vm->first_stack ? 0 : vm->stack_cap * sizeof *vm->stack)
                   + (vm->frames == vm->first_frames ? 0 : vm->frames_cap * sizeof *vm->frames);
    size_t instances = 0;
    for (const rf_fus_instance *instance = vm->instances; instance; instance = instance->next)
        instances += instance->bytes;
    *ret_counts = (rf_fus_heap_counts){
        .held_bytes = sizeof *vm + instances + rf_fus_heap_held(heap) + stack + vm->keeps.cap * 8 + vm->holds.cap * 8,
        .used_bytes = rf_fus_heap_used(heap),
        .allocated_bytes = heap->allocated_bytes + rf_fus_nursery_used(heap),
        .minor_count = heap->minor_count,
        .full_count = heap->full_count,
        .longest_pause_ns = heap->longest_pause_ns,
        .pauses = heap->pauses,
    };
}

/* ---- Programs ---- */

static rf_fus_value call_denied(rf_fus_vm *vm, const rf_fus_value *args) {
    (void)args;
    char rights[120];
    uint32_t missing = vm->row->needs & ~vm->host.capabilities;
    if (!missing || !vm->host.name_rights)
        return rf_fus_raise(vm, "%s is not available: the host did not grant it", vm->row->name);
    vm->host.name_rights(missing, rights, sizeof rights);
    return rf_fus_raise(vm, "%s is not available: it needs what was not granted: %s", vm->row->name, rights);
}

rf_fus_native rf_fus_native_of(const rf_fus_vm *vm, const rf_fus_lib_row *row) {
    return row->native && (row->needs & ~vm->host.capabilities) == 0 ? row->native : call_denied;
}

/* What stands for functions that capture something, in places where none may: verified code does not call it. */
static const rf_fus_code no_code[] = { RF_FUS_I_MATCHFAIL };
static const rf_fus_proto no_proto = { .code = (rf_fus_code *)(uintptr_t)no_code, .code_count = 1, .is_library = true };

static void fill_closures(rf_fus_instance *instance) {
    const rf_fus_program *program = instance->program;
    for (uint32_t i = 0; i < program->proto_count; i++) {
        rf_fus_closure *closure = rf_fus_instance_closure(instance, i);
        *closure = (rf_fus_closure){
            .head = { .type = RF_FUS_T_CLOSURE, .flags = RF_FUS_OLD | RF_FUS_STATIC },
            .proto = program->protos[i].upvalue_count ? &no_proto : &program->protos[i],
            .instance = instance,
        };
    }
}

/* In the prelude, which VMs with different rights share: whether it is granted is found out when it is called. */
static rf_fus_value call_checked(rf_fus_vm *vm, const rf_fus_value *args) { return rf_fus_native_of(vm, vm->row)(vm, args); }

static rf_fus_native native_for(const rf_fus_vm *vm, const rf_fus_lib_row *row) {
    if (vm)
        return rf_fus_native_of(vm, row);
    return row->native && row->needs == 0 ? row->native : call_checked;
}

static rf_fus_value prelude_closure(const rf_fus_instance *prelude, const rf_fus_proto *proto) {
    return rf_fus_of_object(rf_fus_instance_closure(prelude, (uint32_t)(proto - prelude->program->protos)));
}

static void fill_library(rf_fus_instance *instance) {
    const rf_fus_program *program = instance->program;
    const rf_fus_vm *vm = instance->vm;
    for (uint32_t i = 0; i < program->library_count; i++) {
        rf_fus_lib_entry *entry = &instance->library[i];
        const rf_fus_lib_row *row = program->library[i];
        const rf_fus_proto *proto = vm && program->library_protos ? program->library_protos[i] : NULL;
        entry->row = row;
        entry->native = native_for(vm, row);
        entry->object = (rf_fus_native_value){ .head = { .type = RF_FUS_T_NATIVE, .flags = RF_FUS_OLD | RF_FUS_STATIC }, .row = row };
        entry->value = proto && (row->needs & ~vm->host.capabilities) == 0 ? prelude_closure(vm->prelude, proto)
                                                                           : rf_fus_of_object(&entry->object);
    }
}

static rf_fus_instance *instance_new(rf_fus_vm *vm, rf_fus_program *program) {
    size_t globals = program->global_count * sizeof(rf_fus_value), closures = program->proto_count * sizeof(rf_fus_closure);
    size_t bytes = sizeof(rf_fus_instance) + globals + closures + program->library_count * sizeof(rf_fus_lib_entry);
    rf_fus_instance *instance = rf_alloc(bytes);
    if (!instance)
        return NULL;
    char *behind = (char *)instance->globals + globals;
    *instance = (rf_fus_instance){
        .constants = program->constants,
        .symbols = program->symbols,
        .closures = behind,
        .library = (rf_fus_lib_entry *)(void *)(behind + closures),
        .program = program,
        .vm = vm,
        .bytes = bytes,
    };
    for (uint32_t i = 0; i < program->global_count; i++)
        instance->globals[i] = RF_FUS_UNDEF;
    fill_closures(instance);
    fill_library(instance);
    return instance;
}

/* The engine's instance of its prelude, made when a VM first needs it. */
static bool need_prelude(rf_fus_vm *vm, const rf_fus_proto *proto) {
    if (vm->prelude)
        return true;
    rf_mutex_lock(&vm->engine->mutex);
    if (!vm->engine->prelude_instance)
        vm->engine->prelude_instance = instance_new(NULL, proto->program);
    vm->prelude = vm->engine->prelude_instance;
    rf_mutex_unlock(&vm->engine->mutex);
    return vm->prelude != NULL;
}

rf_code rf_fus_vm_load(rf_fus_vm *vm, rf_fus_program *program, rf_fus_instance **ret_instance, rf_error *reterr) {
    assert(vm && program && ret_instance && program->engine == vm->engine);
    bool room = true;
    for (uint32_t i = 0; i < program->library_count && program->library_protos && room; i++)
        if (program->library_protos[i])
            room = need_prelude(vm, program->library_protos[i]);
    rf_fus_instance *instance = room ? instance_new(vm, program) : NULL;
    if (!instance)
        return rf_raise_nomem(reterr);
    (void)rf_fus_program_ref(program);
    instance->next = vm->instances;
    vm->instances = instance;
    if (vm->running)
        vm->loaded_bytes += program->arena.held_bytes + instance->bytes;
    *ret_instance = instance;
    return RF_OK;
}

rf_fus_value rf_fus_instance_main(const rf_fus_instance *instance) { return rf_fus_of_object(rf_fus_instance_closure(instance, 0)); }

rf_code rf_fus_vm_run(rf_fus_vm *vm, rf_fus_instance *instance, rf_fus_value *ret_value, rf_error *reterr) {
    assert(instance->vm == vm);
    return rf_fus_vm_host_call(vm, rf_fus_instance_main(instance), NULL, 0, ret_value, reterr);
}

rf_fus_value rf_fus_instance_global(const rf_fus_instance *instance, uint32_t global) {
    assert(global < instance->program->global_count);
    return instance->globals[global];
}

void rf_fus_instance_set_global(rf_fus_instance *instance, uint32_t global, rf_fus_value value) {
    assert(global < instance->program->global_count);
    instance->globals[global] = value;
    instance->dirty = true;
    instance->vm->heap.roots_dirty = true;
}

rf_fus_program *rf_fus_instance_program(const rf_fus_instance *instance) { return instance->program; }

rf_fus_value rf_fus_function_of(rf_fus_vm *vm, const rf_fus_lib_row *row) {
    if (!row->native) {
        const rf_fus_proto *proto;
        rf_error error;
        rf_code code = rf_fus_engine_prelude(vm->engine, row->name, &proto, &error);
        if (code == RF_ENOMEM || (!code && !need_prelude(vm, proto))) {
            vm->heap.over_limit = false;
            return rf_fus_raise_nomem(vm);
        }
        if (code)
            return rf_fus_raise(vm, "%s", error.message);
        return prelude_closure(vm->prelude, proto);
    }
    rf_fus_native_value *object = rf_fus_object_raw(vm, RF_FUS_T_NATIVE, 0, sizeof *object);
    if (!object)
        return RF_FUS_RAISED;
    object->row = row;
    return rf_fus_of_object(object);
}

/* ---- Values that are kept ---- */

bool rf_fus_vm_hold(rf_fus_vm *vm, rf_fus_value value, rf_fus_hold *ret_hold) {
    uint32_t index = vm->free_hold;
    if (index) {
        vm->free_hold = (uint32_t)rf_fus_small_int(vm->holds.items[index - 1]);
    } else {
        if (!rf_vec_push(&vm->holds, RF_FUS_UNIT))
            return false;
        index = (uint32_t)vm->holds.count;
    }
    *ret_hold = (rf_fus_hold){ index };
    rf_fus_vm_hold_set(vm, *ret_hold, value);
    return true;
}

rf_fus_value rf_fus_vm_held(const rf_fus_vm *vm, rf_fus_hold hold) {
    assert(hold.index - 1 < vm->holds.count);
    return vm->holds.items[hold.index - 1];
}

void rf_fus_vm_hold_set(rf_fus_vm *vm, rf_fus_hold hold, rf_fus_value value) {
    assert(hold.index - 1 < vm->holds.count);
    vm->holds.items[hold.index - 1] = value;
    if (rf_fus_is_young(value))
        vm->heap.roots_dirty = true;
}

void rf_fus_vm_release(rf_fus_vm *vm, rf_fus_hold hold) {
    assert(hold.index - 1 < vm->holds.count);
    vm->holds.items[hold.index - 1] = rf_fus_of_small_int(vm->free_hold);
    vm->free_hold = hold.index;
}

uint32_t rf_fus_keep_mark(const rf_fus_vm *vm) { return (uint32_t)vm->keeps.count; }

bool rf_fus_keep(rf_fus_vm *vm, rf_fus_value value, uint32_t *ret_slot) {
    if (!rf_vec_push(&vm->keeps, value)) {
        vm->heap.over_limit = false;
        (void)rf_fus_raise_nomem(vm);
        return false;
    }
    *ret_slot = (uint32_t)vm->keeps.count - 1;
    return true;
}

rf_fus_value rf_fus_kept(const rf_fus_vm *vm, uint32_t slot) {
    assert(slot < vm->keeps.count);
    return vm->keeps.items[slot];
}

void rf_fus_keep_release(rf_fus_vm *vm, uint32_t mark) {
    assert(mark <= vm->keeps.count);
    vm->keeps.count = mark;
}

rf_fus_value rf_fus_state_get(const rf_fus_vm *vm, rf_fus_state state) { return vm->states[state]; }

void rf_fus_state_set(rf_fus_vm *vm, rf_fus_state state, rf_fus_value value) {
    vm->states[state] = value;
    if (rf_fus_is_young(value))
        vm->heap.roots_dirty = true;
}
