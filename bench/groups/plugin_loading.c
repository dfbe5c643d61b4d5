/* plugin_loading.c: from a file on disk to code that is ready to run. */
#include "plugin_common.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BYTECODE_NS = 2500, SCRIPT_NS = 12000 }; /* issue 5 */

/* A file in the cache: whoever writes it anew makes another one. */
typedef struct kept { ino_t number; struct timespec written; uint32_t files; } kept;

typedef struct loader {
    const rf_plugin_arg *arg;
    rf_plugin_shared shared;
    rf_plugin_host host;
    rf_plugin_file file;
    rf_plugin *last;     /* what the last iteration loaded */
    char cache[280];     /* folder; "": none */
    kept entry;          /* what was in it before */
    ssize_t size, got;   /* of the file; what the last iteration read (RF_FORM_READ) */
    rf_error error;
} loader;

static void close_loader(void *state) {
    loader *l = state;
    rf_plugin_unref(l->last);
    rf_plugin_shared_done(&l->shared);
    rf_free(l);
}

static rf_code load(loader *l, rf_plugin **ret_plugin, rf_error *reterr) {
    return rf_plugin_load(&l->file, &(rf_plugin_load_options){ .shared = &l->shared }, ret_plugin, reterr);
}

/* ---- The cache ---- */

static rf_code look(const char *folder, kept *ret_kept, rf_error *reterr) {
    DIR *dir = opendir(folder);
    *ret_kept = (kept){ 0 };
    if (!dir)
        return rf_raise(reterr, RF_EIO, "reading %s: %s", folder, strerror(errno));
    for (struct dirent *file; (file = readdir(dir));) {
        struct stat about;
        if (file->d_name[0] == '.' || fstatat(dirfd(dir), file->d_name, &about, AT_SYMLINK_NOFOLLOW))
            continue;
        *ret_kept = (kept){ about.st_ino, about.st_mtim, ret_kept->files + 1 };
    }
    (void)closedir(dir);
    return RF_OK;
}

/* Loads once, so that the bytecode is there from now on. */
static rf_code warm(loader *l, rf_error *reterr) {
    rf_code code = load(l, &l->last, reterr);
    if (!code)
        code = look(l->cache, &l->entry, reterr);
    if (!code && l->entry.files != 1)
        code = rf_raise(reterr, RF_EIO, "%s holds %u files after one script was loaded", l->cache, l->entry.files);
    return code;
}

/* A load that did not find its bytecode there would have written it again. */
static rf_code check_cache(const loader *l, rf_error *reterr) {
    kept now;
    rf_code code = look(l->cache, &now, reterr);
    if (code)
        return code;
    bool same = now.files == 1 && now.number == l->entry.number && now.written.tv_sec == l->entry.written.tv_sec
                && now.written.tv_nsec == l->entry.written.tv_nsec;
    return same ? RF_OK : rf_raise(reterr, RF_ESCRIPT, "the script was compiled again: it was not loaded from the cache");
}

/* ---- Loading ---- */

static rf_code fill(loader *l, const rf_plugin_arg *arg, rf_error *reterr) {
    const rf_script *script = rf_script_find(arg->script);
    bool is_cached = arg->form == RF_FORM_CACHED;
    l->arg = arg;
    l->host = (rf_plugin_host){ .kind = "bench" };
    rf_code code = rf_groups_folder(arg->groups, reterr);
    if (code)
        return code;
    if (is_cached)
        (void)snprintf(l->cache, sizeof l->cache, "%s/%s.cache", arg->groups->folder, script->name);
    code = rf_plugin_shared_init(&l->shared, is_cached ? l->cache : NULL, reterr);
    if (!code && is_cached && !l->shared.cache)
        code = rf_raise(reterr, RF_EIO, "%s cannot be used as a cache", l->cache);
    if (!code)
        code = rf_script_file(arg->groups, &l->shared, script, arg->form == RF_FORM_READ ? RF_FORM_FZB : arg->form, &l->file.path, reterr);
    l->file.stem = RF_SLICE("bench");
    return !code && is_cached ? warm(l, reterr) : code;
}

