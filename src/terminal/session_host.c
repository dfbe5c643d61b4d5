/* session_host.c: what plugins get from a session: its screen, its facts, its clients' status lines, lists and palettes. */
#include "terminal/session_internal.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <stdio.h>

/* A notification for those who are there. */
static void show(rf_session *session, rf_slice members) {
    RF_CLEANUP(rf_buffer_done) rf_buffer event = { 0 };
    rf_buffer_printf(&event, "{\"event\":\"notify\",%.*s}", RF_SLICE_ARG(members));
    if (!event.failed)
        rf_session_tell(session, rf_buffer_view(&event));
}

/* What goes wrong in a plugin is said to them, too, not to the log alone. */
static void host_log(void *user, rf_slice plugin, rf_log_level level, rf_slice text) {
    rf_session *session = user;
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    const rf_log_field fields[] = { { "plugin", plugin }, { "session", rf_slice_of(session->name) } };
    rf_log_write_fields(session->host->log, level, NULL, text, fields, 2);
    if (level != RF_LOG_ERROR)
        return;
    rf_protocol_notice(&members, plugin, plugin, text, RF_SLICE("error"));
    if (!members.failed)
        show(session, rf_buffer_view(&members));
}

static void host_notify(void *user, rf_slice plugin, rf_slice title, rf_slice body, rf_slice level) {
    rf_session *session = user;
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    rf_protocol_notice(&members, plugin, title, body, level);
    if (members.failed)
        return;
    show(session, rf_buffer_view(&members));
    rf_session_event(session, "notify", rf_buffer_view(&members));
}

/* ---- Items by plugin and id ---- */

static void item_done(rf_session_item *item) {
    rf_free(item->text);
    rf_free(item->description);
}

/* Puts one in the place of that of the same plugin and id; `text` "": only takes that away. Without memory there is none. */
static void set_item(rf_session_items *items, rf_slice plugin, rf_slice id, rf_slice text, rf_slice description, rf_session_item item) {
    size_t i = 0;
    while (i < items->count && !(rf_slice_is(plugin, items->items[i].plugin) && rf_slice_is(id, items->items[i].id)))
        i++;
    if (i < items->count) {
        item_done(&items->items[i]);
        items->items[i] = items->items[--items->count];
    }
    if (text.len == 0)
        return;
    (void)snprintf(item.plugin, sizeof item.plugin, "%.*s", RF_SLICE_ARG(plugin));
    (void)snprintf(item.id, sizeof item.id, "%.*s", RF_SLICE_ARG(id));
    item.text = rf_strndup(text.data, text.len);
    item.description = rf_strndup(description.data ? description.data : "", description.len);
    if (!item.text || !item.description || !rf_vec_push(items, item))
        item_done(&item);
}

static void host_status(void *user, rf_slice plugin, rf_slice id, rf_slice text, int64_t priority) {
    rf_session *session = user;
    set_item(&session->status, plugin, id, text, RF_SLICE(""), (rf_session_item){ .priority = priority });
    session->status_changed = true;
}

static void host_overlay(void *user, rf_slice plugin, rf_slice id, int64_t x, int64_t y, rf_slice text) {
    rf_session *session = user;
    set_item(&session->overlays, plugin, id, text, RF_SLICE(""), (rf_session_item){ .column = (int)x, .row = (int)y });
    session->dirty = true;
}

static void host_command(void *user, rf_slice plugin, rf_slice id, rf_slice label, rf_slice description) {
    set_item(&((rf_session *)user)->palette, plugin, id, label, description, (rf_session_item){ 0 });
}

void rf_session_palette(const rf_session *session, rf_buffer *out) {
    rf_buffer_text(out, "\"commands\":[");
    for (size_t i = 0; i < session->palette.count; i++) {
        const rf_session_item *item = &session->palette.items[i];
        rf_buffer_printf(out, "%s{\"plugin\":\"%s\",\"id\":\"%s\",\"label\":", i ? "," : "", item->plugin, item->id);
        rf_json_write_string(out, rf_slice_of(item->text), 0);
        rf_buffer_text(out, ",\"description\":");
        rf_json_write_string(out, rf_slice_of(item->description), 0);
        rf_buffer_char(out, '}');
    }
    rf_buffer_char(out, ']');
}

