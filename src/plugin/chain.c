/* chain.c: which plugins are in a chain: adding, removing, swapping, and in what order they are called. */
#include "plugin/chain.h"

#include "plugin/chain_internal.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "observe/zone.h"

#include <assert.h>

rf_code rf_chain_new(const rf_chain_options *options, rf_chain **ret_chain, rf_error *reterr) {
    assert(options && options->host && ret_chain);
    rf_chain *chain = rf_alloc_zero(1, sizeof *chain);
    if (!chain)
        return rf_raise_nomem(reterr);
    chain->options = *options;
    chain->epoch = rf_ticks_begin();
    rf_mutex_init(&chain->lock);
    rf_mutex_init(&chain->post_lock);
    *ret_chain = chain;
    return RF_OK;
}

/* It goes whatever it says. */
static void call_unload(rf_chain *chain, rf_running *running) {
    const rf_plugin *plugin = running->plugin;
    rf_answer answer;
    rf_error error;
    if (!(running->hooks & 1u << RF_HOOK_UNLOAD))
        return;
    if (plugin->kind->call(running->vm, RF_HOOK_UNLOAD, NULL, 0, plugin->manifest.time_ns[RF_HOOK_UNLOAD], NULL, &answer, &error))
        rf_chain_say(chain, plugin->manifest.name, RF_LOG_ERROR, "%s:%u:%u: on_unload: %s",
                     error.place.line ? error.place.file : plugin->path, error.place.line, error.place.column, error.message);
}

void rf_running_close(rf_running *running, const rf_running *next) {
    if (running->plugin)
        running->plugin->kind->close(running->vm);
    if (running->api && next)
        rf_plugin_api_pass_on(running->api, next->api);
    if (running->api)
        rf_plugin_api_done(running->api);
    rf_free(running->api);
    rf_plugin_unref(running->plugin);
    *running = (rf_running){ 0 };
}

static void entry_free(rf_chain_entry *entry) {
    rf_heap_sources_remove(&entry->memory);
    rf_running_close(&entry->now, NULL);
    for (size_t i = 0; i < RF_HOOK_COUNT; i++)
        rf_free(entry->stats[i]);
    rf_free(entry);
}

void rf_chain_free(rf_chain *chain) {
    if (!chain)
        return;
    chain->running = true; /* on_unload may call the host, but nothing comes back in */
    for (size_t i = chain->entries.count; i > 0; i--)
        call_unload(chain, &chain->entries.items[i - 1]->now);
    for (size_t i = chain->entries.count; i > 0; i--)
        entry_free(chain->entries.items[i - 1]);
    rf_chain_drop_posts(chain);
    rf_vec_done(&chain->entries);
    for (size_t i = 0; i < RF_HOOK_COUNT; i++)
        rf_free(chain->lists[i].items);
    rf_free(chain->eager.items);
    rf_prefilter_free(chain->filter);
    rf_buffer_done(&chain->in);
    rf_buffer_done(&chain->out);
    rf_buffer_done(&chain->lines);
    rf_buffer_done(&chain->states);
    rf_mutex_done(&chain->lock);
    rf_mutex_done(&chain->post_lock);
    rf_free(chain);
}

static rf_code check_hooks(const rf_plugin *plugin, uint32_t has, rf_error *reterr) {
    uint32_t missing = plugin->manifest.has_hooks ? plugin->manifest.hooks & ~has : 0;
    for (uint32_t i = 0; i < RF_HOOK_COUNT; i++) {
        if (!(missing & 1u << i))
            continue;
        (void)rf_raise(reterr, RF_ECONFIG, "%s: the manifest lists the hook %s, which the script does not define", plugin->path,
                       rf_hooks[i].name);
        rf_error_hint(reterr, "define %s, or take it out of `hooks`", rf_hooks[i].name);
        return RF_ECONFIG;
    }
    return RF_OK;
}

rf_code rf_running_open(rf_chain *chain, rf_plugin *plugin, rf_running *ret_running, rf_error *reterr) {
    RF_ZONE(RF_ZONE_VM_NEW, plugin->path);
    const rf_manifest *manifest = &plugin->manifest;
    rf_running running = { .plugin = rf_plugin_ref(plugin), .api = rf_alloc_zero(1, sizeof *running.api) };
    if (!running.api) {
        rf_running_close(&running, NULL);
        return rf_raise_nomem(reterr);
    }
    *running.api = (rf_plugin_api){ .host = chain->options.host, .manifest = manifest, .config = plugin->config, .store = chain->options.store,
                                    .capabilities = plugin->granted, .quota = chain->options.quota };
    rf_arena_init(&running.api->arena, 1024);
    rf_vm_options options = { .capabilities = plugin->granted, .heap_bytes = manifest->heap_bytes, .load_ns = manifest->time_ns[RF_HOOK_LOAD], .api = running.api };
    rf_code code = plugin->kind->open(plugin->shared, plugin->code, &options, &running.vm, reterr);
    if (!code) {
        uint32_t has = plugin->kind->hooks(running.vm);
        running.hooks = manifest->has_hooks ? has & manifest->hooks : has;
        code = check_hooks(plugin, has, reterr);
    }
    if (!code && manifest->tick_ns)
        code = rf_plugin_api_set_timer(running.api, RF_SLICE("tick"), manifest->tick_ns, manifest->tick_ns, reterr);
    if (code)
        rf_running_close(&running, NULL);
    else
        *ret_running = running;
    return code;
}

