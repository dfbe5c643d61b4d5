/* pool.c: the warm VMs of one thread. */
#include "script/pool.h"

#include "base/alloc.h"
#include "observe/heap_profile.h"
#include "observe/zone.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct rf_vm {
    rf_pool *pool;
    rf_vm *next; /* among the idle ones */
    bool ran;    /* the interpreter, since it was counted */
    rf_js *js;   /* NULL: could not be renewed after a limit; the next run tries again */
    rf_js_account seen;       /* as the pool has counted it */
    rf_js_account stages[];   /* the same of each program */
};

/* What profiles show of the pool's memory, or of one stage's part of it. Its thread writes when VMs are given back, a heap
 * profile reads. */
typedef struct pool_memory {
    _Atomic size_t held;
    _Atomic uint64_t allocated;
    rf_heap_source source;
} pool_memory;

struct rf_pool {
    const rf_program *const *programs;
    size_t count;
    rf_limits limits;
    const rf_script_host *host;
    rf_vm *idle;
    rf_pool_counts counts;
    pool_memory memory; /* all of it: profiles show what is left of it when the stages have theirs */
    char holder[64];    /* as profiles have it */
    rf_direct_memory **direct; /* for each program; NULL: it has no direct form */
    pool_memory stages[]; /* one a program */
};

static size_t held_by(const pool_memory *memory) { return atomic_load_explicit(&memory->held, memory_order_relaxed); }
static uint64_t allocated_by(const pool_memory *memory) { return atomic_load_explicit(&memory->allocated, memory_order_relaxed); }

static size_t read_stage_held(void *stage) { return held_by(stage); }
static uint64_t read_stage_allocated(void *stage) { return allocated_by(stage); }

/* A stage may be counted a moment before or after the pool: never less than nothing. */
static size_t read_rest_held(void *arg) {
    const rf_pool *pool = arg;
    size_t all = held_by(&pool->memory), stages = 0;
    for (size_t i = 0; i < pool->count; i++)
        stages += held_by(&pool->stages[i]);
    return all > stages ? all - stages : 0;
}

static uint64_t read_rest_allocated(void *arg) {
    const rf_pool *pool = arg;
    uint64_t all = allocated_by(&pool->memory), stages = 0;
    for (size_t i = 0; i < pool->count; i++)
        stages += allocated_by(&pool->stages[i]);
    return all > stages ? all - stages : 0;
}

static const char *stage_name(const rf_pool *pool, size_t index) {
    const rf_script_source *source = &pool->programs[index]->source;
    return source->where ? source->where : source->stage;
}

/* "tag_processor processors.0": the processor, and its label or its place in the config. */
static void name_holder(rf_pool *pool) {
    static const char before[] = "root.pipeline.";
    const rf_log_origin *origin = &pool->host->origin;
    const char *where = pool->count ? pool->programs[0]->source.where : NULL, *which = origin->label;
    if (!where)
        where = "scripts"; /* of a test or a benchmark */
    if (!which || !which[0])
        which = origin->path ? origin->path : "";
    if (strncmp(which, before, sizeof before - 1) == 0)
        which += sizeof before - 1;
    (void)snprintf(pool->holder, sizeof pool->holder, "%.*s%s%s", (int)strcspn(where, "."), where, which[0] ? " " : "", which);
}

static void show_memory(rf_pool *pool) {
    pool->memory.source = (rf_heap_source){
        .kind = "vm", .holder = pool->holder, .held = read_rest_held, .allocated = read_rest_allocated, .arg = pool
    };
    rf_heap_sources_add(&pool->memory.source);
    for (size_t i = 0; i < pool->count; i++) {
        pool_memory *stage = &pool->stages[i];
        stage->source = (rf_heap_source){
            .kind = "script", .holder = stage_name(pool, i), .held = read_stage_held, .allocated = read_stage_allocated, .arg = stage
        };
        rf_heap_sources_add(&stage->source);
    }
}

static bool make_direct(rf_pool *pool) {
    pool->direct = rf_alloc_zero(pool->count ? pool->count : 1, sizeof *pool->direct);
    for (size_t i = 0; i < pool->count && pool->direct; i++)
        if (pool->programs[i]->direct && !(pool->direct[i] = rf_direct_memory_new(pool->programs[i]->direct)))
            return false;
    return pool->direct != NULL;
}

