/* fzb1_stack.c: the original's stack while it is translated: entries that stand for values in registers. */
#include "script/fusabi/fzb1_translate.h"

#include <assert.h>

uint32_t rf_fus_v1_free_register(const rf_fus_v1_translator *t) {
    if (t->stack.count == 0)
        return t->floor;
    const rf_fus_v1_entry *last = &t->stack.items[t->stack.count - 1];
    return last->home + last->size;
}

rf_fus_v1_entry *rf_fus_v1_push(rf_fus_v1_translator *t, rf_fus_v1_kind kind, uint32_t home) {
    rf_fus_v1_entry entry = { .kind = (uint8_t)kind, .home = home, .size = 1, .birth = t->births++ };
    rf_fus_v1_touch(t, home);
    if (!rf_vec_push(&t->stack, entry)) {
        /* Room for one was there from the start (start_function): the last is overwritten, the translation has failed. */
        rf_fus_v1_fail_memory(t);
        t->stack.items[t->stack.count - 1] = entry;
    }
    return &t->stack.items[t->stack.count - 1];
}

void rf_fus_v1_pop(rf_fus_v1_translator *t, uint32_t count) {
    assert(count <= t->stack.count || rf_fus_v1_failed(t));
    for (uint32_t i = 0; i < count && t->stack.count > 0; i++) {
        const rf_fus_v1_entry *entry = &t->stack.items[--t->stack.count];
        if (entry->kind == RF_FUS_V1_E_LOCAL)
            t->aliases[entry->where]--;
    }
}

rf_fus_value rf_fus_v1_value_of(rf_fus_v1_translator *t, const rf_fus_v1_entry *entry) {
    assert(entry->kind == RF_FUS_V1_E_CONST);
    return entry->literal ? rf_fus_v1_static(t, entry->literal) : entry->value;
}

bool rf_fus_v1_is_text(const rf_fus_v1_entry *entry, rf_slice *ret_text) {
    if (entry->kind != RF_FUS_V1_E_CONST || !entry->literal || entry->literal->tag != RF_FUS_V1_K_STRING)
        return false;
    *ret_text = entry->literal->text;
    return true;
}

/* A function of the library as a value, with the arguments that it holds. */
static void put_library(rf_fus_v1_translator *t, const rf_fus_v1_entry *entry, uint32_t to) {
    uint32_t at = entry->held ? entry->home : to;
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_LIBVALUE, 0, at, rf_fus_v1_library(t, entry->row), 0));
    if (entry->held) {
        rf_fus_v1_emit(t, RF_FUS_MAKE(RF_FUS_I_CALL, entry->held, at, 0, 0));
        rf_fus_v1_move(t, to, at);
    }
}

static void put_module(rf_fus_v1_translator *t, const rf_fus_v1_entry *entry, uint32_t to) {
    uint32_t room = rf_fus_v1_free_register(t);
    if (to >= room)
        room = to + 1;
    rf_fus_v1_build_module(t, entry->literal->text, room);
    rf_fus_v1_move(t, to, room);
}

void rf_fus_v1_put(rf_fus_v1_translator *t, rf_fus_v1_entry *entry, uint32_t to) {
    rf_fus_v1_touch(t, to);
    switch ((rf_fus_v1_kind)entry->kind) {
    case RF_FUS_V1_E_REGISTER: rf_fus_v1_move(t, to, entry->home); return;
    case RF_FUS_V1_E_SAME: rf_fus_v1_move(t, to, entry->where); return;
    case RF_FUS_V1_E_LOCAL: rf_fus_v1_move(t, to, t->places[entry->where]); return;
    case RF_FUS_V1_E_CONST: rf_fus_v1_load(t, to, rf_fus_v1_value_of(t, entry)); return;
    case RF_FUS_V1_E_LIBRARY: put_library(t, entry, to); return;
    case RF_FUS_V1_E_MODULE: put_module(t, entry, to); return;
    }
}

/* The entry becomes one whose value is in `home`. */
static void becomes_register(rf_fus_v1_translator *t, rf_fus_v1_entry *entry, uint32_t home) {
    if (entry->kind == RF_FUS_V1_E_LOCAL)
        t->aliases[entry->where]--;
    entry->kind = RF_FUS_V1_E_REGISTER;
    entry->home = home;
    entry->held = 0;
}

uint32_t rf_fus_v1_use(rf_fus_v1_translator *t, rf_fus_v1_entry *entry) {
    if (entry->kind == RF_FUS_V1_E_SAME)
        return entry->where;
    if (entry->kind == RF_FUS_V1_E_LOCAL)
        return t->places[entry->where];
    if (entry->kind != RF_FUS_V1_E_REGISTER) {
        rf_fus_v1_put(t, entry, entry->home);
        becomes_register(t, entry, entry->home);
    }
    return entry->home;
}

/* Entries that share a register which is about to be overwritten get their own copy first; then, from the lowest up, each
 * value moves down or stays, and never over one that is still to be moved. */
void rf_fus_v1_settle(rf_fus_v1_translator *t, uint32_t first, uint32_t count, uint32_t to, const rf_fus_v1_entry *expected) {
    assert(first + count <= t->stack.count);
    rf_fus_v1_entry *entries = &t->stack.items[first];
    for (uint32_t i = 0; i < count; i++) {
        rf_fus_v1_entry *entry = &entries[i];
        assert(entry->home >= to + i);
        if (entry->kind == RF_FUS_V1_E_SAME && entry->where - to < count && entry->where != to + i) {
            rf_fus_v1_put(t, entry, entry->home);
            entry->kind = RF_FUS_V1_E_REGISTER;
        }
    }
    for (uint32_t i = 0; i < count && !rf_fus_v1_failed(t); i++) {
        if (expected && expected[i].kind != RF_FUS_V1_E_REGISTER) {
            entries[i].home = to + i;
            continue;
        }
        rf_fus_v1_put(t, &entries[i], to + i);
        becomes_register(t, &entries[i], to + i);
        entries[i].size = 1;
    }
}

void rf_fus_v1_detach(rf_fus_v1_translator *t, uint32_t slot) {
    for (size_t i = t->stack.count; t->aliases[slot] > 0 && i-- > 0;) {
        rf_fus_v1_entry *entry = &t->stack.items[i];
        if (entry->kind != RF_FUS_V1_E_LOCAL || entry->where != slot)
            continue;
        rf_fus_v1_put(t, entry, entry->home);
        becomes_register(t, entry, entry->home);
    }
}
