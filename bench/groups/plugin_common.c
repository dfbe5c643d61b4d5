/* plugin_common.c: plugins of one form in a chain: made, driven, and looked at afterwards. */
#include "plugin_common.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>
#include <stdio.h>

#define TEXT_ROOM 80u
#define COLUMNS 100
#define ROWS 50

const rf_form rf_hook_forms[] = { RF_FORM_NATIVE, RF_FORM_FSX, RF_FORM_FZB, RF_FORM_JS, RF_FORM_NONE };

rf_code rf_plugin_row(rf_groups *groups, rf_bench row, const rf_plugin_arg *arg, rf_error *reterr) {
    rf_plugin_arg *copy = rf_arena_alloc(&groups->arena, sizeof *copy);
    if (!copy)
        return rf_raise_nomem(reterr);
    *copy = *arg;
    copy->groups = groups;
    row.form = rf_form_name(arg->form);
    row.arg = copy;
    return rf_groups_add(groups, &row, reterr);
}

/* ---- Texts ---- */

rf_code rf_plugin_texts_make(rf_plugin_texts *texts, rf_hook hook, uint32_t count, rf_error *reterr) {
    rf_slice *items = rf_alloc(count * (sizeof *items + TEXT_ROOM));
    if (!items)
        return rf_raise_nomem(reterr);
    char *text = (char *)(items + count);
    *texts = (rf_plugin_texts){ items, count, 0 };
    for (uint32_t i = 0; i < count; i++, text += TEXT_ROOM) {
        if (hook == RF_HOOK_INPUT)
            (void)snprintf(text, TEXT_ROOM, "command_%u\n", i);
        else
            (void)snprintf(text, TEXT_ROOM, "[%06u] Processing request #%u with status: %s", i, i, i % 3 ? "PENDING" : "OK");
        items[i] = rf_slice_of(text);
        texts->bytes += items[i].len;
    }
    return RF_OK;
}

void rf_plugin_texts_done(rf_plugin_texts *texts) {
    rf_free(texts->items);
    *texts = (rf_plugin_texts){ 0 };
}

/* The one text that is sent each time. */
static rf_code one_text(rf_plugin_texts *texts, const char *text, rf_error *reterr) {
    rf_slice *item = rf_alloc(sizeof *item);
    if (!item)
        return rf_raise_nomem(reterr);
    *item = rf_slice_of(text);
    *texts = (rf_plugin_texts){ item, 1, item->len };
    return RF_OK;
}

/* ---- Plugins and chains ---- */

static void count_complaint(void *user, rf_slice plugin, rf_log_level level, rf_slice text) {
    rf_plugin_set *set = user;
    (void)plugin, (void)level, (void)text;
    set->complaints++;
}

rf_code rf_plugin_set_load(rf_plugin_set *set, uint32_t index, rf_error *reterr) {
    char name[64];
    rf_plugin **place = &set->plugins[index];
    int len = snprintf(name, sizeof name, "%s-%02u", set->arg->script, index);
    rf_plugin_file file = { .path = set->path, .stem = { name, (size_t)len } };
    if (set->arg->form != RF_FORM_NATIVE)
        return rf_plugin_load(&file, &(rf_plugin_load_options){ .shared = &set->shared }, place, reterr);
    bool processes = strcmp(set->arg->script, rf_native_processing.name) == 0;
    return rf_native_plugin(&set->shared, processes ? &rf_native_processing : &rf_native_noop, file.stem, &set->tallies[index], place,
                            reterr);
}

rf_code rf_plugin_set_init(rf_plugin_set *set, const rf_plugin_arg *arg, rf_error *reterr) {
    rf_code code = RF_OK;
    assert(arg->plugins <= RF_SET_PLUGINS_MAX);
    *set = (rf_plugin_set){ .arg = arg, .host = { .kind = "bench", .log = count_complaint } };
    set->host.user = set;
    if (arg->form > RF_FORM_NATIVE) {
        code = rf_plugin_shared_init(&set->shared, NULL, reterr);
        if (!code)
            code = rf_script_file(arg->groups, &set->shared, rf_script_find(arg->script), arg->form, &set->path, reterr);
    }
    for (uint32_t i = 0; i < arg->plugins && !code; i++) {
        code = rf_plugin_set_load(set, i, reterr);
        set->count += !code;
    }
    return code;
}

void rf_plugin_set_done(rf_plugin_set *set) {
    rf_chain_free(set->chain);
    for (uint32_t i = 0; i < set->count; i++)
        rf_plugin_unref(set->plugins[i]);
    rf_plugin_texts_done(&set->texts);
    rf_free(set->outcomes);
    rf_plugin_shared_done(&set->shared);
}

