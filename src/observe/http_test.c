/* http_test.c: the service as a client sees it. */
#include "observe/http.h"

#include "base/clock.h"
#include "base/slice.h"
#include "base/thread.h"
#include "harness.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Answers that wait until they may end. */
typedef struct slow_answers { _Atomic int begun, running, in_vain; _Atomic bool may_end; } slow_answers;

typedef struct service {
    rf_metrics *metrics;
    rf_http *http;
    _Atomic bool connected;
    slow_answers slow;
    rf_http_route routes[4];
} service;

static void service_done(service *self) {
    rf_http_stop(self->http);
    rf_metrics_free(self->metrics);
}

static size_t statuses(void *arg, rf_http_status *ret, size_t max) {
    const service *self = arg;
    if (max < 2)
        return 0;
    ret[0] = (rf_http_status){ .label = "", .path = "input", .connected = true };
    ret[1] = (rf_http_status){ .label = "o\"", .path = "output", .connected = self->connected };
    if (!self->connected)
        (void)snprintf(ret[1].error, sizeof ret[1].error, "connection \"refused\"");
    return 2;
}

/* Says what it was asked. */
static rf_http_answer echo(void *arg, const rf_http_request *request, rf_buffer *out) {
    rf_buffer_printf(out, "%s %.*s [%.*s] %d", (const char *)arg, RF_SLICE_ARG(request->method), RF_SLICE_ARG(request->rest), request->deliberate);
    bool refused = rf_slice_is(request->rest, "/refuse");
    return (rf_http_answer){ .status = refused ? 405 : 200, .allow = refused ? "GET, HEAD" : NULL };
}

static void put_query(rf_buffer *out, const rf_http_request *request, const char *key) {
    rf_slice value = request->query(request, key);
    if (value.data)
        rf_buffer_printf(out, "%s=[%.*s]%zu ", key, RF_SLICE_ARG(value), value.len);
}

static rf_http_answer ask_query(void *arg, const rf_http_request *request, rf_buffer *out) {
    (void)arg;
    put_query(out, request, "a");
    put_query(out, request, "b c");
    put_query(out, request, "");
    return (rf_http_answer){ .status = *request->gone ? 500 : 200 };
}

static rf_http_answer save(void *arg, const rf_http_request *request, rf_buffer *out) {
    (void)arg;
    (void)request;
    rf_buffer_append(out, "\0\1", 2);
    return (rf_http_answer){ .status = 400, .content_type = "application/octet-stream", .file_name = "a b.pb.gz" };
}

static rf_http_answer wait_long(void *arg, const rf_http_request *request, rf_buffer *out) {
    slow_answers *slow = arg;
    slow->running++;
    slow->begun++;
    for (int i = 0; i < 5000 && !slow->may_end && !*request->gone; i++)
        rf_clock_sleep_ns(RF_NS_PER_MS);
    slow->in_vain += *request->gone;
    slow->running--;
    put_query(out, request, "a");
    rf_buffer_printf(out, "%.*s [%.*s] waited", RF_SLICE_ARG(request->method), RF_SLICE_ARG(request->rest));
    return (rf_http_answer){ .status = 200, .content_type = "text/plain", .file_name = "w.txt" };
}

static char echo_arg[] = "asked:";

static rf_code service_start(service *self, bool with_metrics) {
    rf_metric sent;
    rf_meter *meter;
    if (rf_metrics_new(&self->metrics, NULL) || rf_metrics_counter(self->metrics, "sent", "Sent.", NULL, &sent, NULL) ||
        rf_metrics_meter(self->metrics, &meter, NULL))
        return RF_ENOMEM;
    rf_meter_add(meter, sent, 7);
    self->routes[0] = (rf_http_route){ .path = "/query", .summary = "what was asked with", .answer = ask_query };
    self->routes[1] = (rf_http_route){ .path = "/save", .summary = "bytes", .answer = save };
    self->routes[2] = (rf_http_route){ .path = "/wait", .summary = "waits", .answer = wait_long, .arg = &self->slow, .slow = true };
    self->routes[3] = (rf_http_route){ .path = "/echo", .summary = "what was asked", .answer = echo, .arg = echo_arg };
    rf_http_options options = { .address = RF_SLICE("127.0.0.1:0"), .root_path = RF_SLICE("/benthos/"), .version = "1.2.3",
                                .metrics = with_metrics ? self->metrics : NULL, .statuses = statuses, .arg = self, .routes = self->routes,
                                .route_count = sizeof self->routes / sizeof *self->routes };
    return rf_http_start(&options, &self->http, NULL);
}

