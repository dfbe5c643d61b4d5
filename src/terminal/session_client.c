/* session_client.c: attached clients: their coming, their frames, their sizes, their going. */
#include "terminal/session_internal.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <stdio.h>

enum { CLIENTS_MAX = 250, READ_AT_ONCE = 256 << 10 };

/* ---- Sizes ---- */

static int between(int size) { return size < 1 ? 1 : size > RF_SCREEN_SIZE_MAX ? RF_SCREEN_SIZE_MAX : size; }

static void apply_size(rf_session *session, int columns, int rows) {
    char members[64];
    rf_output_resize(session->output, columns);
    rf_screen_resize(session->screen, columns, rows);
    rf_pty_resize(&session->pty, columns, rows);
    if (session->cast)
        rf_cast_resize(session->cast, rf_clock_mono_ns() - session->cast_started_ns, columns, rows);
    const rf_pv args[] = { { .kind = RF_PV_INT, .integer = columns }, { .kind = RF_PV_INT, .integer = rows } };
    rf_chain_notify(session->chain.chain, RF_HOOK_RESIZE, args, 2);
    session->dirty = session->changed = session->wants_state = true;
    int len = snprintf(members, sizeof members, "\"columns\":%d,\"rows\":%d", columns, rows);
    rf_session_event(session, "resize", (rf_slice){ members, (size_t)len });
}

void rf_session_fit(rf_session *session) {
    int columns, rows;
    const rf_client *lead = NULL;
    rf_screen_size(session->screen, &columns, &rows);
    const int old_columns = columns, old_rows = rows;
    for (size_t i = 0; i < session->clients.count; i++) {
        const rf_client *client = session->clients.items[i];
        if (client->policy == RF_SIZE_LEAD && (!lead || client->active > lead->active))
            lead = client;
    }
    if (lead)
        columns = lead->columns, rows = lead->rows;
    else if (session->own_columns)
        columns = session->own_columns, rows = session->own_rows;
    for (size_t i = 0; i < session->clients.count; i++) {
        const rf_client *client = session->clients.items[i];
        if (client->policy != RF_SIZE_LIMIT)
            continue;
        columns = client->columns < columns ? client->columns : columns;
        rows = client->rows < rows ? client->rows : rows;
    }
    if (columns != old_columns || rows != old_rows)
        apply_size(session, columns, rows);
}

static void lead(rf_session *session, rf_client *client) {
    if (client->policy != RF_SIZE_LEAD || (client->active == session->lead && client->active))
        return;
    client->active = ++session->lead;
    rf_session_fit(session);
}

/* ---- Frames to clients ---- */

static void send_event(rf_client *client, rf_slice json) {
    RF_CLEANUP(rf_buffer_done) rf_buffer frame = { 0 };
    rf_frame_write(&frame, RF_FRAME_EVENT, json);
    if (frame.failed || rf_conn_waiting(client->conn) > RF_CLIENT_LOST)
        rf_conn_break(client->conn); /* it would miss something, and not know */
    else
        rf_conn_send(client->conn, rf_buffer_view(&frame));
}

void rf_session_tell(rf_session *session, rf_slice json) {
    for (size_t i = 0; i < session->clients.count; i++)
        send_event(session->clients.items[i], json);
}

/* ---- Coming ---- */

static void free_client(rf_client *client) {
    if (!client)
        return;
    rf_conn_unref(client->conn);
    rf_view_free(client->view);
    rf_input_done(&client->input);
    rf_free(client);
}

static bool find_policy(rf_slice word, rf_size_policy *ret_policy) {
    static const char *const names[] = { "lead", "limit", "ignore" };
    for (unsigned i = 0; i < 3; i++)
        if (rf_slice_is(word, names[i])) {
            *ret_policy = (rf_size_policy)i;
            return true;
        }
    return false;
}

