/* compile.c: source text to program: the phases in a row. */
#include "script/fusabi/compile.h"

#include "base/slice.h"
#include "script/fusabi/fzb.h"
#include "script/fusabi/infer.h"

#include <assert.h>

/* Warnings of the kind that --strict does not accept become errors. */
static void make_strict(rf_fus_diags *diags) {
    for (size_t i = 0; i < diags->list.count; i++) {
        rf_fus_diag *diag = &diags->list.items[i];
        if (diag->severity != RF_FUS_WARNING || !diag->strict_error)
            continue;
        diag->severity = RF_FUS_ERROR;
        diags->warnings--;
        diags->errors++;
    }
}

/* The first error becomes the error of the call. */
static rf_code first_error(const rf_fus_diags *diags, const rf_fus_texts *texts, rf_error *reterr) {
    for (size_t i = 0; i < diags->list.count; i++) {
        if (diags->list.items[i].severity != RF_FUS_ERROR)
            continue;
        rf_code code = rf_raise(reterr, RF_ESCRIPT, "%s", diags->list.items[i].message);
        if (reterr)
            rf_fus_diag_error(texts, &diags->list.items[i], reterr);
        return code;
    }
    return rf_raise(reterr, RF_ESCRIPT, "the script has errors");
}

static rf_code check(const rf_fus_diags *diags, const rf_fus_texts *texts, rf_error *reterr) {
    if (diags->no_memory)
        return rf_raise_nomem(reterr);
    return diags->errors ? first_error(diags, texts, reterr) : RF_OK;
}

static rf_code fuse_all(rf_fus_program *program, rf_arena *arena, rf_error *reterr) {
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < program->proto_count && !code; i++)
        code = rf_fus_fuse(&program->protos[i], arena, reterr);
    return code;
}

/* The program in its last form. Our own code is verified too in builds for tests (meson.build). */
static rf_code finish(rf_fus_program *program, const rf_fus_compile_options *options, rf_arena *arena, rf_error *reterr) {
    rf_code code = options->no_optimise ? RF_OK : fuse_all(program, arena, reterr);
    program->is_plain = options->no_optimise;
#ifdef RF_CHECKED
    rf_error error;
    if (!code) {
        rf_code verified = rf_fus_verify(program, &error);
        assert(verified == RF_OK || verified == RF_ENOMEM);
        (void)verified;
    }
#endif
    return code ? code : rf_fus_lower(program, reterr);
}

static rf_code compile_tree(rf_fus_engine *engine, rf_fus_ast *ast, const rf_fus_compile_options *options, rf_fus_diags *diags,
                            rf_fus_program **ret_program, rf_error *reterr) {
    rf_fus_resolved resolved;
    ast->is_library = options->is_library;
    rf_code code = rf_fus_resolve(ast, engine, diags, &resolved, reterr);
    if (!code && (options->infer || options->strict))
        code = rf_fus_infer(ast, &resolved, engine, diags, reterr);
    if (code)
        return code;
    if (options->strict)
        make_strict(diags);
    code = check(diags, ast->texts, reterr);
    if (code)
        return code;
    code = rf_fus_generate(engine, ast, &resolved, options, diags, ret_program, reterr);
    if (code == RF_ESCRIPT)
        return check(diags, ast->texts, reterr) ? RF_ESCRIPT : code;
    if (code)
        return code;
    code = finish(*ret_program, options, ast->arena, reterr);
    if (code) {
        rf_fus_program_unref(*ret_program);
        *ret_program = NULL;
    }
    return code;
}

/* The first line of a text, which is left without it. */
static rf_slice take_line(rf_slice *text) {
    size_t len = rf_slice_find(*text, '\n'), taken = len < text->len ? len + 1 : len;
    rf_slice line = { text->data, len };
    text->data += taken;
    text->len -= taken;
    return rf_slice_trim(line);
}

/* A script may ask for it itself, as plugins do: `// @strict: true` among the comments at its top. */
static bool asks_for_strict(rf_slice text) {
    while (text.len > 0) {
        rf_slice line = take_line(&text);
        bool is_comment = rf_slice_starts(line, RF_SLICE("//"));
        if (!is_comment && line.len > 0 && !rf_slice_starts(line, RF_SLICE("#!")))
            return false;
        line = is_comment ? rf_slice_trim((rf_slice){ line.data + 2, line.len - 2 }) : line;
        if (rf_slice_starts(line, RF_SLICE("@strict:")))
            return rf_slice_is(rf_slice_trim((rf_slice){ line.data + 8, line.len - 8 }), "true");
    }
    return false;
}

rf_code rf_fus_compile(rf_fus_engine *engine, const rf_source *source, const rf_fus_compile_options *options, rf_fus_texts *texts,
                       rf_fus_diags *diags, rf_fus_program **ret_program, rf_error *reterr) {
    rf_fus_ast ast = { 0 };
    rf_fus_compile_options own = *options;
    own.strict |= asks_for_strict(source->text);
    *ret_program = NULL;
    if (!rf_fus_texts_add(texts, *source))
        return rf_raise_nomem(reterr);
    rf_code code = rf_fus_parse(diags->arena, texts, own.loader, diags, &ast, reterr);
    if (!code)
        code = check(diags, texts, reterr);
    return code ? code : compile_tree(engine, &ast, &own, diags, ret_program, reterr);
}
