/* script.c: a Fusabi script that a command works on: its text, its findings, and how both are shown. */
#include "cli/script.h"

#include "base/number.h"
#include "base/slice.h"
#include "script/fusabi/files.h"
#include "script/fusabi/fzb.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void rf_cli_script_init(rf_cli_script *script) {
    *script = (rf_cli_script){ .name = "" };
    rf_arena_init(&script->arena, 16 * 1024);
    rf_fus_diags_init(&script->diags, &script->arena);
}

void rf_cli_script_done(rf_cli_script *script) {
    rf_fus_diags_done(&script->diags);
    rf_vec_done(&script->texts);
    rf_arena_done(&script->arena);
}

rf_code rf_cli_script_read(rf_cli_script *script, const char *path, rf_error *reterr) {
    script->name = strcmp(path, "-") == 0 ? "standard input" : path;
    return rf_fus_file_read(&script->arena, path, &script->bytes, reterr);
}

rf_code rf_cli_script_compile(rf_cli_script *script, rf_fus_engine *engine, const rf_fus_compile_options *options,
                              const uint8_t *public_key, rf_fus_program **ret_program, rf_error *reterr) {
    if (rf_fus_is_fzb(script->bytes)) {
        const rf_fus_fzb_options how = { .name = script->name, .public_key = public_key };
        return rf_fus_fzb_read(engine, script->bytes, &how, ret_program, reterr);
    }
    if (public_key)
        return rf_raise(reterr, RF_EREFUSED, "%s is no .fzb file, so it carries no signature", script->name);
    rf_code code = rf_fus_text_check(script->name, script->bytes, reterr);
    if (code)
        return code;
    rf_fus_compile_options how = *options;
    how.loader = &rf_fus_file_loader;
    const rf_source source = { script->name, script->bytes };
    return rf_fus_compile(engine, &source, &how, &script->texts, &script->diags, ret_program, reterr);
}

void rf_cli_script_findings(const rf_cli_script *script, rf_buffer *out, bool warnings) {
    bool colour = rf_cli_colours();
    for (size_t i = 0; i < script->diags.list.count; i++)
        if (warnings || script->diags.list.items[i].severity == RF_FUS_ERROR)
            rf_fus_diag_show(out, &script->texts, &script->diags.list.items[i], colour);
    size_t all = (size_t)script->diags.errors + (warnings ? script->diags.warnings : 0);
    if (script->diags.list.count >= RF_FUS_DIAGS_MAX && all > RF_FUS_DIAGS_MAX)
        rf_buffer_printf(out, "%s: %zu findings in all; the first %d are shown\n", script->name, all, RF_FUS_DIAGS_MAX);
}

/* The text of that name, or NULL. */
static const rf_source *source_of(const rf_fus_texts *texts, const char *name) {
    for (size_t i = 0; i < texts->count; i++) {
        const rf_source *source = &texts->items[i].source;
        rf_slice full = rf_slice_of(source->name), shown = rf_slice_of(name);
        bool cut = shown.len + 4 >= sizeof(((rf_place *)0)->file); /* a place keeps the end of a long name */
        if (shown.len && (rf_slice_eq(full, shown) || (cut && rf_slice_ends(full, shown))))
            return source;
    }
    return NULL;
}

void rf_cli_show_error(rf_buffer *out, const rf_fus_texts *texts, const char *name, const rf_error *error, rf_slice trace) {
    rf_error shown = *error;
    if (!shown.place.file[0])
        rf_error_place(&shown, name, 0, 0);
    rf_source_show(out, source_of(texts, shown.place.file), &shown, rf_cli_colours());
    rf_buffer_slice(out, trace);
    if (trace.len && trace.data[trace.len - 1] != '\n')
        rf_buffer_char(out, '\n');
}

void rf_cli_script_error(const rf_cli_script *script, rf_buffer *out, const rf_error *error, rf_slice trace) {
    rf_cli_show_error(out, &script->texts, script->name, error, trace);
}

void rf_cli_script_complain(const rf_cli_script *script, rf_code code, const rf_error *error) {
    rf_buffer out = { 0 };
    if (code == RF_ESCRIPT && script->diags.list.count)
        rf_cli_script_findings(script, &out, false);
    if (out.len == 0)
        rf_cli_script_error(script, &out, error, (rf_slice){ NULL, 0 });
    if (!rf_cli_flush(&out, STDERR_FILENO))
        (void)fprintf(stderr, "riffle: %s\n", error->message);
}

bool rf_cli_colours(void) {
    const char *none = getenv("NO_COLOR");
    return (!none || !*none) && isatty(STDERR_FILENO) == 1;
}

bool rf_cli_parse_size(const char *text, uint64_t *ret_bytes) {
    static const struct { const char *unit; uint64_t bytes; } units[] = {
        { "", 1 }, { "B", 1 }, { "KB", 1000 }, { "MB", 1000000 }, { "GB", 1000000000 },
        { "KiB", UINT64_C(1) << 10 }, { "MiB", UINT64_C(1) << 20 }, { "GiB", UINT64_C(1) << 30 },
        { "K", UINT64_C(1) << 10 }, { "M", UINT64_C(1) << 20 }, { "G", UINT64_C(1) << 30 },
    };
    size_t digits = strspn(text, "0123456789");
    int64_t number;
    if (!rf_number_parse_i64((rf_slice){ text, digits }, &number))
        return false;
    const char *unit = text + digits + strspn(text + digits, " ");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (rf_slice_eq_nocase(rf_slice_of(unit), rf_slice_of(units[i].unit)))
            return !__builtin_mul_overflow((uint64_t)number, units[i].bytes, ret_bytes);
    return false;
}

static bool write_all(int fd, rf_slice content) {
    while (content.len) {
        ssize_t wrote = write(fd, content.data, content.len);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        content = (rf_slice){ content.data + wrote, content.len - (size_t)wrote };
    }
    return true;
}

/* A new file at `beside`, which becomes `path`; what is left over on failure is removed. */
static bool put_file(int fd, const char *beside, const char *path, rf_slice content) {
    struct stat old;
    bool fine = write_all(fd, content);
    mode_t mask = umask(0);
    (void)umask(mask);
    mode_t mode = stat(path, &old) == 0 ? old.st_mode & 07777 : (mode_t)(0666 & ~mask);
    fine = fine && fchmod(fd, mode) == 0;
    fine = close(fd) == 0 && fine;
    fine = fine && rename(beside, path) == 0;
    if (!fine) {
        int why = errno;
        (void)unlink(beside);
        errno = why;
    }
    return fine;
}

rf_code rf_cli_replace_file(const char *path, rf_slice content, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer beside = { 0 };
    char *target = realpath(path, NULL); /* through symbolic links, so that they stay */
    const char *place = target ? target : path;
    rf_buffer_printf(&beside, "%s.XXXXXX", place);
    rf_code code = rf_buffer_cstr(&beside) ? RF_OK : rf_raise_nomem(reterr);
    if (!code) {
        int fd = mkostemp(beside.data, O_CLOEXEC);
        if (fd < 0 || !put_file(fd, beside.data, place, content))
            code = rf_raise(reterr, RF_EIO, "cannot write %s: %s", path, strerror(errno));
    }
    free(target); /* made by realpath */
    return code;
}
