/* history_test.c: lines kept compactly, and given back as they were. */
#include "harness.h"

#include "terminal/history.h"
#include "terminal/screen_fixture.h"

static void push_text(rf_history *history, const char *text) {
    const rf_history_run run = { .cells = strlen(text) };
    rf_history_push_text(history, rf_slice_of(text), &run, run.cells ? 1 : 0, false);
}

static bool line_is(const rf_history *history, size_t line, const char *expected) {
    rf_cell cells[RF_HISTORY_COLUMNS_MAX];
    int count = rf_history_cells(history, line, cells, RF_HISTORY_COLUMNS_MAX, NULL);
    RF_CLEAN_BUFFER(text);
    for (int i = 0; i < count; i++)
        rf_cell_text(&cells[i], &text);
    return !text.failed && rf_slice_eq(rf_buffer_view(&text), rf_slice_of(expected));
}

RF_TEST(only_the_newest_lines_are_kept) {
    RF_CLEANUP(rf_history_done) rf_history history = { .lines_max = 3, .bytes_max = (size_t)1 << 20 };
    char text[16];
    for (int i = 0; i < 20000; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        push_text(&history, text);
    }
    rf_check(history.lines <= 3 && history.bytes <= (size_t)3 * 65536);
    rf_check(history.lines < 3 || (line_is(&history, 0, "19997") && line_is(&history, 2, "19999")));
}

RF_TEST(no_more_bytes_are_kept_than_asked_for) {
    RF_CLEANUP(rf_history_done) rf_history history = { .lines_max = 1000000, .bytes_max = 300000 };
    for (int i = 0; i < 100000; i++)
        push_text(&history, "a line of some length that fills the blocks");
    rf_check(history.bytes <= 300000 && (rf_test_torture() || history.lines > 3000));
    rf_check(!history.lines || line_is(&history, history.lines - 1, "a line of some length that fills the blocks"));
}

RF_TEST(lines_are_taken_back_from_the_end) {
    RF_CLEANUP(rf_history_done) rf_history history = { .lines_max = 100000, .bytes_max = (size_t)16 << 20 };
    char text[24];
    for (int i = 0; i < 30000; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        push_text(&history, text);
    }
    for (size_t left = history.lines; left; left--) {
        if (!rf_test_torture() && left % 997 == 0) {
            (void)snprintf(text, sizeof text, "%zu", left - 1);
            rf_check(line_is(&history, left - 1, text));
        }
        rf_history_pop(&history);
        rf_check(history.lines == left - 1);
    }
    rf_check(history.bytes == 0);
    rf_history_pop(&history);
}

RF_TEST(cells_come_back_as_they_went) {
    RF_CLEANUP(rf_history_done) rf_history history = { .lines_max = 10, .bytes_max = (size_t)1 << 20 };
    rf_cell in[6] = { { .chars = { 'a' }, .pen = { .foreground = RF_COLOUR_RGB | 0x010203, .attributes = RF_PEN_BOLD, .link = 7 }, .width = 1 },
                      { .chars = { 0x6F22, 0x301 }, .pen = { .background = RF_COLOUR_INDEX | 4 }, .width = 2 },
                      { .pen = { .background = RF_COLOUR_INDEX | 4 } },
                      { .chars = { 'e', 0x301, 0x302 }, .width = 1 },
                      { .chars = { ' ' }, .pen = { .attributes = RF_PEN_REVERSE }, .width = 1 },
                      { .chars = { ' ' }, .width = 1 } };
    rf_history_push(&history, in, 6, false);
    rf_history_push(&history, in, 6, true);
    if (history.lines < 2)
        return;
    rf_cell out[8];
    bool wrapped;
    rf_check(rf_history_cells(&history, 0, out, 8, &wrapped) == 5 && !wrapped && memcmp(in, out, 5 * sizeof *in) == 0);
    rf_check(rf_history_cells(&history, 1, out, 8, &wrapped) == 6 && wrapped && memcmp(in, out, sizeof in) == 0);
    rf_check(rf_history_cells(&history, 2, out, 8, &wrapped) == 0 && !wrapped);
    rf_check(rf_history_cells(&history, 0, out, 2, NULL) == 2 && out[1].width == 1 && out[1].chars[0] == ' ');
}
