/* chain_post.c: what other threads ask of a chain: versions to swap in, plugins to enable; and its timers. */
#include "plugin/chain_internal.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>

static void post_free(rf_chain_post *post) {
    if (!post)
        return;
    rf_plugin_unref(post->plugin);
    rf_free(post);
}

static bool replaces(const rf_chain_post *post, const rf_chain_post *before) {
    if (!post->plugin || !before->plugin)
        return !post->plugin && !before->plugin && strcmp(post->name, before->name) == 0;
    return rf_slice_eq(post->plugin->manifest.name, before->plugin->manifest.name);
}

/* The last word about a plugin takes the place of the one before: a chain that nothing happens in does not pile them up. */
static void append(rf_chain *chain, rf_chain_post *post) {
    rf_chain_post *old = NULL;
    rf_mutex_lock(&chain->post_lock);
    rf_chain_post **at = &chain->posts;
    while (*at) {
        if (!old && replaces(post, *at)) {
            old = *at;
            *at = old->next;
        } else {
            at = &(*at)->next;
        }
    }
    *at = post;
    atomic_store_explicit(&chain->posted, true, memory_order_relaxed); /* the lock orders the rest */
    rf_mutex_unlock(&chain->post_lock);
    post_free(old);
}

rf_code rf_chain_post_swap(rf_chain *chain, rf_plugin *plugin, rf_error *reterr) {
    assert(chain && plugin);
    rf_chain_post *post = rf_alloc_zero(1, sizeof *post);
    if (!post)
        return rf_raise_nomem(reterr);
    post->plugin = rf_plugin_ref(plugin);
    append(chain, post);
    return RF_OK;
}

rf_code rf_chain_post_enable(rf_chain *chain, rf_slice name, bool enabled, rf_error *reterr) {
    assert(chain);
    rf_chain_post *post = rf_alloc_zero(1, sizeof *post);
    if (!post)
        return rf_raise_nomem(reterr);
    rf_mutex_lock(&chain->lock);
    rf_code code = name.len < sizeof post->name && rf_chain_find(chain, name) ? RF_OK : rf_chain_unknown(chain, name, reterr);
    rf_mutex_unlock(&chain->lock);
    if (code) {
        rf_free(post);
        return code;
    }
    memcpy(post->name, name.data, name.len);
    post->enabled = enabled;
    append(chain, post);
    return RF_OK;
}

static rf_chain_post *take_all(rf_chain *chain) {
    rf_mutex_lock(&chain->post_lock);
    rf_chain_post *posts = chain->posts;
    chain->posts = NULL;
    atomic_store_explicit(&chain->posted, false, memory_order_relaxed);
    rf_mutex_unlock(&chain->post_lock);
    return posts;
}

static void swap(rf_chain *chain, rf_plugin *plugin) {
    rf_error error = { 0 };
    rf_slice name = plugin->manifest.name;
    if (!rf_chain_swap_now(chain, plugin, &error)) {
        rf_chain_say(chain, name, RF_LOG_INFO, "reloaded from %s", plugin->path);
        return;
    }
    rf_chain_say(chain, name, RF_LOG_ERROR, "%s:%u:%u: the new version does not start, the one before goes on: %s",
                 error.place.line ? error.place.file : plugin->path, error.place.line, error.place.column, error.message);
    rf_mutex_lock(&chain->lock);
    rf_chain_entry *entry = rf_chain_find(chain, name);
    if (entry)
        entry->last_error = error;
    rf_mutex_unlock(&chain->lock);
}

void rf_chain_take_posts(rf_chain *chain) {
    chain->running = true; /* on_load of a new version may call the host */
    for (rf_chain_post *post = take_all(chain), *next; post; post = next) {
        next = post->next;
        rf_chain_entry *entry = post->plugin ? NULL : rf_chain_find(chain, rf_slice_of(post->name));
        if (post->plugin)
            swap(chain, post->plugin);
        else if (entry) /* it may have been removed since */
            rf_chain_set_enabled(chain, entry, post->enabled);
        post_free(post);
    }
    chain->running = false;
}

void rf_chain_drop_posts(rf_chain *chain) {
    for (rf_chain_post *post = take_all(chain), *next; post; post = next) {
        next = post->next;
        post_free(post);
    }
}

/* Timers of one plugin that are due: each at most once, so that one with a short period cannot hold the thread. */
static void call_timers(rf_chain *chain, rf_chain_entry *entry, uint64_t now_ns, uint64_t *since) {
    char name[64];
    for (uint32_t i = 0; i < chain->options.quota.timers && entry->state == RF_PLUGIN_RUNNING; i++) {
        rf_answer answer;
        rf_error error;
        if (!rf_plugin_api_take_due(entry->now.api, now_ns, name))
            return;
        rf_pv arg = { .kind = RF_PV_TEXT, .text = rf_slice_of(name) };
        if (rf_chain_call(chain, entry, RF_HOOK_TICK, &arg, 1, NULL, since, &answer, &error))
            continue; /* noted there */
    }
}

uint64_t rf_chain_tick(rf_chain *chain, uint64_t now_ns) {
    uint64_t due = UINT64_MAX;
    if (!rf_chain_enter(chain))
        return due;
    uint64_t since = rf_ticks(&chain->epoch);
    const rf_chain_list *list = &chain->lists[RF_HOOK_TICK];
    for (uint32_t i = 0; i < list->count; i++)
        call_timers(chain, list->items[i], now_ns, &since);
    for (uint32_t i = 0; i < list->count; i++) {
        uint64_t next = list->items[i]->state == RF_PLUGIN_RUNNING ? rf_plugin_api_due(list->items[i]->now.api) : UINT64_MAX;
        due = next < due ? next : due;
    }
    for (size_t i = 0; i < chain->entries.count; i++)
        rf_chain_note_memory(chain->entries.items[i]);
    rf_chain_leave(chain);
    return due;
}
