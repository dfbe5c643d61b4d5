/* plugin_roster_scan.c: which plugins there are: the folders looked through, plugins loaded, watched, and let go. */
#include "terminal/plugin_roster_internal.h"

#include "base/slice.h"

#include <assert.h>

void rf_plugin_entry_free(rf_plugin_entry *entry) {
    if (!entry)
        return;
    rf_watch_stop(entry->watch);
    rf_plugin_unref(entry->plugin);
    rf_arena_done(&entry->arena);
    rf_free(entry);
}

/* ---- A file was saved; on its watch's thread ---- */

typedef struct handing { rf_plugin *plugin; rf_error error; bool failed; } handing;

static void hand_to(void *arg, rf_chain *chain) {
    handing *h = arg;
    rf_error error = { 0 };
    if (rf_chain_post_swap(chain, h->plugin, &error) && !h->failed) {
        h->failed = true;
        h->error = error;
    }
}

static void changed(void *user, rf_plugin *plugin, const rf_plugin_file *file, const rf_error *error) {
    rf_plugin_entry *entry = user;
    rf_plugin_roster *set = entry->set;
    handing h = { .plugin = plugin };
    (void)file;
    if (error) {
        rf_plugin_roster_tell(set, RF_PLUGIN_NEWS_BROKEN, entry->name, NULL, error);
        return;
    }
    if (!rf_slice_is(plugin->manifest.name, entry->name)) {
        (void)rf_raise(&h.error, RF_EREFUSED, "it calls itself %.*s now: that takes a new start of the daemon",
                       RF_SLICE_ARG(plugin->manifest.name));
        rf_plugin_roster_tell(set, RF_PLUGIN_NEWS_BROKEN, entry->name, NULL, &h.error);
        return;
    }
    rf_mutex_lock(&set->lock);
    bool first = entry->plugin == NULL;
    rf_plugin_unref(entry->plugin);
    entry->plugin = rf_plugin_ref(plugin);
    rf_mutex_unlock(&set->lock);
    if (!first)
        rf_plugins_live_each(set->live, hand_to, &h);
    rf_plugin_roster_tell(set,
                          h.failed ? RF_PLUGIN_NEWS_BROKEN
                          : first  ? RF_PLUGIN_NEWS_ADDED
                                   : RF_PLUGIN_NEWS_RELOADED,
                          entry->name, plugin, h.failed ? &h.error : NULL);
}

/* ---- Loading one ---- */

static const rf_settings_plugin *settings_of(const rf_plugin_roster *set, rf_slice name) {
    const rf_settings *settings = set->options.settings;
    for (size_t i = 0; i < settings->plugin_count; i++)
        if (rf_slice_eq(settings->plugins[i].name, name))
            return &settings->plugins[i];
    return NULL;
}

/* The settings were checked for capabilities that there are when they were read. */
static uint32_t granted(const rf_settings_plugin *wish) {
    uint32_t bits = 0;
    for (size_t i = 0; wish && i < wish->grant_count; i++)
        bits |= rf_plugin_capability_find(wish->grant[i]);
    return bits;
}

/* The entry of a file, loaded and watched. What is wrong with the plugin is news: its watch waits for a better version. */
static rf_code make_entry(rf_plugin_roster *set, const rf_plugin_file *file, const rf_settings_plugin *wish, rf_plugin_entry **ret_entry,
                          rf_error *reterr) {
    rf_error error = { 0 };
    rf_plugin_entry *entry = rf_alloc_zero(1, sizeof *entry);
    if (!entry)
        return rf_raise_nomem(reterr);
    entry->set = set;
    rf_arena_init(&entry->arena, 512);
    entry->file = (rf_plugin_file){ rf_strdup_in(&entry->arena, file->path),
                                    file->manifest ? rf_strdup_in(&entry->arena, file->manifest) : NULL,
                                    rf_slice_dup_in(&entry->arena, file->stem) };
    entry->load = (rf_plugin_load_options){ .shared = &set->shared,
                                            .trust = &set->trust,
                                            .grant = granted(wish),
                                            .config = wish && wish->config.kind == RF_MAP ? &wish->config : NULL,
                                            .require_signature = set->options.settings->require_signature };
    (void)snprintf(entry->name, sizeof entry->name, "%.*s", RF_SLICE_ARG(file->stem));
    bool whole = entry->file.path && entry->file.stem.data && (entry->file.manifest || !file->manifest);
    rf_code code = whole ? rf_plugin_load(&entry->file, &entry->load, &entry->plugin, &error) : RF_ENOMEM;
    if (code == RF_ENOMEM) {
        rf_plugin_entry_free(entry);
        return rf_raise_nomem(reterr);
    }
    if (!code)
        (void)snprintf(entry->name, sizeof entry->name, "%.*s", RF_SLICE_ARG(entry->plugin->manifest.name));
    else
        rf_plugin_roster_tell(set, RF_PLUGIN_NEWS_BROKEN, entry->name, NULL, &error);
    *ret_entry = entry;
    return RF_OK;
}

