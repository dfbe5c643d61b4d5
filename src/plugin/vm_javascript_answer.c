/* vm_javascript_answer.c: what a hook written in JavaScript gave back, or threw. */
#include "plugin/vm_javascript.h"

#include "base/slice.h"
#include "base/utf8.h"
#include "script/javascript/thrown.h"

#include <string.h>

const char *rf_plugin_js_kind(JSContext *ctx, JSValueConst value) {
    if (JS_IsUndefined(value))
        return "undefined";
    if (JS_IsNull(value))
        return "null";
    if (JS_IsBool(value))
        return "a boolean";
    if (JS_IsNumber(value))
        return "a number";
    if (JS_IsString(value))
        return "a string";
    if (JS_IsBigInt(ctx, value))
        return "a bigint";
    if (JS_IsSymbol(value))
        return "a symbol";
    if (JS_IsFunction(ctx, value))
        return "a function";
    return JS_IsArray(ctx, value) > 0 ? "an array" : "an object";
}

rf_slice rf_plugin_js_text(rf_plugin_vm *vm, JSValueConst string, const char **ret_owned) {
    size_t len = 0;
    *ret_owned = NULL;
    const char *text = JS_ToCStringLen(vm->ctx, &len, string);
    if (!text)
        return (rf_slice){ NULL, 0 };
    if (RF_LIKELY(rf_utf8_valid((rf_slice){ text, len }))) {
        *ret_owned = text;
        return (rf_slice){ text, len };
    }
    rf_slice clean = rf_utf8_clean_in(&vm->texts, (rf_slice){ text, len }); /* half a surrogate pair stood in it */
    JS_FreeCString(vm->ctx, text);
    return clean;
}

/* Where a function begins; the engine tells by two properties. 1:1 when it does not. */
static void place_function(rf_plugin_vm *vm, JSValueConst function, rf_error *reterr) {
    static const char *const names[] = { "lineNumber", "columnNumber" };
    uint32_t place[2] = { 1, 1 };
    for (size_t i = 0; i < 2; i++) {
        JSValue value = JS_GetPropertyStr(vm->ctx, function, names[i]);
        if (JS_IsNumber(value))
            (void)JS_ToUint32(vm->ctx, &place[i], value);
        JS_FreeValue(vm->ctx, value);
        if (JS_HasException(vm->ctx))
            JS_FreeValue(vm->ctx, JS_GetException(vm->ctx)); /* a script may have put a getter there */
    }
    rf_error_place(reterr, vm->code->path, place[0] ? place[0] : 1, place[1] ? place[1] : 1);
}

static rf_code refuse(rf_plugin_vm *vm, rf_hook hook, JSValueConst value, rf_error *reterr) {
    static const char *const expected[] = { "", "Continue, Stop, Drop, a boolean or nothing", "Continue, Modify(text), Stop, Drop, a string, a boolean or nothing",
                                            "a message, an array of messages, null, Continue, Stop or Drop" };
    rf_code code = rf_raise(reterr, RF_ESCRIPT, "%s returned %s: expected %s", rf_hooks[hook].name, rf_plugin_js_kind(vm->ctx, value),
                            expected[rf_hooks[hook].answer]);
    place_function(vm, vm->hooks[hook], reterr);
    return code;
}

static rf_code take_text(rf_plugin_vm *vm, rf_hook hook, JSValueConst value, rf_answer *ret_answer, rf_error *reterr) {
    if (!JS_IsString(value))
        return refuse(vm, hook, value, reterr);
    ret_answer->verdict = RF_VERDICT_MODIFY;
    ret_answer->text = rf_plugin_js_text(vm, value, &vm->kept);
    return ret_answer->text.data ? RF_OK : rf_raise_nomem(reterr);
}

/* A message that the hook changed in place goes on as changed only when it is returned: nothing, true and Continue leave what came. */
static rf_code take_message(rf_plugin_vm *vm, rf_hook hook, JSValueConst value, rf_arena *arena, rf_answer *ret_answer, rf_error *reterr) {
    if (!JS_IsObject(value) || JS_IsFunction(vm->ctx, value))
        return refuse(vm, hook, value, reterr);
    ret_answer->verdict = RF_VERDICT_MODIFY;
    return rf_plugin_js_export(vm->ctx, value, arena, &ret_answer->data, reterr);
}

static rf_code take(rf_plugin_vm *vm, rf_hook hook, JSValueConst value, rf_arena *arena, rf_answer *ret_answer, rf_error *reterr) {
    if (rf_hooks[hook].answer == RF_ANSWER_TEXT)
        return take_text(vm, hook, value, ret_answer, reterr);
    if (rf_hooks[hook].answer == RF_ANSWER_MESSAGE)
        return take_message(vm, hook, value, arena, ret_answer, reterr);
    return refuse(vm, hook, value, reterr);
}

/* The verdict that an object stands for, or RF_VERDICT_MODIFY for any other. */
static rf_verdict verdict_of(const rf_plugin_vm *vm, JSValueConst value) {
    for (int i = RF_VERDICT_CONTINUE; i <= RF_VERDICT_DROP; i++)
        if (JS_IsObject(vm->verdicts[i]) && JS_VALUE_GET_PTR(vm->verdicts[i]) == JS_VALUE_GET_PTR(value))
            return (rf_verdict)i;
    return RF_VERDICT_MODIFY;
}

