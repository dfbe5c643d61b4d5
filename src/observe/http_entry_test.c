/* http_entry_test.c: the service as clients see it that are not known, and as web pages of other sites do. */
#include "observe/http.h"

#include "base/slice.h"
#include "harness.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char sha256_of_b[] = "\x3e\x23\xe8\x16\x00\x39\x59\x4a\x33\x89\x4f\x65\x64\xe1\xb1\x34\x8b\xbd\x7a\x00\x88\xd4\x2c\x4a\xcb\x73\xee\xae\xd5\x9c\x00\x9d";
static const rf_password password_b = { .algorithm = RF_PASSWORD_SHA256, .hash = { sha256_of_b, sizeof sha256_of_b - 1 } };
static const rf_slice one_page[] = { RF_SLICE("https://a.example") }, two_pages[] = { RF_SLICE("https://a.example"), RF_SLICE("https://b.example") };
static const rf_slice all_pages[] = { RF_SLICE("*") };

typedef struct service { rf_http *http; char answer[4096]; } service;

static void service_done(service *self) { rf_http_stop(self->http); }

static rf_code start(service *self, const rf_http_entry_options *entry) {
    rf_http_options options = { .address = RF_SLICE("127.0.0.1:0"), .version = "1", .entry = *entry };
    return rf_http_start(&options, &self->http, NULL);
}

static int dial(const service *self) {
    const char *port = strrchr(rf_http_address(self->http), ':') + 1;
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
    struct timeval patience = { .tv_sec = 20 };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

/* "200", and the headers that were asked about; "" when there was no answer. */
static const char *ask(service *self, const char *method, const char *path, const char *headers) {
    char request[600];
    size_t len = 0;
    (void)snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n%s\r\nhi", method, path, headers);
    int fd = dial(self);
    if (fd >= 0 && send(fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request))
        for (ssize_t got = 1; got > 0 && len < sizeof self->answer - 1; len += got > 0 ? (size_t)got : 0)
            got = recv(fd, self->answer + len, sizeof self->answer - 1 - len, 0);
    if (fd >= 0)
        (void)close(fd);
    self->answer[len] = '\0';
    return len > 9 ? self->answer + 9 : "";
}

static bool says(const service *self, const char *text) { return strstr(self->answer, text) != NULL; }

static bool answers(service *self, const char *status, const char *method, const char *path, const char *headers) {
    return strncmp(ask(self, method, path, headers), status, 3) == 0 || rf_test_torture();
}

#define SERVICE(name, ...)                                                    \
    RF_CLEANUP(service_done) service name = { 0 };                            \
    rf_check(start(&name, &(rf_http_entry_options){ __VA_ARGS__ }) == RF_OK)

#define GUARDED(name) SERVICE(name, .password = &password_b, .username = RF_SLICE("a"), .realm = RF_SLICE("plant"))

RF_TEST(every_path_wants_the_password) {
    GUARDED(self);
    rf_check(answers(&self, "401", "GET", "/ping", ""));
    rf_check(rf_test_torture() || (says(&self, "WWW-Authenticate: Basic realm=\"plant\", charset=\"UTF-8\"\r\n") && says(&self, "\r\n\r\nUnauthorized\n")));
    rf_check(answers(&self, "401", "POST", "/ready", ""));
    rf_check(answers(&self, "401", "GET", "/nope", ""));
    rf_check(answers(&self, "200", "GET", "/ping", "Authorization: Basic YTpi\r\n")); /* a:b */
    rf_check(answers(&self, "404", "GET", "/nope", "authorization: basic  YTpi \r\n"));
}

RF_TEST(what_is_no_name_and_password_is_refused) {
    static const char *const wrong[] = {
        "Basic", "Basic ", "Basic YTpj" /* a:c */, "Basic Yjpi" /* b:b */, "Basic YWI=" /* ab */, "Basic YQ==", "Basic OmI=" /* :b */, "Basic YTo=" /* a: */,
        "Basic YTpi=", "Basic YTp", "Basic !!!!", "Basic ====", "Basic YTpiAA==" /* a:b and a NUL */, "Bearer YTpi", "YTpi", "BasicYTpi",
    };
    char header[200];
    GUARDED(self);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        (void)snprintf(header, sizeof header, "Authorization: %s\r\n", wrong[i]);
        rf_check(answers(&self, "401", "GET", "/ping", header));
    }
}

