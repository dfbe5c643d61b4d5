/* chain_health.c: what happens to plugins that fail: logged, counted, opened anew, taken out. */
#include "plugin/chain_internal.h"

#include <stdarg.h>

void rf_chain_say(const rf_chain *chain, rf_slice plugin, rf_log_level level, const char *format, ...) {
    char text[1400];
    va_list args;
    if (!chain->options.host->log)
        return;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len > 0)
        chain->options.host->log(chain->options.host->user, plugin, level,
                                 (rf_slice){ text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1 });
}

static void log_failure(rf_chain *chain, rf_chain_entry *entry, const char *where, const rf_error *error) {
    uint32_t suppressed = 0;
    rf_slice name = entry->now.plugin->manifest.name;
    char place[260] = "", left_out[60] = "";
    if (!rf_log_limit_pass(&entry->limit, &suppressed))
        return;
    if (error->place.line)
        (void)snprintf(place, sizeof place, "%s:%u:%u: ", error->place.file, error->place.line, error->place.column);
    if (suppressed)
        (void)snprintf(left_out, sizeof left_out, " (%u more were not logged)", suppressed);
    rf_chain_say(chain, name, RF_LOG_ERROR, "%s%s: %s%s", place, where, error->message, left_out);
}

/* Lists and counters are made for the hooks that there were. */
static rf_code same_hooks(const rf_running *before, rf_running *fresh, rf_error *reterr) {
    uint32_t missing = before->hooks & ~fresh->hooks;
    for (uint32_t i = 0; i < RF_HOOK_COUNT; i++)
        if (missing & 1u << i)
            return rf_raise(reterr, RF_ESCRIPT, "the script does not define %s this time", rf_hooks[i].name);
    fresh->hooks = before->hooks;
    return RF_OK;
}

/* The VM cannot be trusted any more: another one, begun as at first. */
static bool open_anew(rf_chain *chain, rf_chain_entry *entry) {
    rf_running fresh = { 0 };
    rf_error error = { 0 };
    rf_answer answer;
    rf_plugin *plugin = entry->now.plugin;
    rf_code code = rf_running_open(chain, plugin, &fresh, &error);
    if (!code)
        code = same_hooks(&entry->now, &fresh, &error);
    if (!code && (fresh.hooks & 1u << RF_HOOK_LOAD))
        code = plugin->kind->call(fresh.vm, RF_HOOK_LOAD, NULL, 0, plugin->manifest.time_ns[RF_HOOK_LOAD], NULL, &answer, &error);
    if (code) {
        rf_running_close(&fresh, &entry->now);
        log_failure(chain, entry, "opening it anew", &error);
        return false;
    }
    rf_mutex_lock(&chain->lock);
    rf_running before = entry->now;
    entry->now = fresh;
    rf_mutex_unlock(&chain->lock);
    rf_running_close(&before, &fresh);
    return true;
}

void rf_chain_failed(rf_chain *chain, rf_chain_entry *entry, rf_hook hook, const rf_error *error) {
    uint32_t failures = atomic_load_explicit(&entry->failures, memory_order_relaxed) + 1, most = entry->now.plugin->manifest.max_failures;
    rf_error said = *error;
    atomic_store_explicit(&entry->failures, failures, memory_order_relaxed);
    log_failure(chain, entry, rf_hooks[hook].name, &said);
    bool out = most && failures >= most;
    bool lost = !out && (said.flags & RF_ERROR_FATAL) && !open_anew(chain, entry);
    rf_mutex_lock(&chain->lock);
    entry->last_error = said;
    if (out || lost) {
        entry->state = RF_PLUGIN_FAILED;
        chain->changed = true;
    }
    rf_mutex_unlock(&chain->lock);
    rf_slice name = entry->now.plugin->manifest.name;
    if (out)
        rf_chain_say(chain, name, RF_LOG_ERROR,
                     "taken out of the chain after %u failures in a row; `riffle plugin enable %.*s` brings it back", failures,
                     RF_SLICE_ARG(name));
    else if (lost)
        rf_chain_say(chain, name, RF_LOG_ERROR,
                     "taken out of the chain: it could not be opened anew; `riffle plugin enable %.*s` tries again", RF_SLICE_ARG(name));
}

void rf_chain_set_enabled(rf_chain *chain, rf_chain_entry *entry, bool enabled) {
    bool fresh = enabled && (entry->last_error.flags & RF_ERROR_FATAL) && entry->state == RF_PLUGIN_FAILED;
    bool good = !fresh || open_anew(chain, entry);
    rf_mutex_lock(&chain->lock);
    entry->state = !enabled ? RF_PLUGIN_DISABLED : good ? RF_PLUGIN_RUNNING : RF_PLUGIN_FAILED;
    atomic_store_explicit(&entry->failures, 0, memory_order_relaxed);
    rf_chain_arrange(chain);
    rf_mutex_unlock(&chain->lock);
}
