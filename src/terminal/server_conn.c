/* server_conn.c: lines of the control protocol: cut, read, and handed on. */
#include "terminal/server_internal.h"

#include "base/slice.h"

/* False: the connection went away with a request. */
static bool do_line(rf_server *server, rf_conn *conn, rf_slice line, size_t taken) {
    rf_request *request = NULL;
    rf_error error = { 0 };
    line = rf_slice_trim(line);
    if (line.len == 0 || rf_request_read(conn, line, &request, &error)) { /* what was wrong has been answered */
        rf_conn_take(conn, taken);
        return true;
    }
    rf_conn_take(conn, taken); /* before anybody else reads what follows */
    return rf_server_handle(server, request) != RF_GIVEN_AWAY;
}

static bool do_lines(rf_server *server, rf_conn *conn) {
    for (;;) {
        rf_slice waiting = rf_buffer_view(&conn->in);
        size_t end = rf_slice_find(waiting, '\n');
        if (end == waiting.len)
            return true;
        if (!do_line(server, conn, (rf_slice){ waiting.data, end }, end + 1))
            return false;
    }
}

bool rf_server_read(rf_server *server, rf_conn *conn) {
    bool there = rf_conn_read(conn, RF_PROTOCOL_LINE_MAX);
    if (!do_lines(server, conn))
        return false;
    if (conn->in.len >= RF_PROTOCOL_LINE_MAX) {
        static const rf_slice why = RF_SLICE("{\"id\":null,\"error\":{\"code\":\"limit\",\"message\":\"the line is too long\",\"hint\":\"\"}}\n");
        rf_conn_send(conn, why);
        there = false;
    }
    if (!there)
        rf_server_unsubscribe(server, conn);
    return there && !rf_conn_is_broken(conn);
}
