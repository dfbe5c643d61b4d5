/* vm_javascript_api.c: what a plugin finds in its JavaScript VM: the Host API, console, the verdicts. */
#include "plugin/vm_javascript.h"

#include "base/slice.h"
#include "script/javascript/guard.h"

#include <math.h>
#include <string.h>

static rf_plugin_vm *vm_of(JSContext *ctx) { return JS_GetContextOpaque(ctx); }

static JSValue wrong(JSContext *ctx, const rf_api_row *row, uint32_t at, const char *expected, JSValueConst got) {
    return JS_ThrowTypeError(ctx, "%s: %s must be %s, got %s", row->name, row->params[at].name, expected, rf_plugin_js_kind(ctx, got));
}

static bool whole(JSContext *ctx, JSValueConst value, int64_t *ret) {
    double number;
    if (!JS_IsNumber(value) || JS_ToFloat64(ctx, &number, value) < 0 || number != floor(number) || fabs(number) > 9007199254740992.0)
        return false;
    *ret = (int64_t)number;
    return true;
}

/* One argument. JS_UNDEFINED: good; else an exception is pending. `owned` gets what must be given back. */
static JSValue convert(rf_plugin_vm *vm, const rf_api_row *row, uint32_t at, JSValueConst value, rf_pv *ret_arg, const char **owned) {
    JSContext *ctx = vm->ctx;
    rf_error error = { 0 };
    ret_arg->kind = row->params[at].kind;
    switch (ret_arg->kind) {
    case RF_PV_TEXT:
        if (!JS_IsString(value))
            return wrong(ctx, row, at, "a string", value);
        ret_arg->text = rf_plugin_js_text(vm, value, owned);
        return ret_arg->text.data ? JS_UNDEFINED : JS_ThrowOutOfMemory(ctx);
    case RF_PV_INT:
        return whole(ctx, value, &ret_arg->integer) ? JS_UNDEFINED : wrong(ctx, row, at, "a whole number", value);
    case RF_PV_NUMBER:
        return JS_IsNumber(value) && JS_ToFloat64(ctx, &ret_arg->number, value) >= 0 ? JS_UNDEFINED
                                                                                     : wrong(ctx, row, at, "a number", value);
    case RF_PV_BOOL:
        ret_arg->boolean = JS_IsBool(value) && JS_VALUE_GET_BOOL(value);
        return JS_IsBool(value) ? JS_UNDEFINED : wrong(ctx, row, at, "a boolean", value);
    default:
        ret_arg->kind = RF_PV_DATA;
        if (!rf_plugin_js_export(ctx, value, &vm->texts, &ret_arg->data, &error))
            return JS_UNDEFINED;
        if (error.code == RF_ENOMEM)
            return JS_ThrowOutOfMemory(ctx);
        return (error.code == RF_ELIMIT ? JS_ThrowRangeError : JS_ThrowTypeError)(ctx, "%s: %s: %s", row->name, row->params[at].name,
                                                                                  error.message);
    }
}

static JSValue result_of(JSContext *ctx, const rf_pv *result) {
    switch (result->kind) {
    case RF_PV_BOOL:
        return JS_NewBool(ctx, result->boolean);
    case RF_PV_INT:
        return JS_NewInt64(ctx, result->integer);
    case RF_PV_NUMBER:
        return JS_NewFloat64(ctx, result->number);
    case RF_PV_TEXT:
        return JS_NewStringLen(ctx, result->text.data ? result->text.data : "", result->text.len);
    case RF_PV_DATA:
        return rf_plugin_js_import(ctx, &result->data);
    default:
        return JS_UNDEFINED;
    }
}

static JSValue run_row(rf_plugin_vm *vm, const rf_api_row *row, const rf_pv *args) {
    rf_pv result = { .kind = RF_PV_UNIT };
    rf_error error = { 0 };
    rf_arena_clear(&vm->api->arena);
    if (!row->call(vm->api, args, &result, &error))
        return result_of(vm->ctx, &result);
    JSValue thrown = JS_NewError(vm->ctx);
    if (JS_IsException(thrown))
        return thrown;
    (void)JS_DefinePropertyValueStr(vm->ctx, thrown, "message", JS_NewString(vm->ctx, error.message), JS_PROP_C_W_E);
    return JS_Throw(vm->ctx, thrown);
}

/* What the outermost function copied is gone when it returns, so that a hook that calls many of them holds no more than one needs. */
static void leave(rf_plugin_vm *vm, size_t left) {
    if (--vm->depth > 0)
        return;
    rf_arena_clear(&vm->texts);
    vm->data_left = left;
}

