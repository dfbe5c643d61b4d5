/* chain_text.c: lines, keys, pastes and sizes through the chain. */
#include "plugin/chain_internal.h"

#include "base/slice.h"
#include "plugin/bytes.h"

#include <assert.h>

/* A text on its way through the plugins. */
typedef struct passing {
    rf_hook hook;
    rf_slice text;
    bool changed, stopped, dropped;
    uint64_t found; /* bits of the prefilter that the text as it stands has */
} passing;

bool rf_chain_wants(rf_chain *chain, rf_hook hook) {
    assert(hook < RF_HOOK_COUNT);
    if (RF_UNLIKELY(atomic_load_explicit(&chain->posted, memory_order_relaxed)) && !chain->running)
        rf_chain_take_posts(chain);
    return chain->lists[hook].count > 0;
}

static inline void look(rf_chain *chain, passing *p) {
    p->found = p->hook == RF_HOOK_OUTPUT && chain->match_bits ? rf_prefilter_match(chain->filter, p->text, chain->match_bits) : UINT64_MAX;
}

static inline bool concerns(const passing *p, const rf_chain_entry *entry) {
    return p->hook != RF_HOOK_OUTPUT || !entry->match_bit || (p->found & entry->match_bit);
}

/* One plugin. True: the text goes on to the next. */
static inline bool pass(rf_chain *chain, rf_chain_entry *entry, passing *p, uint64_t *since) {
    rf_answer answer;
    rf_error error;
    rf_pv arg = { .kind = RF_PV_TEXT, .text = p->text };
    if (rf_chain_call(chain, entry, p->hook, &arg, 1, NULL, since, &answer, &error))
        return true;
    if (RF_LIKELY(answer.verdict == RF_VERDICT_CONTINUE))
        return true;
    if (answer.verdict == RF_VERDICT_MODIFY) {
        p->text = answer.text;
        p->changed = true;
        look(chain, p);
        return true;
    }
    p->stopped = true;
    p->dropped = answer.verdict == RF_VERDICT_DROP;
    return false;
}

/* As bytes: a view of the text unless it shows bytes that are no UTF-8. Without memory the data stays as it came. */
static rf_outcome_text outcome(const passing *p, rf_slice bytes, rf_buffer *scratch) {
    if (p->dropped)
        return (rf_outcome_text){ RF_VERDICT_DROP, { bytes.data, 0 }, true };
    if (!p->changed)
        return (rf_outcome_text){ RF_VERDICT_CONTINUE, bytes, p->stopped };
    rf_slice made = rf_text_to_bytes(p->text, scratch);
    if (!made.data && p->text.len)
        return (rf_outcome_text){ RF_VERDICT_CONTINUE, bytes, p->stopped };
    return (rf_outcome_text){ RF_VERDICT_MODIFY, made, p->stopped };
}

static rf_outcome_text run(rf_chain *chain, rf_hook hook, rf_slice bytes) {
    passing p = { .hook = hook, .text = rf_bytes_to_text(bytes, &chain->in) };
    if (!p.text.data && bytes.len)
        return (rf_outcome_text){ RF_VERDICT_CONTINUE, bytes, false };
    look(chain, &p);
    const rf_chain_list *list = &chain->lists[hook];
    uint64_t since = rf_ticks(&chain->epoch);
    for (uint32_t i = 0; i < list->count; i++)
        if (concerns(&p, list->items[i]) && list->items[i]->state == RF_PLUGIN_RUNNING && !pass(chain, list->items[i], &p, &since))
            break;
    return outcome(&p, bytes, &chain->out);
}

rf_outcome_text rf_chain_text(rf_chain *chain, rf_hook hook, rf_slice bytes) {
    assert(hook < RF_HOOK_COUNT && rf_hooks[hook].arity == 1);
    if (!rf_chain_wants(chain, hook) || !rf_chain_enter(chain))
        return (rf_outcome_text){ RF_VERDICT_CONTINUE, bytes, false };
    rf_outcome_text made = run(chain, hook, bytes);
    rf_chain_leave(chain);
    return made;
}

/* ---- Runs of lines ---- */

/* Keeps a text over further calls of the VM that gave it: in the buffer, by offset, since it may move. False: out of memory. */
static bool keep(rf_buffer *buffer, rf_slice text, size_t *ret_at) {
    *ret_at = buffer->len;
    if (!rf_buffer_reserve(buffer, text.len + 1))
        return false;
    rf_buffer_append(buffer, text.data, text.len);
    return true;
}

