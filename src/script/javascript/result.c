/* result.c: what a script returned, sorted into messages (stream.md 2.3, 3.3). */
#include "script/javascript/internal.h"

#include <assert.h>

/* What a returned value is called in messages to the user. */
static rf_slice name_of(rf_js *js, JSValueConst value) {
    switch (JS_VALUE_GET_NORM_TAG(value)) {
    case JS_TAG_INT:
    case JS_TAG_FLOAT64: return RF_SLICE("number");
    case JS_TAG_BOOL: return RF_SLICE("boolean");
    case JS_TAG_STRING:
    case JS_TAG_STRING_ROPE: return RF_SLICE("string");
    case JS_TAG_SYMBOL: return RF_SLICE("Symbol");
    case JS_TAG_OBJECT: break;
    default: return RF_SLICE("BigInt");
    }
    static const char *const names[] = {
        [RF_JS_PLAIN] = "object", [RF_JS_ARRAY] = "array", [RF_JS_SET] = "Set", [RF_JS_MAP] = "Map", [RF_JS_DATE] = "Date",
        [RF_JS_FUNCTION] = "function", [RF_JS_PROMISE] = "Promise", [RF_JS_PROXY] = "Proxy", [RF_JS_BUFFER] = "ArrayBuffer",
        [RF_JS_BYTES] = "Uint8Array", [RF_JS_TYPED] = "typed array", [RF_JS_BOXED] = "boxed primitive",
    };
    const char *name = names[rf_js_kind_of(js, value)];
    return (rf_slice){ name, strlen(name) };
}

static bool is_message(rf_js *js, JSValueConst value) {
    return JS_IsObject(value) && rf_js_kind_of(js, value) == RF_JS_PLAIN;
}

/* An own enumerable property; *ret_there false when there is none. */
static bool own_value(rf_js *js, JSValueConst object, JSAtom atom, JSValue *ret_value, bool *ret_there) {
    JSPropertyDescriptor found;
    int there = JS_GetOwnProperty(js->ctx, &found, object, atom);
    if (there < 0)
        return false;
    *ret_value = JS_UNDEFINED;
    *ret_there = there > 0 && (found.flags & JS_PROP_ENUMERABLE);
    if (there > 0) {
        JS_FreeValue(js->ctx, found.value);
        JS_FreeValue(js->ctx, found.getter);
        JS_FreeValue(js->ctx, found.setter);
    }
    if (*ret_there)
        *ret_value = JS_GetProperty(js->ctx, object, atom);
    return !JS_IsException(*ret_value);
}

static bool take_meta(rf_js *js, JSValueConst meta, rf_result *ret) {
    if (rf_js_same_object(meta, js->meta.object)) {
        ret->has_meta = true;
        return rf_js_meta_result(js, &ret->meta);
    }
    if (!is_message(js, meta))
        return true;
    ret->has_meta = true;
    return rf_js_export_meta(js, meta, &ret->meta);
}

/* A payload that was only read, and cannot have been changed in place, goes out as it came in. */
static bool take_payload(rf_js *js, JSValueConst payload, bool assigned, rf_result *ret) {
    ret->has_payload = true;
    if (assigned || JS_IsObject(payload))
        return rf_js_export(js, payload, false, &ret->payload);
    ret->payload = js->current->payload;
    ret->payload_same = true;
    return true;
}

/* `msg` itself, still in its fast form. */
static bool take_host_message(rf_js *js, rf_result *ret) {
    rf_js_message *message = &js->message;
    JSContext *ctx = js->ctx;
    JSValue payload = message->payload_read || message->payload_set ? JS_DupValue(ctx, message->payload) : JS_UNDEFINED;
    JSValue meta = message->meta_set ? JS_DupValue(ctx, message->meta) : JS_DupValue(ctx, js->meta.object);
    bool ok = take_payload(js, payload, message->payload_set, ret) && take_meta(js, meta, ret);
    JS_FreeValue(ctx, meta);
    JS_FreeValue(ctx, payload);
    return ok;
}

