/* shared.c: what all plugins of a process share, and which language a file is in. */
#include "base/slice.h"
#include "plugin/cache.h"
#include "plugin/vm_fusabi.h"

#include <assert.h>

const rf_vm_kind *rf_vm_kind_of(const char *path) {
    rf_slice name = rf_slice_of(path);
    if (rf_slice_ends(name, RF_SLICE(".fsx")) || rf_slice_ends(name, RF_SLICE(".fzb")))
        return &rf_vm_fusabi;
    return rf_slice_ends(name, RF_SLICE(".js")) ? &rf_vm_javascript : NULL;
}

/* A cache is there to save time: a folder that cannot be used is done without. */
static rf_code open_cache(rf_plugin_shared *shared, const char *dir, rf_error *reterr) {
    rf_error error = { 0 };
    if (!dir)
        return RF_OK;
    rf_code code = rf_bytecode_cache_open(dir, &shared->cache, &error);
    if (code)
        shared->cache = NULL;
    return code == RF_ENOMEM ? rf_raise_nomem(reterr) : RF_OK;
}

rf_code rf_plugin_shared_init(rf_plugin_shared *shared, const char *cache_dir, rf_error *reterr) {
    assert(shared);
    *shared = (rf_plugin_shared){ 0 };
    rf_arena_init(&shared->arena, 8192);
    shared->epoch = rf_ticks_begin();
    rf_code code = rf_fus_engine_new(&shared->engine, reterr);
    if (!code)
        code = rf_vm_fusabi_register(shared, reterr);
    if (!code)
        code = open_cache(shared, cache_dir, reterr);
    if (code)
        rf_plugin_shared_done(shared);
    return code;
}

void rf_plugin_shared_done(rf_plugin_shared *shared) {
    rf_bytecode_cache_close(shared->cache);
    rf_fus_engine_unref(shared->engine);
    rf_arena_done(&shared->arena);
    *shared = (rf_plugin_shared){ 0 };
}
