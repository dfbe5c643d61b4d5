/* typed_test.c: keys and pastes as they come out of reads of any size, and the keys that are the client's own. */
#include "terminal/typed.h"

#include "base/slice.h"
#include "harness.h"

/* Reads pieces of `piece` bytes: "name;" for a key, "<bytes>" for one without a name, "[bytes]" for a paste; ESC is shown as ^. */
static void show(const rf_typed_token *token, rf_buffer *out) {
    rf_buffer_char(out, token->paste ? '[' : *token->name ? '\'' : '<');
    if (*token->name)
        rf_buffer_text(out, token->name);
    for (size_t i = 0; i < token->bytes.len && !*token->name; i++)
        rf_buffer_char(out, token->bytes.data[i] == '\033' ? '^' : token->bytes.data[i]);
    rf_buffer_char(out, token->paste ? ']' : *token->name ? '\'' : '>');
}

static void feed(rf_slice bytes, size_t piece, bool wait_escape, rf_buffer *out) {
    rf_typed typed = { .pasting = false };
    rf_typed_token token;
    while (bytes.len) {
        rf_slice left = { bytes.data, bytes.len < piece ? bytes.len : piece };
        bytes = (rf_slice){ bytes.data + left.len, bytes.len - left.len };
        while (rf_typed_next(&typed, &left, wait_escape, &token))
            show(&token, out);
    }
    if (rf_typed_flush(&typed, &token))
        show(&token, out);
}

#define check_typed(bytes, piece, wait, expected)                   \
    do {                                                            \
        RF_CLEANUP(rf_buffer_done) rf_buffer shown = { 0 };         \
        feed(RF_SLICE(bytes), piece, wait, &shown);                 \
        rf_check(!shown.failed);                                    \
        rf_check_text(rf_buffer_view(&shown), RF_SLICE(expected));  \
    } while (0)

RF_TEST(keys_come_out_by_name_however_they_are_read) {
    for (size_t piece = 1; piece < 12; piece++)
        check_typed("ab\033[A\x1C" "d\033[1;5C\r", piece, true, "'a''b''up''ctrl-\\''d''ctrl-right''enter'");
    check_typed("a\033[Ab", 3, false, "'a''up''b'");
}

RF_TEST(a_lone_escape_waits_only_when_told) {
    check_typed("\033", 1, false, "'escape'");
    check_typed("\033", 1, true, "'escape'");
    check_typed("\033x", 2, false, "'alt-x'");
    check_typed("\033x", 1, true, "'alt-x'");
    check_typed("\033x", 1, false, "'escape''x'");
}

RF_TEST(keys_within_pastes_are_none) {
    check_typed("a\033[200~\x1C" "d\033[201~b", 100, false, "'a'[^[200~][\x1C" "d^[201~]'b'");
    for (size_t piece = 1; piece < 9; piece++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer shown = { 0 };
        feed(RF_SLICE("\033[200~x\033[20\033[201~b"), piece, false, &shown);
        rf_check(!shown.failed);
        rf_check(shown.len > 3 && memcmp(shown.data + shown.len - 3, "'b'", 3) == 0);
    }
}

RF_TEST(what_never_ends_is_passed_on) {
    char bytes[300];
    RF_CLEANUP(rf_buffer_done) rf_buffer shown = { 0 };
    memset(bytes, '1', sizeof bytes);
    memcpy(bytes, "\033[", 2);
    feed((rf_slice){ bytes, sizeof bytes }, 7, false, &shown);
    rf_check(!shown.failed && shown.len >= sizeof bytes);
}

RF_TEST(bytes_that_are_no_characters_get_through) {
    for (size_t piece = 1; piece < 4; piece++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer shown = { 0 };
        feed(RF_SLICE("\xFF\xC3(\xF0\x9F"), piece, false, &shown);
        rf_check(!shown.failed && shown.len > 5);
    }
    check_typed("\xC3\xA4", 1, false, "'\xC3\xA4'");
}

/* ---- Bindings ---- */

static rf_bindings usual(void) {
    rf_bindings bindings = { .pending = "" };
    (void)rf_bindings_set(&bindings, RF_BINDING_DETACH, RF_SLICE("ctrl-\\ d"));
    (void)rf_bindings_set(&bindings, RF_BINDING_PALETTE, RF_SLICE(" ctrl-\\   p "));
    (void)rf_bindings_set(&bindings, RF_BINDING_SCROLL, RF_SLICE("f12"));
    return bindings;
}

RF_TEST(two_keys_and_one_key_are_found) {
    rf_bindings bindings = usual();
    rf_binding_order order = RF_BINDINGS;
    rf_check(rf_bindings_key(&bindings, "d", &order) == RF_BINDING_NOT);
    rf_check(rf_bindings_key(&bindings, "ctrl-\\", &order) == RF_BINDING_FIRST);
    rf_check(rf_bindings_key(&bindings, "d", &order) == RF_BINDING_ORDER && order == RF_BINDING_DETACH);
    rf_check(rf_bindings_key(&bindings, "ctrl-\\", &order) == RF_BINDING_FIRST);
    rf_check(rf_bindings_key(&bindings, "p", &order) == RF_BINDING_ORDER && order == RF_BINDING_PALETTE);
    rf_check(rf_bindings_key(&bindings, "f12", &order) == RF_BINDING_ORDER && order == RF_BINDING_SCROLL);
    rf_check(rf_bindings_key(&bindings, "", &order) == RF_BINDING_NOT);
}

RF_TEST(the_first_key_twice_is_sent_once_and_others_are_not) {
    rf_bindings bindings = usual();
    rf_binding_order order;
    rf_check(rf_bindings_key(&bindings, "ctrl-\\", &order) == RF_BINDING_FIRST);
    rf_check(rf_bindings_key(&bindings, "ctrl-\\", &order) == RF_BINDING_TWICE);
    rf_check(rf_bindings_key(&bindings, "ctrl-\\", &order) == RF_BINDING_FIRST);
    rf_check(rf_bindings_key(&bindings, "x", &order) == RF_BINDING_UNKNOWN);
    rf_check(rf_bindings_key(&bindings, "d", &order) == RF_BINDING_NOT);
}

RF_TEST(names_of_one_key_are_one) {
    rf_bindings bindings = { .pending = "" };
    rf_binding_order order;
    rf_check(rf_bindings_set(&bindings, RF_BINDING_DETACH, RF_SLICE("ctrl-i")));
    rf_check(rf_bindings_key(&bindings, "tab", &order) == RF_BINDING_ORDER);
    rf_check(!rf_bindings_set(&bindings, RF_BINDING_DETACH, RF_SLICE("no-such-key")));
    rf_check(!rf_bindings_set(&bindings, RF_BINDING_DETACH, RF_SLICE("")));
    rf_check(rf_bindings_key(&bindings, "tab", &order) == RF_BINDING_NOT);
}

RF_TEST(the_hint_names_what_may_follow) {
    RF_CLEANUP(rf_buffer_done) rf_buffer hint = { 0 };
    rf_bindings bindings = usual();
    rf_binding_order order;
    (void)rf_bindings_key(&bindings, "ctrl-\\", &order);
    rf_bindings_hint(&bindings, &hint);
    rf_check(!hint.failed);
    rf_check_text(rf_buffer_view(&hint), RF_SLICE("ctrl-\\  d detach  p palette"));
}
