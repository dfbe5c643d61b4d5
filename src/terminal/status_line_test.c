/* status_line_test.c: what stands in the status line, and that it is never wider or narrower than it may be. */
#include "terminal/status_line.h"

#include "base/slice.h"
#include "harness.h"
#include "terminal/cells.h"

/* The line without its colours. */
static void plain(const rf_status_line *line, size_t columns, rf_buffer *out) {
    RF_CLEANUP(rf_buffer_done) rf_buffer drawn = { 0 };
    rf_status_line_draw(line, columns, &drawn);
    out->failed |= drawn.failed;
    for (size_t i = 0; i < drawn.len; i++) {
        if (drawn.data[i] != '\033')
            rf_buffer_char(out, drawn.data[i]);
        else
            while (i + 1 < drawn.len && drawn.data[i] != 'm')
                i++;
    }
}

#define check_line(line, columns, expected)                          \
    do {                                                             \
        RF_CLEANUP(rf_buffer_done) rf_buffer shown = { 0 };          \
        plain(line, columns, &shown);                                \
        rf_check(!shown.failed);                                     \
        rf_check_text(rf_buffer_view(&shown), RF_SLICE(expected));   \
    } while (0)

RF_TEST(name_and_title_stand_left_and_the_rest_right) {
    const rf_status_line_item items[] = { { RF_SLICE("low"), 1 }, { RF_SLICE("high"), 9 } };
    const rf_status_line line = { .session = RF_SLICE("main"), .title = RF_SLICE("vim"), .items = items, .item_count = 2,
                                  .recording = true, .read_only = true, .clients = 2 };
    const rf_status_line bare = { .session = RF_SLICE("main"), .clients = 1 };
    const rf_status_line listed = { .session = RF_SLICE("main"), .items = items, .item_count = 2 };
    check_line(&bare, 20, " main               ");
    check_line(&line, 60, " main  vim         high | low | [rec] [read only] 2 clients ");
    check_line(&listed, 30, " main              high | low ");
}

RF_TEST(what_has_no_room_is_left_out) {
    const rf_status_line_item items[] = { { RF_SLICE("low"), 1 }, { RF_SLICE("high"), 9 } };
    const rf_status_line line = { .session = RF_SLICE("main"), .title = RF_SLICE("a long title of a window"), .items = items, .item_count = 2 };
    check_line(&line, 20, " main  a long\xE2\x80\xA6 high ");
    check_line(&line, 10, " main  a \xE2\x80\xA6");
    check_line(&line, 3, " m\xE2\x80\xA6");
    check_line(&line, 0, "");
}

RF_TEST(scroll_position_and_hint_are_shown) {
    const rf_status_line line = { .session = RF_SLICE("main"), .title = RF_SLICE("vim"), .hint = RF_SLICE("d detach"), .scrolling = true,
                                  .scrolled = 12, .scroll_of = 100 };
    check_line(&line, 30, " main  d detach      [12/100] ");
}

RF_TEST(a_notice_takes_the_middle) {
    const rf_status_line line = { .session = RF_SLICE("main"), .title = RF_SLICE("vim"), .notice = RF_SLICE("done"), .level = RF_NOTICE_SUCCESS };
    check_line(&line, 30, " main          done           ");
    const rf_status_line wide = { .session = RF_SLICE("main"), .notice = RF_SLICE("a notice that is much too long for it") };
    check_line(&wide, 20, " main a notice tha" "\xE2\x80\xA6" " ");
}

RF_TEST(controls_are_not_drawn_and_wide_characters_count_twice) {
    const rf_status_line line = { .session = RF_SLICE("a\033[2Jb"), .title = RF_SLICE("\xE6\xBC\xA2\xE5\xAD\x97") };
    check_line(&line, 16, " a\xEF\xBF\xBD[2Jb  \xE6\xBC\xA2\xE5\xAD\x97   ");
}

RF_TEST(every_width_is_kept_exactly) {
    const rf_status_line_item items[] = { { RF_SLICE("\xE6\xBC\xA2\xE5\xAD\x97"), 1 }, { RF_SLICE("high"), 9 }, { RF_SLICE(""), 3 } };
    rf_status_line line = { .session = RF_SLICE("\xE6\xBC\xA2\xE5\xAD\x97 name"), .title = RF_SLICE("title"), .items = items, .item_count = 3,
                            .recording = true, .clients = 3 };
    for (size_t columns = 0; columns < 90; columns++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer shown = { 0 };
        line.notice = columns % 2 ? RF_SLICE("a notice") : RF_SLICE("");
        plain(&line, columns, &shown);
        rf_check(!shown.failed);
        rf_check(rf_cells_width(rf_buffer_view(&shown)) == columns);
    }
}

RF_TEST(levels_have_names) {
    rf_check(rf_notice_level_of(RF_SLICE("error")) == RF_NOTICE_ERROR && rf_notice_level_of(RF_SLICE("warning")) == RF_NOTICE_WARNING);
    rf_check(rf_notice_level_of(RF_SLICE("success")) == RF_NOTICE_SUCCESS && rf_notice_level_of(RF_SLICE("else")) == RF_NOTICE_INFO);
}
