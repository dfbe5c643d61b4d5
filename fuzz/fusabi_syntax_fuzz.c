/* fusabi_syntax_fuzz.c: any bytes as a Fusabi script: lexed, parsed, formatted. */
#include "fuzz.h"

#include "base/slice.h"
#include "script/fusabi/ast_dump.h"
#include "script/fusabi/parse.h"

#include <string.h>

/* Every #load gives the text itself, under a name that is new a few times. */
static rf_code load(void *user, rf_arena *arena, const char *from, rf_slice path, rf_source *ret_source, rf_error *reterr) {
    (void)from;
    const rf_slice *text = user;
    if (path.len > 3)
        return rf_raise(reterr, RF_EIO, "no such file");
    rf_slice name = rf_slice_dup_in(arena, path);
    if (!name.data)
        return rf_raise_nomem(reterr);
    *ret_source = (rf_source){ name.data, *text };
    return RF_OK;
}

static void check_finding(const rf_fus_texts *texts, const rf_fus_diag *diag, rf_buffer *out) {
    uint32_t line = 0, column = 0;
    const rf_fus_loaded *text = rf_fus_locate(texts, diag->at, &line, &column);
    fuzz_claim(text && line > 0 && column > 0 && diag->message && diag->at <= diag->end);
    rf_fus_diag_show(out, texts, diag, line & 1);
}

/* Parses; false: memory ran out. */
static bool parse(rf_slice text, rf_buffer *dumped, uint32_t *ret_errors) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 16384);
    RF_CLEANUP(rf_fus_diags_done) rf_fus_diags diags;
    rf_fus_diags_init(&diags, &arena);
    RF_CLEANUP(rf_buffer_done) rf_buffer shown = { 0 };
    rf_fus_texts texts = { 0 };
    rf_fus_loader loader = { load, &text };
    rf_fus_ast ast = { 0 };
    rf_code code = rf_fus_texts_add(&texts, (rf_source){ "main", text }) ? rf_fus_parse(&arena, &texts, &loader, &diags, &ast, NULL) : RF_ENOMEM;
    fuzz_claim(code == RF_OK || code == RF_ENOMEM);
    for (size_t i = 0; i < diags.list.count && !code; i++)
        check_finding(&texts, &diags.list.items[i], &shown);
    if (!code)
        rf_fus_dump(ast.items, dumped);
    *ret_errors = diags.errors;
    rf_vec_done(&texts);
    return code == RF_OK && !dumped->failed;
}

/* Formats; the code is the formatter's. */
static rf_code format(rf_slice text, rf_buffer *out) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 16384);
    RF_CLEANUP(rf_fus_diags_done) rf_fus_diags diags;
    rf_fus_diags_init(&diags, &arena);
    rf_fus_texts texts = { 0 };
    rf_source source = { "main", text };
    rf_error error = { 0 };
    rf_code code = rf_fus_format(&source, &diags, &texts, out, &error);
    fuzz_claim(code == RF_OK || code == RF_ENOMEM || (code == RF_EPARSE && error.code == code && error.message[0]));
    rf_vec_done(&texts);
    return code;
}

static bool has_load(rf_slice text) { return text.len && memmem(text.data, text.len, "#load", 5); }

/* What is formatted stays as it is, and is the same program. */
static void check_format(rf_slice text, bool good, const rf_buffer *dumped) {
    RF_CLEANUP(rf_buffer_done) rf_buffer once = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer twice = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer again = { 0 };
    rf_code code = format(text, &once);
    fuzz_claim(code == RF_ENOMEM || good == (code == RF_OK));
    if (code)
        return;
    code = format(rf_buffer_view(&once), &twice);
    fuzz_claim(code == RF_ENOMEM || (!code && rf_slice_eq(rf_buffer_view(&once), rf_buffer_view(&twice))));
    uint32_t errors;
    if (!has_load(rf_buffer_view(&once)) && parse(rf_buffer_view(&once), &again, &errors))
        fuzz_claim(errors == 0 && rf_slice_eq(rf_buffer_view(dumped), rf_buffer_view(&again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rf_slice text = { (const char *)data, size };
    RF_CLEANUP(rf_buffer_done) rf_buffer dumped = { 0 };
    uint32_t errors;
    if (!parse(text, &dumped, &errors))
        return 0;
    (void)rf_fus_text_unfinished(text);
    if (!has_load(text)) /* the formatter reads one text only */
        check_format(text, errors == 0, &dumped);
    return 0;
}
