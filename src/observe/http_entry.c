/* http_entry.c: what a request says of who sends it: the header Authorization, and from a browser Origin. */
#include "observe/http_entry.h"

#include "base/slice.h"
#include "observe/http_serve.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define CREDENTIALS_MAX 1024u /* of name and password together, in base64 */
#define HEADERS_MAX 512u      /* of the names that a page wants to send */

static const char *header_of(struct MHD_Connection *connection, const char *name) {
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* ---- Basic authentication: RFC 7617 ---- */

/* Name and password, with a NUL behind; empty: none that could be read. */
static rf_slice read_credentials(struct MHD_Connection *connection, char out[CREDENTIALS_MAX]) {
    const char *header = header_of(connection, MHD_HTTP_HEADER_AUTHORIZATION);
    rf_slice text = header ? rf_slice_of(header) : (rf_slice){ 0 };
    if (text.len < 6 || !rf_slice_eq_nocase((rf_slice){ text.data, 6 }, RF_SLICE("Basic ")))
        return (rf_slice){ 0 };
    text = rf_slice_trim((rf_slice){ text.data + 6, text.len - 6 });
    if (text.len == 0 || text.len % 4 != 0 || text.len >= CREDENTIALS_MAX)
        return (rf_slice){ 0 };
    int len = EVP_DecodeBlock((unsigned char *)out, (const unsigned char *)text.data, (int)text.len);
    for (size_t i = text.len; len > 0 && i > text.len - 2 && text.data[i - 1] == '='; i--)
        len--; /* padding counts as zeros */
    if (len < 0)
        return (rf_slice){ 0 };
    out[len] = '\0';
    return (rf_slice){ out, (size_t)len };
}

/* Both are looked at, so that the time does not tell which of them is wrong. */
static bool is_known(rf_http_entry *entry, rf_slice name, rf_slice password) {
    rf_slice own = entry->options.username;
    bool same_name = name.len == own.len && CRYPTO_memcmp(name.data, own.data, own.len) == 0;
    bool same_password = rf_password_is(entry->options.password, password, &entry->memory);
    return same_name && same_password;
}

static bool is_authorized(rf_http_entry *entry, struct MHD_Connection *connection) {
    char text[CREDENTIALS_MAX];
    if (!entry->options.password)
        return true;
    rf_slice both = read_credentials(connection, text);
    size_t colon = rf_slice_find(both, ':');
    if (!both.data || colon == both.len)
        return false;
    bool known = is_known(entry, (rf_slice){ text, colon }, (rf_slice){ text + colon + 1, both.len - colon - 1 });
    OPENSSL_cleanse(text, sizeof text);
    return known;
}

static enum MHD_Result answer_unauthorized(const rf_http_entry *entry, struct MHD_Connection *connection) {
    char challenge[400];
    (void)snprintf(challenge, sizeof challenge, "Basic realm=\"%.*s\", charset=\"UTF-8\"", RF_SLICE_ARG(entry->options.realm));
    return rf_http_say(connection, MHD_HTTP_UNAUTHORIZED, "Unauthorized", MHD_HTTP_HEADER_WWW_AUTHENTICATE, challenge);
}

/* ---- Cross-origin resource sharing ---- */

static bool has_cors(const rf_http_entry *entry) { return entry->options.origin_count > 0; }

/* What Access-Control-Allow-Origin says to this page; NULL: nothing, it is not one of those that may ask. */
static const char *allowed_origin(const rf_http_entry *entry, struct MHD_Connection *connection) {
    const char *origin = header_of(connection, MHD_HTTP_HEADER_ORIGIN), *allowed = NULL;
    if (!origin || !origin[0])
        return NULL;
    for (size_t i = 0; i < entry->options.origin_count; i++) {
        if (rf_slice_is(entry->options.origins[i], "*"))
            return "*";
        if (rf_slice_is(entry->options.origins[i], origin))
            allowed = origin;
    }
    return allowed;
}

static bool is_one_of(const char *word, const char *const *words) {
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

/* Those that a page may always send are not listed; any other is refused, as the original does. */
static bool wants_plain_headers(struct MHD_Connection *connection) {
    static const rf_slice plain[] = { RF_SLICE("Accept"), RF_SLICE("Accept-Language"), RF_SLICE("Content-Language"), RF_SLICE("Origin") };
    const char *names = header_of(connection, MHD_HTTP_HEADER_ACCESS_CONTROL_REQUEST_HEADERS);
    for (rf_slice rest = rf_slice_of(names ? names : ""); rest.len > 0;) {
        size_t end = rf_slice_find(rest, ',');
        rf_slice name = rf_slice_trim((rf_slice){ rest.data, end });
        bool is_plain = name.len == 0;
        for (size_t i = 0; !is_plain && i < sizeof plain / sizeof *plain; i++)
            is_plain = rf_slice_eq_nocase(name, plain[i]);
        if (!is_plain)
            return false;
        end += end < rest.len;
        rest = (rf_slice){ rest.data + end, rest.len - end };
    }
    return true;
}

/* A browser asks with OPTIONS whether a page may ask. Whoever is no browser is answered 200, and nothing else. */
static enum MHD_Result answer_preflight(const rf_http_entry *entry, struct MHD_Connection *connection) {
    static const char *const simple[] = { "GET", "HEAD", "POST", NULL }, *const others[] = { "PUT", "PATCH", "DELETE", NULL };
    if (!allowed_origin(entry, connection))
        return rf_http_say(connection, MHD_HTTP_OK, "", NULL, NULL);
    const char *method = header_of(connection, MHD_HTTP_HEADER_ACCESS_CONTROL_REQUEST_METHOD);
    if (!method)
        return rf_http_say(connection, MHD_HTTP_BAD_REQUEST, "", NULL, NULL);
    bool is_simple = is_one_of(method, simple);
    if (!is_simple && !is_one_of(method, others))
        return rf_http_say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "", NULL, NULL);
    if (!wants_plain_headers(connection))
        return rf_http_say(connection, MHD_HTTP_FORBIDDEN, "", NULL, NULL);
    return rf_http_say(connection, MHD_HTTP_OK, "", is_simple ? NULL : MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_METHODS, method);
}

/* ---- Both ---- */

static bool is_preflight(const rf_http_entry *entry, const char *method) {
    return has_cors(entry) && strcmp(method, MHD_HTTP_METHOD_OPTIONS) == 0;
}

bool rf_http_entry_passes(rf_http_entry *entry, struct MHD_Connection *connection, const char *method) {
    assert(entry && connection && method);
    return !is_preflight(entry, method) && is_authorized(entry, connection);
}

enum MHD_Result rf_http_entry_answer(rf_http_entry *entry, struct MHD_Connection *connection, const char *method) {
    assert(entry && connection && method);
    return is_preflight(entry, method) ? answer_preflight(entry, connection) : answer_unauthorized(entry, connection);
}

void rf_http_entry_notify(void *entry, struct MHD_Connection *connection, void **socket_context, enum MHD_ConnectionNotificationCode code) {
    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *socket_context = entry;
}

enum MHD_Result rf_http_queue(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    const rf_http_entry *entry = info ? info->socket_context : NULL;
    const char *origin = entry ? allowed_origin(entry, connection) : NULL;
    if (origin && MHD_add_response_header(response, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN, origin) != MHD_YES)
        return MHD_NO;
    if (origin && entry->options.origin_count > 1 && MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Origin") != MHD_YES)
        return MHD_NO;
    return MHD_queue_response(connection, status, response);
}
