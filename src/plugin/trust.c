/* trust.c: what the user granted, in memory: grants, keys, disabled plugins. */
#include "plugin/trust.h"

#include "base/slice.h"

#include <assert.h>

enum { ARENA_BYTES = 1024 };

static void prepare(rf_trust *trust) {
    if (!trust->arena.block_bytes)
        rf_arena_init(&trust->arena, ARENA_BYTES);
}

void rf_trust_done(rf_trust *trust) {
    if (!trust)
        return;
    rf_arena_done(&trust->arena);
    *trust = (rf_trust){ 0 };
}

/* A copy of the list with room for one more; the old one stays in the arena (lists are short, and change by hand). */
static void *with_room(rf_trust *trust, const void *items, size_t count, size_t item_bytes) {
    void *copy = rf_arena_zero(&trust->arena, count + 1, item_bytes);
    if (copy && count)
        memcpy(copy, items, count * item_bytes);
    return copy;
}

rf_code rf_trust_grant_add(rf_trust *trust, const rf_trust_grant *grant, rf_error *reterr) {
    assert(trust && grant && grant->name.len > 0);
    prepare(trust);
    for (size_t i = 0; i < trust->grant_count; i++) {
        rf_trust_grant *old = &trust->grants[i];
        if (!rf_slice_eq(old->name, grant->name))
            continue;
        rf_slice name = old->name; /* is ours */
        *old = *grant;
        old->name = name;
        return RF_OK;
    }
    rf_slice name = rf_slice_dup_in(&trust->arena, grant->name);
    rf_trust_grant *grants = name.data ? with_room(trust, trust->grants, trust->grant_count, sizeof *grants) : NULL;
    if (!grants)
        return rf_raise_nomem(reterr);
    grants[trust->grant_count] = *grant;
    grants[trust->grant_count++].name = name;
    trust->grants = grants;
    return RF_OK;
}

rf_code rf_trust_key_add(rf_trust *trust, const rf_trust_key *key, rf_error *reterr) {
    assert(trust && key && key->name.len > 0);
    prepare(trust);
    for (size_t i = 0; i < trust->key_count; i++) {
        if (!rf_slice_eq(trust->keys[i].name, key->name))
            continue;
        memcpy(trust->keys[i].key, key->key, sizeof key->key);
        return RF_OK;
    }
    rf_slice name = rf_slice_dup_in(&trust->arena, key->name);
    rf_trust_key *keys = name.data ? with_room(trust, trust->keys, trust->key_count, sizeof *keys) : NULL;
    if (!keys)
        return rf_raise_nomem(reterr);
    keys[trust->key_count] = *key;
    keys[trust->key_count++].name = name;
    trust->keys = keys;
    return RF_OK;
}

static size_t find_disabled(const rf_trust *trust, rf_slice name) {
    size_t i = 0;
    while (i < trust->disabled_count && !rf_slice_eq(trust->disabled[i], name))
        i++;
    return i;
}

bool rf_trust_is_disabled(const rf_trust *trust, rf_slice name) {
    assert(trust);
    return find_disabled(trust, name) < trust->disabled_count;
}

rf_code rf_trust_disable(rf_trust *trust, rf_slice name, bool disabled, rf_error *reterr) {
    assert(trust && name.len > 0);
    size_t at = find_disabled(trust, name);
    bool is_there = at < trust->disabled_count;
    if (is_there == disabled)
        return RF_OK;
    if (!disabled) {
        trust->disabled_count--;
        memmove(&trust->disabled[at], &trust->disabled[at + 1], (trust->disabled_count - at) * sizeof *trust->disabled);
        return RF_OK;
    }
    prepare(trust);
    rf_slice copy = rf_slice_dup_in(&trust->arena, name);
    rf_slice *names = copy.data ? with_room(trust, trust->disabled, trust->disabled_count, sizeof *names) : NULL;
    if (!names)
        return rf_raise_nomem(reterr);
    names[trust->disabled_count++] = copy;
    trust->disabled = names;
    return RF_OK;
}

uint32_t rf_trust_granted(const rf_trust *trust, rf_slice name, const uint8_t hash[32]) {
    assert(trust && hash);
    for (size_t i = 0; i < trust->grant_count; i++) {
        const rf_trust_grant *grant = &trust->grants[i];
        if (rf_slice_eq(grant->name, name))
            return grant->any_version || memcmp(grant->hash, hash, sizeof grant->hash) == 0 ? grant->capabilities : 0;
    }
    return 0;
}