static JSValue convert_and_run(rf_plugin_vm *vm, const rf_api_row *row, int argc, JSValueConst *argv) {
    rf_pv args[RF_API_PARAMS_MAX] = { 0 };
    const char *owned[RF_API_PARAMS_MAX] = { NULL };
    JSValue made = JS_UNDEFINED;
    for (uint32_t i = 0; i < RF_API_PARAMS_MAX && row->params[i].name && !JS_IsException(made); i++)
        made = convert(vm, row, i, (int)i < argc ? argv[i] : JS_UNDEFINED, &args[i], &owned[i]);
    if (!JS_IsException(made))
        made = run_row(vm, row, args);
    for (uint32_t i = 0; i < RF_API_PARAMS_MAX; i++)
        JS_FreeCString(vm->ctx, owned[i]);
    return made;
}

/* `magic` is the row's index. */
static JSValue call_row(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int magic) {
    rf_plugin_vm *vm = vm_of(ctx);
    size_t left = vm->data_left;
    (void)this_value;
    vm->depth++;
    JSValue made = convert_and_run(vm, &rf_api_rows[magic], argc, argv);
    leave(vm, left);
    return made;
}

static const rf_api_row *row_named(const char *name) {
    for (size_t i = 0; i < rf_api_row_count; i++)
        if (strcmp(rf_api_rows[i].name, name) == 0)
            return &rf_api_rows[i];
    return NULL;
}

static JSValue join_and_run(rf_plugin_vm *vm, const rf_api_row *row, int argc, JSValueConst *argv) {
    JSContext *ctx = vm->ctx;
    rf_pv line = { .kind = RF_PV_TEXT, .text = RF_SLICE("") };
    for (int i = 0; i < argc; i++) {
        const char *owned = NULL;
        JSValue text = JS_IsSymbol(argv[i]) ? JS_NewString(ctx, "Symbol()") : JS_ToString(ctx, argv[i]);
        rf_slice part = JS_IsException(text) ? (rf_slice){ NULL, 0 } : rf_plugin_js_text(vm, text, &owned);
        JS_FreeValue(ctx, text);
        if (!part.data)
            return JS_EXCEPTION;
        bool fits = !rf_plugin_js_charge(vm, line.text.len + part.len + 2, NULL);
        if (fits)
            line.text = rf_printf_in(&vm->texts, "%.*s%s%.*s", RF_SLICE_ARG(line.text), i ? " " : "", RF_SLICE_ARG(part));
        JS_FreeCString(ctx, owned);
        if (!fits)
            return JS_ThrowRangeError(ctx, "console: the line is too long");
        if (!line.text.data)
            return JS_ThrowOutOfMemory(ctx);
    }
    return run_row(vm, row, &line);
}

/* console.*: its arguments as texts with blanks between, to the row of the level. A host without a log hears nothing. */
static JSValue console_write(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int magic) {
    static const char *const rows[] = { "Log.debug", "Log.info", "Log.warn", "Log.error" };
    rf_plugin_vm *vm = vm_of(ctx);
    const rf_api_row *row = row_named(rows[magic]);
    size_t left = vm->data_left;
    (void)this_value;
    if (!row || !vm->api->host || !vm->api->host->log)
        return JS_UNDEFINED;
    vm->depth++;
    JSValue made = join_and_run(vm, row, argc, argv);
    leave(vm, left);
    return made;
}

static bool define(rf_plugin_vm *vm, const char *name, JSValue value) {
    JSValue global = JS_GetGlobalObject(vm->ctx);
    bool done = !JS_IsException(value) && JS_DefinePropertyValueStr(vm->ctx, global, name, value, JS_PROP_CONFIGURABLE) >= 0;
    JS_FreeValue(vm->ctx, global);
    return done;
}

static bool define_console(rf_plugin_vm *vm) {
    static const struct { const char *name; int level; } methods[] = { { "debug", 0 }, { "log", 1 }, { "info", 1 }, { "warn", 2 }, { "error", 3 } };
    JSValue console = JS_NewObject(vm->ctx);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        JSValue method = JS_NewCFunctionMagic(vm->ctx, console_write, methods[i].name, 1, JS_CFUNC_generic_magic, methods[i].level);
        if (JS_IsException(method) || JS_DefinePropertyValueStr(vm->ctx, console, methods[i].name, method, JS_PROP_ENUMERABLE) < 0)
            return false;
    }
    return JS_PreventExtensions(vm->ctx, console) >= 0 && define(vm, "console", console);
}

