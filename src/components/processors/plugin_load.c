/* plugin_load.c: the plugin of a processor: found, loaded, loaded anew when it was saved. */
#include "components/processors/plugin.h"

#include "base/nearest.h"
#include "base/slice.h"
#include "script/fusabi/files.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* The node of a field, for findings. */
static const rf_conf *node_of(const rf_plugin_processor *self, const char *field) {
    const rf_conf *node = rf_conf_child(self->conf, field);
    return node ? node : self->conf;
}

/* ---- Findings ---- */

/* An error in the plugin's own file is shown with its line there. A file that cannot be read is named all the same. */
static rf_code report_in_file(rf_plugin_processor *self, const rf_error *error) {
    rf_source *source = rf_arena_zero(&self->arena, 1, sizeof *source);
    const char *name = rf_strdup_in(&self->arena, error->place.file);
    rf_error ignored;
    if (!source || !name)
        return RF_ENOMEM;
    rf_code code = rf_fus_file_read(&self->arena, name, &source->text, &ignored);
    if (code == RF_ENOMEM)
        return code;
    source->name = name;
    return rf_conf_report_in(self->conf, source, error);
}

/* What is wrong with the configuration stands in no file of the plugin, but here. */
static bool is_about_config(const rf_error *error) {
    return error->code == RF_ECONFIG && !error->place.line && strstr(error->message, "configuration") != NULL;
}

