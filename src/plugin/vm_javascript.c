/* vm_javascript.c: plugins in JavaScript: compiled, opened, called. */
#include "plugin/vm_javascript.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "observe/zone.h"
#include "script/javascript/overtime.h"
#include "script/javascript/stack.h"

#include <assert.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

/* Enough for all builtins: making them is the part of the engine that does not survive a failed allocation. */
#define RESERVE_BYTES ((size_t)1400 << 10)
#define COMPILE_RESERVE ((size_t)512 << 10)
#define COMPILE_LIMIT ((size_t)256 << 20)
#define COMPILE_STACK ((size_t)1 << 20)
#define STACK_BYTES ((size_t)4 << 20)
#define JOBS_MAX 10000

/* ---- Compiling ---- */

typedef struct compiler { rf_js_heap heap; JSRuntime *rt; JSContext *ctx; rf_buffer text; } compiler;

static rf_code keep_bytecode(compiler *c, JSValueConst made, rf_plugin_code *code, rf_error *reterr) {
    uint8_t *bytes = JS_WriteObject(c->ctx, &code->size, made, JS_WRITE_OBJ_BYTECODE);
    if (!bytes)
        return rf_raise_nomem(reterr);
    code->bytes = rf_alloc(code->size);
    if (code->bytes)
        memcpy(code->bytes, bytes, code->size);
    js_free(c->ctx, bytes);
    return code->bytes ? RF_OK : rf_raise_nomem(reterr);
}

/* What the engine's own words leave out, for the likeliest mistakes. */
static void hint(rf_slice script, rf_error *error) {
    rf_source source = { "", script };
    rf_slice line = rf_slice_trim(rf_source_line(&source, error->place.line));
    if (rf_slice_starts(line, RF_SLICE("import")))
        rf_error_hint(error, "a plugin is a script of one file: it cannot import");
    else if (strstr(error->message, "in expression: ''"))
        rf_error_hint(error, "the script ends too early: a bracket is not closed");
    else if (rf_slice_starts(line, RF_SLICE("export")))
        rf_error_hint(error, "a plugin is a script, no module: hooks are found by name, without `export`");
}

