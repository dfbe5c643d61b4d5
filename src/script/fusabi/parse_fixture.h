/* parse_fixture.h: for tests: a text parsed, and its tree or its findings compared. */
#ifndef RF_SCRIPT_FUSABI_PARSE_FIXTURE_H
#define RF_SCRIPT_FUSABI_PARSE_FIXTURE_H

#include "harness.h"

#include "base/slice.h"
#include "script/fusabi/ast_dump.h"
#include "script/fusabi/parse.h"

typedef struct parsed {
    rf_arena arena;
    rf_fus_texts texts;
    rf_fus_diags diags;
    rf_fus_ast ast;
    rf_code code;
} parsed;

static inline void parsed_init(parsed *self) {
    *self = (parsed){ .code = RF_ENOMEM };
    rf_arena_init(&self->arena, 4096);
    rf_fus_diags_init(&self->diags, &self->arena);
}
static inline void parsed_done(parsed *self) {
    rf_fus_diags_done(&self->diags);
    rf_vec_done(&self->texts);
    rf_arena_done(&self->arena);
}
static inline void parse(parsed *self, rf_slice text, const rf_fus_loader *loader) {
    if (rf_fus_texts_add(&self->texts, (rf_source){ "main.fsx", text }))
        self->code = rf_fus_parse(&self->arena, &self->texts, loader, &self->diags, &self->ast, NULL);
}

/* A text and its tree, or its findings. */
typedef struct pair { const char *text, *expected; } pair;

static inline void check_dump(const pair *row) {
    RF_CLEANUP(parsed_done) parsed p;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    parsed_init(&p);
    parse(&p, rf_slice_of(row->text), NULL);
    rf_check(p.code == RF_OK && p.diags.errors == 0);
    rf_fus_dump(p.ast.items, &out);
    while (out.len && out.data[out.len - 1] == '\n')
        out.len--;
    rf_check_text(rf_buffer_view(&out), rf_slice_of(row->expected));
}
static inline void check_dumps(const pair *rows) {
    for (const pair *row = rows; row->text; row++)
        check_dump(row);
}

/* line:column message, a line each. */
static inline void check_finding(const pair *row) {
    RF_CLEANUP(parsed_done) parsed p;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    parsed_init(&p);
    parse(&p, rf_slice_of(row->text), NULL);
    rf_check(p.code == RF_OK);
    for (size_t i = 0; i < p.diags.list.count; i++) {
        const rf_fus_diag *diag = &p.diags.list.items[i];
        uint32_t line, column;
        rf_check(rf_fus_locate(&p.texts, diag->at, &line, &column));
        rf_buffer_printf(&out, "%s%u:%u %s%s", i ? "\n" : "", line, column, diag->severity == RF_FUS_WARNING ? "warning: " : "", diag->message);
    }
    rf_check_text(rf_buffer_view(&out), rf_slice_of(row->expected));
}
static inline void check_findings(const pair *rows) {
    for (const pair *row = rows; row->text; row++)
        check_finding(row);
}

/* `start`, `count` times `middle`, `end`. */
static inline void repeated(rf_buffer *out, const char *start, const char *middle, int count, const char *end) {
    rf_buffer_clear(out);
    rf_buffer_text(out, start);
    for (int i = 0; i < count; i++)
        rf_buffer_text(out, middle);
    rf_buffer_text(out, end);
}

static inline void check_long(const char *start, const char *middle, const char *end, uint32_t errors) {
    RF_CLEANUP(parsed_done) parsed p;
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    parsed_init(&p);
    repeated(&text, start, middle, rf_test_torture() ? 60 : 20000, end);
    rf_check(!text.failed);
    parse(&p, rf_buffer_view(&text), NULL);
    rf_check(p.code == RF_OK);
    rf_check(p.diags.errors == errors);
    rf_fus_dump(p.ast.items, &out);
    rf_check(!out.failed);
}

#endif
