/* live.c: the plugins that run in this process: chains listed, looked at, given orders. */
#include "plugin/live.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "base/thread.h"
#include "base/vec.h"
#include "message/json.h"

#include <assert.h>

struct rf_plugins_live {
    rf_mutex lock;
    rf_live_chain *first; /* in the order in which they came */
};

/* One plugin over all its chains. `most_calls` of each hook: of the chain that p50 and p99 are from. */
typedef struct summed { rf_plugin_status status; uint64_t most_calls[RF_HOOK_COUNT]; uint32_t chains; } summed;

rf_code rf_plugins_live_new(rf_plugins_live **ret_live, rf_error *reterr) {
    assert(ret_live);
    rf_plugins_live *live = rf_alloc_zero(1, sizeof *live);
    if (!live)
        return rf_raise_nomem(reterr);
    rf_mutex_init(&live->lock);
    *ret_live = live;
    return RF_OK;
}

void rf_plugins_live_free(rf_plugins_live *live) {
    if (!live)
        return;
    assert(!live->first);
    rf_mutex_done(&live->lock);
    rf_free(live);
}

void rf_plugins_live_add(rf_plugins_live *live, rf_live_chain *chain) {
    assert(chain && chain->chain);
    if (!live)
        return;
    rf_mutex_lock(&live->lock);
    rf_live_chain **at = &live->first;
    while (*at)
        at = &(*at)->next;
    chain->next = NULL;
    *at = chain;
    rf_mutex_unlock(&live->lock);
}

void rf_plugins_live_remove(rf_plugins_live *live, rf_live_chain *chain) {
    assert(chain);
    if (!live)
        return;
    rf_mutex_lock(&live->lock);
    rf_live_chain **at = &live->first;
    while (*at && *at != chain)
        at = &(*at)->next;
    if (*at)
        *at = chain->next;
    rf_mutex_unlock(&live->lock);
}

void rf_plugins_live_each(rf_plugins_live *live, void (*visit)(void *arg, rf_chain *chain), void *arg) {
    assert(live && visit);
    rf_mutex_lock(&live->lock);
    for (const rf_live_chain *at = live->first; at; at = at->next)
        visit(arg, at->chain);
    rf_mutex_unlock(&live->lock);
}

/* ---- Orders ---- */

static bool has_plugin(rf_chain *chain, rf_slice name) {
    rf_plugin_status status;
    for (size_t i = 0; rf_chain_status(chain, i, &status); i++)
        if (rf_slice_is(name, status.name))
            return true;
    return false;
}

static rf_code fail_unknown(rf_slice name, rf_error *reterr) {
    rf_code code = rf_raise(reterr, RF_ENOTFOUND, "no plugin %.*s runs here", (int)(name.len > 80 ? 80 : name.len), name.data);
    rf_error_hint(reterr, "riffle plugin top shows those that do");
    return code;
}

rf_code rf_plugins_live_enable(rf_plugins_live *live, rf_slice name, bool enabled, rf_error *reterr) {
    assert(live);
    bool found = false;
    rf_code code = RF_OK;
    rf_mutex_lock(&live->lock);
    for (rf_live_chain *at = live->first; at && !code; at = at->next) {
        if (!has_plugin(at->chain, name))
            continue;
        found = true;
        code = rf_chain_post_enable(at->chain, name, enabled, reterr);
    }
    rf_mutex_unlock(&live->lock);
    return found ? code : fail_unknown(name, reterr);
}

/* Whether a chain before this one is of the same user: then it was asked already. */
static bool was_asked(const rf_plugins_live *live, const rf_live_chain *chain, rf_slice name) {
    for (const rf_live_chain *at = live->first; at != chain; at = at->next)
        if (at->user == chain->user && has_plugin(at->chain, name))
            return true;
    return false;
}

static rf_code reload_one(const rf_live_chain *chain, rf_slice name, rf_error *reterr) {
    if (chain->reload)
        return chain->reload(chain->user, name, reterr);
    return rf_raise(reterr, RF_EREFUSED, "plugin %.*s cannot be loaded anew here", RF_SLICE_ARG(name));
}

rf_code rf_plugins_live_reload(rf_plugins_live *live, rf_slice name, rf_error *reterr) {
    assert(live);
    bool found = false;
    rf_code code = RF_OK;
    rf_mutex_lock(&live->lock);
    for (rf_live_chain *at = live->first; at && !code; at = at->next) {
        if (!has_plugin(at->chain, name) || was_asked(live, at, name))
            continue;
        found = true;
        code = reload_one(at, name, reterr);
    }
    rf_mutex_unlock(&live->lock);
    return found ? code : fail_unknown(name, reterr);
}

/* ---- What there is ---- */

static int badness(rf_plugin_state state) { return state == RF_PLUGIN_FAILED ? 2 : state == RF_PLUGIN_DISABLED; }

