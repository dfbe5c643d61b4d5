/* http_server_test.c: configs of http_server that are wrong, and a request that passes a whole stream. */
#include "base/clock.h"
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static rf_code opens(const char *fields, rf_error *reterr) {
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 }; /* for its buffer */
    rf_buffer_printf(&dir.text, "input: {http_server: {%s}}\noutput: {drop: {}}\n", fields);
    const char *text = rf_buffer_cstr(&dir.text);
    return text ? rf_fixture_stream_open(&stream, text, reterr) : RF_ENOMEM;
}

static bool refused(const char *fields, const char *word) {
    rf_error error = { 0 };
    rf_code code = opens(fields, &error);
    return code == RF_ENOMEM || (code == RF_ECONFIG && strstr(error.message, word));
}

RF_TEST(what_is_wrong_with_it_is_told_before_it_starts) {
    rf_check(refused("path: post", "slash") && refused("path: '/{a'", "braces"));
    rf_check(refused("timeout: 0s", "timeout") && refused("max_body_size: 0", "max_body_size"));
    rf_check(refused("cert_file: a.pem", "cert_file") && refused("max_in_flight: 0", "16384"));
    rf_check(refused("cors: {enabled: true, allowed_origins: [a]}", "without an address") && refused("address: 127.0.0.1:0, cors: {enabled: true}", "allowed origin"));
    rf_code code = opens("path: '/a/{b}', allowed_verbs: [POST, PUT], cors: {enabled: false}", NULL);
    rf_check(!code || code == RF_ENOMEM);
}

/* ---- A stream that is asked ---- */

static int free_port(void) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), port = 0;
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && getsockname(fd, (struct sockaddr *)&address, &len) == 0)
        port = ntohs(address.sin_port);
    (void)close(fd);
    return port;
}

typedef struct asker { rf_stream *stream; rf_thread thread; int port; char answer[512]; } asker;

static int dial(int port) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (int i = 0; fd >= 0 && i < 500; i++) {
        if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
            return fd;
        rf_clock_sleep_ns(10 * RF_NS_PER_MS);
    }
    (void)close(fd);
    return -1;
}

static void ask(void *arg) {
    asker *self = arg;
    static const char request[] = "POST /a/7 HTTP/1.1\r\nHost: x\r\nx-more: y\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
    int fd = dial(self->port);
    size_t used = 0;
    ssize_t got = send(fd, request, sizeof request - 1, MSG_NOSIGNAL) == sizeof request - 1 ? 1 : 0;
    while (got > 0 && used < sizeof self->answer - 1) {
        got = read(fd, self->answer + used, sizeof self->answer - 1 - used);
        used += got > 0 ? (size_t)got : 0;
    }
    (void)close(fd);
    rf_stream_stop(self->stream);
}

static void asker_done(asker *self) { rf_thread_join(&self->thread); }

RF_TEST(a_request_is_answered_when_its_message_is_written) {
    if (rf_test_torture()) /* memory of three threads: which of them fails is chance */
        return;
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    RF_CLEANUP(asker_done) asker self = { .port = free_port() };
    char config[300];
    rf_check(rf_fixture_dir_init(&dir) && self.port);
    (void)snprintf(config, sizeof config, "input: {http_server: {address: '127.0.0.1:%d', path: '/a/{id}'}}\n"
                                          "output: {file: {path: '@DIR@/out', codec: message}}\n", self.port);
    const char *text = rf_fixture_dir_config(&dir, config);
    rf_check(text && !rf_fixture_stream_open(&stream, text, NULL));
    self.stream = stream.stream;
    rf_check(!rf_thread_start(&self.thread, "asker", ask, &self, NULL));
    rf_check(!rf_stream_run(stream.stream, NULL));
    rf_thread_join(&self.thread);
    rf_check(strstr(self.answer, "HTTP/1.1 200 OK\r\n"));
    rf_slice out = rf_fixture_dir_read(&dir, "out");
    rf_check(out.len && memmem(out.data, out.len, "\"raw\":\"hi\"", 10) && memmem(out.data, out.len, "\"id\":\"7\"", 8) &&
             memmem(out.data, out.len, "\"X-More\":\"y\"", 12));
}