static bool take_object(rf_js *js, JSValueConst object, rf_result *ret) {
    JSValue value;
    bool there;
    if (!own_value(js, object, js->atom_payload, &value, &there))
        return false;
    /* In the ordinary form of `msg` nothing says whether the payload was assigned, but whether it is another one. */
    bool same = rf_js_same_object(object, js->message.object) && js->message.payload_read &&
                JS_StrictEq(js->ctx, value, js->message.payload);
    bool ok = !there || take_payload(js, value, !same, ret);
    JS_FreeValue(js->ctx, value);
    if (!ok || !own_value(js, object, js->atom_meta, &value, &there))
        return false;
    ok = !there || take_meta(js, value, ret);
    JS_FreeValue(js->ctx, value);
    return ok;
}

static bool take_result(rf_js *js, JSValueConst value, rf_result *ret) {
    *ret = (rf_result){ 0 };
    if (rf_js_same_object(value, js->message.object) && JS_IsUndefined(js->message.inner))
        return take_host_message(js, ret);
    return take_object(js, value, ret);
}

static bool take_element(rf_js *js, JSValueConst list, uint32_t index, rf_run *run) {
    JSValue element = JS_GetPropertyUint32(js->ctx, list, index);
    bool ok = !JS_IsException(element);
    if (ok && is_message(js, element)) {
        ok = take_result(js, element, &run->results[run->count]);
        run->count += ok;
    } else if (ok && !JS_IsNull(element) && !JS_IsUndefined(element)) {
        run->outcome = RF_OUTCOME_BAD_ELEMENT;
        run->note = name_of(js, element);
    }
    JS_FreeValue(js->ctx, element);
    return ok;
}

static bool take_list(rf_js *js, JSValueConst list, rf_run *run) {
    int64_t count;
    JSValue length = JS_GetProperty(js->ctx, list, js->atom_length);
    if (JS_IsException(length) || JS_ToInt64(js->ctx, &count, length) < 0)
        return false;
    if (count > UINT32_MAX)
        return rf_js_export_charge(js, SIZE_MAX);
    run->outcome = RF_OUTCOME_MESSAGES;
    run->results = rf_js_export_alloc(js, (size_t)count, sizeof *run->results);
    bool ok = run->results != NULL;
    for (int64_t i = 0; i < count && ok && run->outcome == RF_OUTCOME_MESSAGES; i++)
        ok = take_element(js, list, (uint32_t)i, run);
    return ok;
}

static bool take_set(rf_js *js, JSValueConst set, rf_run *run) {
    JSValue list = JS_Call(js->ctx, js->set_to_list, JS_UNDEFINED, 1, &set);
    bool ok = !JS_IsException(list) && take_list(js, list, run);
    JS_FreeValue(js->ctx, list);
    return ok;
}

bool rf_js_result(rf_js *js, JSValueConst value, rf_run *ret_run) {
    assert(js->batch && ret_run);
    *ret_run = (rf_run){ .outcome = RF_OUTCOME_OTHER };
    if (JS_IsNull(value) || JS_IsUndefined(value)) {
        ret_run->outcome = RF_OUTCOME_NOTHING;
        return true;
    }
    rf_js_kind kind = JS_IsObject(value) ? rf_js_kind_of(js, value) : RF_JS_BOXED;
    if (kind == RF_JS_ARRAY)
        return take_list(js, value, ret_run);
    if (kind == RF_JS_SET)
        return take_set(js, value, ret_run);
    if (kind != RF_JS_PLAIN) {
        ret_run->note = name_of(js, value);
        return true;
    }
    ret_run->outcome = RF_OUTCOME_MESSAGE;
    ret_run->count = 1;
    ret_run->results = rf_js_export_alloc(js, 1, sizeof *ret_run->results);
    return ret_run->results && take_result(js, value, ret_run->results);
}
