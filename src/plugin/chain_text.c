/* chain_text.c: lines, keys, pastes and sizes through the chain. */
#include "plugin/chain_internal.h"

#include "base/slice.h"
#include "observe/zone.h"
#include "plugin/bytes.h"

#include <assert.h>
#include <stdalign.h>

/* A text on its way through the plugins. */
typedef struct passing {
    rf_hook hook;
    rf_slice text;
    bool changed, stopped, dropped;
    bool closed;    /* a plugin that fails closed changed it: better nothing than the text as it came */
    bool looked;    /* `found` is of the text as it stands */
    uint64_t found; /* bits of the prefilter */
} passing;

bool rf_chain_wants(rf_chain *chain, rf_hook hook) {
    assert(hook < RF_HOOK_COUNT);
    if (RF_UNLIKELY(atomic_load_explicit(&chain->posted, memory_order_relaxed)) && !chain->running)
        rf_chain_take_posts(chain);
    return chain->lists[hook].count > 0;
}

bool rf_chain_wants_eager(rf_chain *chain) {
    (void)rf_chain_wants(chain, RF_HOOK_OUTPUT); /* takes what was posted */
    return chain->eager.count > 0;
}

/* Whether the plugin looks for something that is in the text, or for nothing in particular. */
static inline bool concerns(rf_chain *chain, passing *p, const rf_chain_entry *entry) {
    if (p->hook != RF_HOOK_OUTPUT || !entry->match_bit)
        return true;
    if (!p->looked)
        p->found = rf_prefilter_match(chain->filter, p->text, chain->match_bits);
    p->looked = true;
    return (p->found & entry->match_bit) != 0;
}

/* One plugin. True: the text goes on to the next. */
static inline bool pass(rf_chain *chain, rf_chain_entry *entry, passing *p, uint64_t *since) {
    rf_answer answer;
    rf_error error;
    rf_pv arg = { .kind = RF_PV_TEXT, .text = p->text };
    if (rf_chain_call(chain, entry, p->hook, &arg, 1, NULL, since, &answer, &error)) {
        p->dropped = p->stopped = entry->now.plugin->manifest.fail_closed;
        return !p->dropped;
    }
    if (RF_LIKELY(answer.verdict == RF_VERDICT_CONTINUE))
        return true;
    if (answer.verdict == RF_VERDICT_MODIFY) {
        p->text = answer.text;
        p->changed = true;
        p->closed |= entry->now.plugin->manifest.fail_closed;
        p->looked = false;
        return true;
    }
    p->stopped = true;
    p->dropped = answer.verdict == RF_VERDICT_DROP;
    return false;
}

/* There is no memory for what the text has become. */
static rf_outcome_text as_it_came(const passing *p, rf_slice bytes) {
    return p->closed ? (rf_outcome_text){ RF_VERDICT_DROP, { bytes.data, 0 }, true }
                     : (rf_outcome_text){ RF_VERDICT_CONTINUE, bytes, p->stopped };
}

/* As bytes: a view of the text unless it shows bytes that are no UTF-8. */
static rf_outcome_text outcome(const passing *p, rf_slice bytes, rf_buffer *scratch) {
    if (p->dropped)
        return (rf_outcome_text){ RF_VERDICT_DROP, { bytes.data, 0 }, true };
    if (!p->changed)
        return (rf_outcome_text){ RF_VERDICT_CONTINUE, bytes, p->stopped };
    rf_slice made = rf_text_to_bytes(p->text, scratch);
    if (!made.data && p->text.len)
        return as_it_came(p, bytes);
    return (rf_outcome_text){ RF_VERDICT_MODIFY, made, p->stopped };
}

/* A view into a VM would not outlive what may be done to the chain between two events (a swap, a removal). */
static rf_outcome_text kept(rf_outcome_text made, const passing *p, rf_slice bytes, rf_buffer *out) {
    if (made.verdict != RF_VERDICT_MODIFY || made.bytes.data != p->text.data)
        return made;
    rf_buffer_clear(out);
    rf_buffer_slice(out, made.bytes);
    return out->failed ? as_it_came(p, bytes) : (rf_outcome_text){ made.verdict, rf_buffer_view(out), made.stopped };
}

static rf_outcome_text run(rf_chain *chain, const rf_chain_list *list, rf_hook hook, rf_slice bytes) {
    RF_ZONE(RF_ZONE_CHAIN, rf_hooks[hook].name);
    passing p = { .hook = hook, .text = rf_bytes_to_text(bytes, &chain->in) };
    if (!p.text.data && bytes.len)
        return (rf_outcome_text){ RF_VERDICT_CONTINUE, bytes, false };
    uint64_t since = rf_ticks(&chain->epoch);
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i]->state == RF_PLUGIN_RUNNING && concerns(chain, &p, list->items[i]) && !pass(chain, list->items[i], &p, &since))
            break;
    return kept(outcome(&p, bytes, &chain->out), &p, bytes, &chain->out);
}

