/* server_list.c: all sessions, running and lost, as the control protocol lists them. */
#include "terminal/server_internal.h"

#include "base/slice.h"
#include "message/json.h"

#include <stdlib.h>

static void write_lost(const rf_state_session *lost, rf_buffer *out) {
    rf_buffer_printf(out,
                     "{\"name\":\"%.*s\",\"state\":\"lost\",\"pid\":0,\"columns\":%d,\"rows\":%d,\"clients\":0,\"scrollback\":0,"
                     "\"scrollback_bytes\":0,\"recording\":false,"
                     "\"program\":\"\",\"command\":%.*s,\"directory\":",
                     RF_SLICE_ARG(lost->name), lost->columns, lost->rows, (int)(lost->command.len ? lost->command.len : 2),
                     lost->command.len ? lost->command.data : "[]");
    rf_json_write_string(out, lost->directory, 0);
    rf_buffer_text(out, ",\"title\":");
    rf_json_write_string(out, lost->title, 0);
    rf_protocol_time(out, "created", lost->created_ms);
    rf_protocol_time(out, "attached", lost->attached_ms);
    rf_buffer_text(out, ",\"block\":null}");
}

/* One of both kinds: `lost` NULL: it runs. */
typedef struct row { rf_slice name; rf_session *session; const rf_state_session *lost; } row;

static int by_name(const void *a, const void *b) { return rf_slice_compare(((const row *)a)->name, ((const row *)b)->name); }

/* NULL: out of memory. */
static row *find_rows(rf_server *server, rf_arena *arena, size_t *ret_count) {
    rf_state_session *lost;
    size_t lost_count = rf_server_find_lost(server, arena, &lost), count = 0;
    row *rows = rf_arena_zero(arena, lost_count + server->sessions.count + 1, sizeof *rows);
    for (size_t i = 0; rows && i < lost_count; i++)
        rows[count++] = (row){ .name = lost[i].name, .lost = &lost[i] };
    for (size_t i = 0; rows && i < server->sessions.count; i++)
        rows[count++] = (row){ .name = rf_slice_of(server->sessions.items[i].name), .session = server->sessions.items[i].session };
    if (rows)
        qsort(rows, count, sizeof *rows, by_name);
    *ret_count = count;
    return rows;
}

void rf_server_list(rf_server *server, rf_request *request) {
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    size_t count;
    const row *rows = find_rows(server, &request->arena, &count);
    members.failed = !rows;
    rf_buffer_text(&members, "\"sessions\":[");
    for (size_t i = 0; i < count; i++) {
        rf_buffer_text(&members, i ? "," : "");
        if (rows[i].lost)
            write_lost(rows[i].lost, &members);
        else
            rf_session_json(rows[i].session, &members);
    }
    rf_buffer_char(&members, ']');
    rf_request_settle(request, RF_OK, NULL, &members);
}