rf_code rf_plugin_set_chain(rf_plugin_set *set, rf_error *reterr) {
    rf_chain_free(set->chain);
    set->chain = NULL;
    rf_code code = rf_chain_new(&(rf_chain_options){ .host = &set->host, .quota = RF_PLUGIN_QUOTA_DEFAULT }, &set->chain, reterr);
    for (uint32_t i = 0; i < set->count && !code; i++)
        code = rf_chain_add(set->chain, set->plugins[i], reterr);
    return code;
}

/* ---- As benchmarks have them ---- */

static rf_code fill(rf_plugin_set *set, const rf_plugin_arg *arg, rf_error *reterr) {
    rf_code code = rf_plugin_set_init(set, arg, reterr);
    if (!code)
        code = rf_plugin_set_chain(set, reterr);
    if (code || arg->hook == RF_HOOK_RESIZE)
        return code;
    code = arg->text ? one_text(&set->texts, arg->text, reterr) : rf_plugin_texts_make(&set->texts, arg->hook, arg->events, reterr);
    if (!code && !(set->outcomes = rf_alloc(set->texts.count * sizeof *set->outcomes)))
        code = rf_raise_nomem(reterr);
    return code;
}

rf_code rf_plugin_chain_open(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    rf_plugin_set *set = rf_alloc_zero(1, sizeof *set);
    if (!set)
        return rf_raise_nomem(reterr);
    rf_code code = fill(set, bench->arg, reterr);
    if (code)
        rf_plugin_set_close(set);
    else
        *ret_state = set;
    return code;
}

void rf_plugin_set_close(void *state) {
    rf_plugin_set_done(state);
    rf_free(state);
}

static void count_texts(rf_plugin_set *set, uint64_t iterations) {
    set->calls[set->arg->hook] += iterations * set->texts.count;
    set->counter += iterations * set->texts.bytes;
}

void rf_plugin_one_text(void *state, uint64_t iterations) {
    rf_plugin_set *set = state;
    rf_chain *chain = set->chain;
    const rf_hook hook = set->arg->hook;
    const rf_slice text = set->texts.items[0];
    for (uint64_t i = 0; i < iterations; i++) {
        rf_outcome_text outcome = rf_chain_text(chain, hook, text);
        rf_keep(outcome.bytes.data);
    }
    count_texts(set, iterations);
}

void rf_plugin_all_texts(void *state, uint64_t iterations) {
    rf_plugin_set *set = state;
    for (uint64_t i = 0; i < iterations; i++)
        for (uint32_t k = 0; k < set->texts.count; k++) {
            rf_outcome_text outcome = rf_chain_text(set->chain, set->arg->hook, set->texts.items[k]);
            rf_keep(outcome.bytes.data);
        }
    count_texts(set, iterations);
}

void rf_plugin_text_runs(void *state, uint64_t iterations) {
    rf_plugin_set *set = state;
    for (uint64_t i = 0; i < iterations; i++) {
        rf_chain_lines(set->chain, set->texts.items, set->texts.count, set->outcomes);
        rf_keep(set->outcomes);
    }
    count_texts(set, iterations);
}

void rf_plugin_resizes(void *state, uint64_t iterations) {
    rf_plugin_set *set = state;
    const rf_pv size[] = { { .kind = RF_PV_INT, .integer = COLUMNS }, { .kind = RF_PV_INT, .integer = ROWS } };
    for (uint64_t i = 0; i < iterations; i++) {
        rf_chain_notify(set->chain, RF_HOOK_RESIZE, size, 2);
        rf_keep(size);
    }
    set->calls[RF_HOOK_RESIZE] += iterations;
    set->counter = COLUMNS * ROWS;
}

/* ---- Proof ---- */

static rf_code count_of_plugin(rf_plugin_set *set, uint32_t index, rf_error *reterr) {
    rf_plugin_status status;
    if (!rf_chain_status(set->chain, index, &status))
        return rf_raise(reterr, RF_ESCRIPT, "the chain has %u plugins in place of %u", index, set->count);
    if (status.state != RF_PLUGIN_RUNNING)
        return rf_raise(reterr, RF_ESCRIPT, "plugin %s was disabled: %s", status.name, status.last_error.message);
    for (uint32_t hook = 0; hook < RF_HOOK_COUNT; hook++) {
        if (status.hooks[hook].errors)
            return rf_raise(reterr, RF_ESCRIPT, "%s of plugin %s failed %llu times: %s", rf_hooks[hook].name, status.name,
                            (unsigned long long)status.hooks[hook].errors, status.last_error.message);
        if (status.hooks[hook].calls != set->calls[hook])
            return rf_raise(reterr, RF_ESCRIPT, "%s of plugin %s was called %llu times in place of %llu", rf_hooks[hook].name, status.name,
                            (unsigned long long)status.hooks[hook].calls, (unsigned long long)set->calls[hook]);
    }
    return RF_OK;
}

