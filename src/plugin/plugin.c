/* plugin.c: one version of a plugin: read, checked, given its rights, compiled. */
#include "plugin/plugin.h"

#include "base/reference.h"
#include "base/slice.h"
#include "observe/zone.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)16 << 20)
#define SIGNATURE_BYTES_MAX 4096u
#define FIRST_BLOCK_BYTES 960u /* what allocators have a quick way for */

/* A load while it goes on. */
typedef struct loading {
    const rf_plugin_file *file;
    const rf_plugin_load_options *options;
    rf_plugin *plugin;
} loading;

static rf_code read_files(loading *l, rf_error *reterr) {
    rf_plugin *plugin = l->plugin;
    const rf_plugin_folder *folder = l->options->folder;
    rf_code code = rf_plugin_read(folder, plugin->path, FILE_BYTES_MAX, &plugin->arena, &plugin->bytes, reterr);
    if (!code && plugin->manifest_path)
        code = rf_plugin_read(folder, plugin->manifest_path, FILE_BYTES_MAX, &plugin->arena, &plugin->manifest_bytes, reterr);
    return code == RF_ENOTFOUND ? rf_raise(reterr, RF_EIO, "reading %s: no such file", plugin->path) : code;
}

static void show(const loading *l, const rf_source *source, const rf_error *error) {
    if (l->options->findings)
        rf_source_show(l->options->findings, source, error, false);
}

static rf_code read_manifest(loading *l, rf_error *reterr) {
    rf_plugin *plugin = l->plugin;
    bool is_toml = plugin->manifest_path != NULL;
    bool is_bytecode = !is_toml && rf_slice_ends(rf_slice_of(plugin->path), RF_SLICE(".fzb"));
    rf_source source = { is_toml ? plugin->manifest_path : plugin->path, is_toml ? plugin->manifest_bytes : plugin->bytes };
    if (is_bytecode)
        source.text = RF_SLICE("");
    rf_manifest_finding *findings = NULL;
    rf_code code = rf_manifest_read(&plugin->arena, &source, is_toml, l->file->stem, &plugin->manifest, &findings, reterr);
    for (rf_manifest_finding *f = findings; f; f = f->next)
        show(l, &source, &f->error);
    if (code)
        return code;
    code = rf_manifest_check_api(&plugin->manifest, reterr);
    if (code)
        rf_error_place(reterr, source.name, 1, 1);
    else
        code = rf_manifest_configure(&plugin->manifest, l->options->config, &plugin->arena, &plugin->config, reterr);
    if (code && code != RF_ENOMEM)
        show(l, &source, reterr);
    return code;
}

/* Whoever trusts no key, and requires none, cannot tell a good signature from a bad one: it is not looked for. */
static rf_code check_signature(loading *l, rf_error *reterr) {
    rf_plugin *plugin = l->plugin;
    const rf_trust *trust = l->options->trust;
    static const rf_trust nobody;
    if (!l->options->require_signature && !(trust && trust->key_count))
        return RF_OK;
    const char *dot = strrchr(plugin->path, '.');
    rf_slice path = rf_printf_in(&plugin->arena, "%.*s.sig", (int)(dot - plugin->path), plugin->path), text;
    if (!path.data)
        return rf_raise_nomem(reterr);
    uint8_t hash[32];
    rf_code code = rf_plugin_read(l->options->folder, path.data, SIGNATURE_BYTES_MAX, &plugin->arena, &text, reterr);
    if (code == RF_ENOTFOUND && l->options->require_signature) {
        code = rf_raise(reterr, RF_EREFUSED, "%s has no signature, and this host requires one", plugin->path);
        rf_error_hint(reterr, "`riffle plugin sign` makes %s", path.data);
        return code;
    }
    if (code == RF_ENOTFOUND)
        return RF_OK;
    const rf_trust_key *key = NULL;
    rf_plugin_hash(plugin, hash);
    if (!code)
        code = rf_trust_verify(trust ? trust : &nobody, hash, text, &key, reterr);
    if (code)
        rf_error_prefix(reterr, "%s: ", path.data);
    else if (!(plugin->signer = rf_slice_dup_in(&plugin->arena, key->name).data))
        code = rf_raise_nomem(reterr);
    return code;
}

static uint32_t granted(const loading *l) {
    const rf_plugin *plugin = l->plugin;
    uint32_t asks = plugin->manifest.capabilities, allowed = RF_PLUGIN_CAN_FREELY | l->options->grant;
    uint8_t hash[32];
    if (l->options->trust && (asks & ~allowed)) {
        rf_plugin_hash(plugin, hash);
        allowed |= rf_trust_granted(l->options->trust, plugin->manifest.name, hash);
    }
    return asks & allowed;
}

