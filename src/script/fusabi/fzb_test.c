/* fzb_test.c: version-2 files: what is written reads back as the same, and nothing changed does. */
#include "script/fusabi/compile.h"
#include "script/fusabi/fzb_fixture.h"

#include "base/alloc.h"

/* Programs of every kind of constant and table, and what they give. */
static const struct { const char *source, *result; } scripts[] = {
    { "1 + 2", "3" },
    { "let rec fib n = if n < 2 then n else fib (n - 1) + fib (n - 2)\nfib 15", "610" },
    { "let make a =\n  let mutable total = a\n  fun b ->\n    total <- total + b\n    total\nlet f = make 10\nlet a = f 1\nlet b = f 2\n(a, b)", "(11, 13)" },
    { "let p = { x = 1; y = 2.5 }\n{ p with x = 9223372036854775807 }", "{ x = 9223372036854775807; y = 2.5 }" },
    { "let f v = match v with | Pair (a, [b; c]) -> \"two\" | Some _ -> \"some\" | None -> \"none\"\n"
      "(f (Pair (1, [2; 3])), f (Some 1), f None, (1, (\"deep\", [true; false])), ())",
      "(two, some, none, (1, (deep, [true; false])), ())" },
    { "let xs = [for i in 1 .. 5 do if i % 2 = 1 then yield i * i]\nList.map (fun x -> x + 1) xs", "[2; 10; 26]" },
    { "let safe f = try f () with e -> -1\n(safe (fun () -> 1 / 0), safe (fun () -> 7))", "(-1, 7)" },
    { "let name = \"caf\xc3\xa9\"\nsprintf \"%s %d\" [name; 3]", "caf\xc3\xa9 3" },
    { "module M =\n  let twice x = x * 2\n  let text = \"t\"\n(M.twice 4, M.text)", "(8, t)" },
};
enum { SCRIPTS = sizeof scripts / sizeof *scripts };

static rf_code compile(run *r, const char *source) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 8192);
    rf_fus_texts texts = { 0 };
    rf_fus_diags diags;
    rf_fus_diags_init(&diags, &arena);
    rf_source text = { "t.fsx", rf_slice_of(source) };
    rf_code code = r->engine ? RF_OK : rf_fus_engine_new(&r->engine, &r->error);
    if (!code)
        code = rf_fus_compile(r->engine, &text, &(rf_fus_compile_options){ 0 }, &texts, &diags, &r->program, &r->error);
    rf_fus_diags_done(&diags);
    rf_vec_done(&texts);
    return code;
}

/* Compiles and writes: r->file, and no program. */
static rf_code make_file(run *r, const char *source, const rf_fus_write_options *options) {
    rf_code code = compile(r, source);
    if (!code)
        code = rf_fus_fzb_write(r->program, options, &r->file, &r->error);
    rf_fus_program_unref(r->program);
    r->program = NULL;
    return code;
}

RF_TEST(programs_read_back_give_what_they_gave) {
    for (size_t i = 0; i < SCRIPTS; i++) {
        RF_CLEANUP(run_done) run r = { 0 };
        rf_code code = compile(&r, scripts[i].source);
        rf_check_text(rf_slice_of(code ? r.error.message : ""), rf_slice_of(""));
        code = run_program(&r);
        rf_check_text(rf_slice_of(code ? r.error.message : ""), rf_slice_of(""));
        rf_check_text(rf_buffer_view(&r.text), rf_slice_of(scripts[i].result));
        rf_check(run_again(&r) == RF_OK);
        rf_check_text(rf_buffer_view(&r.text), rf_slice_of(scripts[i].result));
    }
}

RF_TEST(a_file_written_again_is_the_same_file) {
    for (size_t i = 0; i < SCRIPTS; i++) {
        RF_CLEANUP(run_done) run r = { 0 };
        RF_CLEANUP(rf_buffer_done) rf_buffer again = { 0 };
        rf_check(make_file(&r, scripts[i].source, NULL) == RF_OK);
        rf_check(run_read(&r, rf_buffer_view(&r.file)) == RF_OK);
        rf_check(rf_fus_fzb_write(r.program, NULL, &again, &r.error) == RF_OK);
        rf_check(rf_slice_eq(rf_buffer_view(&r.file), rf_buffer_view(&again)));
    }
}