static bool is_promise(JSContext *ctx, JSValueConst value) {
    JSPromiseStateEnum state = JS_PromiseState(ctx, value); /* none of the three for anything else */
    return state == JS_PROMISE_PENDING || state == JS_PROMISE_FULFILLED || state == JS_PROMISE_REJECTED;
}

rf_code rf_plugin_js_answer(rf_plugin_vm *vm, rf_hook hook, JSValueConst value, rf_arena *arena, rf_answer *ret_answer, rf_error *reterr) {
    ret_answer->verdict = RF_VERDICT_CONTINUE;
    if (rf_hooks[hook].answer == RF_ANSWER_NONE || JS_IsUndefined(value))
        return RF_OK;
    if (JS_IsBool(value)) {
        ret_answer->verdict = JS_VALUE_GET_BOOL(value) ? RF_VERDICT_CONTINUE : RF_VERDICT_STOP;
        return RF_OK;
    }
    if (JS_IsNull(value)) {
        ret_answer->verdict = RF_VERDICT_DROP;
        return RF_OK;
    }
    if (!JS_IsObject(value))
        return take(vm, hook, value, arena, ret_answer, reterr);
    ret_answer->verdict = verdict_of(vm, value);
    if (ret_answer->verdict != RF_VERDICT_MODIFY)
        return RF_OK;
    if (is_promise(vm->ctx, value)) {
        rf_code code = refuse(vm, hook, value, reterr);
        rf_error_hint(reterr, "a hook answers at once: it cannot be async, and cannot return a Promise");
        return code;
    }
    if (JS_GetOpaque(value, RF_PLUGIN_JS_MODIFY) != vm)
        return take(vm, hook, value, arena, ret_answer, reterr);
    JSValue inner = JS_GetPropertyStr(vm->ctx, value, "value");
    rf_code code = take(vm, hook, inner, arena, ret_answer, reterr);
    JS_FreeValue(vm->ctx, inner);
    return code;
}

/* ---- What was thrown ---- */

static void describe_error(JSContext *ctx, JSValueConst thrown, const char *path, rf_error *reterr) {
    char name[80] = "Error", message[480] = "", stack[2000] = "";
    (void)rf_js_text_property(ctx, thrown, "name", name, sizeof name);
    (void)rf_js_text_property(ctx, thrown, "message", message, sizeof message);
    (void)rf_raise(reterr, RF_ESCRIPT, message[0] ? "%s: %s" : "%s", name, message);
    if (!rf_js_text_property(ctx, thrown, "stack", stack, sizeof stack))
        return;
    unsigned line, column;
    for (const char *at = path[0] ? strstr(stack, path) : NULL; at; at = strstr(at + 1, path))
        if (sscanf(at + strlen(path), ":%9u:%9u", &line, &column) == 2) { /* else a function of that name */
            rf_error_place(reterr, path, line, column);
            break;
        }
    for (char *c = stack; *c; c++)
        if (*c == '\n')
            *c = c[1] ? ';' : '\0';
    if (stack[0])
        rf_error_hint(reterr, "%s", stack + strspn(stack, " "));
}

void rf_plugin_js_describe(JSContext *ctx, JSValueConst thrown, const char *path, rf_error *reterr) {
    rf_error error = { 0 };
    if (JS_IsError(ctx, thrown)) {
        describe_error(ctx, thrown, path, &error);
    } else {
        const char *text = JS_IsSymbol(thrown) ? NULL : JS_ToCString(ctx, thrown);
        if (!text && JS_HasException(ctx))
            JS_FreeValue(ctx, JS_GetException(ctx));
        (void)rf_raise(&error, RF_ESCRIPT, "it threw %s", text ? text : rf_plugin_js_kind(ctx, thrown));
        JS_FreeCString(ctx, text);
    }
    if (!error.place.line && path[0])
        rf_error_place(&error, path, 1, 1);
    if (reterr)
        *reterr = error;
}

/* The engine's own words, as they begin: a script may well say something of the kind itself. */
static bool is_overflow(const rf_error *error) {
    return strncmp(error->message, "InternalError: stack overflow", 29) == 0 ||
           strncmp(error->message, "RangeError: Maximum call stack", 30) == 0;
}

rf_code rf_plugin_js_failure(rf_plugin_vm *vm, rf_error *reterr) {
    rf_error error = { 0 };
    JSValue thrown = JS_GetException(vm->ctx);
    rf_plugin_js_describe(vm->ctx, thrown, vm->code->path, &error);
    JS_FreeValue(vm->ctx, thrown);
    rf_place place = error.place;
    if (vm->timed_out) {
        (void)rf_raise(&error, RF_ELIMIT, "the script ran longer than its %.6g ms", (double)vm->time_ns / 1e6);
        rf_error_hint(&error, "an endless loop, or too much work for one call; `time` in the manifest is the bound");
        error.place = place;
    } else if (is_overflow(&error)) {
        (void)rf_raise(&error, RF_ELIMIT, "the script recursed deeper than the stack allows");
        error.place = place;
    }
    if (reterr)
        *reterr = error;
    return error.code;
}
