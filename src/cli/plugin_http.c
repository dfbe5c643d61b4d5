/* plugin_http.c: one HTTP request to a running host: enough of HTTP/1.0 for that, on a plain socket. */
#include "cli/plugin.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_NS (10 * RF_NS_PER_S)
#define ANSWER_MAX ((size_t)16 << 20)

#define PASSWORD "RIFFLE_PASSWORD" /* of the environment: everybody may read a command line */

/* "http://user@host:port/base" in its parts. */
typedef struct http_place {
    char host[256], port[8];
    rf_slice user, authority, base; /* user: empty where none is named */
} http_place;

static rf_code bad_url(const char *url, const char *why, rf_error *reterr) {
    (void)rf_raise(reterr, RF_ECONFIG, "the URL %s %s", url, why);
    rf_error_hint(reterr, "write it as %s", RF_CLI_PLUGIN_URL);
    return RF_ECONFIG;
}

static bool copy(rf_slice from, char *to, size_t size) {
    if (from.len == 0 || from.len >= size)
        return false;
    memcpy(to, from.data, from.len);
    to[from.len] = '\0';
    return true;
}

static bool is_plain(rf_slice text) {
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 0x7F)
            return false;
    return true;
}

/* host, host:port, [::1]:port. */
static bool split_authority(rf_slice authority, http_place *ret) {
    rf_slice host = authority, port = RF_SLICE("80");
    size_t end = authority.len && authority.data[0] == '[' ? rf_slice_find(authority, ']') : 0;
    if (end == authority.len)
        return false;
    rf_slice rest = { authority.data + end, authority.len - end };
    size_t colon = rf_slice_find(rest, ':');
    if (colon < rest.len) {
        host.len = end + colon;
        port = (rf_slice){ rest.data + colon + 1, rest.len - colon - 1 };
    }
    int64_t number;
    if (end)
        host = (rf_slice){ host.data + 1, end - 1 };
    return rf_number_parse_i64(port, &number) && number > 0 && number < 65536 && copy(host, ret->host, sizeof ret->host)
        && copy(port, ret->port, sizeof ret->port);
}

/* The name in front of `@`, which then is no part of the authority any more. */
static rf_code split_user(http_place *ret, rf_error *reterr) {
    size_t at = rf_slice_find(ret->authority, '@');
    ret->user = (rf_slice){ ret->authority.data, at < ret->authority.len ? at : 0 };
    if (at == ret->authority.len)
        return RF_OK;
    ret->authority = (rf_slice){ ret->authority.data + at + 1, ret->authority.len - at - 1 };
    if (ret->user.len && rf_slice_find(ret->user, ':') == ret->user.len)
        return RF_OK;
    (void)rf_raise(reterr, RF_ECONFIG, "the URL %s", ret->user.len ? "has a password in it" : "has no name in front of @");
    rf_error_hint(reterr, "write it as http://NAME@%.*s, and put the password into " PASSWORD, RF_SLICE_ARG(ret->authority));
    return RF_ECONFIG;
}

static rf_code split_url(const char *url, http_place *ret, rf_error *reterr) {
    rf_slice rest = rf_slice_of(url);
    const rf_slice scheme = RF_SLICE("http://");
    if (!rf_slice_starts(rest, scheme))
        return bad_url(url, "does not begin with http://", reterr);
    if (!is_plain(rest))
        return bad_url(url, "has blanks or control characters", reterr);
    rest = (rf_slice){ rest.data + scheme.len, rest.len - scheme.len };
    size_t slash = rf_slice_find(rest, '/');
    ret->authority = (rf_slice){ rest.data, slash };
    ret->base = (rf_slice){ rest.data + slash, rest.len - slash };
    while (ret->base.len && ret->base.data[ret->base.len - 1] == '/')
        ret->base.len--;
    rf_code code = split_user(ret, reterr);
    if (code)
        return code;
    return split_authority(ret->authority, ret) ? RF_OK : bad_url(url, "names no host", reterr);
}

