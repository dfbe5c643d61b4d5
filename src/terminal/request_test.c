/* request_test.c: requests of the control protocol read, checked against the table, and answered over a real socket. */
#include "harness.h"

#include "base/slice.h"
#include "terminal/conn_fixture.h"
#include "terminal/request.h"

#include <stdio.h>
#include <string.h>

/* What the peer got, without waiting, in `room`. */
static rf_slice said(const conn_pair *p, char room[4096]) {
    ssize_t got = recv(p->peer, room, 4095, MSG_DONTWAIT);
    room[got > 0 ? got : 0] = '\0';
    return rf_slice_of(room);
}

RF_TEST(a_good_request_is_read_and_answered) {
    CONN_PAIR(p);
    char room[4096];
    rf_request *request = NULL;
    rf_check(conn_pair_open(&p));
    rf_check(!rf_request_read(p.conn, RF_SLICE("{\"id\":[1,\"x\"],\"method\":\"send\",\"params\":{\"session\":\"main\",\"text\":\"ls\",\"keys\":[\"enter\"],\"paste\":true}}"), &request, NULL));
    bool good = rf_slice_is(rf_request_text(request, "session"), "main") && rf_request_bool(request, "paste", false)
                && rf_request_param(request, "keys")->size == 1 && rf_request_int(request, "columns", 7) == 7 && !rf_request_text(request, "base64").data;
    rf_request_answer(request, RF_SLICE("\"a\":1"));
    rf_check(good);
    rf_check(rf_conn_is_broken(p.conn) || rf_slice_is(said(&p, room), "{\"id\":[1,\"x\"],\"result\":{\"a\":1}}\n"));
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
        CONN_PAIR(p);
        char room[4096];
        rf_request *request = NULL;
        char code[40];
        rf_check(conn_pair_open(&p));
        rf_check(rf_request_read(p.conn, rf_slice_of(rows[i].line), &request, NULL));
        rf_check(!request);
        (void)snprintf(code, sizeof code, "\"code\":\"%s\"", rows[i].code);
        rf_slice got = said(&p, room);
        rf_check(rf_test_torture() || (strstr(got.data, code) && strstr(got.data, rows[i].words)));
    }
}

RF_TEST(an_error_becomes_a_code_of_the_protocol) {
    static const struct { rf_code code; const char *name; } rows[] = {
        { RF_ENOTFOUND, "not-found" }, { RF_EREFUSED, "refused" }, { RF_ELIMIT, "limit" }, { RF_EAGAIN, "timeout" }, { RF_EBUSY, "busy" },
        { RF_ECONFIG, "invalid" }, { RF_EIO, "failed" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CONN_PAIR(p);
        char room[4096];
        rf_request *request = NULL;
        rf_error error = { 0 };
        rf_check(conn_pair_open(&p));
        rf_check(!rf_request_read(p.conn, RF_SLICE("{\"method\":\"hello\"}"), &request, NULL));
        (void)rf_raise(&error, rows[i].code, "because \"of\" that");
        rf_request_fail(request, &error);
        rf_slice got = said(&p, room);
        rf_check(rf_conn_is_broken(p.conn) || (strstr(got.data, rows[i].name) && strstr(got.data, "{\"id\":null,") && strstr(got.data, "because \\\"of\\\" that")));
    }
}