static rf_code open_loader(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    struct stat about;
    loader *l = rf_alloc_zero(1, sizeof *l);
    if (!l)
        return rf_raise_nomem(reterr);
    rf_code code = fill(l, bench->arg, reterr);
    if (!code && stat(l->file.path, &about))
        code = rf_raise(reterr, RF_EIO, "reading %s: %s", l->file.path, strerror(errno));
    if (code) {
        close_loader(l);
        return code;
    }
    l->size = (ssize_t)about.st_size;
    *ret_state = l;
    return RF_OK;
}

static void work(void *state, uint64_t iterations) {
    loader *l = state;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        rf_plugin_unref(l->last);
        l->last = NULL;
        if (load(l, &l->last, &error)) {
            rf_plugin_note(&l->error, &error);
            return;
        }
    }
}

static rf_code check(void *state, rf_error *reterr) {
    loader *l = state;
    if (l->error.code) {
        if (reterr)
            *reterr = l->error;
        return l->error.code;
    }
    if (!l->last)
        return rf_raise(reterr, RF_ESCRIPT, "nothing was loaded");
    rf_code code = rf_plugin_works(l->last, &l->host, rf_script_find(l->arg->script)->hooks, reterr);
    return !code && l->arg->form == RF_FORM_CACHED ? check_cache(l, reterr) : code;
}

/* ---- The system's part: what no load can do without ---- */

static void work_read(void *state, uint64_t iterations) {
    loader *l = state;
    char bytes[8192];
    for (uint64_t i = 0; i < iterations; i++) {
        int fd = open(l->file.path, O_RDONLY | O_CLOEXEC);
        l->got = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
        if (fd >= 0)
            (void)close(fd);
        rf_keep(bytes);
    }
}

static rf_code check_read(void *state, rf_error *reterr) {
    const loader *l = state;
    return l->got == l->size ? RF_OK : rf_raise(reterr, RF_EIO, "%s: %zd bytes were read of %zd", l->file.path, l->got, l->size);
}

/* ---- Rows ---- */

/* Only a long script is kept in the cache; for that one there is no target. */
static double target_of(const char *script, rf_form form) {
    if (form == RF_FORM_READ || strcmp(script, "load_long") == 0)
        return 0;
    return form == RF_FORM_FZB ? BYTECODE_NS : SCRIPT_NS;
}

static rf_code add(rf_groups *groups, const char *group, const char *name, const char *script, rf_form form, rf_error *reterr) {
    rf_bench row = { .group = group, .name = name, .open = open_loader, .work = work, .check = check, .close = close_loader };
    row.doc = "reads a plugin from its file, checks its manifest, makes its code ready to run";
    row.target_ns = target_of(script, form);
    if (form == RF_FORM_READ) {
        row.doc = "opens, reads and closes the file: the system's part of a load";
        row.work = work_read;
        row.check = check_read;
    }
    return rf_plugin_row(groups, row, &(rf_plugin_arg){ .form = form, .script = script }, reterr);
}

rf_code rf_group_loading(rf_groups *groups, rf_error *reterr) {
    static const struct { const char *group, *name, *script; rf_form forms[5]; } rows[] = {
        { "plugin_loading_bytecode", "minimal_bytecode", "chunk_minimal", { RF_FORM_FZB, RF_FORM_READ } },
        { "plugin_loading_bytecode", "complex_bytecode", "chunk_complex", { RF_FORM_FZB, RF_FORM_READ } },
        { "plugin_loading_script", "minimal", "load_minimal", { RF_FORM_FSX, RF_FORM_JS } },
        { "plugin_loading_script", "with_function", "load_with_function", { RF_FORM_FSX, RF_FORM_JS } },
        { "plugin_loading_script", "with_hooks", "load_with_hooks", { RF_FORM_FSX, RF_FORM_JS } },
        { "plugin_loading_script", "complex", "load_complex", { RF_FORM_FSX, RF_FORM_JS } },
        { "plugin_loading_script", "long", "load_long", { RF_FORM_FSX, RF_FORM_CACHED, RF_FORM_FZB, RF_FORM_JS } },
    };
    rf_code code = RF_OK;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (const rf_form *form = rows[i].forms; *form && !code; form++)
            code = add(groups, rows[i].group, rows[i].name, rows[i].script, *form, reterr);
    return code;
}
