/* case_host.c: the host of test cases: it remembers what plugins do, and shows them the screen that the case describes. */
#include "plugin/case_internal.h"

#include "base/slice.h"

#include <assert.h>

static void on_log(void *user, rf_slice plugin, rf_log_level level, rf_slice text) {
    rf_case_host *host = user;
    (void)plugin, (void)level;
    rf_buffer_slice(&host->log, text);
    rf_buffer_char(&host->log, '\n');
}

static void on_notify(void *user, rf_slice plugin, rf_slice title, rf_slice body, rf_slice level) {
    rf_case_host *host = user;
    (void)plugin, (void)level;
    rf_buffer_printf(&host->notified, "%.*s: %.*s\n", RF_SLICE_ARG(title), RF_SLICE_ARG(body));
}

static rf_case_status *find_status(rf_case_host *host, rf_slice id) {
    for (size_t i = 0; i < host->status.count; i++)
        if (rf_slice_eq(host->status.items[i].id, id))
            return &host->status.items[i];
    return NULL;
}

static void on_status(void *user, rf_slice plugin, rf_slice id, rf_slice text, int64_t priority) {
    rf_case_host *host = user;
    (void)plugin, (void)priority;
    rf_slice kept = rf_slice_dup_in(&host->arena, text);
    rf_case_status *item = find_status(host, id);
    rf_slice name = item ? item->id : rf_slice_dup_in(&host->arena, id);
    if (!kept.data || !name.data) {
        host->failed = true;
        return;
    }
    if (item)
        item->text = kept;
    else if (!rf_vec_push(&host->status, (rf_case_status){ name, kept }))
        host->failed = true;
}

static void on_send(void *user, rf_slice plugin, rf_slice text) {
    (void)plugin;
    rf_buffer_slice(&((rf_case_host *)user)->sent, text);
}

/* These are taken and not looked at: a case has no words for them, but the plugin must be able to call them. */
static void on_overlay(void *user, rf_slice plugin, rf_slice id, int64_t x, int64_t y, rf_slice text) {
    (void)user, (void)plugin, (void)id, (void)x, (void)y, (void)text;
}
static void on_modal(void *user, rf_slice plugin, rf_slice title, const rf_value *items) {
    (void)user, (void)plugin, (void)title, (void)items;
}
static void on_menu(void *user, rf_slice plugin, const rf_value *items) { (void)user, (void)plugin, (void)items; }
static void on_command(void *user, rf_slice plugin, rf_slice id, rf_slice label, rf_slice description) {
    (void)user, (void)plugin, (void)id, (void)label, (void)description;
}

static bool on_line(void *user, int64_t row, rf_slice *ret_text) {
    const rf_value *screen = &((rf_case_host *)user)->test->screen;
    if (screen->kind != RF_LIST || row < 0 || row >= (int64_t)screen->size)
        return false;
    *ret_text = rf_value_text(&screen->items[row]);
    return true;
}

/* As wide as its longest line, in bytes, and at least as a terminal usually is. */
static void on_size(void *user, int64_t *ret_columns, int64_t *ret_rows, int64_t *ret_scrollback) {
    const rf_value *screen = &((rf_case_host *)user)->test->screen;
    *ret_columns = 80;
    for (uint32_t i = 0; screen->kind == RF_LIST && i < screen->size; i++)
        if (screen->items[i].size > *ret_columns)
            *ret_columns = screen->items[i].size;
    *ret_rows = screen->kind == RF_LIST ? screen->size : 0;
    *ret_scrollback = 0;
}

/* Behind the last line. */
static void on_cursor(void *user, int64_t *ret_column, int64_t *ret_row) {
    const rf_value *screen = &((rf_case_host *)user)->test->screen;
    uint32_t rows = screen->kind == RF_LIST ? screen->size : 0;
    *ret_row = rows ? rows - 1 : 0;
    *ret_column = rows ? screen->items[rows - 1].size : 0;
}

static rf_slice text_of(const rf_value *map, rf_slice name) {
    const rf_value *value = map->kind == RF_MAP ? rf_value_member(map, name) : NULL;
    return value ? rf_value_text(value) : (rf_slice){ NULL, 0 };
}

static rf_slice on_fact(void *user, rf_slice name) {
    const rf_slice prefix = RF_SLICE("session.");
    if (!rf_slice_starts(name, prefix))
        return (rf_slice){ NULL, 0 };
    return text_of(&((rf_case_host *)user)->test->facts, (rf_slice){ name.data + prefix.len, name.len - prefix.len });
}

static rf_slice on_environment(void *user, rf_slice name) { return text_of(&((rf_case_host *)user)->test->environment, name); }

void rf_case_host_init(rf_case_host *host, const rf_case *test) {
    assert(host && test);
    *host = (rf_case_host){ .test = test };
    rf_arena_init(&host->arena, 4096);
    host->table = (rf_plugin_host){
        .user = host, .kind = "test", .log = on_log, .notify = on_notify, .status = on_status, .overlay = on_overlay, .modal = on_modal,
        .menu = on_menu, .command = on_command, .send = on_send, .line = on_line, .size = on_size, .cursor = on_cursor, .fact = on_fact,
        .environment = on_environment,
    };
}

void rf_case_host_done(rf_case_host *host) {
    rf_vec_done(&host->status);
    rf_buffer_done(&host->log);
    rf_buffer_done(&host->notified);
    rf_buffer_done(&host->sent);
    rf_arena_done(&host->arena);
}

void rf_case_host_clear(rf_case_host *host) {
    rf_buffer_clear(&host->log);
    rf_buffer_clear(&host->notified);
    rf_buffer_clear(&host->sent);
    host->failed = false;
}

rf_slice rf_case_host_status(const rf_case_host *host, rf_slice id) {
    for (size_t i = 0; i < host->status.count; i++)
        if (rf_slice_eq(host->status.items[i].id, id))
            return host->status.items[i].text;
    return RF_SLICE("");
}

bool rf_case_host_good(const rf_case_host *host) {
    return !host->failed && !host->log.failed && !host->notified.failed && !host->sent.failed;
}
