/* prelude.c: a program of the build: compiles library/prelude.fsx and writes it as a C file that holds the bytecode.
 *
 *     prelude IN OUT
 *
 * So that a script which uses List.map does not first compile the library's part that is written in Fusabi. */
#include "base/arena.h"
#include "script/fusabi/compile.h"
#include "script/fusabi/fzb.h"
#include "script/fusabi/library.h"

#include <stdio.h>

/* The product's is in OUT. This program needs none: it makes it. */
rf_slice rf_fus_lib_prelude(void) { return (rf_slice){ NULL, 0 }; }

static bool read_file(const char *path, rf_buffer *text) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    char part[65536];
    for (size_t len; (len = fread(part, 1, sizeof part, file)) > 0;)
        rf_buffer_append(text, part, len);
    bool fine = !ferror(file) && !text->failed;
    return fclose(file) == 0 && fine;
}

static bool write_file(const char *path, rf_slice bytes) {
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    (void)fputs("/* prelude.c: library/prelude.fsx as bytecode, written by tools/prelude.c. */\n#include \"script/fusabi/library.h\"\n\n"
                "static const unsigned char bytes[] = {",
                file);
    for (size_t i = 0; i < bytes.len; i++)
        (void)fprintf(file, "%s%u,", i % 32 ? "" : "\n", (unsigned char)bytes.data[i]);
    (void)fputs("\n};\n\nrf_slice rf_fus_lib_prelude(void) { return (rf_slice){ (const char *)bytes, sizeof bytes }; }\n", file);
    bool fine = !ferror(file);
    return fclose(file) == 0 && fine;
}

static rf_code compile(rf_fus_engine *engine, const rf_source *source, rf_buffer *ret_bytes, rf_error *reterr) {
    rf_arena arena;
    rf_arena_init(&arena, 256 * 1024);
    rf_fus_texts texts = { 0 };
    rf_fus_diags diags;
    rf_fus_diags_init(&diags, &arena);
    rf_fus_program *program = NULL;
    rf_code code = rf_fus_compile(engine, source, &(rf_fus_compile_options){ .is_library = true }, &texts, &diags, &program, reterr);
    if (!code)
        code = rf_fus_fzb_write(program, &(rf_fus_write_options){ 0 }, ret_bytes, reterr);
    rf_fus_program_unref(program);
    rf_fus_diags_done(&diags);
    rf_vec_done(&texts);
    rf_arena_done(&arena);
    return code;
}

int main(int argc, char **argv) {
    rf_fus_engine *engine = NULL;
    rf_buffer text = { 0 }, bytes = { 0 };
    rf_error error = { .message = "usage: prelude IN OUT" };
    bool fine = argc == 3 && read_file(argv[1], &text) && !rf_fus_engine_new(&engine, &error) &&
                !compile(engine, &(rf_source){ "prelude.fsx", rf_buffer_view(&text) }, &bytes, &error) &&
                write_file(argv[2], rf_buffer_view(&bytes));
    if (!fine)
        (void)fprintf(stderr, "prelude: %s:%u:%u: %s\n", argc > 1 ? argv[1] : "", error.place.line, error.place.column, error.message);
    rf_fus_engine_unref(engine);
    rf_buffer_done(&text);
    rf_buffer_done(&bytes);
    return fine ? 0 : 1;
}
