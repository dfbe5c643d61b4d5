/* discover.c: the files of plugins in folders, and finding one of them. */
#include "plugin/discover.h"

#include "base/nearest.h"
#include "base/slice.h"
#include "base/vec.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

static const char *const endings[] = { ".fsx", ".fzb", ".js" };

typedef RF_VEC(rf_plugin_file) file_list;
static void file_list_done(file_list *list) { rf_vec_done(list); }

typedef struct search {
    rf_arena *arena;
    file_list files;
    rf_error *reterr;
} search;
static void search_done(search *s) { file_list_done(&s->files); }

/* The length of the name without a plugin's ending, or 0: it has none, or nothing stands before it. */
static size_t stem_len(rf_slice name) {
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        rf_slice ending = rf_slice_of(endings[i]);
        if (rf_slice_ends(name, ending))
            return name.len - ending.len;
    }
    return 0;
}

static bool is_plugin_name(rf_slice name) {
    rf_slice stem = { name.data, stem_len(name) };
    return stem.len > 0 && name.data[0] != '.' && !rf_slice_ends(stem, RF_SLICE(".test"));
}

static bool is_kind(const char *path, mode_t kind, struct stat *ret) { return stat(path, ret) == 0 && (ret->st_mode & S_IFMT) == kind; }

/* A file that is there: its path, its stem, its manifest. */
static rf_code describe(rf_arena *arena, const char *path, rf_plugin_file *ret, rf_error *reterr) {
    rf_slice copy = rf_slice_dup_in(arena, rf_slice_of(path));
    const char *slash = copy.data ? strrchr(copy.data, '/') : NULL;
    if (!copy.data)
        return rf_raise_nomem(reterr);
    rf_slice name = rf_slice_of(slash ? slash + 1 : copy.data);
    size_t len = stem_len(name);
    rf_slice base = { copy.data, copy.len - (name.len - (len ? len : name.len)) };
    rf_slice manifest = rf_printf_in(arena, "%.*s.toml", RF_SLICE_ARG(base));
    struct stat about;
    if (!manifest.data)
        return rf_raise_nomem(reterr);
    *ret = (rf_plugin_file){ .path = copy.data, .stem = { name.data, len ? len : name.len } };
    ret->manifest = is_kind(manifest.data, S_IFREG, &about) ? manifest.data : NULL;
    return RF_OK;
}

static rf_code add(search *s, const char *path) {
    rf_plugin_file file;
    rf_code code = describe(s->arena, path, &file, s->reterr);
    if (!code && !rf_vec_push(&s->files, file))
        code = rf_raise_nomem(s->reterr);
    return code;
}

/* DIR/NAME/NAME.{fsx,fzb,js}. */
static rf_code add_folder(search *s, const char *folder, const char *name) {
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        struct stat about;
        rf_slice path = rf_printf_in(s->arena, "%s/%s%s", folder, name, endings[i]);
        if (!path.data)
            return rf_raise_nomem(s->reterr);
        bool hidden_test = rf_slice_ends(rf_slice_of(name), RF_SLICE(".test"));
        rf_code code = !hidden_test && is_kind(path.data, S_IFREG, &about) ? add(s, path.data) : RF_OK;
        if (code)
            return code;
    }
    return RF_OK;
}

static rf_code add_entry(search *s, const char *dir, const char *name) {
    struct stat about;
    if (name[0] == '.')
        return RF_OK;
    rf_slice path = rf_printf_in(s->arena, "%s/%s", dir, name);
    if (!path.data)
        return rf_raise_nomem(s->reterr);
    if (is_kind(path.data, S_IFDIR, &about))
        return add_folder(s, path.data, name);
    return is_plugin_name(rf_slice_of(name)) && is_kind(path.data, S_IFREG, &about) ? add(s, path.data) : RF_OK;
}

/* By stem; of equal stems by path, so that .fsx stands right before .fzb. */
static int compare(const void *a, const void *b) {
    const rf_plugin_file *x = a, *y = b;
    int order = rf_slice_compare(x->stem, y->stem);
    return order ? order : strcmp(x->path, y->path);
}

/* `next` is NAME.fzb, and `file` the NAME.fsx beside it that it was compiled from. */
static bool is_compiled_of(const rf_plugin_file *file, const rf_plugin_file *next) {
    size_t len = strlen(file->path);
    struct stat script, binary;
    if (len < 4 || strlen(next->path) != len || strcmp(file->path + len - 4, ".fsx") != 0 || strcmp(next->path + len - 4, ".fzb") != 0
        || memcmp(file->path, next->path, len - 4) != 0)
        return false;
    if (stat(file->path, &script) != 0 || stat(next->path, &binary) != 0)
        return false;
    bool is_older = binary.st_mtim.tv_sec < script.st_mtim.tv_sec
                    || (binary.st_mtim.tv_sec == script.st_mtim.tv_sec && binary.st_mtim.tv_nsec < script.st_mtim.tv_nsec);
    return !is_older;
}