static void add_hook(summed *sum, const rf_plugin_status *from, size_t hook) {
    rf_plugin_status *to = &sum->status;
    if (from->hooks[hook].calls > sum->most_calls[hook]) {
        sum->most_calls[hook] = from->hooks[hook].calls;
        to->hooks[hook].p50_ns = from->hooks[hook].p50_ns;
        to->hooks[hook].p99_ns = from->hooks[hook].p99_ns;
    }
    to->hooks[hook].exists |= from->hooks[hook].exists;
    to->hooks[hook].calls += from->hooks[hook].calls;
    to->hooks[hook].errors += from->hooks[hook].errors;
    to->hooks[hook].total_ns += from->hooks[hook].total_ns;
    if (from->hooks[hook].worst_ns > to->hooks[hook].worst_ns)
        to->hooks[hook].worst_ns = from->hooks[hook].worst_ns;
}

static void add_status(summed *sum, const rf_plugin_status *from) {
    rf_plugin_status *to = &sum->status;
    if (badness(from->state) > badness(to->state))
        to->state = from->state;
    if (from->failures > to->failures)
        to->failures = from->failures;
    if (from->reloads > to->reloads)
        to->reloads = from->reloads;
    to->held_bytes += from->held_bytes;
    if (from->last_error.code)
        to->last_error = from->last_error;
    for (size_t hook = 0; hook < RF_HOOK_COUNT; hook++)
        add_hook(sum, from, hook);
    sum->chains++;
}

typedef RF_VEC(summed) summed_list;

static summed *find_summed(summed_list *list, const rf_plugin_status *status) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].status.name, status->name) == 0)
            return &list->items[i];
    if (!rf_vec_room(list))
        return NULL;
    summed *made = &list->items[list->count++];
    *made = (summed){ .status = { .language = status->language, .state = RF_PLUGIN_RUNNING } };
    memcpy(made->status.name, status->name, sizeof made->status.name);
    memcpy(made->status.version, status->version, sizeof made->status.version);
    return made;
}

/* False: out of memory. */
static bool add_chain(summed_list *list, rf_chain *chain) {
    rf_plugin_status status;
    for (size_t i = 0; rf_chain_status(chain, i, &status); i++) {
        summed *sum = find_summed(list, &status);
        if (!sum)
            return false;
        add_status(sum, &status);
    }
    return true;
}

static void put_text(rf_buffer *out, const char *name, const char *text) {
    rf_buffer_printf(out, "\"%s\":", name);
    rf_json_write_string(out, rf_slice_of(text), 0);
    rf_buffer_char(out, ',');
}

static void put_error(rf_buffer *out, const rf_error *error) {
    char text[sizeof error->place.file + sizeof error->message + 40] = "";
    if (error->code && error->place.line)
        (void)snprintf(text, sizeof text, "%s:%u:%u: %s", error->place.file, error->place.line, error->place.column, error->message);
    else if (error->code)
        (void)snprintf(text, sizeof text, "%s", error->message);
    put_text(out, "last_error", text);
}

static void put_hooks(rf_buffer *out, const rf_plugin_status *status) {
    bool some = false;
    rf_buffer_text(out, "\"hooks\":{");
    for (size_t i = 0; i < RF_HOOK_COUNT; i++) {
        uint64_t calls = status->hooks[i].calls;
        if (!status->hooks[i].exists)
            continue;
        rf_buffer_printf(out,
                         "%s\"%s\":{\"calls\":%llu,\"errors\":%llu,\"mean_ns\":%llu,\"p50_ns\":%llu,\"p99_ns\":%llu,\"worst_ns\":%llu}",
                         some ? "," : "", rf_hooks[i].name, (unsigned long long)calls, (unsigned long long)status->hooks[i].errors,
                         (unsigned long long)(calls ? status->hooks[i].total_ns / calls : 0), (unsigned long long)status->hooks[i].p50_ns,
                         (unsigned long long)status->hooks[i].p99_ns, (unsigned long long)status->hooks[i].worst_ns);
        some = true;
    }
    rf_buffer_char(out, '}');
}

static void put_plugin(rf_buffer *out, const summed *sum) {
    static const char *const states[] = { [RF_PLUGIN_RUNNING] = "running", [RF_PLUGIN_FAILED] = "failed", [RF_PLUGIN_DISABLED] = "disabled" };
    const rf_plugin_status *status = &sum->status;
    rf_buffer_char(out, '{');
    put_text(out, "name", status->name);
    put_text(out, "version", status->version);
    put_text(out, "language", status->language ? status->language : "");
    put_text(out, "state", states[status->state]);
    rf_buffer_printf(out, "\"failures\":%u,\"reloads\":%llu,\"held_bytes\":%zu,\"chains\":%u,", status->failures,
                     (unsigned long long)status->reloads, status->held_bytes, sum->chains);
    put_error(out, &status->last_error);
    put_hooks(out, status);
    rf_buffer_char(out, '}');
}

void rf_plugins_live_json(rf_plugins_live *live, rf_buffer *out) {
    assert(live && out);
    summed_list list = { 0 };
    bool fits = true;
    rf_mutex_lock(&live->lock);
    for (rf_live_chain *at = live->first; at && fits; at = at->next)
        fits = add_chain(&list, at->chain);
    rf_mutex_unlock(&live->lock);
    rf_buffer_char(out, '[');
    for (size_t i = 0; i < list.count; i++) {
        if (i)
            rf_buffer_char(out, ',');
        put_plugin(out, &list.items[i]);
    }
    rf_buffer_text(out, "]\n");
    out->failed |= !fits;
    rf_vec_done(&list);
}
