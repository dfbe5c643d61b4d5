/* plugin_roster.c: the plugins of the daemon: opened together, put into chains, asked about. */
#include "terminal/plugin_roster.h"

#include "terminal/plugin_roster_internal.h"

#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

void rf_plugin_roster_tell(rf_plugin_roster *set, rf_plugin_news news, const char *name, rf_plugin *plugin, const rf_error *error) {
    static const rf_log_origin origin = { NULL, "plugins" };
    if (error && error->place.line)
        rf_log_write(set->options.log, RF_LOG_ERROR, &origin, "plugin %s: %s:%u:%u: %s", name, error->place.file, error->place.line,
                     error->place.column, error->message);
    else if (error)
        rf_log_write(set->options.log, RF_LOG_ERROR, &origin, "plugin %s: %s", name, error->message);
    else
        rf_log_write(set->options.log, RF_LOG_INFO, &origin, "plugin %s: %s", name,
                     news == RF_PLUGIN_NEWS_ADDED ? "loaded" : news == RF_PLUGIN_NEWS_RELOADED ? "loaded anew" : "gone");
    if (set->options.news)
        set->options.news(set->options.user, news, rf_slice_of(name), plugin, error);
}

/* ---- Open, close ---- */

/* What cannot be had is missed by those who want it, and said to the log. */
static rf_code open_store(rf_plugin_roster *set, rf_error *reterr) {
    rf_error error = { 0 };
    bool damaged = false;
    rf_code code = rf_store_open(set->paths.store, &set->store, &damaged, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code)
        rf_log_write(set->options.log, RF_LOG_WARN, NULL, "plugins cannot keep values: %s", error.message);
    else if (damaged)
        rf_log_write(set->options.log, RF_LOG_WARN, NULL, "the store of plugins was damaged: it is set aside as %s.damaged, and begun anew",
                     set->paths.store);
    return RF_OK;
}

/* A folder that is not there yet is not watched: the daemon sees it when it starts next. */
static void watch_folders(rf_plugin_roster *set) {
    set->watch_fd = set->options.settings->reload ? inotify_init1(IN_NONBLOCK | IN_CLOEXEC) : -1;
    const uint32_t news = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE;
    for (size_t i = 0; set->watch_fd >= 0 && i < set->paths.own_count; i++)
        if (inotify_add_watch(set->watch_fd, set->paths.dirs[i], news) < 0 && errno != ENOENT)
            rf_log_write(set->options.log, RF_LOG_WARN, NULL, "new plugins in %s will not be noticed: %s", set->paths.dirs[i],
                         strerror(errno));
}

rf_code rf_plugin_roster_open(const rf_plugin_roster_options *options, rf_plugin_roster **ret_set, rf_error *reterr) {
    assert(options && options->settings && ret_set);
    rf_plugin_roster *set = rf_alloc_zero(1, sizeof *set);
    if (!set)
        return rf_raise_nomem(reterr);
    set->options = *options;
    set->watch_fd = -1;
    rf_arena_init(&set->arena, 4096);
    rf_mutex_init(&set->lock);
    rf_code code = rf_plugin_paths_find(&set->arena, &set->paths, reterr);
    if (!code)
        code = rf_plugin_shared_init(&set->shared, set->paths.cache, reterr);
    if (!code)
        code = rf_trust_load(set->paths.trust, &set->trust, reterr);
    if (!code)
        code = rf_plugins_live_new(&set->live, reterr);
    if (!code)
        code = open_store(set, reterr);
    if (!code) {
        watch_folders(set);
        code = rf_plugin_roster_scan(set, true, reterr);
    }
    if (code)
        rf_plugin_roster_close(set);
    else
        *ret_set = set;
    return code;
}

void rf_plugin_roster_close(rf_plugin_roster *set) {
    if (!set)
        return;
    for (size_t i = 0; i < set->entries.count; i++)
        rf_plugin_entry_free(set->entries.items[i]);
    rf_vec_done(&set->entries);
    rf_store_close(set->store);
    rf_plugins_live_free(set->live);
    rf_trust_done(&set->trust);
    rf_plugin_shared_done(&set->shared);
    if (set->watch_fd >= 0)
        (void)close(set->watch_fd);
    rf_mutex_done(&set->lock);
    rf_arena_done(&set->arena);
    rf_free(set);
}

/* ---- Chains ---- */