/* Sorts what was found from `from` on, and takes out what was compiled from its neighbour. */
static void settle(search *s, size_t from) {
    rf_plugin_file *files = s->files.items;
    if (s->files.count - from < 2)
        return;
    qsort(files + from, s->files.count - from, sizeof *files, compare);
    size_t kept = from + 1;
    for (size_t i = from + 1; i < s->files.count; i++) {
        if (!is_compiled_of(&files[kept - 1], &files[i]))
            files[kept++] = files[i];
    }
    s->files.count = kept;
}

static rf_code fail_dir(const char *dir, int number, rf_error *reterr) {
    return rf_raise(reterr, RF_EIO, "the plugin folder %s cannot be read: %s", dir, strerror(number));
}

static rf_code search_dir(search *s, const char *dir) {
    size_t from = s->files.count;
    DIR *open = opendir(dir);
    if (!open)
        return errno == ENOENT || errno == ENOTDIR ? RF_OK : errno == ENOMEM ? rf_raise_nomem(s->reterr) : fail_dir(dir, errno, s->reterr);
    rf_code code = RF_OK;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(open);
        if (!entry && errno)
            code = fail_dir(dir, errno, s->reterr);
        if (!entry || code)
            break;
        code = add_entry(s, dir, entry->d_name);
    }
    (void)closedir(open);
    settle(s, from);
    return code;
}

static rf_code search_all(search *s, const char *const *dirs) {
    rf_code code = RF_OK;
    for (; *dirs && !code; dirs++)
        code = search_dir(s, *dirs);
    return code;
}

rf_code rf_plugin_discover(rf_arena *arena, const char *const *dirs, rf_plugin_file **ret_files, size_t *ret_count, rf_error *reterr) {
    assert(arena && dirs && ret_files && ret_count);
    RF_CLEANUP(search_done) search s = { .arena = arena, .reterr = reterr };
    rf_code code = search_all(&s, dirs);
    if (code)
        return code;
    rf_plugin_file *files = rf_arena_alloc(arena, (s.files.count + 1) * sizeof *files);
    if (!files)
        return rf_raise_nomem(reterr);
    if (s.files.count)
        memcpy(files, s.files.items, s.files.count * sizeof *files);
    *ret_files = files;
    *ret_count = s.files.count;
    return RF_OK;
}

/* ---- One of them ---- */

static rf_code fail_name(search *s, const char *name) {
    bool is_file = stem_len(rf_slice_of(name)) > 0;
    rf_code code = rf_raise(s->reterr, RF_ENOTFOUND, is_file ? "there is no file %s" : "no plugin is called `%s`", name);
    const char **known = rf_arena_alloc(s->arena, (s->files.count + 1) * sizeof *known);
    if (!known)
        return rf_raise_nomem(s->reterr);
    for (size_t i = 0; i < s->files.count; i++) {
        known[i] = rf_slice_dup_in(s->arena, s->files.items[i].stem).data;
        if (!known[i])
            return rf_raise_nomem(s->reterr);
    }
    known[s->files.count] = NULL;
    const char *nearest = rf_nearest(rf_slice_of(name), known);
    if (nearest)
        rf_error_hint(s->reterr, "did you mean `%s`?", nearest);
    else if (!is_file && name[0])
        rf_error_hint(s->reterr, "a file is given by its path, such as ./%s.fsx", name);
    return code;
}

static rf_code locate_path(rf_arena *arena, const char *path, rf_plugin_file *ret_file, rf_error *reterr) {
    struct stat about;
    if (stat(path, &about) != 0 && errno != ENOENT && errno != ENOTDIR)
        return rf_raise(reterr, RF_EIO, "the plugin %s cannot be read: %s", path, strerror(errno));
    if (!is_kind(path, S_IFREG, &about)) {
        rf_code code = rf_raise(reterr, RF_ENOTFOUND, "there is no file %s", path);
        if (is_kind(path, S_IFDIR, &about))
            rf_error_hint(reterr, "it is a folder; give the path of the script in it");
        return code;
    }
    const char *slash = strrchr(path, '/');
    if (stem_len(rf_slice_of(slash ? slash + 1 : path)) > 0)
        return describe(arena, path, ret_file, reterr);
    rf_code code = rf_raise(reterr, RF_ENOTFOUND, "the file %s is no plugin", path);
    rf_error_hint(reterr, "plugins end in .fsx, .fzb or .js");
    return code;
}

rf_code rf_plugin_locate(rf_arena *arena, const char *const *dirs, const char *argument, rf_plugin_file *ret_file, rf_error *reterr) {
    assert(arena && dirs && argument && ret_file);
    struct stat about;
    bool has_ending = stem_len(rf_slice_of(argument)) > 0;
    if (strchr(argument, '/') || (has_ending && is_kind(argument, S_IFREG, &about)))
        return locate_path(arena, argument, ret_file, reterr);
    RF_CLEANUP(search_done) search s = { .arena = arena, .reterr = reterr };
    rf_code code = search_all(&s, dirs);
    if (code)
        return code;
    for (size_t i = 0; i < s.files.count; i++) {
        if (!rf_slice_is(s.files.items[i].stem, argument))
            continue;
        *ret_file = s.files.items[i];
        return RF_OK;
    }
    return fail_name(&s, argument);
}
