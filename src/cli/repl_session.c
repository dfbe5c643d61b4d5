/* repl_session.c: inputs one after the other, each of which sees what those before it defined. */
#include "cli/repl_session.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "script/fusabi/files.h"

#include <assert.h>
#include <stdio.h>

/* How an input is named in the text that loads them all. */
#define INPUT_MARK "session input "

rf_code rf_repl_session_open(rf_repl_session *session, const rf_fus_host *host, rf_error *reterr) {
    assert(session && host);
    *session = (rf_repl_session){ 0 };
    rf_arena_init(&session->arena, 16 * 1024);
    rf_code code = rf_fus_engine_new(&session->engine, reterr);
    return code ? code : rf_fus_vm_new(session->engine, NULL, host, &session->vm, reterr);
}

void rf_repl_session_done(rf_repl_session *session) {
    rf_fus_vm_free(session->vm);
    rf_fus_engine_unref(session->engine);
    rf_table_done(&session->files);
    rf_vec_done(&session->inputs);
    rf_vec_done(&session->names);
    rf_arena_done(&session->arena);
}

void rf_repl_work_done(rf_repl_work *work) {
    rf_fus_program_unref(work->program);
    rf_fus_diags_done(&work->diags);
    rf_vec_done(&work->texts);
    rf_arena_done(&work->arena);
}

/* ---- Loading ---- */

/* A file that #load names: read once in a session. */
static rf_code load_file(rf_repl_session *session, const char *from, rf_slice path, rf_source *ret_source, rf_error *reterr) {
    rf_source source = { 0 };
    rf_code code = rf_fus_file_path(&session->arena, from, path, &source.name, reterr);
    if (code)
        return code;
    rf_slice *known = rf_table_get(&session->files, rf_slice_of(source.name));
    if (known) {
        *ret_source = (rf_source){ source.name, *known };
        return RF_OK;
    }
    code = rf_fus_file_loader.load(NULL, &session->arena, from, path, &source, reterr);
    rf_slice *kept = code ? NULL : rf_arena_alloc(&session->arena, sizeof *kept);
    if (code)
        return code;
    if (!kept || !rf_table_put(&session->files, rf_slice_of(source.name), kept))
        return rf_raise_nomem(reterr);
    *kept = source.text;
    *ret_source = source;
    return RF_OK;
}

static rf_code load(void *user, rf_arena *arena, const char *from, rf_slice path, rf_source *ret_source, rf_error *reterr) {
    rf_repl_session *session = user;
    (void)arena;
    if (!rf_slice_starts(path, RF_SLICE(INPUT_MARK)))
        return load_file(session, from, path, ret_source, reterr);
    size_t index = 0;
    for (size_t i = sizeof INPUT_MARK - 1; i < path.len; i++)
        index = index * 10 + (size_t)(path.data[i] - '0');
    assert(index < session->inputs.count);
    *ret_source = session->inputs.items[index].source;
    return RF_OK;
}

/* ---- Analysing ---- */

/* An input's expression is the value `it` from then on. */
static bool name_it(rf_repl_work *work, rf_fus_item *item) {
    rf_fus_bind *bind = rf_arena_zero(&work->arena, 1, sizeof *bind);
    rf_fus_pat *pat = rf_arena_zero(&work->arena, 1, sizeof *pat);
    if (!bind || !pat)
        return false;
    *pat = (rf_fus_pat){ .kind = RF_FUS_PAT_VAR, .at = item->at, .end = item->at, .text = RF_SLICE("it") };
    *bind = (rf_fus_bind){ .pat = pat, .value = item->expr };
    item->kind = RF_FUS_ITEM_LET;
    item->binds = bind;
    item->bind_count = 1;
    return true;
}

static bool name_values(rf_repl_work *work, rf_fus_item *items) {
    bool room = true;
    for (rf_fus_item *item = items; item && room; item = item->next)
        if (item->kind == RF_FUS_ITEM_EXPR && !item->is_do)
            room = name_it(work, item);
    return room;
}

/* "#load" of every input, the new one last. */
static bool write_main(const rf_repl_session *session, rf_repl_work *work, rf_source *ret_main) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    for (size_t i = 0; i < session->inputs.count; i++)
        rf_buffer_printf(&text, "#load \"" INPUT_MARK "%zu\"\n", i);
    *ret_main = (rf_source){ "session", rf_slice_dup_in(&work->arena, rf_buffer_view(&text)) };
    return !text.failed && ret_main->text.data;
}

/* Where the text of the new input begins. */
static rf_fus_at base_of(const rf_repl_work *work, const char *name) {
    for (size_t i = work->texts.count; i-- > 0;)
        if (work->texts.items[i].source.name == name)
            return work->texts.items[i].base;
    return 0;
}

static rf_code parse(rf_repl_session *session, rf_repl_work *work, rf_error *reterr) {
    const rf_fus_loader loader = { load, session };
    rf_source main;
    if (!write_main(session, work, &main) || !rf_fus_texts_add(&work->texts, main))
        return rf_raise_nomem(reterr);
    rf_code code = rf_fus_parse(&work->arena, &work->texts, &loader, &work->diags, &work->ast, reterr);
    for (rf_fus_item *item = code ? NULL : work->ast.items; item && !code; item = item->next) {
        if (!name_values(work, item->items))
            code = rf_raise_nomem(reterr);
        work->items = item->items; /* in the end the last one's */
    }
    work->base = base_of(work, session->inputs.items[session->inputs.count - 1].source.name);
    return code;
}

