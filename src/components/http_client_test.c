/* http_client_test.c: configs of HTTP clients that are wrong, and a stream whose server does not answer as it should. */
#include "base/clock.h"
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static rf_code opens(const char *component, rf_error *reterr) {
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 }; /* for its buffer */
    rf_buffer_printf(&dir.text, "input: {generate: {mapping: root = 1}}\noutput: {http_client: {%s}}\n", component);
    const char *text = rf_buffer_cstr(&dir.text);
    return text ? rf_fixture_stream_open(&stream, text, reterr) : RF_ENOMEM;
}

static bool refused(const char *fields, const char *word) {
    rf_error error = { 0 };
    rf_code code = opens(fields, &error);
    return code == RF_ENOMEM || (code == RF_ECONFIG && strstr(error.message, word));
}

RF_TEST(what_is_wrong_with_it_is_told_before_it_starts) {
    rf_check(refused("verb: POST", "url") && refused("url: 'ftp://x'", "ftp://x") && refused("url: ''", "url"));
    rf_check(refused("url: 'http://x', verb: 'P T'", "verb") && refused("url: 'http://x', timeout: 0s", "timeout"));
    rf_check(refused("url: 'http://x', drop_on: [700]", "700") && refused("url: 'http://x', backoff_on: [no]", "backoff_on"));
    rf_check(refused("url: 'http://x', metadata: {include_patterns: ['(']}", "regular expression"));
    rf_check(refused("url: 'http://x', tls: {enabled: true, root_cas_file: /none.pem}", "none.pem"));
}

RF_TEST(what_is_right_opens) {
    rf_code code = opens("url: 'http://x/${! meta(\"a\") }', headers: {A: 'b', C: '${! content() }'}, extract_headers: {include_patterns: ['^x-']}", NULL);
    rf_check(!code || code == RF_ENOMEM);
}

/* ---- A server of a few lines: answers by its script, one connection at a time ---- */

typedef struct server { int fd, port; const char *const *answers; _Atomic int asked; rf_thread thread; } server;

static void serve(void *arg) {
    server *self = arg;
    for (const char *const *answer = self->answers; *answer; answer++) {
        char request[2048];
        int client = accept(self->fd, NULL, NULL);
        if (client < 0)
            return;
        if (read(client, request, sizeof request) > 0)
            atomic_fetch_add(&self->asked, 1);
        if (send(client, *answer, strlen(*answer), MSG_NOSIGNAL) < 0)
            atomic_fetch_sub(&self->asked, 1);
        (void)close(client);
    }
}

static bool server_init(server *self, const char *const *answers) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    self->answers = answers;
    self->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (self->fd < 0 || bind(self->fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(self->fd, 8) != 0 ||
        getsockname(self->fd, (struct sockaddr *)&address, &len) != 0)
        return false;
    self->port = ntohs(address.sin_port);
    return rf_thread_start(&self->thread, "server", serve, self, NULL) == RF_OK;
}

static void server_done(server *self) {
    if (self->fd > 0) {
        (void)shutdown(self->fd, SHUT_RDWR); /* accept returns */
        rf_thread_join(&self->thread);
        (void)close(self->fd);
    }
}

static rf_code run(const char *config, int port, rf_error *reterr) {
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 }; /* for its buffer */
    rf_buffer_printf(&dir.text, config, port);
    const char *text = rf_buffer_cstr(&dir.text);
    rf_code code = text ? rf_fixture_stream_open(&stream, text, reterr) : RF_ENOMEM;
    return code ? code : rf_stream_run(stream.stream, reterr);
}

RF_TEST(nonsense_and_hanging_up_are_tried_again) {
    static const char *const answers[] = { "", "nonsense\r\n\r\n", "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                                           "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", NULL };
    if (rf_test_torture()) /* libcurl's memory is not ours, and three threads take turns */
        return;
    RF_CLEANUP(server_done) server self = { 0 };
    rf_check(server_init(&self, answers));
    rf_check(!run("input: {generate: {mapping: root = 1, count: 1, interval: ''}}\n"
                  "output: {http_client: {url: 'http://127.0.0.1:%d/', retries: 9, retry_period: 1ms}}\n", self.port, NULL));
    rf_check(atomic_load(&self.asked) >= 5); /* libcurl may ask once more by itself */
}
