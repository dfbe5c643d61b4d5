/* message_object.c: `msg`: payload and meta as C state behind an exotic object, an ordinary object on demand. */
#include "script/javascript/internal.h"

#include <assert.h>

static rf_js_message *state_of(JSContext *ctx) { return &rf_js_of(ctx)->message; }

/* The payload becomes a JavaScript value when a script first looks at it. */
static JSValue read_payload(rf_js *js) {
    rf_value *payload = &js->current->payload, parsed;
    if (payload->kind == RF_RAW) {
        parsed = *payload;
        if (rf_message_parse(&js->batch->arena, &parsed, NULL)) {
            js->host_nomem = true;
            return JS_ThrowOutOfMemory(js->ctx);
        }
        payload = &parsed;
    }
    if (payload->kind == RF_STRING)
        return rf_js_import_text(js->ctx, &js->message.text, rf_value_text(payload));
    return rf_js_import(js, payload, false);
}

JSValue rf_js_message_payload(rf_js *js) {
    rf_js_message *message = &js->message;
    assert(js->current);
    if (!message->payload_set && !message->payload_read) {
        message->payload = read_payload(js);
        if (JS_IsException(message->payload)) {
            message->payload = JS_UNDEFINED;
            return JS_EXCEPTION;
        }
        message->payload_read = true;
    }
    return JS_DupValue(js->ctx, message->payload);
}

static JSValue current_meta(rf_js *js) {
    return JS_DupValue(js->ctx, js->message.meta_set ? js->message.meta : js->meta.object);
}

bool rf_js_message_materialise(rf_js *js) {
    JSContext *ctx = js->ctx;
    rf_js_message *message = &js->message;
    if (!JS_IsUndefined(message->inner))
        return true;
    JSValue payload = rf_js_message_payload(js);
    JSValue inner = JS_IsException(payload) ? JS_EXCEPTION : JS_NewObject(ctx);
    if (JS_IsException(inner)) {
        JS_FreeValue(ctx, payload);
        return false;
    }
    if (JS_DefinePropertyValue(ctx, inner, js->atom_payload, payload, JS_PROP_C_W_E) < 0 ||
        JS_DefinePropertyValue(ctx, inner, js->atom_meta, current_meta(js), JS_PROP_C_W_E) < 0) {
        JS_FreeValue(ctx, inner);
        return false;
    }
    message->inner = inner;
    return true;
}

static JSValue get_property(JSContext *ctx, JSValueConst object, JSAtom atom, JSValueConst receiver) {
    rf_js *js = rf_js_of(ctx);
    (void)object;
    if (RF_UNLIKELY(!JS_IsUndefined(js->message.inner)))
        return rf_js_ordinary_get(ctx, js->message.inner, atom, receiver);
    if (atom == js->atom_meta)
        return current_meta(js);
    if (atom == js->atom_payload)
        return rf_js_message_payload(js);
    return rf_js_ordinary_get(ctx, js->object_prototype, atom, receiver);
}

static int set_property(JSContext *ctx, JSValueConst object, JSAtom atom, JSValueConst value, JSValueConst receiver, int flags) {
    rf_js *js = rf_js_of(ctx);
    rf_js_message *message = &js->message;
    bool plain = JS_IsUndefined(message->inner) && rf_js_same_object(object, receiver);
    if (plain && atom == js->atom_payload) {
        rf_js_put(ctx, &message->payload, JS_DupValue(ctx, value));
        message->payload_set = true;
        return 1;
    }
    if (plain && atom == js->atom_meta) {
        rf_js_put(ctx, &message->meta, JS_DupValue(ctx, value));
        message->meta_set = true;
        return 1;
    }
    if (!rf_js_message_materialise(js))
        return -1;
    return rf_js_ordinary_set(ctx, object, message->inner, atom, value, receiver, flags);
}

static int get_own_property(JSContext *ctx, JSPropertyDescriptor *ret, JSValueConst object, JSAtom atom) {
    (void)object;
    rf_js *js = rf_js_of(ctx);
    if (!rf_js_message_materialise(js))
        return -1;
    return JS_GetOwnProperty(ctx, ret, js->message.inner, atom);
}