/* on_load, or on_reload with what the version before kept. */
static rf_code begin(rf_running *running, rf_running *before, rf_error *reterr) {
    const rf_vm_kind *kind = running->plugin->kind;
    const uint64_t *limits = running->plugin->manifest.time_ns;
    rf_answer answer;
    rf_arena arena;
    rf_arena_init(&arena, 4096);
    rf_pv state = { .kind = RF_PV_DATA };
    rf_error error = { 0 };
    bool reload = before && (running->hooks & 1u << RF_HOOK_RELOAD);
    rf_code code = reload ? before->plugin->kind->state(before->vm, &arena, &state.data, &error) : RF_OK;
    if (code && (error.flags & RF_ERROR_FATAL)) { /* a VM that was lost has no state: the new version, which may mend it, begins as at first */
        reload = false;
        code = RF_OK;
    }
    if (code && reterr)
        *reterr = error;
    else if (!code && reload)
        code = kind->call(running->vm, RF_HOOK_RELOAD, &state, 1, limits[RF_HOOK_RELOAD], &arena, &answer, reterr);
    else if (!code && (running->hooks & 1u << RF_HOOK_LOAD))
        code = kind->call(running->vm, RF_HOOK_LOAD, NULL, 0, limits[RF_HOOK_LOAD], NULL, &answer, reterr);
    rf_arena_done(&arena);
    return code;
}

rf_chain_entry *rf_chain_find(const rf_chain *chain, rf_slice name) {
    for (size_t i = 0; i < chain->entries.count; i++)
        if (rf_slice_eq(chain->entries.items[i]->now.plugin->manifest.name, name))
            return chain->entries.items[i];
    return NULL;
}

rf_code rf_chain_entry_stats(rf_chain_entry *entry, uint32_t hooks, rf_error *reterr) {
    for (uint32_t i = 0; i < RF_HOOK_COUNT; i++)
        if ((hooks & 1u << i) && !entry->stats[i] && !(entry->stats[i] = rf_alloc_zero(1, sizeof *entry->stats[i])))
            return rf_raise_nomem(reterr);
    return RF_OK;
}

static bool list_room(const rf_chain *chain, rf_chain_list *list) {
    rf_chain_entry **items = rf_realloc(list->items, (chain->entries.count + 1) * sizeof(rf_chain_entry *));
    if (items)
        list->items = items;
    return items != NULL;
}

static bool lists_room(rf_chain *chain) {
    for (size_t i = 0; i < RF_HOOK_COUNT; i++)
        if (!list_room(chain, &chain->lists[i]))
            return false;
    return list_room(chain, &chain->eager);
}

static bool comes_before(const rf_plugin *a, const rf_plugin *b) { return a->manifest.priority > b->manifest.priority; }

/* Behind all of the same or a higher priority. There is room. */
static void insert(rf_chain *chain, rf_chain_entry *entry) {
    size_t at = chain->entries.count++;
    for (; at > 0 && comes_before(entry->now.plugin, chain->entries.items[at - 1]->now.plugin); at--)
        chain->entries.items[at] = chain->entries.items[at - 1];
    chain->entries.items[at] = entry;
}

static void take_out(rf_chain *chain, const rf_chain_entry *entry) {
    size_t at = 0;
    while (chain->entries.items[at] != entry)
        at++;
    for (chain->entries.count--; at < chain->entries.count; at++)
        chain->entries.items[at] = chain->entries.items[at + 1];
}