static rf_code compile_in(compiler *c, const rf_plugin_text *text, rf_plugin_code *code, rf_error *reterr) {
    c->rt = JS_NewRuntime2(rf_js_heap_functions(), &c->heap);
    c->ctx = c->rt ? JS_NewContextRaw(c->rt) : NULL;
    if (!c->ctx)
        return rf_raise_nomem(reterr);
    JS_AddIntrinsicBaseObjects(c->ctx);
    JS_AddIntrinsicEval(c->ctx);
    JS_AddIntrinsicRegExpCompiler(c->ctx);
    JS_AddIntrinsicRegExp(c->ctx);
    JS_SetMaxStackSize(c->rt, COMPILE_STACK);
    JS_SetMemoryLimit(c->rt, COMPILE_LIMIT);
    rf_buffer_slice(&c->text, text->bytes);
    const char *whole = rf_buffer_cstr(&c->text);
    if (!whole)
        return rf_raise_nomem(reterr);
    JSValue made = JS_Eval(c->ctx, whole, c->text.len, text->path, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
    if (!JS_IsException(made)) {
        rf_code kept = keep_bytecode(c, made, code, reterr);
        JS_FreeValue(c->ctx, made);
        return kept;
    }
    JSValue thrown = JS_GetException(c->ctx);
    rf_error error = { 0 };
    rf_plugin_js_describe(c->ctx, thrown, text->path, &error);
    error.hint[0] = '\0'; /* the stack of a text that never ran says nothing */
    hint(text->bytes, &error);
    JS_FreeValue(c->ctx, thrown);
    if (reterr)
        *reterr = error;
    return RF_ESCRIPT;
}

static void js_code_free(rf_plugin_code *code) {
    if (!code)
        return;
    rf_free(code->path);
    rf_free(code->bytes);
    rf_free(code);
}

static void find_names(rf_plugin_code *code, const rf_plugin_text *text) {
    const rf_source source = { text->path, text->bytes };
    for (uint32_t i = 0; i < RF_HOOK_COUNT; i++) {
        const char *at = text->bytes.len ? memmem(text->bytes.data, text->bytes.len, rf_hooks[i].name, strlen(rf_hooks[i].name)) : NULL;
        if (at)
            rf_source_locate(&source, (size_t)(at - text->bytes.data), &code->named[i].line, &code->named[i].column);
    }
}

static rf_code js_compile(const rf_plugin_shared *shared, const rf_plugin_text *text, rf_buffer *findings, rf_plugin_code **ret_code,
                          rf_error *reterr) {
    (void)shared;
    assert(text && text->path && ret_code);
    RF_ZONE(RF_ZONE_COMPILE, text->path);
    compiler c = { 0 };
    rf_error error = { 0 };
    rf_plugin_code *code = rf_alloc_zero(1, sizeof *code);
    if (!code || !(code->path = rf_strdup(text->path)) || !rf_js_heap_init(&c.heap, COMPILE_RESERVE)) {
        js_code_free(code);
        return rf_raise_nomem(reterr);
    }
    c.heap.guarded = true;
    rf_code done = _setjmp(c.heap.escape) ? rf_raise_nomem(&error) : compile_in(&c, text, code, &error);
    c.heap.guarded = false;
    rf_buffer_done(&c.text);
    rf_js_heap_done(&c.heap);
    if (!done) {
        find_names(code, text);
        *ret_code = code;
        return RF_OK;
    }
    js_code_free(code);
    if (findings && done == RF_ESCRIPT)
        rf_source_show(findings, &(rf_source){ text->path, text->bytes }, &error, false);
    if (reterr)
        *reterr = error;
    return done;
}

static uint32_t js_uses(const rf_plugin_code *code) {
    (void)code;
    return 0;
}

/* ---- Opening ---- */

/* Time is counted from the first question of a call. */
bool rf_plugin_js_overtime(rf_plugin_vm *vm) {
    uint64_t now = rf_clock_mono_ns();
    if (!vm->started_ns)
        vm->started_ns = now;
    bool stop = atomic_load_explicit(&vm->stop, memory_order_relaxed);
    if (!stop && (!vm->time_ns || now - vm->started_ns <= vm->time_ns))
        return false;
    vm->timed_out = true;
    return true;
}

/* Called every few thousand branches and calls. */
static int interrupted(JSRuntime *rt, void *opaque) {
    (void)rt;
    return rf_plugin_js_overtime(opaque);
}

static void stack_update(rf_plugin_vm *vm) {
    pthread_t self = pthread_self();
    if (RF_UNLIKELY(!vm->measured || !pthread_equal(vm->thread, self))) {
        size_t room = rf_js_stack_room();
        JS_SetMaxStackSize(vm->rt, room < STACK_BYTES ? room : STACK_BYTES);
        vm->thread = self;
        vm->measured = true;
    }
    JS_UpdateStackTop(vm->rt);
}

static rf_code make_context(rf_plugin_vm *vm, rf_error *reterr) {
    vm->rt = JS_NewRuntime2(rf_js_heap_functions(), &vm->heap);
    if (!vm->rt)
        return rf_raise_nomem(reterr);
    rf_js_where_init(&vm->where, vm->rt);
    rf_js_where_enter(&vm->where, vm->stages.load, NULL);
    stack_update(vm);
    vm->ctx = JS_NewContext(vm->rt);
    if (!vm->ctx)
        return rf_raise_nomem(reterr);
    JS_SetContextOpaque(vm->ctx, vm);
    if (!rf_plugin_js_define(vm))
        return rf_plugin_js_failure(vm, reterr);
    size_t held = vm->heap.live_bytes;
    if (held >= vm->heap_bytes) {
        rf_code code = rf_raise(reterr, RF_ELIMIT, "a memory limit of %zu KiB is too small: the interpreter itself takes %zu KiB",
                                vm->heap_bytes >> 10, held >> 10);
        rf_error_hint(reterr, "raise `memory` in the manifest");
        return code;
    }
    JS_SetMemoryLimit(vm->rt, vm->heap_bytes);
    vm->collect_at = held + (vm->heap_bytes - held) / 2;
    JS_SetInterruptHandler(vm->rt, interrupted, vm);
    return RF_OK;
}

/* A hook may be a function declaration or a top-level const: a later script sees both. */
static rf_code find_hook(rf_plugin_vm *vm, uint32_t hook, rf_error *reterr) {
    char text[160];
    int len = snprintf(text, sizeof text, "typeof %s === 'undefined' ? undefined : %s", rf_hooks[hook].name, rf_hooks[hook].name);
    JSValue value = JS_Eval(vm->ctx, text, (size_t)len, "<hooks>", JS_EVAL_TYPE_GLOBAL);
    if (JS_IsException(value))
        return rf_plugin_js_failure(vm, reterr);
    if (JS_IsUndefined(value))
        return RF_OK;
    vm->hooks[hook] = value;
    if (JS_IsFunction(vm->ctx, value)) {
        vm->has |= 1u << hook;
        return RF_OK;
    }
    rf_code code = rf_raise(reterr, RF_ESCRIPT, "%s is %s: a hook must be a function", rf_hooks[hook].name,
                            rf_plugin_js_kind(vm->ctx, value));
    rf_error_hint(reterr, "function %s(%s) { … }", rf_hooks[hook].name, rf_hooks[hook].params);
    rf_error_place(reterr, vm->code->path, vm->code->named[hook].line ? vm->code->named[hook].line : 1,
                   vm->code->named[hook].column ? vm->code->named[hook].column : 1);
    return code;
}

static rf_code run_jobs(rf_plugin_vm *vm, rf_error *reterr) {
    JSContext *ctx;
    for (int i = 0; i < JOBS_MAX; i++) {
        int done = JS_ExecutePendingJob(vm->rt, &ctx);
        if (done == 0)
            return RF_OK;
        if (done < 0)
            return rf_plugin_js_failure(vm, reterr);
    }
    return rf_raise(reterr, RF_ELIMIT, "more than %d promises were settled in one call", JOBS_MAX);
}

static rf_code load(rf_plugin_vm *vm, rf_error *reterr) {
    rf_code code = make_context(vm, reterr);
    if (code)
        return code;
    JSValue script = JS_ReadObject(vm->ctx, vm->code->bytes, vm->code->size, JS_READ_OBJ_BYTECODE);
    JSValue value = JS_IsException(script) ? script : JS_EvalFunction(vm->ctx, script);
    if (JS_IsException(value))
        return rf_plugin_js_failure(vm, reterr);
    JS_FreeValue(vm->ctx, value);
    code = run_jobs(vm, reterr);
    for (uint32_t i = 0; i < RF_HOOK_COUNT && !code; i++)
        code = find_hook(vm, i, reterr);
    return code;
}

static rf_code lost_time(const rf_plugin_vm *vm, rf_error *reterr) {
    rf_code code = rf_raise(reterr, RF_ELIMIT, "the script ran longer than its %.6g ms, within one function of the engine; the VM was lost",
                            (double)vm->time_ns / 1e6);
    rf_error_hint(reterr, "a search or a conversion of too much at once; `time` in the manifest is the bound");
    return code;
}

static rf_code lost_memory(const rf_plugin_vm *vm, rf_error *reterr) {
    rf_code code = vm->heap.refused
        ? rf_raise(reterr, RF_ELIMIT, "the script used more memory than its %zu KiB; the VM was lost", vm->heap_bytes >> 10)
        : rf_raise(reterr, RF_ELIMIT, "memory ran out, and the VM was lost");
    rf_error_hint(reterr, "`memory` in the manifest is the bound");
    return code;
}

/* Memory or time ran out inside the engine, which does not survive that in all places: nothing in it is touched again. */
static rf_code lost(rf_plugin_vm *vm, rf_error *reterr) {
    rf_code code = vm->heap.overtime ? lost_time(vm, reterr) : lost_memory(vm, reterr);
    if (vm->code)
        rf_error_place(reterr, vm->code->path, 1, 1);
    rf_error_flag(reterr, RF_ERROR_FATAL);
    vm->lost = true;
    vm->kept = NULL;
    return code;
}

static void js_close(rf_plugin_vm *vm) {
    if (!vm)
        return;
    rf_arena_done(&vm->texts);
    rf_plugin_stages_done(&vm->stages);
    rf_js_heap_done(&vm->heap); /* all of the engine at once */
    rf_free(vm);
}

static void begin(rf_plugin_vm *vm, uint64_t time_ns) {
    vm->time_ns = time_ns;
    vm->started_ns = 0;
    vm->timed_out = false;
    vm->data_left = vm->heap_bytes;
    vm->depth = 0;
    atomic_store_explicit(&vm->stop, false, memory_order_relaxed);
    rf_arena_clear(&vm->texts);
}

/* Before the engine runs, and after it, whatever became of it. */
static void watch(rf_plugin_vm *vm) {
    vm->heap.guarded = true;
    vm->watched = vm->time_ns && rf_js_overtime_begin(&vm->heap, vm->time_ns);
}

static void unwatch(rf_plugin_vm *vm) {
    vm->heap.guarded = false;
    rf_js_overtime_end(vm->watched);
}

static rf_code js_open(const rf_plugin_shared *shared, rf_plugin_code *code, const rf_vm_options *options, rf_plugin_vm **ret_vm,
                       rf_error *reterr) {
    (void)shared;
    assert(code && options && options->api && ret_vm);
    rf_plugin_vm *vm = rf_alloc_zero(1, sizeof *vm);
    if (!vm)
        return rf_raise_nomem(reterr);
    vm->code = code;
    vm->api = options->api;
    vm->heap_bytes = options->heap_bytes;
    for (size_t i = 0; i < RF_HOOK_COUNT; i++)
        vm->hooks[i] = JS_UNDEFINED;
    for (size_t i = 0; i < 4; i++)
        vm->verdicts[i] = JS_UNDEFINED;
    rf_arena_init(&vm->texts, 1024);
    rf_code done = rf_plugin_stages_init(&vm->stages, vm->api, reterr);
    if (done || !rf_js_heap_init(&vm->heap, RESERVE_BYTES)) {
        js_close(vm);
        return rf_raise_nomem(reterr);
    }
    begin(vm, options->load_ns);
    watch(vm);
    if (_setjmp(vm->heap.escape))
        done = vm->heap.refused || vm->heap.overtime ? lost(vm, reterr) : rf_raise_nomem(reterr);
    else
        done = load(vm, reterr);
    unwatch(vm);
    if (vm->where.rt)
        rf_js_where_leave(&vm->where);
    if (done)
        js_close(vm);
    else
        *ret_vm = vm;
    return done;
}

/* ---- Calling ---- */

static uint32_t js_hooks(const rf_plugin_vm *vm) { return vm->has; }

static JSValue argument(JSContext *ctx, const rf_pv *arg) {
    switch (arg->kind) {
    case RF_PV_TEXT:
        return JS_NewStringLen(ctx, arg->text.data ? arg->text.data : "", arg->text.len);
    case RF_PV_INT:
        return JS_NewInt64(ctx, arg->integer);
    case RF_PV_NUMBER:
        return JS_NewFloat64(ctx, arg->number);
    case RF_PV_BOOL:
        return JS_NewBool(ctx, arg->boolean);
    case RF_PV_DATA:
        return rf_plugin_js_import(ctx, &arg->data);
    default:
        return JS_UNDEFINED;
    }
}

/* The engine waits with collecting cycles until the heap has grown by half, which may be past the bound: a VM would be lost for what
 * nobody holds. Between calls, that is looked at each time half of the rest is used. */
static void collect(rf_plugin_vm *vm) {
    RF_ZONE(RF_ZONE_COLLECT, "cycles");
    uint64_t began = rf_clock_mono_ns();
    JS_RunGC(vm->rt);
    uint64_t taken = rf_clock_mono_ns() - began;
    rf_bounds_add(&vm->pauses, taken);
    vm->collections++;
    if (taken > vm->longest_pause_ns)
        vm->longest_pause_ns = taken;
    size_t live = vm->heap.live_bytes, half = vm->heap_bytes / 2;
    vm->collect_at = live + (vm->heap_bytes - live) / 2;
    if (vm->collect_at < half)
        vm->collect_at = half;
}

static rf_code run(rf_plugin_vm *vm, rf_hook hook, const rf_pv *args, uint32_t count, rf_arena *arena, rf_answer *ret_answer,
                   rf_error *reterr) {
    JSValue argv[RF_HOOK_ARGS_MAX], value = JS_UNDEFINED;
    uint32_t made = 0;
    for (; made < count && !JS_IsException(value); made++) {
        argv[made] = argument(vm->ctx, &args[made]);
        value = JS_IsException(argv[made]) ? JS_EXCEPTION : JS_UNDEFINED;
    }
    if (!JS_IsException(value))
        value = JS_Call(vm->ctx, vm->hooks[hook], JS_UNDEFINED, (int)count, argv);
    for (uint32_t i = 0; i < made; i++)
        JS_FreeValue(vm->ctx, argv[i]);
    if (JS_IsException(value))
        return rf_plugin_js_failure(vm, reterr);
    rf_code code = JS_IsJobPending(vm->rt) ? run_jobs(vm, reterr) : RF_OK;
    if (!code)
        code = rf_plugin_js_answer(vm, hook, value, arena, ret_answer, reterr);
    JS_FreeValue(vm->ctx, value);
    if (RF_UNLIKELY(vm->heap.live_bytes > vm->collect_at))
        collect(vm);
    return code;
}

static rf_code js_call(rf_plugin_vm *vm, rf_hook hook, const rf_pv *args, uint32_t count, uint64_t time_ns, rf_arena *arena,
                       rf_answer *ret_answer, rf_error *reterr) {
    assert(vm->has & 1u << hook && count <= RF_HOOK_ARGS_MAX);
    if (RF_UNLIKELY(vm->lost))
        return lost(vm, reterr);
    if (vm->kept) {
        JS_FreeCString(vm->ctx, vm->kept);
        vm->kept = NULL;
    }
    begin(vm, time_ns);
    stack_update(vm);
    rf_js_where_enter(&vm->where, vm->stages.hooks[hook], NULL);
    watch(vm);
    rf_code code = _setjmp(vm->heap.escape) ? lost(vm, reterr) : run(vm, hook, args, count, arena, ret_answer, reterr);
    unwatch(vm);
    rf_js_where_leave(&vm->where);
    return code;
}

/* One variable. What is not plain data stays behind: then the key has no text. Errors: RF_ENOMEM; RF_ELIMIT. */
static rf_code keep_global(rf_plugin_vm *vm, JSValueConst global, JSAtom atom, rf_arena *arena, rf_member *ret_member, rf_error *reterr) {
    JSValue value = JS_GetProperty(vm->ctx, global, atom);
    if (JS_IsException(value)) {
        rf_code failed = rf_plugin_js_failure(vm, reterr); /* a getter threw: no plain data either */
        return failed == RF_ESCRIPT ? RF_OK : failed;
    }
    rf_code code = RF_ESCRIPT;
    if (!JS_IsUndefined(value) && !JS_IsFunction(vm->ctx, value))
        code = rf_plugin_js_export(vm->ctx, value, arena, &ret_member->value, reterr);
    JS_FreeValue(vm->ctx, value);
    if (code == RF_ESCRIPT)
        return RF_OK;
    const char *name = JS_AtomToCString(vm->ctx, atom);
    if (code)
        rf_error_prefix(reterr, "keeping the variable %s: ", name ? name : "");
    else if (!(ret_member->key = rf_slice_dup_in(arena, rf_slice_of(name ? name : ""))).data)
        code = rf_raise_nomem(reterr);
    JS_FreeCString(vm->ctx, name);
    return code;
}

static rf_code take_state(rf_plugin_vm *vm, rf_arena *arena, rf_value *ret_state, rf_error *reterr) {
    JSPropertyEnum *names = NULL;
    uint32_t count = 0, kept = 0;
    JSValue global = JS_GetGlobalObject(vm->ctx);
    if (JS_GetOwnPropertyNames(vm->ctx, &names, &count, global, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0)
        return rf_plugin_js_failure(vm, reterr);
    rf_member *members = rf_arena_zero(arena, count + 1u, sizeof *members);
    rf_code code = members ? RF_OK : rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < count && !code; i++) {
        code = keep_global(vm, global, names[i].atom, arena, &members[kept], reterr);
        kept += members[kept].key.data != NULL;
    }
    for (uint32_t i = 0; i < count; i++)
        JS_FreeAtom(vm->ctx, names[i].atom);
    js_free(vm->ctx, names);
    JS_FreeValue(vm->ctx, global);
    *ret_state = (rf_value){ .kind = RF_MAP, .size = kept, .members = members };
    return code;
}

static rf_code js_state(rf_plugin_vm *vm, rf_arena *arena, rf_value *ret_state, rf_error *reterr) {
    if (vm->lost)
        return lost(vm, reterr);
    begin(vm, RF_PLUGIN_LOAD_NS_DEFAULT); /* getters may run */
    stack_update(vm);
    watch(vm);
    rf_code code = _setjmp(vm->heap.escape) ? lost(vm, reterr) : take_state(vm, arena, ret_state, reterr);
    unwatch(vm);
    return code;
}

static void js_interrupt(rf_plugin_vm *vm) { atomic_store_explicit(&vm->stop, true, memory_order_relaxed); }

static void js_counts(const rf_plugin_vm *vm, rf_vm_counts *ret_counts) {
    *ret_counts = (rf_vm_counts){ vm->heap.held_bytes, vm->collections, vm->longest_pause_ns, vm->pauses, vm->heap.allocated_bytes };
}

const rf_vm_kind rf_vm_javascript = {
    .name = "javascript",
    .compile = js_compile,
    .code_free = js_code_free,
    .uses = js_uses,
    .open = js_open,
    .close = js_close,
    .hooks = js_hooks,
    .call = js_call,
    .state = js_state,
    .interrupt = js_interrupt,
    .counts = js_counts,
};
