/* meta_slots.c: metadata keys by atom, and what the running script did to each. */
#include "script/javascript/internal.h"

#include "base/alloc.h"

#include <assert.h>

bool rf_js_slots_init(rf_js *js) {
    rf_js_meta *meta = &js->meta;
    meta->slots = rf_alloc_zero(RF_JS_SLOTS, sizeof *meta->slots);
    meta->touched = rf_alloc_zero(RF_JS_SLOTS, sizeof *meta->touched);
    meta->slot_of_atom = rf_alloc_zero(RF_JS_ATOMS, sizeof *meta->slot_of_atom);
    return meta->slots && meta->touched && meta->slot_of_atom;
}

/* Only the memory: the strings in the slots die with the interpreter's heap. */
void rf_js_slots_done(rf_js *js) {
    rf_free(js->meta.slots);
    rf_free(js->meta.touched);
    rf_free(js->meta.slot_of_atom);
    js->meta = (rf_js_meta){ .object = JS_UNDEFINED, .inner = JS_UNDEFINED };
}

/* Keys of another table say nothing here: all slots are made anew. */
static void forget_slots(rf_js *js) {
    rf_js_meta *meta = &js->meta;
    assert(meta->touched_count == 0);
    for (uint32_t i = 0; i < meta->slot_count; i++) {
        rf_js_text_done(js->ctx, &meta->slots[i].text);
        meta->slot_of_atom[meta->slots[i].atom] = 0;
        JS_FreeAtom(js->ctx, meta->slots[i].atom);
    }
    meta->slot_count = 0;
    meta->keys = js->batch->keys;
}

static const rf_key *key_of_atom(rf_js *js, JSAtom atom) {
    JSValue name = JS_AtomToValue(js->ctx, atom);
    const rf_key *key = NULL;
    size_t len;
    const char *text = JS_IsString(name) ? JS_ToCStringLen(js->ctx, &len, name) : NULL;
    if (text) {
        key = rf_keys_intern(js->batch->keys, &js->batch->arena, (rf_slice){ text, len });
        JS_FreeCString(js->ctx, text);
    }
    JS_FreeValue(js->ctx, name);
    return key && key->interned ? key : NULL;
}

static rf_js_slot *new_slot(rf_js *js, JSAtom atom) {
    rf_js_meta *meta = &js->meta;
    if (meta->slot_count == RF_JS_SLOTS)
        return NULL;
    const rf_key *key = key_of_atom(js, atom);
    int inherited = key ? JS_HasProperty(js->ctx, js->object_prototype, atom) : -1;
    if (inherited < 0)
        return NULL;
    rf_js_slot *slot = &meta->slots[meta->slot_count++];
    *slot = (rf_js_slot){ .atom = JS_DupAtom(js->ctx, atom), .key = key, .inherited = inherited != 0,
                          .value = JS_UNDEFINED, .text.string = JS_UNDEFINED };
    meta->slot_of_atom[atom] = (uint16_t)meta->slot_count;
    return slot;
}

rf_js_slot *rf_js_meta_slot(rf_js *js, JSAtom atom) {
    rf_js_meta *meta = &js->meta;
    if (RF_UNLIKELY(atom >= RF_JS_ATOMS))
        return NULL;
    if (RF_UNLIKELY(meta->keys != js->batch->keys)) {
        if (meta->touched_count)
            return NULL;
        forget_slots(js);
    }
    uint16_t at = meta->slot_of_atom[atom];
    if (RF_LIKELY(at))
        return &meta->slots[at - 1];
    return new_slot(js, atom);
}

/* Keys of a full table are not interned, and compared by text: rare enough to be looked for once a run. */
static bool has_foreign_keys(rf_js *js) {
    const rf_meta *base = &js->current->meta;
    if (js->base_keys == 0) {
        js->base_keys = 1;
        for (uint32_t i = 0; i < base->count; i++)
            if (!base->entries[i].key->interned)
                js->base_keys = 2;
    }
    return js->base_keys == 2;
}

rf_meta_entry *rf_js_slot_entry(rf_js *js, rf_js_slot *slot, const rf_meta *meta) {
    assert(slot->key->interned);
    if (slot->hint < meta->count && meta->entries[slot->hint].key == slot->key)
        return &meta->entries[slot->hint];
    bool foreign = has_foreign_keys(js);
    for (uint32_t i = rf_meta_search_from(meta, slot->key); i < meta->count; i++)
        if (meta->entries[i].key == slot->key || (RF_UNLIKELY(foreign) && rf_key_eq(meta->entries[i].key, slot->key))) {
            slot->hint = i;
            return &meta->entries[i];
        }
    return NULL;
}

void rf_js_slot_set(rf_js *js, rf_js_slot *slot, JSValue value, bool changed) {
    rf_js_meta *meta = &js->meta;
    if (rf_js_slot_live(js, slot)) {
        rf_js_put(js->ctx, &slot->value, value);
        slot->changed = slot->changed || changed;
    } else {
        assert(meta->touched_count < RF_JS_SLOTS);
        slot->run = js->run;
        slot->value = value;
        slot->changed = changed;
        meta->touched[meta->touched_count++] = (uint16_t)(slot - meta->slots);
    }
    slot->deleted = false;
}