/* Mutable globals of a session live in cells: each input has its own globals, copied from the one before. */
static void share_globals(rf_repl_work *work) {
    for (uint32_t i = 0; i < work->resolved.global_count; i++)
        work->resolved.globals[i]->is_shared = work->resolved.globals[i]->is_mutable;
}

static rf_code first_error(const rf_repl_work *work, rf_error *reterr) {
    for (size_t i = 0; i < work->diags.list.count; i++)
        if (work->diags.list.items[i].severity == RF_FUS_ERROR) {
            rf_fus_diag_error(&work->texts, &work->diags.list.items[i], reterr);
            return RF_ESCRIPT;
        }
    return RF_ESCRIPT;
}

static rf_code phases(rf_repl_session *session, rf_repl_work *work, rf_error *reterr) {
    rf_code code = parse(session, work, reterr);
    if (code)
        return code;
    work->ast.is_session = true;
    if (!work->diags.errors)
        code = rf_fus_resolve(&work->ast, session->engine, &work->diags, &work->resolved, reterr);
    if (!code && !work->diags.errors) {
        share_globals(work);
        code = rf_fus_infer(&work->ast, &work->resolved, session->engine, &work->diags, reterr);
    }
    return !code && work->diags.errors ? first_error(work, reterr) : code;
}

/* The new input at the end of the list, under a name that no other has. */
static bool push_input(rf_repl_session *session, const char *name, rf_slice text) {
    char number[32];
    (void)snprintf(number, sizeof number, "input %u", ++session->number);
    const rf_source source = { rf_strdup_in(&session->arena, name ? name : number), rf_slice_dup_in(&session->arena, text) };
    for (size_t i = 0; name && i < session->inputs.count; i++)
        if (strcmp(session->inputs.items[i].source.name, name) == 0) { /* loaded again: this is another text of that name */
            rf_slice older = rf_printf_in(&session->arena, "%s (before input %u)", name, session->number);
            if (older.data)
                session->inputs.items[i].source.name = older.data;
        }
    return source.name && source.text.data && rf_vec_push(&session->inputs, (rf_repl_input){ source });
}

rf_code rf_repl_analyse(rf_repl_session *session, const char *name, rf_slice text, rf_repl_work *work, rf_error *reterr) {
    assert(session && work);
    *work = (rf_repl_work){ 0 };
    rf_arena_init(&work->arena, 64 * 1024);
    rf_fus_diags_init(&work->diags, &work->arena);
    if (!push_input(session, name, text))
        return rf_raise_nomem(reterr);
    rf_code code = phases(session, work, reterr);
    session->inputs.count--; /* until it has run */
    return code;
}

/* ---- Running ---- */

/* Leaves the new input's items and functions for the generator. Functions of before are reached through their globals. */
static void keep_new(rf_repl_work *work) {
    while (work->ast.items && work->ast.items->next)
        work->ast.items = work->ast.items->next;
    rf_fus_function *main = work->resolved.main, *fn = main->next;
    for (; fn && fn->lambda->at < work->base; fn = fn->next) {
        fn->is_known = false;
        work->resolved.function_count--;
    }
    main->next = fn;
    for (uint32_t i = 1; fn; fn = fn->next)
        fn->index = i++;
}

static void take_over(rf_repl_session *session, rf_fus_instance *instance) {
    for (uint32_t i = 0; i < session->global_count; i++)
        rf_fus_instance_set_global(instance, i, rf_fus_instance_global(session->instance, i));
}

/* What was analysed becomes a part of the session. */
static rf_code settle(rf_repl_session *session, const rf_repl_work *work, rf_fus_instance *instance, rf_error *reterr) {
    bool room = rf_vec_room(&session->inputs);
    for (uint32_t i = session->global_count; i < work->resolved.global_count && room; i++) {
        rf_slice name = rf_slice_dup_in(&session->arena, work->resolved.global_names[i]);
        room = name.data && rf_vec_push(&session->names, name);
    }
    if (!room)
        return rf_raise_nomem(reterr);
    session->inputs.count++; /* it is still there, behind the others */
    session->instance = instance;
    session->global_count = work->resolved.global_count;
    return RF_OK;
}

rf_code rf_repl_run(rf_repl_session *session, rf_repl_work *work, rf_error *reterr) {
    assert(session && work && !work->program);
    rf_fus_instance *instance;
    rf_fus_value value;
    keep_new(work);
    rf_code code = rf_fus_generate(session->engine, &work->ast, &work->resolved, &(rf_fus_compile_options){ 0 }, &work->diags,
                                   &work->program, reterr);
    if (!code)
        code = rf_fus_vm_load(session->vm, work->program, &instance, reterr);
    if (code)
        return code;
    take_over(session, instance);
    code = rf_fus_vm_run(session->vm, instance, &value, reterr);
    return code ? code : settle(session, work, instance, reterr);
}
