/* api_fixture.h: a host that remembers what it is told, and calls of the API's functions by name. */
#ifndef RF_PLUGIN_API_FIXTURE_H
#define RF_PLUGIN_API_FIXTURE_H

#include "base/slice.h"
#include "plugin/api.h"
#include "plugin/store.h"

#include <assert.h>

#define RF_FAKE_LINES 3

/* What the host was told stands in `said`, a line for each. */
typedef struct rf_api_fixture {
    rf_buffer said;
    rf_manifest manifest;
    rf_plugin_host host;
    rf_plugin_api api;
    rf_store *store;
    rf_error error; /* of the last call */
    rf_pv result;
    rf_buffer text; /* the result as text */
} rf_api_fixture;

static void hear_log(void *user, rf_slice plugin, rf_log_level level, rf_slice text) {
    rf_buffer_printf(user, "log %.*s %d [%.*s]\n", RF_SLICE_ARG(plugin), (int)level, RF_SLICE_ARG(text));
}
static void hear_notify(void *user, rf_slice plugin, rf_slice title, rf_slice body, rf_slice level) {
    rf_buffer_printf(user, "notify %.*s [%.*s] [%.*s] %.*s\n", RF_SLICE_ARG(plugin), RF_SLICE_ARG(title), RF_SLICE_ARG(body), RF_SLICE_ARG(level));
}
static void hear_status(void *user, rf_slice plugin, rf_slice id, rf_slice text, int64_t priority) {
    rf_buffer_printf(user, "status %.*s %.*s [%.*s] %lld\n", RF_SLICE_ARG(plugin), RF_SLICE_ARG(id), RF_SLICE_ARG(text), (long long)priority);
}
static void hear_overlay(void *user, rf_slice plugin, rf_slice id, int64_t x, int64_t y, rf_slice text) {
    rf_buffer_printf(user, "overlay %.*s %.*s %lld,%lld [%.*s]\n", RF_SLICE_ARG(plugin), RF_SLICE_ARG(id), (long long)x, (long long)y, RF_SLICE_ARG(text));
}
static void hear_modal(void *user, rf_slice plugin, rf_slice title, const rf_value *items) {
    rf_buffer_printf(user, "modal %.*s [%.*s] ", RF_SLICE_ARG(plugin), RF_SLICE_ARG(title));
    rf_value_print(user, items);
    rf_buffer_char(user, '\n');
}
static void hear_menu(void *user, rf_slice plugin, const rf_value *items) {
    rf_buffer_printf(user, "menu %.*s ", RF_SLICE_ARG(plugin));
    rf_value_print(user, items);
    rf_buffer_char(user, '\n');
}
static void hear_command(void *user, rf_slice plugin, rf_slice id, rf_slice label, rf_slice description) {
    rf_buffer_printf(user, "command %.*s %.*s [%.*s] [%.*s]\n", RF_SLICE_ARG(plugin), RF_SLICE_ARG(id), RF_SLICE_ARG(label), RF_SLICE_ARG(description));
}
static void hear_send(void *user, rf_slice plugin, rf_slice text) {
    rf_buffer_printf(user, "send %.*s [", RF_SLICE_ARG(plugin));
    rf_buffer_slice(user, text);
    rf_buffer_text(user, "]\n");
}

/* A screen of three rows of which the last is no UTF-8, and two lines above it. */
static bool tell_line(void *user, int64_t row, rf_slice *ret_text) {
    static const char *const lines[] = { "older", "newer", "$ make", "", "bad \xFF" };
    (void)user;
    if (row < -2 || row >= RF_FAKE_LINES)
        return false;
    *ret_text = rf_slice_of(lines[row + 2]);
    return true;
}
static void tell_size(void *user, int64_t *ret_columns, int64_t *ret_rows, int64_t *ret_scrollback) {
    (void)user;
    *ret_columns = 80;
    *ret_rows = RF_FAKE_LINES;
    *ret_scrollback = 2;
}
static void tell_cursor(void *user, int64_t *ret_column, int64_t *ret_row) {
    (void)user;
    *ret_column = 4;
    *ret_row = 1;
}
static rf_slice tell_fact(void *user, rf_slice name) {
    (void)user;
    if (rf_slice_is(name, "session.clients"))
        return RF_SLICE("2");
    return rf_slice_is(name, "session.title") ? RF_SLICE("vi \xFF") : name;
}
static rf_slice tell_environment(void *user, rf_slice name) {
    (void)user;
    return rf_slice_is(name, "EDITOR") ? RF_SLICE("vi") : rf_slice_is(name, "EMPTY") ? RF_SLICE("") : (rf_slice){ NULL, 0 };
}