static int dial(const service *self) {
    const char *port = strrchr(rf_http_address(self->http), ':') + 1;
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct timeval patience = { .tv_sec = 20 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
        connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* Sends the head (and body) and reads to the end; the answer is "" when there was none. */
static const char *ask_raw(const service *self, const char *request, char *answer, size_t size) {
    answer[0] = '\0';
    int fd = dial(self);
    if (fd < 0)
        return answer;
    size_t len = 0;
    if (send(fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request))
        for (ssize_t got = 1; got > 0 && len < size - 1; len += got > 0 ? (size_t)got : 0)
            got = recv(fd, answer + len, size - 1 - len, 0);
    (void)close(fd);
    answer[len] = '\0';
    return answer;
}

#define ANSWER_MAX 4096

static const char *ask(const service *self, const char *method, const char *path, char answer[ANSWER_MAX]) {
    char request[300];
    (void)snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", method, path);
    return ask_raw(self, request, answer, ANSWER_MAX);
}

/* The body, or "" . */
static rf_slice body_of(const char *answer) {
    const char *end = strstr(answer, "\r\n\r\n");
    return rf_slice_of(end ? end + 4 : "");
}

static bool has_status(const char *answer, const char *status) {
    return strncmp(answer, "HTTP/1.1 ", 9) == 0 && strncmp(answer + 9, status, strlen(status)) == 0;
}

#define SERVICE(name, with_metrics)                         \
    RF_CLEANUP(service_done) service name = { 0 };          \
    rf_check(service_start(&name, with_metrics) == RF_OK)

RF_TEST(ping_is_pong_with_any_method) {
    SERVICE(self, true);
    char answer[ANSWER_MAX];
    rf_check_text(body_of(ask(&self, "GET", "/ping", answer)), RF_SLICE("pong"));
    rf_check(has_status(answer, "200") && strstr(answer, "text/plain"));
    rf_check_text(body_of(ask(&self, "POST", "/ping", answer)), RF_SLICE("pong"));
    rf_check_text(body_of(ask(&self, "GET", "/ping?x=1", answer)), RF_SLICE("pong"));
}

RF_TEST(head_has_no_body) {
    SERVICE(self, true);
    char answer[ANSWER_MAX];
    rf_check_text(body_of(ask(&self, "HEAD", "/ping", answer)), RF_SLICE(""));
    rf_check(has_status(answer, "200") && strstr(answer, "Content-Length: 4"));
}

RF_TEST(every_path_is_also_below_the_root) {
    SERVICE(self, true);
    char answer[ANSWER_MAX];
    rf_check_text(body_of(ask(&self, "GET", "/benthos/ping", answer)), RF_SLICE("pong"));
    rf_check(has_status(ask(&self, "GET", "/benthosping", answer), "404") || rf_test_torture());
    rf_check(has_status(ask(&self, "GET", "/benthos", answer), "404") || rf_test_torture());
}

RF_TEST(others_are_not_found) {
    SERVICE(self, true);
    char answer[ANSWER_MAX];
    rf_check_text(body_of(ask(&self, "GET", "/config", answer)), RF_SLICE("404 page not found\n"));
    rf_check(has_status(answer, "404"));
}

RF_TEST(version_and_endpoints_are_json) {
    SERVICE(self, true);
    char answer[ANSWER_MAX];
    rf_check_text(body_of(ask(&self, "GET", "/version", answer)), RF_SLICE("{\"version\":\"1.2.3\"}"));
    rf_check(strstr(ask(&self, "GET", "/endpoints", answer), "\"/metrics\":\""));
}

RF_TEST(ready_says_who_is_not_connected) {
    SERVICE(self, true);
    char answer[ANSWER_MAX];
    rf_check_text(body_of(ask(&self, "GET", "/ready", answer)),
                  RF_SLICE("{\"statuses\":[{\"label\":\"\",\"path\":\"input\",\"connected\":true},{\"label\":\"o\\\"\",\"path\":"
                           "\"output\",\"connected\":false,\"error\":\"connection \\\"refused\\\"\"}]}\n"));
    rf_check(has_status(answer, "503"));
    self.connected = true;
    rf_check(has_status(ask(&self, "GET", "/ready", answer), "200"));
    rf_check(strstr(answer, "application/json") && !strstr(answer, "error"));
}

RF_TEST(routes_of_the_host_are_asked_with_what_is_below_them) {
    SERVICE(self, true);
    char answer[ANSWER_MAX];
    rf_check_text(body_of(ask(&self, "GET", "/echo", answer)), RF_SLICE("asked: GET [] 0"));
    rf_check(has_status(answer, "200") && strstr(answer, "application/json"));
    rf_check_text(body_of(ask(&self, "POST", "/benthos/echo/a%20b/c?x=1", answer)), RF_SLICE("asked: POST [/a b/c] 0"));
    rf_check_text(body_of(ask(&self, "GET", "/echoes", answer)), RF_SLICE("404 page not found\n"));
    rf_check_text(body_of(ask(&self, "PUT", "/echo/refuse", answer)), RF_SLICE("asked: PUT [/refuse] 0"));
    rf_check(has_status(answer, "405") && strstr(answer, "\r\nAllow: GET, HEAD\r\n"));
    rf_check(strstr(ask(&self, "GET", "/endpoints", answer), ",\"/echo\":\"what was asked\"}"));
}

RF_TEST(only_a_request_with_our_header_and_no_origin_is_deliberate) {
    static const struct { const char *headers, *deliberate; } rows[] = {
        { "X-Riffle: 1\r\n", "1" }, { "x-riffle: 1\r\n", "1" }, { "X-Riffle: 0\r\n", "0" },
        { "X-Riffle: 1\r\nOrigin: http://x\r\n", "0" }, { "Origin: null\r\nX-Riffle: 1\r\n", "0" },
    };
    SERVICE(self, true);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char answer[ANSWER_MAX], request[300], expected[40];
        (void)snprintf(request, sizeof request, "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n%s\r\n", rows[i].headers);
        (void)snprintf(expected, sizeof expected, "asked: POST [] %s", rows[i].deliberate);
        rf_check_text(body_of(ask_raw(&self, request, answer, sizeof answer)), rf_slice_of(expected));
    }
}

RF_TEST(metrics_and_stats_show_the_counters) {
    SERVICE(self, true);
    char answer[ANSWER_MAX];
    rf_check_text(body_of(ask(&self, "GET", "/metrics", answer)), RF_SLICE("# HELP sent Sent.\n# TYPE sent counter\nsent 7\n"));
    rf_check(strstr(answer, "text/plain; version=0.0.4"));
    rf_check_text(body_of(ask(&self, "GET", "/stats", answer)), RF_SLICE("{\"sent\":7}\n"));
}

RF_TEST(without_metrics_they_are_not_found) {
    SERVICE(self, false);
    char answer[ANSWER_MAX];
    rf_check(has_status(ask(&self, "GET", "/metrics", answer), "404"));
    rf_check(has_status(ask(&self, "GET", "/stats", answer), "404"));
}

RF_TEST(a_second_service_on_the_port_is_refused) {
    SERVICE(self, true);
    RF_CLEANUP(service_done) service other = { 0 };
    rf_error error;
    rf_http_options options = { .address = rf_slice_of(rf_http_address(self.http)), .version = "1" };
    rf_code code = rf_http_start(&options, &other.http, &error);
    rf_check(code == RF_EIO || (rf_test_torture() && code == RF_ENOMEM));
    rf_check(rf_test_torture() || strstr(error.message, rf_http_address(self.http)));
}

RF_TEST(nonsense_and_endless_heads_do_not_harm) {
    SERVICE(self, true);
    char answer[ANSWER_MAX], request[20000];
    (void)ask_raw(&self, "\x16\x03\x01 what\r\n\r\n", answer, sizeof answer);
    memset(request, 'a', sizeof request - 1);
    memcpy(request, "GET /", 5);
    request[sizeof request - 1] = '\0';
    (void)ask_raw(&self, request, answer, sizeof answer); /* closed or refused, never "200" */
    rf_check(!has_status(answer, "200"));
    rf_check_text(body_of(ask(&self, "GET", "/ping", answer)), RF_SLICE("pong"));
}

enum { CLIENTS = 4, QUESTIONS = 10 };
typedef struct client { rf_thread thread; const service *service; int good; } client;

static void client_main(void *arg) {
    client *self = arg;
    char answer[ANSWER_MAX];
    for (int i = 0; i < QUESTIONS; i++)
        self->good += has_status(ask(self->service, "GET", i % 2 ? "/metrics" : "/ready", answer), i % 2 ? "200" : "503");
}

RF_TEST(several_clients_at_once_are_served) {
    SERVICE(self, true);
    client clients[CLIENTS] = { 0 };
    bool started = true;
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i].service = &self;
        started &= rf_thread_start(&clients[i].thread, "client", client_main, &clients[i], NULL) == RF_OK;
    }
    int good = 0;
    for (size_t i = 0; i < CLIENTS; i++) {
        rf_thread_join(&clients[i].thread);
        good += clients[i].good;
    }
    rf_check(started && good == CLIENTS * QUESTIONS);
}

