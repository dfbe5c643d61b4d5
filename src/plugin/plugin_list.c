/* plugin_list.c: all plugins of the folders, in order of priority. */
#include "plugin/plugin.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "base/vec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Plugins as they were found, each with its file. */
typedef struct found { rf_plugin *plugin; const rf_plugin_file *file; bool clashes; } found;
typedef struct finding_all {
    const rf_plugin_load_options *options;
    void (*report)(void *user, const rf_plugin_file *file, const rf_error *error);
    void *user;
    rf_plugin_folder *folder; /* that the last one was in */
    RF_VEC(found) found;
    size_t failed;
} finding_all;

static void complain(finding_all *all, const rf_plugin_file *file, const rf_error *error) {
    all->failed++;
    if (all->report)
        all->report(all->user, file, error);
}

static bool is_disabled(const finding_all *all, rf_slice name) {
    return all->options->trust && rf_trust_is_disabled(all->options->trust, name);
}

static rf_code load_one(finding_all *all, const rf_plugin_file *file, rf_error *reterr) {
    rf_plugin *plugin = NULL;
    rf_error error = { 0 };
    rf_plugin_load_options options = *all->options;
    rf_plugin_folder_enter(all->folder, file->path);
    options.folder = all->folder;
    rf_code code = rf_plugin_load(file, &options, &plugin, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code) {
        if (!is_disabled(all, file->stem)) /* its name, as far as anybody knows */
            complain(all, file, &error);
        return RF_OK;
    }
    if (is_disabled(all, plugin->manifest.name)) {
        rf_plugin_unref(plugin);
        return RF_OK;
    }
    if (!rf_vec_push(&all->found, ((found){ plugin, file, false }))) {
        rf_plugin_unref(plugin);
        return rf_raise_nomem(reterr);
    }
    return RF_OK;
}

/* A name twice: nobody can say which was meant, so neither is taken. */
static void refuse_clashes(finding_all *all) {
    for (size_t i = 0; i < all->found.count; i++) {
        found *one = &all->found.items[i];
        for (size_t k = 0; k < i; k++) {
            found *other = &all->found.items[k];
            if (!rf_slice_eq(one->plugin->manifest.name, other->plugin->manifest.name))
                continue;
            rf_error error = { 0 };
            (void)rf_raise(&error, RF_ECONFIG, "the name %.*s is taken twice: by %s and by %s; neither is loaded",
                           RF_SLICE_ARG(one->plugin->manifest.name), other->file->path, one->file->path);
            rf_error_hint(&error, "give one of them another `@name`, or remove it");
            if (!other->clashes)
                all->failed++;
            one->clashes = other->clashes = true;
            complain(all, one->file, &error);
            break;
        }
    }
}

static int by_priority(const void *a, const void *b) {
    const rf_plugin *left = *(rf_plugin *const *)a, *right = *(rf_plugin *const *)b;
    if (left->manifest.priority != right->manifest.priority)
        return left->manifest.priority > right->manifest.priority ? -1 : 1;
    rf_slice l = left->manifest.name, r = right->manifest.name; /* no two are equal */
    int order = memcmp(l.data, r.data, l.len < r.len ? l.len : r.len);
    return order ? order : l.len < r.len ? -1 : 1;
}

static rf_code take(finding_all *all, rf_plugin_list *ret_list, rf_error *reterr) {
    rf_plugin **items = rf_alloc_zero(all->found.count + 1, sizeof(rf_plugin *));
    if (!items)
        return rf_raise_nomem(reterr);
    size_t count = 0;
    for (size_t i = 0; i < all->found.count; i++)
        if (!all->found.items[i].clashes)
            items[count++] = rf_plugin_ref(all->found.items[i].plugin);
    qsort(items, count, sizeof *items, by_priority);
    *ret_list = (rf_plugin_list){ items, count, all->failed };
    return RF_OK;
}

rf_code rf_plugin_load_all(const char *const *dirs, const rf_plugin_load_options *options,
                           void (*report)(void *user, const rf_plugin_file *file, const rf_error *error), void *user,
                           rf_plugin_list *ret_list, rf_error *reterr) {
    assert(dirs && options && ret_list);
    rf_plugin_folder folder;
    rf_plugin_folder_init(&folder);
    finding_all all = { .options = options, .report = report, .user = user, .folder = &folder };
    rf_plugin_file *files = NULL;
    size_t count = 0;
    rf_arena arena;
    rf_arena_init(&arena, 4096);
    rf_code code = rf_plugin_discover(&arena, dirs, &files, &count, reterr);
    for (size_t i = 0; i < count && !code; i++)
        code = load_one(&all, &files[i], reterr);
    if (!code) {
        refuse_clashes(&all);
        code = take(&all, ret_list, reterr);
    }
    for (size_t i = 0; i < all.found.count; i++)
        rf_plugin_unref(all.found.items[i].plugin);
    rf_vec_done(&all.found);
    rf_plugin_folder_leave(&folder);
    rf_arena_done(&arena);
    return code;
}

void rf_plugin_list_done(rf_plugin_list *list) {
    for (size_t i = 0; i < list->count; i++)
        rf_plugin_unref(list->items[i]);
    rf_free(list->items);
    *list = (rf_plugin_list){ 0 };
}