rf_code rf_plugin_count_check(rf_plugin_set *set, rf_error *reterr) {
    rf_code code = RF_OK;
    if (!set->chain)
        return rf_raise(reterr, RF_ESCRIPT, "nothing was run");
    if (rf_chain_count(set->chain) != set->count)
        return rf_raise(reterr, RF_ESCRIPT, "the chain has %zu plugins in place of %u", rf_chain_count(set->chain), set->count);
    for (uint32_t i = 0; i < set->count && !code; i++)
        code = count_of_plugin(set, i, reterr);
    if (!code && set->complaints)
        code = rf_raise(reterr, RF_ESCRIPT, "the plugins complained %llu times", (unsigned long long)set->complaints);
    return code;
}

static bool processes(const rf_plugin_set *set) { return set->count && strcmp(set->arg->script, "processing") == 0; }

/* What native plugins counted is exact. */
static rf_code check_tallies(const rf_plugin_set *set, rf_error *reterr) {
    for (uint32_t i = 0; i < set->count; i++)
        if (set->tallies[i].counter != set->counter)
            return rf_raise(reterr, RF_ESCRIPT, "plugin %u counted %llu in place of %llu", i, (unsigned long long)set->tallies[i].counter,
                            (unsigned long long)set->counter);
    return RF_OK;
}

/* A line that scripts stop: what their hooks work out decides it. Natives count it. */
static rf_code probe(rf_plugin_set *set, rf_error *reterr) {
    bool is_native = set->arg->form == RF_FORM_NATIVE, must_stop = processes(set) && !is_native;
    uint64_t before = set->tallies[0].counter, more = 5 + 10; /* its length, and ten for the word */
    rf_outcome_text outcome = rf_chain_text(set->chain, RF_HOOK_OUTPUT, RF_SLICE("ERROR"));
    if (outcome.verdict != RF_VERDICT_CONTINUE || !rf_slice_is(outcome.bytes, "ERROR"))
        return rf_raise(reterr, RF_ESCRIPT, "a line came out of the chain changed");
    if (outcome.stopped != must_stop)
        return rf_raise(reterr, RF_ESCRIPT, "a line was %s", must_stop ? "not stopped" : "stopped");
    if (is_native && processes(set) && set->tallies[0].counter != before + more)
        return rf_raise(reterr, RF_ESCRIPT, "a line was counted as %llu in place of %llu",
                        (unsigned long long)(set->tallies[0].counter - before), (unsigned long long)more);
    return RF_OK;
}

rf_code rf_plugin_chain_check(void *state, rf_error *reterr) {
    rf_plugin_set *set = state;
    if (set->error.code) {
        if (reterr)
            *reterr = set->error;
        return set->error.code;
    }
    rf_code code = rf_plugin_count_check(set, reterr);
    if (!code && processes(set) && set->arg->form == RF_FORM_NATIVE)
        code = check_tallies(set, reterr);
    return code ? code : probe(set, reterr);
}

rf_code rf_plugin_works(rf_plugin *plugin, const rf_plugin_host *host, uint32_t hooks, rf_error *reterr) {
    rf_chain *chain = NULL;
    rf_plugin_status status = { 0 };
    rf_code code = rf_chain_new(&(rf_chain_options){ .host = host, .quota = RF_PLUGIN_QUOTA_DEFAULT }, &chain, reterr);
    if (!code)
        code = rf_chain_add(chain, plugin, reterr);
    if (!code && !rf_chain_status(chain, 0, &status))
        code = rf_raise(reterr, RF_ESCRIPT, "the plugin is not in its chain");
    for (uint32_t hook = 0; hook < RF_HOOK_COUNT && !code; hook++)
        if (status.hooks[hook].exists != ((hooks >> hook) & 1u))
            code = rf_raise(reterr, RF_ESCRIPT, "the plugin %s %s", status.hooks[hook].exists ? "has, but should not have," : "lacks",
                            rf_hooks[hook].name);
    rf_chain_free(chain);
    return code;
}
