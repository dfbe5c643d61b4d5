/* plugin_cache.c: what a warm VM saves: a hook of a plugin that is there, and of one that is loaded for the call. */
#include "plugin_common.h"

#include "base/alloc.h"

enum { HIT_NS = 100 }; /* issue 5: a no-op script */

static rf_code open_none(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    rf_plugin_set *set = rf_alloc_zero(1, sizeof *set);
    if (!set)
        return rf_raise_nomem(reterr);
    rf_code code = rf_plugin_set_init(set, bench->arg, reterr);
    if (code)
        rf_plugin_set_close(set);
    else
        *ret_state = set;
    return code;
}

/* The chain and the plugin of the iteration before go first; so the last one's are there to be looked at. */
static rf_code load_and_call(rf_plugin_set *set, rf_error *reterr) {
    rf_chain_free(set->chain);
    set->chain = NULL;
    if (set->count)
        rf_plugin_unref(set->plugins[0]);
    set->count = 0;
    rf_code code = rf_plugin_set_load(set, 0, reterr);
    if (code)
        return code;
    set->count = 1;
    code = rf_plugin_set_chain(set, reterr);
    if (code)
        return code;
    rf_outcome_text outcome = rf_chain_text(set->chain, RF_HOOK_OUTPUT, RF_SLICE("test"));
    rf_keep(outcome.bytes.data);
    return RF_OK;
}

static void work_none(void *state, uint64_t iterations) {
    rf_plugin_set *set = state;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++)
        if (load_and_call(set, &error)) {
            rf_plugin_note(&set->error, &error);
            return;
        }
}

static rf_code check_none(void *state, rf_error *reterr) {
    rf_plugin_set *set = state;
    set->calls[RF_HOOK_OUTPUT] = 1;
    return rf_plugin_chain_check(set, reterr);
}

static rf_code add(rf_groups *groups, bool is_hit, rf_form form, rf_error *reterr) {
    rf_bench row = { .group = "vm_cache", .name = is_hit ? "cache_hit" : "no_cache", .close = rf_plugin_set_close };
    row.doc = is_hit ? "calls a hook of a plugin that is loaded" : "loads the plugin, makes a chain and a VM, calls its hook once";
    row.open = is_hit ? rf_plugin_chain_open : open_none;
    row.work = is_hit ? rf_plugin_one_text : work_none;
    row.check = is_hit ? rf_plugin_chain_check : check_none;
    row.target_ns = is_hit && form != RF_FORM_NATIVE ? HIT_NS : 0;
    const rf_plugin_arg arg = { .form = form, .script = "always", .plugins = 1, .hook = RF_HOOK_OUTPUT, .text = "test", .events = 1 };
    return rf_plugin_row(groups, row, &arg, reterr);
}

rf_code rf_group_cache(rf_groups *groups, rf_error *reterr) {
    rf_code code = RF_OK;
    for (const rf_form *form = rf_hook_forms; *form && !code; form++)
        code = add(groups, true, *form, reterr);
    for (const rf_form *form = rf_hook_forms; *form && !code; form++)
        code = add(groups, false, *form, reterr);
    return code;
}
