/* plugin: a plugin's on_message on every message; in Fusabi or JavaScript, from a file of its own. */
#include "components/processors/plugin.h"

#include "base/slice.h"

#include <assert.h>

#define AT(member) .offset = offsetof(rf_plugin_processor, fields.member)
static const rf_field plugin_fields[] = {
    { .name = "path", .type = RF_FIELD_STRING, AT(path), .flags = RF_FIELD_REQUIRED,
      .doc = "The plugin's file (`.fsx`, `.fzb` or `.js`), relative to the working directory; or the name of one in the folders for plugins." },
    { .name = "config", .type = RF_FIELD_ANY, AT(config), .doc = "The plugin's own configuration: the keys that its manifest declares." },
    { .name = "grant", .type = RF_FIELD_STRINGS, AT(grant),
      .doc = "Capabilities granted here, beside those of `riffle plugin trust`; only what the manifest asks for is given." },
    { .name = "reload", .type = RF_FIELD_BOOL, AT(reload), .standard = "true", .flags = RF_FIELD_ADVANCED,
      .doc = "Whether a saved file is taken over while the stream runs." },
    { .name = "require_signature", .type = RF_FIELD_BOOL, AT(require_signature), .standard = "false", .flags = RF_FIELD_ADVANCED,
      .doc = "Whether only a plugin that a trusted key signed may run." },
    { 0 },
};
#undef AT

static const rf_stage_spec message_spec = {
    .name = "on_message", .metric = "on_message",
    .dropped = RF_REASONS(RF_REASON_FILTERED),
    .failed = RF_REASONS(RF_REASON_THREW) | RF_REASONS(RF_REASON_LIMIT) | RF_REASONS(RF_REASON_NOT_JSON) | RF_REASONS(RF_REASON_DISABLED),
};

/* ---- What the plugin gets from this host; any shard's thread ---- */

static void host_log(void *user, rf_slice plugin, rf_log_level level, rf_slice text) {
    const rf_plugin_processor *self = user;
    const rf_log_field name = { "plugin", plugin };
    rf_log_write_fields(self->env->log, level, &self->env->origin, text, &name, 1);
}

static void host_notify(void *user, rf_slice plugin, rf_slice title, rf_slice body, rf_slice level) {
    const rf_plugin_processor *self = user;
    const rf_log_field fields[] = { { "plugin", plugin }, { "title", title }, { "kind", level } };
    rf_log_write_fields(self->env->log, RF_LOG_INFO, &self->env->origin, body, fields, sizeof fields / sizeof *fields);
}

static void host_status(void *user, rf_slice plugin, rf_slice id, rf_slice text, int64_t priority) {
    const rf_plugin_processor *self = user;
    const rf_log_field fields[] = { { "plugin", plugin }, { "status", id } };
    (void)priority;
    if (text.len)
        rf_log_write_fields(self->env->log, RF_LOG_INFO, &self->env->origin, text, fields, sizeof fields / sizeof *fields);
}

static const rf_plugin_host stream_host = {
    .kind = "stream", .log = host_log, .notify = host_notify, .status = host_status, .environment = rf_plugin_environment,
};

/* ---- Open, attach ---- */

static rf_code register_metrics(rf_plugin_processor *self, rf_error *reterr) {
    const rf_env *env = self->env;
    rf_metric_labels labels = { .label = env->label, .path = env->path };
    rf_scripts *scripts = &self->scripts;
    rf_code code = rf_metrics_counter(env->metrics, "messages_processed", "Messages processed.", &labels, &scripts->processed, reterr);
    if (!code)
        code = rf_metrics_counter(env->metrics, "messages_errored", "Messages that could not be processed.", &labels, &scripts->errored,
                                  reterr);
    if (!code)
        code = rf_scripts_add_plain(scripts, &message_spec, reterr);
    labels.stage = message_spec.metric;
    if (!code)
        code = rf_metrics_histogram(env->metrics, "stage_latency_ns", "Time one run of a stage took.", &labels,
                                    &scripts->list.stages[RF_PLUGIN_STAGE].latency, reterr);
    return code;
}

static rf_code plugin_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    rf_plugin_processor *self = state;
    assert(self && conf && env);
    rf_arena_init(&self->arena, 4096);
    rf_mutex_init(&self->lock);
    rf_mutex_init(&self->run);
    self->env = env;
    self->conf = conf;
    self->host = stream_host;
    self->host.user = self;
    rf_code code = rf_scripts_init(&self->scripts, conf, env, 1, reterr);
    if (!code)
        code = register_metrics(self, reterr);
    return code ? code : rf_plugin_processor_load(self, reterr);
}

/* A chain with the newest version in it. `lock` is held. */
static rf_code make_chain(rf_plugin_processor *self, rf_live_chain *made, rf_error *reterr) {
    const rf_chain_options options = { .host = &self->host, .store = self->store, .quota = RF_PLUGIN_QUOTA_DEFAULT };
    rf_chain *chain = NULL;
    rf_code code = rf_chain_new(&options, &chain, reterr);
    if (!code)
        code = rf_chain_add(chain, self->plugin, reterr);
    bool hears = !code && rf_chain_wants(chain, RF_HOOK_MESSAGE);
    if (!code && !rf_vec_push(&self->chains, chain))
        code = rf_raise_nomem(reterr);
    if (code) {
        rf_chain_free(chain);
        return code;
    }
    if (!hears && self->chains.count == 1)
        rf_log_write(self->env->log, RF_LOG_WARN, &self->env->origin, "plugin %.*s has no on_message: no message will be changed",
                     RF_SLICE_ARG(self->plugin->manifest.name));
    *made = (rf_live_chain){ .chain = chain, .reload = rf_plugin_processor_reload, .user = self };
    return RF_OK;
}