/* What each looks for, in one automaton. Without memory everybody sees everything, which is slower and right. */
static void arrange_filter(rf_chain *chain) {
    rf_prefilter_free(chain->filter);
    chain->filter = NULL;
    chain->match_bits = 0;
    uint32_t owner = 0;
    bool good = true;
    for (size_t i = 0; i < chain->entries.count; i++) {
        rf_chain_entry *entry = chain->entries.items[i];
        const rf_manifest *manifest = &entry->now.plugin->manifest;
        entry->match_bit = 0;
        if (!manifest->match_count || owner == RF_PREFILTER_OWNERS_MAX || !good)
            continue;
        if (!chain->filter)
            good = !rf_prefilter_new(&chain->filter, NULL);
        for (uint32_t k = 0; k < manifest->match_count && good; k++)
            good = !rf_prefilter_add(chain->filter, owner, manifest->match[k], NULL);
        if (good)
            entry->match_bit = UINT64_C(1) << owner++;
        chain->match_bits |= entry->match_bit;
    }
    if (good)
        return;
    for (size_t i = 0; i < chain->entries.count; i++)
        chain->entries.items[i]->match_bit = 0;
    chain->match_bits = 0;
}

void rf_chain_arrange(rf_chain *chain) {
    chain->changed = false;
    for (uint32_t hook = 0; hook < RF_HOOK_COUNT; hook++) {
        rf_chain_list *list = &chain->lists[hook];
        list->count = 0;
        for (size_t i = 0; i < chain->entries.count; i++) {
            rf_chain_entry *entry = chain->entries.items[i];
            if (entry->state == RF_PLUGIN_RUNNING && (entry->now.hooks & 1u << hook))
                list->items[list->count++] = entry;
        }
    }
    const rf_chain_list *output = &chain->lists[RF_HOOK_OUTPUT];
    chain->eager.count = 0;
    for (uint32_t i = 0; i < output->count; i++)
        if (output->items[i]->now.plugin->manifest.eager)
            chain->eager.items[chain->eager.count++] = output->items[i];
    arrange_filter(chain);
}

/* Only this thread writes them, so no read-modify-write is needed. */
static void set_bounds(rf_chain_bounds *to, const rf_bounds *first, const rf_bounds *second) {
    for (size_t i = 0; i <= RF_BOUNDS; i++)
        atomic_store_explicit(&to->counts[i], first->counts[i] + second->counts[i], memory_order_relaxed);
    atomic_store_explicit(&to->sum, first->sum + second->sum, memory_order_relaxed);
}

void rf_chain_note_memory(rf_chain_entry *entry) {
    const rf_vm_counts *before = &entry->before;
    rf_vm_counts now;
    entry->now.plugin->kind->counts(entry->now.vm, &now);
    atomic_store_explicit(&entry->held_bytes, now.held_bytes, memory_order_relaxed);
    atomic_store_explicit(&entry->allocated_bytes, before->allocated_bytes + now.allocated_bytes, memory_order_relaxed);
    uint64_t collections = before->collections + now.collections;
    if (atomic_load_explicit(&entry->collections, memory_order_relaxed) == collections)
        return;
    atomic_store_explicit(&entry->collections, collections, memory_order_relaxed);
    uint64_t longest = now.longest_pause_ns > before->longest_pause_ns ? now.longest_pause_ns : before->longest_pause_ns;
    atomic_store_explicit(&entry->longest_pause_ns, longest, memory_order_relaxed);
    set_bounds(&entry->pauses, &before->pauses, &now.pauses);
}

/* The version that goes has counted up to here. */
static void keep_counts(rf_chain_entry *entry, const rf_running *gone) {
    rf_vm_counts last;
    gone->plugin->kind->counts(gone->vm, &last);
    entry->before.collections += last.collections;
    entry->before.allocated_bytes += last.allocated_bytes;
    rf_bounds_join(&entry->before.pauses, &last.pauses);
    if (last.longest_pause_ns > entry->before.longest_pause_ns)
        entry->before.longest_pause_ns = last.longest_pause_ns;
}

static size_t read_held(void *entry) { return atomic_load_explicit(&((rf_chain_entry *)entry)->held_bytes, memory_order_relaxed); }
static uint64_t read_allocated(void *entry) {
    return atomic_load_explicit(&((rf_chain_entry *)entry)->allocated_bytes, memory_order_relaxed);
}

/* From now on heap profiles have it, under its name, which versions do not change. */
static void show_memory(rf_chain_entry *entry) {
    (void)snprintf(entry->name, sizeof entry->name, "%.*s", RF_SLICE_ARG(entry->now.plugin->manifest.name));
    entry->memory = (rf_heap_source){ .kind = "vm", .holder = entry->name, .held = read_held, .allocated = read_allocated, .arg = entry };
    rf_heap_sources_add(&entry->memory);
}

/* A version runs; `began` is when its VM was begun. */
static void note_load(rf_chain_entry *entry, uint64_t began) {
    uint64_t ns = rf_plugin_load_ns(entry->now.plugin) + rf_clock_mono_ns() - began;
    _Atomic uint64_t *count = &entry->loads.counts[rf_bound_of(ns)];
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + 1, memory_order_relaxed);
    atomic_store_explicit(&entry->loads.sum, atomic_load_explicit(&entry->loads.sum, memory_order_relaxed) + ns, memory_order_relaxed);
}