static void warn(const loading *l, const char *before, uint32_t bits, const char *behind) {
    char names[300];
    if (!bits)
        return;
    rf_plugin_capability_text(bits, names, sizeof names);
    rf_buffer_printf(l->options->findings, "%s: warning: %s %s, which %s\n", l->plugin->path, before, names, behind);
}

/* What will be missing is said now, not when the first line comes. */
static void warn_of_rights(const loading *l) {
    const rf_plugin *plugin = l->plugin;
    uint32_t uses = plugin->kind->uses(plugin->code);
    char how[120];
    if (!l->options->findings)
        return;
    (void)snprintf(how, sizeof how, "nobody granted; `riffle plugin trust %.*s` does", RF_SLICE_ARG(plugin->manifest.name));
    warn(l, "it calls functions that need", uses & ~plugin->manifest.capabilities, "its manifest does not ask for (`capabilities`)");
    warn(l, "it asks for", plugin->manifest.capabilities & ~plugin->granted, how);
}

static rf_code fill(loading *l, rf_error *reterr) {
    rf_plugin *plugin = l->plugin;
    plugin->path = rf_strdup_in(&plugin->arena, l->file->path);
    plugin->manifest_path = l->file->manifest ? rf_strdup_in(&plugin->arena, l->file->manifest) : NULL;
    if (!plugin->path || (l->file->manifest && !plugin->manifest_path))
        return rf_raise_nomem(reterr);
    if (!(plugin->kind = rf_vm_kind_of(plugin->path)))
        return rf_raise(reterr, RF_ECONFIG, "%s is no plugin: it must end in .fsx, .fzb or .js", plugin->path);
    rf_code code = read_files(l, reterr);
    if (!code)
        code = read_manifest(l, reterr);
    if (code)
        return code;
    code = check_signature(l, reterr);
    plugin->granted = granted(l);
    if (!code)
        code = plugin->kind->compile(plugin->shared, &(rf_plugin_text){ plugin->path, plugin->bytes }, l->options->findings, &plugin->code,
                                     reterr);
    if (!code)
        warn_of_rights(l);
    return code;
}

rf_plugin *rf_plugin_new(const rf_plugin_shared *shared) {
    rf_arena arena; /* the plugin lives in what it owns */
    rf_arena_init(&arena, FIRST_BLOCK_BYTES);
    rf_plugin *plugin = rf_arena_zero(&arena, 1, sizeof *plugin);
    if (!plugin)
        return NULL;
    plugin->arena = arena;
    plugin->shared = shared;
    atomic_init(&plugin->references, 1);
    return plugin;
}

rf_code rf_plugin_load(const rf_plugin_file *file, const rf_plugin_load_options *options, rf_plugin **ret_plugin, rf_error *reterr) {
    assert(file && options && options->shared && ret_plugin);
    RF_ZONE(RF_ZONE_PLUGIN_LOAD, file->path);
    uint64_t began = rf_ticks(&options->shared->epoch);
    rf_plugin *plugin = rf_plugin_new(options->shared);
    if (!plugin)
        return rf_raise_nomem(reterr);
    rf_error error; /* findings show it, too, whether the caller wants it or not; whoever fails fills all of it */
    rf_code code = fill(&(loading){ file, options, plugin }, &error);
    if (code) {
        rf_plugin_unref(plugin);
        if (reterr)
            *reterr = error;
        return code;
    }
    plugin->load_ticks = rf_ticks_between(began, rf_ticks(&options->shared->epoch));
    *ret_plugin = plugin;
    return RF_OK;
}

uint64_t rf_plugin_load_ns(const rf_plugin *plugin) {
    return plugin->load_ticks ? (uint64_t)((double)plugin->load_ticks * rf_ticks_unit_ns(&plugin->shared->epoch)) : 0;
}

void rf_plugin_hash(const rf_plugin *plugin, uint8_t ret_hash[32]) {
    rf_trust_hash(plugin->bytes, plugin->manifest_bytes, ret_hash);
}

rf_plugin *rf_plugin_ref(rf_plugin *plugin) {
    assert(plugin);
    atomic_fetch_add_explicit(&plugin->references, 1, memory_order_relaxed);
    return plugin;
}

void rf_plugin_unref(rf_plugin *plugin) {
    if (!plugin || !rf_reference_drop(&plugin->references))
        return;
    if (plugin->kind)
        plugin->kind->code_free(plugin->code);
    rf_arena arena = plugin->arena;
    rf_arena_done(&arena);
}