static uint32_t param_count(const rf_api_row *row) {
    uint32_t count = 0;
    while (count < RF_API_PARAMS_MAX && row->params[count].name)
        count++;
    return count;
}

/* The methods of one object: rows that begin with "Ui.", from `first` on. The index behind them. */
static bool define_object(rf_plugin_vm *vm, size_t first, size_t *ret_next) {
    const char *dot = strchr(rf_api_rows[first].name, '.');
    size_t len = (size_t)(dot - rf_api_rows[first].name), at = first, count = 0;
    JSValue object = JS_NewObject(vm->ctx);
    for (; at < rf_api_row_count && strncmp(rf_api_rows[at].name, rf_api_rows[first].name, len + 1) == 0; at++) {
        const rf_api_row *row = &rf_api_rows[at];
        if (row->needs & ~vm->api->capabilities)
            continue;
        JSValue method = JS_NewCFunctionMagic(vm->ctx, call_row, row->name + len + 1, (int)param_count(row), JS_CFUNC_generic_magic,
                                              (int)at);
        if (JS_IsException(method) || JS_DefinePropertyValueStr(vm->ctx, object, row->name + len + 1, method, JS_PROP_ENUMERABLE) < 0)
            return false;
        count++;
    }
    *ret_next = at;
    char name[40];
    (void)snprintf(name, sizeof name, "%.*s", (int)len, rf_api_rows[first].name);
    if (count)
        return JS_PreventExtensions(vm->ctx, object) >= 0 && define(vm, name, object);
    JS_FreeValue(vm->ctx, object);
    return true;
}

/* ---- Verdicts ---- */

static JSValue modify(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value;
    JSValue made = JS_NewObjectClass(ctx, RF_PLUGIN_JS_MODIFY);
    if (JS_IsException(made))
        return made;
    JS_SetOpaque(made, vm_of(ctx));
    (void)JS_DefinePropertyValueStr(ctx, made, "value", argc ? JS_DupValue(ctx, argv[0]) : JS_UNDEFINED, JS_PROP_ENUMERABLE);
    return made;
}

static bool define_verdict(rf_plugin_vm *vm, const char *name, rf_verdict verdict) {
    JSValue object = JS_NewObject(vm->ctx);
    if (JS_IsException(object) ||
        JS_DefinePropertyValueStr(vm->ctx, object, "verdict", JS_NewString(vm->ctx, name), JS_PROP_ENUMERABLE) < 0)
        return false;
    vm->verdicts[verdict] = JS_DupValue(vm->ctx, object);
    return JS_PreventExtensions(vm->ctx, object) >= 0 && define(vm, name, object);
}

static bool guard_arrays(rf_plugin_vm *vm) {
    JSAtom length = JS_NewAtom(vm->ctx, "length");
    return length != JS_ATOM_NULL && rf_js_guard_arrays(vm->ctx, length, vm->heap_bytes);
}

/* The class of a value just made (taken). */
static JSClassID class_of(JSContext *ctx, JSValue made) {
    JSClassID id = JS_GetClassID(made);
    JS_FreeValue(ctx, made);
    return id;
}

static void look_up_classes(rf_plugin_vm *vm) {
    JSValue nothing[] = { JS_UNDEFINED, JS_UNDEFINED, JS_UNDEFINED };
    vm->classes.plain = class_of(vm->ctx, JS_NewObject(vm->ctx));
    vm->classes.date = class_of(vm->ctx, JS_NewDate(vm->ctx, 0));
    vm->classes.bytes = class_of(vm->ctx, JS_NewTypedArray(vm->ctx, 3, nothing, JS_TYPED_ARRAY_UINT8));
}

bool rf_plugin_js_define(rf_plugin_vm *vm) {
    static const JSClassDef modify_class = { .class_name = "Modify" };
    look_up_classes(vm);
    bool good = JS_NewClass(vm->rt, RF_PLUGIN_JS_MODIFY, &modify_class) == 0 && guard_arrays(vm) && define_console(vm)
                && define_verdict(vm, "Continue", RF_VERDICT_CONTINUE) && define_verdict(vm, "Stop", RF_VERDICT_STOP)
                && define_verdict(vm, "Drop", RF_VERDICT_DROP) && define(vm, "Modify", JS_NewCFunction(vm->ctx, modify, "Modify", 1));
    for (size_t at = 0; at < rf_api_row_count && good;)
        good = define_object(vm, at, &at);
    return good;
}
