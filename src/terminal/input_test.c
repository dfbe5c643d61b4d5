/* input_test.c: keys, pastes with their marks cut anywhere, bindings, and names of keys both ways. */
#include "terminal/input.h"

#include "base/slice.h"
#include "harness.h"

typedef struct heard { rf_input input; rf_buffer said; const char *binding; } heard;

static void heard_done(heard *h) {
    rf_input_done(&h->input);
    rf_buffer_done(&h->said);
}
#define HEARD(name) RF_CLEANUP(heard_done) heard name = { 0 }

static void on_keys(void *user, rf_slice bytes) { rf_buffer_printf(&((heard *)user)->said, "keys(%.*s)", RF_SLICE_ARG(bytes)); }
static void on_paste(void *user, rf_slice text) { rf_buffer_printf(&((heard *)user)->said, "paste(%.*s)", RF_SLICE_ARG(text)); }
static bool on_key(void *user, rf_slice name, rf_slice bytes) {
    heard *h = user;
    if (!rf_slice_is(name, h->binding))
        return false;
    rf_buffer_printf(&h->said, "bound(%.*s,%zu)", RF_SLICE_ARG(name), bytes.len);
    return true;
}

static void feed(heard *h, const char *text, size_t len, size_t step) {
    const rf_input_sink sink = { h, on_keys, on_paste, h->binding ? on_key : NULL };
    for (size_t at = 0; at < len; at += step)
        rf_input_feed(&h->input, (rf_slice){ text + at, len - at < step ? len - at : step }, &sink);
}
#define SAYS(h, text, expected)                                                   \
    do {                                                                          \
        feed(&(h), text, sizeof(text) - 1, sizeof(text));                         \
        rf_check(!(h).said.failed);                                               \
        rf_check_text(rf_buffer_view(&(h).said), rf_slice_of(expected));          \
        rf_buffer_clear(&(h).said);                                               \
    } while (0)

RF_TEST(keys_go_at_once_as_they_came_together) {
    HEARD(h);
    SAYS(h, "ls -l\r", "keys(ls -l\r)");
    SAYS(h, "\x1b", "keys(\x1b)");
    SAYS(h, "\x1b[A\x1b[<0;3;4M\x1b[I", "keys(\x1b[A\x1b[<0;3;4M\x1b[I)");
    SAYS(h, "\x1bx\x1bOP", "keys(\x1bx\x1bOP)");
    SAYS(h, "\x1b[2~", "keys(\x1b[2~)");
}

RF_TEST(a_paste_is_what_stands_between_its_marks) {
    HEARD(h);
    SAYS(h, "a\x1b[200~one\rtwo\x1b[201~b", "keys(a)paste(one\rtwo)keys(b)");
    SAYS(h, "\x1b[200~\x1b[201~", "paste()");
    SAYS(h, "\x1b[200~\x1b[20\x1b[201\x1b\x1b[200~x\x1b[201~", "paste(\x1b[20\x1b[201\x1b\x1b[200~x)");
    SAYS(h, "\x1b[201~", "keys(\x1b[201~)");
}

RF_TEST(marks_may_be_cut_anywhere_behind_their_first_byte) {
    static const char text[] = "\x1b[200~a\x1b[2b\x1b[201~";
    for (size_t first = 2; first < sizeof text - 1; first++) {
        HEARD(h);
        feed(&h, text, first, first);
        feed(&h, text + first, sizeof text - 1 - first, 1);
        rf_check(!h.said.failed);
        rf_check(rf_test_torture() || rf_slice_is(rf_buffer_view(&h.said), "paste(a\x1b[2b)"));
    }
}

RF_TEST(what_looked_like_a_mark_goes_with_what_follows) {
    HEARD(h);
    SAYS(h, "x\x1b[", "keys(x)");
    SAYS(h, "A", "keys(\x1b[A)");
    SAYS(h, "\x1b[20", "");
    SAYS(h, "~y", "keys(\x1b[20~y)");
    SAYS(h, "\x1b[20\x1b[200", "keys(\x1b[20)");
    SAYS(h, "~p\x1b[201~", "paste(p)");
}

RF_TEST(a_binding_is_taken_out_from_among_the_keys) {
    HEARD(h);
    h.binding = "ctrl-t";
    SAYS(h, "ab\x14" "cd", "keys(ab)bound(ctrl-t,1)keys(cd)");
    h.binding = "alt-x";
    SAYS(h, "\x1bx", "bound(alt-x,2)");
    h.binding = "ctrl-shift-up";
    SAYS(h, "\x1b[1;6A\x1b[200~\x14\x1b[201~", "bound(ctrl-shift-up,6)paste(\x14)");
}

