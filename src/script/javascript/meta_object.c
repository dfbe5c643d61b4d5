/* meta_object.c: `msg.meta`: the message's own entries, read one by one, with an overlay of changes. */
#include "script/javascript/internal.h"

#include <assert.h>

static rf_js_meta *state_of(JSContext *ctx) { return &rf_js_of(ctx)->meta; }
static bool is_plain(const rf_js_meta *meta) { return JS_IsUndefined(meta->inner); }

static JSValue import_entry(rf_js *js, rf_meta_entry *entry, rf_js_text *text) {
    if (!rf_meta_resolve(&js->batch->arena, &entry->value)) {
        js->host_nomem = true;
        return JS_ThrowOutOfMemory(js->ctx);
    }
    if (entry->value.kind == RF_STRING && text)
        return rf_js_import_text(js->ctx, text, rf_value_text(&entry->value));
    return rf_js_import(js, &entry->value, false);
}

/* An object read from an entry is kept: it must be the same object next time, and may be changed in place. */
static JSValue read_entry(rf_js *js, rf_js_slot *slot, rf_meta_entry *entry) {
    JSValue value = import_entry(js, entry, &slot->text);
    if (JS_IsObject(value))
        rf_js_slot_set(js, slot, JS_DupValue(js->ctx, value), true);
    return value;
}

/* Value of an atom without a slot in the plain state; *ret_found false: no such entry. */
static JSValue read_slowly(rf_js *js, JSAtom atom, bool *ret_found) {
    *ret_found = false;
    JSValue name = JS_AtomToValue(js->ctx, atom);
    if (!JS_IsString(name) && !JS_IsNumber(name)) {
        JS_FreeValue(js->ctx, name);
        return JS_UNDEFINED;
    }
    size_t len;
    const char *text = JS_ToCStringLen(js->ctx, &len, name);
    JS_FreeValue(js->ctx, name);
    if (!text)
        return JS_EXCEPTION;
    rf_value *value = rf_meta_find(&js->current->meta, (rf_slice){ text, len });
    JS_FreeCString(js->ctx, text);
    if (!value)
        return JS_UNDEFINED;
    *ret_found = true;
    rf_meta_entry entry = { NULL, *value };
    return import_entry(js, &entry, NULL);
}

static bool define_base(rf_js *js, JSValueConst inner, rf_meta_entry *entry) {
    JSContext *ctx = js->ctx;
    JSAtom atom = JS_NewAtomLen(ctx, entry->key->text, entry->key->len);
    if (atom == JS_ATOM_NULL)
        return false;
    uint16_t at = atom < RF_JS_ATOMS ? js->meta.slot_of_atom[atom] : 0;
    rf_js_slot *slot = at ? &js->meta.slots[at - 1] : NULL;
    int done = 1;
    if (!slot || !rf_js_slot_live(js, slot)) {
        JSValue value = import_entry(js, entry, slot ? &slot->text : NULL);
        done = JS_IsException(value) ? -1 : JS_DefinePropertyValue(ctx, inner, atom, value, JS_PROP_C_W_E);
    } else if (!slot->deleted) {
        done = JS_DefinePropertyValue(ctx, inner, atom, JS_DupValue(ctx, slot->value), JS_PROP_C_W_E);
    }
    JS_FreeAtom(ctx, atom);
    return done >= 0;
}

static bool define_all(rf_js *js, JSValueConst inner) {
    rf_meta *base = &js->current->meta;
    for (uint32_t i = 0; i < base->count; i++)
        if (!define_base(js, inner, &base->entries[i]))
            return false;
    for (uint32_t i = 0; i < js->meta.touched_count; i++) {
        rf_js_slot *slot = &js->meta.slots[js->meta.touched[i]];
        if (!slot->deleted && JS_DefinePropertyValue(js->ctx, inner, slot->atom, JS_DupValue(js->ctx, slot->value), JS_PROP_C_W_E) < 0)
            return false;
    }
    return true;
}

static bool materialise(rf_js *js) {
    if (!is_plain(&js->meta))
        return true;
    JSValue inner = JS_NewObject(js->ctx);
    if (JS_IsException(inner))
        return false;
    if (!define_all(js, inner)) {
        JS_FreeValue(js->ctx, inner);
        return false;
    }
    js->meta.inner = inner;
    return true;
}

static JSValue get_plain(rf_js *js, JSAtom atom, JSValueConst receiver) {
    rf_js_slot *slot = rf_js_meta_slot(js, atom);
    if (RF_LIKELY(slot)) {
        if (rf_js_slot_live(js, slot)) {
            if (!slot->deleted)
                return JS_DupValue(js->ctx, slot->value);
        } else {
            rf_meta_entry *entry = rf_js_slot_entry(js, slot, &js->current->meta);
            if (entry)
                return read_entry(js, slot, entry);
        }
        return slot->inherited ? rf_js_ordinary_get(js->ctx, js->object_prototype, atom, receiver) : JS_UNDEFINED;
    }
    bool found;
    JSValue value = read_slowly(js, atom, &found);
    if (!found && !JS_IsException(value))
        return rf_js_ordinary_get(js->ctx, js->object_prototype, atom, receiver);
    if (!JS_IsObject(value))
        return value;
    JS_FreeValue(js->ctx, value); /* an object has to be kept: only the ordinary form can, without a slot */
    if (!materialise(js))
        return JS_EXCEPTION;
    return rf_js_ordinary_get(js->ctx, js->meta.inner, atom, receiver);
}