/* Every order, from any thread: all chains of the daemon have the same plugins. */
static rf_code reload(void *user, rf_slice name, rf_error *reterr) {
    rf_plugin_roster *set = user;
    rf_watch *watch = NULL;
    rf_mutex_lock(&set->lock);
    for (size_t i = 0; i < set->entries.count; i++)
        if (rf_slice_is(name, set->entries.items[i]->name))
            watch = set->entries.items[i]->watch;
    rf_code code = watch ? rf_watch_reload(watch, name, reterr) : RF_OK;
    rf_mutex_unlock(&set->lock);
    if (watch)
        return code;
    code = rf_raise(reterr, RF_ENOTFOUND, "plugin %.*s is not watched", RF_SLICE_ARG(name));
    rf_error_hint(reterr, "set `reload = true` in term.toml, or start the daemon anew");
    return code;
}

/* References to the versions there are, so that no lock is held while scripts run. */
static rf_code take_all(rf_plugin_roster *set, rf_plugin ***ret_plugins, size_t *ret_count, rf_error *reterr) {
    size_t count = 0;
    rf_mutex_lock(&set->lock);
    rf_plugin **plugins = rf_alloc_zero(set->entries.count + 1, sizeof *plugins);
    for (size_t i = 0; plugins && i < set->entries.count; i++)
        if (set->entries.items[i]->plugin)
            plugins[count++] = rf_plugin_ref(set->entries.items[i]->plugin);
    rf_mutex_unlock(&set->lock);
    *ret_plugins = plugins;
    *ret_count = count;
    return plugins ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code fill(rf_plugin_roster *set, rf_chain *chain, rf_error *reterr) {
    rf_plugin **plugins;
    size_t count;
    rf_code code = take_all(set, &plugins, &count, reterr);
    for (size_t i = 0; i < count; i++) {
        rf_error error = { 0 };
        rf_code added = code ? code : rf_chain_add(chain, plugins[i], &error);
        char name[72];
        (void)snprintf(name, sizeof name, "%.*s", RF_SLICE_ARG(plugins[i]->manifest.name));
        if (added == RF_ENOMEM && !code)
            code = rf_raise_nomem(reterr);
        else if (added && !code)
            rf_plugin_roster_tell(set, RF_PLUGIN_NEWS_BROKEN, name, NULL, &error);
        rf_plugin_unref(plugins[i]);
    }
    rf_free(plugins);
    return code;
}

rf_code rf_plugin_roster_chain(rf_plugin_roster *set, const rf_plugin_host *host, rf_live_chain *live, rf_error *reterr) {
    assert(set && host && live);
    const rf_chain_options options = { .host = host, .store = set->store, .quota = RF_PLUGIN_QUOTA_DEFAULT };
    *live = (rf_live_chain){ .reload = reload, .user = set };
    rf_code code = rf_chain_new(&options, &live->chain, reterr);
    if (!code)
        code = fill(set, live->chain, reterr);
    if (code) {
        rf_chain_free(live->chain);
        live->chain = NULL;
        return code;
    }
    rf_plugins_live_add(set->live, live);
    return RF_OK;
}

void rf_plugin_roster_drop(rf_plugin_roster *set, rf_live_chain *live) {
    assert(set && live);
    if (!live->chain)
        return;
    rf_plugins_live_remove(set->live, live);
    rf_chain_free(live->chain);
    live->chain = NULL;
}

bool rf_plugin_roster_binds(rf_plugin_roster *set, rf_slice key) {
    bool bound = false;
    rf_mutex_lock(&set->lock);
    for (size_t i = 0; i < set->entries.count && !bound; i++) {
        const rf_plugin *plugin = set->entries.items[i]->plugin;
        for (uint32_t k = 0; plugin && k < plugin->manifest.key_count && !bound; k++)
            bound = rf_slice_eq_nocase(plugin->manifest.keys[k], key);
    }
    rf_mutex_unlock(&set->lock);
    return bound;
}

int rf_plugin_roster_watch_fd(const rf_plugin_roster *set) { return set->watch_fd; }

void rf_plugin_roster_rescan(rf_plugin_roster *set) {
    char events[4096];
    rf_error error = { 0 };
    while (read(set->watch_fd, events, sizeof events) > 0)
        continue; /* that something happened is all we want to know */
    if (rf_plugin_roster_scan(set, false, &error))
        rf_log_write(set->options.log, RF_LOG_WARN, NULL, "looking for plugins: %s", error.message);
}

rf_plugins_live *rf_plugin_roster_live(rf_plugin_roster *set) { return set->live; }