static int get_own_property_names(JSContext *ctx, JSPropertyEnum **ret_names, uint32_t *ret_count, JSValueConst object) {
    (void)object;
    rf_js *js = rf_js_of(ctx);
    if (!rf_js_message_materialise(js))
        return -1;
    return rf_js_ordinary_names(ctx, ret_names, ret_count, js->message.inner);
}

static int delete_property(JSContext *ctx, JSValueConst object, JSAtom atom) {
    (void)object;
    if (!rf_js_message_materialise(rf_js_of(ctx)))
        return -1;
    return JS_DeleteProperty(ctx, state_of(ctx)->inner, atom, 0);
}

static int define_own_property(JSContext *ctx, JSValueConst object, JSAtom atom, JSValueConst value,
                               JSValueConst getter, JSValueConst setter, int flags) {
    (void)object;
    if (!rf_js_message_materialise(rf_js_of(ctx)))
        return -1;
    return JS_DefineProperty(ctx, state_of(ctx)->inner, atom, value, getter, setter, flags);
}

static int has_property(JSContext *ctx, JSValueConst object, JSAtom atom) {
    (void)object;
    rf_js *js = rf_js_of(ctx);
    if (!JS_IsUndefined(js->message.inner))
        return JS_HasProperty(ctx, js->message.inner, atom);
    if (atom == js->atom_payload || atom == js->atom_meta)
        return 1;
    return JS_HasProperty(ctx, js->object_prototype, atom);
}

static JSValue get_prototype(JSContext *ctx, JSValueConst object) {
    (void)object;
    rf_js *js = rf_js_of(ctx);
    if (!JS_IsUndefined(js->message.inner))
        return JS_GetPrototype(ctx, js->message.inner);
    return JS_DupValue(ctx, js->object_prototype);
}

static int set_prototype(JSContext *ctx, JSValueConst object, JSValueConst prototype) {
    (void)object;
    if (!rf_js_message_materialise(rf_js_of(ctx)))
        return -1;
    return JS_SetPrototype(ctx, state_of(ctx)->inner, prototype);
}

static int is_extensible(JSContext *ctx, JSValueConst object) {
    (void)object;
    return JS_IsUndefined(state_of(ctx)->inner) || JS_IsExtensible(ctx, state_of(ctx)->inner);
}

static int prevent_extensions(JSContext *ctx, JSValueConst object) {
    (void)object;
    if (!rf_js_message_materialise(rf_js_of(ctx)))
        return -1;
    return JS_PreventExtensions(ctx, state_of(ctx)->inner);
}

static const JSClassExoticMethods methods = {
    .get_own_property = get_own_property,
    .get_own_property_names = get_own_property_names,
    .delete_property = delete_property,
    .define_own_property = define_own_property,
    .has_property = has_property,
    .get_property = get_property,
    .set_property = set_property,
    .get_prototype = get_prototype,
    .set_prototype = set_prototype,
    .is_extensible = is_extensible,
    .prevent_extensions = prevent_extensions,
};

const JSClassDef rf_js_message_class = { "Object", .exotic = (JSClassExoticMethods *)(uintptr_t)&methods };

bool rf_js_message_make(rf_js *js) {
    JSValue object = JS_NewObjectProtoClass(js->ctx, JS_NULL, RF_JS_CLASS_MESSAGE);
    if (JS_IsException(object))
        return false;
    rf_js_put(js->ctx, &js->message.object, object);
    return true;
}

void rf_js_message_reset(rf_js *js) {
    rf_js_message *message = &js->message;
    if (message->payload_read || message->payload_set) {
        rf_js_drop(js->ctx, &message->payload);
        message->payload_read = message->payload_set = false;
    }
    if (message->meta_set) {
        rf_js_drop(js->ctx, &message->meta);
        message->meta_set = false;
    }
    if (RF_UNLIKELY(!JS_IsUndefined(message->inner)))
        rf_js_drop(js->ctx, &message->inner);
}
