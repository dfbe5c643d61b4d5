/* plugin.c: one version of a plugin: read, checked, given its rights, compiled. */
#include "plugin/plugin.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)16 << 20)
#define SIGNATURE_BYTES_MAX 4096u

/* A load while it goes on. */
typedef struct loading {
    const rf_plugin_file *file;
    const rf_plugin_load_options *options;
    rf_plugin *plugin;
} loading;

static rf_code read_all(int fd, const char *path, size_t max, rf_arena *arena, rf_slice *ret_bytes, rf_error *reterr) {
    struct stat about;
    if (fstat(fd, &about))
        return rf_raise(reterr, RF_EIO, "reading %s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return rf_raise(reterr, RF_EIO, "reading %s: it is no plain file", path);
    if ((uint64_t)about.st_size > max)
        return rf_raise(reterr, RF_EIO, "reading %s: %lld bytes, more than the %zu that are read", path, (long long)about.st_size, max);
    size_t size = (size_t)about.st_size, len = 0;
    char *bytes = rf_arena_alloc(arena, size + 1);
    if (!bytes)
        return rf_raise_nomem(reterr);
    while (len < size) {
        ssize_t got = read(fd, bytes + len, size - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return rf_raise(reterr, RF_EIO, "reading %s: %s", path, strerror(errno));
        if (got == 0)
            break;
        len += (size_t)got;
    }
    bytes[len] = '\0';
    *ret_bytes = (rf_slice){ bytes, len };
    return RF_OK;
}

/* Errors: RF_ENOTFOUND there is none; RF_EIO. */
static rf_code read_file(const char *path, size_t max, rf_arena *arena, rf_slice *ret_bytes, rf_error *reterr) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return rf_raise(reterr, errno == ENOENT ? RF_ENOTFOUND : RF_EIO, "reading %s: %s", path, strerror(errno));
    rf_code code = read_all(fd, path, max, arena, ret_bytes, reterr);
    (void)close(fd);
    return code;
}

static rf_code read_files(loading *l, rf_error *reterr) {
    rf_plugin *plugin = l->plugin;
    rf_code code = read_file(plugin->path, FILE_BYTES_MAX, &plugin->arena, &plugin->bytes, reterr);
    if (!code && plugin->manifest_path)
        code = read_file(plugin->manifest_path, FILE_BYTES_MAX, &plugin->arena, &plugin->manifest_bytes, reterr);
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
    rf_code code = read_file(path.data, SIGNATURE_BYTES_MAX, &plugin->arena, &text, reterr);
    if (code == RF_ENOTFOUND && l->options->require_signature) {
        code = rf_raise(reterr, RF_EREFUSED, "%s has no signature, and this host requires one", plugin->path);
        rf_error_hint(reterr, "`riffle plugin sign` makes %s", path.data);
        return code;
    }
    if (code == RF_ENOTFOUND)
        return RF_OK;
    const rf_trust_key *key = NULL;
    if (!code)
        code = rf_trust_verify(trust ? trust : &nobody, plugin->hash, text, &key, reterr);
    if (code)
        rf_error_prefix(reterr, "%s: ", path.data);
    else if (!(plugin->signer = rf_slice_dup_in(&plugin->arena, key->name).data))
        code = rf_raise_nomem(reterr);
    return code;
}

static uint32_t granted(const loading *l) {
    const rf_plugin *plugin = l->plugin;
    uint32_t allowed = RF_PLUGIN_CAN_FREELY | l->options->grant;
    if (l->options->trust)
        allowed |= rf_trust_granted(l->options->trust, plugin->manifest.name, plugin->hash);
    return plugin->manifest.capabilities & allowed;
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
    rf_trust_hash(plugin->bytes, plugin->manifest_bytes, plugin->hash);
    code = check_signature(l, reterr);
    plugin->granted = granted(l);
    if (!code)
        code = plugin->kind->compile(plugin->shared, &(rf_plugin_text){ plugin->path, plugin->bytes }, l->options->findings, &plugin->code, reterr);
    if (!code)
        warn_of_rights(l);
    return code;
}

rf_code rf_plugin_load(const rf_plugin_file *file, const rf_plugin_load_options *options, rf_plugin **ret_plugin, rf_error *reterr) {
    assert(file && options && options->shared && ret_plugin);
    uint64_t started = rf_clock_mono_ns();
    rf_plugin *plugin = rf_alloc_zero(1, sizeof *plugin);
    if (!plugin)
        return rf_raise_nomem(reterr);
    atomic_init(&plugin->references, 1);
    rf_arena_init(&plugin->arena, 4096);
    plugin->shared = options->shared;
    rf_error error = { 0 }; /* findings show it, too, whether the caller wants it or not */
    rf_code code = fill(&(loading){ file, options, plugin }, &error);
    if (code) {
        rf_plugin_unref(plugin);
        if (reterr)
            *reterr = error;
        return code;
    }
    plugin->load_ns = rf_clock_mono_ns() - started;
    *ret_plugin = plugin;
    return RF_OK;
}

rf_plugin *rf_plugin_ref(rf_plugin *plugin) {
    assert(plugin);
    atomic_fetch_add_explicit(&plugin->references, 1, memory_order_relaxed);
    return plugin;
}

void rf_plugin_unref(rf_plugin *plugin) {
    if (!plugin || atomic_fetch_sub_explicit(&plugin->references, 1, memory_order_acq_rel) != 1)
        return;
    if (plugin->kind)
        plugin->kind->code_free(plugin->code);
    rf_arena_done(&plugin->arena);
    rf_free(plugin);
}
