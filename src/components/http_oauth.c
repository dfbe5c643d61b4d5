/* http_oauth.c: requests signed by OAuth 1.0a (RFC 5849), and the request for a token of OAuth 2 (RFC 6749, section 4.4). */
#include "base/number.h"
#include "base/slice.h"
#include "components/http_auth.h"
#include "message/json.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#define PARAMETERS_MAX 64u /* of a URL that is signed; a server will not take more either */
#define TOKEN_BYTES 4096u

/* All but the unreserved (RFC 3986, section 2.3) as %XX. */
static void put_encoded(rf_buffer *out, rf_slice text) {
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
            rf_buffer_char(out, (char)c);
        else
            rf_buffer_printf(out, "%%%02X", c);
    }
}

/* ---- OAuth 1.0a ---- */

/* A parameter, encoded: places in one buffer, which may still move. */
typedef struct parameter { size_t name, name_len, value, value_len; } parameter;
typedef struct parameters { rf_buffer text; parameter items[PARAMETERS_MAX]; size_t count; } parameters;

static int hex(char c) {
    return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

/* What a URL has, decoded and encoded again, so that all ways to write it are signed alike. */
static void put_reencoded(rf_buffer *out, rf_slice text) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i] == '+' ? ' ' : text.data[i];
        if (c == '%' && i + 2 < text.len && hex(text.data[i + 1]) >= 0 && hex(text.data[i + 2]) >= 0) {
            c = (char)(hex(text.data[i + 1]) * 16 + hex(text.data[i + 2]));
            i += 2;
        }
        put_encoded(out, (rf_slice){ &c, 1 });
    }
}

static void add(parameters *all, rf_slice name, rf_slice value, bool from_url) {
    if (all->count == PARAMETERS_MAX)
        return;
    parameter *one = &all->items[all->count++];
    void (*put)(rf_buffer *out, rf_slice text) = from_url ? put_reencoded : put_encoded;
    one->name = all->text.len;
    put(&all->text, name);
    one->name_len = all->text.len - one->name;
    one->value = all->text.len;
    put(&all->text, value);
    one->value_len = all->text.len - one->value;
}

static void add_query(parameters *all, rf_slice query) {
    while (query.len > 0) {
        size_t end = rf_slice_find(query, '&');
        rf_slice one = { query.data, end };
        size_t equals = rf_slice_find(one, '=');
        rf_slice value = equals < end ? (rf_slice){ one.data + equals + 1, end - equals - 1 } : RF_SLICE("");
        if (end > 0)
            add(all, (rf_slice){ one.data, equals }, value, true);
        end += end < query.len;
        query = (rf_slice){ query.data + end, query.len - end };
    }
}

static int compare(const parameters *all, const parameter *a, const parameter *b) {
    const char *text = all->text.data;
    rf_slice left[] = { { text + a->name, a->name_len }, { text + a->value, a->value_len } };
    rf_slice right[] = { { text + b->name, b->name_len }, { text + b->value, b->value_len } };
    int order = 0;
    for (int i = 0; i < 2 && order == 0; i++) {
        size_t len = left[i].len < right[i].len ? left[i].len : right[i].len;
        order = memcmp(left[i].data, right[i].data, len);
        if (order == 0)
            order = (left[i].len > right[i].len) - (left[i].len < right[i].len);
    }
    return order;
}

static void sort(parameters *all) { /* a few, of which most are in order */
    for (size_t i = 1; i < all->count; i++)
        for (size_t j = i; j > 0 && compare(all, &all->items[j - 1], &all->items[j]) > 0; j--) {
            parameter moved = all->items[j];
            all->items[j] = all->items[j - 1];
            all->items[j - 1] = moved;
        }
}

/* Scheme and host in small letters, without a port that is the scheme's, without query and fragment. */
static void put_base_url(rf_buffer *out, rf_slice url) {
    rf_buffer plain = { 0 };
    size_t path = rf_slice_find(url, ':') + 3;
    while (path < url.len && url.data[path] != '/')
        path++;
    for (size_t i = 0; i < path; i++)
        rf_buffer_char(&plain, (char)tolower((unsigned char)url.data[i]));
    rf_slice origin = rf_buffer_view(&plain), http = RF_SLICE("http://"), standard = RF_SLICE(":443");
    if (rf_slice_starts(origin, http))
        standard = RF_SLICE(":80");
    if (!plain.failed && rf_slice_ends(origin, standard))
        plain.len -= standard.len;
    rf_buffer_slice(&plain, path < url.len ? (rf_slice){ url.data + path, url.len - path } : RF_SLICE("/"));
    out->failed |= plain.failed;
    if (!plain.failed)
        put_encoded(out, rf_buffer_view(&plain));
    rf_buffer_done(&plain);
}

