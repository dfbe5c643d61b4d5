/* server_conn.c: lines of the control protocol: cut, read, and handed on. */
#include "terminal/server_internal.h"

#include "base/slice.h"

enum { READ_AT_ONCE = 4096, READ_OF_LONG_LINE = 256 << 10 };

/* False: the connection went away with a request. `taken`: of what waits, what has been done with. */
static bool do_line(rf_server *server, rf_conn *conn, rf_slice line, size_t *taken) {
    rf_request *request = NULL;
    rf_error error = { 0 };
    line = rf_slice_trim(line);
    if (line.len == 0 || rf_request_read(conn, line, &request, &error)) /* what was wrong has been answered */
        return true;
    if (strcmp(request->method->name, "attach") == 0) { /* somebody else may read what follows */
        rf_conn_take(conn, *taken);
        *taken = 0;
    }
    return rf_server_handle(server, request) != RF_GIVEN_AWAY;
}

/* What comes before `looked_at` has no line's end. */
static bool do_lines(rf_server *server, rf_conn *conn, size_t looked_at) {
    size_t taken = 0;
    while (looked_at < conn->in.len) {
        rf_slice fresh = { conn->in.data + looked_at, conn->in.len - looked_at };
        size_t end = rf_slice_find(fresh, '\n');
        if (end == fresh.len)
            break;
        rf_slice line = { conn->in.data + taken, looked_at + end - taken };
        taken = looked_at + end + 1;
        if (!do_line(server, conn, line, &taken))
            return false;
        looked_at = taken;
    }
    rf_conn_take(conn, taken);
    return true;
}

/* A little at a time, for others wait meanwhile; of a line that is long, more. */
bool rf_server_read(rf_server *server, rf_conn *conn) {
    size_t had = conn->in.len, more = had < READ_AT_ONCE ? READ_AT_ONCE : had < READ_OF_LONG_LINE ? had : READ_OF_LONG_LINE;
    bool there = rf_conn_read(conn, had + more < RF_PROTOCOL_LINE_MAX ? had + more : RF_PROTOCOL_LINE_MAX);
    if (!do_lines(server, conn, had))
        return false;
    if (conn->in.len >= RF_PROTOCOL_LINE_MAX) {
        static const rf_slice why = RF_SLICE(
            "{\"id\":null,\"error\":{\"code\":\"limit\",\"message\":\"the line is too long\",\"hint\":\"\"}}\n");
        rf_conn_send(conn, why);
        there = false;
    }
    if (!there)
        rf_server_unsubscribe(server, conn);
    return there && !rf_conn_is_broken(conn);
}
