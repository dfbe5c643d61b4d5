/* client_event.c: frames from the daemon: what is drawn, and what has happened. */
#include "terminal/client_internal.h"

#include "base/slice.h"
#include "message/json.h"
#include "terminal/frame.h"
#include "terminal/params.h"

#include <string.h>

/* ---- Events ---- */

/* The texts of the former status are given up only when those of the new one are there. */
static rf_code take_status(rf_client_state *client, const rf_value *event, rf_error *reterr) {
    rf_arena arena;
    rf_value copy;
    uint32_t count;
    rf_arena_init(&arena, 1024);
    if (!rf_value_dup_in(&arena, event, &copy)) {
        rf_arena_done(&arena);
        return rf_raise_nomem(reterr);
    }
    rf_arena_done(&client->status_arena);
    client->status_arena = arena;
    rf_status_line *line = &client->line;
    line->session = rf_answer_text(&copy, "session");
    line->title = rf_answer_text(&copy, "title");
    line->clients = rf_answer_integer(&copy, "clients", 1);
    line->read_only = client->read_only = rf_answer_bool(&copy, "read_only");
    line->recording = rf_answer_bool(&copy, "recording");
    const rf_value *items = rf_answer_list(&copy, "items", &count);
    line->item_count = count < RF_CLIENT_STATUS_ITEMS ? count : RF_CLIENT_STATUS_ITEMS;
    for (size_t i = 0; i < line->item_count; i++)
        client->items[i] = (rf_status_line_item){ rf_answer_text(&items[i], "text"), rf_answer_integer(&items[i], "priority", 0) };
    line->items = client->items;
    client->line_stale = true;
    return RF_OK;
}

static void take_notify(rf_client_state *client, const rf_value *event) {
    rf_slice title = rf_answer_text(event, "title"), body = rf_answer_text(event, "body");
    rf_client_notice(client, rf_notice_level_of(rf_answer_text(event, "level")), "%.*s%s%.*s", RF_SLICE_ARG(title),
                     title.len && body.len ? ": " : "", RF_SLICE_ARG(body));
}

static void take_exit(rf_client_state *client, const rf_value *event) {
    rf_client_finish(client, RF_CLIENT_EXITED, RF_SLICE(""));
    client->end.exit_code = (int)rf_answer_integer(event, "exit_code", 0);
}

static void take_scroll(rf_client_state *client, const rf_value *event) {
    client->line.scrolled = rf_answer_integer(event, "lines", 0);
    client->line.scroll_of = rf_answer_integer(event, "of", 0);
    client->line_stale = true;
}

/* Events that are not known are of a newer daemon. */
static rf_code take_event(rf_client_state *client, rf_slice json, rf_error *reterr) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 2048);
    rf_value event;
    rf_code code = rf_json_parse(&arena, json, RF_JSON_DOUBLES, &event, reterr);
    if (code) {
        rf_error_prefix(reterr, "the daemon's event");
        return code;
    }
    rf_slice name = rf_answer_text(&event, "event");
    if (rf_slice_is(name, "status"))
        return take_status(client, &event, reterr);
    if (rf_slice_is(name, "commands"))
        return rf_client_commands(client, &event, &arena, reterr);
    if (rf_slice_is(name, "modal") || rf_slice_is(name, "menu"))
        return rf_client_open_box(client, rf_slice_is(name, "menu") ? RF_BOX_MENU : RF_BOX_MODAL, json, reterr);
    if (rf_slice_is(name, "notify"))
        take_notify(client, &event);
    else if (rf_slice_is(name, "scroll"))
        take_scroll(client, &event);
    else if (rf_slice_is(name, "detached"))
        rf_client_finish(client, RF_CLIENT_DETACHED, rf_answer_text(&event, "why"));
    else if (rf_slice_is(name, "exit"))
        take_exit(client, &event);
    return RF_OK;
}

/* ---- Frames ---- */

/* Pastes come in marks whether or not the session's program asked for that: the daemon, which tells them to plugins, sees to what the program gets. */
static void draw(rf_client_state *client, rf_slice bytes) {
    static const char off[] = "\033[?2004l";
    rf_client_put(client, bytes);
    if (bytes.len && memmem(bytes.data, bytes.len, off, sizeof off - 1))
        rf_client_put(client, RF_SLICE("\033[?2004h"));
}

/* What the session draws would go over an open box: it is asked for anew when that is closed. */
static rf_code take_frame(rf_client_state *client, char kind, rf_slice bytes, rf_error *reterr) {
    switch (kind) {
    case RF_FRAME_DRAW:
        if (!client->box)
            draw(client, bytes);
        return RF_OK;
    case RF_FRAME_PASS:
        rf_client_put(client, bytes);
        return RF_OK;
    case RF_FRAME_EVENT: return take_event(client, bytes, reterr);
    default: return RF_OK; /* of a newer daemon */
    }
}

rf_code rf_client_take_frames(rf_client_state *client, rf_error *reterr) {
    rf_buffer *in = &client->conn->in;
    rf_slice left = { in->data + client->conn->taken, in->len - client->conn->taken }, bytes;
    rf_code code = RF_OK;
    char kind;
    int found = 0;
    while (!code && !client->ended && (found = rf_frame_read(&left, &kind, &bytes)) == 1)
        code = take_frame(client, kind, bytes, reterr);
    if (!code && found < 0)
        code = rf_raise(reterr, RF_EPARSE, "the daemon sent a frame that is longer than %zu bytes", RF_FRAME_MAX);
    if (left.len)
        memmove(in->data, left.data, left.len);
    in->len = left.len;
    client->conn->taken = 0;
    return code;
}
