/* engine.c: one interpreter: made, hardened, loaded with programs, thrown away. */
#include "script/javascript/engine.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "observe/zone.h"
#include "script/javascript/guard.h"
#include "script/javascript/internal.h"

#include <assert.h>

/* Enough for all builtins: making them is the part of the engine that does not survive a failed allocation. */
#define RESERVE_BYTES ((size_t)1400 << 10)
/* The engine collects cycles when it holds this much more than at rest. */
#define COLLECT_BYTES ((size_t)2 << 20)

/* Called every few thousand branches and calls: time is counted from the first call of a run. */
static int interrupted(JSRuntime *rt, void *opaque) {
    rf_js *js = opaque;
    (void)rt;
    uint64_t now = rf_clock_mono_ns();
    if (js->started_ns == 0)
        js->started_ns = now;
    if (now - js->started_ns <= js->limits.time_ns && !rf_js_giving_up(js))
        return 0;
    js->timed_out = true;
    return 1;
}

static void add_intrinsics(JSContext *ctx) {
    JS_AddIntrinsicBaseObjects(ctx);
    JS_AddIntrinsicDate(ctx);
    JS_AddIntrinsicEval(ctx);
    JS_AddIntrinsicStringNormalize(ctx);
    JS_AddIntrinsicRegExpCompiler(ctx);
    JS_AddIntrinsicRegExp(ctx);
    JS_AddIntrinsicJSON(ctx);
    JS_AddIntrinsicProxy(ctx);
    JS_AddIntrinsicMapSet(ctx);
    JS_AddIntrinsicTypedArrays(ctx);
    JS_AddIntrinsicPromise(ctx);
    JS_AddIntrinsicWeakRef(ctx);
}

static bool make_runtime(rf_js *js) {
    js->rt = JS_NewRuntime2(rf_js_heap_functions(), &js->heap);
    if (!js->rt)
        return false;
    rf_js_stack_update(js);
    js->ctx = JS_NewContextRaw(js->rt);
    if (!js->ctx)
        return false;
    JS_SetContextOpaque(js->ctx, js);
    add_intrinsics(js->ctx);
    js->atom_payload = JS_NewAtom(js->ctx, "payload");
    js->atom_meta = JS_NewAtom(js->ctx, "meta");
    js->atom_length = JS_NewAtom(js->ctx, "length");
    return js->atom_payload && js->atom_meta && js->atom_length &&
           JS_NewClass(js->rt, RF_JS_CLASS_MESSAGE, &rf_js_message_class) == 0 &&
           JS_NewClass(js->rt, RF_JS_CLASS_META, &rf_js_meta_class) == 0 &&
           JS_NewClass(js->rt, RF_JS_CLASS_TRAP, &rf_js_trap_class) == 0;
}

static bool take_object_prototype(rf_js *js) {
    JSValue object = JS_NewObject(js->ctx);
    js->object_prototype = JS_GetPrototype(js->ctx, object);
    JS_FreeValue(js->ctx, object);
    return JS_IsObject(js->object_prototype);
}

static bool has_global(const rf_js *js, const char *name) {
    for (size_t i = 0; i < js->global_count; i++)
        if (strcmp(js->globals[i].name, name) == 0)
            return true;
    return false;
}

static void add_global(rf_js *js, const char *name, JSValue value, bool lasting) {
    js->globals[js->global_count++] =
        (rf_js_global){ .name = name, .value = value, .override = JS_UNDEFINED, .lasting = lasting };
}

/* A name that the engine has already as a builtin stays what it is. */
static bool is_builtin(rf_js *js, const char *name) {
    JSValue global = JS_GetGlobalObject(js->ctx);
    JSAtom atom = JS_NewAtom(js->ctx, name);
    int there = JS_GetOwnProperty(js->ctx, NULL, global, atom);
    JS_FreeAtom(js->ctx, atom);
    JS_FreeValue(js->ctx, global);
    return there != 0;
}

static void declare_names(rf_js *js, const rf_js_code *code) {
    for (size_t i = 0; i < code->name_count; i++)
        if (!has_global(js, code->names[i]) && !is_builtin(js, code->names[i]))
            add_global(js, code->names[i], JS_UNDEFINED, false);
}

static bool make_globals(rf_js *js, const rf_program *const *programs, size_t count) {
    size_t most = 3;
    for (size_t i = 0; i < count; i++)
        most += programs[i]->code.name_count;
    js->globals = rf_alloc_zero(most, sizeof *js->globals);
    if (!js->globals)
        return js->host_nomem = true, false;
    JSValue console = rf_js_console_new(js);
    JSValue cache = js->host->cache ? rf_js_cache_new(js) : JS_UNDEFINED;
    if (JS_IsException(console) || JS_IsException(cache))
        return false;
    add_global(js, "msg", JS_DupValue(js->ctx, js->message.object), false);
    add_global(js, "console", console, true);
    if (js->host->cache)
        add_global(js, "cache", cache, true);
    for (size_t i = 0; i < count; i++)
        declare_names(js, &programs[i]->code);
    return rf_js_globals_define(js);
}

/* The code of a function form is evaluated once: what comes out is the function. */
static bool load_program(rf_js *js, const rf_program *program) {
    rf_js_account_begin(js);
    JSValue code = JS_ReadObject(js->ctx, program->code.bytes, program->code.size, JS_READ_OBJ_BYTECODE);
    if (!JS_IsException(code) && !program->code.is_script)
        code = JS_EvalFunction(js->ctx, code);
    if (JS_IsException(code))
        return false;
    rf_js_program *loaded = &js->programs[js->program_count++];
    *loaded = (rf_js_program){ .program = program, .code = code };
    rf_js_account_loaded(js, loaded);
    return true;
}

