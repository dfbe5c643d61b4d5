/* plugin_http.c: one HTTP request to a running host: enough of HTTP/1.0 for that, in plain or by TLS. */
#include "cli/plugin.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "components/link.h"
#include "message/json.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_NS (10 * RF_NS_PER_S)
#define ANSWER_MAX ((size_t)16 << 20)

#define PASSWORD "RIFFLE_PASSWORD" /* of the environment: everybody may read a command line */

/* "http://user@host:port/base" in its parts. */
typedef struct http_place {
    const char *scheme; /* "http", "https" */
    char host[256];
    uint16_t port;
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
    rf_slice host = authority;
    size_t end = authority.len && authority.data[0] == '[' ? rf_slice_find(authority, ']') : 0;
    if (end == authority.len)
        return false;
    rf_slice rest = { authority.data + end, authority.len - end };
    size_t colon = rf_slice_find(rest, ':');
    int64_t number = strcmp(ret->scheme, "https") == 0 ? 443 : 80;
    if (colon < rest.len) {
        host.len = end + colon;
        if (!rf_number_parse_i64((rf_slice){ rest.data + colon + 1, rest.len - colon - 1 }, &number))
            return false;
    }
    if (end)
        host = (rf_slice){ host.data + 1, end - 1 };
    ret->port = (uint16_t)number;
    return number > 0 && number < 65536 && copy(host, ret->host, sizeof ret->host);
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
    rf_error_hint(reterr, "write it as %s://NAME@%.*s, and put the password into " PASSWORD, ret->scheme, RF_SLICE_ARG(ret->authority));
    return RF_ECONFIG;
}

static rf_code split_url(const char *url, http_place *ret, rf_error *reterr) {
    const rf_slice all = rf_slice_of(url);
    ret->scheme = rf_slice_starts(all, RF_SLICE("http://")) ? "http" : rf_slice_starts(all, RF_SLICE("https://")) ? "https" : NULL;
    if (!ret->scheme)
        return bad_url(url, "does not begin with http:// or https://", reterr);
    if (!is_plain(all))
        return bad_url(url, "has blanks or control characters", reterr);
    const size_t begin = strlen(ret->scheme) + 3;
    rf_slice rest = { all.data + begin, all.len - begin };
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

static rf_code connect_to(const http_place *place, const char *url, rf_link **ret_link, rf_error *reterr) {
    static const rf_tls_conf tls = { .enabled = true }; /* whom the system trusts */
    const bool seals = strcmp(place->scheme, "https") == 0;
    const rf_link_target target = { .host = place->host, .port = place->port, .tls = seals ? &tls : NULL, .timeout_ns = WAIT_NS, .wake = -1 };
    rf_code code = rf_link_open(&target, ret_link, reterr);
    if (!code || code == RF_ENOMEM)
        return code;
    rf_error_prefix(reterr, "%s cannot be reached: ", url);
    if (code == RF_EREFUSED)
        rf_error_hint(reterr, "if its authority is one that the system does not know, set SSL_CERT_FILE to a PEM file with that authority");
    else if (code == RF_EIO)
        rf_error_hint(reterr, "is a host running, and is --url the address of its http service?");
    return code;
}

/* Waits until one may go on. Errors: RF_EIO time is up. */
static rf_code wait_on(const rf_link *link, bool to_write, uint64_t until_ns, rf_error *reterr) {
    uint64_t now_ns = rf_clock_mono_ns();
    if (now_ns >= until_ns)
        return rf_raise(reterr, RF_EIO, "it did not come in time");
    rf_link_wait(link, !to_write, to_write, -1, until_ns - now_ns);
    return RF_OK;
}

static rf_code send_all(rf_link *link, const rf_buffer *request, uint64_t until_ns, rf_error *reterr) {
    rf_code code = RF_OK;
    for (size_t at = 0, put = 0; at < request->len && !code; at += put) {
        put = 0;
        code = rf_link_write(link, request->data + at, request->len - at, &put, reterr);
        if (code == RF_EAGAIN)
            code = wait_on(link, true, until_ns, reterr);
    }
    return code;
}

static rf_code receive_all(rf_link *link, rf_buffer *answer, uint64_t until_ns, rf_error *reterr) {
    rf_code code = RF_OK;
    while (!code) {
        size_t got = 0;
        if (answer->len > ANSWER_MAX)
            return rf_raise(reterr, RF_ELIMIT, "the answer is longer than %zu bytes", ANSWER_MAX);
        if (!rf_buffer_reserve(answer, 16384))
            return rf_raise_nomem(reterr);
        code = rf_link_read(link, answer->data + answer->len, 16384, &got, reterr);
        answer->len += code ? 0 : got;
        if (code == RF_EAGAIN)
            code = wait_on(link, false, until_ns, reterr);
    }
    return code == RF_ECLOSED ? RF_OK : code;
}

static rf_code exchange(const http_place *place, rf_link *link, const rf_buffer *request, uint64_t until_ns, rf_buffer *answer,
                        rf_error *reterr) {
    rf_code code = send_all(link, request, until_ns, reterr);
    if (!code)
        code = receive_all(link, answer, until_ns, reterr);
    if (code == RF_EIO)
        rf_error_prefix(reterr, "no answer: ");
    if (code == RF_EIO && strcmp(place->scheme, "http") == 0)
        rf_error_hint(reterr, "has its http service a certificate? then write https://%.*s", RF_SLICE_ARG(place->authority));
    return code;
}

/* "HTTP/1.1 404 Not Found", headers, an empty line, the body. */
static rf_code split_answer(const rf_buffer *answer, int64_t *ret_status, rf_slice *ret_body, rf_error *reterr) {
    rf_slice text = rf_buffer_view(answer);
    const char *end = text.len ? memmem(text.data, text.len, "\r\n\r\n", 4) : NULL;
    if (!end || text.len < 12 || !rf_slice_starts(text, RF_SLICE("HTTP/1.")) ||
        !rf_number_parse_i64((rf_slice){ text.data + 9, 3 }, ret_status))
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
    if (status == 401 && place->user.len)
        rf_error_hint(reterr, "is %.*s the name, and " PASSWORD " the password, that `http.basic_auth` of its config wants?",
                      RF_SLICE_ARG(place->user));
    else if (status == 401)
        rf_error_hint(reterr, "it wants a name and a password: write the URL as %s://NAME@%.*s, with the password in " PASSWORD,
                      place->scheme, RF_SLICE_ARG(place->authority));
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

static void close_link(rf_link **link) { rf_link_close(*link); }

rf_code rf_cli_plugin_http(const char *url, const char *method, const char *path, rf_buffer *body, rf_error *reterr) {
    assert(url && method && path && body);
    RF_CLEANUP(rf_buffer_done) rf_buffer request = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer answer = { 0 };
    RF_CLEANUP(close_link) rf_link *link = NULL;
    http_place place;
    uint64_t until_ns = rf_clock_mono_ns() + WAIT_NS;
    int64_t status = 0;
    rf_slice content = { 0 };
    rf_code code = split_url(url, &place, reterr);
    if (!code)
        code = put_request(&place, method, path, &request, reterr);
    if (!code)
        code = connect_to(&place, url, &link, reterr);
    if (!code)
        code = exchange(&place, link, &request, until_ns, &answer, reterr);
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
