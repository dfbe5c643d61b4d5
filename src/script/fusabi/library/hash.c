/* hash.c: sets of values by structure: what distinct, groupBy and countBy look things up in. */
#include "base/alloc.h"
#include "script/fusabi/library/common.h"
#include "script/fusabi/program.h"

#include <assert.h>

/* Only so many parts are looked at: equal values hash alike all the same, and large ones cost no more. */
enum { PARTS_MAX = 48 };

typedef struct hashing {
    rf_fus_vm *vm;
    uint64_t sum;
    rf_fus_value parts[PARTS_MAX];
    uint32_t count, next;
} hashing;

static void mix(hashing *h, uint64_t bits) {
    h->sum = (h->sum ^ bits) * UINT64_C(0x9E3779B97F4A7C15);
    h->sum ^= h->sum >> 29;
}

static void add_part(hashing *h, rf_fus_value part) {
    if (h->count < PARTS_MAX)
        h->parts[h->count++] = part;
}

static void add_items(hashing *h, const rf_fus_value *items, uint32_t count) {
    mix(h, count);
    for (uint32_t i = 0; i < count && i < PARTS_MAX; i++)
        add_part(h, items[i]);
}

static bool hash_string(hashing *h, rf_fus_value v) {
    rf_fus_string *text = rf_fus_lib_flat(h->vm, v);
    if (!text)
        return false;
    if (!text->hash)
        text->hash = rf_fus_hash_bytes(text->bytes, text->head.length);
    mix(h, text->hash);
    return true;
}

static void hash_record(hashing *h, rf_fus_value v) {
    uint32_t count = rf_fus_field_count(v);
    mix(h, count);
    for (uint32_t i = 0; i < count && i < PARTS_MAX; i++) {
        rf_fus_value name, value;
        rf_fus_field_at(v, i, &name, &value);
        add_part(h, value);
    }
}

static bool hash_object(hashing *h, rf_fus_value v) {
    const rf_fus_items *items = RF_FUS_AS(const rf_fus_items, v);
    mix(h, (uint8_t)rf_fus_type_name(v)[0]);
    switch ((rf_fus_type_tag)items->head.type) {
    case RF_FUS_T_BIGINT: mix(h, (uint64_t)rf_fus_int(v)); return true;
    case RF_FUS_T_STRING:
    case RF_FUS_T_ROPE: return hash_string(h, v);
    case RF_FUS_T_CONS:
        add_part(h, RF_FUS_AS(const rf_fus_cons, v)->item);
        add_part(h, RF_FUS_AS(const rf_fus_cons, v)->tail);
        return true;
    case RF_FUS_T_TUPLE:
    case RF_FUS_T_ARRAY: add_items(h, items->items, items->head.length); return true;
    case RF_FUS_T_RECORD:
    case RF_FUS_T_DICT: hash_record(h, v); return true;
    case RF_FUS_T_MAP: mix(h, RF_FUS_AS(const rf_fus_map, v)->count); return true;
    case RF_FUS_T_VARIANT:
        mix(h, RF_FUS_AS(const rf_fus_variant, v)->ctor->id);
        add_items(h, RF_FUS_AS(const rf_fus_variant, v)->items, items->head.length);
        return true;
    case RF_FUS_T_HOST: mix(h, (uintptr_t)RF_FUS_AS(const rf_fus_host_value, v)->pointer); return true;
    default: return true; /* functions: many are equal */
    }
}

static bool hash_of(rf_fus_vm *vm, rf_fus_value v, uint32_t *ret_hash) {
    hashing h;
    h.vm = vm;
    h.sum = 0;
    h.count = h.next = 0;
    add_part(&h, v);
    while (h.next < h.count) {
        rf_fus_value part = h.parts[h.next++];
        if (rf_fus_is_object(part)) {
            if (!hash_object(&h, part))
                return false;
        } else {
            mix(&h, rf_fus_is_double(part) && rf_fus_double(part) == 0 ? rf_fus_of_double(0.0) : part);
        }
    }
    *ret_hash = (uint32_t)(h.sum >> 32);
    return true;
}

/* The slot of an equal key, or the free one for it. */
static bool find_slot(rf_fus_vm *vm, const rf_fus_index *index, rf_fus_value key, uint32_t hash, size_t *ret_slot) {
    size_t at = hash & (index->room - 1);
    for (uint32_t tries = 1; index->slots[at]; tries++) {
        uint32_t number = index->slots[at] - 1;
        bool equal = false;
        if (index->hashes[number] == hash && !rf_fus_equal(vm, index->keys.items[number], key, &equal))
            return false;
        if (equal)
            break;
        if ((tries & 0xFFF) == 0 && !rf_fus_vm_poll(vm))
            return false;
        at = (at + 1) & (index->room - 1);
    }
    *ret_slot = at;
    return true;
}

static bool grow(rf_fus_vm *vm, rf_fus_index *index) {
    size_t room = index->room ? 2 * index->room : 16;
    uint32_t *slots = rf_alloc_zero(room, sizeof *slots);
    uint32_t *hashes = slots ? rf_realloc(index->hashes, room * sizeof *hashes) : NULL;
    if (!hashes) {
        rf_free(slots);
        (void)rf_fus_raise_nomem(vm);
        return false;
    }
    rf_free(index->slots);
    index->slots = slots;
    index->hashes = hashes;
    index->room = room;
    for (size_t i = 0; i < index->keys.count; i++) {
        size_t at = hashes[i] & (room - 1);
        while (slots[at])
            at = (at + 1) & (room - 1);
        slots[at] = (uint32_t)i + 1;
    }
    return true;
}

bool rf_fus_index_put(rf_fus_vm *vm, rf_fus_index *index, rf_fus_value key, uint32_t *ret_number, bool *ret_new) {
    uint32_t hash;
    size_t at;
    if (2 * (index->keys.count + 1) > index->room && !grow(vm, index))
        return false;
    if (!hash_of(vm, key, &hash) || !find_slot(vm, index, key, hash, &at))
        return false;
    *ret_new = !index->slots[at];
    if (*ret_new) {
        uint32_t number = (uint32_t)index->keys.count;
        if (!rf_fus_lib_push(vm, &index->keys, key))
            return false;
        index->hashes[number] = hash;
        index->slots[at] = number + 1;
    }
    *ret_number = index->slots[at] - 1;
    return true;
}

void rf_fus_index_done(rf_fus_index *index) {
    rf_vec_done(&index->keys);
    rf_free(index->slots);
    rf_free(index->hashes);
    index->slots = index->hashes = NULL;
}