RF_TEST(stopping_closes_what_is_open) {
    SERVICE(self, true);
    int fd = dial(&self);
    rf_check(fd >= 0);
    rf_http_stop(self.http);
    self.http = NULL;
    char rest[16];
    ssize_t got = recv(fd, rest, sizeof rest, 0);
    (void)close(fd);
    rf_check(got <= 0);
}

/* ---- Answers of every kind ---- */

RF_TEST(what_is_asked_with_comes_decoded) {
    static const struct { const char *query, *expected; } rows[] = {
        { "?a=1", "a=[1]1 " }, { "?a=x%2Fy%20z+w", "a=[x/y z w]7 " }, { "?a=", "a=[]0 " }, { "?a", "a=[]0 " }, { "", "" }, { "?A=1", "" },
        { "?z=1", "" }, { "?a=1&a=2", "a=[1]1 " }, { "?b+c=%c3%bc", "b c=[\xc3\xbc]2 " }, { "?b%20c=1&a=%26", "a=[&]1 b c=[1]1 " },
        { "?=e", "=[e]1 " }, { "?&&a=1&", "a=[1]1 =[]0 " }, { "?a=%zz%", "a=[]0 " },
    };
    SERVICE(self, true);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char answer[ANSWER_MAX], path[100];
        (void)snprintf(path, sizeof path, "/query%s", rows[i].query);
        rf_check_text(body_of(ask(&self, "GET", path, answer)), rf_slice_of(rows[i].expected));
        rf_check(has_status(answer, "200"));
    }
}

