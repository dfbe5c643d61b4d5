/* globals.c: the sealed global object: what scripts may assign there lasts for one run. */
#include "script/javascript/internal.h"

#include <assert.h>

static JSValue get_global(JSContext *ctx, JSValueConst this_value, int index) {
    (void)this_value;
    const rf_js_global *global = &rf_js_of(ctx)->globals[index];
    return JS_DupValue(ctx, global->overridden ? global->override : global->value);
}

static JSValue set_global(JSContext *ctx, JSValueConst this_value, JSValueConst value, int index) {
    (void)this_value;
    rf_js *js = rf_js_of(ctx);
    rf_js_global *global = &js->globals[index];
    rf_js_put(ctx, &global->override, JS_DupValue(ctx, value));
    global->overridden = true;
    js->any_overridden = true;
    return JS_UNDEFINED;
}

static bool define_global(rf_js *js, size_t index) {
    JSContext *ctx = js->ctx;
    JSValue global = JS_GetGlobalObject(ctx);
    JSCFunctionType get = { .getter_magic = get_global }, set = { .setter_magic = set_global };
    JSValue getter = JS_NewCFunction2(ctx, get.generic, "get", 0, JS_CFUNC_getter_magic, (int)index);
    JSValue setter = JS_NewCFunction2(ctx, set.generic, "set", 1, JS_CFUNC_setter_magic, (int)index);
    JSAtom atom = JS_NewAtom(ctx, js->globals[index].name);
    int done = JS_DefinePropertyGetSet(ctx, global, atom, getter, setter, JS_PROP_ENUMERABLE);
    JS_FreeAtom(ctx, atom);
    JS_FreeValue(ctx, global);
    return done >= 0;
}

bool rf_js_globals_define(rf_js *js) {
    assert(js->globals);
    for (size_t i = 0; i < js->global_count; i++)
        if (!define_global(js, i))
            return false;
    return true;
}

void rf_js_globals_reset(rf_js *js) {
    if (RF_LIKELY(!js->any_overridden))
        return;
    for (size_t i = 0; i < js->global_count; i++) {
        rf_js_drop(js->ctx, &js->globals[i].override);
        js->globals[i].overridden = false;
    }
    js->any_overridden = false;
}

/* The trap stands behind the global object: an assignment that finds no such global comes here, in sloppy code too. */
static int trap_set(JSContext *ctx, JSValueConst object, JSAtom atom, JSValueConst value, JSValueConst receiver, int flags) {
    (void)object, (void)value, (void)receiver, (void)flags;
    const char *name = JS_AtomToCString(ctx, atom);
    JS_ThrowTypeError(ctx, "cannot create global '%s'", name ? name : "?");
    JS_FreeCString(ctx, name);
    return -1;
}

static int trap_own(JSContext *ctx, JSPropertyDescriptor *ret, JSValueConst object, JSAtom atom) {
    (void)ctx, (void)ret, (void)object, (void)atom;
    return 0;
}

static const JSClassExoticMethods trap_methods = { .get_own_property = trap_own, .set_property = trap_set };
const JSClassDef rf_js_trap_class = { "Object", .exotic = (JSClassExoticMethods *)(uintptr_t)&trap_methods };