static bool load_programs(rf_js *js, const rf_program *const *programs, size_t count) {
    js->programs = rf_alloc_zero(count ? count : 1, sizeof *js->programs);
    if (!js->programs)
        return js->host_nomem = true, false;
    for (size_t i = 0; i < count; i++)
        if (!load_program(js, programs[i]))
            return false;
    return true;
}

static bool build(rf_js *js, const rf_program *const *programs, size_t count) {
    if (!rf_js_slots_init(js) || !rf_js_heap_init(&js->heap, RESERVE_BYTES))
        return js->host_nomem = true, false;
    js->heap.guarded = true;
    return make_runtime(js) && take_object_prototype(js) && rf_js_meta_make(js) && rf_js_message_make(js) &&
           make_globals(js, programs, count) && rf_js_guard_arrays(js->ctx, js->atom_length, js->limits.heap_bytes) &&
           rf_js_harden(js) && load_programs(js, programs, count);
}

/* From here on the bounds hold. What the builtins take is part of the bound on memory. */
static rf_code set_limits(rf_js *js, rf_error *reterr) {
    size_t held = rf_js_heap_bytes(js);
    if (held >= js->limits.heap_bytes)
        return rf_raise(reterr, RF_ELIMIT, "a memory limit of %zu KiB is too small: the interpreter itself takes %zu KiB",
                        js->limits.heap_bytes >> 10, held >> 10);
    JS_SetMemoryLimit(js->rt, js->limits.heap_bytes);
    JS_SetGCThreshold(js->rt, held + COLLECT_BYTES);
    js->rest_bytes = js->heap.held_bytes;
    js->collect_at = js->heap.live_bytes + COLLECT_BYTES / 2;
    JS_SetInterruptHandler(js->rt, interrupted, js);
    rf_js_where_init(&js->where, js->rt);
    return RF_OK;
}

static rf_code build_failure(rf_js *js, rf_error *reterr) {
    if (js->host_nomem || js->heap.failed || !js->ctx)
        return rf_raise_nomem(reterr);
    JSValue thrown = JS_GetException(js->ctx);
    const char *text = JS_ToCString(js->ctx, thrown);
    rf_code code = rf_raise(reterr, RF_ESCRIPT, "starting the interpreter: %s", text ? text : "unknown");
    JS_FreeCString(js->ctx, text);
    JS_FreeValue(js->ctx, thrown);
    return code;
}

static void init_values(rf_js *js) {
    JSValue *const values[] = { &js->object_prototype, &js->map_to_list, &js->set_to_list, &js->unbox, &js->date_ms,
                                &js->to_bigint, &js->to_date, &js->to_bytes, &js->message.object, &js->message.inner,
                                &js->message.payload, &js->message.meta, &js->message.text.string,
                                &js->meta.object, &js->meta.inner };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        *values[i] = JS_UNDEFINED;
}

rf_code rf_js_new(const rf_program *const *programs, size_t count, const rf_limits *limits,
                  const rf_script_host *host, rf_js **ret_js, rf_error *reterr) {
    assert((programs || count == 0) && limits && host && ret_js);
    rf_js *js = rf_alloc_zero(1, sizeof *js);
    if (!js)
        return rf_raise_nomem(reterr);
    js->host = host;
    js->limits = *limits;
    init_values(js);
    rf_code code;
    if (_setjmp(js->heap.escape))
        code = rf_raise_nomem(reterr);
    else
        code = build(js, programs, count) ? set_limits(js, reterr) : build_failure(js, reterr);
    js->heap.guarded = false;
    if (code)
        rf_js_free(js);
    else
        *ret_js = js;
    return code;
}

/* The engine is not asked to take itself apart: its heap is given back as a whole, also after a limit struck in the
 * middle of something. */
void rf_js_free(rf_js *js) {
    if (!js)
        return;
    rf_js_heap_done(&js->heap);
    rf_buffer_done(&js->text);
    rf_js_slots_done(js);
    rf_free(js->globals);
    rf_free(js->programs);
    rf_free(js);
}

/* Before the engine does it by itself, in the middle of a script, where nobody can say how long it took. */
uint64_t rf_js_collect_if_due(rf_js *js) {
    if (RF_LIKELY(js->heap.live_bytes < js->collect_at))
        return 0;
    RF_ZONE(RF_ZONE_COLLECT, "cycles");
    uint64_t began = rf_clock_mono_ns();
    size_t live = js->heap.live_bytes;
    JS_RunGC(js->rt);
    rf_js_account_collected(js, live > js->heap.live_bytes ? live - js->heap.live_bytes : 0);
    js->collect_at = js->heap.live_bytes + COLLECT_BYTES / 2;
    uint64_t taken = rf_clock_mono_ns() - began;
    return taken ? taken : 1;
}

bool rf_js_clean(const rf_js *js) { return !js->spoiled; }

size_t rf_js_heap_bytes(const rf_js *js) { return js->heap.live_bytes; }

uint64_t rf_js_allocated_bytes(const rf_js *js) { return js->heap.allocated_bytes; }

void rf_js_fail_every(rf_js *js, uint64_t n) {
    js->heap.fail_every = n;
    js->heap.allocations = 0;
}
