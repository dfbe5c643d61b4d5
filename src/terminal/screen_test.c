/* screen_test.c: what a screen makes of a program's output, good and hostile. */
#include "harness.h"

#include "terminal/screen_fixture.h"

static rf_screen *screen_of(int columns, int rows, const char *text) {
    rf_screen *screen;
    if (!rf_fixture_screen(&screen, columns, rows, 100))
        return NULL;
    rf_screen_write(screen, rf_slice_of(text));
    return screen;
}

#define RF_SCREEN_OF(name, columns, rows, text) RF_CLEANUP(rf_fixture_screen_done) rf_screen *name = screen_of(columns, rows, text); rf_check(name)
#define RF_ROW_IS(screen, row, expected)                                   \
    do {                                                                   \
        RF_CLEAN_BUFFER(row_text);                                         \
        rf_check(rf_screen_text(screen, row, &row_text) && !row_text.failed); \
        rf_check_text(rf_buffer_view(&row_text), rf_slice_of(expected));   \
    } while (0)
#define RF_STYLE_IS(screen, row, expected)                                 \
    do {                                                                   \
        RF_CLEAN_BUFFER(row_text);                                         \
        rf_check(rf_screen_styled(screen, row, &row_text) && !row_text.failed); \
        rf_check_text(rf_buffer_view(&row_text), rf_slice_of(expected));   \
    } while (0)

/* ---- Plain ---- */

RF_TEST(text_wraps_scrolls_and_goes_to_the_scrollback) {
    RF_SCREEN_OF(screen, 4, 2, "abcdef\r\nx");
    RF_ROW_IS(screen, 0, "ef");
    RF_ROW_IS(screen, 1, "x");
    rf_check(rf_screen_scrolled(screen) == 1 && rf_screen_scrollback(screen) <= 1);
    if (rf_screen_scrollback(screen))
        RF_ROW_IS(screen, -1, "abcd");
    RF_CLEAN_BUFFER(none);
    rf_check(!rf_screen_text(screen, 2, &none) && !rf_screen_text(screen, -2, &none));
}

RF_TEST(wide_and_joining_characters_keep_together) {
    RF_SCREEN_OF(screen, 10, 2, "\xE6\xBC\xA2" "e\xCC\x81\xF0\x9F\xAB\xA0x");
    int column, row;
    rf_screen_cursor(screen, &column, &row);
    rf_check(column == 6 && row == 0);
    RF_ROW_IS(screen, 0, "\xE6\xBC\xA2" "e\xCC\x81\xF0\x9F\xAB\xA0x");
    rf_screen_write(screen, RF_SLICE("\x1B[1;2Hy"));
    RF_ROW_IS(screen, 0, " ye\xCC\x81\xF0\x9F\xAB\xA0x");
}

