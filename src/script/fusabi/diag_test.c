/* diag_test.c: texts, places in them, findings. */
#include "harness.h"

#include "base/slice.h"
#include "script/fusabi/diag.h"

typedef struct fixture {
    rf_arena arena;
    rf_fus_texts texts;
    rf_fus_diags diags;
} fixture;

static void fixture_init(fixture *f) {
    *f = (fixture){ 0 };
    rf_arena_init(&f->arena, 1024);
    rf_fus_diags_init(&f->diags, &f->arena);
}
static void fixture_done(fixture *f) {
    rf_fus_diags_done(&f->diags);
    rf_vec_done(&f->texts);
    rf_arena_done(&f->arena);
}

RF_TEST(texts_stand_behind_each_other) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_init(&f);
    rf_check(rf_fus_texts_add(&f.texts, (rf_source){ "a", RF_SLICE("one\ntwo") }));
    rf_check(rf_fus_texts_add(&f.texts, (rf_source){ "b", RF_SLICE("") }));
    rf_check(rf_fus_texts_add(&f.texts, (rf_source){ "c", RF_SLICE("x") }));
    rf_check(f.texts.items[0].base == 0 && f.texts.items[1].base == 8 && f.texts.items[2].base == 9);
    uint32_t line, column;
    rf_check(rf_fus_locate(&f.texts, 5, &line, &column) == &f.texts.items[0] && line == 2 && column == 2);
    rf_check(rf_fus_locate(&f.texts, 7, &line, &column) == &f.texts.items[0] && line == 2 && column == 4);
    rf_check(rf_fus_locate(&f.texts, 8, &line, &column) == &f.texts.items[1] && line == 1 && column == 1);
    rf_check(rf_fus_locate(&f.texts, 10, &line, &column) == &f.texts.items[2] && line == 1 && column == 2);
    rf_check(!rf_fus_locate(&f.texts, RF_FUS_NOWHERE, &line, &column));
}

RF_TEST(a_place_is_found_by_the_lines_of_a_text) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_init(&f);
    static const uint32_t lines[] = { 0, 4, 9 };
    rf_check(rf_fus_texts_add(&f.texts, (rf_source){ "a", RF_SLICE("one\n\xC3\xA9\xC3\xA9\nx") }));
    f.texts.items[0].lines = lines;
    f.texts.items[0].line_count = 3;
    uint32_t line, column;
    rf_check(rf_fus_locate(&f.texts, 0, &line, &column) && line == 1 && column == 1);
    rf_check(rf_fus_locate(&f.texts, 3, &line, &column) && line == 1 && column == 4);
    rf_check(rf_fus_locate(&f.texts, 6, &line, &column) && line == 2 && column == 2);
    rf_check(rf_fus_locate(&f.texts, 10, &line, &column) && line == 3 && column == 2);
}

RF_TEST(so_many_findings_are_kept_and_all_are_counted) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_init(&f);
    for (int i = 0; i < RF_FUS_DIAGS_MAX + 5; i++)
        (void)rf_fus_report(&f.diags, i % 2 ? RF_FUS_WARNING : RF_FUS_ERROR, RF_FUS_PHASE_PARSE, 0, 1, "finding %d", i);
    rf_check(f.diags.errors + f.diags.warnings == RF_FUS_DIAGS_MAX + 5);
    rf_check(f.diags.no_memory || f.diags.list.count == RF_FUS_DIAGS_MAX);
    rf_check(f.diags.list.count > 7);
    rf_check_text(rf_slice_of(f.diags.list.items[7].message), RF_SLICE("finding 7"));
}

static void show(fixture *f, rf_fus_severity severity, bool colour, rf_buffer *out) {
    rf_check(rf_fus_texts_add(&f->texts, (rf_source){ "error: x.fsx", RF_SLICE("let a = b\nlet c = 1") }));
    rf_fus_diag *diag = rf_fus_report(&f->diags, severity, RF_FUS_PHASE_TYPE, 8, 9, "`%s` is not known", "b");
    rf_check(diag);
    rf_fus_diag_hint(&f->diags, diag, "did you mean `%s`?", "c");
    diag->other = 14;
    diag->other_note = "it is here";
    rf_fus_diag_show(out, &f->texts, diag, colour);
}

RF_TEST(an_error_is_shown_with_its_line) {
    RF_CLEANUP(fixture_done) fixture f;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    fixture_init(&f);
    show(&f, RF_FUS_ERROR, false, &out);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("error: x.fsx:1:9: error: `b` is not known\n   1 | let a = b\n     |         ^\n"
                                                 "hint: did you mean `c`?\n"
                                                 "error: x.fsx:2:5: note: it is here\n   2 | let c = 1\n     |     ^\n"));
}

RF_TEST(a_warning_is_called_one) {
    RF_CLEANUP(fixture_done) fixture f;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    fixture_init(&f);
    show(&f, RF_FUS_WARNING, false, &out);
    rf_check(rf_slice_starts(rf_buffer_view(&out), RF_SLICE("error: x.fsx:1:9: warning: `b` is not known\n   1 | let a = b\n")));
}

RF_TEST(colours_go_with_the_title) {
    RF_CLEANUP(fixture_done) fixture f;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    fixture_init(&f);
    show(&f, RF_FUS_WARNING, true, &out);
    rf_check(rf_slice_starts(rf_buffer_view(&out), RF_SLICE("\033[1merror: x.fsx:1:9: \033[33mwarning:\033[0m `b` is not known\n")));
}

RF_TEST(a_finding_becomes_an_error) {
    RF_CLEANUP(fixture_done) fixture f;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    fixture_init(&f);
    show(&f, RF_FUS_ERROR, false, &out);
    rf_check(f.diags.list.count == 1);
    rf_error error = { 0 };
    rf_fus_diag_error(&f.texts, &f.diags.list.items[0], &error);
    rf_check(error.code == RF_EPARSE && error.place.line == 1 && error.place.column == 9);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("`b` is not known"));
    rf_check_text(rf_slice_of(error.hint), RF_SLICE("did you mean `c`?"));
}
