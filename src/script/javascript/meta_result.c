/* meta_result.c: the metadata that a run leaves behind: shared when nothing changed, else a merged copy. */
#include "script/javascript/internal.h"

#include <assert.h>

static bool anything_changed(const rf_js *js) {
    for (uint32_t i = 0; i < js->meta.touched_count; i++)
        if (js->meta.slots[js->meta.touched[i]].changed)
            return true;
    return false;
}

static void remove_entry(rf_meta *meta, const rf_key *key) {
    for (uint32_t i = 0; i < meta->count; i++)
        if (rf_key_eq(meta->entries[i].key, key)) {
            memmove(&meta->entries[i], &meta->entries[i + 1], (meta->count - i - 1) * sizeof *meta->entries);
            meta->count--;
            return;
        }
}

static bool apply(rf_js *js, rf_meta *meta, rf_js_slot *slot) {
    if (slot->deleted) {
        remove_entry(meta, slot->key);
        return true;
    }
    rf_value value;
    JSValue held = JS_DupValue(js->ctx, slot->value); /* a getter in it may assign the key anew */
    bool ok = rf_js_export(js, held, false, &value);
    JS_FreeValue(js->ctx, held);
    if (!ok)
        return false;
    rf_meta_entry *entry = rf_js_slot_entry(js, slot, meta);
    if (!entry) {
        assert(meta->count < meta->cap);
        entry = rf_meta_add(meta, slot->key);
    }
    entry->value = value;
    meta->typed |= value.kind != RF_STRING;
    meta->settled &= rf_value_is_settled(&value);
    return true;
}

static bool merge(rf_js *js, rf_meta *ret) {
    const rf_meta *base = &js->current->meta;
    uint32_t cap = base->count + js->meta.touched_count;
    /* Room for the few entries that a processor adds itself, so that it need not copy once more. */
    rf_meta meta = *base;
    meta.frozen = false;
    meta.cap = cap + 4;
    meta.entries = rf_js_export_alloc(js, meta.cap, sizeof *meta.entries);
    if (!meta.entries)
        return false;
    if (base->count)
        memcpy(meta.entries, base->entries, base->count * sizeof *meta.entries);
    /* A getter or a conversion called on the way out may touch more keys: those are lost, and not looked at. */
    uint32_t touched = js->meta.touched_count;
    for (uint32_t i = 0; i < touched; i++) {
        rf_js_slot *slot = &js->meta.slots[js->meta.touched[i]];
        if (slot->changed && !apply(js, &meta, slot))
            return false;
    }
    *ret = meta;
    return true;
}

bool rf_js_meta_result(rf_js *js, rf_meta *ret_meta) {
    assert(js->current && ret_meta);
    if (!JS_IsUndefined(js->meta.inner))
        return rf_js_export_meta(js, js->meta.inner, ret_meta);
    if (anything_changed(js))
        return merge(js, ret_meta);
    js->current->meta.frozen = true;
    *ret_meta = js->current->meta;
    return true;
}
