/* http_jwt.c: JSON web tokens (RFC 7519), signed with RSA or Ed25519. */
#include "base/slice.h"
#include "components/http_auth.h"
#include "message/json.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#define CLAIMS_BYTES 1024u

/* As rf_http_jwt's signing_method. */
static const struct method { const char *name; const EVP_MD *(*digest)(void); int key; } methods[] = {
    { "RS256", EVP_sha256, EVP_PKEY_RSA }, { "RS384", EVP_sha384, EVP_PKEY_RSA }, { "RS512", EVP_sha512, EVP_PKEY_RSA }, { "EdDSA", NULL, EVP_PKEY_ED25519 },
};

static int no_password(char *buffer, int size, int writing, void *arg) {
    (void)buffer;
    (void)size;
    (void)writing;
    (void)arg;
    return 0;
}

static rf_code read_key(const rf_http_jwt *jwt, EVP_PKEY **ret_key, rf_error *reterr) {
    errno = 0;
    BIO *bio = BIO_new_file(jwt->private_key_file.data, "r");
    if (!bio)
        return rf_raise(reterr, RF_EIO, "cannot read %.*s: %s", RF_SLICE_ARG(jwt->private_key_file), errno ? strerror(errno) : "no memory");
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    (void)BIO_free(bio);
    if (!key)
        return rf_raise(reterr, RF_EIO, "%.*s: there is no private key in it, or it is encrypted", RF_SLICE_ARG(jwt->private_key_file));
    if (EVP_PKEY_get_base_id(key) != methods[jwt->signing_method].key) {
        EVP_PKEY_free(key);
        return rf_raise(reterr, RF_EIO, "%.*s: this key cannot sign with %s", RF_SLICE_ARG(jwt->private_key_file),
                        methods[jwt->signing_method].name);
    }
    *ret_key = key;
    return RF_OK;
}

/* Base64 as URLs have it, without padding (RFC 7515, section 2). */
static void put_base64url(rf_buffer *out, rf_slice bytes) {
    size_t from = out->len;
    rf_base64_write(out, bytes);
    if (out->failed)
        return;
    while (out->len > from && out->data[out->len - 1] == '=')
        out->len--;
    for (size_t i = from; i < out->len; i++)
        out->data[i] = out->data[i] == '+' ? '-' : out->data[i] == '/' ? '_' : out->data[i];
}

/* The members of a map of the config, each behind a comma; but those that are said already. */
static rf_code put_members(const rf_conf *map, rf_arena *arena, const char *but, rf_buffer *out, rf_error *reterr) {
    rf_value value;
    rf_code code = map ? rf_conf_plain(map, arena, &value, reterr) : RF_OK;
    if (!map || code || value.kind != RF_MAP)
        return code;
    for (size_t i = 0; i < value.size && !code; i++) {
        if (rf_slice_is(value.members[i].key, but))
            continue;
        rf_buffer_char(out, ',');
        rf_json_write_string(out, value.members[i].key, 0);
        rf_buffer_char(out, ':');
        code = rf_json_write(out, &value.members[i].value, 0, reterr);
    }
    return code;
}

/* `head.claims`, which is what is signed. */
static rf_code put_text(const rf_http_jwt *jwt, rf_arena *arena, rf_buffer *out, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer head = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer claims = { 0 };
    rf_buffer_printf(&head, "{\"alg\":\"%s\",\"typ\":\"JWT\"", methods[jwt->signing_method].name);
    rf_code code = put_members(jwt->headers, arena, "alg", &head, reterr);
    rf_buffer_char(&head, '}');
    if (!code)
        code = put_members(jwt->claims, arena, "", &claims, reterr);
    if (code)
        return code;
    rf_buffer_char(&claims, '}');
    if (claims.len == 1)
        rf_buffer_text(&claims, "}"); /* none */
    if (head.failed || claims.failed)
        return rf_raise_nomem(reterr);
    claims.data[0] = '{'; /* the first comma */
    put_base64url(out, rf_buffer_view(&head));
    rf_buffer_char(out, '.');
    put_base64url(out, rf_buffer_view(&claims));
    return out->failed ? rf_raise_nomem(reterr) : RF_OK;
}

static rf_code put_signature(const rf_http_jwt *jwt, EVP_PKEY *key, rf_buffer *out, rf_error *reterr) {
    unsigned char signature[1024]; /* RSA of 8,192 bits */
    size_t len = sizeof signature;
    const struct method *method = &methods[jwt->signing_method];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestSignInit(context, NULL, method->digest ? method->digest() : NULL, NULL, key) == 1 &&
                EVP_DigestSign(context, signature, &len, (const unsigned char *)out->data, out->len) == 1;
    EVP_MD_CTX_free(context);
    if (!good)
        return rf_raise(reterr, RF_EIO, "%.*s: this key cannot sign with %s", RF_SLICE_ARG(jwt->private_key_file), method->name);
    rf_buffer_char(out, '.');
    put_base64url(out, (rf_slice){ (const char *)signature, len });
    return rf_buffer_cstr(out) ? RF_OK : rf_raise_nomem(reterr);
}

rf_code rf_http_jwt_make(const rf_http_jwt *jwt, rf_buffer *out, rf_error *reterr) {
    EVP_PKEY *key = NULL;
    rf_arena arena;
    rf_arena_init(&arena, CLAIMS_BYTES);
    rf_code code = read_key(jwt, &key, reterr);
    if (!code)
        code = put_text(jwt, &arena, out, reterr);
    if (!code)
        code = put_signature(jwt, key, out, reterr);
    if (code == RF_EIO)
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    EVP_PKEY_free(key);
    rf_arena_done(&arena);
    ERR_clear_error(); /* told in our own words */
    return code;
}
