/* manifest_key_name.c: the form of key bindings: "ctrl-alt-t", "f5", "shift-page-up". */
#include "plugin/manifest_internal.h"

#include "base/slice.h"
#include "base/utf8.h"

static const char *const modifiers[] = { "ctrl-", "alt-", "shift-", "super-" };
static const char *const names[] = {
    "up", "down", "left", "right", "home", "end", "page-up", "page-down", "insert", "delete", "backspace", "tab", "enter", "escape", "space",
    "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12", "f13", "f14", "f15", "f16", "f17", "f18", "f19", "f20", NULL,
};
#define FORM_HINT "such as ctrl-t, alt-x, shift-page-up, f5"

static bool is_named(rf_slice key) {
    for (const char *const *at = names; *at; at++) {
        if (rf_slice_is(key, *at))
            return true;
    }
    return false;
}

static bool is_single(rf_slice key) {
    uint32_t c;
    return key.len > 0 && rf_utf8_decode(key, &c) == key.len && c > ' ' && c != 0x7F && !(c >= 'A' && c <= 'Z');
}

static bool has_capital(rf_slice text) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= 'A' && text.data[i] <= 'Z')
            return true;
    }
    return false;
}

static bool fail_form(rf_manifest_reader *reader, const rf_manifest_item *key, rf_slice rest) {
    (void)rf_manifest_fail(reader, key->offset, "`%.*s` is no key", RF_SLICE_ARG(rf_manifest_clip(key->text)));
    if (has_capital(key->text))
        rf_error_hint(reader->last, "keys are written in small letters, " FORM_HINT);
    else if (rf_slice_find(key->text, '+') < key->text.len)
        rf_error_hint(reader->last, "its parts are joined by -, " FORM_HINT);
    else
        rf_manifest_hint_nearest(reader, rest, names, FORM_HINT);
    return false;
}

bool rf_manifest_check_key(rf_manifest_reader *reader, const rf_manifest_item *key) {
    rf_slice rest = key->text;
    for (unsigned i = 0; i < sizeof modifiers / sizeof *modifiers; i++) {
        rf_slice modifier = rf_slice_of(modifiers[i]);
        if (rf_slice_starts(rest, modifier))
            rest = (rf_slice){ rest.data + modifier.len, rest.len - modifier.len };
    }
    if (is_single(rest) || is_named(rest))
        return true;
    for (unsigned i = 0; i < sizeof modifiers / sizeof *modifiers; i++) {
        if (!rf_slice_starts(rest, rf_slice_of(modifiers[i])))
            continue;
        (void)rf_manifest_fail(reader, key->offset, "the parts of the key `%.*s` are in another order, or one is there twice",
                               RF_SLICE_ARG(rf_manifest_clip(key->text)));
        rf_error_hint(reader->last, "the order is ctrl-alt-shift-super-, then the key");
        return false;
    }
    return fail_form(reader, key, rest);
}
