/* user_plugin.c: benchmarks of a user's plugin: which there are for its hooks, and for what was recorded. */
#include "user_plugin.h"

#include "base/slice.h"

#include <assert.h>

/* One hook, as the report shows it. */
typedef struct hook_row { rf_hook hook; const rf_bench *bench; const char *name, *what; rf_unit unit; } hook_row;

static const hook_row hook_rows[] = {
    { RF_HOOK_OUTPUT, &rf_user_events_row, "on_output", "recorded lines, one by one", RF_UNIT_LINES },
    { RF_HOOK_OUTPUT, &rf_user_runs_row, "on_output_run", "recorded lines, up to 128 at once", RF_UNIT_LINES },
    { RF_HOOK_RAW_OUTPUT, &rf_user_events_row, "on_raw_output", "recorded parts of output", RF_UNIT_EVENTS },
    { RF_HOOK_INPUT, &rf_user_events_row, "on_input", "recorded inputs", RF_UNIT_EVENTS },
    { RF_HOOK_RESIZE, &rf_user_events_row, "on_resize", "recorded sizes", RF_UNIT_EVENTS },
    { RF_HOOK_MESSAGE, &rf_user_messages_row, "on_message", "recorded messages", RF_UNIT_MESSAGES },
    { RF_HOOK_COUNT, &rf_user_events_row, "all", "recorded lines, inputs and sizes, in their order", RF_UNIT_EVENTS },
};

static rf_code add(rf_user_plugin *user, const hook_row *row, size_t count, rf_error *reterr) {
    rf_arena *arena = &user->groups->arena;
    rf_user_plugin_row *arg = rf_arena_alloc(arena, sizeof *arg);
    rf_bench bench = *row->bench;
    bench.name = row->name;
    bench.unit = row->unit;
    bench.amount = (double)count;
    bench.doc = rf_printf_in(arena, "%zu %s", count, row->what).data;
    bench.arg = arg;
    if (!arg || !bench.doc)
        return rf_raise_nomem(reterr);
    *arg = (rf_user_plugin_row){ user, row->hook };
    return rf_groups_add(user->groups, &bench, reterr);
}

static rf_code add_load(rf_user_plugin *user, rf_error *reterr) {
    rf_user_plugin_row *arg = rf_arena_alloc(&user->groups->arena, sizeof *arg);
    rf_bench bench = rf_user_load_row;
    if (!arg)
        return rf_raise_nomem(reterr);
    *arg = (rf_user_plugin_row){ user, RF_HOOK_COUNT };
    bench.name = "load";
    bench.doc = "its file is read and compiled, without the bytecode cache; its top level and on_load run";
    bench.arg = arg;
    return rf_groups_add(user->groups, &bench, reterr);
}

static size_t count_of(const rf_user_plugin *user, rf_hook hook) {
    return hook == RF_HOOK_MESSAGE ? user->message_count : user->events[hook].count;
}

/* `hooks`: bits of those that the plugin has. Together they are worth a row when there is more than one. */
static rf_code add_all(rf_user_plugin *user, uint32_t hooks, size_t *ret_added, rf_error *reterr) {
    const uint32_t in_order = hooks & (1u << RF_HOOK_OUTPUT | 1u << RF_HOOK_INPUT | 1u << RF_HOOK_RESIZE);
    rf_code code = add_load(user, reterr);
    *ret_added = 0;
    for (size_t i = 0; i < sizeof hook_rows / sizeof *hook_rows && !code; i++) {
        const hook_row *row = &hook_rows[i];
        bool has_it = row->hook == RF_HOOK_COUNT ? in_order != 0 : (hooks >> row->hook & 1u) != 0;
        if (!has_it || count_of(user, row->hook) == 0 || (row->hook == RF_HOOK_COUNT && *ret_added == 0))
            continue;
        code = add(user, row, count_of(user, row->hook), reterr);
        *ret_added += !code;
    }
    return code;
}

static rf_code find_hooks(const rf_user_plugin *user, uint32_t *ret_hooks, rf_error *reterr) {
    rf_user_loaded loaded;
    rf_plugin_status status;
    rf_code code = rf_user_loaded_init(&loaded, user, reterr);
    if (!code)
        code = rf_user_loaded_load(&loaded, reterr);
    *ret_hooks = 0;
    if (!code && !rf_chain_status(loaded.chain, 0, &status))
        code = rf_raise(reterr, RF_ESCRIPT, "the plugin is not in its chain");
    for (uint32_t hook = 0; hook < RF_HOOK_COUNT && !code; hook++)
        *ret_hooks |= (uint32_t)status.hooks[hook].exists << hook;
    rf_user_loaded_done(&loaded);
    return code;
}

/* A text may be messages; for a plugin that has more than on_message it need not. */
static rf_code read_input(rf_user_plugin *user, uint32_t hooks, rf_error *reterr) {
    const uint32_t others = 1u << RF_HOOK_OUTPUT | 1u << RF_HOOK_INPUT | 1u << RF_HOOK_RESIZE;
    rf_slice text = { 0 };
    rf_error error = { 0 };
    if (!user->input)
        return rf_user_events_standard(user, reterr);
    rf_code code = rf_user_events_read(user, &text, reterr);
    if (code || !user->is_text || !(hooks >> RF_HOOK_MESSAGE & 1u))
        return code;
    code = rf_user_events_messages(user, text, &error);
    if (code == RF_OK || (code != RF_ENOMEM && (hooks & others)))
        return RF_OK;
    if (reterr)
        *reterr = error;
    return code;
}

static rf_code nothing_for_it(const rf_user_plugin *user, uint32_t hooks, rf_error *reterr) {
    rf_code code = rf_raise(reterr, RF_ECONFIG, "nothing in %s is for the plugin %s",
                            user->input ? user->input : "the recording that is built in", user->name);
    if (hooks >> RF_HOOK_MESSAGE & 1u)
        rf_error_hint(reterr, "it has on_message: --input FILE with a message in each line, {\"payload\": 1, \"meta\": {}}");
    else
        rf_error_hint(reterr, "lines go to on_output, and what an asciicast has besides to on_raw_output, on_input and on_resize");
    return code;
}

rf_code rf_bench_plugin(rf_groups *groups, const char *plugin, const char *input, rf_error *reterr) {
    assert(groups && plugin);
    uint32_t hooks = 0;
    size_t added = 0;
    rf_user_plugin *user = rf_arena_zero(&groups->arena, 1, sizeof *user);
    if (!user)
        return rf_raise_nomem(reterr);
    user->groups = groups;
    user->name = rf_strdup_in(&groups->arena, plugin);
    user->input = input ? rf_strdup_in(&groups->arena, input) : NULL;
    rf_code code = user->name && (user->input || !input) ? find_hooks(user, &hooks, reterr) : rf_raise_nomem(reterr);
    if (!code)
        code = read_input(user, hooks, reterr);
    if (!code)
        code = add_all(user, hooks, &added, reterr);
    return code || added ? code : nothing_for_it(user, hooks, reterr);
}