rf_outcome_text rf_chain_text(rf_chain *chain, rf_hook hook, rf_slice bytes) {
    assert(hook < RF_HOOK_COUNT && rf_hooks[hook].arity == 1);
    if (!rf_chain_wants(chain, hook) || !rf_chain_enter(chain))
        return (rf_outcome_text){ RF_VERDICT_CONTINUE, bytes, false };
    rf_outcome_text made = run(chain, &chain->lists[hook], hook, bytes);
    rf_chain_leave(chain);
    return made;
}

rf_outcome_text rf_chain_eager(rf_chain *chain, rf_slice beginning) {
    if (!rf_chain_wants_eager(chain) || !rf_chain_enter(chain))
        return (rf_outcome_text){ RF_VERDICT_CONTINUE, beginning, false };
    rf_outcome_text made = run(chain, &chain->eager, RF_HOOK_OUTPUT, beginning);
    rf_chain_leave(chain);
    return made;
}

/* ---- Runs of lines: plugin by plugin, so that its code and data stay near, and one look at the clock does for all ---- */

#define AS_IT_CAME SIZE_MAX

/* A line between two plugins. */
typedef struct line_state {
    rf_slice came;  /* as text: a view of what the caller gave */
    size_t at;      /* where its text is in the chain's buffer, which may move; AS_IT_CAME: it is `came` */
    size_t len;
    uint64_t found; /* bits of the prefilter */
    bool looked;    /* `found` is of the text as it stands */
    bool changed;
} line_state;

static bool line_keep(rf_chain *chain, line_state *line, rf_slice text) {
    size_t at = chain->lines.len;
    if (!rf_buffer_reserve(&chain->lines, text.len + 1)) {
        chain->lines.failed = false; /* what it holds is good; only this text was too much */
        return false;
    }
    rf_buffer_slice(&chain->lines, text);
    line->at = at;
    line->len = text.len;
    line->looked = false;
    return true;
}

static rf_slice line_text(const rf_chain *chain, const line_state *line) {
    return line->at == AS_IT_CAME ? line->came : (rf_slice){ chain->lines.data + line->at, line->len };
}

static bool line_concerns(rf_chain *chain, line_state *line, const rf_chain_entry *entry) {
    if (!entry->match_bit)
        return true;
    if (!line->looked)
        line->found = rf_prefilter_match(chain->filter, line_text(chain, line), chain->match_bits);
    line->looked = true;
    return (line->found & entry->match_bit) != 0;
}

/* NULL: out of memory. */
static line_state *lines_prepare(rf_chain *chain, const rf_slice *lines, uint32_t count) {
    static_assert(alignof(line_state) <= 8, "as heap blocks are aligned");
    rf_buffer_clear(&chain->lines);
    rf_buffer_clear(&chain->states);
    if (!rf_buffer_reserve(&chain->states, count * sizeof(line_state)))
        return NULL;
    line_state *states = (line_state *)(void *)chain->states.data;
    for (uint32_t i = 0; i < count; i++) {
        rf_slice text = rf_bytes_to_text(lines[i], &chain->in);
        states[i] = (line_state){ .came = text, .at = AS_IT_CAME };
        bool shown = text.data != lines[i].data; /* bytes that are no UTF-8: the text is in a buffer that the next line needs */
        if ((!text.data && lines[i].len) || (shown && !line_keep(chain, &states[i], text)))
            return NULL;
    }
    return states;
}

/* One line through one plugin. */
static void line_pass(rf_chain *chain, rf_chain_entry *entry, line_state *line, rf_outcome_text *ret) {
    rf_answer answer;
    rf_error error;
    rf_pv arg = { .kind = RF_PV_TEXT, .text = line_text(chain, line) };
    if (rf_chain_call_bare(chain, entry, RF_HOOK_OUTPUT, &arg, 1, NULL, &answer, &error) || answer.verdict == RF_VERDICT_CONTINUE)
        return;
    if (answer.verdict == RF_VERDICT_MODIFY) {
        if (line_keep(chain, line, answer.text))
            line->changed = true;
        return;
    }
    ret->stopped = true;
    if (answer.verdict == RF_VERDICT_DROP)
        ret->verdict = RF_VERDICT_DROP;
}