RF_TEST(exports_places_and_names_are_kept) {
    RF_CLEANUP(run_done) run r = { 0 };
    rf_check(make_file(&r, "let on_start x = x / 0\n\nlet count = 3\non_start 1\n", NULL) == RF_OK);
    rf_check(run_read(&r, rf_buffer_view(&r.file)) == RF_OK);
    rf_check(rf_fus_program_export(r.program, RF_SLICE("on_start")) && rf_fus_program_export(r.program, RF_SLICE("count")));
    rf_check(!rf_fus_program_export(r.program, RF_SLICE("x")));
    rf_check(run_program(&r) == RF_ESCRIPT);
    rf_check(r.error.place.line == 1 && strcmp(r.error.place.file, "t.fsx") == 0);
    rf_slice trace = rf_fus_vm_trace(r.vm);
    rf_check(trace.data && strstr(trace.data, "on_start"));
}

RF_TEST(a_stripped_file_is_smaller_and_keeps_what_hosts_look_up) {
    RF_CLEANUP(run_done) run r = { 0 };
    static const char source[] = "let on_start x =\n  let helper y = y / 0\n  helper x\non_start 1\n";
    rf_check(make_file(&r, source, NULL) == RF_OK);
    size_t full = r.file.len;
    rf_buffer_clear(&r.file);
    rf_check(make_file(&r, source, &(rf_fus_write_options){ .strip = true }) == RF_OK);
    rf_check(r.file.len < full);
    rf_check(run_read(&r, rf_buffer_view(&r.file)) == RF_OK);
    rf_check(rf_fus_program_export(r.program, RF_SLICE("on_start")));
    rf_check(run_program(&r) == RF_ESCRIPT && r.error.place.line == 0);
}

RF_TEST(the_manifest_comes_back) {
    RF_CLEANUP(run_done) run r = { 0 };
    rf_check(compile(&r, "1") == RF_OK);
    r.program->manifest = RF_SLICE("name = \"t\"\n");
    rf_check(rf_fus_fzb_write(r.program, NULL, &r.file, &r.error) == RF_OK);
    rf_fus_program_unref(r.program);
    r.program = NULL;
    rf_check(run_read(&r, rf_buffer_view(&r.file)) == RF_OK);
    rf_check_text(r.program->manifest, RF_SLICE("name = \"t\"\n"));
}

RF_TEST(a_small_program_is_a_small_file) {
    RF_CLEANUP(run_done) run r = { 0 };
    rf_check(make_file(&r, "1", &(rf_fus_write_options){ .strip = true }) == RF_OK);
    rf_check(r.file.len < 90);
}

/* ---- Damage ---- */

RF_TEST(a_change_of_any_byte_is_refused) {
    for (size_t i = 0; i < SCRIPTS; i++) {
        RF_CLEANUP(run_done) run r = { 0 };
        rf_check(make_file(&r, scripts[i].source, NULL) == RF_OK);
        for (size_t at = 0; at < r.file.len && !rf_test_torture(); at++)
            for (unsigned change = 1; change < 256; change = change * 3 + 1) {
                r.file.data[at] = (char)((uint8_t)r.file.data[at] ^ change);
                rf_check(run_read(&r, rf_buffer_view(&r.file)) == RF_EPARSE);
                r.file.data[at] = (char)((uint8_t)r.file.data[at] ^ change);
            }
    }
}

RF_TEST(a_file_cut_anywhere_or_made_longer_is_refused) {
    RF_CLEANUP(run_done) run r = { 0 };
    rf_check(make_file(&r, scripts[4].source, NULL) == RF_OK);
    for (size_t len = 0; len < r.file.len && !rf_test_torture(); len++)
        rf_check(run_read(&r, (rf_slice){ r.file.data, len }) == RF_EPARSE);
    rf_buffer_char(&r.file, 0);
    rf_check(run_read(&r, rf_buffer_view(&r.file)) == RF_EPARSE);
}

