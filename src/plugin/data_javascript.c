/* data_javascript.c: plain data into and out of a plugin's JavaScript VM. */
#include "plugin/vm_javascript.h"

#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <math.h>

#define EXACT_MAX 9007199254740992.0 /* 2^53 */
#define ITEMS_MAX 10000000

static JSValue import_lexeme(JSContext *ctx, rf_slice text) {
    double number;
    return rf_number_parse_json(text, &number) ? JS_NewFloat64(ctx, number) : JS_NewStringLen(ctx, text.data, text.len);
}

static JSValue import_int(JSContext *ctx, int64_t n) {
    return n > -(int64_t)EXACT_MAX && n < (int64_t)EXACT_MAX ? JS_NewInt64(ctx, n) : JS_NewBigInt64(ctx, n);
}

static JSValue import_list(JSContext *ctx, const rf_value *value) {
    JSValue list = JS_NewArray(ctx);
    for (uint32_t i = 0; i < value->size && !JS_IsException(list); i++) {
        JSValue item = rf_plugin_js_import(ctx, &value->items[i]);
        if (JS_IsException(item) || JS_DefinePropertyValueUint32(ctx, list, i, item, JS_PROP_C_W_E) < 0) {
            JS_FreeValue(ctx, list);
            list = JS_EXCEPTION;
        }
    }
    return list;
}

static bool import_member(JSContext *ctx, JSValueConst map, const rf_member *member) {
    JSAtom atom = JS_NewAtomLen(ctx, member->key.data ? member->key.data : "", member->key.len);
    if (atom == JS_ATOM_NULL)
        return false;
    JSValue item = rf_plugin_js_import(ctx, &member->value);
    bool done = !JS_IsException(item) && JS_DefinePropertyValue(ctx, map, atom, item, JS_PROP_C_W_E) >= 0;
    JS_FreeAtom(ctx, atom);
    return done;
}

static JSValue import_map(JSContext *ctx, const rf_value *value) {
    JSValue map = JS_NewObject(ctx);
    for (uint32_t i = 0; i < value->size && !JS_IsException(map); i++)
        if (!import_member(ctx, map, &value->members[i])) {
            JS_FreeValue(ctx, map);
            map = JS_EXCEPTION;
        }
    return map;
}

/* Recursion: no deeper than RF_VALUE_DEPTH_MAX, which every reader of values holds. */
JSValue rf_plugin_js_import(JSContext *ctx, const rf_value *value) {
    rf_slice text = value->kind == RF_STRING || value->kind == RF_NUMBER ? rf_value_text(value) : RF_SLICE("");
    switch ((rf_value_kind)value->kind) {
    case RF_BOOL:
        return JS_NewBool(ctx, value->truth);
    case RF_INT:
        return import_int(ctx, value->integer);
    case RF_DOUBLE:
    case RF_TIME:
        return JS_NewFloat64(ctx, value->number);
    case RF_NUMBER:
        return import_lexeme(ctx, text);
    case RF_STRING:
        return JS_NewStringLen(ctx, text.data ? text.data : "", text.len);
    case RF_LIST:
        return import_list(ctx, value);
    case RF_MAP:
        return import_map(ctx, value);
    default:
        return JS_NULL;
    }
}

/* ---- Out ---- */

typedef struct exporting { JSContext *ctx; rf_arena *arena; } exporting; /* owns nothing: the engine may jump out */

static rf_code export_value(exporting *e, JSValueConst value, unsigned depth, rf_value *ret_value, rf_error *reterr);

static rf_code thrown(exporting *e, rf_error *reterr) {
    rf_error error = { 0 };
    JSValue what = JS_GetException(e->ctx);
    rf_plugin_js_describe(e->ctx, what, "", &error);
    JS_FreeValue(e->ctx, what);
    return rf_raise(reterr, RF_ESCRIPT, "reading what it returned: %s", error.message);
}