RF_TEST(bytes_that_are_no_characters_are_shown_as_such) {
    RF_SCREEN_OF(screen, 10, 2, "a\xFF" "b\xC2\x80" "c\xEF\xBF\xBE" "d\xED\xA0\x80");
    RF_ROW_IS(screen, 0, "a\xEF\xBF\xBD" "bc\xEF\xBF\xBD" "d\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

RF_TEST(looks_are_kept_in_cells_and_scrollback) {
    const char *line = "\x1B[1;2;3;4:3;7;9;53;38;5;200;48;2;1;2;3mab\x1B[mc\x1B[8;5;94;102md\x1B[0m";
    RF_SCREEN_OF(screen, 10, 1, line);
    RF_STYLE_IS(screen, 0, "\x1B[1;2;3;7;9;53;4:3;38;5;200;48;2;1;2;3mab\x1B[mc\x1B[5;8;94;102md\x1B[m");
    rf_screen_write(screen, RF_SLICE("\r\n"));
    if (rf_screen_scrollback(screen))
        RF_STYLE_IS(screen, -1, "\x1B[1;2;3;7;9;53;4:3;38;5;200;48;2;1;2;3mab\x1B[mc\x1B[5;8;94;102md\x1B[m");
    RF_STYLE_IS(screen, 0, "");
}

RF_TEST(line_drawing_and_repeating_work) {
    RF_SCREEN_OF(screen, 12, 2, "\x1B(0lqk\x1B(B q=\x1B[3b\x1B[99b");
    RF_ROW_IS(screen, 0, "\xE2\x94\x8C\xE2\x94\x80\xE2\x94\x90 q=======");
}

/* ---- Modes, titles, links ---- */

RF_TEST(controls_within_a_sequence_are_executed) {
    RF_SCREEN_OF(screen, 20, 5, "A\x1B[2\bCB\x1B[2\bCC\r\nA \x1B[\r2CB\x1B[\r4CC\r\nA \x1B[1\vAB \x1B[1\vAC \r\nx\x1B[31\x18" "y\x1B]2;a\nb\x1B[Cz");
    for (int row = 0; row < 3; row++)
        RF_ROW_IS(screen, row, "A B C");
    RF_ROW_IS(screen, 3, "xy z"); /* what was broken off is nothing */
}

RF_TEST(modes_are_known_and_reset) {
    RF_SCREEN_OF(screen, 10, 2, "\x1B[?1;25h\x1B[?1002;1006;2004;1004h\x1B[?25l\x1B=\x1B[5 q\x1B[?5h\x1B[?1049h");
    rf_screen_modes modes = rf_screen_get_modes(screen), none = { 0 };
    rf_check(modes.alternate && modes.cursor_hidden && modes.cursor_keys && modes.keypad && modes.bracketed_paste && modes.focus && modes.reverse);
    rf_check(modes.mouse == 1002 && modes.mouse_encoding == 1006 && modes.cursor_shape == 5 && modes.cursor_blink);
    rf_screen_write(screen, RF_SLICE("\x1B" "c"));
    modes = rf_screen_get_modes(screen);
    rf_check(memcmp(&modes, &none, sizeof modes) == 0);
}

RF_TEST(a_change_of_columns_leaves_the_size_and_clears_the_screen) {
    RF_SCREEN_OF(screen, 10, 3, "one\r\n\x1B[2;3rtwo\x1B[?3hthree");
    int columns, rows, column, row;
    rf_check(screen);
    rf_screen_size(screen, &columns, &rows);
    rf_screen_cursor(screen, &column, &row);
    rf_check(columns == 10 && rows == 3 && column == 5 && row == 0);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    for (int i = 0; i < 3; i++)
        rf_check(rf_screen_text(screen, i, &out));
    rf_check(out.failed || rf_slice_is(rf_buffer_view(&out), "three"));
}

RF_TEST(the_alternate_screen_goes_without_a_trace) {
    RF_SCREEN_OF(screen, 10, 2, "\x1B[31mmain\x1B[?1049h\x1B[mother\r\n\r\n\r\n\x1B" "7\x1B[?1049l!");
    RF_STYLE_IS(screen, 0, "\x1B[31mmain!\x1B[m");
    rf_check(rf_screen_scrolled(screen) == 0);
}

RF_TEST(titles_are_cleaned_and_bounded) {
    RF_SCREEN_OF(screen, 10, 2, "\x1B]0;a\x01\xFFz\x07");
    rf_check_text(rf_screen_title(screen), RF_SLICE("a\xEF\xBF\xBDz"));
    RF_CLEAN_BUFFER(text);
    rf_buffer_text(&text, "\x1B]2;");
    for (int i = 0; i < 1000; i++)
        rf_buffer_text(&text, "\xC3\xA4");
    rf_buffer_text(&text, "\x1B\\");
    rf_check(!text.failed);
    rf_screen_write(screen, rf_buffer_view(&text));
    rf_check(rf_test_torture() || rf_screen_title(screen).len == RF_SCREEN_TITLE_MAX);
}

RF_TEST(links_stay_with_their_characters) {
    RF_SCREEN_OF(screen, 10, 1, "x\x1B]8;id=1;http://a/\x1B\\\xE6\xBC\xA2" "e\xCC\x81\x1B]8;;\x1B\\z\xF3\xA0\x84\x80");
    if (!rf_test_torture())
        RF_STYLE_IS(screen, 0, "x\x1B]8;id=1;http://a/\x1B\\\xE6\xBC\xA2" "e\xCC\x81\x1B]8;;\x1B\\z");
    RF_ROW_IS(screen, 0, "x\xE6\xBC\xA2" "e\xCC\x81z");
}

RF_TEST(only_so_many_links_are_kept) {
    RF_CLEANUP(rf_links_done) rf_links links = { 0 };
    char url[64];
    for (int i = 0; i < 5000 && !rf_test_torture(); i++) {
        int len = snprintf(url, sizeof url, "http://example/%d", i);
        uint16_t number = rf_links_number(&links, (rf_slice){ NULL, 0 }, (rf_slice){ url, (size_t)len });
        rf_check(number && number <= RF_LINKS_MAX && links.bytes <= RF_LINKS_BYTES_MAX);
        rf_check_text(rf_links_get(&links, number)->url, rf_slice_of(url));
    }
    uint16_t first = rf_links_number(&links, RF_SLICE("1"), RF_SLICE("http://a/"));
    rf_check(rf_test_torture() || (first && first == rf_links_number(&links, RF_SLICE("1"), RF_SLICE("http://a/"))));
    rf_check(!rf_links_number(&links, RF_SLICE(""), RF_SLICE("http://a b/")) && !rf_links_number(&links, RF_SLICE(""), RF_SLICE("")));
}

/* ---- Answers ---- */

static void gather(void *user, rf_slice bytes) { rf_buffer_slice(user, bytes); }

RF_TEST(questions_are_answered) {
    RF_CLEAN_BUFFER(answers);
    RF_CLEAN_SCREEN(screen);
    const rf_screen_options options = { .columns = 80, .rows = 24, .reply = gather, .user = &answers };
    rf_check(rf_screen_new(&options, &screen, NULL) == RF_OK);
    rf_screen_write(screen, RF_SLICE("\x1B[c\x1B[6n\x1B[?2004h\x1B[?2004$p\x1B[?2026$p\x1B[18t\x1BP$qr\x1B\\"));
    rf_check(!answers.failed);
    rf_check_text(rf_buffer_view(&answers), RF_SLICE("\x1B[?1;2c\x1B[1;1R\x1B[?2004;1$y\x1B[?2026;0$y\x1B[8;24;80t\x1BP1$r1;24r\x1B\\"));
}

/* ---- Size ---- */

RF_TEST(a_smaller_screen_gives_lines_to_the_scrollback_and_takes_them_back) {
    RF_SCREEN_OF(screen, 10, 4, "one\r\n\x1B[31mtwo \xE6\xBC\xA2\x1B[m\r\nthree\r\nfour");
    rf_screen_resize(screen, 10, 2);
    int columns, rows;
    rf_screen_size(screen, &columns, &rows);
    if (rows == 4)
        return;
    RF_ROW_IS(screen, 0, "three");
    rf_check(rf_screen_scrolled(screen) == 2);
    size_t kept = rf_screen_scrollback(screen);
    rf_screen_resize(screen, 10, 4);
    rf_screen_size(screen, &columns, &rows);
    if (rows == 4 && kept == 2) {
        RF_ROW_IS(screen, 0, "one");
        RF_STYLE_IS(screen, 1, "\x1B[31mtwo \xE6\xBC\xA2\x1B[m");
        RF_ROW_IS(screen, 3, "four");
        rf_check(rf_screen_scrolled(screen) == 0);
    }
}

RF_TEST(the_prompt_survives_a_smaller_screen_under_an_editor) {
    RF_SCREEN_OF(screen, 10, 4, "one\r\ntwo\r\nthree\r\n$ \x1B[?1049hediting");
    rf_screen_resize(screen, 10, 2);
    rf_screen_write(screen, RF_SLICE("\x1B[?1049lx"));
    int columns, rows;
    rf_screen_size(screen, &columns, &rows);
    if (rows == 2)
        RF_ROW_IS(screen, 1, "$ x");
}

/* ---- Texts ---- */

RF_TEST(text_from_a_place_joins_what_was_wrapped) {
    RF_SCREEN_OF(screen, 5, 2, "abcdefgh\r\n12345\r\nxy");
    RF_CLEAN_BUFFER(text);
    rf_screen_text_from(screen, 0, 1, &text);
    rf_check(!text.failed);
    if (rf_screen_scrollback(screen) == 2)
        rf_check_text(rf_buffer_view(&text), RF_SLICE("bcdefgh\n12345\nxy"));
}

RF_TEST(a_restored_line_is_like_one_that_scrolled_off) {
    RF_SCREEN_OF(screen, 20, 2, "");
    const char *line = "\x1B[1;31mred\x1B[m \x1B]8;;http://a/\x1B\\\xE6\xBC\xA2\x1B]8;;\x1B\\ e\xCC\x81";
    rf_screen_restore_line(screen, rf_slice_of(line));
    rf_check(rf_screen_scrolled(screen) == 1);
    if (!rf_test_torture())
        RF_STYLE_IS(screen, -1, line);
    rf_screen_clear_scrollback(screen);
    rf_check(rf_screen_scrollback(screen) == 0 && rf_screen_scrolled(screen) == 1);
}

/* ---- Simple lines, the quick way ---- */

static void generated(uint64_t *seed, int columns, rf_buffer *out) {
    static const char *const styles[] = { "\x1B[m", "\x1B[K", "\x1B[m\x1B[K", "\x1B[01;31m\x1B[K", "\x1B[0;4:3m", "\x1B[38;5;200m", "\x1B[38;2;1;2;3m", "\x1B[2;7;9;53m", "\x1B[39m" };
    const bool styled = rf_fixture_random(seed) % 2, long_lines = rf_fixture_random(seed) % 2;
    for (uint32_t blocks = rf_fixture_random(seed) % 4; blocks; blocks--) {
        for (uint32_t lines = rf_fixture_random(seed) % 60; lines; lines--) {
            uint32_t len = rf_fixture_random(seed) % (uint32_t)(columns * (long_lines && rf_fixture_random(seed) % 3 == 0 ? 4 : 1) + 1);
            for (; len; len--) {
                rf_buffer_char(out, (char)(rf_fixture_random(seed) % 5 ? 0x20 + rf_fixture_random(seed) % 95 : ' '));
                if (styled && rf_fixture_random(seed) % 8 == 0)
                    rf_buffer_text(out, styles[rf_fixture_random(seed) % (sizeof styles / sizeof *styles)]);
            }
            rf_buffer_text(out, "\r\n");
        }
        rf_fixture_program(seed, columns, 5, out);
        if (rf_fixture_random(seed) % 3 == 0)
            rf_buffer_text(out, "\x1B[?1049l\x1B[!p\x1B]8;;\x1B\\");
    }
}

static bool same_state(const rf_screen *a, const rf_screen *b, rf_buffer *one, rf_buffer *two) {
    int ca, ra, cb, rb;
    rf_screen_cursor(a, &ca, &ra);
    rf_screen_cursor(b, &cb, &rb);
    if (ca != cb || ra != rb || rf_screen_scrolled(a) != rf_screen_scrolled(b) || rf_screen_scrollback(a) != rf_screen_scrollback(b))
        return false;
    rf_buffer_clear(one);
    rf_buffer_clear(two);
    rf_screen_text_from(a, 0, 0, one);
    rf_screen_text_from(b, 0, 0, two);
    return !one->failed && !two->failed && rf_slice_eq(rf_buffer_view(one), rf_buffer_view(two)) &&
           rf_fixture_same(a, b, -(int64_t)rf_screen_scrollback(a), one, two);
}

static const char *compare_ways(uint64_t seed, int columns, int rows) {
    RF_CLEAN_SCREEN(fast);
    RF_CLEAN_SCREEN(slow);
    RF_CLEAN_BUFFER(text);
    RF_CLEAN_BUFFER(one);
    RF_CLEAN_BUFFER(two);
    if (!rf_fixture_screen(&fast, columns, rows, 120) || !rf_fixture_screen(&slow, columns, rows, 120))
        return "out of memory";
    slow->no_fast = true;
    for (int i = 0; i < 40; i++) {
        rf_buffer_clear(&text);
        generated(&seed, columns, &text);
        /* In pieces, as they may come. */
        for (size_t at = 0, len; at < text.len; at += len) {
            len = 1 + rf_fixture_random(&seed) % 4000;
            len = len > text.len - at ? text.len - at : len;
            rf_screen_write(fast, (rf_slice){ text.data + at, len });
            rf_screen_write(slow, (rf_slice){ text.data + at, len });
        }
        if (!same_state(fast, slow, &one, &two)) {
            if (!rf_test_torture())
                printf("%d x %d, piece %d\n[%.*s]\n[%.*s]\n", columns, rows, i, RF_SLICE_ARG(rf_buffer_view(&one)), RF_SLICE_ARG(rf_buffer_view(&two)));
            return "differs";
        }
    }
    return NULL;
}

RF_TEST(simple_lines_taken_quickly_leave_the_same_as_drawn_ones) {
    static const int sizes[][2] = { { 20, 5 }, { 80, 24 }, { 7, 1 }, { 3, 2 }, { 33, 2 } };
    for (uint64_t seed = 1; seed <= 30 && !rf_test_torture(); seed++) {
        const int *size = sizes[seed % 5];
        rf_check(!compare_ways(seed * UINT64_C(0x9E3779B97F4A7C15), size[0], size[1]));
    }
}

/* ---- Hostile ---- */

static void junk(uint64_t *seed, rf_buffer *out, size_t len) {
    static const char frequent[] = "\x1B\x1B\x1B[[]?;;0123456789hlmHrPJKLMSTXbnABCD\r\n\x9B\xC2\x80\xF0\x9F\x98\x80\xE3\x82\x99";
    while (len--) {
        uint32_t n = rf_fixture_random(seed);
        rf_buffer_char(out, n % 3 ? frequent[(n >> 8) % (sizeof frequent - 1)] : (char)(n >> 8));
    }
}

RF_TEST(random_bytes_do_no_harm_at_any_size) {
    static const int sizes[][2] = { { 1, 1 }, { 2, 1 }, { 1, 5 }, { 3, 2 }, { 80, 24 }, { 200, 3 }, { 5, 60 } };
    uint64_t seed = UINT64_C(0x1234567);
    RF_CLEAN_SCREEN(screen);
    RF_CLEAN_BUFFER(text);
    rf_check(rf_fixture_screen(&screen, 80, 24, 50));
    for (int i = 0; i < (rf_test_torture() ? 4 : 250); i++) {
        const int *size = sizes[rf_fixture_random(&seed) % 7];
        rf_screen_resize(screen, size[0], size[1]);
        rf_buffer_clear(&text);
        junk(&seed, &text, rf_test_torture() ? 500 : 8000);
        rf_screen_write(screen, rf_buffer_view(&text));
        int column, row, columns, rows;
        rf_screen_size(screen, &columns, &rows);
        rf_screen_cursor(screen, &column, &row);
        rf_check(column >= 0 && row >= 0 && column < columns && row < rows);
    }
}

RF_TEST(enormous_numbers_and_strings_do_no_harm) {
    RF_SCREEN_OF(screen, 10, 3, "\x1B[99999999999999999999b\x1B[4294967295;4294967295H\x1B[2147483647C\x1B[2147483647X\x1B[99999999999@\x1B[4294967295S");
    RF_CLEAN_BUFFER(text);
    rf_buffer_text(&text, "\x1B[");
    for (int i = 0; i < 5000; i++)
        rf_buffer_text(&text, "1;");
    rf_buffer_text(&text, "m\x1B[38;2m\x1B[38;5m\x1B[48m\x1B]0;");
    for (int i = 0; i < (rf_test_torture() ? 10 : 150000); i++)
        rf_buffer_text(&text, "titles\x01");
    rf_buffer_text(&text, "\x07\x1BP$q");
    for (int i = 0; i < 1000; i++)
        rf_buffer_char(&text, 'x');
    rf_buffer_text(&text, "\x1B\\\x1B[H\x1B[mok");
    rf_screen_write(screen, rf_buffer_view(&text));
    rf_screen_write(screen, (rf_slice){ "\0\0\0!", 4 });
    if (!rf_test_torture())
        RF_ROW_IS(screen, 0, "ok!");
}

RF_TEST(sequences_cannot_change_the_size) {
    RF_SCREEN_OF(screen, 20, 5, "\x1B[?40h\x1B[?3h\x1B[8;50;132t\x1B[50t\x1B[?3l");
    int columns, rows;
    rf_screen_size(screen, &columns, &rows);
    rf_check(columns == 20 && rows == 5);
}
