/* session_host.c: what plugins get from a session: its screen, its facts, its clients' status lines, lists and palettes. */
#include "terminal/session_internal.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* What goes wrong in a plugin is said to those who are there, not to the log alone. */
static void show_error(rf_session *session, rf_slice plugin, rf_slice text) {
    RF_CLEANUP(rf_buffer_done) rf_buffer event = { 0 };
    rf_buffer_printf(&event, "{\"event\":\"notify\",\"plugin\":\"%.*s\",\"title\":\"%.*s\",\"level\":\"error\",\"body\":", RF_SLICE_ARG(plugin), RF_SLICE_ARG(plugin));
    rf_json_write_string(&event, text, 0);
    rf_buffer_char(&event, '}');
    if (!event.failed)
        rf_session_tell(session, rf_buffer_view(&event));
}

static void host_log(void *user, rf_slice plugin, rf_log_level level, rf_slice text) {
    const rf_session *session = user;
    const rf_log_field fields[] = { { "plugin", plugin }, { "session", rf_slice_of(session->name) } };
    rf_log_write_fields(session->host->log, level, NULL, text, fields, 2);
    if (level == RF_LOG_ERROR)
        show_error(user, plugin, text);
}

static void host_notify(void *user, rf_slice plugin, rf_slice title, rf_slice body, rf_slice level) {
    rf_session *session = user;
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer event = { 0 };
    rf_buffer_printf(&members, "\"plugin\":\"%.*s\",\"title\":", RF_SLICE_ARG(plugin));
    rf_json_write_string(&members, title, 0);
    rf_buffer_text(&members, ",\"body\":");
    rf_json_write_string(&members, body, 0);
    rf_buffer_text(&members, ",\"level\":");
    rf_json_write_string(&members, level, 0);
    rf_buffer_printf(&event, "{\"event\":\"notify\",%.*s}", (int)members.len, members.data ? members.data : "");
    if (members.failed || event.failed)
        return;
    rf_session_tell(session, rf_buffer_view(&event));
    rf_session_event(session, "notify", rf_buffer_view(&members));
}

/* ---- Items by plugin and id ---- */

static bool is_item(const char *plugin, const char *id, rf_slice wanted_plugin, rf_slice wanted_id) {
    return rf_slice_is(wanted_plugin, plugin) && rf_slice_is(wanted_id, id);
}

static void name_item(char plugin[72], char id[64], rf_slice from_plugin, rf_slice from_id) {
    (void)snprintf(plugin, 72, "%.*s", RF_SLICE_ARG(from_plugin));
    (void)snprintf(id, 64, "%.*s", RF_SLICE_ARG(from_id));
}

static void host_status(void *user, rf_slice plugin, rf_slice id, rf_slice text, int64_t priority) {
    rf_session *session = user;
    size_t i = 0;
    while (i < session->status.count && !is_item(session->status.items[i].plugin, session->status.items[i].id, plugin, id))
        i++;
    session->status_changed = true;
    if (i < session->status.count) {
        rf_free(session->status.items[i].text);
        session->status.items[i] = session->status.items[--session->status.count];
    }
    char *kept = text.len ? rf_strndup(text.data, text.len) : NULL;
    if (!kept)
        return;
    rf_status_item item = { .text = kept, .priority = priority };
    name_item(item.plugin, item.id, plugin, id);
    if (!rf_vec_push(&session->status, item))
        rf_free(kept);
}

static void host_overlay(void *user, rf_slice plugin, rf_slice id, int64_t x, int64_t y, rf_slice text) {
    rf_session *session = user;
    size_t i = 0;
    while (i < session->overlays.count && !is_item(session->overlays.items[i].plugin, session->overlays.items[i].id, plugin, id))
        i++;
    session->dirty = true;
    if (i < session->overlays.count) {
        rf_free(session->overlays.items[i].text);
        session->overlays.items[i] = session->overlays.items[--session->overlays.count];
    }
    char *kept = text.len ? rf_strndup(text.data, text.len) : NULL;
    if (!kept)
        return;
    rf_overlay_item item = { .text = kept, .column = (int)x, .row = (int)y };
    name_item(item.plugin, item.id, plugin, id);
    if (!rf_vec_push(&session->overlays, item))
        rf_free(kept);
}

static void host_command(void *user, rf_slice plugin, rf_slice id, rf_slice label, rf_slice description) {
    rf_session *session = user;
    size_t i = 0;
    while (i < session->palette.count && !is_item(session->palette.items[i].plugin, session->palette.items[i].id, plugin, id))
        i++;
    if (i < session->palette.count) {
        rf_free(session->palette.items[i].label);
        rf_free(session->palette.items[i].description);
        session->palette.items[i] = session->palette.items[--session->palette.count];
    }
    if (label.len == 0)
        return;
    rf_palette_item item = { .label = rf_strndup(label.data, label.len), .description = rf_strndup(description.data ? description.data : "", description.len) };
    name_item(item.plugin, item.id, plugin, id);
    if (!item.label || !item.description || !rf_vec_push(&session->palette, item)) {
        rf_free(item.label);
        rf_free(item.description);
    }
}

void rf_session_palette(const rf_session *session, rf_buffer *out) {
    rf_buffer_text(out, "\"commands\":[");
    for (size_t i = 0; i < session->palette.count; i++) {
        const rf_palette_item *item = &session->palette.items[i];
        rf_buffer_printf(out, "%s{\"plugin\":\"%s\",\"id\":\"%s\",\"label\":", i ? "," : "", item->plugin, item->id);
        rf_json_write_string(out, rf_slice_of(item->label), 0);
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
        return rf_session_directory(session);
    if (rf_slice_is(name, "session.title"))
        return rf_screen_title(session->screen);
    if (!rf_slice_is(name, "session.clients"))
        return (rf_slice){ NULL, 0 };
    int len = snprintf(session->fact, sizeof session->fact, "%zu", session->clients.count);
    return (rf_slice){ session->fact, (size_t)len };
}

static rf_slice host_environment(void *user, rf_slice name) {
    char text[256];
    (void)user;
    if (name.len >= sizeof text || memchr(name.data ? name.data : "", '\0', name.len))
        return (rf_slice){ NULL, 0 };
    memcpy(text, name.len ? name.data : "", name.len);
    text[name.len] = '\0';
    return rf_slice_of(getenv(text));
}

void rf_session_host_init(rf_session *session) {
    assert(session);
    session->plugin_host = (rf_plugin_host){
        .user = session, .kind = "terminal", .log = host_log, .notify = host_notify, .status = host_status, .overlay = host_overlay,
        .modal = host_modal, .menu = host_menu, .command = host_command, .send = host_send, .line = host_line, .size = host_size,
        .cursor = host_cursor, .fact = host_fact, .environment = host_environment,
    };
}

void rf_session_host_done(rf_session *session) {
    for (size_t i = 0; i < session->status.count; i++)
        rf_free(session->status.items[i].text);
    for (size_t i = 0; i < session->overlays.count; i++)
        rf_free(session->overlays.items[i].text);
    for (size_t i = 0; i < session->palette.count; i++) {
        rf_free(session->palette.items[i].label);
        rf_free(session->palette.items[i].description);
    }
    rf_vec_done(&session->status);
    rf_vec_done(&session->overlays);
    rf_vec_done(&session->palette);
}