RF_TEST(an_answer_may_be_bytes_to_be_saved) {
    SERVICE(self, true);
    char answer[ANSWER_MAX];
    rf_check(has_status(ask(&self, "GET", "/save", answer), "400"));
    rf_check(strstr(answer, "Content-Type: application/octet-stream\r\n") && strstr(answer, "Content-Length: 2\r\n"));
    rf_check(strstr(answer, "Content-Disposition: attachment; filename=\"a b.pb.gz\"\r\n"));
}

static void more(void *arg, rf_buffer *out) { rf_buffer_printf(out, "more %s\n", (const char *)arg); }

RF_TEST(hosts_add_metrics_of_their_own) {
    RF_CLEANUP(service_done) service self = { 0 };
    rf_check(!rf_metrics_new(&self.metrics, NULL));
    const rf_http_options options = { .address = RF_SLICE("127.0.0.1:0"), .version = "1", .metrics = self.metrics, .more = more, .more_arg = echo_arg };
    rf_check(!rf_http_start(&options, &self.http, NULL));
    char answer[ANSWER_MAX];
    rf_check_text(body_of(ask(&self, "GET", "/metrics", answer)), RF_SLICE("more asked:\n"));
    rf_check_text(body_of(ask(&self, "GET", "/stats", answer)), RF_SLICE("{}\n"));
}

/* ---- Slow answers ---- */

/* Until so many were begun; false: they were not within seconds, as when there was no memory for one. */
static bool come(const service *self, int begun) {
    int patience = rf_test_torture() ? 50 : 5000;
    for (int i = 0; i < patience && self->slow.begun < begun; i++)
        rf_clock_sleep_ns(RF_NS_PER_MS);
    return self->slow.begun >= begun;
}

/* Somebody who asks for a slow answer; the request is sent at once, the answer is read when it is asked for. */
typedef struct waiter { int fd; char answer[ANSWER_MAX]; } waiter;

static void waiter_done(waiter *self) {
    if (self->fd >= 0)
        (void)close(self->fd);
}

static bool waiter_ask(waiter *self, const service *from, const char *head) {
    char request[300];
    (void)snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", head);
    self->fd = dial(from);
    return self->fd >= 0 && send(self->fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request);
}

static const char *waiter_answer(waiter *self) {
    size_t len = 0;
    for (ssize_t got = 1; got > 0 && len < sizeof self->answer - 1; len += got > 0 ? (size_t)got : 0)
        got = recv(self->fd, self->answer + len, sizeof self->answer - 1 - len, 0);
    self->answer[len] = '\0';
    return self->answer;
}

#define WAITER(name) RF_CLEANUP(waiter_done) waiter name = { .fd = -1 }

RF_TEST(others_are_answered_while_a_slow_answer_is_made) {
    SERVICE(self, true);
    WAITER(slow);
    rf_check(waiter_ask(&slow, &self, "GET /benthos/wait/x?a=%31") && come(&self, 1));
    char answer[ANSWER_MAX];
    rf_check(has_status(ask(&self, "GET", "/metrics", answer), "200"));
    rf_check(self.slow.running == 1);
    self.slow.may_end = true;
    rf_check_text(body_of(waiter_answer(&slow)), RF_SLICE("a=[1]1 GET [/x] waited"));
    rf_check(has_status(slow.answer, "200") && strstr(slow.answer, "Content-Type: text/plain\r\n") && strstr(slow.answer, "filename=\"w.txt\""));
    rf_check(self.slow.in_vain == 0);
}

