/* discover_paths.c: the folders of plugins, and riffle's own files, by the XDG rules. */
#include "plugin/discover.h"

#include "base/slice.h"
#include "base/vec.h"

#include <assert.h>
#include <unistd.h>

typedef struct paths {
    rf_arena *arena;
    RF_VEC(const char *) dirs;
    bool out_of_memory;
} paths;
static void paths_done(paths *p) { rf_vec_done(&p->dirs); }

/* An absolute path of the environment without slashes at its end, else data NULL. */
static rf_slice clean(rf_slice path) {
    if (path.len == 0 || path.data[0] != '/')
        return (rf_slice){ NULL, 0 };
    while (path.len > 1 && path.data[path.len - 1] == '/')
        path.len--;
    return path;
}

static rf_slice variable(const char *name) { return clean(rf_slice_of(getenv(name))); }

/* DIR and then `rest`; NULL: DIR is unknown, or no memory. */
static const char *join(paths *p, rf_slice dir, const char *rest) {
    if (!dir.data)
        return NULL;
    rf_slice path = rf_printf_in(p->arena, "%.*s%s", dir.len == 1 && *rest ? 0 : (int)dir.len, dir.data, rest);
    p->out_of_memory |= !path.data;
    return path.data;
}

/* Adds DIR`rest`, once. */
static void add(paths *p, rf_slice dir, const char *rest) {
    const char *path = join(p, dir, rest);
    if (!path)
        return;
    for (size_t i = 0; i < p->dirs.count; i++) {
        if (strcmp(p->dirs.items[i], path) == 0)
            return;
    }
    if (!rf_vec_push(&p->dirs, path))
        p->out_of_memory = true;
}

/* Each folder of a list with colons. */
static void add_each(paths *p, const char *list, const char *rest) {
    for (rf_slice left = rf_slice_of(list); left.len;) {
        size_t len = rf_slice_find(left, ':');
        add(p, clean((rf_slice){ left.data, len }), rest);
        size_t passed = len < left.len ? len + 1 : len;
        left = (rf_slice){ left.data + passed, left.len - passed };
    }
}

static const char *list_or(const char *name, const char *standard) {
    const char *value = getenv(name);
    return value && *value ? value : standard;
}

/* A base folder of the user: the variable, else within HOME; data NULL: neither is there. */
static rf_slice base(paths *p, const char *name, const char *in_home) {
    rf_slice given = variable(name);
    return given.data ? given : rf_slice_of(join(p, variable("HOME"), in_home));
}

/* What was installed, or built, together with the program that runs: PREFIX/share/riffle/bundled of PREFIX/bin or PREFIX/libexec/riffle, TREE/plugins of
 * TREE/build. NULL: out of memory. */
static const char *const *find_bundled(paths *p) {
    char program[4096];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program);
    rf_slice dir = { program, len > 0 && (size_t)len < sizeof program ? (size_t)len : 0 };
    const char **dirs = rf_arena_zero(p->arena, 4, sizeof *dirs);
    size_t count = 0;
    for (unsigned up = 0; dirs && up < 3 && dir.len; up++) {
        while (dir.len && dir.data[dir.len - 1] != '/')
            dir.len--;
        dir = clean(dir);
        if (up > 0 && dir.len > 1)
            dirs[count++] = join(p, dir, "/share/riffle/bundled");
        if (up == 1 && dir.len > 1)
            dirs[count++] = join(p, dir, "/plugins");
    }
    return dirs;
}

rf_code rf_plugin_paths_find(rf_arena *arena, rf_plugin_paths *ret_paths, rf_error *reterr) {
    assert(arena && ret_paths);
    RF_CLEANUP(paths_done) paths p = { .arena = arena };
    rf_slice config = base(&p, "XDG_CONFIG_HOME", "/.config"), data = base(&p, "XDG_DATA_HOME", "/.local/share");
    rf_slice cache = base(&p, "XDG_CACHE_HOME", "/.cache"), state = base(&p, "XDG_STATE_HOME", "/.local/state");
    if (!p.out_of_memory && (!config.data || !data.data || !cache.data || !state.data)) {
        const char *missing = !config.data  ? "XDG_CONFIG_HOME"
                              : !data.data  ? "XDG_DATA_HOME"
                              : !cache.data ? "XDG_CACHE_HOME"
                                            : "XDG_STATE_HOME";
        rf_code code = rf_raise(reterr, RF_ENOTFOUND, "neither HOME nor %s is set to an absolute path", missing);
        rf_error_hint(reterr, "set HOME");
        return code;
    }
    add_each(&p, list_or("RIFFLE_PLUGIN_PATH", ""), "");
    add(&p, config, "/riffle/plugins");
    add(&p, data, "/riffle/plugins");
    size_t own_count = p.dirs.count;
    add_each(&p, list_or("XDG_CONFIG_DIRS", "/etc/xdg"), "/riffle/plugins");
    add_each(&p, list_or("XDG_DATA_DIRS", "/usr/local/share:/usr/share"), "/riffle/plugins");
    add(&p, RF_SLICE("/usr/local/lib"), "/riffle/plugins");
    add(&p, RF_SLICE("/usr/lib"), "/riffle/plugins");
    const char *const *bundled = find_bundled(&p);
    const char **dirs = rf_arena_alloc(arena, (p.dirs.count + 1) * sizeof *dirs);
    *ret_paths = (rf_plugin_paths){
        .dirs = dirs,
        .own_count = own_count,
        .bundled = bundled,
        .trust = join(&p, config, "/riffle/trust.toml"),
        .cache = join(&p, cache, "/riffle/fusabi"),
        .store = join(&p, state, "/riffle/plugins.db"),
    };
    if (!dirs || !bundled || p.out_of_memory)
        return rf_raise_nomem(reterr);
    if (p.dirs.count)
        memcpy(dirs, p.dirs.items, p.dirs.count * sizeof *dirs);
    dirs[p.dirs.count] = NULL;
    return RF_OK;
}
