/* screen_fixture.h: screens for tests, and programs that nobody wrote. */
#ifndef RF_TERMINAL_SCREEN_FIXTURE_H
#define RF_TERMINAL_SCREEN_FIXTURE_H

#include "base/slice.h"
#include "terminal/screen_internal.h"

#define RF_CLEAN_SCREEN(name) RF_CLEANUP(rf_fixture_screen_done) rf_screen *name = NULL
#define RF_CLEAN_BUFFER(name) RF_CLEANUP(rf_buffer_done) rf_buffer name = { 0 }

static inline void rf_fixture_screen_done(rf_screen **screen) { rf_screen_free(*screen); }

static inline bool rf_fixture_screen(rf_screen **ret_screen, int columns, int rows, size_t lines) {
    const rf_screen_options options = { .columns = columns, .rows = rows, .scrollback_lines = lines, .scrollback_bytes = (size_t)8 << 20 };
    return rf_screen_new(&options, ret_screen, NULL) == RF_OK;
}

static inline uint32_t rf_fixture_random(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 11);
}

static inline void rf_fixture_text(uint64_t *seed, rf_buffer *out) {
    static const char *const pieces[] = {
        "a", "Zq", "hello ", "word", "    ", "\xE6\xBC\xA2", "\xE5\xAD\x97 ", "e\xCC\x81", "\xF0\x9F\x98\x80", "\xF0\x9F\xAB\xA0", "\xE2\x94\x80",
        "\xC3\xA9", "\xE6\xBC\xA2\xCC\x81", "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB", "\xCC\x81", "\xF3\xA0\x84\x85", "x\xCC\x81\xCC\x82\xCC\x83\xCC\x84",
    };
    for (uint32_t n = rf_fixture_random(seed) % 12; n; n--)
        rf_buffer_text(out, pieces[rf_fixture_random(seed) % (sizeof pieces / sizeof *pieces)]);
}

/* A piece of a program's output: text, movements, erasing, colours, links, modes. */
static inline void rf_fixture_program(uint64_t *seed, int columns, int rows, rf_buffer *out) {
    static const char *const looks[] = { "", "1", "2", "3", "4", "4:3", "21", "7", "8", "9", "53", "31", "44", "97", "102", "38;5;200", "48;5;17", "38;2;1;2;3",
                                         "48:2::9:8:7", "58;2;1;2;3", "0;1;38;2;10;20;30;48;5;3", "22", "24", "27", "39", "49" };
    static const char *const fixed[] = { "\r\n", "\r\n", "\n", "\r", "\t", "\b", "\x1B[?1049h", "\x1B[?1049l", "\x1B" "7", "\x1B" "8", "\x1B[?25l", "\x1B[?25h", "\x1B[?1h",
                                         "\x1B=", "\x1B>", "\x1B[4h", "\x1B[4l", "\x1B[?7l", "\x1B[?7h", "\x1B(0lqk", "\x1B(B", "\x1B[3 q", "\x1B[?12h", "\x1B[?1002h\x1B[?1006h",
                                         "\x1B[?1002l", "\x1B[!p", "\x1B]2;title\x07", "\x1B]8;id=a;http://a/\x1B\\", "\x1B]8;;http://b/\x1B\\", "\x1B]8;;\x1B\\",
                                         "\x1B[5b", "\x1B[?6h", "\x1B[?6l", "\x1BM", "\x1B" "D", "\x1B[?5h", "\x1B[?5l", "\x1B[?1004h" };
    const uint32_t r = rf_fixture_random(seed) % 16;
    const uint32_t n = rf_fixture_random(seed);
    if (r < 5)
        rf_fixture_text(seed, out);
    else if (r < 7)
        rf_buffer_printf(out, "\x1B[%u;%uH", 1 + n % (uint32_t)(rows + 1), 1 + (n >> 8) % (uint32_t)(columns + 2));
    else if (r < 9)
        rf_buffer_printf(out, "\x1B[%u%c", (n >> 8) % 4, "JKLMP@XSTABCD"[n % 13]);
    else if (r < 12)
        rf_buffer_printf(out, "\x1B[%sm", looks[n % (sizeof looks / sizeof *looks)]);
    else if (r < 13 && n % 4 == 0)
        rf_buffer_printf(out, "\x1B[%u;%ur", 1 + (n >> 8) % (uint32_t)rows, 1 + (n >> 16) % (uint32_t)rows);
    else
        rf_buffer_text(out, fixed[n % (sizeof fixed / sizeof *fixed)]);
}

/* Both show the same: texts, colours, links. */
static inline bool rf_fixture_same(const rf_screen *a, const rf_screen *b, int64_t first, rf_buffer *one, rf_buffer *two) {
    int columns, rows;
    rf_screen_size(a, &columns, &rows);
    for (int64_t row = first; row < rows; row++) {
        rf_buffer_clear(one);
        rf_buffer_clear(two);
        bool there = rf_screen_styled(a, row, one);
        if (there != rf_screen_styled(b, row, two) || one->failed || two->failed || !rf_slice_eq(rf_buffer_view(one), rf_buffer_view(two)))
            return false;
    }
    return true;
}

#endif