static rf_code make_client(rf_session *session, const rf_request *request, rf_client **ret_client, rf_error *reterr) {
    rf_slice size = rf_request_text(request, "size");
    rf_size_policy policy;
    if (!find_policy(size.data ? size : session->host->settings->size, &policy))
        return rf_raise(reterr, RF_ECONFIG, "the size policy `%.*s` is none of lead, limit, ignore", (int)(size.len > 40 ? 40 : size.len),
                        size.data);
    if (session->clients.count >= CLIENTS_MAX)
        return rf_raise(reterr, RF_ELIMIT, "the session has %d clients already", CLIENTS_MAX);
    rf_client *client = rf_alloc_zero(1, sizeof *client);
    if (!client)
        return rf_raise_nomem(reterr);
    client->policy = policy;
    client->read_only = rf_request_bool(request, "read_only", false);
    client->columns = between((int)rf_request_int(request, "columns", 80));
    client->rows = between((int)rf_request_int(request, "rows", 24));
    client->conn = rf_conn_ref(request->conn);
    rf_code code = rf_view_new(client->columns, client->rows, &client->view, reterr);
    if (!code && !rf_vec_push(&session->clients, client))
        code = rf_raise_nomem(reterr);
    if (code)
        free_client(client);
    else
        *ret_client = client;
    return code;
}

static void answer_attach(rf_session *session, const rf_client *client, rf_request *request) {
    const rf_settings *settings = session->host->settings;
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    int columns, rows;
    rf_screen_size(session->screen, &columns, &rows);
    rf_buffer_printf(&members, "\"session\":\"%s\",\"read_only\":%s,\"columns\":%d,\"rows\":%d,\"status_line\":%s,\"keys\":{\"detach\":",
                     session->name, client->read_only ? "true" : "false", columns, rows, settings->status_line ? "true" : "false");
    rf_json_write_string(&members, settings->key_detach, 0);
    rf_buffer_text(&members, ",\"palette\":");
    rf_json_write_string(&members, settings->key_palette, 0);
    rf_buffer_text(&members, ",\"scroll\":");
    rf_json_write_string(&members, settings->key_scroll, 0);
    rf_buffer_char(&members, '}');
    rf_request_answer(request, rf_buffer_view(&members));
}

static void tell_count(rf_session *session, const char *kind, uint64_t number) {
    char members[80];
    int len = snprintf(members, sizeof members, "\"client\":%llu,\"clients\":%zu", (unsigned long long)number, session->clients.count);
    rf_session_event(session, kind, (rf_slice){ members, (size_t)len });
    session->changed = session->status_changed = true;
}

static void notify_chain(rf_session *session, rf_hook hook, uint64_t number) {
    const rf_pv arg = { .kind = RF_PV_INT, .integer = (int64_t)number };
    rf_chain_notify(session->chain.chain, hook, &arg, 1);
}

/* What waited for somebody to see it. */
static void tell_waiting(rf_session *session, rf_client *client) {
    for (size_t i = 0; i < session->problems.count; i++)
        send_event(client, rf_slice_of(session->problems.items[i].event));
    if (session->modal.len && !client->read_only) {
        send_event(client, rf_buffer_view(&session->modal));
        rf_buffer_clear(&session->modal);
    }
}

void rf_session_attach(rf_session *session, rf_request *request) {
    assert(session && request);
    rf_error error = { 0 };
    rf_client *client = NULL;
    if (make_client(session, request, &client, &error)) {
        rf_conn *conn = rf_conn_ref(request->conn);
        rf_request_fail(request, &error);
        rf_conn_unref(conn);
        return;
    }
    lead(session, client);
    rf_session_fit(session);
    answer_attach(session, client, request);
    rf_conn_set_wake(client->conn, -1); /* this thread sends, and polls when something is left */
    atomic_fetch_add(&session->host->counters->clients, 1);
    session->dirty = session->wants_state = true;
    rf_mutex_lock(&session->lock);
    session->seen.attached_ms = rf_clock_wall_ms();
    rf_mutex_unlock(&session->lock);
    tell_count(session, "attach", client->conn->number);
    tell_waiting(session, client);
    notify_chain(session, RF_HOOK_ATTACH, client->conn->number);
}

/* ---- Going ---- */

void rf_session_detach(rf_session *session, size_t index, const char *why) {
    assert(index < session->clients.count);
    rf_client *client = session->clients.items[index];
    uint64_t number = client->conn->number;
    if (why) {
        char event[120];
        int len = snprintf(event, sizeof event, "{\"event\":\"detached\",\"why\":\"%s\"}", why);
        send_event(client, (rf_slice){ event, (size_t)len });
    }
    session->clients.items[index] = session->clients.items[--session->clients.count];
    free_client(client);
    atomic_fetch_sub(&session->host->counters->clients, 1);
    tell_count(session, "detach", number);
    notify_chain(session, RF_HOOK_DETACH, number);
    rf_session_fit(session);
}