static void free_direct(rf_pool *pool) {
    for (size_t i = 0; i < pool->count && pool->direct; i++)
        rf_direct_memory_free(pool->direct[i]);
    rf_free(pool->direct);
}

rf_code rf_pool_new(const rf_program *const *programs, size_t count, const rf_limits *limits,
                    const rf_script_host *host, rf_pool **ret_pool, rf_error *reterr) {
    assert((programs || count == 0) && limits && host && ret_pool);
    if (limits->time_ns == 0 || limits->heap_bytes == 0 || limits->stack_bytes == 0)
        return rf_raise(reterr, RF_ECONFIG, "limits of scripts must not be 0");
    rf_pool *pool = rf_alloc_zero(1, sizeof *pool + count * sizeof *pool->stages);
    if (!pool)
        return rf_raise_nomem(reterr);
    pool->programs = programs;
    pool->count = count;
    pool->limits = *limits;
    pool->host = host;
    if (!make_direct(pool)) {
        free_direct(pool);
        rf_free(pool);
        return rf_raise_nomem(reterr);
    }
    name_holder(pool);
    show_memory(pool);
    *ret_pool = pool;
    return RF_OK;
}

/* One thread writes, so loads and stores do. */
static void count(pool_memory *memory, rf_js_account *seen, rf_js_account now) {
    atomic_store_explicit(&memory->held, held_by(memory) - seen->held_bytes + now.held_bytes, memory_order_relaxed);
    atomic_store_explicit(&memory->allocated, allocated_by(memory) + (now.allocated_bytes - seen->allocated_bytes), memory_order_relaxed);
    *seen = now;
}

static void count_stage(rf_vm *vm, size_t index) {
    rf_js_account now;
    rf_js_account_of(vm->js, index, &now);
    count(&vm->pool->stages[index], &vm->stages[index], now);
}

static void count_all(rf_vm *vm) {
    count(&vm->pool->memory, &vm->seen, (rf_js_account){ rf_js_heap_bytes(vm->js), rf_js_allocated_bytes(vm->js) });
}

/* The last of an interpreter: it holds nothing any more. */
static void free_js(rf_vm *vm) {
    if (!vm->js)
        return;
    count_all(vm);
    count(&vm->pool->memory, &vm->seen, (rf_js_account){ 0, vm->seen.allocated_bytes });
    vm->seen.allocated_bytes = 0;
    for (size_t i = 0; i < vm->pool->count; i++) {
        count_stage(vm, i);
        count(&vm->pool->stages[i], &vm->stages[i], (rf_js_account){ 0, vm->stages[i].allocated_bytes });
        vm->stages[i].allocated_bytes = 0;
    }
    rf_js_free(vm->js);
    vm->js = NULL;
}

static void destroy(rf_vm *vm) {
    vm->pool->counts.size--;
    free_js(vm);
    rf_free(vm);
}

void rf_pool_free(rf_pool *pool) {
    if (!pool)
        return;
    while (pool->idle) {
        rf_vm *vm = pool->idle;
        pool->idle = vm->next;
        destroy(vm);
    }
    assert(pool->counts.size == 0); /* every VM was given back */
    rf_heap_sources_remove(&pool->memory.source);
    for (size_t i = 0; i < pool->count; i++)
        rf_heap_sources_remove(&pool->stages[i].source);
    free_direct(pool);
    rf_free(pool);
}

void rf_pool_get_counts(const rf_pool *pool, rf_pool_counts *ret_counts) {
    *ret_counts = pool->counts;
    ret_counts->heap_bytes = 0;
    for (const rf_vm *vm = pool->idle; vm; vm = vm->next)
        ret_counts->heap_bytes += vm->js ? rf_js_heap_bytes(vm->js) : 0;
}

static rf_code make_js(rf_vm *vm, rf_error *reterr) {
    const rf_pool *pool = vm->pool;
    assert(!vm->js);
    RF_ZONE(RF_ZONE_VM_NEW, NULL);
    vm->ran = true;
    rf_code code = rf_js_new(pool->programs, pool->count, &pool->limits, pool->host, &vm->js, reterr);
    for (size_t i = 0; i < pool->count && !code; i++)
        count_stage(vm, i);
    return code;
}