static void put_base_string(rf_buffer *out, rf_slice method, rf_slice url, const parameters *all) {
    RF_CLEANUP(rf_buffer_done) rf_buffer list = { 0 };
    for (size_t i = 0; i < all->count; i++) {
        const parameter *one = &all->items[i];
        rf_buffer_text(&list, i ? "&" : "");
        rf_buffer_append(&list, all->text.data + one->name, one->name_len);
        rf_buffer_char(&list, '=');
        rf_buffer_append(&list, all->text.data + one->value, one->value_len);
    }
    put_encoded(out, method);
    rf_buffer_char(out, '&');
    put_base_url(out, url);
    rf_buffer_char(out, '&');
    put_encoded(out, rf_buffer_view(&list));
    out->failed |= list.failed;
}

static void put_signature(const rf_http_oauth1 *oauth, const rf_buffer *base, rf_buffer *out) {
    RF_CLEANUP(rf_buffer_done) rf_buffer key = { 0 };
    unsigned char signature[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    put_encoded(&key, oauth->consumer_secret);
    rf_buffer_char(&key, '&');
    put_encoded(&key, oauth->access_token_secret);
    if (key.failed || base->failed ||
        !HMAC(EVP_sha1(), key.data, (int)key.len, (const unsigned char *)base->data, base->len, signature, &len))
        out->failed = true;
    else
        rf_base64_write(out, (rf_slice){ (const char *)signature, len });
}

void rf_http_oauth1_sign(const rf_http_oauth1 *oauth, rf_slice method, rf_slice url, const char *nonce, uint64_t now_s, rf_buffer *out) {
    RF_CLEANUP(rf_buffer_done) rf_buffer base = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer signature = { 0 };
    parameters all = { 0 };
    char time[24];
    rf_slice whole = { url.data, rf_slice_find(url, '#') };
    size_t question = rf_slice_find(whole, '?');
    (void)snprintf(time, sizeof time, "%" PRIu64, now_s);
    const struct { const char *name; rf_slice value; } ours[] = {
        { "oauth_consumer_key", oauth->consumer_key }, { "oauth_nonce", rf_slice_of(nonce) }, { "oauth_signature_method", RF_SLICE("HMAC-SHA1") },
        { "oauth_timestamp", rf_slice_of(time) }, { "oauth_token", oauth->access_token }, { "oauth_version", RF_SLICE("1.0") },
    };
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        add(&all, rf_slice_of(ours[i].name), ours[i].value, false);
    if (question < whole.len)
        add_query(&all, (rf_slice){ whole.data + question + 1, whole.len - question - 1 });
    base.failed |= all.text.failed;
    if (!all.text.failed) {
        sort(&all);
        put_base_string(&base, method, (rf_slice){ whole.data, question }, &all);
    }
    put_signature(oauth, &base, &signature);
    rf_buffer_text(out, "Authorization: OAuth ");
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        rf_buffer_printf(out, "%s=\"", ours[i].name);
        put_encoded(out, ours[i].value);
        rf_buffer_text(out, "\", ");
    }
    rf_buffer_text(out, "oauth_signature=\"");
    put_encoded(out, rf_buffer_view(&signature));
    rf_buffer_text(out, "\"");
    out->failed |= signature.failed;
    (void)rf_buffer_cstr(out);
    rf_buffer_done(&all.text);
}

/* ---- OAuth 2 ---- */

static void put_field(rf_buffer *out, rf_slice name, rf_slice value) {
    if (out->len)
        rf_buffer_char(out, '&');
    put_encoded(out, name);
    rf_buffer_char(out, '=');
    put_encoded(out, value);
}

