/* guard.c: array methods that refuse lengths no script can have elements for: over holes they would loop for
 * minutes without the engine ever asking whether to stop. */
#include "script/javascript/internal.h"

#include <assert.h>

/* An element takes 16 bytes of the heap; twice that many are let through. */
static double longest(const rf_js *js) { return (double)(js->limits.heap_bytes / 8); }

static JSValue guarded(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv, int magic, JSValue *data) {
    (void)magic;
    rf_js *js = rf_js_of(ctx);
    if (JS_IsObject(self)) {
        double length = 0;
        JSValue value = JS_GetProperty(ctx, self, js->atom_length);
        if (JS_IsNumber(value) && JS_ToFloat64(ctx, &length, value) == 0 && length > longest(js))
            return JS_ThrowRangeError(ctx, "array of %.0f elements is too long", length);
        if (JS_IsException(value))
            return JS_EXCEPTION;
        JS_FreeValue(ctx, value);
    }
    return JS_Call(ctx, data[0], self, argc, argv);
}

static bool guard_method(JSContext *ctx, JSValueConst prototype, const char *name) {
    JSValue method = JS_GetPropertyStr(ctx, prototype, name);
    if (!JS_IsFunction(ctx, method)) { /* not in this engine */
        JS_FreeValue(ctx, method);
        return !JS_HasException(ctx);
    }
    int32_t arguments = 0;
    JSValue count = JS_GetPropertyStr(ctx, method, "length");
    (void)JS_ToInt32(ctx, &arguments, count);
    JSValue wrapper = JS_NewCFunctionData(ctx, guarded, arguments, 0, 1, &method);
    JS_FreeValue(ctx, method);
    if (JS_IsException(wrapper))
        return false;
    return JS_DefinePropertyValueStr(ctx, wrapper, "name", JS_NewString(ctx, name), JS_PROP_CONFIGURABLE) >= 0 &&
           JS_DefinePropertyValueStr(ctx, prototype, name, wrapper, JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE) >= 0;
}

bool rf_js_guard_arrays(rf_js *js) {
    static const char *const names[] = {
        "indexOf", "lastIndexOf", "includes", "join", "toString", "toLocaleString", "reverse", "fill", "copyWithin", "concat",
        "slice", "splice", "forEach", "map", "filter", "some", "every", "reduce", "reduceRight", "find", "findIndex",
        "findLast", "findLastIndex", "sort", "flat", "flatMap", "shift", "unshift", "toSorted", "toReversed", "toSpliced", "with",
    };
    assert(js->ctx);
    JSValue array = JS_NewArray(js->ctx);
    JSValue prototype = JS_GetPrototype(js->ctx, array);
    bool ok = JS_IsObject(prototype);
    for (size_t i = 0; i < sizeof names / sizeof *names && ok; i++)
        ok = guard_method(js->ctx, prototype, names[i]);
    JS_FreeValue(js->ctx, prototype);
    JS_FreeValue(js->ctx, array);
    return ok;
}
