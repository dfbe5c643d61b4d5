/* vm_fusabi_compile.c: plugins in Fusabi: text or bytecode to a program, by way of the cache. */
#include "base/alloc.h"
#include "base/slice.h"
#include "observe/zone.h"
#include "plugin/cache.h"
#include "plugin/vm_fusabi.h"
#include "script/fusabi/compile.h"
#include "script/fusabi/files.h"
#include "script/fusabi/fzb.h"

#include <assert.h>

/* ---- From text ---- */

typedef struct work {
    rf_arena arena;
    rf_fus_texts texts;
    rf_fus_diags diags;
} work;

static void work_done(work *w) {
    rf_fus_diags_done(&w->diags);
    rf_vec_done(&w->texts);
    rf_arena_done(&w->arena);
}

/* Messages, configuration and state come from outside, without a type: that it is not known is no finding in a plugin. */
static void show_findings(const work *w, rf_buffer *out) {
    for (size_t i = 0; i < w->diags.list.count; i++) {
        const rf_fus_diag *diag = &w->diags.list.items[i];
        if (diag->severity == RF_FUS_ERROR || !diag->undecided)
            rf_fus_diag_show(out, &w->texts, diag, false);
    }
}

/* By its content, and by its name: a damaged file is no text. */
static bool is_bytecode(const rf_plugin_text *text) {
    return rf_fus_is_fzb(text->bytes) || rf_slice_ends(rf_slice_of(text->path), RF_SLICE(".fzb"));
}

/* A finding that no phase of the compiler made. */
static void show_error(const rf_plugin_text *text, const rf_error *error, rf_buffer *out) {
    rf_error shown = *error;
    if (!shown.place.file[0])
        rf_error_place(&shown, text->path, 0, 0);
    const rf_source source = { text->path, text->bytes };
    rf_source_show(out, is_bytecode(text) ? NULL : &source, &shown, false);
}

static rf_code compile_text(rf_fus_engine *engine, const rf_plugin_text *text, rf_buffer *out, rf_fus_program **ret_program,
                            rf_error *reterr) {
    RF_ZONE(RF_ZONE_COMPILE, text->path);
    RF_CLEANUP(work_done) work w = { 0 };
    rf_arena_init(&w.arena, 16 * 1024);
    rf_fus_diags_init(&w.diags, &w.arena);
    const rf_source source = { text->path, text->bytes };
    const rf_fus_compile_options how = { .loader = &rf_fus_file_loader, .infer = true };
    rf_code code = rf_fus_text_check(text->path, text->bytes, reterr);
    if (code) {
        reterr->code = RF_ESCRIPT;
        show_error(text, reterr, out);
        return RF_ESCRIPT;
    }
    code = rf_fus_compile(engine, &source, &how, &w.texts, &w.diags, ret_program, reterr);
    show_findings(&w, out);
    return code;
}

/* ---- The cache: an entry is the length of the findings (4 bytes, as this machine has it), the findings, the bytecode ---- */

#define CACHED_BYTES_MIN 1000u /* shorter ones are compiled in less time than opening, hashing and checking an entry takes */

/* A script that loads others depends on them too, so it is compiled each time. */
static bool may_be_cached(rf_slice text) {
    static const char load[] = "#load";
    return text.len >= CACHED_BYTES_MIN && !memmem(text.data, text.len, load, sizeof load - 1);
}

/* Messages name the path, so it is in the compiled form. */
static bool make_salt(const rf_plugin_shared *shared, const char *path, rf_buffer *salt) {
    rf_buffer_slice(salt, shared->salt);
    rf_buffer_text(salt, path);
    return !salt->failed;
}

/* The program of an entry; NULL: the entry is no good, or memory is short. */
static rf_fus_program *read_entry(rf_fus_engine *engine, rf_slice entry, const char *path, rf_buffer *out) {
    uint32_t len;
    rf_error error;
    rf_fus_program *program = NULL;
    if (entry.len < sizeof len)
        return NULL;
    memcpy(&len, entry.data, sizeof len);
    if (len > entry.len - sizeof len)
        return NULL;
    const rf_slice findings = { entry.data + sizeof len, len };
    const rf_slice bytes = { findings.data + len, entry.len - sizeof len - len };
    if (rf_fus_fzb_read(engine, bytes, &(rf_fus_fzb_options){ .name = path }, &program, &error))
        return NULL;
    rf_buffer_slice(out, findings);
    return program;
}

