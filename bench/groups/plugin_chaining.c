/* plugin_chaining.c: one line through 1 to 20 plugins. */
#include "plugin_common.h"

/* How many, the targets of issue 5 for no-op scripts, and what the original took (0: not known). */
static const struct chained { const char *parameter; uint32_t plugins; double target_ns, native_ns, script_ns; const char *original; } lengths[] = {
    { "1", 1, 0, 0, 0, NULL },
    { "2", 2, 0, 0, 0, NULL },
    { "5", 5, 500, 590, 17500, "script plugins whose hooks never ran; native ones 0.59 us" },
    { "10", 10, 0, 0, 0, NULL },
    { "20", 20, 2000, 2560, 71500, "script plugins whose hooks never ran; native ones 2.56 us" },
};

/* For scripts in Fusabi the original's scripts, for those in JavaScript, which it has not, its native plugins. */
static void set_bounds(rf_bench *row, const struct chained *c, rf_form form) {
    if (form == RF_FORM_NATIVE) {
        row->target_ns = c->plugins == 5 ? RF_SEED_CHAIN_NS : 0;
        row->original_ns = c->native_ns;
    } else {
        row->target_ns = c->target_ns;
        row->original_ns = form == RF_FORM_JS ? c->native_ns : c->script_ns;
        row->original = row->original_ns == 0 ? NULL : form == RF_FORM_JS ? "native plugins" : c->original;
    }
}

static rf_code add(rf_groups *groups, const char *name, const char *script, const struct chained *c, rf_form form, rf_error *reterr) {
    rf_bench row = { .group = "plugin_chaining", .name = name, .parameter = c->parameter, .doc = "one line of output through the plugins of a chain",
                     .number = c->plugins, .amount = c->plugins, .unit = RF_UNIT_CALLS, .open = rf_plugin_chain_open, .work = rf_plugin_one_text,
                     .check = rf_plugin_chain_check, .close = rf_plugin_set_close };
    if (strcmp(script, "noop") == 0)
        set_bounds(&row, c, form);
    const rf_plugin_arg arg = { .form = form, .script = script, .plugins = c->plugins, .hook = RF_HOOK_OUTPUT, .text = "Test output line", .events = 1 };
    return rf_plugin_row(groups, row, &arg, reterr);
}

static rf_code add_all(rf_groups *groups, const char *name, const char *script, rf_error *reterr) {
    rf_code code = RF_OK;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (const rf_form *form = rf_hook_forms; *form && !code; form++)
            code = add(groups, name, script, &lengths[i], *form, reterr);
    return code;
}

rf_code rf_group_chaining(rf_groups *groups, rf_error *reterr) {
    rf_code code = add_all(groups, "noop_plugins", "noop", reterr);
    return code ? code : add_all(groups, "processing_plugins", "processing", reterr);
}