static void reseal(rf_buffer *file) {
    rf_code code = rf_fus_fzb_seal((uint8_t *)file->data, file->len, NULL, NULL);
    (void)code; /* only signing fails */
}

/* With checksum and hash that fit, as somebody would make them who means harm. */
RF_TEST(a_change_of_any_byte_under_a_right_checksum_is_refused_or_harmless) {
    RF_CLEANUP(run_done) run r = { 0 };
    rf_check(make_file(&r, scripts[5].source, NULL) == RF_OK);
    for (size_t at = RF_FUS_FZB_HEAD_BYTES; at < r.file.len && !rf_test_torture(); at++)
        for (unsigned change = 1; change < 256; change *= 2) {
            RF_CLEANUP(run_done) run changed = { 0 };
            r.file.data[at] = (char)((uint8_t)r.file.data[at] ^ change);
            reseal(&r.file);
            if (run_read(&changed, rf_buffer_view(&r.file)) == RF_OK)
                (void)run_program(&changed);
            r.file.data[at] = (char)((uint8_t)r.file.data[at] ^ change);
        }
}

/* The same, cut: no read may go past the end. */
RF_TEST(content_cut_anywhere_under_a_right_checksum_is_refused) {
    RF_CLEANUP(run_done) run r = { 0 };
    rf_check(make_file(&r, scripts[4].source, NULL) == RF_OK);
    for (size_t len = RF_FUS_FZB_HEAD_BYTES; len < r.file.len && !rf_test_torture(); len++) {
        rf_buffer cut = { .data = rf_alloc(len), .len = len };
        rf_check(cut.data);
        memcpy(cut.data, r.file.data, len);
        reseal(&cut);
        rf_code code = run_read(&r, rf_buffer_view(&cut));
        rf_free(cut.data);
        rf_check(code == RF_EPARSE && strstr(r.error.message, "offset"));
    }
}

RF_TEST(files_for_other_instructions_are_refused) {
    RF_CLEANUP(run_done) run r = { 0 };
    rf_check(make_file(&r, "1", NULL) == RF_OK);
    r.file.data[RF_FUS_FZB_HEAD_BYTES + 2] ^= 1; /* the set's sum */
    reseal(&r.file);
    rf_check(run_read(&r, rf_buffer_view(&r.file)) == RF_EPARSE);
    rf_check(strstr(r.error.message, "another set of instructions") || rf_test_torture());
}

/* ---- Signatures ---- */

static const uint8_t secret_key[32] = { 7, 1, 9, 3 };

RF_TEST(a_signed_file_is_taken_with_the_right_key_only) {
    RF_CLEANUP(run_done) run r = { 0 };
    uint8_t key[32], other_key[32];
    rf_check(rf_fus_public_key(secret_key, key, &r.error) == RF_OK);
    memcpy(other_key, key, sizeof key);
    other_key[0] ^= 2;
    rf_check(make_file(&r, "1", &(rf_fus_write_options){ .secret_key = secret_key }) == RF_OK);
    rf_fus_fzb_options options = { .name = "p.fzb", .public_key = key };
    rf_check(rf_fus_fzb_read(r.engine, rf_buffer_view(&r.file), &options, &r.program, &r.error) == RF_OK);
    rf_fus_program_unref(r.program);
    r.program = NULL;
    options.public_key = other_key;
    rf_check(rf_fus_fzb_read(r.engine, rf_buffer_view(&r.file), &options, &r.program, &r.error) == RF_EREFUSED);
    rf_check(run_read(&r, rf_buffer_view(&r.file)) == RF_OK); /* nobody asks */
}