RF_TEST(a_paste_over_the_bound_comes_in_pieces) {
    HEARD(h);
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_buffer_text(&text, "\x1b[200~");
    rf_buffer_reserve(&text, RF_INPUT_PASTE_MAX + 100);
    rf_check(!text.failed);
    memset(text.data + text.len, 'x', RF_INPUT_PASTE_MAX);
    text.len += RF_INPUT_PASTE_MAX;
    rf_buffer_text(&text, "end\x1b[201~");
    feed(&h, text.data, text.len, text.len);
    rf_check(h.said.failed || rf_slice_ends(rf_buffer_view(&h.said), RF_SLICE("xx)paste(end)")));
}

#define NAMED(bytes, expected, expected_len)                                          \
    do {                                                                              \
        char name[32];                                                                \
        size_t len = rf_input_key(RF_SLICE(bytes), name);                             \
        rf_check_text(rf_slice_of(name), rf_slice_of(expected));                      \
        rf_check(len == (expected_len));                                              \
    } while (0)

RF_TEST(keys_have_names) {
    NAMED("", "", 0);
    NAMED("a", "a", 1);
    NAMED("\xc3\xa9z", "\xc3\xa9", 2);
    NAMED("\xff", "", 1);
    NAMED("\x1b", "escape", 1);
    NAMED("\x1b\x1b[A", "escape", 1);
    NAMED("\x1b[A", "up", 3);
    NAMED("\x1bOA", "up", 3);
    NAMED("\x1b[1;5C", "ctrl-right", 6);
    NAMED("\x1b[15;2~", "shift-f5", 7);
    NAMED("\x1b[1;8P", "ctrl-alt-shift-f1", 6);
    NAMED("\x1b[5~", "page-up", 4);
    NAMED("\x1b[7~", "home", 4);
    NAMED("\x1b[3~x", "delete", 4);
    NAMED("\x1b[Z", "shift-tab", 3);
    NAMED("\x1b[[A", "f1", 4);
    NAMED("\x1b[97;5u", "ctrl-a", 7);
    NAMED("\r", "enter", 1);
    NAMED("\t", "tab", 1);
    NAMED("\x7f", "backspace", 1);
    NAMED(" ", "space", 1);
    NAMED("\0", "ctrl-space", 1);
    NAMED("\x1c", "ctrl-\\", 1);
    NAMED("\x1f", "ctrl-_", 1);
    NAMED("\x08", "ctrl-h", 1);
    NAMED("\x1b\x01", "ctrl-alt-a", 2);
    NAMED("\x1b\r", "alt-enter", 2);
    NAMED("\x1b[", "alt-[", 2);
    NAMED("\x1bO", "alt-O", 2);
}

RF_TEST(reports_have_no_names) {
    NAMED("\x1b[<0;10;20M!", "", 11);
    NAMED("\x1b[M !!x", "", 6);
    NAMED("\x1b[M !", "", 5);
    NAMED("\x1b[I", "", 3);
    NAMED("\x1b[1;5", "", 5);
    NAMED("\x1b[9999999999~", "", 13);
    NAMED("\x1b[1;9A", "", 6);
}

RF_TEST(a_name_gives_the_bytes_that_have_that_name) {
    static const char *const names[] = {
        "a", "\xc3\xa9", "-", "escape", "enter", "tab", "backspace", "space", "ctrl-space", "ctrl-a", "ctrl-z",
        "ctrl-\\", "ctrl-]", "ctrl-^", "ctrl-_",
        "alt-x", "alt-[", "ctrl-alt-x", "alt-enter", "up", "ctrl-up", "alt-shift-left",
        "ctrl-alt-shift-home", "end", "f1", "ctrl-f1", "f4", "f5", "shift-f12",
        "insert", "delete", "page-up", "ctrl-page-down", "shift-tab", "alt-backspace", "ctrl-alt-space",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char bytes[16], name[32];
        size_t len = 0;
        bool good = rf_input_key_bytes(rf_slice_of(names[i]), bytes, &len);
        rf_check(good && rf_input_key((rf_slice){ bytes, len }, name) == len);
        rf_check_text(rf_slice_of(name), rf_slice_of(names[i]));
    }
}

RF_TEST(what_is_no_key_has_no_bytes) {
    static const char *const names[] = { "", "ctrl-", "nothing", "shift-a", "ctrl-1", "ctrl-enter", "ctrl-ctrl-a",
                                         "f13", "ab", "\x01", "\xff", "Up", "ctrl-A" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char bytes[16];
        size_t len = 0;
        bool good = rf_input_key_bytes(rf_slice_of(names[i]), bytes, &len);
        rf_check(!good);
    }
    char bytes[16];
    size_t len = 0;
    rf_check(rf_input_key_bytes(RF_SLICE("alt-ctrl-x"), bytes, &len) && len == 2); /* in any order */
}
