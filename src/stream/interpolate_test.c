/* interpolate_test.c: environment variables in the raw text. */
#include "stream/interpolate.h"

#include "base/slice.h"
#include "harness.h"

#include <stdlib.h>

typedef struct fixture { rf_arena arena; rf_table table; rf_env_text made; } fixture;

static void fixture_done(fixture *f) {
    rf_table_done(&f->table);
    rf_arena_done(&f->arena);
}

static rf_slice put(fixture *f, const char *text) {
    rf_error error;
    rf_arena_init(&f->arena, 4096);
    (void)setenv("RF_T", "v1", 1);
    (void)setenv("RF_EMPTY", "", 1);
    (void)setenv("RF_LINES", "a\nb", 1);
    (void)unsetenv("RF_UNSET");
    return rf_env_interpolate(&f->arena, rf_slice_of(text), &f->table, &f->made, &error) ? RF_SLICE("failed") : f->made.text;
}

#define gives(text, expected)                               \
    do {                                                    \
        RF_CLEANUP(fixture_done) fixture f = { 0 };         \
        rf_check_text(put(&f, text), rf_slice_of(expected)); \
        rf_check(f.made.missing_count == 0);                \
    } while (0)

RF_TEST(variables_and_defaults) {
    gives("a ${RF_T} b", "a v1 b");
    gives("${RF_T:d}${RF_UNSET:d}", "v1d");
    gives("${RF_EMPTY:d}|${RF_EMPTY}|${RF_UNSET:}", "d||");
    gives("${RF_UNSET:tcp://h:1}", "tcp://h:1");
    gives("${RF_UNSET:${RF_T:z}}", "${RF_T:z}");
    gives("${RF_LINES}", "a\\nb");
    gives("$${RF_T}", "$v1");
}

RF_TEST(what_is_no_variable_stays) {
    gives("$RF_T $ ${", "$RF_T $ ${");
    gives("${ RF_T } ${a-b:c} ${!json(\"a\")} ${}", "${ RF_T } ${a-b:c} ${!json(\"a\")} ${}");
    gives("${RF_T", "${RF_T");
    gives("${RF_UNSET:a\n}", "${RF_UNSET:a\n}");
}

RF_TEST(escapes_become_literal) {
    gives("${{RF_T}} ${{RF_T:d}} ${{!json(\"a\")}}", "${RF_T} ${RF_T:d} ${{!json(\"a\")}}");
    gives("${{open", "${{open");
}

RF_TEST(missing_variables_are_told) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check_text(put(&f, "a ${RF_UNSET}\n  # ${RF_UNSET}"), RF_SLICE("a \n  # "));
    rf_check(f.made.missing_count == 2 && f.made.missing[0].written == 2 && !f.made.missing[0].in_comment && f.made.missing[1].in_comment);
}

RF_TEST(offsets_go_back_to_what_was_written) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check_text(put(&f, "ab${RF_T}cd${RF_UNSET:}e${RF_T}"), RF_SLICE("abv1cdev1"));
    const size_t expected[] = { 0, 1, 2, 2, 9, 10, 23, 24, 24, 31 };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        rf_check(rf_env_written(&f.made, i) == expected[i]);
}

RF_TEST(env_files_are_read) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_error error;
    rf_arena_init(&f.arena, 4096);
    rf_check(rf_env_file_parse(&f.arena, "e", RF_SLICE("# c\nRF_T=one\n\nB='x' # tail\r\nC=\nRF_T=two"), &f.table, &error) == RF_OK);
    rf_env_text made;
    rf_check(rf_env_interpolate(&f.arena, RF_SLICE("${RF_T} ${B} ${C:d}"), &f.table, &made, &error) == RF_OK);
    rf_check_text(made.text, RF_SLICE("two 'x' d"));
}

RF_TEST(a_bad_line_of_an_env_file_is_an_error) {
    static const struct { const char *text; uint32_t line, column; } rows[] = { { "A=1\nexport B=2", 2, 7 }, { "A", 1, 2 }, { "=x", 1, 1 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(fixture_done) fixture f = { 0 };
        rf_error error = { 0 };
        rf_arena_init(&f.arena, 4096);
        rf_check(rf_env_file_parse(&f.arena, "e", rf_slice_of(rows[i].text), &f.table, &error) == RF_ECONFIG);
        rf_check(error.place.line == rows[i].line && error.place.column == rows[i].column);
    }
}