/* Not even its top level runs. */
static void say_off(rf_plugin_processor *self) {
    rf_slice name = self->plugin->manifest.name;
    rf_mutex_lock(&self->lock);
    if (!self->started)
        rf_log_write(self->env->log, RF_LOG_WARN, &self->env->origin,
                     "plugin %.*s is turned off: messages go on as they are; `riffle plugin enable %.*s` and a new start bring it back",
                     RF_SLICE_ARG(name), RF_SLICE_ARG(name));
    self->started = true;
    rf_mutex_unlock(&self->lock);
}

/* The shard's chain. `*ret_made`: one that has to be listed; the lock must not be held for that. */
static rf_code take_chain(rf_plugin_processor *self, rf_plugin_local *local, rf_live_chain **ret_made, rf_error *reterr) {
    rf_live_chain *chain = self->pure ? &local->own : &self->common;
    rf_mutex_lock(&self->lock);
    rf_code code = rf_plugin_processor_start(self, reterr);
    if (!code && !chain->chain) {
        code = make_chain(self, chain, reterr);
        *ret_made = code ? NULL : chain;
    }
    local->chain = chain->chain;
    rf_mutex_unlock(&self->lock);
    return code;
}

static void local_free(rf_plugin_processor *self, rf_plugin_local *local) {
    if (!local)
        return;
    rf_plugins_live_remove(self->env->plugins, &local->own);
    rf_mutex_lock(&self->lock);
    for (size_t i = 0; i < self->chains.count; i++)
        if (self->chains.items[i] == local->own.chain)
            self->chains.items[i--] = self->chains.items[--self->chains.count];
    rf_mutex_unlock(&self->lock);
    rf_chain_free(local->own.chain);
    rf_runner_done(&local->runner);
    rf_vec_done(&local->out);
    rf_free(local);
}

static rf_code plugin_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    rf_plugin_processor *self = state;
    assert(self && shard && ret_local);
    rf_plugin_local *local = rf_alloc_zero(1, sizeof *local);
    rf_live_chain *made = NULL;
    if (!local)
        return rf_raise_nomem(reterr);
    rf_code code = rf_runner_init(&local->runner, &self->scripts, shard, reterr);
    if (!code && self->off)
        say_off(self);
    else if (!code)
        code = take_chain(self, local, &made, reterr);
    if (code) {
        local_free(self, local);
        return code;
    }
    if (made)
        rf_plugins_live_add(self->env->plugins, made);
    *ret_local = local;
    return RF_OK;
}

static rf_code plugin_process(void *state, void *local_state, rf_batch *batch, rf_error *reterr) {
    rf_plugin_processor *self = state;
    rf_plugin_local *local = local_state;
    assert(self && local && batch);
    if (!local->chain) {
        rf_meter_add(local->runner.meter, self->scripts.processed, batch->count);
        return RF_OK;
    }
    if (local->own.chain)
        return rf_plugin_process(self, local, batch, reterr);
    rf_mutex_lock(&self->run);
    rf_code code = rf_plugin_process(self, local, batch, reterr);
    rf_mutex_unlock(&self->run);
    return code;
}

static void plugin_detach(void *state, void *local) { local_free(state, local); }

/* The watch first: it hands out versions. Then the chain, which stands on everything else. */
static void plugin_close(void *state) {
    rf_plugin_processor *self = state;
    assert(self && self->env);
    rf_watch_stop(self->watch);
    rf_plugins_live_remove(self->env->plugins, &self->common);
    rf_chain_free(self->common.chain);
    rf_vec_done(&self->chains);
    rf_plugin_unref(self->plugin);
    rf_store_close(self->store);
    rf_trust_done(&self->trust);
    rf_plugin_shared_done(&self->shared);
    rf_scripts_done(&self->scripts);
    rf_mutex_done(&self->run);
    rf_mutex_done(&self->lock);
    rf_arena_done(&self->arena);
}

const rf_processor_kind rf_plugin_kind = {
    .name = "plugin",
    .summary = "Runs a plugin, in Fusabi or JavaScript, on every message.",
    .detail =
        "The plugin's `on_message` gets a message with `payload` and `meta`. It lets it go on as it is, drops it, or answers with another one, or "
        "a list of them. Numbers of a payload are floats in Fusabi, whatever they were written as; of the metadata that it answers with, only "
        "texts are kept. What a plugin left alone goes on as it came, not even written anew. A message whose hook fails goes on as it "
        "came, with an error; so do all messages of a plugin that was taken out because it failed too often in a row, until `riffle plugin "
        "enable NAME --url URL` or a saved file brings it back. One that the user turned off lets everything pass.\n"
        "\n"
        "A plugin keeps state, and so there is one of it, which the worker threads use in turn. One whose manifest says `pure = true` has a virtual "
        "machine for each thread, and no lock. Timers (`Timer.every`) are looked at behind each batch of messages: a stream that is quiet "
        "calls no `on_tick`. Notifications and status items go to the log.\n"
        "\n"
        "A saved file is compiled beside the running version, and swapped in between two batches; one with errors is "
        "logged with its line, and the running version goes on. `GET /plugins` of the HTTP service shows what plugins cost, as `riffle plugin top` "
        "does.",
    .example = "input:\n"
               "  generate:\n"
               "    interval: 1s\n"
               "    mapping: 'root = {\"sensor\": \"hall\", \"value\": 21.5}'\n"
               "pipeline:\n"
               "  processors:\n"
               "    - plugin:\n"
               "        path: ./examples/plugins/changes.js\n"
               "        config: {least: 0.1}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = plugin_fields,
    .state_size = sizeof(rf_plugin_processor),
    .open = plugin_open,
    .attach = plugin_attach,
    .process = plugin_process,
    .detach = plugin_detach,
    .close = plugin_close,
};