static rf_code put_endpoint_params(const rf_conf *params, rf_arena *arena, rf_buffer *out, bool *ret_granted, rf_error *reterr) {
    rf_value map = { 0 };
    rf_code code = params ? rf_conf_plain(params, arena, &map, reterr) : RF_OK;
    for (size_t i = 0; !code && map.kind == RF_MAP && i < map.size; i++) {
        const rf_value *list = &map.members[i].value;
        *ret_granted |= rf_slice_is(map.members[i].key, "grant_type");
        for (size_t j = 0; list->kind == RF_LIST && j < list->size && !code; j++) {
            RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
            if (list->items[j].kind == RF_STRING) {
                put_field(out, map.members[i].key, rf_value_text(&list->items[j]));
                continue;
            }
            code = rf_json_write(&text, &list->items[j], 0, reterr); /* a number that was not quoted */
            put_field(out, map.members[i].key, rf_buffer_view(&text));
        }
    }
    return code;
}

rf_code rf_http_oauth2_form(const rf_http_oauth2 *oauth2, bool with_secret, rf_buffer *out, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer scopes = { 0 };
    bool granted = false;
    rf_arena arena;
    rf_arena_init(&arena, 256);
    rf_code code = put_endpoint_params(oauth2->endpoint_params, &arena, out, &granted, reterr);
    rf_arena_done(&arena);
    if (!granted)
        put_field(out, RF_SLICE("grant_type"), RF_SLICE("client_credentials"));
    for (size_t i = 0; i < oauth2->scopes.count; i++) {
        rf_buffer_text(&scopes, i ? " " : "");
        rf_buffer_slice(&scopes, oauth2->scopes.items[i]);
    }
    if (scopes.len)
        put_field(out, RF_SLICE("scope"), rf_buffer_view(&scopes));
    if (with_secret) {
        put_field(out, RF_SLICE("client_id"), oauth2->client_key);
        put_field(out, RF_SLICE("client_secret"), oauth2->client_secret);
    }
    if (code)
        return code;
    return scopes.failed || !rf_buffer_cstr(out) ? rf_raise_nomem(reterr) : RF_OK;
}

void rf_http_oauth2_basic(const rf_http_oauth2 *oauth2, rf_buffer *out) {
    RF_CLEANUP(rf_buffer_done) rf_buffer pair = { 0 };
    put_encoded(&pair, oauth2->client_key);
    rf_buffer_char(&pair, ':');
    put_encoded(&pair, oauth2->client_secret);
    rf_buffer_text(out, "Authorization: Basic ");
    rf_base64_write(out, rf_buffer_view(&pair));
    out->failed |= pair.failed;
    (void)rf_buffer_cstr(out);
}

static const rf_value *member(const rf_value *map, const char *name) {
    for (size_t i = 0; map->kind == RF_MAP && i < map->size; i++)
        if (rf_slice_is(map->members[i].key, name))
            return &map->members[i].value;
    return NULL;
}

/* Some say it as a text. */
static uint64_t seconds_of(const rf_value *value) {
    int64_t number = 0;
    if (value && value->kind == RF_DOUBLE && value->number > 0 && value->number < 1e15)
        return (uint64_t)value->number;
    if (value && value->kind == RF_STRING && rf_number_parse_i64(rf_value_text(value), &number) && number > 0)
        return (uint64_t)number;
    return UINT64_MAX;
}

rf_code rf_http_oauth2_answer(rf_slice answer, rf_buffer *out, uint64_t *ret_seconds, rf_error *reterr) {
    rf_arena arena;
    rf_value value = { 0 };
    rf_error error = { 0 };
    rf_arena_init(&arena, TOKEN_BYTES);
    rf_code code = rf_json_parse(&arena, answer, RF_JSON_DOUBLES, &value, &error);
    const rf_value *token = code ? NULL : member(&value, "access_token");
    if (token && token->kind == RF_STRING && token->size > 0 && !memchr(token->text, '\n', token->size)) {
        *ret_seconds = seconds_of(member(&value, "expires_in"));
        rf_buffer_slice(out, rf_value_text(token));
        code = rf_buffer_cstr(out) ? RF_OK : rf_raise_nomem(reterr);
    } else {
        code = code == RF_ENOMEM ? rf_raise_nomem(reterr) : rf_raise(reterr, RF_EIO, "the answer has no access_token");
    }
    rf_arena_done(&arena);
    return code;
}
