/* export.c: JavaScript values as values of messages (stream.md 1.2). */
#include "script/javascript/internal.h"
#include "script/number.h"

#include <assert.h>
#include <math.h>

/* The objects on the way down, to see a cycle. */
typedef struct trail {
    const struct trail *up;
    const void *object;
    uint32_t depth;
} trail;

static bool export_value(rf_js *js, JSValueConst value, bool nested, const trail *up, rf_value *ret);

rf_js_kind rf_js_kind_of(rf_js *js, JSValueConst object) {
    JSClassID id = JS_GetClassID(object);
    rf_js_kind kind = id < RF_JS_CLASSES ? js->kinds[id] : RF_JS_PLAIN;
    if (kind == RF_JS_TEXT)
        return RF_JS_PLAIN;
    if (kind == RF_JS_PLAIN && JS_IsFunction(js->ctx, object))
        return RF_JS_FUNCTION;
    return kind;
}

bool rf_js_export_charge(rf_js *js, size_t bytes) {
    if (RF_LIKELY(bytes <= js->export_left)) {
        js->export_left -= bytes;
        return true;
    }
    js->export_limit = true;
    JS_ThrowRangeError(js->ctx, "what the script gives back is too large");
    return false;
}

void *rf_js_export_alloc(rf_js *js, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > js->export_left) {
        (void)rf_js_export_charge(js, SIZE_MAX);
        return NULL;
    }
    js->export_left -= bytes;
    void *memory = rf_arena_alloc(&js->batch->arena, bytes ? bytes : 1);
    if (!memory) {
        js->host_nomem = true;
        JS_ThrowOutOfMemory(js->ctx);
    }
    return memory;
}

/* The engine writes a lone surrogate as three bytes ED A0..BF xx, which is no UTF-8: U+FFFD has three bytes too. */
static void clean_surrogates(char *text, size_t len) {
    for (size_t i = 0; i + 2 < len; i++)
        if ((unsigned char)text[i] == 0xED && (unsigned char)text[i + 1] >= 0xA0)
            memcpy(text + i, "\xEF\xBF\xBD", 3);
}

bool rf_js_export_text(rf_js *js, JSValueConst string, rf_slice *ret_text) {
    size_t len;
    const char *text = JS_ToCStringLen(js->ctx, &len, string);
    if (!text)
        return false;
    char *copy = len <= UINT32_MAX ? rf_js_export_alloc(js, len, 1) : NULL;
    if (copy) {
        memcpy(copy, text, len);
        clean_surrogates(copy, len);
        *ret_text = (rf_slice){ copy, len };
    }
    JS_FreeCString(js->ctx, text);
    return copy != NULL;
}

static bool export_as_text(rf_js *js, JSValueConst value, rf_value_kind kind, rf_value *ret) {
    rf_slice text;
    if (!rf_js_export_text(js, value, &text))
        return false;
    *ret = rf_text(kind, text);
    return true;
}

static rf_value opaque(rf_slice what) { return rf_text(RF_OPAQUE, what); }

static bool export_symbol(rf_js *js, JSValueConst symbol, rf_value *ret) {
    JSValue description = JS_GetPropertyStr(js->ctx, symbol, "description");
    bool ok = true;
    if (JS_IsString(description))
        ok = export_as_text(js, description, RF_STRING, ret);
    else
        *ret = rf_string(RF_SLICE(""));
    JS_FreeValue(js->ctx, description);
    return ok && !JS_IsException(description);
}

static bool array_length(rf_js *js, JSValueConst array, uint32_t *ret_length) {
    JSValue value = JS_GetProperty(js->ctx, array, js->atom_length);
    int64_t length = 0;
    if (JS_IsException(value) || JS_ToInt64(js->ctx, &length, value) < 0)
        return false;
    JS_FreeValue(js->ctx, value);
    if (length < 0 || length > UINT32_MAX)
        return rf_js_export_charge(js, SIZE_MAX);
    *ret_length = (uint32_t)length;
    return true;
}

