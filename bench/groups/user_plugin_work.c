/* user_plugin_work.c: the rows of a user's plugin: loading it, and events through its hooks. */
#include "user_plugin.h"

#include "base/slice.h"

#include <assert.h>

/* What a terminal hands on at once; and for as many messages what hooks have answered is kept. */
enum { RUN_LINES = 128, MESSAGES_KEPT = 64 };

typedef struct plugin_state {
    const rf_user_plugin_row *row;
    rf_user_loaded loaded;
    rf_arena answers;            /* of on_message */
    rf_outcome_text outcomes[RUN_LINES];
    uint64_t loads, iterations;
    rf_error error;              /* the first one, of loading and of messages */
} plugin_state;

static void close_plugin(void *state) {
    plugin_state *s = state;
    rf_user_loaded_done(&s->loaded);
    rf_arena_done(&s->answers);
    rf_free(s);
}

static rf_code open_plugin(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    plugin_state *s = rf_alloc_zero(1, sizeof *s);
    if (!s)
        return rf_raise_nomem(reterr);
    s->row = bench->arg;
    rf_arena_init(&s->answers, 16384);
    rf_code code = rf_user_loaded_init(&s->loaded, s->row->user, reterr);
    if (!code)
        code = rf_user_loaded_load(&s->loaded, reterr);
    if (code)
        close_plugin(s);
    else
        *ret_state = s;
    return code;
}

/* ---- Work ---- */

static void work_load(void *state, uint64_t iterations) {
    plugin_state *s = state;
    rf_code code = RF_OK;
    for (uint64_t i = 0; i < iterations && !code; i++) {
        code = rf_user_loaded_load(&s->loaded, s->error.code ? NULL : &s->error);
        s->loads += !code;
    }
}

static inline void send(rf_chain *chain, const rf_user_event *event) {
    if (event->hook == RF_HOOK_RESIZE) {
        rf_chain_notify(chain, RF_HOOK_RESIZE, event->size, 2);
        return;
    }
    rf_outcome_text outcome = rf_chain_text(chain, event->hook, event->text);
    rf_keep(outcome.bytes.data);
}

static void work_events(void *state, uint64_t iterations) {
    plugin_state *s = state;
    const rf_user_events *events = &s->row->user->events[s->row->hook];
    for (uint64_t i = 0; i < iterations; i++)
        for (size_t k = 0; k < events->count; k++)
            send(s->loaded.chain, &events->items[k]);
    s->iterations += iterations;
}

static void work_runs(void *state, uint64_t iterations) {
    plugin_state *s = state;
    const size_t count = s->row->user->events[RF_HOOK_OUTPUT].count;
    const rf_slice *lines = s->row->user->lines;
    for (uint64_t i = 0; i < iterations; i++)
        for (size_t at = 0; at < count; at += RUN_LINES) {
            size_t more = count - at < RUN_LINES ? count - at : RUN_LINES;
            rf_chain_lines(s->loaded.chain, lines + at, (uint32_t)more, s->outcomes);
            rf_keep(s->outcomes);
        }
    s->iterations += iterations;
}

static void send_message(plugin_state *s, size_t index) {
    rf_outcome_message outcome;
    rf_error *error = s->error.code ? NULL : &s->error;
    if (index % MESSAGES_KEPT == 0)
        rf_arena_clear(&s->answers);
    (void)rf_chain_message(s->loaded.chain, &s->row->user->messages[index], &s->answers, &outcome, error);
    rf_keep(outcome.list.items);
}

static void work_messages(void *state, uint64_t iterations) {
    plugin_state *s = state;
    for (uint64_t i = 0; i < iterations; i++)
        for (size_t k = 0; k < s->row->user->message_count; k++)
            send_message(s, k);
    s->iterations += iterations;
}

/* ---- Proof ---- */

static rf_code pass_on(const rf_error *error, rf_error *reterr) {
    if (reterr)
        *reterr = *error;
    return error->code;
}

