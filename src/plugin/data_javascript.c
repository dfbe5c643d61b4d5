/* data_javascript.c: plain data into and out of a plugin's JavaScript VM. */
#include "plugin/vm_javascript.h"

#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <math.h>

#define EXACT_MAX 9007199254740992.0 /* 2^53 */
#define ITEMS_MAX 10000000
#define LOOK_EVERY 1024u /* values between two looks at the clock: a list of holes runs no code that would */

static JSValue import_lexeme(JSContext *ctx, rf_slice text) {
    double number;
    return rf_number_parse_json(text, &number) ? JS_NewFloat64(ctx, number) : JS_NewStringLen(ctx, text.data, text.len);
}

static JSValue import_int(JSContext *ctx, int64_t n) {
    return n > -(int64_t)EXACT_MAX && n < (int64_t)EXACT_MAX ? JS_NewInt64(ctx, n) : JS_NewBigInt64(ctx, n);
}

/* Digits of any length, as a literal: no function of the script's is asked. */
static JSValue import_bigint(JSContext *ctx, rf_slice text) {
    int64_t n;
    rf_plugin_vm *vm = JS_GetContextOpaque(ctx);
    if (rf_number_parse_i64(text, &n))
        return JS_NewBigInt64(ctx, n);
    size_t sign = text.len && text.data[0] == '-';
    for (size_t i = sign; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return JS_ThrowTypeError(ctx, "%.*s is no whole number", RF_SLICE_ARG(text));
    rf_slice digits = { text.data + sign, text.len - sign };
    while (digits.len > 1 && digits.data[0] == '0') /* 012n would be octal */
        digits = (rf_slice){ digits.data + 1, digits.len - 1 };
    rf_slice literal = rf_printf_in(&vm->texts, "%s%.*sn", sign ? "-" : "", RF_SLICE_ARG(digits));
    if (!literal.data)
        return JS_ThrowOutOfMemory(ctx);
    return JS_Eval(ctx, literal.data, literal.len, "<data>", JS_EVAL_TYPE_GLOBAL);
}

static JSValue import_bytes(JSContext *ctx, rf_slice bytes) {
    JSValue buffer = JS_NewArrayBufferCopy(ctx, (const uint8_t *)(bytes.data ? bytes.data : ""), bytes.len);
    if (JS_IsException(buffer))
        return buffer;
    JSValue args[] = { buffer, JS_UNDEFINED, JS_UNDEFINED };
    JSValue made = JS_NewTypedArray(ctx, 3, args, JS_TYPED_ARRAY_UINT8);
    JS_FreeValue(ctx, buffer);
    return made;
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
    switch ((rf_value_kind)value->kind) {
    case RF_BOOL:
        return JS_NewBool(ctx, value->truth);
    case RF_INT:
        return import_int(ctx, value->integer);
    case RF_DOUBLE:
        return JS_NewFloat64(ctx, value->number);
    case RF_TIME:
        return JS_NewDate(ctx, value->number);
    case RF_NUMBER:
        return import_lexeme(ctx, rf_value_text(value));
    case RF_BIGINT:
        return import_bigint(ctx, rf_value_text(value));
    case RF_BYTES:
        return import_bytes(ctx, rf_value_text(value));
    case RF_STRING:
    case RF_RAW:
        return JS_NewStringLen(ctx, value->size ? value->text : "", value->size);
    case RF_LIST:
        return import_list(ctx, value);
    case RF_MAP:
        return import_map(ctx, value);
    default:
        return JS_NULL;
    }
}

/* ---- Out ---- */

/* Owns nothing: the engine may jump out. */
typedef struct exporting {
    rf_plugin_vm *vm;
    JSContext *ctx;
    rf_arena *arena;
    uint32_t seen; /* values so far */
} exporting;

static rf_code export_value(exporting *e, JSValueConst value, unsigned depth, rf_value *ret_value, rf_error *reterr);

static rf_code thrown(exporting *e, rf_error *reterr) {
    rf_code code = rf_plugin_js_failure(e->vm, reterr);
    if (code == RF_ESCRIPT)
        rf_error_prefix(reterr, "reading data: ");
    return code;
}

rf_code rf_plugin_js_charge(rf_plugin_vm *vm, size_t bytes, rf_error *reterr) {
    if (RF_LIKELY(bytes <= vm->data_left)) {
        vm->data_left -= bytes;
        return RF_OK;
    }
    rf_code code = rf_raise(reterr, RF_ELIMIT, "data of more than %zu KiB cannot leave a script", vm->heap_bytes >> 10);
    rf_error_hint(reterr, "`memory` in the manifest is the bound; what stands in several places counts each time");
    return code;
}

static rf_code export_text(exporting *e, JSValueConst string, rf_slice *ret_text, rf_error *reterr) {
    size_t len = 0;
    const char *text = JS_ToCStringLen(e->ctx, &len, string);
    if (!text)
        return thrown(e, reterr);
    rf_slice whole = { text, len };
    rf_code code = rf_plugin_js_charge(e->vm, len, reterr);
    if (code) {
        JS_FreeCString(e->ctx, text);
        return code;
    }
    rf_slice clean = rf_utf8_clean_in(e->arena, whole);
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
    rf_code code = rf_plugin_js_charge(e->vm, (size_t)length * sizeof(rf_value), reterr);
    if (code)
        return code;
    rf_value *items = rf_arena_zero(e->arena, (size_t)length + 1, sizeof *items);
    if (!items)
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < (uint32_t)length; i++) {
        JSValue item = JS_GetPropertyUint32(e->ctx, list, i);
        code = JS_IsException(item) ? thrown(e, reterr) : export_value(e, item, depth + 1, &items[i], reterr);
        JS_FreeValue(e->ctx, item);
        if (code)
            return code;
    }
    *ret_value = (rf_value){ .kind = RF_LIST, .size = (uint32_t)length, .items = items };
    return RF_OK;
}