/* ---- Lists to pick from ---- */

/* For those who may pick; when nobody is there, for who comes next. */
static void offer(rf_session *session, const char *kind, rf_slice plugin, rf_slice title, const rf_value *items) {
    rf_buffer *event = &session->modal;
    size_t writers = 0;
    rf_buffer_clear(event);
    rf_buffer_printf(event, "{\"event\":\"%s\",\"plugin\":\"%.*s\",\"title\":", kind, RF_SLICE_ARG(plugin));
    rf_json_write_string(event, title, 0);
    rf_buffer_text(event, ",\"items\":");
    if (rf_json_write(event, items, 0, NULL))
        event->failed = true;
    rf_buffer_char(event, '}');
    if (event->failed) {
        rf_buffer_clear(event);
        return;
    }
    for (size_t i = 0; i < session->clients.count; i++)
        writers += !session->clients.items[i]->read_only;
    if (writers) {
        rf_session_tell(session, rf_buffer_view(event));
        rf_buffer_clear(event);
    }
}

static void host_modal(void *user, rf_slice plugin, rf_slice title, const rf_value *items) { offer(user, "modal", plugin, title, items); }
static void host_menu(void *user, rf_slice plugin, const rf_value *items) { offer(user, "menu", plugin, RF_SLICE(""), items); }

/* ---- The screen ---- */

static void host_send(void *user, rf_slice plugin, rf_slice text) {
    (void)plugin;
    rf_session_write_unasked(user, text);
}

static bool host_line(void *user, int64_t row, rf_slice *ret_text) {
    rf_session *session = user;
    rf_buffer_clear(&session->text);
    if (!rf_screen_text(session->screen, row, &session->text) || session->text.failed)
        return false;
    *ret_text = session->text.len ? rf_buffer_view(&session->text) : RF_SLICE("");
    return true;
}

static void host_size(void *user, int64_t *ret_columns, int64_t *ret_rows, int64_t *ret_scrollback) {
    const rf_session *session = user;
    int columns, rows;
    rf_screen_size(session->screen, &columns, &rows);
    *ret_columns = columns;
    *ret_rows = rows;
    *ret_scrollback = (int64_t)rf_screen_scrollback(session->screen);
}

static void host_cursor(void *user, int64_t *ret_column, int64_t *ret_row) {
    const rf_session *session = user;
    int column, row;
    rf_screen_cursor(session->screen, &column, &row);
    *ret_column = column;
    *ret_row = row;
}

static rf_slice host_fact(void *user, rf_slice name) {
    rf_session *session = user;
    if (rf_slice_is(name, "session.name"))
        return rf_slice_of(session->name);
    if (rf_slice_is(name, "session.directory"))
        return rf_session_directory(session, session->place);
    if (rf_slice_is(name, "session.title"))
        return rf_screen_title(session->screen);
    if (!rf_slice_is(name, "session.clients"))
        return (rf_slice){ NULL, 0 };
    int len = snprintf(session->fact, sizeof session->fact, "%zu", session->clients.count);
    return (rf_slice){ session->fact, (size_t)len };
}

void rf_session_host_init(rf_session *session) {
    assert(session);
    session->plugin_host = (rf_plugin_host){
        .user = session, .kind = "terminal", .log = host_log, .notify = host_notify, .status = host_status, .overlay = host_overlay,
        .modal = host_modal, .menu = host_menu, .command = host_command, .send = host_send, .line = host_line, .size = host_size,
        .cursor = host_cursor, .fact = host_fact, .environment = rf_plugin_environment,
    };
}

void rf_session_host_done(rf_session *session) {
    rf_session_items *const all[] = { &session->status, &session->overlays, &session->palette };
    for (size_t list = 0; list < sizeof all / sizeof *all; list++) {
        for (size_t i = 0; i < all[list]->count; i++)
            item_done(&all[list]->items[i]);
        rf_vec_done(all[list]);
    }
}
