/* view_test.c: what a view draws, seen by a second screen. */
#include "harness.h"

#include "terminal/screen_fixture.h"
#include "terminal/view_internal.h"

#define RF_CLEAN_VIEW(name) RF_CLEANUP(view_done) rf_view *name = NULL

static void view_done(rf_view **view) { rf_view_free(*view); }

static bool same_modes(const rf_screen *a, const rf_screen *b) {
    rf_screen_modes x = rf_screen_get_modes(a), y = rf_screen_get_modes(b);
    return x.cursor_hidden == y.cursor_hidden && x.cursor_blink == y.cursor_blink && x.cursor_shape == y.cursor_shape && x.reverse == y.reverse &&
           x.cursor_keys == y.cursor_keys && x.keypad == y.keypad && x.focus == y.focus && x.mouse == y.mouse && x.mouse_encoding == y.mouse_encoding;
}

static bool same_all(const rf_screen *a, const rf_screen *b, rf_buffer *one, rf_buffer *two) {
    int column_a, row_a, column_b, row_b;
    rf_screen_cursor(a, &column_a, &row_a);
    rf_screen_cursor(b, &column_b, &row_b);
    return rf_fixture_same(a, b, 0, one, two) && column_a == column_b && row_a == row_b && same_modes(a, b) &&
           rf_slice_eq(rf_screen_title(a), rf_screen_title(b));
}

/* Draws into `out` and lets the terminal have it; false: out of memory. */
static bool show(rf_view *view, const rf_screen *screen, const rf_overlay *overlays, size_t count, rf_buffer *out, rf_screen *terminal) {
    rf_buffer_clear(out);
    rf_view_draw(view, screen, overlays, count, out);
    if (out->failed)
        return false;
    rf_screen_write(terminal, rf_buffer_view(out));
    return true;
}

static bool write_text(rf_screen *screen, const char *text) {
    rf_screen_write(screen, rf_slice_of(text));
    return true;
}

static const char *rounds(uint64_t seed, int columns, int rows, int count) {
    RF_CLEAN_SCREEN(screen);
    RF_CLEAN_SCREEN(terminal);
    RF_CLEAN_VIEW(view);
    RF_CLEAN_BUFFER(program);
    RF_CLEAN_BUFFER(out);
    RF_CLEAN_BUFFER(one);
    RF_CLEAN_BUFFER(two);
    if (!rf_fixture_screen(&screen, columns, rows, 50) || !rf_fixture_screen(&terminal, columns, rows, 0) || rf_view_new(columns, rows, &view, NULL))
        return "out of memory";
    for (int i = 0; i < count; i++) {
        rf_buffer_clear(&program);
        for (uint32_t n = rf_fixture_random(&seed) % 20; n; n--)
            rf_fixture_program(&seed, columns, rows, &program);
        rf_screen_write(screen, rf_buffer_view(&program));
        if (rf_fixture_random(&seed) % 40 == 0) {
            rf_view_forget(view);
            rf_screen_write(terminal, RF_SLICE("\x1B[5;3Hjunk\x1B[1;31m\x1B[?1003h\x1B[2;3r"));
        }
        if (rf_fixture_random(&seed) % 50 == 0) {
            columns = 2 + (int)(rf_fixture_random(&seed) % 30);
            rows = 1 + (int)(rf_fixture_random(&seed) % 12);
            rf_screen_resize(screen, columns, rows);
            rf_screen_resize(terminal, columns, rows);
            if (!rf_view_resize(view, columns, rows))
                return "out of memory";
        }
        if (!show(view, screen, NULL, 0, &out, terminal))
            return "out of memory";
        if (!same_all(screen, terminal, &one, &two)) {
            if (!rf_test_torture())
                printf("round %d of %d x %d: [%.*s]\n[%.*s]\n", i, columns, rows, RF_SLICE_ARG(rf_buffer_view(&one)), RF_SLICE_ARG(rf_buffer_view(&two)));
            return "differs";
        }
        rf_buffer_clear(&out);
        rf_view_draw(view, screen, NULL, 0, &out);
        if (out.len)
            return "drawn twice";
    }
    return NULL;
}

RF_TEST(a_terminal_shows_what_the_screen_has_after_every_draw) {
    int count = rf_test_torture() ? 3 : 400;
    for (uint64_t seed = 1; seed <= (rf_test_torture() ? 1u : 12u); seed++) {
        const char *wrong = rounds(seed * UINT64_C(0x9E3779B97F4A7C15), seed % 3 ? 20 : 80, seed % 2 ? 6 : 24, count);
        rf_check(!wrong);
    }
}

RF_TEST(one_character_costs_a_few_bytes) {
    RF_CLEAN_SCREEN(screen);
    RF_CLEAN_VIEW(view);
    RF_CLEAN_BUFFER(out);
    rf_check(rf_fixture_screen(&screen, 80, 24, 0) && rf_view_new(80, 24, &view, NULL) == RF_OK);
    rf_view_draw(view, screen, NULL, 0, &out);
    rf_check(write_text(screen, "$ l"));
    rf_view_draw(view, screen, NULL, 0, &out);
    rf_buffer_clear(&out);
    rf_check(write_text(screen, "s"));
    rf_view_draw(view, screen, NULL, 0, &out);
    rf_check(!out.failed && out.len <= 8 && memchr(out.data, 's', out.len));
}

