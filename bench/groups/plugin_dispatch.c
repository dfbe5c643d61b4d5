/* plugin_dispatch.c: one event through no plugin, one that does nothing, one that does a little. */
#include "plugin_common.h"

/* Targets of issue 5 for plugins in scripts; the original's only measured figure is that of a native one. */
enum { NONE_NS = 15, NOOP_NS = 100, PROCESSING_NS = 250, ORIGINAL_NOOP_NS = 170 };

/* What a hook is given. */
typedef struct event {
    const char *group;
    rf_hook hook;
    const char *text, *doc;
    void (*work)(void *state, uint64_t iterations);
} event;

static rf_code add(rf_groups *groups, const event *e, const char *name, const char *script, rf_form form, rf_error *reterr) {
    bool is_none = form == RF_FORM_NONE, is_native = form == RF_FORM_NATIVE, is_noop = strcmp(script, "noop") == 0;
    rf_bench row = { .group = e->group, .name = name, .doc = e->doc, .open = rf_plugin_chain_open, .work = e->work, .check = rf_plugin_chain_check,
                     .close = rf_plugin_set_close };
    row.target_ns = is_none ? NONE_NS : is_native ? RF_SEED_HOOK_NS : is_noop ? NOOP_NS : PROCESSING_NS;
    if (!is_none && is_noop && e->hook == RF_HOOK_OUTPUT) {
        row.original_ns = ORIGINAL_NOOP_NS;
        row.original = is_native ? NULL : "a native plugin";
    }
    const rf_plugin_arg arg = { .form = form, .script = script, .plugins = is_none ? 0 : 1, .hook = e->hook, .text = e->text, .events = 1 };
    return rf_plugin_row(groups, row, &arg, reterr);
}

static rf_code add_forms(rf_groups *groups, const event *e, const char *name, const char *script, rf_error *reterr) {
    rf_code code = RF_OK;
    for (const rf_form *form = rf_hook_forms; *form && !code; form++)
        code = add(groups, e, name, script, *form, reterr);
    return code;
}

/* ---- Lines that concern nobody: plugins that declare what they look for ---- */

/* Sends what they do look for, once: each is called. */
static rf_code check_unconcerned(void *state, rf_error *reterr) {
    rf_plugin_set *set = state;
    set->calls[RF_HOOK_OUTPUT] = 0;
    rf_code code = rf_plugin_count_check(set, reterr);
    (void)rf_chain_text(set->chain, RF_HOOK_OUTPUT, RF_SLICE("an ERROR at last"));
    set->calls[RF_HOOK_OUTPUT] = 1;
    return code ? code : rf_plugin_count_check(set, reterr);
}

static rf_code add_unconcerned(rf_groups *groups, const event *e, uint32_t plugins, const char *parameter, rf_error *reterr) {
    const rf_bench row = { .group = e->group, .name = "not_concerned", .parameter = parameter, .number = plugins,
                           .doc = "one line of output that plugins with `match` do not look for", .open = rf_plugin_chain_open,
                           .work = rf_plugin_one_text, .check = check_unconcerned, .close = rf_plugin_set_close };
    const rf_plugin_arg arg = { .form = RF_FORM_FSX, .script = "looking", .plugins = plugins, .hook = RF_HOOK_OUTPUT, .text = e->text, .events = 1 };
    return rf_plugin_row(groups, row, &arg, reterr);
}

rf_code rf_group_dispatch(rf_groups *groups, rf_error *reterr) {
    static const event events[] = {
        { "hook_dispatch_output", RF_HOOK_OUTPUT, "Test output line with some content", "one line of output through the chain", rf_plugin_one_text },
        { "hook_dispatch_input", RF_HOOK_INPUT, "test input data\n", "16 bytes of input through the chain", rf_plugin_one_text },
        { "hook_dispatch_resize", RF_HOOK_RESIZE, NULL, "a new size, 100 x 50, for the chain", rf_plugin_resizes },
    };
    rf_code code = RF_OK;
    for (size_t i = 0; i < sizeof events / sizeof *events && !code; i++) {
        code = add(groups, &events[i], "no_plugins", "noop", RF_FORM_NONE, reterr);
        if (!code)
            code = add_forms(groups, &events[i], "single_noop", "noop", reterr);
        if (!code)
            code = add_forms(groups, &events[i], "single_processing", "processing", reterr);
        if (!code && events[i].hook == RF_HOOK_OUTPUT)
            code = add_unconcerned(groups, &events[i], 1, "1", reterr);
        if (!code && events[i].hook == RF_HOOK_OUTPUT)
            code = add_unconcerned(groups, &events[i], 20, "20", reterr);
    }
    return code;
}
