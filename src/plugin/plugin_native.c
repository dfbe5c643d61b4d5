/* plugin_native.c: a plugin made of code that the host has already, with a manifest of defaults. */
#include "plugin/plugin_native.h"

#include <assert.h>

static rf_code fill(rf_plugin *plugin, rf_slice name, rf_error *reterr) {
    rf_slice copy = rf_slice_dup_in(&plugin->arena, name);
    if (!copy.data)
        return rf_raise_nomem(reterr);
    plugin->path = copy.data; /* ends with a NUL */
    rf_source source = { plugin->path, { "", 0 } };
    rf_manifest_finding *findings = NULL;
    rf_code code = rf_manifest_read(&plugin->arena, &source, false, copy, &plugin->manifest, &findings, reterr);
    return code ? code : rf_manifest_configure(&plugin->manifest, NULL, &plugin->arena, &plugin->config, reterr);
}

rf_code rf_plugin_wrap(const rf_plugin_shared *shared, const rf_vm_kind *kind, rf_plugin_code *code, rf_slice name, rf_plugin **ret_plugin,
                       rf_error *reterr) {
    assert(shared && kind && code && ret_plugin);
    rf_plugin *plugin = rf_plugin_new(shared);
    if (!plugin)
        return rf_raise_nomem(reterr);
    rf_code failed = fill(plugin, name, reterr);
    if (failed) {
        rf_plugin_unref(plugin);
        return failed;
    }
    plugin->kind = kind;
    plugin->code = code;
    *ret_plugin = plugin;
    return RF_OK;
}
