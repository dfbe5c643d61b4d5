/* server_list.c: all sessions, running and lost, as the control protocol lists them. */
#include "terminal/server_internal.h"

#include "base/clock.h"
#include "base/slice.h"
#include "message/json.h"

static void write_time(rf_buffer *out, const char *name, int64_t ms) {
    char text[RF_CLOCK_TEXT_MAX];
    size_t len = ms > 0 ? rf_clock_rfc3339(ms / 1000, (uint32_t)(ms % 1000) * 1000000u, 3, text) : 0;
    if (len)
        rf_buffer_printf(out, ",\"%s\":\"%.*s\"", name, (int)len, text);
    else
        rf_buffer_printf(out, ",\"%s\":null", name);
}

static void write_lost(const rf_state_session *lost, rf_buffer *out) {
    rf_buffer_printf(out, "{\"name\":\"%.*s\",\"state\":\"lost\",\"pid\":0,\"columns\":%d,\"rows\":%d,\"clients\":0,\"scrollback\":0,\"scrollback_bytes\":0,\"recording\":false,"
                          "\"program\":\"\",\"command\":%.*s,\"directory\":", RF_SLICE_ARG(lost->name), lost->columns, lost->rows,
                     (int)(lost->command.len ? lost->command.len : 2), lost->command.len ? lost->command.data : "[]");
    rf_json_write_string(out, lost->directory, 0);
    rf_buffer_text(out, ",\"title\":");
    rf_json_write_string(out, lost->title, 0);
    write_time(out, "created", lost->created_ms);
    write_time(out, "attached", lost->attached_ms);
    rf_buffer_text(out, ",\"block\":null}");
}

/* By name: both lists are short, and the state file's is sorted. */
static void write_running(rf_server *server, rf_slice after, rf_slice before, rf_buffer *out, bool *first) {
    rf_slice last = after;
    for (;;) {
        rf_server_entry *next = NULL;
        for (size_t i = 0; i < server->sessions.count; i++) {
            rf_server_entry *entry = &server->sessions.items[i];
            rf_slice name = rf_slice_of(entry->name);
            bool fits = (!last.data || rf_slice_compare(name, last) > 0) && (!before.data || rf_slice_compare(name, before) < 0);
            if (fits && (!next || rf_slice_compare(name, rf_slice_of(next->name)) < 0))
                next = entry;
        }
        if (!next)
            return;
        rf_buffer_text(out, *first ? "" : ",");
        *first = false;
        rf_session_json(next->session, out);
        last = rf_slice_of(next->name);
    }
}

void rf_server_list(rf_server *server, rf_request *request) {
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    rf_state_session *lost;
    rf_error error = { 0 };
    rf_slice last = { NULL, 0 };
    bool first = true;
    size_t count = rf_server_find_lost(server, &request->arena, &lost);
    rf_buffer_text(&members, "\"sessions\":[");
    for (size_t i = 0; i < count; i++) {
        write_running(server, last, lost[i].name, &members, &first);
        rf_buffer_text(&members, first ? "" : ",");
        first = false;
        write_lost(&lost[i], &members);
        last = lost[i].name;
    }
    write_running(server, last, (rf_slice){ NULL, 0 }, &members, &first);
    rf_buffer_char(&members, ']');
    if (members.failed) {
        (void)rf_raise_nomem(&error);
        rf_request_fail(request, &error);
    } else
        rf_request_answer(request, rf_buffer_view(&members));
}
