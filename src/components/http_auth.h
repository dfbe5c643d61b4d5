/* http_auth.h: how an HTTP client says who it is, beside a name and a password: OAuth 1.0a, OAuth 2 client credentials, JWT. */
#ifndef RF_COMPONENTS_HTTP_AUTH_H
#define RF_COMPONENTS_HTTP_AUTH_H

#include "base/buffer.h"
#include "stream/conf.h"

/* As the config says. */
typedef struct rf_http_oauth1 { bool enabled; rf_slice consumer_key, consumer_secret, access_token, access_token_secret; } rf_http_oauth1;
typedef struct rf_http_oauth2 {
    bool enabled;
    rf_slice client_key, client_secret, token_url;
    rf_strings scopes;
    const rf_conf *endpoint_params; /* a map of lists of texts; NULL: none */
} rf_http_oauth2;
typedef struct rf_http_jwt { bool enabled; rf_slice private_key_file; int signing_method; const rf_conf *claims, *headers; } rf_http_jwt;

typedef struct rf_http_auth_conf {
    rf_http_oauth1 oauth;
    rf_http_oauth2 oauth2;
    rf_http_jwt jwt;
} rf_http_auth_conf;

extern const rf_field rf_http_oauth_fields[], rf_http_oauth2_fields[], rf_http_jwt_fields[];

/* Their rows in the table of a component whose struct has `member`, an rf_http_auth_conf. */
#define RF_HTTP_AUTH_FIELDS(owner, member)                                                                                          \
    { .name = "oauth", .type = RF_FIELD_OBJECT, .offset = offsetof(owner, member.oauth), .fields = rf_http_oauth_fields,             \
      .flags = RF_FIELD_ADVANCED, .doc = "OAuth 1.0a: each request is signed (HMAC-SHA1)." },                                        \
    { .name = "oauth2", .type = RF_FIELD_OBJECT, .offset = offsetof(owner, member.oauth2), .fields = rf_http_oauth2_fields,          \
      .flags = RF_FIELD_ADVANCED,                                                                                                  \
      .doc = "OAuth 2 with client credentials: a token is fetched, kept, and renewed ten seconds before its end, or when it is refused with 401." }, \
    { .name = "jwt", .type = RF_FIELD_OBJECT, .offset = offsetof(owner, member.jwt), .fields = rf_http_jwt_fields,                   \
      .flags = RF_FIELD_ADVANCED, .doc = "A JSON web token, signed once at the start." }

/* In open: reports what is wrong. Errors: RF_ECONFIG, RF_ENOMEM. */
RF_NODISCARD rf_code rf_http_auth_check(const rf_http_auth_conf *conf, const rf_conf *node, rf_error *reterr);

/* The signed token, NUL behind. Errors: RF_EIO the key file cannot be used (retriable), RF_ENOMEM. */
RF_NODISCARD rf_code rf_http_jwt_make(const rf_http_jwt *jwt, rf_buffer *out, rf_error *reterr);

/* Appends the header line that signs this request, NUL behind; `nonce` and `now_s` make it unlike any other. A failed buffer is the caller's. */
void rf_http_oauth1_sign(const rf_http_oauth1 *oauth, rf_slice method, rf_slice url, const char *nonce, uint64_t now_s, rf_buffer *out);

/* The form that asks for a token, NUL behind; with client_id and client_secret in it, or without. Errors: RF_ENOMEM, RF_ELIMIT. */
RF_NODISCARD rf_code rf_http_oauth2_form(const rf_http_oauth2 *oauth2, bool with_secret, rf_buffer *out, rf_error *reterr);
/* "Authorization: Basic …" of key and secret, NUL behind. */
void rf_http_oauth2_basic(const rf_http_oauth2 *oauth2, rf_buffer *out);
/* What the answer holds: the token, NUL behind, and for how many seconds; UINT64_MAX: it does not say. Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_http_oauth2_answer(rf_slice answer, rf_buffer *out, uint64_t *ret_seconds, rf_error *reterr);

#endif
