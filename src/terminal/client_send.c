/* client_send.c: what an attached client tells the daemon, and its user; and how it ends. */
#include "terminal/client_internal.h"

#include "base/clock.h"
#include "base/slice.h"
#include "terminal/cells.h"
#include "terminal/frame.h"
#include "terminal/params.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NOTICE_NS (5 * RF_NS_PER_S)
#define DETACH_NS RF_NS_PER_S

static void copy_text(char *ret, size_t size, rf_slice text) {
    RF_CLEANUP(rf_buffer_done) rf_buffer clean = { 0 };
    (void)rf_cells_put(&clean, text, size / 4 - 1); /* a character has at most four bytes */
    size_t len = clean.failed ? 0 : clean.len < size - 1 ? clean.len : size - 1;
    memcpy(ret, len ? clean.data : "", len);
    ret[len] = '\0';
}

void rf_client_finish(rf_client_state *client, rf_client_how how, rf_slice why) {
    if (client->ended)
        return;
    client->ended = true;
    client->end.how = how;
    copy_text(client->end.why, sizeof client->end.why, why);
    copy_text(client->end.session, sizeof client->end.session, client->line.session);
}

void rf_client_notice(rf_client_state *client, rf_notice_level level, const char *format, ...) {
    char text[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    rf_buffer_clear(&client->notice);
    rf_buffer_text(&client->notice, text);
    client->line.level = level;
    client->notice_until_ns = rf_clock_mono_ns() + NOTICE_NS;
    client->line_stale = true;
}

void rf_client_frame(rf_client_state *client, char kind, rf_slice bytes) {
    size_t before = client->to_daemon.len;
    rf_frame_write(&client->to_daemon, kind, bytes);
    if (!client->to_daemon.failed)
        return;
    client->to_daemon.len = before; /* none of a frame rather than half of it */
    client->to_daemon.failed = false;
    rf_client_notice(client, RF_NOTICE_ERROR, "out of memory: what was typed is lost");
}

static void send_order(rf_client_state *client, rf_buffer *json) {
    rf_slice order;
    if (rf_params_end(json, &order))
        rf_client_frame(client, RF_FRAME_ORDER, order);
    else
        rf_client_notice(client, RF_NOTICE_ERROR, "out of memory: the order was not sent");
}

void rf_client_order(rf_client_state *client, const char *order) {
    RF_CLEANUP(rf_buffer_done) rf_buffer json = { 0 };
    rf_params_text(&json, "order", rf_slice_of(order));
    send_order(client, &json);
}

void rf_client_scroll(rf_client_state *client, int64_t lines) {
    RF_CLEANUP(rf_buffer_done) rf_buffer json = { 0 };
    rf_params_text(&json, "order", RF_SLICE("scroll"));
    rf_params_integer(&json, "lines", lines);
    send_order(client, &json);
}

void rf_client_detach(rf_client_state *client) {
    rf_client_order(client, "detach");
    if (!client->detach_by_ns)
        client->detach_by_ns = rf_clock_mono_ns() + DETACH_NS;
}