static rf_code new_vm(rf_pool *pool, rf_vm **ret_vm, rf_error *reterr) {
    rf_vm *vm = rf_alloc_zero(1, sizeof *vm + pool->count * sizeof *vm->stages);
    if (!vm)
        return rf_raise_nomem(reterr);
    vm->pool = pool;
    rf_code code = make_js(vm, reterr);
    if (code) {
        rf_free(vm);
        return code;
    }
    pool->counts.size++;
    *ret_vm = vm;
    return RF_OK;
}

rf_code rf_pool_borrow(rf_pool *pool, rf_vm **ret_vm, rf_error *reterr) {
    assert(pool && ret_vm);
    RF_ZONE(RF_ZONE_POOL_BORROW, NULL);
    rf_vm *vm = pool->idle;
    if (RF_LIKELY(vm)) {
        pool->idle = vm->next;
        pool->counts.hits++;
        *ret_vm = vm;
        return RF_OK;
    }
    pool->counts.misses++;
    return new_vm(pool, ret_vm, reterr);
}

void rf_pool_return(rf_pool *pool, rf_vm *vm) {
    if (!vm)
        return;
    assert(vm->pool == pool);
    if (!vm->ran) {
        vm->next = pool->idle;
        pool->idle = vm;
        return;
    }
    if (RF_UNLIKELY(!vm->js || !rf_js_clean(vm->js))) {
        pool->counts.resets += vm->js != NULL;
        destroy(vm);
        return;
    }
    uint64_t pause_ns = rf_js_collect_if_due(vm->js);
    if (RF_UNLIKELY(pause_ns)) {
        pool->counts.collections++;
        pool->counts.pause_ns = pause_ns;
        for (size_t i = 0; i < pool->count; i++)
            count_stage(vm, i);
    }
    count_all(vm);
    vm->ran = false;
    vm->next = pool->idle;
    pool->idle = vm;
}

uint64_t rf_pool_collections(const rf_pool *pool) { return pool->counts.collections; }

rf_js *rf_vm_engine(rf_vm *vm) { return vm->js; }

/* A borrower may go on with a VM that hit a limit: the next run gets a new interpreter. */
static rf_code renew(rf_vm *vm, rf_error *reterr) {
    vm->pool->counts.resets += vm->js != NULL;
    free_js(vm);
    return make_js(vm, reterr);
}

/* Its interpreter is there, and nothing of another run is in it. */
static inline rf_code prepare(rf_vm *vm, rf_error *reterr) {
    vm->ran = true;
    return RF_LIKELY(vm->js && rf_js_clean(vm->js)) ? RF_OK : renew(vm, reterr);
}

rf_code rf_vm_run(rf_vm *vm, size_t index, rf_batch *batch, rf_message *message, rf_run *ret_run, rf_error *reterr) {
    assert(vm && index < vm->pool->count && batch && message && ret_run);
    RF_ZONE(RF_ZONE_STAGE, stage_name(vm->pool, index));
    rf_direct_memory *direct = vm->pool->direct[index];
    if (direct && rf_direct_run(direct, batch, message, ret_run))
        return RF_OK;
    rf_code code = prepare(vm, reterr);
    if (code)
        return code;
    code = rf_js_run(vm->js, index, batch, message, ret_run, reterr);
    count_stage(vm, index);
    return code;
}

rf_code rf_vm_test(rf_vm *vm, size_t index, rf_batch *batch, rf_message *message, bool *ret_truth, rf_error *reterr) {
    assert(vm && index < vm->pool->count && batch && message && ret_truth);
    RF_ZONE(RF_ZONE_STAGE, stage_name(vm->pool, index));
    rf_direct_memory *direct = vm->pool->direct[index];
    if (direct && rf_direct_test(direct, batch, message, ret_truth))
        return RF_OK;
    rf_code code = prepare(vm, reterr);
    if (code)
        return code;
    code = rf_js_test(vm->js, index, batch, message, ret_truth, reterr);
    count_stage(vm, index);
    return code;
}
