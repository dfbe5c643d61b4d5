/* ordinary.c: what an exotic object does once an ordinary object stands behind it. */
#include "script/javascript/internal.h"

#include <assert.h>

JSValue rf_js_ordinary_get(JSContext *ctx, JSValueConst inner, JSAtom atom, JSValueConst receiver) {
    assert(JS_IsObject(inner));
    return JS_GetPropertyInternal(ctx, inner, atom, receiver, 0);
}

/* Setters get the object that the script holds as `this`. Writing to the exotic object itself becomes a definition
 * on the inner one; for another receiver the engine's own rules apply to that receiver. */
int rf_js_ordinary_set(JSContext *ctx, JSValueConst outer, JSValueConst inner, JSAtom atom, JSValueConst value,
                       JSValueConst receiver, int flags) {
    assert(JS_IsObject(inner));
    JSPropertyDescriptor found;
    int own = rf_js_same_object(outer, receiver) ? JS_GetOwnProperty(ctx, &found, inner, atom) : 0;
    if (own < 0)
        return -1;
    bool data = own > 0 && !(found.flags & JS_PROP_GETSET);
    if (own > 0) {
        JS_FreeValue(ctx, found.value);
        JS_FreeValue(ctx, found.getter);
        JS_FreeValue(ctx, found.setter);
    }
    JSValueConst target = data ? inner : receiver;
    return JS_SetPropertyInternal(ctx, inner, atom, JS_DupValue(ctx, value), target, flags);
}

int rf_js_ordinary_names(JSContext *ctx, JSPropertyEnum **ret_names, uint32_t *ret_count, JSValueConst inner) {
    assert(JS_IsObject(inner));
    return JS_GetOwnPropertyNames(ctx, ret_names, ret_count, inner, JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK);
}