static JSValue get_property(JSContext *ctx, JSValueConst object, JSAtom atom, JSValueConst receiver) {
    rf_js *js = rf_js_of(ctx);
    (void)object;
    if (RF_LIKELY(is_plain(&js->meta)))
        return get_plain(js, atom, receiver);
    return rf_js_ordinary_get(ctx, js->meta.inner, atom, receiver);
}

static int set_property(JSContext *ctx, JSValueConst object, JSAtom atom, JSValueConst value, JSValueConst receiver, int flags) {
    rf_js *js = rf_js_of(ctx);
    if (RF_LIKELY(is_plain(&js->meta) && rf_js_same_object(object, receiver))) {
        rf_js_slot *slot = rf_js_meta_slot(js, atom);
        if (RF_LIKELY(slot && !slot->inherited && !(rf_js_slot_live(js, slot) && slot->deleted))) {
            rf_js_slot_set(js, slot, JS_DupValue(ctx, value), true);
            return 1;
        }
    }
    if (!materialise(js))
        return -1;
    return rf_js_ordinary_set(ctx, object, js->meta.inner, atom, value, receiver, flags);
}

static int delete_property(JSContext *ctx, JSValueConst object, JSAtom atom) {
    rf_js *js = rf_js_of(ctx);
    (void)object;
    rf_js_slot *slot = is_plain(&js->meta) ? rf_js_meta_slot(js, atom) : NULL;
    if (slot) {
        rf_js_slot_set(js, slot, JS_UNDEFINED, true);
        slot->deleted = true;
        return 1;
    }
    if (!materialise(js))
        return -1;
    return JS_DeleteProperty(ctx, js->meta.inner, atom, 0);
}

static int get_own_property(JSContext *ctx, JSPropertyDescriptor *ret, JSValueConst object, JSAtom atom) {
    (void)object;
    if (!materialise(rf_js_of(ctx)))
        return -1;
    return JS_GetOwnProperty(ctx, ret, state_of(ctx)->inner, atom);
}

static int get_own_property_names(JSContext *ctx, JSPropertyEnum **ret_names, uint32_t *ret_count, JSValueConst object) {
    (void)object;
    if (!materialise(rf_js_of(ctx)))
        return -1;
    return rf_js_ordinary_names(ctx, ret_names, ret_count, state_of(ctx)->inner);
}

static int define_own_property(JSContext *ctx, JSValueConst object, JSAtom atom, JSValueConst value,
                               JSValueConst getter, JSValueConst setter, int flags) {
    (void)object;
    if (!materialise(rf_js_of(ctx)))
        return -1;
    return JS_DefineProperty(ctx, state_of(ctx)->inner, atom, value, getter, setter, flags);
}

static int has_property(JSContext *ctx, JSValueConst object, JSAtom atom) {
    rf_js *js = rf_js_of(ctx);
    (void)object;
    rf_js_slot *slot = is_plain(&js->meta) ? rf_js_meta_slot(js, atom) : NULL;
    if (slot) {
        bool own = rf_js_slot_live(js, slot) ? !slot->deleted : rf_js_slot_entry(js, slot, &js->current->meta) != NULL;
        return own || slot->inherited;
    }
    if (!materialise(js))
        return -1;
    return JS_HasProperty(ctx, js->meta.inner, atom);
}

static JSValue get_prototype(JSContext *ctx, JSValueConst object) {
    (void)object;
    rf_js *js = rf_js_of(ctx);
    return is_plain(&js->meta) ? JS_DupValue(ctx, js->object_prototype) : JS_GetPrototype(ctx, js->meta.inner);
}

static int set_prototype(JSContext *ctx, JSValueConst object, JSValueConst prototype) {
    (void)object;
    if (!materialise(rf_js_of(ctx)))
        return -1;
    return JS_SetPrototype(ctx, state_of(ctx)->inner, prototype);
}

static int is_extensible(JSContext *ctx, JSValueConst object) {
    (void)object;
    return is_plain(state_of(ctx)) || JS_IsExtensible(ctx, state_of(ctx)->inner);
}

static int prevent_extensions(JSContext *ctx, JSValueConst object) {
    (void)object;
    if (!materialise(rf_js_of(ctx)))
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

const JSClassDef rf_js_meta_class = { "Object", .exotic = (JSClassExoticMethods *)(uintptr_t)&methods };

bool rf_js_meta_make(rf_js *js) {
    JSValue object = JS_NewObjectProtoClass(js->ctx, JS_NULL, RF_JS_CLASS_META);
    if (JS_IsException(object))
        return false;
    rf_js_put(js->ctx, &js->meta.object, object);
    return true;
}

void rf_js_meta_reset(rf_js *js) {
    rf_js_meta *meta = &js->meta;
    for (uint32_t i = 0; i < meta->touched_count; i++) {
        rf_js_slot *slot = &meta->slots[meta->touched[i]];
        slot->run = 0;
        rf_js_drop(js->ctx, &slot->value);
    }
    meta->touched_count = 0;
    if (RF_UNLIKELY(!is_plain(meta)))
        rf_js_drop(js->ctx, &meta->inner);
}
