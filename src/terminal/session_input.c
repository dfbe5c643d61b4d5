/* session_input.c: what is typed into a session: keys, bindings and pastes, through the plugins to the program. */
#include "terminal/session_internal.h"

#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>

static void type_keys(void *user, rf_slice bytes) {
    rf_session *session = user;
    rf_outcome_text out = { RF_VERDICT_CONTINUE, bytes, false };
    if (rf_chain_wants(session->chain.chain, RF_HOOK_INPUT))
        out = rf_chain_text(session->chain.chain, RF_HOOK_INPUT, bytes);
    if (out.verdict == RF_VERDICT_DROP)
        return;
    rf_session_write(session, out.bytes);
    if (session->cast && session->cast_input)
        rf_cast_input(session->cast, rf_clock_mono_ns() - session->cast_started_ns, out.bytes);
}

/* Only plugins that bind the key are asked, and only Drop takes it. */
static bool press(void *user, rf_slice name, rf_slice bytes) {
    rf_session *session = user;
    (void)bytes;
    if (!rf_chain_wants(session->chain.chain, RF_HOOK_KEY) || !rf_plugin_roster_binds(session->host->plugins, name))
        return false;
    return rf_chain_text(session->chain.chain, RF_HOOK_KEY, name).verdict == RF_VERDICT_DROP;
}

/* A program that asked for it gets the paste between marks, without such marks inside; any other as if it were typed. */
static void write_paste(rf_session *session, rf_slice text) {
    static const rf_slice begin = { "\033[200~", 6 }, end = { "\033[201~", 6 };
    bool marked = rf_screen_get_modes(session->screen).bracketed_paste;
    rf_buffer *out = &session->scratch;
    rf_buffer_clear(out);
    if (marked)
        rf_buffer_slice(out, begin);
    for (size_t i = 0; i < text.len; i++) {
        rf_slice rest = { text.data + i, text.len - i };
        if (marked && rf_slice_starts(rest, end))
            i += end.len - 1;
        else if (!marked && text.data[i] == '\n') /* as the key does; a line end of Windows is one, too */
            rf_buffer_text(out, i && text.data[i - 1] == '\r' ? "" : "\r");
        else
            rf_buffer_char(out, text.data[i]);
    }
    if (marked)
        rf_buffer_slice(out, end);
    if (!out->failed)
        rf_session_write(session, rf_buffer_view(out));
}

static void paste(void *user, rf_slice text) { rf_session_paste(user, text); }

void rf_session_paste(rf_session *session, rf_slice text) {
    assert(session);
    if (!rf_chain_wants(session->chain.chain, RF_HOOK_PASTE)) {
        write_paste(session, text);
        return;
    }
    rf_outcome_text out = rf_chain_text(session->chain.chain, RF_HOOK_PASTE, text);
    if (out.verdict != RF_VERDICT_DROP)
        write_paste(session, out.bytes);
}

void rf_session_type(rf_session *session, rf_input *input, rf_slice bytes) {
    assert(session && input);
    const rf_input_sink sink = { .user = session, .keys = type_keys, .paste = paste, .key = rf_chain_wants(session->chain.chain, RF_HOOK_KEY) ? press : NULL };
    rf_input_feed(input, bytes, &sink);
}