RF_TEST(a_scrolled_screen_is_scrolled_and_not_drawn_anew) {
    RF_CLEAN_SCREEN(screen);
    RF_CLEAN_VIEW(view);
    RF_CLEAN_BUFFER(out);
    rf_check(rf_fixture_screen(&screen, 80, 24, 0) && rf_view_new(80, 24, &view, NULL) == RF_OK);
    for (int i = 0; i < 40; i++)
        rf_check(write_text(screen, "a line that is rather long, and has to be drawn in each of the rows\r\n"));
    rf_view_draw(view, screen, NULL, 0, &out);
    rf_buffer_clear(&out);
    rf_check(write_text(screen, "one more\r\n"));
    rf_view_draw(view, screen, NULL, 0, &out);
    rf_check(!out.failed && out.len < 80);
}

RF_TEST(an_overlay_lies_over_the_screen_and_goes_again) {
    RF_CLEAN_SCREEN(screen);
    RF_CLEAN_SCREEN(terminal);
    RF_CLEAN_VIEW(view);
    RF_CLEAN_BUFFER(out);
    RF_CLEAN_BUFFER(text);
    RF_CLEAN_BUFFER(two);
    const rf_overlay overlay = { 1, 0, RF_SLICE("ab\n\xE6\xBC\xA2") };
    rf_check(rf_fixture_screen(&screen, 8, 3, 0) && rf_fixture_screen(&terminal, 8, 3, 0) && rf_view_new(8, 3, &view, NULL) == RF_OK);
    rf_check(write_text(screen, "\xE6\xBC\xA2\xE5\xAD\x97xy\r\n12345678"));
    rf_check(show(view, screen, &overlay, 1, &out, terminal));
    rf_check(rf_screen_styled(terminal, 0, &text) && !text.failed);
    rf_check_text(rf_buffer_view(&text), RF_SLICE(" \x1B[7mab\x1B[m xy"));
    rf_buffer_clear(&text);
    rf_check(rf_screen_styled(terminal, 1, &text) && !text.failed);
    rf_check_text(rf_buffer_view(&text), RF_SLICE("1\x1B[7m\xE6\xBC\xA2\x1B[m45678"));
    rf_check(show(view, screen, NULL, 0, &out, terminal) && same_all(screen, terminal, &text, &two));
}

RF_TEST(a_view_of_another_size_shows_a_part_or_dots) {
    RF_CLEAN_SCREEN(screen);
    RF_CLEAN_SCREEN(terminal);
    RF_CLEAN_VIEW(view);
    RF_CLEAN_BUFFER(out);
    RF_CLEAN_BUFFER(text);
    rf_check(rf_fixture_screen(&screen, 6, 3, 0) && rf_fixture_screen(&terminal, 8, 4, 0) && rf_view_new(8, 4, &view, NULL) == RF_OK);
    rf_check(write_text(screen, "abc\r\ndef\r\nghi"));
    rf_check(show(view, screen, NULL, 0, &out, terminal));
    rf_check(rf_screen_text(terminal, 0, &text) && !text.failed);
    rf_check_text(rf_buffer_view(&text), RF_SLICE("abc   \xC2\xB7\xC2\xB7"));
    rf_screen_resize(terminal, 2, 2);
    rf_check(rf_view_resize(view, 2, 2) && show(view, screen, NULL, 0, &out, terminal));
    rf_buffer_clear(&text);
    rf_check(rf_screen_text(terminal, 0, &text) && rf_screen_text(terminal, 1, &text) && !text.failed);
    rf_check_text(rf_buffer_view(&text), RF_SLICE("fi"));
}

RF_TEST(a_view_looks_back_into_the_scrollback) {
    RF_CLEAN_SCREEN(screen);
    RF_CLEAN_SCREEN(terminal);
    RF_CLEAN_VIEW(view);
    RF_CLEAN_BUFFER(out);
    RF_CLEAN_BUFFER(text);
    rf_check(rf_fixture_screen(&screen, 10, 2, 10) && rf_fixture_screen(&terminal, 10, 2, 0) && rf_view_new(10, 2, &view, NULL) == RF_OK);
    rf_check(write_text(screen, "1\r\n2\r\n3\r\n4"));
    int64_t up = rf_view_scroll(view, screen, 99);
    rf_check(up == (int64_t)rf_screen_scrollback(screen) && show(view, screen, NULL, 0, &out, terminal));
    rf_check(up != 2 || (rf_screen_text(terminal, 0, &text) && !text.failed));
    if (up == 2)
        rf_check_text(rf_buffer_view(&text), RF_SLICE("1"));
    rf_check(rf_screen_get_modes(terminal).cursor_hidden && rf_view_scroll(view, screen, INT64_MIN) == 0);
    rf_check(show(view, screen, NULL, 0, &out, terminal) && !rf_screen_get_modes(terminal).cursor_hidden);
}

RF_TEST(leaving_puts_a_terminal_back) {
    RF_CLEAN_SCREEN(terminal);
    RF_CLEAN_BUFFER(out);
    rf_check(rf_fixture_screen(&terminal, 10, 2, 0));
    rf_check(write_text(terminal, "\x1B[?1h\x1B=\x1B[?5h\x1B[?1003h\x1B[?1006h\x1B[?1004h\x1B[?25l\x1B[5 q\x1B[1;31m"));
    rf_view_leave(&out);
    rf_check(!out.failed);
    rf_screen_write(terminal, rf_buffer_view(&out));
    rf_screen_modes modes = rf_screen_get_modes(terminal), none = { 0 };
    rf_check(memcmp(&modes, &none, sizeof modes) == 0);
}
