/* terminal_request_fuzz.c: any bytes as lines of the control protocol: what is wrong is answered, what is right has the types of the table. */
#include "fuzz.h"

#include "base/slice.h"
#include "terminal/request.h"

#include <sys/socket.h>
#include <unistd.h>

/* What a handler relies on. */
static void check(const rf_request *request) {
    fuzz_claim(request->method && request->params.kind == RF_MAP);
    for (const rf_protocol_param *param = request->method->params; param->name; param++) {
        const rf_value *value = rf_request_param(request, param->name);
        rf_slice type = rf_slice_of(param->type);
        fuzz_claim(value || !param->required);
        if (!value)
            continue;
        if (rf_slice_is(type, "string")) {
            rf_slice text = rf_request_text(request, param->name);
            fuzz_claim(value->kind == RF_STRING && text.data && text.len == value->size);
        } else if (rf_slice_is(type, "integer"))
            (void)rf_request_int(request, param->name, 0);
        else if (rf_slice_is(type, "boolean"))
            fuzz_claim(value->kind == RF_BOOL);
        else
            fuzz_claim(value->kind == (rf_slice_is(type, "object") ? RF_MAP : RF_LIST));
    }
}

static void do_line(rf_conn *conn, rf_slice line) {
    rf_request *request = NULL;
    rf_error error = { 0 };
    rf_code code = rf_request_read(conn, line, &request, &error);
    fuzz_claim((code == RF_OK) == (request != NULL));
    fuzz_claim(code == RF_OK || ((code == RF_EPARSE || code == RF_ECONFIG || code == RF_ENOTFOUND || code == RF_ELIMIT || code == RF_ENOMEM) && error.message[0]));
    if (code)
        return;
    check(request);
    if (line.len % 2)
        rf_request_answer(request, RF_SLICE("\"a\":1"));
    else
        rf_request_free(request);
}

/* Each answer is one line, and an object. */
static void check_answers(int fd) {
    char text[4096], last = '\n';
    for (ssize_t got; (got = recv(fd, text, sizeof text, MSG_DONTWAIT)) > 0;)
        for (ssize_t i = 0; i < got; i++) {
            fuzz_claim(last != '\n' || text[i] == '{');
            last = text[i];
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return 0;
    rf_conn *conn = rf_conn_new(ends[0], 1);
    for (rf_slice left = { (const char *)data, size }; conn && left.len;) {
        size_t end = rf_slice_find(left, '\n');
        do_line(conn, (rf_slice){ left.data, end });
        left = end < left.len ? (rf_slice){ left.data + end + 1, left.len - end - 1 } : (rf_slice){ left.data + end, 0 };
    }
    check_answers(ends[1]);
    rf_conn_unref(conn);
    (void)close(ends[1]);
    return 0;
}