/* All callbacks set, the usual quotas, no store. */
RF_UNUSED static void rf_api_fixture_init(rf_api_fixture *fixture) {
    *fixture = (rf_api_fixture){
        .manifest = { .name = RF_SLICE("calm"), .version = RF_SLICE("1.2.3") },
        .host = { .kind = "test", .log = hear_log, .notify = hear_notify, .status = hear_status, .overlay = hear_overlay, .modal = hear_modal,
                  .menu = hear_menu, .command = hear_command, .send = hear_send, .line = tell_line, .size = tell_size, .cursor = tell_cursor,
                  .fact = tell_fact, .environment = tell_environment },
        .api = { .quota = RF_PLUGIN_QUOTA_DEFAULT },
    };
    fixture->host.user = &fixture->said;
    fixture->api.host = &fixture->host;
    fixture->api.manifest = &fixture->manifest;
}

RF_UNUSED static void rf_api_fixture_done(rf_api_fixture *fixture) {
    rf_plugin_api_done(&fixture->api);
    rf_store_close(fixture->store);
    rf_buffer_done(&fixture->said);
    rf_buffer_done(&fixture->text);
}

RF_UNUSED static rf_code rf_api_fixture_call(rf_api_fixture *fixture, const char *name, const rf_pv *args) {
    const rf_api_row *row = rf_api_rows;
    while (row->name && !rf_slice_is(rf_slice_of(name), row->name))
        row++;
    assert(row->name);
    fixture->result = (rf_pv){ .kind = (rf_pv_kind)99 };
    fixture->error = (rf_error){ 0 };
    rf_code code = row->call(&fixture->api, args, &fixture->result, &fixture->error);
    assert(code ? code == fixture->error.code : fixture->result.kind == row->result);
    return code;
}

/* What was said since the last time; until the next call. */
RF_UNUSED static rf_slice rf_api_fixture_said(rf_api_fixture *fixture) {
    rf_buffer_clear(&fixture->text);
    rf_buffer_slice(&fixture->text, rf_buffer_view(&fixture->said));
    rf_buffer_clear(&fixture->said);
    return rf_buffer_view(&fixture->text);
}

/* The last result as text, data as metadata shows it. */
RF_UNUSED static rf_slice rf_api_fixture_result(rf_api_fixture *fixture) {
    rf_buffer_clear(&fixture->text);
    switch (fixture->result.kind) {
    case RF_PV_UNIT: rf_buffer_text(&fixture->text, "unit"); break;
    case RF_PV_INT: rf_buffer_printf(&fixture->text, "%lld", (long long)fixture->result.integer); break;
    case RF_PV_TEXT: rf_buffer_printf(&fixture->text, "\"%.*s\"", RF_SLICE_ARG(fixture->result.text)); break;
    case RF_PV_DATA: rf_value_print(&fixture->text, &fixture->result.data); break;
    default: rf_buffer_text(&fixture->text, "(none)"); break;
    }
    return rf_buffer_view(&fixture->text);
}

#define T(literal) ((rf_pv){ .kind = RF_PV_TEXT, .text = RF_SLICE(literal) })
#define I(number) ((rf_pv){ .kind = RF_PV_INT, .integer = (number) })
#define D(value) ((rf_pv){ .kind = RF_PV_DATA, .data = (value) })
/* api(&f, "Ui.notify", T("a"), …) gives the code. */
#define api(fixture, name, ...) rf_api_fixture_call((fixture), (name), (const rf_pv[]){ __VA_ARGS__ })
#define api_unit(fixture, name) rf_api_fixture_call((fixture), (name), NULL)
#define told(fixture) rf_api_fixture_said(fixture)
#define given(fixture) rf_api_fixture_result(fixture)
#define message_of(fixture) rf_slice_of((fixture)->error.message)
#define hint_of(fixture) rf_slice_of((fixture)->error.hint)

#endif