RF_TEST(an_unsigned_file_is_refused_where_a_signature_is_wanted) {
    RF_CLEANUP(run_done) run r = { 0 };
    uint8_t key[32];
    rf_check(rf_fus_public_key(secret_key, key, &r.error) == RF_OK);
    rf_fus_fzb_options options = { .name = "p.fzb", .public_key = key };
    rf_check(make_file(&r, "1", NULL) == RF_OK);
    rf_check(rf_fus_fzb_read(r.engine, rf_buffer_view(&r.file), &options, &r.program, &r.error) == RF_EREFUSED);
    rf_check_text(rf_slice_of(r.error.message), rf_slice_of("p.fzb: not signed"));
    RF_CLEANUP(v1_done) v1 chunk = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer file = { 0 };
    load_int(&chunk, 1), v1_op(&chunk, RF_FUS_V1_RETURN), v1_file(&file, &chunk);
    rf_check(rf_fus_fzb_read(r.engine, rf_buffer_view(&file), &options, &r.program, &r.error) == RF_EREFUSED);
}

/* Changed by somebody who can make a checksum and a hash, but no signature. */
RF_TEST(a_signed_file_made_right_but_for_its_signature_is_refused) {
    RF_CLEANUP(run_done) run r = { 0 };
    uint8_t key[32];
    rf_check(rf_fus_public_key(secret_key, key, &r.error) == RF_OK);
    rf_fus_fzb_options options = { .public_key = key };
    rf_check(make_file(&r, "1", &(rf_fus_write_options){ .secret_key = secret_key }) == RF_OK);
    for (size_t at = RF_FUS_FZB_HEAD_BYTES; at < r.file.len && !rf_test_torture(); at++) {
        r.file.data[at] = (char)((uint8_t)r.file.data[at] ^ 4);
        reseal(&r.file);
        rf_check(rf_fus_fzb_read(r.engine, rf_buffer_view(&r.file), &options, &r.program, &r.error) == RF_EREFUSED);
        r.file.data[at] = (char)((uint8_t)r.file.data[at] ^ 4);
    }
}

/* And one whose hash is left as it was signed. */
RF_TEST(a_signature_is_about_the_content_that_is_there) {
    RF_CLEANUP(run_done) run r = { 0 };
    uint8_t key[32], hash[32];
    rf_check(rf_fus_public_key(secret_key, key, &r.error) == RF_OK);
    rf_check(make_file(&r, "1", &(rf_fus_write_options){ .secret_key = secret_key }) == RF_OK);
    memcpy(hash, r.file.data + RF_FUS_FZB_HASH_AT, sizeof hash);
    rf_check(rf_fus_fzb_check_seal(rf_buffer_view(&r.file), key, hash, &r.error) == RF_OK);
    rf_check(memcmp(hash, r.file.data + RF_FUS_FZB_HASH_AT, sizeof hash) == 0);
    rf_check(rf_fus_fzb_check_seal(rf_buffer_view(&r.file), NULL, hash, &r.error) == RF_OK);
    rf_check(hash[0] == 0 && memcmp(hash, hash + 1, sizeof hash - 1) == 0); /* nobody has looked at it */
}

RF_TEST(a_signed_file_with_any_byte_changed_is_refused) {
    RF_CLEANUP(run_done) run r = { 0 };
    uint8_t key[32];
    rf_check(rf_fus_public_key(secret_key, key, &r.error) == RF_OK);
    rf_fus_fzb_options options = { .public_key = key };
    rf_check(make_file(&r, "1", &(rf_fus_write_options){ .secret_key = secret_key }) == RF_OK);
    for (size_t at = 0; at < r.file.len && !rf_test_torture(); at++) {
        r.file.data[at] = (char)((uint8_t)r.file.data[at] ^ 4);
        rf_code code = rf_fus_fzb_read(r.engine, rf_buffer_view(&r.file), &options, &r.program, &r.error);
        r.file.data[at] = (char)((uint8_t)r.file.data[at] ^ 4);
        rf_check(code == RF_EPARSE || code == RF_EREFUSED);
    }
}
