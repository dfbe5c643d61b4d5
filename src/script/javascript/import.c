/* import.c: values of messages as JavaScript values. */
#include "script/javascript/internal.h"

#include "base/number.h"

#include <assert.h>
#include <math.h>

void rf_js_text_done(JSContext *ctx, rf_js_text *text) {
    rf_js_drop(ctx, &text->string);
    text->bytes = NULL;
    text->len = 0;
}

static bool all_ascii(rf_slice bytes) {
    unsigned char seen = 0;
    for (size_t i = 0; i < bytes.len; i++)
        seen |= (unsigned char)bytes.data[i];
    return seen < 0x80;
}

/* The kept string is compared by its bytes, so it needs no rule about how long the message's text lives. */
JSValue rf_js_import_text(JSContext *ctx, rf_js_text *text, rf_slice bytes) {
    assert(text);
    if (text->len == bytes.len && text->bytes && memcmp(text->bytes, bytes.data, bytes.len) == 0)
        return JS_DupValue(ctx, text->string);
    JSValue string = JS_NewStringLen(ctx, bytes.data ? bytes.data : "", bytes.len);
    if (JS_IsException(string) || bytes.len == 0 || bytes.len > RF_JS_CACHED_MAX || !all_ascii(bytes))
        return string;
    rf_js_text_done(ctx, text);
    size_t len;
    const char *kept = JS_ToCStringLen(ctx, &len, string); /* of an ASCII string: its own bytes */
    if (!kept)
        return string;
    text->string = JS_DupValue(ctx, string);
    text->bytes = kept;
    text->len = (uint32_t)len;
    JS_FreeCString(ctx, kept);
    return string;
}

static JSValue import_number(double number, bool nested) {
    return nested ? __JS_NewFloat64(NULL, number) : JS_NewFloat64(NULL, number);
}

static JSValue import_lexeme(rf_slice text, bool nested) {
    double number;
    if (!rf_number_parse_json(text, &number) && !rf_number_parse_go_float(text, &number))
        number = (double)NAN;
    return import_number(number, nested);
}

static JSValue import_list(rf_js *js, const rf_value *value) {
    JSContext *ctx = js->ctx;
    JSValue list = JS_NewArray(ctx);
    for (uint32_t i = 0; i < value->size && !JS_IsException(list); i++) {
        JSValue item = rf_js_import(js, &value->items[i], true);
        if (JS_IsException(item) || JS_DefinePropertyValueUint32(ctx, list, i, item, JS_PROP_C_W_E) < 0)
            rf_js_put(ctx, &list, JS_EXCEPTION);
    }
    return list;
}

static bool import_member(rf_js *js, JSValueConst map, const rf_member *member) {
    JSContext *ctx = js->ctx;
    JSValue item = rf_js_import(js, &member->value, true);
    if (JS_IsException(item))
        return false;
    JSAtom atom = JS_NewAtomLen(ctx, member->key.data ? member->key.data : "", member->key.len);
    if (atom == JS_ATOM_NULL) {
        JS_FreeValue(ctx, item);
        return false;
    }
    int done = JS_DefinePropertyValue(ctx, map, atom, item, JS_PROP_C_W_E);
    JS_FreeAtom(ctx, atom);
    return done >= 0;
}

static JSValue import_map(rf_js *js, const rf_value *value) {
    JSValue map = JS_NewObject(js->ctx);
    for (uint32_t i = 0; i < value->size && !JS_IsException(map); i++)
        if (!import_member(js, map, &value->members[i]))
            rf_js_put(js->ctx, &map, JS_EXCEPTION);
    return map;
}

/* Calls a helper with one argument (taken). */
static JSValue through(rf_js *js, JSValueConst helper, JSValue argument) {
    if (JS_IsException(argument))
        return argument;
    JSValue made = JS_Call(js->ctx, helper, JS_UNDEFINED, 1, &argument);
    JS_FreeValue(js->ctx, argument);
    return made;
}

/* Lazy metadata is resolved by whoever holds the entry; here it would be too late to keep the result. */
JSValue rf_js_import(rf_js *js, const rf_value *value, bool nested) {
    JSContext *ctx = js->ctx;
    rf_slice text;
    switch ((rf_value_kind)value->kind) {
    case RF_BOOL: return JS_NewBool(ctx, value->truth);
    case RF_INT: return JS_NewInt64(ctx, value->integer);
    case RF_DOUBLE: return import_number(value->number, nested);
    case RF_NUMBER: return import_lexeme(rf_value_text(value), nested);
    case RF_STRING:
    case RF_RAW:
        text = rf_value_text(value);
        return JS_NewStringLen(ctx, text.data ? text.data : "", text.len);
    case RF_BIGINT: return through(js, js->to_bigint, JS_NewStringLen(ctx, value->text, value->size));
    case RF_BYTES: return through(js, js->to_bytes, JS_NewArrayBufferCopy(ctx, (const uint8_t *)value->text, value->size));
    case RF_TIME: return through(js, js->to_date, __JS_NewFloat64(ctx, value->number));
    case RF_LIST: return import_list(js, value);
    case RF_MAP: return import_map(js, value);
    case RF_NULL: return JS_NULL;
    case RF_OPAQUE:
    case RF_LAZY_INITIAL:
    case RF_LAZY_KEYS: break;
    }
    return JS_UNDEFINED;
}