/* Every error becomes a finding of the config, RF_ENOMEM alone stays what it is. */
static rf_code report(rf_plugin_processor *self, const char *field, const rf_error *error, rf_error *reterr) {
    rf_error finding = *error;
    if (error->code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    finding.code = RF_ECONFIG;
    if (finding.place.line && report_in_file(self, &finding) == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (!finding.place.line)
        (void)rf_conf_report(node_of(self, is_about_config(error) ? "config" : field), &finding);
    return rf_raise(reterr, RF_ECONFIG, "the plugin %.*s cannot be used", RF_SLICE_ARG(self->fields.path));
}

/* ---- Before loading ---- */

static rf_code read_grant(rf_plugin_processor *self, rf_error *reterr) {
    rf_code first = RF_OK;
    for (size_t i = 0; i < self->fields.grant.count; i++) {
        rf_slice word = self->fields.grant.items[i];
        uint32_t bit = rf_plugin_capability_find(word);
        self->load.grant |= bit;
        if (bit)
            continue;
        const char *names[33] = { NULL };
        for (size_t at = 0; at < 32 && rf_plugin_capability_at(at); at++)
            names[at] = rf_plugin_capability_at(at)->name;
        rf_error error = { 0 };
        (void)rf_raise(&error, RF_ECONFIG, "there is no capability `%.*s`", (int)(word.len > 60 ? 60 : word.len), word.data);
        const char *nearest = rf_nearest(word, names);
        if (nearest)
            rf_error_hint(&error, "did you mean `%s`?", nearest);
        else
            rf_error_hint(&error, "`riffle plugin info` shows what the plugin asks for");
        first = report(self, "grant", &error, reterr);
        if (first == RF_ENOMEM)
            return first;
    }
    return first;
}

/* Without a home there are no folders, no trust list, no cache and no store; the plugin's path is enough. */
static rf_code find_paths(rf_plugin_processor *self, rf_error *reterr) {
    static const char *const nowhere[] = { NULL };
    rf_error error = { 0 };
    rf_code code = rf_plugin_paths_find(&self->arena, &self->paths, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code)
        self->paths = (rf_plugin_paths){ .dirs = nowhere };
    return RF_OK;
}

static rf_code read_config(rf_plugin_processor *self, rf_error *reterr) {
    self->config = rf_null();
    if (!self->fields.config)
        return RF_OK;
    rf_code code = rf_conf_plain(self->fields.config, &self->arena, &self->config, reterr);
    self->load.config = &self->config;
    return code;
}

static rf_code prepare(rf_plugin_processor *self, rf_error *reterr) {
    rf_code code = find_paths(self, reterr);
    if (!code)
        code = read_config(self, reterr);
    if (!code)
        code = rf_plugin_shared_init(&self->shared, self->paths.cache, reterr);
    if (!code && self->paths.trust)
        code = rf_trust_load(self->paths.trust, &self->trust, reterr);
    if (code)
        return code;
    self->load.shared = &self->shared;
    self->load.trust = self->paths.trust ? &self->trust : NULL;
    self->load.require_signature = self->fields.require_signature;
    return rf_plugin_locate(&self->arena, self->paths.dirs, self->fields.path.data, &self->file, reterr);
}

rf_code rf_plugin_processor_load(rf_plugin_processor *self, rf_error *reterr) {
    assert(self && self->conf);
    rf_error error = { 0 };
    rf_code granted = read_grant(self, reterr);
    if (granted == RF_ENOMEM)
        return granted;
    rf_code code = prepare(self, &error);
    if (!code)
        code = rf_plugin_load(&self->file, &self->load, &self->plugin, &error);
    if (code)
        return report(self, "path", &error, reterr);
    self->pure = self->plugin->manifest.pure;
    self->off = rf_trust_is_disabled(&self->trust, self->plugin->manifest.name);
    return granted;
}

/* ---- Another version ---- */

static void log_broken(const rf_plugin_processor *self, const rf_error *error) {
    char text[sizeof error->message + sizeof error->place.file + 120];
    int len = error->place.line ? snprintf(text, sizeof text, "%s:%u:%u: %s; the running version goes on", error->place.file,
                                           error->place.line, error->place.column, error->message)
                                : snprintf(text, sizeof text, "%s: %s; the running version goes on", self->file.path, error->message);
    const rf_log_field hint = { "hint", rf_slice_of(error->hint) };
    assert(len > 0);
    rf_log_write_fields(self->env->log, RF_LOG_ERROR, &self->env->origin,
                        (rf_slice){ text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1 }, &hint, error->hint[0] != '\0');
}

/* What a running processor cannot take over. */
static rf_code check_same(const rf_plugin_processor *self, const rf_plugin *plugin, rf_error *reterr) {
    const rf_manifest *now = &self->plugin->manifest, *next = &plugin->manifest;
    if (!rf_slice_eq(now->name, next->name))
        return rf_raise(reterr, RF_EREFUSED, "it calls itself %.*s now, not %.*s any more: that takes a new start",
                        RF_SLICE_ARG(next->name), RF_SLICE_ARG(now->name));
    if (next->pure != self->pure)
        return rf_raise(reterr, RF_EREFUSED, "it says `pure = %s` now: that takes a new start", next->pure ? "true" : "false");
    if ((plugin->granted & RF_PLUGIN_CAN_STORE) && !self->store)
        return rf_raise(reterr, RF_EREFUSED, "it asks for `store` now: that takes a new start");
    return RF_OK;
}

/* Hands a version to every chain; `again`: also one that is as the running one is. */
static rf_code hand_out(rf_plugin_processor *self, rf_plugin *plugin, bool again, rf_error *reterr) {
    rf_mutex_lock(&self->lock);
    bool same = rf_slice_eq(plugin->bytes, self->plugin->bytes) && rf_slice_eq(plugin->manifest_bytes, self->plugin->manifest_bytes);
    rf_code code = same && !again ? RF_OK : check_same(self, plugin, reterr);
    if (!code && (again || !same)) {
        rf_plugin_unref(self->plugin);
        self->plugin = rf_plugin_ref(plugin);
        for (size_t i = 0; i < self->chains.count && !code; i++)
            code = rf_chain_post_swap(self->chains.items[i], plugin, reterr);
    }
    rf_mutex_unlock(&self->lock);
    return code;
}

/* On the watch's thread. */
static void changed(void *user, rf_plugin *plugin, const rf_plugin_file *file, const rf_error *error) {
    rf_plugin_processor *self = user;
    rf_error why = { 0 };
    (void)file;
    if (error)
        log_broken(self, error);
    else if (hand_out(self, plugin, false, &why))
        log_broken(self, &why);
}

rf_code rf_plugin_processor_reload(void *user, rf_slice name, rf_error *reterr) {
    rf_plugin_processor *self = user;
    rf_plugin *plugin = NULL;
    rf_error error = { 0 };
    (void)name; /* there is one */
    rf_code code = rf_plugin_load(&self->file, &self->load, &plugin, &error);
    if (!code)
        code = hand_out(self, plugin, true, &error);
    rf_plugin_unref(plugin);
    if (!code)
        return RF_OK;
    log_broken(self, &error);
    if (reterr)
        *reterr = error;
    return code;
}

/* ---- The first shard ---- */

static rf_code open_store(rf_plugin_processor *self, rf_error *reterr) {
    bool damaged = false;
    if (!(self->plugin->granted & RF_PLUGIN_CAN_STORE))
        return RF_OK;
    if (!self->paths.store) {
        rf_code code = rf_raise(reterr, RF_EIO, "plugin %.*s keeps values, and there is no folder for its store",
                                RF_SLICE_ARG(self->plugin->manifest.name));
        rf_error_hint(reterr, "set HOME or XDG_STATE_HOME");
        return code;
    }
    rf_code code = rf_store_open(self->paths.store, &self->store, &damaged, reterr);
    if (!code && damaged)
        rf_log_write(self->env->log, RF_LOG_WARN, &self->env->origin,
                     "the store of plugins was damaged: it is set aside as %s.damaged, and begun anew", self->paths.store);
    return code;
}

/* What cannot be watched is no reason not to run. */
static rf_code start_watch(rf_plugin_processor *self, rf_error *reterr) {
    rf_error error = { 0 };
    const rf_watch_options options = { .load = self->load, .changed = changed, .user = self };
    if (!self->fields.reload)
        return RF_OK;
    rf_code code = rf_watch_start(&options, &self->plugin, 1, &self->watch, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code)
        rf_log_write(self->env->log, RF_LOG_WARN, &self->env->origin, "changes of %s will not be noticed: %s", self->file.path,
                     error.message);
    return RF_OK;
}

rf_code rf_plugin_processor_start(rf_plugin_processor *self, rf_error *reterr) {
    assert(self && self->plugin);
    if (self->started)
        return RF_OK;
    rf_code code = open_store(self, reterr);
    if (!code)
        code = start_watch(self, reterr);
    self->started = !code;
    return code;
}