/* Waits until the socket can do it; false: time is up. */
static bool wait_for(int fd, short what, uint64_t until_ns) {
    struct pollfd poll_fd = { .fd = fd, .events = what };
    for (;;) {
        uint64_t now = rf_clock_mono_ns();
        int said = now >= until_ns ? 0 : poll(&poll_fd, 1, (int)((until_ns - now) / RF_NS_PER_MS) + 1);
        if (said >= 0 || errno != EINTR)
            return said > 0;
    }
}

static int connect_one(const struct addrinfo *address, uint64_t until_ns) {
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->ai_protocol), error = ETIMEDOUT;
    socklen_t size = sizeof error;
    if (fd < 0)
        return -1;
    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
        return fd;
    if (errno != EINPROGRESS)
        error = errno;
    else if (wait_for(fd, POLLOUT, until_ns) && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)
        return fd;
    (void)close(fd);
    errno = error;
    return -1;
}

static rf_code connect_to(const http_place *place, const char *url, uint64_t until_ns, int *ret_fd, rf_error *reterr) {
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *addresses = NULL;
    int said = getaddrinfo(place->host, place->port, &hints, &addresses), fd = -1;
    if (said != 0)
        return rf_raise(reterr, RF_EIO, "%s cannot be reached: %s", url, gai_strerror(said));
    for (const struct addrinfo *address = addresses; address && fd < 0; address = address->ai_next)
        fd = connect_one(address, until_ns);
    int error = errno;
    freeaddrinfo(addresses);
    *ret_fd = fd;
    if (fd >= 0)
        return RF_OK;
    (void)rf_raise(reterr, RF_EIO, "%s cannot be reached: %s", url, strerror(error));
    rf_error_hint(reterr, "is a host running, and is --url the address of its http service?");
    return RF_EIO;
}

