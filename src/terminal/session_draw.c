/* session_draw.c: what clients see: the screen with overlays, and what stands in their status lines. */
#include "terminal/session_internal.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "message/json.h"
#include "observe/zone.h"

#include <assert.h>

enum { AT_ONCE_BYTES = 16 << 10, OVERLAYS_MAX = 256 };

/* Little is drawn at once: that is a key's echo. While much comes, a drawing shows the sum of it every few milliseconds. */
uint64_t rf_session_draw_due(const rf_session *session) {
    if ((!session->dirty && !session->status_changed) || session->clients.count == 0)
        return UINT64_MAX;
    return session->burst_bytes <= AT_ONCE_BYTES ? 0 : session->drawn_ns + RF_DRAW_PERIOD_NS;
}

/* One that does not read gets the sum of what it missed, once it has caught up. */
static bool is_behind(rf_client *client) {
    if (rf_conn_waiting(client->conn) > RF_CLIENT_BEHIND)
        client->behind = true;
    return client->behind;
}

/* ---- The status line ---- */

static void write_items(const rf_session *session, rf_buffer *out) {
    for (size_t i = 0; i < session->status.count; i++) {
        const rf_session_item *item = &session->status.items[i];
        rf_buffer_printf(out, "%s{\"plugin\":\"%s\",\"id\":\"%s\",\"priority\":%lld,\"text\":", i ? "," : "", item->plugin, item->id,
                         (long long)item->priority);
        rf_json_write_string(out, rf_slice_of(item->text), 0);
        rf_buffer_char(out, '}');
    }
}

void rf_session_status(rf_session *session, const rf_client *client, rf_buffer *out) {
    char name[RF_SESSION_NAME_MAX + 1];
    rf_session_get_name(session, name);
    rf_buffer_printf(out, "{\"event\":\"status\",\"session\":\"%s\",\"title\":", name);
    rf_json_write_string(out, rf_screen_title(session->screen), 0);
    rf_buffer_text(out, ",\"directory\":");
    rf_json_write_string(out, rf_slice_of(session->directory), 0);
    rf_buffer_printf(out, ",\"clients\":%zu,\"read_only\":%s,\"recording\":%s,\"items\":[", session->clients.count,
                     client->read_only ? "true" : "false", session->cast ? "true" : "false");
    write_items(session, out);
    rf_buffer_text(out, "]}");
}

static void send_status(rf_session *session) {
    for (size_t i = 0; i < session->clients.count; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer frame = { 0 };
        if (is_behind(session->clients.items[i]))
            continue;
        rf_buffer_clear(&session->text);
        rf_session_status(session, session->clients.items[i], &session->text);
        rf_frame_write(&frame, RF_FRAME_EVENT, rf_buffer_view(&session->text));
        if (!session->text.failed && !frame.failed)
            rf_conn_send(session->clients.items[i]->conn, rf_buffer_view(&frame));
    }
    session->status_changed = false;
}

/* ---- Drawing ---- */

/* The frame's head goes before what was drawn, once that is known. */
static void draw_client(rf_session *session, rf_client *client, const rf_overlay *overlays, size_t count) {
    static const char head[RF_FRAME_HEAD] = { RF_FRAME_DRAW };
    rf_buffer *out = &session->scratch;
    if (is_behind(client))
        return;
    rf_buffer_clear(out);
    rf_buffer_append(out, head, sizeof head);
    rf_view_draw(client->view, session->screen, overlays, count, out);
    size_t drawn = out->len - RF_FRAME_HEAD;
    if (out->failed) {
        rf_view_forget(client->view);
        return;
    }
    if (drawn == 0)
        return;
    for (unsigned i = 0; i < 4; i++)
        out->data[1 + i] = (char)(drawn >> (8 * i) & 0xFF);
    rf_conn_send(client->conn, rf_buffer_view(out));
    atomic_fetch_add_explicit(&session->host->counters->draws, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&session->host->counters->drawn_bytes, drawn, memory_order_relaxed);
}

void rf_session_draw(rf_session *session, uint64_t now_ns) {
    assert(session);
    RF_ZONE(RF_ZONE_OUTPUT_WRITE, "draw");
    rf_overlay overlays[OVERLAYS_MAX];
    size_t count = session->overlays.count < OVERLAYS_MAX ? session->overlays.count : OVERLAYS_MAX;
    for (size_t i = 0; i < count; i++) {
        const rf_session_item *item = &session->overlays.items[i];
        overlays[i] = (rf_overlay){ item->column, item->row, rf_slice_of(item->text) };
    }
    for (size_t i = 0; session->dirty && i < session->clients.count; i++)
        draw_client(session, session->clients.items[i], overlays, count);
    if (session->status_changed)
        send_status(session);
    session->dirty = false;
    session->drawn_ns = now_ns;
    session->burst_bytes = 0;
}