/* ---- Frames from clients ---- */

static void resize(rf_session *session, rf_client *client, rf_slice bytes) {
    const unsigned char *at = (const unsigned char *)bytes.data;
    if (bytes.len != 4)
        return;
    int columns = between(at[0] | at[1] << 8), rows = between(at[2] | at[3] << 8);
    if (!rf_view_resize(client->view, columns, rows))
        return;
    client->columns = columns;
    client->rows = rows;
    session->dirty = true;
    lead(session, client);
    rf_session_fit(session);
}

static rf_slice text_member(const rf_value *order, rf_slice name) {
    const rf_value *value = rf_value_member(order, name);
    return value && value->kind == RF_STRING ? rf_value_text(value) : RF_SLICE("");
}

static void scroll(rf_session *session, rf_client *client, const rf_value *order) {
    char event[96];
    const rf_value *lines = rf_value_member(order, RF_SLICE("lines"));
    double wanted = lines && lines->kind == RF_DOUBLE ? lines->number : 0;
    int64_t by = wanted > 1e9 ? 1000000000 : wanted < -1e9 ? -1000000000 : (int64_t)wanted;
    int64_t now = rf_view_scroll(client->view, session->screen, by);
    int len = snprintf(event, sizeof event, "{\"event\":\"scroll\",\"lines\":%lld,\"of\":%zu}", (long long)now,
                       rf_screen_scrollback(session->screen));
    send_event(client, (rf_slice){ event, (size_t)len });
    session->dirty = true;
}

static void send_palette(rf_session *session, rf_client *client) {
    RF_CLEANUP(rf_buffer_done) rf_buffer event = { 0 };
    rf_buffer_text(&event, "{\"event\":\"commands\",");
    rf_session_palette(session, &event);
    rf_buffer_char(&event, '}');
    if (!event.failed)
        send_event(client, rf_buffer_view(&event));
}

/* False: it wants to go. An order that is none is passed over: a newer client may know more than we do. */
static bool obey(rf_session *session, rf_client *client, rf_slice json) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    rf_value order;
    if (rf_json_parse(&arena, json, RF_JSON_DOUBLES, &order, NULL) || order.kind != RF_MAP)
        return true;
    rf_slice what = text_member(&order, RF_SLICE("order"));
    if (rf_slice_is(what, "detach"))
        return false;
    if (rf_slice_is(what, "redraw")) {
        rf_view_forget(client->view);
        session->dirty = true;
    } else if (rf_slice_is(what, "scroll"))
        scroll(session, client, &order);
    else if (rf_slice_is(what, "commands"))
        send_palette(session, client);
    else if (rf_slice_is(what, "pick") && !client->read_only)
        rf_chain_command(session->chain.chain, text_member(&order, RF_SLICE("plugin")), text_member(&order, RF_SLICE("id")));
    return true;
}

static void type(rf_session *session, rf_client *client, rf_slice bytes) {
    if (client->read_only)
        return;
    lead(session, client);
    rf_session_type(session, &client->input, bytes);
}

bool rf_session_read_client(rf_session *session, rf_client *client) {
    assert(session && client);
    rf_conn *conn = client->conn;
    bool there = rf_conn_read(conn, conn->in.len + READ_AT_ONCE), stays = true;
    rf_slice left = rf_buffer_view(&conn->in), bytes;
    char kind;
    int got = 0;
    while (stays && (got = rf_frame_read(&left, &kind, &bytes)) > 0) {
        if (kind == RF_FRAME_INPUT)
            type(session, client, bytes);
        else if (kind == RF_FRAME_RESIZE)
            resize(session, client, bytes);
        else if (kind == RF_FRAME_ORDER)
            stays = obey(session, client, bytes);
    }
    rf_conn_take(conn, conn->in.len - left.len);
    if (!stays) {
        static const rf_slice bye = RF_SLICE("{\"event\":\"detached\",\"why\":\"\"}");
        send_event(client, bye);
    }
    return there && stays && got == 0;
}