/* What a host's callback asks for in the middle of an event would pull away what the event stands on. */
static rf_code refuse_within_event(const rf_chain *chain, rf_error *reterr) {
    return chain->running ? rf_raise(reterr, RF_EREFUSED, "the chain's plugins cannot be changed from within one of their hooks") : RF_OK;
}

rf_code rf_chain_add(rf_chain *chain, rf_plugin *plugin, rf_error *reterr) {
    assert(chain && plugin);
    if (refuse_within_event(chain, reterr))
        return RF_EREFUSED;
    if (rf_chain_find(chain, plugin->manifest.name))
        return rf_raise(reterr, RF_ECONFIG, "the chain has a plugin %.*s already", RF_SLICE_ARG(plugin->manifest.name));
    rf_chain_entry *entry = rf_alloc_zero(1, sizeof *entry);
    if (!entry)
        return rf_raise_nomem(reterr);
    entry->limit = (rf_log_limit){ .burst = 3, .period_ns = 10 * RF_NS_PER_S };
    uint64_t began = rf_clock_mono_ns();
    chain->running = true; /* from the script's top level on the host may be called, but nothing comes back in */
    rf_code code = rf_running_open(chain, plugin, &entry->now, reterr);
    if (!code)
        code = rf_chain_entry_stats(entry, entry->now.hooks, reterr);
    rf_mutex_lock(&chain->lock);
    if (!code && (!rf_vec_room(&chain->entries) || !lists_room(chain)))
        code = rf_raise_nomem(reterr);
    rf_mutex_unlock(&chain->lock);
    if (!code)
        code = begin(&entry->now, NULL, reterr);
    if (code)
        entry_free(entry);
    chain->running = false;
    if (code)
        return code;
    rf_chain_note_memory(entry);
    show_memory(entry);
    note_load(entry, began);
    rf_mutex_lock(&chain->lock);
    insert(chain, entry);
    rf_chain_arrange(chain);
    rf_mutex_unlock(&chain->lock);
    return RF_OK;
}

rf_code rf_chain_remove(rf_chain *chain, rf_slice name, rf_error *reterr) {
    assert(chain);
    if (refuse_within_event(chain, reterr))
        return RF_EREFUSED;
    rf_chain_entry *entry = rf_chain_find(chain, name);
    if (!entry)
        return rf_chain_unknown(chain, name, reterr);
    chain->running = true;
    call_unload(chain, &entry->now);
    rf_mutex_lock(&chain->lock);
    take_out(chain, entry);
    rf_chain_arrange(chain);
    rf_mutex_unlock(&chain->lock);
    entry_free(entry);
    chain->running = false;
    return RF_OK;
}

rf_code rf_chain_swap(rf_chain *chain, rf_plugin *plugin, rf_error *reterr) {
    assert(chain && plugin);
    if (refuse_within_event(chain, reterr))
        return RF_EREFUSED;
    chain->running = true;
    rf_code code = rf_chain_swap_now(chain, plugin, reterr);
    chain->running = false;
    return code;
}

rf_code rf_chain_swap_now(rf_chain *chain, rf_plugin *plugin, rf_error *reterr) {
    rf_chain_entry *entry = rf_chain_find(chain, plugin->manifest.name);
    if (!entry)
        return rf_chain_unknown(chain, plugin->manifest.name, reterr);
    uint64_t began = rf_clock_mono_ns();
    rf_running fresh = { 0 };
    rf_code code = rf_running_open(chain, plugin, &fresh, reterr);
    if (code)
        return code;
    rf_mutex_lock(&chain->lock);
    code = rf_chain_entry_stats(entry, fresh.hooks, reterr);
    rf_mutex_unlock(&chain->lock);
    if (!code)
        code = begin(&fresh, &entry->now, reterr);
    if (code) {
        rf_running_close(&fresh, &entry->now);
        return code;
    }
    rf_running before = entry->now;
    rf_mutex_lock(&chain->lock);
    entry->now = fresh;
    entry->reloads++;
    entry->state = entry->state == RF_PLUGIN_DISABLED ? RF_PLUGIN_DISABLED : RF_PLUGIN_RUNNING;
    atomic_store_explicit(&entry->failures, 0, memory_order_relaxed);
    take_out(chain, entry); /* its priority may be another */
    insert(chain, entry);
    rf_chain_arrange(chain);
    rf_mutex_unlock(&chain->lock);
    keep_counts(entry, &before);
    rf_chain_note_memory(entry);
    note_load(entry, began);
    call_unload(chain, &before);
    rf_running_close(&before, &entry->now);
    return RF_OK;
}