static rf_code export_member(exporting *e, JSValueConst object, JSAtom atom, unsigned depth, rf_member *ret_member, bool *ret_there,
                             rf_error *reterr) {
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
    rf_member *members = NULL;
    rf_code code = rf_plugin_js_charge(e->vm, count * sizeof *members, reterr);
    if (!code && !(members = rf_arena_zero(e->arena, count + 1u, sizeof *members)))
        code = rf_raise_nomem(reterr);
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

static rf_code export_date(exporting *e, JSValueConst date, rf_value *ret_value, rf_error *reterr) {
    double ms = 0;
    if (JS_ToFloat64(e->ctx, &ms, date) < 0)
        return thrown(e, reterr);
    *ret_value = (rf_value){ .kind = RF_TIME, .number = ms };
    return RF_OK;
}

static rf_code export_bytes(exporting *e, JSValueConst array, rf_value *ret_value, rf_error *reterr) {
    size_t offset = 0, len = 0, whole = 0;
    JSValue buffer = JS_GetTypedArrayBuffer(e->ctx, array, &offset, &len, NULL);
    if (JS_IsException(buffer))
        return thrown(e, reterr);
    const uint8_t *bytes = JS_GetArrayBuffer(e->ctx, &whole, buffer);
    bool there = bytes && offset <= whole && len <= whole - offset;
    rf_slice copy = RF_SLICE("");
    rf_code code = bytes ? rf_plugin_js_charge(e->vm, len, reterr) : thrown(e, reterr); /* a detached buffer throws */
    if (!code && there)
        copy = rf_slice_dup_in(e->arena, (rf_slice){ (const char *)bytes + offset, len });
    JS_FreeValue(e->ctx, buffer);
    *ret_value = rf_text(RF_BYTES, copy);
    return code || copy.data ? code : rf_raise_nomem(reterr);
}

/* By the class, which a script cannot fake. One of any other would lose what it holds, and without a word. */
static rf_code export_object(exporting *e, JSValueConst object, unsigned depth, rf_value *ret_value, rf_error *reterr) {
    JSClassID id = JS_GetClassID(object);
    if (id == e->vm->classes.plain)
        return export_map(e, object, depth, ret_value, reterr);
    int is_list = JS_IsArray(e->ctx, object);
    if (is_list < 0) /* a revoked Proxy */
        return thrown(e, reterr);
    if (is_list)
        return export_list(e, object, depth, ret_value, reterr);
    if (id == e->vm->classes.date)
        return export_date(e, object, ret_value, reterr);
    if (id == e->vm->classes.bytes)
        return export_bytes(e, object, ret_value, reterr);
    rf_code code = rf_raise(reterr, RF_ESCRIPT, "an object that is no plain data cannot leave a script");
    rf_error_hint(reterr, "copy what a Map, a Set, a Promise and their like hold into an object or an array");
    return code;
}

/* Counts the value; now and then looks at the clock. */
static rf_code pace(exporting *e, unsigned depth, rf_error *reterr) {
    if (depth > RF_VALUE_DEPTH_MAX)
        return rf_raise(reterr, RF_ESCRIPT, "data that is nested deeper than %d, or holds itself, cannot leave a script",
                        RF_VALUE_DEPTH_MAX);
    if (RF_LIKELY(++e->seen % LOOK_EVERY) || !rf_plugin_js_overtime(e->vm))
        return RF_OK;
    (void)JS_ThrowInternalError(e->ctx, "interrupted");
    return rf_plugin_js_failure(e->vm, reterr);
}

static rf_code export_value(exporting *e, JSValueConst value, unsigned depth, rf_value *ret_value, rf_error *reterr) {
    rf_slice text;
    rf_code paced = pace(e, depth, reterr);
    if (paced)
        return paced;
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
    return export_object(e, value, depth, ret_value, reterr);
}

rf_code rf_plugin_js_export(JSContext *ctx, JSValueConst value, rf_arena *arena, rf_value *ret_value, rf_error *reterr) {
    exporting e = { .vm = JS_GetContextOpaque(ctx), .ctx = ctx, .arena = arena };
    assert(e.vm && arena);
    return export_value(&e, value, 0, ret_value, reterr);
}