RF_TEST(the_longest_credentials_are_bounded) {
    char header[400] = "Authorization: Basic ";
    size_t at = strlen(header);
    memset(header + at, 'Y', 360);
    memcpy(header + at + 360, "\r\n", 3);
    GUARDED(self);
    rf_check(answers(&self, "401", "GET", "/ping", header));
}

RF_TEST(a_page_that_may_ask_is_named_in_the_answer) {
    SERVICE(self, .origins = one_page, .origin_count = 1);
    rf_check(answers(&self, "200", "GET", "/ping", "Origin: https://a.example\r\n"));
    rf_check(rf_test_torture() || (says(&self, "Access-Control-Allow-Origin: https://a.example\r\n") && !says(&self, "Vary")));
    rf_check(answers(&self, "404", "GET", "/nope", "Origin: https://a.example\r\n"));
    rf_check(rf_test_torture() || says(&self, "Access-Control-Allow-Origin: https://a.example\r\n"));
    rf_check(answers(&self, "200", "GET", "/ping", "Origin: https://b.example\r\n") && !says(&self, "Access-Control"));
    rf_check(answers(&self, "200", "GET", "/ping", "") && !says(&self, "Access-Control"));
}

RF_TEST(of_several_pages_the_one_that_asks_is_named) {
    SERVICE(self, .origins = two_pages, .origin_count = 2);
    rf_check(answers(&self, "200", "GET", "/ping", "Origin: https://b.example\r\n"));
    rf_check(rf_test_torture() || (says(&self, "Access-Control-Allow-Origin: https://b.example\r\n") && says(&self, "Vary: Origin\r\n")));
}

RF_TEST(a_star_allows_all_pages) {
    SERVICE(self, .origins = all_pages, .origin_count = 1);
    rf_check(answers(&self, "200", "GET", "/ping", "Origin: null\r\n"));
    rf_check(rf_test_torture() || says(&self, "Access-Control-Allow-Origin: *\r\n"));
}

RF_TEST(a_browser_may_ask_beforehand) {
    SERVICE(self, .origins = one_page, .origin_count = 1);
    rf_check(answers(&self, "200", "OPTIONS", "/ping", "Origin: https://a.example\r\nAccess-Control-Request-Method: GET\r\n"));
    rf_check(rf_test_torture() || (says(&self, "Access-Control-Allow-Origin: https://a.example\r\n") && !says(&self, "Allow-Methods") && !says(&self, "pong")));
    rf_check(answers(&self, "200", "OPTIONS", "/any", "Origin: https://a.example\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: accept, Origin\r\n"));
    rf_check(rf_test_torture() || says(&self, "Access-Control-Allow-Methods: PUT\r\n"));
    rf_check(answers(&self, "400", "OPTIONS", "/ping", "Origin: https://a.example\r\n"));
    rf_check(answers(&self, "405", "OPTIONS", "/ping", "Origin: https://a.example\r\nAccess-Control-Request-Method: TRACE\r\n"));
    rf_check(answers(&self, "403", "OPTIONS", "/ping", "Origin: https://a.example\r\nAccess-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: x-own\r\n"));
    rf_check(answers(&self, "200", "OPTIONS", "/ping", "Origin: https://c.example\r\nAccess-Control-Request-Method: GET\r\n") && !says(&self, "Access-Control"));
}

RF_TEST(a_browser_asks_beforehand_without_the_password) {
    SERVICE(self, .password = &password_b, .username = RF_SLICE("a"), .realm = RF_SLICE("r"), .origins = one_page, .origin_count = 1);
    rf_check(answers(&self, "200", "OPTIONS", "/ping", "Origin: https://a.example\r\nAccess-Control-Request-Method: GET\r\n"));
    rf_check(answers(&self, "401", "GET", "/ping", "Origin: https://a.example\r\n"));
    rf_check(rf_test_torture() || says(&self, "Access-Control-Allow-Origin: https://a.example\r\n")); /* so that the page learns why */
}
