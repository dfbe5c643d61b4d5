/* client_draw.c: what an attached client draws itself: the status line and the box. */
#include "terminal/client_internal.h"

#include "base/slice.h"

static void make_hint(rf_client_state *client) {
    rf_buffer_clear(&client->hint);
    if (client->bindings.pending[0])
        rf_bindings_hint(&client->bindings, &client->hint);
    else if (client->scrolling)
        rf_buffer_text(&client->hint, "arrows and pages scroll, q leaves");
    client->line.hint = client->hint.failed ? RF_SLICE("") : rf_buffer_view(&client->hint);
}

/* The cursor, and what is set for what is written next, stay the session's. The last cell of the last row must not scroll the screen. */
static void draw_line(rf_client_state *client) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    client->line_stale = false;
    if (rf_client_session_rows(client) == client->rows)
        return;
    make_hint(client);
    client->line.scrolling = client->scrolling;
    bool news = client->notice_until_ns && !client->notice.failed && !client->bindings.pending[0]; /* what keys do now matters more */
    client->line.notice = news ? rf_buffer_view(&client->notice) : RF_SLICE("");
    rf_buffer_printf(&out, "\0337\033[?7l\033[%d;1H", client->rows);
    rf_status_line_draw(&client->line, (size_t)client->columns, &out);
    rf_buffer_text(&out, "\033[?7h\0338");
    if (!out.failed)
        rf_client_put(client, rf_buffer_view(&out));
}

static void draw_box(rf_client_state *client) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    client->box_stale = false;
    rf_box_draw(client->box, (size_t)client->columns, (size_t)rf_client_session_rows(client), &out);
    if (!out.failed)
        rf_client_put(client, rf_buffer_view(&out));
}

void rf_client_draw(rf_client_state *client) {
    if (client->line_stale)
        draw_line(client);
    if (client->box && client->box_stale)
        draw_box(client);
}
