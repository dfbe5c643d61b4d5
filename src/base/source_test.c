/* source_test.c: places in a text, and errors shown there. */
#include "harness.h"

#include "base/slice.h"
#include "base/source.h"

static const rf_source config = { "c.yaml", RF_SLICE("input:\r\n  stdin: {}\noutptu:\n\tfile: x\n") };

RF_TEST(an_offset_has_a_line_and_a_column) {
    static const struct { size_t offset; uint32_t line, column; } cases[] = {
        { 0, 1, 1 }, { 5, 1, 6 }, { 7, 1, 8 }, { 8, 2, 1 }, { 10, 2, 3 }, { 20, 3, 1 }, { 28, 4, 1 }, { 29, 4, 2 }, { 37, 5, 1 }, { 999, 5, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t line, column;
        rf_source_locate(&config, cases[i].offset, &line, &column);
        rf_check(line == cases[i].line && column == cases[i].column);
    }
}

RF_TEST(columns_count_characters) {
    const rf_source source = { "x", RF_SLICE("a\n\xC3\xBC\xE2\x82\xACx") };
    uint32_t line, column;
    rf_source_locate(&source, 7, &line, &column);
    rf_check(line == 2 && column == 3);
}

RF_TEST(lines_come_without_their_ends) {
    rf_check_text(rf_source_line(&config, 1), RF_SLICE("input:"));
    rf_check_text(rf_source_line(&config, 3), RF_SLICE("outptu:"));
    rf_check_text(rf_source_line(&config, 5), RF_SLICE(""));
    rf_check(!rf_source_line(&config, 6).data);
    const rf_source empty = { "e", { NULL, 0 } };
    rf_check(rf_source_line(&empty, 1).len == 0 && !rf_source_line(&empty, 2).data);
}

/* What is shown for an error at this place, with this hint (empty: none). */
static void check_shown(const rf_source *source, uint32_t line, uint32_t column, const char *hint, bool colour, const char *expected) {
    rf_error error;
    (void)rf_raise(&error, RF_ECONFIG, "field `outptu` not recognised");
    if (*hint)
        rf_error_hint(&error, "%s", hint);
    rf_error_place(&error, line ? "c.yaml" : NULL, line, column);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_source_show(&out, source, &error, colour);
    if (out.failed) {
        rf_test_failed(__FILE__, __LINE__, "memory for the text");
        return;
    }
    rf_check_text(rf_buffer_view(&out), rf_slice_of(expected));
}

RF_TEST(an_error_is_shown_under_its_line) {
    check_shown(&config, 3, 1, "did you mean `output`?", false,
                "c.yaml:3:1: error: field `outptu` not recognised\n"
                "   3 | outptu:\n"
                "     | ^\n"
                "hint: did you mean `output`?\n");
}

RF_TEST(a_tab_before_the_caret_stays_a_tab) {
    check_shown(&config, 4, 2, "", false,
                "c.yaml:4:2: error: field `outptu` not recognised\n"
                "   4 | \tfile: x\n"
                "     | \t^\n");
}

RF_TEST(wide_and_combining_characters_keep_the_caret_in_place) {
    const rf_source source = { "c.yaml", RF_SLICE("\xE6\xB8\xA9\xE5\xBA\xA6: e\xCC\x81x\xC3\xBCz") };
    check_shown(&source, 1, 8, "", false,
                "c.yaml:1:8: error: field `outptu` not recognised\n"
                "   1 | \xE6\xB8\xA9\xE5\xBA\xA6: e\xCC\x81x\xC3\xBCz\n"
                "     |         ^\n");
}

RF_TEST(an_error_behind_the_end_of_a_line_is_shown_there) {
    check_shown(&config, 3, 8, "", false,
                "c.yaml:3:8: error: field `outptu` not recognised\n"
                "   3 | outptu:\n"
                "     |        ^\n");
}

RF_TEST(what_is_not_known_is_left_out) {
    check_shown(NULL, 0, 0, "", false, "error: field `outptu` not recognised\n");
    check_shown(&config, 0, 0, "", false, "c.yaml: error: field `outptu` not recognised\n");
    check_shown(NULL, 3, 1, "look there", false, "c.yaml:3:1: error: field `outptu` not recognised\nhint: look there\n");
    check_shown(&config, 99, 1, "", false, "c.yaml:99:1: error: field `outptu` not recognised\n");
    check_shown(&config, 3, 0, "", false, "c.yaml:3: error: field `outptu` not recognised\n   3 | outptu:\n");
}

RF_TEST(colours_stand_around_words) {
    check_shown(&config, 3, 1, "x", true,
                "\033[1mc.yaml:3:1: \033[31merror:\033[0m field `outptu` not recognised\n"
                "   3 | outptu:\n"
                "     | \033[31m^\033[0m\n"
                "\033[36mhint:\033[0m x\n");
}

RF_TEST(no_byte_of_the_file_reaches_the_terminal_raw) {
    const rf_source source = { "c.yaml", RF_SLICE("a\033[2J\xFF\x7F\xC2\x9Bz") };
    check_shown(&source, 1, 2, "", false,
                "c.yaml:1:2: error: field `outptu` not recognised\n"
                "   1 | a\xEF\xBF\xBD[2J\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\n"
                "     |  ^\n");
}

RF_TEST(no_byte_of_a_message_reaches_the_terminal_raw) {
    rf_error error;
    (void)rf_raise(&error, RF_EIO, "the server said \033]0;x\a\n\tand left");
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_source_show(&out, NULL, &error, false);
    rf_check(!out.failed);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("error: the server said \xEF\xBF\xBD]0;x\xEF\xBF\xBD\n\tand left\n"));
}

RF_TEST(a_long_line_is_shown_around_the_caret) {
    char text[1000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i % 26);
    const rf_source source = { "c.yaml", { text, sizeof text } };
    RF_CLEANUP(rf_buffer_done) rf_buffer expected = { 0 };
    rf_buffer_printf(&expected, "c.yaml:1:500: error: field `outptu` not recognised\n   1 | \xE2\x80\xA6%.100s\xE2\x80\xA6\n     |  %59s^\n",
                     text + 440, "");
    const char *wanted = rf_buffer_cstr(&expected);
    rf_check(wanted);
    check_shown(&source, 1, 500, "", false, wanted);
}