static rf_code export_text(exporting *e, JSValueConst string, rf_slice *ret_text, rf_error *reterr) {
    size_t len = 0;
    const char *text = JS_ToCStringLen(e->ctx, &len, string);
    if (!text)
        return thrown(e, reterr);
    rf_slice whole = { text, len }, clean = rf_utf8_clean_in(e->arena, whole);
    *ret_text = clean.data == text ? rf_slice_dup_in(e->arena, whole) : clean;
    JS_FreeCString(e->ctx, text);
    return ret_text->data ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code export_number(exporting *e, JSValueConst value, rf_value *ret_value) {
    double number = 0;
    if (JS_ToFloat64(e->ctx, &number, value) < 0)
        number = (double)NAN;
    bool whole = number == floor(number) && fabs(number) < EXACT_MAX && !(number == 0 && signbit(number));
    *ret_value = whole ? rf_int((int64_t)number) : rf_double(number);
    return RF_OK;
}

static rf_code export_list(exporting *e, JSValueConst list, unsigned depth, rf_value *ret_value, rf_error *reterr) {
    int64_t length = 0;
    JSValue count = JS_GetPropertyStr(e->ctx, list, "length");
    bool good = !JS_IsException(count) && JS_ToInt64(e->ctx, &length, count) >= 0;
    JS_FreeValue(e->ctx, count);
    if (!good)
        return thrown(e, reterr);
    if (length < 0 || length > ITEMS_MAX)
        return rf_raise(reterr, RF_ELIMIT, "an array of %lld items is too long to leave a script", (long long)length);
    rf_value *items = rf_arena_zero(e->arena, (size_t)length + 1, sizeof *items);
    if (!items)
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < (uint32_t)length; i++) {
        JSValue item = JS_GetPropertyUint32(e->ctx, list, i);
        rf_code code = JS_IsException(item) ? thrown(e, reterr) : export_value(e, item, depth + 1, &items[i], reterr);
        JS_FreeValue(e->ctx, item);
        if (code)
            return code;
    }
    *ret_value = (rf_value){ .kind = RF_LIST, .size = (uint32_t)length, .items = items };
    return RF_OK;
}

static rf_code export_member(exporting *e, JSValueConst object, JSAtom atom, unsigned depth, rf_member *ret_member, bool *ret_there, rf_error *reterr) {
    JSValue value = JS_GetProperty(e->ctx, object, atom), name = JS_AtomToString(e->ctx, atom);
    *ret_there = !JS_IsUndefined(value);
    rf_code code = JS_IsException(value) ? thrown(e, reterr) : RF_OK;
    if (!code && *ret_there)
        code = export_text(e, name, &ret_member->key, reterr);
    if (!code && *ret_there)
        code = export_value(e, value, depth + 1, &ret_member->value, reterr);
    JS_FreeValue(e->ctx, name);
    JS_FreeValue(e->ctx, value);
    return code;
}

static rf_code export_map(exporting *e, JSValueConst object, unsigned depth, rf_value *ret_value, rf_error *reterr) {
    JSPropertyEnum *names = NULL;
    uint32_t count = 0, kept = 0;
    if (JS_GetOwnPropertyNames(e->ctx, &names, &count, object, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0)
        return thrown(e, reterr);
    rf_member *members = rf_arena_zero(e->arena, count + 1u, sizeof *members);
    rf_code code = members ? RF_OK : rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < count && !code; i++) {
        bool there = false;
        code = export_member(e, object, names[i].atom, depth, &members[kept], &there, reterr);
        kept += there;
    }
    for (uint32_t i = 0; i < count; i++)
        JS_FreeAtom(e->ctx, names[i].atom);
    js_free(e->ctx, names);
    *ret_value = (rf_value){ .kind = RF_MAP, .size = kept, .members = members };
    return code;
}

static rf_code export_bigint(exporting *e, JSValueConst value, rf_value *ret_value, rf_error *reterr) {
    rf_slice text;
    rf_code code = export_text(e, value, &text, reterr);
    *ret_value = rf_text(RF_BIGINT, text);
    return code;
}

static rf_code export_value(exporting *e, JSValueConst value, unsigned depth, rf_value *ret_value, rf_error *reterr) {
    rf_slice text;
    if (depth > RF_VALUE_DEPTH_MAX)
        return rf_raise(reterr, RF_ESCRIPT, "the data it returned is nested deeper than %u, or holds itself", RF_VALUE_DEPTH_MAX);
    *ret_value = rf_null();
    if (JS_IsNull(value) || JS_IsUndefined(value))
        return RF_OK;
    if (JS_IsBool(value)) {
        *ret_value = rf_bool(JS_ToBool(e->ctx, value) > 0);
        return RF_OK;
    }
    if (JS_IsNumber(value))
        return export_number(e, value, ret_value);
    if (JS_IsString(value)) {
        rf_code code = export_text(e, value, &text, reterr);
        *ret_value = rf_string(text);
        return code;
    }
    if (JS_IsBigInt(e->ctx, value))
        return export_bigint(e, value, ret_value, reterr);
    if (JS_IsFunction(e->ctx, value) || !JS_IsObject(value))
        return rf_raise(reterr, RF_ESCRIPT, "%s cannot leave a script", rf_plugin_js_kind(e->ctx, value));
    return JS_IsArray(e->ctx, value) > 0 ? export_list(e, value, depth, ret_value, reterr) : export_map(e, value, depth, ret_value, reterr);
}

rf_code rf_plugin_js_export(JSContext *ctx, JSValueConst value, rf_arena *arena, rf_value *ret_value, rf_error *reterr) {
    exporting e = { .ctx = ctx, .arena = arena };
    return export_value(&e, value, 0, ret_value, reterr);
}