static void watch(rf_plugin_roster *set, rf_plugin_entry *entry) {
    rf_error error = { 0 };
    const rf_watch_options options = { .load = entry->load, .changed = changed, .user = entry };
    if (!set->options.settings->reload || !entry->plugin)
        return;
    if (rf_watch_start(&options, &entry->plugin, 1, &entry->watch, &error))
        rf_log_write(set->options.log, RF_LOG_WARN, NULL, "changes of %s will not be noticed: %s", entry->file.path, error.message);
}

/* ---- Looking through the folders ---- */

static rf_plugin_entry *entry_of(const rf_plugin_roster *set, const rf_plugin_file *file) {
    for (size_t i = 0; i < set->entries.count; i++)
        if (strcmp(set->entries.items[i]->file.path, file->path) == 0)
            return set->entries.items[i];
    return NULL;
}

static const char *taken_by(const rf_plugin_roster *set, const rf_plugin_entry *entry) {
    for (size_t i = 0; i < set->entries.count; i++)
        if (strcmp(set->entries.items[i]->name, entry->name) == 0)
            return set->entries.items[i]->file.path;
    return NULL;
}

/* Takes the entry, also on failure. */
static rf_code add(rf_plugin_roster *set, rf_plugin_entry *entry, bool first, rf_error *reterr) {
    const char *other = taken_by(set, entry);
    if (other) {
        rf_error error = { 0 };
        (void)rf_raise(&error, RF_ECONFIG, "two plugins have this name: %s, which runs, and %s", other, entry->file.path);
        rf_error_hint(&error, "rename one, or take it out of the folder");
        rf_plugin_roster_tell(set, RF_PLUGIN_NEWS_BROKEN, entry->name, NULL, &error);
        rf_plugin_entry_free(entry);
        return RF_OK;
    }
    rf_mutex_lock(&set->lock);
    bool added = rf_vec_push(&set->entries, entry);
    rf_mutex_unlock(&set->lock);
    if (!added) {
        rf_plugin_entry_free(entry);
        return rf_raise_nomem(reterr);
    }
    entry->listed = true;
    watch(set, entry);
    if (!first && entry->plugin)
        rf_plugin_roster_tell(set, RF_PLUGIN_NEWS_ADDED, entry->name, entry->plugin, NULL);
    return RF_OK;
}

/* Whether it is to run: the user's own unless turned off, others when turned on. */
static bool is_wanted(const rf_plugin_roster *set, const rf_plugin_file *file, const rf_settings_plugin *wish, bool own) {
    return (wish ? wish->enabled : own) && !rf_trust_is_disabled(&set->trust, file->stem);
}

/* Its watch's thread puts newer versions there. */
static bool has_loaded(rf_plugin_roster *set, const rf_plugin_entry *entry) {
    rf_mutex_lock(&set->lock);
    bool loaded = entry->plugin != NULL;
    rf_mutex_unlock(&set->lock);
    return loaded;
}

