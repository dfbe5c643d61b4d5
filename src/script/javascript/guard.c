/* guard.c: array methods that refuse lengths no script can have elements for: over holes they would loop for
 * minutes without the engine ever asking whether to stop. */
#include "script/javascript/guard.h"

#include <assert.h>
#include <limits.h>

/* `magic` is the engine's name for "length"; data: the method, and the longest that it is called for. */
static JSValue guarded(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv, int magic, JSValue *data) {
    if (JS_IsObject(self)) {
        double length = 0, longest = JS_VALUE_GET_FLOAT64(data[1]);
        JSValue value = JS_GetProperty(ctx, self, (JSAtom)magic);
        if (JS_IsNumber(value) && JS_ToFloat64(ctx, &length, value) == 0 && length > longest)
            return JS_ThrowRangeError(ctx, "array of %.0f elements is too long", length);
        if (JS_IsException(value))
            return JS_EXCEPTION;
        JS_FreeValue(ctx, value);
    }
    return JS_Call(ctx, data[0], self, argc, argv);
}

static bool guard_method(JSContext *ctx, JSValueConst prototype, const char *name, JSAtom length, double longest) {
    JSValue method = JS_GetPropertyStr(ctx, prototype, name);
    if (!JS_IsFunction(ctx, method)) { /* not in this engine */
        JS_FreeValue(ctx, method);
        return !JS_HasException(ctx);
    }
    int32_t arguments = 0;
    JSValue count = JS_GetPropertyStr(ctx, method, "length");
    (void)JS_ToInt32(ctx, &arguments, count);
    JSValue data[] = { method, __JS_NewFloat64(ctx, longest) };
    JSValue wrapper = JS_NewCFunctionData(ctx, guarded, arguments, (int)length, 2, data);
    JS_FreeValue(ctx, method);
    if (JS_IsException(wrapper))
        return false;
    return JS_DefinePropertyValueStr(ctx, wrapper, "name", JS_NewString(ctx, name), JS_PROP_CONFIGURABLE) >= 0 &&
           JS_DefinePropertyValueStr(ctx, prototype, name, wrapper, JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE) >= 0;
}

bool rf_js_guard_arrays(JSContext *ctx, JSAtom length, size_t heap_bytes) {
    static const char *const names[] = {
        "indexOf", "lastIndexOf", "includes", "join", "toString", "toLocaleString", "reverse", "fill", "copyWithin", "concat",
        "slice", "splice", "forEach", "map", "filter", "some", "every", "reduce", "reduceRight", "find", "findIndex",
        "findLast", "findLastIndex", "sort", "flat", "flatMap", "shift", "unshift", "toSorted", "toReversed", "toSpliced", "with",
    };
    double longest = (double)(heap_bytes / 8); /* an element takes 16 bytes of the heap; twice that many are let through */
    assert(ctx && length <= INT_MAX);
    JSValue array = JS_NewArray(ctx);
    JSValue prototype = JS_GetPrototype(ctx, array);
    bool ok = JS_IsObject(prototype);
    for (size_t i = 0; i < sizeof names / sizeof *names && ok; i++)
        ok = guard_method(ctx, prototype, names[i], length, longest);
    JS_FreeValue(ctx, prototype);
    JS_FreeValue(ctx, array);
    return ok;
}
