/* fusabi_syntax_fuzz.c: any bytes as a Fusabi script: lexed and parsed. */
#include "fuzz.h"

#include "base/slice.h"
#include "script/fusabi/ast_dump.h"
#include "script/fusabi/parse.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rf_slice text = { (const char *)data, size };
    RF_CLEANUP(rf_buffer_done) rf_buffer dumped = { 0 };
    uint32_t errors;
    if (parse(text, &dumped, &errors))
        (void)rf_fus_text_unfinished(text);
    return 0;
}
