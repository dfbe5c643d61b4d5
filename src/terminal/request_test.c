/* request_test.c: requests of the control protocol read, checked against the table, and answered over a real socket. */
#include "harness.h"

#include "base/slice.h"
#include "terminal/request.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct pair { rf_conn *conn; int peer; char said[4096]; size_t len; } pair;

static void pair_done(pair *p) {
    rf_conn_unref(p->conn);
    if (p->peer >= 0)
        (void)close(p->peer);
}

static bool pair_open(pair *p) {
    int fds[2];
    *p = (pair){ .peer = -1 };
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
        return false;
    p->peer = fds[1];
    p->conn = rf_conn_new(fds[0], 1);
    return p->conn != NULL;
}

/* What the peer got, without waiting. */
static rf_slice said(pair *p) {
    ssize_t got = recv(p->peer, p->said, sizeof p->said - 1, MSG_DONTWAIT);
    p->len = got > 0 ? (size_t)got : 0;
    p->said[p->len] = '\0';
    return (rf_slice){ p->said, p->len };
}

RF_TEST(a_good_request_is_read_and_answered) {
    RF_CLEANUP(pair_done) pair p;
    rf_request *request = NULL;
    rf_check(pair_open(&p));
    rf_check(!rf_request_read(p.conn, RF_SLICE("{\"id\":[1,\"x\"],\"method\":\"send\",\"params\":{\"session\":\"main\",\"text\":\"ls\",\"keys\":[\"enter\"],\"paste\":true}}"), &request, NULL));
    bool good = rf_slice_is(rf_request_text(request, "session"), "main") && rf_request_bool(request, "paste", false)
                && rf_request_param(request, "keys")->size == 1 && rf_request_int(request, "columns", 7) == 7 && !rf_request_text(request, "base64").data;
    rf_request_answer(request, RF_SLICE("\"a\":1"));
    rf_check(good);
    rf_check(rf_conn_is_broken(p.conn) || rf_slice_is(said(&p), "{\"id\":[1,\"x\"],\"result\":{\"a\":1}}\n"));
}

RF_TEST(a_bad_request_is_answered_with_what_is_wrong) {
    static const struct { const char *line, *code, *words; } rows[] = {
        { "{", "invalid", "JSON" },
        { "[]", "invalid", "a request is a JSON object" },
        { "{\"id\":1,\"method\":\"sned\"}", "unknown-method", "did you mean `send`?" },
        { "{\"id\":1,\"method\":\"banana\"}", "unknown-method", "riffle term protocol" },
        { "{\"id\":1}", "unknown-method", "" },
        { "{\"id\":1,\"method\":\"send\",\"params\":[]}", "invalid", "no object" },
        { "{\"id\":1,\"method\":\"send\",\"params\":{}}", "invalid", "needs the parameter `session` (string)" },
        { "{\"id\":1,\"method\":\"send\",\"params\":{\"session\":\"a\",\"txet\":\"b\"}}", "invalid", "did you mean `text`?" },
        { "{\"id\":1,\"method\":\"send\",\"params\":{\"session\":1}}", "invalid", "`session` of `send` is no string" },
        { "{\"id\":1,\"method\":\"send\",\"params\":{\"session\":\"a\",\"paste\":1}}", "invalid", "is no boolean" },
        { "{\"id\":1,\"method\":\"send\",\"params\":{\"session\":\"a\",\"keys\":[1]}}", "invalid", "is no list of strings" },
        { "{\"id\":1,\"method\":\"resize\",\"params\":{\"session\":\"a\",\"columns\":1.5,\"rows\":2}}", "invalid", "is no integer" },
        { "{\"id\":1,\"method\":\"resize\",\"params\":{\"session\":\"a\",\"columns\":1e99,\"rows\":2}}", "invalid", "is no integer" },
        { "{\"id\":1,\"method\":\"new\",\"params\":{\"environment\":[]}}", "invalid", "is no object" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(pair_done) pair p;
        rf_request *request = NULL;
        char code[40];
        rf_check(pair_open(&p));
        rf_check(rf_request_read(p.conn, rf_slice_of(rows[i].line), &request, NULL));
        rf_check(!request);
        (void)snprintf(code, sizeof code, "\"code\":\"%s\"", rows[i].code);
        rf_slice got = said(&p);
        rf_check(rf_test_torture() || (strstr(got.data, code) && strstr(got.data, rows[i].words)));
    }
}

RF_TEST(an_error_becomes_a_code_of_the_protocol) {
    static const struct { rf_code code; const char *name; } rows[] = {
        { RF_ENOTFOUND, "not-found" }, { RF_EREFUSED, "refused" }, { RF_ELIMIT, "limit" }, { RF_EAGAIN, "timeout" }, { RF_EBUSY, "busy" },
        { RF_ECONFIG, "invalid" }, { RF_EIO, "failed" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(pair_done) pair p;
        rf_request *request = NULL;
        rf_error error = { 0 };
        rf_check(pair_open(&p));
        rf_check(!rf_request_read(p.conn, RF_SLICE("{\"method\":\"hello\"}"), &request, NULL));
        (void)rf_raise(&error, rows[i].code, "because \"of\" that");
        rf_request_fail(request, &error);
        rf_slice got = said(&p);
        rf_check(rf_conn_is_broken(p.conn) || (strstr(got.data, rows[i].name) && strstr(got.data, "{\"id\":null,") && strstr(got.data, "because \\\"of\\\" that")));
    }
}