/* Its own words, its own place; which hook it was, and how often. */
static rf_code failed(const rf_plugin_status *status, rf_hook hook, rf_error *reterr) {
    rf_error error = status->last_error;
    error.code = error.code ? error.code : RF_ESCRIPT;
    if (error.place.line) /* where failures of benchmarks are shown, there is room for words only */
        rf_error_prefix(&error, "%s:%u:%u: ", error.place.file, error.place.line, error.place.column);
    rf_error_prefix(&error, "%s failed %llu times in %llu calls%s: ", rf_hooks[hook].name, (unsigned long long)status->hooks[hook].errors,
                    (unsigned long long)status->hooks[hook].calls,
                    status->state == RF_PLUGIN_RUNNING ? "" : ", and the plugin was taken out");
    return pass_on(&error, reterr);
}

/* The plugin is called for each event, unless its manifest says what lines it looks for. */
static rf_code check_calls(const plugin_state *s, const rf_plugin_status *status, rf_hook hook, uint64_t events, rf_error *reterr) {
    uint64_t calls = status->hooks[hook].calls;
    bool looks = hook == RF_HOOK_OUTPUT && s->loaded.plugin->manifest.match_count > 0;
    if (!status->hooks[hook].exists || events == 0)
        return RF_OK;
    if (looks ? calls > 0 && calls <= events : calls == events)
        return RF_OK;
    if (looks && calls == 0)
        return rf_raise(reterr, RF_ESCRIPT,
                        "on_output was never called: no recorded line has what `match` in its manifest looks for (--input names "
                        "another recording)");
    return rf_raise(reterr, RF_ESCRIPT, "%s was called %llu times for %llu events", rf_hooks[hook].name, (unsigned long long)calls,
                    (unsigned long long)events);
}

static rf_code check_plugin(void *state, rf_error *reterr) {
    const plugin_state *s = state;
    const rf_user_plugin *user = s->row->user;
    rf_plugin_status status;
    if (s->error.code == RF_ENOMEM)
        return pass_on(&s->error, reterr);
    if (!rf_chain_status(s->loaded.chain, 0, &status))
        return rf_raise(reterr, RF_ESCRIPT, "the plugin is not in its chain");
    for (uint32_t hook = 0; hook < RF_HOOK_COUNT; hook++)
        if (status.hooks[hook].errors)
            return failed(&status, (rf_hook)hook, reterr);
    if (s->error.code)
        return pass_on(&s->error, reterr);
    rf_code code = s->iterations ? RF_OK : rf_raise(reterr, RF_ESCRIPT, "nothing was run");
    for (uint32_t hook = 0; hook < RF_HOOK_COUNT && !code; hook++) {
        bool takes_part = s->row->hook == hook || (s->row->hook == RF_HOOK_COUNT && hook != RF_HOOK_RAW_OUTPUT);
        size_t events = hook == RF_HOOK_MESSAGE ? user->message_count * (s->row->hook == hook) : user->events[hook].count;
        code = takes_part ? check_calls(s, &status, (rf_hook)hook, s->iterations * events, reterr) : RF_OK;
    }
    return code;
}

static rf_code check_load(void *state, rf_error *reterr) {
    const plugin_state *s = state;
    rf_plugin_status status;
    if (s->error.code)
        return pass_on(&s->error, reterr);
    if (s->loads == 0 || !rf_chain_status(s->loaded.chain, 0, &status))
        return rf_raise(reterr, RF_ESCRIPT, "the plugin was not loaded");
    return status.hooks[RF_HOOK_LOAD].errors ? failed(&status, RF_HOOK_LOAD, reterr) : RF_OK;
}

const rf_bench rf_user_load_row = { .group = "plugin", .open = open_plugin, .work = work_load, .check = check_load, .close = close_plugin };
const rf_bench rf_user_events_row = { .group = "plugin", .open = open_plugin, .work = work_events, .check = check_plugin, .close = close_plugin };
const rf_bench rf_user_runs_row = { .group = "plugin", .open = open_plugin, .work = work_runs, .check = check_plugin, .close = close_plugin };
const rf_bench rf_user_messages_row = { .group = "plugin", .open = open_plugin, .work = work_messages, .check = check_plugin, .close = close_plugin };
