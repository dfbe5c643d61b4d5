/* client_input.c: what is typed at an attached client: its own keys, and what goes to the session. */
#include "terminal/client_internal.h"

#include "base/slice.h"
#include "terminal/frame.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES 65536
#define ALL_LINES INT64_C(1000000000)

/* ---- Scrolling ---- */

void rf_client_scroll_mode(rf_client_state *client, bool on) {
    client->scrolling = on;
    client->line.scrolled = client->line.scroll_of = 0;
    client->line_stale = true;
    rf_client_scroll(client, on ? 0 : -ALL_LINES); /* 0: the answer tells how much there is */
}

/* True: it was one of those that scroll. */
static bool scroll_key(rf_client_state *client, const char *name) {
    const int64_t page = rf_client_session_rows(client) > 2 ? rf_client_session_rows(client) - 2 : 1;
    const struct { const char *name; int64_t lines; } keys[] = {
        { "up", 1 }, { "k", 1 }, { "down", -1 }, { "j", -1 }, { "page-up", page }, { "page-down", -page },
        { "home", ALL_LINES }, { "g", ALL_LINES }, { "end", -ALL_LINES }, { "G", -ALL_LINES },
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i].name, name) == 0) {
            rf_client_scroll(client, keys[i].lines);
            return true;
        }
    return false;
}

/* ---- Keys ---- */

/* What goes to the session is collected, so that one read makes one frame; and is sent before any order. */
static void send_typed(rf_client_state *client, rf_buffer *typed) {
    if (typed->failed)
        rf_client_notice(client, RF_NOTICE_ERROR, "out of memory: what was typed is lost");
    else if (typed->len)
        rf_client_frame(client, RF_FRAME_INPUT, rf_buffer_view(typed));
    rf_buffer_clear(typed);
}

static void pass_on(rf_client_state *client, rf_slice bytes, rf_buffer *typed) {
    if (!client->read_only) {
        rf_buffer_slice(typed, bytes);
        return;
    }
    const rf_binding *detach = &client->bindings.keys[RF_BINDING_DETACH];
    rf_client_notice(client, RF_NOTICE_WARNING, "this terminal only looks on%s%s%s%s%s", detach->first[0] ? ": " : "", detach->first,
                     detach->second[0] ? " " : "", detach->second, detach->first[0] ? " detaches" : "");
}

static void do_order(rf_client_state *client, rf_binding_order order) {
    switch (order) {
    case RF_BINDING_DETACH: rf_client_detach(client); break;
    case RF_BINDING_PALETTE: rf_client_open_palette(client); break;
    case RF_BINDING_SCROLL:
        if (!client->scrolling)
            rf_client_scroll_mode(client, true);
        break;
    case RF_BINDINGS: break;
    }
}

static void other_key(rf_client_state *client, const rf_typed_token *token, rf_buffer *typed) {
    if (client->scrolling && scroll_key(client, token->name))
        return;
    bool leaves = strcmp(token->name, "q") == 0 || strcmp(token->name, "escape") == 0;
    bool scrolled = client->scrolling;
    if (scrolled)
        rf_client_scroll_mode(client, false);
    if (!scrolled || !leaves)
        pass_on(client, token->bytes, typed);
}

static void take_key(rf_client_state *client, const rf_typed_token *token, rf_buffer *typed) {
    rf_binding_order order;
    bool pending = client->bindings.pending[0] != '\0';
    rf_binding_answer answer = rf_bindings_key(&client->bindings, token->name, &order);
    client->line_stale |= pending || answer == RF_BINDING_FIRST; /* the hint comes or goes */
    switch (answer) {
    case RF_BINDING_NOT: other_key(client, token, typed); break;
    case RF_BINDING_FIRST: break;
    case RF_BINDING_ORDER:
        send_typed(client, typed);
        do_order(client, order);
        break;
    case RF_BINDING_TWICE: pass_on(client, token->bytes, typed); break;
    case RF_BINDING_UNKNOWN: rf_client_notice(client, RF_NOTICE_WARNING, "no command is bound to that key"); break;
    }
}

static void take_token(rf_client_state *client, const rf_typed_token *token, rf_buffer *typed) {
    if (client->box && !token->paste) {
        rf_client_box_key(client, token);
        return;
    }
    if (client->box)
        return; /* a paste was not meant for the session that is hidden */
    if (!token->paste) {
        take_key(client, token, typed);
        return;
    }
    client->line_stale |= client->bindings.pending[0] != '\0';
    client->bindings.pending[0] = '\0';
    if (client->scrolling)
        rf_client_scroll_mode(client, false);
    pass_on(client, token->bytes, typed);
}

void rf_client_read_keys(rf_client_state *client) {
    RF_CLEANUP(rf_buffer_done) rf_buffer typed = { 0 };
    char bytes[READ_BYTES];
    ssize_t got = read(client->tty, bytes, sizeof bytes);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
        rf_client_finish(client, RF_CLIENT_ENDED, RF_SLICE("the terminal went away"));
        return;
    }
    rf_slice left = { bytes, got > 0 ? (size_t)got : 0 };
    rf_typed_token token;
    while (rf_typed_next(&client->typed, &left, client->box || client->scrolling, &token))
        take_token(client, &token, &typed);
    send_typed(client, &typed);
}

void rf_client_flush_keys(rf_client_state *client) {
    RF_CLEANUP(rf_buffer_done) rf_buffer typed = { 0 };
    rf_typed_token token;
    if (rf_typed_flush(&client->typed, &token))
        take_token(client, &token, &typed);
    send_typed(client, &typed);
}