static rf_fus_program *from_cache(const rf_plugin_shared *shared, const rf_plugin_text *text, rf_slice salt, rf_buffer *out) {
    RF_CLEANUP(rf_buffer_done) rf_buffer entry = { 0 };
    rf_error error;
    if (rf_bytecode_cache_get(shared->cache, text->bytes, salt, &entry, &error))
        return NULL;
    return read_entry(shared->engine, rf_buffer_view(&entry), text->path, out);
}

/* What goes wrong here costs time at the next start and nothing else. */
static void into_cache(const rf_plugin_shared *shared, const rf_plugin_text *text, rf_slice salt, rf_slice findings,
                       const rf_fus_program *program) {
    RF_CLEANUP(rf_buffer_done) rf_buffer entry = { 0 };
    rf_error error;
    uint32_t len = (uint32_t)findings.len;
    rf_buffer_append(&entry, &len, sizeof len);
    rf_buffer_slice(&entry, findings);
    rf_code code = rf_fus_fzb_write(program, &(rf_fus_write_options){ 0 }, &entry, &error);
    if (!code && !entry.failed)
        code = rf_bytecode_cache_put(shared->cache, text->bytes, salt, rf_buffer_view(&entry), &error);
    (void)code;
}

static rf_code compile_cached(const rf_plugin_shared *shared, const rf_plugin_text *text, rf_buffer *out, rf_fus_program **ret_program,
                              rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer salt = { 0 };
    if (!make_salt(shared, text->path, &salt))
        return rf_raise_nomem(reterr);
    *ret_program = from_cache(shared, text, rf_buffer_view(&salt), out);
    if (*ret_program)
        return RF_OK;
    rf_code code = compile_text(shared->engine, text, out, ret_program, reterr);
    if (!code && !out->failed)
        into_cache(shared, text, rf_buffer_view(&salt), rf_buffer_view(out), *ret_program);
    return code;
}

/* ---- As rf_vm_kind has them ---- */

static rf_code program_of(const rf_plugin_shared *shared, const rf_plugin_text *text, rf_buffer *out, rf_fus_program **ret_program,
                          rf_error *reterr) {
    if (is_bytecode(text)) {
        rf_code code = rf_fus_fzb_read(shared->engine, text->bytes, &(rf_fus_fzb_options){ .name = text->path }, ret_program, reterr);
        if (code)
            show_error(text, reterr, out);
        return code;
    }
    if (shared->cache && may_be_cached(text->bytes))
        return compile_cached(shared, text, out, ret_program, reterr);
    return compile_text(shared->engine, text, out, ret_program, reterr);
}

/* It lives in the program, which no other thread knows yet, and holds the only reference. */
static rf_code wrap(rf_fus_program *program, rf_plugin_code **ret_code, rf_error *reterr) {
    rf_plugin_code *made = rf_arena_alloc(&program->arena, sizeof *made);
    if (!made) {
        rf_fus_program_unref(program);
        return rf_raise_nomem(reterr);
    }
    *made = (rf_plugin_code){ .program = program };
    for (uint32_t i = 0; i < program->library_count; i++)
        made->uses |= program->library[i]->needs;
    *ret_code = made;
    return RF_OK;
}

rf_code rf_vm_fusabi_compile(const rf_plugin_shared *shared, const rf_plugin_text *text, rf_buffer *findings, rf_plugin_code **ret_code,
                             rf_error *reterr) {
    assert(shared && text && ret_code);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_error error; /* whoever fails fills all of it */
    rf_fus_program *program = NULL;
    rf_code code = program_of(shared, text, &out, &program, &error);
    if (findings)
        rf_buffer_slice(findings, rf_buffer_view(&out));
    if (!code && (out.failed || (findings && findings->failed))) {
        rf_fus_program_unref(program);
        code = rf_raise_nomem(&error);
    }
    if (!code)
        code = wrap(program, ret_code, &error);
    if (code && reterr) {
        *reterr = error;
        reterr->code = code; /* the compiler's findings have codes of their own */
    }
    return code;
}

void rf_vm_fusabi_code_free(rf_plugin_code *code) {
    if (code)
        rf_fus_program_unref(code->program); /* which it is part of */
}
