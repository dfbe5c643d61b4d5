/* bindings.c: the keys that are the client's own (typed.h). */
#include "terminal/typed.h"

#include "base/slice.h"
#include "terminal/input.h"

#include <assert.h>
#include <string.h>

/* By what the key sends to what it is called then, so that "ctrl-i" and "tab" are one. */
static bool canonical(rf_slice name, char ret_name[32]) {
    char bytes[16];
    size_t len = 0;
    ret_name[0] = '\0';
    if (!rf_input_key_bytes(name, bytes, &len) || len == 0)
        return false;
    return rf_input_key((rf_slice){ bytes, len }, ret_name) == len && ret_name[0];
}

bool rf_bindings_set(rf_bindings *bindings, rf_binding_order order, rf_slice names) {
    assert(bindings && order < RF_BINDINGS);
    rf_binding *key = &bindings->keys[order];
    names = rf_slice_trim(names);
    size_t blank = rf_slice_find(names, ' ');
    rf_slice second = rf_slice_trim((rf_slice){ names.data + blank, names.len - blank });
    *key = (rf_binding){ 0 };
    if (canonical((rf_slice){ names.data, blank }, key->first) && (second.len == 0 || canonical(second, key->second)))
        return true;
    *key = (rf_binding){ 0 };
    return false;
}

static bool same(const char *a, const char *b) { return *a && strcmp(a, b) == 0; }

static rf_binding_answer second_key(rf_bindings *bindings, const char *name, rf_binding_order *ret_order) {
    char first[32];
    memcpy(first, bindings->pending, sizeof first);
    bindings->pending[0] = '\0';
    for (rf_binding_order i = 0; i < RF_BINDINGS; i++)
        if (same(bindings->keys[i].first, first) && same(bindings->keys[i].second, name)) {
            *ret_order = i;
            return RF_BINDING_ORDER;
        }
    return same(first, name) ? RF_BINDING_TWICE : RF_BINDING_UNKNOWN;
}

rf_binding_answer rf_bindings_key(rf_bindings *bindings, const char *name, rf_binding_order *ret_order) {
    assert(bindings && name && ret_order);
    if (bindings->pending[0])
        return second_key(bindings, name, ret_order);
    for (rf_binding_order i = 0; i < RF_BINDINGS; i++) {
        const rf_binding *key = &bindings->keys[i];
        if (!same(key->first, name))
            continue;
        *ret_order = i;
        if (!key->second[0])
            return RF_BINDING_ORDER;
        memcpy(bindings->pending, key->first, sizeof bindings->pending);
        return RF_BINDING_FIRST;
    }
    return RF_BINDING_NOT;
}

void rf_bindings_hint(const rf_bindings *bindings, rf_buffer *out) {
    static const char *const words[RF_BINDINGS] = { "detach", "palette", "scroll" };
    rf_buffer_text(out, bindings->pending);
    for (rf_binding_order i = 0; i < RF_BINDINGS; i++)
        if (same(bindings->keys[i].first, bindings->pending) && bindings->keys[i].second[0])
            rf_buffer_printf(out, "  %s %s", bindings->keys[i].second, words[i]);
}