static rf_code look_at(rf_plugin_roster *set, const rf_plugin_file *file, bool own, bool first, rf_error *reterr) {
    const rf_settings_plugin *wish = settings_of(set, file->stem);
    rf_plugin_entry *entry = entry_of(set, file);
    if (!is_wanted(set, file, wish, own))
        return RF_OK;
    if (entry && has_loaded(set, entry)) {
        entry->listed = true;
        return RF_OK;
    }
    if (entry) { /* what did not load may do so now */
        rf_mutex_lock(&set->lock);
        for (size_t i = 0; i < set->entries.count; i++)
            if (set->entries.items[i] == entry)
                set->entries.items[i--] = set->entries.items[--set->entries.count];
        rf_mutex_unlock(&set->lock);
        rf_plugin_entry_free(entry);
    }
    rf_code code = make_entry(set, file, wish, &entry, reterr);
    return code ? code : add(set, entry, first, reterr);
}

/* Whether a plugin of that name is there that is not this file. */
static bool is_replaced(const rf_plugin_roster *set, const rf_plugin_file *file) {
    for (size_t i = 0; i < set->entries.count; i++)
        if (set->entries.items[i]->listed && rf_slice_eq(set->entries.items[i]->file.stem, file->stem) &&
            strcmp(set->entries.items[i]->file.path, file->path) != 0)
            return true;
    return false;
}

/* What came with the program gives way to plugins of the same name. */
typedef enum place { PLACE_OWN, PLACE_SYSTEM, PLACE_BUNDLED } place;

static rf_code look_through(rf_plugin_roster *set, rf_arena *arena, const char *const *dirs, place where, bool first, rf_error *reterr) {
    rf_plugin_file *files;
    size_t count;
    rf_code code = rf_plugin_discover(arena, dirs, &files, &count, reterr);
    for (size_t i = 0; !code && i < count; i++)
        if (where != PLACE_BUNDLED || !is_replaced(set, &files[i]))
            code = look_at(set, &files[i], where == PLACE_OWN, first, reterr);
    return code;
}

static void let_go(rf_plugin_roster *set) {
    for (size_t i = 0; i < set->entries.count; i++) {
        rf_plugin_entry *entry = set->entries.items[i];
        if (entry->listed)
            continue;
        rf_mutex_lock(&set->lock);
        set->entries.items[i--] = set->entries.items[--set->entries.count];
        rf_mutex_unlock(&set->lock);
        if (has_loaded(set, entry))
            rf_plugin_roster_tell(set, RF_PLUGIN_NEWS_REMOVED, entry->name, NULL, NULL);
        rf_plugin_entry_free(entry);
    }
}

/* The settings name plugins that nobody has: nothing is done in silence. */
static void miss(rf_plugin_roster *set) {
    for (size_t i = 0; i < set->options.settings->plugin_count; i++) {
        const rf_settings_plugin *wish = &set->options.settings->plugins[i];
        bool found = !wish->enabled;
        for (size_t e = 0; e < set->entries.count && !found; e++)
            found = rf_slice_is(wish->name, set->entries.items[e]->name) || rf_slice_eq(wish->name, set->entries.items[e]->file.stem);
        if (found)
            continue;
        rf_error error = { 0 };
        char name[72];
        (void)snprintf(name, sizeof name, "%.*s", RF_SLICE_ARG(wish->name));
        (void)rf_raise(&error, RF_ENOTFOUND, "term.toml turns it on, and it is in none of the folders for plugins");
        rf_error_hint(&error, "`riffle plugin list` shows them");
        rf_plugin_roster_tell(set, RF_PLUGIN_NEWS_BROKEN, name, NULL, &error);
    }
}

rf_code rf_plugin_roster_scan(rf_plugin_roster *set, bool first, rf_error *reterr) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    const char **own = rf_arena_zero(&arena, set->paths.own_count + 1, sizeof *own);
    if (!own)
        return rf_raise_nomem(reterr);
    if (set->paths.own_count)
        memcpy(own, set->paths.dirs, set->paths.own_count * sizeof *own);
    for (size_t i = 0; i < set->entries.count; i++)
        set->entries.items[i]->listed = false;
    rf_code code = look_through(set, &arena, own, PLACE_OWN, first, reterr);
    if (!code)
        code = look_through(set, &arena, set->paths.dirs + set->paths.own_count, PLACE_SYSTEM, first, reterr);
    if (!code)
        code = look_through(set, &arena, set->paths.bundled, PLACE_BUNDLED, first, reterr);
    if (!code && first)
        miss(set);
    if (!code)
        let_go(set);
    return code;
}
