/* cache_object.c: `cache`: values copied in and out of the processor's shared cache (stream.md 5.2). */
#include "script/javascript/internal.h"

#include <assert.h>

/* The key as text in the arena; false: an exception is pending. */
static bool key_of(rf_js *js, int argc, JSValueConst *argv, rf_slice *ret_key) {
    JSValue text = JS_ToString(js->ctx, argc > 0 ? argv[0] : JS_UNDEFINED);
    bool ok = !JS_IsException(text) && rf_js_export_text(js, text, ret_key);
    JS_FreeValue(js->ctx, text);
    return ok;
}

static void fail(rf_js *js, const char *operation, const char *reason) {
    if (js->host->log)
        rf_log_write(js->host->log, RF_LOG_ERROR, &js->host->origin, "cache.%s failed: %s", operation, reason);
}

static JSValue no_memory(rf_js *js) {
    js->host_nomem = true;
    return JS_ThrowOutOfMemory(js->ctx);
}

static JSValue cache_set(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value;
    rf_js *js = rf_js_of(ctx);
    rf_slice key;
    rf_value value = rf_null();
    rf_error error;
    if (!key_of(js, argc, argv, &key))
        return JS_EXCEPTION;
    if (key.len == 0) {
        fail(js, "set", "cache: key must not be empty");
        return JS_UNDEFINED;
    }
    if (argc > 1 && !rf_js_export(js, argv[1], false, &value))
        return JS_EXCEPTION;
    rf_code code = rf_script_cache_set(js->host->cache, key, &value, &error);
    if (code == RF_ENOMEM)
        return no_memory(js);
    if (code)
        fail(js, "set", error.message);
    return JS_UNDEFINED;
}

static JSValue cache_get(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value;
    rf_js *js = rf_js_of(ctx);
    rf_slice key;
    rf_value value;
    if (!key_of(js, argc, argv, &key))
        return JS_EXCEPTION;
    rf_code code = rf_script_cache_get(js->host->cache, key, &js->batch->arena, &value, NULL);
    if (code == RF_OK)
        return rf_js_import(js, &value, false);
    if (code == RF_ENOMEM)
        return no_memory(js);
    if (js->host->log)
        rf_log_write(js->host->log, RF_LOG_ERROR, &js->host->origin,
                     "cache.get: key \"%.*s\" not found. Use cache.exists(key) to check before reading.", RF_SLICE_ARG(key));
    return JS_UNDEFINED;
}

static JSValue cache_exists(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value;
    rf_js *js = rf_js_of(ctx);
    rf_slice key;
    if (!key_of(js, argc, argv, &key))
        return JS_EXCEPTION;
    return JS_NewBool(ctx, rf_script_cache_has(js->host->cache, key));
}

static JSValue cache_delete(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value;
    rf_js *js = rf_js_of(ctx);
    rf_slice key;
    if (!key_of(js, argc, argv, &key))
        return JS_EXCEPTION;
    if (key.len == 0)
        fail(js, "delete", "cache: key must not be empty");
    else
        (void)rf_script_cache_delete(js->host->cache, key); /* a key that is not there is no error */
    return JS_UNDEFINED;
}

/* Enumerable, as the original has them; they are frozen with everything else. */
#define METHOD(word, arguments, function)                                              \
    { .name = word, .prop_flags = JS_PROP_C_W_E, .def_type = JS_DEF_CFUNC,              \
      .u.func = { .length = arguments, .cproto = JS_CFUNC_generic, .cfunc.generic = function } }

JSValue rf_js_cache_new(rf_js *js) {
    static const JSCFunctionListEntry functions[] = {
        METHOD("set", 2, cache_set), METHOD("get", 1, cache_get),
        METHOD("exists", 1, cache_exists), METHOD("delete", 1, cache_delete),
    };
    assert(js->host->cache);
    JSValue cache = JS_NewObject(js->ctx);
    if (!JS_IsException(cache))
        JS_SetPropertyFunctionList(js->ctx, cache, functions, (int)(sizeof functions / sizeof *functions));
    return cache;
}