static rf_code send_all(int fd, const rf_buffer *request, uint64_t until_ns, rf_error *reterr) {
    for (size_t at = 0; at < request->len;) {
        ssize_t sent = wait_for(fd, POLLOUT, until_ns) ? send(fd, request->data + at, request->len - at, MSG_NOSIGNAL) : -2;
        if (sent < 0 && sent != -2 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (sent < 0)
            return rf_raise(reterr, RF_EIO, "the request cannot be sent: %s", sent == -2 ? "no answer in time" : strerror(errno));
        at += (size_t)sent;
    }
    return RF_OK;
}

static rf_code receive_all(int fd, rf_buffer *answer, uint64_t until_ns, rf_error *reterr) {
    for (;;) {
        if (answer->len > ANSWER_MAX)
            return rf_raise(reterr, RF_ELIMIT, "the answer is longer than %zu bytes", ANSWER_MAX);
        if (!rf_buffer_reserve(answer, 16384))
            return rf_raise_nomem(reterr);
        ssize_t got = wait_for(fd, POLLIN, until_ns) ? recv(fd, answer->data + answer->len, 16384, 0) : -2;
        if (got == 0)
            return RF_OK;
        if (got < 0 && got != -2 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            return rf_raise(reterr, RF_EIO, "no answer: %s", got == -2 ? "it did not come in time" : strerror(errno));
        answer->len += (size_t)got;
    }
}

/* "HTTP/1.1 404 Not Found", headers, an empty line, the body. */
static rf_code split_answer(const rf_buffer *answer, int64_t *ret_status, rf_slice *ret_body, rf_error *reterr) {
    rf_slice text = rf_buffer_view(answer);
    const char *end = text.len ? memmem(text.data, text.len, "\r\n\r\n", 4) : NULL;
    if (!end || text.len < 12 || !rf_slice_starts(text, RF_SLICE("HTTP/1.")) || !rf_number_parse_i64((rf_slice){ text.data + 9, 3 }, ret_status))
        return rf_raise(reterr, RF_EIO, "what answers there does not speak HTTP");
    *ret_body = (rf_slice){ end + 4, text.len - (size_t)(end + 4 - text.data) };
    return RF_OK;
}

static rf_code judge(const http_place *place, const char *url, const char *path, int64_t status, rf_slice body, rf_error *reterr) {
    if (status >= 200 && status < 300)
        return RF_OK;
    rf_slice said = rf_slice_trim(body);
    rf_code code = status == 404 ? RF_ENOTFOUND : status == 401 || status == 403 ? RF_EREFUSED : RF_EIO;
    if (said.len == 0)
        (void)rf_raise(reterr, code, "%s answers %s with status %lld", url, path, (long long)status);
    else
        (void)rf_raise(reterr, code, "%s says: %.*s", url, (int)(said.len > 400 ? 400 : said.len), said.data);
    if (status == 401)
        rf_error_hint(reterr, place->user.len ? "is %.*s the name, and " PASSWORD " the password, that `http.basic_auth` of its config wants?"
                                              : "it wants a name and a password: write the URL as http://NAME@%.*s, with the password in " PASSWORD,
                      RF_SLICE_ARG(place->user.len ? place->user : place->authority));
    return code;
}

/* False: it names a user, and there is no password. */
static bool put_user(const http_place *place, rf_buffer *request) {
    RF_CLEANUP(rf_buffer_done) rf_buffer both = { 0 };
    const char *password = getenv(PASSWORD);
    if (!place->user.len)
        return true;
    if (!password)
        return false;
    rf_buffer_slice(&both, place->user);
    rf_buffer_char(&both, ':');
    rf_buffer_text(&both, password);
    rf_buffer_text(request, "Authorization: Basic ");
    rf_base64_write(request, rf_buffer_view(&both));
    rf_buffer_text(request, "\r\n");
    request->failed |= both.failed;
    return true;
}

static rf_code put_request(const http_place *place, const char *method, const char *path, rf_buffer *request, rf_error *reterr) {
    rf_buffer_printf(request, "%s %.*s%s HTTP/1.0\r\nHost: %.*s\r\nX-Riffle: 1\r\nContent-Length: 0\r\nConnection: close\r\n", method,
                     RF_SLICE_ARG(place->base), path, RF_SLICE_ARG(place->authority));
    if (!put_user(place, request)) {
        (void)rf_raise(reterr, RF_ECONFIG, "there is no password for %.*s", RF_SLICE_ARG(place->user));
        rf_error_hint(reterr, "put it into the environment, as " PASSWORD);
        return RF_ECONFIG;
    }
    rf_buffer_text(request, "\r\n");
    return request->failed ? rf_raise_nomem(reterr) : RF_OK;
}

rf_code rf_cli_plugin_http(const char *url, const char *method, const char *path, rf_buffer *body, rf_error *reterr) {
    assert(url && method && path && body);
    RF_CLEANUP(rf_buffer_done) rf_buffer request = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer answer = { 0 };
    http_place place;
    uint64_t until_ns = rf_clock_mono_ns() + WAIT_NS;
    int64_t status = 0;
    int fd = -1;
    rf_slice content = { 0 };
    rf_code code = split_url(url, &place, reterr);
    if (!code)
        code = put_request(&place, method, path, &request, reterr);
    if (!code)
        code = connect_to(&place, url, until_ns, &fd, reterr);
    if (code)
        return code;
    code = send_all(fd, &request, until_ns, reterr);
    if (!code)
        code = receive_all(fd, &answer, until_ns, reterr);
    (void)close(fd);
    if (!code)
        code = split_answer(&answer, &status, &content, reterr);
    if (!code)
        code = judge(&place, url, path, status, content, reterr);
    rf_buffer_slice(body, content);
    return code || !body->failed ? code : rf_raise_nomem(reterr);
}

rf_code rf_cli_plugin_order(const char *url, rf_slice name, const char *order, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer path = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer body = { 0 };
    rf_buffer_text(&path, "/plugins/");
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        rf_buffer_printf(&path, plain ? "%c" : "%%%02X", c);
    }
    rf_buffer_printf(&path, "/%s", order);
    if (!rf_buffer_cstr(&path))
        return rf_raise_nomem(reterr);
    rf_code code = rf_cli_plugin_http(url, "POST", path.data, &body, reterr);
    if (!code)
        (void)printf("%.*s: %s, at %s\n", RF_SLICE_ARG(name), order, url);
    return code;
}
