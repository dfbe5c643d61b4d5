/* plugin_throughput.c: 10 to 1,000 lines, or inputs, through no plugin, one, five. */
#include "plugin_common.h"

enum { SCRIPT_LINE_NS = 500 }; /* issue 5: 2 million lines a second through five scripts */

static const struct length { const char *parameter; uint32_t events; } lengths[] = { { "10", 10 }, { "100", 100 }, { "1000", 1000 } };

/* A benchmark over the three lengths. */
typedef struct series {
    const char *group, *name, *doc;
    rf_hook hook;
    uint32_t plugins;
    void (*work)(void *state, uint64_t iterations);
} series;

static rf_code add(rf_groups *groups, const series *s, const struct length *length, rf_form form, rf_error *reterr) {
    rf_bench row = { .group = s->group, .name = s->name, .parameter = length->parameter, .doc = s->doc, .number = length->events,
                     .amount = length->events, .unit = s->hook == RF_HOOK_INPUT ? RF_UNIT_EVENTS : RF_UNIT_LINES, .open = rf_plugin_chain_open,
                     .work = s->work, .check = rf_plugin_chain_check, .close = rf_plugin_set_close };
    if (form == RF_FORM_NATIVE)
        row.target_ns = (double)RF_SEED_LINE_NS * length->events;
    else if (s->plugins == 5)
        row.target_ns = (double)SCRIPT_LINE_NS * length->events;
    const rf_plugin_arg arg = { .form = form, .script = "processing", .plugins = s->plugins, .hook = s->hook, .events = length->events };
    return rf_plugin_row(groups, row, &arg, reterr);
}

static rf_code add_forms(rf_groups *groups, const series *s, const struct length *length, rf_error *reterr) {
    rf_code code = RF_OK;
    if (!s->plugins)
        return add(groups, s, length, RF_FORM_NONE, reterr);
    for (const rf_form *form = rf_hook_forms; *form && !code; form++)
        code = add(groups, s, length, *form, reterr);
    return code;
}

rf_code rf_group_throughput(rf_groups *groups, rf_error *reterr) {
    static const series all[] = {
        { "output_throughput", "no_plugins", "lines of output, one after the other, through an empty chain", RF_HOOK_OUTPUT, 0, rf_plugin_all_texts },
        { "output_throughput", "single_plugin", "lines of output, one after the other, through one plugin", RF_HOOK_OUTPUT, 1, rf_plugin_all_texts },
        { "output_throughput", "five_plugins", "lines of output, one after the other, through five plugins", RF_HOOK_OUTPUT, 5, rf_plugin_all_texts },
        { "output_throughput", "five_plugins_run", "lines of output, as one run, through five plugins", RF_HOOK_OUTPUT, 5, rf_plugin_text_runs },
        { "input_throughput", "no_plugins", "inputs, one after the other, through an empty chain", RF_HOOK_INPUT, 0, rf_plugin_all_texts },
        { "input_throughput", "single_plugin", "inputs, one after the other, through one plugin", RF_HOOK_INPUT, 1, rf_plugin_all_texts },
    };
    rf_code code = RF_OK;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths && !code; k++)
            code = add_forms(groups, &all[i], &lengths[k], reterr);
    return code;
}