static bool export_list(rf_js *js, JSValueConst array, const trail *here, rf_value *ret) {
    uint32_t count = 0;
    if (!array_length(js, array, &count))
        return false;
    rf_value *items = rf_js_export_alloc(js, count, sizeof *items);
    if (!items)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        JSValue item = JS_GetPropertyUint32(js->ctx, array, i);
        bool ok = !JS_IsException(item) && export_value(js, item, true, here, &items[i]);
        JS_FreeValue(js->ctx, item);
        if (!ok)
            return false;
    }
    *ret = (rf_value){ .kind = RF_LIST, .size = count, .items = items };
    return true;
}

static bool export_member(rf_js *js, JSValueConst object, JSAtom atom, const trail *here, rf_member *ret) {
    JSValue name = JS_AtomToString(js->ctx, atom);
    bool ok = !JS_IsException(name) && rf_js_export_text(js, name, &ret->key);
    JS_FreeValue(js->ctx, name);
    if (!ok)
        return false;
    JSValue value = JS_GetProperty(js->ctx, object, atom);
    ok = !JS_IsException(value) && export_value(js, value, true, here, &ret->value);
    JS_FreeValue(js->ctx, value);
    return ok;
}

static void free_names(JSContext *ctx, JSPropertyEnum *names, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        JS_FreeAtom(ctx, names[i].atom);
    js_free(ctx, names);
}