RF_TEST(a_slow_answer_may_be_asked_for_by_head) {
    SERVICE(self, true);
    WAITER(slow);
    self.slow.may_end = true;
    rf_check(waiter_ask(&slow, &self, "HEAD /wait"));
    rf_check_text(body_of(waiter_answer(&slow)), RF_SLICE(""));
    rf_check(has_status(slow.answer, "200") && strstr(slow.answer, "Content-Length: 14\r\n"));
}

RF_TEST(slow_answers_are_made_one_after_the_other_on_one_connection) {
    SERVICE(self, true);
    WAITER(slow);
    self.slow.may_end = true;
    static const char again[] = "GET /wait/1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /wait/2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
                                "GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    slow.fd = dial(&self);
    rf_check(slow.fd >= 0 && send(slow.fd, again, sizeof again - 1, MSG_NOSIGNAL) == sizeof again - 1);
    (void)waiter_answer(&slow);
    rf_check(strstr(slow.answer, "GET [/1] waited") && strstr(slow.answer, "POST [/2] waited") && strstr(slow.answer, "pong"));
}

RF_TEST(a_third_slow_answer_is_refused_with_words) {
    SERVICE(self, true);
    WAITER(first);
    WAITER(second);
    char answer[ANSWER_MAX];
    rf_check(waiter_ask(&first, &self, "GET /wait/1") && waiter_ask(&second, &self, "GET /wait/2") && come(&self, 2));
    rf_check(has_status(ask(&self, "GET", "/wait/3", answer), "503") && strstr(answer, "ask again when one of them is done"));
    rf_check(has_status(ask(&self, "GET", "/ping", answer), "200"));
    self.slow.may_end = true;
    rf_check_text(body_of(waiter_answer(&first)), RF_SLICE("GET [/1] waited"));
    rf_check_text(body_of(waiter_answer(&second)), RF_SLICE("GET [/2] waited"));
    rf_check_text(body_of(ask(&self, "GET", "/wait/4", answer)), RF_SLICE("GET [/4] waited"));
}

RF_TEST(a_client_that_hangs_up_is_noticed) {
    SERVICE(self, true);
    {
        WAITER(slow);
        rf_check(waiter_ask(&slow, &self, "GET /wait") && come(&self, 1));
    }
    for (int i = 0; i < 5000 && !self.slow.in_vain; i++)
        rf_clock_sleep_ns(RF_NS_PER_MS);
    rf_check(self.slow.in_vain == 1);
    char answer[ANSWER_MAX];
    rf_check(has_status(ask(&self, "GET", "/ping", answer), "200"));
}

RF_TEST(stopping_does_not_wait_for_slow_answers_to_be_complete) {
    SERVICE(self, true);
    WAITER(first);
    WAITER(second);
    rf_check(waiter_ask(&first, &self, "GET /wait/1") && waiter_ask(&second, &self, "GET /wait/2") && come(&self, 2));
    uint64_t began = rf_clock_mono_ns();
    rf_http_stop(self.http);
    self.http = NULL;
    rf_check(rf_clock_mono_ns() - began < RF_NS_PER_S);
    rf_check(self.slow.running == 0 && self.slow.in_vain == 2);
    (void)waiter_answer(&first); /* its connection is closed: this returns */
    (void)waiter_answer(&second);
}

static void hasty_main(void *arg) {
    client *self = arg;
    for (int i = 0; i < QUESTIONS; i++) {
        WAITER(slow);
        if (waiter_ask(&slow, self->service, i % 3 ? "GET /wait" : "GET /ping") && i % 3 != 1)
            self->good += strstr(waiter_answer(&slow), i % 3 ? "HTTP/1.1 " : "pong") != NULL;
    }
}

RF_TEST(clients_come_and_go_in_any_order) {
    SERVICE(self, true);
    self.slow.may_end = true;
    client clients[CLIENTS] = { 0 };
    bool started = true;
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i].service = &self;
        started &= rf_thread_start(&clients[i].thread, "client", hasty_main, &clients[i], NULL) == RF_OK;
    }
    int good = 0;
    for (size_t i = 0; i < CLIENTS; i++) {
        rf_thread_join(&clients[i].thread);
        good += clients[i].good;
    }
    rf_check(started && good == CLIENTS * 7); /* three in ten hang up at once */
}