/* A line between two plugins: as it came, or kept in the chain's buffer. */
static rf_slice standing(const rf_chain *chain, const rf_outcome_text *line) {
    return line->verdict == RF_VERDICT_MODIFY ? (rf_slice){ chain->lines.data + (size_t)line->bytes.data, line->bytes.len } : line->bytes;
}

/* One line through one plugin. While the run goes on, the data of a changed line is an offset into the buffer. */
static void line_pass(rf_chain *chain, rf_chain_entry *entry, rf_outcome_text *line, uint64_t *since) {
    rf_slice bytes = standing(chain, line);
    passing p = { .hook = RF_HOOK_OUTPUT, .text = rf_bytes_to_text(bytes, &chain->in) };
    if (!p.text.data && bytes.len)
        return;
    if (entry->match_bit) {
        p.found = rf_prefilter_match(chain->filter, p.text, entry->match_bit);
        if (!concerns(&p, entry))
            return;
    }
    uint64_t bits = chain->match_bits;
    chain->match_bits = 0; /* what comes next is looked at when it is that plugin's turn */
    (void)pass(chain, entry, &p, since);
    chain->match_bits = bits;
    rf_outcome_text made = outcome(&p, bytes, &chain->out);
    size_t at;
    line->stopped = made.stopped;
    if (made.verdict == RF_VERDICT_DROP)
        *line = made;
    else if (made.verdict == RF_VERDICT_MODIFY && keep(&chain->lines, made.bytes, &at))
        *line = (rf_outcome_text){ RF_VERDICT_MODIFY, { (const char *)at, made.bytes.len }, made.stopped };
}

void rf_chain_lines(rf_chain *chain, const rf_slice *lines, uint32_t count, rf_outcome_text *ret) {
    for (uint32_t i = 0; i < count; i++)
        ret[i] = (rf_outcome_text){ RF_VERDICT_CONTINUE, lines[i], false };
    if (!rf_chain_wants(chain, RF_HOOK_OUTPUT) || !rf_chain_enter(chain))
        return;
    const rf_chain_list *list = &chain->lists[RF_HOOK_OUTPUT];
    rf_buffer_clear(&chain->lines);
    for (uint32_t k = 0; k < list->count; k++) {
        uint64_t since = rf_ticks(&chain->epoch);
        for (uint32_t i = 0; i < count && list->items[k]->state == RF_PLUGIN_RUNNING; i++)
            if (!ret[i].stopped)
                line_pass(chain, list->items[k], &ret[i], &since);
    }
    for (uint32_t i = 0; i < count; i++)
        ret[i].bytes = standing(chain, &ret[i]);
    rf_chain_leave(chain);
}

/* ---- Hooks whose answer is not looked at ---- */

void rf_chain_notify(rf_chain *chain, rf_hook hook, const rf_pv *args, uint32_t count) {
    assert(hook < RF_HOOK_COUNT && rf_hooks[hook].arity == count);
    if (!rf_chain_wants(chain, hook) || !rf_chain_enter(chain))
        return;
    uint64_t since = rf_ticks(&chain->epoch);
    const rf_chain_list *list = &chain->lists[hook];
    for (uint32_t i = 0; i < list->count; i++) {
        rf_answer answer;
        rf_error error;
        if (list->items[i]->state == RF_PLUGIN_RUNNING && rf_chain_call(chain, list->items[i], hook, args, count, NULL, &since, &answer, &error))
            continue; /* noted there; the others are called all the same */
    }
    rf_chain_leave(chain);
}

void rf_chain_command(rf_chain *chain, rf_slice plugin, rf_slice id) {
    rf_pv arg = { .kind = RF_PV_TEXT, .text = rf_bytes_to_text(id, &chain->in) };
    if (!plugin.len) {
        rf_chain_notify(chain, RF_HOOK_REMOTE_COMMAND, &arg, 1);
        return;
    }
    if (!rf_chain_wants(chain, RF_HOOK_REMOTE_COMMAND) || !rf_chain_enter(chain))
        return;
    rf_chain_entry *entry = rf_chain_find(chain, plugin);
    rf_answer answer;
    rf_error error;
    uint64_t since = rf_ticks(&chain->epoch);
    if (entry && entry->state == RF_PLUGIN_RUNNING && (entry->now.hooks & 1u << RF_HOOK_REMOTE_COMMAND))
        (void)rf_chain_call(chain, entry, RF_HOOK_REMOTE_COMMAND, &arg, 1, NULL, &since, &answer, &error); /* noted there */
    rf_chain_leave(chain);
}