static bool export_map(rf_js *js, JSValueConst object, const trail *here, rf_value *ret) {
    JSPropertyEnum *names;
    uint32_t count;
    if (JS_GetOwnPropertyNames(js->ctx, &names, &count, object, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0)
        return false;
    rf_member *members = rf_js_export_alloc(js, count, sizeof *members);
    bool ok = members != NULL;
    for (uint32_t i = 0; i < count && ok; i++)
        ok = export_member(js, object, names[i].atom, here, &members[i]);
    free_names(js->ctx, names, count);
    if (ok)
        *ret = (rf_value){ .kind = RF_MAP, .size = count, .members = members };
    return ok;
}

/* Through one of the helpers made before any script ran. */
static bool export_through(rf_js *js, JSValueConst helper, JSValueConst object, bool nested, const trail *here, rf_value *ret) {
    JSValue made = JS_Call(js->ctx, helper, JS_UNDEFINED, 1, &object);
    bool ok = !JS_IsException(made) && export_value(js, made, nested, here, ret);
    JS_FreeValue(js->ctx, made);
    return ok;
}

static bool export_bytes(rf_js *js, JSValueConst array, rf_value *ret) {
    size_t offset, len, element, buffer_len;
    JSValue buffer = JS_GetTypedArrayBuffer(js->ctx, array, &offset, &len, &element);
    if (JS_IsException(buffer))
        return false;
    uint8_t *bytes = JS_GetArrayBuffer(js->ctx, &buffer_len, buffer);
    char *copy = bytes && offset <= buffer_len && len <= buffer_len - offset ? rf_js_export_alloc(js, len, 1) : NULL;
    if (copy) {
        memcpy(copy, bytes + offset, len);
        *ret = rf_text(RF_BYTES, (rf_slice){ copy, len });
    }
    JS_FreeValue(js->ctx, buffer);
    return copy != NULL;
}

static bool export_date(rf_js *js, JSValueConst date, rf_value *ret) {
    JSValue time = JS_Call(js->ctx, js->date_ms, JS_UNDEFINED, 1, &date);
    double number;
    if (JS_IsException(time) || JS_ToFloat64(js->ctx, &number, time) < 0)
        return false;
    *ret = isnan(number) ? opaque(RF_SLICE("invalid date")) : (rf_value){ .kind = RF_TIME, .number = number };
    return true;
}

static bool is_boxed_text(rf_js *js, JSValueConst object) {
    JSClassID id = JS_GetClassID(object);
    return id < RF_JS_CLASSES && js->kinds[id] == RF_JS_TEXT;
}

/* A list that stands for a Map or a typed array: JSON writes it as any other, but its text form differs (stream.md 2.4). */
static bool mark_foreign(rf_value *list) {
    list->truth = true;
    return true;
}

static bool export_object(rf_js *js, JSValueConst object, bool nested, const trail *up, rf_value *ret) {
    const trail here = { up, JS_VALUE_GET_PTR(object), up ? up->depth + 1 : 1 };
    for (const trail *at = up; at; at = at->up)
        if (at->object == here.object)
            return *ret = opaque(RF_SLICE("cycle")), true;
    if (here.depth >= RF_VALUE_DEPTH_MAX)
        return *ret = opaque(RF_SLICE("value nested too deeply")), true;
    switch (rf_js_kind_of(js, object)) {
    case RF_JS_PLAIN:
        if (is_boxed_text(js, object))
            break;
        return export_map(js, object, &here, ret);
    case RF_JS_ARRAY: return export_list(js, object, &here, ret);
    case RF_JS_TYPED: return export_list(js, object, &here, ret) && mark_foreign(ret);
    case RF_JS_SET: return export_through(js, js->set_to_list, object, nested, &here, ret);
    case RF_JS_MAP: return export_through(js, js->map_to_list, object, nested, &here, ret) && mark_foreign(ret);
    case RF_JS_BOXED: return export_through(js, js->unbox, object, nested, &here, ret);
    case RF_JS_DATE: return export_date(js, object, ret);
    case RF_JS_BYTES: return export_bytes(js, object, ret);
    case RF_JS_FUNCTION: return *ret = opaque(RF_SLICE("function")), true;
    case RF_JS_TEXT:
    case RF_JS_PROMISE:
    case RF_JS_PROXY:
    case RF_JS_BUFFER: break; /* nothing of theirs can be seen from outside */
    }
    return *ret = (rf_value){ .kind = RF_MAP }, true;
}

static bool export_value(rf_js *js, JSValueConst value, bool nested, const trail *up, rf_value *ret) {
    switch (JS_VALUE_GET_NORM_TAG(value)) {
    case JS_TAG_INT: *ret = rf_int(JS_VALUE_GET_INT(value)); return true;
    case JS_TAG_FLOAT64:
        *ret = nested ? rf_double(JS_VALUE_GET_FLOAT64(value)) : rf_script_number(JS_VALUE_GET_FLOAT64(value));
        return true;
    case JS_TAG_BOOL: *ret = rf_bool(JS_VALUE_GET_BOOL(value) != 0); return true;
    case JS_TAG_STRING:
    case JS_TAG_STRING_ROPE: return export_as_text(js, value, RF_STRING, ret);
    case JS_TAG_BIG_INT:
    case JS_TAG_SHORT_BIG_INT: return export_as_text(js, value, RF_BIGINT, ret);
    case JS_TAG_SYMBOL: return export_symbol(js, value, ret);
    case JS_TAG_OBJECT: return export_object(js, value, nested, up, ret);
    default: *ret = rf_null(); return true;
    }
}

bool rf_js_export(rf_js *js, JSValueConst value, bool nested, rf_value *ret_value) {
    assert(js && ret_value);
    return export_value(js, value, nested, NULL, ret_value);
}

static bool export_entry(rf_js *js, JSValueConst object, JSAtom atom, rf_meta_entry *ret) {
    JSValue name = JS_AtomToString(js->ctx, atom);
    rf_slice text;
    bool ok = !JS_IsException(name) && rf_js_export_text(js, name, &text);
    JS_FreeValue(js->ctx, name);
    if (!ok)
        return false;
    ret->key = rf_keys_intern(js->batch->keys, &js->batch->arena, text);
    if (!ret->key) {
        js->host_nomem = true;
        JS_ThrowOutOfMemory(js->ctx);
        return false;
    }
    JSValue value = JS_GetProperty(js->ctx, object, atom);
    ok = !JS_IsException(value) && rf_js_export(js, value, false, &ret->value);
    JS_FreeValue(js->ctx, value);
    return ok;
}

bool rf_js_export_meta(rf_js *js, JSValueConst object, rf_meta *ret_meta) {
    JSPropertyEnum *names;
    uint32_t count;
    if (JS_GetOwnPropertyNames(js->ctx, &names, &count, object, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0)
        return false;
    rf_meta_entry *entries = rf_js_export_alloc(js, count, sizeof *entries);
    bool ok = entries != NULL, typed = false;
    for (uint32_t i = 0; i < count && ok; i++) {
        ok = export_entry(js, object, names[i].atom, &entries[i]);
        typed = typed || (ok && entries[i].value.kind != RF_STRING);
    }
    free_names(js->ctx, names, count);
    if (ok)
        *ret_meta = (rf_meta){ .entries = entries, .count = count, .cap = count, .typed = typed };
    return ok;
}