static void lines_pass(rf_chain *chain, rf_chain_entry *entry, line_state *lines, uint32_t count, rf_outcome_text *ret) {
    uint32_t calls = 0;
    uint64_t began = rf_ticks(&chain->epoch);
    for (uint32_t i = 0; i < count && entry->state == RF_PLUGIN_RUNNING; i++) {
        if (ret[i].stopped || !line_concerns(chain, &lines[i], entry))
            continue;
        line_pass(chain, entry, &lines[i], &ret[i]);
        calls++;
    }
    rf_chain_count_run(entry, RF_HOOK_OUTPUT, calls, rf_ticks_between(began, rf_ticks(&chain->epoch)));
}

/* Back to bytes. A line for which there is no memory stays as it came. */
static void lines_finish(rf_chain *chain, line_state *lines, uint32_t count, rf_outcome_text *ret) {
    for (uint32_t i = 0; i < count; i++) {
        rf_slice text = line_text(chain, &lines[i]);
        if (ret[i].verdict == RF_VERDICT_DROP || !lines[i].changed)
            continue;
        rf_slice bytes = rf_text_to_bytes(text, &chain->out);
        bool good = bytes.data || !text.len;
        lines[i].changed = good && (bytes.data == text.data || line_keep(chain, &lines[i], bytes));
    }
    for (uint32_t i = 0; i < count; i++) {
        if (ret[i].verdict == RF_VERDICT_DROP)
            ret[i].bytes.len = 0;
        else if (lines[i].changed)
            ret[i] = (rf_outcome_text){ RF_VERDICT_MODIFY, line_text(chain, &lines[i]), ret[i].stopped };
    }
}

void rf_chain_lines(rf_chain *chain, const rf_slice *lines, uint32_t count, rf_outcome_text *ret) {
    assert(chain && (count == 0 || (lines && ret)));
    for (uint32_t i = 0; i < count; i++)
        ret[i] = (rf_outcome_text){ RF_VERDICT_CONTINUE, lines[i], false };
    if (!rf_chain_wants(chain, RF_HOOK_OUTPUT) || !rf_chain_enter(chain))
        return;
    RF_ZONE(RF_ZONE_CHAIN, "lines");
    const rf_chain_list *list = &chain->lists[RF_HOOK_OUTPUT];
    line_state *states = lines_prepare(chain, lines, count);
    for (uint32_t k = 0; k < list->count && states; k++)
        lines_pass(chain, list->items[k], states, count, ret);
    if (states)
        lines_finish(chain, states, count, ret);
    rf_chain_leave(chain);
}

/* ---- Hooks whose answer is not looked at ---- */

static void tell(rf_chain *chain, rf_chain_entry *entry, rf_hook hook, const rf_pv *args, uint32_t count, uint64_t *since) {
    rf_answer answer;
    rf_error error;
    if (entry->state == RF_PLUGIN_RUNNING)
        (void)rf_chain_call(chain, entry, hook, args, count, NULL, since, &answer, &error); /* noted there; the others are called all the same */
}

void rf_chain_notify(rf_chain *chain, rf_hook hook, const rf_pv *args, uint32_t count) {
    assert(hook < RF_HOOK_COUNT && rf_hooks[hook].arity == count);
    if (!rf_chain_wants(chain, hook) || !rf_chain_enter(chain))
        return;
    RF_ZONE(RF_ZONE_CHAIN, rf_hooks[hook].name);
    uint64_t since = rf_ticks(&chain->epoch);
    const rf_chain_list *list = &chain->lists[hook];
    for (uint32_t i = 0; i < list->count; i++)
        tell(chain, list->items[i], hook, args, count, &since);
    rf_chain_leave(chain);
}

void rf_chain_command(rf_chain *chain, rf_slice plugin, rf_slice id) {
    if (!rf_chain_wants(chain, RF_HOOK_REMOTE_COMMAND) || !rf_chain_enter(chain))
        return;
    RF_ZONE(RF_ZONE_CHAIN, rf_hooks[RF_HOOK_REMOTE_COMMAND].name);
    rf_pv arg = { .kind = RF_PV_TEXT, .text = rf_bytes_to_text(id, &chain->in) };
    uint64_t since = rf_ticks(&chain->epoch);
    const rf_chain_list *list = &chain->lists[RF_HOOK_REMOTE_COMMAND];
    bool known = arg.text.data || !id.len; /* else there is no memory for it */
    for (uint32_t i = 0; i < list->count && known; i++)
        if (!plugin.len || rf_slice_eq(list->items[i]->now.plugin->manifest.name, plugin))
            tell(chain, list->items[i], RF_HOOK_REMOTE_COMMAND, &arg, 1, &since);
    rf_chain_leave(chain);
}
